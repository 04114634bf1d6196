"""The stored model: a folder of data files (JSON, LightGBM text, Parquet), checked before anything
in it is read.

Nothing in a bundle can be executed. ``manifest.json`` names every other file with its size and
SHA-256; ``load`` compares them before LightGBM or our own parser sees a byte, because a damaged
model text kills the process.
"""

import hashlib
import io
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from pydantic import Field, FiniteFloat, JsonValue

from features.errors import ArtifactError
from features.files.canonical_json import RESTORE, canonical, json_ready, parsed, short, validated
from features.files.whole_folder import write_new
from features.settings import StrictModel
from features.spec import FeatureSpec
from propensity.config.config import Config
from propensity.model import stored_members
from propensity.model.manifest import (
    MANIFEST,
    Manifest,
    checked_contents,
    manifest_of,
    read_manifest,
)
from propensity.model.model_parts import Calibration, ModelParts, Reference
from propensity.model.portable_config import portable

DISTRIBUTIONS = "reference.parquet"
DISTRIBUTION_COLUMNS = pa.schema(
    [
        ("feature", pa.string()),
        ("level", pa.string()),
        ("low", pa.float64()),
        ("high", pa.float64()),
        ("share", pa.float64()),
    ]
)
#: What became of leads alike, a row per concept and group of values; see
#: ``propensity.concepts.evidence``.
EVIDENCE = "evidence.parquet"
EVIDENCE_COLUMNS = pa.schema(
    [
        ("concept", pa.string()),
        ("axis", pa.string()),
        ("feature", pa.string()),
        ("level", pa.string()),
        ("low", pa.float64()),
        ("high", pa.float64()),
        ("beside", pa.string()),
        ("beside_low", pa.float64()),
        ("beside_high", pa.float64()),
        ("leads", pa.int64()),
        ("closed", pa.int64()),
        ("expected", pa.float64()),
        ("contribution", pa.float64()),
        ("dispersion", pa.float64()),
        ("expected_error", pa.float64()),
        ("drawn", pa.float64()),
    ]
)
#: Columns of evidence that older models were stored without; they are read with nothing in them.
LATER_COLUMNS = ("dispersion", "expected_error", "drawn")
_TABLES = {DISTRIBUTIONS: DISTRIBUTION_COLUMNS, EVIDENCE: EVIDENCE_COLUMNS}

_REQUIRED = ("config.json", "facts.json", "features.json", "metrics.json", "model.json")
_KNOWN = {*_REQUIRED, *_TABLES}


class _ModelNumbers(StrictModel):
    """``model.json``: the numbers beside the members."""

    weights: Annotated[tuple[FiniteFloat, ...], Field(min_length=1)]
    calibration: Calibration
    offsets: tuple[FiniteFloat, ...]
    reference: Reference


def save(model: ModelParts, folder: Path) -> None:
    """Write a model as a folder of data files, whole or not at all.

    The same model gives the same bytes, wherever it was trained. A password written out in a
    database URL is replaced by ``***``.

    Args:
        model: What to store.
        folder: Where; must not exist, or be empty.

    Raises:
        ArtifactError: The folder holds something already, or the model holds a number that is not
            finite.
    """
    folder = Path(folder)
    if folder.is_symlink() or (
        folder.exists() and not (folder.is_dir() and not any(folder.iterdir()))
    ):
        raise ArtifactError(
            f"{folder}: expected no such folder, or an empty one, to store a model in; got one in"
            " use."
        )
    files = _contents(model)
    files[MANIFEST] = canonical(manifest_of(files).model_dump(mode="json"), MANIFEST)
    write_new(folder, files)


def load(folder: Path) -> ModelParts:
    """Read a stored model; nothing is parsed before every file has the size and SHA-256 that the
    manifest names.

    Raises:
        ArtifactError: No model there, a file missing, added, changed or linked, another format
            number, or a file whose contents are not what the format says.
    """
    folder = Path(folder)
    manifest = read_manifest(folder)
    _check_names(manifest)
    return _model_of(checked_contents(folder, manifest), folder)


def model_hash(source: ModelParts | Path) -> str:
    """SHA-256 of what decides the scores: features, numbers, and members without LightGBM's
    ``parameters:`` block.

    That block holds the number of threads, so two trainings of the same model would otherwise
    differ.

    Args:
        source: A model, or the folder of a stored one.

    Raises:
        ArtifactError: The folder holds no intact model.
    """
    model = source if isinstance(source, ModelParts) else load(source)
    digest = hashlib.sha256()
    for name, content in sorted(_deciding(model).items()):
        digest.update(f"{name}\0{len(content)}\0".encode())
        digest.update(content)
    return digest.hexdigest()


def resolved_config(config: Config) -> bytes:
    """The configuration as canonical JSON, without passwords and without paths of the machine."""
    return canonical(portable(config), "config.json")


def _contents(model: ModelParts) -> dict[str, bytes]:
    """Every file but the manifest."""
    files = {
        "config.json": resolved_config(model.config),
        "facts.json": canonical(json_ready(model.facts), "facts.json"),
        "features.json": _features_json(model),
        "metrics.json": canonical(json_ready(model.metrics), "metrics.json"),
        "model.json": _numbers_json(model),
        **stored_members.contents(model.members),
    }
    tables = {DISTRIBUTIONS: model.distributions, EVIDENCE: model.evidence}
    return files | {
        name: _parquet(table, name) for name, table in tables.items() if table is not None
    }


def _deciding(model: ModelParts) -> dict[str, bytes]:
    """The files that decide the scores, as they enter the hash."""
    members = stored_members.deciding(model.members)
    return {"features.json": _features_json(model), "model.json": _numbers_json(model), **members}


def _features_json(model: ModelParts) -> bytes:
    return canonical(model.spec.model_dump(mode="json"), "features.json")


def _numbers_json(model: ModelParts) -> bytes:
    numbers = {
        "weights": [float(member.weight) for member in model.members],
        "calibration": model.calibration.model_dump(mode="json"),
        "offsets": [float(offset) for offset in model.offsets],
        "reference": model.reference.stored(),
    }
    return canonical(numbers, "model.json")


def _parquet(table: pa.Table, name: str) -> bytes:
    """Only the known columns, without the notes that pandas or a reader attached to the schema."""
    columns = _TABLES[name]
    missing = set(columns.names) - set(table.column_names)
    if missing:
        raise ArtifactError(f"{name}: expected columns {columns.names}, without {sorted(missing)}.")
    sink = io.BytesIO()
    pq.write_table(table.select(columns.names).cast(columns), sink)
    return sink.getvalue()


def _check_names(manifest: Manifest) -> None:
    """Only names this format knows: no way out of the folder, and nothing to execute."""
    strange = sorted(
        name for name in manifest.files if name not in _KNOWN and not stored_members.is_member(name)
    )
    if strange:
        raise ArtifactError(
            f"{MANIFEST}: expected the files of a model only, got {strange[:3]!r:.200}. {RESTORE}"
        )
    absent = sorted(
        [*set(_REQUIRED).difference(manifest.files), *stored_members.absent(manifest.files)]
    )
    if absent:
        raise ArtifactError(
            f"{MANIFEST}: expected it to list {absent[:3]}, got a list without. {RESTORE}"
        )


def _model_of(contents: Mapping[str, bytes], folder: Path) -> ModelParts:
    def read(name: str) -> JsonValue:
        try:
            return parsed(contents[name])
        except ValueError as error:
            raise ArtifactError(
                f"{folder / name}: expected JSON, got {short(error)}. {RESTORE}"
            ) from None

    spec = validated(FeatureSpec, read("features.json"), folder / "features.json")
    numbers = validated(_ModelNumbers, read("model.json"), folder / "model.json")
    if len(numbers.offsets) != len(spec.features):
        raise ArtifactError(
            f"{folder / 'model.json'}: expected as many numbers as {{'offsets':"
            f" {len(spec.features)}}}, got {{'offsets': {len(numbers.offsets)}}}. {RESTORE}"
        )
    return ModelParts(
        config=validated(Config, read("config.json"), folder / "config.json"),
        spec=spec,
        members=stored_members.restored(contents, numbers.weights, spec, folder),
        calibration=numbers.calibration,
        offsets=np.array(numbers.offsets, dtype=np.float64),
        reference=numbers.reference,
        metrics=_mapping(read("metrics.json"), folder / "metrics.json"),
        facts=_mapping(read("facts.json"), folder / "facts.json"),
        distributions=_table(contents.get(DISTRIBUTIONS), folder / DISTRIBUTIONS),
        evidence=_table(contents.get(EVIDENCE), folder / EVIDENCE),
    )


def _mapping(value: JsonValue, path: Path) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise ArtifactError(
            f"{path}: expected a JSON object, got {type(value).__name__}. {RESTORE}"
        )
    return value


def _table(content: bytes | None, path: Path) -> pa.Table | None:
    if content is None:
        return None
    try:
        table = pq.ParquetFile(pa.BufferReader(content)).read(use_threads=False)
    except (pa.ArrowException, OSError) as error:
        raise ArtifactError(f"{path}: expected Parquet, got {short(error)}. {RESTORE}") from None
    columns = _TABLES[path.name]
    later = [columns.field(name) for name in LATER_COLUMNS if name in columns.names]
    if table.schema.equals(pa.schema([field for field in columns if field not in later])):
        for field in later:
            table = table.append_column(field, pa.nulls(len(table), field.type))
    if not table.schema.equals(columns):
        raise ArtifactError(
            f"{path}: expected the columns {columns.names}, got {table.column_names[:8]}. {RESTORE}"
        )
    return table
