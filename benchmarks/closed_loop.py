"""Does the closed loop tell the truth: simulated companies whose true probabilities are known.

    python -m benchmarks.closed_loop [--worlds 1000] [--leads 2000] [--jump-worlds 5] \
        [--jump-leads 200000]

**Intervals.** In each of many small companies the close rate of every action has a 95 % interval of
its own, and one corrected for how many actions are looked at. The truth they should hold is the
mean true probability of the very rows whose lead did the action, each on a day of its own: leads
decide on days of their own too, so that no day of the company's calendar is measured alone. Counted
are, per action, the companies in which its own interval holds it, and over all companies those in
which all corrected ones do at once.

**Order.** In large companies the lifts are set beside the true ones: the wins expected by the true
probabilities over those expected from the strata. An action that only accompanies a long life is
planted: from the fifth month on anybody opens a newsletter now and then, and it changes nothing. In
this company winners decide earlier than losers, so the usual count takes it for a warning; the fair
one must see that it is none.

**Jumps.** The simulator plants a jump at ten downloads ever and one at fifteen page views in 30
days; counted is how often each is proposed and confirmed, at which number, and what else is
confirmed.
"""

import argparse
import json
import os
import tempfile
import time
from collections import defaultdict
from dataclasses import asdict, dataclass
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import yaml
from numpy.typing import NDArray
from rich.console import Console
from rich.table import Table

from features.intake import open_store
from features.resources import Resources
from features.store import Store
from propensity.config.config import Config, parse
from training.closed_loop.actions import ActionHistory, action_history
from training.closed_loop.command import population_of
from training.closed_loop.patterns import patterns
from training.closed_loop.rates import Looked, chances, rates
from training.closed_loop.strata import Strata, strata_of
from training.closed_loop.usual import usual
from training.learn.rows.run import Run
from training.learn.rows.snapshots import LabelledRows
from training.simulate.command import Company, World, simulate, write

CONFIG = Path(__file__).parent.parent / "configs" / "quickstart.yaml"
PLANTED = "newsletter_opened"
#: Days of a lead's life before the planted events begin, and mean days between two of them.
_FROM_DAY, _GAP_DAYS = 120.0, 60.0
#: True lifts below this are not called strong.
_STRONG = 2.0


@dataclass(frozen=True)
class Covered:
    """One company: which intervals hold the truth.

    Attributes:
        seed: Of the company.
        own: Action to whether its own interval holds it.
        all_corrected: Whether all corrected intervals do.
        lifts: Action to whether the interval of its lift holds the true lift.
        all_lifts: Whether all corrected intervals of lifts do.
        seconds: For everything.
    """

    seed: int
    own: dict[str, bool]
    all_corrected: bool
    lifts: dict[str, bool]
    all_lifts: bool
    seconds: float


@dataclass(frozen=True)
class Lift:
    """An action in one large company."""

    seed: int
    action: str
    fair: float
    low: float
    high: float
    true: float
    usual: float


@dataclass(frozen=True)
class Looks:
    """An opened company, with the true probability of every row."""

    config: Config
    store: Store
    rows: LabelledRows
    truth: NDArray[np.float64]
    done: ActionHistory
    strata: Strata


def looked_at(store: Store, config: Config, world: World) -> Looks:
    """The rows, each lead on days of its own, with the truth of each; and who did what."""
    rows = population_of(Run(config, store))
    names = store.query("SELECT lead_id FROM leads ORDER BY lead")["lead_id"].to_pylist()
    truth = world.chances.at([names[lead] for lead in rows.lead.tolist()], rows.time)
    return Looks(
        config, store, rows, truth, action_history(Run(config, store), rows), strata_of(store, rows)
    )


def _opened(world: World, folder: Path) -> tuple[Store, Config]:
    write(world, folder / "data")
    config = parse(yaml.safe_load(CONFIG.read_text(encoding="utf-8")), base=folder)
    return (
        open_store(
            config.input,
            config.columns,
            purpose="train",
            quarantine=None,
            resources=Resources(threads=1),
        ),
        config,
    )


def covered(task: tuple[int, int]) -> Covered:
    """Which intervals of one company hold the truth."""
    seed, leads = task
    start = time.perf_counter()
    world = simulate(Company(n_leads=leads, seed=seed, mess=False))
    with tempfile.TemporaryDirectory() as folder:
        store, config = _opened(world, Path(folder))
        with store:
            looks = looked_at(store, config, world)
    looked = [
        Looked(action.name, looks.done.did[:, i]) for i, action in enumerate(looks.done.actions)
    ]
    own, corrected, lifts, corrected_lifts = {}, [], {}, []
    level = _levels(looks)
    chance = chances(looks.rows, looks.strata, looked)
    for each, rate in zip(
        looked, rates(looks.rows, looks.strata, looked, chance=chance), strict=True
    ):
        true = float(looks.truth[each.did].mean())
        true_lift = float(looks.truth[each.did].sum() / level[each.did].sum())
        own[each.name] = rate.rate.low <= true <= rate.rate.high
        corrected.append(rate.rate.corrected_low <= true <= rate.rate.corrected_high)
        lifts[each.name] = rate.lift.low <= true_lift <= rate.lift.high
        corrected_lifts.append(rate.lift.corrected_low <= true_lift <= rate.lift.corrected_high)
    return Covered(
        seed, own, all(corrected), lifts, all(corrected_lifts), time.perf_counter() - start
    )


def _levels(looks: Looks) -> NDArray[np.float64]:
    """(n,) mean true probability of each row's stratum."""
    number = looks.strata.number
    level: NDArray[np.float64] = (np.bincount(number, looks.truth) / np.bincount(number))[number]
    return level


def with_newsletter(world: World, seed: int) -> World:
    """The same company, in which everybody undecided for long opens a newsletter now and then."""
    rng = np.random.default_rng([seed, 7])
    leads = world.leads.to_pandas()[["lead_id", "created_at"]]
    closed = world.outcomes.to_pandas().groupby("lead_id")["closed_at"].min()
    until = pd.Timestamp(world.observed_until.as_py())
    end = leads["lead_id"].map(closed).fillna(until).clip(upper=until)
    days = (end - leads["created_at"]).dt.total_seconds().to_numpy() / 86_400 - _FROM_DAY
    who = np.repeat(np.arange(len(leads)), rng.poisson(np.clip(days, 0, None) / _GAP_DAYS))
    after = pd.to_timedelta(_FROM_DAY + rng.random(len(who)) * days[who], "D")
    at = (pd.DatetimeIndex(leads["created_at"].iloc[who]) + after).floor("s")
    planted = pa.table(
        {
            "lead_id": pa.array(leads["lead_id"].to_numpy()[who], pa.string()),
            "occurred_at": pa.array(at, world.events.schema.field("occurred_at").type),
            "event_type": pa.array([PLANTED] * len(who), pa.string()),
            "detail": pa.nulls(len(who), world.events.schema.field("detail").type),
            "value": pa.nulls(len(who), world.events.schema.field("value").type),
            "recorded_at": pa.array(at, world.events.schema.field("recorded_at").type),
        }
    )
    columns = world.events.column_names
    events = pa.concat_tables(
        [world.events.cast(planted.select(columns).schema), planted.select(columns)]
    )
    return World(**{**vars(world), "events": events})


def lifts(seed: int, leads: int) -> list[Lift]:
    """Every action's fair, true and usual lift in one company with a planted newsletter."""
    world = with_newsletter(simulate(Company(n_leads=leads, seed=seed, mess=False)), seed)
    with tempfile.TemporaryDirectory() as folder:
        store, config = _opened(world, Path(folder))
        with store:
            looks = looked_at(store, config, world)
            as_usual = usual(Run(config, store), looks.done)
    looked = [
        Looked(action.name, looks.done.did[:, i]) for i, action in enumerate(looks.done.actions)
    ]
    level = _levels(looks)
    found = []
    seen = rates(looks.rows, looks.strata, looked, chance=chances(looks.rows, looks.strata, looked))
    for action, each, rate in zip(looks.done.actions, looked, seen, strict=True):
        true = float(looks.truth[each.did].sum() / level[each.did].sum())
        fair = rate.lift
        found.append(
            Lift(
                seed,
                each.name,
                fair.value,
                fair.corrected_low,
                fair.corrected_high,
                true,
                as_usual[action].lift,
            )
        )
    return found


def jumps(seed: int, leads: int) -> list[dict[str, Any]]:
    """Every jump proposed in one company."""
    world = simulate(Company(n_leads=leads, seed=seed, mess=False))
    with tempfile.TemporaryDirectory() as folder:
        store, config = _opened(world, Path(folder))
        with store:
            rows = population_of(Run(config, store))
            counted, strata = (
                action_history(Run(config, store), rows).counted,
                strata_of(store, rows),
            )
    horizon = world.company.round_days
    return [
        asdict(jump) | {"seed": seed}
        for jump in patterns(rows, strata, counted, horizon_days=horizon).jumps
    ]


def _coverage_table(found: list[Covered]) -> tuple[Table, dict[str, Any]]:
    by_action: dict[str, list[bool]] = defaultdict(list)
    by_lift: dict[str, list[bool]] = defaultdict(list)
    for world in found:
        for name, holds in world.own.items():
            by_action[name].append(holds)
            by_lift[name].append(world.lifts[name])
    table = Table(title=f"95 % intervals that hold the truth, {len(found):,} companies")
    for name in ("action", "companies", "close rate", "lift"):
        table.add_column(name, justify="left" if name == "action" else "right")
    for name in sorted(by_action, key=lambda each: float(np.mean(by_action[each]))):
        cells = (
            f"{len(by_action[name]):,}",
            f"{np.mean(by_action[name]):.1%}",
            f"{np.mean(by_lift[name]):.1%}",
        )
        table.add_row(name, *cells)
    corrected = float(np.mean([world.all_corrected for world in found]))
    corrected_lifts = float(np.mean([world.all_lifts for world in found]))
    table.add_row(
        "all corrected at once", f"{len(found):,}", f"{corrected:.1%}", f"{corrected_lifts:.1%}"
    )
    figures = {
        "companies": len(found),
        "close_rate": {
            name: [len(holds), float(np.mean(holds))] for name, holds in by_action.items()
        },
        "lift": {name: [len(holds), float(np.mean(holds))] for name, holds in by_lift.items()},
        "all_corrected_close_rates": corrected,
        "all_corrected_lifts": corrected_lifts,
        "seconds_each": float(np.mean([world.seconds for world in found])),
    }
    return table, figures


def in_order(found: list[Lift]) -> bool:
    """Whether strong actions stand in their true order, but for pairs whose intervals overlap."""
    strong = sorted((lift for lift in found if lift.true >= _STRONG), key=lambda lift: -lift.true)
    return not any(
        weaker.low > stronger.high
        for i, stronger in enumerate(strong)
        for weaker in strong[i + 1 :]
    ) and all(weak.fair < strong[-1].fair for weak in found if weak.true < 0.8 * strong[-1].true)


def _lift_table(found: list[Lift]) -> Table:
    table = Table(title=f"Lifts in company {found[0].seed}")
    for name in ("action", "true", "fair", "range", "usual"):
        table.add_column(name, justify="left" if name == "action" else "right")
    for lift in sorted(found, key=lambda each: -each.true):
        table.add_row(
            lift.action,
            f"{lift.true:.2f}",
            f"{lift.fair:.2f}",
            f"{lift.low:.2f}-{lift.high:.2f}",
            f"{lift.usual:.2f}",
            style="bold" if lift.action == PLANTED else "",
        )
    return table


def main() -> None:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(description="Does the closed loop tell the truth?")
    parser.add_argument("--worlds", type=int, default=1000, help="small companies (default 1000)")
    parser.add_argument("--leads", type=int, default=2000, help="leads of each (default 2000)")
    parser.add_argument(
        "--first-seed", type=int, default=0, help="of the first small company (default 0)"
    )
    parser.add_argument(
        "--order-worlds", type=int, default=5, help="companies for the order (default 5)"
    )
    parser.add_argument(
        "--order-leads", type=int, default=50_000, help="leads of each (default 50,000)"
    )
    parser.add_argument(
        "--jump-worlds", type=int, default=5, help="companies for the jumps (default 5)"
    )
    parser.add_argument(
        "--jump-leads", type=int, default=200_000, help="leads of each (default 200,000)"
    )
    parser.add_argument("--processes", type=int, default=2, help="at a time (default 2)")
    parser.add_argument(
        "--json",
        type=Path,
        default=Path("runs/benchmark-closed-loop.json"),
        help="where figures go",
    )
    options = parser.parse_args()
    console, figures = Console(width=100), {}
    if options.worlds:
        for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
            os.environ[name] = "1"
        tasks = [
            (seed, options.leads)
            for seed in range(options.first_seed, options.first_seed + options.worlds)
        ]
        with get_context("spawn").Pool(options.processes) as pool:
            found = list(pool.imap_unordered(covered, tasks, chunksize=5))
        table, figures["intervals"] = _coverage_table(found)
        console.print(table)
    ordered: list[list[Lift]] = []
    for seed in range(options.order_worlds):
        ordered.append(lifts(seed, options.order_leads))
        console.print(_lift_table(ordered[-1]))
    if ordered:
        right = sum(map(in_order, ordered))
        console.print(f"strong actions in their true order in {right} of {len(ordered)} companies")
        figures["order"] = {
            "right": right,
            "lifts": [asdict(lift) for world in ordered for lift in world],
        }
    found_jumps = []
    for seed in range(options.jump_worlds):
        for jump in jumps(seed, options.jump_leads):
            found_jumps.append(jump)
            console.print(
                f"company {seed}: {jump['concept']}, {jump['window'] or 'ever'}: from {jump['at']}"
                f" ({jump['low']}-{jump['high']}),"
                f" {'confirmed' if jump['confirmed'] else 'not confirmed'}"
            )
    figures["jumps"] = found_jumps
    options.json.parent.mkdir(parents=True, exist_ok=True)
    options.json.write_text(json.dumps(figures, indent=2, ensure_ascii=False), encoding="utf-8")


if __name__ == "__main__":
    main()
