"""What the alarms of `propensity monitor` are worth: how often a quiet year is called unusual, and
how soon a fault is found.

    python -m benchmarks.monitor [--worlds 400] [--strength 1.0] [--new-leads 8-80]

Companies are drawn as weekly figures (`benchmarks.monitor_worlds`), and the functions that judge
them are asked every week of the year, as a weekly look would. A false alarm is a quarter of a quiet
year in which an alarm speaks at least once. A fault begins in a week between the 13th and the 39th;
found within so many weeks are those years in which the alarm speaks then, of those in which it
was silent before; the median is that of the years in which it speaks at all.
"""

import argparse
import os
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial

os.environ.setdefault("OMP_NUM_THREADS", "1")  # one process per core

import numpy as np
from rich.console import Console
from rich.table import Table
from scipy import stats

from benchmarks.monitor_worlds import (
    HISTORY,
    HORIZON,
    WEEKS,
    YEAR,
    Fault,
    WeeklyWorld,
    weekly_world,
)
from propensity.input_check.ends import DAYS, Rhythm
from training.monitor.below_line import below_line
from training.monitor.channels import vanished
from training.monitor.counts import level_spread, share_spreads
from training.monitor.declared import RECENT, declared_actions
from training.monitor.inflation import inflation
from training.monitor.level import level_by_week
from training.monitor.served_scores import have_moved, score_edges, score_index
from training.monitor.shares_by_week import share_by_week

QUARTER = 13
WITHIN = (4, 8, 13)
#: As `input_check.stability` is by default.
LIMIT = 0.25
#: Standard error of a model's own level, and deviation between quarters, as a backtest tells it.
OWN_ERROR, QUARTERS = 0.05, 0.17
#: Share of contacts that sales is asked to keep.
KEPT = 0.8


def _vanished_channel(world: WeeklyWorld, now: int) -> bool:
    # as many levels as in five further columns are looked at
    return bool(vanished(world.channels[:, :now], compared=6 * len(world.channels)))


def _stopped_event_type(world: WeeklyWorld, now: int) -> bool:
    days = world.active_days[:, : now * 7]
    newest = [int(np.flatnonzero(row)[-1]) for row in days]
    for row, day in zip(days, newest, strict=True):
        rhythm = Rhythm(day, int(row[max(day - DAYS + 1, 0) : day + 1].sum()))
        if rhythm.is_broken_by(max(newest) - day):
            return True
    return False


def _inflated_line(world: WeeklyWorld, now: int) -> bool:
    seen = world.entered < now
    activity = world.actions[:, max(now - 104, 0) : now].sum(axis=0)
    weeks = now - HISTORY
    found = inflation(
        world.open_leads[HISTORY:now],
        world.entered[seen] - HISTORY,
        np.where((world.won >= 0) & (world.won < now), world.won - HISTORY, -1)[seen],
        horizon=HORIZON,
        volume_spread=level_spread(activity, weeks - QUARTER, QUARTER),
        level_spread=QUARTERS * 2**0.5,
        dispersion=1.3,
    )
    return found is not None and found.is_inflated


def _pushed_action(world: WeeklyWorld, now: int) -> bool:
    weeks = now - HISTORY
    spreads = share_spreads(world.actions[:, max(now - 104, 0) : now], weeks - RECENT, RECENT)
    names = tuple(map(str, range(len(world.actions))))
    found = declared_actions(world.hand_overs[:, HISTORY:now], names, spreads)
    return any(each.check.is_above for each in found)


def _gold(world: WeeklyWorld, now: int) -> bool:
    mature = world.slice_week < now - HORIZON
    found = below_line(
        world.slice_chance[mature],
        world.slice_won[mature],
        level_spread=QUARTERS,
    )
    return found is not None and found.tells and found.check.is_above


def _moved_scores(world: WeeklyWorld, now: int) -> bool:
    nights = world.log_odds[: now - HISTORY]
    first = score_edges(nights[0])
    told = np.array([score_index(first, night) for night in nights[-2:]])
    return have_moved(told[:, 0], np.maximum(told[:, 1], LIMIT))


def _fallen_level(world: WeeklyWorld) -> list[int]:
    """Weeks at whose end the newest level speaks: a look tells when its horizon is over."""
    mature = world.look_week < WEEKS - HORIZON
    found = level_by_week(
        world.look_chance[mature],
        world.look_won[mature],
        np.arange(int(mature.sum())),
        world.look_week[mature] - HISTORY,
        shared=OWN_ERROR**2 + QUARTERS**2,
    )
    return [week.week + 1 + HORIZON for week in found if week.alarm]


def _broken_promise(world: WeeklyWorld) -> list[int]:
    found = share_by_week(world.kept, world.judged, least=KEPT)
    return [week for week, share in enumerate(found, start=1) if share.alarm]


def _weekly(speaks: Callable[[WeeklyWorld, int], bool]) -> Callable[[WeeklyWorld], list[int]]:
    """Ask at the end of every week."""

    def weeks(world: WeeklyWorld) -> list[int]:
        return [week for week in range(1, YEAR + 1) if speaks(world, HISTORY + week)]

    return weeks


@dataclass(frozen=True)
class Watch:
    """An alarm, and the fault that it is there for."""

    name: str
    fault: Fault
    spoken: Callable[[WeeklyWorld], list[int]]


#: In the order of the questions.
WATCHES = (
    Watch("1 level off", "level x 0.7", _fallen_level),
    Watch("2 contact not kept", "nobody calls", _broken_promise),
    Watch("3 line inflated", "inflated line", _weekly(_inflated_line)),
    Watch("3 action pushed", "pushed action", _weekly(_pushed_action)),
    Watch("3 gold below the line", "gold below the line", _weekly(_gold)),
    Watch("4 event type stopped", "stopped event type", _weekly(_stopped_event_type)),
    Watch("4 channel vanished", "vanished channel", _weekly(_vanished_channel)),
    Watch("4 scores moved", "moved scores", _weekly(_moved_scores)),
)


def year_of(
    seed: int, strength: float, new_leads: tuple[float, float]
) -> list[tuple[int, int | None]]:
    """For every alarm: quarters of the quiet year in which it speaks, and weeks from the fault to
    its first word; None where it is never found, -1 where it spoke before.
    """
    quiet = weekly_world(seed, strength=strength, new_leads=new_leads)
    found = []
    for watch in WATCHES:
        false = {(week - 1) // QUARTER for week in watch.spoken(quiet)}
        ill = weekly_world(seed, watch.fault, strength=strength, new_leads=new_leads)
        since = ill.since - HISTORY
        weeks = watch.spoken(ill)
        if any(week <= since for week in weeks):
            found.append((len(false), -1))
        else:
            found.append((len(false), weeks[0] - since if weeks else None))
    return found


def interval(hits: int, of: int) -> tuple[float, float]:
    """Clopper and Pearson's 95 % interval of a share."""
    low = stats.beta.ppf(0.025, hits, of - hits + 1) if hits else 0.0
    high = stats.beta.ppf(0.975, hits + 1, of - hits) if hits < of else 1.0
    return float(low), float(high)


def _table(found: list[list[tuple[int, int | None]]]) -> Table:
    table = Table(title=f"{len(found)} companies, a quiet year and one with the fault each")
    for name in (
        "alarm",
        "false alarms a quarter",
        "95 %",
        *(f"≤ {n} wk" for n in WITHIN),
        "median",
    ):
        table.add_column(name, justify="left" if name == "alarm" else "right")
    for watch, years in zip(WATCHES, zip(*found, strict=True), strict=True):
        quarters = 4 * len(years)
        false = sum(hits for hits, _ in years)
        low, high = interval(false, quarters)
        delays = [delay for _, delay in years if delay != -1]
        shares = [
            f"{np.mean([delay is not None and delay <= n for delay in delays]):.0%}" for n in WITHIN
        ]
        when = [delay for delay in delays if delay is not None]
        median = f"{np.median(when):.0f}" if when else ""
        table.add_row(
            watch.name, f"{false / quarters:.2%}", f"{low:.2%}-{high:.2%}", *shares, median
        )
    return table


def main() -> None:
    """Print a row per alarm."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--worlds", type=int, default=400)
    parser.add_argument("--strength", type=float, default=1.0)
    parser.add_argument("--new-leads", default="8-80", help="a week, from - to")
    parser.add_argument("--processes", type=int, default=os.cpu_count() or 1)
    asked = parser.parse_args()
    least, most = map(float, asked.new_leads.split("-"))
    with ProcessPoolExecutor(asked.processes) as pool:
        one = partial(year_of, strength=asked.strength, new_leads=(least, most))
        found = list(pool.map(one, range(asked.worlds), chunksize=4))
    Console(width=110).print(_table(found))


if __name__ == "__main__":
    main()
