"""The map: fit x interest, what each quadrant is worth, and the MQL line as the diagonal it is."""

from collections.abc import Iterator

import numpy as np

from propensity.concepts.wording import plain
from propensity.definition.schema import Definition
from propensity.grading.grading import AREAS
from training.definition.grades import FEWEST, GradeCell
from training.review.document.blocks import (
    Block,
    Folded,
    Map,
    QuadrantCell,
    Section,
    Table,
    TableColumn,
    Text,
)
from training.review.document.blocks import CellValue as Value
from training.review.document.numbers import told_count
from training.review.findings.density import Density
from training.review.findings.material import Material
from training.review.sections.case_names import role_name
from training.review.sections.sources_told import FigureSources
from training.review.words import Words

#: Fewer leads than this are not told.
_FEWEST = 5
#: Broken orders told, at most.
_MOST = 3


def section(material: Material, words: Words) -> Section:
    """The map; where leads differ on one axis only, what its halves and grades are worth."""
    origin = FigureSources(material, words)
    worth, found = material.worth, material.density
    if found is None:
        return _one_axis(material, words, origin)
    hot = worth.areas[AREAS.index("hot")]
    key, rate = (
        ("headline few", "") if np.isnan(hot.rate) else ("headline", words.hundred(hot.rate))
    )
    headline = words.say(
        key,
        hot=words.hundred(hot.share),
        name=words.quadrant("hot"),
        rate=rate,
        close=origin.goal("close"),
    )
    blocks: list[Block] = [
        Text(headline, "headline"),
        Text(words.say("how", close=origin.goal("close"))),
        *_map(material, found, words, origin),
    ]
    if found.blank:
        blocks.append(Text(words.say("blank", n=found.blank), "small"))
    if _line(material) is None:
        blocks.append(Text(words.say("no line"), "small"))
    blocks += [Text(text) for text in _sentences(material, words, origin)]
    blocks.append(Folded(words.say("grades"), (_grades(material, words, origin),)))
    return Section(
        name="map",
        title=words.say("title"),
        blocks=tuple(blocks),
        part="meeting",
        notes=tuple(words.say(f"note: {number}") for number in (1, 2, 3)),
        minutes=8,
        links=("told", "bet", "believe"),
    )


def _one_axis(material: Material, words: Words, origin: FigureSources) -> Section:
    axis = material.unseen.axes.names[0]
    high = material.worth.areas[0]
    key, rate = (
        ("headline half few", "")
        if np.isnan(high.rate)
        else ("headline half", words.hundred(high.rate))
    )
    said = {"axis": words.say(f"axis {axis}"), "high": words.hundred(high.share)}
    headline = words.say(key, rate=rate, close=origin.goal("close"), **said)
    columns = (
        TableColumn(words.say("half")),
        TableColumn(words.say("leads"), "count"),
        TableColumn(origin.goal("rate_name"), "share"),
        TableColumn(words.say("low"), "share"),
        TableColumn(words.say("high"), "share"),
        TableColumn(words.say("do")),
    )
    halves = tuple(quadrant_cell(cell, material, words) for cell in material.worth.areas)
    blocks: list[Block] = [
        Text(headline, "headline"),
        Text(words.say(f"one axis {axis}")),
        Table("halves", words.say("halves"), columns, halves, origin.unseen),
        _grades(material, words, origin),
        *(Text(text) for text in _sentences(material, words, origin)),
    ]
    return Section(
        name="map",
        title=words.say("title one axis"),
        blocks=tuple(blocks),
        part="meeting",
        notes=(words.say("note one axis"),),
        minutes=8,
        links=("told", "bet", "believe"),
    )


def _map(material: Material, found: Density, words: Words, origin: FigureSources) -> Iterator[Map]:
    unseen = material.unseen
    fit, interest = unseen.axes.fit, unseen.axes.interest
    if fit is None or interest is None:
        return
    quadrants = tuple(quadrant_cell(cell, material, words) for cell in material.worth.areas)
    parts = [
        words.say(
            "alternative part",
            name=name,
            n=leads,
            rate=words.write(rate, "share"),
            closed=origin.goal("closed"),
        )
        for name, leads, rate, _, _, _ in quadrants
    ]
    yield Map(
        fit_edges=tuple(found.fit_edges.tolist()),
        interest_edges=tuple(found.interest_edges.tolist()),
        counts=tuple(map(tuple, found.counts.tolist())),
        fit_cut=fit.cuts[1],
        interest_cut=interest.cuts[1],
        offset=unseen.sums.base + fit.zero + interest.zero,
        line=_line(material),
        quadrants=quadrants,
        title=words.say("map"),
        alternative=words.say("alternative", parts=words.listed(parts)),
        source=origin.unseen,
        told=words.say("told", rate="{rate}"),
        rate_fit_edges=tuple(found.rate_fit_edges.tolist()),
        rate_interest_edges=tuple(found.rate_interest_edges.tolist()),
        rates=tuple(
            tuple(None if np.isnan(rate) else rate for rate in row) for row in found.rates.tolist()
        ),
    )


def _line(material: Material) -> float | None:
    """The line that stands on the map: none where the rule in words is the line."""
    definition, stops = material.definition, material.stops
    if stops is None or (definition is not None and definition.mql.by == "rules"):
        return None
    return float(stops.lines[stops.chosen])


def quadrant_cell(cell: GradeCell, material: Material, words: Words) -> QuadrantCell:
    """What stands in a quadrant.

    Args:
        cell: Its leads.
        material: Material of the review.
        words: Words of this section.
    """
    known = cell.leads >= FEWEST
    leads = cell.leads if cell.leads >= _FEWEST else 0
    rate, low, high = (cell.rate, cell.low, cell.high) if known else (None, None, None)
    return (
        words.quadrant(cell.name),
        leads,
        rate,
        low,
        high,
        instruction(cell.name, material.definition, words),
    )


def instruction(quadrant: str, definition: Definition | None, words: Words) -> str:
    """What is done with the leads of a quadrant or half, and by whom.

    Args:
        quadrant: One of ``AREAS``.
        definition: Definition that says who does it, in the company's own words; None without one.
        words: Words of this section.
    """
    told = definition.instructions.get(quadrant) if definition else None  # type: ignore[call-overload]
    if told is not None and told.action:
        return plain(told.action)
    if quadrant in ("leave", "low"):
        # said of those who would get them
        told = definition.instructions.get("MQL") if definition else None
    owner = told.owner if told is not None else None
    who = role_name(owner, definition, words) if owner else words.say(f"owner {quadrant}")
    return words.say(f"instruction {quadrant}", who=who)


# --- what contradicts it --------------------------------------------------------------------------


def _sentences(material: Material, words: Words, origin: FigureSources) -> Iterator[str]:
    worth = material.worth
    said = {
        "close": origin.goal("close"),
        "closed": origin.goal("closed"),
        "rate_name": origin.goal("rate_name"),
    }
    of = {cell.name: cell for cell in worth.areas}
    if "keen" in of and of["keen"].rate > of["nurture"].rate:
        keen, nurture = (words.write(of[name].rate, "share") for name in ("keen", "nurture"))
        yield words.say("keen beats nurture", keen=keen, nurture=nurture, **said)
    broken = sorted(worth.disorders, key=lambda disorder: not disorder.beyond_noise)
    for key, beyond in (("order broken", True), ("order within noise", False)):
        pairs = [
            words.say("pair", better=disorder.better, worse=disorder.worse)
            for disorder in broken[:_MOST]
            if disorder.beyond_noise == beyond
        ]
        if pairs:
            yield words.say(key, pairs=words.listed(pairs), **said)
    corners = list(_corners(material, words, said))
    yield from corners
    if corners:
        yield words.say("instead")


def _corners(material: Material, words: Words, said: dict[str, str]) -> Iterator[str]:
    worth = material.worth
    for key, counted in (
        ("outside hot", worth.mql_outside_hot),
        ("below line", worth.hot_below_line),
    ):
        if counted is None or counted[0] < _FEWEST:
            continue
        leads, won = counted
        rate = words.write(won / leads, "share")
        yield words.say(
            key if leads >= FEWEST else f"{key} few",
            n=leads,
            rate=rate,
            hot=words.quadrant("hot"),
            **said,
        )


def _grades(material: Material, words: Words, origin: FigureSources) -> Table:
    def row(cell: GradeCell) -> tuple[Value, ...]:
        if cell.leads < FEWEST:
            return (
                cell.name,
                told_count(cell.leads),
                None,
                None,
                None,
                None,
            )
        return cell.name, cell.leads, cell.rate, cell.low, cell.high, cell.expected / cell.leads

    columns = (
        TableColumn(words.say("grade")),
        TableColumn(words.say("leads"), "count"),
        TableColumn(origin.goal("rate_name"), "share"),
        TableColumn(words.say("low"), "share"),
        TableColumn(words.say("high"), "share"),
        TableColumn(words.say("expected"), "share"),
    )
    key = "grades" if len(material.unseen.axes.names) > 1 else "four grades"
    return Table(
        "grades",
        words.say(key),
        columns,
        tuple(map(row, material.worth.grades)),
        origin.unseen,
    )
