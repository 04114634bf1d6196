"""The audit as files, whole or not at all: everything as JSON, and the page."""

import json
import math
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

import numpy as np

from features.files.ours import MADE_BY
from features.files.output import Output
from features.files.whole_file import write_text
from training.audit.findings import Audit


def write_json(found: Audit, output: Output) -> None:
    """Write everything that was found; aggregates only.

    Raises:
        ConfigError: The path cannot be written to.
    """
    content = {**MADE_BY, **to_dict(found)}
    write_text(json.dumps(content, ensure_ascii=False, allow_nan=False, indent=2) + "\n", output)


def to_dict(found: Audit) -> dict[str, Any]:
    """Everything, ready for JSON; a figure that could not be formed is None."""
    plain: dict[str, Any] = _ready({"light": found.light, **asdict(found)})
    return plain


def brief(found: Audit) -> dict[str, Any]:
    """What goes with a model: lights, sentences and verdicts, without evidence and pictures."""
    findings = [
        {"area": f.area, "name": f.name, "light": f.light, "sentence": f.sentence}
        for f in found.findings
        if f.light != "green"
    ]
    columns = [
        {"name": c.name, "kind": c.kind, "verdict": c.verdict, "action": c.action}
        for c in found.columns
        if c.verdict != "fine"
    ]
    return {"light": found.light, "findings": findings, "columns": columns}


def _ready(value: Any) -> Any:  # noqa: ANN401 — whatever evidence holds
    if isinstance(value, np.ndarray | np.generic):
        value = value.tolist()
    if isinstance(value, Mapping):
        return {str(key): _ready(held) for key, held in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_ready(held) for held in value]
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    return value if isinstance(value, bool | int | str | None) else str(value)
