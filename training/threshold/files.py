"""A study as JSON: aggregates only, nothing about a single lead."""

import json
import math
from dataclasses import asdict
from typing import Any

import numpy as np

from features.files.ours import MADE_BY
from features.files.output import Output
from features.files.whole_file import write_text
from training.threshold.study import Lines, Study


def write(study: Study, output: Output) -> None:
    """Write a study as a JSON file.

    Raises:
        ConfigError: The path cannot be written to.
    """
    content = {**MADE_BY, **to_dict(study)}
    write_text(json.dumps(content, ensure_ascii=False, indent=2) + "\n", output)


def to_dict(study: Study) -> dict[str, Any]:
    """JSON-ready; figures that cannot be formed are null."""
    frame = study.frame
    whole = {
        "replay": {
            "first": str(frame.first),
            "run_in": frame.run_in,
            "last": str(frame.last),
            "every_days": frame.every_days,
            "horizon_days": frame.horizon_days,
            "weeks": study.weeks,
            "judged_weeks": study.judged_weeks,
            "open_leads": study.open_leads,
            "trees": study.trees,
        },
        "goal": study.goal,
        "stage": study.stage,
        "policy": study.policy.model_dump(),
        "choice": asdict(study.choice),
        "signed": study.signed,
        "lines": _rows(study.lines),
        "rule": _rows(study.rule)[0] if study.rule else None,
        "rule_like": study.rule_like,
        "outlook": {
            "weeks": study.lines.outlook.weeks,
            "dispersion": study.lines.outlook.dispersion,
            "swing": asdict(study.lines.outlook.swing),
            "quarters": {
                **asdict(study.lines.outlook.levels),
                "deviation": study.lines.outlook.levels.deviation,
            },
        },
        "focus": asdict(study.focus) if study.focus else None,
        "hand_raisers": asdict(study.hand_raisers),
        "deals": asdict(study.deals),
    }
    return {key: _plain(value) for key, value in whole.items()}


def _rows(lines: Lines) -> list[dict[str, Any]]:
    figures, ahead, worth = lines.figures, lines.outlook, lines.worth
    return [
        {
            "line": figures.lines[place],
            "per_week": dict(zip(("expected", "low", "high"), ahead.per_week[place], strict=True)),
            "weekly": figures.weekly[place].tolist(),
            "backlog": figures.backlog[place],
            "precision": dict(
                zip(("expected", "low", "high"), ahead.precision[place], strict=True)
            ),
            "judged": figures.judged[place],
            "won": figures.won[place],
            "even_precision": figures.even_precision[place],
            "design_effect": figures.design[place],
            "captured": figures.captured[place],
            "wins": figures.wins,
            "row_precision": figures.row_precision[place],
            "wins_per_week": worth.wins[place],
            "value_per_week": worth.value[place],
        }
        for place in range(len(figures))
    ]


def _plain(value: Any) -> Any:  # noqa: ANN401 — whatever JSON can hold
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if isinstance(value, np.generic):
        value = value.item()
    return None if isinstance(value, float) and not math.isfinite(value) else value
