"""The encoding of a text file, found by its bytes, and the file as UTF-8."""

import codecs
import re
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from features.errors import DataError
from features.intake.formats.containers import head, opened, private
from features.settings import FileEncoding

_PART_BYTES = 1 << 24
_CODECS = {"utf-8": "utf-8-sig", "utf-16": "utf-16", "cp932": "cp932", "cp1252": "cp1252"}

#: Two bytes of kana and frequent kanji in CP932, and half-width kana that stand together. Accents
#: of Western languages stand alone between ASCII letters, and hardly ever begin so.
_JAPANESE = re.compile(rb"[\x81-\x9f][\x40-\x7e\x80-\xfc]|[\xa6-\xdf]{2,}")
#: An accent that stands alone, or a character that CP932 leaves to its users.
_WESTERN = re.compile(rb"(?<![\x80-\xff])[\x80-\xff](?![\x80-\xff])|[\xf0-\xf9][\x80-\xfc]")
#: How many times more often one must be seen than the other.
_CLEARLY = 3


def starts_as_utf8(path: Path) -> bool:
    """Whether the beginning of a file is UTF-8 (or ASCII)."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        decoder.decode(head(path))
    except UnicodeDecodeError:
        return False
    return True


def encoding_of(table: str, path: Path) -> FileEncoding:
    """The encoding of a whole file.

    Raises:
        DataError: It is none of ours, or may be two of them.
    """
    if head(path)[:2] in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE):
        return "utf-16"
    if undecodable(path, "utf-8") is None:
        return "utf-8"
    able: list[FileEncoding] = [
        name for name in ("cp932", "cp1252") if undecodable(path, name) is None
    ]
    if not able:
        raise DataError(
            [f"{table}: {path.name} is neither UTF-8, UTF-16, CP932 nor CP1252; save it as UTF-8"]
        )
    if len(able) == 1:
        return able[0]
    japanese, western = _signs(path)
    if japanese and japanese >= _CLEARLY * western:
        return "cp932"
    if western and western >= _CLEARLY * japanese:
        return "cp1252"
    raise DataError(
        [
            f"{table}: {path.name} may be CP932 (Japanese) or CP1252 (Western): write"
            " `encoding: cp932` or `encoding: cp1252`"
        ]
    )


def _signs(path: Path) -> tuple[int, int]:
    """Characters that look Japanese, and those that look Western."""
    japanese = western = 0
    with opened(path) as source:
        for part in _parts(source):
            japanese += sum(1 for _ in _JAPANESE.finditer(part))
            western += sum(1 for _ in _WESTERN.finditer(_JAPANESE.sub(b"  ", part)))
    return japanese, western


def utf8_copy(table: str, path: Path, label: str, encoding: FileEncoding, copy: Path) -> Path:
    """Write a text file as UTF-8, in parts.

    Raises:
        DataError: A byte is not of the encoding; the sentence says where.
    """
    decoder = codecs.getincrementaldecoder(_CODECS[encoding])()
    with opened(path) as source, private(copy) as target:
        try:
            while part := source.read(_PART_BYTES):
                target.write(decoder.decode(part).encode("utf-8"))
            target.write(decoder.decode(b"", final=True).encode("utf-8"))
        except UnicodeDecodeError:
            raise DataError([encoding_problem(table, path, label, encoding)]) from None
    return copy


def encoding_problem(table: str, path: Path, label: str, encoding: FileEncoding) -> str:
    """The sentence for a file that is not of its encoding: where, and which one it may be."""
    where = undecodable(path, encoding)
    position = f"byte {where[0]:,} (line {where[1]:,})" if where else "one of its bytes"
    try:
        hint = f"; it reads as {(other := encoding_of(table, path))}: set `encoding: {other}`"
    except DataError:
        hint = ""
    return f"{table}: {label} is not {encoding}: {position} cannot be decoded{hint}"


def undecodable(path: Path, encoding: FileEncoding) -> tuple[int, int] | None:
    """Position (from 0) and line (from 1) of the first byte that is not of the encoding, or
    None.
    """
    if encoding == "utf-16":
        return None if head(path)[:2] in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE) else (0, 1)
    position, line = 0, 1
    with opened(path) as source:
        for lines in _parts(source):
            try:
                lines.decode(encoding)
            except UnicodeDecodeError as error:
                return position + error.start, line + lines.count(b"\n", 0, error.start)
            position, line = position + len(lines), line + lines.count(b"\n")
    return None


def _parts(source: IO[bytes]) -> Iterator[bytes]:
    """Whole lines, about 16 MB at a time: a line feed is never half of a character, in UTF-8,
    CP932 and CP1252.
    """
    while lines := source.readlines(_PART_BYTES):
        yield b"".join(lines)
