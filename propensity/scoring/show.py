"""What the commands of use print, as things rich can draw; 80 columns are enough, and colour is not
needed.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import RenderableType
from rich.text import Text

from propensity.concepts.wording import plain
from propensity.grading.grading import LETTERS
from propensity.language import CATALOGUES
from propensity.language.line_breaks import Paragraph
from propensity.scoring.best_leads import best_leads
from propensity.scoring.delivery import delivery_told
from propensity.scoring.job import Summary

if TYPE_CHECKING:
    from propensity.scores_database.deliver import Delivered

#: Lines of one kind that are shown.
_MOST = 10
#: Longest sentence about the input, in signs: long enough for every one of ours.
_SENTENCE = 400


def report(
    summary: Summary, path: Path | None, delivered: "Delivered | None" = None
) -> Iterator[RenderableType]:
    """A scoring job: how many, which, where, and what to look at."""
    when = f" as of {summary.as_of}" if summary.as_of else ""
    definition = f", definition {summary.definition}" if summary.definition else ""
    yield _heading(
        f"{summary.leads:,} leads scored{when} with {summary.model}, version"
        f" {summary.version}{definition}"
    )
    if summary.is_draft:
        yield Text(CATALOGUES["en"]["draft"], style="bold")
    if summary.leads:
        yield Paragraph(_where(summary))
        if summary.cases:
            yield Paragraph(
                "decided by: "
                + "  ".join(f"{case} {count:,}" for case, count in summary.cases.items())
            )
        elif not summary.definition:
            yield Text(
                "No definition yet, so no MQLs and no instructions: propensity definition write"
                " CONFIG"
            )
        yield Text()
        yield from best_leads(summary.best, summary.carried, summary.timezone)
    else:
        yield Text(_why_none(summary))
    yield from _evidence(summary)
    if path is not None:
        yield Text(f"\nWrote {plain_path(path)}")
    if sentence := delivery_told(delivered):
        yield Text(sentence)
    yield from to_look_at(summary)


def _where(summary: Summary) -> str:
    """Leads by quadrant; of one axis by grade."""
    counted = summary.quadrants or summary.grades
    told = "  ".join(f"{name} {count:,}" for name, count in counted.items())
    if summary.quadrants:
        return told
    known = "fit" if set(summary.grades) <= set(LETTERS) else "interest"
    return f"{told}  (by {known} alone, so there are no quadrants)"


def plain_path(path: Path) -> str:
    """A path as text that a terminal does not obey."""
    return "".join(c if c.isprintable() else "?" for c in str(path))


def _evidence(summary: Summary) -> Iterator[RenderableType]:
    """How many reasons the closes of leads alike support."""
    counts: Mapping[str, int] = summary.evidence
    total = sum(counts.values())
    if total:
        verdicts = (
            ("clearly supported", "clearly supports"),
            ("supported", "supports"),
            ("no difference beyond chance", "no difference"),
            ("contradicted, told last", "contradicts"),
            ("too few leads to check", "few leads"),
        )
        listed = ", ".join(f"{counts.get(name, 0):,} {text}" for text, name in verdicts)
        yield Text()
        yield Paragraph(f"{total:,} reasons, checked against the closes of leads alike: {listed}.")


def _why_none(summary: Summary) -> str:
    until: date | None = summary.observed_until
    newest = f" The newest fact in the sources is of {until}." if until else ""
    return (
        f"No lead is in the population on that day: all closed, past the stage, or silent.{newest}"
        " See --as-of."
    )


def to_look_at(summary: Summary) -> Iterator[RenderableType]:
    """What somebody should look at before using the scores."""
    quarantined = [
        f"{table}: {rows:,} rows: {plain(reason)}"
        for table, counts in summary.intake.tables.items()
        for reason, rows in counts.quarantined.items()
    ]
    yield from _listed("Rows left out", quarantined)
    if quarantined:
        yield from (Text(f"  see {plain_path(file)}") for file in summary.intake.files)
    differences = [difference.sentence for difference in summary.differences]
    yield from _listed(
        "The input differs from what the model was trained on",
        [
            *(plain(text, longest=_SENTENCE) for text in differences),
            *map(plain, summary.intake.drift),
        ],
    )
    yield from _listed("Rules of the definition that cannot do what they are for", summary.doubts)
    yield from _listed(
        "Not understood: far more new or missing values than in training, which tell nothing now",
        map(plain, summary.muted),
    )
    yield from _listed("Warnings", [plain(text) for text in summary.intake.warnings])
    yield from _listed(
        "Warnings in the rows",
        [f"{rows:,} leads: {text}" for text, rows in summary.warnings.items()],
    )


def _listed(
    heading: str, lines: "Iterator[str] | Sequence[str] | map[str]"
) -> Iterator[RenderableType]:
    found = list(lines)
    if found:
        yield _heading(heading)
        yield from (Paragraph(line, indent=2) for line in found[:_MOST])
        if len(found) > _MOST:
            yield Text(f"  and {len(found) - _MOST} more")


def _heading(text: str) -> Text:
    return Text(f"\n{text}", style="bold")
