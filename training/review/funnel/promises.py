"""The promises of both sides, and what was kept of them.

MQLs by marketing, contacts in time by sales.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from features.days import day_number
from features.intake.monthly import first_of
from features.rules import evaluate, parse, prepare_rules
from features.store import Store
from propensity.concepts.wording import plain
from propensity.config.config import Config
from propensity.definition.business_hours import Deadlines, Span, parse_span
from propensity.definition.schema import Definition
from propensity.definition.schema import Promise as Agreed
from training.closed_loop.actions import reading_of
from training.learn.rows.run import Run
from training.review.funnel.cohorts import months_of, stage_names
from training.review.funnel.funnel import MONTHS
from training.review.funnel.handed_over import (
    KINDS,
    Contacts,
    HandedOver,
    Moments,
    contacts,
    counted,
    due,
    handed_over,
)
from training.review.funnel.metrics import FEWEST_FOR_A_RATE

#: Why something cannot be known.
Unknown = Literal[
    "no definition", "no stage", "no hours", "no sales", "days only", "no calls", "no mails"
]
_WEEK = 7
_QUARTER_MONTHS = 3


@dataclass(frozen=True)
class PromiseRecord:
    """How a promise was kept.

    Attributes:
        kept: Hand-overs for which it was, for certain.
        broken: Hand-overs for which it was not kept, for certain.
        open: Hand-overs for which nobody can say, because only days are known.
    """

    kept: int
    broken: int
    open: int = 0

    @property
    def judged(self) -> int:
        """Hand-overs whose time is over."""
        return self.kept + self.broken + self.open

    @property
    def low(self) -> float | None:
        """Share kept for certain, 0..1; None of fewer than 20."""
        return self.kept / self.judged if self.judged >= FEWEST_FOR_A_RATE else None

    @property
    def high(self) -> float | None:
        """Share kept where all doubt is in favour."""
        return (self.kept + self.open) / self.judged if self.judged >= FEWEST_FOR_A_RATE else None


@dataclass(frozen=True)
class BothSides:
    """Both sides, of a month or a segment.

    Attributes:
        promised: MQLs that marketing promised, or None.
        handed: MQLs that there were.
        contact: First contact in time; None where nothing was promised or can be known.
        attempts: Calls and e-mails in time; None likewise.
    """

    promised: float | None
    handed: int
    contact: PromiseRecord | None
    attempts: PromiseRecord | None


@dataclass(frozen=True)
class Promises:
    """Both sides' promises over the newest months.

    Attributes:
        stage: Stage at which marketing hands over, as the company calls it; None where no stage
            tells.
        months: Months from January 1970 with both sides, oldest first.
        segments: Segment of the definition, with both sides over all the months, in an average
            month for MQLs.
        agreed: The promises of the definition.
        usual: Business time to the first contact of every MQL; a promise may ask for less. None
            without.
        unknown: What cannot be known, and why.
        looked: Hand-overs whose deadlines were worked out.
        all: Hand-overs there were.
    """

    stage: str | None
    months: tuple[tuple[int, BothSides], ...]
    segments: tuple[tuple[str, BothSides], ...]
    agreed: tuple[Agreed, ...]
    unknown: tuple[Unknown, ...]
    usual: str | None = None
    looked: int = 0
    all: int = 0


def promises(run: Run, definition: Definition | None) -> Promises:
    """See what was kept of a definition's promises; of a flat table, and without a definition,
    nothing can be said.

    Raises:
        DataError: A rule of a promise asks for what the data do not have.
    """
    if definition is None or run.store.is_flat:
        return Promises(
            None, (), (), (), ("no definition",) if definition is None else ("no stage",)
        )
    names, told = stage_names(run), definition.instructions.get("MQL")
    stage, usual = names.get("mql"), told.respond_within if told else None
    if stage is None:
        return Promises(None, (), (), definition.promises, ("no stage",), usual)
    months = _months(run.store)
    if not months:
        return Promises(stage, (), (), definition.promises, (), usual)
    handed = handed_over(
        run.store,
        stage,
        ending=names.get("opportunity"),
        first_day=day_number(first_of(months[0])),
        seed=run.config.learner.seed,
    )
    judge = _PromiseJudge(run, definition, handed)
    month = months_of(handed.day)
    share = handed.all / max(len(handed), 1)
    return Promises(
        stage=stage,
        months=tuple(
            (one, judge.side(month == one, _promised(definition, definition.promises, one), share))
            for one in months
        ),
        segments=tuple(
            (
                plain(agreed.segment),
                judge.side(
                    (judge.segment == place) & np.isin(month, months),
                    _a_month(agreed),
                    share / len(months),
                ),
            )
            for place, agreed in enumerate(definition.promises)
        ),
        agreed=definition.promises,
        unknown=judge.unknown,
        usual=usual,
        looked=len(handed),
        all=handed.all,
    )


def _months(store: Store) -> list[int]:
    """The newest whole months, from the first in which a lead is known."""
    running = int(months_of(np.array([store.observed_day], dtype=np.int32))[0])
    first = store.value("SELECT min(created_day) FROM leads")
    begun = int(months_of(np.array([first], dtype=np.int32))[0]) if first is not None else running
    return list(range(max(begun, running - MONTHS), running))


def _a_month(agreed: Agreed) -> float | None:
    """MQLs that a promise comes to in an average month."""
    if agreed.mqls_per_quarter is not None:
        return agreed.mqls_per_quarter / _QUARTER_MONTHS
    return agreed.mqls_per_week * 365.25 / 12 / _WEEK if agreed.mqls_per_week is not None else None


def _promised(definition: Definition, agreed: Sequence[Agreed], month: int) -> float | None:
    """MQLs promised for a month: of all segments, else what the line was chosen for."""
    days = day_number(first_of(month + 1)) - day_number(first_of(month))
    each = [
        (
            one.mqls_per_quarter / _QUARTER_MONTHS
            if one.mqls_per_quarter is not None
            else (one.mqls_per_week or 0.0) * days / _WEEK
        )
        for one in agreed
        if one.mqls_per_week is not None or one.mqls_per_quarter is not None
    ]
    if each:
        return sum(each)
    least = definition.mql.policy.minimum_per_week
    return least * days / _WEEK if least is not None else None


class _PromiseJudge:
    """What was kept for each hand-over: 1 kept, 0 broken, -1 nobody can say, -2 not promised or not
    over yet.

    Attributes:
        segment: (k,) place among the promises; -1 for none.
        contact: (k,) verdicts.
        attempts: (k,) verdicts.
    """

    def __init__(self, run: Run, definition: Definition, handed: HandedOver) -> None:
        self._definition, self._handed = definition, handed
        self._reading = reading_of(run.config)
        self.segment = _segments(run.store, definition.promises, handed, run.config)
        self.contact = np.full(len(handed), -2, dtype=np.int8)
        self.attempts = np.full(len(handed), -2, dtype=np.int8)
        self._unknown: list[Unknown] = []
        if run.config.business_hours is None:
            self._unknown.append("no hours")
            return
        kinds = (run.config.review.calls, run.config.review.mails)
        found = contacts(run.store, self._reading, handed, kinds)
        if not found.recorded:
            self._unknown.append("no sales")
            return
        if (handed.late > handed.early).any() or (found.late > found.early).any():
            self._unknown.append("days only")
        deadlines = Deadlines(run.config.business_hours, run.store.timezone)
        until = int(run.store.value(f"SELECT epoch_us(TIMESTAMP '{run.store.observed_until}')"))
        self._judge_contact(deadlines, found, until)
        self._judge_attempts(deadlines, found, until)

    @property
    def unknown(self) -> tuple[Unknown, ...]:
        """What cannot be known."""
        return tuple(self._unknown)

    def side(self, among: NDArray[np.bool_], promised: float | None, share: float) -> BothSides:
        """Both sides of some hand-overs; ``share`` is what each of them stands for."""
        return BothSides(
            promised,
            round(int(among.sum()) * share),
            _kept(self.contact[among]),
            _kept(self.attempts[among]),
        )

    def _judge_contact(self, deadlines: Deadlines, found: Contacts, until: int) -> None:
        told = self._definition.instructions.get("MQL")
        usual = parse_span(told.respond_within) if told and told.respond_within else None
        own = [
            parse_span(one.first_contact_within) if one.first_contact_within else None
            for one in self._definition.promises
        ]
        promised = [own[place] if place >= 0 else None for place in self.segment.tolist()]
        ends = self._ends(deadlines, promised, [usual] * len(promised))
        once = {-1: np.ones(len(promised), dtype=np.int64)}
        self.contact = self._verdicts(found, until, ends, once)

    def _judge_attempts(self, deadlines: Deadlines, found: Contacts, until: int) -> None:
        agreed = self._definition.promises
        asked: dict[int, NDArray[np.int64]] = {}
        for name, kind in KINDS.items():
            wanted = np.array([*(getattr(one, name) or 0 for one in agreed), 0], dtype=np.int64)[
                self.segment
            ]
            if wanted.any() and kind not in found.recorded:
                self._unknown.append("no calls" if name == "calls" else "no mails")
            elif wanted.any():
                asked[kind] = wanted
        if not asked:
            return
        own = [parse_span(one.attempts_within) if one.attempts_within else None for one in agreed]
        spans = [own[place] if place >= 0 else None for place in self.segment.tolist()]
        ends = self._ends(deadlines, spans)
        verdict = self._verdicts(found, until, ends, asked)
        by = ends[1]
        # nobody calls a lead that is a deal already
        verdict[(self._handed.ended <= by) & (verdict != 1)] = -2
        verdict[sum(asked.values()) == 0] = -2
        self.attempts = verdict

    def _ends(self, deadlines: Deadlines, *spans: Sequence[Span | None]) -> tuple[Moments, Moments]:
        """(k,) the soonest end of each one's spans: from the earliest and the latest moment at
        which it may have been handed over; ``NEVER`` without a span.
        """
        handed = self._handed
        early, late = (
            np.minimum.reduce([due(deadlines, starts, one) for one in spans])
            for starts in (handed.early, handed.late)
        )
        return early, late

    def _verdicts(
        self,
        found: Contacts,
        until: int,
        ends: tuple[Moments, Moments],
        wanted: dict[int, NDArray[np.int64]],
    ) -> NDArray[np.int8]:
        """Whether at least so many contacts of each kind lie between a hand-over and its
        deadline.
        """
        handed, (first, last) = self._handed, ends
        surely, maybe = np.ones(len(handed), dtype=np.bool_), np.ones(len(handed), dtype=np.bool_)
        for kind, number in wanted.items():
            surely &= counted(found, handed, first, kind, surely=True) >= number
            maybe &= counted(found, handed, last, kind, surely=False) >= number
        verdict = np.where(surely, 1, np.where(maybe, -1, 0)).astype(np.int8)
        verdict[last > until] = -2
        return verdict


def _segments(
    store: Store, agreed: Sequence[Agreed], handed: HandedOver, config: Config
) -> NDArray[np.int16]:
    """(k,) place of the first promise that a lead falls under; -1 for none."""
    if not agreed or not len(handed):
        return np.full(len(handed), -1, dtype=np.int16)
    rules = [parse(one.rule) for one in agreed if one.rule is not None]
    prepare_rules(store, rules, reading_of(config))
    answers = evaluate(store, handed.rows, rules) == 1
    holds = np.ones((len(handed), len(agreed)), dtype=np.bool_)
    holds[:, [place for place, one in enumerate(agreed) if one.rule is not None]] = answers
    return np.where(holds.any(axis=1), holds.argmax(axis=1), -1).astype(np.int16)


def _kept(verdicts: NDArray[np.int8]) -> PromiseRecord | None:
    found = PromiseRecord(
        int((verdicts == 1).sum()), int((verdicts == 0).sum()), int((verdicts == -1).sum())
    )
    return found if found.judged else None
