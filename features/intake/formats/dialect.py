"""How a CSV file is laid out: what parts its cells, and which line is the header."""

import csv
import io
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from features.errors import DataError
from features.intake.formats.containers import head

_DELIMITERS = (",", ";", "\t", "|")
_NAMES = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "bars"}
#: Records at the beginning that are looked at.
_RECORDS = 200
#: Share of the records that must have the usual number of cells.
_REGULAR = 0.5

#: How lines below a table begin: sums, counts, and what exports add.
_BELOW = re.compile(
    r"^\W*(grand totals?|sub-?totals?|totals?|sums?|summen?|gesamt(summe)?|insgesamt|totaux"
    r"|合計|総計|小計|計|件数|records?|rows|\d+ (rows|records|lines|件)|copyright|©|confidential"
    r"|generated (by|on)|exported (by|on)|end of (report|file))(?![a-zäöü])",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Dialect:
    """The layout of a CSV file.

    Attributes:
        delimiter: Between cells.
        quote: Around cells that hold it.
        skip_lines: Lines above the header.
        names: In the header.
    """

    delimiter: str
    quote: str
    skip_lines: int
    names: tuple[str, ...]

    def told(self) -> list[str]:
        """What is to be said of it; nothing of the usual layout."""
        found = []
        if self.delimiter != ",":
            found.append(f"cells parted by {_NAMES.get(self.delimiter, repr(self.delimiter))}")
        if self.quote != '"':
            found.append(f"quoted by {self.quote}")
        if self.skip_lines:
            found.append(f"header in line {self.skip_lines + 1}")
        return found


@dataclass(frozen=True)
class _Records:
    """The first records of a file, as one delimiter parts them.

    Attributes:
        delimiter: What parts the cells.
        cells: Cells of each record.
        lines: Number of the line where each record begins, from 0.
        width: The most frequent number of cells.
        regular: Share of the records that have so many.
        header: Place of the header.
    """

    delimiter: str
    cells: Sequence[Sequence[str]]
    lines: Sequence[int]
    width: int
    regular: float
    header: int


def dialect_of(
    table: str,
    path: Path,
    label: str,
    *,
    delimiter: str | None,
    quote: str | None,
    skip_lines: int | None,
) -> Dialect:
    """The layout of a UTF-8 CSV file; what is None is found.

    Raises:
        DataError: The file is empty, or may be laid out in several ways.
    """
    text = head(path).decode("utf-8-sig", "ignore")
    if len(text) < 1 or not text.strip():
        raise DataError([f"{table}: {label} is empty; expected a header and rows"])
    text = "\n".join(text.splitlines()[skip_lines or 0 :]) if skip_lines else text
    quote = quote or _quote(text)
    choices = [
        _records(text, sign, quote, titles=skip_lines is None)
        for sign in ([delimiter] if delimiter else _DELIMITERS)
    ]
    chosen = _best(table, label, choices)
    names = tuple(chosen.cells[chosen.header]) if chosen.cells else ()
    if not any(name.strip() for name in names):
        raise DataError([f"{table}: {label} is empty; expected a header and rows"])
    skipped = chosen.lines[chosen.header] + (skip_lines or 0)
    return Dialect(chosen.delimiter, quote, skipped, names)


def below(cells: Sequence[object]) -> bool:
    """Whether a record stands below the table: it says so in its first filled cell, and some of
    its cells are empty.

    >>> below(["Total", None, "300"]), below(["L1", None, None]), below(["合計 300 件"])
    (True, False, True)
    """
    filled = [cell for cell in cells if cell not in (None, "")]
    if not filled:
        return True
    return bool(_BELOW.match(str(filled[0]).strip())) and (
        len(filled) < len(cells) or len(cells) == 1
    )


def _quote(text: str) -> str:
    """``'`` where the header is quoted by it and by nothing else."""
    line = text.lstrip("\r\n ").split("\n", 1)[0].strip()
    single = re.fullmatch(r"'[^']*'([,;\t|]'[^']*')*", line)
    return "'" if single and '"' not in line else '"'


def _records(text: str, delimiter: str, quote: str, *, titles: bool) -> _Records:
    cells, lines, at = [], [], 0
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, quotechar=quote)
    try:
        for record in reader:
            cells.append(record)
            lines.append(at)
            at = reader.line_num
            if len(cells) == _RECORDS:
                break
    except csv.Error:  # a quote that never closes: what came before it is enough
        pass
    if len(text) > 1 << 15 and 1 < len(cells) < _RECORDS:  # the last one may be cut off
        cells, lines = cells[:-1], lines[:-1]
    widths = Counter(len(record) for record in cells if any(record))
    width = max(widths, key=lambda w: (widths[w], w), default=0)
    header = (
        _header(cells, width) if titles else next((i for i, c in enumerate(cells) if any(c)), 0)
    )
    regular = widths[width] / max(1, sum(widths.values()) - (header if titles else 0))
    return _Records(delimiter, cells, lines, width, min(1.0, regular), header)


def _header(cells: Sequence[Sequence[str]], width: int) -> int:
    """Place of the first record that is no title: titles fill few cells of what follows."""
    for place, record in enumerate(cells):
        if any(record) and not _is_title(record, width, cells[place + 1 :]):
            return place
    return _first(cells)


def _first(cells: Sequence[Sequence[str]]) -> int:
    return next((place for place, record in enumerate(cells) if any(record)), 0)


def _is_title(record: Sequence[str], width: int, following: Sequence[Sequence[str]]) -> bool:
    filled = sum(bool(cell.strip()) for cell in record)
    few = filled <= max(1, width // 2)
    if len(record) < width:
        return few
    header = next((other for other in following if sum(map(bool, other)) > width // 2), ())
    return few and width > 2 and len(header) >= width and all(header[:width])


def _best(table: str, label: str, choices: Sequence[_Records]) -> _Records:
    """The delimiter that parts most records into equally many cells."""
    able = [c for c in choices if c.width > 1 and c.regular >= _REGULAR]
    if not able:
        wide = [c for c in choices if c.cells and len(c.cells[c.header]) > 1]
        return next(iter(wide or choices))
    fewest = min(c.header for c in able)
    good = [c for c in able if c.header == fewest]
    most = max(c.regular for c in good)
    best = [c for c in good if c.regular >= most - 1e-9]
    if len(best) == 1:
        return best[0]
    widest = max(best, key=lambda c: c.width)
    if all(widest.width >= 2 * c.width for c in best if c is not widest):
        return widest
    names = " or ".join(f"`delimiter: {c.delimiter!r}`" for c in best)
    raise DataError(
        [f"{table}: {label} may be parted by several signs into equally many cells; write {names}"]
    )
