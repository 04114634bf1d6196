"""Every table of the pack as a CSV file that a spreadsheet opens and does not run."""

import csv
import io
import math
from collections.abc import Iterator, Sequence

from features.files.cells import harmless
from training.review.document.blocks import Block, CellValue, Folded, Section, Table

#: Spreadsheets read UTF-8 only with it.
_BYTE_ORDER_MARK = "\ufeff"


def csvs(sections: Sequence[Section]) -> dict[str, bytes]:
    """File name to content, one per table, folded ones too.

    Raises:
        ValueError: Two tables have one name.
    """
    found: dict[str, bytes] = {}
    for table in tables(sections):
        name = f"{table.name}.csv"
        if name in found:
            raise ValueError(f"{name}: expected a name per table, got two tables of it")
        found[name] = as_csv(table)
    return found


def tables(sections: Sequence[Section]) -> Iterator[Table]:
    """The tables of the pack, in its order."""
    for section in sections:
        yield from _tables(section.blocks)


def _tables(blocks: Sequence[Block]) -> Iterator[Table]:
    for block in blocks:
        if isinstance(block, Table):
            yield block
        elif isinstance(block, Folded):
            yield from _tables(block.blocks)


def as_csv(table: Table) -> bytes:
    """A table with its titles as header, in UTF-8 with a byte order mark.

    Numbers are as they were computed (shares 0..1), texts in full, and what is not told is an empty
    cell.
    """
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow([harmless(column.title) for column in table.columns])
    writer.writerows([_cell(cell) for cell in row] for row in table.rows)
    return (_BYTE_ORDER_MARK + text.getvalue()).encode("utf-8", "replace")


def _cell(cell: CellValue) -> str:
    match cell:
        case None:
            return ""
        case str():
            return harmless(cell.replace("\0", ""))
        case _ if not math.isfinite(cell):
            return ""
        case _:
            return str(int(cell)) if float(cell).is_integer() else repr(float(cell))
