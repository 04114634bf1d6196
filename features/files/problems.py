"""What is wrong with a file that people wrote, in their terms."""

import difflib
import inspect
import re
from collections.abc import Iterator
from datetime import date
from typing import Any

from pydantic import BaseModel, ValidationError

_WHOLE = "the whole file"
#: Begins a line that is about everything; what is no file of its own leaves it out.
WHOLE_FILE = f"{_WHOLE}: "


def explained(error: ValidationError, model: type[BaseModel]) -> Iterator[str]:
    """One line per problem: where, what was expected, what came; an unknown key suggests the
    nearest known one.
    """
    yield from dict.fromkeys(_explained(error, model))


def _explained(error: ValidationError, model: type[BaseModel]) -> Iterator[str]:
    problems: list[dict[str, Any]] = [{**each} for each in error.errors()]
    for problem in problems:
        where = ".".join(str(part) for part in problem["loc"]) or _WHOLE
        match problem["type"]:
            case "extra_forbidden":
                known = _keys_at(model, problem["loc"][:-1])
                near = difflib.get_close_matches(str(problem["loc"][-1]), known, n=1, cutoff=0.5)
                hint = f"did you mean `{near[0]}`?" if near else f"known here: {', '.join(known)}."
                yield f"{where}: unknown key; {hint}"
            case "missing":
                yield f"{where}: required, and there is no default: you decide."
            case _ if problem["input"] is None:
                yield f"{where}: left empty: you decide. {_question(model, problem['loc'])}"
            case "value_error":
                yield f"{where}: {str(problem['msg']).removeprefix('Value error, ')}"
            case _:
                yield f"{_place(problem)}: {_expected(problem)}"


#: What pydantic adds to a place where one of several types is expected.
_KINDS_OF_DAY = ("date", "datetime")
#: What was expected, by the start of pydantic's type of a problem.
_EXPECTED = {
    "string": "a text",
    "int": "a whole number",
    "float": "a number",
    "bool": "true or false",
    "date": "a day, such as 2025-04-01",
}


def _place(problem: dict[str, Any]) -> str:
    place = [str(part) for part in problem["loc"]]
    if problem["type"].startswith("date") and place[-1:] and place[-1] in _KINDS_OF_DAY:
        place.pop()
    return ".".join(place) or _WHOLE


def _expected(problem: dict[str, Any]) -> str:
    """What was expected, what came, and what to do where YAML reads a text as something else."""
    came = problem["input"]
    kind = problem["type"]
    named = next((said for start, said in _EXPECTED.items() if kind.startswith(f"{start}_")), None)
    if kind.startswith("date"):
        named = _EXPECTED["date"]
    is_kind = kind.endswith(("_type", "_parsing", "_from_float")) or kind.startswith("date")
    told = f"expected {named}" if named and is_kind else _plain_message(problem)
    if kind in ("model_type", "model_attributes_type", "dict_type"):
        told = f"expected {_KINDS['object']}"
    advice = ""
    if kind == "string_type" and isinstance(came, bool):
        advice = " (without quotes yes, no, on and off mean true and false: put the text in quotes)"
    elif kind == "string_type" and isinstance(came, int | float | date):
        advice = " (put the text in quotes)"
    return f"{told}, got {came!r:.80}{advice}"


def _plain_message(problem: dict[str, Any]) -> str:
    message = str(problem["msg"])
    for start, said in (
        ("Input should be ", "expected "),
        ("String should ", "expected a text to "),
    ):
        if message.startswith(start):
            return said + message.removeprefix(start)
    return message


def _keys_at(model: type[BaseModel], location: tuple[int | str, ...]) -> list[str]:
    """The keys known at a place; an item of a list or mapping is what its section says."""
    section = next(reversed(list(_sections_to(model, location))), None)
    return list(section["properties"]) if section else []


def _sections_to(
    model: type[BaseModel], location: tuple[int | str, ...]
) -> Iterator[dict[str, Any] | None]:
    """The section that each part of a location leads to, the whole file first."""
    schema = model.model_json_schema()
    section: dict[str, Any] | None = schema
    yield section
    for part in location:
        if section is not None and part in section["properties"]:
            section = _section_in(section["properties"][part], schema.get("$defs", {}))
            yield section


# --- keys that were left empty --------------------------------------------------------------------

#: What stands under a key, by its type in a JSON schema.
_KINDS = {
    "integer": "a whole number",
    "number": "a number",
    "string": "a text",
    "boolean": "true or false",
    "array": "a list, such as [a, b]",
    "object": "a line below it for each, as `name: value`",
}


def _question(model: type[BaseModel], location: tuple[int | str, ...]) -> str:
    """What a key that was left empty asks for: what may stand there, and what it means."""
    schema = model.model_json_schema()
    section: dict[str, Any] = schema
    key, found = "", None
    is_item = False
    for part in location:
        if part in section.get("properties", {}):
            key, found, is_item = str(part), section, False
            section = _section_in(section["properties"][part], schema.get("$defs", {})) or {}
        else:
            is_item = True
    if found is None:
        return "Write a value, or remove the key."
    written = found["properties"][key]
    if is_item:
        written = _item_of(written) or written
    elif section and written.get("default") is not None:
        return "Write its keys below it, or remove it: then its defaults hold."
    kinds = list(dict.fromkeys(_kinds(written, schema.get("$defs", {}))))
    meaning = _meaning(found.get("description", ""), key)
    or_none = " Remove the line to take the default." if "default" in written else ""
    return f"Expected {' or '.join(kinds) or 'a value'}.{or_none}{f' {meaning}' if meaning else ''}"


def _item_of(schema: dict[str, Any]) -> dict[str, Any] | None:
    """What stands in a list or under the names of a mapping."""
    for part in (schema, *schema.get("anyOf", ())):
        for holder in ("items", "additionalProperties"):
            if isinstance(part.get(holder), dict):
                return dict(part[holder])
    return None


def _kinds(schema: dict[str, Any], sections: dict[str, Any]) -> Iterator[str]:
    if "$ref" in schema:
        named = sections[schema["$ref"].rpartition("/")[2]]
        yield from ["its keys below it"] if "properties" in named else _kinds(named, sections)
    elif "enum" in schema:
        yield f"one of {', '.join(map(str, schema['enum']))}"
    elif "const" in schema:
        yield str(schema["const"])
    elif schema.get("type") in _KINDS:
        yield _KINDS[schema["type"]]
    for part in schema.get("anyOf", ()):
        yield from _kinds(part, sections)


def _meaning(docstring: str, key: str) -> str:
    """The first sentence that a section's docstring says about one of its attributes."""
    text = inspect.cleandoc(docstring)
    found = re.search(rf"(?ms)^ {{4}}{re.escape(key)}: (.*?)(?=^ {{4}}\w+: |^\S|\Z)", text)
    if found is None:
        return ""
    meaning = " ".join(found.group(1).replace("``", "`").split())
    return re.split(r"(?<=[.;])\s", meaning)[0].rstrip(";.") + "."


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
