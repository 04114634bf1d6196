"""What do looks whose horizon is not over tell? The level of the newest outcomes, and the ranking.

    python -m benchmarks.young_leads [--seeds 8] [--leads 10000] [--only worlds|bpic2012|ranking]
        [--bpic2012 FOLDER]

*worlds*: simulated companies whose true chances are known, at the end of their history. In some
leads close .6 or 1.6 times as fast since some weeks before, in some the level drifts to a half or
to twice over the last two fifths (wins are thinned at random), in some nothing moves (with the
usual seasons, at four ends of the year, and without seasons). One LightGBM learns from all mature
rows, and `training.learn.recipe.newest_level` says how far its level moves. Told are the shift that
the truth asks for and what is left of it (root mean square over companies), the bias of the mean
chance in points, the expected log loss without, with and with the shift that the truth asks for,
and how often anything moved. *By week* sets the level, unshrunk, beside one of mature rows alone,
which count half as much with every horizon too: how many weeks later does that know as much?

*bpic2012*: the loan applications, learned anew at the start of every week, judged on all leads of
that week.

*ranking*: young rows teach too, by one step of expectation and maximisation: a look that is not won
yet counts as a win with the chance that it still becomes one, p (1 - F) / (1 - p F), and as a loss
with the rest. On bpic2012 beside it what the same rows would bring with their final outcomes.
"""

import argparse
import datetime as dt
import json
import os
import tempfile
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

import numpy as np
import pandas as pd
import pyarrow as pa
import yaml
from numpy.typing import NDArray
from rich.console import Console
from rich.table import Table

from benchmarks.phases import bpic2012
from features.intake import open_store
from features.population import open_rows
from features.resources import Resources
from features.settings import PopulationSettings
from propensity.config.config import Config, parse
from training.audit.sufficiency import reading_of
from training.learn.learners.chosen import RecipeChoices
from training.learn.learners.trees import LearnerRows
from training.learn.metrics import metrics
from training.learn.metrics.recalibration import calibration_in_the_large, shift_to
from training.learn.recipe import recipe
from training.learn.recipe.newest_level import NewestLevel, level_of
from training.learn.recipe.recipe import FittedRecipe
from training.learn.rows.cadence import Cadence, cadence_of
from training.learn.rows.known import known_at, recorded
from training.learn.rows.run import Run
from training.learn.rows.snapshots import LabelledRows, snapshots
from training.learn.rows.young_rows import win_delays, young_at, young_rows
from training.simulate.command import Company, Faults, simulate, write

ROOT = Path(__file__).parent.parent
END = dt.date(2025, 4, 1)
TREES, LEAST = 60, 1e-12
EVERY = 30  # days of a round, as in configs/quickstart.yaml
#: Share of the history over which a level drifts.
DRIFT = 0.4
BY_WEEK = (2, 4, 6, 8, 12)

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class World:
    """A kind of company.

    Attributes:
        name: Of the kind.
        level: How many times as fast leads close at the end as before.
        weeks: Weeks before the end at which that begins; 0 where the level drifts, or stays.
        end: End of the history.
        seasons: 1 with, 0 without.
        first_seed: Of its companies; those of one end of the history share theirs.
    """

    name: str
    level: float = 1.0
    weeks: int = 0
    end: dt.date = END
    seasons: float = 1.0
    first_seed: int = 0


WORLDS = (
    *(World(f"x .6, {weeks} weeks ago", 0.6, weeks) for weeks in BY_WEEK),
    World("x 1.6, 4 weeks ago", 1.6, 4),
    World("drifts to x .5", 0.5),
    World("drifts to x 2", 2.0),
    World("stays, until April"),
    World("stays, until July", end=dt.date(2025, 7, 1), first_seed=50),
    World("stays, until October", end=dt.date(2024, 10, 1), first_seed=30),
    World("stays, until January", end=dt.date(2025, 1, 1), first_seed=40),
    World("stays, no seasons", seasons=0.0, first_seed=60),
)


@dataclass(frozen=True)
class LevelFigures:
    """One company, or one week.

    Attributes:
        name: Of the kind, or the week.
        needed: Shift that the truth (the week's outcomes) asks for, in log-odds.
        level: What the newest outcomes say, before anything is shrunk.
        error: Its standard error; infinite where too few levels before tell.
        of_mature: The same of mature rows alone.
        shift: What is done.
        points: Mean chance less the truth, in points: without and with.
        losses: Log loss without, with, and with the shift that is needed.
    """

    name: str
    needed: float
    level: float
    error: float
    of_mature: float
    shift: float
    points: tuple[float, float]
    losses: tuple[float, float, float]


def figures(
    name: str, log_odds: Floats, truth: Floats, level: NewestLevel | None, of_mature: float
) -> LevelFigures:
    """Compare scores with the truth (chances, or outcomes) without and with a level."""
    needed = shift_to(float(truth.mean()), log_odds, np.ones(len(truth)))
    shift = level.shift if level else 0.0
    points, losses = [], []
    for step in (0.0, shift, needed):
        points.append(100 * float(metrics.sigmoid(log_odds + step).mean() - truth.mean()))
        losses.append(float(np.mean(metrics.log_losses(truth, log_odds + step))))
    return LevelFigures(
        name,
        needed,
        level.level if level else 0.0,
        level.error if level else float("inf"),
        of_mature,
        shift,
        (points[0], points[1]),
        (losses[0], losses[1], losses[2]),
    )


def horizon_of(config: Config) -> int:
    """The horizon in days."""
    if config.goal is None:
        raise TypeError("expected a configuration of three tables")
    return config.goal.horizon_days


def population_of(config: Config) -> PopulationSettings:
    """Who counts as open."""
    if config.population is None:
        raise TypeError("expected a configuration of three tables")
    return config.population


def held_out(fitted: FittedRecipe) -> Floats:
    """(n,) scores of the rows that taught, by models that had not seen their leads."""
    if fitted.held_out is None:
        raise TypeError("expected a recipe that was fitted here")
    return fitted.held_out


def mature_level(fitted: FittedRecipe, rows: LabelledRows, horizon: int) -> float:
    """The level of mature rows alone, a row counting half as much with every horizon back."""
    known = ~np.isnan(held_out(fitted))
    rows = rows.take(known)
    weight = rows.weight * 0.5 ** ((rows.time.max() - rows.time) / horizon)
    return calibration_in_the_large(rows.label, held_out(fitted)[known], weight)


def looks(run: Run, cadence: Cadence) -> LabelledRows:
    """Leads on the days of a cadence."""
    return snapshots(
        run.store,
        population_of(run.config),
        reading_of(run.config),
        cadence,
        goal_stage="won",
        horizon_days=horizon_of(run.config),
    )[0]


def learned(run: Run, rows: LabelledRows, trees: int = TREES) -> FittedRecipe:
    """One LightGBM of some rows."""
    spec, seen = recipe.see(run, rows)
    chosen = RecipeChoices.plain(run.config.learner, trees=trees)
    return recipe.fit(run.config, rows, spec, seen, chosen=chosen)


def company(world: World, leads: int, seed: int, folder: Path) -> tuple[Config, float]:
    """Write a company; its configuration, and what its told truth has to be multiplied by."""
    since = world.end - dt.timedelta(weeks=world.weeks)
    faults = Faults(since=since, level=world.level) if world.weeks else None
    made = Company(
        n_leads=leads,
        seed=seed,
        mess=False,
        faults=faults,
        observed_until=world.end,
        seasonality=world.seasons,
    )
    write(simulate(made), folder / "data")
    factor = 1.0
    if world.level != 1 and not world.weeks:
        path = folder / "data" / "outcomes.csv"
        outcomes = pd.read_csv(path, dtype=str)
        closed = pd.to_datetime(outcomes["closed_at"], errors="coerce")
        age = (pd.Timestamp(world.end) - closed).dt.days
        at = np.clip(1 - age / (DRIFT * made.rounds * made.round_days), 0, 1)
        first, last = (1.0, world.level) if world.level < 1 else (1 / world.level, 1.0)
        kept = np.random.default_rng(seed).random(len(outcomes)) < first + (last - first) * at
        won = outcomes["won"].str.lower().isin(["true", "1"])
        outcomes[~won | kept].to_csv(path, index=False)
        factor = last
    settings = yaml.safe_load((ROOT / "configs" / "quickstart.yaml").read_text(encoding="utf-8"))
    settings.pop("definition", None)
    settings["input"]["observed_until"] = str(world.end)
    return parse(settings, base=folder), factor


def of_world(world: World, leads: int, seed: int) -> LevelFigures:
    """Learn from a company's mature rows, and compare with its truth at the end."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        config, factor = company(world, leads, seed, folder)
        with open_store(
            config.input,
            config.columns,
            purpose="train",
            quarantine=None,
            resources=Resources(threads=1),
        ) as store:
            run = Run(config, store)
            horizon = horizon_of(config)
            cadence = cadence_of(store, horizon_days=horizon, every_days=EVERY)
            rows = looks(run, cadence)
            fitted = learned(run, rows)
            level = level_of(run, fitted, rows, young_rows(run), moment=store.observed_day)
            today = open_rows(
                store, population_of(config), reading_of(config), [store.observed_day]
            )
            ids = store.query("SELECT lead, lead_id FROM leads ORDER BY lead").to_pandas()
            scored = today.to_pandas()
            scored["log_odds"] = fitted.log_odds(run.build(store, today, fitted.spec).matrix)
        truth = pd.read_parquet(folder / "data" / "truth.parquet")
        truth = truth[truth["as_of"] == truth["as_of"].max()]
        both = scored.merge(ids, on="lead").merge(truth, on=["lead_id", "episode"])
    return figures(
        world.name,
        both["log_odds"].to_numpy(),
        both["probability"].to_numpy() * factor,
        level,
        mature_level(fitted, rows, horizon),
    )


def bpic_weeks(config: Config, weeks: int) -> Iterator[tuple[Run, LabelledRows, LabelledRows, int]]:
    """The loan applications at the starts of their last weeks: mature rows with what was known,
    young rows with their final outcomes, and the day.
    """
    with open_store(
        config.input,
        config.columns,
        purpose="train",
        quarantine=None,
        resources=Resources(threads=1),
    ) as store:
        run = Run(config, store)
        horizon = horizon_of(config)
        for back in range(weeks, 0, -1):
            day = store.observed_day - horizon - 7 * back
            rows = looks(
                run, Cadence(cadence_of(store, horizon_days=horizon, every_days=7).after, day, 7)
            )
            _, mature = known_at(rows, recorded(run, rows), day, horizon_days=horizon)
            young = young_at(rows, day, horizon_days=horizon)
            if young is not None:
                yield run, mature, young, day


def of_bpic(config: Config, weeks: int) -> Iterator[LevelFigures]:
    """Learned anew every week, judged on the week's leads."""
    for run, mature, young, day in bpic_weeks(config, weeks):
        fitted = learned(run, mature, trees=100)
        level = level_of(run, fitted, mature, young, moment=day)
        test = looks(run, Cadence(day - 1, day + 6, 1))
        scores = fitted.log_odds(run.build(run.store, test.rows, fitted.spec).matrix)
        yield figures(
            str(np.datetime64(day, "D")),
            scores,
            test.label.astype(np.float64),
            level,
            mature_level(fitted, mature, horizon_of(config)),
        )


def of_ranking(config: Config, weeks: int) -> Iterator[dict[str, float]]:
    """AUC and log loss of mature rows, with young rows by their chances, and by their outcomes."""
    for run, mature, young, day in bpic_weeks(config, weeks):
        fitted = learned(run, mature, trees=100)
        test = looks(run, Cadence(day - 1, day + 6, 1))
        chance, by_now = _still(run, fitted, mature, young, day)
        found = {}
        for name, wins in (
            ("mature", None),
            ("young", np.where(by_now, 1.0, chance)),
            ("outcomes", young.label.astype(np.float64)),
        ):
            model = fitted if wins is None else _with(run, fitted, mature, young, wins)
            scores = model.log_odds(run.build(run.store, test.rows, model.spec).matrix)
            found[f"auc {name}"] = metrics.roc_auc(test.label, scores)
            found[f"loss {name}"] = metrics.log_loss(test.label, scores)
        yield found


def _still(
    run: Run, fitted: FittedRecipe, mature: LabelledRows, young: LabelledRows, day: int
) -> tuple[Floats, NDArray[np.bool_]]:
    """The chance of each young row that is not won by now to become a win; and which are won."""
    horizon = horizon_of(run.config)
    won = (mature.label == 1) & ~np.isnan(held_out(fitted))
    days = (recorded(run, mature) - mature.time)[won]
    delays = win_delays(held_out(fitted)[won], days, mature.weight[won], horizon_days=horizon)
    score = fitted.log_odds(run.build(run.store, young.rows, fitted.spec).matrix)
    come = np.cumsum(delays.shares, axis=1)[delays.group(score), day - young.time - 1]
    chance = metrics.sigmoid(score)
    return chance * (1 - come) / (1 - chance * come), recorded(run, young) < day


def _with(
    run: Run, fitted: FittedRecipe, mature: LabelledRows, young: LabelledRows, wins: Floats
) -> FittedRecipe:
    """The recipe with young rows, each a win with some weight and a loss with the rest."""
    parts = (mature, young, young)
    weight = np.concatenate([mature.weight, wins, 1 - wins])
    label = np.concatenate(
        [mature.label, np.ones(len(young), np.int8), np.zeros(len(young), np.int8)]
    )
    kept = weight > LEAST
    rows = LabelledRows(
        pa.concat_tables([part.rows for part in parts]),
        label,
        weight,
        np.concatenate([part.time for part in parts]),
        np.concatenate([part.cluster for part in parts]),
    ).take(kept)
    matrix = run.build(run.store, rows.rows, fitted.spec).matrix
    seen = LearnerRows(matrix, rows.label, rows.weight)
    return recipe.fit(run.config, rows, fitted.spec, seen, chosen=fitted.chosen)


def _rms(values: list[float]) -> float:
    return float(np.sqrt(np.mean(np.square(values))))


def world_table(found: list[LevelFigures]) -> Table:
    """A row for each kind of company."""
    table = Table(title="The level at the end, with and without the newest outcomes")
    for name in ("company", "n", "moved", "off", "left", "points", "with", "loss", "with", "best"):
        table.add_column(name, justify="left" if name == "company" else "right")
    for kind in dict.fromkeys(each.name for each in found):
        own = [each for each in found if each.name == kind]
        points = [float(np.mean([each.points[at] for each in own])) for at in (0, 1)]
        losses = [float(np.mean([each.losses[at] for each in own])) for at in (0, 1, 2)]
        table.add_row(
            kind,
            str(len(own)),
            f"{np.mean([each.shift != 0 for each in own]):.0%}",
            f"{_rms([each.needed for each in own]):.3f}",
            f"{_rms([each.needed - each.shift for each in own]):.3f}",
            *(f"{value:+.2f}" for value in points),
            *(f"{value:.5f}" for value in losses),
        )
    return table


def week_table(found: list[LevelFigures]) -> Table:
    """How far the level, unshrunk, is off by the weeks since it moved; and weeks won: how many
    later that of mature rows alone is as near.
    """
    table = Table(title="Weeks since the level moved, and how far the level is off")
    for name in ("weeks", "nothing done", "of mature rows", "with young rows", "weeks won"):
        table.add_column(name, justify="right")
    names = [f"x .6, {weeks} weeks ago" for weeks in BY_WEEK]
    kinds = [[each for each in found if each.name == name] for name in names]
    mature = [_rms([each.needed - each.of_mature for each in own]) for own in kinds]
    young = [_rms([each.needed - each.level for each in own]) for own in kinds]
    for weeks, own, old, new in zip(BY_WEEK, kinds, mature, young, strict=True):
        falls = np.maximum.accumulate(mature[::-1])
        later = float(np.interp(new, falls, BY_WEEK[::-1], left=np.inf))
        won = f"{later - weeks:.1f}" if np.isfinite(later) else f"over {BY_WEEK[-1] - weeks}"
        nothing = _rms([each.needed for each in own])
        table.add_row(str(weeks), *(f"{value:.3f}" for value in (nothing, old, new)), won)
    return table


def bpic_table(found: list[LevelFigures]) -> Table:
    """A row for each week, and all of them."""
    table = Table(title="bpic2012 by week")
    for name in ("week", "needed", "level", "noise", "moved by", "loss", "with"):
        table.add_column(name, justify="right")
    for each in found:
        table.add_row(
            each.name,
            *(f"{value:+.3f}" for value in (each.needed, each.level)),
            f"{each.error:.3f}",
            f"{each.shift:+.3f}",
            *(f"{value:.4f}" for value in each.losses[:2]),
        )
    off, left, full = (
        _rms([each.needed - done(each) for each in found])
        for done in (lambda _: 0.0, lambda each: each.shift, lambda each: each.level)
    )
    table.add_row(
        "all (rms)",
        f"{off:.3f}",
        f"{full:.3f} left",
        "",
        f"{left:.3f} left",
        *(f"{np.mean([each.losses[at] for each in found]):.4f}" for at in (0, 1)),
    )
    return table


def ranking_table(found: list[dict[str, float]]) -> Table:
    """Means over the weeks, and the gain over mature rows with its standard error over weeks."""
    table = Table(title=f"Young rows teach, bpic2012, {len(found)} weeks")
    for name in ("rows", "AUC", "gain", "log loss", "gain"):
        table.add_column(name, justify="right")
    for name in ("mature", "young", "outcomes"):
        cells = []
        for figure, sign in (("auc", 1), ("loss", -1)):
            values = np.array([each[f"{figure} {name}"] for each in found])
            gain = sign * (values - [each[f"{figure} mature"] for each in found])
            error = gain.std(ddof=1) / np.sqrt(len(gain))
            cells += [f"{values.mean():.4f}", f"{gain.mean():+.4f} ({error:.4f})"]
        table.add_row(name, *cells)
    return table


def main() -> None:
    """Run what is asked for, print the tables, write the JSON."""
    parser = argparse.ArgumentParser(description="What do looks tell whose horizon is not over?")
    parser.add_argument("--seeds", type=int, default=8, help="companies of each kind (default 8)")
    parser.add_argument("--leads", type=int, default=10_000, help="of a company (default 10,000)")
    parser.add_argument("--only", choices=("worlds", "bpic2012", "ranking"), help="default: all")
    parser.add_argument("--bpic2012", type=Path, default=ROOT.parent / "shared/data/bpic2012")
    parser.add_argument("--weeks", type=int, default=13, help="of bpic2012 (default 13)")
    parser.add_argument(
        "--json", type=Path, default=Path("runs/benchmark-young-leads.json"), help="for the figures"
    )
    options = parser.parse_args()
    console = Console(width=110)
    worlds: list[LevelFigures] = []
    weeks: list[LevelFigures] = []
    ranks: list[dict[str, float]] = []
    if options.only in (None, "worlds"):
        for kind in WORLDS:
            seeds = range(kind.first_seed, kind.first_seed + options.seeds)
            worlds += [of_world(kind, options.leads, seed) for seed in seeds]
            console.print(world_table([each for each in worlds if each.name == kind.name]))
        console.print(world_table(worlds), week_table(worlds))
    if options.only != "worlds" and not options.bpic2012.exists():
        console.print(f"bpic2012 is not there ({options.bpic2012.name}): left out")
    elif options.only != "worlds":
        config = bpic2012(options.bpic2012)
        if options.only != "ranking":
            weeks = list(of_bpic(config, options.weeks))
            console.print(bpic_table(weeks))
        if options.only != "bpic2012":
            ranks = list(of_ranking(config, options.weeks))
            console.print(ranking_table(ranks))
    options.json.parent.mkdir(parents=True, exist_ok=True)
    told = {
        "worlds": [asdict(each) for each in worlds],
        "bpic2012": [asdict(each) for each in weeks],
        "ranking": ranks,
    }
    options.json.write_text(json.dumps(told, indent=2), encoding="utf-8")


if __name__ == "__main__":
    main()
