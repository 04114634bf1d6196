"""Temporary folders that are gone when their process is: those of killed runs are swept."""

import contextlib
import os
import shutil
import tempfile
import weakref
from pathlib import Path

try:
    import fcntl
except ImportError:  # Windows: leftovers of killed runs stay until somebody removes them
    fcntl = None  # type: ignore[assignment]

_PREFIX, _LOCK = "propensity-", "in-use"


class TemporaryFolder:
    """A folder that nobody else may read, removed with the object, and at the end of the process.

    A folder is locked while its process lives. Each new one sweeps what killed processes of the
    same user left beside it.

    Attributes:
        path: Its place.
    """

    def __init__(self, place: Path | None = None) -> None:
        """Make the folder.

        Args:
            place: Folder in which it lies, hidden; None for where the system keeps temporary files.

        Raises:
            OSError: No folder can be made there.
        """
        sweep(place)
        self.path, handle = _made(place)
        self._remove = weakref.finalize(self, _removed, self.path, handle)

    def remove(self) -> None:
        """Remove the folder now."""
        self._remove()

    def __enter__(self) -> Path:
        return self.path

    def __exit__(self, *_: object) -> None:
        self.remove()


def _made(place: Path | None) -> tuple[Path, int]:
    """A new folder, and the handle that holds its lock."""
    while True:
        folder = Path(tempfile.mkdtemp(prefix=_prefix(place), dir=place))
        handle = os.open(folder / _LOCK, os.O_CREAT | os.O_RDWR, 0o600)
        if fcntl is None:
            return folder, handle
        fcntl.flock(handle, fcntl.LOCK_EX)
        if os.fstat(handle).st_nlink:
            return folder, handle
        os.close(handle)  # another run swept it before it was locked


def _removed(folder: Path, handle: int) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    with contextlib.suppress(OSError):
        os.close(handle)


def _prefix(place: Path | None) -> str:
    return _PREFIX if place is None else f".{_PREFIX}"


def sweep(place: Path | None = None) -> None:
    """Remove the folders of dead processes of ours: their lock is there, and nobody holds it."""
    if fcntl is None:
        return
    for folder in Path(place or tempfile.gettempdir()).glob(f"{_prefix(place)}*"):
        with contextlib.suppress(OSError):
            if folder.is_symlink() or folder.stat().st_uid != os.getuid():
                continue
            handle = os.open(folder / _LOCK, os.O_RDWR | os.O_NOFOLLOW)
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                (folder / _LOCK).unlink()
                shutil.rmtree(folder, ignore_errors=True)
            finally:
                os.close(handle)
