"""Cells of a worksheet: texts that never run, numbers, formulas, and cells to type into."""

from collections.abc import Sequence
from typing import Any, Literal

from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.pagebreak import Break

from propensity.concepts.wording import plain
from propensity.language import CATALOGUES
from training.review.document.numbers import written
from training.review.words import Words

#: How a number looks.
Format = Literal["count", "share", "money", "ratio"]
_FONTS = {"en": "Calibri", "ja": "Yu Gothic"}
_INK, _QUIET = "1F2933", "5F6C7B"
_HEAD, _TYPED, _WORKED_OUT = "E6ECF2", "FFF6CC", "F3F5F7"
_LINE = Side(style="thin", color="C5CED8")
_WIDEST, _NARROWEST, _ONE_LINE = 44, 11, 16
#: Characters of a text cell that explains something.
_LONGEST = 2000


def in_money(currency: str, words: Words) -> str:
    """What stands behind the heading of amounts.

    `` (¥)``, in Japanese ``(円)``; nothing where it is not known.
    """
    sign = "".join(
        sign for sign in written(0, "money", words.language, currency) if not sign.isdigit()
    ).strip()
    if not sign:
        return ""
    return CATALOGUES[words.language].say("bracketed", text=sign)


class SheetCells:
    """A worksheet that is filled cell by cell.

    Args:
        sheet: Empty.
        language: Chooses the font.
        cents: Whether amounts are small enough to be told with two decimals.
    """

    def __init__(self, sheet: Any, language: str, *, cents: bool) -> None:  # noqa: ANN401 — openpyxl is untyped
        self.sheet, self._font = sheet, _FONTS[language]
        percent = "0.0%" if language == "ja" else "0.0 %"
        self._formats = {
            "count": "#,##0",
            "share": percent,
            "money": "#,##0.00" if cents else "#,##0",
            "ratio": "0.0",
        }
        sheet.sheet_view.showGridLines = False
        sheet.page_setup.orientation, sheet.page_setup.paperSize = "landscape", 9  # A4
        sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight = 1, 0
        sheet.sheet_properties.pageSetUpPr.fitToPage = True

    def name(self, row: int, column: int, *, outside: bool = False) -> str:
        """The absolute address of a cell, with its worksheet for use from another one."""
        address = f"${get_column_letter(column)}${row}"
        return f"'{self.sheet.title}'!{address}" if outside else address

    def span(self, row: int, first: int, last: int, *, outside: bool = False) -> str:
        """The address of a part of a row."""
        return f"{self.name(row, first, outside=outside)}:{self.name(row, last)}"

    def text(
        self,
        row: int,
        column: int,
        text: str,
        role: Literal["plain", "head", "title", "small", "total"] = "plain",
    ) -> None:
        """A text, which stays one whatever it begins with."""
        cell = self._cell(row, column, bold=role in ("head", "title", "total"))
        cell.value = plain(text, longest=_LONGEST)
        cell.data_type = "s"
        cell.quotePrefix = text[:1] in "=+-@＝＋－＠"
        if role == "title":
            cell.font = Font(name=self._font, size=16, bold=True, color=_INK)
        elif role == "small":
            cell.font = Font(name=self._font, size=10, color=_QUIET)
        elif role == "head":
            cell.fill = PatternFill("solid", start_color=_HEAD)
            self._line(cell)
        elif role == "total":
            self._line(cell)

    def paragraph(self, row: int, text: str, *, columns: int, per_line: int) -> None:
        """A sentence over several columns, high enough for its lines."""
        self.text(row, 1, text)
        self.sheet.merge_cells(start_row=row, start_column=1, end_row=row, end_column=columns)
        self.sheet.cell(row=row, column=1).alignment = Alignment(wrap_text=True, vertical="top")
        self.sheet.row_dimensions[row].height = 16 * max(1, -(-len(text) // per_line)) + 2

    def number(
        self,
        row: int,
        column: int,
        value: float | None,
        kind: Format,
        missing: str,
        *,
        typed: bool = False,
    ) -> None:
        """A number from the data, or one to be typed in; a mark where there is none to tell."""
        if value is None and not typed:
            self.text(row, column, missing)
            self.sheet.cell(row=row, column=column).alignment = Alignment(horizontal="right")
            self._line(self.sheet.cell(row=row, column=column))
            return
        cell = self._cell(row, column)
        cell.value = value
        cell.number_format = self._formats[kind]
        if typed:
            cell.fill = PatternFill("solid", start_color=_TYPED)
        self._line(cell)

    def formula(
        self, row: int, column: int, formula: str, kind: Format, *, total: bool = False
    ) -> None:
        """A formula, without its equals sign."""
        cell = self._cell(row, column, bold=total)
        cell.value = f"={formula}"
        cell.number_format = self._formats[kind]
        cell.alignment = Alignment(horizontal="right")
        cell.fill = PatternFill("solid", start_color=_WORKED_OUT)
        self._line(cell)

    def legend(self, row: int, words: Words) -> None:
        """What the colours of cells say, a line for each."""
        for place, (key, colour) in enumerate(
            (("typed", _TYPED), ("worked out", _WORKED_OUT), ("from the data", None))
        ):
            cell = self._cell(row + place, 1)
            cell.border = Border(left=_LINE, right=_LINE, top=_LINE, bottom=_LINE)
            cell.alignment = Alignment(horizontal="center")
            cell.value, cell.data_type = words.say(key), "s"
            if colour is not None:
                cell.fill = PatternFill("solid", start_color=colour)
            self.text(row + place, 2, words.say(f"{key} means"))

    def heads(self, row: int, column: int, texts: Sequence[str], *, named: int = 1) -> None:
        """Headings beside each other; the first ``named`` columns hold texts, all others
        numbers.
        """
        for place, text in enumerate(texts):
            self.text(row, column + place, text, "head")
            side = "left" if place < named else "right"
            head = self.sheet.cell(row=row, column=column + place)
            head.alignment = Alignment(wrap_text=True, vertical="center", horizontal=side)
        if any(_width(text) > _ONE_LINE for text in texts[named:]):
            self.sheet.row_dimensions[row].height = 34

    def widths(self, *widths: int) -> None:
        """Set the widths of the columns from the first on, in characters."""
        for column, width in enumerate(widths, start=1):
            self.sheet.column_dimensions[get_column_letter(column)].width = min(
                max(width, _NARROWEST), _WIDEST
            )

    def new_page(self, row: int) -> None:
        """Let a row begin a printed page."""
        self.sheet.row_breaks.append(Break(id=row - 1))

    def freeze(self, row: int, column: int) -> None:
        """Keep what is above and left of a cell in sight, and the rows above on every printed
        page.
        """
        self.sheet.freeze_panes = f"{get_column_letter(column)}{row}"
        if row > 1:
            self.sheet.print_title_rows = f"1:{row - 1}"

    def _cell(self, row: int, column: int, *, bold: bool = False) -> Any:  # noqa: ANN401 — openpyxl is untyped
        cell = self.sheet.cell(row=row, column=column)
        cell.font = Font(name=self._font, size=11, bold=bold, color=_INK)
        return cell

    @staticmethod
    def _line(cell: Any) -> None:  # noqa: ANN401 — openpyxl is untyped
        cell.border = Border(bottom=_LINE)


def _width(text: str) -> int:
    """Columns that a text takes: two for each Japanese sign."""
    return sum(1 if sign.isascii() else 2 for sign in text)
