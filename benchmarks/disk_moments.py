"""What a command leaves on the disk at every moment at which it may be killed.

A process that is stopped, copied and let go on leaves the disk as a SIGKILL at that moment does:
what it wrote is there, what it held in memory is not, and nobody holds its locks any more in the
copy. So one run gives the states of thousands of kills.
"""

import atexit
import contextlib
import os
import random
import shutil
import signal
import stat
import sys
import tempfile
import time
import traceback
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

#: Folders that no command writes, or that belong to the benchmark.
_LEFT_OUT = {"data"}
_PAGE = 4096


@dataclass(frozen=True)
class Ended:
    """How a command ended.

    Attributes:
        code: Exit code.
        said: What it wrote on stderr.
    """

    code: int
    said: str


@dataclass(frozen=True)
class Moments:
    """The moments at which a run was stopped.

    Attributes:
        stops: How many.
        states: A copy of the folder for each state of the disk that differs from the one before.
        largest: Bytes in the folder at the largest.
        ended: How the run ended.
        seconds: From its start to its end.
    """

    stops: int
    states: tuple[Path, ...]
    largest: int
    ended: Ended
    seconds: float


def begin(home: Path, words: list[str], main: Callable[[], object]) -> int:
    """Run a command line in a child, which starts with everything imported; returns its process.

    What it says goes to files beside the folder.
    """
    sys.stdout.flush()
    child = os.fork()
    if child:
        return child
    code: object = 0
    try:
        for name, stream in (("stdout", 1), ("stderr", 2)):
            os.dup2(
                os.open(home.with_name(name), os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), stream
            )
        os.chdir(home)
        os.environ["TMPDIR"] = str(home / "tmp")
        tempfile.tempdir = None
        sys.argv = ["propensity", *words]
        main()
    except SystemExit as ended:
        code = ended.code
    except BaseException:  # noqa: BLE001 — what a command lets out is what is looked for
        traceback.print_exc()
        code = 1
    with contextlib.suppress(BaseException):
        atexit._run_exitfuncs()  # a process that ends by _exit does not
        sys.stdout.flush()
    os._exit(code if isinstance(code, int) else 1)


def end(home: Path, child: int) -> Ended:
    """Wait for a child."""
    return _ended(home, os.waitpid(child, 0)[1])


def _ended(home: Path, status: int) -> Ended:
    said = home.with_name("stderr").read_text(encoding="utf-8", errors="replace")
    return Ended(os.waitstatus_to_exitcode(status), said)


def run(home: Path, words: list[str], main: Callable[[], object]) -> Ended:
    """A command that is left alone."""
    return end(home, begin(home, words, main))


def moments(
    home: Path, words: list[str], main: Callable[[], object], *, into: Path, every: float, seed: int
) -> Moments:
    """Run a command, stop it at random moments, and copy the folder where the disk has changed.

    Args:
        home: The company.
        words: The command line.
        main: What runs it.
        into: Folder for the copies.
        every: Mean seconds between stops.
        seed: Of the moments.
    """
    draws = random.Random(seed)  # noqa: S311 — moments, no secret
    states: list[Path] = []
    stops = largest = 0
    seen = stamps(home)
    started, child = time.monotonic(), begin(home, words, main)
    while True:
        time.sleep(draws.expovariate(1 / every))
        with contextlib.suppress(ProcessLookupError):
            os.kill(child, signal.SIGSTOP)
        _, status = os.waitpid(child, os.WUNTRACED)
        if not os.WIFSTOPPED(status):
            break
        stops += 1
        now = stamps(home)
        if now != seen:
            seen = now
            largest = max(largest, bytes_on_disk(now))
            states.append(into / str(len(states)))
            copy(home, states[-1])
        os.kill(child, signal.SIGCONT)
    return Moments(stops, tuple(states), largest, _ended(home, status), time.monotonic() - started)


def killed(home: Path, words: list[str], main: Callable[[], object], *, after: float) -> None:
    """Kill a command after so many seconds."""
    child = begin(home, words, main)
    time.sleep(after)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)


def stamps(home: Path) -> Mapping[str, tuple[int, int, int]]:
    """Size, time and number of each file, and the folders, that a command may write."""
    found = {}
    for path in _below(home):
        with contextlib.suppress(FileNotFoundError):
            told = path.lstat()
            size = 0 if stat.S_ISDIR(told.st_mode) else told.st_size
            found[str(path.relative_to(home))] = (size, told.st_mtime_ns, told.st_ino)
    return found


def bytes_on_disk(found: Mapping[str, tuple[int, int, int]]) -> int:
    """Bytes of files in whole pages, as a disk in memory counts them."""
    return sum(-(-size // _PAGE) * _PAGE for size, _, _ in found.values())


def _below(home: Path) -> Iterator[Path]:
    for folder, folders, files in os.walk(home):
        if Path(folder) == home:
            folders[:] = [name for name in folders if name not in _LEFT_OUT]
        yield from (Path(folder) / name for name in (*folders, *files))


def copy(home: Path, place: Path) -> None:
    """Copy what a command may write."""
    shutil.copytree(
        home,
        place,
        symlinks=True,
        ignore=lambda folder, _: _LEFT_OUT if Path(folder) == home else set(),
    )


def restore(home: Path, place: Path) -> None:
    """Put a copy in the place of what a command may write."""
    for path in home.iterdir():
        if path.name in _LEFT_OUT:
            continue
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink()
    shutil.copytree(place, home, symlinks=True, dirs_exist_ok=True)
