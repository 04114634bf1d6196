"""Does the forecast of the learning curve come true?  Simulated companies that really get twice the
data.

    python -m benchmarks.learning_curve --worlds 100 --processes 2

Each world is a company of its own whose leads fall, by account, into three parts. The audit sees
the first and forecasts the AUC at twice as many wins. A model of the first and the second, twice
the leads over the same months, is
then judged on the third, on the days the audit judged on, by the true probabilities of the
simulator: no noise of the draw is in that figure, only what this model knows. Coverage is the share
of worlds in which it lies inside of the forecast's 90 % interval (promised: at least 80 of 100
worlds), the width is half of the interval (median at most .03).
"""

import argparse
import json
import os
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass, replace
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")  # before LightGBM: each process has a core of its own

import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from rich.table import Table

from features.intake import open_store
from features.resources import Resources
from features.store import Store
from propensity.config.config import Config, load
from training.audit.learning_curve import curve_of
from training.audit.trial import Trial, coarser, trial
from training.learn.learners import trees as learner
from training.learn.metrics.bootstrap_auc import Ranking
from training.learn.metrics.holdout import Holdout
from training.learn.recipe import recipe
from training.learn.rows.history import History, history
from training.learn.rows.run import Run
from training.simulate.command import Company, simulate, write

CONFIG = Path(__file__).parent.parent / "configs" / "quickstart.yaml"
_CERTAIN = 1e-9


@dataclass(frozen=True)
class Forecast:
    """One world.

    Attributes:
        seed: Of the company.
        wins: That the audit saw.
        low: Of the interval forecast at twice the wins.
        high: Of the same.
        truth: AUC of the model of twice the leads.
        low_today: Of the interval today.
        high_today: Of the same.
        truth_today: AUC of the model of the leads that the audit saw.
        seconds: Of the whole world.
    """

    seed: int
    wins: int
    low: float
    high: float
    truth: float
    low_today: float
    high_today: float
    truth_today: float
    seconds: float

    @property
    def covers(self) -> bool:
        """Whether the truth lies in the interval at twice the wins."""
        return self.low <= self.truth <= self.high

    @property
    def covers_today(self) -> bool:
        """Whether the truth of today lies in today's interval."""
        return self.low_today <= self.truth_today <= self.high_today

    @property
    def half_width(self) -> float:
        """Half of the interval at twice the wins."""
        return (self.high - self.low) / 2


def forecast(seed: int, leads: int) -> Forecast:
    """One world: the audit sees ``leads`` of four times as many."""
    start = time.perf_counter()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        world = simulate(Company(n_leads=4 * leads, seed=seed, mess=False))
        write(world, folder / "data")
        (folder / "propensity.yaml").write_text(
            CONFIG.read_text(encoding="utf-8"), encoding="utf-8"
        )
        config = load(folder / "propensity.yaml")
        with open_store(
            config.input,
            config.columns,
            purpose="train",
            quarantine=None,
            resources=Resources(threads=1),
        ) as store:
            past = history(Run(config, store))
            part = _parts(past, seed)
            seen = _only(past, part == 0)
            tried = trial(Run(config, store), seen)
            curve = curve_of(tried, wins=seen.rows.wins, seed=seed)
            if curve is None:
                raise ValueError(
                    f"seed {seed}: {seen.rows.wins} wins cannot be judged on; take more leads"
                )
            names = store.query("SELECT lead_id FROM leads ORDER BY lead")["lead_id"].to_pylist()
            looked = past.rows
            truth = world.chances.at([names[lead] for lead in looked.lead.tolist()], looked.time)
            judged = (part == 2) & np.isin(past.rows.time, _days(tried))
            today, twice = (
                _true_auc(config, store, past, np.isin(part, of), judged, truth)
                for of in ((0,), (0, 1))
            )
    return Forecast(
        seed,
        seen.rows.wins,
        curve.twice.low,
        curve.twice.high,
        twice,
        curve.today.low,
        curve.today.high,
        today,
        time.perf_counter() - start,
    )


def _parts(past: History, seed: int) -> NDArray[np.intp]:
    """(n,) part of each row's account: 0 and 1 a quarter each, 2 the other half."""
    clusters, number = np.unique(past.rows.cluster, return_inverse=True)
    place = np.random.default_rng(seed).permutation(len(clusters)) / len(clusters)
    return np.searchsorted([0.25, 0.5], place, side="right")[number]


def _only(past: History, mask: NDArray[np.bool_]) -> History:
    return replace(past, rows=past.rows.take(mask), older=past.older[mask], test=past.test[mask])


def _days(tried: Trial) -> NDArray[np.int64]:
    """The days that the audit judged on."""
    return np.unique(tried.rows.time[np.concatenate([block.later for block in tried.blocks])])


def _true_auc(
    config: Config,
    store: Store,
    past: History,
    taught: NDArray[np.bool_],
    judged: NDArray[np.bool_],
    truth: NDArray[np.float64],
) -> float:
    """AUC, by the true probabilities, of the recipe learned on some leads' mature rows."""
    quick = config.model_copy(update={"learner": coarser(config.learner)})
    own = _only(past, taught)
    both = np.flatnonzero(taught | judged)
    spec, seen = recipe.see(Run(config, store), past.rows.take(both))
    teaches, judges = np.flatnonzero(taught[both]), np.flatnonzero(judged[both])
    older = np.flatnonzero(own.older)
    trees = recipe.choose_trees(quick, own.rows.take(older), spec, seen.take(teaches[older]))
    text = learner.train(
        seen.take(teaches), spec, quick.learner, trees=round(trees * len(teaches) / len(older))
    )
    scores = learner.raw_scores(text, seen.matrix[judges])
    rows, chance = (
        past.rows.take(both[judges]),
        np.clip(truth[both[judges]], _CERTAIN, 1 - _CERTAIN),
    )
    label = np.repeat(np.array([1, 0], dtype=np.int8), len(rows))
    twice = Holdout(
        label,
        np.tile(rows.round, 2).astype(np.int32),
        np.tile(rows.cluster, 2),
        np.concatenate([chance, 1 - chance]),
    )
    return Ranking(np.tile(scores, 2), twice).auc(twice.weight)


def table_of(found: list[Forecast]) -> Table:
    """Coverage and width, at twice the wins and today."""
    table = Table(title=f"Learning curve in {len(found)} worlds")
    for heading in ("", "covered", "median half-width", "mean of truth - middle"):
        table.add_column(heading, justify="right")
    twice = [(f.covers, f.half_width, f.truth - (f.low + f.high) / 2) for f in found]
    today = [
        (
            f.covers_today,
            (f.high_today - f.low_today) / 2,
            f.truth_today - (f.low_today + f.high_today) / 2,
        )
        for f in found
    ]
    for name, rows in (("twice the wins", twice), ("today", today)):
        covered, width, gap = np.array(rows, dtype=np.float64).T
        table.add_row(
            name, f"{covered.mean():.0%}", f"{np.median(width):.4f}", f"{gap.mean():+.4f}"
        )
    return table


def main() -> None:
    """Run the worlds, print the table, write the JSON."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--worlds", type=int, default=100)
    parser.add_argument("--first-seed", type=int, default=0)
    parser.add_argument(
        "--leads", type=int, default=4000, help="that the audit sees (default 4,000)"
    )
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--json", type=Path, default=Path("runs/benchmark-learning-curve.json"))
    options = parser.parse_args()
    options.json.parent.mkdir(parents=True, exist_ok=True)
    found: list[Forecast] = []
    seeds = range(options.first_seed, options.first_seed + options.worlds)
    with ProcessPoolExecutor(options.processes) as pool:
        for done in pool.map(forecast, seeds, [options.leads] * len(seeds)):
            found.append(done)
            options.json.write_text(
                json.dumps([asdict(each) for each in found], indent=2), encoding="utf-8"
            )
            twice = f"{done.low:.3f} to {done.high:.3f}, true {done.truth:.3f}"
            today = f"{done.low_today:.3f} to {done.high_today:.3f}, true {done.truth_today:.3f}"
            print(
                f"world {done.seed}: {done.wins} wins, {twice}; today {today}, in"
                f" {done.seconds:.0f} s",
                flush=True,
            )
    Console(width=100).print(table_of(found))


if __name__ == "__main__":
    main()
