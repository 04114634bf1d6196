"""How do time and memory grow?  `propensity score` on 10,000, 100,000, 1,000,000 leads, and on
10,000,000 if asked.

    python -m benchmarks.growth --max-leads 10000000

Ten events per lead, five reasons for and five against each as sentences, trees as Propensity trains
them.  Every size is a process of its own, measured from its start to its end, imports included; its
peak is the largest resident memory.
The last column compares the time per lead with that at 100,000 leads: 1 means that time grows as
the leads do.
"""

from __future__ import annotations

import argparse
import json
import math
import platform
import sys
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path

from rich.console import Console
from rich.table import Table

from benchmarks.company import MODELS, company, config_of, registry_of
from benchmarks.explain import processor
from benchmarks.score import scored, versions

SIZES = (10_000, 100_000, 1_000_000, 3_000_000, 10_000_000)
REFERENCE = 100_000
EVENTS_PER_LEAD = 10


@dataclass(frozen=True)
class Size:
    """One row of the result."""

    leads: int
    events: int
    seconds: float
    cpu_seconds: float
    peak_mb: float
    scored_mb: float


def main() -> None:
    """Run the sizes, print the table, write the JSON."""
    options = _options()
    registry, model = registry_of(options.folder), next(iter(MODELS))
    sizes = [
        measured(leads, registry, model, options) for leads in SIZES if leads <= options.max_leads
    ]
    Console(width=100).print(table_of(sizes))
    result = {
        "command": " ".join(["python -m benchmarks.growth", *sys.argv[1:]]),
        "machine": {"processor": processor(), "system": platform.system()},
        "versions": {"python": platform.python_version(), **versions()},
        "sizes": [asdict(size) for size in sizes],
    }
    options.json.parent.mkdir(parents=True, exist_ok=True)
    options.json.write_text(json.dumps(result, indent=2) + "\n")
    print(f"written: {options.json}")


def measured(leads: int, registry: Path, model: str, options: argparse.Namespace) -> Size:
    """The best of a few rounds at one size."""
    place = company(options.folder, leads=leads, events_per_lead=EVENTS_PER_LEAD)
    told = [
        word
        for name in ("memory_limit", "batch_leads")
        if (value := getattr(options, name))
        for word in (f"--{name.replace('_', '-')}", str(value))
    ]
    with tempfile.TemporaryDirectory(dir=place) as folder:
        path = Path(folder) / "scored.parquet"
        runs = [
            scored(config_of(place, registry, model), path, *told) for _ in range(options.rounds)
        ]
        best = min(runs, key=lambda run: run.seconds)
        size = path.stat().st_size / 1e6
    return Size(
        leads,
        leads * EVENTS_PER_LEAD,
        best.seconds,
        best.cpu_seconds,
        max(r.peak_mb for r in runs),
        size,
    )


def table_of(sizes: list[Size]) -> Table:
    """The table; the last column compares the time per lead with the reference size."""
    per_lead = {size.leads: size.seconds / size.leads for size in sizes}
    table = Table()
    for heading in (
        "leads",
        "events",
        "seconds",
        "cpu seconds",
        "us/lead",
        "peak MB",
        "scored MB",
        f"x at {REFERENCE:,}",
    ):
        table.add_column(heading, justify="right", no_wrap=True)
    for size in sizes:
        table.add_row(
            f"{size.leads:,}",
            f"{size.events:,}",
            f"{size.seconds:,.1f}",
            f"{size.cpu_seconds:,.1f}",
            f"{per_lead[size.leads] * 1e6:,.0f}",
            f"{size.peak_mb:,.0f}",
            f"{size.scored_mb:,.0f}",
            f"{per_lead[size.leads] / per_lead.get(REFERENCE, math.nan):.2f}",
        )
    return table


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--max-leads", type=int, default=1_000_000, help=f"largest of {SIZES} (default 1,000,000)"
    )
    parser.add_argument("--memory-limit", help="handed to `propensity score`, such as 2GB")
    parser.add_argument("--batch-leads", type=int, help="handed to `propensity score`")
    parser.add_argument(
        "--rounds", type=int, default=1, help="rounds of which the best counts (default 1)"
    )
    parser.add_argument(
        "--folder", type=Path, default=Path("runs/benchmark-data"), help="where the data is kept"
    )
    parser.add_argument(
        "--json",
        type=Path,
        default=Path("runs/benchmark-growth.json"),
        help="where the result goes",
    )
    return parser.parse_args()


if __name__ == "__main__":
    main()
