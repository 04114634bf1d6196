"""The sentences about a line: what it leads to, what it promises, what gives, and afterwards
whether it was kept.
"""

from collections.abc import Iterator

import numpy as np

from propensity.concepts.wording import plain
from propensity.grading.grading import HALVES
from propensity.language import CATALOGUES, Catalogue, catalogue
from training.threshold.figures import CrossingGroup, Detail, LineFigures
from training.threshold.policy import FEWEST_TO_CHOOSE, Conflict
from training.threshold.promise import FEWEST_FOR_A_RATE, ExpectedFigure, PromiseCheck
from training.threshold.study import Focus, Lines, Study

#: Past quarters from which it is said how much quarters differ.
_FEWEST_QUARTERS = 3
#: Replays shorter than this are called short.
_QUARTER_WEEKS = 13


class StudySentences:
    """Says a study in a language.

    Args:
        study: What is told.
        language: ``en`` or ``ja``.
    """

    def __init__(self, study: Study, language: str) -> None:
        self.study, self.language = study, language
        self.say = _words(language, study.goal).say

    def method(self) -> Iterator[str]:
        """How it was counted."""
        frame = self.study.frame
        often = "every night" if frame.every_days == 1 else "every days"
        yield self.say(
            "replay",
            first=frame.first,
            last=frame.last,
            often=self.say(often, n=frame.every_days),
            weeks=f"{self.study.weeks:.0f}",
            leads=f"{self.study.open_leads:,}",
        )
        yield self.say(
            "judged", horizon=frame.horizon_days, judged=f"{self.study.judged_weeks:.0f}"
        )
        if self.study.weeks < _QUARTER_WEEKS:
            yield self.say("short")
        if not self.study.has_definition:
            yield self.say("no definition")
        yield self.say(
            "first crossings", weeks=self.study.lines.outlook.weeks, horizon=frame.horizon_days
        )
        change = self.study.lines.outlook.swing
        if change.is_assumed:
            yield self.say("swing assumed")
        elif abs(change.trend) > max(change.size, 0.05):
            direction = self.say("rising" if change.trend > 0 else "falling")
            yield self.say("trend", direction=direction, change=self.share(abs(change.trend)))

    def choice(self) -> Iterator[str]:
        """Why this line, or what gives."""
        choice = self.study.choice
        if choice.why_none and self.study.rule is None:
            yield self.say(choice.why_none, n=FEWEST_TO_CHOOSE)
        for conflict in choice.conflicts:
            yield self._conflict(conflict)

    def focus(self, focus: Focus, lines: Lines) -> Iterator[str]:
        """One line's consequences."""
        figures, promise = lines.figures, focus.promise
        capacity = self.study.policy.capacity_per_week
        key = ("rule" if self.study.rule else "line") + (", capacity" if capacity else "")
        yield self.say(
            key,
            line=self.share(promise.line),
            n=count(promise.per_week.expected),
            capacity=count(capacity or 0),
        )
        yield self._cover(focus.detail, figures, focus.place)
        if focus.detail.at_stage:
            yield self.say("at stage", share=self.share(focus.detail.at_stage), to=self._to())
        yield self.say("backlog", n=f"{figures.backlog[focus.place]:,}")
        yield self.say(
            "promise",
            weeks=promise.weeks,
            horizon=self.study.frame.horizon_days,
            **_bounds(promise.precision, promise.per_week),
        )
        yield self.say("basis", judged=f"{promise.judged:,}", won=f"{promise.won:,}")
        yield self.levels(promise.precision.expected)
        if promise.judged:
            yield self.say(
                "rows",
                rows=hundred(float(figures.row_precision[focus.place])),
                first=hundred(promise.precision.expected),
            )
        if focus.leave is not None:
            horizon = self.study.frame.horizon_days
            yield self.say(
                "leave",
                leave=self.share(focus.leave),
                returns=self.share(focus.returns),
                horizon=horizon,
            )
            if focus.signed_returns == focus.signed_returns:
                yield self.say(
                    "signed leave", returns=self.share(focus.signed_returns), horizon=horizon
                )

    def levels(self, share: float) -> str:
        """How much ordinary quarters differ, which the range of closes allows for.

        Args:
            share: Share of the new MQLs that close; how far one standard deviation moves it is
                told.
        """
        levels = self.study.lines.outlook.levels
        key = "levels" if len(levels.levels) >= _FEWEST_QUARTERS else "levels assumed"
        odds = float(np.exp(levels.deviation))
        change = odds / (1 + share * (odds - 1)) - 1 if share > 0 else odds - 1
        return self.say(key, n=len(levels.levels), change=self.share(change))

    def groups(self, focus: Focus) -> Iterator[str]:
        """By quadrant and by segment, and those who asked to be contacted."""
        found = [group for group in focus.detail.areas if group.crossed]
        has_quadrants = not {group.name for group in found} & set(HALVES)
        yield self.say("by quadrant" if has_quadrants else "by half")
        names = CATALOGUES[self.language]
        yield from ("  " + self._group(group, names[group.name]) for group in found)
        if focus.detail.segments:
            yield self.say("by segment")
            yield from (
                "  " + self._group(group, plain(group.name)) for group in focus.detail.segments
            )

    def rules(self, focus: Focus) -> Iterator[str]:
        """What the definition takes away, and the house list."""
        house = focus.house
        whole = max(house.leads, 1)
        leads, followed = f"{house.leads:,}", f"{100 * house.followed / whole:.0f}"
        if house.fit is None:
            yield self.say("house list followed", leads=leads, followed=followed)
        else:
            fit = f"{100 * house.fit / whole:.0f}"
            yield self.say("house list", leads=leads, fit=fit, followed=followed)
        raised = self.study.hand_raisers
        if raised.crossed:
            yield self.say(
                "hand-raisers",
                n=count(raised.crossed / max(self.study.weeks, 1 / 7)),
                told=self._told(raised),
            )
        if focus.removals:
            yield self.say("rules take")
            for removal in focus.removals:
                yield "  " + self.say(
                    "rule takes",
                    kind=self.say(f"kind: {removal.kind}"),
                    name=plain(removal.name),
                    open=hundred(removal.open_leads / whole),
                    over=f"{removal.over_line:,}",
                    won=f"{removal.won:,}",
                    judged=f"{removal.judged:,}",
                )
        if focus.random_slice:
            cost = focus.random_slice
            yield self.say(
                "slice",
                share=self.share(cost.share),
                backlog=count(cost.backlog),
                n=count(cost.per_week),
                wins=count(cost.wins),
            )
        if focus.hold_out:
            held = focus.hold_out
            yield self.say(
                "hold-out",
                share=self.share(held.share),
                n=count(held.per_week),
                wins=count(held.wins),
            )
        if self.study.rule_like is not None:
            line = float(self.study.lines.figures.lines[self.study.rule_like])
            yield self.say("rule and model", line=self.share(line))

    def value(self) -> Iterator[str]:
        """What the amounts are made of."""
        amounts = self.study.deals
        if not amounts.known:
            yield self.say("no amounts")
        else:
            yield self.say("amounts", known=f"{amounts.known:,}", mean=f"{amounts.mean:,.0f}")
            if amounts.unknown:
                yield self.say("amounts, unknown", unknown=f"{amounts.unknown:,}")

    def share(self, share: float) -> str:
        """A share as percent: ``7.5 %``, in Japanese without the space."""
        return CATALOGUES[self.language].say("percent", n=hundred(share))

    def _cover(self, detail: Detail, figures: LineFigures, place: int) -> str:
        share = self.share(float(figures.share_captured[place])) if figures.wins else "–"
        days = detail.days_to_stage if self.study.stage else detail.days_to_goal
        if days is None:
            return self.say("cover", share=share)
        low, middle, high = (f"{day:.0f}" for day in days)
        return self.say("cover, days", share=share, to=self._to(), days=middle, low=low, high=high)

    def _to(self) -> str:
        """What the days from crossing lead to."""
        if self.study.stage is None and self.study.goal == "won":
            return self.say("to: won")
        return self.say("to: stage", stage=plain(self.study.stage or self.study.goal))

    def _group(self, group: CrossingGroup, name: str) -> str:
        return self.say("group", name=name, crossed=f"{group.crossed:,}", told=self._told(group))

    def _told(self, group: CrossingGroup) -> str:
        if group.judged < FEWEST_FOR_A_RATE:
            return self.say("group: few", judged=f"{group.judged:,}")
        share = self.share(group.won / group.judged)
        return self.say(
            "group: told", judged=f"{group.judged:,}", won=f"{group.won:,}", share=share
        )

    def _conflict(self, conflict: Conflict) -> str:
        if conflict.second is None:
            return self.say(
                "conflict: alone",
                first=self._of("asked", conflict.first, conflict.asked),
                first_possible=self._of("possible", conflict.first, conflict.possible),
            )
        if (conflict.first, conflict.second) == ("minimum_precision", "minimum_per_week"):
            return self.say(
                "conflict: precision and volume",
                precision=self.share(conflict.asked),
                volume=count(conflict.second_asked),
                possible_precision=self.share(conflict.possible),
                possible_volume=count(conflict.second_possible),
            )
        return self.say(
            "conflict",
            first=self._of("asked", conflict.first, conflict.asked),
            second=self._of("asked", conflict.second, conflict.second_asked),
            first_possible=self._of("possible", conflict.first, conflict.possible),
            second_possible=self._of("possible", conflict.second, conflict.second_possible),
        )

    def _of(self, kind: str, demand: str, figure: float) -> str:
        return self.say(
            f"{kind}: {demand}",
            n=self.share(figure) if demand == "minimum_precision" else count(figure),
        )


def promise_sentence(result: PromiseCheck, *, language: str, goal: str = "won") -> str:
    """Whether a promise was kept, as a sentence."""
    words, happened = _words(language, goal), result.happened
    if result.is_broken:
        parts = []
        for name, verdict, promised, came in (
            (
                "precision",
                result.precision,
                _per_hundred(result.precision_bounds),
                hundred(happened.precision),
            ),
            (
                "volume",
                result.per_week,
                _per_week(result.per_week_bounds),
                count(happened.per_week),
            ),
        ):
            if verdict in ("above", "below"):
                parts.append(
                    words.say(
                        f"{name} {verdict}",
                        n=came,
                        low=promised[0],
                        high=promised[1],
                        judged=f"{happened.judged:,}",
                        weeks=f"{happened.weeks:.0f}",
                    )
                )
        return words.say("broken", parts=CATALOGUES[language]["between sentences"].join(parts))
    key = "kept" if result.precision == "kept" else "too early"
    bounds = _bounds(result.precision_bounds, result.per_week_bounds)
    return words.say(
        key,
        n=hundred(happened.precision),
        per_week=count(happened.per_week),
        judged=f"{happened.judged:,}",
        **bounds,
    )


def _words(language: str, goal: str) -> Catalogue:
    """The texts about a line that leads to a goal."""
    return catalogue("training.threshold", language).of_goal(None if goal == "won" else plain(goal))


def hundred(share: float) -> str:
    """A share as so many of 100, with a decimal below ten.

    >>> hundred(0.234), hundred(0.0234), hundred(0.0)
    ('23', '2.3', '0')
    """
    if share != share:  # noqa: PLR0124 — NaN
        return "–"
    if share >= 0.0995 or share == 0:
        return f"{100 * share:.0f}"
    return f"{100 * share:.1f}" if share >= 0.001 else f"{100 * share:.2g}"


def count(number: float) -> str:
    """A count per week, with a decimal below ten.

    >>> count(32.4), count(3.24), count(1234.0), count(float("inf"))
    ('32', '3.2', '1,234', '–')
    """
    if number == float("inf"):
        return "–"
    return f"{number:,.0f}" if number >= 9.95 or number == round(number) else f"{number:.1f}"


def _per_hundred(interval: ExpectedFigure) -> tuple[str, str]:
    return hundred(interval.low), hundred(interval.high)


def _per_week(interval: ExpectedFigure) -> tuple[str, str]:
    return count(interval.low), count(interval.high)


def _bounds(precision: ExpectedFigure, per_week: ExpectedFigure) -> dict[str, str]:
    (low, high), (week_low, week_high) = _per_hundred(precision), _per_week(per_week)
    return {"low": low, "high": high, "week_low": week_low, "week_high": week_high}
