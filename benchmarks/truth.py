"""How near the model comes to the truth: simulated companies whose true probabilities are known.

    python -m benchmarks.truth [--seeds 20] [--leads 50000]

Each seed is a company of its own. The model is trained as `propensity train` ships it, and scores
the leads that are open when the history ends; what they will do in the round to come is known to
the simulator alone. Its true probability
stands in for the outcome, so that the figures carry no noise of the draw: a lead counts as a win
with its true probability, and as a loss with the rest. Leads decide on days of their own, so that
the night is as any other. What a lead will do until then is part of its true probability, and can
be known by nobody: *best AUC* is reached by who knows the formula by which the company buys, and
what is known on the night.
"""

import argparse
import json
import tempfile
import time
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from rich.console import Console
from rich.table import Table

from features.days import day_number
from features.intake import open_store
from propensity.config.config import Config, load
from propensity.model.model import PropensityModel, probability
from propensity.scoring.scorer import Telling, score
from training.learn.metrics import metrics, recalibration
from training.learn.recipe import recipe
from training.learn.recipe.refit import ship
from training.learn.rows.history import history
from training.learn.rows.run import Run
from training.simulate.command import Company, simulate, write

CONFIG = Path(__file__).parent.parent / "configs" / "quickstart.yaml"


@dataclass(frozen=True)
class Nearness:
    """How near one model came.

    Attributes:
        seed: Of the company.
        rows: Leads scored.
        true_auc: ROC AUC of the company's own formula, by what is known on the night.
        auc: ROC AUC of the model.
        slope: Of the logistic recalibration of the truth on the model's log-odds; perfect is 1.
        intercept: Of the same; perfect is 0.
        deciles: Tenths by score whose mean prediction is within 10 % of their mean true
            probability.
        worst_decile: Largest relative difference of a tenth.
        seconds: Of training and scoring.
    """

    seed: int
    rows: int
    true_auc: float
    auc: float
    slope: float
    intercept: float
    deciles: int
    worst_decile: float
    seconds: float

    @property
    def is_near(self) -> bool:
        """AUC within .01 of the truth's, slope .9-1.1, intercept within .1, 9 of 10 tenths within
        10 %.
        """
        calibrated = 0.9 <= self.slope <= 1.1 and abs(self.intercept) <= 0.1 and self.deciles >= 9
        return self.true_auc - self.auc <= 0.01 and calibrated


def nearness(seed: int, leads: int, **learner: object) -> Nearness:
    """Simulate, train, score, compare.

    Args:
        seed: Of the company.
        leads: It has.
        learner: Settings of the learner that are not the defaults.
    """
    with tempfile.TemporaryDirectory() as folder:
        company = Company(n_leads=leads, seed=seed)
        write(simulate(company), Path(folder) / "data")
        (Path(folder) / "propensity.yaml").write_text(
            CONFIG.read_text(encoding="utf-8"), encoding="utf-8"
        )
        config = load(Path(folder) / "propensity.yaml")
        config = config.model_copy(
            update={
                "learner": config.learner.model_copy(update=learner),
                "input": config.input.model_copy(update={"observed_until": company.observed_until}),
            }
        )
        start = time.perf_counter()
        scored = _scored(config, _trained(config))
        seconds = time.perf_counter() - start
        truth = pd.read_parquet(Path(folder) / "data" / "truth.parquet")
    truth = truth[pd.to_datetime(truth["as_of"], utc=True) == truth["as_of"].max()]
    both = scored.merge(truth, on=["lead_id", "episode"])
    formula = (both["fit"] + both["interest"]).to_numpy()
    truth = both["probability"].to_numpy()
    return _compared(seed, both["log_odds"].to_numpy(), formula, truth, seconds)


def _trained(config: Config) -> PropensityModel:
    """The model `propensity train` ships, without the judgement."""
    with open_store(config.input, config.columns, purpose="train", quarantine=None) as store:
        past = history(Run(config, store))
        older = past.rows.take(past.older)
        spec, seen = recipe.see(Run(config, store), older)
        model, _ = ship(
            Run(config, store), past, chosen=recipe.choose(config, older, spec, seen).chosen
        )
    return model


def _scored(config: Config, model: PropensityModel) -> pd.DataFrame:
    as_of = config.input.observed_until
    if not isinstance(as_of, date):
        raise TypeError(f"expected input.observed_until in {CONFIG}, got {as_of!r}")
    with open_store(
        config.input,
        config.columns,
        kinds=model.spec.column_kinds,
        purpose="score",
        quarantine=None,
    ) as store:
        tables = score(model, store, day_number(as_of), telling=Telling("truth", "1"))
        return pd.concat(
            [table.select(["lead_id", "episode", "log_odds"]).to_pandas() for table in tables]
        )


def _compared(
    seed: int,
    log_odds: NDArray[np.float64],
    formula: NDArray[np.float64],
    truth: NDArray[np.float64],
    seconds: float,
) -> Nearness:
    label = np.repeat(np.array([1, 0], dtype=np.int8), len(truth))
    weight = np.concatenate([truth, 1 - truth])
    twice = np.tile(log_odds, 2)
    slope, intercept = recalibration.calibration_slope_intercept(label, twice, weight)
    tenth = np.argsort(np.argsort(-log_odds, kind="stable"), kind="stable") * 10 // len(truth)
    off = [
        abs(probability(log_odds[tenth == k]).mean() / truth[tenth == k].mean() - 1)
        for k in range(10)
    ]
    return Nearness(
        seed=seed,
        rows=len(truth),
        true_auc=metrics.roc_auc(label, np.tile(formula, 2), weight),
        auc=metrics.roc_auc(label, twice, weight),
        slope=slope,
        intercept=intercept,
        deciles=int(sum(each <= 0.1 for each in off)),
        worst_decile=float(max(off)),
        seconds=seconds,
    )


def _table(found: list[Nearness]) -> Table:
    table = Table(title="Model beside truth")
    for name in (
        "seed",
        "leads",
        "best AUC",
        "AUC",
        "gap",
        "slope",
        "intercept",
        "tenths",
        "worst",
        "near",
    ):
        table.add_column(name, justify="right")
    for n in found:
        table.add_row(
            str(n.seed),
            f"{n.rows:,}",
            f"{n.true_auc:.4f}",
            f"{n.auc:.4f}",
            f"{n.true_auc - n.auc:.4f}",
            f"{n.slope:.3f}",
            f"{n.intercept:+.3f}",
            f"{n.deciles}/10",
            f"{n.worst_decile:.1%}",
            "yes" if n.is_near else "no",
        )
    return table


def main() -> None:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(description="How near the model comes to simulated truth.")
    parser.add_argument("--seeds", type=int, default=20, help="companies (default 20)")
    parser.add_argument(
        "--first-seed", type=int, default=0, help="of the first company (default 0)"
    )
    parser.add_argument(
        "--leads", type=int, default=50_000, help="leads of each company (default 50,000)"
    )
    parser.add_argument(
        "--json", type=Path, default=Path("runs/benchmark-truth.json"), help="where the figures go"
    )
    options = parser.parse_args()
    found = []
    for seed in range(options.first_seed, options.first_seed + options.seeds):
        found.append(nearness(seed, options.leads))
        Console(width=100).print(_table(found[-1:]), f"{found[-1].seconds:.0f} s")
    Console(width=100).print(
        _table(found), f"near: {sum(n.is_near for n in found)} of {len(found)}"
    )
    options.json.parent.mkdir(parents=True, exist_ok=True)
    options.json.write_text(json.dumps([asdict(n) for n in found], indent=2), encoding="utf-8")


if __name__ == "__main__":
    main()
