"""JSON in a stored model: the same bytes for the same value, and typed when it is read back."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import NoReturn, TypeVar

import numpy as np
from pydantic import BaseModel, JsonValue, ValidationError

from features.errors import ArtifactError

#: What to do about a damaged file.
RESTORE = "Copy the model again from where it was stored, or train anew."

_Model = TypeVar("_Model", bound=BaseModel)


def canonical(value: object, name: str) -> bytes:
    """JSON that is the same bytes for the same value; floats read back exactly.

    Keys stay in their order: among the actors of events the first pattern that matches counts, and
    stages are named in funnel order.

    Raises:
        ArtifactError: A number is not finite; ``name`` is the file that was to hold it.
    """
    try:
        text = json.dumps(value, ensure_ascii=False, allow_nan=False, indent=1)
    except ValueError as error:
        raise ArtifactError(
            f"{name}: expected finite numbers, got one that is not ({error}); nothing stored."
        ) from None
    return f"{text}\n".encode()


def json_ready(value: object) -> object:
    """A figure that is not a number becomes null; NumPy's numbers become Python's."""
    match value:
        case Mapping():
            return {str(key): json_ready(item) for key, item in value.items()}
        case list() | tuple():
            return [json_ready(item) for item in value]
        case np.generic() | np.ndarray():
            return json_ready(value.tolist())
        case float() if not np.isfinite(value):
            return None
        case _:
            return value


def parsed(content: bytes) -> JsonValue:
    """Parse JSON in UTF-8; NaN and Infinity, which Python would accept, are errors.

    Raises:
        ValueError: Not JSON, or not UTF-8.
    """

    def refuse(constant: str) -> NoReturn:
        raise ValueError(f"the number {constant}")

    try:
        value: JsonValue = json.loads(content.decode(), parse_constant=refuse)
    except RecursionError:
        raise ValueError("JSON nested too deeply") from None
    return value


def validated(model: type[_Model], raw: JsonValue, path: Path) -> _Model:
    """The JSON as a typed object; read in pydantic's JSON mode, where a list is a tuple and a date
    is text.

    Raises:
        ArtifactError: It does not fit; the first problem is named.
    """
    try:
        return model.model_validate_json(json.dumps(raw))
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(map(str, first["loc"])) or "the file"
        raise ArtifactError(
            f"{path}: expected what this format says, got {error.error_count()} problem(s), "
            f"first at {where}: {first['msg']}. {RESTORE}"
        ) from None


def short(error: Exception) -> str:
    """An error of another library in few words."""
    return f"{type(error).__name__} ({str(error)[:120]})"
