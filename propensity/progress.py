"""Progress of a command on stderr: a bar in a terminal; elsewhere plain lines, once a job takes its
time, of every step from the first on.
"""

import sys
import time
from collections.abc import Callable
from types import TracebackType
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

#: Told what is being done and which share of the whole (0..1) is done.
OnStep = Callable[[str, float], None]
#: Seconds after which a job that is watched by nobody starts to say what it does, and between two
#: such lines; a line that would say the same again waits longer.
QUIET, PAUSE, PATIENCE = 2.0, 5.0, 30.0
#: A job that has taken so many seconds, and a share of the whole, says how long it will take yet.
_LONG, _KNOWN = 10.0, 0.1


def silent(_what: str, _share: float) -> None:
    """An ``OnStep`` that tells nobody."""


class StepDisplay:
    """Told what is being done, it shows it; leave the ``with`` block and it is gone."""

    def __init__(self) -> None:
        self._bar: Progress | None = None
        self._task: TaskID | None = None
        self._started = self._step_started = time.monotonic()
        self._said_at, self._said, self._line, self._step = float("-inf"), "", "", ""
        self._unsaid: list[str] = []

    def __enter__(self) -> Self:
        if sys.stderr.isatty():
            self._bar = _bar()
            self._task = self._bar.add_task("", total=1.0)
            self._bar.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._bar is not None:
            self._bar.stop()

    def __call__(self, what: str, share: float) -> None:
        """Show what is being done now.

        Args:
            what: What is done, in a few words.
            share: Share of the whole job that is done; 0..1.
        """
        self._begin(what)
        self._show(what, what, share, after=self._left(share))

    def count(self, what: str, done: int, total: int, unit: str) -> None:
        """Show how far something countable is, how fast it goes and how long it will take."""
        self._begin(what)
        seconds = time.monotonic() - self._step_started
        parts = [f"{what}: {done:,} of {total:,} {unit}"]
        if done and seconds > 0:
            left = (total - done) * seconds / done
            parts += [f"{done / seconds:,.0f} {unit}/s", f"{_duration(left)} left"]
        self._show(what, ", ".join(parts), done / max(total, 1))

    def _left(self, share: float) -> str:
        """How long the whole job will take yet, if the rest goes as what is done."""
        seconds = time.monotonic() - self._started
        if seconds < _LONG or not _KNOWN <= share < 1:
            return ""
        return f", about {_duration(seconds * (1 - share) / share)} left"

    def _begin(self, what: str) -> None:
        if what != self._step:
            self._step, self._step_started = what, time.monotonic()

    def _show(self, what: str, line: str, share: float, *, after: str = "") -> None:
        if self._bar is not None and self._task is not None:
            self._bar.update(self._task, description=line + after, completed=share, refresh=True)
            return
        now = time.monotonic()
        pause = PAUSE if line != self._line else PATIENCE
        if what != self._said or now - self._said_at >= pause:
            again = line == self._line and what == self._said
            told = f"{line}, {_duration(now - self._step_started)} so far" if again else line
            self._unsaid.append(told + after)
            self._said, self._said_at, self._line = what, now, line
        if self._unsaid and now - self._started >= QUIET:
            print(*self._unsaid, sep="\n", file=sys.stderr, flush=True)  # noqa: T201 — the command line talks to people
            self._unsaid = []


def _bar() -> "Progress":
    from rich.console import Console  # noqa: PLC0415 — only a terminal needs it
    from rich.progress import BarColumn, Progress, TextColumn  # noqa: PLC0415

    text = TextColumn("{task.description}", markup=False)
    return Progress(BarColumn(bar_width=20), text, console=Console(stderr=True), transient=True)


def _duration(seconds: float) -> str:
    """Seconds as people say them.

    >>> _duration(8.2), _duration(200)
    ('8 s', '3 min 20 s')
    """
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"
