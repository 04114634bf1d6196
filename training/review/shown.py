"""What of a text can be shown, and how much room it takes: on the page and on the slides alike."""

import re

from propensity.wording import plain

#: Longest text of a cell or a label.
CELL = 160
#: What UTF-8 or XML cannot hold.
_UNWRITABLE = re.compile("[\ud800-\udfff\ufffe\uffff]")


def shown(text: str, *, longest: int = CELL) -> str:
    r"""Any text as one that can be shown: on one line, of readable length, without marks that turn its direction.

    >>> shown("a\u202eb\ud800\nc")
    'ab�c'
    """
    return _UNWRITABLE.sub("\ufffd", plain(text, longest=longest))


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
