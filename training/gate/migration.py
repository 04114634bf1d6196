"""What a new model would change for whom: grades, quadrants, instructions, MQLs, and which concepts
moved them.

The champion's leads are put where its definition puts them, the challenger's where the definition
puts them that a promotion would make: by the same function, so that the preview is what comes. Cuts
and line stay; the new model's zeros are where its own reference population closes at the agreed
average rate, or stay where that is not beyond noise. The leads are the population of the newest
as-of that training saw. Aggregates only: no count of fewer than five leads is told.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from itertools import pairwise
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from features.days import date_of
from features.files.canonical_json import json_ready
from features.population import flat_rows, open_rows
from features.settings import Axis
from propensity.grading.agreed import undefined
from propensity.grading.centring import average_rate
from propensity.grading.grading import AREAS, GRADES
from propensity.grading.redraw import Redraw, redraws
from propensity.model.model import PropensityModel
from propensity.model.same_input import refuse_other_input
from propensity.promotion.bounds import Change
from propensity.registry.champion import Champion
from propensity.scoring.placements import Placements
from training.gate.preview import agreed_after, other_terms, placed
from training.learn.rows.run import Run

#: Leads below which a count is not told.
FEWEST = 5
#: Weeks over which new MQLs are counted.
WEEKS = 4
#: Concepts that are named.
_NAMED = 8


@dataclass(frozen=True)
class GradeMover:
    """A concept that moved leads to another quadrant or instruction.

    Attributes:
        concept: Its name.
        axis: fit or interest.
        shift: Mean change of its contribution among these leads, in log-odds.
        size: Mean absolute change.
        leads: Leads that it moved most; None where they are fewer than five.
    """

    concept: str
    axis: Axis
    shift: float
    size: float
    leads: int | None


@dataclass(frozen=True)
class ConceptRank:
    """How much a concept weighs in both models.

    Attributes:
        concept: Its name.
        axis: fit or interest.
        before: Its rank in the champion, 1 for the largest mean effect; None where the champion
            does not know it.
        after: Rank in the challenger.
    """

    concept: str
    axis: Axis
    before: int | None
    after: int | None


@dataclass(frozen=True)
class Migration:
    """What a challenger would change, in aggregates; None stands for fewer than five leads, but
    more than none.

    Attributes:
        against: Version of the champion.
        definition: Number of its definition; None without one, or where it is a file that nobody
            promoted.
        has_definition: Whether leads were put under a definition, and not under the models' own
            cuts.
        as_of: The day; empty for a flat table.
        leads: Leads compared.
        grades: Leads by old and new grade, in the order of ``GRADES``.
        quadrants: Leads that change the quadrant, by "old → new"; the half, where there is one axis
            only.
        quadrant_changed: Leads.
        instruction_changed: Leads.
        mql_before: MQLs by the champion; None without a definition.
        mql_enter: Leads that become MQLs.
        mql_leave: Leads that stop being MQLs.
        weekly_before: New MQLs per week by the champion; None where there are no weeks or no
            definition.
        weekly_after: New MQLs per week by the challenger.
        movers: Concepts that moved the leads with another quadrant or instruction, the largest
            first.
        ranks: Concepts whose rank changed, the largest in the challenger first.
        instruction_share: Share of the leads with another instruction; counts below five count as
            five.
        other_terms: Whether the challenger was put under other terms than the champion's, because
            the file that the configuration names says something else.
        axes_before: The axes that the champion tells leads apart by.
        axes_after: The axes that the challenger tells leads apart by.
        redraws: The challenger's zeros, and what chance alone does to its grades; nothing in
            documents stored before.
    """

    against: int
    definition: int | None
    has_definition: bool
    as_of: str
    leads: int
    grades: tuple[tuple[int | None, ...], ...]
    quadrants: Mapping[str, int | None]
    quadrant_changed: int | None
    instruction_changed: int | None
    mql_before: int | None
    mql_enter: int | None
    mql_leave: int | None
    weekly_before: float | None
    weekly_after: float | None
    movers: tuple[GradeMover, ...]
    ranks: tuple[ConceptRank, ...]
    instruction_share: float
    axes_before: tuple[Axis, ...] = ("fit", "interest")
    axes_after: tuple[Axis, ...] = ("fit", "interest")
    other_terms: bool = False
    redraws: tuple[Redraw, ...] = ()

    @property
    def change(self) -> Change:
        """In three figures, as the tags of a version tell it."""
        return Change(
            version=self.against,
            definition=self.definition,
            leads=self.leads,
            instructions=self.instruction_share,
            weekly_before=self.weekly_before,
            weekly_after=self.weekly_after,
        )

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready; aggregates only."""
        ready = json_ready(asdict(self))
        return ready if isinstance(ready, dict) else {}


def migration(
    run: Run,
    champion: Champion,
    challenger: PropensityModel,
    *,
    definition: int | None,
) -> Migration | None:
    """Compare where both models put the leads of the newest as-of.

    Args:
        run: The configuration, and the canonical tables.
        champion: Champion in use, with its definition.
        challenger: That wants its place.
        definition: Number of the champion's definition.

    Returns:
        None where nobody is in the population.

    Raises:
        DataError: The sources cannot be used with the champion's columns.
        ConfigError: A rule asks for what the input does not have, or the champion counts days in
            another time zone.
    """
    refuse_other_input(run.config, champion.model)
    days = (
        [run.store.observed_day - 7 * back for back in range(WEEKS, -1, -1)]
        if not run.store.is_flat
        else [0]
    )
    rows = {day: _rows(run, challenger, day) for day in days}
    newest = days[-1]
    if not rows[newest].num_rows:
        return None
    theirs = champion.agreed or undefined(champion.model.reference)
    ours = agreed_after(run.config, champion, challenger)
    pairs = ((champion.model, theirs), (challenger, ours))
    before, after = (
        placed(run, rows[newest], model, used, explained=True) for model, used in pairs
    )
    weekly: tuple[float | None, ...] = (None, None)
    if theirs.definition is not None and ours.definition is not None and not run.store.is_flat:
        earlier = [
            {
                day: placed(run, rows[day], model, used, explained=False).is_mql
                for day in days[:-1]
                if rows[day].num_rows
            }
            for model, used in pairs
        ]
        weekly = tuple(
            _weekly(rows, found | {newest: now.is_mql}, days)
            for found, now in zip(earlier, (before, after), strict=True)
        )
    told = compare_placements(before, after, against=int(champion.version), definition=definition)
    as_of = "" if run.store.is_flat else str(date_of(newest))
    return replace(
        told,
        as_of=as_of,
        weekly_before=weekly[0],
        weekly_after=weekly[1],
        other_terms=other_terms(theirs, ours),
        redraws=redraws(
            ours.axes,
            challenger.reference,
            average_rate(challenger.reference, ours.definition),
        ),
    )


def compare_placements(
    before: Placements, after: Placements, *, against: int, definition: int | None
) -> Migration:
    """The aggregates of two placements of the same leads."""
    n = len(before.grade)
    known = before.is_mql is not None and after.is_mql is not None
    area = before.area != after.area
    instruction = before.instruction != after.instruction if known else area
    size = len(AREAS)
    pairs = np.bincount(before.area.astype(np.int64) * size + after.area, minlength=size * size)
    named = {
        f"{AREAS[old]} → {AREAS[new]}": int(pairs[size * old + new])
        for old in range(size)
        for new in range(size)
        if old != new and pairs[size * old + new]
    }
    none = np.zeros(n, dtype=np.bool_)
    was, now = (none if placing.is_mql is None else placing.is_mql for placing in (before, after))
    changed = int(instruction.sum())
    return Migration(
        against=against,
        definition=definition,
        has_definition=known,
        as_of="",
        leads=n,
        grades=_matrix(before.grade, after.grade),
        quadrants={name: _told(count) for name, count in named.items()},
        quadrant_changed=_told(int(area.sum())),
        instruction_changed=_told(changed),
        mql_before=_told(int(was.sum())) if known else None,
        mql_enter=_told(int((now & ~was).sum())) if known else None,
        mql_leave=_told(int((was & ~now).sum())) if known else None,
        weekly_before=None,
        weekly_after=None,
        movers=_movers(before, after, area | instruction),
        ranks=_ranks(before, after),
        instruction_share=(changed if changed == 0 or changed >= FEWEST else FEWEST) / n,
        axes_before=before.axes,
        axes_after=after.axes,
    )


def _rows(run: Run, challenger: PropensityModel, day: int) -> pa.Table:
    if run.store.is_flat or run.config.population is None or run.config.goal is None:
        return flat_rows(run.store)
    return open_rows(
        run.store,
        run.config.population,
        challenger.spec.events,
        [day],
        goal_stage=run.config.goal.stage,
    )


def _weekly(
    rows: Mapping[int, pa.Table], is_mql: Mapping[int, NDArray[np.bool_] | None], days: list[int]
) -> float | None:
    """New MQLs per week: over the line now and not a week before."""
    over = []
    for day in days:
        flags, table = is_mql.get(day), rows[day]
        key = table["lead"].to_numpy().astype(np.int64) * 1000 + table["episode"].to_numpy()
        over.append(key[flags] if flags is not None else key[:0])
    new = [np.setdiff1d(now, before, assume_unique=True).size for before, now in pairwise(over)]
    return float(np.mean(new)) if new and _told(sum(new)) is not None else None


def _matrix(old: NDArray[np.int8], new: NDArray[np.int8]) -> tuple[tuple[int | None, ...], ...]:
    """Leads by old and new grade.

    Where one small cell alone would be found by subtraction, the next smallest goes too.

    >>> _matrix(np.array([0] * 9 + [1], np.int8), np.array([0] * 9 + [2], np.int8))[0][0] is None
    True
    """
    size = len(GRADES)
    cells = np.bincount(old.astype(np.int64) * size + new, minlength=size * size)
    small = (cells > 0) & (cells < FEWEST)
    if small.sum() == 1 and (cells >= FEWEST).any():
        small[np.argmin(np.where(cells >= FEWEST, cells, cells.max() + 1))] = True
    told = [
        None if hidden else int(count)
        for hidden, count in zip(small.tolist(), cells.tolist(), strict=True)
    ]
    return tuple(tuple(told[row * size : (row + 1) * size]) for row in range(size))


def _told(count: int) -> int | None:
    return None if 0 < count < FEWEST else count


def _movers(
    before: Placements, after: Placements, moved: NDArray[np.bool_]
) -> tuple[GradeMover, ...]:
    if moved.sum() < FEWEST:
        return ()
    names = _names(before, after)
    shifts = np.stack(
        [after.of(*name)[moved] - before.of(*name)[moved] for name in names], axis=1
    ).astype(np.float64)
    most = np.bincount(np.abs(shifts).argmax(axis=1), minlength=len(names))
    size, shift = np.abs(shifts).mean(axis=0), shifts.mean(axis=0)
    return tuple(
        GradeMover(names[k][0], names[k][1], float(shift[k]), float(size[k]), _told(int(most[k])))
        for k in np.argsort(-size, kind="stable")[:_NAMED].tolist()
    )


def _ranks(before: Placements, after: Placements) -> tuple[ConceptRank, ...]:
    """Concepts whose rank changed, by mean absolute contribution around the mean of these leads."""
    names = _names(before, after)
    places = [_places(model, names) for model in (before, after)]
    found = [
        ConceptRank(name, axis, old, new)
        for (name, axis), old, new in zip(names, *places, strict=True)
        if old != new
    ]
    return tuple(
        sorted(found, key=lambda rank: (rank.after or len(names) + 1, rank.before or 0))[
            : 2 * _NAMED
        ]
    )


def _places(model: Placements, names: list[tuple[str, Axis]]) -> list[int | None]:
    known = {(concept.name, concept.axis) for concept in model.concepts}
    effect = [
        float(np.abs(values - values.mean()).mean())
        for values in (model.of(*name) for name in names)
    ]
    order = sorted((k for k in range(len(names)) if names[k] in known), key=lambda k: -effect[k])
    place = {k: rank for rank, k in enumerate(order, start=1)}
    return [place.get(k) for k in range(len(names))]


def _names(before: Placements, after: Placements) -> list[tuple[str, Axis]]:
    return list(
        dict.fromkeys(
            (concept.name, concept.axis) for model in (after, before) for concept in model.concepts
        )
    )
