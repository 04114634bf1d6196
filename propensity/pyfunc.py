"""The door through which MLflow loads a registered model.

``mlflow.pyfunc.load_model("models:/NAME@champion")``.

MLflow calls ``_load_pyfunc`` of this installed module with the folder of the bundle; the artifact
brings no code.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pandas as pd

from features.databases.in_memory import ArrowStream, Table
from features.errors import DataError
from features.settings import Source
from propensity.api import day_of
from propensity.config.config import Config
from propensity.config.given_tables import given
from propensity.grading.agreed import undefined
from propensity.input_check.accepted_input import accepted_input
from propensity.model.model import PropensityModel
from propensity.registry.champion import Champion
from propensity.scoring.job import ScoringResources, score_to_table

#: Sources that say nothing about a lead's chance.
_NOT_READ = ("statuses", "traffic", "goals")
#: Columns of a scored row that only a registry can tell.
_OF_THE_REGISTRY = ("model_version", "definition_version")


class ServedModel:
    """What ``mlflow.pyfunc.load_model`` serves.

    Attributes:
        model: The model as loaded, checked against its manifest.
    """

    def __init__(self, model: PropensityModel) -> None:
        self.model = model

    def predict(
        self,
        frame: pd.DataFrame | Mapping[str, object],
        params: Mapping[str, str | None] | None = None,
    ) -> pd.DataFrame:
        """The sum of each row of features, or the scored leads of raw tables.

        Args:
            frame: Features under the names of the model's spec, as pandas reads them from a CSV:
                values may be missing, columns may not, and one the model does not know is ignored.
                Or a mapping of the raw tables of the training by the name of their source, such as
                ``{"leads": leads, "events": events, "outcomes": outcomes}``: a table as
                ``propensity.score`` takes it, or a list of rows, each a mapping; an empty list
                stands for a table without rows.
            params: For raw tables: ``as_of``, the day at whose start the leads are looked at, such
                as ``2025-04-01``, default today; ``accept_input``, why leads are scored although
                the input differs from what the model was trained on.

        Returns:
            Of features: ``probability``, ``log_odds``, ``base``, ``fit`` and ``interest``, with the
            index of ``frame``. Of raw tables: the rows of ``propensity score``, but for what the
            signed definition and the registry say: a grade is that of a model without a
            definition.

        Raises:
            DataError: No table, features or tables that are absent (they are named) or there twice,
                or values that are neither number nor text. The message names columns, never a
                value.
            ConfigError: ``as_of`` is no day.
            InputStopError: The tables are not what the model was trained on.
        """
        if not isinstance(frame, Mapping):
            return self.model.score(frame)
        asked = params or {}
        return _scored(
            self.model, frame, as_of=asked.get("as_of"), accept_input=asked.get("accept_input")
        )


def _load_pyfunc(data_path: str) -> ServedModel:
    """MLflow's entry.

    Raises:
        ArtifactError: The bundle is damaged or of another format.
    """
    return ServedModel(PropensityModel.load(data_path))


def _scored(
    model: PropensityModel,
    tables: Mapping[str, object],
    *,
    as_of: str | None,
    accept_input: str | None,
) -> pd.DataFrame:
    if model.config.features.own:
        raise DataError(
            [
                "expected a frame of features: this model reads features of the company's own, and"
                " their code is no part of it. `propensity score` runs it"
            ]
        )
    champion = Champion(model, model.config.model_name, "", undefined(model.reference))
    day = day_of(as_of, model)
    with (
        _reading(model.config, tables) as settings,
        accepted_input(
            champion,
            settings,
            day,
            ScoringResources(),
            only_open=True,
            accept_input=accept_input,
            quarantines=False,
        ) as found,
    ):
        rows, _ = score_to_table(
            champion,
            found.store,
            day,
            config=settings,
            tonight=found.tonight,
            accepted=accept_input,
        )
    told: pd.DataFrame = rows.drop_columns(
        [name for name in _OF_THE_REGISTRY if name in rows.column_names]
    ).to_pandas()
    return told


@contextmanager
def _reading(config: Config, tables: Mapping[str, object]) -> Iterator[Config]:
    """The configuration of the training on the given tables; it reads nothing else.

    Raises:
        DataError: A table that the training read is not given, or what is given is no table.
    """
    unread = config.input.model_copy(update=dict.fromkeys(_NOT_READ))
    settings = config.model_copy(update={"input": unread})
    places = {name.replace(" ", "."): table for name, table in unread.tables().items()}
    known = (
        f"expected a frame of features, or the tables of the training by name ({', '.join(places)})"
    )
    strange = [name for name in tables if name not in places]
    if strange:
        raise DataError([f"{known}, got {len(strange)} of other names"])
    whole = {name: _table(name, table, places[name]) for name, table in tables.items()}
    with given(settings, whole, {}) as read:
        found = zip(places, read.input.tables().values(), strict=True)
        absent = [name for name, table in found if not Path(table.path or "").is_absolute()]
        if absent:
            raise DataError(
                [f"{known}. Absent: {', '.join(absent)}; a table without rows is an empty list"]
            )
        yield read


def _table(name: str, table: object, source: Source) -> Table:
    """A table as it came, or of rows as JSON has them.

    Raises:
        DataError: What is given is neither.
    """
    if isinstance(table, ArrowStream):
        return table
    given_rows = table.tolist() if isinstance(table, np.ndarray) else table
    if isinstance(given_rows, Mapping) and given_rows and all(map(_is_column, given_rows.values())):
        return pd.DataFrame(dict(given_rows))
    rows = [given_rows] if isinstance(given_rows, Mapping) else given_rows
    rows = list(rows) if isinstance(rows, tuple) else rows
    expected = f"{name}: expected a table, or a list of rows, each a mapping, got"
    if not isinstance(rows, list):
        raise DataError([f"{expected} {type(rows).__name__}"])
    odd = [type(row).__name__ for row in rows if not isinstance(row, Mapping)]
    if odd:
        raise DataError([f"{expected} a list with {odd[0]}"])
    if rows:
        return pd.DataFrame.from_records(rows)
    columns = source.model_dump().get("columns", {}).values()
    return pd.DataFrame(columns=[each for each in columns if isinstance(each, str)], dtype="str")


def _is_column(value: object) -> bool:
    return isinstance(value, list | tuple | np.ndarray)
