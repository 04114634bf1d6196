"""A year of nights of a simulated company, and a recount of its ledger from the nightly files.

    python -m benchmarks.nights [--leads 5000] [--nights 364] [--step 1] [--seed 1] [--keep FOLDER]
                                [--pair FOLDER]

A company of so many leads trains once, and then lives: every night the tables as known then,
`nightly`, and a sales team that works what it was handed. In between three nights are killed
(SIGKILL, at random moments) and run again, one night is left out and made up a week later, and
another line is promoted for two weeks and rolled back. Every tenth night is run twice, and three
old nights once more at the end. Then every figure of the ledger is recounted with pandas from the
files of the nights and the tables of the company (benchmarks/night_recount.py); a difference ends
the program with 1. With `--step 7` the company lives every day, and one night a week is run. With
`--pair` nothing is trained: the champion of a company that was kept, of the same kind, hands over.
"""

import argparse
import contextlib
import datetime as dt
import hashlib
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

# before LightGBM: else idle threads spin and slow everybody down
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

import yaml
from rich.console import Console
from rich.table import Table

from benchmarks.night_recount import Recount, recount
from propensity import cli as use
from propensity.api import nightly
from propensity.config.config import Config, load
from propensity.ledger.ledger import ledger_of
from propensity.ledger.verify import wrong_facts
from propensity.promotion.promotion import promote, roll_back
from training import cli as learn
from training.simulate.command import Company, with_a_year_ahead, write
from training.simulate.nights import LivingCompany, handed_over_in

CONFIGS = Path(__file__).parent.parent / "configs"
SIGNED = ["marketing: A. Ito", "sales: B. Sato"]
#: One of so many nights is run twice.
AGAIN = 10
#: Nights after which the night that was left out is made up, and for which the other line holds.
LATER, OTHERS = 7, 14
KILLS = 3
#: Seconds that a process needs before a night begins, and a night at most.
_BEFORE, _NIGHT_TAKES = 1.0, 6.0
_NIGHT = "import sys; from propensity.api import nightly; nightly(sys.argv[1], as_of=sys.argv[2])"


@dataclass
class Year:
    """What was lived.

    Attributes:
        folder: Of the company.
        config: Its configuration.
        living: The company.
        ran: Nights that were run, in their order.
        killed: Nights that were killed, with the seconds after which.
        left_out: The night that was made up later.
        other: Nights of the other line.
        again: Nights that were run once more.
        differing: Files that were then written otherwise.
        seconds: By what they were spent on.
    """

    folder: Path
    config: Config
    living: LivingCompany
    ran: list[dt.date] = field(default_factory=list)
    killed: dict[dt.date, float] = field(default_factory=dict)
    left_out: dt.date | None = None
    other: list[dt.date] = field(default_factory=list)
    again: int = 0
    differing: list[str] = field(default_factory=list)
    seconds: Counter[str] = field(default_factory=Counter)

    @contextlib.contextmanager
    def timed(self, what: str) -> Iterator[None]:
        """Note how long something takes."""
        start = time.perf_counter()
        yield
        self.seconds[what] += time.perf_counter() - start


def founded(folder: Path, *, leads: int, seed: int, pair: Path | None) -> Year:
    """A company with a signed champion, on the morning of its first night."""
    for name in ("", "-definition", "-decisions"):
        target = f"{name[1:]}.yaml" if name else "propensity.yaml"
        shutil.copyfile(CONFIGS / f"quickstart{name}.yaml", folder / target)
    living = LivingCompany(with_a_year_ahead(Company(n_leads=leads, seed=seed)))
    year = Year(folder, load(folder / "propensity.yaml"), living)
    with year.timed("train"):
        write(living.tables(), folder / "data")
        if pair is not None:
            shutil.copyfile(pair / "propensity.db", folder / "propensity.db")
            return year
        _ = learn  # adds its commands to the app
        with contextlib.redirect_stdout(None):
            use.app(["train", str(folder / "propensity.yaml")], standalone_mode=False)
    _promote(year.config, living.today)
    return year


def _promote(config: Config, day: dt.date) -> None:
    at = dt.datetime.combine(day, dt.time(3), dt.UTC)
    promote(config, 1, signed_by=SIGNED, override="a benchmark", at=at, as_of=day)


def live(year: Year, *, nights: int, step: int, seed: int, console: Console) -> None:
    """Live the nights, with everything that goes wrong in between."""
    chance = random.Random(seed)  # noqa: S311 — no secret
    places = list(range(0, nights, step))
    kills = sorted(chance.sample(places[1:], KILLS))
    quiet = [place for place in places[1 : -LATER - 1] if place not in kills]
    left_out = chance.choice(quiet)
    made_up = places[places.index(left_out) + LATER]
    other = places[len(places) // 2 :][:OTHERS]
    for place in range(nights):
        day = year.living.today
        if place == left_out:
            year.left_out = day
        if place not in places or place == left_out:
            year.living.live([])
            continue
        with year.timed("tables"):
            write(year.living.tables(), year.folder / "data")
        if place == other[0]:
            _promote_another_line(year, day)
        if place in other:
            year.other.append(day)
        if place in kills:
            _kill(year, day, chance)
        folder = _night(year, day)
        year.ran.append(day)
        if len(year.ran) % AGAIN == 1 or place in kills:
            _again(year, day)
        if place == made_up and year.left_out is not None:
            _night(year, year.left_out)
        if place == other[-1]:
            roll_back(year.config, because="a benchmark")
        with year.timed("sales"):
            year.living.live(handed_over_in(folder / "scored.parquet", day))
        if len(year.ran) % 20 == 0:
            console.print(f"{day}: {len(year.ran)} nights, {sum(year.seconds.values()):.0f} s")
    write(year.living.tables(), year.folder / "data")
    mine = [day for day in year.ran if day not in year.other]
    for day in chance.sample(mine, KILLS):
        _again(year, day)


def _night(year: Year, day: dt.date) -> Path:
    with year.timed("nightly"):
        return nightly(year.config, as_of=day).folder


def _again(year: Year, day: dt.date) -> None:
    """Run a night once more, and compare the bytes of its files."""
    folder = Path(year.config.nightly.folder) / day.isoformat()
    before = _hashes(folder)
    _night(year, day)
    after = _hashes(folder)
    year.again += 1
    names = sorted(before.keys() | after.keys())
    year.differing += [f"{day}: {name}" for name in names if before.get(name) != after.get(name)]


def _hashes(folder: Path) -> dict[str, str]:
    files = (path for path in folder.rglob("*") if path.is_file())
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in files
    }


def _kill(year: Year, day: dt.date, chance: random.Random) -> None:
    """Run a night in a process of its own, and kill it at a random moment before its end."""
    words = [sys.executable, "-c", _NIGHT, str(year.folder / "propensity.yaml"), str(day)]
    after = chance.uniform(_BEFORE, _NIGHT_TAKES)
    while day not in year.killed:
        process = subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            process.wait(timeout=after)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            year.killed[day] = after
        after *= 0.7  # it had ended: a second run of the night is killed instead


def _promote_another_line(year: Year, day: dt.date) -> None:
    definition = yaml.safe_load((year.folder / "definition.yaml").read_text(encoding="utf-8"))
    for end in ("enter", "leave"):
        definition["mql"][end] *= 1.5
    path = year.folder / "another-definition.yaml"
    path.write_text(yaml.safe_dump(definition, allow_unicode=True), encoding="utf-8")
    _promote(year.config.model_copy(update={"definition": str(path)}), day)


def main() -> None:
    """Live, recount, and print both."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--leads", type=int, default=5_000)
    parser.add_argument("--nights", type=int, default=364)
    parser.add_argument("--step", type=int, default=1)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--keep", type=Path, help="a new folder in which the company stays")
    parser.add_argument("--pair", type=Path, help="a company that was kept, whose champion is used")
    asked = parser.parse_args()
    console = Console(width=100)
    with tempfile.TemporaryDirectory() as temporary:
        folder = asked.keep or Path(temporary)
        folder.mkdir(parents=True, exist_ok=True)
        year = founded(folder, leads=asked.leads, seed=asked.seed, pair=asked.pair)
        live(year, nights=asked.nights, step=asked.step, seed=asked.seed, console=console)
        with ledger_of(year.config) as ledger:
            ran, facts = ledger.nights(), ledger.facts()
        found = recount(year.config, ran, facts, made_up=year.left_out)
        wrong = [*wrong_facts(facts, ran), *found.wrong, *year.differing]
    _print(console, year, found)
    for sentence in wrong[:20]:
        console.print(f"[red]{sentence}")
    sys.exit(bool(wrong) or not found.is_equal)


def _print(console: Console, year: Year, found: Recount) -> None:
    table = Table("", "ledger", "recount", title="A year of nights")
    for name, (told, counted) in found.counts.items():
        table.add_row(name, f"{told:,}", f"{counted:,}", style="" if told == counted else "red")
    console.print(table)
    killed = ", ".join(f"{day} after {after:.1f} s" for day, after in year.killed.items())
    console.print(
        f"{len(year.ran)} nights; killed: {killed}; left out and made up: {year.left_out}; another"
        f" line on {len(year.other)} nights from {year.other[0]}, then rolled back; {year.again}"
        f" nights run once more, {len(year.differing)} files differ.\n"
        f"{found.leads:,} leads, {found.episodes:,} episodes handed over; once per request or"
        f" crossing, and {found.deadlines:,} deadlines that never moved.\nSeconds: "
        + ", ".join(f"{what} {seconds:.0f}" for what, seconds in year.seconds.items())
    )


if __name__ == "__main__":
    main()
