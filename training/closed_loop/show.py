"""The closed loop on the screen, in the language of the configuration; 80 to 100 columns."""

import math
import unicodedata
from collections.abc import Iterator

from rich import box
from rich.console import Console, RenderableType
from rich.table import Table
from rich.text import Text

from features.days import date_of
from propensity.concepts.wording import label, plain
from propensity.config.config import Config
from propensity.language import CATALOGUES, catalogue
from propensity.language.audience import Audience
from training.closed_loop.actions import Action
from training.closed_loop.before_close import Quartiles
from training.closed_loop.command import ActionFigures, ClosedLoop
from training.closed_loop.compare import MODEL, POINTS, PRESENT, Comparison
from training.closed_loop.conditions import conditions
from training.closed_loop.numerals import number, percent, times
from training.closed_loop.patterns import Jump
from training.closed_loop.two_step import TwoStepResult
from training.learn.metrics.clustered_intervals import SimultaneousInterval

_NONE = "–"
#: Columns of a name before it is folded onto a second line.
_NAME = 24
#: Columns that are left to a name, and of a screen below which some figures are left out.
_SHORTEST, _NARROW = 12, 98
#: Figures of an action from left to right, to the text above them.
_FIGURES = {
    **{name: name for name in ("leads", "won", "share", "rate")},
    "range of rate": "range",
    **{name: name for name in ("alike", "times")},
    "range of times": "range",
    **{name: name for name in ("others", "usual")},
}
#: Those that a narrow screen does without: the range of the close rate, and two more comparisons.
_LEFT_OUT = {"range of rate", "others", "usual"}
#: Unicode categories of what a terminal obeys or what turns text around: control, format,
#: surrogates, separators.
_OBEYED = {"Cc", "Cf", "Cs", "Zl", "Zp"}
_WAYS = {MODEL: "model", POINTS: "points table", PRESENT: "present score"}


def show(found: ClosedLoop, config: Config, console: Console) -> None:
    """Print what was found."""
    for part in _ClosedLoopPage(found, config, console.width).parts():
        console.print(part)


class _ClosedLoopPage:
    """The parts of the page, in one language."""

    def __init__(self, found: ClosedLoop, config: Config, width: int) -> None:
        self.found, self.config = found, config
        self.narrow = width < _NARROW
        self.language, self.audience = config.language, Audience(config.language)
        self.words = catalogue("training.closed_loop", config.language)
        self.horizon = config.goal.horizon_days if config.goal else 0

    def parts(self) -> Iterator[RenderableType]:
        yield self._heading("heading")
        yield _text(self._population())
        yield self._actions()
        yield from map(_text, self._notes())
        yield self._heading("propose heading")
        yield from map(_text, self._proposals())
        if self.found.steps:
            yield self._heading("steps heading")
            yield from (_text(self._steps(steps)) for steps in self.found.steps)
        yield self._heading("jumps heading")
        yield from map(_text, self._jumps())
        yield from self._before()
        yield from self._points()

    def _heading(self, key: str, **fields: object) -> Text:
        return Text(f"\n{self.words.say(key, **fields)}", style="bold")

    @staticmethod
    def _until(figures: ActionFigures) -> str:
        """The last day of a first time that counts."""
        return str(date_of(figures.first.until)) if figures.first else ""

    # --- actions ----------------------------------------------------------------------------------

    def _population(self) -> str:
        population = self.found.population
        rate, leads = percent(population.average), f"{population.leads:,}"
        if not population.as_ofs:
            return self.words.say("population flat", leads=leads, rate=rate)
        first, last = date_of(population.as_ofs[0]), date_of(population.as_ofs[-1])
        return self.words.say(
            "population",
            rows=f"{population.rows:,.0f}",
            leads=leads,
            days=f"{len(population.as_ofs):,}",
            first=first,
            last=last,
            rate=rate,
            horizon=self.horizon,
        )

    def _actions(self) -> Table:
        columns = self._columns()
        table = _table(self.words["action"], [self.words[_FIGURES[name]] for name in columns])
        for figures in self.found.actions:
            cells = self._cells(figures)
            table.add_row(
                _text(self._named(figures.action)),
                *(cells[name] for name in columns),
                style="bold" if figures.proposed else "",
            )
        return table

    def _columns(self) -> list[str]:
        """Figures for which the screen has room, and the data an answer."""
        without = set() if self.found.population.as_ofs else {"rate"}
        without |= set() if any(each.usual for each in self.found.actions) else {"usual"}
        without |= _LEFT_OUT if self.narrow else set()
        return [name for name in _FIGURES if name not in without]

    def _cells(self, figures: ActionFigures) -> dict[str, str]:
        rate = figures.rate
        return {
            "leads": f"{figures.leads:,}",
            "won": f"{figures.leads_won:,}",
            "share": self._percent(figures.share_of_leads),
            "rate": self._percent(rate.rate.value),
            "range of rate": self._span(rate.rate),
            "alike": self._percent(rate.expected),
            "times": self._multiple(rate.lift.value),
            "range of times": (
                f"{_times(rate.lift.corrected_low)}-{_times(rate.lift.corrected_high)}"
            ),
            "others": self._multiple(rate.beside.value),
            "usual": self._usual(figures),
        }

    def _usual(self, figures: ActionFigures) -> str:
        return self._multiple(figures.usual.lift) if figures.usual else _NONE

    def _notes(self) -> Iterator[str]:
        n = f"{len(self.found.actions):,}"
        if self.found.population.as_ofs:
            window = self.config.closed_loop.window_days
            until = next((self._until(each) for each in self.found.actions if each.first), "")
            yield self.words.say("how", until=until, window=window, horizon=self.horizon, n=n)
        else:
            yield self.words.say("how flat", n=n)
        if self.found.rare:
            yield self.words.say("rare", n=f"{self.found.rare:,}")
        if self.found.todays:
            yield self.words.say("todays", columns=", ".join(map(plain, self.found.todays)))

    def _proposals(self) -> Iterator[str]:
        proposed = [figures for figures in self.found.actions if figures.proposed]
        for figures in proposed:
            key = (
                "propose flat"
                if not self.horizon
                else "propose action"
                if figures.action.window
                else "propose value"
            )
            yield self.words.say(
                key,
                action=self._named(figures.action),
                window=figures.action.window,
                horizon=self.horizon,
                leads=f"{figures.leads:,}",
                won=f"{figures.leads_won:,}",
                until=self._until(figures),
                rate=percent(figures.rate.rate.value),
                times=self._times(figures),
                alike=percent(figures.rate.expected),
            )
        if not proposed:
            yield self.words.say("propose none", multiple=number(self.config.closed_loop.multiple))

    def _times(self, figures: ActionFigures) -> str:
        lift = figures.rate.lift
        return self.words.say(
            "times clear" if figures.clear else "times about",
            times=f"{lift.value:.1f}",
            low=times(lift.corrected_low),
            high=times(lift.corrected_high),
        )

    def _steps(self, steps: TwoStepResult) -> str:
        text = self.words.say(
            "steps",
            first=label(steps.first, self.audience),
            then=label(steps.then, self.audience),
            began=f"{steps.began.leads:,}",
            went=f"{steps.went_on.leads:,}",
            won=f"{steps.went_on.leads_won:,}",
            rate=percent(steps.went_on.rate.value),
        )
        if steps.stayed is None:
            return text
        between = CATALOGUES[self.language]["between sentences"]
        return (
            text + between + self.words.say("steps stayed", rate=percent(steps.stayed.rate.value))
        )

    # --- how often --------------------------------------------------------------------------------

    def _jumps(self) -> Iterator[str]:
        for jump in self.found.patterns.jumps:
            yield self.words.say(
                jump.told,
                action=self._counted(jump),
                at=f"{jump.at:,}",
                low=f"{jump.low - 1:,}",
                high=f"{jump.high:,}",
                span=self.words.say("window days", n=jump.window)
                if jump.window
                else self.words["ever"],
                above=percent(jump.rate_above),
                below=percent(jump.rate_below),
            )
        if not self.found.patterns.jumps:
            yield self.words.say("jumps none", n=self.found.patterns.tried)

    def _counted(self, jump: Jump) -> str:
        name = label(jump.concept, self.audience)
        return self.words.say("all of", label=name) if jump.whole else name

    def _before(self) -> Iterator[RenderableType]:
        customers, flat = self.found.customers, not self.found.population.as_ofs
        if not customers.kinds:
            if not flat:
                yield Text("")
                yield _text(self.words.say("before none", n=customers.count))
            return
        yield self._heading(
            "before heading flat" if flat else "before heading", n=f"{customers.count:,}"
        )
        names = (
            ["did it", "amount"]
            if flat
            else ["did it", "alike did it", "how often", "first to close", "last to close"]
        )
        table = _table(self.words["action"], [self.words[name] for name in names])
        for kind in sorted(customers.kinds, key=lambda kind: (-kind.share, kind.concept)):
            days = (
                []
                if flat
                else [self._quartiles(kind.since_first), self._quartiles(kind.since_last)]
            )
            alike = [] if flat else [self._percent(kind.alike)]
            cells = [self._percent(kind.share), *alike, self._quartiles(kind.times), *days]
            table.add_row(_text(label(kind.concept, self.audience)), *cells)
        yield table
        if not flat:
            yield _text(self.words["how before"])
            yield _text(self.words.say("alike before", n=f"{customers.alike:,}"))

    def _quartiles(self, found: Quartiles | None) -> str:
        if found is None:
            return _NONE
        return self.words.say(
            "quartiles", median=number(found.median), low=number(found.low), high=number(found.high)
        )

    # --- points -----------------------------------------------------------------------------------

    def _points(self) -> Iterator[RenderableType]:
        comparison = self.found.comparison
        yield self._heading("points heading")
        if comparison is None:
            yield _text(self.words["no points"])
            return
        table = _table(
            self.words["condition"], [self.words[name] for name in ("points", "at most", "lapses")]
        )
        for each in conditions(comparison.lines, comparison.spec, self.language):
            lapses = (
                self.words["never"]
                if each.lapses_after is None
                else self.words.say("days", n=each.lapses_after)
            )
            table.add_row(_text(each.text), f"{each.points:+d}", f"{each.at_most:+d}", lapses)
        yield table
        share = number(100 * self.config.closed_loop.top_share)
        yield self._heading("compare heading", n=f"{comparison.test:,}", share=share)
        yield self._ways(comparison)
        agreement = comparison.agreements[POINTS]
        yield _text(
            self.words.say(
                "compare", alike=percent(agreement.alike), shared=f"{100 * agreement.shared:.0f}"
            )
        )
        if comparison.unknown is not None:
            yield from map(_text, self._present(comparison.unknown))

    def _ways(self, comparison: Comparison) -> Table:
        table = _table(
            self.words["way"], [self.words[name] for name in ("captured", "its rate", "decided")]
        )
        for name, agreement in comparison.agreements.items():
            alike = _NONE if name == MODEL else self._percent(agreement.alike)
            shares = self._percent(agreement.captured), self._percent(agreement.won)
            table.add_row(self.words[_WAYS[name]], *shares, alike)
        return table

    def _present(self, unknown: float) -> Iterator[str]:
        if unknown > 0:
            yield self.words.say("unknown present", share=percent(unknown))
        changes = self.config.input.attribute_changes
        if not (changes and self.config.compare_with in changes.attributes) and self.config.goal:
            yield self.words["todays present"]

    # --- cells ------------------------------------------------------------------------------------

    def _named(self, action: Action) -> str:
        name = label(action.concept, self.audience) if action.window else plain(action.concept)
        return name if action.level is None else f"{name}: {plain(action.level)}"

    def _percent(self, share: float) -> str:
        return _NONE if math.isnan(share) else self.words.say("percent", n=percent(share))

    def _span(self, interval: SimultaneousInterval) -> str:
        low, high = percent(interval.corrected_low), percent(interval.corrected_high)
        return self.words.say("span", low=low, high=high)

    def _multiple(self, value: float) -> str:
        return _NONE if math.isnan(value) else self.words.say("multiple", n=times(value))


def _times(value: float) -> str:
    return _NONE if math.isnan(value) else times(value)


def _table(first: str, others: list[str]) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, padding=(0, 1, 0, 0))
    widest = _NAME if len(others) > 5 else 44
    table.add_column(first, min_width=_SHORTEST, max_width=widest, overflow="fold")
    for name in others:
        table.add_column(name, justify="right", no_wrap=True)
    return table


def _text(text: str) -> Text:
    """The text as it stands, never as markup, without what a terminal would obey."""
    return Text("".join(c for c in text if unicodedata.category(c) not in _OBEYED))
