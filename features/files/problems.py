"""What is wrong with a file that people wrote, in their terms."""

import difflib
from collections.abc import Iterator
from typing import Any

from pydantic import BaseModel, ValidationError


def explained(error: ValidationError, model: type[BaseModel]) -> Iterator[str]:
    """One line per problem: where, what was expected, what came; an unknown key suggests the
    nearest known one.
    """
    for problem in error.errors():
        where = ".".join(str(part) for part in problem["loc"]) or "the whole file"
        match problem["type"]:
            case "extra_forbidden":
                known = _keys_at(model, problem["loc"][:-1])
                near = difflib.get_close_matches(str(problem["loc"][-1]), known, n=1, cutoff=0.5)
                hint = f"did you mean `{near[0]}`?" if near else f"known here: {', '.join(known)}."
                yield f"{where}: unknown key; {hint}"
            case "missing":
                yield f"{where}: required, and there is no default: you decide."
            case "value_error":
                yield f"{where}: {str(problem['msg']).removeprefix('Value error, ')}"
            case _:
                yield f"{where}: {problem['msg']}, got {problem['input']!r:.80}"


def _keys_at(model: type[BaseModel], location: tuple[int | str, ...]) -> list[str]:
    """The keys known at a place; an item of a list or mapping is what its section says."""
    schema = model.model_json_schema()
    section: dict[str, Any] | None = schema
    for part in location:
        if section is not None and part in section["properties"]:
            section = _section_in(section["properties"][part], schema.get("$defs", {}))
    return list(section["properties"]) if section else []


def _section_in(schema: Any, sections: dict[str, Any]) -> dict[str, Any] | None:  # noqa: ANN401 — JSON has no type
    """The first section that a schema refers to: that of ``X``, ``X | None``, ``tuple[X, ...]`` or
    ``dict[str, X]``.
    """
    if isinstance(schema, list):
        return next((found for part in schema if (found := _section_in(part, sections))), None)
    if not isinstance(schema, dict):
        return None
    if "$ref" in schema and "properties" in (named := sections[schema["$ref"].rpartition("/")[2]]):
        return dict(named)
    return _section_in([schema[key] for key in _HOLDERS if key in schema], sections)


#: Where a JSON schema says what may stand in a place.
_HOLDERS = ("anyOf", "oneOf", "allOf", "items", "prefixItems", "additionalProperties")
