"""What does Spark cost on one machine, and where does it go?  The same night here and on Spark.

    python -m benchmarks.spark --leads 100000

Both are the command `propensity score`, from its start to its end, on the same leads and events;
that they write the same bytes is checked.  Spark runs on all cores of this machine, so that nothing
is gained and its overhead is all that differs.  A third run takes that apart: seconds until Spark
has started, until the input is read and compared, until the tables are on their way, until all rows
are back, until they are ranked and written.  Memory is the largest sum of the resident memory of a
run's processes, read from `/proc` ten times a second, as is their processor time: Spark's are Java
and a Python for each core, and pages that they share count for each of them.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import sys
import tempfile
import time
from dataclasses import asdict, dataclass, field
from pathlib import Path

from rich.console import Console
from rich.table import Table

from benchmarks.company import AS_OF, MODELS, company, config_of, registry_of
from benchmarks.explain import processor
from benchmarks.score import versions

#: The command, as a process of its own; of the third run, with the seconds of its steps.
_COMMAND = "from propensity.cli import main; main()"
_STEPS = """
import json, os, sys, time
started = time.perf_counter()
from benchmarks.spark import used
from propensity import api
from propensity.scoring import job
from propensity.spark import dealing
from propensity.spark.scoring import engine_of_process
steps, cpu, before = {}, {}, 0.0
def told(name):
    global started, before
    cpu.update({number: spent for number, (spent, _) in used(os.getsid(0)).items()})
    now, spent = time.perf_counter(), sum(cpu.values())
    steps[name] = (now - started, spent - before)
    started, before = now, spent
stage, spooled = dealing.stage, job._spooled
def staged(*words):
    told("read and compare the input")
    found = stage(*words)
    told("write the tables for Spark")
    return found
def whole(*words):
    found = spooled(*words)
    told("score on Spark, and fetch the rows")
    return found
dealing.stage, job._spooled = staged, whole
config, as_of, out = sys.argv[1:]
with engine_of_process(None, "2GB", None) as spark:
    told("import, and start Spark")
    api.score(config, as_of=as_of, out=out, engine=spark)
    told("rank and write")
told("stop Spark")
print(json.dumps(steps))
"""


@dataclass(frozen=True)
class NightRun:
    """One run of the command.

    Attributes:
        engine: Who scored.
        seconds: From its start to its end.
        cpu_seconds: Of all its processes.
        peak_mb: Largest resident memory of all its processes together.
        steps: Seconds of each step, and seconds of the processor, where they were told apart.
    """

    engine: str
    seconds: float
    cpu_seconds: float
    peak_mb: float
    steps: dict[str, tuple[float, float]] = field(default_factory=dict)


def main() -> None:
    """Run both, print the table, write the JSON."""
    options = _options()
    registry, model = registry_of(options.folder), next(iter(MODELS))
    place = company(options.folder, leads=options.leads, events_per_lead=options.events_per_lead)
    config = config_of(place, registry, model)
    with tempfile.TemporaryDirectory(dir=place) as folder:
        outs = {name: Path(folder) / f"{name}.parquet" for name in ("local", "spark", "steps")}
        words = ["-c", _COMMAND, "score", str(config), "--as-of", str(AS_OF), "--out"]
        asked = {
            "local": [*words, str(outs["local"])],
            "spark": [*words, str(outs["spark"]), "--engine", "spark"],
            "steps": ["-c", _STEPS, str(config), str(AS_OF), str(outs["steps"])],
        }
        runs = []
        for engine, said in asked.items():
            runs.append(_measured(engine, said))
            print(f"{engine}: {runs[-1].cpu_seconds:.1f} s of the processor", flush=True)
        contents = {path.read_bytes() for path in outs.values()}
    if len(contents) > 1:
        raise SystemExit("Spark wrote other bytes than this machine.")
    Console(width=100).print(_table_of(runs, options))
    result = {
        "command": " ".join(["python -m benchmarks.spark", *sys.argv[1:]]),
        "machine": {"processor": processor(), "system": platform.system()},
        "versions": {"python": platform.python_version(), **versions()},
        "runs": [asdict(run) for run in runs],
    }
    options.json.parent.mkdir(parents=True, exist_ok=True)
    options.json.write_text(json.dumps(result, indent=2) + "\n")
    print(f"written: {options.json}")


def _measured(engine: str, words: list[str]) -> NightRun:
    """Run Python to its end, in a session of its own, so that all its processes are known."""
    with tempfile.TemporaryFile("w+") as output, tempfile.TemporaryFile("w+") as errors:
        start, peak, cpu = time.perf_counter(), 0.0, dict[int, float]()
        process = subprocess.Popen(
            [sys.executable, *words],
            stdout=output,
            stderr=errors,
            start_new_session=True,
        )
        while process.poll() is None:
            found = used(process.pid)
            peak = max(peak, sum(megabytes for _, megabytes in found.values()))
            cpu |= {number: used for number, (used, _) in found.items()}
            time.sleep(0.1)
        seconds = time.perf_counter() - start
        for file in (output, errors):
            file.seek(0)
        printed, told = output.read(), errors.read()
    if process.returncode not in (0, 10):
        raise SystemExit(f"{engine}: exit code {process.returncode}\n{told[-5000:]}")
    steps = json.loads(printed.splitlines()[-1]) if engine == "steps" else {}
    return NightRun(engine, seconds, sum(cpu.values()), peak, steps)


def used(session: int) -> dict[int, tuple[float, float]]:
    """Seconds of the processor and resident megabytes of each process of a session."""
    found = {}
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            cells = path.read_text().rpartition(")")[2].split()
        except OSError:  # it has ended meanwhile
            continue
        if int(cells[3]) == session:
            ticks, pages = int(cells[11]) + int(cells[12]), int(cells[21])
            found[int(path.parent.name)] = (
                ticks / os.sysconf("SC_CLK_TCK"),
                pages * os.sysconf("SC_PAGE_SIZE") / 1e6,
            )
    return found


def _table_of(runs: list[NightRun], options: argparse.Namespace) -> Table:
    table = Table(
        title=(
            f"{options.leads:,} leads, {options.leads * options.events_per_lead:,} events; all"
            " three files are the same bytes"
        ),
        title_justify="left",
    )
    for heading in ("", "seconds", "cpu seconds", "peak MB", "x local"):
        table.add_column(heading, justify="right" if heading else "left", no_wrap=True)
    for run in runs[:2]:
        factor = f"{run.seconds / runs[0].seconds:.2f}"
        numbers = (f"{run.seconds:.1f}", f"{run.cpu_seconds:.1f}", f"{run.peak_mb:,.0f}", factor)
        table.add_row({"local": "this machine", "spark": "Spark"}[run.engine], *numbers)
    for name, (seconds, cpu) in runs[2].steps.items():
        table.add_row(f"  {name}", f"{seconds:.1f}", f"{cpu:.1f}", "", "")
    return table


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--leads", type=int, default=100_000, help="default 100,000")
    parser.add_argument("--events-per-lead", type=int, default=20, help="default 20")
    parser.add_argument(
        "--folder", type=Path, default=Path("runs/benchmark-data"), help="where the data is kept"
    )
    parser.add_argument(
        "--json", type=Path, default=Path("runs/benchmark-spark.json"), help="where the result goes"
    )
    return parser.parse_args()


if __name__ == "__main__":
    main()
