"""How many leads get another letter because other leads were drawn, though the world stayed: by the
zero as it is found today, and by the rule before.

Leads of one world are drawn again and again: fit is normal, or of few values; interest leans
against it and has a heavy tail; one lead in twenty-five wins. Either the model is known (only the
zero is found anew), or logistic regression learns it anew from every draw. Every draw finds its
zero, and grades the same 20,000 leads by it, with cuts at twice and half the odds. Told is the
share of them that two draws grade apart, and what the product would have printed after one of the
draws (`definition show`, the gate).

A second table says what the zero means where fit and interest go together: how often leads at the
zero really close, and leads at the cuts that `definition write` proposes, in times of the average.

The rule before: mean chances of fifty groups of equally many rows along the axis, made
non-decreasing by isotonic regression, and the first place where they reach the average rate.

    python -m benchmarks.zero [--redraws 200] [--leads 2000 8000 60000]
"""

import argparse
import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from itertools import product
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from rich.table import Table
from sklearn.isotonic import isotonic_regression

from propensity.definition.schema import AxisCuts
from propensity.grading.centring import UNSIGNED_CUTS, zero_of
from propensity.grading.grading import letters_of
from propensity.grading.redraw import shares_moved
from propensity.model.model_parts import AxisCurve
from training.definition.cuts import proposed_cuts
from training.learn.learners.trees import LearnerRows
from training.learn.metrics.metrics import sigmoid
from training.learn.recipe.axis_curves import AxisSpread, axis_curve

OUT = Path("runs/zero.json")
BASE, COMMON, GROUPS, FOLDS, GROUPS_TOLD = -4.1, 20_000, 50, 5, 200
#: How much interest rises with fit; the first where letters are counted.
LEANS = (-0.3, 0.0, 0.5, 1.0)
#: Distance between fits, where they are few.
_VALUE = 0.3
#: Log-odds from a place within which leads stand there, and the fewest of them.
_NEAR, _FEW = 0.05, 200
_NEWTON_STEPS = 8

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Result:
    """What many draws of as many leads do.

    Attributes:
        leads: Leads of a draw.
        fit: ``continuous`` or ``few values``.
        model: ``known`` or ``learned anew``.
        rule: ``before`` or ``today``.
        high: Share of the common leads that are of high fit: 2.5 % and 97.5 % of the draws.
        zero: Standard deviation of the zero, log-odds.
        halves: Share of the common leads that two draws put on different sides of high and low.
        letters: Share with another letter.
        told_zero: Standard error of the zero that the product tells, root mean square; NaN for the
            rule before.
        told_halves: Share that it tells, mean of the draws.
        told_letters: Share that it tells, mean of the draws.
    """

    leads: int
    fit: str
    model: str
    rule: str
    high: tuple[float, float]
    zero: float
    halves: float
    letters: float
    told_zero: float
    told_halves: float
    told_letters: float


@dataclass(frozen=True)
class Meaning:
    """How often leads close where the letters change, in times of the average.

    Attributes:
        lean: How much interest rises with fit, log-odds each.
        zero: The zero of fit, log-odds.
        at: Times of the average at the zero, where A begins and where D ends; NaN where no leads
            stand.
    """

    lean: float
    zero: float
    at: tuple[float, float, float]


def meaning(lean: float, *, leads: int = 400_000, seed: int = 0) -> Meaning:
    """What the zero and the cuts mean in one large population."""
    random = np.random.default_rng(seed)
    rows = drawn(random, leads, few=False, lean=lean)
    fit, log_odds = rows[:, 0], BASE + rows.sum(axis=1)
    won = random.random(leads) < sigmoid(log_odds)
    rate = float(won.mean())
    zero = zero_of(axis_curve(fit, log_odds, rate, np.ones(leads)), rate)
    # the cuts are proposed from fewer leads: their intervals take long, and are not asked for here
    some = np.arange(min(leads, COMMON))
    best, _, worst = proposed_cuts(fit[some], won[some], some, seed=seed).boundaries
    near = [np.abs(fit - place) < _NEAR for place in (zero, zero + best, zero + worst)]
    at = tuple(float(won[which].mean()) / rate if which.sum() > _FEW else np.nan for which in near)
    return Meaning(lean, zero, (at[0], at[1], at[2]))


def drawn(random: np.random.Generator, leads: int, *, few: bool, lean: float = LEANS[0]) -> Floats:
    """(leads, 2) fit and interest, log-odds."""
    fit = random.normal(0.0, 0.6, leads)
    fit = np.round(fit / _VALUE) * _VALUE if few else fit
    return np.column_stack([fit, lean * fit + random.gamma(0.5, 1.8, leads) - 0.9])


def results(leads: int, *, few: bool, learned: bool, redraws: int, seed: int) -> Iterator[Result]:
    """Both rules on the same draws."""
    random = np.random.default_rng(seed)
    common = drawn(np.random.default_rng(0), COMMON, few=few)
    zeros: dict[str, list[float]] = {"before": [], "today": []}
    letters: dict[str, list[NDArray[np.int8]]] = {"before": [], "today": []}
    told: list[tuple[float, float, float]] = []
    even = np.ones(leads)
    for _ in range(redraws):
        rows = drawn(random, leads, few=few)
        label = (random.random(leads) < sigmoid(BASE + rows.sum(axis=1))).astype(np.int8)
        model = _Model.of(rows, label) if learned else _Model(BASE, np.ones(2))
        fit, log_odds = model.fit(rows), model.log_odds(rows)
        # the rule before read the model's chances, whose mean is the close rate
        rate = float(label.mean() if learned else sigmoid(log_odds).mean())
        curves = {
            "before": curve_before(fit, sigmoid(log_odds)),
            "today": axis_curve(fit, log_odds, rate, even),
        }
        for rule, curve in curves.items():
            zeros[rule].append(zero_of(curve, rate))
            axis = AxisCuts(zero=zeros[rule][-1], cuts=UNSIGNED_CUTS)
            letters[rule].append(letters_of(axis, model.fit(common) - axis.zero))
        if learned:
            told.append(_told(rows, label, fit, axis, random))
    for rule, found in letters.items():
        yield _result((leads, few, learned, rule), zeros[rule], np.stack(found), told)


def curve_before(axis: Floats, chance: Floats) -> AxisCurve:
    """The curve as it was drawn before: isotonic regression on the mean chance of groups."""
    order = np.argsort(axis, kind="stable")
    group = np.arange(len(axis)) * GROUPS // len(axis)
    size = np.bincount(group)
    at, rate = (np.bincount(group, values[order]) / size for values in (axis, chance))
    at, first = np.unique(at, return_index=True)
    rising = isotonic_regression(rate[first], sample_weight=size[first])
    return tuple(zip(at.tolist(), rising.tolist(), strict=True))


@dataclass(frozen=True)
class _Model:
    """A sum of two columns.

    Attributes:
        base: Log-odds where both are at their middle.
        slopes: (2,) of fit and interest.
        middle: (2,) where they add nothing.
    """

    base: float
    slopes: Floats
    middle: Floats | tuple[float, float] = (0.0, 0.0)

    @classmethod
    def of(cls, rows: Floats, label: NDArray[np.int8]) -> "_Model":
        """Logistic regression by Newton's method."""
        seen = np.column_stack([np.ones(len(rows)), rows])
        found = np.array([BASE, 1.0, 1.0])
        for _ in range(_NEWTON_STEPS):
            chance = sigmoid(seen @ found)
            curvature = seen.T @ (seen * (chance * (1 - chance))[:, None])
            found = found + np.linalg.solve(curvature, seen.T @ (label - chance))
        middle = rows.mean(axis=0)
        return cls(float(found[0] + middle @ found[1:]), found[1:], middle)

    def fit(self, rows: Floats) -> Floats:
        """(n,) log-odds of fit."""
        return np.asarray((rows[:, 0] - self.middle[0]) * self.slopes[0])

    def log_odds(self, rows: Floats) -> Floats:
        """(n,) base, fit and interest."""
        return np.asarray(self.base + (rows - np.asarray(self.middle)) @ self.slopes)


def _told(
    rows: Floats,
    label: NDArray[np.int8],
    fit: Floats,
    axis: AxisCuts,
    random: np.random.Generator,
) -> tuple[float, float, float]:
    """Standard error of the zero, halves and letters, as they would be printed."""
    spread = AxisSpread(LearnerRows(rows, label, np.ones(len(rows))))
    fold = random.integers(0, FOLDS, len(rows))
    for number in range(FOLDS):
        model = _Model.of(rows[fold != number], label[fold != number])
        spread.add(model.fit(rows), model.log_odds(rows), np.flatnonzero(fold == number))
    noise = spread.told(fit, min(len(rows) // 20, GROUPS_TOLD))
    halves, letters = (shares_moved(noise, axis, cuts) for cuts in (axis.cuts[1:2], axis.cuts))
    return noise.own_rate, halves, letters


def _result(
    what: tuple[int, bool, bool, str],
    zeros: Sequence[float],
    letters: NDArray[np.int8],
    told: Sequence[tuple[float, float, float]],
) -> Result:
    leads, few, learned, rule = what
    known = np.array(told) if told and rule == "today" else np.full((1, 3), np.nan)
    high = letters < 2
    low, above = np.quantile(high.mean(axis=1), [0.025, 0.975]).tolist()
    return Result(
        leads=leads,
        fit="few values" if few else "continuous",
        model="learned anew" if learned else "known",
        rule=rule,
        high=(low, above),
        zero=float(np.std(zeros)),
        halves=_apart(high.astype(np.int8)),
        letters=_apart(letters),
        told_zero=float(np.sqrt((known[:, 0] ** 2).mean())),
        told_halves=float(known[:, 1].mean()),
        told_letters=float(known[:, 2].mean()),
    )


def _apart(places: NDArray[np.int8]) -> float:
    """Mean share of the leads that two different draws put in different places."""
    draws = len(places)
    alike = sum((places == place).mean(axis=0) ** 2 for place in range(int(places.max()) + 1))
    return float((1 - alike).mean()) * draws / (draws - 1)


def main() -> None:
    """Simulate, and write the table."""
    reader = argparse.ArgumentParser(description=__doc__)
    reader.add_argument("--redraws", type=int, default=200)
    reader.add_argument("--leads", type=int, nargs="+", default=[2_000, 8_000, 60_000])
    reader.add_argument("--seed", type=int, default=1)
    reader.add_argument("--out", type=Path, default=OUT)
    asked = reader.parse_args()
    table = Table(box=None, pad_edge=False)
    for name in (
        "leads", "fit", "model", "rule", "high fit", "sd of zero", "high/low", "A-D",
        "told: sd", "told: high/low", "told: A-D",
    ):  # fmt: skip
        table.add_column(name)
    found: list[Result] = []
    for leads, few, learned in product(asked.leads, (False, True), (False, True)):
        for one in results(leads, few=few, learned=learned, redraws=asked.redraws, seed=asked.seed):
            found.append(one)
            shares = (one.halves, one.letters)
            told = (one.told_halves, one.told_letters)
            known = not np.isnan(one.told_zero)
            table.add_row(
                f"{one.leads:,}",
                one.fit,
                one.model,
                one.rule,
                f"{one.high[0]:.2f}-{one.high[1]:.2f}",
                f"{one.zero:.3f}",
                *(f"{share:.1%}" for share in shares),
                *([f"{one.told_zero:.3f}", *(f"{s:.1%}" for s in told)] if known else ["", "", ""]),
            )
    asked.out.parent.mkdir(exist_ok=True)
    text = json.dumps([asdict(one) for one in found], indent=1)
    asked.out.write_text(text + "\n", encoding="utf-8")
    console = Console(width=140)
    console.print(table)
    console.print()
    for one in map(meaning, LEANS):
        told = ", ".join(f"{times:.2f}" for times in one.at)
        console.print(
            f"interest rises by {one.lean:+.1f} per fit: zero {one.zero:+.2f}; leads at the zero,"
            f" where A begins and where D ends close {told} times as often as the average"
        )


if __name__ == "__main__":
    main()
