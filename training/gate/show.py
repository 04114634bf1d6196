"""What the gate prints: its word, the checks, and what would change for whom; 80 columns are
enough.
"""

from collections.abc import Iterator

from rich import box
from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from propensity.concepts.wording import plain
from propensity.grading.grading import GRADES
from propensity.grading.redraw import sentences
from training.gate.ask import GateAnswer
from training.gate.gate import GateResult
from training.gate.migration import FEWEST, Migration

#: Concepts and changes that are shown.
_MOST = 5
#: Characters of what is told of a check.
_LONGEST = 1000


def show(asked: GateAnswer) -> Iterator[RenderableType]:
    """The gate's word, and what would change."""
    yield from _gate(asked.gated)
    if asked.migration is not None:
        yield from migration(asked.migration)
    if asked.why_none:
        yield Text(plain(asked.why_none, longest=700))
    if asked.same_recipe is not None:
        yield Text(asked.same_recipe.sentence)


def _gate(found: GateResult) -> Iterator[RenderableType]:
    whom = (
        "the first model"
        if found.against is None
        else f"against version {found.against}, the champion"
    )
    yield Text(f"\nThe gate: {'passed' if found.passed else 'NOT passed'} ({whom})", style="bold")
    if found.rows:
        yield Text(
            f"{found.rows:,} looks at {found.leads:,} leads (accounts); {found.wins:,} wins, each"
            " counted once"
        )
    for note in found.notes:
        yield Text(note)
    table = Table.grid(padding=(0, 1))
    for check in found.checks:
        told = Text(plain(check.sentence, longest=_LONGEST))
        verdict = check.result.upper() if not check.passed else check.result
        table.add_row(verdict, Text(check.name, no_wrap=True), told)
    yield table


def migration(found: Migration) -> Iterator[RenderableType]:
    """What would change for whom."""
    when = f", as of {found.as_of}" if found.as_of else ""
    under = f"definition {found.definition}" if found.definition else "the definition, a DRAFT"
    under = under if found.has_definition else "the models' own cuts"
    yield Text(f"\nWhat would change under {under}, for {found.leads:,} leads{when}", style="bold")
    if found.other_terms:
        yield Text(
            "the new model is put under the file that the configuration names, which says something"
            " else: that is what a promotion makes"
        )
    yield from _axes(found)
    where = "quadrant" if len(found.axes_after) > 1 or len(found.axes_before) > 1 else "half"
    yield Text(
        f"another {where}: {_count(found.quadrant_changed)}; another instruction:"
        f" {_count(found.instruction_changed)}"
    )
    if found.quadrants:
        largest = sorted(found.quadrants.items(), key=lambda item: -(item[1] or 0))[:_MOST]
        yield Text("  " + "; ".join(f"{name} {_count(count)}" for name, count in largest))
    if found.has_definition:
        week = ""
        if found.weekly_before is not None and found.weekly_after is not None:
            week = f"; new per week {found.weekly_before:,.1f} → {found.weekly_after:,.1f}"
        yield Text(
            f"MQLs: {_count(found.mql_before)} now, {_count(found.mql_enter)} enter, "
            f"{_count(found.mql_leave)} leave{week}"
        )
    for sentence in sentences(found.redraws, language="en"):
        yield Text(sentence)
    if found.movers:
        yield Text(
            "moved by: "
            + "; ".join(
                f"{plain(mover.concept)} ({mover.shift:+.2f} on average, most of all for"
                f" {_count(mover.leads)} leads)"
                for mover in found.movers[:_MOST]
            )
        )
    if found.ranks:
        yield Text(
            "importance: "
            + "; ".join(
                f"{plain(rank.concept)} {_rank(rank.before)} → {_rank(rank.after)}"
                for rank in found.ranks[:_MOST]
            )
        )
    yield _matrix(found)


def _axes(found: Migration) -> Iterator[Text]:
    """What changed in the axes, which moves every lead."""
    if found.axes_before != found.axes_after:
        before, after = (" and ".join(axes) for axes in (found.axes_before, found.axes_after))
        yield Text(f"graded by {before} until now, by {after} then: every lead is graded anew")


def _matrix(found: Migration) -> Table:
    table = Table(
        box=box.SIMPLE_HEAD,
        pad_edge=False,
        padding=(0, 0, 0, 1),
        title="grades: old in rows, new in columns",
        title_justify="left",
    )
    cells = [[cell != 0 for cell in row] for row in found.grades]
    rows = [place for place, row in enumerate(cells) if any(row)]
    columns = [place for place, column in enumerate(zip(*cells, strict=True)) if any(column)]
    table.add_column("")
    for place in columns:
        table.add_column(GRADES[place], justify="right", no_wrap=True)
    for row in rows:
        told = (
            "·" if found.grades[row][column] == 0 else _short(found.grades[row][column])
            for column in columns
        )
        table.add_row(GRADES[row], *told)
    return table


def _short(count: int | None) -> str:
    """A count in at most four characters."""
    if count is None:
        return f"<{FEWEST}"
    return (
        str(count)
        if count < 1000
        else f"{count / 1000:.0f}k"
        if count >= 10_000
        else f"{count / 1000:.1f}k"
    )


def _count(count: int | None) -> str:
    return f"fewer than {FEWEST}" if count is None else f"{count:,}"


def _rank(rank: int | None) -> str:
    return "new" if rank is None else str(rank)
