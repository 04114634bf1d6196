"""A model card as Markdown and as HTML; whatever a name in the data says, it is text in both."""

import re
from collections.abc import Iterator
from html import escape

from propensity.concepts.wording import plain
from training.train.card.contents import Card, CardTable

#: Nothing may be loaded or run or sent.
_POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"
_STYLE = """
body{font:15px/1.5 system-ui,"Hiragino Sans","Noto Sans JP","Yu Gothic",sans-serif;max-width:60rem;
margin:2rem auto;
padding:0 1rem;color:#1a1a1a;background:#fff}h1{font-size:1.5rem}h2{font-size:1.15rem;
margin-top:2rem}
table{border-collapse:collapse;width:100%}th,td{text-align:left;vertical-align:top;
padding:.35rem .6rem;
border-bottom:1px solid #ddd;overflow-wrap:anywhere}th{border-bottom:2px solid #999}
tr{break-inside:avoid}
""".replace("\n", "")
#: What Markdown would read as anything but a character.
_MARKS = re.compile(r"([\\`*_\[\]|~$!@]|^[#>+\-=]|\.(?=[^\W\d])|:(?=//))")
_LONGEST = 2000


def as_markdown(card: Card) -> str:
    """The card as Markdown with tables."""
    return "\n".join(_markdown(card)) + "\n"


def as_html(card: Card) -> str:
    """The card as one page: no script, no request, everything escaped."""
    return "".join(_html(card))


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


def _html(card: Card) -> Iterator[str]:
    yield '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
    yield f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">\n'
    yield f"<title>{_safe(card.title)}</title>\n<style>{_STYLE}</style>\n</head>\n"
    yield f"<body>\n<h1>{_safe(card.title)}</h1>\n"
    for part in card.parts:
        yield f"<h2>{_safe(part.title)}</h2>\n"
        for block in part.body:
            if isinstance(block, CardTable):
                yield _table(block)
            elif isinstance(block, tuple):
                yield (
                    "<ul>\n" + "".join(f"<li>{_safe(point)}</li>\n" for point in block) + "</ul>\n"
                )
            else:
                yield f"<p>{_safe(block)}</p>\n"
    yield "</body>\n</html>\n"


def _table(table: CardTable) -> str:
    head = "".join(f"<th>{_safe(heading)}</th>" for heading in table.headings)
    rows = "".join(
        "<tr>" + "".join(f"<td>{_safe(cell)}</td>" for cell in row) + "</tr>\n"
        for row in table.rows
    )
    return f"<table>\n<thead><tr>{head}</tr></thead>\n<tbody>\n{rows}</tbody>\n</table>\n"


def _safe(text: str) -> str:
    return escape(plain(text, longest=_LONGEST))


def _marked(text: str) -> str:
    """Any text as one line of Markdown that says just that: HTML and marks are escaped."""
    return _MARKS.sub(
        r"\\\1", plain(text, longest=_LONGEST).replace("&", "&amp;").replace("<", "&lt;")
    )
