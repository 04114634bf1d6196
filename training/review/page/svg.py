"""Pictures drawn by Matplotlib as SVG elements of a page: text stays text, no style that a strict
policy forbids.
"""

import io
import re
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from html import escape
from typing import TypeVar
from xml.etree import ElementTree as ET

import matplotlib as mpl
from markupsafe import Markup
from matplotlib.figure import Figure as Canvas

from propensity.pages.visible_text import shown
from training.pictures import fonts

#: Of texts and axes; of what stands back; of the thin lines behind.
INK, MUTED, FAINT = "#1f2933", "#56616b", "#dfe4e8"
#: Widths in pixels: of the page's column, and of a phone.
WIDE, NARROW = 680, 350
_SETTINGS = {
    "font.family": ["DejaVu Sans", "IPAexGothic"],
    "font.size": 12,
    "text.parse_math": False,
    "text.color": INK,
    "svg.fonttype": "none",
    "svg.hashsalt": "review",
    "hatch.linewidth": 0.8,
    "lines.linewidth": 2.2,
    "axes.edgecolor": MUTED,
    "axes.labelcolor": MUTED,
    "axes.titlecolor": MUTED,
    "axes.titlesize": 12,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.axisbelow": True,
    "grid.color": FAINT,
    "xtick.color": MUTED,
    "ytick.color": MUTED,
    "xtick.labelcolor": INK,
    "ytick.labelcolor": INK,
    "legend.frameon": False,
    "axes.unicode_minus": True,
}
#: Nothing of the drawing program, and no address of a vocabulary.
_METADATA = dict.fromkeys(["Creator", "Date", "Format", "Type"])
#: Numbers in paths and places; a tenth of a pixel is enough.
_DECIMALS = re.compile(r"-?\d+\.\d+")
_GEOMETRY = frozenset(["d", "x", "y", "width", "height", "transform"])
#: Of the reader's choice, or said once for the whole picture.
_DROPPED = frozenset(["font-family", "stroke-linejoin"])
Item = TypeVar("Item")
_REFERENCE = re.compile(r"#([\w.-]+)")


@contextmanager
def drawing() -> Iterator[None]:
    """The house's settings; a sign that our fonts lack is drawn by the reader's."""
    with mpl.rc_context(_SETTINGS), warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Glyph .* missing from font")
        fonts()  # known to Matplotlib before anything is drawn
        yield


def canvas(width: float, height: float) -> Canvas:
    """A canvas of so many pixels."""
    return Canvas(figsize=(width / 72, height / 72), dpi=72, layout="constrained")


def row_by_row(items: Sequence[Item], columns: int) -> list[Item]:
    """What a legend of so many columns, which fills them from top to bottom, has to get to be read
    row by row.

    >>> row_by_row("abcde", 3)
    ['a', 'd', 'b', 'e', 'c']
    """
    return [item for column in range(columns) for item in items[column::columns]]


def markup(drawn: Canvas, *, prefix: str, alternative: str, variant: str = "") -> Markup:
    """The picture as an element; an artist with a ``gid`` that begins with ``mql-`` becomes a group
    of that class.

    Args:
        drawn: Picture drawn on a canvas.
        prefix: Prefix of the ids in it; unique in the page.
        alternative: What a reader without eyes has to know.
        variant: Class of the element.
    """
    out = io.StringIO()
    drawn.savefig(out, format="svg", metadata=_METADATA, transparent=True)
    root = ET.fromstring(out.getvalue())  # noqa: S314 — Matplotlib has written it a moment ago
    writer = _SvgWriter(root, prefix)
    inner = Markup("".join(map(writer.element, root)))  # noqa: S704 — escaped by the writer
    return Markup(
        '<svg class="{}" viewBox="{}" role="img" aria-label="{}" stroke-linejoin="round">{}</svg>'
    ).format(
        f"drawing {variant}".strip(),
        root.get("viewBox"),
        shown(alternative, longest=1_000),
        inner,
    )


class _SvgWriter:
    """Writes elements without namespaces, with styles as attributes, and with ids of their own.

    Args:
        root: Root element of the picture.
        prefix: Prefix of the ids.
    """

    def __init__(self, root: ET.Element, prefix: str) -> None:
        self.prefix = prefix
        asked = {
            name
            for part in root.iter()
            for value in part.attrib.values()
            for name in _REFERENCE.findall(value)
        }
        self.used = asked & {part.get("id") for part in root.iter()}

    def element(self, element: ET.Element) -> str:
        tag = element.tag.rpartition("}")[2]
        if tag in ("metadata", "style"):
            return ""
        content = "".join(map(self.element, element)) or (
            escape(element.text or "") if tag == "text" else ""
        )
        attributes = dict(self._attributes(element))
        if tag == "g" and not attributes:
            return content
        if tag in ("g", "defs", "text") and not content:
            return ""
        told = "".join(f' {name}="{escape(value)}"' for name, value in attributes.items())
        return f"<{tag}{told}>{content}</{tag}>" if content else f"<{tag}{told}/>"

    def _attributes(self, element: ET.Element) -> Iterator[tuple[str, str]]:
        for name, value in element.attrib.items():
            match name.rpartition("}")[2]:
                case "style":
                    declared = (part.partition(":") for part in value.split(";") if part.strip())
                    yield from (
                        (key.strip(), self._referring(said.strip().removesuffix("px")))
                        for key, _, said in declared
                        if key.strip() not in _DROPPED
                    )
                case "id" if value in self.used:
                    yield "id", self.prefix + value
                case "id":
                    yield from (("class", value),) if value.startswith("mql-") else ()
                case "transform" if value.startswith("rotate(-0 "):
                    pass
                case geometry if geometry in _GEOMETRY:
                    yield geometry, " ".join(_DECIMALS.sub(_rounded, value).split())
                case other:
                    yield other, self._referring(value)

    def _referring(self, value: str) -> str:
        return _REFERENCE.sub(
            lambda found: f"#{self.prefix if found[1] in self.used else ''}{found[1]}", value
        )


def _rounded(number: re.Match[str]) -> str:
    return f"{float(number[0]):.1f}".removesuffix(".0")
