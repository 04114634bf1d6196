"""Which table is what: by keys, by how many rows one lead has, and by what the rows hold."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from features.errors import ConfigError
from training.init.columns import placed
from training.init.funnel import moved_stage
from training.init.keys import key_of, single_keys
from training.init.links import Link
from training.init.name_words import NAMES, says
from training.init.outcome import OutcomeGuess, outcomes_in
from training.init.table_profile import ColumnProfile, TableProfile

Role = Literal["events", "outcomes", "attribute_changes", "stage_history", "joined"]
#: What a table costs that finds no place.
_LEFT_OUT = 2.0
#: What leads cost of which nothing is known.
_NOTHING_KNOWN = 4.0
#: What it is worth that other tables name the key itself, and no other column of the leads.
_NAMES_KEY = 0.5
#: More rows per lead than deals have.
_MOST_DEALS = 3.0
#: More of the leads have a row in any table of attributes than have ended.
_MOST_ENDED = 0.9
#: Worth of what a choice of the leads table makes of the other tables.
_WORTH: Mapping[Role, float] = {
    "events": 3,
    "outcomes": 4,
    "attribute_changes": 3,
    "stage_history": 3,
    "joined": 2,
}


@dataclass(frozen=True)
class Part:
    """A table other than the leads, with the place it has.

    Attributes:
        table: The table.
        role: What it is.
        link: How it is tied to the leads.
        refers: Whether the table holds ids of leads; else the leads hold ids of its rows.
        also: Another lead column by which some of its rows are tied.
        why: Why it has this place.
    """

    table: TableProfile
    role: Role
    link: Link
    refers: bool = True
    also: Link | None = None
    why: str = ""

    @property
    def own(self) -> ColumnProfile:
        """Its column of the tie."""
        return self.link.column if self.refers else self.link.target

    @property
    def lead_column(self) -> ColumnProfile:
        """The lead column of the tie."""
        return self.link.target if self.refers else self.link.column


@dataclass(frozen=True)
class LeftOut:
    """A table that has no place.

    Attributes:
        table: The table.
        why: Why not.
    """

    table: TableProfile
    why: str


@dataclass(frozen=True)
class PlacedTables:
    """All tables with their places.

    Attributes:
        leads: The table of the leads.
        key: Its key.
        outcome: What says how leads ended, in the leads or the outcomes.
        parts: The other tables.
        left_out: Tables that have no place.
    """

    leads: TableProfile
    key: ColumnProfile | None
    outcome: OutcomeGuess | None = None
    parts: tuple[Part, ...] = ()
    left_out: tuple[LeftOut, ...] = ()

    def of(self, role: Role) -> list[Part]:
        """The tables of a role."""
        return [part for part in self.parts if part.role == role]

    def is_key(self, column: ColumnProfile) -> bool:
        """Whether a lead column is the key."""
        return self.key is not None and column.name == self.key.name

    @property
    def outcomes(self) -> Part | None:
        """The table of outcomes, where it is one of its own."""
        return next(iter(self.of("outcomes")), None)


def told_apart(tables: Sequence[TableProfile], links: Sequence[Link]) -> PlacedTables:
    """The leads, and what every other table is to them: the choice that explains most tables.

    Raises:
        ConfigError: No table has anything in common with another.
    """
    declared = [i for i, table in enumerate(tables) if table.given.role == "leads"]
    choices = [
        _choice(tables, position, key, links)
        for position, table in enumerate(tables)
        if table.given.role == "leads" or (table.given.role == "" and not declared)
        for key in _keys(table, position, links)
    ]
    if not choices:
        raise ConfigError(
            "No table can be the leads: every file was said to be something else. Say which by"
            " --leads FILE."
        )
    best = max(choices, key=lambda choice: choice[0])[1]
    has_outcome = best.outcome is not None and best.outcome.is_sure
    if not best.parts and not declared and not has_outcome:
        listed = "; ".join(f"{table.name}: {_shown(table)}" for table in tables)
        raise ConfigError(
            "No column joins these tables: expected a column of one table whose values stand in"
            " another, such as a lead_id, and found none that share values. Columns:"
            f" {listed}."
        )
    return best


def _shown(table: TableProfile) -> str:
    names = ", ".join(repr(column.name) for column in table.columns[:8])
    return names + (", …" if len(table.columns) > 8 else "")


def _keys(table: TableProfile, position: int, links: Sequence[Link]) -> list[ColumnProfile | None]:
    """The columns that may be the key of a leads table, referred to before others."""
    referred = [link.target.name for link in links if link.to == position]
    singles = single_keys(table)
    first = [c for c in singles if c.name in referred]
    own = key_of(table)
    found: list[ColumnProfile | None] = [*first[:3], *([own] if own else [])]
    return found or [None]


def _choice(
    tables: Sequence[TableProfile], position: int, key: ColumnProfile | None, links: Sequence[Link]
) -> tuple[float, PlacedTables]:
    """What the others are if this table holds the leads, and how good that is."""
    leads = tables[position]
    others = [i for i in range(len(tables)) if i != position]
    tied = {i: _tie(i, position, key, links) for i in others}
    found = [_part(tables[i], tied[i], leads, _between(i, tables, links)) for i in others]
    parts = _one_of_each([part for part in found if isinstance(part, Part)])
    left = [part for part in found if isinstance(part, LeftOut)]
    left += [part for part in parts if isinstance(part, LeftOut)]
    kept = [part for part in parts if isinstance(part, Part)]
    inside = next(iter(outcomes_in(leads)), None)
    apart = next((p for p in kept if p.role == "outcomes"), None)
    outcome = next(iter(outcomes_in(apart.table, is_apart=True)), None) if apart else inside
    choice = PlacedTables(leads, key, outcome, tuple(kept), tuple(left))
    return _worth(choice, [i for i in others if _is_referred_to(i, links)], tables), choice


def _worth(found: PlacedTables, referred: Sequence[int], tables: Sequence[TableProfile]) -> float:
    """How much a choice of the leads explains."""
    entities = [tables[i] for i in referred]
    worth = -_LEFT_OUT * len(found.left_out)
    for part in found.parts:
        worth += _WORTH[part.role] * (part.link.found if part.refers else 1.0) + part.link.covered
        worth -= _LEFT_OUT * (1 - part.link.found) * part.refers
        worth -= 3.0 * (part.role == "events" and part.table in entities)
    full = [c for c in found.leads.times if c.is_full and not says(c.name, NAMES["closed_at"])]
    worth += 2.0 if any(says(c.name, NAMES["created_at"]) for c in full) else 1.0 * bool(full)
    if found.outcomes is None and found.outcome:
        worth += 1.5 if found.outcome.is_sure else 0.5
    worth -= _NOTHING_KNOWN * (not _is_known(found))
    key = found.key
    if key and key.look not in ("e-mail", "phone number", "web address"):
        naming = [part for part in found.parts if part.refers and part.link.target is key]
        worth += _NAMES_KEY * sum(part.link.covered for part in naming)
    return worth + 0.5 * bool(key and key.is_unique) + 0.2 * bool(key and _is_id(key))


def _is_known(found: PlacedTables) -> bool:
    """Whether anything is known of the leads: an event, or a column that a model may use."""
    own = {found.key.name if found.key else "", found.outcome.column.name if found.outcome else ""}
    columns = [c for c in found.leads.columns if c.name not in own and c.kind != "date"]
    columns += [c for part in found.of("joined") for c in part.table.columns if c is not part.own]
    return bool(found.of("events")) or any(
        placed(column).where in ("fit", "interest") for column in columns
    )


def _is_id(column: ColumnProfile) -> bool:
    return says(column.name, NAMES["id"])


def _is_referred_to(table: int, links: Sequence[Link]) -> bool:
    """Whether other tables hold ids of its rows, which they do of no mere event."""
    return any(link.to == table and link.target.is_unique for link in links)


def _tie(
    table: int, leads: int, key: ColumnProfile | None, links: Sequence[Link]
) -> list[tuple[Link, bool]]:
    """The links between a table and the leads, the best first: to the key, to another lead column,
    from a lead column.
    """
    to_key = [
        (link, True)
        for link in links
        if link.table == table and link.to == leads and key and link.target.name == key.name
    ]
    to_other = [
        (link, True)
        for link in links
        if link.table == table and link.to == leads and (link, True) not in to_key
    ]
    from_lead = [
        (link, False)
        for link in links
        if link.table == leads and link.to == table and link.target.is_unique
    ]
    strong = [tie for tie in to_key if tie[0].found >= 0.5 or tie[0].covered >= 0.5]
    rest = [tie for tie in (*to_key, *to_other, *from_lead) if tie not in strong]
    return [*strong, *sorted(rest, key=lambda tie: -tie[0].strength)]


def _part(
    table: TableProfile, ties: Sequence[tuple[Link, bool]], leads: TableProfile, between: str
) -> Part | LeftOut:
    if not ties:
        beside = f"; {between} holds its ids" if between else ""
        return LeftOut(table, f"none of its columns shares values with the leads{beside}")
    link, refers = ties[0]
    also = _also(link, [tie for tie, _ in ties[1:] if tie.column.name == link.column.name])
    said = next((role for role in _WORTH if role == table.given.role), None)
    if said:
        return Part(table, said, link, refers, also, "you said so")
    if not refers:
        return Part(table, "joined", link, False, None, "the leads hold ids of its rows")
    role, why = _role(table, link, leads)
    return Part(table, role, link, True, also, why) if role else LeftOut(table, why)


def _between(table: int, tables: Sequence[TableProfile], links: Sequence[Link]) -> str:
    """A table that holds ids of another, or an empty text."""
    return next((tables[link.table].name for link in links if link.to == table), "")


def _also(link: Link, others: Iterable[Link]) -> Link | None:
    """A second lead column under which the same ids are known, where the first leaves many out."""
    if link.found > 0.9:
        return None
    return next((other for other in others if other.found > 0.05), None)


def _role(table: TableProfile, link: Link, leads: TableProfile) -> tuple[Role | None, str]:
    """What a table is whose rows name leads."""
    per_lead = link.column.present / max(1, link.column.distinct)
    many = f"{per_lead:.1f} rows per lead"
    times = table.times
    moves = times and per_lead > 1 and (per_lead > _MOST_DEALS or not _holds_deals(table))
    if moves and moved_stage(table):
        return "stage_history", "it has stages and when they were entered"
    if _changes(table, leads) and times:
        return "attribute_changes", "it has names of lead columns, values and times"
    inside = next(iter(outcomes_in(leads)), None)
    is_apart = link.covered < _MOST_ENDED and not (inside and inside.is_sure)
    guess = next(iter(outcomes_in(table, is_apart=is_apart)), None)
    ends = guess is not None and (guess.is_sure or (per_lead == 1 and guess.score > 1))
    if ends and per_lead <= _MOST_DEALS:
        return "outcomes", f"column {guess.column.name!r} says how leads ended" if guess else ""
    if times and (per_lead > 1.05 or _has_types(table, link)):
        return "events", f"{many}, with a time"
    if per_lead <= 1.0:
        return "joined", "at most one row per lead"
    return None, f"{many}, and no time at which they happened"


def _holds_deals(table: TableProfile) -> bool:
    """Whether its rows are deals: a column says for sure that some were won and others lost, and a
    date says in its name that it is that of the close, or a number that it is an amount.
    """
    guess = next(iter(outcomes_in(table, is_apart=True)), None)
    if guess is None or not guess.is_sure:
        return False
    ends = {level.meaning for level in guess.levels}
    numbers = [c for c in table.columns if c.kind == "number"]
    named = [c for c in table.times if says(c.name, NAMES["closed_at"])]
    named += [c for c in numbers if says(c.name, NAMES["amount"])]
    return {"won", "lost"} <= ends and bool(named)


def _has_types(table: TableProfile, link: Link) -> bool:
    return (
        any(
            c.kind == "text" and c.name != link.column.name and says(c.name, NAMES["event_type"])
            for c in table.columns
        )
        and not link.column.is_unique
    )


def _changes(table: TableProfile, leads: TableProfile) -> bool:
    return changed_attribute(table, leads) is not None


def changed_attribute(table: TableProfile, leads: TableProfile) -> ColumnProfile | None:
    """The column that names lead columns: by its values, or its name beside one of values."""
    names = {column.name.casefold() for column in leads.columns}
    for column in table.columns:
        values = [value.casefold() for value in column.values]
        if values and column.kind == "text" and sum(v in names for v in values) > 0.5 * len(values):
            return column
    named = [c for c in table.columns if says(c.name, NAMES["attribute"]) and c.kind == "text"]
    valued = [c for c in table.columns if says(c.name, ("value", "new value", "値"))]
    if not named or not valued:
        return None
    return named[0] if any(value.casefold() in names for value in named[0].values) else None


def _one_of_each(parts: Sequence[Part]) -> list[Part | LeftOut]:
    """One table of outcomes, changes and stage history: the likeliest; the others are events, or
    joined.
    """
    single: Sequence[Role] = ("outcomes", "attribute_changes", "stage_history")
    kept = [min(rivals, key=_standing) for role in single if (rivals := _with(parts, role))]
    return [part if part.role not in single or part in kept else _second(part) for part in parts]


def _with(parts: Sequence[Part], role: Role) -> list[Part]:
    return [part for part in parts if part.role == role]


def _second(part: Part) -> Part | LeftOut:
    """The place of a table whose first place another one has."""
    if part.own.is_unique:
        return replace(part, role="joined")
    if part.table.times:
        return replace(part, role="events")
    return LeftOut(part.table, f"another table holds the {part.role}, and it has no time")


def _standing(part: Part) -> tuple[bool, float]:
    guess = next(iter(outcomes_in(part.table, is_apart=True)), None)
    dated = any(says(c.name, NAMES["closed_at"]) for c in part.table.times)
    score = (guess.score if guess else 0.0) + 2 * dated
    return (part.why != "you said so", -score)
