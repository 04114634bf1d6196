"""HubSpot: exports of contacts, companies, deals and calls, and two interfaces for what contacts
did.
"""

import json
from pathlib import Path

import numpy as np
import pandas as pd

from benchmarks.exports.canonical import Canonical, ended, events_of
from benchmarks.exports.company import ENGLISH, Invented
from benchmarks.exports.writing import iso, midnight, write_csv, written

_CONTACT, _COMPANY, _DEAL, _CALL = 51_000_000, 8_100_000_000, 13_000_000, 31_000_000
_WEB = {
    "page_view": "e_visited_page",
    "download": "pe4815162_download",
    "demo_request": "pe4815162_demo_request",
    "webinar_registered": "pe4815162_webinar_registered",
    "webinar_attended": "pe4815162_webinar_attended",
}
_MAIL = {"email_sent": "SENT", "email_click": "CLICK", "unsubscribed": "STATUSCHANGE"}
_OPEN = ("Appointment Scheduled", "Qualified To Buy", "Contract Sent")
_STAGES = ("mql", "sql")
_MINUTE = "%Y-%m-%d %H:%M"


def hubspot(company: Invented, folder: Path) -> Canonical:
    """Write contacts, companies, deals, calls, email_events and web_events."""
    zone, leads, deals = company.zone, company.words(ENGLISH), company.deals.replace(ENGLISH)
    ids = pd.Series((_CONTACT + 51 * leads.index).astype(str), index=leads.index)
    events = company.events
    # the first time is kept: the later deals of a contact have no stages
    mql, sql = (leads.index.to_series().map(deals.groupby("lead")[name].min()) for name in _STAGES)
    trials = events[events["type"] == "trial_started"].drop_duplicates("lead")
    trial = leads.index.to_series().map(trials.set_index("lead")["at"])
    companies = leads[leads["account"] >= 0].drop_duplicates("account").set_index("account")
    company_id = (_COMPANY + leads["account"]).where(leads["account"] >= 0).astype("Int64")
    customers = leads.index.isin(deals.loc[deals["won"] == True, "lead"])  # noqa: E712
    write_csv(
        folder / "contacts.csv",
        pd.DataFrame(
            {
                "Record ID": ids,
                "Email": leads["email"],
                "Job Title": leads["job"],
                "Country/Region": leads["country"],
                "State/Region": leads["region"],
                "Original Traffic Source": leads["source"],
                "Contact owner": leads["owner"],
                "Lifecycle Stage": np.where(
                    customers, "Customer", np.where(mql.notna(), "Marketing Qualified Lead", "Lead")
                ),
                "Create Date": written(leads["created"], zone, _MINUTE),
                "Became a Marketing Qualified Lead Date": written(mql, zone, _MINUTE),
                "Became a Sales Qualified Lead Date": written(sql, zone, _MINUTE),
                "Became a Customer Date": written(
                    leads.index.to_series().map(
                        deals[deals["won"] == True].groupby("lead")["closed"].min()  # noqa: E712
                    ),
                    zone,
                    _MINUTE,
                ),
                "Free Trial Start Date": written(trial, zone, "%Y-%m-%d"),
                "Associated Company IDs (Primary)": company_id,
            }
        ),
    )
    write_csv(
        folder / "companies.csv",
        pd.DataFrame(
            {
                "Record ID": _COMPANY + companies.index,
                "Company name": companies["company"],
                "Industry": companies["industry"],
                "Number of Employees": companies["employees"].astype("Int64"),
                "Annual Revenue": companies["revenue"].astype("Int64"),
            }
        ),
    )
    is_open = deals["closed"].isna()
    write_csv(
        folder / "deals.csv",
        pd.DataFrame(
            {
                "Record ID": _DEAL + 7 * deals.index,
                "Deal Name": deals["lead"].map(leads["company"]) + " - New Deal",
                "Pipeline": "Sales Pipeline",
                "Deal Stage": np.where(
                    is_open,
                    np.take(_OPEN, deals.index % 3),
                    np.where(deals["won"] == True, "Closed Won", "Closed Lost"),  # noqa: E712
                ),
                "Create Date": written(deals["opened"], zone, _MINUTE),
                "Close Date": written(deals["closed"].fillna(deals["planned"]), zone, _MINUTE),
                "Amount": deals["amount"].map("{:.1f}".format, na_action="ignore"),
                "Closed Lost Reason": deals["reason"],
                "Associated Contact IDs": deals["lead"].map(ids),
            }
        ),
    )
    calls = events[events["type"] == "call_made"].reset_index(drop=True)
    write_csv(
        folder / "calls.csv",
        pd.DataFrame(
            {
                "Record ID": _CALL + 3 * calls.index,
                "Activity date": written(calls["at"], zone, _MINUTE),
                "Call outcome": "Connected",
                "Associated Contact IDs": calls["lead"].map(ids),
            }
        ),
    )
    mails = events[events["type"].isin(_MAIL)]
    mails = mails.assign(type=mails["type"].map(_MAIL), recorded=mails["at"])
    write_csv(
        folder / "email_events.csv",
        pd.DataFrame(
            {
                "recipient": mails["lead"].map(leads["email"]).str.upper(),
                "type": mails["type"],
                "created": (mails["at"] - pd.Timestamp(0, tz="UTC")) // pd.Timedelta("1ms"),
                "campaign": mails["detail"],
            }
        ),
    )
    web = events[events["type"].isin(_WEB)]
    web = web.assign(
        type=web["type"].map(_WEB),
        detail=web["detail"].map(_properties),
        recorded=web["at"],
    )
    _write_web(folder / "web_events.jsonl", web.assign(at=iso(web["at"])), ids)
    place = leads["account"].where(leads["account"] >= 0)
    dates = trial.dropna().rename("at").rename_axis("lead").reset_index()
    return Canonical(
        zone=zone,
        until=str(company.until.tz_convert(zone).date()),
        leads=pd.DataFrame(
            {
                "lead_id": ids,
                "created_at": leads["created"],
                "account_id": company_id,
                "Job Title": leads["job"],
                "Country/Region": leads["country"],
                "State/Region": leads["region"],
                "Original Traffic Source": leads["source"],
                "Contact owner": leads["owner"],
                "Industry": place.map(companies["industry"]).fillna("none of companies"),
                "Number of Employees": place.map(companies["employees"]),
                "Annual Revenue": place.map(companies["revenue"]),
                "Company name": place.map(companies["company"]),
                "has companies": place.notna().map({True: "true", False: "false"}),
            }
        ),
        events=events_of(
            ids,
            dates.assign(type="free trial", at=midnight(dates["at"], zone)),
            calls.assign(type="call", detail=None, recorded=calls["at"]),
            mails,
            web,
        ),
        outcomes=pd.DataFrame(
            {
                "lead_id": deals["lead"].map(ids),
                "closed_at": deals["closed"],
                "won": ended(deals["won"]),
                "amount": deals["amount"],
                "lost_reason": deals["reason"],
                "opened_at": deals["opened"],
                "mql_at": deals["mql"].where(deals["mql"] == deals["lead"].map(mql)),
                "sql_at": deals["sql"].where(deals["sql"] == deals["lead"].map(sql)),
            }
        ),
        stages={"MQL": "mql_at", "SQL": "sql_at"},
        made=("has companies",),
    )


def _properties(url: str | None) -> str:
    return json.dumps({"hs_url": url}, ensure_ascii=False, separators=(",", ":"))


def _write_web(path: Path, web: pd.DataFrame, ids: pd.Series) -> None:
    """An object per line, as the interface for events gives them."""
    with path.open("w", encoding="utf-8") as file:
        for lead, at, kind, detail in zip(
            web["lead"], web["at"], web["type"], web["detail"], strict=True
        ):
            row = {
                "objectType": "CONTACT",
                "objectId": ids[lead],
                "eventType": kind,
                "occurredAt": at,
                "properties": json.loads(detail),
            }
            file.write(json.dumps(row, ensure_ascii=False) + "\n")
