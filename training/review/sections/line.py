"""Where to draw the line: every candidate line as a slider, with what it leads to."""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from propensity.grading.grading import areas_named
from training.review.document.blocks import (
    Block,
    CellKind,
    Chart,
    Folded,
    Section,
    Series,
    Slider,
    Table,
    TableColumn,
    Text,
)
from training.review.findings.candidate_lines import CandidateLines
from training.review.findings.close_rates import over_line
from training.review.findings.material import Material
from training.review.sections.case_names import role_name
from training.review.sections.monday import team_week
from training.review.sections.sources_told import FigureSources
from training.review.sections.worth import worth
from training.review.words import Words
from training.threshold.policy import Conflict
from training.threshold.promise import FEWEST_FOR_A_RATE
from training.threshold.sentences import StudySentences, count
from training.threshold.study import Study

#: The row that `propensity decide` carries out; the page asks who decides, and why.
ROW = "  - {do: line, to: {line}, decision: keep, who: {who}, because: {because}}"
#: Fewer leads than this are not told; fewer a week are told with decimals.
_FEWEST, _FEW_A_WEEK = 5, 10
#: A chance so many times that of the line, or the line that of the chance, is close to it.
_NEAR = 1.25
#: Of conflicts, what counts leads and so has to be scaled where leads were drawn.
_COUNTED = ("capacity_per_week", "minimum_per_week")


def section(material: Material, words: Words) -> Section:
    """Where to draw the line."""
    stops, origin = material.stops, FigureSources(material, words)
    if stops is None or not len(stops):
        return Section(
            name="line", title=words.say("title"), part="meeting", absent=words.say("no time")
        )
    blocks: list[Block] = [Text(_headline(material, stops, words, origin), "headline")]
    blocks.append(Text(words.join([_why(material, stops, words), *_rule(material, words, origin)])))
    if material.study is None:
        blocks.append(Text(words.say("no time"), "small"))
    blocks.append(_slider(material, stops, words, origin))
    blocks += [Text(text) for text in _conflicts(material, words)]
    promises = list(_promises(material, words, origin))
    # what is promised stands apart from what else is known of the line
    blocks += [Text(words.join(told)) for told in (promises[:1], promises[1:]) if told]
    blocks += [Text(told) for told in _near(material, stops, words)]
    folded: tuple[Block, ...] = (
        *_curve(stops, words, origin),
        _table(material, stops, words, origin),
    )
    blocks.append(Folded(words.say("lines"), tuple(folded)))
    blocks += worth(material, words)
    return Section(
        name="line",
        title=words.say("title"),
        blocks=tuple(blocks),
        part="meeting",
        notes=tuple(words.say(f"note: {number}") for number in (1, 2, 3, 4)),
        minutes=12,
        links=("promise", "believe", "funnel"),
    )


def _headline(
    material: Material, stops: CandidateLines, words: Words, origin: FigureSources
) -> str:
    at = stops.chosen
    weekly, rate = float(stops.per_week[at, 0]), float(stops.precision[at, 0])
    if np.isnan(weekly):
        key, n = "headline flat", words.hundred(float(over_line(material).mean()))
    else:
        key, n = "headline", count(weekly)
    key += " few" if np.isnan(rate) else ""
    line = words.write(float(stops.lines[at]), "chance")
    return words.say(key, line=line, n=n, rate=words.hundred(rate), close=origin.goal("close"))


def _why(material: Material, stops: CandidateLines, words: Words) -> str:
    if material.definition is not None and material.definition.mql.by == "rules":
        return words.say("by rules")
    if stops.why == "signed":
        return words.say("is draft" if material.reviewed.agreed.is_draft else "is signed")
    return words.say("is proposed" if stops.why == "proposed" else "is best")


def _rule(material: Material, words: Words, origin: FigureSources) -> Iterator[str]:
    rule = material.study.rule if material.study else None
    if rule is not None and rule.figures.judged[0] >= FEWEST_FOR_A_RATE:
        weekly = count(material.scale * float(rule.figures.per_week[0]))
        rate = words.hundred(float(rule.figures.precision[0]))
        yield words.say("rule", n=weekly, rate=rate, close=origin.goal("close"))


# --- the slider -----------------------------------------------------------------------------------


def _slider(
    material: Material, stops: CandidateLines, words: Words, origin: FigureSources
) -> Slider:
    columns, values = _figures(material, stops, words, origin)
    figures = tuple(
        tuple(None if np.isnan(value) else float(value) for value in row) for row in values.tolist()
    )
    return Slider(
        lines=tuple(stops.lines.tolist()),
        chosen=stops.chosen,
        columns=columns,
        figures=figures,
        sentences=tuple(_sentence(material, stops, at, words, origin) for at in range(len(stops))),
        source=origin.lines,
        row=ROW,
    )


def _figures(
    material: Material, stops: CandidateLines, words: Words, origin: FigureSources
) -> tuple[tuple[TableColumn, ...], NDArray[np.float64]]:
    """Columns and (L, columns) values; columns that nothing is known of are left out."""
    found = _all_figures(material, stops, words, origin)
    known = [(column, values) for column, values in found if not np.isnan(values).all()]
    return tuple(column for column, _ in known), np.stack([values for _, values in known], axis=1)


def segment_lines(
    material: Material, stops: CandidateLines, words: Words
) -> tuple[tuple[float | None, ...], ...]:
    """(L, columns) what stands in the columns of the slider for a segment; None where it is not
    told.

    Args:
        material: Material of the review, with the lines for all leads.
        stops: The lines of the segment.
        words: Words of this section.
    """
    origin = FigureSources(material, words)
    if material.stops is None:
        return ()
    whole = _all_figures(material, material.stops, words, origin)
    values = [
        own
        for (_, all_leads), (_, own) in zip(
            whole, _all_figures(material, stops, words, origin), strict=True
        )
        if not np.isnan(all_leads).all()
    ]
    return tuple(
        tuple(None if np.isnan(cell) else float(cell) for cell in row)
        for row in np.stack(values, axis=1).tolist()
    )


def _all_figures(
    material: Material, stops: CandidateLines, words: Words, origin: FigureSources
) -> list[tuple[TableColumn, NDArray[np.float64]]]:
    closes = origin.goal("closes")
    weekly = _weekly_kind(stops.per_week[:, 0])
    return [
        (TableColumn(words.say("per week"), weekly), stops.per_week[:, 0]),
        (
            TableColumn(words.say("per person"), "number"),
            stops.per_week[:, 0] / (material.config.audit.people or np.nan),
        ),
        (TableColumn(words.say("backlog"), "count"), stops.backlog),
        (
            TableColumn(words.say("of 100", close=origin.goal("close")), "share"),
            stops.precision[:, 0],
        ),
        (TableColumn(words.say("low"), "share"), stops.precision[:, 1]),
        (TableColumn(words.say("high"), "share"), stops.precision[:, 2]),
        (TableColumn(words.say("captured", closes=closes), "share"), stops.captured),
        (TableColumn(words.say("wins", closes=closes), _weekly_kind(stops.wins)), stops.wins),
        (TableColumn(words.say("value"), "money"), stops.value),
        *(
            (
                TableColumn(words.say("quadrant", name=words.quadrant(name)), "share"),
                stops.areas[:, place],
            )
            for place, name in enumerate(areas_named(stops.axes))
        ),
        (TableColumn(words.say("followed"), "share"), stops.followed),
    ]


def _weekly_kind(counts: NDArray[np.float64]) -> CellKind:
    """Few a week are told with decimals."""
    return "number" if np.nanmax(np.append(counts, 0.0)) < _FEW_A_WEEK else "count"


def _sentence(
    material: Material, stops: CandidateLines, at: int, words: Words, origin: FigureSources
) -> str:
    told = [*_weekly(material, stops, at, words, origin)]
    if not np.isnan(stops.captured[at]):
        share = words.write(float(stops.captured[at]), "share")
        rest = words.hundred(1 - float(stops.captured[at]))
        told.append(words.say("cover", share=share, rest=rest, closes=origin.goal("closes")))
    if not np.isnan(stops.backlog[at]):
        told.append(words.say("day one", n=round(float(stops.backlog[at]))))
    followed = words.hundred(float(stops.followed[at]))
    if np.isnan(stops.fit):
        told.append(words.say("house followed", followed=followed))
    else:
        told.append(words.say("house", fit=words.hundred(stops.fit), followed=followed))
    return words.join(told)


def _weekly(
    material: Material, stops: CandidateLines, at: int, words: Words, origin: FigureSources
) -> Iterator[str]:
    weekly, study = float(stops.per_week[at, 0]), material.study
    if study is None:
        yield words.say("of 100 leads", n=words.hundred(float(stops.judged[at]) / stops.leads))
    if np.isnan(weekly) or study is None:
        return
    policy = study.policy
    capacity, least = (
        asked * material.scale if asked else None
        for asked in (policy.capacity_per_week, policy.minimum_per_week)
    )
    whole = team_week(material, weekly)
    if capacity is None or whole is None:
        yield words.say("a week", n=count(weekly))
    else:
        team = role_name(whole[0], material.definition, words)
        yield words.say(
            "a week, capacity",
            n=count(weekly),
            team=team,
            all=count(whole[1]),
            capacity=count(capacity),
        )
        if whole[1] > capacity:
            yield words.say("too many", n=count(whole[1] - capacity), team=team)
    if least is not None and weekly < least:
        yield words.say("too few", n=count(least - weekly))
    asked, low = policy.minimum_precision, float(stops.precision[at, 1])
    if asked is not None and low < asked:
        yield words.say("below", asked=words.hundred(asked), close=origin.goal("close"))


# --- what was asked for, and what can be promised -------------------------------------------------


def _conflicts(material: Material, words: Words) -> Iterator[str]:
    study = material.study
    if study is None:
        return
    conflicts = tuple(_scaled(conflict, material.scale) for conflict in study.choice.conflicts)
    told: Study = replace(study, choice=replace(study.choice, conflicts=conflicts))
    if conflicts:
        yield from StudySentences(told, words.language).choice()


def _scaled(conflict: Conflict, scale: float) -> Conflict:
    first = scale if conflict.first in _COUNTED else 1.0
    second = scale if conflict.second in _COUNTED else 1.0
    return replace(
        conflict,
        asked=first * conflict.asked,
        possible=first * conflict.possible,
        second_asked=second * conflict.second_asked,
        second_possible=second * conflict.second_possible,
    )


def _promises(material: Material, words: Words, origin: FigureSources) -> Iterator[str]:
    study = material.study
    focus = study.focus if study else None
    if study is None or focus is None:
        return
    promise, scale = focus.promise, material.scale
    if promise.judged >= FEWEST_FOR_A_RATE:
        spread = words.hundreds(promise.precision.low, promise.precision.high)
        yield words.say(
            "promise",
            weeks=promise.weeks,
            range=spread,
            horizon=study.frame.horizon_days,
            week_low=count(scale * promise.per_week.low),
            week_high=count(scale * promise.per_week.high),
            close=origin.goal("close"),
        )
        yield StudySentences(study, words.language).levels(promise.precision.expected)
    goal = None if study.goal == "won" else study.goal
    ends = ((focus.detail.days_to_stage, study.stage), (focus.detail.days_to_goal, goal))
    for days, to in ends if study.stage else ends[1:]:
        if days is None or promise.won < _FEWEST:
            continue
        low, middle, high = (f"{day:.0f}" for day in days)
        named = (
            words.say("to: stage", stage=words.name(to, longest=40)) if to else words.say("to: won")
        )
        yield words.say("days", to=named, days=middle, low=low, high=high)
    leave = material.definition.mql.leave if material.definition else None
    if leave is not None and study.rule is None:
        yield words.say("rest", leave=words.write(leave, "chance"))
    raised = study.hand_raisers.crossed
    if raised >= _FEWEST:
        yield words.say("raised", n=count(scale * raised / max(study.weeks, 1 / 7)))


def _curve(stops: CandidateLines, words: Words, origin: FigureSources) -> Iterator[Chart]:
    """What more leads cost: the share that closes, the more of them a week."""
    shown = [
        at
        for at in np.argsort(stops.per_week[:, 0], kind="stable")
        if not np.isnan([stops.per_week[at, 0], *stops.precision[at]]).any()
    ]
    if len(shown) < _FEWEST:
        return
    rate, low, high = (tuple(stops.precision[shown, end].tolist()) for end in range(3))
    weekly = tuple(stops.per_week[shown, 0].tolist())
    at, close = stops.chosen, origin.goal("close")
    series = [Series(words.say("of 100", close=close), rate, low, high, "band")]
    if at in shown:
        here = tuple(each if shown[place] == at else None for place, each in enumerate(rate))
        line = words.write(float(stops.lines[at]), "chance")
        series.append(Series(words.say("this line", line=line), here, style="points"))
    yield Chart(
        name="line-curve",
        title=words.say("curve", close=close),
        alternative=words.say(
            "curve told",
            few=count(weekly[0]),
            most=words.hundred(rate[0]),
            many=count(weekly[-1]),
            least=words.hundred(rate[-1]),
            close=close,
        ),
        x=weekly,
        x_title=words.say("per week"),
        y_title=words.say("of 100", close=close),
        y_kind="share",
        series=tuple(series),
        source=origin.lines,
    )


def _near(material: Material, stops: CandidateLines, words: Words) -> Iterator[str]:
    """The open leads that stand close to the line: whom a small move of it would decide on."""
    study = material.study
    if study is None or study.rule is not None:
        return
    figures, line = study.lines.figures, float(stops.lines[stops.chosen])
    low, at, high = (
        int(np.argmin(np.abs(figures.lines - part * line))) for part in (1 / _NEAR, 1.0, _NEAR)
    )
    waiting = material.scale * figures.backlog
    above, below = float(waiting[at] - waiting[high]), float(waiting[low] - waiting[at])
    if min(above, below) < _FEWEST:
        return
    whole = material.scale * study.open_leads
    yield words.say(
        "near",
        above=round(above),
        below=round(below),
        high=words.write(float(figures.lines[high]), "chance"),
        low=words.write(float(figures.lines[low]), "chance"),
        share=words.write((above + below) / whole, "share"),
    )


def _table(material: Material, stops: CandidateLines, words: Words, origin: FigureSources) -> Table:
    columns, values = _figures(material, stops, words, origin)
    ranged = material.study is not None
    kind = _weekly_kind(stops.per_week[:, 0])
    more = (
        (TableColumn(words.say("week low"), kind), TableColumn(words.say("week high"), kind))
        if ranged
        else ()
    )
    judged = np.where((stops.judged < _FEWEST) & (stops.judged > 0), np.nan, stops.judged)
    whole = [
        stops.lines[:, None],
        values,
        *([stops.per_week[:, 1:]] if ranged else []),
        judged[:, None],
    ]
    rows = tuple(
        tuple(None if np.isnan(cell) else cell for cell in row) for row in np.hstack(whole).tolist()
    )
    heading = (
        TableColumn(words.say("line"), "chance"),
        *columns,
        *more,
        TableColumn(words.say("judged"), "count"),
    )
    return Table("lines", words.say("lines"), heading, rows, origin.lines)
