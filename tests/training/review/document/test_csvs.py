import csv
import io
import re

import pytest

from training.review.document.blocks import Folded, Section, Table, TableColumn
from training.review.document.csvs import as_csv, csvs

HOSTILE = [
    "=1+1",
    "+1",
    "-1",
    "@SUM(A1)",
    "\t=1",
    "\r=1",
    "＝1+1",
    '"; DROP',
    "<script>alert(1)</script>",
    "営業\u202e逆",
]


def table(name="leads-by-value", rows=()):
    return Table(
        name,
        "Leads",
        (TableColumn("=value"), TableColumn("leads", "count"), TableColumn("closed", "share")),
        rows,
        "all",
    )


def read(content):
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline="")))


def test_no_cell_is_a_formula_and_no_text_is_lost():
    rows = read(as_csv(table(rows=tuple((text, 7, 0.125) for text in HOSTILE))))

    cells = [row[0] for row in rows]
    texts = [cell for cell in cells if not re.fullmatch(r"[+-]?\d+(\.\d+)?", cell)]
    assert not [cell for cell in texts if cell.startswith(("=", "+", "-", "@", "\t", "\r", "＝"))]
    kept = [text.replace("\u202e", "\ufffd") for text in HOSTILE]
    assert [cell.removeprefix("'") for cell in cells] == ["=value", *kept]


def test_numbers_are_as_they_were_computed_and_what_is_not_told_is_empty():
    rows = read(as_csv(table(rows=(("a", 1204.0, 1 / 3), ("b", None, float("nan")), ("c", -2, 0)))))

    assert rows[1:] == [["a", "1204", repr(1 / 3)], ["b", "", ""], ["c", "-2", "0"]]


def test_a_spreadsheet_sees_the_encoding():
    assert as_csv(table()).startswith(b"\xef\xbb\xbf")


def test_folded_tables_are_files_too_and_names_are_unique():
    folded = Section("s", "S", (table("a"), Folded("more", (table("b"),))))

    assert list(csvs([folded])) == ["a.csv", "b.csv"]
    with pytest.raises(ValueError, match=r"a\.csv: expected a name per table"):
        csvs([folded, folded])
