"""A look as JSON: aggregates only."""

import json
import math
from datetime import date
from typing import Any

from features.files.ours import MADE_BY
from features.files.output import Output
from features.files.whole_file import write_text
from training.learn.metrics.evaluation import Estimate
from training.monitor.answer import Answer, Cell
from training.monitor.command import Monitored


def write_json(look: Monitored, output: Output) -> None:
    """Write a look as a JSON file.

    Raises:
        ConfigError: The path cannot be written to.
    """
    content = {**MADE_BY, **to_dict(look)}
    write_text(json.dumps(content, ensure_ascii=False, allow_nan=False, indent=2) + "\n", output)


def to_dict(look: Monitored) -> dict[str, Any]:
    """JSON-ready; a figure that is not known is None, one with an interval has three parts."""
    return {
        "result": "look" if look.matters else "done",
        "as_of": look.as_of.isoformat(),
        "model": look.name,
        "version": look.version,
        "definition": look.definition,
        "since": look.since.isoformat(),
        "nights": look.nights,
        "answers": [_answer(answer) for answer in look.answers],
    }


def _answer(answer: Answer) -> dict[str, Any]:
    return {
        "question": answer.key,
        "verdict": answer.verdict,
        "sentence": answer.sentence,
        "alarms": [{"code": alarm.code, "sentence": alarm.sentence} for alarm in answer.alarms],
        "figures": {
            figures.key: [
                {
                    column.key: _plain(cell)
                    for column, cell in zip(figures.columns, row, strict=True)
                }
                for row in figures.rows
            ]
            for figures in answer.figures
        },
    }


def _plain(cell: Cell) -> Any:  # noqa: ANN401 — whatever a cell holds
    if isinstance(cell, Estimate):
        parts = {"value": cell.value, "low": cell.low, "high": cell.high}
        return {name: _plain(part) for name, part in parts.items()}
    if isinstance(cell, date):
        return cell.isoformat()
    if isinstance(cell, float):
        return float(cell) if math.isfinite(cell) else None
    return cell
