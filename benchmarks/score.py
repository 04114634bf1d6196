"""How long does a night's scoring take?  From Parquet to Parquet with reasons, against the recipe
most teams write.

    python -m benchmarks.score --leads 1000000

Both read the same leads and events, build the same features, score them with the same LightGBM
model, choose five reasons for and five against each lead, and write the same columns; that their
log-odds agree is checked.  The recipe (`benchmarks/recipe.py`: pandas group-bys, `Booster.predict`,
`shap.TreeExplainer`, a loop for the reasons) runs on fewer leads and is scaled up; the table says
so.  It knows single LightGBM models only: beside these, ours scores with whoever wins a tournament,
with a blend, and with a bag, which has the most trees.  Every contestant is a process of its own.
Ours is the command `propensity score` from its start to its end, imports included; the recipe's
imports are not counted.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import platform
import subprocess
import sys
import tempfile
import time
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
from rich.console import Console
from rich.table import Table

from benchmarks.company import AS_OF, MODELS, TOURNAMENTS, company, config_of, registry_of
from benchmarks.explain import processor


@dataclass(frozen=True)
class Run:
    """A process that ended well.

    Attributes:
        seconds: From its start to its end.
        cpu_seconds: Of all its threads together.
        peak_mb: Largest resident memory.
        output: What it printed.
    """

    seconds: float
    cpu_seconds: float
    peak_mb: float
    output: str


@dataclass(frozen=True)
class Timing:
    """One row of the result: `seconds` for `rows` leads of the `leads` that there are."""

    model: str
    contestant: str
    leads: int
    rows: int
    seconds: float
    peak_mb: float
    steps: dict[str, float]

    @property
    def scaled(self) -> float:
        """Seconds for all leads."""
        return self.seconds * self.leads / self.rows


def main() -> None:
    """Run the contestants, print the table, write the JSON."""
    options = _options()
    registry = registry_of(options.folder)
    timings: list[Timing] = []
    differences = {}
    for model in MODELS:
        few, many = (
            company(options.folder, leads=n, events_per_lead=options.events_per_lead)
            for n in (options.recipe_leads, options.leads)
        )
        timings.append(ours(config_of(many, registry, model), model, options))
        timings.append(recipe(config_of(few, registry, model), registry, model, options))
        differences[model] = difference(config_of(few, registry, model), registry, model)
    timings += [ours(config_of(many, registry, model), model, options) for model in TOURNAMENTS]
    Console(width=110).print(table_of(timings, differences))
    result = {
        "command": " ".join(["python -m benchmarks.score", *sys.argv[1:]]),
        "machine": {"processor": processor(), "system": platform.system()},
        "versions": {"python": platform.python_version(), **versions()},
        "largest_difference_in_log_odds": differences,
        "timings": [
            {**asdict(timing), "seconds_for_all_leads": timing.scaled} for timing in timings
        ],
    }
    options.json.parent.mkdir(parents=True, exist_ok=True)
    options.json.write_text(json.dumps(result, indent=2) + "\n")
    print(f"written: {options.json}")


def ours(config: Path, model: str, options: argparse.Namespace) -> Timing:
    """The command, the best of a few rounds."""
    with tempfile.TemporaryDirectory(dir=config.parent) as folder:
        runs = [scored(config, Path(folder) / "scored.parquet") for _ in range(options.rounds)]
        rows = pq.read_metadata(Path(folder) / "scored.parquet").num_rows
    best = min(runs, key=lambda run: run.seconds)
    steps = {"cpu, all threads": best.cpu_seconds}
    return Timing(model, "propensity score", options.leads, rows, best.seconds, best.peak_mb, steps)


def recipe(config: Path, registry: Path, model: str, options: argparse.Namespace) -> Timing:
    """The recipe on fewer leads, the best of a few rounds."""
    with tempfile.TemporaryDirectory(dir=config.parent) as folder:
        runs = [
            recipe_run(config, registry, model, Path(folder) / "scored.parquet")
            for _ in range(options.rounds)
        ]
    found = [(json.loads(run.output.splitlines()[-1]), run.peak_mb) for run in runs]
    steps, peak = min(found, key=lambda run: sum(run[0].values()))
    return Timing(
        model, "recipe", options.leads, options.recipe_leads, sum(steps.values()), peak, steps
    )


def difference(config: Path, registry: Path, model: str) -> float:
    """The largest difference between the log-odds of the two, on the recipe's leads."""
    with tempfile.TemporaryDirectory(dir=config.parent) as folder:
        paths = [Path(folder) / name for name in ("ours.parquet", "recipe.parquet")]
        scored(config, paths[0])
        recipe_run(config, registry, model, paths[1])
        ours, theirs = (
            pq.read_table(path, columns=["lead_id", "log_odds"]).sort_by("lead_id")
            for path in paths
        )
    return float(np.abs(ours["log_odds"].to_numpy() - theirs["log_odds"].to_numpy()).max())


def scored(config: Path, path: Path, *options: str) -> Run:
    """`propensity score` as a process of its own."""
    words = ["score", str(config), "--as-of", str(AS_OF), "--out", str(path), *options]
    return run([sys.executable, "-c", "from propensity.cli import main; main()", *words])


def recipe_run(config: Path, registry: Path, model: str, path: Path) -> Run:
    """The recipe as a process of its own."""
    (bundle,) = registry.parent.glob(f"*_artifacts/{model}/*/artifacts/model/data/bundle")
    return run([sys.executable, "-m", "benchmarks.recipe", str(config), str(bundle), str(path)])


def run(command: list[str]) -> Run:
    """Run a process to its end, and measure it."""
    with tempfile.TemporaryFile("w+") as output:
        start = time.perf_counter()
        process = subprocess.Popen(command, stdout=output)
        _, status, used = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - start
        process.returncode = os.waitstatus_to_exitcode(status)
        output.seek(0)
        if process.returncode not in (0, 10):  # 10: done, with a warning
            raise subprocess.CalledProcessError(process.returncode, command)
        unit = 1 << (20 if sys.platform == "darwin" else 10)  # macOS counts bytes, Linux kilobytes
        return Run(seconds, used.ru_utime + used.ru_stime, used.ru_maxrss / unit, output.read())


def table_of(timings: list[Timing], differences: dict[str, float]) -> Table:
    """The table; factors compare with the command and the same trees."""
    table = Table(
        title=(
            f"{timings[0].leads:,} leads, five reasons for and against each as sentences; log-odds"
            f" agree within {max(differences.values()):.0e}"
        ),
        title_justify="left",
    )
    for heading in ("trees", "", "seconds", "us/lead", "x ours", "peak MB", ""):
        table.add_column(
            heading, justify="left" if heading in ("", "trees") else "right", no_wrap=True
        )
    own = {timing.model: timing.scaled for timing in timings if timing.contestant != "recipe"}
    for timing in timings:
        share = {name: seconds / timing.seconds for name, seconds in timing.steps.items()}
        longest = max(share, key=lambda name: share[name])
        note = (
            ""
            if timing.rows == timing.leads
            else f"scaled from {timing.rows:,}; {longest} {share[longest]:.0%}"
        )
        table.add_row(
            timing.model,
            timing.contestant,
            f"{timing.scaled:,.0f}",
            f"{timing.scaled / timing.leads * 1e6:,.0f}",
            f"{timing.scaled / own.get(timing.model, math.nan):.1f}",
            f"{timing.peak_mb:,.0f}",
            note,
        )
    return table


def versions() -> dict[str, Any]:
    """Of the libraries that matter here."""
    packages = ("numpy", "numba", "duckdb", "pyarrow", "pandas", "lightgbm", "shap")
    return {package: version(package) for package in packages}


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--leads", type=int, default=1_000_000, help="leads to score (default 1,000,000)"
    )
    parser.add_argument(
        "--events-per-lead", type=int, default=20, help="events in all, per lead (default 20)"
    )
    parser.add_argument(
        "--recipe-leads", type=int, default=20_000, help="leads of the recipe (default 20,000)"
    )
    parser.add_argument(
        "--rounds", type=int, default=1, help="rounds of which the best counts (default 1)"
    )
    parser.add_argument(
        "--folder", type=Path, default=Path("runs/benchmark-data"), help="where the data is kept"
    )
    parser.add_argument(
        "--json", type=Path, default=Path("runs/benchmark-score.json"), help="where the result goes"
    )
    return parser.parse_args()


if __name__ == "__main__":
    main()
