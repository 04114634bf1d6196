"""Which lead columns belong together: by what they hold, by what they are called, and because they
add up.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from training.audit.leaks.units import AuditedColumn
from training.learn.rows.name_words import words_of

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

#: Leads on which columns are compared; columns compared at most.
_ROWS, _MOST_COLUMNS = 5_000, 200
#: Association from which on two columns belong together; tried one after another until no group
#: holds more than half of the columns.
_TOGETHER = (0.7, 0.8, 0.9)
#: Share of all columns above which a group is no group.
_NEARLY_ALL = 0.8
#: Columns that a name makes a family: two of one beginning are often no more than that.
_FEWEST_NAMED = 3
#: Share of the variance below which a sum of columns counts as constant, and the share of the
#: largest weight from which on a column is part of the sum.
_CONSTANT, _PART = 1e-4, 0.05
#: Rows in which two columns must both have a value to be compared by it.
_BOTH = 100


@dataclass(frozen=True)
class ColumnFamily:
    """Columns that belong together.

    Attributes:
        columns: Their names, in the order of the source.
        because: What makes them a family, for people.
    """

    columns: tuple[str, ...]
    because: str


def families(columns: Sequence[AuditedColumn], *, seed: int) -> list[ColumnFamily]:
    """Groups of two columns or more, each group once; none of nearly all columns, which would be
    the model itself.

    Args:
        columns: The lead columns.
        seed: Seed of the sample of leads.
    """
    usable = [c for c in columns if len(np.unique(c.code)) > 1][:_MOST_COLUMNS]
    if len(usable) < 2:
        return []
    n = len(usable[0].code)
    at = np.sort(np.random.default_rng(seed).choice(n, size=min(n, _ROWS), replace=False))
    found: dict[tuple[str, ...], str] = {}
    most = max(2, int(_NEARLY_ALL * len(columns)))
    half = max(2, len(columns) // 2)
    for members, because in (
        *_adding_up(usable, at),
        *((family, f"called {word!r} all of them") for family, word in named_alike(usable)),
        *((group, "associated") for group in _associated(usable, at, half)),
    ):
        names = tuple(column.name for column in usable if column.name in members)
        if 2 <= len(names) <= most:
            found.setdefault(names, because)
    return [ColumnFamily(names, because) for names, because in found.items()]


# --- by name --------------------------------------------------------------------------------------


def named_alike(columns: Iterable[AuditedColumn]) -> Iterator[tuple[set[str], str]]:
    """Columns whose names begin or end with the same words, such as ``days in stage 1``."""
    beginnings: dict[tuple[str, ...], set[str]] = {}
    endings: dict[tuple[str, ...], set[str]] = {}
    for column in columns:
        words = [word for word in _words(column.name) if not word.isdigit()]
        for k in range(1, len(words) + 1):
            beginnings.setdefault(tuple(words[:k]), set()).add(column.name)
            endings.setdefault(tuple(words[-k:]), set()).add(column.name)
    for ends in (beginnings, endings):
        for words_of_family, names in sorted(ends.items(), key=lambda each: -len(each[0])):
            if len(names) >= _FEWEST_NAMED and any(len(word) > 1 for word in words_of_family):
                yield names, " ".join(words_of_family)


def _words(name: str) -> Iterator[str]:
    """Words of a name; of a run of Chinese characters each two, which is a word more often than
    not.
    """
    for word in words_of(name):
        if len(word) >= 3 and "\u4e00" <= word[0] <= "\u9fff":
            yield from (word[i : i + 2] for i in range(0, len(word), 2))
        else:
            yield word


# --- by what they hold ----------------------------------------------------------------------------


def _associated(
    columns: Sequence[AuditedColumn], at: NDArray[np.intp], most: int
) -> list[set[str]]:
    """Columns that are linked by strong associations, directly or over others."""
    strength = _associations(columns, at)
    groups: list[set[int]] = []
    for limit in _TOGETHER:
        groups = _linked(strength >= limit)
        if max(map(len, groups), default=0) <= most:
            break
    return [{columns[i].name for i in group} for group in groups if len(group) > 1]


def _associations(columns: Sequence[AuditedColumn], at: NDArray[np.intp]) -> Floats:
    """(k, k) the strongest of: rank correlation of two numbers, what a code tells of another, and
    the correlation of where the two are missing.
    """
    codes = [column.code[at] for column in columns]
    ranks = [None if c.values is None else _ranked(c.values[at]) for c in columns]
    missing = [column.is_missing[at].astype(np.float64) for column in columns]
    found = np.zeros((len(columns), len(columns)))
    for i in range(len(columns)):
        for j in range(i + 1, len(columns)):
            one, other = ranks[i], ranks[j]
            told = (
                _rank_correlation(one, other)
                if one is not None and other is not None
                else _information(codes[i], codes[j])
            )
            found[i, j] = found[j, i] = max(told, abs(_correlation(missing[i], missing[j])))
    return found


def _ranked(values: Floats) -> Floats:
    known = ~np.isnan(values)
    ranks = np.full(len(values), np.nan)
    _, inverse, counts = np.unique(values[known], return_inverse=True, return_counts=True)
    ranks[known] = (np.cumsum(counts) - counts / 2)[inverse]
    return ranks


def _rank_correlation(one: Floats, other: Floats) -> float:
    both = ~np.isnan(one) & ~np.isnan(other)
    return abs(_correlation(one[both], other[both])) if both.sum() >= _BOTH else 0.0


def _correlation(one: Floats, other: Floats) -> float:
    one, other = one - one.mean(), other - other.mean()
    scale = float(np.sqrt((one @ one) * (other @ other)))
    return float(one @ other) / scale if scale > 0 else 0.0


def _information(one: NDArray[np.int64], other: NDArray[np.int64]) -> float:
    """Mutual information over the smaller entropy, less what chance alone gives (Miller and
    Madow).
    """
    table = np.zeros((int(one.max()) + 1, int(other.max()) + 1))
    np.add.at(table, (one, other), 1)
    n = len(one)
    rows, columns = table.sum(axis=1), table.sum(axis=0)
    entropies = [_entropy(counts / n) for counts in (rows, columns, table.ravel())]
    degrees = (np.count_nonzero(rows) - 1) * (np.count_nonzero(columns) - 1)
    shared = entropies[0] + entropies[1] - entropies[2] - degrees / (2 * n)
    smaller = min(entropies[:2])
    return max(0.0, shared / smaller) if smaller > 0 else 0.0


def _entropy(shares: Floats) -> float:
    known = shares[shares > 0]
    return float(-(known * np.log(known)).sum())


def _linked(linked: Bools) -> list[set[int]]:
    """Connected parts of a graph."""
    left, groups = set(range(len(linked))), []
    while left:
        group, border = set[int](), {min(left)}
        while border:
            group |= border
            border = {int(j) for i in border for j in np.flatnonzero(linked[i])} - group
        groups.append(group)
        left -= group
    return groups


# --- because they add up --------------------------------------------------------------------------


def _adding_up(
    columns: Sequence[AuditedColumn], at: NDArray[np.intp]
) -> Iterator[tuple[set[str], str]]:
    """Numbers with a weighted sum that is the same on all leads: shares of a whole, parts and their
    total. A missing part counts as nothing.
    """
    numbers = [c for c in columns if c.kind == "number" and c.values is not None]
    if len(numbers) < 2:
        return
    matrix = np.column_stack([np.nan_to_num(np.asarray(c.values)[at]) for c in numbers])
    # of numbers of any size, the squares stay numbers
    matrix /= np.maximum(np.abs(matrix).max(axis=0), np.finfo(np.float64).tiny)
    spread = matrix.std(axis=0)
    numbers = [c for c, s in zip(numbers, spread, strict=True) if s > 0]
    matrix = (matrix[:, spread > 0] - matrix[:, spread > 0].mean(axis=0)) / spread[spread > 0]
    if len(numbers) < 2 or len(matrix) <= 2 * len(numbers):
        return
    values, vectors = np.linalg.eigh(matrix.T @ matrix / len(matrix))
    constant = np.flatnonzero(values < _CONSTANT)
    if not len(constant):
        return
    # of several such sums any mix is one: columns are linked where some sum holds both
    kernel = vectors[:, constant] @ vectors[:, constant].T
    scale = np.sqrt(np.outer(np.diag(kernel), np.diag(kernel)))
    part = np.diag(kernel) >= _PART**2
    with np.errstate(divide="ignore", invalid="ignore"):
        linked = (np.abs(kernel) / scale >= _PART) & np.outer(part, part)
    for group in _linked(linked):
        if len(group) > 1:
            yield {numbers[i].name for i in group}, "parts of a sum"
