"""The templates of this folder, and how any text becomes fit for them."""

import re

from markupsafe import Markup, escape

from propensity.pages.template import environment
from propensity.pages.visible_text import shown

#: Longest paragraph.
PARAGRAPH = 4_000
#: A percent sign stays with its number.
_PERCENT = re.compile(r"(?<=\d) %")
#: Texts have the length of a cell, unless they are paragraphs.
TEMPLATES = environment(shown)


def paragraph(text: str) -> Markup:
    """A longer text, in which no line begins with a percent sign.

    >>> print(paragraph("<b> of 5 %").replace("\u00a0", "~"))
    &lt;b&gt; of 5~%
    """
    return escape(_PERCENT.sub("\u00a0%", shown(" ".join(text.split()), longest=PARAGRAPH)))


TEMPLATES.filters["paragraph"] = paragraph
