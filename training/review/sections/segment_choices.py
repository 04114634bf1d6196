"""The segments that a reader may have in place of all leads."""

from training.review.document.blocks import KeyFigure
from training.review.document.segment_choice import SegmentChoice
from training.review.findings.material import Material
from training.review.findings.segment_figures import QUADRANT, RateWithRange, SegmentFigures
from training.review.sections.case_names import segment_name
from training.review.sections.line import segment_lines
from training.review.sections.map import quadrant_cell
from training.review.sections.matters import fold_name
from training.review.sections.minute import ALL_LEADS, HANDED_OVER
from training.review.words import Words

#: What leads are parted by that the catalogues have a word for.
_OURS = ("channel", "persona", QUADRANT)
#: Fewer leads than this are not told.
_FEWEST = 5


def segment_choices(material: Material, words: Words) -> tuple[SegmentChoice, ...]:
    """Every segment that is told.

    Args:
        material: Material of the review.
        words: Words of the segments.
    """
    return tuple(_choice(found, material, words) for found in material.segments)


def _choice(found: SegmentFigures, material: Material, words: Words) -> SegmentChoice:
    by, told = found.by, words.of("map")
    quadrants = tuple(quadrant_cell(cell, material, told) for cell in found.areas)
    return SegmentChoice(
        by=words.say(by) if by in _OURS else words.name(by),
        name=words.quadrant(found.value)
        if by == QUADRANT
        else segment_name(by, found.value, words),
        leads=found.all_leads.leads,
        figures={
            HANDED_OVER: _figure(found.handed_over, words),
            ALL_LEADS: _figure(found.all_leads, words),
        },
        quadrants=quadrants if material.density is not None else (),
        lines=segment_lines(material, found.stops, words.of("line")),
        points={
            fold_name(matter): 100 * points
            for matter, points in zip(material.matters, found.points, strict=True)
        },
    )


def _figure(told: RateWithRange, words: Words) -> KeyFigure:
    few = 0 < told.leads < _FEWEST
    source = words.say("few leads") if few else words.say("leads", n=told.leads)
    return KeyFigure(told.rate, "share", "", source, told.low, told.high)
