"""Where do the seconds of a training go, and what does it cost beside one LightGBM fit?

    python -m benchmarks.training_time [--rows 5000 100000 1000000] [--json FILE]

A flat table of 60 columns (20 of fit, six of them categories, and 40 of interest) in the order of
time, 5 % of whose rows close; `training.train` as the command line calls it, in a process of its
own for each size.  A phase lasts from what `train` says it does to the next thing it says.  Beside
it one LightGBM model of 300 trees (depth 4, 16 leaves) of the same rows on all cores, as the unit.
CPU seconds count all threads; memory is the highest that the process held.
"""

import argparse
import itertools
import json
import resource
import subprocess
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pandas as pd
from rich.console import Console
from rich.table import Table

_FIT, _INTEREST, _CATEGORIES, _RATE = 20, 40, 6, 0.05


def company(rows: int, *, seed: int = 0) -> pd.DataFrame:
    """(rows, 62) leads in the order of time, with an outcome that depends on a third of the
    columns, alone and by pairs.
    """
    random = np.random.default_rng(seed)
    columns: dict[str, Any] = {}
    score = np.zeros(rows)
    for i in range(_FIT):
        if i < _CATEGORIES:
            levels = 4 * (i + 1)
            code = random.integers(0, levels, rows)
            columns[f"fit_{i}"] = np.array([f"level {k}" for k in range(levels)])[code]
            score += random.normal(0, 0.3, levels)[code]
        else:
            columns[f"fit_{i}"] = random.normal(size=rows).round(3)
            score += random.normal(0, 0.3) * columns[f"fit_{i}"] * (i % 3 == 0)
    for i in range(_INTEREST):
        count = random.poisson(np.exp(random.normal(0, 0.8, rows)))
        columns[f"interest_{i}"] = count
        score += random.normal(0, 0.4) * np.log1p(count) * (i % 3 == 0)
    score += 0.6 * (columns["interest_0"] > 1) * (columns["interest_3"] > 1)
    level = np.quantile(score + random.logistic(size=rows), 1 - _RATE)
    won = (score + random.logistic(size=rows) > level).astype(np.int8)
    frame = pd.DataFrame(columns)
    return frame.assign(lead_id=[f"{i:07d}" for i in range(rows)], converted=won)


def measured(path: Path, rows: int) -> dict[str, Any]:
    """Phases of a training of this file, in this process."""
    from propensity.config.config import parse
    from training.train.command import train

    fit = [f"fit_{i}" for i in range(_FIT)]
    interest = [f"interest_{i}" for i in range(_INTEREST)]
    columns = {"lead_id": "lead_id", "outcome": "converted"}
    config = parse(
        {
            "name": "training-time",
            "input": {"flat": {"path": str(path), "columns": columns}},
            "columns": {"fit": fit, "interest": interest},
            "split": {"order": "rows"},
        },
        base=path.parent,
    )
    said: list[tuple[str, float, float]] = []

    def on_step(what: str, _share: float) -> None:
        said.append((what.split(" (", maxsplit=1)[0], time.perf_counter(), time.process_time()))

    on_step("begin", 0.0)
    trained = train(config, accept_audit="a benchmark", on_step=on_step)
    on_step("end", 1.0)
    phases: dict[str, tuple[float, float]] = {}
    for (what, wall, cpu), (_, next_wall, next_cpu) in itertools.pairwise(said):
        before = phases.get(what, (0.0, 0.0))
        phases[what] = (before[0] + next_wall - wall, before[1] + next_cpu - cpu)
    return {
        "rows": rows,
        "phases": phases,
        "seconds": said[-1][1] - said[0][1],
        "cpu_seconds": said[-1][2] - said[0][2],
        "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        "served": trained.judgement.choice.chosen.contestant,
        "trees": trained.judgement.choice.chosen.trees,
        **_one_fit(path),
    }


def _one_fit(path: Path) -> dict[str, float]:
    import lightgbm as lgb

    frame = pd.read_parquet(path).drop(columns="lead_id")
    won = frame.pop("converted")
    for name in frame.select_dtypes(exclude="number").columns:
        frame[name] = frame[name].astype("category").cat.codes
    start = time.perf_counter(), time.process_time()
    told = {"objective": "binary", "max_depth": 4, "num_leaves": 16, "verbosity": -1}
    lgb.train(told, lgb.Dataset(frame.to_numpy(float), won), num_boost_round=300)
    return {
        "fit_seconds": time.perf_counter() - start[0],
        "fit_cpu_seconds": time.process_time() - start[1],
    }


def _table(found: dict[str, Any]) -> Table:
    table = Table(title=f"{found['rows']:,} rows x {_FIT + _INTEREST} columns")
    for name in ("", "s", "CPU s", "share of CPU"):
        table.add_column(name, justify="right" if name else "left")
    for what, (wall, cpu) in found["phases"].items():
        if cpu >= 0.01 * found["cpu_seconds"]:
            table.add_row(what, f"{wall:.1f}", f"{cpu:.1f}", f"{cpu / found['cpu_seconds']:.0%}")
    table.add_section()
    table.add_row("all", f"{found['seconds']:.1f}", f"{found['cpu_seconds']:.1f}", "")
    fit, cpu = found["fit_seconds"], found["fit_cpu_seconds"]
    table.add_row("one LightGBM fit, 300 trees", f"{fit:.1f}", f"{cpu:.1f}", "")
    ratio = f"{found['seconds'] / fit:.0f} x", f"{found['cpu_seconds'] / cpu:.0f} x"
    table.add_row("as many times as that", *ratio, "")
    table.caption = (
        f"served: {found['served']}, {found['trees']} trees; peak memory {found['peak_mb']:,.0f} MB"
    )
    return table


def main() -> None:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rows", type=int, nargs="*", default=[5_000, 100_000, 1_000_000])
    parser.add_argument("--json", type=Path, default=Path("runs/benchmark-training-time.json"))
    parser.add_argument("--file", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.file is not None:
        print(json.dumps(measured(options.file, options.rows[0])))
        return
    found = []
    for rows in options.rows:
        with TemporaryDirectory() as folder:
            path = Path(folder) / "leads.parquet"
            company(rows).to_parquet(path)
            command = [sys.executable, "-m", "benchmarks.training_time", "--rows", str(rows)]
            ended = subprocess.run(
                [*command, "--file", str(path)], capture_output=True, text=True, check=True
            )
        found.append(json.loads(ended.stdout.splitlines()[-1]))
        Console(width=100).print(_table(found[-1]))
    options.json.parent.mkdir(parents=True, exist_ok=True)
    options.json.write_text(json.dumps(found, indent=2), encoding="utf-8")


if __name__ == "__main__":
    main()
