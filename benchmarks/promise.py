"""Whether promises are kept: a line chosen on the past, and the quarter that follows, in many
simulated companies.

    python -m benchmarks.promise [--worlds 100] [--leads 3000]
    python -m benchmarks.promise --real CONFIG --known 2012-02-01 --weeks 4 --capacity 100

Every world is a company of its own, known up to a day. The recipe is fitted on its older part and
replayed night by night over the rest; two policies choose a line from the consequences (one by
capacity, one by a minimum share of wins), and the line promises precision and weekly volume. Then
the shipped model, refitted on everything known, scores the next twelve weeks every night, and what
happened is held beside the promise.

In a second company of the same seed the world changes on the day the promise begins (what speaks
for a lead speaks against it from then on): there the promise should be told to be broken. These
companies are larger: the fewer wins a promise is read off, the wider it has to be, and of a hundred
crossings even a fall by a third could be chance.
"""

import argparse
import datetime as dt
import json
import os
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")  # one process per core
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

import numpy as np
import yaml
from rich.console import Console
from rich.table import Table

from features.intake import open_store
from features.resources import Resources
from features.store import Store
from propensity.config.config import Config, load, parse
from propensity.definition.schema import Policy
from propensity.model.model import PropensityModel
from training.learn.learners.chosen import RecipeChoices
from training.learn.recipe.held_out_model import recipe_model
from training.learn.recipe.refit import ship
from training.learn.rows.history import history
from training.learn.rows.run import Run
from training.simulate.command import Company, simulate, write
from training.threshold.activity import swing, weekly_activity
from training.threshold.crossings import candidates, crossings
from training.threshold.figures import LineFigures, figures
from training.threshold.frame import Frame
from training.threshold.nightly_replay import replay
from training.threshold.policy import choose
from training.threshold.promise import (
    LinePromise,
    PromiseCheck,
    PromiseOutcome,
    check_promise,
    outlook,
)
from training.threshold.study import past_levels
from training.threshold.value import WeeklyWorth

CONFIG = Path(__file__).parent.parent / "configs" / "quickstart.yaml"
WEEKS, ROUNDS_KNOWN, ROUNDS_AFTER = 12, 18, 5
#: Small models: what is tested is the promise, not the skill.
LEARNER = {"max_trees": 60, "learning_rate": 0.2, "min_leaf_rows": 30}
TREES = 30
#: New MQLs per week and lead; wins per new MQL, by the lower end.
CAPACITY, PRECISION = 0.006, 0.06


@dataclass(frozen=True)
class Outcome:
    """One promise and what became of it.

    Attributes:
        seed: Of the company.
        world: ``steady`` or ``changed``.
        policy: That chose the line.
        line: That was chosen.
        precision: Promised: expected, low, high; then what happened.
        per_week: The same for the volume.
        row_precision: What a pooled count of rows would have promised.
        basis: What the promise was read off: first crossings judged, won, their design effect,
            weeks, dispersion, the swing's size and degrees of freedom, the trend, the standard
            deviation between quarters and how many of them told it.
        broken: ``no``, or which part.
        seconds: Of the world.
    """

    seed: int
    world: str
    policy: str
    line: float
    precision: tuple[float, float, float, float]
    per_week: tuple[float, float, float, float]
    row_precision: float
    basis: tuple[float, ...]
    broken: str
    seconds: float


def outcomes(seed: int, leads: int, world: str, seasonality: float = 1.0) -> list[Outcome]:
    """Simulate a company, promise, and see what happens."""
    start = time.perf_counter()
    company = Company(
        n_leads=leads,
        seed=seed,
        # every world in a season of its own
        observed_until=dt.date(2025, 4, 1) + dt.timedelta(days=61 * seed % 364),
        rounds=ROUNDS_KNOWN + ROUNDS_AFTER,
        regime_change_at=ROUNDS_KNOWN if world == "changed" else None,
        seasonality=seasonality,
        mess=False,
    )
    with tempfile.TemporaryDirectory() as folder:
        write(simulate(company), Path(folder) / "data")
        known = company.observed_until - dt.timedelta(days=ROUNDS_AFTER * company.round_days)
        settings = yaml.safe_load(CONFIG.read_text(encoding="utf-8"))
        settings["input"]["observed_until"], settings["learner"] = known, LEARNER
        settings["features"] = {"windows": [30]}
        settings.pop("definition", None)
        config = parse(settings, base=Path(folder))
        with open_store(
            config.input,
            config.columns,
            purpose="train",
            quarantine=None,
            resources=Resources(threads=1),
        ) as store:
            return _outcomes(
                config, store, policies_for(leads), seed=seed, world=world, start=start, trees=TREES
            )


def on_real_data(path: Path, known: dt.date, weeks: int, capacity: float) -> list[Outcome]:
    """Promise as if only the days before ``known`` had been seen, and see what happened."""
    start = time.perf_counter()
    config = load(path)
    past_input = config.input.model_copy(update={"observed_until": known})
    early = config.model_copy(update={"input": past_input})
    policies = {"capacity": Policy(capacity_per_week=capacity)}
    with open_store(early.input, early.columns, purpose="train", quarantine=None) as store:
        return _outcomes(early, store, policies, seed=0, world=path.stem, start=start, weeks=weeks)


def policies_for(leads: int) -> dict[str, Policy]:
    """The policies for a company of so many leads."""
    return {
        "capacity": Policy(capacity_per_week=CAPACITY * leads),
        "precision": Policy(minimum_precision=PRECISION),
    }


def _outcomes(
    config: Config,
    store: Store,
    policies: dict[str, Policy],
    *,
    seed: int,
    world: str,
    start: float,
    trees: int | None = None,
    weeks: int = WEEKS,
) -> list[Outcome]:
    past = history(Run(config, store))
    if past.plan is None or config.goal is None:
        raise TypeError("expected a configuration of three tables")
    model = recipe_model(
        Run(config, store),
        past,
        chosen=RecipeChoices.plain(config.learner, trees=trees) if trees else None,
    )
    horizon, known = config.goal.horizon_days, store.observed_day
    first = past.plan.older[-1] + horizon
    frame = Frame(tuple(range(first - horizon, known + 1)), known, horizon, 1, run_in=horizon)
    seen = _figures(config, store, model, frame, None)
    change = swing(weekly_activity(store), seen.weekly.shape[1], weeks)
    levels = past_levels(Run(config, store), past, model)
    shipped, _ = ship(
        Run(config, store), past, chosen=RecipeChoices.model_validate(model.facts["recipe"])
    )
    store.observed_day = known + weeks * 7 + horizon
    days = tuple(range(known - horizon, known + weeks * 7 + 1))
    later = Frame(days, store.observed_day, horizon, 1, run_in=horizon)
    came = _figures(config, store, shipped, later, seen.lines)
    ahead = outlook(seen, change, levels=levels, weeks=weeks)
    expected = seen.per_week * seen.even_precision
    wins = WeeklyWorth(expected, np.full(len(seen), np.nan))
    found = []
    for name, policy in policies.items():
        line = choose(seen, ahead, policy, wins).line
        if line is None:
            continue
        told = check_promise(ahead.promise(seen, line), _happened(came, line, weeks))
        basis = (
            seen.judged[line],
            seen.won[line],
            seen.design[line],
            seen.weekly.shape[1],
            ahead.dispersion,
            change.size,
            change.freedom,
            change.trend,
            levels.deviation,
            len(levels.levels),
        )
        found.append(
            _outcome(
                told,
                seed,
                world,
                name,
                float(seen.row_precision[line]),
                tuple(map(float, basis)),
                time.perf_counter() - start,
            )
        )
    return found


def _figures(
    config: Config, store: Store, model: PropensityModel, frame: Frame, lines: np.ndarray | None
) -> LineFigures:
    if config.population is None:
        raise TypeError("expected a configuration of three tables")
    rows = replay(store, model, config.population, frame)
    chance = rows.eligible_chance
    chosen = candidates(chance, least=model.reference.close_rate / 2) if lines is None else lines
    return figures(rows, chance, crossings(rows, chance, chosen))


def _happened(came: LineFigures, line: int, weeks: int) -> PromiseOutcome:
    return PromiseOutcome(
        weeks, int(came.weekly[line].sum()), int(came.judged[line]), int(came.won[line])
    )


def _outcome(
    told: PromiseCheck,
    seed: int,
    world: str,
    policy: str,
    row_precision: float,
    basis: tuple[float, ...],
    seconds: float,
) -> Outcome:
    promise: LinePromise = told.promise
    parts = [
        f"{name} {verdict}"
        for name, verdict in (("precision", told.precision), ("volume", told.per_week))
        if verdict in ("above", "below")
    ]
    return Outcome(
        seed=seed,
        world=world,
        policy=policy,
        line=promise.line,
        precision=(*vars(promise.precision).values(), told.happened.precision),
        per_week=(*vars(promise.per_week).values(), told.happened.per_week),
        row_precision=row_precision,
        basis=basis,
        broken=", ".join(parts) or "no",
        seconds=seconds,
    )


def _table(found: list[Outcome]) -> Table:
    table = Table(title="Promised and happened")
    for name in (
        "seed",
        "world",
        "policy",
        "line",
        "precision",
        "came",
        "rows'",
        "per week",
        "came",
        "broken",
    ):
        table.add_column(name, justify="right")
    for o in found:
        table.add_row(
            str(o.seed),
            o.world,
            o.policy,
            f"{o.line:.3f}",
            _promised(o.precision, "{:.1%}"),
            f"{o.precision[3]:.1%}",
            f"{o.row_precision:.1%}",
            _promised(o.per_week, "{:.1f}"),
            f"{o.per_week[3]:.1f}",
            o.broken,
        )
    return table


def _promised(figures: tuple[float, ...], form: str) -> str:
    expected, low, high = (form.format(value) for value in figures[:3])
    return f"{expected} ({low}-{high})"


def _summary(found: list[Outcome]) -> Table:
    table = Table(title="Worlds in which both parts of the promise lie in their intervals")
    for name in (
        "world",
        "policy",
        "worlds",
        "kept",
        "precision kept",
        "volume kept",
        "rows' promise kept",
    ):
        table.add_column(name, justify="right")
    for world, policy in sorted({(o.world, o.policy) for o in found}, reverse=True):
        group = [o for o in found if (o.world, o.policy) == (world, policy)]
        inside = [o.precision[1] <= o.row_precision <= o.precision[2] for o in group]
        table.add_row(
            world,
            policy,
            str(len(group)),
            str(sum(o.broken == "no" for o in group)),
            str(sum("precision" not in o.broken for o in group)),
            str(sum("volume" not in o.broken for o in group)),
            str(sum(inside)),
        )
    return table


def main() -> None:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(description="Whether promises of an MQL line are kept.")
    parser.add_argument("--worlds", type=int, default=100, help="companies (default 100)")
    parser.add_argument(
        "--first-seed", type=int, default=0, help="of the first company (default 0)"
    )
    parser.add_argument(
        "--leads", type=int, default=3000, help="leads of each company (default 3,000)"
    )
    parser.add_argument(
        "--changed",
        type=int,
        default=10,
        help="of these, worlds that are also changed (default 10)",
    )
    parser.add_argument(
        "--changed-leads", type=int, default=15_000, help="leads of each of those (default 15,000)"
    )
    parser.add_argument(
        "--seasonality", type=float, default=1.0, help="of the companies, 0 to 1 (default 1)"
    )
    parser.add_argument("--processes", type=int, default=2, help="at a time (default 2)")
    parser.add_argument(
        "--json",
        type=Path,
        default=Path("runs/benchmark-promise.json"),
        help="where the figures go",
    )
    parser.add_argument("--real", type=Path, help="a configuration: promise on its data instead")
    parser.add_argument(
        "--known", type=dt.date.fromisoformat, help="with --real: the day up to which it is known"
    )
    parser.add_argument(
        "--weeks", type=int, default=WEEKS, help="with --real: weeks of the later period"
    )
    parser.add_argument(
        "--capacity", type=float, default=40.0, help="with --real: new MQLs per week"
    )
    options = parser.parse_args()
    if options.real:
        real = on_real_data(options.real, options.known, options.weeks, options.capacity)
        Console(width=140).print(_table(real))
        return
    seeds = range(options.first_seed, options.first_seed + options.worlds)
    jobs = [(seed, options.leads, "steady") for seed in seeds]
    jobs += [(seed, options.changed_leads, "changed") for seed in seeds[: options.changed]]
    options.json.parent.mkdir(parents=True, exist_ok=True)
    found: list[Outcome] = []
    with ProcessPoolExecutor(options.processes) as pool:
        running = [
            pool.submit(outcomes, seed, leads, world, options.seasonality)
            for seed, leads, world in jobs
        ]
        for done in running:
            found += done.result()
            options.json.write_text(
                json.dumps([asdict(o) for o in found], indent=2), encoding="utf-8"
            )
            print(f"{len(found)} promises, the last in {found[-1].seconds:.0f} s", flush=True)
    console = Console(width=140)
    console.print(_table(found), _summary(found))


if __name__ == "__main__":
    main()
