"""The lists that people work from in the morning: new, late, due, cooled, sent back and
to be approached again.
"""

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pa_csv

from features.files.cells import harmless, harmless_cells
from features.files.output import Output
from features.files.whole_file import write_bytes
from features.zone import zone
from propensity.grading.hand_over import HANDED_OVER
from propensity.language import CATALOGUES

#: The lists, in the order in which people look at them.
LISTS = ("new", "late", "due", "cooled", "sent_back", "recycle")
#: Columns of a scored table that lists are made of, besides those that are carried.
READ = (
    "lead_id",
    "episode",
    "probability",
    "rank",
    "grade",
    "decided_by",
    "instruction",
    "owner",
    "respond_by",
    "handed_over_on",
    "sent_back_on",
    "topic",
    "reasons_for",
    "ask",
)
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"  # Excel reads UTF-8 only with it


@dataclass(frozen=True)
class Morning:
    """A night, as the morning after sees it.

    Attributes:
        night: The day whose start was looked at.
        start: Its start, UTC.
        timezone: Time zone in which times are told.
        language: Language of the headings.
        worked_on: Lead and episode of those with whom sales did something since the hand-over; None
            where no event of sales is recorded, so that nobody knows.
    """

    night: date
    start: datetime
    timezone: str
    language: str
    worked_on: set[tuple[str, int]] | None


@dataclass(frozen=True)
class ListedLead:
    """A lead that stands on a list for a reason of its own, scored tonight or not.

    Attributes:
        lead_id: Identifier as in the source.
        episode: Number of the episode.
        why: What is to be done with it, and because of what: one sentence.
        whom: What the role is called that has it to do; None where nobody is agreed on.
        since: Day since which it is due.
    """

    lead_id: str
    episode: int
    why: str
    whom: str | None
    since: date


def lists_of(
    scored: pa.Table,
    morning: Morning,
    carried: Sequence[str],
    *,
    recycle: Sequence[ListedLead] = (),
    known: pa.Table | None = None,
) -> dict[str, pa.Table]:
    """The lists of a morning.

    *New*: handed over tonight. *Due*: a deadline that ends today. *Late*: one that has ended, and
    nobody did anything; empty where nobody knows. *Cooled*: handed over once, and neither over the
    line nor asking any more. *Sent back*: over the line, but sales gave it back, so that nobody has
    it. The first three are in the order of their deadlines, then of chances.

    Args:
        scored: Columns ``READ`` and those carried, of every lead that was scored.
        morning: The morning.
        carried: Columns of the company that every list holds.
        recycle: Leads that are to be approached again.
        known: ``lead_id`` and the carried columns of those; None where nothing is known of them.

    Returns:
        Name of the list to its rows, with columns as in the scored table, and ``hours_late``.
    """
    on, due = scored["handed_over_on"], scored["respond_by"]
    handed = scored.filter(on.is_valid())
    on, due = handed["handed_over_on"], handed["respond_by"]
    is_over = pc.is_in(handed["decided_by"], value_set=pa.array(HANDED_OVER))
    is_back = handed["sent_back_on"].is_valid()
    open_ = pc.and_(pc.and_not(is_over, is_back), _untouched(handed, morning))
    end = morning.start + timedelta(days=1)
    has_ended = pc.fill_null(pc.less(due, _moment(morning.start)), False)
    ends_today = pc.fill_null(pc.less(due, _moment(end)), False)
    chosen: Mapping[str, pa.ChunkedArray] = {
        "new": pc.equal(on, pa.scalar(morning.night, pa.date32())),
        "late": pc.and_(pc.and_(open_, has_ended), morning.worked_on is not None),
        "due": pc.and_(pc.and_(open_, ends_today), pc.invert(has_ended)),
        "cooled": pc.invert(pc.or_(is_over, is_back)),
        "sent_back": pc.and_(is_over, is_back),
    }
    found = {name: _told(handed.filter(holds), morning, carried) for name, holds in chosen.items()}
    return {**found, "recycle": _recycled(recycle, known, carried)}


def write_lists(lists: Mapping[str, pa.Table], morning: Morning, folder: Output) -> None:
    """Write each list as a CSV that a spreadsheet opens, such as ``new.csv``.

    Raises:
        ConfigError: A file cannot be written.
    """
    words = CATALOGUES[morning.language]
    for name, table in lists.items():
        headings = [
            words[f"column: {column}"] if f"column: {column}" in words else harmless(column)
            for column in table.column_names
        ]
        content = io.BytesIO()
        content.write(_BYTE_ORDER_MARK)
        cells = [harmless_cells(values.combine_chunks()) for values in table.columns]
        pa_csv.write_csv(pa.Table.from_arrays(cells, names=headings), content)
        write_bytes(content.getvalue(), folder / f"{name}.csv")


def _moment(moment: datetime) -> pa.Scalar:
    return pa.scalar(moment, pa.timestamp("us", tz="UTC"))


def _untouched(handed: pa.Table, morning: Morning) -> pa.Array:
    """(n,) whether nobody is known to have done anything with the lead since the hand-over."""
    worked = morning.worked_on or set()
    keys = zip(handed["lead_id"].to_pylist(), handed["episode"].to_pylist(), strict=True)
    return pa.array([key not in worked for key in keys], pa.bool_())


def _told(rows: pa.Table, morning: Morning, carried: Sequence[str]) -> pa.Table:
    rows = rows.sort_by([("respond_by", "ascending"), ("rank", "ascending")])
    reasons = [[reason["sentence"] for reason in row] for row in rows["reasons_for"].to_pylist()]
    local = zone(morning.timezone)
    due = rows["respond_by"].to_pylist()
    late = [None if at is None else (morning.start - at).total_seconds() / 3600 for at in due]
    columns = {
        "lead_id": rows["lead_id"],
        **{name: rows[name] for name in carried},
        "grade": rows["grade"],
        "chance": pc.round(pc.multiply(rows["probability"], 100.0), 1),
        "instruction": rows["instruction"],
        "owner": rows["owner"],
        "respond_by": pa.array(
            [at and at.astimezone(local).strftime("%Y-%m-%d %H:%M") for at in due], pa.string()
        ),
        "hours_late": pa.array(
            [None if hours is None or hours <= 0 else round(hours, 1) for hours in late],
            pa.float64(),
        ),
        "handed_over_on": rows["handed_over_on"].cast(pa.string()),
        "topic": rows["topic"],
        "reason_1": pa.array([next(iter(told), None) for told in reasons], pa.string()),
        "reason_2": pa.array([next(iter(told[1:]), None) for told in reasons], pa.string()),
        "ask": rows["ask"],
    }
    return pa.table(columns)


def _recycled(
    leads: Sequence[ListedLead], known: pa.Table | None, carried: Sequence[str]
) -> pa.Table:
    """Rows of leads that are not scored: what is known of them, and what is to be done."""
    listed = sorted(leads, key=lambda lead: (lead.since, lead.lead_id, lead.episode))
    ids = pa.array([lead.lead_id for lead in listed], pa.string())
    texts = pa.nulls(len(listed), pa.string())
    columns = dict.fromkeys(carried, texts)
    if known is not None:
        place = pc.index_in(ids, value_set=known["lead_id"].combine_chunks())
        columns |= {
            name: known[name].combine_chunks().take(place).cast(pa.string())
            for name in carried
            if name in known.column_names
        }
    return pa.table(
        {
            "lead_id": ids,
            **columns,
            "instruction": pa.array([lead.why for lead in listed], pa.string()),
            "owner": pa.array([lead.whom for lead in listed], pa.string()),
        }
    )
