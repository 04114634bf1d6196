"""What a ledger must hold, recounted with pandas from the nightly files and the tables."""

import datetime as dt
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd

from propensity.config.config import Config
from propensity.language import CATALOGUES
from propensity.ledger.ledger import LedgerFact, Night

KEY = ["lead_id", "episode"]
#: Kinds of facts that no file of a night and no table of the company tells.
UNTOLD = ("overridden", "recycled", "recycle control")
#: Cases in which a lead is with sales.
CASES = ("hand-raiser", "MQL", "random slice")
COLUMNS = [*KEY, "decided_by", "is_mql", "handed_over_on", "requested_on", "respond_by"]

Episode = tuple[str, int]


@dataclass
class Recount:
    """The ledger beside what was counted without it.

    Attributes:
        counts: What is counted: by the ledger, and by hand.
        wrong: What must not be, a sentence each.
        leads: Leads that were handed over.
        episodes: Episodes that were.
        deadlines: Hand-overs whose deadline was seen on a later night as well.
    """

    counts: dict[str, tuple[int, int]] = field(default_factory=dict)
    wrong: list[str] = field(default_factory=list)
    leads: int = 0
    episodes: int = 0
    deadlines: int = 0

    @property
    def is_equal(self) -> bool:
        """Whether all counts agree."""
        return all(told == counted for told, counted in self.counts.values())


@dataclass
class _State:
    """What the nights so far have left, by their files alone."""

    mql: set[Episode] = field(default_factory=set)
    handed: dict[Episode, dt.date] = field(default_factory=dict)
    first: dict[Episode, dt.date] = field(default_factory=dict)
    due: dict[Episode, pd.Timestamp] = field(default_factory=dict)
    asked: dict[Episode, dt.date] = field(default_factory=dict)
    cooled: set[Episode] = field(default_factory=set)
    counts: Counter[str] = field(default_factory=Counter)
    by_night: dict[dt.date, int] = field(default_factory=dict)
    seen_again: set[tuple[Episode, dt.date]] = field(default_factory=set)
    returned: dict[str, dt.date] = field(default_factory=dict)


def recount(
    config: Config, nights: Sequence[Night], facts: Sequence[LedgerFact], *, made_up: dt.date | None
) -> Recount:
    """Count everything anew.

    Args:
        config: Of a simulated company.
        nights: As the ledger tells them.
        facts: Likewise.
        made_up: The night that was run after later ones, and must have handed over nothing.
    """
    found, state = Recount(), _State(returned=_returned(config))
    folder = Path(config.nightly.folder)
    for night in nights:
        scored = pd.read_parquet(folder / str(night.as_of) / "scored.parquet", columns=COLUMNS)
        new = pd.read_csv(folder / str(night.as_of) / "new.csv", encoding="utf-8-sig")
        heading = CATALOGUES[config.language].get("column: lead_id", "lead_id")
        if night.as_of == made_up:
            if len(new) or (scored["handed_over_on"] == made_up).any():
                found.wrong.append(f"{made_up}: made up, and handed over")
            continue
        tonight = _lived(state, scored, night.as_of, found.wrong)
        if sorted(new[heading]) != sorted(lead for lead, _ in tonight):
            found.wrong.append(f"{night.as_of}: new.csv and scored.parquet differ")
    found.leads = len({lead for lead, _ in state.handed})
    found.episodes, found.deadlines = len(state.handed), len(state.seen_again)
    told = Counter(
        f"{fact.kind}: {fact.handed_over_as}" if fact.kind == "handed over" else fact.kind
        for fact in facts
        if fact.kind not in UNTOLD
    )
    last = nights[-1].as_of
    counted = state.counts + _learned(config, state.first, last)
    found.counts = {name: (told[name], counted[name]) for name in sorted(told | counted)}
    told_by_night = {night.as_of: night.handed_over for night in nights if night.handed_over}
    by_night = {day: count for day, count in state.by_night.items() if count}
    if told_by_night != by_night:
        found.wrong.append("hand-overs by night differ")
    return found


def _lived(state: _State, scored: pd.DataFrame, night: dt.date, wrong: list[str]) -> list[Episode]:
    """Let a night go by; returns what it handed over."""
    keys = list(zip(scored["lead_id"], scored["episode"], strict=True))
    here = set(keys)
    is_with_sales = scored["decided_by"].isin(CASES)
    mql = {key for key, holds in zip(keys, scored["is_mql"], strict=True) if holds is True}
    state.counts["entered"] += len(mql - state.mql)
    state.counts["left"] += len(state.mql - mql)
    working = {key for key, holds in zip(keys, is_with_sales, strict=True) if holds}
    known = set(state.handed) - state.cooled
    cooled, gone = (known & here) - working, known - here
    rows = scored[(scored["handed_over_on"] == night).to_numpy()]
    tonight = list(zip(rows["lead_id"], rows["episode"], strict=True))
    for key, (_, row) in zip(tonight, rows.iterrows(), strict=True):
        asked = row["requested_on"] if row["decided_by"] == "hand-raiser" else None
        asked = None if pd.isna(asked) else asked
        anew = asked is not None and (key not in state.asked or asked > state.asked[key])
        if key in state.handed and key not in state.cooled and not anew:
            wrong.append(f"{night}: handed over again without a request or a crossing")
        state.counts[f"handed over: {row['decided_by']}"] += 1
        state.handed[key], state.due[key] = night, row["respond_by"]
        state.first.setdefault(key, night)
        if anew and asked is not None:
            state.asked[key] = asked
    _deadlines(state, scored[is_with_sales.to_numpy()], night, wrong)
    state.counts["cooled"] += len(cooled)
    state.counts["gone"] += len(gone)
    state.cooled = (state.cooled | cooled | gone) - set(tonight)
    state.mql = mql
    state.by_night[night] = len(tonight)
    return tonight


def _deadlines(state: _State, working: pd.DataFrame, night: dt.date, wrong: list[str]) -> None:
    """See that what was handed over before still has the day and the deadline it had."""
    rows = working[working["handed_over_on"].notna()]
    columns = (rows[name] for name in ("lead_id", "episode", "handed_over_on", "respond_by"))
    for lead, episode, on, due in zip(*columns, strict=True):
        key = (lead, episode)
        if state.handed.get(key) != on:
            wrong.append(f"{night}: a hand-over of {on}, which no night made")
        elif pd.isna(due) and state.returned.get(lead, night) < night:
            continue  # sales sent it back: nobody owes it anything
        elif due != state.due[key] and not (pd.isna(due) and pd.isna(state.due[key])):
            wrong.append(f"{night}: the deadline of a hand-over of {on} moved")
        elif on < night:
            state.seen_again.add((key, on))


def _learned(config: Config, first: dict[Episode, dt.date], last: dt.date) -> Counter[str]:
    """Attempts, stages and closes of the episodes that were handed over, by the tables."""
    zone = config.input.timezone
    data = Path(config.nightly.folder).parent / "data"
    end = pd.Timestamp(last, tz=zone)
    leads = pd.read_csv(data / "leads.csv", usecols=["lead_id", "created_at"])
    created = pd.to_datetime(leads["created_at"], errors="coerce").dt.tz_localize(zone)
    outcomes = pd.read_csv(data / "outcomes.csv")
    times = ["mql_at", "opportunity_at", "closed_at"]
    for name in times:
        outcomes[name] = pd.to_datetime(outcomes[name], errors="coerce").dt.tz_localize(zone)
    began = outcomes["lead_id"].map(pd.Series(created.to_numpy(), leads["lead_id"]))
    began = pd.to_datetime(began, utc=True)
    readable = outcomes["closed_at"].isna() | (outcomes["closed_at"] >= began)
    outcomes = outcomes[readable].sort_values(["lead_id", "closed_at"], na_position="last")
    outcomes["episode"] = outcomes.groupby("lead_id").cumcount() + 1
    handed = pd.DataFrame(
        [(lead, episode, pd.Timestamp(on, tz=zone)) for (lead, episode), on in first.items()],
        columns=[*KEY, "since"],
    )
    mine = handed.merge(outcomes, on=KEY, how="left")
    counts: Counter[str] = Counter()
    for name in times:
        known = (mine[name] >= mine["since"]) & (mine[name] < end)
        counts["closed" if name == "closed_at" else "stage"] += int(known.sum())
    events = pd.read_parquet(data / "events.parquet").drop_duplicates()
    events = events[events["event_type"].isin(["call_made", "sales_mail"])]
    work = mine.merge(events, on="lead_id")
    inside = (work["occurred_at"] >= work["since"]) & (work["recorded_at"] < end)
    inside &= work["closed_at"].isna() | (work["occurred_at"] <= work["closed_at"])
    columns = [*KEY, "occurred_at", "event_type"]
    counts["attempt"] = len(work.loc[inside, columns].drop_duplicates())
    said = mine.merge(_statuses(config), on="lead_id")
    inside = (said["changed_at"] >= said["since"]) & (said["recorded_at"] < end)
    inside &= said["closed_at"].isna() | (said["changed_at"] <= said["closed_at"])
    for status, rows in said[inside].groupby("status"):
        counts[str(status)] = len(rows[[*KEY, "changed_at"]].drop_duplicates())
    return counts


def _statuses(config: Config) -> pd.DataFrame:
    """What sales said of leads."""
    rows = pd.read_csv(Path(config.nightly.folder).parent / "data" / "statuses.csv")
    for name in ("changed_at", "recorded_at"):
        rows[name] = pd.to_datetime(rows[name]).dt.tz_localize(config.input.timezone)
    return rows


def _returned(config: Config) -> dict[str, dt.date]:
    """Lead to the day on which sales first sent it back."""
    rows = _statuses(config)
    back = rows[rows["status"] == "sent back"]
    first: dict[str, dt.date] = back.groupby("lead_id")["changed_at"].min().dt.date.to_dict()
    return first
