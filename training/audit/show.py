"""The audit on the screen: the light, the findings and the columns, the worst first; 80 to 100
columns.
"""

import json
from collections.abc import Iterator, Mapping
from typing import Literal

from rich import box
from rich.console import Console, RenderableType
from rich.table import Table
from rich.text import Text

from propensity.concepts.wording import plain
from propensity.language import Catalogue, catalogue
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
#: Columns of the screen for a name.
_NAME = 26
_NONE = "–"


def show(found: Audit, language: str, console: Console, *, verbose: bool = False) -> None:
    """Print what was found: a line each, or with ``verbose`` whole, with advice and evidence."""
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
        yield Text(self.words[f"{light} means"])
        yield from self._headlines()
        yield Text(f"\n{self.words['findings']}", style="bold")
        if self.verbose:
            yield from self._whole()
        else:
            yield self._findings()
        yield Text(f"\n{self.words['columns']}", style="bold")
        if self.verbose or any(map(_is_shown, self.found.columns)):
            yield self._columns()
        if self.verbose:
            return
        unseen = [c.name for c in self.found.columns if c.verdict == "not seen"]
        if unseen:
            names = ", ".join(plain(name) for name in unseen)
            yield Text(self.words.say("not seen count", n=f"{len(unseen):,}", names=names))
        fine = sum(column.verdict == "fine" for column in self.found.columns)
        if fine:
            yield Text(self.words.say("fine count", n=f"{fine:,}"))
        if fine or unseen:
            yield Text(self.words["more"])

    def _headlines(self) -> Iterator[Text]:
        """What is red, in full."""
        for finding in self.found.findings:
            if finding.light == "red":
                yield Text("\n" + _line(finding.sentence), style="bold")
                if finding.advice:
                    yield Text(_line(finding.advice))

    # --- findings ---------------------------------------------------------------------------------

    def _findings(self) -> Table:
        table = _table()
        for name in ("light", "area"):
            table.add_column(self.words[name], no_wrap=True)
        table.add_column(self.words["finding"], no_wrap=True, overflow="ellipsis", ratio=1)
        for finding in self.found.findings:
            table.add_row(
                self._coloured(finding.light),
                self.words[finding.area],
                Text(_line(finding.sentence)),
            )
        return table

    def _whole(self) -> Iterator[Text]:
        for finding in self.found.findings:
            yield Text.assemble(
                "\n",
                self._coloured(finding.light),
                f" {self.words[finding.area]}: {plain(finding.name)}",
            )
            yield Text(f"  {_line(finding.sentence)}")
            if finding.advice:
                yield Text(f"  {self.words['advice']}: {_line(finding.advice)}")
            if finding.evidence:
                yield Text(f"  {self.words['evidence']}: {evidence(finding)}", style="dim")

    # --- columns ----------------------------------------------------------------------------------

    def _columns(self) -> Table:
        table = _table()
        table.add_column(self.words["verdict"], no_wrap=True)
        table.add_column(self.words["name"], max_width=_NAME, no_wrap=True, overflow="ellipsis")
        table.add_column(self.words["AUC"], justify="right", no_wrap=True)
        table.add_column(self.words["do"], no_wrap=True)
        overflow: Literal["fold", "ellipsis"] = "fold" if self.verbose else "ellipsis"
        table.add_column(self.words["why"], no_wrap=not self.verbose, overflow=overflow, ratio=1)
        for column in self.found.columns:
            if self.verbose or _is_shown(column):
                table.add_row(*self._row(column))
        return table

    def _row(self, column: ColumnVerdict) -> list[Text]:
        auc = _NONE if column.auc is None else f"{column.auc:.2f}"
        hits = column.hits if self.verbose else column.hits[:1]
        why = "\n".join(_line(f"{hit.rule}: {hit.sentence}") for hit in hits)
        return [
            self._coloured(column.verdict),
            Text(plain(column.name)),
            Text(auc),
            Text(action(column, self.words)),
            Text(why),
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


def _line(text: str) -> str:
    return plain(text.replace("\n", " "), longest=_LONGEST)


def _table() -> Table:
    return Table(box=box.SIMPLE_HEAD, pad_edge=False, padding=(0, 1, 0, 0), expand=True)
