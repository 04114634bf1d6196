"""What a command prints, for a notebook."""

import io
from collections.abc import Iterable

from rich.console import Console, RenderableType

#: Columns of a line.
_WIDTH = 100
_FRAME = '<pre style="white-space:pre;overflow-x:auto">{code}</pre>'


def as_html(parts: Iterable[RenderableType]) -> str:
    r"""Lines as HTML that needs nothing from elsewhere; every text is escaped.

    >>> as_html(["<b>"])
    '<pre style="white-space:pre;overflow-x:auto">&lt;b&gt;\n</pre>'
    """
    console = Console(
        file=io.StringIO(), record=True, width=_WIDTH, highlight=False, markup=False, emoji=False
    )
    for part in parts:
        console.print(part)
    return console.export_html(inline_styles=True, code_format=_FRAME)
