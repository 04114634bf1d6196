"""New MQLs: leads that crossed the line for the first time, and the promise that was made of them.

As in a threshold study, a lead that was over the line when its pair took over is not new, one that
comes back is not new, and one that asked to be contacted crosses nothing.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pyarrow as pa

from features.days import day_number
from features.errors import ConfigError
from propensity.config.config import Config
from propensity.ledger.ledger import LedgerFact, Night
from training.monitor.looks import Looks, looks_of
from training.monitor.watched import Watched
from training.threshold.promise import LinePromise, PromiseCheck, PromiseOutcome, check_promise
from training.threshold.ranges import QUARTER

_QUARTER_DAYS = 7 * QUARTER


@dataclass(frozen=True)
class CrossingQuarter:
    """The new MQLs of a quarter since the pair took over.

    Attributes:
        first: Its first day.
        weeks: Weeks of it that are over, above 0.
        crossed: New MQLs.
        judged: New MQLs among these whose horizon is over.
        expected: Closes that were promised of the judged ones, each by its chance as served.
        won: Closes among the judged ones.
        is_open: Whether new closes can still be judged, or could in the week before.
        check: Whether the stored promise was kept; None without one.
    """

    first: date
    weeks: float
    crossed: int
    judged: int
    expected: float
    won: int
    is_open: bool
    check: PromiseCheck | None


def newly_entered(facts: Sequence[LedgerFact], nights: Sequence[Night]) -> list[LedgerFact]:
    """The first crossing of each episode that is new, in the order of the facts.

    Args:
        facts: What the ledger holds, lead by lead.
        nights: All nights, oldest first.
    """
    pairs = [(night.model_version, night.definition_version) for night in nights]
    began = {
        night.as_of
        for night, pair, before in zip(nights, pairs, [None, *pairs], strict=False)
        if pair != before
    }
    first: dict[tuple[str, int], LedgerFact] = {}
    asked: dict[tuple[str, int], date] = {}
    for fact in facts:
        key = (fact.lead_id, fact.episode)
        if fact.kind == "entered" and (key not in first or fact.as_of < first[key].as_of):
            first[key] = fact
        elif fact.kind == "handed over" and fact.handed_over_as == "hand-raiser":
            asked[key] = min(fact.as_of, asked.get(key, fact.as_of))
    return [
        fact
        for key, fact in first.items()
        if fact.as_of not in began and asked.get(key, date.max) > fact.as_of
    ]


def crossing_looks(watched: Watched) -> Looks:
    """The new MQLs of the pair, each as its night served it."""
    own = {night.as_of for night in watched.of_pair}
    entered = [fact for fact in newly_entered(watched.facts, watched.nights) if fact.as_of in own]
    at = {fact.as_of for fact in entered}
    return looks_of(
        watched,
        [night for night in watched.of_pair if night.as_of in at],
        only=pa.table(
            {
                "lead_id": pa.array([fact.lead_id for fact in entered], pa.string()),
                "episode": pa.array([fact.episode for fact in entered], pa.int32()),
                "night": pa.array([day_number(fact.as_of) for fact in entered], pa.int32()),
            }
        ),
    )


def crossing_quarters(
    looks: Looks, since: date, promise: LinePromise | None
) -> Iterator[CrossingQuarter]:
    """The quarters since a pair took over, oldest first, each with its new MQLs.

    Args:
        looks: The new MQLs.
        since: First night of the pair; who crossed in it was over the line already.
        promise: What the line promised; None where nobody stored it.
    """
    first = day_number(since)
    quarter = (looks.night - first) // _QUARTER_DAYS
    for number in range((looks.until - first - 1) // _QUARTER_DAYS + 1):
        start = first + number * _QUARTER_DAYS
        mine = looks.take(quarter == number)
        judged = mine.take(mine.is_mature)
        weeks = min(looks.until - start, _QUARTER_DAYS) / 7
        happened = PromiseOutcome(weeks, len(mine), len(judged), int(judged.won.sum()))
        yield CrossingQuarter(
            first=since + timedelta(days=number * _QUARTER_DAYS),
            weeks=weeks,
            crossed=len(mine),
            judged=len(judged),
            expected=float(np.sum(judged.chance)),
            won=happened.won,
            is_open=start + _QUARTER_DAYS + looks.horizon + 7 > looks.until,
            check=check_promise(promise, happened, looks="weekly") if promise else None,
        )


def stored_promise(config: Config, *, line: float | None) -> LinePromise | None:
    """What the signed line promised, as `propensity threshold --json` stored it; None where nothing
    is stored, or the stored study is of another line, goal or horizon.

    Raises:
        ConfigError: The file is no study.
    """
    path = Path(config.monitor.threshold)
    if not path.is_file():
        return None
    try:
        study = json.loads(path.read_text(encoding="utf-8"))
        if study["focus"] is None or config.goal is None:
            return None
        of_goal = (study["goal"], study["replay"]["horizon_days"])
        promise = LinePromise.from_dict(study["focus"]["promise"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ConfigError(
            f"monitor.threshold: {path}: expected what `propensity threshold --json` writes, got"
            f" something else ({type(error).__name__}). Write it anew: propensity threshold CONFIG"
            f" --json {path.name} --force"
        ) from None
    same_goal = of_goal == (config.goal.stage, config.goal.horizon_days)
    return promise if same_goal and line is not None and abs(promise.line - line) < 1e-9 else None
