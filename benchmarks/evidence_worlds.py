"""What evidence is worth where the truth is known: simulated leads, the product's own training.

    python -m benchmarks.evidence_worlds [--worlds 8]

In each world 8,000 leads (2,000 in "few leads") have ten columns, five of which have no effect at
all. "one in 50" closes 2 % instead of 8 %; in "akin" each of two columns without effect is
correlated (.6) with one that has one; in "accounts" leads come in accounts of one to nine that
share half a unit of log-odds nobody knows. A model is trained as `propensity train` does, and gives
reasons for fresh leads. Counted are its groups of at least 50 leads:

- **no effect, shown as support**: share of the groups of columns without effect whose evidence is
  said to support the reason that the model gives there; beside it the same for a rule that shows
  evidence wherever it agrees by half a standard deviation;
- **found**: share of the groups with a true difference of a fifth that are called different;
- **holds the truth**: share of all ranges around the true ratio of the closes that these leads had
  to those they would have had, were they average in the one thing;
- **exaggerated**: how far the figures that are said to support their reason (closed by expected,
  the way it says) are beyond the true ratio, as geometric mean; the same of those that the rule of
  half a standard deviation showed.
"""

import argparse
import json
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from rich.console import Console
from rich.table import Table

from features.intake import open_store
from propensity.concepts.evidence import Evidence
from propensity.concepts.evidence_ranges import ENOUGH_LEADS
from propensity.config import config as configuration
from propensity.config.config import Config
from propensity.model.model import PropensityModel, probability
from propensity.scoring.reasons import SMALLEST
from training.learn.recipe import recipe
from training.learn.recipe.refit import ship
from training.learn.rows.history import history
from training.learn.rows.run import Run

Floats = NDArray[np.float64]

LEVELS = np.array(list("abcdefgh"))
#: Effect of each level, in log-odds.
EFFECT_OF_LEVEL = np.array([0.9, 0.5, 0.2, 0.0, 0.0, -0.2, -0.5, -0.9])
#: Columns with an effect, and the ones without.
REAL = ("slope", "step", "bend", "often", "level")
IDLE = ("idle 1", "idle 2", "idle 3", "idle often", "idle level")
#: Standard deviations at which an account's level is looked at, and their weights.
_KNOTS, _WEIGHTS = np.polynomial.hermite_e.hermegauss(15)


@dataclass(frozen=True)
class Kind:
    """A kind of world.

    Attributes:
        leads: Leads to learn from.
        base: Log-odds of an average lead.
        akin: Correlation of columns without effect with columns that have one.
        shared: Standard deviation of what an account's leads share, in log-odds.
    """

    leads: int = 8000
    base: float = -2.8
    akin: float = 0.0
    shared: float = 0.0


KINDS: Mapping[str, Kind] = {
    "one in 12": Kind(),
    "one in 50": Kind(base=-4.4),
    "few leads": Kind(leads=2000),
    "akin": Kind(akin=0.6),
    "accounts": Kind(shared=0.5),
}


@dataclass(frozen=True)
class World:
    """Leads with everything that is true of them.

    Attributes:
        leads: Their columns, ``lead_id`` and the outcome ``won``.
        effect: Per column (n,) what it adds to the log-odds of each lead.
        log_odds: (n,) before what the account shares.
        account: (n,) number of the account.
        shared: See ``Kind``.
    """

    leads: pd.DataFrame
    effect: Mapping[str, Floats]
    log_odds: Floats
    account: NDArray[np.int64]
    shared: float

    def chance(self, without: str | None = None) -> Floats:
        """(n,) the true chance of each lead; as if it were average in one column."""
        log_odds = self.log_odds
        if without in self.effect:
            log_odds = log_odds - self.effect[without] + self.effect[without].mean()
        share = _WEIGHTS / _WEIGHTS.sum()
        found: Floats = sum(
            w * probability(log_odds + self.shared * z) for w, z in zip(share, _KNOTS, strict=True)
        )
        return found


def world(kind: Kind, seed: int) -> World:
    """Draw a world."""
    rng = np.random.default_rng(seed)
    n = kind.leads
    account = np.repeat(np.arange(n), rng.integers(1, 10, n))[:n] if kind.shared else np.arange(n)
    slope, step, bend, one, two, three = rng.standard_normal((6, n))
    one, two = (
        kind.akin * a + np.sqrt(1 - kind.akin**2) * b for a, b in ((slope, one), (step, two))
    )
    often, idle_often = rng.poisson(rng.gamma(0.5, 2.0, (2, n)))
    level, idle_level = rng.integers(len(LEVELS), size=(2, n))
    effect = {
        "slope": 0.5 * slope,
        "step": 0.6 * (step > 0.5),
        "bend": 0.35 * np.abs(bend),
        "often": 0.4 * np.log1p(often),
        "level": EFFECT_OF_LEVEL[level],
    }
    log_odds = kind.base + sum(each - each.mean() for each in effect.values())
    shared = kind.shared * rng.standard_normal(n)[account]
    leads = pd.DataFrame(
        {
            "lead_id": [f"L{number}" for number in range(n)],
            "won": (rng.random(n) < probability(log_odds + shared)).astype(int),
            "slope": slope,
            "step": step,
            "bend": bend,
            "often": often,
            "level": LEVELS[level],
            "idle 1": one,
            "idle 2": two,
            "idle 3": three,
            "idle often": idle_often,
            "idle level": LEVELS[idle_level],
        }
    )
    return World(leads, effect, log_odds, account, kind.shared)


def learned(one: World, folder: Path) -> tuple[PropensityModel, Floats, NDArray[np.intp]]:
    """The model of a world, the features of its leads, and their places in the world."""
    one.leads.to_csv(folder / "leads.csv", index=False)
    config = _config(folder)
    with open_store(config.input, config.columns, purpose="train", quarantine=None) as store:
        past = history(Run(config, store))
        ids = store.query("SELECT lead, lead_id FROM leads").to_pandas().set_index("lead")
        place = ids["lead_id"].loc[past.rows.lead].str[1:].astype(int).to_numpy()
        past = replace(past, rows=replace(past.rows, cluster=one.account[place]))
        older = past.rows.take(past.older)
        chosen = recipe.plain(config, older, *recipe.see(Run(config, store), older))
        model, seen = ship(Run(config, store), past, chosen=chosen)
    return model, seen.matrix, place


def _config(folder: Path) -> Config:
    source = {"path": "leads.csv", "columns": {"lead_id": "lead_id", "outcome": "won"}}
    columns = [*REAL, *IDLE]
    return configuration.parse(
        {
            "name": "world",
            "input": {"flat": source},
            "columns": {"fit": columns[::2], "interest": columns[1::2]},
            "split": {"order": "random"},
        },
        base=folder,
    )


def groups(one: World, model: PropensityModel, matrix: Floats, place: NDArray[np.intp]) -> Floats:
    """A row per group of at least 50 leads in which the model gives a reason: whether the column
    has an effect, the sign of the reason, closed, expected, the true ratio, the ends of the range
    by expected, the size that is told (-2..2), and the leads.
    """
    proof = model.proof
    if proof is None:
        raise ValueError("expected a model with evidence")
    contributions = model.concept_sums(matrix).contributions
    truth = one.chance()[place]
    found = []
    every = np.arange(len(matrix))
    for number, concept in enumerate(model.concepts):
        of_concept = proof.by_concept[number]
        if of_concept is None:
            continue
        group, without = of_concept.of(matrix, every), one.chance(concept.name)[place]
        for at in np.unique(group[group >= 0]):
            inside = group == at
            added = float(contributions[inside, number].mean())
            if proof.leads[at] >= ENOUGH_LEADS and abs(added) >= SMALLEST:
                ratio = truth[inside].sum() / without[inside].sum()
                found.append((concept.name in REAL, np.sign(added), *_figures(proof, at), ratio))
    return np.array(found, dtype=float)


def _figures(proof: Evidence, at: int) -> tuple[float, ...]:
    expected, ranges = proof.expected[at], proof.ranges
    return (
        float(proof.leads[at]),
        float(proof.closed[at]),
        float(expected),
        float(ranges.low[at] / expected),
        float(ranges.high[at] / expected),
        float(ranges.size[at]),
    )


@dataclass(frozen=True)
class Worth:
    """What the evidence of a kind of world is worth; see the module.

    Attributes:
        kind: Name of the kind.
        groups: Groups counted.
        idle: Share of the groups without effect shown as support.
        idle_before: The same by the rule that asks for half a standard deviation.
        found: Share of the groups with a true difference of a fifth that are called different.
        covers: Share of the ranges that hold the truth.
        exaggerated: Geometric mean of told by true ratio, less 1, over the groups said to support
            their reason.
        exaggerated_before: The same over those that the rule of half a standard deviation showed.
    """

    kind: str
    groups: int
    idle: float
    idle_before: float
    found: float
    covers: float
    exaggerated: float
    exaggerated_before: float


def worth(name: str, rows: Floats) -> Worth:
    """Sum up the groups of many worlds of a kind."""
    real, sign, leads, closed, expected, low, high, size, ratio = rows.T
    deviation = np.sqrt(expected * (1 - expected / leads))
    before = (np.abs(closed - expected) >= 0.5 * deviation) & (closed != np.rint(expected))
    before &= np.sign(closed - expected) == sign
    differs = (real == 1) & (np.abs(np.log(ratio)) >= np.log(1.2))
    beyond = sign * np.log((closed + 0.5) / (expected + 0.5) / ratio)
    return Worth(
        name,
        len(rows),
        float((sign * size > 0)[real == 0].mean()),
        float(before[real == 0].mean()),
        float((np.sign(size) == np.sign(np.log(ratio)))[differs].mean()),
        float(((low <= ratio) & (ratio <= high)).mean()),
        float(np.expm1(beyond[sign * size > 0].mean())),
        float(np.expm1(beyond[before].mean())),
    )


def measured(name: str, worlds: int) -> Worth:
    """Make worlds of a kind, and sum them up."""
    rows = []
    for seed in range(worlds):
        one = world(KINDS[name], seed)
        with tempfile.TemporaryDirectory() as folder:
            rows.append(groups(one, *learned(one, Path(folder))))
    return worth(name, np.concatenate(rows))


def main() -> None:
    """Measure every kind, print a table, write JSON."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("kinds", nargs="*", default=list(KINDS))
    parser.add_argument("--worlds", type=int, default=8)
    asked = parser.parse_args()
    table = Table(
        "world", "groups", "no effect, shown as support", "before", "found", "holds the truth",
        "exaggerated", "before",
    )  # fmt: skip
    found = []
    for name in asked.kinds:
        each = measured(name, asked.worlds)
        found.append(each)
        table.add_row(
            name,
            f"{each.groups:,}",
            *(
                f"{share:.1%}"
                for share in (
                    each.idle, each.idle_before, each.found, each.covers, each.exaggerated,
                    each.exaggerated_before,
                )
            ),
        )  # fmt: skip
    Console().print(table)
    path = Path("runs") / "evidence_worlds.json"
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps([vars(each) for each in found], indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
