"""Where does the time of a night's scoring go?  `propensity score` with a watch on its steps,
beside what DuckDB alone takes to count the same events.

    python -m benchmarks.score_steps --leads 1000000

Each step is told in seconds of the clock and of the processor (all threads; what runs beside the
main thread, or within another step, with those of its own thread).  DuckDB scans the same file of
events and groups it by lead and type, and by lead, type and day: nothing that reads all events can
be faster.  The last line is the sha256 of the scored file: a change that only saves time keeps it.
"""

from __future__ import annotations

import argparse
import hashlib
import importlib
import resource
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import duckdb
from rich.console import Console
from rich.table import Table

from benchmarks.company import AS_OF, MODELS, company, config_of, registry_of

#: What a step is called, the module that calls its function, the function, and whether the step is
#: part of another one.
STEPS = (
    ("reading and checking the sources", "input_check.accepted_input", "open_input", False),
    ("population, features of a sample", "input_check.accepted_input", "look_at", False),
    ("comparing with the training", "input_check.accepted_input", "check_input", False),
    ("scoring, while features are built", "scoring.job", "_spooled", False),
    ("  of it reasons as sentences", "scoring.scorer", "reasons", True),
    ("  beside it features", "scoring.scorer", "build", True),
    ("ranking and writing", "scoring.job", "write_whole", False),
)
#: What DuckDB groups the events by.
GROUPS = ("lead_id, event_type", "lead_id, event_type, occurred_at::DATE")


def main() -> None:
    """Score once under the watch, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--leads", type=int, default=1_000_000, help="leads (default 1,000,000)")
    parser.add_argument("--events-per-lead", type=int, default=20, help="events (default 20)")
    parser.add_argument("--folder", type=Path, default=Path("runs/benchmark-data"))
    options = parser.parse_args()
    registry = registry_of(options.folder)
    place = company(options.folder, leads=options.leads, events_per_lead=options.events_per_lead)
    config = config_of(place, registry, next(iter(MODELS)))
    table = Table("", "seconds", "processor s", title=f"{options.leads:,} leads")
    for group in GROUPS:
        table.add_row(f"DuckDB alone, by {group}", *told(counted(place, group)))
    with tempfile.TemporaryDirectory(dir=place) as folder:
        path = Path(folder) / "scored.parquet"
        for name, spent in watched(config, path).items():
            table.add_row(name, *told(spent))
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
    Console(width=100).print(table)
    print(digest)


def counted(place: Path, group: str) -> tuple[float, float]:
    """Seconds of the clock and the processor of DuckDB's scan and group-by of all events."""
    with duckdb.connect() as connection:
        connection.execute("SET TimeZone = 'UTC'")
        start = now()
        connection.execute(
            f"SELECT count(*), sum(n) FROM (SELECT {group}, count(*) AS n FROM"
            f" read_parquet('{place}/events.parquet') GROUP BY ALL)"
        ).fetchall()
        return since(start)


def watched(config: Path, path: Path) -> dict[str, tuple[float, float]]:
    """Step to the seconds of the clock and the processor that it took, and all of them."""
    spent = {name: (0.0, 0.0) for name, *_ in STEPS}
    start = now()
    for name, module, function, is_part in STEPS:
        watch(name, importlib.import_module(f"propensity.{module}"), function, is_part, spent)
    from propensity.cli import main as propensity

    arguments = sys.argv
    sys.argv = ["propensity", "score", str(config), "--as-of", str(AS_OF), "--out", str(path)]
    try:
        propensity()
    except SystemExit as end:
        if end.code not in (None, 0, 10):
            raise
    finally:
        sys.argv = arguments
    whole = since(start)
    steps = [spent[name] for name, _, _, is_part in STEPS if not is_part]
    rest = (whole[0] - sum(s[0] for s in steps), whole[1] - sum(s[1] for s in steps))
    return {**spent, "imports, the model, all else": rest, "in all": whole}


def watch(
    name: str,
    module: ModuleType,
    function: str,
    is_part: bool,
    spent: dict[str, tuple[float, float]],
) -> None:
    """Put a watch around a function where a module calls it."""
    known: Callable[..., object] = getattr(module, function)

    def timed(*given: object, **named: object) -> object:
        start = now(of_thread=is_part)
        try:
            return known(*given, **named)
        finally:
            took = since(start, of_thread=is_part)
            spent[name] = (spent[name][0] + took[0], spent[name][1] + took[1])

    setattr(module, function, timed)


def now(*, of_thread: bool = False) -> tuple[float, float]:
    """The clock, and the seconds of the processor so far: of this thread, or of all."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    return time.perf_counter(), time.thread_time() if of_thread else used.ru_utime + used.ru_stime


def since(start: tuple[float, float], *, of_thread: bool = False) -> tuple[float, float]:
    """Seconds of the clock and the processor since a moment."""
    here = now(of_thread=of_thread)
    return here[0] - start[0], here[1] - start[1]


def told(spent: tuple[float, float]) -> list[str]:
    """Seconds for people."""
    return [f"{seconds:,.1f}" for seconds in spent]


if __name__ == "__main__":
    main()
