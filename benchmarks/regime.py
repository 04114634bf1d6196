"""Does the recipe notice that the world moved?  Simulated companies whose leads change their ways
on a known day.

    python -m benchmarks.regime [--seeds 5] [--leads 20000] [--change 11]

From round `--change` of 20 on, the industries that used to buy no longer do, those that did not now
do, and price and case pages change places.  The same recipe learns three times: with all history,
with what `recency: auto` chooses on later leads of the older part, and with the history since the
change alone, which nobody but the simulator knows (the oracle).  Each is scored on the leads that
are open when the history ends, against their true probabilities: so the expected log loss carries
no noise of the draw.  *Recovered* is the share of the oracle's gain over all history that the
choice gets.  Companies whose world stays are run beside it: there the choice should cost nothing.
"""

import argparse
import json
import tempfile
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray
from rich.console import Console
from rich.table import Table

from features.days import day_number
from features.intake import open_store
from propensity.config.config import Config, load
from propensity.model.model import PropensityModel
from propensity.scoring.scorer import Telling, score
from training.learn.learners.chosen import HistoryWeighting, RecipeChoices
from training.learn.metrics import metrics
from training.learn.recipe import recipe
from training.learn.rows.history import History, history
from training.learn.rows.run import Run
from training.simulate.command import Company, simulate, write

CONFIG = Path(__file__).parent.parent / "configs" / "quickstart.yaml"
ROUND_DAYS, ROUNDS = 28, 20
#: One LightGBM model: what is asked is which history it learns from.
LEARNER: dict[str, Any] = {
    "contestants": ("lightgbm",),
    "trials": 0,
    "max_trees": 200,
    "clocks": "keep",
    "recency": "auto",
}


@dataclass(frozen=True)
class Regime:
    """One company.

    Attributes:
        seed: Of the company.
        changed: Whether the world moved.
        chosen: How old history counts, as chosen.
        losses: Expected log loss with ``all`` history, as ``chosen``, and with the ``oracle``'s
            window.
        aucs: ROC AUC of the same.
    """

    seed: int
    changed: bool
    chosen: str
    losses: dict[str, float]
    aucs: dict[str, float]

    @property
    def recovered(self) -> float:
        """Share of the oracle's gain over all history that the choice gets.

        NaN where there is nothing to gain.
        """
        gain = self.losses["all"] - self.losses["oracle"]
        return (
            (self.losses["all"] - self.losses["chosen"]) / gain
            if self.changed and gain > 0
            else float("nan")
        )


def regime(seed: int, leads: int, change: int | None) -> Regime:
    """Simulate, learn three times, compare with the truth."""
    with tempfile.TemporaryDirectory() as folder:
        company = Company(
            n_leads=leads, seed=seed, rounds=ROUNDS, round_days=ROUND_DAYS, regime_change_at=change
        )
        write(simulate(company), Path(folder) / "data")
        (Path(folder) / "propensity.yaml").write_text(
            CONFIG.read_text(encoding="utf-8"), encoding="utf-8"
        )
        config = load(Path(folder) / "propensity.yaml")
        config = config.model_copy(
            update={
                "learner": config.learner.model_copy(update=LEARNER),
                "input": config.input.model_copy(update={"observed_until": company.observed_until}),
            }
        )
        with open_store(config.input, config.columns, purpose="train", quarantine=None) as store:
            past = history(Run(config, store))
            older = past.rows.take(past.older)
            auto = recipe.choose(config, older, *recipe.see(Run(config, store), older)).chosen
            since = HistoryWeighting(
                how="window", length=float((ROUNDS - (change or 0)) * ROUND_DAYS)
            )
            ways = {
                "all": HistoryWeighting(),
                "chosen": auto.past,
                "oracle": since if change else HistoryWeighting(),
            }
            spec, seen = recipe.see(Run(config, store), past.rows)
            models = {
                name: _model(config, past, spec, seen, auto.model_copy(update={"past": way}))
                for name, way in ways.items()
            }
        truth = pd.read_parquet(Path(folder) / "data" / "truth.parquet")
        truth = truth[pd.to_datetime(truth["as_of"], utc=True) == truth["as_of"].max()]
        scored = {
            name: _scored(config, model).merge(truth, on=["lead_id", "episode"])
            for name, model in models.items()
        }
    figures = {
        name: _figures(both["log_odds"].to_numpy(), both["probability"].to_numpy())
        for name, both in scored.items()
    }
    how = auto.past.how if auto.past.how == "all" else f"{auto.past.how} {auto.past.length:.0f}"
    return Regime(
        seed,
        change is not None,
        how,
        {name: each[0] for name, each in figures.items()},
        {name: each[1] for name, each in figures.items()},
    )


def _model(
    config: Config,
    past: History,
    spec: Any,  # noqa: ANN401
    seen: Any,  # noqa: ANN401
    chosen: RecipeChoices,
) -> PropensityModel:
    fitted = recipe.fit(config, past.rows, spec, seen, chosen=chosen)
    return PropensityModel(
        config=config,
        spec=fitted.read.spec,
        members=fitted.members,
        calibration=fitted.calibration,
        offsets=np.zeros(len(fitted.read.spec.features)),
        reference=past.reference,
    )


def _scored(config: Config, model: PropensityModel) -> pd.DataFrame:
    as_of = config.input.observed_until
    if not isinstance(as_of, date):
        raise TypeError(f"expected input.observed_until in {CONFIG}, got {as_of!r}")
    kinds = model.spec.column_kinds
    with open_store(
        config.input, config.columns, kinds=kinds, purpose="score", quarantine=None
    ) as store:
        tables = score(model, store, day_number(as_of), telling=Telling("regime", "1"))
        return pa.concat_tables(
            [t.select(["lead_id", "episode", "log_odds"]) for t in tables]
        ).to_pandas()


def _figures(log_odds: NDArray[np.float64], truth: NDArray[np.float64]) -> tuple[float, float]:
    """Expected log loss and ROC AUC: a lead counts as a win with its true probability, as a loss
    with the rest.
    """
    label = np.repeat(np.array([1, 0], dtype=np.int8), len(truth))
    weight, twice = np.concatenate([truth, 1 - truth]), np.tile(log_odds, 2)
    return metrics.log_loss(label, twice, weight), metrics.roc_auc(label, twice, weight)


def _table(found: list[Regime]) -> Table:
    table = Table(title="A world that moved, and one that stayed")
    for name in (
        "seed",
        "world",
        "chosen",
        "loss: all",
        "chosen",
        "oracle",
        "AUC: all",
        "chosen",
        "oracle",
        "recovered",
    ):
        table.add_column(name, justify="right")
    for each in found:
        table.add_row(
            str(each.seed),
            "moved" if each.changed else "stayed",
            each.chosen,
            *(f"{value:.5f}" for value in each.losses.values()),
            *(f"{value:.4f}" for value in each.aucs.values()),
            f"{each.recovered:.0%}" if np.isfinite(each.recovered) else "",
        )
    return table


def main() -> None:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(
        description="Recency in worlds that move and worlds that stay."
    )
    parser.add_argument("--seeds", type=int, default=5, help="companies of each kind (default 5)")
    parser.add_argument(
        "--leads", type=int, default=20_000, help="leads of each company (default 20,000)"
    )
    parser.add_argument(
        "--change", type=int, default=11, help="round of the change, of 20 (default 11)"
    )
    parser.add_argument(
        "--json", type=Path, default=Path("runs/benchmark-regime.json"), help="where the figures go"
    )
    options = parser.parse_args()
    found: list[Regime] = []
    for seed in range(options.seeds):
        for change in (options.change, None):
            found.append(regime(seed, options.leads, change))
            Console(width=130).print(_table(found[-1:]))
    Console(width=130).print(_table(found))
    moved = [each for each in found if each.changed]
    gained, possible = (
        sum(each.losses["all"] - each.losses[name] for each in moved)
        for name in ("chosen", "oracle")
    )
    print(f"recovered over all companies that moved: {gained / possible:.0%} of the oracle's gain")
    options.json.parent.mkdir(parents=True, exist_ok=True)
    options.json.write_text(
        json.dumps([asdict(each) for each in found], indent=2), encoding="utf-8"
    )


if __name__ == "__main__":
    main()
