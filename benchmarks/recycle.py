"""What recycling finds, in worlds where leads that were lost for want of a budget come back.

Leads are lost over a year, for four reasons. Of those lost for "no budget" and approached from the
90th day on, 12 % close within four weeks; left alone, 2 %. Whatever else was lost closes at 1 %,
approached or not. The definition approaches "no budget" after 90 days and "timing" after 60, a
competitor's customer never, and leaves a fifth of those that are due alone. Every night of half a
year is lived: who is due, the ledger's facts and what the monitor says are the product's own. Told
is the share found beside that of doing nothing, and whether the monitor's range holds the
difference that is true.

    python -m benchmarks.recycle [--worlds 20] [--first 0] [--leads 8000]
"""

import argparse
import json
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from rich.console import Console
from rich.table import Table

from features.days import date_of, day_number
from features.spec import EventReading
from features.store import Store
from propensity.definition.schema import Definition
from propensity.ledger.ledger import LedgerFact
from propensity.night.recycling import recycling
from training.monitor.recycled import RecycledLeads, judged_recycled, won_after

OUT = Path("runs/recycle.json")
FIRST, NIGHTS, HORIZON = date(2025, 1, 1), 182, 28
REASONS = ("no budget", "timing", "competitor", "price")
SHARES = (0.35, 0.2, 0.2, 0.25)
#: Chance to close within the horizon: approached, and left alone.
APPROACHED, ALONE, OTHERS = 0.12, 0.02, 0.01
DEFINITION = Definition.model_validate(
    {
        "review_by": date(2026, 1, 1),
        "roles": {"inside_sales": "Inside sales"},
        "must_sign": ["inside_sales"],
        "mql": {"enter": 0.1, "because": "a benchmark"},
        "recycle": {
            "rules": [
                {
                    "name": "competitor",
                    "lost_reason": ["competitor*"],
                    "never": True,
                    "because": "bought elsewhere",
                },
                *(
                    {
                        "name": reason,
                        "lost_reason": [f"{reason}*"],
                        "after_days": days,
                        "to": "inside_sales",
                        "say": "Ask again",
                        "because": "a benchmark",
                    }
                    for reason, days in (("no budget", 90), ("timing", 60))
                ),
            ],
            "control": {"share": 0.2, "seed": 7, "because": "to compare"},
        },
    }
)
READING = EventReading(actors={"*": "lead"})


@dataclass(frozen=True)
class LivedWorld:
    """What half a year of nights found in a world.

    Attributes:
        due: Leads that were due, those left alone included.
        never_due: Leads that were lost to a competitor or for the price, and were due: 0.
        found: Share of the listed that closed.
        alone: Share of those left alone that closed.
        low: Lower end of the monitor's range of the difference.
        high: Upper end.
        truth: The difference that is true of those listed.
        wins: Closes of all that were due.
        wins_doing_nothing: Closes of the same leads, had nobody approached any.
        holds: Whether the range holds the truth.
        twice: Losses that were due twice: 0.
    """

    due: int
    never_due: int
    found: float
    alone: float
    low: float
    high: float
    truth: float
    wins: int
    wins_doing_nothing: int
    holds: bool
    twice: int


def lived(seed: int, leads: int) -> LivedWorld:
    """Live the nights of one world."""
    rng = np.random.default_rng(seed)
    reason = rng.choice(len(REASONS), leads, p=SHARES)
    start = day_number(FIRST)
    lost = start + rng.integers(-365, NIGHTS, leads)
    luck = rng.random(leads)  # what becomes of a lead hangs on it, approached or not
    wait = rng.integers(1, HORIZON, leads)
    facts: list[LedgerFact] = []
    with _store(lost, reason) as store:
        for place in range(NIGHTS):
            night = FIRST + timedelta(days=place)
            tonight = recycling(store, DEFINITION, READING, facts, night, hands_over=True).facts
            facts += tonight
            _come_back(store, tonight, reason, luck, wait)
        monitored = _monitored(store, facts)
    mine = np.array([int(fact.lead_id) for fact in facts])
    listed = np.array([fact.kind == "recycled" for fact in facts])
    over = np.array([day_number(fact.as_of) for fact in facts]) + HORIZON <= start + NIGHTS
    approached, alone = (_chance(reason[mine], each) for each in (True, False))
    arms = monitored.arms
    if arms.difference is None:
        raise ValueError("expected enough leads to compare; give more")
    truth = float((approached - alone)[listed & over].mean())
    won = luck[mine] < np.where(listed, approached, alone)
    return LivedWorld(
        due=len(facts),
        never_due=int(np.isin(reason[mine], [2, 3]).sum()),
        found=arms.handed_won / arms.handed,
        alone=arms.others_won / arms.others,
        low=arms.difference.low,
        high=arms.difference.high,
        truth=truth,
        wins=int(won.sum()),
        wins_doing_nothing=int((luck[mine] < alone).sum()),
        holds=arms.difference.low <= truth <= arms.difference.high,
        twice=len(mine) - len(np.unique(mine)),
    )


def _chance(reason: NDArray[np.int64], is_approached: bool) -> NDArray[np.float64]:
    return np.where(reason == 0, APPROACHED if is_approached else ALONE, OTHERS)


def _store(lost: NDArray[np.int64], reason: NDArray[np.int64]) -> Store:
    """Leads that were lost, and nothing else."""
    n = len(lost)
    number, created = np.arange(n, dtype=np.int32), (lost - 30).astype(np.int32)
    day = lost.astype(np.int32)

    def moment(days: NDArray[np.int32]) -> pa.Array:
        return pa.array(days).cast(pa.date32()).cast(pa.timestamp("us"))

    return Store.from_arrow(
        {
            "leads": pa.table(
                {
                    "lead": number,
                    "lead_id": [str(i) for i in range(n)],
                    "created_at": moment(created),
                    "created_day": created,
                    "known_day": created,
                    "account": pa.nulls(n, pa.int32()),
                }
            ),
            "episodes": pa.table(
                {
                    "lead": number,
                    "episode": np.ones(n, dtype=np.int32),
                    "started_day": created,
                    "started_at": moment(created),
                    "closed_at": moment(day),
                    "closed_day": day,
                    "close_known_day": day,
                    "won": np.zeros(n, dtype=bool),
                    "amount": pa.nulls(n, pa.float64()),
                    "lost_reason": [f"{REASONS[i]} this year" for i in reason],
                    "start_known_day": created,
                }
            ),
        }
    )


def _come_back(
    store: Store,
    tonight: list[LedgerFact],
    reason: NDArray[np.int64],
    luck: NDArray[np.float64],
    wait: NDArray[np.int64],
) -> None:
    """Let those come back that do: a new episode, won within the horizon."""
    for fact in tonight:
        lead = int(fact.lead_id)
        chance = _chance(reason[lead : lead + 1], fact.kind == "recycled")[0]
        if luck[lead] < chance:
            back = day_number(fact.as_of) + int(wait[lead]) - 1
            store.connection.execute(
                "INSERT INTO episodes SELECT $lead, 2, $back, $at, $at, $back, $back, true, NULL,"
                " NULL, $back",
                {"lead": lead, "back": back, "at": date_of(back)},
            )


def _monitored(store: Store, facts: list[LedgerFact]) -> RecycledLeads:
    until = day_number(FIRST) + NIGHTS
    keys = pa.table(
        {
            "lead_id": [fact.lead_id for fact in facts],
            "episode": pa.array([fact.episode for fact in facts], pa.int32()),
        }
    )
    won_day, cluster = won_after(store, keys, "won", until=until)
    return judged_recycled(
        np.array([fact.kind == "recycled" for fact in facts]),
        np.array([day_number(fact.as_of) for fact in facts]),
        won_day,
        cluster,
        horizon=HORIZON,
        until=until,
        least_wins=40,
    )


def main() -> None:
    """Live the worlds, and print what was found."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--worlds", type=int, default=20)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--leads", type=int, default=8_000)
    given = parser.parse_args()
    seeds = range(given.first, given.first + given.worlds)
    found = [lived(seed, given.leads) for seed in seeds]
    table = Table("world", "due", "found", "left alone", "difference", "true", "closes", "nothing")
    for seed, each in zip(seeds, found, strict=True):
        table.add_row(
            str(seed),
            f"{each.due:,}",
            f"{each.found:.1%}",
            f"{each.alone:.1%}",
            f"{100 * each.low:.1f} to {100 * each.high:.1f}",
            f"{100 * each.truth:.1f}",
            f"{each.wins:,}",
            f"{each.wins_doing_nothing:,}",
        )
    console = Console()
    console.print(table)
    console.print(
        f"the range holds the truth in {sum(each.holds for each in found)} of {len(found)} worlds;"
        f" closes {sum(each.wins for each in found):,}, doing nothing"
        f" {sum(each.wins_doing_nothing for each in found):,}; due that never should be:"
        f" {sum(each.never_due for each in found)}; due twice: {sum(each.twice for each in found)}"
    )
    OUT.parent.mkdir(parents=True, exist_ok=True)
    OUT.write_text(json.dumps([asdict(each) for each in found], indent=1), encoding="utf-8")


if __name__ == "__main__":
    main()
