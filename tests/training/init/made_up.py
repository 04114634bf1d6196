"""Small exports of many shapes, as people have them; all names and people are invented."""

from collections.abc import Mapping
from datetime import date, timedelta
from pathlib import Path

import pandas as pd

Frames = Mapping[str, pd.DataFrame]
_START = date(2024, 1, 1)


def day(n: int, style: str = "%Y-%m-%d") -> str:
    """The n-th day of the story."""
    return (_START + timedelta(days=n)).strftime(style)


def written(frames: Frames, folder: Path) -> list[Path]:
    """The frames as CSV files."""
    paths = []
    for name, frame in frames.items():
        path = folder / f"{name}.csv"
        frame.to_csv(path, index=False)
        paths.append(path)
    return paths


def renamed(frames: Frames) -> dict[str, pd.DataFrame]:
    """The same tables with names that say nothing."""
    found = {}
    for i, frame in enumerate(frames.values()):
        names = {name: f"c{i}{j:02d}" for j, name in enumerate(frame.columns)}
        found[f"t{i}"] = frame.rename(columns=names)
    return found


def salesforce(n: int = 120) -> Frames:
    """Leads, opportunities of 18-character lead ids, tasks of 15-character ones, and a history."""
    ids = [f"00Q5g00000{i:05d}EAC" for i in range(n)]
    deals = [f"0065g00000{i:05d}AAQ" for i in range(n)]
    stages = ["Closed Won", "Closed Lost", "Prospecting", "Negotiation/Review", "Legal check"]
    leads = pd.DataFrame(
        {
            "Id": ids,
            "CreatedDate": [f"{day(i)}T08:00:00.000+0000" for i in range(n)],
            "Company": [f"Firm {i} Ltd" for i in range(n)],
            "Email": [f"p{i}@firm{i}.example" for i in range(n)],
            "Industry": ["IT", "Retail", "Energy"] * (n // 3),
            "NumberOfEmployees": [10 + 7 * i % 300 for i in range(n)],
            "LeadSource": ["Web", "Fair"] * (n // 2),
            "Status": ["Open - Not Contacted", "Working - Contacted", "Closed - Converted"]
            * (n // 3),
            "OwnerId": [f"0055g00000{i % 4:05d}AAA" for i in range(n)],
            "First_Demo_Date__c": [day(i + 3) if i % 3 == 0 else "" for i in range(n)],
            "LastModifiedDate": [f"{day(i + 90)}T08:00:00.000+0000" for i in range(n)],
        }
    )
    opportunities = pd.DataFrame(
        {
            "Id": deals[: n // 2],
            "Lead__c": ids[: n // 2],
            "StageName": [stages[i % 5] for i in range(n // 2)],
            "CloseDate": [day(i + 40) for i in range(n // 2)],
            "IsClosed": [str(i % 5 < 2 or i % 5 == 4).lower() for i in range(n // 2)],
            "Amount": [f"{1000 + i:,}.00" for i in range(n // 2)],
        }
    )
    tasks = pd.DataFrame(
        {
            "Id": [f"00T5g00000{i:05d}EAA" for i in range(3 * n)],
            "WhoId": [ids[i % n][:15] for i in range(3 * n)],
            "Type": ["Call", "Web visit", "Email sent"] * n,
            "ActivityDate": [day(i % n + 5) for i in range(3 * n)],
        }
    )
    history = pd.DataFrame(
        {
            "LeadId": [ids[i % n] for i in range(2 * n)],
            "CreatedDate": [day(i % n + 2) for i in range(2 * n)],
            "Field": ["Status", "Owner"] * n,
            "OldValue": ["New", "Ann"] * n,
            "NewValue": ["Marketing Qualified", "Ben", "Sales Qualified", "Cy"] * (n // 2),
        }
    )
    return {"Lead": leads, "Opportunity": opportunities, "Task": tasks, "LeadHistory": history}


def hubspot(n: int = 120) -> Frames:
    """Contacts with lifecycle dates, deals by contact, engagements by e-mail, companies."""
    contacts = pd.DataFrame(
        {
            "Record ID": [9_000_100 + 7 * i for i in range(n)],
            "Email": [f"P{i}@firm{i % 40}.example" for i in range(n)],
            "Create Date": [f"{day(i)} 09:30" for i in range(n)],
            "Lifecycle Stage": ["lead", "marketingqualifiedlead", "customer"] * (n // 3),
            "Became a Marketing Qualified Lead Date": [
                f"{day(i + 4)} 10:00" if i % 3 else "" for i in range(n)
            ],
            "Associated Company ID": [5_000_000 + i % 40 for i in range(n)],
            "Job Title": ["Buyer", "Head of IT", "Engineer", ""] * (n // 4),
            "Original Source": ["ORGANIC_SEARCH", "PAID_SEARCH", "REFERRALS"] * (n // 3),
        }
    )
    companies = pd.DataFrame(
        {
            "Company ID": [5_000_000 + i for i in range(40)],
            "Company name": [f"Firm {i}" for i in range(40)],
            "Number of Employees": [5 + 11 * i for i in range(40)],
            "Industry": ["IT", "Retail"] * 20,
        }
    )
    deals = pd.DataFrame(
        {
            "Deal ID": [70_000 + 3 * i for i in range(n // 2)],
            "Associated Contact ID": [9_000_100 + 7 * i for i in range(n // 2)],
            "Deal Stage": ["closedwon", "closedlost", "appointmentscheduled"] * (n // 6),
            "Close Date": [f"{day(i + 30)} 12:00" for i in range(n // 2)],
            "Amount": [100 * i for i in range(n // 2)],
        }
    )
    engagements = pd.DataFrame(
        {
            "recipient": [f"p{i % n}@firm{i % n % 40}.example" for i in range(4 * n)],
            "timestamp": [f"{day(i % n + 6)} 11:00" for i in range(4 * n)],
            "action": ["EMAIL_OPEN", "EMAIL_CLICK", "FORM_SUBMISSION", "PAGE_VIEW"] * n,
        }
    )
    return {
        "contacts": contacts,
        "companies": companies,
        "deals": deals,
        "engagements": engagements,
    }


def telecom(n: int = 120) -> Frames:
    """One row per customer in every table; who left has an end date."""
    ids = [f"{7590 + i}-VHVEG" for i in range(n)]
    return {
        "contract": pd.DataFrame(
            {
                "customerID": ids,
                "BeginDate": [day(i) for i in range(n)],
                "EndDate": [day(i + 200) if i % 4 == 0 else "No" for i in range(n)],
                "Type": ["Month-to-month", "One year", "Two year"] * (n // 3),
                "PaperlessBilling": ["Yes", "No", "No"] * (n // 3),
                "MonthlyCharges": [20.05 + i for i in range(n)],
            }
        ),
        "personal": pd.DataFrame(
            {
                "customerID": ids,
                "gender": ["F", "M"] * (n // 2),
                "Partner": ["Yes", "No"] * (n // 2),
            }
        ),
        "internet": pd.DataFrame(
            {"customerID": ids[10:], "InternetService": ["DSL", "Fiber"] * (n // 2 - 5)}
        ),
        "phone": pd.DataFrame({"customerID": ids[:-20], "MultipleLines": ["Yes"] * (n - 20)}),
    }


def olist(n: int = 120) -> Frames:
    """Orders with their customers, items and products: no lead table, keys of several columns."""
    orders = [f"{i * 7919 % 1_000_003:032x}" for i in range(n)]
    customers = [f"{i * 104_729 % 1_000_003:032x}" for i in range(n)]
    products = [f"{i * 31 + 5:032x}" for i in range(20)]
    return {
        "orders": pd.DataFrame(
            {
                "order_id": orders,
                "customer_id": customers,
                "order_status": ["delivered"] * (n - 6) + ["canceled"] * 6,
                "order_purchase_timestamp": [f"{day(i)} 10:11:12" for i in range(n)],
                "order_delivered_customer_date": [
                    f"{day(i + 9)} 10:11:12" if i < n - 6 else "" for i in range(n)
                ],
            }
        ),
        "customers": pd.DataFrame(
            {
                "customer_id": customers,
                "customer_unique_id": [f"{i * 17:032x}" for i in range(n)],
                "customer_state": ["SP", "RJ", "MG"] * (n // 3),
            }
        ),
        "items": pd.DataFrame(
            {
                "order_id": [orders[i % n] for i in range(2 * n)],
                "order_item_id": [1 + i // n for i in range(2 * n)],
                "product_id": [products[i % 20] for i in range(2 * n)],
                "shipping_limit_date": [f"{day(i % n + 3)} 10:00:00" for i in range(2 * n)],
                "price": [9.9 + i % 20 for i in range(2 * n)],
            }
        ),
        "products": pd.DataFrame(
            {"product_id": products, "product_weight_g": [100 + i for i in range(20)]}
        ),
    }


def bank(n: int = 200) -> pd.DataFrame:
    """A flat table of a campaign, several columns of which say yes or no."""
    return pd.DataFrame(
        {
            "age": [20 + i * 7 % 50 for i in range(n)],
            "job": ["clerk", "nurse", "cook", "driver"] * (n // 4),
            "marital_status": ["married", "single"] * (n // 2),
            "work_status": ["employed", "retired", "student", "other"] * (n // 4),
            "housing": ["yes", "no", "no", "yes"] * (n // 4),
            "employee count": [i % 9 for i in range(n)],
            "discount code": ["A", "B", "C", "D", "E"] * (n // 5),
            "duration": [i * i * 37 % 301 for i in range(n)],
            "poutcome": ["unknown", "failure", "other", "success"] * (n // 4),
            "y": ["yes" if i % 9 == 0 else "no" for i in range(n)],
        }
    )


def japanese(n: int = 120) -> Frames:
    """A Japanese SFA: 顧客, 商談 and 活動."""
    ids = [f"C-{i:05d}" for i in range(n)]
    return {
        "顧客": pd.DataFrame(
            {
                "顧客コード": ids,
                "登録日": [day(i, "%Y年%m月%d日") for i in range(n)],
                "会社名": [f"株式会社サンプル{i}" for i in range(n)],
                "業種": ["製造", "小売", "IT"] * (n // 3),
                "従業員数": [f"{10 + i * i * 37 % 1901:,}" for i in range(n)],
                "流入経路": ["Web", "展示会"] * (n // 2),
                "担当者": [f"営業{i % 5}" for i in range(n)],
            }
        ),
        "商談": pd.DataFrame(
            {
                "商談番号": [f"D{i:06d}" for i in range(n // 2)],
                "顧客コード": ids[: n // 2],
                "フェーズ": ["受注", "失注", "提案中", "見積提示"] * (n // 8),
                "完了予定日": [day(i + 60, "%Y/%m/%d") for i in range(n // 2)],
                "金額": [f"¥{100_000 + i:,}" for i in range(n // 2)],
            }
        ),
        "活動": pd.DataFrame(
            {
                "顧客": [ids[i % n] for i in range(3 * n)],
                "活動日時": [day(i % n + 5, "%Y/%m/%d") + " 10:00" for i in range(3 * n)],
                "活動種別": ["架電", "資料ダウンロード", "メール配信"] * n,
            }
        ),
    }


def by_region(n: int = 120) -> Frames:
    """Leads that a region and a number name together."""
    regions, numbers = ["EU", "US"] * (n // 2), [f"{100 + i // 2}" for i in range(n)]
    return {
        "leads": pd.DataFrame(
            {
                "Region": regions,
                "Customer No": numbers,
                "created": [day(i) for i in range(n)],
                "industry": ["IT", "Retail", "Food"] * (n // 3),
            }
        ),
        "outcomes": pd.DataFrame(
            {
                "Region": regions[: n // 2],
                "Customer No": numbers[: n // 2],
                "closed": [day(i + 50) for i in range(n // 2)],
                "result": ["won", "lost"] * (n // 4),
            }
        ),
    }
