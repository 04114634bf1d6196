"""The templates of this folder, and how any text becomes fit for them."""

import re

from markupsafe import Markup, escape

from propensity.pages.template import environment
from propensity.pages.visible_text import CELL, shown

#: Longest paragraph.
PARAGRAPH = 4_000
#: A percent sign stays with its number.
_PERCENT = re.compile(r"(?<=\d) %")


def unbroken(text: str, *, longest: int = CELL) -> str:
    """Any text as one that can be shown, in which no line begins with a percent sign.

    >>> unbroken("of 5 %").replace("\u00a0", "~")
    'of 5~%'
    """
    return _PERCENT.sub("\u00a0%", shown(text, longest=longest))


def paragraph(text: str) -> Markup:
    """A longer text.

    >>> print(paragraph("<b> of 5 %").replace("\u00a0", "~"))
    &lt;b&gt; of 5~%
    """
    return escape(unbroken(" ".join(text.split()), longest=PARAGRAPH))


#: Texts have the length of a cell, unless they are paragraphs.
TEMPLATES = environment(unbroken)
TEMPLATES.filters["paragraph"] = paragraph
# what a script reads, signs and lines as they are
TEMPLATES.filters["keep"] = escape
