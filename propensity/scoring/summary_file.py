"""A scoring job as JSON: counts, and differences of the input as codes, for a scheduler."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict

from features.files.ours import MADE_BY
from features.files.output import Output
from features.files.whole_file import write_text
from propensity.scoring.differences import InputDifference, InputStopError
from propensity.scoring.job import Summary


def write_summary(
    summary: Summary, output: Output, *, lists: Mapping[str, int] | None = None
) -> None:
    """Write what a job did. Holds counts and names of columns, no value of a lead.

    Keys: ``result`` (``done`` or ``look``), ``model``, ``version``, ``as_of``, ``leads``,
    ``definition``, ``is_draft``, ``quadrants``, ``grades``, ``decided_by``, ``differences``,
    ``doubts``; of a night ``handed_over`` and ``lists``.
    """
    of_night = {} if lists is None else {"handed_over": summary.handed_over, "lists": dict(lists)}
    _write(
        {
            "result": "look" if summary.matters else "done",
            "model": summary.model,
            "version": summary.version,
            "as_of": summary.as_of.isoformat() if summary.as_of else None,
            "leads": summary.leads,
            "definition": summary.definition,
            "is_draft": summary.is_draft,
            "quadrants": summary.quadrants,
            "grades": summary.grades,
            "decided_by": summary.cases,
            "differences": _listed(summary.differences),
            "doubts": list(summary.doubts),
            **of_night,
        },
        output,
    )


def write_refusal(error: InputStopError, output: Output) -> None:
    """Write why a job stopped before it wrote anything: ``result`` is ``stop``."""
    _write({"result": "stop", "differences": _listed(error.findings)}, output)


def _listed(differences: Iterable[InputDifference]) -> list[dict[str, str]]:
    return [asdict(difference) for difference in differences]


def _write(content: dict[str, object], output: Output) -> None:
    text = json.dumps({**MADE_BY, **content}, ensure_ascii=False, allow_nan=False, indent=2)
    write_text(text + "\n", output)
