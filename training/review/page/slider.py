"""The MQL line as something to move: every figure for every line is in the page, written
already.
"""

from training.review.document.blocks import Slider
from training.review.page.templates import PARAGRAPH, unbroken
from training.review.words import Words


def slider_data(slider: Slider, words: Words, *, moves_maps: bool) -> dict[str, object]:
    """What the page and its script show at each line.

    Args:
        slider: The lines.
        words: Words of the page.
        moves_maps: Whether the diagonals of the page are those of its lines.
    """
    lines = [unbroken(words.write(line, "chance")) for line in slider.lines]
    return {
        "lines": lines,
        "figures": [
            [
                unbroken(words.write(value, column.kind))
                for value, column in zip(row, slider.columns, strict=True)
            ]
            for row in slider.figures
        ],
        "sentences": [unbroken(sentence, longest=PARAGRAPH) for sentence in slider.sentences],
        "rows": [slider.row.replace("{line}", f"{line:.4g}") for line in slider.lines],
        "shown": [words.say("line at", line=line) for line in lines],
        "maps": moves_maps,
    }
