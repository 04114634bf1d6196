"""Do the intervals of ageing hold? Many histories in which what a model loses per quarter is known.

    python -m benchmarks.ageing [--worlds 100]

Scores are made directly: the true log-odds of the leads of every quarter, plus each model's own
luck, plus noise and a shift of the level that grow with the model's age. Half of a quarter's leads
are in the next one too. What is lost per quarter is known from worlds of forty times as many leads.
Printed is how often the 95 % interval of ``propensity backtest`` holds it, and how often it calls a
loss certain.
"""

import argparse
import json
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.table import Table

from propensity.model.model import probability
from training.backtest.ageing import LOSSES, ageing
from training.backtest.quarters_replayed import PastModel, QuarterReplay
from training.learn.learners.chosen import RecipeChoices, Spline
from training.learn.metrics.holdout import Holdout
from training.learn.rows.quarters import Quarter

#: Noise and shift per quarter of age, in log-odds.
DRIFTS = (0.0, 0.2, 0.5)


def world(
    *,
    drift: float = 0.0,
    luck: float = 0.1,
    quarters: int = 6,
    follow: int = 4,
    leads: int = 900,
    seed: int = 0,
) -> QuarterReplay:
    """Models whose scores gain noise with every quarter of age; each carries its own luck from its
    birth.

    Args:
        drift: Standard deviation of the noise per quarter of age; the level moves by 0.3 of it.
        luck: Standard deviation of a model's own noise.
        quarters: Of the history.
        follow: Quarters that a model is followed for.
        leads: Per quarter.
        seed: Of everything.
    """
    random = np.random.default_rng(seed)
    truth = random.normal(-1.5, 1.2, (quarters, leads))
    judged = {}
    for q in range(quarters):
        label = (random.random(leads) < probability(truth[q])).astype(np.int8)
        # half of a quarter's leads are in the next one too
        cluster = np.arange(leads) + q * leads // 2
        judged[q] = Holdout(label, np.full(leads, q, np.int32), cluster, np.ones(leads))
    chosen, born = RecipeChoices(contestant="made up", parts=(Spline(),)), []
    for b in range(quarters):
        own = random.normal(0, luck, leads)
        scores = {
            q: truth[q] + own + drift * (q - b) * (random.normal(0, 1, leads) + 0.3)
            for q in range(b, min(b + follow, quarters))
        }
        born.append(PastModel(b, 1000, 100, chosen, scores, {}))
    return QuarterReplay(
        tuple(Quarter(f"q{q}", q, q + 1) for q in range(quarters)), judged, tuple(born), {}
    )


def measure(drift: float, worlds: int) -> dict[str, dict[str, float]]:
    """By kind of loss: what is lost, the share of intervals that hold it, and of those that call it
    certain.
    """
    large = [
        ageing(world(drift=drift, leads=36_000, seed=10_000 + seed), draws=1).per_quarter
        for seed in range(4)
    ]
    found = [ageing(world(drift=drift, seed=seed)).per_quarter for seed in range(worlds)]
    measured: dict[str, dict[str, float]] = {}
    for loss in LOSSES:
        truth = float(np.mean([each[loss].value for each in large]))
        held = np.mean([each[loss].low <= truth <= each[loss].high for each in found])
        certain = np.mean([each[loss].low > 0 for each in found])
        measured[loss] = {
            "lost per quarter": truth,
            "held": float(held),
            "called certain": float(certain),
        }
    return measured


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--worlds", type=int, default=100)
    worlds = parser.parse_args().worlds
    found = {str(drift): measure(drift, worlds) for drift in DRIFTS}
    table = Table(title=f"{worlds} histories of 6 quarters with 900 leads each")
    for name in (
        "noise per quarter",
        "loss",
        "lost per quarter",
        "interval holds it",
        "called certain",
    ):
        table.add_column(name, justify="right")
    for drift, losses in found.items():
        for loss, row in losses.items():
            table.add_row(
                drift,
                loss,
                f"{row['lost per quarter']:+.4f}",
                f"{row['held']:.0%}",
                f"{row['called certain']:.0%}",
            )
    Console().print(table)
    Path("runs").mkdir(exist_ok=True)
    Path("runs/ageing.json").write_text(json.dumps(found, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
