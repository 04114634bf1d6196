"""What the registry keeps of the gate and of what would change, read back."""

from collections.abc import Mapping
from typing import Any, TypeVar

from pydantic import TypeAdapter, ValidationError

from features.errors import ArtifactError
from training.gate.gate import GateResult
from training.gate.migration import Migration
from training.gate.same_recipe import SameRecipe

_Read = TypeVar("_Read", GateResult, Migration, SameRecipe)


def gated(documents: Mapping[str, Any]) -> GateResult | None:
    """What the gate found; None where it was never asked.

    Args:
        documents: Documents of a version, by file name without ending.

    Raises:
        ArtifactError: The document is damaged.
    """
    document = documents.get("gate")
    if isinstance(document, dict):
        document = {key: value for key, value in document.items() if key != "passed"}
    return _read(GateResult, document, "gate.json")


def migration(documents: Mapping[str, Any]) -> Migration | None:
    """What the version would change for whom; None where there was nothing to compare it with.

    Args:
        documents: Documents of a version, by file name without ending.

    Raises:
        ArtifactError: The document is damaged.
    """
    return _read(Migration, documents.get("migration"), "migration.json")


def same_recipe(documents: Mapping[str, Any]) -> SameRecipe | None:
    """What another seed changes; None where nobody asked.

    Args:
        documents: Documents of a version, by file name without ending.

    Raises:
        ArtifactError: The document is damaged.
    """
    return _read(SameRecipe, documents.get("same-recipe"), "same-recipe.json")


def _read(kind: type[_Read], document: Any, name: str) -> _Read | None:  # noqa: ANN401 — whatever the file holds
    if document is None:
        return None
    try:
        return TypeAdapter(kind).validate_python(document)
    except ValidationError as error:
        raise ArtifactError(
            f"{name}: expected what `propensity train` stores beside a model, got"
            f" {error.error_count()} thing(s) that are not; train anew, or restore it."
        ) from None
