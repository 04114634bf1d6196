"""The replay: what a nightly scoring would have said, by a model that saw neither these days nor
what became of them.

The chances come from the recipe, fitted on the older part, and the replay begins where its last
training label ends. The as-ofs of a horizon before it, the run-in, only say who was over a line
already: a lead that was, fell below it and comes back is not new. (Of the leads of the run-in the
model has seen what became of them; nothing is counted there.)
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from features.build.build import build, prepare
from features.errors import RefusedError
from features.population import open_rows
from features.settings import Axis, PopulationSettings
from features.store import Store
from propensity.definition.schema import Axes, AxisCuts
from propensity.grading.decision_table import RuleResults
from propensity.grading.grading import graded
from propensity.model.model import PropensityModel, Sums
from propensity.model.silent_states import SilentByName
from propensity.scoring.muted import muted_by
from training.threshold.frame import Frame, Rules
from training.threshold.outcomes import LeadOutcomes, lead_outcomes

#: Rows whose features are in memory at a time.
ROWS_AT_A_TIME = 200_000
#: Rows below this share of the average rate are counted, not kept: no line lies there.
FLOOR = 0.25

#: What keeps a row from being an MQL whatever its chance: nothing.
NOTHING = -1

Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class NightlyReplay:
    """n rows of a replay, sorted by episode and as-of; rows far below the average rate are left
    out.

    Attributes:
        frame: When was looked.
        episode: (n,) place of the row's episode in ``lead_outcomes``.
        at: (n,) place of the as-of in ``frame.as_of_days``.
        chance: (n,) chance of reaching the goal within the horizon, by the model.
        obstacle: (n,) place in ``rules.names`` of the first rule that keeps the lead back, or
            ``NOTHING``.
        raised: (n,) whether the lead is handed over at any chance, because it asked to be.
        in_line: (n,) whether the line in words holds.
        area: (n,) place in ``propensity.grading.grading.AREAS``.
        segment: (n,) place in ``rules.segments``, or -1.
        fates: What became of the episodes.
        open_leads: (as-ofs,) rows of the whole population.
        new_leads: (as-ofs,) episodes among these not seen at an earlier as-of.
        rules: Names for the codes.
    """

    frame: Frame
    episode: NDArray[np.int32]
    at: NDArray[np.int16]
    chance: NDArray[np.float64]
    obstacle: NDArray[np.int16]
    raised: NDArray[np.bool_]
    in_line: NDArray[np.bool_]
    area: NDArray[np.int8]
    segment: NDArray[np.int16]
    fates: LeadOutcomes
    open_leads: NDArray[np.int64]
    new_leads: NDArray[np.int64]
    rules: Rules

    def __len__(self) -> int:
        return len(self.episode)

    @property
    def axes(self) -> tuple[Axis, ...]:
        """The axes that leads are graded by."""
        return self.rules.axes.names if self.rules.axes else ("fit", "interest")

    @property
    def eligible_chance(self) -> NDArray[np.float64]:
        """(n,) the chance; 0 where a rule keeps the lead back."""
        return np.where(self.obstacle == NOTHING, self.chance, 0.0)

    @property
    def day(self) -> NDArray[np.int32]:
        """(n,) as-of days."""
        days: NDArray[np.int32] = np.array(self.frame.as_of_days, dtype=np.int32)[self.at]
        return days

    @property
    def won(self) -> NDArray[np.bool_]:
        """(n,) whether the goal was reached within the horizon after the as-of."""
        goal, day = self.fates.goal_day[self.episode].astype(np.int64), self.day
        reached: NDArray[np.bool_] = (goal >= day) & (goal < day + self.frame.horizon_days)
        return reached

    @property
    def is_judged(self) -> NDArray[np.bool_]:
        """(n,) whether a crossing here may be judged: its horizon is over."""
        mature: NDArray[np.bool_] = self.day + self.frame.horizon_days <= self.frame.observed_day
        return mature


def replay(
    store: Store,
    model: PropensityModel,
    population: PopulationSettings,
    frame: Frame,
    *,
    rules: Rules | None = None,
    goal_stage: str = "won",
    stage: str | None = None,
    on_progress: Progress = lambda _done, _total: None,
) -> NightlyReplay:
    """Score a population at past as-ofs.

    Args:
        store: The canonical tables.
        model: Must not have seen what it is going to be judged on.
        population: Whom scores are for.
        frame: When to look.
        rules: Rules of the definition; None for the chance alone.
        goal_stage: What is to be reached.
        stage: The stage before the close whose day is wanted.
        on_progress: Called with the as-ofs done and in all.

    Raises:
        RefusedError: No lead was open at any as-of.
    """
    rules = rules or Rules()
    if rules.axes is None:
        rules = replace(rules, axes=_signs(model))
    floor = FLOOR * model.reference.close_rate
    parts: list[_ScoredRows] = []
    counts = np.zeros(len(frame.as_of_days), dtype=np.int64)
    keys: list[pa.Table] = []
    for first, rows in _chunks(store, model, population, frame, goal_stage):
        on_progress(first, len(frame.as_of_days))
        at = np.searchsorted(frame.as_of_days, rows["as_of_day"].to_numpy()).astype(np.int16)
        counts += np.bincount(at, minlength=len(counts))
        keys.append(_first_seen(rows, at))
        muted = _muted(store, model, rows, at)
        for start in range(0, rows.num_rows, ROWS_AT_A_TIME):
            part = _scored(
                store,
                model,
                rows.slice(start, ROWS_AT_A_TIME),
                at[start : start + ROWS_AT_A_TIME],
                rules,
                muted,
            )
            newest = part.at == len(frame.as_of_days) - 1
            parts.append(part.take((part.chance >= floor) | part.raised | part.in_line | newest))
    on_progress(len(frame.as_of_days), len(frame.as_of_days))
    if not parts:
        raise RefusedError(
            f"No lead was open from {frame.first} to {frame.last}, so that nobody could cross a"
            " line. Check input.observed_until and population.stale_after_days."
        )
    episodes = _once(keys)
    found = lead_outcomes(
        store,
        episodes.select(["lead", "episode"]),
        goal_stage=goal_stage,
        stage=stage,
        first_day=frame.as_of_days[0],
    )
    return _assembled(frame, parts, episodes, found, counts, rules)


@dataclass(frozen=True)
class _ScoredRows:
    """Scored rows."""

    lead: NDArray[np.int32]
    number: NDArray[np.int32]
    at: NDArray[np.int16]
    chance: NDArray[np.float64]
    obstacle: NDArray[np.int16]
    raised: NDArray[np.bool_]
    in_line: NDArray[np.bool_]
    area: NDArray[np.int8]
    segment: NDArray[np.int16]

    def take(self, chosen: NDArray[np.bool_] | NDArray[np.intp]) -> "_ScoredRows":
        return _ScoredRows(*(column[chosen] for column in vars(self).values()))


def _chunks(
    store: Store,
    model: PropensityModel,
    population: PopulationSettings,
    frame: Frame,
    goal_stage: str,
) -> Iterator[tuple[int, pa.Table]]:
    """Rows of some as-ofs at a time, with the place of the first; the store is prepared for
    them.
    """
    first, days_at_a_time = 0, 1
    while first < len(frame.as_of_days):
        days = frame.as_of_days[first : first + days_at_a_time]
        rows = open_rows(
            store, population, model.spec.events, days, goal_stage=goal_stage
        ).combine_chunks()
        if rows.num_rows:
            prepare(store, model.spec, rows)
            yield first, rows
        first += len(days)
        days_at_a_time = max(1, ROWS_AT_A_TIME * len(days) // max(rows.num_rows, 1))


def _muted(
    store: Store, model: PropensityModel, rows: pa.Table, at: NDArray[np.int16]
) -> dict[int, SilentByName]:
    """The place of each as-of to what its night would have muted, as a scoring of that day does."""
    return {
        int(place): muted_by(model, store, rows.filter(pa.array(at == place)))
        for place in np.unique(at)
    }


def _sums(
    model: PropensityModel,
    matrix: NDArray[np.float64],
    at: NDArray[np.int16],
    muted: Mapping[int, SilentByName],
) -> Sums:
    """Sums of rows, each as its night would have had them."""
    sums = model.concept_sums(matrix)
    for place in np.unique(at):
        silent = muted[int(place)]
        if silent:
            here = np.flatnonzero(at == place)
            then = model.silencing(silent).concept_sums(np.asfortranarray(matrix[here]))
            for name in ("fit", "interest", "log_odds", "contributions"):
                getattr(sums, name)[here] = getattr(then, name)
    return sums


def _scored(
    store: Store,
    model: PropensityModel,
    rows: pa.Table,
    at: NDArray[np.int16],
    rules: Rules,
    muted: Mapping[int, SilentByName],
) -> _ScoredRows:
    sums = _sums(model, build(store, rows, model.spec).matrix, at, muted)
    ruled = rules.reader.read(rows) if rules.reader else None
    nobody = np.zeros(len(at), dtype=np.bool_)
    return _ScoredRows(
        lead=rows["lead"].to_numpy().astype(np.int32),
        number=rows["episode"].to_numpy().astype(np.int32),
        at=at,
        chance=sums.probability,
        obstacle=_obstacle(ruled, rules) if ruled else np.full(len(at), NOTHING, dtype=np.int16),
        raised=(
            (ruled.hand_raiser >= 0) & (ruled.disqualifier < 0) & (ruled.missing < 0)
            if ruled
            else nobody
        ),
        in_line=ruled.in_line & ruled.eligible if ruled else nobody,
        area=_area(sums, rules.axes),
        segment=ruled.segment if ruled else np.full(len(at), -1, dtype=np.int16),
    )


def _obstacle(ruled: RuleResults, rules: Rules) -> NDArray[np.int16]:
    """Place in ``rules.names`` of what keeps a row back."""
    first_missing, first_qualifier = (
        rules.kinds.count("disqualifier"),
        len(rules.kinds) - rules.kinds.count("qualifier"),
    )
    choices = [ruled.disqualifier, ruled.missing + first_missing, ruled.qualifier + first_qualifier]
    holds = [ruled.disqualifier >= 0, ruled.missing >= 0, ruled.qualifier >= 0]
    return np.select(holds, choices, NOTHING).astype(np.int16)


def _area(sums: Sums, axes: Axes | None) -> NDArray[np.int8]:
    if axes is None:
        raise ValueError("expected the axes that rows are graded by")
    return graded(axes, sums.fit, sums.interest).area


def _signs(model: PropensityModel) -> Axes:
    """The signs of the axes on which the model has something to tell leads apart by."""
    return Axes(**dict.fromkeys(model.spec.axes, AxisCuts(zero=0.0, cuts=(1.0, 0.0, -1.0))))


def _first_seen(rows: pa.Table, at: NDArray[np.int16]) -> pa.Table:
    """Each episode of a chunk once, with the first as-of at which it was open."""
    numbered = rows.select(["lead", "episode"]).append_column("at", pa.array(at))
    return numbered.group_by(["lead", "episode"]).aggregate([("at", "min")])


def _once(keys: Sequence[pa.Table]) -> pa.Table:
    """``lead``, ``episode``, ``at`` (first as-of), sorted by lead and episode."""
    empty = pa.table(
        {
            "lead": pa.array([], pa.int32()),
            "episode": pa.array([], pa.int32()),
            "at_min": pa.array([], pa.int16()),
        }
    )
    together = pa.concat_tables(
        [empty, *(key.select(["lead", "episode", "at_min"]) for key in keys)]
    )
    once = together.group_by(["lead", "episode"]).aggregate([("at_min", "min")])
    once = once.select(["lead", "episode", "at_min_min"]).rename_columns(["lead", "episode", "at"])
    return once.sort_by([("lead", "ascending"), ("episode", "ascending")]).combine_chunks()


def _assembled(
    frame: Frame,
    parts: Sequence[_ScoredRows],
    episodes: pa.Table,
    found: LeadOutcomes,
    counts: NDArray[np.int64],
    rules: Rules,
) -> NightlyReplay:
    columns = [
        np.concatenate(column)
        for column in zip(*(vars(part).values() for part in parts), strict=True)
    ]
    whole = _ScoredRows(*columns)
    lead, number = (episodes[name].to_numpy().astype(np.int64) for name in ("lead", "episode"))
    width = int(number.max(initial=0)) + 1
    place = np.searchsorted(
        lead * width + number, whole.lead.astype(np.int64) * width + whole.number
    )
    order = np.lexsort((whole.at, place))
    whole = whole.take(order)
    return NightlyReplay(
        frame=frame,
        episode=place[order].astype(np.int32),
        at=whole.at,
        chance=whole.chance,
        obstacle=whole.obstacle,
        raised=whole.raised,
        in_line=whole.in_line,
        area=whole.area,
        segment=whole.segment,
        fates=found,
        open_leads=counts,
        new_leads=np.bincount(episodes["at"].to_numpy(), minlength=len(counts)),
        rules=rules,
    )
