"""The one border at which errors of the system and of the engines become sentences.

Every command passes it. What is none of these is a bug of ours, and shows its traceback.
"""

import contextlib
import errno
import os
import signal
import sys
import traceback
from collections.abc import Iterator
from pathlib import Path
from types import FrameType

from features.errors import PropensityError, RefusedError
from features.files.temporary_folder import sweep
from features.machine import missing_library
from propensity import missing_extra

#: Exit code of what was refused, and of a failure.
REFUSED, FAILED = 20, 1
#: Packages that move data for us. What they say may hold values of leads, so it is not repeated,
#: but for what they say of files, memory and the disk.
_ENGINES = {
    "duckdb": "DuckDB",
    "_duckdb": "DuckDB",
    "pyarrow": "Arrow",
    "sqlalchemy": "the database",
    "sqlite3": "SQLite",
    "mlflow": "MLflow",
    "lightgbm": "LightGBM",
    "pyspark": "Spark",
    "py4j": "Spark",
}
#: Kinds of engine errors that name a file or an amount of memory and no value.
_HARMLESS = ("IOException", "OutOfMemoryException", "OperationalError", "ArrowMemoryError")
#: What an engine says when the disk is full, whatever its kind of error.
FULL = ("No space left", "disk is full", "Disk quota exceeded")
#: What DuckDB makes of Ctrl-C.
_INTERRUPTED = "Query interrupted"
_SIGNALS = ("SIGTERM", "SIGHUP")
_PACKAGES = {"features", "propensity", "training"}


class Stopped(BaseException):
    """A signal asked the process to end; what it holds open is closed on the way out.

    Attributes:
        number: Number of the signal.
    """

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.number = number


@contextlib.contextmanager
def told_in_sentences() -> Iterator[None]:
    """Run a command, and end the process with a sentence on stderr where it fails.

    Exit codes: 20 what was refused, 1 a failure, 128 and the signal's number where one ended it.

    Raises:
        SystemExit: With the exit code.
    """
    sweep()
    for name in _SIGNALS:
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), _stop)
    try:
        with _flushed():
            yield
    except PropensityError as error:
        _say(str(error))
        sys.exit(REFUSED if isinstance(error, RefusedError) else FAILED)
    except BrokenPipeError:
        # nobody reads stdout any more; Python would say so once more when it closes it
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        _say("the output was closed before everything was written to it.")
        sys.exit(FAILED)
    except (KeyboardInterrupt, Stopped) as error:
        number = error.number if isinstance(error, Stopped) else signal.SIGINT
        _say(f"stopped by {signal.Signals(number).name}; nothing is half written.")
        sys.exit(128 + number)
    except Exception as error:
        if _words(error) == _INTERRUPTED:
            _say("stopped by SIGINT; nothing is half written.")
            sys.exit(128 + signal.SIGINT)
        sentence = sentence_of(error)
        if sentence is None:
            raise
        _say(sentence)
        sys.exit(FAILED)


@contextlib.contextmanager
def _flushed() -> Iterator[None]:
    """What was printed is out, or could not be put out, before the process ends."""
    try:
        yield
    except SystemExit:
        if sys.stdout is not None:
            sys.stdout.flush()
        raise
    if sys.stdout is not None:
        sys.stdout.flush()


def sentence_of(error: BaseException) -> str | None:
    """What to say of an error of the system or of an engine; None where it is a bug of ours.

    >>> sentence_of(OSError(28, "No space left on device", "scored.parquet"))
    'scored.parquet: no space is left on the disk; nothing is half written. Make room, run again.'
    """
    lacking = missing_library(error) or missing_extra.told(error)
    if lacking is not None:
        return lacking
    if isinstance(error, MemoryError):
        return (
            "the memory of the machine is used up. Give --memory-limit, or fewer leads at a time."
        )
    package = type(error).__module__.partition(".")[0]
    engine = _ENGINES.get(package)
    if any(sign in _words(error) for sign in FULL):
        return _full(error.filename if isinstance(error, OSError) else None)
    if package == "py4j":
        return (
            f"Spark's Java failed or ended in the middle ({type(error).__name__}); nothing is half"
            " written. Most often its memory is too small: give it more (spark.driver.memory,"
            " spark.executor.memory), or look into Spark's log."
        )
    if engine is not None:
        return _of_engine(engine, error)
    return _of_system(error) if isinstance(error, OSError) else None


def _words(error: BaseException) -> str:
    """What an error says; empty where that can no longer be asked."""
    try:
        return str(error)
    except Exception:  # noqa: BLE001 — an error of Java asks Java for its words, which may be gone
        return ""


def _of_system(error: OSError) -> str | None:
    if error.errno is None:
        return None
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return _full(error.filename)
    place = f"{error.filename}: " if error.filename else ""
    return f"{place}{error.strerror or error}."


def _full(place: object) -> str:
    where = f"{place}: " if place else ""
    return (
        f"{where}no space is left on the disk; nothing is half written. Make room and run it again."
    )


def _of_engine(engine: str, error: BaseException) -> str:
    first = (_words(error).splitlines() or [""])[0]
    if type(error).__name__ in _HARMLESS:
        return f"{engine} stopped: {first}"
    frames = traceback.extract_tb(error.__traceback__)
    ours = [frame for frame in frames if _PACKAGES & set(Path(frame.filename).parts)]
    place = f" at {Path(ours[-1].filename).name}:{ours[-1].lineno}" if ours else ""
    return (
        f"{engine} failed with {type(error).__name__}{place}. This is a bug of Propensity's; please"
        " report it. What the engine said is held back, since it may hold values of leads."
    )


def _say(text: str) -> None:
    with contextlib.suppress(OSError):
        sys.stderr.write(f"Error: {_harmless(text)}\n")


def _harmless(text: str) -> str:
    """Without the control characters that a terminal would obey."""
    return "".join(c if c.isprintable() or c == "\n" else "\N{REPLACEMENT CHARACTER}" for c in text)


def _stop(number: int, _frame: FrameType | None) -> None:
    raise Stopped(number)
