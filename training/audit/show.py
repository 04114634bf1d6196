"""The audit on the screen: what needs a decision first, and how much is fine; 80 columns are
enough.
"""

import json
from collections import Counter
from collections.abc import Iterator, Mapping

from rich import box
from rich.console import Console, Group, RenderableType
from rich.table import Table
from rich.text import Text

from propensity.concepts.wording import plain
from propensity.language import Catalogue, catalogue
from propensity.language.line_breaks import Paragraph
from training.audit.findings import Audit, ColumnVerdict, Finding, LeakVerdict, Light

#: How lights and verdicts look in a terminal.
_STYLES: Mapping[Light | LeakVerdict, str] = {
    "green": "green",
    "amber": "yellow",
    "red": "bold red",
    "fine": "green",
    "not seen": "yellow",
    "suspect": "yellow",
    "leak": "bold red",
}
#: Longest sentence; all are far below, but for those that a user's own names stand in.
_LONGEST = 2000
#: Columns of the screen for a name, and before what belongs to a line.
_NAME, _INDENT = 20, 2
_NONE = "–"


def show(found: Audit, language: str, console: Console, *, verbose: bool = False) -> None:
    """Print what needs a decision, in full, and how much is fine; with ``verbose`` everything, with
    its evidence.
    """
    for part in _AuditPage(found, catalogue("training.audit", language), verbose).parts():
        console.print(part)


class _AuditPage:
    """The parts of the page."""

    def __init__(self, found: Audit, words: Catalogue, verbose: bool) -> None:
        self.found, self.words, self.verbose = found, words, verbose

    def parts(self) -> Iterator[RenderableType]:
        light = self.found.light
        yield Text.assemble(
            (self.words["title"], "bold"), ": ", (self.words[light], _STYLES[light])
        )
        yield Paragraph(self.words[f"{light} means"])
        if self.verbose:
            yield from self._everything()
        else:
            yield from self._to_decide()
            yield Text()
            yield from self._fine()
            yield Paragraph(self.words["more"])

    def _everything(self) -> Iterator[RenderableType]:
        yield _heading(self.words["findings"])
        for finding in self.found.findings:
            yield from self._finding(finding)
            if finding.evidence:
                told = f"{self.words['evidence']}: {evidence(finding)}"
                yield Paragraph(told, indent=_INDENT, style="dim")
        yield _heading(self.words["columns"])
        yield self._columns()

    def _to_decide(self) -> Iterator[RenderableType]:
        """What is red or amber, in full, and the columns that somebody has to say something of."""
        findings = [finding for finding in self.found.findings if finding.light != "green"]
        columns = [column for column in self.found.columns if column.verdict != "fine"]
        if not findings and not columns:
            yield Paragraph(self.words["nothing to decide"])
            return
        yield _heading(self.words["to decide"])
        for finding in findings:
            yield from self._finding(finding)
        if any(map(_is_shown, columns)):
            yield _heading(self.words["columns"])
            yield self._columns()
        unseen = [plain(column.name) for column in columns if column.verdict == "not seen"]
        if unseen:
            told = self.words.say("not seen count", n=f"{len(unseen):,}", names=", ".join(unseen))
            yield Paragraph("")
            yield Paragraph(told)

    def _finding(self, finding: Finding) -> Iterator[RenderableType]:
        """A finding, and what to do about it."""
        name = f": {plain(finding.name)}" if self.verbose else ""
        yield Text.assemble(
            "\n", self._coloured(finding.light), f" {self.words[finding.area]}{name}"
        )
        yield Paragraph(_line(finding.sentence), indent=_INDENT)
        if finding.advice:
            advice = f"{self.words['advice']}: {_line(finding.advice)}"
            yield Paragraph(advice, indent=_INDENT)

    def _fine(self) -> Iterator[RenderableType]:
        """How much is fine."""
        areas = Counter(
            self.words[finding.area] for finding in self.found.findings if finding.light == "green"
        )
        if areas:
            listed = self.words["between areas"].join(
                f"{area} {count:,}" for area, count in areas.items()
            )
            yield Paragraph(self.words.say("fine findings", n=f"{areas.total():,}", areas=listed))
        fine = sum(column.verdict == "fine" for column in self.found.columns)
        if fine:
            yield Paragraph(self.words.say("fine columns", n=f"{fine:,}"))

    # --- columns ----------------------------------------------------------------------------------

    def _columns(self) -> Table:
        table = _table()
        table.add_column(self.words["verdict"], no_wrap=True)
        table.add_column(self.words["name"], max_width=_NAME)
        table.add_column(self.words["AUC"], justify="right", no_wrap=True)
        table.add_column(self.words["do"], no_wrap=True)
        table.add_column(self.words["why"], ratio=1)
        for column in self.found.columns:
            if self.verbose or _is_shown(column):
                table.add_row(*self._row(column))
        return table

    def _row(self, column: ColumnVerdict) -> list[RenderableType]:
        auc = _NONE if column.auc is None else f"{column.auc:.2f}"
        hits = column.hits if self.verbose else column.hits[:1]
        why = Group(*(Paragraph(_line(f"{hit.rule}: {hit.sentence}")) for hit in hits))
        return [
            self._coloured(column.verdict),
            Paragraph(plain(column.name)),
            Text(auc),
            Text(action(column, self.words)),
            why,
        ]

    def _coloured(self, what: Light | LeakVerdict) -> Text:
        return Text(self.words[what], style=_STYLES[what])


def _is_shown(column: ColumnVerdict) -> bool:
    """Whether a column has a row of its own where not all have."""
    return column.verdict in ("suspect", "leak")


def action(column: ColumnVerdict, words: Catalogue) -> str:
    """What is recommended, in words."""
    return words.say(column.action, n=column.delay_days)


def evidence(finding: Finding) -> str:
    """The figures behind a finding on one line."""
    return _line(json.dumps(dict(finding.evidence), ensure_ascii=False, default=str))


def _heading(text: str) -> Text:
    return Text(f"\n{text}", style="bold")


def _line(text: str) -> str:
    return plain(text.replace("\n", " "), longest=_LONGEST)


def _table() -> Table:
    return Table(box=box.SIMPLE_HEAD, pad_edge=False, padding=(0, 1, 0, 0), expand=True)
