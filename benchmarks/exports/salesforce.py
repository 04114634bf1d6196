"""Salesforce with Account Engagement: Data Loader's files, and one report with ids of 15
characters.
"""

from pathlib import Path

import numpy as np
import pandas as pd

from benchmarks.exports.canonical import Canonical, ended, events_of
from benchmarks.exports.company import ENGLISH, Invented
from benchmarks.exports.writing import (
    american,
    iso,
    midnight,
    salesforce_ids,
    write_csv,
    written,
)

_TASKS = {"call_made": "Call", "email_sent": "Email"}
_ACTIVITIES = {
    "page_view": "Page View",
    "download": "File",
    "trial_started": "Form",
    "demo_request": "Form",
    "email_click": "Email Tracker",
    "unsubscribed": "Unsubscribe Page",
}
_FORMS = {"trial_started": "Free Trial", "demo_request": "Demo Request", "unsubscribed": "Opt Out"}
_OPEN = ("Qualification", "Proposal/Price Quote", "Negotiation/Review")


def salesforce(company: Invented, folder: Path) -> Canonical:
    """Write Lead, Account, Task, CampaignMember, Opportunity, LeadHistory and VisitorActivity."""
    zone, leads, deals = company.zone, company.words(ENGLISH), company.deals.replace(ENGLISH)
    numbers = pd.Series(leads.index, index=leads.index)
    ids, contacts = salesforce_ids("00Q", numbers), salesforce_ids("003", numbers)
    first = deals.drop_duplicates("lead").set_index("lead")
    converted = leads.index.to_series().map(first["opened"])
    accounts = leads[leads["account"] >= 0].drop_duplicates("account").set_index("account")
    account_ids = salesforce_ids("001", leads["account"])
    history = _history(deals)
    write_csv(
        folder / "Lead.csv",
        pd.DataFrame(
            {
                "Id": ids,
                "Company": leads["company"],
                "Title": leads["job"],
                "Email": leads["email"],
                "Country": leads["country"],
                "State": leads["region"],
                "LeadSource": leads["source"],
                "Status": np.where(converted.notna(), "Qualified", "Open - Not Contacted"),
                "Owner.Name": leads["owner"],
                "CreatedDate": iso(leads["created"]),
                "IsConverted": converted.notna().map({True: "true", False: "false"}),
                "ConvertedDate": written(converted, zone, "%Y-%m-%d"),
                "ConvertedAccountId": account_ids.where(converted.notna()),
                "ConvertedContactId": contacts.where(converted.notna()),
                "ConvertedOpportunityId": salesforce_ids(
                    "006", leads.index.to_series().map(_places(first, deals))
                ),
                "Matched_Account__c": account_ids.str[:15],
            }
        ),
    )
    write_csv(
        folder / "Account.csv",
        pd.DataFrame(
            {
                "Id": salesforce_ids("001", accounts.index.to_series()),
                "Name": accounts["company"],
                "Industry": accounts["industry"],
                "NumberOfEmployees": accounts["employees"].astype("Int64"),
                "AnnualRevenue": accounts["revenue"].astype("Int64"),
            }
        ),
    )
    tasks = _tasks(company)
    write_csv(
        folder / "Task.csv",
        pd.DataFrame(
            {
                "Id": salesforce_ids("00T", tasks.index.to_series()),
                "WhoId": tasks["lead"]
                .map(contacts)
                .where(tasks["at"] >= tasks["lead"].map(converted), tasks["lead"].map(ids)),
                "Subject": tasks["detail"],
                "ActivityDate": written(tasks["at"], zone, "%Y-%m-%d"),
                "Status": "Completed",
                "Type": tasks["type"],
                "CreatedDate": iso(tasks["recorded"]),
            }
        ),
    )
    members = _members(company)
    write_csv(
        folder / "CampaignMember.csv",
        pd.DataFrame(
            {
                "Id": salesforce_ids("00v", members.index.to_series()),
                "CampaignId": salesforce_ids("701", members["lead"] % 12),
                "LeadId": members["lead"].map(ids),
                "Status": np.where(members["came"].notna(), "Attended", "Registered"),
                "CreatedDate": iso(members["at"]),
                "FirstRespondedDate": written(members["came"], zone, "%Y-%m-%d"),
            }
        ),
    )
    activities = _activities(company)
    write_csv(
        folder / "VisitorActivity.csv",
        pd.DataFrame(
            {
                "id": 7_000_000 + activities.index,
                "prospect.email": activities["lead"].map(leads["email"]).str.capitalize(),
                "typeName": activities["type"],
                "details": activities["detail"],
                "createdAt": iso(activities["at"]),
            }
        ),
    )
    is_open = deals["closed"].isna()
    write_csv(
        folder / "Opportunity.csv",
        pd.DataFrame(
            {
                "Id": salesforce_ids("006", deals.index.to_series()),
                "ContactId": deals["lead"].map(contacts),
                "Name": deals["lead"].map(leads["company"]) + " - licences",
                "StageName": np.where(
                    is_open,
                    np.take(_OPEN, deals.index % 3),
                    np.where(deals["won"] == True, "Closed Won", "Closed Lost"),  # noqa: E712
                ),
                "Amount": deals["amount"].astype("Int64"),
                "IsClosed": (~is_open).map({True: "true", False: "false"}),
                "IsWon": (deals["won"] == True).map({True: "true", False: "false"}),  # noqa: E712
                "CloseDate": written(deals["closed"].fillna(deals["planned"]), zone, "%Y-%m-%d"),
                "CreatedDate": iso(deals["opened"]),
                "Loss_Reason__c": deals["reason"],
            }
        ),
    )
    write_csv(
        folder / "LeadHistory.csv",
        pd.DataFrame(
            {
                "Lead ID": history["lead"].map(ids).str[:15],
                "Field / Event": history["field"],
                "Old Value": history["old"],
                "New Value": history["new"],
                "Edit Date": american(history["at"], zone),
            }
        ),
    )
    attended = members[["lead", "came"]].dropna().rename(columns={"came": "at"})
    account = leads["account"].where(leads["account"] >= 0)
    return Canonical(
        zone=zone,
        until=str(company.until.tz_convert(zone).date()),
        leads=pd.DataFrame(
            {
                "lead_id": ids,
                "created_at": leads["created"],
                "account_id": account_ids.str[:15],
                "Title": leads["job"],
                "Country": leads["country"],
                "State": leads["region"],
                "LeadSource": leads["source"],
                "Company": leads["company"],
                "Owner.Name": leads["owner"],
                "Account Industry": account.map(accounts["industry"]).fillna("none of Account"),
                "Account NumberOfEmployees": account.map(accounts["employees"]),
                "Account AnnualRevenue": account.map(accounts["revenue"]),
                "has Account": account.notna().map({True: "true", False: "false"}),
            }
        ),
        events=events_of(
            ids,
            tasks.assign(at=midnight(tasks["at"], zone)),
            members[["lead", "at"]].assign(type="webinar registered"),
            attended.assign(type="webinar attended", at=midnight(attended["at"], zone)),
            activities,
        ),
        outcomes=pd.DataFrame(
            {
                "lead_id": deals["lead"].map(ids),
                "closed_at": midnight(deals["closed"], zone),
                "won": ended(deals["won"]),
                "amount": deals["amount"],
                "lost_reason": deals["reason"],
                "opened_at": deals["opened"],
                "mql_at": deals["mql"],
                "sql_at": deals["sql"],
            }
        ),
        stages={"MQL": "mql_at", "SQL": "sql_at"},
        made=("has Account",),
    )


def _places(first: pd.DataFrame, deals: pd.DataFrame) -> pd.Series:
    """The number of the first deal of each lead."""
    places = deals.reset_index().drop_duplicates("lead").set_index("lead")["index"]
    return places.reindex(first.index)


def _tasks(company: Invented) -> pd.DataFrame:
    """Calls and mails, of which only the day is known."""
    events = company.events[company.events["type"].isin(_TASKS)]
    subjects = {"call_made": "Call", "email_sent": "Pardot List Email: "}
    subject = events["type"].map(subjects) + events["detail"].fillna("")
    tasks = events.assign(
        type=events["type"].map(_TASKS), detail=subject, day=midnight(events["at"], company.zone)
    )
    return tasks.drop_duplicates(["lead", "day", "type", "detail"]).reset_index(drop=True)


def _members(company: Invented) -> pd.DataFrame:
    """Who was invited when, and came when: the last invitation before it."""
    events = company.events[["lead", "at", "type"]]
    invited = events[events["type"] == "webinar_registered"].drop_duplicates(["lead", "at"])
    came = events[events["type"] == "webinar_attended"].assign(came=lambda t: t["at"])
    pairs = pd.merge_asof(
        came[["lead", "at", "came"]],
        invited[["lead", "at"]].assign(place=invited.index),
        on="at",
        by="lead",
    )
    attended = pairs.dropna().drop_duplicates("place").set_index("place")["came"]
    return invited.assign(came=invited.index.to_series().map(attended)).reset_index(drop=True)


def _activities(company: Invented) -> pd.DataFrame:
    """What Account Engagement saw."""
    events = company.events[company.events["type"].isin(_ACTIVITIES)]
    detail = events["type"].map(_FORMS).fillna(events["detail"])
    return events.assign(
        detail=detail, type=events["type"].map(_ACTIVITIES), recorded=events["at"]
    ).reset_index(drop=True)


def _history(deals: pd.DataFrame) -> pd.DataFrame:
    """Changes of the lead's status, between changes of its owner; a lost lead is recycled."""
    lost = deals["closed"].where(deals["won"] == False)  # noqa: E712
    steps = {"Marketing Qualified": deals["mql"], "Sales Qualified": deals["sql"], "Recycled": lost}
    rows = [
        deals[["lead"]].assign(at=at, field="Status", new=new, step=step)
        for step, (new, at) in enumerate(steps.items())
    ]
    owners = deals[["lead"]].assign(at=deals["opened"], field="Owner", new="Sales Qualified")
    history = pd.concat([*rows, owners.assign(step=0)]).dropna(subset="at")
    history = history.sort_values(["lead", "field", "at", "step"], kind="stable")
    old = history.groupby(["lead", "field"])["new"].shift().fillna("Open - Not Contacted")
    return history.assign(old=old).sort_values(["at", "step"], kind="stable").reset_index(drop=True)
