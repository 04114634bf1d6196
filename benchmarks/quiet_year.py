"""How often a quiet year is called unusual: simulated companies in which nothing changes.

    python -m benchmarks.quiet_year [--companies 10] [--nights 365] [--leads 3000]

Each company trains once, on the history before the year. Every night of the year the input is then
compared with the training under the default limits, as `score` compares it: all that is told is a
false alarm. A company has the mess of real exports, busy and quiet months, and grows.
"""

import argparse
import os
import tempfile
import time
from collections import Counter
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path

# before LightGBM: else idle threads spin and slow everybody down
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

from rich.console import Console
from rich.table import Table

from features.days import day_number
from features.resources import Resources
from propensity.config.config import Config, load
from propensity.input_check import check_input
from propensity.model.model import PropensityModel
from propensity.scoring.job import open_input
from propensity.scoring.scorer import Telling, telling_of
from propensity.scoring.tonight import look_at
from training.learn.learners.chosen import RecipeChoices
from training.learn.recipe.refit import ship
from training.learn.rows.history import history
from training.learn.rows.run import Run
from training.learn.rows.sources import open_sources
from training.simulate.command import Company, simulate, write

CONFIG = Path(__file__).parent.parent / "configs" / "quickstart.yaml"
#: Rounds of 28 days of a history: more than a year to learn from, and the year.
ROUNDS = 32
TREES = 60
#: Mean chance of a round: small companies need some more wins to be judged at all.
RATE = 0.06


@dataclass
class QuietYear:
    """The nights of one company.

    Attributes:
        seed: Of the company.
        nights: Compared.
        look: Nights on which somebody was told to look.
        stop: Nights on which nothing would have been scored.
        told: Code and what it is about to the nights on which it was told.
        seconds: For all of it.
    """

    seed: int
    nights: int = 0
    look: int = 0
    stop: int = 0
    told: Counter[str] = field(default_factory=Counter)
    seconds: float = 0.0


def quiet_year(seed: int, *, leads: int, nights: int) -> QuietYear:
    """Simulate, train, and compare every night."""
    found, start = QuietYear(seed), time.perf_counter()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        company = Company(n_leads=leads, seed=seed, rounds=ROUNDS, base_rate=RATE)
        write(simulate(company), folder / "data")
        path = folder / "propensity.yaml"
        path.write_text(CONFIG.read_text(encoding="utf-8"), encoding="utf-8")
        config = load(path)
        end = company.observed_until
        first = end - timedelta(days=nights)
        model = _trained(config, first)
        with open_input(config, model, Resources()) as store:
            for day in range(day_number(first) + 1, day_number(end) + 1):
                store.observed_day = day - 1  # the extract of that night
                tonight = look_at(model, store, day)
                differences = check_input(model, store, config, day, tonight=tonight)
                telling = telling_of(model, store, Telling("quiet", "1"), day, tonight=tonight)
                muted = [f"muted {name}" for name in (*telling.absent, *telling.muted)]
                is_stop = any(each.severity == "stop" for each in differences)
                found.nights += 1
                found.stop += is_stop
                found.look += bool(differences or muted) and not is_stop
                found.told.update(f"{each.code}: {each.about}" for each in differences)
                found.told.update(muted)
    found.seconds = time.perf_counter() - start
    return found


def _trained(config: Config, until: date) -> PropensityModel:
    """The model of the history before a day."""
    input = config.input.model_copy(update={"observed_until": until})
    config = config.model_copy(update={"input": input})
    with open_sources(config) as store:
        run = Run(config, store)
        chosen = RecipeChoices.plain(config.learner, trees=TREES)
        return ship(run, history(run), chosen=chosen)[0]


def _table(found: list[QuietYear]) -> Table:
    table = Table(title="False alarms of quiet years")
    for name in ("company", "nights", "look", "stop", "look %", "seconds"):
        table.add_column(name, justify="right")
    nights, look, stop = (sum(getattr(f, n) for f in found) for n in ("nights", "look", "stop"))
    for each in found:
        share = f"{each.look / max(each.nights, 1):.2%}"
        row = (each.seed, each.nights, each.look, each.stop, share, f"{each.seconds:.0f}")
        table.add_row(*map(str, row))
    table.add_row("all", str(nights), str(look), str(stop), f"{look / max(nights, 1):.2%}", "")
    return table


def main() -> None:
    """Print a row per company, and what was told."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--companies", type=int, default=10)
    parser.add_argument("--nights", type=int, default=365)
    parser.add_argument("--leads", type=int, default=3000)
    asked = parser.parse_args()
    console = Console(width=100)
    found = []
    for seed in range(asked.companies):
        found.append(quiet_year(seed, leads=asked.leads, nights=asked.nights))
        each = found[-1]
        console.print(f"company {seed}: {each.look} look, {each.stop} stop of {each.nights}")
    console.print(_table(found))
    told: Counter[str] = sum((each.told for each in found), Counter())
    for what, times in told.most_common(20):
        console.print(f"{times:5d} nights  {what}", markup=False)


if __name__ == "__main__":
    main()
