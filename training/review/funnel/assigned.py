"""Which channel, persona or segment each lead belongs to, by rules; and what no rule takes."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from features.rules import evaluate, parse, prepare_rules
from features.rules.columns import numbers_of
from features.rules.syntax import Compare, Known, Like, OneOf, Rule, conditions
from features.spec import EventReading
from features.store import Store
from propensity.concepts.wording import plain

#: Leads that a value needs to be named.
FEWEST = 5
#: Values listed of a column, at most.
_MOST_VALUES = 15


@dataclass(frozen=True)
class UnmappedValue:
    """A value of leads that no rule took.

    Attributes:
        column: That rules look at.
        value: The value; None where it is not known, empty for all values that are no texts or are
            rare.
        leads: Number; at least five.
    """

    column: str
    value: str | None
    leads: int


@dataclass(frozen=True)
class Assignment:
    """Leads in groups.

    Attributes:
        names: Names of the groups, in the order of the configuration.
        code: (n,) place among the names; -1 where no rule holds.
        unmapped: What the rest looks like, the most frequent first.
    """

    names: tuple[str, ...]
    code: NDArray[np.int16]
    unmapped: tuple[UnmappedValue, ...] = ()

    @property
    def left(self) -> int:
        """Leads in no group."""
        return int((self.code < 0).sum())

    def take(self, at: NDArray[np.bool_] | NDArray[np.intp]) -> NDArray[np.int16]:
        """Codes of some leads."""
        return self.code[at]


def assign(
    store: Store,
    rows: pa.Table,
    groups: Sequence[tuple[str, str]],
    reading: EventReading = EventReading(),  # noqa: B008 — frozen
) -> Assignment:
    """Put each row into the first group whose rule holds.

    Args:
        store: Store that holds the leads.
        rows: ``lead``, ``episode``, ``as_of_day``; rules see what was known before.
        groups: Name and rule, in order.
        reading: Who acts in which event.

    Raises:
        DataError: A rule asks for what the data do not have.
    """
    names = tuple(name for name, _ in groups)
    if not groups:
        return Assignment((), np.full(rows.num_rows, -1, dtype=np.int16))
    rules = [parse(rule) for _, rule in groups]
    prepare_rules(store, rules, reading)
    holds = evaluate(store, rows, rules) == 1
    code = np.where(holds.any(axis=1), holds.argmax(axis=1), -1).astype(np.int16)
    return Assignment(names, code, tuple(_unmapped(store, rows.filter(pa.array(code < 0)), rules)))


def _unmapped(store: Store, rows: pa.Table, rules: Sequence[Rule]) -> Iterator[UnmappedValue]:
    """Values of the columns that rules look at, of the leads that no rule took."""
    if not rows.num_rows:
        return
    numbers = dict.fromkeys(
        number
        for rule in rules
        for condition in conditions(rule)
        if isinstance(condition, Compare | OneOf | Like | Known)
        for number in numbers_of(store, condition.column)
    )
    store.connection.register("unmapped_rows", rows.select(["lead"]))
    try:
        for number in numbers:
            yield from _values(store, number)
    finally:
        store.connection.unregister("unmapped_rows")


def _values(store: Store, number: int) -> Iterator[UnmappedValue]:
    attribute = store.attributes[number]
    name = plain(attribute.name)
    value = (
        f"a{number}" if attribute.kind == "text" else f"CASE WHEN a{number} IS NOT NULL THEN '' END"
    )
    found = store.connection.execute(
        f"SELECT {value} AS value, count(*) AS n FROM unmapped_rows JOIN leads USING (lead) "
        "GROUP BY 1 ORDER BY n DESC, 1"
    ).fetchall()
    rare = 0
    for place, (text, leads) in enumerate(found):
        if text is not None and (leads < FEWEST or place >= _MOST_VALUES):
            rare += leads
        elif leads >= FEWEST:
            yield UnmappedValue(name, None if text is None else plain(text), leads)
    if rare >= FEWEST:
        yield UnmappedValue(name, "", rare)
