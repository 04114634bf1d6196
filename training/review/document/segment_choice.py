"""The figures of one segment, which a reader may have in place of those of all leads."""

from collections.abc import Mapping
from dataclasses import dataclass

from training.review.document.blocks import KeyFigure, QuadrantCell


@dataclass(frozen=True)
class SegmentChoice:
    """A segment that can be chosen.

    Attributes:
        by: What leads are parted by, as people call it.
        name: What they call the segment.
        leads: Leads not seen in it.
        figures: Its figures, by the name of those whose place they take.
        quadrants: What stands in the four quadrants of the map, in its order.
        lines: (L, columns) what stands at each line of the slider; None where a figure is not told
            of a segment.
        points: What stands beside folded blocks, by their name.
    """

    by: str
    name: str
    leads: int
    figures: Mapping[str, KeyFigure]
    quadrants: tuple[QuadrantCell, ...]
    lines: tuple[tuple[float | None, ...], ...]
    points: Mapping[str, float | None]
