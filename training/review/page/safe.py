"""Any text and any data as a harmless part of an HTML page."""

import json
import re
from html import escape

from training.review.document.visible_text import CELL, shown

#: Longest paragraph.
PARAGRAPH = 4_000
#: A percent sign stays with its number.
_PERCENT = re.compile(r"(?<=\d) %")


def safe(text: str, *, longest: int = CELL) -> str:
    """Any text as harmless HTML, for content and for quoted attributes.

    >>> safe('<script>"')
    '&lt;script&gt;&quot;'
    """
    return escape(shown(text, longest=longest))


def paragraph(text: str) -> str:
    """The same for a paragraph: longer, and no line begins with a percent sign."""
    return _PERCENT.sub("\u00a0%", safe(" ".join(text.split()), longest=PARAGRAPH))


def embedded(data: object) -> str:
    r"""Data for a ``<script type="application/json">``: nothing in it ends the element or begins a
    comment.

    >>> print(embedded("</script><!--"))
    "\u003c/script>\u003c!--"
    """
    return json.dumps(data, ensure_ascii=False, allow_nan=False, separators=(",", ":")).replace(
        "<", "\\u003c"
    )
