"""The figures of a segment as the page writes them, for its script."""

from training.review.document.segment_choice import SegmentChoice
from training.review.page.block_html import Writer
from training.review.page.templates import PARAGRAPH, unbroken
from training.review.words import Words


def segment_data(choice: SegmentChoice, writer: Writer, words: Words) -> dict[str, object]:
    """What takes the place of the figures of all leads.

    Args:
        choice: The segment.
        writer: Has written the page.
        words: Words of the page.
    """
    kinds = writer.columns
    return {
        "told": unbroken(words.say("only", by=choice.by, name=choice.name, n=choice.leads)),
        "figures": {
            name: [
                unbroken(words.write(figure.value, figure.kind)),
                unbroken(writer.figure_range(figure)),
                unbroken(figure.source, longest=PARAGRAPH),
            ]
            for name, figure in choice.figures.items()
        },
        "quadrants": [
            [unbroken(line) for line in writer.quadrant_figures(cell)] for cell in choice.quadrants
        ],
        "lines": [
            [
                None if value is None else unbroken(words.write(value, kind))
                for value, kind in zip(row, kinds, strict=True)
            ]
            for row in choice.lines
        ]
        if kinds
        else [],
        "points": {name: unbroken(writer.points(value)) for name, value in choice.points.items()},
    }
