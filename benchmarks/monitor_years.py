"""Years that are really lived: nights by the real command, `propensity monitor` every week.

    python -m benchmarks.monitor_years [--leads 2000] [--seeds 1,2] [--weeks 52]

A simulated company trains once and then lives a year (training/simulate/nights.py): once a week the
tables as known then, `nightly`, and `monitor`; a sales team works what it was handed. First nothing
happens but seasons and luck. Then, from the same morning on, each fault is planted after 13 weeks,
and the year is lived until 13 weeks later. Printed is in which weeks which alarm spoke.
"""

import argparse
import contextlib
import datetime as dt
import os
import shutil
import tempfile
import time
from collections import defaultdict
from dataclasses import replace
from pathlib import Path

# before LightGBM: else idle threads spin and slow everybody down
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

from rich.console import Console
from rich.table import Table

from propensity import cli as use
from propensity.api import nightly
from propensity.config.config import load
from propensity.promotion.promotion import promote
from propensity.scoring.differences import InputStopError
from training import cli as learn
from training.monitor.command import monitor
from training.simulate.command import Company, with_a_year_ahead, write
from training.simulate.faults import Faults
from training.simulate.nights import LivingCompany, handed_over_in

CONFIGS = Path(__file__).parent.parent / "configs"
SIGNED = ["marketing: A. Ito", "sales: B. Sato"]
#: Weeks before a fault begins, and after which the year is left.
BEFORE, AFTER = 13, 13
FAULTS = ("level x 0.7", "event type stops", "channel vanishes", "nobody calls")


def planted(fault: str, since: dt.date) -> Faults:
    """A fault from a day on."""
    match fault:
        case "level x 0.7":
            return Faults(since, level=0.7)
        case "event type stops":
            return Faults(since, stopped_event="download")
        case "channel vanishes":
            return Faults(since, vanished_channel="paid search")
        case _:
            return Faults(since, no_calls=True)


def founded(folder: Path, company: Company) -> None:
    """A company with a signed champion, on the morning of its first night."""
    for name in ("", "-definition", "-decisions"):
        target = f"{name[1:]}.yaml" if name else "propensity.yaml"
        shutil.copyfile(CONFIGS / f"quickstart{name}.yaml", folder / target)
    living = LivingCompany(company)
    write(living.tables(), folder / "data")
    _ = learn  # adds its commands to the app
    with contextlib.redirect_stdout(None):
        use.app(["train", str(folder / "propensity.yaml")], standalone_mode=False)
    at = dt.datetime.combine(living.today, dt.time(3), dt.UTC)
    config = load(folder / "propensity.yaml")
    promote(config, 1, signed_by=SIGNED, override="a benchmark", at=at, as_of=living.today)


def lived(folder: Path, company: Company, weeks: int) -> dict[str, list[int]]:
    """Live a company week by week; return the weeks in which each alarm spoke."""
    living, config = LivingCompany(company), load(folder / "propensity.yaml")
    spoken: dict[str, list[int]] = defaultdict(list)
    for week in range(1, weeks + 1):
        day = living.today
        write(living.tables(), folder / "data")
        handed = []
        try:
            night = nightly(config, as_of=day)
            handed = handed_over_in(night.folder / "scored.parquet", day)
        except InputStopError:
            spoken["night refused"].append(week)
        look = monitor(config, as_of=day)
        for answer in look.answers:
            for alarm in answer.alarms:
                spoken[f"{answer.key}: {alarm.code}"].append(week)
        living.live(handed)
        for _ in range(6):
            living.live([])
    return spoken


def _span(weeks: list[int]) -> str:
    """Weeks as people write them: `3, 7-9`."""
    parts: list[list[int]] = []
    for week in weeks:
        if parts and week == parts[-1][-1] + 1:
            parts[-1].append(week)
        else:
            parts.append([week])
    return ", ".join(f"{part[0]}-{part[-1]}" if len(part) > 1 else str(part[0]) for part in parts)


def main() -> None:
    """Print a table per company."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--leads", type=int, default=2_000)
    parser.add_argument("--seeds", default="1,2")
    parser.add_argument("--weeks", type=int, default=52)
    parser.add_argument("--faults", default="0,1,2,3", help="numbers of the faults; empty for none")
    asked = parser.parse_args()
    console = Console(width=110)
    faults = [FAULTS[int(number)] for number in asked.faults.split(",") if number]
    for seed in map(int, asked.seeds.split(",")):
        with tempfile.TemporaryDirectory() as name, contextlib.chdir(name):
            morning = Path(name) / "morning"
            morning.mkdir()
            company = with_a_year_ahead(Company(n_leads=asked.leads, seed=seed, mess=False))
            founded(morning, company)
            since = company.today + dt.timedelta(days=7 * BEFORE)
            table = Table("year", "alarm", "weeks", title=f"Company {seed}")
            for fault in ("quiet", *faults):
                start, folder = time.perf_counter(), Path(name) / fault.replace(" ", "-")
                shutil.copytree(morning, folder)
                mine = (
                    company if fault == "quiet" else replace(company, faults=planted(fault, since))
                )
                weeks = asked.weeks if fault == "quiet" else BEFORE + AFTER
                spoken = lived(folder, mine, weeks)
                for alarm, when in sorted(spoken.items()) or [("none", [])]:
                    table.add_row(fault, alarm, _span(when))
                console.print(f"{seed} {fault}: {time.perf_counter() - start:.0f} s")
            console.print(table)


if __name__ == "__main__":
    main()
