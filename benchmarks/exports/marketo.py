"""Marketo Engage: bulk extracts of leads and of activities, a file per month, and the tasks of the
CRM behind it.
"""

from pathlib import Path

import numpy as np
import pandas as pd

from benchmarks.exports.canonical import Canonical, ended, events_of
from benchmarks.exports.company import ENGLISH, Invented
from benchmarks.exports.writing import iso, salesforce_ids, write_csv, written

#: Numbers of Marketo's own activity types; those from 100000 on are made by each company.
_TYPES = {
    "page_view": "1",
    "demo_request": "2",
    "email_sent": "6",
    "unsubscribed": "9",
    "email_click": "11",
    "download": "100001",
    "trial_started": "100002",
    "webinar_registered": "100003",
    "webinar_attended": "100004",
}
_CHANGED = "13"
_FIRST_ID = 1_000_003


def marketo(company: Invented, folder: Path) -> Canonical:
    """Write leads.csv, activities_*.csv and Task.csv."""
    zone, leads, deals = company.zone, company.words(ENGLISH), company.deals.replace(ENGLISH)
    ids = pd.Series((_FIRST_ID + 2 * leads.index).astype(str), index=leads.index)
    last = deals.drop_duplicates("lead", keep="last").set_index("lead")
    deal = last.reindex(leads.index)
    places = pd.Series(leads.index, index=leads.index)
    in_crm = salesforce_ids("00Q", places)
    contact = salesforce_ids("003", places).where(deal["opened"].notna())
    status = np.select(
        [deal["won"] == True, deal["won"] == False, deal["opened"].notna()],  # noqa: E712
        ["Customer", "Disqualified", "Working"],
        "New",
    )
    write_csv(
        folder / "leads.csv",
        pd.DataFrame(
            {
                "id": ids,
                "email": leads["email"],
                "company": leads["company"],
                "title": leads["job"],
                "industry": leads["industry"],
                "numberOfEmployees": leads["employees"].astype("Int64"),
                "annualRevenue": leads["revenue"].astype("Int64"),
                "country": leads["country"],
                "state": leads["region"],
                "leadSource": leads["source"],
                "leadStatus": status,
                "createdAt": iso(leads["created"]),
                "mqlDate": iso(deal["mql"]),
                "sqlDate": iso(deal["sql"]),
                "closedDate": iso(deal["closed"]),
                "contractAmount": deal["amount"].astype("Int64"),
                "sfdcLeadId": in_crm,
                "sfdcContactId": contact,
                "sfdcAccountId": salesforce_ids("001", leads["account"]),
            }
        ),
    )
    acts = company.events[company.events["type"].isin(_TYPES)]
    acts = acts.assign(type=acts["type"].map(_TYPES), recorded=acts["at"]).reset_index(drop=True)
    _write_months(folder, acts, ids, zone)
    calls = company.events[company.events["type"] == "call_made"].reset_index(drop=True)
    calls = calls.assign(type="call", detail=None, recorded=calls["at"])
    write_csv(
        folder / "Task.csv",
        pd.DataFrame(
            {
                "Id": salesforce_ids("00T", calls.index.to_series()),
                "WhoId": np.where(
                    calls["at"] >= calls["lead"].map(deal["opened"]),
                    calls["lead"].map(contact).str[:15],
                    calls["lead"].map(in_crm).str[:15],
                ),
                "Type": "Call",
                "CompletedDateTime": iso(calls["at"]),
            }
        ),
    )
    return Canonical(
        zone=zone,
        until=str(company.until.tz_convert(zone).date()),
        leads=pd.DataFrame(
            {
                "lead_id": ids,
                "created_at": leads["created"],
                "account_id": salesforce_ids("001", leads["account"]),
                "company": leads["company"],
                "title": leads["job"],
                "industry": leads["industry"],
                "numberOfEmployees": leads["employees"],
                "annualRevenue": leads["revenue"],
                "country": leads["country"],
                "state": leads["region"],
                "leadSource": leads["source"],
            }
        ),
        events=events_of(ids, acts, calls),
        outcomes=pd.DataFrame(
            {
                "lead_id": last.index.to_series().map(ids),
                "closed_at": last["closed"],
                "won": ended(last["won"]),
                "amount": last["amount"],
                "mql_at": last["mql"],
                "sql_at": last["sql"],
            }
        ),
        stages={"MQL": "mql_at", "SQL": "sql_at"},
    )


def _write_months(folder: Path, acts: pd.DataFrame, ids: pd.Series, zone: str) -> None:
    """The activities, a file per month, between changes of data values."""
    changed = acts.iloc[::50].assign(type=_CHANGED, detail="Behavior Score")
    rows = pd.concat([acts, changed]).sort_values("at", kind="stable").reset_index(drop=True)
    table = pd.DataFrame(
        {
            "marketoGUID": 400_000_000 + rows.index,
            "leadId": rows["lead"].map(ids),
            "activityDate": iso(rows["at"]),
            "activityTypeId": rows["type"],
            "campaignId": 1_000 + rows["lead"] % 40,
            "primaryAttributeValueId": 20_000 + rows["lead"] % 90,
            "primaryAttributeValue": rows["detail"],
            "attributes": "{}",
        }
    )
    for month, part in table.groupby(written(rows["at"], zone, "%Y-%m")):
        write_csv(folder / f"activities_{month}.csv", part)
