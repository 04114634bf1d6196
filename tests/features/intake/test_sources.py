"""Files and databases become raw rows, whatever their names and bytes."""

import gzip
import os
import sqlite3
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from features.errors import DataError
from features.intake.raw_table import RawTable
from features.intake.sources import locate, read
from features.settings import Source
from features.store import Store


@pytest.fixture
def store():
    with Store() as opened:
        yield opened


def raw_of(store: Store, source: Source, name: str = "leads") -> RawTable:
    located = locate(name, source, store.folder)
    store.restrict(located.files)
    return read(store.connection, located)


def cells(store: Store, raw: RawTable) -> list[tuple[object, ...]]:
    names = ", ".join(column.internal for column in raw.columns)
    return store.connection.execute(
        f"SELECT {names} FROM {raw.source} ORDER BY file, row"
    ).fetchall()


def written(path: Path, content: bytes) -> Path:
    path.write_bytes(content)
    return path


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"id,name\n1,a\n2,b\n", "plain"),
        (b"\xef\xbb\xbfid,name\r\n1,a\r\n2,b\r\n", "byte-order mark and Windows line ends"),
        (b"id,name\r1,a\r2,b\r", "old Mac line ends"),
        (b"id,name\n1,a\r\n2,b\n", "line ends of two kinds"),
        (b'"id","name"\n"1","a"\n2,b', "quotes, and no line end at the end"),
        (b"id,name\n1,a\n2,b\n\n\n", "empty lines at the end"),
        (b"id,name,\n1,a,\n2,b,\n", "a comma too many on every line, the header included"),
    ],
)
def test_a_csv_reads_the_same_in_every_dress(store, tmp_path, content, why):
    raw = raw_of(store, Source(path=str(written(tmp_path / "x.csv", content))))
    assert [column.name for column in raw.columns] == ["id", "name"], why
    assert cells(store, raw) == [("1", "a"), ("2", "b")], why


def test_column_names_may_be_anything(store, tmp_path):
    names = [
        "Total Time (s)",
        "業種",
        'price "net" [JPY]',
        "🔥",
        "a",
        "A",
        "file",
        "row",
        "<script>",
        "=1+1",
        "x\ny",
    ]
    table = pa.table([pa.array([str(i)]) for i, _ in enumerate(names)], names=names)
    pq.write_table(table, tmp_path / "odd.parquet")
    raw = raw_of(store, Source(path=str(tmp_path / "odd.parquet")))
    assert [column.name for column in raw.columns] == names
    assert cells(store, raw) == [tuple(str(i) for i in range(len(names)))]


def test_names_that_differ_by_case_alone_are_two_columns_of_a_csv(store, tmp_path):
    raw = raw_of(store, Source(path=str(written(tmp_path / "x.csv", b"Mail,mail\n1,2\n"))))
    assert cells(store, raw) == [("1", "2")]


def test_a_file_name_that_looks_like_a_pattern_is_a_file_name(store, tmp_path):
    raw = raw_of(store, Source(path=str(written(tmp_path / "Leads [2024]*?.csv", b"id\n1\n"))))
    assert cells(store, raw) == [("1",)]


def test_cp932_is_read_as_japanese(store, tmp_path):
    path = written(tmp_path / "sjis.csv", "会社,備考\n株式会社ソニー,①㈱髙\n".encode("cp932"))
    raw = raw_of(store, Source(path=str(path), encoding="cp932"))
    assert [column.name for column in raw.columns] == ["会社", "備考"]
    assert cells(store, raw) == [("株式会社ソニー", "①㈱髙")]


def test_a_gzipped_csv_is_unpacked_in_both_encodings(store, tmp_path):
    utf8 = written(tmp_path / "u.csv.gz", gzip.compress("名\nあ\n".encode()))
    sjis = written(tmp_path / "s.csv.gz", gzip.compress("名\nあ\n".encode("cp932")))
    first = locate("leads", Source(path=str(utf8)), store.folder)
    second = locate("events", Source(path=str(sjis), encoding="cp932"), store.folder)
    store.restrict([*first.files, *second.files])
    assert (
        cells(store, read(store.connection, first))
        == cells(store, read(store.connection, second))
        == [("あ",)]
    )


def test_cp932_read_as_utf8_says_where_and_what_to_set(store, tmp_path):
    path = written(tmp_path / "x.csv", b"id,name\n1,a\n2," + "株".encode("cp932") + b"\n")
    with pytest.raises(
        DataError, match=r"x\.csv is not utf-8: byte 14 \(line 3\).*set `encoding: cp932`"
    ):
        raw_of(store, Source(path=str(path), encoding="utf-8"))


def test_cp932_in_the_header_says_so_too(store, tmp_path):
    path = written(tmp_path / "x.csv", "会社\nA\n".encode("cp932"))
    with pytest.raises(DataError, match=r"byte 0 \(line 1\) cannot be decoded; it reads as cp932"):
        raw_of(store, Source(path=str(path), encoding="utf-8"))


def test_utf8_read_as_cp932_says_where_and_what_to_set(store, tmp_path):
    path = written(tmp_path / "x.csv", "id,name\n1,é名前です\n".encode())
    with pytest.raises(
        DataError, match=r"is not cp932: byte \d+ \(line 2\).*set `encoding: utf-8`"
    ):
        raw_of(store, Source(path=str(path), encoding="cp932"))


def test_utf16_is_called_by_its_name(store, tmp_path):
    path = written(tmp_path / "x.csv", "id\n1\n".encode("utf-16"))
    with pytest.raises(DataError, match="it reads as utf-16: set `encoding: utf-16`"):
        raw_of(store, Source(path=str(path), encoding="utf-8"))


def test_malformed_lines_are_kept_with_their_reason(store, tmp_path):
    raw = raw_of(
        store, Source(path=str(written(tmp_path / "x.csv", b'a,b\n1,2,3\n4\n5,6\n"7"x,8\n')))
    )
    assert cells(store, raw) == [("5", "6")]
    bad = store.connection.execute(
        f"SELECT row, reason, line FROM {raw.malformed} ORDER BY row"
    ).fetchall()
    assert bad == [
        (2, "malformed line: more cells than the header", "1,2,3"),
        (3, "malformed line: fewer cells than the header", "4"),
        (5, "malformed line: quotes that do not match", '"7"x,8'),
    ]
    assert raw.malformed_rows == 3


def test_a_quote_that_never_closes_is_an_error_and_not_one_long_line(store, tmp_path):
    path = written(tmp_path / "x.csv", b'a,b\n1,2\n"3,4\n5,6\n7,8\n')
    with pytest.raises(DataError, match=r"line 3: a quote is opened and never closed"):
        raw_of(store, Source(path=str(path)))


def test_a_name_twice_in_the_header_is_an_error(store, tmp_path):
    with pytest.raises(DataError, match=r"names 'a' more than once; rename one of them"):
        raw_of(store, Source(path=str(written(tmp_path / "x.csv", b"a,b,a\n1,2,3\n"))))


def test_an_empty_file_is_an_error(store, tmp_path):
    with pytest.raises(DataError, match="is empty; expected a header and rows"):
        raw_of(store, Source(path=str(written(tmp_path / "x.csv", b""))))


def test_a_missing_file_suggests_its_neighbour(store, tmp_path):
    written(tmp_path / "leads_2024.csv", b"a\n1\n")
    with pytest.raises(DataError, match=r"no file .*did you mean leads_2024\.csv\?"):
        locate("leads", Source(path=str(tmp_path / "leads_2042.csv")), store.folder)


def test_a_folder_is_no_file(store, tmp_path):
    with pytest.raises(
        DataError, match=r"is a folder; expected a file, or a pattern such as .*/\*\.parquet"
    ):
        locate("leads", Source(path=str(tmp_path)), store.folder)


@pytest.mark.parametrize(("kind", "said"), [("fifo", "a pipe or a device"), ("link", "a link to")])
def test_a_pipe_and_a_dangling_link_are_named_as_what_they_are(store, tmp_path, kind, said):
    path = tmp_path / "leads.csv"
    if kind == "fifo":
        os.mkfifo(path)
    else:
        path.symlink_to("nowhere.csv")

    with pytest.raises(DataError, match=rf"leads\.csv is {said}"):
        locate("leads", Source(path=str(path)), store.folder)


def test_a_pattern_takes_all_files_in_the_order_of_their_names(store, tmp_path):
    written(tmp_path / "b.csv", b"x,y\n3,4\n")
    written(tmp_path / "a.csv", b"x,y\n1,2\n")
    raw = raw_of(store, Source(path=str(tmp_path / "*.csv")))
    assert raw.files == ("a.csv", "b.csv")
    assert cells(store, raw) == [("1", "2"), ("3", "4")]
    assert store.connection.execute(
        f"SELECT file, row FROM {raw.source} ORDER BY ALL"
    ).fetchall() == [(0, 1), (1, 1)]


def test_files_of_one_table_may_order_their_columns_differently(store, tmp_path):
    written(tmp_path / "a.csv", b"x,y\n1,2\n")
    written(tmp_path / "b.csv", b"y,x\n4,3\n")
    assert cells(store, raw_of(store, Source(path=str(tmp_path / "*.csv")))) == [
        ("1", "2"),
        ("3", "4"),
    ]


def test_parquet_files_of_one_table_may_differ_in_order_and_type(store, tmp_path):
    pq.write_table(pa.table({"x": [1], "y": ["a"]}), tmp_path / "a.parquet")
    pq.write_table(pa.table({"y": ["b"], "x": [2.5]}), tmp_path / "b.parquet")
    assert cells(store, raw_of(store, Source(path=str(tmp_path / "*.parquet")))) == [
        (1.0, "a"),
        (2.5, "b"),
    ]


def test_files_of_one_table_with_other_columns_are_refused_as_a_diff(store, tmp_path):
    written(tmp_path / "a.csv", b"x,y\n1,2\n")
    written(tmp_path / "b.csv", b"x,z\n3,4\n")
    with pytest.raises(DataError, match=r"b\.csv has other columns than a\.csv: \+ 'z', - 'y'"):
        raw_of(store, Source(path=str(tmp_path / "*.csv")))


def test_a_parquet_that_is_none_is_said_to_be_none(store, tmp_path):
    with pytest.raises(DataError, match="cannot be read as Parquet"):
        raw_of(store, Source(path=str(written(tmp_path / "x.parquet", b"id\n1\n"))))


def test_rows_of_a_database_are_raw_rows_like_those_of_a_file(store, tmp_path):
    with sqlite3.connect(tmp_path / "crm.db") as database:
        database.execute("CREATE TABLE leads (id INTEGER, size REAL, name TEXT)")
        database.executemany(
            "INSERT INTO leads VALUES (?, ?, ?)", [(1, 0.1, "株"), (2, None, None)]
        )
    database.close()
    source = Source(
        database=f"sqlite:///{tmp_path / 'crm.db'}", query="SELECT * FROM leads ORDER BY id"
    )
    assert cells(store, raw_of(store, source)) == [(1, 0.1, "株"), (2, None, None)]
