"""Does the recipe choose well?  The number of trees, the slope of what is served, how much history
counts, and leads that are alike.

    python -m benchmarks.choosing [--only trees slopes history alike] [--leads 20000]

* trees: a model learns from a quarter or a half of the leads, and one from all of them; the number
  that is best for the part, times so many times more wins to a power, is judged on leads that chose
  nothing, against the number that would have been best there (nats of log loss lost).  Beside it
  the best number by wins, and the power that fits it.
* slopes: of one model and of a bag, calibrated as served, on leads that nobody has seen; 1 is
  right, above 1 too timid.  Beside it the slope as it would be if a bag were calibrated as one of
  its models.
* history: worlds whose level jumps about by quarter and never stays, and worlds that moved for
  good; how often is history forgotten?  Eight quarters of 2,500 leads, 5 % close.
* alike: leads that are equal in all columns, and miss the value of one that is imputed: how far do
  their scores lie apart, drawn again for each lead (as before) and as served now?
"""

import argparse
import itertools
import json
import os
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

os.environ.setdefault("OMP_NUM_THREADS", "1")  # before LightGBM: the tables are small

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from rich.console import Console
from rich.table import Table

from benchmarks.quality import READ, SPLITS, configuration
from features.build.build import build, prepare
from features.intake import open_store
from features.population import flat_rows
from features.spec import FeatureSpec
from propensity.config.config import Config, load, parse
from training.learn.learners import members, platt
from training.learn.learners.chosen import RecipeChoices, Trees
from training.learn.learners.trees import GROWTH, LearnerRows, Task, has_both
from training.learn.metrics.metrics import log_losses, mean
from training.learn.metrics.recalibration import logistic_line
from training.learn.recipe import recipe
from training.learn.recipe.refit import ship
from training.learn.rows.history import history
from training.learn.rows.run import Run
from training.learn.rows.snapshots import LabelledRows, flat_snapshot
from training.learn.tournament.judged_rows import JudgedRows
from training.learn.tournament.quarter_gap import level_jumps, quarter_gap
from training.learn.tournament.staged import grow_staged
from training.simulate.command import Company, simulate, write

Floats = NDArray[np.float64]

CONFIG = Path(__file__).parent.parent / "configs" / "quickstart.yaml"
#: Shares of the leads that teach, and that judge.
_ALL, _JUDGED = 0.7, 0.3
_PARTS = (0.03, 0.06, 0.12, 0.175, 0.35, _ALL)
_POWERS = (0.2, 0.35, GROWTH, 0.7, 1.0)
_STEP = 5


@dataclass(frozen=True)
class Data:
    """Rows to choose on.

    Attributes:
        name: What they are of.
        config: How they are read.
        rows: The rows.
        spec: Their features.
        seen: The rows as a learner sees them.
    """

    name: str
    config: Config
    rows: LabelledRows
    spec: FeatureSpec
    seen: LearnerRows

    def parts(self, seed: int) -> Floats:
        """(n,) where the lead (account) of each row stands in a shuffle, 0 <= place < 1."""
        clusters, number = np.unique(self.rows.cluster, return_inverse=True)
        order = np.random.default_rng(seed).permutation(len(clusters))
        place: Floats = (order / len(clusters))[number]
        return place


def company(leads: int, seed: int) -> Data:
    """The rows of a simulated company."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write(simulate(Company(n_leads=leads, seed=seed, mess=False)), folder / "data")
        (folder / "propensity.yaml").write_text(
            CONFIG.read_text(encoding="utf-8"), encoding="utf-8"
        )
        config = load(folder / "propensity.yaml")
        with open_store(config.input, config.columns, purpose="train", quarantine=None) as store:
            past = history(Run(config, store))
            spec, seen = recipe.see(Run(config, store), past.rows)
    return Data("a simulated company", config, past.rows, spec, seen)


def split(name: str, splits: Path) -> Data:
    """The training file of a fixed split."""
    config = parse(configuration(name, splits), base=splits)
    with open_store(config.input, config.columns, purpose="train", quarantine=None) as store:
        rows = flat_snapshot(store, order=READ[name][1])
        spec, seen = recipe.see(Run(config, store), rows)
    return Data(name, config, rows, spec, seen)


# --- trees ----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Grown:
    """A model on its way, on leads that it has not seen.

    Attributes:
        share: Of the leads that taught.
        wins: Or losses, where these are rarer, that it learned from.
        chosen: (k,) calibrated log loss after each step, on the half of the leads that chooses.
        judged: (k,) the same on the half that judges.
    """

    share: float
    wins: int
    chosen: Floats
    judged: Floats

    @property
    def best(self) -> int:
        """Number of trees."""
        return _STEP * (int(np.argmin(self.chosen)) + 1)

    def loss_at(self, trees: float) -> float:
        """Loss of so many trees, on the half that judges."""
        place = round(trees / _STEP) - 1
        return float(self.judged[min(max(place, 0), len(self.judged) - 1)])


def grown(data: Data, seed: int, most: int) -> list[Grown]:
    """A model for each part of the leads."""
    place, task = data.parts(seed), Task(data.spec)
    trees = Trees.of(data.config.learner, trees=most)
    judged = np.flatnonzero(place >= 1 - _JUDGED)
    halves = [place[judged] < 1 - _JUDGED / 2, place[judged] >= 1 - _JUDGED / 2]
    later, found = data.seen.take(judged), []
    for share in _PARTS:
        at = np.flatnonzero(place < share)
        earlier = data.seen.take(at)
        if not has_both(earlier.label):
            continue
        scores = grow_staged(earlier, later, task, trees, step=_STEP).scores
        losses = [
            np.array([_loss(later.take(np.flatnonzero(half)), raw[half]) for raw in scores])
            for half in halves
        ]
        wins = int(min(earlier.label.sum(), len(at) - earlier.label.sum()))
        found.append(Grown(share, wins, *losses))
    return found


def _loss(rows: LearnerRows, raw: Floats) -> float:
    label = rows.label.astype(np.float64)
    slope, intercept = logistic_line(label, raw, rows.weight)
    return mean(log_losses(label, intercept + slope * raw), rows.weight)


def trees(data: Data, repeats: int, most: int) -> dict[str, Any]:
    """The best number by wins, and what each power loses."""
    found = [grown(data, seed, most) for seed in range(repeats)]
    by_share = {
        share: [each for models in found for each in models if each.share == share]
        for share in _PARTS
    }
    best = {
        int(np.mean([each.wins for each in own])): _best_of(own) for own in by_share.values() if own
    }
    lost: dict[str, float] = {}
    for power in _POWERS:
        gaps = []
        for models in found:
            whole = models[-1]
            least = float(whole.judged.min())
            for part in models[:-1]:
                if whole.wins / part.wins <= 4.5:  # as much as blocks are smaller
                    told = part.best * (whole.wins / part.wins) ** power
                    gaps.append(whole.loss_at(told) - least)
        lost[f"{power:g}"] = float(np.mean(gaps))
    x, y = np.log(list(best)), np.log(list(best.values()))
    return {
        "data": data.name,
        "best": best,
        "power": float(np.polyfit(x, y, 1)[0]),
        "lost": lost,
    }


def _best_of(models: list[Grown]) -> int:
    """The number that is best for the mean of the models."""
    longest = max(len(each.chosen) for each in models)
    both = [(each.chosen + each.judged) / 2 for each in models]
    total = sum(np.pad(each, (0, longest - len(each)), mode="edge") for each in both)
    return _STEP * (int(np.argmin(total)) + 1)


# --- slopes ---------------------------------------------------------------------------------------


def slopes(data: Data, repeats: Iterable[tuple[float, int]]) -> list[dict[str, Any]]:
    """A line for each share of the leads and kind of model: the slope on leads nobody has seen."""
    found = []
    like = Trees.of(data.config.learner, trees=90)
    for share, times in repeats:
        for name, part in {"one model": like, "a bag": like.in_bags(1)}.items():
            lines = [_slope(data, seed, share, part) for seed in range(times)]
            wins, plain, served, losses = np.array(lines).T
            found.append(
                {
                    "wins": int(wins.mean()),
                    "model": name,
                    "as one of its folds": float(plain.mean()),
                    "as served": float(served.mean()),
                    "error": float(served.std(ddof=1) / np.sqrt(times)),
                    "gain": float(losses.mean()),
                }
            )
    return found


def _slope(data: Data, seed: int, share: float, part: Trees) -> tuple[float, ...]:
    place = data.parts(seed)
    at, judged = np.flatnonzero(place < share), np.flatnonzero(place >= 1 - _JUDGED)
    chosen = RecipeChoices(contestant="lightgbm", parts=(part,))
    fitted = recipe.fit(
        data.config, data.rows.take(at), data.spec, data.seen.take(at), chosen=chosen
    )
    rows = data.seen.take(judged)
    label, weight = rows.label.astype(np.float64), rows.weight
    raw = members.scores(fitted.members, fitted.read.matrix(rows.matrix))
    taught = fitted.read.rows(data.seen.take(at))
    own = members.held_out_scores(fitted.folds, fitted.read.spec, taught.matrix)
    plainly = platt.platt(own, taught.label, taught.weight)
    both = [line.intercept + line.slope * raw for line in (plainly, fitted.calibration)]
    told = [logistic_line(label, score, weight)[0] for score in both]
    lost = [mean(log_losses(label, score), weight) for score in both]
    return float(data.rows.take(at).wins), told[0], told[1], lost[0] - lost[1]


# --- history --------------------------------------------------------------------------------------

#: Quarters, leads in each, their close rate; cuts after which the rest judges, and half-lives.
_QUARTERS, _LEADS, _RATE = 8, 2500, 0.05
_CUTS, _LIVES = (0.55, 0.7, 0.85, 1.0), (np.inf, 0.5, 0.25, 0.125)
#: Standard deviation of the level between quarters, and how far it moves for good after 55 % of the
#: history; log-odds.
WORLDS = ((0.0, 0.0), (0.1, 0.0), (0.2, 0.0), (0.3, 0.0), (0.0, 0.6), (0.1, 0.6), (0.1, 1.2))


def forgotten(jump: float, move: float, worlds: int) -> dict[str, float]:
    """Share of worlds in which history is forgotten: by one error over leads, and as served."""
    random, found = np.random.default_rng(2), []
    for _ in range(worlds):
        rows, later, said = _world(random, jump, move)
        best = min(said, key=lambda own: later.mean(log_losses(later.label.astype(float), own)))
        jumps = level_jumps(rows, rows.time // _LEADS)
        quarter = rows.time[later.cluster] // _LEADS
        gap = quarter_gap(later, quarter, said[0], best, jumps=jumps)
        found.append((gap.mean > gap.over_leads, not gap.is_noise))
    before, now = np.mean(found, axis=0)
    return {"jump": jump, "move": move, "one error over leads": before, "as served": now}


def _world(
    random: np.random.Generator, jump: float, move: float
) -> tuple[LabelledRows, JudgedRows, list[Floats]]:
    quarter = np.repeat(np.arange(_QUARTERS), _LEADS)
    time = (quarter + np.tile(np.arange(_LEADS) / _LEADS, _QUARTERS)) / _QUARTERS
    level = np.log(_RATE / (1 - _RATE)) + jump * random.normal(size=_QUARTERS)[quarter]
    level = level + np.where(time > _CUTS[0], move, 0.0)
    won = random.random(len(level)) < 1 / (1 + np.exp(-level))
    said: list[list[Floats]] = [[] for _ in _LIVES]
    for start, end in itertools.pairwise(_CUTS):
        earlier, judged = time < start, (time >= start) & (time < end)
        for own, life in zip(said, _LIVES, strict=True):
            counts = 0.5 ** ((start - time[earlier]) / life)
            rate = float((counts * won[earlier]).sum() / counts.sum())
            own.append(np.full(judged.sum(), np.log(rate) - np.log1p(-rate)))
    at = np.flatnonzero(time >= _CUTS[0])
    zeros = np.zeros(len(at), np.int64)
    later = JudgedRows(won[at].astype(np.int8), np.ones(len(at)), at, zeros, zeros.astype(np.int32))
    number = np.arange(len(won))
    keys = pa.table({"lead": number, "episode": np.ones_like(number), "as_of_day": number})
    rows = LabelledRows(keys, won.astype(np.int8), np.ones(len(won)), number, number)
    return rows, later, [np.concatenate(own) for own in said]


# --- leads alike ----------------------------------------------------------------------------------


def alike(leads: int = 3000) -> dict[str, float]:
    """How far the log-odds of leads that are equal lie apart, at most, drawn and as served."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        config = _gaps(folder, leads)
        with open_store(config.input, config.columns, purpose="train", quarantine=None) as store:
            past = history(Run(config, store))
            chosen = RecipeChoices.plain(config.learner, trees=60)
            model, _ = ship(Run(config, store), past, chosen=chosen)
            rows = flat_rows(store)
            drawing = model.spec.model_copy(
                update={
                    "features": tuple(
                        each.model_copy(
                            update={"source": each.source.model_copy(update={"gap": "drawn"})}
                        )
                        if each.name == "size"
                        else each
                        for each in model.spec.features
                    )
                }
            )
            found = {}
            for told, spec in (("drawn for each lead", drawing), ("as served", model.spec)):
                prepare(store, spec, rows)
                matrix = build(store, rows, spec).matrix
                sums = replace(model, spec=spec).sums(matrix)
                plainly = build(store, rows, model.spec).matrix
                found[told] = _apart(plainly, sums.log_odds)
                rest = sums.base + sums.contributions.sum(axis=1) - sums.log_odds
                found[f"{told}: sum off by"] = float(np.abs(rest).max())
    return found


def _gaps(folder: Path, leads: int) -> Config:
    """A flat table in which a column is missing for those who lose, and is imputed by decision."""
    random = np.random.default_rng(0)
    size, visits = random.integers(1, 9, leads), random.poisson(2, leads)
    won = random.random(leads) < 1 / (1 + np.exp(2.5 - 0.3 * size - 0.3 * visits))
    gone = random.random(leads) < np.where(won, 0.2, 0.5)
    lines = ["id,size,visits,won"] + [
        f"L{i},{'' if gone[i] else size[i]},{visits[i]},{int(won[i])}" for i in range(leads)
    ]
    (folder / "flat.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    (folder / "decisions.yaml").write_text(
        "- {column: size, action: impute, because: filled in late, by: Sato, at: 2026-04-01}\n",
        encoding="utf-8",
    )
    written = {
        "name": "gaps",
        "input": {
            "flat": {"path": "flat.csv", "columns": {"lead_id": "id", "outcome": "won"}},
            "timezone": "UTC",
        },
        "columns": {"fit": ["size"], "interest": ["visits"]},
        "split": {"order": "random"},
    }
    (folder / "propensity.yaml").write_text(json.dumps(written), encoding="utf-8")
    return load(folder / "propensity.yaml")


def _apart(matrix: Floats, log_odds: Floats) -> float:
    _, kind = np.unique(np.nan_to_num(matrix, nan=-1.0), axis=0, return_inverse=True)
    highest, lowest = np.full(kind.max() + 1, -np.inf), np.full(kind.max() + 1, np.inf)
    np.maximum.at(highest, kind, log_odds)
    np.minimum.at(lowest, kind, log_odds)
    return float((highest - lowest).max())


# --- command --------------------------------------------------------------------------------------


def main() -> None:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(description="Does the recipe choose well?")
    what = ("trees", "slopes", "history", "alike")
    parser.add_argument("--only", nargs="*", choices=what, default=what, help="what is asked")
    parser.add_argument("--leads", type=int, default=20_000, help="of the company (default 20,000)")
    parser.add_argument("--splits", type=Path, default=SPLITS, help="folder of the splits")
    parser.add_argument(
        "--data", nargs="*", default=["company", *list(READ)[:3]], help="what trees grow on"
    )
    parser.add_argument("--repeats", type=int, default=3, help="of the trees (default 3)")
    parser.add_argument("--worlds", type=int, default=1000, help="of history (default 1,000)")
    options = parser.parse_args()
    console = Console(width=110)
    own = cache(lambda: company(options.leads, 1))
    if "trees" in options.only:
        for name in options.data:
            data = own() if name == "company" else split(name, options.splits)
            _print(console, "trees", [_told(trees(data, options.repeats, 1500))])
    if "slopes" in options.only:
        shares = ((0.06, 4 * options.repeats), (0.15, 3 * options.repeats), (0.5, options.repeats))
        _print(console, "slopes", slopes(own(), shares))
    if "history" in options.only:
        lines = [forgotten(jump, move, options.worlds) for jump, move in WORLDS]
        _print(console, "history forgotten", lines)
    if "alike" in options.only:
        _print(console, "leads alike, log-odds", [alike()])


def _told(found: dict[str, Any]) -> dict[str, Any]:
    best = ", ".join(f"{number} at {wins:,}" for wins, number in found["best"].items())
    lost = {f"lost with {power}": value for power, value in found["lost"].items()}
    return {"data": found["data"], "best number at wins": best, "power": found["power"], **lost}


def _print(console: Console, title: str, lines: list[dict[str, Any]]) -> None:
    table = Table(title=title)
    for name in lines[0]:
        table.add_column(name, justify="right")
    for line in lines:
        table.add_row(*(_figure(value) for value in line.values()))
    console.print(table)


def _figure(value: object) -> str:
    if not isinstance(value, float):
        return str(value)
    return f"{value:.3f}" if abs(value) >= 0.01 or value == 0 else f"{value:.2g}"


if __name__ == "__main__":
    main()
