"""The simulated company as plain tables, before a system gives them its words.

Times are whole minutes: most exports write no seconds.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from training.simulate.command import Company, World, simulate

ENGLISH = {
    "製造業": "Manufacturing",
    "IT・ソフトウェア": "Technology",
    "金融": "Finance",
    "医療": "Healthcare",
    "教育": "Education",
    "建設": "Construction",
    "官公庁": "Government",
    "部長": "Director",
    "担当者": "Specialist",
    "東京都": "Tokyo",
    "大阪府": "Osaka",
    "愛知県": "Aichi",
    "福岡県": "Fukuoka",
    "北海道": "Hokkaido",
    "日本": "Japan",
    "展示会": "Trade Show",
    "organic search": "Organic Search",
    "paid search": "Paid Search",
    "referral": "Referral",
    "partner": "Partner",
    "webinar": "Webinar",
    "outbound list": "Purchased List",
    "競合に決定": "Lost to Competitor",
    "鈴木": "Suzuki",
    "高橋": "Takahashi",
}
JAPANESE = {
    "Retail": "小売",
    "Consulting": "コンサルティング",
    "Executive": "役員",
    "Manager": "課長",
    "Engineer": "エンジニア",
    "Student": "学生",
    "Singapore": "シンガポール",
    "California": "米国",
    "organic search": "自然検索",
    "paid search": "リスティング広告",
    "referral": "紹介",
    "partner": "代理店",
    "webinar": "ウェビナー",
    "outbound list": "購入リスト",
    "Sato": "佐藤",
    "Tanaka": "田中",
    "O'Brien": "オブライエン",
    "price": "価格",
    "no budget": "予算なし",
    "no answer": "連絡なし",
    "timing": "時期尚早",
}


@dataclass(frozen=True)
class Invented:
    """An invented company. Times are in UTC, rows of the same lead hold its place in ``leads``.

    Attributes:
        zone: Time zone of the company.
        until: The moment of the export.
        leads: created, account (-1: none known), company, owner, email, industry, employees,
            revenue, job, country, region, source; a row per lead, as it is today.
        events: lead, at, type, detail, recorded, in the order in which they happened.
        deals: lead, opened, closed (missing: open), planned, won, amount, reason, mql, sql; a
            lead has none, one or several.
        changes: lead, at, attribute (job, employees), value: the first value and the later one.
    """

    zone: str
    until: pd.Timestamp
    leads: pd.DataFrame
    events: pd.DataFrame
    deals: pd.DataFrame
    changes: pd.DataFrame

    def words(self, dictionary: dict[str, str]) -> pd.DataFrame:
        """The leads with values in one language."""
        return self.leads.replace(dictionary)


def invent(leads: int = 2_500, seed: int = 1) -> Invented:
    """A company with clean tables.

    Args:
        leads: Number of leads.
        seed: Another seed is another company.
    """
    company = Company(n_leads=leads, seed=seed, rounds=13, base_rate=0.05, mess=False)
    world = simulate(company)
    known = _leads(world)
    places = pd.Series(known.index, index=world.leads["lead_id"].to_pandas())
    return Invented(
        zone=company.timezone,
        until=pd.Timestamp(world.observed_until.as_py()),
        leads=known,
        events=_events(world, places),
        deals=_deals(world, places, pd.Timestamp(world.observed_until.as_py())),
        changes=_changes(world, places),
    )


def _leads(world: World) -> pd.DataFrame:
    leads = world.leads.to_pandas().rename(
        columns={
            "created_at": "created",
            "業種": "industry",
            "revenue [JPY]": "revenue",
            "job title": "job",
        }
    )
    leads["created"] = leads["created"].dt.floor("min")
    leads["account"] = leads["account_id"].str[1:].astype(float).fillna(-1).astype(int)
    named: pd.DataFrame = leads.drop(columns=["account_id", "campaign", "budget (asked)"])
    return named


def _events(world: World, places: pd.Series) -> pd.DataFrame:
    events = world.events.to_pandas().rename(
        columns={"occurred_at": "at", "event_type": "type", "recorded_at": "recorded"}
    )
    events["lead"] = events["lead_id"].map(places)
    events["at"], events["recorded"] = (
        events["at"].dt.floor("min"),
        events["recorded"].dt.ceil("min"),
    )
    events = events.drop_duplicates(["lead", "at", "type", "detail"])
    found = events[["lead", "at", "type", "detail", "recorded"]]
    return found.sort_values(["at", "lead", "type", "detail"]).reset_index(drop=True)


def _deals(world: World, places: pd.Series, until: pd.Timestamp) -> pd.DataFrame:
    """A deal per close, and one per lead that is being worked on; reopened leads get another."""
    rows = world.outcomes.to_pandas()
    for name in ("mql_at", "opportunity_at", "closed_at", "reopened_at"):
        rows[name] = rows[name].dt.floor("min")
    rows["lead"] = rows["lead_id"].map(places)
    created = rows["lead"].map(world.leads["created_at"].to_pandas().dt.floor("min"))
    reopened = rows[["lead", "reopened_at"]].dropna().set_index("lead")["reopened_at"]
    again = rows["lead"].map(reopened).where(rows["reopened_at"].isna())
    first = rows["mql_at"].fillna(rows["opportunity_at"]).fillna(rows["closed_at"])
    rows["opened_at"] = again.fillna(np.maximum(first, created))
    waiting = reopened[~reopened.index.isin(rows.loc[again.notna(), "lead"])]
    more = waiting.rename("opened_at").reset_index()
    deals = pd.concat([rows, more]).rename(
        columns={
            "opened_at": "opened",
            "closed_at": "closed",
            "mql_at": "mql",
            "opportunity_at": "sql",
            "lost_reason": "reason",
        }
    )
    deals = deals.sort_values(["lead", "opened"]).reset_index(drop=True)
    # plans are late as often as not
    days = (deals.index.to_numpy() * 37) % 120 - 40
    deals["planned"] = (until + pd.to_timedelta(days, unit="D")).where(deals["closed"].isna())
    names = ["lead", "opened", "closed", "planned", "won", "amount", "reason", "mql", "sql"]
    found: pd.DataFrame = deals[names]
    return found


def _changes(world: World, places: pd.Series) -> pd.DataFrame:
    changes = world.attribute_changes.to_pandas()
    changes["lead"] = changes["lead_id"].map(places)
    changes["at"] = changes["changed_at"].dt.floor("min")
    changes["attribute"] = changes["attribute"].replace({"job title": "job"})
    found: pd.DataFrame = changes[["lead", "at", "attribute", "value"]]
    return found.reset_index(drop=True)
