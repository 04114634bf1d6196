"""What leads below the line do when they are worked: what a model says that learns from all rows,
and one that learns from what was worked (``learner.selection: reweight``); and whether the interval
of what a call changes holds what it promises.

Worlds are simulated, and the truth is known: a lead closes with one chance when it is handed over,
and with a smaller one when it is not. A champion that does not know one of the four traits draws
the line at its best 15 %; who asks (3 %) is handed over at any chance, and a random slice below the
line. Rows, weights, learners and calibration are the product's own. Told is the mean chance that a
model gives to all leads below the line, over the share of them that would close if they were worked
(1: right), in all and for the tenth that the champion overlooks most. *Left out* learns from the
worked rows without weights; *everybody worked* is the best that can be hoped for: the same learner
in a world in which all were handed over.

The second table draws 200 worlds with accounts: the interval of the monitor over the true
difference, and how often a difference is claimed in a quarter of weekly looks where there is none.

    python -m benchmarks.reweight [--worlds 20] [--leads 40000] [--shares 0.02 0.05]
"""

import argparse
import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from rich.console import Console
from rich.table import Table
from scipy import stats

from features.population import ROWS
from features.spec import AttributeSource, Feature, FeatureSpec
from training.learn.learners.chosen import LearnerPart, Linear, Trees
from training.learn.learners.members import fit_members, held_out_scores, served_scores
from training.learn.learners.platt import platt
from training.learn.learners.trees import LearnerRows, Task
from training.learn.metrics.metrics import logit, sigmoid
from training.learn.rows.snapshots import LabelledRows
from training.learn.rows.split import crossfit_folds
from training.learn.rows.worked_rows import NightlyShares, taught_less, weighted
from training.monitor.two_arms import compare

OUT = Path("runs/reweight.json")
TRAITS, LINE, ASKS = 4, 0.15, 0.03
#: Log-odds that a call adds: to a lead of average traits, and more by the trait that the champion
#: does not know.
CALL, MORE = 1.2, 0.4
#: Traits' weights for the close; the champion does not know the last, nor that two go together.
WEIGHTS, TOGETHER, BASE = np.array([0.9, 0.5, 0.7, 0.8]), 0.5, -3.2
FOLDS, TREES = 5, 150
HOW = ("all rows", "left out", "reweight", "everybody worked")
LEARNERS: dict[str, LearnerPart] = {
    "linear": Linear(),
    "lightgbm": Trees(trees=TREES, depth=4, leaves=16, learning_rate=0.05, min_leaf_rows=50),
}
NEVER = np.iinfo(np.int32).max
#: The second table: leads below the line at the end, drawn share, leads of an account at most, sd
#: of an account's log-odds, weekly looks.
BELOW, DRAWN, COLLEAGUES, ACCOUNT_SD, LOOKS = 15_000, 0.05, 4, 1.0, 13

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class SimulatedLeads:
    """Leads, what they would do, and what was done with them.

    Attributes:
        traits: (n, TRAITS).
        worked: (n,) chance to close when handed over.
        alone: (n,) chance to close when not.
        over: (n,) whether the champion puts the lead over the line.
        asks: (n,) whether it asks to be contacted.
        sliced: (n,) whether it is drawn for the random slice.
        rows: The rows with what became of them.
        would: (n,) what would have become of them, had all been handed over.
    """

    traits: Floats
    worked: Floats
    alone: Floats
    over: NDArray[np.bool_]
    asks: NDArray[np.bool_]
    sliced: NDArray[np.bool_]
    rows: LabelledRows
    would: NDArray[np.int8]

    @property
    def below(self) -> NDArray[np.bool_]:
        """(n,) whether nothing but the slice hands the lead over."""
        return ~self.over & ~self.asks

    @property
    def overlooked(self) -> NDArray[np.bool_]:
        """(n,) the tenth of those below the line with the most of what the champion does not
        know.
        """
        return self.below & (self.traits[:, -1] >= np.quantile(self.traits[self.below, -1], 0.9))


@dataclass(frozen=True)
class Bias:
    """Mean chance below the line over the truth, in many worlds.

    Attributes:
        share: Share of the leads below the line that are worked.
        learner: Who learned.
        how: From what.
        below: Mean over the worlds, with the ends of its 95 % interval.
        overlooked: The same for the tenth that the champion overlooks.
        spread: Standard deviation between worlds, below the line.
        error: Root mean square error of a lead's log-odds below the line.
    """

    share: float
    learner: str
    how: str
    below: tuple[float, float, float]
    overlooked: tuple[float, float, float]
    spread: float
    error: float


@dataclass(frozen=True)
class Coverage:
    """The interval of what a call changes, in many worlds.

    Attributes:
        effect: Whether a call changes anything.
        covered: Share of the worlds whose true difference the 95 % interval holds.
        claimed: Share in which a difference is claimed at the last look.
        claimed_in_quarter: Share in which it is claimed at one of a quarter's weekly looks.
        width: Mean width of the interval, points.
    """

    effect: bool
    covered: float
    claimed: float
    claimed_in_quarter: float
    width: float


def _trait(number: int) -> Feature:
    name = f"trait {number}"
    source = AttributeSource(column=name, reading="number")
    return Feature(name=name, axis="fit", concept=name, unit="", source=source)


SPEC = FeatureSpec(features=tuple(map(_trait, range(TRAITS))))


def simulated(leads: int, share: float, random: np.random.Generator) -> SimulatedLeads:
    """One world, each lead looked at once."""
    traits = random.normal(size=(leads, TRAITS))
    log_odds = BASE + traits @ WEIGHTS + TOGETHER * traits[:, 0] * traits[:, 2]
    worked = sigmoid(log_odds)
    alone = sigmoid(log_odds - CALL - MORE * traits[:, -1])
    known = traits[:, :-1] @ WEIGHTS[:-1] + random.normal(0, 0.3, leads)
    over, asks = known >= np.quantile(known, 1 - LINE), random.random(leads) < ASKS
    sliced = ~over & ~asks & (random.random(leads) < share)
    luck = random.random(leads)
    won = luck < np.where(over | asks | sliced, worked, alone)
    lead, zero = np.arange(leads), np.zeros(leads, dtype=np.int64)
    columns = [pa.array(lead), pa.array(zero + 1), pa.array(zero)]
    rows = LabelledRows(
        pa.table(columns, names=ROWS.names).cast(ROWS),
        won.astype(np.int8),
        np.ones(leads),
        zero,
        lead,
    )
    would = (luck < worked).astype(np.int8)
    return SimulatedLeads(traits, worked, alone, over, asks, sliced, rows, would)


def taught(world: SimulatedLeads, share: float, how: str) -> LabelledRows:
    """The rows that teach, with their weights."""
    if how == "all rows":
        return world.rows
    if how == "everybody worked":
        return replace(world.rows, label=world.would)
    day = {
        "raised": world.asks,
        "by_line": world.over & ~world.asks,
        "sliced": world.sliced,
        "handed": world.asks | world.over | world.sliced,
        "crossed": world.over,
    }
    known = {name: np.where(holds, 0, NEVER) for name, holds in day.items()}
    drawn = NightlyShares(np.array([0]), np.array([share]), np.array([0.0]))
    rows = weighted(world.rows, known, drawn).rows
    if how == "reweight":
        return rows
    return replace(rows, weight=np.ones(len(rows)))


def log_odds_of(world: SimulatedLeads, rows: LabelledRows, part: LearnerPart) -> Floats:
    """(n,) calibrated log-odds of all leads, by a model of some rows."""
    weight = rows.weight * taught_less(rows)
    seen = LearnerRows(world.traits[rows.lead], rows.label, weight)
    task = Task(SPEC, "shared")
    folds = list(crossfit_folds(rows, n_folds=FOLDS, seed=0))
    members, models = fit_members([part], seen, task, folds)
    raw = held_out_scores(models, SPEC, seen.matrix)
    calibration = platt(raw, rows.label, weight)
    return calibration.intercept + calibration.slope * served_scores(members, SPEC, world.traits)


def biases(leads: int, share: float, worlds: int, seed: int) -> Iterator[Bias]:
    """Every learner, from everything it may learn from, in the same worlds."""
    drawn = [
        simulated(leads, share, np.random.default_rng([seed, number])) for number in range(worlds)
    ]
    for learner, part in LEARNERS.items():
        for how in HOW:
            below, overlooked, errors = [], [], []
            for world in drawn:
                log_odds = log_odds_of(world, taught(world, share, how), part)
                chance = sigmoid(log_odds)
                for which, ratios in ((world.below, below), (world.overlooked, overlooked)):
                    ratios.append(chance[which].mean() / world.worked[which].mean())
                wrong = (log_odds - logit(world.worked))[world.below]
                errors.append(float((wrong**2).mean()))
            yield Bias(
                share,
                learner,
                how,
                _mean(below),
                _mean(overlooked),
                float(np.std(below, ddof=1)),
                float(np.sqrt(np.mean(errors))),
            )


def coverage(worlds: int, seed: int, *, effect: bool) -> Coverage:
    """How often the interval holds the truth, and how often something is claimed."""
    held, last, ever, widths = [], [], [], []
    for number in range(worlds):
        random = np.random.default_rng([seed, number, int(effect)])
        account = np.repeat(np.arange(BELOW), random.integers(1, COLLEAGUES + 1, BELOW))[:BELOW]
        level = random.normal(0, ACCOUNT_SD, BELOW)[account]
        worked = sigmoid(-3.6 + random.normal(0, 0.7, BELOW) + level)
        alone = sigmoid(logit(worked) - CALL) if effect else worked
        handed = random.random(BELOW) < DRAWN
        won = random.random(BELOW) < np.where(handed, worked, alone)
        # accounts come one after another; a third of all is there at the first look of the quarter
        claims = []
        for look in np.linspace(BELOW / 3, BELOW, LOOKS).astype(int):
            found = compare(handed[:look], won[:look], account[:look])
            claims.append(found.is_shown)
        whole = found.difference
        if whole is None:
            raise ValueError("expected enough leads for a difference")
        held.append(whole.low <= float((worked - alone).mean()) <= whole.high)
        last.append(claims[-1])
        ever.append(any(claims))
        widths.append(100 * (whole.high - whole.low))
    return Coverage(
        effect,
        float(np.mean(held)),
        float(np.mean(last)),
        float(np.mean(ever)),
        float(np.mean(widths)),
    )


def _mean(values: list[float]) -> tuple[float, float, float]:
    mean, error = float(np.mean(values)), float(stats.sem(values))
    reach = float(stats.t.isf(0.025, len(values) - 1)) * error
    return mean, mean - reach, mean + reach


def main() -> None:
    """Simulate, print, and write the figures."""
    reader = argparse.ArgumentParser(description=__doc__)
    reader.add_argument("--worlds", type=int, default=20)
    reader.add_argument("--leads", type=int, default=40_000)
    reader.add_argument("--shares", type=float, nargs="+", default=[0.02, 0.05])
    reader.add_argument("--intervals", type=int, default=200)
    reader.add_argument("--seed", type=int, default=1)
    reader.add_argument("--out", type=Path, default=OUT)
    asked = reader.parse_args()
    console = Console(width=110)
    found = [
        bias
        for share in asked.shares
        for bias in biases(asked.leads, share, asked.worlds, asked.seed)
    ]
    console.print(_bias_table(found))
    intervals = [coverage(asked.intervals, asked.seed, effect=effect) for effect in (True, False)]
    for one in intervals:
        console.print(
            f"a call changes {'something' if one.effect else 'nothing'}: the interval"
            f" ({one.width:.1f} points wide) covers {one.covered:.1%}; claimed at the last look in"
            f" {one.claimed:.1%} of the worlds, at one of {LOOKS} weekly looks in"
            f" {one.claimed_in_quarter:.1%}"
        )
    asked.out.parent.mkdir(exist_ok=True)
    content = {
        "bias": [asdict(one) for one in found],
        "coverage": [asdict(one) for one in intervals],
    }
    asked.out.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")


def _bias_table(found: list[Bias]) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for name in (
        "slice", "learner", "learns from", "below the line", "overlooked tenth", "sd", "rmse",
    ):  # fmt: skip
        table.add_column(name)
    for one in found:
        told = [
            f"{mean:.2f} ({low:.2f}-{high:.2f})" for mean, low, high in (one.below, one.overlooked)
        ]
        table.add_row(
            f"{one.share:.0%}", one.learner, one.how, *told, f"{one.spread:.2f}", f"{one.error:.2f}"
        )
    return table


if __name__ == "__main__":
    main()
