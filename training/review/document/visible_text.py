"""What of a text can be shown, and how much room it takes: on the page and on the slides alike."""

import re
from collections.abc import Sequence

from propensity.pages.visible_text import shown

#: A name and its value.
_VALUE = re.compile("(.+?)(: |:)(.+)", re.DOTALL)
#: Halves of a full-width sign of a name that is worth showing.
_LEAST_OF_A_NAME = 8


def wide(text: str) -> int:
    """In halves of a full-width sign."""
    return sum(2 if ord(sign) > 0x2E7F else 1 for sign in text)


def cut(text: str, widest: int) -> str:
    """A text of at most so many halves of a full-width sign, on one line."""
    text = shown(text)
    if wide(text) <= widest:
        return text
    while text and wide(text) > widest - 1:
        text = text[:-1]
    return text.rstrip() + "…"


def told_apart(labels: Sequence[str], widest: int) -> list[str]:
    """Labels cut so that what tells them apart stays: of "column: value" the value, where there is
    room for it.

    >>> told_apart(["How did you hear of us: Web", "How did you hear of us: Mail"], 20)
    ['How did you he…: Web', 'How did you h…: Mail']
    """
    return [
        _cut_before_value(label, widest) if wide(shown(label)) > widest else shown(label)
        for label in labels
    ]


def _cut_before_value(label: str, widest: int) -> str:
    found = _VALUE.fullmatch(shown(label))
    if found is None:
        return cut(label, widest)
    name, mark, value = found.groups()
    room = widest - wide(mark) - wide(value)
    if room >= _LEAST_OF_A_NAME:
        return cut(name, room) + mark + value
    half = (widest - wide(mark)) // 2
    return cut(name, half) + mark + cut(value, widest - wide(mark) - half)
