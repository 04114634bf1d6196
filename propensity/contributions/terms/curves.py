"""Terms of one or more members, merged into one curve or list of levels per feature and laid out in
arrays.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from propensity.contributions.terms.parts import CategoryTerm, NumberTerm, Term, Terms

Weighted = tuple[float, Term]


class Curves(NamedTuple):
    """The terms as both kernels read them.

    `*_start` arrays hold one more entry than there are terms.
    """

    feature: NDArray[np.int64]  # column of the matrix
    knot_start: NDArray[np.int64]  # into knots, values and slopes; an empty range is a category
    knots: NDArray[np.float64]
    values: NDArray[np.float64]  # at the knots
    slopes: NDArray[np.float64]  # from each knot to the next; 0 from the last one on
    level_start: NDArray[np.int64]  # into levels; an empty range is a number
    levels: NDArray[np.float64]  # by code
    missing: NDArray[np.float64]


def curves_of(members: Sequence[Terms]) -> Curves:
    """Add up the members' terms, weighted, per feature: a sum of broken lines is one with the knots
    of all.
    """
    found: dict[int, list[Weighted]] = {}
    for member in members:
        for term in member.terms:
            found.setdefault(term.feature, []).append((member.weight, term))
    features = sorted(found)
    merged = [_merged(found[feature]) for feature in features]
    return Curves(
        feature=np.array(features, np.int64),
        knot_start=_starts([len(curve.knots) for curve in merged]),
        knots=_joined([curve.knots for curve in merged]),
        values=_joined([curve.values for curve in merged]),
        slopes=_joined([curve.slopes for curve in merged]),
        level_start=_starts([len(curve.levels) for curve in merged]),
        levels=_joined([curve.levels for curve in merged]),
        missing=np.array([curve.missing for curve in merged], np.float64),
    )


class _Merged(NamedTuple):
    knots: NDArray[np.float64]
    values: NDArray[np.float64]
    slopes: NDArray[np.float64]
    levels: NDArray[np.float64]
    missing: float


def _merged(terms: Sequence[Weighted]) -> _Merged:
    numbers = [(weight, term) for weight, term in terms if isinstance(term, NumberTerm)]
    categories = [(weight, term) for weight, term in terms if isinstance(term, CategoryTerm)]
    if numbers and categories:
        raise ValueError(
            f"Terms to merge: expected one kind for feature {numbers[0][1].feature}, got both."
        )
    return _numbers(numbers) if numbers else _categories(categories)


def _numbers(terms: Sequence[tuple[float, NumberTerm]]) -> _Merged:
    knots = np.unique(np.concatenate([term.knots for _, term in terms]))
    values = np.zeros(len(knots))
    for weight, term in terms:
        values += weight * np.interp(knots, term.knots, term.values)
    missing = sum(weight * term.missing for weight, term in terms)
    return _Merged(knots, values, _slopes(knots, values), np.zeros(0), missing)


def _slopes(knots: NDArray[np.float64], values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Rise per unit after each knot; knots too close for one are a step."""
    with np.errstate(over="ignore"):
        rise = np.diff(values) / np.diff(knots)
    return np.append(np.where(np.isfinite(rise), rise, 0.0), 0.0)


def _categories(terms: Sequence[tuple[float, CategoryTerm]]) -> _Merged:
    total = np.zeros(max(len(term.levels) for _, term in terms))
    for weight, term in terms:
        levels = np.full(len(total), term.levels[0])
        levels[: len(term.levels)] = term.levels
        total += weight * levels
    return _Merged(np.zeros(0), np.zeros(0), np.zeros(0), total, float(total[1]))


def _starts(lengths: Sequence[int]) -> NDArray[np.int64]:
    return np.cumsum([0, *lengths], dtype=np.int64)


def _joined(arrays: Sequence[NDArray[np.float64]]) -> NDArray[np.float64]:
    return np.concatenate([np.zeros(0), *arrays])
