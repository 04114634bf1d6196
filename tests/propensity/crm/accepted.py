"""Whether a system would accept a file: read anew from its bytes, and held against its schema."""

import csv
import datetime as dt
import io
import re
import tomllib
from pathlib import Path

import propensity.crm

SYSTEMS = Path(propensity.crm.__file__).parent / "systems"
NUMBER = re.compile(r"-?\d+(\.\d+)?")
FORMULA = re.compile(r"\s*[=+\-@\t\r\n＝＋－＠]")


def schema_of(system):
    return tomllib.loads((SYSTEMS / f"{system}.toml").read_text(encoding="utf-8"))


def rows_of(path, encoding="utf-8"):
    """The rows of a file as dictionaries, read by another library than wrote them."""
    text = path.read_bytes().decode(encoding)
    rows = list(csv.reader(io.StringIO(text, newline="")))
    header, *others = rows
    assert len(set(header)) == len(header), "a field is named twice"
    assert all(len(row) == len(header) for row in others)
    return [dict(zip(header, row, strict=True)) for row in others]


def refused(path, system, *, names=None, choices=None, encoding="utf-8"):
    """What of a file its system would not accept, a line each.

    Args:
        path: The file.
        system: Name of the schema.
        names: Source to the field's name, where the schema has none.
        choices: Field's name to the words it knows, where the schema has none.
        encoding: Of the file.
    """
    schema, wrong = schema_of(system), []
    rows = rows_of(path, encoding)
    content = path.read_bytes()
    if len(content) > schema["most_bytes"]:
        wrong.append("too many bytes")
    if len(rows) > schema["most_rows"]:
        wrong.append("too many rows")
    fields = {(names or {}).get(f["source"], f.get("name")): f for f in schema["fields"]}
    keys = [row[next(iter(fields))] for row in rows]
    if len(set(keys)) < len(keys):
        wrong.append("a key stands twice")
    for number, row in enumerate(rows):
        for name, cell in row.items():
            field = fields.get(name, {"kind": "text"})
            words = (choices or {}).get(name) or set(field.get("choices", {}).values())
            why = _refused_cell(cell, field, schema, words)
            if why:
                wrong.append(f"row {number}, {name}: {why}: {cell!r:.60}")
    return wrong


def _refused_cell(cell, field, schema, choices):
    if cell == schema["cleared"]:
        return "required" if field.get("required") else None
    kind = field["kind"]
    if kind == "number" and not NUMBER.fullmatch(cell):
        return "no number"
    if kind == "truth" and cell not in (schema["yes"], schema["no"]):
        return "neither yes nor no"
    if kind in ("date", "moment"):
        try:
            dt.datetime.strptime(cell, schema[kind])
        except ValueError:
            return f"no {kind}"
    if kind == "choice" and cell not in choices:
        return "no choice"
    if kind == "text":
        if len(cell) > field.get("longest", schema["longest"]):
            return "too long"
        if FORMULA.match(cell) and not NUMBER.fullmatch(cell):
            return "a formula"
        if re.search("[\x00-\x1f]", cell):
            return "a control character"
    return None
