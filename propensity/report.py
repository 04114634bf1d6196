"""What the commands of use print, as things rich can draw; 80 columns are enough, and colour is not needed."""

from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path

from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from propensity.job import Summary
from propensity.registry import Promotion, Version
from propensity.wording import plain

#: Lines of one kind that are shown.
_MOST = 10
#: Reasons shown of each of the best leads.
_REASONS = 2


def report(summary: Summary, path: Path | None) -> Iterator[RenderableType]:
    """A scoring job: how many, which, where, and what to look at."""
    when = f" as of {summary.as_of}" if summary.as_of else ""
    yield _heading(f"{summary.leads:,} leads scored{when} with {summary.model}, version {summary.version}")
    if summary.leads:
        yield Text("  ".join(f"{name} {count:,}" for name, count in summary.quadrants.items()))
        yield Text()
        yield _best(summary)
    else:
        yield Text(_why_none(summary))
    if path is not None:
        yield Text(f"\nWrote {plain_path(path)}")
    yield from _to_look_at(summary)


def versions(name: str, found: Sequence[Version]) -> Iterator[RenderableType]:
    """The registered versions of a model."""
    if not found:
        yield Text(f"No version of {name} is registered yet; `propensity train` registers one.")
        return
    table = Table(box=None, pad_edge=False)
    for heading in ("version", "registered (UTC)", "alias", "figures"):
        table.add_column(heading, overflow="fold")
    for version in found:
        figures = ", ".join(f"{plain(key)} {value:.4g}" for key, value in list(version.metrics.items())[:_MOST])
        table.add_row(
            Text(str(version.number)),
            Text(f"{version.registered_at:%Y-%m-%d %H:%M}"),
            Text(", ".join(version.aliases)),
            Text(figures),
        )
    yield table


def promotions(name: str, found: Sequence[Promotion]) -> Iterator[RenderableType]:
    """The promotion log of a model."""
    if not found:
        yield Text(f"No version of {name} was promoted yet; `propensity promote VERSION` does.")
    for promotion in found:
        before = f", in place of version {promotion.previous}" if promotion.previous else ""
        yield Text(f"{promotion.at:%Y-%m-%d %H:%M} UTC: version {promotion.version} became champion{before}")


def plain_path(path: Path) -> str:
    """A path as text that a terminal does not obey."""
    return "".join(c if c.isprintable() else "?" for c in str(path))


def _best(summary: Summary) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    table.add_column("lead", overflow="ellipsis", no_wrap=True, max_width=20)
    table.add_column("chance", justify="right", no_wrap=True)
    table.add_column("quadrant", no_wrap=True)
    table.add_column("strongest reasons", overflow="fold")
    for row in summary.best:
        reasons = row["reasons_for"]
        first = "\n".join(reason["sentence"] for reason in reasons[:_REASONS]) if isinstance(reasons, list) else ""
        chance = row["probability"]
        table.add_row(
            Text(plain(str(row["lead_id"]))), Text(f"{chance:.1%}".replace("%", " %")), Text(str(row["quadrant"])),
            Text(first),
        )  # fmt: skip
    return table


def _why_none(summary: Summary) -> str:
    until: date | None = summary.observed_until
    newest = f" The newest fact in the sources is of {until}." if until else ""
    return f"No lead is in the population on that day: all closed, past the stage, or silent.{newest} See --as-of."


def _to_look_at(summary: Summary) -> Iterator[RenderableType]:
    quarantined = [
        f"{table}: {rows:,} rows: {plain(reason)}"
        for table, counts in summary.intake.tables.items()
        for reason, rows in counts.quarantined.items()
    ]
    yield from _listed("Rows left out", quarantined)
    if quarantined:
        yield from (Text(f"  see {plain_path(file)}") for file in summary.intake.files)
    yield from _listed("The input differs from what the model was trained on", map(plain, summary.intake.drift))
    yield from _listed("Warnings", [plain(text) for text in summary.intake.warnings])
    yield from _listed("Warnings in the rows", [f"{rows:,} leads: {text}" for text, rows in summary.warnings.items()])


def _listed(heading: str, lines: "Iterator[str] | Sequence[str] | map[str]") -> Iterator[RenderableType]:
    found = list(lines)
    if found:
        yield _heading(heading)
        yield from (Text(f"  {line}") for line in found[:_MOST])
        if len(found) > _MOST:
            yield Text(f"  and {len(found) - _MOST} more")


def _heading(text: str) -> Text:
    return Text(f"\n{text}", style="bold")
