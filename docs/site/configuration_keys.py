"""The page of every configuration key, from the types that read the file."""

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

from docs.site.docstrings import read
from features.source_settings import MatchedSource, RecordedSource, Source, StrictModel
from propensity.config.config import Config

TEMPLATE = Path(__file__).parents[2] / "configs" / "template.yaml"
#: Keys that every table has; they are told once.
SHARED = {*Source.model_fields, *RecordedSource.model_fields, *MatchedSource.model_fields}
#: Defaults that are longer than this are in the types, and said in words here.
_LONG = 60

#: Types of JSON, in words.
_KINDS = {
    "integer": "whole number",
    "number": "number",
    "boolean": "`true` or `false`",
    "string": "text",
    "": "any value",
}

_OPENING = """\
# Every configuration key

Made from the types that read your file: nothing is missing here, and nothing is out of date.
`propensity init` writes a first file for your tables, and [the template](../configs/template.yaml)
is the same list as one file with comments. A key that does not exist is an error that names the
nearest one that does.

*needed* means that there is no default: your company has to say it.
"""


def page() -> str:
    """The page, as Markdown."""
    return "\n".join([_OPENING, *_sections()])


def keys() -> Iterator[tuple[str, str]]:
    """Every key as a path with dots, and what it means."""
    for path, properties, name in _models():
        for key in properties:
            yield f"{path}.{key}" if path else key, _meaning(name, path, key)


def _schema() -> dict[str, Any]:
    return Config.model_json_schema()


def _models() -> Iterator[tuple[str, dict[str, Any], str]]:
    """Each section once: its path, its keys, the name of its type."""
    schema = _schema()
    yield "", schema["properties"], "Config"
    yield from _below(schema["properties"], "", schema["$defs"], set())


def _below(
    properties: dict[str, Any], path: str, types: dict[str, Any], seen: set[str]
) -> Iterator[tuple[str, dict[str, Any], str]]:
    for key, value in properties.items():
        for name in _types_of(value):
            place = f"{path}.{key}" if path else key
            if name in seen:
                continue
            seen.add(name)
            inside = types[name].get("properties", {})
            yield place, inside, name
            yield from _below(inside, place, types, seen)


def _types_of(value: object) -> Iterator[str]:
    """Sections that the value of a key may be, or hold."""
    match value:
        case {"$ref": str(reference)}:
            yield reference.rpartition("/")[2]
        case dict():
            for key in ("anyOf", "items", "additionalProperties"):
                yield from _types_of(value.get(key))
        case list():
            for part in value:
                yield from _types_of(part)


def _sections() -> Iterator[str]:
    required = {name: set(found.get("required", ())) for name, found in _schema()["$defs"].items()}
    required["Config"] = set(_schema().get("required", ()))
    told: set[str] = set()
    for path, properties, name in _models():
        depth = path.count(".") if path else 0
        table = issubclass(_classes()[name], Source)
        own = {key: value for key, value in properties.items() if not (table and key in told)}
        yield "## At the top\n" if not path else f"{'##' if not depth else '###'} {path}\n"
        about = read(_classes()[name].__doc__).text
        yield f"{about}\n"
        if table and told:
            yield "Beside these it has [the keys of every table](#inputleads).\n"
        if table and not told:
            yield "Every other table has these keys too, with columns of its own.\n"
            told = SHARED & set(properties)
        yield "| key | value | default | what it means |\n|---|---|---|---|"
        for key, value in own.items():
            yield _row(name, path, key, value, needed=key in required[name])
        yield ""


def _row(name: str, path: str, key: str, value: dict[str, Any], *, needed: bool) -> str:
    default = "*needed*" if needed else _default(value)
    place = f"{path}.{key}" if path else key
    cells = (f"`{key}`", _kind(value, place), default, _meaning(name, path, key))
    return f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |"


def _default(value: dict[str, Any]) -> str:
    if next(_types_of(value), None) and not isinstance(value.get("default"), str):
        return ""
    match value.get("default"):
        case None | "" | [] | {}:
            return "none"
        case bool(truth):
            return f"`{str(truth).lower()}`"
        case list(items):
            text = ", ".join(map(str, items))
        case other:
            text = str(other)
    return f"`{text}`" if len(text) <= _LONG else "see the template"


def _kind(value: dict[str, Any], place: str) -> str:
    """What may stand there, in words."""
    match value:
        case {"$ref": str(reference)}:
            home = _first_places()[reference.rpartition("/")[2]]
            return f"[keys](#{home.replace('.', '')})"
        case {"anyOf": choices}:
            told = [_kind(part, place) for part in choices if part.get("type") != "null"]
            return " or ".join(dict.fromkeys(told))
        case {"type": "array", "items": items}:
            return f"list of {_kind(items, place)}"
        case {"type": "object", "additionalProperties": dict(inside)}:
            return f"name to {_kind(inside, place)}"
    return _single(value)


def _single(value: dict[str, Any]) -> str:
    """The same of one value."""
    match value:
        case {"enum": words}:
            return " or ".join(f"`{word}`" if word.strip() else f'`"{word}"`' for word in words)
        case {"type": "string", "format": "date-time"}:
            return "time"
        case {"type": "string", "format": str(kind)}:
            return kind
    kind = _KINDS[value.get("type", "")]
    return kind + _bounds(value)


def _bounds(value: dict[str, Any]) -> str:
    least, most = value.get("minimum"), value.get("maximum")
    above, under = value.get("exclusiveMinimum"), value.get("exclusiveMaximum")
    if least is not None and most is not None:
        return f", {least} to {most}"
    told = [
        f"{word} {limit}"
        for word, limit in (
            ("from", least),
            ("above", above),
            ("up to", most),
            ("below", under),
        )
        if limit is not None
    ]
    return ", " + ", ".join(told) if told else ""


@cache
def _first_places() -> dict[str, str]:
    """Name of a section's type to the path under which its keys are told."""
    return {name: path for path, _, name in _models()}


@cache
def _classes() -> dict[str, type[StrictModel]]:
    found = {StrictModel.__name__: StrictModel}
    waiting: list[type[StrictModel]] = [StrictModel]
    while waiting:
        for child in waiting.pop().__subclasses__():
            found[child.__name__] = child
            waiting.append(child)
    return found


def _docstring(section: str) -> str | None:
    return _classes()[section].__doc__ if section else None


def _meaning(name: str, path: str, key: str) -> str:
    """What a key means: by the docstring of its section, else by the template."""
    for home in _classes()[name].__mro__:
        told = read(home.__dict__.get("__doc__")).lists.get("Attributes", {})
        if key in told:
            return told[key]
    full = f"{path}.{key}" if path else key
    template = _template()
    ending = ".".join(
        full.split(".")[-2:]
    )  # such as columns.lead_id, explained where it comes first
    near = (said for place, said in template.items() if path and place.endswith(f".{ending}"))
    section = next((name for name, place in _first_places().items() if place == full), "")
    return template.get(full) or next(near, "") or read(_docstring(section)).text


@cache
def _template() -> dict[str, str]:
    """Path of a key to what the template says of it."""
    told: dict[str, str] = {}
    above: list[tuple[int, str]] = []
    last = ""
    for line in TEMPLATE.read_text(encoding="utf-8").splitlines():
        text = re.sub(r"^(\s*)# ?", r"\1", line)
        if re.match(r"^\s{30,}# ", line) and last:
            told[last] += " " + text.strip()
            continue
        found = re.match(r"^(\s*)((?:- )?)([a-z_]+):(?: [^#]*)?(?:\s#\s*(.*))?$", text)
        if not found:
            last = ""
            continue
        indent = len(found[1]) + len(found[2])
        above = [(place, key) for place, key in above if place < indent]
        above.append((indent, found[3]))
        last = ".".join(key for _, key in above)
        told.setdefault(last, "")
        told[last] = told[last] or (found[4] or "")
    said = {key: re.sub(r"^you decide:? ?", "", text) for key, text in told.items()}
    return {key: text[:1].upper() + text[1:] for key, text in said.items() if text}
