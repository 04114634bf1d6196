"""What does `propensity init` find in real tables, under their names and under names that say
nothing?

    python -m benchmarks.init_guesses [--data ../shared/data]

Each public set is tried as it is, with its columns called c1, c2, … and with Japanese names that
say no more. Printed per set and copy: whether the key, the time and the outcome are found, or are
among what is asked ("asked"), or are something else; the roles of the tables; and which honest
columns would be lost, because `init` puts them under `ignore`.

Columns that may be ignored are named with each set: ids, empty and constant ones, row numbers, and
what its publisher says was written after the outcome.
"""

import argparse
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd
import yaml
from rich.console import Console
from rich.table import Table

from features.errors import ConfigError, DataError
from training.init.command import propose

#: Name of a copy to what its columns are called: by table and column, from 1.
COPIES: Mapping[str, Callable[[int, int], str]] = {
    "c1 … cn": lambda table, column: f"c{table}_{column}",
    "Japanese": lambda table, column: f"表{table}列{column}",
}


@dataclass(frozen=True)
class RealSet:
    """A public set, and what is true of it.

    Attributes:
        name: What it is called here.
        files: Its tables, the leads first.
        outcome: Columns of which each may be learned.
        key: The lead's id, where there is one.
        time: When the lead came, where that is known.
        may_go: Columns that may be ignored.
    """

    name: str
    files: Sequence[str]
    outcome: Sequence[str]
    key: Sequence[str] = ()
    time: str | None = None
    may_go: frozenset[str] = field(default=frozenset())


SETS = (
    RealSet(
        "x_education",
        ["x_education/Leads.csv"],
        ["Converted"],
        key=["Prospect ID", "Lead Number"],
        may_go=frozenset(
            [
                *("Prospect ID", "Lead Number", "Unnamed: 37", "Magazine", "Tags", "Lead Quality"),
                *("Receive More Updates About Our Courses", "Get updates on DM Content"),
                *("Update me on Supply Chain Content", "Last Notable Activity", "Lead Profile"),
                *("I agree to pay the amount through cheque",),
            ]
        ),
    ),
    RealSet(
        "bank_additional",
        ["bank_marketing/bank_additional.parquet"],
        ["y"],
        key=["row_order"],
        may_go=frozenset(["row_order", "duration"]),
    ),
    RealSet(
        "bank_full",
        ["bank_marketing/bank_full.parquet"],
        ["y"],
        key=["row_order"],
        may_go=frozenset(["row_order", "duration"]),
    ),
    RealSet(
        "online_shoppers",
        ["online_shoppers/sessions.parquet"],
        ["Revenue"],
        key=["row_order"],
        may_go=frozenset(["row_order", "PageValues"]),
    ),
    RealSet(
        "caravan",
        ["caravan_insurance/customers.parquet"],
        ["CARAVAN"],
        may_go=frozenset(["ORIGIN"]),
    ),
    RealSet(
        "hillstrom",
        ["hillstrom_email/customers.parquet"],
        ["conversion", "visit"],
        key=["row_order"],
        may_go=frozenset(["row_order", "visit", "spend", "conversion"]),
    ),
    RealSet(
        "maven_crm",
        ["maven_crm/leads.parquet", "maven_crm/outcomes.parquet"],
        ["result", "won"],
        key=["lead_id"],
        time="created_at",
        may_go=frozenset(["account"]),
    ),
    RealSet(
        "bpic2012",
        ["bpic2012/leads.parquet", "bpic2012/events.parquet", "bpic2012/outcomes.parquet"],
        ["result", "won"],
        key=["lead_id"],
        time="created_at",
    ),
)


@dataclass(frozen=True)
class Finding:
    """What was found in one copy of a set; columns under their true names."""

    roles: str
    key: str
    time: str
    outcome: str
    lost: Sequence[str]
    asked: int
    seconds: float


def look(real: RealSet, paths: Sequence[Path], names: Mapping[str, str]) -> Finding:
    """Run init on files whose columns have other names.

    Args:
        real: The set.
        paths: Its tables.
        names: Name in the files to the true name.
    """
    started = time.perf_counter()
    try:
        text = propose(paths, folder=paths[0].parent)
    except (ConfigError, DataError) as error:
        return Finding("refused", "-", "-", str(error)[:60], [], 0, time.perf_counter() - started)
    seconds = time.perf_counter() - started
    raw = yaml.safe_load(text)
    tables = raw["input"]
    first = tables.get("flat") or tables["leads"]
    ends = tables.get("outcomes") or tables.get("flat") or {}
    outcome = ends["columns"].get("outcome", ends["columns"].get("won"))
    ignored = {names.get(name, name) for name in raw["columns"].get("ignore", [])}
    when = first["columns"].get("time", first["columns"].get("created_at"))
    return Finding(
        roles=", ".join(name for name in tables if isinstance(tables[name], dict)),
        key=_verdict(first["columns"].get("lead_id"), names, real.key, text, is_optional=True),
        time=_verdict(when, names, [real.time] if real.time else [], text, is_optional=True),
        outcome=_verdict(outcome, names, real.outcome, text),
        lost=sorted(ignored - real.may_go - set(real.outcome)),
        asked=text.count("# you decide:"),
        seconds=seconds,
    )


def _verdict(
    found: str | None,
    names: Mapping[str, str],
    true: Sequence[str],
    text: str,
    *,
    is_optional: bool = False,
) -> str:
    if found is not None:
        name = names.get(found, found)
        return "found" if name in true else f"other: {name}"
    copies = {copy for copy, name in names.items() if name in true}
    asked = [line for line in text.splitlines() if "# you decide: the column" in line]
    if any(f"{copy} (" in line for line in asked for copy in copies):
        return "asked"
    if not is_optional:
        return "asked, unnamed"
    return "none" if not true else "not found"


def copies(real: RealSet, data: Path, folder: Path) -> list[tuple[str, list[Path], dict[str, str]]]:
    """The set as it is, and its renamed copies: what they are called, files, and true names."""
    paths = [data / file for file in real.files]
    frames = [pd.read_parquet(p) if p.suffix == ".parquet" else pd.read_csv(p) for p in paths]
    own = {name: name for frame in frames for name in frame.columns}
    found = [("as it is", paths, own)]
    for called, rename in COPIES.items():
        written: list[Path] = []
        true: dict[str, str] = {}
        for t, frame in enumerate(frames, start=1):
            names = {name: rename(t, c) for c, name in enumerate(frame.columns, start=1)}
            true |= {new: old for old, new in names.items()}
            path = folder / f"{real.name}_{called[0]}_{t}.parquet"
            frame.rename(columns=names).to_parquet(path, index=False)
            written.append(path)
        found.append((called, written, true))
    return found


def main() -> None:
    """Try every set and print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    data = parser.parse_args().data
    table = Table(title="propensity init")
    for heading in ("set", "names", "roles", "key", "time", "outcome", "honest, ignored", "asked"):
        table.add_column(heading)
    table.add_column("s", justify="right")
    for real in SETS:
        if not (data / real.files[0]).exists():
            continue
        with tempfile.TemporaryDirectory() as folder:
            for called, paths, names in copies(real, data, Path(folder)):
                found = look(real, paths, names)
                table.add_row(
                    real.name,
                    called,
                    found.roles,
                    found.key,
                    found.time,
                    found.outcome,
                    ", ".join(found.lost) or "none",
                    str(found.asked),
                    f"{found.seconds:.1f}",
                )
    Console(width=170).print(table)


if __name__ == "__main__":
    main()
