"""The first scoring of a pair before it is in use: nothing is written, its counts are shown."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

import numpy as np
from numpy.typing import NDArray

from features.days import date_of, day_number
from features.errors import ConfigError, DataError
from features.resources import UNLIMITED
from features.store import Store
from propensity.config.config import Config
from propensity.definition.schema import CASES, Definition
from propensity.grading.agreed import Agreed, agreed
from propensity.grading.grading import AREAS
from propensity.input_check import check_input
from propensity.model.model import PropensityModel
from propensity.scoring.asked_rules import asked_rules
from propensity.scoring.job import open_input
from propensity.scoring.placements import place
from propensity.scoring.tonight import look_at

#: Cases whose leads go to sales now.
_HANDED_OVER = ("hand-raiser", "MQL")
#: Leads of whom somebody should be handed over; of fewer, nobody may be ready today.
_MANY = 100


@dataclass(frozen=True)
class DryRun:
    """What the first scoring of a pair would do, in counts.

    Attributes:
        as_of: The day at whose start the leads were looked at; None for a flat table.
        leads: Leads that would be scored.
        areas: Leads by quadrant, or by half where there is one axis only.
        cases: Leads by what decided their instruction; empty without a definition.
        handed_over: Leads that would go to sales now; None without a definition.
        fatal: What lets every scoring fail, a sentence each: rules that cannot be read, a
            configuration that does not fit the pair.
        doubts: What else keeps the pair from working as it was meant, a sentence each.
        notes: What somebody should look at, a sentence each.
    """

    as_of: date | None = None
    leads: int = 0
    areas: Mapping[str, int] = field(default_factory=dict)
    cases: Mapping[str, int] = field(default_factory=dict)
    handed_over: int | None = None
    fatal: tuple[str, ...] = ()
    doubts: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


def dry_run(
    config: Config,
    model: PropensityModel,
    definition: Definition | None,
    *,
    as_of: date | None,
    today: Callable[[str], int],
) -> DryRun:
    """Open the sources, ask the rules of the definition, and score without writing anything.

    Args:
        config: Names the sources.
        model: Model of the pair.
        definition: Definition of the pair, agreed on for the model; None without one.
        as_of: The day at whose start leads are looked at; None for today, or the day on which the
            sources end, where they end earlier.
        today: The number of today in a time zone.

    Returns:
        Counts and doubts; where the input cannot be read today, a doubt that says so.
    """
    try:
        used = agreed(definition, model, number=1, business_hours=config.business_hours)
        asked = None if as_of is None else day_number(as_of)
        with open_input(
            config, model, UNLIMITED, as_of_day=asked, only_open=True, quarantines=False
        ) as store:
            day = _day(store, as_of, today(model.spec.timezone))
            return _tried(config, model, used, store, day)
    except ConfigError as error:
        return DryRun(fatal=(f"no scoring can be made. {error}",))
    except DataError as error:
        return DryRun(doubts=(f"the first scoring cannot be made. {error}",))


def _day(store: Store, as_of: date | None, today: int) -> int:
    if as_of is not None:
        return day_number(as_of)
    return min(today, store.observed_day) if store.observed_until else today


def _tried(config: Config, model: PropensityModel, used: Agreed, store: Store, day: int) -> DryRun:
    tonight = look_at(model, store, day)
    when = None if store.is_flat else date_of(day)
    leads = int(tonight.rows.num_rows)
    differences = check_input(model, store, config, day, tonight=tonight)
    doubts = [
        f"the first scoring would stop: {found.sentence}"
        for found in differences
        if found.severity == "stop"
    ]
    notes = [found.sentence for found in differences if found.severity == "look"]
    asked = asked_rules(used.definition, model, store, day) if used.definition else ()
    fatal = tuple(str(doubt) for doubt in asked if not doubt.is_readable)
    doubts += [str(doubt) for doubt in asked if doubt.is_grave and doubt.is_readable]
    notes += [str(doubt) for doubt in asked if not doubt.is_grave]
    if not leads:
        where = "no row is open" if store.is_flat else f"no lead is in the population on {when}"
        doubts.append(f"{where}, so nothing could be tried")
    if not leads or fatal:
        return DryRun(when, leads, fatal=fatal, doubts=tuple(doubts), notes=tuple(notes))
    placed = place(store, tonight.rows, model, used)
    over = _counted(CASES, placed.case) if placed.case is not None else {}
    handed_over = None if placed.case is None else sum(over.get(case, 0) for case in _HANDED_OVER)
    if handed_over == 0 and leads >= _MANY:
        doubts.append(f"none of {leads:,} leads would be handed over")
    return DryRun(
        when,
        leads,
        _counted(AREAS, placed.area),
        over,
        handed_over,
        doubts=tuple(doubts),
        notes=tuple(notes),
    )


def _counted(names: Sequence[str], code: NDArray[np.int8]) -> dict[str, int]:
    """Name to leads, of those that any lead has."""
    counts = np.bincount(code, minlength=len(names)).tolist()
    return {name: count for name, count in zip(names, counts, strict=True) if count}
