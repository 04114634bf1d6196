"""The figures of the meeting for the leads of one segment: a channel, a persona, a value of a
column, or a quadrant.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from features.settings import Axis
from features.store import Store
from propensity.concepts.wording import plain
from propensity.grading.grading import areas_named, areas_on
from training.definition.grades import GradeCell, by_area
from training.learn.metrics.clustered_intervals import rate_interval
from training.learn.metrics.segments import lead_values
from training.review.findings.candidate_lines import FEWEST, CandidateLines, mix
from training.review.findings.concept_effects import ConceptEffect
from training.review.findings.effects import changes
from training.review.findings.unseen_leads import UnseenLeads
from training.review.funnel.cohorts import Cohorts
from training.review.funnel.practice import group_names
from training.threshold.crossings import Crossings, crossings
from training.threshold.figures import weekly
from training.threshold.nightly_replay import NightlyReplay
from training.threshold.promise import FEWEST_FOR_A_RATE
from training.threshold.study import Study, rule_crossings

#: What leads are parted by besides columns.
QUADRANT = "quadrant"
#: Values of a column, at most: those of the most leads.
_MOST = 12

Mask = NDArray[np.bool_]
Values = NDArray[np.object_]


@dataclass(frozen=True)
class RateWithRange:
    """How many leads reached the goal, and the share with its range.

    Attributes:
        leads: Number of leads that are counted.
        won: Leads among these that reached the goal.
        low: Lower end of the 95 % interval of their share, over accounts where they are known; None
            below 20 leads, as is the share.
        high: Upper end.
    """

    leads: int
    won: int
    low: float | None
    high: float | None

    @property
    def rate(self) -> float | None:
        """The share."""
        return self.won / self.leads if self.leads >= FEWEST_FOR_A_RATE else None

    @classmethod
    def of(cls, won: Mask, cluster: NDArray[np.int64]) -> "RateWithRange":
        """Count leads."""
        known = len(won) >= FEWEST_FOR_A_RATE
        low, high = rate_interval(won, cluster) if known else (None, None)
        return cls(len(won), int(won.sum()), low, high)


@dataclass(frozen=True)
class SegmentFigures:
    """A segment of the leads not seen, and of the replay.

    Attributes:
        by: What leads are parted by: ``channel``, ``persona``, ``quadrant`` or a column.
        value: Its value.
        all_leads: Leads not seen.
        handed_over: Leads that newly came over the line; of a flat table those that lie over it.
        areas: The leads not seen by quadrant, of one axis by half.
        points: How far each concept moves their chances, in the order of ``Material.matters``.
        stops: The lines, with what is known of the segment; NaN elsewhere.
    """

    by: str
    value: str
    all_leads: RateWithRange
    handed_over: RateWithRange
    areas: tuple[GradeCell, ...]
    points: tuple[float, ...]
    stops: CandidateLines


@dataclass(frozen=True)
class SegmentedLeads:
    """What segments are counted on.

    Attributes:
        unseen: The leads not seen.
        over: (n,) whether each of them is over the line.
        matters: The concepts.
        stops: The lines for all leads.
        replay: The replay; None of a flat table.
        study: What it was found to say; None of a flat table.
        scale: Leads that each lead stands for.
    """

    unseen: UnseenLeads
    over: Mask
    matters: Sequence[ConceptEffect]
    stops: CandidateLines
    replay: NightlyReplay | None
    study: Study | None
    scale: float


def segment_figures(
    told: SegmentedLeads, store: Store, leads: Cohorts, columns: Sequence[str]
) -> tuple[SegmentFigures, ...]:
    """Count every segment that 20 leads not seen or more belong to.

    Args:
        told: The leads.
        store: The canonical tables.
        leads: All leads with their channel and persona.
        columns: Lead columns that part leads.
    """
    unseen, replay = told.unseen, told.replay
    own = _values(store, leads, unseen.rows.lead, columns)
    own[QUADRANT] = _areas(unseen.graded.area, unseen.graded.axes)
    counting = _Counting(told)
    theirs: Mapping[str, Values] = {}
    if replay is not None:
        episodes = _values(store, leads, replay.fates.lead, columns)
        theirs = {by: of[replay.episode] for by, of in episodes.items()}
        theirs = {**theirs, QUADRANT: _areas(replay.area, replay.axes)}
    return tuple(
        counting.segment(by, value, inside, theirs[by] == value if by in theirs else None)
        for by, of in own.items()
        for value, inside in _parts(of, unseen.judged.cluster)
    )


def _values(
    store: Store, leads: Cohorts, lead: NDArray[np.integer[Any]], columns: Sequence[str]
) -> dict[str, Values]:
    """(n,) values of leads by what parts them; a company's own groups come first."""
    found = group_names(leads, lead)
    columned = lead_values(store, lead, columns)
    return {**found, **{plain(name): of for name, of in columned.items() if name not in found}}


def _areas(code: NDArray[np.int8], axes: tuple[Axis, ...]) -> Values:
    names = np.array(areas_named(axes), dtype=object)
    found: Values = names[code.astype(np.int64) - areas_on(axes).start]
    return found


def _parts(values: Values, cluster: NDArray[np.int64]) -> Iterator[tuple[str, Mask]]:
    """Values that enough different leads have, the most frequent first, with their leads."""
    named = [value for value in set(values.tolist()) if value is not None]
    found = [(value, values == value) for value in named]
    found = [each for each in found if len(np.unique(cluster[each[1]])) >= FEWEST_FOR_A_RATE]
    found.sort(key=lambda each: (-int(each[1].sum()), str(each[0])))
    for value, inside in found[:_MOST]:
        yield str(value), inside


class _Counting:
    """Counts segments on the crossings of all leads."""

    def __init__(self, told: SegmentedLeads) -> None:
        self.told = told
        unseen, replay = told.unseen, told.replay
        number = {
            (concept.name, concept.axis): place
            for place, concept in enumerate(unseen.model.concepts)
        }
        self.changes = [
            np.abs(changes(unseen.sums, number[matter.effect.key])) for matter in told.matters
        ]
        self.found: Crossings | None = None
        self.handed: tuple[Crossings, int] | None = None
        if replay is not None and told.study is not None:
            self.found = crossings(replay, replay.eligible_chance, told.stops.lines)
            by_rule = told.study.rule is not None
            self.handed = (
                (rule_crossings(replay), 0) if by_rule else (self.found, told.stops.chosen)
            )

    def segment(self, by: str, value: str, inside: Mask, rows: Mask | None) -> SegmentFigures:
        """One segment.

        Args:
            by: What leads are parted by.
            value: Its value.
            inside: (n,) its leads among those not seen.
            rows: Its rows in the replay; None without one.
        """
        told, judged = self.told, self.told.unseen.judged
        where = told.unseen.graded
        if rows is None or self.handed is None:
            over = inside & told.over
            handed = RateWithRange.of(judged.won[over], judged.cluster[over])
        else:
            handed = self._crossed(*self.handed, rows)
        return SegmentFigures(
            by=by,
            value=value,
            all_leads=RateWithRange.of(judged.won[inside], judged.cluster[inside]),
            handed_over=handed,
            areas=by_area(
                where.take(inside),
                judged.won[inside],
                judged.probability[inside],
                judged.cluster[inside],
            ),
            points=tuple(float(change[inside].mean()) for change in self.changes),
            stops=self._stops(rows),
        )

    def _crossed(self, found: Crossings, line: int, inside: Mask) -> RateWithRange:
        """The first crossings of a line whose horizon is over."""
        replay = self.told.replay
        if replay is None:
            raise ValueError("expected a replay, because there are crossings")
        rows = found.at(line)
        rows = rows[inside[rows] & replay.is_judged[rows]]
        return RateWithRange.of(replay.won[rows], replay.fates.cluster[replay.episode[rows]])

    def _stops(self, rows: Mask | None) -> CandidateLines:
        told, found, replay = self.told, self.found, self.told.replay
        n = len(told.stops)
        nothing = np.full(n, np.nan)
        empty = replace(
            told.stops,
            per_week=np.full((n, 3), np.nan),
            backlog=nothing,
            precision=np.full((n, 3), np.nan),
            judged=nothing,
            captured=nothing,
            wins=nothing,
            value=nothing,
            areas=np.full(told.stops.areas.shape, np.nan),
            followed=nothing,
        )
        if found is None or replay is None or rows is None:
            return empty
        inside = rows[found.row]
        crossed = found.total(inside)
        per_week = told.scale * weekly(replay, found, inside).mean(axis=1)
        few = (crossed < FEWEST) & (crossed > 0)
        rates = [self._crossed(found, line, rows) for line in range(n)]
        mixed = np.stack(
            [
                found.total(inside & (replay.area[found.row] == code))
                for code in areas_on(replay.axes)
            ],
            axis=1,
        )
        return replace(
            empty,
            per_week=np.column_stack([np.where(few, np.nan, per_week), nothing, nothing]),
            precision=np.array(
                [[each.rate, each.low, each.high] for each in rates], dtype=np.float64
            ),
            judged=np.array([each.leads for each in rates], dtype=np.float64),
            areas=mix(mixed, crossed),
        )
