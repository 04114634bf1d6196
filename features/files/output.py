"""Where a command may write: never onto what it reads, and never onto somebody else's file.

Every writer takes an :class:`Output`, and :class:`Inputs` alone makes one.
"""

import os
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path

from features.errors import ConfigError
from features.files.ours import is_ours

_PATTERN = frozenset("*?[")
#: Names of what a process has open.
_STREAMS = ("/dev/stdin", "/dev/stdout", "/dev/stderr", "/dev/fd", "/proc/self")


@dataclass(frozen=True)
class Output:
    """A file or a folder that may be written.

    Attributes:
        path: Its place.
        mode: Rights of a new file.
    """

    path: Path
    mode: int = 0o666

    def __truediv__(self, name: str) -> "Output":
        """A file of a folder that may be written."""
        return Output(self.path / name, self.mode)


class Inputs:
    """What a command reads, and the outputs that it was given."""

    def __init__(self, read: Iterable[tuple[str, Path | str]] = ()) -> None:
        """Take note of what is read.

        Args:
            read: What people call it, and its path: a file, a folder, or a pattern of files.
        """
        self._read = [(name, Path(path)) for name, path in read]
        self._given: list[tuple[str, Path]] = []

    def file(
        self,
        path: Path | str,
        name: str,
        *,
        force: bool = False,
        configured: bool = False,
        headers: Iterable[str] = (),
        mode: int = 0o666,
    ) -> Output:
        """A file to write.

        Args:
            path: Where.
            name: What people call it, such as ``--json``.
            force: Replace a file that Propensity did not write.
            configured: The configuration names the file: what is there is ours to replace.
            headers: First lines by which a table of ours is known.
            mode: Rights of the new file, before the mask of the process.

        Raises:
            ConfigError: It is something that is read, another output, no regular file, or somebody
                else's.
        """
        found = Path(path)
        self._refuse_inputs(found, name)
        _refuse_special(found, name)
        self._refuse_unwritable(found, name)
        if not (force or configured) and found.is_file() and not is_ours(found, headers):
            raise ConfigError(
                f"{name}: {found} is there and was not written by Propensity; it stays as it is."
                " Name another file, or say --force to replace it."
            )
        return self._give(found, name, mode)

    def new_file(self, path: Path | str, name: str, *, mode: int = 0o666) -> Output:
        """A file that is not there yet.

        Raises:
            ConfigError: It is there, or something that is read.
        """
        found = Path(path)
        self._refuse_inputs(found, name)
        if os.path.lexists(found):
            raise ConfigError(
                f"{name}: {found} exists already and stays as it is; name another file."
            )
        self._refuse_unwritable(found, name)
        return self._give(found, name, mode)

    def folder(self, path: Path | str, name: str, *, mode: int = 0o666) -> Output:
        """A folder whose files are written, replaced and removed.

        Raises:
            ConfigError: Something that is read lies in it, or it is no folder.
        """
        found = Path(path)
        self._refuse_inputs(found, name)
        for what, read in self._read:
            if any(_is_within(file, found) for file in _files(read)):
                raise ConfigError(
                    f"{name}: {found} holds {what} ({read}), which is read; nothing was written."
                    " Name a folder of its own."
                )
        if found.exists() and not found.is_dir():
            raise ConfigError(f"{name}: expected a folder, got a file: {found}.")
        self._refuse_unwritable(found, name)
        return self._give(found, name, mode)

    def _give(self, path: Path, name: str, mode: int) -> Output:
        for other, given in self._given:
            if _same(path, given):
                raise ConfigError(f"{other} and {name} name one file, {path}; name two.")
        self._given.append((name, path))
        return Output(path, mode)

    def _refuse_inputs(self, path: Path, name: str) -> None:
        for what, read in self._read:
            if any(_same(path, file) for file in _files(read)) or _would_match(path, read):
                raise ConfigError(
                    f"{name}: {path} is {what}, which is read; nothing was written. Name another"
                    " file."
                )
            if read.is_dir() and _is_within(path, read):
                raise ConfigError(
                    f"{name}: {path} lies in {what} ({read}), which is read; nothing was written."
                    " Name another place."
                )

    @staticmethod
    def _refuse_unwritable(path: Path, name: str) -> None:
        """Refuse before the work what is known to fail after it."""
        place = Path(os.path.realpath(path)).parent
        while not os.path.lexists(place):
            place = place.parent
        if not place.is_dir():
            raise ConfigError(f"{name}: {path} cannot be written: {place} is no folder.")
        try:
            tempfile.TemporaryFile(dir=place).close()
        except OSError as error:
            raise ConfigError(
                f"{name}: {path} cannot be written: {place}: {error.strerror or error}."
            ) from None


def _refuse_special(path: Path, name: str) -> None:
    """Refuse what a new file would take the place of and that is no file itself."""
    if path.is_dir():
        raise ConfigError(f"{name}: expected a file, got a folder: {path}.")
    place = Path(os.path.abspath(path))
    if (path.exists() and not path.is_file()) or any(map(place.is_relative_to, _STREAMS)):
        raise ConfigError(
            f"{name}: {path} is a device or a pipe; only a file can be written whole or not at all."
            " Name a file."
        )


def _files(read: Path) -> list[Path]:
    """The files that a path or pattern means today."""
    if not _is_pattern(read):
        return [read]
    base, pattern = _split(read)
    return list(base.glob(pattern)) if base.is_dir() else []


def _same(one: Path, other: Path) -> bool:
    """Whether two paths are one file: through links, hard links, ``..``, and names that a file
    system holds for the same.
    """
    try:
        return os.path.samefile(one, other)
    except OSError:  # one of them is not there
        return os.path.realpath(one) == os.path.realpath(other)


def _is_within(path: Path, folder: Path) -> bool:
    """Whether a path lies in a folder, at any depth; one that is not there lies nowhere."""
    if not folder.is_dir():
        return False
    place = Path(os.path.realpath(path))
    return any(parent.exists() and _same(parent, folder) for parent in place.parents)


def _would_match(path: Path, read: Path) -> bool:
    """Whether a pattern would read the file from now on."""
    if not _is_pattern(read):
        return False
    base, pattern = _split(read)
    place, start = Path(os.path.realpath(path)), Path(os.path.realpath(base))
    if not place.is_relative_to(start):
        return False
    parts, wanted = place.relative_to(start).parts, Path(pattern).parts
    if any(part.startswith(".") for part in parts):
        return False
    if "**" in wanted:
        return fnmatchcase(parts[-1], wanted[-1])
    return len(parts) == len(wanted) and all(map(fnmatchcase, parts, wanted))


def _is_pattern(path: Path) -> bool:
    return not path.exists() and bool(_PATTERN & set(str(path)))


def _split(pattern: Path) -> tuple[Path, str]:
    """The folder above the first part with a sign of a pattern, and the rest."""
    parts = pattern.parts
    first = next(n for n, part in enumerate(parts) if _PATTERN & set(part))
    return Path(*parts[:first]), str(Path(*parts[first:]))
