"""What is wrong with a file that people wrote, in their terms."""

import difflib
from collections.abc import Iterator
from typing import Any, get_args

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


def _keys_at(section: Any, location: tuple[int | str, ...]) -> list[str]:  # noqa: ANN401 — see below
    """The keys known at a place; an item of a list or mapping is what its section says."""
    for part in location:
        if part in section.model_fields:
            section = _section_in(section.model_fields[part].annotation)
        if section is None:
            return []
    return list(section.model_fields)


def _section_in(annotation: Any) -> Any:  # noqa: ANN401 — a type expression has no type
    """The section class inside ``X``, ``X | None`` or ``tuple[X, ...]``."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next((found for arg in get_args(annotation) if (found := _section_in(arg))), None)
