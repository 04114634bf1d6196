"""How long does a night take, beside scoring alone?

    python -m benchmarks.nightly --leads 50000

A simulated company is trained and signed as the quickstart does, unless it is there. Then each
round scores it (`propensity score`), runs its first night (`propensity nightly` with an empty
ledger: the whole backlog is handed over), and its second night, every command as a process of its
own, one after the other. The ratios are those of the medians: of seconds on the clock, which tell
nothing while others use the machine, and of seconds of processors. With `--crm`, the nights also
write the files for all five systems.
"""

from __future__ import annotations

import argparse
import json
import shutil
import statistics
import sys
from datetime import date, timedelta
from pathlib import Path

import pyarrow.parquet as pq
import yaml
from rich.console import Console
from rich.table import Table

from benchmarks.score import Run, run
from training import cli as learn
from training import quickstart

#: Mornings of the simulated company: a Monday, and the day after.
FIRST = date(2025, 3, 24)
SYSTEMS = ("hubspot", "salesforce", "dynamics", "marketo", "csv")
_ = learn  # adds its commands to those of the quickstart


def main() -> None:
    """Run the rounds, print the table, write the JSON."""
    options = _options()
    company = options.folder / f"nightly-{options.leads}"
    if not (company / "scored.parquet").is_file():
        company.mkdir(parents=True, exist_ok=True)
        quickstart._LEADS = options.leads
        quickstart.quickstart(company)
    config = _with_files(company, crm=options.crm)
    rounds = [_round(company, config) for _ in range(options.rounds)]
    names = list(rounds[0])
    clock, cpu = (
        {name: statistics.median(getattr(found[name], kind) for found in rounds) for name in names}
        for kind in ("seconds", "cpu_seconds")
    )
    leads = pq.read_metadata(company / "alone.parquet").num_rows
    handed = _handed_over(company)
    Console(width=100).print(_table(clock, cpu, rounds, leads, handed))
    result = {
        "command": " ".join(["python -m benchmarks.nightly", *sys.argv[1:]]),
        "leads": leads,
        "handed_over_on_the_first_night": handed,
        "seconds": {name: [found[name].seconds for found in rounds] for name in names},
        "cpu_seconds": {name: [found[name].cpu_seconds for found in rounds] for name in names},
        "ratio": {name: clock[name] / clock["score"] for name in names},
        "cpu_ratio": {name: cpu[name] / cpu["score"] for name in names},
    }
    options.json.parent.mkdir(parents=True, exist_ok=True)
    options.json.write_text(json.dumps(result, indent=2) + "\n")
    print(f"written: {options.json}")


def _with_files(company: Path, *, crm: bool) -> Path:
    """The company's configuration with a folder for its nights."""
    raw = yaml.safe_load((company / "propensity.yaml").read_text(encoding="utf-8"))
    files = [{"system": system} for system in SYSTEMS] if crm else []
    raw["nightly"] = {**raw.get("nightly", {}), "folder": "nights", "crm": files}
    path = company / "nightly.yaml"
    path.write_text(yaml.safe_dump(raw, allow_unicode=True), encoding="utf-8")
    return path


def _round(company: Path, config: Path) -> dict[str, Run]:
    shutil.rmtree(company / "nights", ignore_errors=True)
    for file in company.glob("propensity-ledger.db*"):
        file.unlink()
    out = ("--out", str(company / "alone.parquet"), "--force")
    return {
        "score": _command("score", config, FIRST, *out),
        "first night": _command("nightly", config, FIRST),
        "second night": _command("nightly", config, FIRST + timedelta(days=1)),
    }


def _command(name: str, config: Path, day: date, *options: str) -> Run:
    words = [name, str(config), "--as-of", day.isoformat(), *options]
    code = "import sys; from propensity.cli import app; app(standalone_mode=False)"
    return run([sys.executable, "-c", code, *words])


def _handed_over(company: Path) -> int:
    folder = company / "nights" / FIRST.isoformat()
    return len((folder / "new.csv").read_text(encoding="utf-8-sig").splitlines()) - 1


def _table(
    clock: dict[str, float],
    cpu: dict[str, float],
    rounds: list[dict[str, Run]],
    leads: int,
    handed: int,
) -> Table:
    table = Table(
        title=f"{leads:,} leads scored; {handed:,} handed over on the first night",
        title_justify="left",
    )
    for heading in ("", "seconds", "x score", "cpu seconds", "x score", "peak MB"):
        table.add_column(heading, justify="right" if heading else "left", no_wrap=True)
    for name, seconds in clock.items():
        peak = max(found[name].peak_mb for found in rounds)
        table.add_row(
            name,
            f"{seconds:.1f}",
            f"{seconds / clock['score']:.2f}",
            f"{cpu[name]:.1f}",
            f"{cpu[name] / cpu['score']:.2f}",
            f"{peak:,.0f}",
        )
    return table


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--leads", type=int, default=50_000, help="of the company (default 50,000)")
    parser.add_argument("--rounds", type=int, default=3, help="whose median counts (default 3)")
    parser.add_argument("--crm", action="store_true", help="write the files for all systems too")
    parser.add_argument(
        "--folder", type=Path, default=Path("runs/benchmark-data"), help="where the data is kept"
    )
    parser.add_argument(
        "--json", type=Path, default=Path("runs/benchmark-nightly.json"), help="the result"
    )
    return parser.parse_args()


if __name__ == "__main__":
    main()
