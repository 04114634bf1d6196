"""How often an ordinary quarter is said to break its promise, and how often a fall is found.

    python -m benchmarks.ordinary_quarters [--worlds 500] [--only coverage judged weeks falls …]
    python -m benchmarks.ordinary_quarters --config CONFIG [--every-days 28]

Pure chance, without data: a company's line has a share that closes, every quarter a level of its
own (normal in log-odds), the past a sample, the later quarter one too. The promise is the
product's. "Before" is the promise without a level between quarters, for all leads of the quarter,
held against however many can be judged.

With a configuration: how much its own quarters (or shorter stretches) differ, as the promise sees
it.

Then grades whose leads share accounts: how often the interval of a close rate holds the truth, and
how often grades that all close alike are said to be in the wrong order.
"""

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from rich.table import Table
from scipy import stats

from features.intake import open_store
from propensity.config.config import load
from propensity.grading.grading import Graded
from training.definition.grades import disorders
from training.learn.learners.chosen import RecipeChoices
from training.learn.metrics.clustered_intervals import rate_interval
from training.learn.metrics.metrics import sigmoid
from training.learn.metrics.wilson import wilson
from training.learn.recipe.held_out_model import recipe_model
from training.learn.rows.history import history
from training.learn.rows.run import Run
from training.threshold.activity import Swing
from training.threshold.figures import LineFigures
from training.threshold.promise import (
    LinePromise,
    PromiseOutcome,
    check_promise,
    outlook,
)
from training.threshold.quarter_levels import QuarterLevels
from training.threshold.ranges import QUARTER
from training.threshold.study import past_levels

#: Between quarters, in log-odds.
DEVIATIONS = (0.0, 0.1, 0.2, 0.3)
#: Past quarters that say how much quarters differ, and the standard error of each level.
HISTORIES, ERROR = (0, 8), 0.15
#: Judged of a promise for 390.
JUDGED = (20, 40, 80, 390)
#: Weeks of the replay, of the horizon, and how much the level of volume changes.
REPLAYED, HORIZON, SWING, FREEDOM = 12, 4, 0.1, 6.0
_BEFORE_TAIL = 0.0125
#: Of the recipe that a company's quarters are held against.
TREES = 80


@dataclass(frozen=True)
class Company:
    """A line of a company.

    Attributes:
        share: That closes, at the usual level.
        judged: Past leads it is read off.
        per_week: Leads that newly cross.
    """

    share: float
    judged: int
    per_week: float


COMPANIES = (Company(0.15, 250, 30.0), Company(0.25, 400, 30.0), Company(0.10, 120, 10.0))
LARGE = Company(0.15, 2500, 300.0)


@dataclass(frozen=True)
class World:
    """A promise, and the share and the weekly level of the quarter it is for."""

    company: Company
    promise: LinePromise
    share: float
    per_week: float


def world(
    company: Company,
    rng: np.random.Generator,
    *,
    deviation: float,
    quarters: int,
    falls_to: float = 1.0,
) -> World:
    """A company, its promise, and the next quarter.

    Args:
        company: The line.
        rng: Chance.
        deviation: Between quarters, in log-odds.
        quarters: Past quarters known.
        falls_to: Multiple of the share in the later quarter.
    """
    usual = float(np.log(company.share / (1 - company.share)))
    past, later = sigmoid(usual + deviation * rng.normal(size=2)).tolist()
    weekly = rng.poisson(company.per_week, (1, REPLAYED)).astype(np.float64)
    won = int(rng.binomial(company.judged, past))
    one = np.ones(1, dtype=np.int64)
    figures = LineFigures(
        np.array([0.1]),
        weekly,
        one,
        company.judged * one,
        won * one,
        np.ones(1),
        one,
        1,
        one,
        one,
    )
    size = SWING * float(np.sqrt(rng.chisquare(FREEDOM) / FREEDOM))
    observed = deviation * rng.normal(size=quarters) + ERROR * rng.normal(size=quarters)
    levels = QuarterLevels(tuple(observed.tolist()), (ERROR,) * quarters)
    ahead = outlook(figures, Swing(size, FREEDOM, 0.0), levels=levels)
    return World(
        company,
        ahead.promise(figures, 0),
        falls_to * later,
        company.per_week * float(np.exp(SWING * rng.normal())),
    )


def before(world: World, share: float) -> bool:
    """Whether a share broke the promise as it was made without levels between quarters."""
    later = max(1, round(world.promise.per_week.expected * QUARTER))
    wins, others = world.promise.won + 0.5, world.promise.judged - world.promise.won + 0.5
    low, high = stats.betabinom.ppf([_BEFORE_TAIL, 1 - _BEFORE_TAIL], later, wins, others) / later
    return not low <= share <= high


def once(world: World, judged: int, rng: np.random.Generator) -> tuple[bool, bool]:
    """Whether the closes are said to be broken of so many judged: before, and now."""
    won = int(rng.binomial(judged, world.share))
    handed_over = round(world.promise.per_week.expected * QUARTER)
    happened = PromiseOutcome(QUARTER, handed_over, judged, won)
    told = check_promise(world.promise, happened)
    return before(world, won / judged), told.precision in ("above", "below")


def weekly(world: World, rng: np.random.Generator) -> tuple[bool, bool, bool]:
    """Whether closes, volume, or closes before (each look at its old bounds) are said to be broken
    at any weekly look of a quarter and the horizon after it.
    """
    crossed = rng.poisson(world.per_week, QUARTER)
    won = rng.binomial(crossed, world.share)
    closes, volume, old = False, False, False
    for week in range(1, QUARTER + HORIZON + 1):
        weeks, judged = min(week, QUARTER), max(week - HORIZON, 0)
        happened = PromiseOutcome(
            weeks,
            int(crossed[:weeks].sum()),
            int(crossed[:judged].sum()),
            int(won[:judged].sum()),
        )
        told = check_promise(world.promise, happened, looks="weekly")
        closes |= told.precision in ("above", "below")
        volume |= told.per_week in ("above", "below")
        if told.precision != "too early":
            old |= before(world, happened.precision)
    return closes, volume, old


def coverage(worlds: int, seed: int) -> Table:
    """Closes of all leads of a quarter outside their range, by how much quarters differ."""
    table = Table(title="All leads of an ordinary quarter judged: closes outside their range")
    _columns(table, "sd", "before", *(f"{n} past quarters" for n in HISTORIES))
    for deviation in DEVIATIONS:
        cells, rng = [], np.random.default_rng(seed)
        for quarters in HISTORIES:
            found = [
                once(each, round(each.company.per_week * QUARTER), rng)
                for company in COMPANIES
                for each in _worlds(company, worlds, rng, deviation, quarters)
            ]
            cells.append(np.mean(found, axis=0))
        table.add_row(f"{deviation:.1f}", _share(cells[0][0]), *(_share(cell[1]) for cell in cells))
    return table


def of_judged(worlds: int, seed: int) -> Table:
    """The same by how many are judged, of a promise for 390."""
    table = Table(title="Closes said to be broken, promised for 390, nothing changed")
    _columns(table, "sd", "past quarters", *(f"{n} judged: before / now" for n in JUDGED))
    for deviation in (0.0, 0.2):
        for quarters in HISTORIES:
            rng = np.random.default_rng(seed)
            drawn = list(_worlds(COMPANIES[0], worlds, rng, deviation, quarters))
            found = np.array([[once(each, n, rng) for n in JUDGED] for each in drawn]).mean(axis=0)
            table.add_row(
                f"{deviation:.1f}",
                str(quarters),
                *(f"{_share(was)} / {_share(now)}" for was, now in found),
            )
    return table


def of_weeks(worlds: int, seed: int) -> Table:
    """Looked at every week of a quarter without change."""
    table = Table(
        title=f"Looked at every week, {QUARTER + HORIZON} times: said to be broken, nothing changed"
    )
    _columns(table, "sd", "past quarters", "closes before", "closes", "volume", "either")
    for deviation in DEVIATIONS:
        for quarters in HISTORIES:
            rng = np.random.default_rng(seed)
            drawn = _worlds(COMPANIES[0], worlds, rng, deviation, quarters)
            looked = np.array([weekly(each, rng) for each in drawn])
            shares = [looked[:, 2], looked[:, 0], looked[:, 1], looked[:, :2].any(axis=1)]
            cells = [_share(part.mean()) for part in shares]
            table.add_row(f"{deviation:.1f}", str(quarters), *cells)
    return table


def of_falls(worlds: int, seed: int) -> Table:
    """How often a fall of the share that closes is found."""
    table = Table(title="A fall of the share that closes is found: once / by weekly looks")
    _columns(table, "sd", "past quarters", "leads a week", "before, x0.7, once", "x0.7", "x0.5")
    for deviation, quarters in ((0.0, 8), (0.1, 8), (0.2, 8), (0.2, 0)):
        for company in (COMPANIES[0], LARGE):
            rng, cells = np.random.default_rng(seed), []
            for falls_to in (0.7, 0.5):
                drawn = _worlds(company, worlds, rng, deviation, quarters, falls_to)
                whole = round(company.per_week * QUARTER)
                was, now = np.mean([once(each, whole, rng) for each in drawn], axis=0)
                often = float(np.mean([weekly(each, rng)[0] for each in drawn]))
                cells += [_share(was), f"{_share(now)} / {_share(often)}"]
            week = f"{company.per_week:.0f}"
            table.add_row(f"{deviation:.1f}", str(quarters), week, *cells[:2], cells[3])
    return table


def of_accounts(worlds: int, seed: int) -> Table:
    """Intervals of the close rates of grades, and false alarms about their order."""
    table = Table(title="Grades whose leads share accounts")
    names = ("leads an account", "account sd", "rate covered before", "now")
    _columns(table, *names, "all grades alike: called out of order before", "now")
    for members, deviation in ((1, 0.0), (3, 1.0), (6, 1.0)):
        rng = np.random.default_rng(seed)
        levels = sigmoid(-2 + deviation * rng.normal(size=400_000))
        truth = float(levels.mean())
        held, called = [], []
        for _ in range(8 * worlds):
            cluster, won = _leads_of_accounts(300, members, levels, rng)
            ends = np.array([wilson(won.sum(), len(won)), rate_interval(won, cluster)], dtype=float)
            held.append((ends[:, 0] <= truth) & (truth <= ends[:, 1]))
        for _ in range(worlds):
            cluster, won = _leads_of_accounts(2400, members, levels, rng)
            grade = rng.permutation(np.arange(2400) % 16).astype(np.int8)
            nothing = np.zeros(2400)
            graded = Graded(nothing, nothing, grade // 4, grade % 4)
            now = any(each.beyond_noise for each in disorders(graded, won, cluster))
            called.append([_out_of_order_before(grade, won), now])
        cells = zip(np.mean(held, axis=0), np.mean(called, axis=0), strict=True)
        shares = [_share(share) for pair in zip(*cells, strict=True) for share in pair]
        table.add_row(str(members), f"{deviation:.0f}", *shares)
    return table


def _leads_of_accounts(
    leads: int, members: int, levels: NDArray[np.float64], rng: np.random.Generator
) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """The account of each lead, and whether it closes."""
    cluster = np.arange(leads) // members
    level = levels[rng.integers(0, len(levels), leads // members)]
    return cluster, rng.random(leads) < level[cluster]


def _out_of_order_before(grade: NDArray[np.int8], won: NDArray[np.bool_]) -> bool:
    """Whether any of 24 pairs of neighbours was called out of order, one by one and by lead."""
    leads = np.bincount(grade, minlength=16).reshape(4, 4)
    closed = np.bincount(grade, weights=won, minlength=16).reshape(4, 4)
    for n, k in ((leads, closed), (leads.T, closed.T)):
        pooled = (k[1:] + k[:-1]) / (n[1:] + n[:-1])
        error = np.sqrt(pooled * (1 - pooled) * (1 / n[1:] + 1 / n[:-1]))
        if (k[1:] / n[1:] - k[:-1] / n[:-1] > stats.norm.ppf(0.95) * error).any():
            return True
    return False


def of_company(path: Path, every_days: int | None) -> Table:
    """How far the quarters of a company closed from what its recipe expects of their leads."""
    config = load(path)
    if every_days:
        config = config.model_copy(
            update={"backtest": config.backtest.model_copy(update={"every_days": every_days})}
        )
    with open_store(config.input, config.columns, purpose="train", quarantine=None) as store:
        run = Run(config, store)
        past = history(run)
        chosen = RecipeChoices.plain(config.learner, trees=TREES)
        found = past_levels(run, past, recipe_model(run, past, chosen=chosen))
    table = Table(title=f"{config.name}: standard deviation between quarters {found.deviation:.2f}")
    _columns(table, "level in log-odds", "standard error")
    for level, error in zip(found.levels, found.errors, strict=True):
        table.add_row(f"{level:+.2f}", f"{error:.2f}")
    return table


def _worlds(
    company: Company,
    worlds: int,
    rng: np.random.Generator,
    deviation: float,
    quarters: int,
    falls_to: float = 1.0,
) -> Sequence[World]:
    return [
        world(company, rng, deviation=deviation, quarters=quarters, falls_to=falls_to)
        for _ in range(worlds)
    ]


def _columns(table: Table, *names: str) -> None:
    for name in names:
        table.add_column(name, justify="right")


def _share(share: float) -> str:
    return f"{100 * share:.1f} %"


def main() -> None:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(description="How often ordinary quarters break promises.")
    parser.add_argument("--worlds", type=int, default=500, help="of every row (default 500)")
    parts = {
        "coverage": coverage,
        "judged": of_judged,
        "weeks": of_weeks,
        "falls": of_falls,
        "accounts": of_accounts,
    }
    parser.add_argument("--only", choices=parts, nargs="+", default=list(parts), help="tables")
    parser.add_argument("--config", type=Path, help="a configuration: tell its quarters instead")
    parser.add_argument("--every-days", type=int, help="with --config: days of a quarter")
    parser.add_argument("--seed", type=int, default=0, help="of chance (default 0)")
    options = parser.parse_args()
    console = Console(width=160)
    if options.config:
        console.print(of_company(options.config, options.every_days))
        return
    for name in options.only:
        console.print(parts[name](options.worlds, options.seed))


if __name__ == "__main__":
    main()
