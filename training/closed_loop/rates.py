"""Close rates of actions, beside what comparable leads do.

A look is a row: one lead at one as-of. For every action two shares are told, and they are not the
same: of the *leads* that had done it in the window before some look, those that were won within the
horizon after such a look; and of the *looks*, the share that was followed by a win. A lead that is
open for long has many looks and at most a few of them before its win, so the second is lower. What
compares is the second: who did it against who did not, on the same days.

The fair lift sets the wins among the looks against the wins expected if each had closed like the
average look of its stratum, in the same round and of the same age: indirect standardisation
(Breslow and Day 1987). Leads that live longer do more of everything; they are compared with others
that have lived as long. That average holds those that did it, so an action of a share s of the
looks can reach no more than 1 / s times; ``beside`` compares with those alone that did not.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from training.closed_loop.strata import Strata
from training.learn.learners import newton_logistic
from training.learn.metrics.clustered_intervals import (
    Influence,
    SimultaneousInterval,
    proportion,
    ratio,
    spread,
)
from training.learn.rows.snapshots import LabelledRows

#: Share of a stratum's weight that is what sums round to.
_NOTHING = 1e-9
#: Extra rows at the average rate in the level of a stratum, and penalty on half the square of a
#: coefficient.
_PRIOR_ROWS, _PENALTY = 20.0, 1.0

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]


@dataclass(frozen=True)
class Looked:
    """What is looked at.

    Attributes:
        name: Name of the action.
        did: (n,) rows whose lead did it.
        among: (n,) rows it is compared with, itself among them; None for all.
    """

    name: str
    did: Bools
    among: Bools | None = None


@dataclass(frozen=True)
class ActionRate:
    """What became of the leads that did something.

    Attributes:
        leads: Different leads that did it before some look.
        leads_won: Leads among these that were won within the horizon of such a look.
        wins: Episodes of theirs that such a look saw won; a lead may be won again.
        rows: Weight of the looks behind the rate.
        rate: Share of the looks that was followed by a win within the horizon, 0..1.
        expected: The same share, had each closed like the average look of its stratum.
        lift: ``rate / expected``.
        beside: The rate over that of looks of the same strata whose lead had not done it, where
            there are any; NaN without such.
    """

    leads: int
    leads_won: int
    wins: int
    rows: float
    rate: SimultaneousInterval
    expected: float
    lift: SimultaneousInterval
    beside: SimultaneousInterval

    @property
    def share_of_leads(self) -> float:
        """Leads won of the leads that did it, 0..1."""
        return self.leads_won / self.leads


@dataclass(frozen=True)
class _Beside:
    """Weighted sums of one action in the strata that hold looks with and without it."""

    won: float
    expected: float
    odds: Floats  # (strata,) weight that did it over weight that did not; 0 where nobody did not
    level: Floats  # (strata,) close rate of those that did not

    @property
    def ratio(self) -> float:
        return self.won / self.expected if self.expected > 0 else float("nan")


@dataclass(frozen=True)
class _ActionSums:
    """Weighted sums of one action."""

    rows: float
    won: float
    expected: float
    share: Floats  # (strata,) of the stratum's weight that did it
    level: Floats  # (strata,) close rate of the stratum
    others: _Beside

    @property
    def rate(self) -> float:
        return self.won / self.rows

    @property
    def lift(self) -> float:
        return self.won / self.expected if self.expected > 0 else float("nan")


def rates(
    rows: LabelledRows,
    strata: Strata,
    looked: Sequence[Looked],
    *,
    chance: Floats | None = None,
    seed: int = 0,
) -> list[ActionRate]:
    """The close rates and fair lifts of all that is looked at, corrected for how many that is.

    Every action needs rows of two leads and a win in one of its strata; see ``judgeable``.

    Args:
        rows: Rows with their outcomes.
        strata: What is compared with each other.
        looked: The actions.
        chance: (n,) what is known of each row's probability; see ``chances``. With it, intervals
            speak about the very leads that were looked at: what makes them differ is no error.
            Without it, about any leads like them.
        seed: Seed of the correction.
    """
    if not looked:
        return []
    sums = [_sums(rows, strata, each) for each in looked]
    of_rates = spread(
        rows.cluster, _rate_influence(rows, looked, sums, chance), len(looked), seed=seed
    )
    of_lifts = spread(
        rows.cluster, _lift_influence(rows, strata, looked, sums, chance), len(looked), seed=seed
    )
    of_others = spread(
        rows.cluster, _beside_influence(rows, strata, looked, sums, chance), len(looked), seed=seed
    )
    found = []
    for number, (each, s) in enumerate(zip(looked, sums, strict=True)):
        did = each.did & (rows.weight > 0)
        clusters = int(np.unique(rows.cluster[did]).size)
        rate = proportion(s.rate, float(of_rates.variance[number]), clusters, of_rates.critical)
        expected = s.expected / s.rows
        most = rate.corrected_high / expected if expected > 0 else float("nan")
        lift = ratio(
            s.lift, float(of_lifts.variance[number]), clusters, of_lifts.critical, most=most
        )
        lift = _no_surer_than(rate, lift, expected)
        beside = ratio(
            s.others.ratio,
            float(of_others.variance[number]),
            clusters,
            of_others.critical,
            most=float("inf"),
        )
        found.append(
            ActionRate(
                leads=int(np.unique(rows.lead[did]).size),
                leads_won=int(np.unique(rows.lead[did & (rows.label == 1)]).size),
                wins=_episodes(rows, did & (rows.label == 1)),
                rows=s.rows,
                rate=rate,
                expected=expected,
                lift=lift,
                beside=beside,
            )
        )
    return found


def _no_surer_than(
    rate: SimultaneousInterval, lift: SimultaneousInterval, expected: float
) -> SimultaneousInterval:
    """The lift with a corrected interval at least as wide as that of its rate: a logarithm is too
    sure of few wins.
    """
    if not expected > 0:
        return lift
    low = min(lift.corrected_low, rate.corrected_low / expected)
    return replace(
        lift,
        corrected_low=low,
        corrected_high=max(lift.corrected_high, rate.corrected_high / expected),
    )


def chances(rows: LabelledRows, strata: Strata, looked: Sequence[Looked]) -> Floats:
    """(n,) each row's probability by a logistic regression on all actions, given the level of its
    stratum.
    """
    weight = rows.weight
    average = float(np.clip(rows.close_rate, 1e-6, 1 - 1e-6))
    every, won = _by(strata, weight), _by(strata, weight * rows.label)
    level = ((won + _PRIOR_ROWS * average) / (every + _PRIOR_ROWS))[strata.number]
    columns = [np.ones(len(rows)), *(each.did.astype(np.float64) for each in looked)]
    design = np.column_stack(columns)
    return newton_logistic.fit(
        design, rows.label, weight, offset=np.log(level / (1 - level)), penalty=_PENALTY
    ).probability


def judgeable(rows: LabelledRows, did: Bools, *, fewest: int) -> bool:
    """Whether so many leads did it that a rate may be shown."""
    return int(np.unique(rows.lead[did & (rows.weight > 0)]).size) >= fewest


def _episodes(rows: LabelledRows, chosen: Bools) -> int:
    return rows.take(chosen).wins


def _sums(rows: LabelledRows, strata: Strata, looked: Looked) -> _ActionSums:
    weight = rows.weight if looked.among is None else rows.weight * looked.among
    own = weight * looked.did
    every, mine = _by(strata, weight), _by(strata, own)
    won = _by(strata, weight * rows.label)
    level = np.divide(won, every, out=np.zeros_like(won), where=every > 0)
    share = np.divide(mine, every, out=np.zeros_like(won), where=every > 0)
    mine_won = _by(strata, own * rows.label)
    rest, rest_won = every - mine, won - mine_won
    both = rest > _NOTHING * every
    odds = np.divide(mine, rest, out=np.zeros_like(won), where=both)
    theirs = np.divide(rest_won, rest, out=np.zeros_like(won), where=both)
    others = _Beside(float(mine_won[both].sum()), float((mine * theirs)[both].sum()), odds, theirs)
    return _ActionSums(
        float(own.sum()), float(mine_won.sum()), float((mine * level).sum()), share, level, others
    )


def _by(strata: Strata, values: Floats) -> Floats:
    return np.bincount(strata.number, weights=values, minlength=strata.count).astype(np.float64)


def _rate_influence(
    rows: LabelledRows, looked: Sequence[Looked], sums: Sequence[_ActionSums], chance: Floats | None
) -> Influence:
    """Influence on each rate: weight * did * (won - rate) / rows, with the row's own chance in
    place of the rate where given.
    """

    def influence(at: NDArray[np.intp]) -> Floats:
        found = np.empty((len(at), len(looked)), order="F")
        won = rows.label[at]
        for number, (each, s) in enumerate(zip(looked, sums, strict=True)):
            surprise = won - (s.rate if chance is None else chance[at])
            found[:, number] = _weight(rows, each, at) * each.did[at] * surprise / s.rows
        return found

    return influence


def _lift_influence(
    rows: LabelledRows,
    strata: Strata,
    looked: Sequence[Looked],
    sums: Sequence[_ActionSums],
    chance: Floats | None,
) -> Influence:
    """Influence on each lift's logarithm: a row moves the wins, the expected wins of its own, and
    the level of its stratum.
    """

    def influence(at: NDArray[np.intp]) -> Floats:
        found = np.zeros((len(at), len(looked)), order="F")
        won, stratum = rows.label[at], strata.number[at]
        for number, (each, s) in enumerate(zip(looked, sums, strict=True)):
            if s.won <= 0:
                continue
            level, share, did = s.level[stratum], s.share[stratum], each.did[at]
            if chance is None:
                gain = did * won / s.won - (did * level + share * (won - level)) / s.expected
            else:
                gain = (did / s.won - share / s.expected) * (won - chance[at])
            found[:, number] = _weight(rows, each, at) * gain
        return found

    return influence


def _beside_influence(
    rows: LabelledRows,
    strata: Strata,
    looked: Sequence[Looked],
    sums: Sequence[_ActionSums],
    chance: Floats | None,
) -> Influence:
    """Influence on the logarithm of each ratio to those that did not do it.

    A row with the action moves the wins and, as one more to expect for, the expected ones; one
    without moves the level of its stratum, by which all with the action there are expected.
    """

    def influence(at: NDArray[np.intp]) -> Floats:
        found = np.zeros((len(at), len(looked)), order="F")
        won, stratum = rows.label[at], strata.number[at]
        for number, (each, s) in enumerate(zip(looked, sums, strict=True)):
            of = s.others
            if of.won <= 0 or of.expected <= 0:
                continue
            did, odds, level = each.did[at], of.odds[stratum], of.level[stratum]
            counted = did * (odds > 0)
            if chance is None:
                own = won / of.won - level / of.expected
                gain = counted * own - ~did * odds * (won - level) / of.expected
            else:
                gain = (counted / of.won - ~did * odds / of.expected) * (won - chance[at])
            found[:, number] = _weight(rows, each, at) * gain
        return found

    return influence


def _weight(rows: LabelledRows, looked: Looked, at: NDArray[np.intp]) -> Floats:
    return rows.weight[at] if looked.among is None else rows.weight[at] * looked.among[at]
