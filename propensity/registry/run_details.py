"""What a run tells beside the model, for people who open MLflow: what was tried, on what data, and
how good it was.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from propensity.registry.entries import key

if TYPE_CHECKING:
    from mlflow import MlflowClient
    from mlflow.entities import Run

#: Limits of one call, set by MLflow.
PARAMS_PER_CALL, METRICS_PER_CALL = 100, 1000
#: Artifact with the figures, which MLflow's page shows as a table.
EVALUATION = "evaluation.json"
_DIGEST_LENGTH, _SCHEMA_BYTES = 36, 65_535  # as MLflow stores them


@dataclass(frozen=True)
class ChildRun:
    """One thing that was tried: a run below the run.

    Attributes:
        name: What people see.
        tags: Tags of the run.
        params: Parameters.
        metrics: Figures.
        series: Figures that there are several of in an order, such as one per fold.
    """

    name: str
    tags: Mapping[str, str] = field(default_factory=dict)
    params: Mapping[str, object] = field(default_factory=dict)
    metrics: Mapping[str, float] = field(default_factory=dict)
    series: Mapping[str, Sequence[float]] = field(default_factory=dict)


@dataclass(frozen=True)
class TrainingData:
    """The data set of a run: aggregates, no row.

    Attributes:
        name: What people see.
        digest: Hash of the content.
        rows: Table to its number of rows.
        columns: Feature to its type as MLflow names it: ``double`` or ``string``.
    """

    name: str
    digest: str
    rows: Mapping[str, int]
    columns: Mapping[str, str]


@dataclass(frozen=True)
class RunDetails:
    """Beside parameters and figures.

    Attributes:
        children: What was tried.
        data: What was learned from; None where nobody says.
        evaluation: Column to values: the figures as a table; empty for none.
    """

    children: Sequence[ChildRun] = ()
    data: TrainingData | None = None
    evaluation: Mapping[str, Sequence[object]] = field(default_factory=dict)


def log_details(client: "MlflowClient", run: "Run", details: RunDetails) -> None:
    """Write the details of a run, and its children."""
    if details.data is not None:
        _log_data(client, run.info.run_id, details.data)
    if details.evaluation:
        columns = {name: list(values) for name, values in details.evaluation.items()}
        client.log_table(run.info.run_id, columns, EVALUATION)
    for child in details.children:
        tags = {**child.tags, "mlflow.parentRunId": run.info.run_id}
        made = client.create_run(run.info.experiment_id, run_name=child.name, tags=tags)
        log_figures(client, made.info.run_id, child.params, child.metrics, child.series)
        client.set_terminated(made.info.run_id, "FINISHED")


def log_figures(
    client: "MlflowClient",
    run_id: str,
    params: Mapping[str, object],
    metrics: Mapping[str, float],
    series: Mapping[str, Sequence[float]] | None = None,
) -> None:
    """Write parameters and figures, in as many calls as MLflow's limits ask for."""
    from mlflow.entities import Metric, Param  # noqa: PLC0415

    now = int(datetime.now(UTC).timestamp() * 1000)
    of_params = [Param(key(name), str(value)) for name, value in params.items()]
    of_metrics = [
        Metric(key(name), float(value), now, step)
        for name, values in (series or {}).items()
        for step, value in enumerate(values)
    ] + [Metric(key(name), float(value), now, 0) for name, value in metrics.items()]
    while of_params or of_metrics:
        client.log_batch(
            run_id, params=of_params[:PARAMS_PER_CALL], metrics=of_metrics[:METRICS_PER_CALL]
        )
        of_params, of_metrics = of_params[PARAMS_PER_CALL:], of_metrics[METRICS_PER_CALL:]


def _log_data(client: "MlflowClient", run_id: str, data: TrainingData) -> None:
    from mlflow.entities import Dataset, DatasetInput, InputTag  # noqa: PLC0415

    columns = [
        {"name": name, "type": kind, "required": False} for name, kind in data.columns.items()
    ]
    schema = json.dumps({"mlflow_colspec": columns}, ensure_ascii=False)
    told = Dataset(
        name=data.name,
        digest=data.digest[:_DIGEST_LENGTH],
        source_type="propensity",
        source=json.dumps({"tables": list(data.rows)}),
        schema=schema if len(schema.encode()) <= _SCHEMA_BYTES else None,
        profile=json.dumps({"rows": dict(data.rows)}),
    )
    context = InputTag("mlflow.data.context", "training")
    client.log_inputs(run_id, [DatasetInput(told, [context])])
