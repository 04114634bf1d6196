"""What matters: how far each concept moves chances, which way, and whether that is steady."""

from collections.abc import Iterator

import numpy as np

from features.build.mail import COMPANY_MAIL, FREE_MAIL
from features.settings import Axis
from features.spec import AttributeSource, BehaviourSource, ClockSource, Feature
from propensity.concepts.wording import plain
from propensity.language import CATALOGUES
from propensity.language.numerals import numbers
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
from training.review.findings.concept_effects import ConceptEffect
from training.review.findings.material import Material
from training.review.findings.shape import Shape, ShapePoint
from training.review.sections.sources_told import FigureSources
from training.review.words import Words

AXES: tuple[Axis, ...] = ("fit", "interest")
#: Concepts named in the headline, and levels named as best and worst.
_NAMED, _LEVELS = 3, 2
#: From here on numbers are told as millions, or as 万 and 億.
_LARGE = 1e6
#: Groups that a direction needs.
_ENDS = 2


def section(material: Material, words: Words) -> Section:
    """What matters."""
    shown = [matter for axis in AXES for matter in _shown(material, axis)]
    origin = FigureSources(material, words)
    blocks: list[Block] = []
    if material.matters:
        names = [
            words.quoted(words.name(matter.concept.name)) for matter in material.matters[:_NAMED]
        ]
        blocks.append(Text(words.say("headline", names=words.listed(names)), "headline"))
    blocks.append(Text(words.say("how")))
    blocks += [_bars(material, axis, words, origin) for axis in AXES]
    blocks += [_folded(matter, place, words, origin) for place, matter in enumerate(shown, start=1)]
    blocks.append(
        Folded(words.say("table"), (_table(material, words, origin), _curves(shown, words, origin)))
    )
    return Section(
        name="matters",
        title=words.say("title"),
        blocks=tuple(blocks),
        part="meeting",
        notes=tuple(words.say(f"note: {number}") for number in (1, 2, 3, 4)),
        minutes=10,
        links=("said", "told", "actions", "expert"),
    )


def _shown(material: Material, axis: Axis) -> list[ConceptEffect]:
    """The concepts of an axis that move chances most."""
    on_axis = [
        matter
        for matter in material.matters
        if matter.concept.axis == axis and matter.effect.points > 0
    ]
    return on_axis[: material.config.review.concepts]


def _bars(material: Material, axis: Axis, words: Words, origin: FigureSources) -> Block:
    shown = _shown(material, axis)
    if not shown:
        return Text(f"{words.say(axis)}: {words.say('none')}", "small")
    names = _apart([words.name(matter.concept.name, longest=28) for matter in shown])
    points = [_points(matter.effect.points) for matter in shown]
    told = words.say(
        "alternative", axis=words.say(axis), first=names[0], points=words.write(points[0], "number")
    )
    ends = [
        [_points(getattr(matter.steadiness, end)) for matter in shown] for end in ("low", "high")
    ]
    known = all(end is not None for pair in ends for end in pair)
    return Chart(
        name=f"matters-{axis}",
        title=words.say(axis),
        alternative=told,
        x=tuple(names),
        x_title=words.say("concept"),
        y_title=words.say("points"),
        y_kind="number",
        series=(
            Series(
                title=words.say("points"),
                y=tuple(points),
                low=tuple(ends[0]) if known else (),
                high=tuple(ends[1]) if known else (),
                style="bar",
            ),
        ),
        source=origin.resampled,
        horizontal=True,
    )


def _apart(names: list[str]) -> list[str]:
    """Names that differ, so that each bar is its own."""
    return [
        f"{name} ({names[:place].count(name) + 1})" if name in names[:place] else name
        for place, name in enumerate(names)
    ]


def _points(share: float) -> float | None:
    return None if np.isnan(share) else 100 * share


def _table(material: Material, words: Words, origin: FigureSources) -> Table:
    rows: list[tuple[CellValue, ...]] = []
    times = material.config.review.resamplings
    for matter in material.matters:
        steady = matter.steadiness
        told = words.say(
            "is steady" if steady.is_steady else "not steady",
            n=round(steady.agree * times),
            times=times,
        )
        rows.append(
            (
                words.name(matter.concept.name),
                words.say(f"axis {matter.concept.axis}"),
                _points(matter.effect.points),
                _points(steady.low),
                _points(steady.high),
                direction(matter.shape, words),
                told,
                *steady.places,
            )
        )
    columns = (
        TableColumn(words.say("concept")),
        TableColumn(words.say("axis")),
        TableColumn(words.say("points"), "number"),
        TableColumn(words.say("low"), "number"),
        TableColumn(words.say("high"), "number"),
        TableColumn(words.say("direction")),
        TableColumn(words.say("steady")),
        *(
            TableColumn(words.say("place", version=str(number)), "count")
            for number in material.past_versions
        ),
    )
    return Table("what-matters", words.say("table"), columns, tuple(rows), origin.resampled)


# --- one concept ----------------------------------------------------------------------------------


def direction(shape: Shape, words: Words) -> str:
    """Which way a concept moves chances, in words."""
    match shape.way:
        case "levels":
            return _best_and_worst(shape, words)
        case "up" | "down" | "peak" | "bottom" if _argues(shape):
            return words.say("argues")
        case "up" | "down":
            key = f"{shape.way} {_unit(shape.feature)}"
            return (
                words.say(key)
                if shape.turn is None
                else words.say(f"{key}, turn", turn=rounded(shape.turn, words))
            )
        case "peak" | "bottom":
            point = next(point for point in shape.points if point.high == shape.turn)
            return words.say(shape.way, turn=point_label(point, shape.feature, words))
        case "mixed":
            return words.say("mixed")
        case "none":
            return words.say("none way")


def _argues(shape: Shape) -> bool:
    """Whether what was observed goes the other way than what the concept brings by itself.

    Then other things go along with it, and a direction told beside its picture would be laughed at.
    """
    points = [point for point in shape.points if point.kind == "value" and point.rate is not None]
    if len(points) < _ENDS:
        return False
    change, rate = (
        np.array(values)
        for values in zip(*((p.change, p.rate or 0.0) for p in points), strict=True)
    )
    leads = np.array([point.leads for point in points])
    return bool(
        np.average(
            (change - np.average(change, weights=leads)) * (rate - np.average(rate, weights=leads)),
            weights=leads,
        )
        < 0
    )


def _best_and_worst(shape: Shape, words: Words) -> str:
    """Levels that raise and lower chances; not those whose own leads closed on the other side of
    the average.
    """
    average = sum(point.won for point in shape.points) / sum(point.leads for point in shape.points)
    levels = [point for point in shape.points if point.kind == "value"]
    best = [point for point in levels if point.change > 0 and (point.rate or 0.0) >= average][
        :_LEVELS
    ]
    worst = [point for point in levels if point.change < 0 and (point.rate or 0.0) <= average][
        -_LEVELS:
    ]
    named = {
        name: words.listed([point_label(point, shape.feature, words) for point in found])
        for name, found in (("best", best), ("worst", worst))
        if found
    }
    return words.say(" and ".join(named) or "no level", **named)


def _unit(feature: Feature) -> str:
    """What a larger value of a feature means: more, more often, or longer ago."""
    match feature.source:
        case BehaviourSource(measure="count" | "active_days"):
            return "times"
        case BehaviourSource(measure="days_since"):
            return "days"
        case AttributeSource(reading="age") | ClockSource(clock="lead_age" | "first_touch_age"):
            return "age"
        case _:
            return "number"


def _folded(matter: ConceptEffect, place: int, words: Words, origin: FigureSources) -> Folded:
    shape, name = matter.shape, words.name(matter.concept.name)
    told = direction(shape, words)
    summary = words.say("fold", concept=name, direction=told)
    beside, named = _points(matter.effect.points), fold_name(matter)
    if not shape.points:
        return Folded(summary, (Text(words.say("none way")),), points=beside, name=named)
    points = shape.points
    intervals = [point.interval for point in points]
    chart = Chart(
        name=f"curve-{matter.concept.axis}-{place}",
        title=words.say("curve", concept=name),
        alternative=words.say("curve alternative", concept=name, direction=told),
        x=tuple(
            words.say("point", value=point_label(p, shape.feature, words), n=p.leads)
            for p in points
        ),
        x_title=words.say(_axis_key(shape.feature), concept=name, n=_window(shape.feature)),
        y_title=origin.goal("rate_name"),
        y_kind="share",
        series=(
            Series(
                title=words.say("observed"),
                y=tuple(point.rate for point in points),
                low=tuple(low for low, _ in intervals),
                high=tuple(high for _, high in intervals),
                style="points",
            ),
            Series(
                title=words.say("model"),
                y=tuple(point.expected for point in points),
                style="points" if shape.way == "levels" else "line",
            ),
        ),
        source=origin.unseen,
        horizontal=shape.way == "levels",
    )
    asked = any(point.kind == "missing" for point in points) and matter.concept.axis == "fit"
    inside = (chart, Text(words.say("ask"), "small")) if asked else (chart,)
    return Folded(summary, inside, points=beside, name=named)


def fold_name(matter: ConceptEffect) -> str:
    """The name by which the points of a segment take the place of those of all leads."""
    return f"{matter.concept.axis} {matter.concept.name}"


def _axis_key(feature: Feature) -> str:
    """What the values of a feature are counted in."""
    if isinstance(feature.source, BehaviourSource) and feature.source.measure == "active_days":
        return "value active"
    if feature.unit == "days":
        return "value days"
    return "value window" if _window(feature) else "value"


def _window(feature: Feature) -> int:
    """Days that a behaviour is counted over; 0 where there is no such end."""
    source = feature.source
    return (source.window or 0) if isinstance(source, BehaviourSource) else 0


def point_label(point: ShapePoint, feature: Feature, words: Words) -> str:
    """What a group of values is called.

    Args:
        point: The group.
        feature: That the values are of.
        words: Words of this section.
    """
    if point.kind == "missing":
        silent = isinstance(feature.source, BehaviourSource)
        return words.say("never" if silent else "missing")
    if point.kind == "other":
        return words.say("other")
    if point.low is None or point.high is None:
        return _level(point.level, feature, words)
    low, high = rounded(point.low, words), rounded(point.high, words)
    return words.say("one", low=low) if low == high else words.say("range", low=low, high=high)


def _level(level: str, feature: Feature, words: Words) -> str:
    renamed = words.labels.get(f"{feature.name}: {level}")
    is_mail = (
        isinstance(feature.source, AttributeSource) and feature.source.reading == "mail_domain"
    )
    ours = (
        CATALOGUES[words.language][level]
        if is_mail and level in (FREE_MAIL, COMPANY_MAIL)
        else level
    )
    return plain(renamed or ours, longest=24)


def rounded(value: float, words: Words, *, digits: int = 3) -> str:
    """A number with three significant digits: nobody's own value; large ones in the large numbers
    of the language.
    """
    near = float(f"{value:.{digits}g}")
    if abs(near) >= _LARGE:
        return words.large(near)
    return str(numbers(np.array([near]))[0].as_py())


def _curves(shown: list[ConceptEffect], words: Words, origin: FigureSources) -> Table:
    columns = (
        TableColumn(words.say("concept")),
        TableColumn(words.say("column value")),
        TableColumn(words.say("column leads"), "count"),
        TableColumn(words.say("observed"), "share"),
        TableColumn(words.say("model"), "share"),
        TableColumn(words.say("column change"), "number"),
    )
    return Table(
        "what-matters-curves",
        words.say("curves"),
        columns,
        tuple(_curve_rows(shown, words)),
        origin.unseen,
    )


def _curve_rows(shown: list[ConceptEffect], words: Words) -> Iterator[tuple[CellValue, ...]]:
    for matter in shown:
        for point in matter.shape.points:
            value = point_label(point, matter.shape.feature, words)
            yield (
                words.name(matter.concept.name),
                value,
                point.leads,
                point.rate,
                point.expected,
                100 * point.change,
            )
