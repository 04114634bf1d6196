"""A model card as Markdown and as HTML; whatever a name in the data says, it is text in both."""

import re
from collections.abc import Iterator
from functools import partial

from propensity.concepts.wording import plain
from propensity.pages.template import environment, style
from training.train.card.contents import Card, CardTable

#: What Markdown would read as anything but a character.
_MARKS = re.compile(r"([\\`*_\[\]|~$!@]|^[#>+\-=]|\.(?=[^\W\d])|:(?=//))")
_LONGEST = 2000
_TEMPLATES = environment(partial(plain, longest=_LONGEST))


def as_markdown(card: Card) -> str:
    """The card as Markdown with tables."""
    return "\n".join(_markdown(card)) + "\n"


def as_html(card: Card) -> str:
    """The card as one page: no script, no request, everything escaped."""
    values = {"language": "en", "title": card.title, "style": style("propensity/pages/report.css")}
    return _TEMPLATES.get_template("training/train/card/card.html").render(values, card=card)


def _markdown(card: Card) -> Iterator[str]:
    yield f"# {_marked(card.title)}"
    for part in card.parts:
        yield f"\n## {_marked(part.title)}"
        for block in part.body:
            yield ""
            if isinstance(block, CardTable):
                yield "| " + " | ".join(map(_marked, block.headings)) + " |"
                yield "|" + " --- |" * len(block.headings)
                yield from ("| " + " | ".join(map(_marked, row)) + " |" for row in block.rows)
            elif isinstance(block, tuple):
                yield from (f"- {_marked(point)}" for point in block)
            else:
                yield _marked(block)


def _marked(text: str) -> str:
    """Any text as one line of Markdown that says just that: HTML and marks are escaped."""
    return _MARKS.sub(
        r"\\\1", plain(text, longest=_LONGEST).replace("&", "&amp;").replace("<", "&lt;")
    )
