"""Results in a notebook: what a command prints, or a table."""

import io
from abc import ABC, abstractmethod
from collections.abc import Iterable
from typing import TYPE_CHECKING

from rich.console import Console, RenderableType

if TYPE_CHECKING:
    import pandas as pd

#: Rows of a table that a notebook shows; beyond, the first and the last ones.
_ROWS = 60

#: Columns of a line.
_WIDTH = 100
_FRAME = '<pre style="white-space:pre;overflow-x:auto">{code}</pre>'


def as_html(parts: Iterable[RenderableType]) -> str:
    r"""Lines as HTML that needs nothing from elsewhere; every text is escaped.

    >>> as_html(["<b>"])
    '<pre style="white-space:pre;overflow-x:auto">&lt;b&gt;\n</pre>'
    """
    console = Console(
        file=io.StringIO(),
        force_jupyter=False,  # else each line is displayed by itself, too
        record=True,
        width=_WIDTH,
        highlight=False,
        markup=False,
        emoji=False,
    )
    for part in parts:
        console.print(part)
    return console.export_html(inline_styles=True, code_format=_FRAME)


class ResultTable(ABC):
    """A result that is a table: as a DataFrame, and so in a notebook."""

    @abstractmethod
    def to_pandas(self) -> "pd.DataFrame":
        """The result as a DataFrame; the class says what a row is."""

    def __repr__(self) -> str:
        """The table as text, as wide as pandas shows it: a notebook keeps it beside the HTML."""
        return f"{type(self).__name__}\n{self.to_pandas()!r}"

    def _repr_html_(self) -> str:
        """The table as HTML that needs nothing from elsewhere; every text is escaped."""
        told: str = self.to_pandas().to_html(
            index=False,
            escape=True,
            border=0,
            max_rows=_ROWS,
            na_rep="",
            float_format="{:.4g}".format,
        )
        return told
