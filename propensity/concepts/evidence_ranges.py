"""How certain the evidence of groups is: a 95 % range around what closed, and a test against what
was expected that is corrected for the number of groups.

Of n leads k closed, and e were expected to. If m is what such leads close in the long run, then

    D(m) = 2 k log(k / m) - 2 (k - m) + the same of the n - k leads that did not close, of n - m

(the deviance) is spread like chi-squared with one degree of freedom, times

    phi(m) = dispersion + error^2 v(m) / v(e)^2,        v(m) = m (1 - m / n):

what leads of one account have in common, and the standard error of e itself, carried over to m at
equal error of the log-odds. A third of a lead is added to whichever is fewer than expected of m,
those that closed or those that did not: with it D agrees with the mid-P of the binomial down to
k = 0. The range holds every m with D(m) <= 1.96^2 phi(m); the root of D(e) / phi(e) is the group's
z, and z is beyond 1.96 exactly where the range leaves e out.
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

#: Leads below which a group is no evidence.
ENOUGH_LEADS = 50
#: Of the two-sided range.
CONFIDENCE = 0.95
_WITHIN = 1.959963984540054
#: Share of wrong ones among the groups that are called different (Benjamini and Hochberg 1995).
FALSE_DISCOVERIES = 0.05
#: A difference is clear where the nearer end of the range is at least so many times what was
#: expected, or that what was expected is so many times the nearer end.
CLEAR = 1.2
#: |z| below which nothing is said of the direction: as many as expected.
_LEANS = 1.0
_HALVINGS = 60
#: Leads added.
_CONTINUITY = 1 / 3


@dataclass(frozen=True)
class EvidenceRanges:
    """What can be said of groups of leads.

    Attributes:
        low: (groups,) lower end of the 95 % range of the leads that close, 0..leads.
        high: (groups,) its upper end.
        size: (groups,) 2 where clearly more closed than expected, 1 where more did, 0 where chance
            explains the difference, -1 and -2 where fewer did; 0 in groups of fewer than 50 leads.
        leans: (groups,) the direction of the difference where chance explains it: 1, -1, or 0 where
            as many closed as expected, within one standard error.
    """

    low: Floats
    high: Floats
    size: NDArray[np.int8]
    leans: NDArray[np.int8]


def evidence_ranges(
    leads: Floats, closed: Floats, expected: Floats, dispersion: Floats, error: Floats
) -> EvidenceRanges:
    """Ranges of groups, and which of them differ from what was expected.

    Args:
        leads: (groups,) leads.
        closed: (groups,) leads that closed.
        expected: (groups,) leads that were expected to close.
        dispersion: (groups,) variance of the closes by that of a binomial with the same mean.
        error: (groups,) standard error of ``expected``.
    """
    expected = np.clip(expected, 1e-9, leads - 1e-9)
    low, high = _range(leads, closed, expected, dispersion, error)
    z = np.sqrt(
        _deviance(leads, closed, expected) / _phi(leads, expected, expected, dispersion, error)
    )
    enough = leads >= ENOUGH_LEADS
    differs = np.zeros(len(leads), dtype=np.bool_)
    differs[enough] = discoveries(np.array([math.erfc(x / math.sqrt(2)) for x in z[enough]]))
    sign = np.sign(closed - expected).astype(np.int8)
    is_clear = (low >= CLEAR * expected) | (CLEAR * high <= expected)
    size = np.where(differs, sign * np.where(is_clear, 2, 1), 0).astype(np.int8)
    leans = np.where(enough & ~differs & (z >= _LEANS), sign, 0).astype(np.int8)
    return EvidenceRanges(low, high, size, leans)


def discoveries(p: Floats) -> NDArray[np.bool_]:
    """Which of many null hypotheses are rejected, at a false discovery rate of 5 %.

    Args:
        p: (n,) p-values.

    >>> discoveries(np.array([0.03, 0.2, 0.001, 0.9])).tolist()
    [False, False, True, False]
    """
    limits = FALSE_DISCOVERIES * np.arange(1, len(p) + 1) / max(len(p), 1)
    passing = np.flatnonzero(np.sort(p) <= limits)
    found: NDArray[np.bool_] = (
        p <= limits[passing[-1]] if len(passing) else np.zeros(len(p), dtype=np.bool_)
    )
    return found


def _range(
    leads: Floats, closed: Floats, expected: Floats, dispersion: Floats, error: Floats
) -> tuple[Floats, Floats]:
    """Where the deviance reaches its limit, on either side of what closed: by halving."""

    def is_outside(m: Floats) -> NDArray[np.bool_]:
        limit = _WITHIN**2 * _phi(leads, m, expected, dispersion, error)
        outside: NDArray[np.bool_] = _deviance(leads, closed, m) > limit
        return outside

    ends = []
    for end, nearest in ((np.zeros(len(leads)), -_CONTINUITY), (leads, _CONTINUITY)):
        inside, beyond = np.clip(closed + nearest, 0, leads), end
        for _ in range(_HALVINGS):
            middle = (inside + beyond) / 2
            outside = is_outside(middle)
            inside, beyond = np.where(outside, inside, middle), np.where(outside, middle, beyond)
        ends.append(np.where(closed == end, end, inside))
    return ends[0], ends[1]


def _deviance(leads: Floats, closed: Floats, m: Floats) -> Floats:
    """(groups,) 0 where ``m`` is within a third of a lead of ``closed``."""
    fewer = np.where(m > closed, _CONTINUITY, 0.0)
    counts = (closed + fewer, leads - closed + _CONTINUITY - fewer)
    with np.errstate(divide="ignore", invalid="ignore"):
        parts = [
            np.where(count > 0, count * np.log(count / mean), 0.0) - (count - mean)
            for count, mean in zip(counts, (m, leads - m), strict=True)
        ]
    deviance: Floats = np.where(np.abs(m - closed) < _CONTINUITY, 0.0, 2 * (parts[0] + parts[1]))
    return deviance


def _phi(leads: Floats, m: Floats, expected: Floats, dispersion: Floats, error: Floats) -> Floats:
    v: Floats = m * (1 - m / leads)
    v_expected: Floats = expected * (1 - expected / leads)
    phi: Floats = dispersion + (error / v_expected) ** 2 * v
    return phi
