"""Do intervals hold the true chance? Worlds whose true chances are known.

    python -m benchmarks.intervals [--worlds 20] [--first-seed 0] [--leads 500 2000]

Each world has 500, 2,000 or 10,000 leads with nine features, of whom 3, 10 or 30 % close. How
strongly features tell leads apart is drawn: a standard deviation of .6, 1 or 1.4 in log-odds. In
turn its truth is *plain* (a curve per feature), *crossed* (pairs of features beside the curves,
some of them across the axes), or *noisy* (plain, and twelve more features that tell nothing). The
learner chooses, fits and calibrates as `PropensityClassifier` does, and learns its intervals as
`propensity train` does. Of 5,000 other leads of the same world, *coverage* is the share whose true
chance lies within the interval, *width* its mean width in points of chance. *line alone* is the
interval of the calibration's intercept and slope, with its coverage in the plain sense.
"""

import argparse
import json
import time
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from propensity.config.config import parse
from propensity.model.data_frames import matrix_of
from propensity.model.model import PropensityModel, probability
from propensity.model.model_parts import Reference
from propensity.scoring.chance_interval import ChanceInterval
from training.estimator.classifier import _rows
from training.estimator.frame_spec import spec_of
from training.learn.learners.trees import LearnerRows
from training.learn.metrics.recalibration import shift_to
from training.learn.recipe import learn_interval as learning
from training.learn.recipe import recipe
from training.learn.recipe.learn_evidence import HeldOutModel
from training.learn.rows.snapshots import LabelledRows

SIZES, RATES = (500, 2_000, 10_000), (0.03, 0.1, 0.3)
KINDS, STRENGTHS = ("plain", "crossed", "noisy"), (0.6, 1.0, 1.4)
FRESH = 5_000
_REACH = 1.645
_LEVELS = (4, 8, 12)


@dataclass(frozen=True)
class World:
    """Leads whose true chances are known.

    Attributes:
        frame: (n + FRESH) their features.
        won: (n + FRESH,) what became of them.
        log_odds: (n + FRESH,) their true log-odds.
        axes: Column to axis.
        strength: Standard deviation of the true log-odds.
    """

    frame: pd.DataFrame
    won: NDArray[np.int8]
    log_odds: NDArray[np.float64]
    axes: dict[str, str]
    strength: float


@dataclass(frozen=True)
class Learned:
    """A model, with those of its cross-fit, and the rows it learned from."""

    model: PropensityModel
    folds: list[HeldOutModel]
    matrix: NDArray[np.float64]
    rows: LabelledRows


@dataclass(frozen=True)
class Found:
    """What intervals are worth in one world.

    Attributes:
        leads: It learned from.
        rate: Share that closes.
        seed: Of the world.
        kind: Of the truth.
        strength: Of the truth.
        coverage: Share of true chances within the intervals.
        tenths: The same by tenth of the score, the lowest first.
        width: Mean width, in chance.
        naive: Coverage of the calibration line alone.
        naive_width: Its mean width.
    """

    leads: int
    rate: float
    seed: int
    kind: str
    strength: float
    coverage: float
    tenths: list[float]
    width: float
    naive: float
    naive_width: float


def world(leads: int, rate: float, seed: int, kind: str) -> World:
    """Draw a world; see the head of this module."""
    random = np.random.default_rng([seed, leads, int(rate * 1000), KINDS.index(kind)])
    n = leads + FRESH
    z = random.normal(size=(n, 6))
    z[:, 1] = 0.6 * z[:, 0] + 0.8 * z[:, 1]
    z[:, 4] = 0.6 * z[:, 3] + 0.8 * z[:, 4]
    codes = [random.choice(k, n, p=_falling(k)) for k in _LEVELS]
    effects = [
        random.normal(0, size, k) for k, size in zip(_LEVELS, (0.5, 0.35, 0.25), strict=True)
    ]
    visits, mails = np.floor(np.exp(0.8 * z[:, 3] + 0.5)), np.floor(np.exp(0.7 * z[:, 5]))
    is_hidden = random.random(n) < 0.2
    weight = random.normal(0, 0.35, 6)
    truth = (
        weight[0] * z[:, 0]
        + weight[1] * np.where(is_hidden, 0.0, z[:, 1])
        + weight[2] * 1.2 * np.abs(z[:, 2])
        + weight[3] * 1.5 * np.log1p(visits)
        + weight[4] * z[:, 4]
        + weight[5] * 1.5 * (mails > 1)
        + sum(effect[code] for effect, code in zip(effects, codes, strict=True))
    )
    if kind == "crossed":
        truth += 0.6 * np.sign(z[:, 0]) * np.sign(z[:, 2]) + 0.5 * z[:, 3] * (codes[0] == 1)
    strength = float(random.choice(STRENGTHS))
    truth = (truth - truth.mean()) / truth.std() * strength
    truth += shift_to(rate, truth, np.ones(n))
    columns: dict[str, object] = {
        "size": np.exp(z[:, 0] + 4),
        "age": np.where(is_hidden, np.nan, z[:, 1]),
        "growth": z[:, 2],
        "industry": [f"i{code}" for code in codes[0]],
        "region": [f"r{code}" for code in codes[1]],
        "visits": visits,
        "pace": z[:, 4],
        "mails": mails,
        "source": [f"s{code}" for code in codes[2]],
    }
    behaviours = ["visits", "pace", "mails", "source"]
    for number in range(12 if kind == "noisy" else 0):
        columns[f"noise {number}"] = random.normal(size=n) if number % 2 else random.poisson(2, n)
        behaviours += [f"noise {number}"] if number % 2 else []
    won = (random.random(n) < probability(truth)).astype(np.int8)
    return World(pd.DataFrame(columns), won, truth, dict.fromkeys(behaviours, "interest"), strength)


def _falling(levels: int) -> NDArray[np.float64]:
    share = 1 / np.arange(1, levels + 1)
    return share / share.sum()


def learned(there: World, leads: int, contestants: list[str] | None = None) -> Learned:
    """Choose, fit and calibrate on the first leads of a world.

    Args:
        there: The world.
        leads: That are learned from.
        contestants: What may win; default all.
    """
    learner = {"trials": 2} | ({"contestants": contestants} if contestants else {})
    config = parse(
        {
            "name": "world",
            "input": {"flat": {"path": "X", "columns": {"outcome": "y"}}},
            "split": {"order": "random"},
            "learner": learner,
        },
        base=Path("/"),
        name="benchmarks.intervals",
    )
    rows = _rows(there.won[:leads], np.ones(leads), None, None, np.ones(leads, dtype=bool))
    spec = spec_of(there.frame[:leads], there.axes)
    seen = LearnerRows(matrix_of(spec, there.frame[:leads]), rows.label, rows.weight)
    chosen = recipe.choose(config, rows, spec, seen).chosen
    fitted = recipe.fit(config, rows, spec, seen, chosen=chosen)
    read = fitted.read.spec

    def served(members: object) -> PropensityModel:
        return PropensityModel(
            config=config,
            spec=read,
            members=members,
            calibration=fitted.calibration,
            offsets=np.zeros(len(read.features)),
            reference=Reference(rows=leads, leads=leads, close_rate=rows.close_rate),
        )

    folds = [(served(fold.members), fold.held_out) for fold in fitted.folds]
    return Learned(served(fitted.members), folds, fitted.read.matrix(seen.matrix), rows)


def interval(known: Learned) -> ChanceInterval:
    """The intervals as they are served."""
    counts = np.ones(len(known.rows))
    found = learning.learn_interval(known.model, known.folds, known.matrix, known.rows, counts)
    if found is None:
        raise RuntimeError("expected rows that a model was not learned from, found none")
    return found


def line_alone(
    known: Learned, log_odds: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Low and high chances by the calibration line alone."""
    own = np.empty(len(known.rows))
    for fold, out in known.folds:
        own[out] = fold.sums(np.asfortranarray(known.matrix[out])).log_odds
    variance, _ = learning.errors_of_line(own, log_odds, known.rows, known.rows.weight)
    reach = _REACH * np.sqrt(variance)
    return probability(log_odds - reach), probability(log_odds + reach)


def judged(there: World, known: Learned, leads: int, rate: float, seed: int, kind: str) -> Found:
    """Coverage and width among the leads that nothing was learned from."""
    matrix = matrix_of(known.model.spec, there.frame[leads:])
    log_odds = known.model.sums(matrix).log_odds
    truth = probability(there.log_odds[leads:])
    low, high = interval(known).around(log_odds)
    narrow_low, narrow_high = line_alone(known, log_odds)
    holds = (low <= truth) & (truth <= high)
    tenth = np.argsort(np.argsort(log_odds, kind="stable"), kind="stable") * 10 // len(truth)
    return Found(
        leads,
        rate,
        seed,
        kind,
        there.strength,
        float(holds.mean()),
        [float(holds[tenth == number].mean()) for number in range(10)],
        float((high - low).mean()),
        float(((narrow_low <= truth) & (truth <= narrow_high)).mean()),
        float((narrow_high - narrow_low).mean()),
    )


def _told(title: str, found: list[Found]) -> str:
    tenths = " ".join(f"{100 * np.mean([f.tenths[k] for f in found]):3.0f}" for k in range(10))
    worlds = [f.coverage for f in found]
    return (
        f"{title:28}{len(found):7}{np.mean(worlds):10.1%}{min(worlds):8.0%}{max(worlds):6.0%}"
        f"{100 * np.mean([f.width for f in found]):8.1f}{np.mean([f.naive for f in found]):12.1%}"
        f"{100 * np.mean([f.naive_width for f in found]):8.1f}   {tenths}"
    )


def report(found: list[Found]) -> None:
    """Print the tables."""
    head = f"{'':28}{'worlds':>7}{'coverage':>10}{'least':>8}{'most':>6}{'width':>8}"
    print(head + f"{'line alone':>12}{'width':>8}   by tenth, the lowest first (%)")
    print(_told("all", found))
    for kind in KINDS:
        if some := [f for f in found if f.kind == kind]:
            print(_told(kind, some))
    for strength in STRENGTHS:
        if some := [f for f in found if f.strength == strength]:
            print(_told(f"strength {strength}", some))
    for leads in SIZES:
        for rate in RATES:
            if some := [f for f in found if (f.leads, f.rate) == (leads, rate)]:
                print(_told(f"{leads:,} leads, {rate:.0%} close", some))


def main() -> None:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(description="Coverage of the true chance by the intervals.")
    parser.add_argument("--worlds", type=int, default=20, help="of each size and rate (default 20)")
    parser.add_argument("--first-seed", type=int, default=0, help="of the first world (default 0)")
    parser.add_argument("--leads", type=int, nargs="+", default=SIZES, help="of a world")
    parser.add_argument("--json", type=Path, help="where the figures go")
    given = parser.parse_args()
    found, start = [], time.process_time()
    for seed in range(given.first_seed, given.first_seed + given.worlds):
        kind = KINDS[seed % len(KINDS)]
        for leads in given.leads:
            for rate in RATES:
                there = world(leads, rate, seed, kind)
                known = learned(there, leads)
                found.append(judged(there, known, leads, rate, seed, kind))
        print(f"world {seed}: {time.process_time() - start:.0f} s of CPU", flush=True)
        if given.json:
            told = json.dumps([asdict(f) for f in found], indent=2)
            given.json.write_text(told, encoding="utf-8")
    report(found)


if __name__ == "__main__":
    main()
