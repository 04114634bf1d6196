"""The MQL line as something to move: every figure for every line is in the page, written
already.
"""

from training.review.document.blocks import Slider
from training.review.document.visible_text import shown
from training.review.page.safe import PARAGRAPH, embedded, paragraph, safe
from training.review.words import Words


def slider_html(
    slider: Slider, words: Words, *, name: str, beside: str, moves_maps: bool, source: str
) -> str:
    """The control, the figures, the sentence, the map beside it, and what is copied.

    Args:
        slider: The lines.
        words: Of the page.
        name: Of the block; unique in the page.
        beside: A map.
        moves_maps: Whether the diagonals of the page are those of its lines.
        source: Of the figures.
    """
    lines = [words.write(line, "chance") for line in slider.lines]
    figures = [
        [words.write(value, column.kind) for value, column in zip(row, slider.columns, strict=True)]
        for row in slider.figures
    ]
    at = slider.chosen
    keys = [slider.key.replace("{line}", f"{line:.4g}") for line in slider.lines]
    data = {
        "lines": lines,
        "figures": figures,
        "sentences": [shown(sentence, longest=PARAGRAPH) for sentence in slider.sentences],
        "keys": keys,
        "shown": [words.say("line at", line=line) for line in lines],
        "maps": moves_maps,
    }
    few = (
        f'<p class="note">{safe(words.say("few"))}</p>'
        if any(None in row for row in slider.figures)
        else ""
    )
    cells = "".join(
        f"<div><dt>{safe(column.title)}</dt><dd><output"
        f' data-column="{place}">{safe(figures[at][place])}</output>'
        "<span"
        f' class="proposed">{safe(words.say("proposed", line=lines[at], value=figures[at][place]))}</span>'
        "</dd></div>"
        for place, column in enumerate(slider.columns)
    )
    return (
        f'<div class="slider" id="{name}"><p class="small">{safe(words.say("move"))}</p><div'
        f' class="control"><label for="{name}-line">{safe(words.say("line"))}</label><output'
        f' class="line" for="{name}-line">{safe(lines[at])}</output><input type="range"'
        f' id="{name}-line" min="0" max="{len(lines) - 1}" step="1" value="{at}" data-chosen="{at}"'
        f' aria-valuetext="{safe(lines[at])}" aria-describedby="{name}-sentence"><p'
        f' class="now"><span>{safe(words.say("now", line=lines[at]))}</span><button type="button"'
        f' class="reset" hidden>{safe(words.say("reset"))}</button></p></div><p class="sentence"'
        f' id="{name}-sentence" role="status">{paragraph(slider.sentences[at])}</p><div'
        f' class="consequences"><dl>{cells}</dl>{f"<div>{beside}</div>" if beside else ""}</div>{few}{source}<div'
        f' class="copy"><label for="{name}-key">{safe(words.say("to copy"))}</label><input'
        f' type="text" readonly id="{name}-key" value="{safe(keys[at])}" spellcheck="false"><button'
        f' type="button" class="copying" data-done="{safe(words.say("copied"))}"'
        f' data-by-hand="{safe(words.say("copy by hand"))}">{safe(words.say("copy"))}</button><p'
        ' class="copied" role="status"></p></div><script'
        f' type="application/json">{embedded(data)}</script></div>'
    )
