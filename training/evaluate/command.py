"""How good a registered model is on what came after it: leads looked at later than its last
training label, with the outcomes that are known by now.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

import numpy as np

from features.days import date_of
from features.errors import RefusedError
from features.resources import UNLIMITED, Resources
from propensity.config.config import Config
from propensity.model.model import PropensityModel
from propensity.notebook import ResultTable
from propensity.progress import OnStep, silent
from propensity.registry import Registry
from propensity.registry.connection import CHAMPION
from training.gate.champion_recipe import known_until, score_of
from training.learn.metrics.calibration_check import CalibrationCheck, check_calibration
from training.learn.metrics.evaluate import evaluate as judged
from training.learn.metrics.evaluation import Evaluation
from training.learn.metrics.holdout import Holdout
from training.learn.metrics.segments import segment_values
from training.learn.rows.history import history
from training.learn.rows.run import Run
from training.learn.rows.snapshots import LabelledRows
from training.learn.rows.sources import open_sources

if TYPE_CHECKING:
    import pandas as pd

#: Wins, and others, below which nothing is judged.
_LEAST = 10


@dataclass(frozen=True)
class ModelEvaluation(ResultTable):
    """A registered model on later leads.

    Attributes:
        name: Name of the model.
        version: Its version.
        first: First day on which the judged leads were looked at; None for a flat table.
        last: The last one.
        figures: On these leads.
        calibration: Promised beside observed, in all and by segment.
        promised: Figure to its value on the test part when the version was trained.
    """

    name: str
    version: int
    first: date | None
    last: date | None
    figures: Evaluation
    calibration: CalibrationCheck
    promised: Mapping[str, float]

    @property
    def matters(self) -> bool:
        """Whether the chances are off beyond noise: exit code 10."""
        level = self.calibration.level
        return (level is not None and level.beyond_noise) or bool(self.calibration.broken)

    def to_pandas(self) -> "pd.DataFrame":
        """A row per figure: ``figure``, ``value`` with the ends of its interval, and the value
        ``in_training``: on the test part when the version was trained.
        """
        import pandas as pd  # noqa: PLC0415 — only who asks for a table needs it

        return pd.DataFrame(
            {
                "figure": name,
                "value": each.value,
                "low": each.low,
                "high": each.high,
                "in_training": self.promised.get(name),
            }
            for name, each in self.figures.figures.items()
        )


def evaluate(
    config: Config,
    *,
    version: str | int = CHAMPION,
    on_step: OnStep = silent,
    resources: Resources = UNLIMITED,
) -> ModelEvaluation:
    """Judge a registered model on leads later than its last training label.

    Args:
        config: Names the registry and the sources.
        version: Number or alias.
        on_step: Told about progress.
        resources: Memory and threads of the feature engine.

    Raises:
        RefusedError: No leads are later, or too few of them have come to an end; or the rows of a
            flat table are those that the model learned from.
        DataError: The sources cannot be used.
        RegistryError: No such version, or the registry cannot be reached.
    """
    on_step("loading the model", 0.0)
    model, number = Registry.of(config).load(version)
    on_step("reading and checking the sources", 0.1)
    with open_sources(config, models=(model,), resources=resources) as store:
        run = Run(config, store)
        on_step("taking snapshots", 0.4)
        rows = _later(run, history(run).rows, model, number)
        on_step("judging", 0.7)
        flat = store.is_flat
        as_of = np.zeros(len(rows), np.int32) if flat else rows.round.astype(np.int32)
        holdout = Holdout(rows.label, as_of, rows.cluster, rows.weight, win=rows.win)
        scores = score_of(run, rows, model)
        segments = segment_values(store, rows, config.audit.segments)
        found = ModelEvaluation(
            config.model_name,
            number,
            None if flat else date_of(int(rows.time.min())),
            None if flat else date_of(int(rows.time.max())),
            judged(f"version {number}", scores, holdout),
            check_calibration(scores, holdout, segments),
            _promised(model),
        )
    on_step("done", 1.0)
    return found


def _later(run: Run, rows: LabelledRows, model: PropensityModel, number: int) -> LabelledRows:
    """The rows that the model cannot have learned from.

    Raises:
        RefusedError: There are none, or too few.
    """
    if run.store.is_flat:
        if run.store.fingerprint == model.facts.get("fingerprint"):
            raise RefusedError(
                f"Version {number} learned from these rows. Give others: --input PATH, or"
                " `input=` in Python."
            )
        later, when = rows, "of the given rows"
    else:
        until = known_until(model)
        if until is None:
            raise RefusedError(f"Version {number} does not say until when it knows closes.")
        later = rows.take(rows.time >= until)
        when = f"of leads looked at from {date_of(until)} on, until when it knows closes,"
    if min(later.wins, later.others) < _LEAST:
        raise RefusedError(
            f"Version {number} is judged on what it did not learn from: {when} {len(later):,} rows"
            f" have come to an end, {later.wins:,} of them wins; at least {_LEAST} wins and"
            f" {_LEAST} others are needed. Wait until a horizon has passed."
        )
    return later


def _promised(model: PropensityModel) -> dict[str, float]:
    recipe: Mapping[str, Any] = model.metrics.get("recipe", {})
    told = recipe.get("figures", {})
    return {
        name: float(figure["value"])
        for name, figure in told.items()
        if isinstance(figure.get("value"), int | float)
    }
