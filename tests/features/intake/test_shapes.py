"""One company, written in the canonical shape and in every other shape, is the same company."""

import csv
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from features.settings import ColumnSettings, InputSettings
from features.store import Store
from tests.features.inputs import opened

START = date(2024, 1, 1)
COLUMNS = ColumnSettings(fit=("size", "industry"))
STAGES = {"MQL": "mql_at", "SQL": "sql_at"}


@dataclass(frozen=True)
class Person:
    """A lead of an invented company, with all that happened to it."""

    number: int
    created: int
    size: int
    industry: str
    account: int
    visits: tuple[int, ...]
    demo: int | None
    mql: int | None
    sql: int | None
    closed: int | None
    won: bool

    @property
    def id(self) -> str:
        """Identifier of 18 signs, as Salesforce has it."""
        return f"00QAA{self.number:010d}xYZ"


@st.composite
def people(draw: Any) -> list[Person]:
    day = st.integers(0, 300)
    maybe = st.none() | day
    numbers = draw(st.lists(st.integers(1, 99_999), min_size=2, max_size=9, unique=True))
    sizes = draw(st.lists(st.integers(1, 5_000), min_size=3, max_size=3))
    found = []
    for place, number in enumerate(numbers):
        created = draw(st.integers(0, 30))
        mql = draw(maybe)
        sql = None if mql is None else draw(st.none() | st.integers(mql, 301))
        closed = draw(st.none() | st.integers(340, 400))
        account = draw(st.integers(0, 2))
        found.append(
            Person(
                number,
                created,
                sizes[account],
                ("steel", "toys", "food")[account],
                account,
                tuple(
                    created + d
                    for d in draw(st.lists(day, min_size=not place, max_size=4, unique=True))
                ),
                draw(maybe),
                None if mql is None else created + mql,
                None if sql is None else created + sql,
                closed if place else 350,
                won=place == 0 or draw(st.booleans()),
            )
        )
    return found


def on(day: int | None) -> str:
    return "" if day is None else (START + timedelta(days=day)).isoformat()


def write(folder: Path, name: str, rows: Iterable[Mapping[str, object]]) -> str:
    listed = list(rows)
    with (folder / name).open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, list(listed[0]) if listed else ["lead_id"])
        writer.writeheader()
        writer.writerows(listed)
    return str(folder / name)


def lead_rows(who: list[Person], **more: Callable[[Person], object]) -> list[dict[str, object]]:
    return [
        {
            "lead_id": p.id,
            "created_at": on(p.created),
            "size": p.size,
            "industry": p.industry,
            **{name: value(p) for name, value in more.items()},
        }
        for p in who
    ]


def events(who: list[Person]) -> list[dict[str, object]]:
    visits = [
        {"lead_id": p.id, "occurred_at": on(d), "event_type": "visit"}
        for p in who
        for d in p.visits
    ]
    demos = [
        {"lead_id": p.id, "occurred_at": on(p.demo), "event_type": "demo"}
        for p in who
        if p.demo is not None
    ]
    return visits + demos


def outcome_rows(who: list[Person]) -> list[dict[str, object]]:
    return [
        {
            "lead_id": p.id,
            "closed_at": on(p.closed),
            "won": ("won" if p.won else "lost") if p.closed else "",
            "mql_at": on(p.mql),
            "sql_at": on(p.sql),
        }
        for p in who
        if p.closed or p.mql is not None
    ]


def settings_of(folder: Path, **sections: Any) -> InputSettings:
    return InputSettings.model_validate({"timezone": "UTC", **sections})


def base(folder: Path, who: list[Person]) -> dict[str, Any]:
    return {
        "leads": {"path": write(folder, "leads.csv", lead_rows(who))},
        "outcomes": {
            "path": write(folder, "outcomes.csv", outcome_rows(who)),
            "stages": STAGES,
            "lost_values": ["lost"],
        },
        "events": {"path": write(folder, "events.csv", events(who))},
    }


def several_event_tables(folder: Path, who: list[Person]) -> dict[str, Any]:
    """Visits without a type in one file, demos with columns of their own in another."""
    visits = [{"who": e["lead_id"], "on": e["occurred_at"]} for e in events(who)]
    visits = [row for row, e in zip(visits, events(who), strict=True) if e["event_type"] == "visit"]
    demos = [
        {"Lead": e["lead_id"], "Held": e["occurred_at"], "Subject": "Demo"}
        for e in events(who)
        if e["event_type"] == "demo"
    ]
    tables = []
    if visits:
        tables.append(
            {
                "path": write(folder, "visits.csv", visits),
                "columns": {"lead_id": "who", "occurred_at": "on"},
                "constant": {"event_type": "visit"},
            }
        )
    if demos:
        tables.append(
            {
                "path": write(folder, "demos.csv", demos),
                "columns": {"lead_id": "Lead", "occurred_at": "Held"},
                "constant": {"event_type": "demo"},
                "where": {"Subject": ["ＤＥＭＯ"]},
            }
        )
    return {"events": tables}


def wide_demos(folder: Path, who: list[Person]) -> dict[str, Any]:
    """Demos as a column of dates in the leads, written in another order than the other dates."""

    def written(p: Person) -> str:
        return "" if p.demo is None else (START + timedelta(days=p.demo)).strftime("%d.%m.%Y")

    visits = [e for e in events(who) if e["event_type"] == "visit"]
    path = write(folder, "wide.csv", lead_rows(who, **{"First Demo Date": written}))
    tables: list[dict[str, Any]] = [{"path": path, "wide": {"First Demo Date": "demo"}}]
    if visits:
        tables.append({"path": write(folder, "visits.csv", visits)})
    return {"leads": {"path": path}, "events": tables}


def stage_history(folder: Path, who: list[Person]) -> dict[str, Any]:
    """Stages and closes as a history of a field, beside that of another field."""
    rows: list[dict[str, object]] = []
    for p in who:
        for value, day in (("Qualified", p.mql), ("Sales Accepted", p.sql), ("", p.closed)):
            if day is not None:
                new = value or ("Closed Won" if p.won else "Disqualified")
                rows.append({"LeadId": p.id, "At": on(day), "Field": "Status", "NewValue": new})
        rows.append({"LeadId": p.id, "At": on(390), "Field": "Owner", "NewValue": "Closed Won"})
    mql = any(p.mql is not None for p in who)
    sql = any(p.sql is not None for p in who)
    lost = any(p.closed and not p.won for p in who)
    return {
        "outcomes": None,
        "stage_history": {
            "path": write(folder, "history.csv", rows),
            "columns": {"lead_id": "LeadId", "entered_at": "At", "stage": "NewValue"},
            "where": {"Field": "status"},
            "stages": {
                **({"MQL": "qualified"} if mql else {}),
                **({"SQL": ["Sales  accepted"]} if sql else {}),
            },
            "won": ["closed won"],
            **({"lost": ["Disqualified"]} if lost else {}),
        },
    }


def stages_in_columns(folder: Path, who: list[Person]) -> dict[str, Any]:
    """A column of dates per stage in the leads, as HubSpot has it."""
    columns = {"Became MQL": lambda p: on(p.mql), "Became SQL": lambda p: on(p.sql)}
    filled = [name for name in columns if any(columns[name](p) for p in who)]
    stages = dict(zip(columns, STAGES, strict=True))
    rows = lead_rows(who, **{name: columns[name] for name in filled})
    path = write(folder, "became.csv", rows)
    ends = [
        {"lead_id": p.id, "closed_at": on(p.closed), "won": "won" if p.won else "lost"}
        for p in who
        if p.closed
    ]
    wide = {name: stages[name] for name in filled}
    return {
        "leads": {"path": path},
        "outcomes": {"path": write(folder, "ends.csv", ends), "lost_values": ["lost"]},
        **({"stage_history": {"path": path, "wide": wide}} if wide else {}),
    }


def short_ids(folder: Path, who: list[Person]) -> dict[str, Any]:
    """Fifteen signs in the events, eighteen in the leads."""
    rows = [{**e, "lead_id": str(e["lead_id"])[:15]} for e in events(who)]
    return {"events": {"path": write(folder, "short.csv", rows), "join": "salesforce"}}


def by_mail(folder: Path, who: list[Person]) -> dict[str, Any]:
    """Events know an e-mail address, in any case, and no lead_id."""
    mail = {p.id: f"Lead{p.number}@Example.com" for p in who}
    rows = [{**e, "lead_id": f"mailto:{mail[str(e['lead_id'])].upper()}"} for e in events(who)]
    return {
        "leads": {"path": write(folder, "mail.csv", lead_rows(who, Email=lambda p: mail[p.id]))},
        "events": {
            "path": write(folder, "by_mail.csv", rows),
            "join": {"to": "Email", "rule": "email"},
        },
    }


def contacts(folder: Path, who: list[Person]) -> dict[str, Any]:
    """Every other event belongs to the contact that the lead became."""
    rows = [
        {**e, "lead_id": f"003-{e['lead_id']}" if i % 2 else e["lead_id"]}
        for i, e in enumerate(events(who))
    ]
    leads = lead_rows(who, ConvertedContactId=lambda p: f"003-{p.id}")
    return {
        "leads": {"path": write(folder, "converted.csv", leads), "aliases": "ConvertedContactId"},
        "events": {"path": write(folder, "activities.csv", rows)},
    }


def outcomes_in_leads(folder: Path, who: list[Person]) -> dict[str, Any]:
    """Status and close date stand in the leads; the columns need not be listed."""
    rows = lead_rows(
        who,
        Status=lambda p: ("Won!" if p.won else "LOST") if p.closed else "Working",
        Closed=lambda p: on(p.closed),
        mql_at=lambda p: on(p.mql),
        sql_at=lambda p: on(p.sql),
    )
    path = write(folder, "all.csv", rows)
    return {
        "leads": {"path": path},
        "outcomes": {
            "path": path,
            "columns": {"won": "Status", "closed_at": "Closed"},
            "won_values": ["won!"],
            "lost_values": ["Lost"],
            "open_values": ["working"],
            "stages": STAGES,
        },
    }


def account_table(folder: Path, who: list[Person]) -> dict[str, Any]:
    """Size and industry stand in a table of accounts, which writes its ids with zeros."""
    rows = [{"lead_id": p.id, "created_at": on(p.created), "AccountId": p.account + 1} for p in who]
    accounts = {p.account: p for p in who}
    return {
        "leads": {
            "path": write(folder, "bare.csv", rows),
        },
        "joined": [
            {
                "path": write(
                    folder,
                    "accounts.csv",
                    [
                        {"Id": f"000{a + 1}", "size": f"{p.size:,}", "industry": p.industry}
                        for a, p in accounts.items()
                    ],
                ),
                "to": "AccountId",
                "id": "Id",
                "join": "number",
            }
        ],
    }


SHAPES = (
    several_event_tables,
    wide_demos,
    stage_history,
    stages_in_columns,
    short_ids,
    by_mail,
    contacts,
    outcomes_in_leads,
    account_table,
)


def content(store: Store) -> dict[str, Any]:
    names = [a.name for a in store.attributes]
    wanted = [f"a{names.index(name)}" for name in ("size", "industry")]
    leads = store.query(
        f"SELECT lead, lead_id, created_at, created_day, known_day, {', '.join(wanted)} FROM leads"
        " ORDER BY lead"
    )
    stages = {stage: f"s{i}_day" for i, stage in enumerate(store.stages)}
    days = ", ".join(stages.get(stage, "NULL::INTEGER") + f" AS {stage}" for stage in STAGES)
    episodes = store.query(
        "SELECT lead, episode, started_at, closed_at, closed_day, close_known_day, won,"
        f" start_known_day, {days} FROM episodes ORDER BY ALL"
    )
    return {
        "leads": leads.to_pylist(),
        "events": store.arrow("events").to_pylist(),
        "episodes": episodes.to_pylist(),
    }


@pytest.mark.parametrize("shape", SHAPES, ids=[shape.__name__ for shape in SHAPES])
@settings(
    max_examples=15,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(who=people())
def test_a_company_is_the_same_in_every_shape(tmp_path, shape, who):
    columns = COLUMNS
    if shape is account_table:
        columns = ColumnSettings(fit=("size", "industry"), ignore=("AccountId", "has accounts"))
    if shape is by_mail:
        columns = ColumnSettings(fit=("size", "industry"), carry=("Email",))
    canonical = base(tmp_path, who)
    other = {**canonical, **shape(tmp_path, who)}
    with (
        opened(settings_of(tmp_path, **canonical), COLUMNS) as expected,
        opened(settings_of(tmp_path, **other), columns) as found,
    ):
        assert content(found) == content(expected)
        assert (found.observed_until, found.report.wins) == (
            expected.observed_until,
            expected.report.wins,
        )
