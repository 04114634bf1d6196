"""The slides themselves: their size, their type in both languages, boxes of text, notes."""

import io
from collections.abc import Sequence
from typing import Any, NamedTuple

from pptx import Presentation
from pptx.dml.color import RGBColor
from pptx.enum.shapes import MSO_SHAPE
from pptx.enum.text import MSO_ANCHOR, PP_ALIGN
from pptx.oxml.ns import qn
from pptx.oxml.xmlchemy import OxmlElement
from pptx.util import Inches, Pt

from propensity.pages.visible_text import shown
from training.review.deck.measure import BOLD, INCH, fitting, headline_lines
from training.review.document.archive import without_clock

#: Inches.
WIDTH, HEIGHT, MARGIN = 13.333, 7.5, 0.6
#: Where the title begins, and where the content ends.
TITLE_TOP, BOTTOM = 0.64, 6.85
INNER = WIDTH - 2 * MARGIN
#: Colours of the page.
INK, MUTED, FAINT, ACCENT, WARN, PALE = "1f2933", "56616b", "dfe4e8", "0b5c8a", "b45309", "f3f6f8"
#: Fonts that the reader's system has; another one takes their place where it has not.
FONTS = {"en": ("Calibri", "Yu Gothic"), "ja": ("Yu Gothic", "Yu Gothic")}
_CODES = {"en": "en-GB", "ja": "ja-JP"}
#: From line to line, as a share of the type.
LEADING = 1.25
#: Smallest type on a slide.
SMALLEST = 12.0
#: "Title only" of the library's own file; its title's place, and the types that are tried for it,
#: each with its lines.
_LAYOUT = 5
_TITLE = ((26.0, 1), (24.0, 2), (20.0, 3))
_ABOVE, _FOOT = 14.0, 7.0


class Box(NamedTuple):
    """A place on a slide, in inches."""

    left: float
    top: float
    width: float
    height: float


class Paper:
    """An empty presentation.

    Args:
        language: ``en`` or ``ja``.
        title: Title in the file's properties.
        foot: Stands at the foot of every slide.
        mark: Stands there too, in another colour: DRAFT; may be empty.
    """

    def __init__(self, language: str, *, title: str, foot: str, mark: str = "") -> None:
        self.language, self.mark = language, mark
        self.foot = fitting(foot, SMALLEST, INNER - 3.2, 1)
        self.file = Presentation()
        self.file.slide_width, self.file.slide_height = Inches(WIDTH), Inches(HEIGHT)
        self.file.core_properties.title = shown(title)
        self.file.core_properties.author = self.file.core_properties.last_modified_by = ""
        self.file.core_properties.language = _CODES[language]
        self._layout = self._only_layout()

    def slide(self, title: str, *, above: str) -> tuple[Any, float]:
        """A new slide with its title, what it belongs to above that, a foot and its number; and
        where there is room.
        """
        slide = self.file.slides.add_slide(self._layout)
        frame = slide.shapes.title.text_frame
        frame.word_wrap = True
        size, most = next(
            ((size, most) for size, most in _TITLE if headline_lines(title, size, INNER) <= most),
            _TITLE[-1],
        )
        self._write(
            frame.paragraphs[0], fitting(title, size * BOLD, INNER, most), size, INK, bold=True
        )
        if above:
            self.text(
                slide,
                Box(MARGIN, 0.3, INNER, 0.3),
                [fitting(above, _ABOVE, INNER, 1)],
                size=_ABOVE,
                colour=ACCENT,
                bold=True,
            )
        self.text(
            slide, Box(MARGIN, _FOOT, INNER - 3.2, 0.3), [self.foot], size=SMALLEST, colour=MUTED
        )
        if self.mark:
            self.text(
                slide,
                Box(WIDTH - MARGIN - 3.0, _FOOT, 2.3, 0.3),
                [self.mark],
                size=SMALLEST,
                colour=WARN,
                bold=True,
                is_right=True,
            )
        self._number(slide)
        return slide, TITLE_TOP + min(
            headline_lines(title, size, INNER), most
        ) * size * LEADING / INCH + 0.2

    def text(
        self,
        slide: Any,  # noqa: ANN401
        box: Box,
        paragraphs: Sequence[str],
        *,
        size: float,
        colour: str = INK,
        bold: bool = False,
        is_right: bool = False,
    ) -> None:
        """Paragraphs in a box without border; the text wraps and nothing shrinks it."""
        shape = slide.shapes.add_textbox(*(Inches(part) for part in box))
        frame = shape.text_frame
        frame.word_wrap = True
        frame.margin_left = frame.margin_right = frame.margin_top = frame.margin_bottom = 0
        for place, text in enumerate(paragraphs):
            paragraph = frame.paragraphs[0] if place == 0 else frame.add_paragraph()
            if is_right:
                paragraph.alignment = PP_ALIGN.RIGHT
            self._write(paragraph, text, size, colour, bold=bold)

    def panel(self, slide: Any, box: Box, *, fill: str) -> None:  # noqa: ANN401
        """A rectangle behind text; nobody reads it aloud."""
        shape = slide.shapes.add_shape(MSO_SHAPE.RECTANGLE, *(Inches(part) for part in box))
        shape.fill.solid()
        shape.fill.fore_color.rgb = RGBColor.from_string(fill.upper())
        shape.line.fill.background()
        shape.shadow.inherit = False

    def cell(
        self,
        cell: Any,  # noqa: ANN401
        text: str,
        *,
        size: float,
        bold: bool,
        right: bool,
        fill: str,
    ) -> None:
        """A cell of a table."""
        frame = cell.text_frame
        frame.word_wrap = True
        cell.margin_left = cell.margin_right = Inches(0.06)
        cell.margin_top = cell.margin_bottom = Inches(0.03)
        cell.vertical_anchor = MSO_ANCHOR.MIDDLE
        cell.fill.solid()
        cell.fill.fore_color.rgb = RGBColor.from_string(fill.upper())
        if right:
            frame.paragraphs[0].alignment = PP_ALIGN.RIGHT
        self._write(frame.paragraphs[0], text, size, INK, bold=bold)

    def letter(self, properties: Any) -> None:  # noqa: ANN401
        """Latin and Japanese type of run properties, an XML element."""
        properties.set("lang", _CODES[self.language])
        properties.set("altLang", _CODES["ja" if self.language == "en" else "en"])
        for kind, font in zip(("latin", "ea"), FONTS[self.language], strict=True):
            found = properties.find(qn(f"a:{kind}"))
            if found is not None:
                properties.remove(found)
            element = OxmlElement(f"a:{kind}")
            element.set("typeface", font)
            properties.append(element)

    def notes(self, slide: Any, lines: Sequence[str]) -> None:  # noqa: ANN401
        """What the speaker says."""
        frame = slide.notes_slide.notes_text_frame
        for line in lines:
            paragraph = frame.add_paragraph() if frame.text else frame.paragraphs[0]
            run = paragraph.add_run()
            run.text = shown(line, longest=2_000)
            self.letter(run._r.get_or_add_rPr())

    def saved(self) -> bytes:
        """The file; the same slides are the same bytes."""
        out = io.BytesIO()
        self.file.save(out)
        return without_clock(out.getvalue())

    def _write(self, paragraph: Any, text: str, size: float, colour: str, *, bold: bool) -> None:  # noqa: ANN401
        # whatever font the reader's system takes
        paragraph.line_spacing = Pt(round(size * LEADING, 1))
        if not text:  # an empty cell is as high as its type, which would be 18 points
            paragraph._p.get_or_add_endParaRPr().set("sz", str(round(100 * size)))
            return
        run = paragraph.add_run()
        run.text = text
        run.font.size, run.font.bold = Pt(size), bold
        run.font.color.rgb = RGBColor.from_string(colour.upper())
        self.letter(run._r.get_or_add_rPr())

    def _number(self, slide: Any) -> None:  # noqa: ANN401
        box = Box(WIDTH - MARGIN - 0.5, _FOOT, 0.5, 0.3)
        self.text(slide, box, ["–"], size=SMALLEST, colour=MUTED, is_right=True)
        run = slide.shapes[-1].text_frame.paragraphs[0].runs[0]._r
        field = OxmlElement("a:fld")
        field.set("id", "{B6F15528-21DE-4FAA-801E-634DDDAF4B2B}")
        field.set("type", "slidenum")
        for part in list(run):
            field.append(part)
        field.find(qn("a:t")).text = str(len(self.file.slides))
        run.getparent().replace(run, field)

    def _only_layout(self) -> Any:  # noqa: ANN401
        """The layout with a title alone, at the place of ours; the others go."""
        layouts = self.file.slide_layouts
        layout = layouts[_LAYOUT]
        for other in [found for found in layouts if found is not layout]:
            layouts.remove(other)
        for shape in list(layout.placeholders):
            if shape.placeholder_format.type is not None and shape.placeholder_format.idx != 0:
                shape._element.getparent().remove(shape._element)
        title = layout.placeholders[0]
        title.left, title.top, title.width, title.height = (
            Inches(part) for part in Box(MARGIN, TITLE_TOP, INNER, 1.1)
        )
        title.text_frame.vertical_anchor = MSO_ANCHOR.TOP
        title.text_frame.margin_left = title.text_frame.margin_right = 0
        title.text_frame.margin_top = title.text_frame.margin_bottom = 0
        for level in title._element.iter(qn("a:lvl1pPr")):
            level.set("algn", "l")
        master = self.file.slide_master._element
        for level in master.iter(qn("a:lvl1pPr")):
            if level.getparent().tag == qn("p:titleStyle"):
                level.set("algn", "l")
        return layout
