"""Actions that close: the closed loop, from how many times on, the points table, and today's score
beside the model.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import replace

from features.days import date_of
from propensity.concepts.wording import plain
from propensity.language import catalogue
from training.closed_loop.actions import FEWEST_LEADS, Action
from training.closed_loop.before_close import Quartiles
from training.closed_loop.command import ActionFigures, ClosedLoop
from training.closed_loop.compare import MODEL, POINTS, PRESENT, Comparison
from training.closed_loop.conditions import conditions
from training.closed_loop.numerals import number, percent, times
from training.closed_loop.patterns import Jump
from training.closed_loop.two_step import TwoStepResult
from training.review.document.blocks import (
    Block,
    CellValue,
    Chart,
    Folded,
    Section,
    Series,
    Table,
    TableColumn,
    Text,
)
from training.review.document.numbers import FEWEST_FOR_A_COUNT, told_count
from training.review.findings.material import Material
from training.review.sections.sources_told import FigureSources
from training.review.words import Words

#: Actions that are drawn, and proposals that are told.
_DRAWN, _TOLD = 12, 6
_WAYS = {MODEL: "model", POINTS: "points table", PRESENT: "present score"}


def section(material: Material, words: Words) -> Section:
    """Actions that close."""
    title, found = words.say("title" if words.goal == "won" else "title stage"), material.loop
    if found is None:
        return Section(name="actions", title=title, absent=words.say("absent"))
    page = _ActionBlocks(material, found, words)
    return Section(
        name="actions", title=title, blocks=tuple(page.blocks()), notes=(words.say("note"),)
    )


class _ActionBlocks:
    """The blocks, in one language."""

    def __init__(self, material: Material, found: ClosedLoop, words: Words) -> None:
        self.config, self.found, self.words = material.config, found, words
        self.goal = FigureSources(material, words).goal
        self.loop = replace(words, texts=catalogue("training.closed_loop", words.language))
        self.horizon = material.config.goal.horizon_days if material.config.goal else 0

    def blocks(self) -> Iterator[Block]:
        yield Text(self._headline(), "headline")
        if self.found.actions:
            yield Text(self._how())
            yield self._chart()
        proposed = [figures for figures in self.found.actions if figures.proposed]
        yield Text(self._proposed(proposed[:_TOLD]) if proposed else self._not_proposed())
        if self.found.actions:
            yield Folded(self.words.say("all actions"), (self._table(), *self._notes()))
        yield from (Text(self._steps(steps)) for steps in self.found.steps)
        yield from self._jumps()
        yield from self._before()
        yield from self._points()

    # --- actions ----------------------------------------------------------------------------------

    def _headline(self) -> str:
        best = next(
            (figures for figures in self.found.actions if figures.rate.lift.corrected_low > 1), None
        )
        if best is None:
            return self.words.say("headline none")
        key = "headline" if best.first else "headline flat"
        if best.first and best.action.window is None:
            key = "headline came"
        return self.words.say(
            key,
            until=self._until(),
            horizon=self.horizon,
            action=self._named(best.action),
            leads=best.leads,
            won=best.leads_won,
            times=times(best.rate.lift.value),
            low=times(best.rate.lift.corrected_low),
            high=times(best.rate.lift.corrected_high),
            closed=self.goal("closed"),
            close=self.goal("close"),
        )

    def _how(self) -> str:
        if not self.found.population.as_ofs:
            return self.words.say("how flat")
        window = self.config.closed_loop.window_days
        return self.words.say("how", until=self._until(), window=window, horizon=self.horizon)

    def _until(self) -> str:
        """The last day of a first time that counts."""
        first = next((each.first for each in self.found.actions if each.first), None)
        return self.words.day(date_of(first.until)) if first else ""

    def _source(self) -> str:
        population = self.found.population
        if not population.as_ofs:
            return self.words.say("source flat", leads=population.leads)
        first, last = (self.words.day(date_of(population.as_ofs[place])) for place in (0, -1))
        return self.words.say(
            "source",
            leads=population.leads,
            rows=round(population.rows),
            days=len(population.as_ofs),
            first=first,
            last=last,
            horizon=self.horizon,
        )

    def _chart(self) -> Chart:
        shown = self.found.actions[:_DRAWN]
        best, flat = shown[0], "" if self.found.population.as_ofs else " flat"
        return Chart(
            name="actions",
            title=self.words.say(f"chart{flat}"),
            alternative=self.words.say(
                f"chart alternative{flat}",
                action=self._named(best.action),
                rate=self._share(best.rate.rate.value),
                alike=self._share(best.rate.expected),
                closed=self.goal("closed"),
            ),
            x=tuple(self._named(figures.action) for figures in shown),
            x_title=self.words.say("action"),
            y_title=self.goal("rate_name") if flat else self.words.say("rate"),
            y_kind="share",
            series=(
                Series(
                    title=self.words.say(f"did it{flat}"),
                    y=tuple(figures.rate.rate.value for figures in shown),
                    low=tuple(figures.rate.rate.corrected_low for figures in shown),
                    high=tuple(figures.rate.rate.corrected_high for figures in shown),
                    style="bar",
                ),
                Series(
                    self.words.say(f"alike{flat}"),
                    tuple(figures.rate.expected for figures in shown),
                    style="bar",
                ),
            ),
            source=self._source(),
            horizontal=True,
        )

    def _table(self) -> Table:
        say = self.words.say
        flat = "" if self.found.population.as_ofs else " flat"
        columns = [
            TableColumn(say("action")),
            TableColumn(say("leads"), "count"),
            TableColumn(say("won"), "count"),
            TableColumn(say("share"), "share"),
            *([] if flat else [TableColumn(say("rate"), "share")]),
            TableColumn(say("low"), "share"),
            TableColumn(say("high"), "share"),
            TableColumn(say(f"alike{flat}"), "share"),
            TableColumn(say("times"), "number"),
            TableColumn(say("others"), "number"),
        ]
        has_usual = any(figures.usual for figures in self.found.actions)
        if has_usual:
            columns.append(TableColumn(self.words.say("usual"), "number"))
        rows = tuple(self._row(figures, has_usual=has_usual) for figures in self.found.actions)
        return Table("actions", self.words.say("all actions"), tuple(columns), rows, self._source())

    def _row(self, figures: ActionFigures, *, has_usual: bool) -> tuple[CellValue, ...]:
        rate = figures.rate
        cells: list[CellValue] = [
            self._named(figures.action),
            figures.leads,
            told_count(figures.leads_won),
            None if 0 < figures.leads_won < FEWEST_FOR_A_COUNT else figures.share_of_leads,
            *([rate.rate.value] if self.found.population.as_ofs else []),
            rate.rate.corrected_low,
            rate.rate.corrected_high,
            rate.expected,
            rate.lift.value,
            None if math.isnan(rate.beside.value) else rate.beside.value,
        ]
        if has_usual:
            cells.append(figures.usual.lift if figures.usual else None)
        return tuple(cells)

    def _notes(self) -> Iterator[Text]:
        if self.found.rare:
            yield Text(self.loop.say("rare", n=self.found.rare), "small")
        if self.found.todays:
            columns = self.words.listed([self.words.name(name) for name in self.found.todays])
            yield Text(self.loop.say("todays", columns=columns), "small")

    def _proposed(self, found: Sequence[ActionFigures]) -> str:
        multiple = number(self.config.closed_loop.multiple)
        sentences = []
        for key, clear in (("proposed", True), ("proposed about", False)):
            told = [
                self.words.say(
                    "proposed more" if place else "proposed one",
                    action=self._named(figures.action),
                    times=times(figures.rate.lift.value),
                    alike=self._share(figures.rate.expected),
                    low=times(figures.rate.lift.corrected_low),
                    high=times(figures.rate.lift.corrected_high),
                )
                for place, figures in enumerate(each for each in found if each.clear is clear)
            ]
            if told:
                actions = self.words.listed(told)
                sentences.append(self.words.say(key, multiple=multiple, actions=actions))
        return self.words.join(sentences)

    def _not_proposed(self) -> str:
        multiple, average = self.config.closed_loop.multiple, self.found.population.average
        if multiple * average >= 1:
            return self.words.say(
                "none so high", multiple=number(multiple), average=self._share(average)
            )
        return self.loop.say("propose none", multiple=number(multiple))

    def _steps(self, steps: TwoStepResult) -> str:
        told = [
            self.words.say(
                "steps",
                first=self.words.name(steps.first),
                then=self.words.name(steps.then),
                began=steps.began.leads,
                went=steps.went_on.leads,
                won=steps.went_on.leads_won,
                rate=percent(steps.went_on.rate.value),
            )
        ]
        if steps.stayed is not None:
            told.append(self.words.say("steps stayed", rate=percent(steps.stayed.rate.value)))
        return self.words.join(told)

    # --- how often --------------------------------------------------------------------------------

    def _jumps(self) -> Iterator[Text]:
        for jump in self.found.patterns.jumps:
            span = (
                self.loop.say("window days", n=jump.window)
                if jump.window
                else self.loop.say("ever")
            )
            yield Text(
                self.words.say(
                    jump.told,
                    action=self._counted(jump),
                    at=jump.at,
                    low=jump.low - 1,
                    high=jump.high,
                    span=span,
                    above=percent(jump.rate_above),
                    below=percent(jump.rate_below),
                )
            )

    def _counted(self, jump: Jump) -> str:
        name = self.words.name(jump.concept)
        return self.loop.say("all of", label=name) if jump.whole else name

    def _before(self) -> Iterator[Folded]:
        customers = self.found.customers
        flat = not self.found.population.as_ofs
        if not customers.kinds or customers.count < FEWEST_LEADS:
            return
        title = self.words.say("before flat" if flat else "before", n=customers.count)
        keys = ("value",) if flat else ("how often", "from first", "from last")
        columns = (
            TableColumn(self.words.say("action")),
            TableColumn(self.loop.say("did it"), "share"),
            *([] if flat else [TableColumn(self.loop.say("alike did it"), "share")]),
            *(TableColumn(self.words.say(key)) for key in keys),
        )
        rows: list[tuple[CellValue, ...]] = []
        for kind in sorted(customers.kinds, key=lambda kind: (-kind.share, kind.concept)):
            days = (
                ()
                if flat
                else (self._quartiles(kind.since_first), self._quartiles(kind.since_last))
            )
            alike = () if flat else (None if math.isnan(kind.alike) else kind.alike,)
            name = self.words.name(kind.concept)
            rows.append((name, kind.share, *alike, self._quartiles(kind.times), *days))
        source = self.words.say(
            "source customers flat" if flat else "source customers", n=customers.count
        )
        table = Table("actions-before-close", title, columns, tuple(rows), source)
        notes = (self.loop.say("how before"), self.loop.say("alike before", n=customers.alike))
        small = [] if flat else [Text(note, "small") for note in notes]
        yield Folded(title, (table, *small))

    def _quartiles(self, found: Quartiles | None) -> str | None:
        if found is None:
            return None
        return self.loop.say(
            "quartiles", median=number(found.median), low=number(found.low), high=number(found.high)
        ).replace("-", "–")

    # --- points -----------------------------------------------------------------------------------

    def _points(self) -> Iterator[Block]:
        comparison = self.found.comparison
        if comparison is None:
            yield Text(self.loop.say("no points"))
            return
        yield Text(self.words.join([self._beside(comparison), self._added(comparison)]))
        yield self._ways(comparison)
        yield from self._present(comparison)
        yield Folded(self.words.say("points"), (self._points_table(comparison),))

    def _points_table(self, comparison: Comparison) -> Table:
        """What says nothing is left out: a most that is the points of once, and a lapse where
        nothing lapses.
        """
        say = self.loop.say
        found = list(conditions(comparison.lines, comparison.spec, self.words.language))
        has_most = any(each.at_most != each.points for each in found)
        lapses = any(each.lapses_after is not None for each in found)
        columns = [TableColumn(say("condition")), TableColumn(say("points"), "count")]
        columns += [TableColumn(say("at most"), "count")] * has_most + [
            TableColumn(say("lapses"))
        ] * lapses
        rows: list[tuple[CellValue, ...]] = []
        for each in found:
            after = say("never") if each.lapses_after is None else say("days", n=each.lapses_after)
            rows.append(
                (
                    plain(each.text, longest=120),
                    each.points,
                    *[each.at_most] * has_most,
                    *[after] * lapses,
                )
            )
        return Table(
            "points-table",
            self.words.say("points"),
            tuple(columns),
            tuple(rows),
            self.words.say("source points"),
        )

    def _beside(self, comparison: Comparison) -> str:
        rates = {
            name: self.words.hundred(agreement.won)
            for name, agreement in comparison.agreements.items()
        }
        share = self.words.write(self.config.closed_loop.top_share, "share")
        key = "beside present" if PRESENT in rates else "beside"
        return self.words.say(
            key, share=share, model=rates[MODEL], points=rates[POINTS], present=rates.get(PRESENT)
        )

    def _added(self, comparison: Comparison) -> str:
        """What the model adds to the points table, of the looks that were followed by a close."""
        model, points = (comparison.agreements[name].captured for name in (MODEL, POINTS))
        return self.words.say(
            "added" if model > points else "adds nothing",
            model=self.words.hundred(model),
            points=self.words.hundred(points),
        )

    def _ways(self, comparison: Comparison) -> Table:
        columns = (
            TableColumn(self.loop.say("way")),
            TableColumn(self.words.say("its rate"), "share"),
            TableColumn(self.words.say("captured"), "share"),
            TableColumn(self.words.say("decided"), "share"),
        )
        rows: tuple[tuple[CellValue, ...], ...] = tuple(
            (
                self.loop.say(_WAYS[name]),
                agreement.won,
                agreement.captured,
                1.0 if name == MODEL else agreement.alike,
            )
            for name, agreement in comparison.agreements.items()
        )
        share = self.words.write(self.config.closed_loop.top_share, "share")
        key = "source ways" if self.found.population.as_ofs else "source ways flat"
        source = self.words.say(key, n=comparison.test, share=share)
        return Table("actions-ways-to-choose", self.words.say("ways"), columns, rows, source)

    def _present(self, comparison: Comparison) -> Iterator[Text]:
        if comparison.unknown is None:
            return
        if comparison.unknown > 0:
            yield Text(self.loop.say("unknown present", share=percent(comparison.unknown)), "small")
        changes = self.config.input.attribute_changes
        if not (changes and self.config.compare_with in changes.attributes) and self.config.goal:
            yield Text(self.loop.say("todays present"), "small")

    # --- cells ------------------------------------------------------------------------------------

    def _named(self, action: Action) -> str:
        name = self.words.name(action.concept)
        if action.level is None:
            return name
        level = self.words.labels.get(f"{action.concept}: {action.level}", action.level)
        return self.words.say("with value", concept=name, value=plain(level, longest=40))

    def _share(self, share: float) -> str:
        return self.words.write(None if math.isnan(share) else share, "share")
