"""CSV files as text: their encoding and their header."""

import codecs
import csv
import gzip
import io
from collections.abc import Iterator
from pathlib import Path
from typing import IO, cast

from features.errors import DataError
from features.settings import FileEncoding

_PART_BYTES = 1 << 24
_OTHER: dict[FileEncoding, FileEncoding] = {"utf-8": "cp932", "cp932": "utf-8"}


def opened(path: Path) -> IO[bytes]:
    """The bytes of a file, unpacked if it is gzipped."""
    if path.suffix.lower() == ".gz":
        return cast("IO[bytes]", gzip.open(path, "rb"))
    return path.open("rb")


def utf8_copy(table: str, path: Path, copy: Path) -> Path:
    """Write a CP932 file as UTF-8, in parts.

    Raises:
        DataError: A byte is not CP932; the sentence says where.
    """
    with opened(path) as source, copy.open("wb") as target:
        for lines in _parts(source):
            try:
                target.write(lines.decode("cp932").encode("utf-8"))
            except UnicodeDecodeError:
                raise DataError([encoding_problem(table, path, path.name, "cp932")]) from None
    return copy


def encoding_problem(table: str, path: Path, label: str, encoding: FileEncoding) -> str:
    """The sentence for a file that is not of its encoding: where, and which one it may be."""
    with opened(path) as file:
        start = file.read(2)
    if start in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE):
        return f"{table}: {label} is UTF-16; save it as UTF-8"
    where = undecodable(path, encoding)
    position = f"byte {where[0]:,} (line {where[1]:,})" if where else "one of its bytes"
    other = _OTHER[encoding]
    hint = (
        f"; it reads as {other}: set `encoding: {other}`"
        if undecodable(path, other) is None
        else ""
    )
    return f"{table}: {label} is not {encoding}: {position} cannot be decoded{hint}"


def undecodable(path: Path, encoding: FileEncoding) -> tuple[int, int] | None:
    """Position (from 0) and line (from 1) of the first byte that is not of the encoding, or
    None.
    """
    position, line = 0, 1
    with opened(path) as source:
        for lines in _parts(source):
            try:
                lines.decode(encoding)
            except UnicodeDecodeError as error:
                return position + error.start, line + lines.count(b"\n", 0, error.start)
            position, line = position + len(lines), line + lines.count(b"\n")
    return None


def header(table: str, path: Path, label: str, delimiter: str) -> list[str]:
    """The column names of a UTF-8 CSV file.

    Raises:
        DataError: The file is empty, not UTF-8, or its first record is no CSV.
    """
    try:
        with io.TextIOWrapper(opened(path), encoding="utf-8-sig", newline="") as file:
            names = next(csv.reader(file, delimiter=delimiter), [])
    except UnicodeDecodeError:
        raise DataError([encoding_problem(table, path, label, "utf-8")]) from None
    except (csv.Error, OSError, EOFError) as error:
        raise DataError([f"{table}: the header of {label} cannot be read: {error}"]) from error
    if not any(name.strip() for name in names):
        raise DataError([f"{table}: {label} is empty; expected a header and rows"])
    return names


def _parts(source: IO[bytes]) -> Iterator[bytes]:
    """Whole lines, about 16 MB at a time: a line feed is never half of a character, in UTF-8 and in
    CP932.
    """
    while lines := source.readlines(_PART_BYTES):
        yield b"".join(lines)
