"""Does the gate hold up: how often truly worse, equal and better challengers pass it.

Pairs of models are simulated, not trained: every lead has a true log-odds, and each model sees it
through noise of its own, correlated with the other model's (they err together), and is calibrated.
The noise is tuned on a million leads so that the champion has an AUC of .80 and the challenger
exactly .01 less, as much, or .01 more. Then 20,000 test leads are drawn at a base rate of 10 %,
over four as-ofs and with two segment columns, their outcomes from the truth, and the real gate
decides with its defaults.

    python -m benchmarks.gate [--pairs 300] [--leads 20000] [--correlation 0.8 0.5 0.95] [--arms
    worse equal better]
"""

import argparse
import json
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from rich.table import Table
from scipy.optimize import brentq

from propensity.config.sections import GateSettings
from training.gate.gate import gate
from training.learn.metrics import metrics, recalibration
from training.learn.metrics.holdout import Holdout
from training.learn.metrics.scores_compared import ScoreComparison, SegmentColumn
from training.learn.metrics.wilson import wilson

OUT = Path("runs/gate.json")
BASE_RATE, TRUE_SD, CHAMPION_AUC = 0.10, 1.6, 0.80
#: AUC of the challenger above the champion's, and the share that may, or has to, pass.
ARMS = {
    "worse": (-0.01, "at most 5 %"),
    "equal": (0.0, "at most 10 %"),
    "better": (0.01, "at least 80 %"),
}
_MANY = 1_000_000


@dataclass(frozen=True)
class Noise:
    """How both models err.

    Attributes:
        champion: Standard deviation, in log-odds.
        challenger: The same.
        correlation: Of the two errors.
        lines: Slope and intercept that calibrate each.
    """

    champion: float
    challenger: float
    correlation: float
    lines: tuple[tuple[float, float], tuple[float, float]]


class World:
    """Leads with a true log-odds, at a base rate."""

    def __init__(self) -> None:
        rng = np.random.default_rng(1)
        self.standard = rng.normal(size=_MANY)
        self.error = rng.normal(size=_MANY)
        self.level = brentq(
            lambda level: metrics.sigmoid(level + TRUE_SD * self.standard).mean() - BASE_RATE, -8, 2
        )
        self.truth = self.level + TRUE_SD * self.standard
        self.chance = metrics.sigmoid(self.truth)

    def auc(self, noise: float) -> float:
        """AUC of a model with so much noise: over expected outcomes, so that no draw of outcomes is
        in it.
        """
        order = np.argsort(-(self.truth + noise * self.error))
        wins, losses = np.cumsum(self.chance[order]), np.cumsum(1 - self.chance[order])
        return float(np.trapezoid(wins, losses) / (wins[-1] * losses[-1]))

    def noise_of(self, auc: float) -> float:
        """The noise that gives an AUC."""
        return float(brentq(lambda noise: self.auc(noise) - auc, 0.0, 6.0, xtol=1e-4))

    def line(self, noise: float) -> tuple[float, float]:
        """Slope and intercept that calibrate a model with so much noise."""
        return recalibration.logistic_line(
            self.chance, self.truth + noise * self.error, np.ones(_MANY)
        )


def contest(world: World, noise: Noise, leads: int, seed: int) -> ScoreComparison:
    """A meeting on leads of its own."""
    rng = np.random.default_rng(seed)
    truth = world.level + TRUE_SD * rng.normal(size=leads)
    first, second = rng.normal(size=(2, leads))
    second = noise.correlation * first + np.sqrt(1 - noise.correlation**2) * second
    scores = [
        line[1] + line[0] * (truth + sd * error)
        for line, sd, error in zip(
            noise.lines, (noise.champion, noise.challenger), (first, second), strict=True
        )
    ]
    label = (rng.random(leads) < metrics.sigmoid(truth)).astype(np.int8)
    rows = Holdout(label, np.arange(leads, dtype=np.int32) % 4, np.arange(leads), np.ones(leads))
    segments = tuple(
        SegmentColumn(name, tuple(f"{name} {i}" for i in range(n)), rng.integers(0, n, leads))
        for name, n in (("industry", 8), ("country", 4))
    )
    return ScoreComparison(rows, scores[1], {"champion": scores[0]}, segments)


def passes(
    world: World, noise: Noise, *, pairs: int, leads: int
) -> tuple[int, Counter[str], NDArray[np.float64]]:
    """Pairs that pass, what the others failed at, and the AUC differences that were seen."""
    settings, passed, failed, gaps = GateSettings(), 0, Counter[str](), np.empty(pairs)
    for pair in range(pairs):
        met = contest(world, noise, leads, seed=1000 + pair)
        found = gate(
            met, settings, share=settings.capacity_share, light="green", against=1, seed=pair
        )
        passed += found.passed
        failed.update(check.name for check in found.checks if not check.passed)
        auc = [
            metrics.roc_auc(met.rows.label, score)
            for score in (met.challenger, met.rivals["champion"])
        ]
        gaps[pair] = auc[0] - auc[1]
    return passed, failed, gaps


def main(arguments: Sequence[str] | None = None) -> None:
    """Run every arm and print the shares that pass."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--pairs", type=int, default=300)
    parser.add_argument("--leads", type=int, default=20_000)
    parser.add_argument("--correlation", type=float, nargs="+", default=[0.8, 0.5, 0.95])
    parser.add_argument("--arms", nargs="+", choices=list(ARMS), default=list(ARMS))
    parser.add_argument("--out", type=Path, default=OUT)
    asked = parser.parse_args(arguments)
    world, results = World(), []
    table = Table(
        title=f"{asked.pairs} pairs per arm, {asked.leads:,} test leads, base rate {BASE_RATE:.0%}"
    )
    for name in (
        "errors' correlation",
        "challenger",
        "AUC difference",
        "passed",
        "95 % interval",
        "asked",
        "failed at",
    ):
        table.add_column(name)
    for correlation in asked.correlation:
        for arm, (gap, wanted) in ((name, ARMS[name]) for name in asked.arms):
            started = time.monotonic()
            sds = world.noise_of(CHAMPION_AUC), world.noise_of(CHAMPION_AUC + gap)
            noise = Noise(*sds, correlation, (world.line(sds[0]), world.line(sds[1])))
            passed, failed, gaps = passes(world, noise, pairs=asked.pairs, leads=asked.leads)
            low, high = (float(end) for end in wilson(passed, asked.pairs))
            results.append(
                {
                    "correlation": correlation,
                    "arm": arm,
                    "auc_difference": gap,
                    "seen": float(gaps.mean()),
                    "passed": passed / asked.pairs,
                    "low": low,
                    "high": high,
                    "asked": wanted,
                    "failed": dict(failed),
                    "seconds": time.monotonic() - started,
                }
            )
            told = ", ".join(f"{name} {count}" for name, count in failed.most_common())
            table.add_row(
                f"{correlation:g}",
                arm,
                f"{gap:+.3f} (seen {gaps.mean():+.4f})",
                f"{passed / asked.pairs:.1%}",
                f"{low:.1%}-{high:.1%}",
                wanted,
                told,
            )
            asked.out.parent.mkdir(exist_ok=True)
            asked.out.write_text(json.dumps(results, indent=1) + "\n", encoding="utf-8")
    Console(width=140).print(table)


if __name__ == "__main__":
    main()
