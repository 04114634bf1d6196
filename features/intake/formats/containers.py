"""What a file is by its first bytes, and packed files unpacked, whatever their names say."""

import gzip
import os
import re
import shutil
import zipfile
from pathlib import Path
from typing import IO, Literal, cast

from features.errors import DataError

Content = Literal["gzip", "zip", "excel", "old excel", "parquet", "json", "text"]

_HEAD = 1 << 16
_JSON = re.compile(rb"^(?:\xef\xbb\xbf)?\s*[\[{]")
_NOT_DATA = re.compile(r"(^|/)(__MACOSX/|\.)|/$")


def content_of(path: Path) -> Content:
    """What a file holds.

    Raises:
        DataError: A zip that is damaged.
    """
    start = head(path, packed=True)
    if start[:2] == b"\x1f\x8b":
        return "gzip"
    return _of(start, path)


def content_within(path: Path) -> Content:
    """What a file holds, or what is inside a gzip."""
    return _of(head(path), path)


def _of(start: bytes, path: Path) -> Content:
    if start[:4] == b"PAR1":
        return "parquet"
    if start[:4] == b"\xd0\xcf\x11\xe0":
        return "old excel"
    if start[:4] in (b"PK\x03\x04", b"PK\x05\x06"):
        return "excel" if not is_gzip(path) and "xl/workbook.xml" in _names(path) else "zip"
    return "json" if _JSON.match(start) else "text"


def head(path: Path, *, packed: bool = False) -> bytes:
    """The first 64 KB, of what is inside a gzip unless ``packed``."""
    with path.open("rb") if packed else opened(path) as file:
        try:
            return file.read(_HEAD)
        except (OSError, EOFError) as error:
            raise DataError([f"{path.name} cannot be unpacked: {error}"]) from error


def is_gzip(path: Path) -> bool:
    """Whether a file is gzipped, by its first bytes."""
    with path.open("rb") as file:
        return file.read(2) == b"\x1f\x8b"


def opened(path: Path) -> IO[bytes]:
    """The bytes of a file, unpacked if it is gzipped."""
    if is_gzip(path):
        return cast("IO[bytes]", gzip.open(path, "rb"))
    return path.open("rb")


def private(path: Path) -> IO[bytes]:
    """A new file that nobody else may read."""
    return os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb")


def unzipped(table: str, path: Path, member: str | None, target: Path) -> Path:
    """Write the file inside a zip to ``target``.

    Raises:
        DataError: The zip holds no file, or several and nobody said which, or needs a password.
    """
    names = [name for name in _names(path) if not _NOT_DATA.search(name)]
    if member is not None and member not in names:
        raise DataError([f"{table}: {path.name} holds no {member!r}; it holds {_listed(names)}"])
    if member is None and len(names) != 1:
        raise DataError(
            [
                f"{table}: expected one file in {path.name}, got {len(names)}: {_listed(names)};"
                " name one by `sheet:`"
            ]
        )
    try:
        with (
            zipfile.ZipFile(path) as packed,
            packed.open(member or names[0]) as source,
            private(target) as out,
        ):
            shutil.copyfileobj(source, out, 1 << 20)
    except (RuntimeError, zipfile.BadZipFile, OSError, EOFError) as error:
        raise DataError([f"{table}: {path.name} cannot be unpacked: {error}"]) from error
    return target


def gunzipped(path: Path, target: Path) -> Path:
    """Write what is inside a gzip to ``target``."""
    with opened(path) as source, private(target) as out:
        shutil.copyfileobj(source, out, 1 << 20)
    return target


def _names(path: Path) -> list[str]:
    try:
        with zipfile.ZipFile(path) as packed:
            return packed.namelist()
    except (zipfile.BadZipFile, OSError) as error:
        raise DataError([f"{path.name} cannot be unpacked: {error}"]) from error


def _listed(names: list[str]) -> str:
    return ", ".join(map(repr, names[:10])) + (", …" if len(names) > 10 else "") or "nothing"
