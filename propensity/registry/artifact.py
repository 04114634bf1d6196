"""What a run in the registry holds: the model as MLflow wants it, plots, the resolved
configuration. Data only.
"""

import hashlib
import re
from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

from features.errors import ArtifactError
from features.files.canonical_json import RESTORE
from propensity.model import bundle
from propensity.model.data_frames import SCORED
from propensity.model.manifest import MANIFEST
from propensity.model.model import PropensityModel
from propensity.registry.client import environment, quiet

if TYPE_CHECKING:
    from mlflow.models import ModelSignature

#: Below the artifacts of a run.
MODEL_FOLDER = "model"
BUNDLE_FOLDER = f"{MODEL_FOLDER}/data/bundle"

#: What a call for raw tables may say; see ``propensity.pyfunc``.
PARAMETERS = ("as_of", "accept_input")

MODEL_HASH, MANIFEST_HASH = "propensity.model_sha256", "propensity.manifest_sha256"

_PLOT_NAME = re.compile(r"[\w\-]+\.(png|svg)")
_DOCUMENT_NAME = re.compile(r"[\w\-]+\.(json|md|html)")
_DISTRIBUTIONS = (
    "lead-propensity",
    "mlflow-skinny",
    "lightgbm",
    "numba",
    "numpy",
    "pandas",
    "pyarrow",
    "pydantic",
)


def stage(
    model: PropensityModel, plots: Mapping[str, bytes], documents: Mapping[str, bytes], folder: Path
) -> dict[str, str]:
    """Write everything the run is to hold into a new folder.

    Args:
        model: What to store.
        plots: File name (``.png`` or ``.svg``) to contents.
        documents: File name (``.json``, ``.md`` or ``.html``) to contents.
        folder: A folder of ours, which may be written freely.

    Returns:
        Tags that let a reader check what it gets.

    Raises:
        ArtifactError: The model holds a number that is not finite.
        ValueError: A plot or a document is called something else.
    """
    stored = folder.with_name("bundle")
    bundle.save(model, stored)
    _save_for_mlflow(model, stored, folder / MODEL_FOLDER)
    (folder / "config.json").write_bytes(bundle.resolved_config(model.config))
    _write(plots, folder / "plots", _PLOT_NAME, "a plot to be called NAME.png or NAME.svg")
    _write(
        documents, folder, _DOCUMENT_NAME, "a document to be called NAME.json, NAME.md or NAME.html"
    )
    return {MODEL_HASH: bundle.model_hash(model), MANIFEST_HASH: manifest_hash(stored)}


def manifest_hash(folder: Path) -> str:
    """SHA-256 of a bundle's manifest, and with it of every file in it.

    Raises:
        ArtifactError: There is no manifest.
    """
    if not (folder / MANIFEST).is_file():
        raise ArtifactError(
            f"{folder}: expected a stored model, got a place without {MANIFEST}. {RESTORE}"
        )
    return hashlib.sha256((folder / MANIFEST).read_bytes()).hexdigest()


def _save_for_mlflow(model: PropensityModel, stored: Path, folder: Path) -> None:
    """MLflow's own files around the bundle.

    ``MLmodel``, and the libraries it was written with, pinned.
    """
    # MLflow would copy the uv.lock and pyproject.toml of whatever folder the user is in.
    with quiet(), environment({"MLFLOW_UV_AUTO_DETECT": "false"}):
        from mlflow import pyfunc  # noqa: PLC0415

        from propensity.model.usual_row import usual_row  # noqa: PLC0415 — pandas waits until it is needed

        pyfunc.save_model(
            str(folder),
            loader_module="propensity.pyfunc",
            data_path=str(stored),
            signature=_signature(),
            input_example=usual_row(model),
            metadata={"features": _documented(model)},
            pip_requirements=[f"{name}=={version(name)}" for name in _DISTRIBUTIONS],
        )


def _signature() -> "ModelSignature":
    """What comes out.

    What goes in is described in the metadata instead, because MLflow enforces an input schema.

    Tried with MLflow 3.17 on a frame as pandas 3 reads it from a CSV:

    * ``double`` and ``string``, optional: whole numbers, truth values, nullable integers and
      categories are refused ("Can not safely convert int64 to float64"), and the refusal prints the
      rows: personal data in a log; * ``any``, optional: passes, but turns nullable integers and
      categories into objects, warns of every extra column, and still prints the rows where a column
      comes twice; * none: the frame arrives as it is, and ``propensity.pyfunc`` checks it with an
      error that holds no values.
    """
    from mlflow.models import ModelSignature  # noqa: PLC0415
    from mlflow.types import ColSpec, ParamSchema, ParamSpec, Schema  # noqa: PLC0415

    return ModelSignature(
        outputs=Schema([ColSpec("double", column) for column in SCORED]),
        params=ParamSchema([ParamSpec(name, "string", None) for name in PARAMETERS]),
    )


def _documented(model: PropensityModel) -> list[dict[str, object]]:
    """The features as a person at MLflow's page wants to know them; each needs a column, of which
    values may be missing.
    """
    return [
        {
            "name": feature.name,
            "type": "string" if feature.is_category else "double",
            "axis": feature.axis,
        }
        for feature in model.spec.features
    ]


def _write(
    files: Mapping[str, bytes], folder: Path, pattern: re.Pattern[str], expected: str
) -> None:
    for name, content in files.items():
        if not pattern.fullmatch(name):
            raise ValueError(f"expected {expected}, got {name!r:.80}")
        folder.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
