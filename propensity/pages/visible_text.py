"""What of a text can be shown, on a page and on paper alike."""

import re

from propensity.concepts.wording import plain

#: Longest text of a cell or a label.
CELL = 160
#: What UTF-8 or XML cannot hold.
_UNWRITABLE = re.compile("[\ud800-\udfff\ufffe\uffff]")


def shown(text: str, *, longest: int = CELL) -> str:
    r"""Any text as one that can be shown: on one line, of readable length, without marks that turn
    its direction.

    >>> shown("a\u202eb\ud800\nc")
    'ab�c'
    """
    return _UNWRITABLE.sub("\ufffd", plain(text, longest=longest))
