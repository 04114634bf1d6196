"""The lead columns that rules compare: which one a name means, and what its values are at an
as-of.
"""

import operator
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from features.build.attributes import current_values, values_at
from features.folding import fold
from features.kinds import ValueKind
from features.rules.syntax import ComparisonSign, RuleColumn, Value, written
from features.rules.truth import Truth, truth
from features.store import Store

Floats = NDArray[np.float64]
COMPARE: Mapping[ComparisonSign, Callable[..., NDArray[np.bool_]]] = {
    "=": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
_EPOCH = date(1970, 1, 1)


def numbers_of(store: Store, column: RuleColumn) -> list[int]:
    """Places in ``store.attributes`` that a name may mean: the exact one, else those spelled alike.

    A column that is also carried to the output is meant as what else it is.
    """
    named = [
        (i, a) for i, a in enumerate(store.attributes) if a.role == "hearing" or not column.hearing
    ]
    exact = [i for i, attribute in named if attribute.name == column.name]
    alike = {a.name: i for i, a in reversed(named) if fold(a.name) == fold(column.name)}
    return exact[:1] or sorted(alike.values())


def with_history(store: Store) -> frozenset[int]:
    """Places in ``store.attributes`` of the columns that changed over time."""
    if store.is_flat:
        return frozenset()
    return frozenset(store.query("SELECT DISTINCT attribute FROM changes")["attribute"].to_pylist())


def values_of(store: Store, number: int, *, history: bool, fold: Callable[[str], str]) -> "Values":
    """Values of an attribute for the rows in ``batch``.

    A date at or after the as-of was not known then, or not yet true, as for the features; a hearing
    item may be a plan.
    """
    attribute = store.attributes[number]
    values = (
        values_at(store, number, attribute.kind) if history else current_values(store, [number])[0]
    )
    if attribute.kind == "date" and attribute.role != "hearing":
        as_of = store.query("SELECT as_of_day FROM batch ORDER BY row")[
            "as_of_day"
        ].combine_chunks()
        # A flat table without a time column has no as-of: its rows say 0.
        then = pc.less_equal(values, as_of) if store.is_flat else pc.less(values, as_of)
        values = pc.if_else(
            pc.or_kleene(then, pc.equal(as_of, 0)), values, pa.scalar(None, values.type)
        )
    return Values(values, attribute.kind, fold)


@dataclass(frozen=True)
class Values:
    """n values of a column, comparable with a number, a date or a text, whatever kind it was read
    as.

    Attributes:
        values: (n,) as in the store.
        kind: Kind of the column.
        fold: A function like ``features.folding.fold``; it may remember.
    """

    values: pa.Array
    kind: ValueKind
    fold: Callable[[str], str] = fold

    @cached_property
    def known(self) -> NDArray[np.bool_]:
        """(n,) whether there is a value."""
        if self.kind == "number":
            return np.isfinite(self.numbers)
        known: NDArray[np.bool_] = self.values.is_valid().to_numpy(zero_copy_only=False)
        return known

    @cached_property
    def numbers(self) -> Floats:
        """(n,) NaN where there is no number."""
        match self.kind:
            case "number":
                floats = self.values.to_numpy(zero_copy_only=False).astype(np.float64)
                finite: Floats = np.where(np.isfinite(floats), floats, np.nan)
                return finite
            case "text":
                return self._read(_number)
            case "date":
                return np.full(len(self.values), np.nan)

    @cached_property
    def days(self) -> Floats:
        """(n,) days since 1970; NaN where there is no date."""
        match self.kind:
            case "date":
                days: Floats = self.values.cast(pa.float64()).to_numpy(zero_copy_only=False)
                return days
            case "text":
                return self._read(_day)
            case "number":
                return np.full(len(self.values), np.nan)

    def compared(self, comparison: ComparisonSign, value: Value) -> Truth:
        """(n,) unknown where there is no value of the kind compared with."""
        match value:
            case str():
                equal = self.matching(fold(value).__eq__)
                return truth(equal == (comparison == "="), self.known)
            case date():
                return truth(
                    COMPARE[comparison](self.days, (value - _EPOCH).days), ~np.isnan(self.days)
                )
            case number:
                return truth(COMPARE[comparison](self.numbers, number), ~np.isnan(self.numbers))

    def one_of(self, values: Sequence[Value]) -> Truth:
        """(n,) whether the value is one of several of one kind; unknown where there is none of that
        kind.
        """
        match values[0]:
            case str():
                wanted = frozenset(fold(str(value)) for value in values)
                return truth(self.matching(wanted.__contains__), self.known)
            case date():
                days = [(value - _EPOCH).days for value in values if isinstance(value, date)]
                return truth(np.isin(self.days, days), ~np.isnan(self.days))
            case _:
                numbers = [value for value in values if not isinstance(value, str | date)]
                return truth(np.isin(self.numbers, numbers), ~np.isnan(self.numbers))

    def matching(self, matches: Callable[[str], bool]) -> NDArray[np.bool_]:
        """(n,) whether the folded text is one that matches; false where there is none."""
        found = np.array([*(matches(text) for text in self._folded), False])
        return found[self._place]

    @cached_property
    def _distinct(self) -> tuple[list[Any], NDArray[np.intp]]:
        """Different values, and each row's place among them; the place after the last where there
        is none.
        """
        encoded = pc.dictionary_encode(self.values)
        distinct = encoded.dictionary.to_pylist()
        place = encoded.indices.fill_null(len(distinct)).to_numpy(zero_copy_only=False)
        return distinct, place.astype(np.intp)

    @property
    def _place(self) -> NDArray[np.intp]:
        return self._distinct[1]

    @cached_property
    def _folded(self) -> list[str]:
        different = self._distinct[0]
        match self.kind:
            case "text":
                return list(map(self.fold, different))
            case "date":
                return [(_EPOCH + timedelta(days=day)).isoformat() for day in different]
            case "number":
                return [written(number) if np.isfinite(number) else "" for number in different]

    def _read(self, read: Callable[[str], float]) -> Floats:
        """(n,) what the texts read as."""
        return np.array([*(read(str(text)) for text in self._distinct[0]), np.nan])[self._place]


def _number(text: str) -> float:
    try:
        number = float(text.replace("_", "x"))
    except ValueError:
        return np.nan
    return number if np.isfinite(number) else np.nan


def _day(text: str) -> float:
    try:
        return float((date.fromisoformat(text[:10]) - _EPOCH).days)
    except ValueError:
        return np.nan


def may_equal(kind: ValueKind, text: str) -> bool:
    """Whether a value of a kind can be spelled like a text.

    >>> may_equal("number", "5"), may_equal("number", "five")
    (True, False)
    >>> may_equal("date", "2026-04-01"), may_equal("text", "a")
    (True, True)
    """
    match kind:
        case "number":
            return not np.isnan(_number(text)) and written(_number(text)) == fold(text)
        case "date":
            return not np.isnan(_day(text)) and len(fold(text)) == len("2026-04-01")
        case "text":
            return True
