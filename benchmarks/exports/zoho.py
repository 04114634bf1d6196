"""Zoho CRM with Campaigns and SalesIQ: leads, calls, visits, and the history of the stages of
deals, which is all that says how leads ended.
"""

from pathlib import Path

import numpy as np
import pandas as pd

from benchmarks.exports.canonical import Canonical, ended, events_of
from benchmarks.exports.company import ENGLISH, Invented
from benchmarks.exports.writing import write_csv, written

_SECOND = "%Y-%m-%d %H:%M:%S"
_VISITS = {"page_view": "Visit", "download": "Download", "demo_request": "Demo Request"}
_MAIL = {"email_sent": "Sent", "email_click": "Clicked", "unsubscribed": "Unsubscribed"}
_DAYS = {
    "trial_started": "Trial Started On",
    "webinar_attended": "First Webinar Attended On",
}


def zoho(company: Invented, folder: Path) -> Canonical:
    """Write Leads, Accounts, Calls, Visits, Campaign_Activity and Deals_Stage_History."""
    zone, leads, deals = company.zone, company.words(ENGLISH), company.deals
    events, places = company.events, leads.index.to_series()
    ids, contacts, potentials = (
        f"zcrm_48768760000{letter}" + places.astype(str).str.zfill(6) for letter in "123"
    )
    opened = places.map(deals.groupby("lead")["opened"].min())
    firsts = {
        kind: places.map(events[events["type"] == kind].groupby("lead")["at"].min())
        for kind in _DAYS
    }
    write_csv(
        folder / "Leads.csv",
        pd.DataFrame(
            {
                "Record Id": ids,
                "Lead Owner": leads["owner"],
                "Company": leads["company"],
                "Designation": leads["job"],
                "Email": leads["email"],
                "Lead Source": leads["source"],
                "Lead Status": np.where(opened.notna(), "Qualified", "Attempted to Contact"),
                "Industry": leads["industry"],
                "No. of Employees": leads["employees"].astype("Int64"),
                "Annual Revenue": leads["revenue"].map("¥ {:,.0f}".format, na_action="ignore"),
                "Country": leads["country"],
                "State": leads["region"],
                "Created Time": written(leads["created"], zone, _SECOND),
                "Is Converted": opened.notna().map({True: "true", False: "false"}),
                "Converted Date Time": written(opened, zone, _SECOND),
                "Converted Contact.id": contacts.where(opened.notna()),
                "Converted Deal.id": potentials.where(opened.notna()),
                **{name: written(firsts[kind], zone, _SECOND) for kind, name in _DAYS.items()},
            }
        ),
    )
    calls = events[events["type"] == "call_made"].reset_index(drop=True)
    write_csv(
        folder / "Calls.csv",
        pd.DataFrame(
            {
                "Record Id": "zcrm_4876876000009" + calls.index.astype(str).str.zfill(6),
                "Subject": "Outgoing call",
                "Call Type": "Outbound",
                "Call Start Time": written(calls["at"], zone, _SECOND),
                "Who Id.id": calls["lead"]
                .map(contacts)
                .where(calls["at"] >= calls["lead"].map(opened), calls["lead"].map(ids)),
            }
        ),
    )
    visits = events[events["type"].isin(_VISITS)]
    visits = visits.assign(type=visits["type"].map(_VISITS), recorded=visits["at"])
    write_csv(
        folder / "Visits.csv",
        pd.DataFrame(
            {
                "Visitor Email": visits["lead"].map(leads["email"]),
                "Activity": visits["type"],
                "Page": visits["detail"],
                "Visited Time": written(visits["at"], zone, "%d.%m.%Y %H:%M"),
            }
        ),
        delimiter=";",
    )
    mails = events[events["type"].isin(_MAIL)]
    mails = mails.assign(type=mails["type"].map(_MAIL), recorded=mails["at"])
    write_csv(
        folder / "Campaign_Activity.csv",
        pd.DataFrame(
            {
                "Contact Email": "mailto:" + mails["lead"].map(leads["email"]),
                "Action": mails["type"],
                "Campaign Name": mails["detail"],
                "Action Time": written(mails["at"], zone, "%b %d, %Y %I:%M %p"),
            }
        ),
    )
    history = _history(deals)
    write_csv(
        folder / "Deals_Stage_History.csv",
        pd.DataFrame(
            {
                "Deal.id": history["lead"].map(potentials),
                "Stage": history["stage"],
                "Modified Time": written(history["at"], zone, _SECOND),
            }
        ),
    )
    dated = [
        times.dropna().rename("at").rename_axis("lead").reset_index().assign(type=kind)
        for kind, times in (
            ("free trial", firsts["trial_started"]),
            ("webinar", firsts["webinar_attended"]),
        )
    ]
    again = deals.duplicated("lead")
    return Canonical(
        zone=zone,
        until=str(company.until.tz_convert(zone).date()),
        leads=pd.DataFrame(
            {
                "lead_id": ids,
                "created_at": leads["created"],
                "Designation": leads["job"],
                "Lead Source": leads["source"],
                "Industry": leads["industry"],
                "No. of Employees": leads["employees"],
                "Annual Revenue": leads["revenue"],
                "Country": leads["country"],
                "State": leads["region"],
                "Company": leads["company"],
                "Lead Owner": leads["owner"],
            }
        ),
        events=events_of(
            ids,
            *dated,
            calls.assign(type="call", detail=None, recorded=calls["at"]),
            visits,
            mails,
        ),
        outcomes=pd.DataFrame(
            {
                "lead_id": deals["lead"].map(ids),
                "closed_at": deals["closed"],
                "won": ended(deals["won"]),
                "qualification_at": deals["mql"].where(~again, deals["opened"]),
                "proposal_at": deals["sql"],
            }
        ),
        stages={"qualification": "qualification_at", "proposal": "proposal_at"},
    )


def _history(deals: pd.DataFrame) -> pd.DataFrame:
    """Every stage that a deal entered; a deal that was taken up again is qualified again."""
    again = deals.duplicated("lead")
    qualified = deals["mql"].where(~again, deals["opened"])
    end = deals["won"].map({True: "Closed Won", False: "Closed Lost"})
    entries = deals[["lead"]]
    parts = [
        entries.assign(at=qualified, stage="Qualification", step=0),
        entries.assign(at=deals["sql"], stage="Proposal/Price Quote", step=1),
        entries.assign(at=deals["closed"], stage=end, step=2),
    ]
    history = pd.concat(parts).dropna(subset="at")
    return history.sort_values(["lead", "at", "step"], kind="stable").reset_index(drop=True)
