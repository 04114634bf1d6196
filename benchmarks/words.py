"""Do the words of the closed loop and of the audit claim no more than their tests?

    python -m benchmarks.words [--draws 3000] [--worlds 10] [--json FILE]

*Clearly at 3 times*: leads that did something close so many times as often as leads alike; how
often is that told as clearly 3 times or more, by the lower end of the corrected range, and how
often by the value alone? *Jumps*: counts whose close rate rises smoothly, or jumps; how often is a
rise confirmed, and how often is it told as a jump? *Skill*: companies of few judged winners; which
of the three answers do they get, and how many would have been told "no skill" because the interval
reaches 0?
"""

import argparse
import json
from collections import Counter
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from rich.console import Console
from rich.table import Table
from scipy.stats import norm

from propensity.model.model import probability
from training.audit.skill import compared
from training.closed_loop.actions import ActionCounts
from training.closed_loop.patterns import patterns
from training.closed_loop.strata import Strata
from training.learn.metrics.clustered_intervals import proportion
from training.learn.metrics.holdout import Holdout
from training.learn.rows.snapshots import LabelledRows

Floats = NDArray[np.float64]

#: Standard errors of a range that is corrected for about 40 actions.
_CRITICAL = 3.1
_MULTIPLE = 3.0
_USEFUL = 0.05
_LOOKS, _EVERY = 8, 30
#: Close rate of leads by the number of times, in log-odds.
CURVES: dict[str, Callable[[Floats], Floats]] = {
    "straight": lambda n: -4 + 0.08 * n,
    "saturating": lambda n: -4 + 2 * (1 - np.exp(-n / 5)),
    "S around 8": lambda n: -4 + 2 * probability((n - 8) / 2.5),
    "steep S around 8": lambda n: -4 + 2 * probability((n - 8) / 1.2),
    "jump of .6 at 8": lambda n: -4 + 0.05 * n + 0.6 * (n >= 8),
    "jump of 1 at 8": lambda n: -4 + 0.05 * n + 1.0 * (n >= 8),
}


@dataclass(frozen=True)
class Clearly:
    """How often a multiple is told.

    Attributes:
        true: Times that leads who did it close as often.
        leads: How many did it.
        alike: Close rate of leads alike.
        by_value: Share of draws whose value is 3 or more, and beyond chance above 1.
        clearly: Share whose whole corrected range is at 3 or more.
    """

    true: float
    leads: int
    alike: float
    by_value: float
    clearly: float


@dataclass(frozen=True)
class Risen:
    """What is told of counts of one shape.

    Attributes:
        curve: The shape.
        leads: Leads, each looked at eight times.
        worlds: Draws.
        confirmed: Draws in which a rise was confirmed.
        jumps: Draws in which it was told as a jump.
    """

    curve: str
    leads: int
    worlds: int
    confirmed: int
    jumps: int


@dataclass(frozen=True)
class Answered:
    """What is told of a model beside lead age.

    Attributes:
        model: True ROC AUC of the model.
        age: True ROC AUC of lead age.
        winners: Judged winners, among 1,500 leads.
        shown: Share of draws in which the gain is shown.
        not_shown_yet: Share in which it is not shown yet.
        none: Share in which it is told that there is none.
    """

    model: float
    age: float
    winners: int
    shown: float
    not_shown_yet: float
    none: float


def clearly(true: float, leads: int, alike: float, *, draws: int, seed: int = 0) -> Clearly:
    """Draw what becomes of leads that did something, and tell it."""
    won = np.random.default_rng(seed).binomial(leads, true * alike, draws)
    told = {}
    for n in np.unique(won):
        rate = n / leads
        variance = max(rate * (1 - rate) / leads, 1e-12)
        low = proportion(rate, variance, leads, _CRITICAL).corrected_low / alike if n else 0.0
        told[n] = rate / alike >= _MULTIPLE and low > 1, low >= _MULTIPLE
    shares = np.mean([told[n] for n in won], axis=0)
    return Clearly(true, leads, alike, float(shares[0]), float(shares[1]))


def risen(curve: str, leads: int, *, worlds: int) -> Risen:
    """Look for rises in companies in which one count matters."""
    found = [_jumps(curve, leads, seed) for seed in range(worlds)]
    confirmed, jumps = (sum(each[place] for each in found) for place in (0, 1))
    return Risen(curve, leads, worlds, confirmed, jumps)


def _jumps(curve: str, leads: int, seed: int) -> tuple[bool, bool]:
    random = np.random.default_rng(seed)
    n = leads * _LOOKS
    lead = np.repeat(np.arange(leads), _LOOKS)
    day = np.tile(np.arange(_LOOKS) * _EVERY, leads)
    count = random.poisson(random.gamma(1.0, 4, leads)[lead]).astype(np.float64)
    label = (random.random(n) < probability(CURVES[curve](count))).astype(np.int8)
    table = pa.table({"lead": lead, "episode": np.ones(n, np.int32), "as_of_day": day})
    rows = LabelledRows(table, label, np.ones(n), day.astype(np.int64), lead.astype(np.int64))
    one = Strata(np.zeros(n, np.intp), np.zeros(n, np.intp))
    counted = [ActionCounts("action", _EVERY, count)]
    found = patterns(rows, one, counted, horizon_days=_EVERY).jumps
    return any(jump.confirmed for jump in found), any(jump.sharp for jump in found)


def answered(model: float, age: float, winners: int, *, worlds: int, leads: int = 1500) -> Answered:
    """Judge a model of normal scores beside a normal score of age."""
    random, counts = np.random.default_rng(0), Counter[str]()
    label = (np.arange(leads) < winners).astype(np.int8)
    rows = Holdout(label, np.zeros(leads, np.int32), np.arange(leads), np.ones(leads))
    for _ in range(worlds):
        scores = {
            name: random.normal(size=leads) + label * np.sqrt(2) * norm.ppf(auc)
            for name, auc in (("recipe", model), ("base_rate", 0.5), ("lead_age", age))
        }
        counts[compared(scores, rows, useful=_USEFUL, closes=winners).answer("lead_age")] += 1
    shares = (counts[name] / worlds for name in ("shown", "not shown yet", "none"))
    return Answered(model, age, winners, *shares)


def main() -> None:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(description="Do the words claim no more than their tests?")
    parser.add_argument("--draws", type=int, default=3000, help="draws of a multiple (3000)")
    parser.add_argument("--worlds", type=int, default=10, help="companies of each curve (10)")
    parser.add_argument("--answers", type=int, default=40, help="companies of each skill (40)")
    parser.add_argument("--json", type=Path, default=Path("runs/benchmark-words.json"))
    options = parser.parse_args()
    sizes = ((60, 0.05), (200, 0.03), (1000, 0.03))
    multiples = [
        clearly(true, leads, alike, draws=options.draws)
        for true in (1.5, 2.0, 2.5, 2.9, 3.5, 5.0)
        for leads, alike in sizes
    ]
    rises = [
        risen(curve, leads, worlds=options.worlds) for curve in CURVES for leads in (5000, 25_000)
    ]
    answers = [
        answered(model, age, winners, worlds=options.answers)
        for model, age in ((0.7, 0.6), (0.6, 0.6))
        for winners in (40, 80, 150, 400)
    ]
    console = Console(width=100)
    for title, found in (
        ("Told as 3 times", multiples),
        ("Rises", rises),
        ("Skill beside age", answers),
    ):
        console.print(_table(title, [asdict(each) for each in found]))
    options.json.parent.mkdir(parents=True, exist_ok=True)
    kinds = {"multiples": multiples, "rises": rises, "answers": answers}
    content = {name: [asdict(each) for each in found] for name, found in kinds.items()}
    options.json.write_text(json.dumps(content, indent=2), encoding="utf-8")


def _table(title: str, rows: list[dict[str, object]]) -> Table:
    table = Table(title=title)
    for name in rows[0]:
        table.add_column(name.replace("_", " "), justify="right")
    for row in rows:
        table.add_row(
            *(f"{value:.3g}" if isinstance(value, float) else str(value) for value in row.values())
        )
    return table


if __name__ == "__main__":
    main()
