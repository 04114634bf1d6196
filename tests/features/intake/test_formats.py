"""Files are read as they are laid out and packed, whatever their names say."""

import gzip
import io
import json
import os
import stat
import zipfile
from datetime import date, datetime

import openpyxl
import pytest

from features.errors import DataError
from features.intake.formats.encodings import encoding_of
from features.intake.sources import locate, read
from features.settings import Source
from features.store import Store

NAMES = ["lead_id", "name", "size"]
ROWS = [("L1", 'Möbel, "Groß"', "1,5"), ("L2", "IT; Software", "2"), ("L3", "Handel", None)]


@pytest.fixture
def store():
    with Store() as opened:
        yield opened


def table(store, path, **keys):
    """Column names, cells and what was said of a file."""
    located = locate("leads", Source(path=str(path), **keys), store.folder)
    store.restrict(located.files)
    raw = read(store.connection, located)
    names = ", ".join(column.internal for column in raw.columns)
    cells = store.connection.execute(f"SELECT {names} FROM {raw.source} ORDER BY file, row")
    return [column.name for column in raw.columns], cells.fetchall(), list(raw.dress)


def as_csv(delimiter=",", quote='"', names=NAMES, rows=ROWS):
    def cell(value):
        text = "" if value is None else value
        return quote + text.replace(quote, quote * 2) + quote if value is not None else text

    lines = (delimiter.join(map(cell, line)) for line in [tuple(names), *rows])
    return "\n".join(lines) + "\n"


def workbook(sheets):
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(row)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def zipped(members):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as packed:
        for name, content in members.items():
            packed.writestr(name, content)
    return out.getvalue()


def _named(value):
    """A name for a case; bytes of zips and workbooks hold the time."""
    return value if isinstance(value, str) else "file"


LINES = "".join(json.dumps(dict(zip(NAMES, row, strict=True))) + "\n" for row in ROWS)
PLAIN = as_csv().encode()


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (PLAIN, "plain"),
        (as_csv(";").encode(), "semicolons"),
        (as_csv("\t").encode(), "tabs"),
        (as_csv("|").encode(), "bars"),
        (as_csv(";", "'").encode(), "another quote"),
        (as_csv().encode("utf-8-sig"), "a byte-order mark"),
        (as_csv().encode("utf-16"), "UTF-16"),
        (as_csv("\t").encode("utf-16"), "what Excel calls Unicode text"),
        (as_csv(";").encode("cp1252"), "Western Windows"),
        (gzip.compress(PLAIN), "gzip under another name"),
        (gzip.compress(as_csv().encode("cp1252")), "gzip of Western Windows"),
        (zipped({"leads.csv": PLAIN, "__MACOSX/._leads.csv": b"x"}), "a zip of one file"),
        (zipped({"a/": b"", "a/b.csv": as_csv(";").encode("cp1252")}), "a zip with a folder"),
        (LINES.encode(), "JSON lines"),
        (gzip.compress(LINES.encode()), "gzip of JSON lines"),
        (json.dumps([json.loads(line) for line in LINES.splitlines()]).encode(), "a JSON list"),
        (workbook({"Sheet1": [NAMES, *ROWS]}), "Excel"),
        (workbook({"Empty": [], "Leads": [NAMES, *ROWS]}), "Excel with an empty sheet"),
        (b"Lead report\n\nExported 2024-12-01\n" + PLAIN, "title lines"),
        (b"Lead report,,\nExported 2024-12-01,,\n" + PLAIN, "title lines of full width"),
        (PLAIN + b'Total,,"300"\n', "a sum below"),
        (PLAIN + b"\n\nGrand Totals (3 records)\nCopyright (c) 2024\n", "notes below"),
        (PLAIN + "合計,,3\n".encode(), "a Japanese sum below"),
    ],
    ids=_named,
)
def test_a_file_reads_the_same_in_every_dress(store, tmp_path, content, why):
    (tmp_path / "export.dat").write_bytes(content)
    names, cells, _ = table(store, tmp_path / "export.dat")
    assert (names, cells) == (NAMES, ROWS), why


def test_how_a_file_is_laid_out_is_said_where_it_is_not_plain(store, tmp_path):
    text = "Report\n" + as_csv(";") + "Total;;4\n"
    (tmp_path / "x.csv").write_bytes(text.encode("cp1252"))
    assert table(store, tmp_path / "x.csv")[2] == [
        "x.csv: cp1252",
        "x.csv: cells parted by semicolons, header in line 2, 1 line below the table left out",
    ]


def test_nothing_is_said_of_a_plain_file(store, tmp_path):
    (tmp_path / "x.csv").write_bytes(PLAIN)
    assert table(store, tmp_path / "x.csv")[2] == []


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        ("会社名,業種\n株式会社山田,製造\n", "cp932"),
        ("ﾒｰｶｰ\nｶﾌﾞｼｷｶﾞｲｼﾔ\n", "cp932"),
        ("Müller,Größe\nJosé,Où\nchéri\n", "cp1252"),
        ("Straße €5 – “neu”\n", "cp1252"),
        ("plain\n", "utf-8"),
        ("会社\n", "utf-8"),
        ("会社\n", "utf-16"),
    ],
)
def test_the_encoding_is_found_by_all_bytes(tmp_path, text, encoding):
    path = tmp_path / "x.csv"
    path.write_bytes(b"a,b\n" * 30_000 * (encoding != "utf-16") + text.encode(encoding))
    assert encoding_of("leads", path) == encoding


def test_what_is_no_utf8_far_below_is_found_and_read(store, tmp_path):
    lines = "".join(f"{i},a\n" for i in range(30_000))
    (tmp_path / "x.csv").write_bytes(f"id,name\n{lines}z,Größe\n".encode("cp1252"))
    _, cells, told = table(store, tmp_path / "x.csv")
    assert (len(cells), cells[-1], told) == (30_001, ("z", "Größe"), ["x.csv: cp1252"])


def test_an_encoding_that_may_be_two_is_asked(tmp_path):
    (tmp_path / "x.csv").write_bytes("éa\n".encode("cp1252") * 3 + b"\x83\x41\n" * 3)
    with pytest.raises(DataError, match="write `encoding: cp932` or `encoding: cp1252`"):
        encoding_of("leads", tmp_path / "x.csv")


def test_signs_that_part_alike_are_asked(store, tmp_path):
    (tmp_path / "x.csv").write_text("last, first;size\nDoe, Ann;3\nRoe, Bob;4\n", encoding="utf-8")
    with pytest.raises(DataError, match=r"write `delimiter: ','` or `delimiter: ';'`"):
        table(store, tmp_path / "x.csv")
    with Store() as other:
        assert table(other, tmp_path / "x.csv", delimiter=";")[0] == ["last, first", "size"]


def test_an_open_lead_at_the_end_is_no_sum(store, tmp_path):
    (tmp_path / "x.csv").write_text("lead_id,closed_at,won\nL1,2024-01-01,1\nL2,,\n")
    assert table(store, tmp_path / "x.csv")[1] == [("L1", "2024-01-01", "1"), ("L2", None, None)]


def test_several_sheets_are_asked_by_name(store, tmp_path):
    (tmp_path / "x.xlsx").write_bytes(workbook({"Leads": [NAMES, *ROWS], "Old": [["a"], ["b"]]}))
    with pytest.raises(DataError, match=r"one sheet with rows in x\.xlsx, got 2: 'Leads', 'Old'"):
        table(store, tmp_path / "x.xlsx")
    with pytest.raises(DataError, match=r"has no sheet 'New'; it has 'Leads', 'Old'"):
        table(store, tmp_path / "x.xlsx", sheet="New")
    assert table(store, tmp_path / "x.xlsx", sheet="Old")[1] == [("b",)]


def test_several_files_in_a_zip_are_asked_by_name(store, tmp_path):
    (tmp_path / "x.zip").write_bytes(zipped({"a.csv": b"x\n1\n", "b.csv": PLAIN}))
    with pytest.raises(DataError, match=r"one file in x\.zip, got 2: 'a.csv', 'b.csv'; name one"):
        table(store, tmp_path / "x.zip")
    assert table(store, tmp_path / "x.zip", sheet="b.csv")[1] == ROWS


def test_cells_of_excel_are_the_texts_of_a_csv(store, tmp_path):
    row = [7, 1.5, 1e6, True, date(2024, 3, 31), datetime(2024, 3, 31, 15, 4), None, "007"]
    (tmp_path / "x.xlsx").write_bytes(workbook({"s": [[f"c{i}" for i in range(8)], row]}))
    assert table(store, tmp_path / "x.xlsx")[1] == [
        ("7", "1.5", "1000000", "True", "2024-03-31", "2024-03-31 15:04:00", None, "007")
    ]


def test_lines_that_are_no_json_are_put_aside(store, tmp_path):
    (tmp_path / "x.jsonl").write_text('{"a": 1, "A": "x"}\nbroken\n{"b/~": {"c": 2}, "a": null}\n')
    located = locate("leads", Source(path=str(tmp_path / "x.jsonl")), store.folder)
    store.restrict(located.files)
    raw = read(store.connection, located)
    cells = store.connection.execute(f"SELECT c0, c1, c2 FROM {raw.source} ORDER BY row")
    assert [column.name for column in raw.columns] == ["a", "A", "b/~"]
    assert cells.fetchall() == [("1", "x", None), (None, None, '{"c":2}')]
    assert raw.malformed_rows == 1


def test_files_of_one_table_may_be_laid_out_differently(store, tmp_path):
    (tmp_path / "1.csv").write_bytes(PLAIN)
    (tmp_path / "2.csv").write_bytes(
        as_csv(";", names=NAMES[::-1], rows=[("4", "b", "L4")]).encode("utf-16")
    )
    (tmp_path / "3.jsonl").write_text(LINES.splitlines()[0])
    assert table(store, tmp_path / "[123].*")[1] == [*ROWS, ("L4", "b", "4"), ROWS[0]]


@pytest.mark.parametrize(
    ("content", "name", "says"),
    [
        (
            b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600,
            "x.xls",
            "is an Excel file of before 2007; save it as",
        ),
        (PLAIN, "x.parquet", r"cannot be read as Parquet, and is text"),
        (workbook({"s": [NAMES]})[:900], "x.xlsx", r"x\.xlsx cannot be unpacked"),
        (gzip.compress(PLAIN)[:40], "x.csv.gz", r"x\.csv\.gz cannot be unpacked"),
        (b"", "x.csv", "is empty; expected a header and rows"),
        (b"a,b\n\x81 ,1\n", "x.csv", "neither UTF-8, UTF-16, CP932 nor CP1252"),
    ],
    ids=_named,
)
def test_a_file_that_cannot_be_read_says_why(store, tmp_path, content, name, says):
    (tmp_path / name).write_bytes(content)
    with pytest.raises(DataError, match=says):
        table(store, tmp_path / name)


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such permissions")
@pytest.mark.parametrize(
    "content",
    [as_csv().encode("utf-16"), zipped({"a": PLAIN}), workbook({"s": [NAMES, *ROWS]})],
    ids=["UTF-16", "zip", "Excel"],
)
def test_temporary_copies_are_for_nobody_else(store, tmp_path, content):
    (tmp_path / "x").write_bytes(content)
    located = locate("leads", Source(path=str(tmp_path / "x")), store.folder)
    assert [stat.S_IMODE(path.stat().st_mode) for path in located.files] == [0o600]


def test_remarks_beside_the_table_are_columns_by_their_place(store, tmp_path):
    rows = [("lead_id", "size", "", "", ""), ("L1", 2, "", "", "checked"), ("L2", 3, "", "", "")]
    path = tmp_path / "leads.xlsx"
    path.write_bytes(workbook({"Leads": rows}))
    names, cells, _ = table(store, path)
    assert names == ["lead_id", "size", "column 5"]
    assert cells == [("L1", "2", "checked"), ("L2", "3", None)]


def test_blank_rows_below_a_sheet_are_no_records(store, tmp_path):
    path = tmp_path / "leads.xlsx"
    book = openpyxl.load_workbook(io.BytesIO(workbook({"Leads": [NAMES, *ROWS]})))
    for row in range(6, 60):
        book["Leads"].cell(row, 1).value = ""
        book["Leads"].cell(row, 1).number_format = "0.00"
        book["Leads"].cell(row, 3).value = "x" if row == 8 else None
    book.save(path)
    assert [cells[0] for cells in table(store, path)[1]] == [
        "L1",
        "L2",
        "L3",
        None,
        None,
        None,
        None,
    ]
