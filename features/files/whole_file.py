"""Files written whole or not at all: a draft beside the place takes it in one step."""

import contextlib
import os
import uuid
from collections.abc import Iterator
from pathlib import Path

from features.errors import ConfigError
from features.files.output import Output

try:
    import fcntl
except ImportError:  # Windows: leftovers of killed runs stay until somebody removes them
    fcntl = None  # type: ignore[assignment]


def write_text(text: str, output: Output) -> None:
    """Write a text as UTF-8; what no encoding knows (half a surrogate pair) becomes a question
    mark.

    Raises:
        ConfigError: The path cannot be written to.
    """
    write_bytes(text.encode("utf-8", "replace"), output)


def write_bytes(content: bytes, output: Output) -> None:
    """Write a file that appears, or replaces the old one, only when it is complete.

    Raises:
        ConfigError: The path cannot be written to.
    """
    with draft_of(output) as draft, refused(output.path):
        draft.write_bytes(content)
        sync(draft)
        draft.replace(target_of(output.path))


def write_new_text(text: str, output: Output) -> None:
    """Write a text where nothing is; a file that came there meanwhile stays as it is.

    Raises:
        ConfigError: Something is there, or the path cannot be written to.
    """
    with draft_of(output) as draft, refused(output.path):
        draft.write_bytes(text.encode("utf-8", "replace"))
        sync(draft)
        try:
            output.path.hardlink_to(draft)
        except FileExistsError:
            raise ConfigError(
                f"{output.path} exists already and stays as it is; name another file."
            ) from None
        except OSError:  # a file system without links: the moment between has to be accepted
            if output.path.exists():
                raise ConfigError(
                    f"{output.path} exists already and stays as it is; name another file."
                ) from None
            draft.replace(output.path)


@contextlib.contextmanager
def refused(path: Path) -> Iterator[None]:
    """What the system says against writing a path, in our words.

    Raises:
        ConfigError: The system refuses.
    """
    try:
        yield
    except OSError as error:
        raise ConfigError(f"{path}: cannot be written: {error.strerror or error}.") from error


@contextlib.contextmanager
def draft_of(output: Output) -> Iterator[Path]:
    """A new file beside an output that is gone afterwards, unless it was moved away.

    A draft is locked while its process lives; drafts of killed runs are removed here.

    Raises:
        ConfigError: No file can be made there.
    """
    with draft_beside(output.path, output.mode) as draft:
        yield draft


@contextlib.contextmanager
def draft_beside(path: Path, mode: int = 0o666) -> Iterator[Path]:
    """As ``draft_of``, for a place where nothing is replaced."""
    target = target_of(path)
    with refused(path):
        target.parent.mkdir(parents=True, exist_ok=True)
        _sweep(target)
        draft, handle = _locked_draft(target, mode)
    try:
        yield draft
    finally:
        draft.unlink(missing_ok=True)
        os.close(handle)


def target_of(path: Path) -> Path:
    """The file itself, where the path is a link to it."""
    return Path(os.path.realpath(path))


def _locked_draft(target: Path, mode: int) -> tuple[Path, int]:
    """A new, empty file beside the target, and the handle that holds its lock.

    Another run that sweeps in the moment between making and locking takes the file for a dead run's
    and removes it: then the lock is on a file without a name, and another one is made.
    """
    while True:
        draft = target.with_name(f".{target.name}.{uuid.uuid4().hex}.part")
        handle = os.open(draft, os.O_CREAT | os.O_EXCL | os.O_RDWR, mode)
        if fcntl is None:
            return draft, handle
        # waits for a sweeper at most, who holds it for the time of one unlink
        fcntl.flock(handle, fcntl.LOCK_EX)
        if os.fstat(handle).st_nlink:
            return draft, handle
        os.close(handle)


def _sweep(target: Path) -> None:
    """Remove drafts whose process is dead: nobody holds their lock."""
    if fcntl is None:
        return
    for leftover in target.parent.glob(f".{_glob_escaped(target.name)}.*.part"):
        with contextlib.suppress(OSError):
            handle = os.open(leftover, os.O_RDWR)
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                leftover.unlink(missing_ok=True)
            finally:
                os.close(handle)


def _glob_escaped(name: str) -> str:
    return "".join(f"[{c}]" if c in "*?[" else c for c in name)


def sync(path: Path) -> None:
    """Have the disk hold what was written, before anything relies on it.

    Of a folder these are the names in it, where the system can (Windows cannot open a folder).
    """
    if os.name != "posix" and path.is_dir():
        return
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
