"""The funnel as one result: by month of creation, by segment, where it leaks, why leads were
lost.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from features.days import day_number
from features.intake.monthly import Monthly, first_of
from features.store import Store
from propensity.concepts.wording import plain
from training.learn.rows.lead_columns import attribute_column
from training.learn.rows.run import Run
from training.review.funnel.active import active_shares, acts_itself, open_leads
from training.review.funnel.assigned import Assignment, UnmappedValue
from training.review.funnel.cohorts import Cohorts, Mask, Reached, stage_names
from training.review.funnel.leaks import FunnelGroup, Leak, leaks
from training.review.funnel.lost import lost
from training.review.funnel.metrics import (
    FEWEST_FOR_A_RATE,
    METRICS,
    STEPS,
    FunnelFigures,
    FunnelShare,
    Metric,
    figures,
)
from training.review.funnel.reasons import ReasonCounts
from training.review.funnel.spending import FIGURES, Spending, Spent, spending

#: Whole months shown.
MONTHS = 12
_MOST_MONTHS = 24
#: Values of a column that make segments, at most.
_MOST_VALUES = 12
#: Days back to the first losses whose reasons are counted.
DAYS_OF_LOSSES = 365


@dataclass(frozen=True)
class FunnelMonth:
    """Leads created in a month.

    Attributes:
        month: Months from January 1970.
        raw: Figures as they stand.
        mature: Figures judged; None where not all of them are yet.
        active: Lead active rate at its end; None for months before the newest twelve, and until it
            was looked at.
    """

    month: int
    raw: FunnelFigures
    mature: FunnelFigures | None
    active: FunnelShare | None = None


@dataclass(frozen=True)
class FunnelSegment:
    """Leads of a segment.

    Attributes:
        by: A column, or ``channel`` or ``persona``; empty for all leads.
        name: Name of the segment.
        raw: Figures of the newest months, as they stand.
        mature: Figures of the newest months all of whose leads are judged.
        active: Lead active rate of the leads open now; None until it was looked at.
    """

    by: str
    name: str
    raw: FunnelFigures
    mature: FunnelFigures
    active: FunnelShare | None = None


@dataclass(frozen=True)
class Funnel:
    """Everything the review tells of the funnel.

    Attributes:
        stages: Step to what the company calls it.
        mature_days: Days after which a lead is judged.
        until: Local day up to which the sources are complete.
        months: The newest whole months, oldest first; before them, months that are judged.
        raw_months: The newest whole months.
        mature_months: The newest months that are judged, oldest first.
        whole: All leads of these months.
        segments: Figures of segments of the leads.
        leaks: Where segments lose, the dearest first.
        lost: Lost reasons of a year by persona; None without any.
        unmapped: Leads that no channel or persona takes, by which of the two.
        unlisted: Channels of the traffic table that no configured one lists.
        missing: Metrics that the sources do not tell.
    """

    stages: Mapping[Reached, str]
    mature_days: int
    until: int
    months: tuple[FunnelMonth, ...]
    raw_months: tuple[int, ...]
    mature_months: tuple[int, ...]
    whole: FunnelSegment
    segments: tuple[FunnelSegment, ...]
    leaks: tuple[Leak, ...]
    lost: ReasonCounts | None
    unmapped: Mapping[str, tuple[UnmappedValue, ...]]
    unlisted: tuple[str, ...]
    missing: tuple[Metric, ...]


def funnel(run: Run, leads: Cohorts, monthly: Monthly, parts: Sequence[FunnelGroup]) -> Funnel:
    """Count the funnel of three tables; a flat one has no days.

    Args:
        run: The configuration, and the canonical tables.
        leads: All of them.
        monthly: Traffic.
        parts: Segments of the leads; see ``parts_of``.
    """
    spent = spending(monthly, run.config.review.channels)
    months, judged = leads.newest_months(MONTHS), leads.mature_months(MONTHS)
    count = _Counter(leads, spent, months, judged)
    return Funnel(
        stages=stage_names(run),
        mature_days=leads.mature_days,
        until=leads.until,
        months=_months(leads, spent, months, judged),
        raw_months=tuple(months),
        mature_months=tuple(judged),
        whole=count.segment(FunnelGroup("", "", np.ones(len(leads), dtype=np.bool_))),
        segments=tuple(map(count.segment, parts)),
        leaks=leaks(leads, leads.created_in(judged), parts),
        lost=_lost(run.store, leads, leads.persona),
        unmapped={"channel": leads.channel.unmapped, "persona": leads.persona.unmapped},
        unlisted=spent.unlisted,
        missing=tuple(_missing(leads, spent, acts=acts_itself(run))),
    )


def with_active(found: Funnel, run: Run, leads: Cohorts, parts: Sequence[FunnelGroup]) -> Funnel:
    """Add the lead active rates.

    Who was open on a day is looked up lead by lead: of a large history in a store that holds leads
    drawn at random.

    Args:
        found: Figures without them.
        run: Says who is open; its tables are of the leads, or of some of them.
        leads: Leads as counted.
        parts: The groups whose figures ``found.segments`` are.
    """
    ends = [day_number(first_of(month + 1)) for month in found.raw_months]
    active = dict(zip(found.raw_months, active_shares(run, ends), strict=True))
    now, is_active = open_leads(run, found.until)
    at = np.minimum(np.searchsorted(leads.lead, now), len(leads) - 1)
    known = leads.lead[at] == now

    def share(inside: Mask) -> FunnelShare:
        return FunnelShare(int(is_active[inside].sum()), int(inside.sum()))

    return replace(
        found,
        months=tuple(replace(month, active=active.get(month.month)) for month in found.months),
        whole=replace(found.whole, active=share(np.ones(len(now), dtype=np.bool_))),
        segments=tuple(
            replace(segment, active=share(part.leads[at] & known))
            for segment, part in zip(found.segments, parts, strict=True)
        ),
    )


@dataclass(frozen=True)
class _Counter:
    leads: Cohorts
    spent: Spending
    months: list[int]
    judged: list[int]

    def segment(self, part: FunnelGroup) -> FunnelSegment:
        """A segment's figures; visits and cost where it is a channel, or everybody."""
        channel = self.leads.channel.names.index(part.name) if part.by == "channel" else None
        knows = part.by in ("", "channel")
        raw, mature = (
            figures(
                self.leads,
                part.leads & self.leads.created_in(months),
                mature=is_mature,
                **_spent(self.spent, months, channel, known=knows),
            )
            for months, is_mature in ((self.months, False), (self.judged, True))
        )
        return FunnelSegment(part.by, part.name, raw, mature)


def _spent(
    spent: Spending, months: Sequence[int], channel: int | None, *, known: bool
) -> dict[str, Spent | None]:
    return {figure: spent.of(figure, months, channel) if known else None for figure in FIGURES}


def _months(
    leads: Cohorts, spent: Spending, months: list[int], judged: list[int]
) -> tuple[FunnelMonth, ...]:
    found = []
    for month in sorted({*months, *judged})[-_MOST_MONTHS:]:
        among, own = leads.created_in([month]), _spent(spent, [month], None, known=True)
        mature = figures(leads, among, mature=True, **own) if month in judged else None
        found.append(FunnelMonth(month, figures(leads, among, mature=False, **own), mature))
    return tuple(found)


def parts_of(run: Run, leads: Cohorts) -> tuple[FunnelGroup, ...]:
    """Channels, personas, and the values of the columns that the audit counts apart, of enough
    leads.
    """
    return tuple(_parts(run, leads))


def _parts(run: Run, leads: Cohorts) -> Iterator[FunnelGroup]:
    among = leads.created_in(leads.mature_months(MONTHS)) | leads.created_in(
        leads.newest_months(MONTHS)
    )
    for by, assigned in (("channel", leads.channel), ("persona", leads.persona)):
        for place, name in enumerate(assigned.names):
            yield FunnelGroup(by, name, assigned.code == place)
    for column in run.config.audit.segments:
        internal = attribute_column(run.store, column)
        if internal is not None:
            yield from _values(run.store, leads, among, plain(column), internal)


def _values(
    store: Store, leads: Cohorts, among: Mask, column: str, internal: str
) -> Iterator[FunnelGroup]:
    found = store.query(
        f"SELECT CAST({internal} AS VARCHAR) AS value FROM leads WHERE created_day < {leads.until}"
        " ORDER BY lead"
    )["value"]
    encoded = found.combine_chunks().dictionary_encode()
    names = np.array([plain(text) for text in encoded.dictionary.to_pylist()] or [""], dtype=object)
    code = encoded.indices.fill_null(-1).to_numpy()
    different, merged = np.unique(names.astype(str), return_inverse=True)
    place = np.where(code >= 0, merged[code], -1)
    counts = np.bincount(place[among & (place >= 0)], minlength=len(different))
    for number in np.argsort(-counts, kind="stable")[:_MOST_VALUES]:
        if counts[number] >= FEWEST_FOR_A_RATE:
            yield FunnelGroup(column, str(different[number]), place == number)


def _lost(store: Store, leads: Cohorts, groups: Assignment) -> ReasonCounts | None:
    """Losses of the last year, by group; of all together where there are no groups."""
    code = groups.code if groups.names else np.zeros(len(leads), dtype=np.int16)
    since = leads.until - DAYS_OF_LOSSES
    return lost(store, leads.lead, code, groups.names or ("",), since=since, until=leads.until)


def _missing(leads: Cohorts, spent: Spending, *, acts: bool) -> Iterator[Metric]:
    """Metrics that the sources do not tell."""
    for metric in METRICS:
        if metric in STEPS:
            start, end = STEPS[metric]
            absent = not (leads.has(start) and leads.has(end))
        elif metric in ("visitor to lead", "cost per contract"):
            absent = not (spent.cost if metric == "cost per contract" else spent.visits)
        else:
            absent = metric == "active" and not acts
        if absent:
            yield metric
