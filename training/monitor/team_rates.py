"""How far the leads that were handed over get: accepted, passed on, opportunity, won; by group."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

import numpy as np
from numpy.typing import NDArray

from features.days import day_number, midnight_utc
from propensity.ledger.ledger import LedgerFact
from training.learn.rows.run import Run
from training.monitor.hand_overs import LedgerHandOvers
from training.monitor.watched import Watched
from training.review.funnel.cohorts import Mask, Reached, stage_names
from training.review.funnel.metrics import FunnelShare, Metric, step_shares

#: Shares that are told of hand-overs, in the order of the funnel.
RATES: tuple[Metric, ...] = (
    "SAL",
    "toss-up",
    "MQL to opportunity",
    "effective",
    "opportunity to customer",
)


def group_rates(steps: Mapping[Reached, Mask], among: Mask) -> dict[Metric, FunnelShare]:
    """The rates of a group of hand-overs, counted as the review counts its funnel.

    Args:
        steps: Step to the (k,) hand-overs that came to it within the horizon; ``mql`` to those
            whose horizon is over. A step that nobody tells is absent.
        among: (k,) the group.
    """
    base = among & steps["mql"]
    found = step_shares({step: base & reached for step, reached in steps.items()})
    return {metric: share for metric, share in found.items() if metric in RATES}


def steps_of(watched: Watched, handed: LedgerHandOvers) -> dict[Reached, Mask]:
    """The steps that hand-overs came to within the horizon, as far as the ledger knows.

    A lead counts once, by its first hand-over.
    """
    names = stage_names(Run(watched.config, watched.store))
    courses: dict[tuple[str, int], list[LedgerFact]] = {}
    for fact in watched.facts:
        courses.setdefault((fact.lead_id, fact.episode), []).append(fact)
    kinds = {fact.kind for fact in watched.facts}
    told: list[tuple[Reached, bool]] = [
        ("sal", "accepted" in kinds),
        ("toss_up", "toss-up" in kinds),
        ("opportunity", "opportunity" in names),
        ("effective", "effective" in names),
        ("customer", True),
    ]
    found: dict[Reached, Mask] = {"mql": _judged(watched, handed)}
    for step, is_told in told:
        if is_told:
            found[step] = _came(watched, handed.facts, courses, step, names)
    return found


def _judged(watched: Watched, handed: LedgerHandOvers) -> NDArray[np.bool_]:
    """(k,) the first hand-overs of leads, whose horizon was over in the newest night: it is nights
    that tell the ledger what became of leads.
    """
    seen: set[tuple[str, int]] = set()
    first = []
    for fact in handed.facts:
        first.append((fact.lead_id, fact.episode) not in seen)
        seen.add((fact.lead_id, fact.episode))
    until = min(watched.until, day_number(watched.nights[-1].as_of))
    over = handed.day + watched.horizon <= until
    return np.array(first, dtype=np.bool_) & over


def _came(
    watched: Watched,
    facts: Sequence[LedgerFact],
    courses: Mapping[tuple[str, int], Sequence[LedgerFact]],
    step: Reached,
    names: Mapping[Reached, str],
) -> NDArray[np.bool_]:
    def is_step(fact: LedgerFact) -> bool:
        match step:
            case "sal":
                return fact.kind == "accepted"
            case "toss_up":
                return fact.kind == "toss-up"
            case "customer":
                return fact.kind == "closed" and fact.detail == "won"
            case _:
                return fact.kind == "stage" and fact.detail == names[step]

    def ends(fact: LedgerFact) -> datetime:
        day = day_number(fact.as_of + timedelta(days=watched.horizon))
        return midnight_utc(day, watched.store.timezone).replace(tzinfo=None)

    return np.array(
        [
            any(
                is_step(later) and fact.happened_at <= later.happened_at < ends(fact)
                for later in courses[fact.lead_id, fact.episode]
            )
            for fact in facts
        ],
        dtype=np.bool_,
    )
