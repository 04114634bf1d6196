"""Dynamics 365: the leads as Excel, other tables as Dataverse's interface names their columns."""

from pathlib import Path

import numpy as np
import pandas as pd

from benchmarks.exports.canonical import Canonical, ended, events_of
from benchmarks.exports.company import ENGLISH, Invented
from benchmarks.exports.writing import guid, iso, write_csv

_INTERACTIONS = {
    "page_view": "WebsiteVisited",
    "download": "AssetDownloaded",
    "email_click": "EmailClicked",
    "unsubscribed": "EmailUnsubscribed",
    "trial_started": "TrialStarted",
    "demo_request": "FormSubmitted",
    "webinar_registered": "EventRegistration",
    "webinar_attended": "EventCheckIn",
}
_ACTIVITIES = {"call_made": "phonecall", "email_sent": "email"}


def dynamics(company: Invented, folder: Path) -> Canonical:
    """Write Leads.xlsx, opportunity.csv, activitypointer.csv and a file per kind of interaction."""
    zone, leads, deals = company.zone, company.words(ENGLISH), company.deals.replace(ENGLISH)
    ids = pd.Series([guid("lead", place) for place in leads.index], index=leads.index)
    account = leads["company"].where(leads["account"] >= 0)
    qualified = leads.index.isin(deals["lead"])
    created = leads["created"].dt.tz_convert(zone).dt.tz_localize(None)
    table = pd.DataFrame(
        {
            "(Do Not Modify) Lead": ids,
            "(Do Not Modify) Row Checksum": [f"{place * 7919:x}" for place in leads.index],
            "(Do Not Modify) Modified On": leads["created"]
            .dt.tz_convert(zone)
            .dt.tz_localize(None),
            "Topic": "Interested in licences",
            "Status Reason": np.where(qualified, "Qualified", "New"),
            "Created On": created,
            "Lead Source": leads["source"],
            "Job Title": leads["job"],
            "Industry": leads["industry"],
            "No. of Employees": leads["employees"],
            "Annual Revenue": leads["revenue"],
            "Country/Region": leads["country"],
            "State/Province": leads["region"],
            "Parent Account for lead": account,
            "Owner": leads["owner"],
        }
    )
    folder.mkdir(parents=True, exist_ok=True)
    with pd.ExcelWriter(folder / "Leads.xlsx", engine="openpyxl") as book:
        table.to_excel(book, sheet_name="All Leads", index=False)
        pd.DataFrame({"lead:checksum": ["do not touch"]}).to_excel(
            book, sheet_name="hiddenSheet", index=False
        )
        book.sheets["hiddenSheet"].sheet_state = "hidden"
    is_open = deals["closed"].isna()
    won = deals["won"] == True  # noqa: E712
    write_csv(
        folder / "opportunity.csv",
        pd.DataFrame(
            {
                "opportunityid": [guid("opportunity", place) for place in deals.index],
                "_originatingleadid_value": deals["lead"].map(ids).str.upper(),
                "name": deals["lead"].map(leads["company"]),
                "statecode": np.where(is_open, 0, np.where(won, 1, 2)),
                "statuscode": np.where(is_open, 1, np.where(won, 3, 4)),
                "stepname": np.where(is_open, "2-Develop", "4-Close"),
                "createdon": iso(deals["opened"]),
                "estimatedclosedate": iso(deals["planned"]),
                "actualclosedate": iso(deals["closed"]),
                "actualvalue": deals["amount"],
            }
        ),
    )
    acts = company.events[company.events["type"].isin(_ACTIVITIES)]
    acts = acts.assign(type=acts["type"].map(_ACTIVITIES), recorded=acts["at"]).reset_index(
        drop=True
    )
    write_csv(folder / "activitypointer.csv", _with_cancelled(acts, ids))
    seen = company.events[company.events["type"].isin(_INTERACTIONS)]
    seen = seen.assign(type=seen["type"].map(_INTERACTIONS), recorded=seen["at"])
    for kind, rows in seen.groupby("type"):
        interactions = pd.DataFrame(
            {
                "InternalMarketingInteractionId": [guid(str(kind), i) for i in rows.index],
                "InteractionType": rows["type"],
                "Timestamp": iso(rows["at"]),
                "ProfileId": rows["lead"].map(ids),
                "Url": rows["detail"],
            }
        )
        write_csv(folder / "interactions" / f"{kind}.csv", interactions)
    return Canonical(
        zone=zone,
        until=str(company.until.tz_convert(zone).date()),
        leads=pd.DataFrame(
            {
                "lead_id": ids,
                "created_at": leads["created"],
                "account_id": account,
                "Lead Source": leads["source"],
                "Job Title": leads["job"],
                "Industry": leads["industry"],
                "No. of Employees": leads["employees"],
                "Annual Revenue": leads["revenue"],
                "Country/Region": leads["country"],
                "State/Province": leads["region"],
                "Owner": leads["owner"],
            }
        ),
        events=events_of(ids, acts, seen),
        outcomes=pd.DataFrame(
            {
                "lead_id": deals["lead"].map(ids),
                "closed_at": deals["closed"],
                "won": ended(deals["won"]),
                "amount": deals["amount"],
                "opened_at": deals["opened"],
            }
        ),
    )


def _with_cancelled(acts: pd.DataFrame, ids: pd.Series) -> pd.DataFrame:
    """The activities, and further ones that never took place."""
    rows = pd.concat([acts.assign(state=1), acts.iloc[::40].assign(state=2)])
    return pd.DataFrame(
        {
            "activityid": [guid("activity", place) for place in range(len(rows))],
            "activitytypecode": rows["type"].to_numpy(),
            "subject": rows["detail"].to_numpy(),
            "statecode": rows["state"].to_numpy(),
            "actualend": iso(rows["at"]).to_numpy(),
            "_regardingobjectid_value": rows["lead"].map(ids).str.upper().to_numpy(),
        }
    )
