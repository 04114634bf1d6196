"""What was kept of the promises of sales, hand-over by hand-over."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from features.rules import evaluate, parse, prepare_rules
from features.store import Store
from propensity.config.config import Config
from propensity.definition.business_hours import Deadlines, Span, parse_span
from propensity.definition.schema import Definition
from propensity.definition.schema import Promise as Agreed
from training.closed_loop.actions import reading_of
from training.learn.rows.run import Run
from training.review.funnel.handed_over import (
    KINDS,
    Contacts,
    HandedOver,
    Moments,
    contacts,
    counted,
    due,
)
from training.review.funnel.metrics import FEWEST_FOR_A_RATE

#: Why something cannot be known.
Unknown = Literal[
    "no definition", "no stage", "no hours", "no sales", "days only", "no calls", "no mails"
]


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


class PromiseJudge:
    """What was kept for each hand-over: 1 kept, 0 broken, -1 nobody can say, -2 not promised or not
    over yet.

    Attributes:
        segment: (k,) place among the promises; -1 for none.
        contact: (k,) verdicts.
        attempts: (k,) verdicts.
    """

    def __init__(
        self,
        run: Run,
        definition: Definition,
        handed: HandedOver,
        *,
        contact_by: Moments | None = None,
        until: int | None = None,
    ) -> None:
        """Judge hand-overs.

        Args:
            run: Configuration and tables.
            definition: What was promised.
            handed: The hand-overs.
            contact_by: (k,) the deadlines of the first contact that were given, ``NEVER`` for none;
                by default they are worked out from the definition.
            until: Moment up to which everything is known, in microseconds; default "observed
                until".
        """
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
        if until is None:
            until = int(run.store.value(f"SELECT epoch_us(TIMESTAMP '{run.store.observed_until}')"))
        self._judge_contact(deadlines, found, until, contact_by)
        self._judge_attempts(deadlines, found, until)

    @property
    def unknown(self) -> tuple[Unknown, ...]:
        """What cannot be known."""
        return tuple(self._unknown)

    def _judge_contact(
        self, deadlines: Deadlines, found: Contacts, until: int, given: Moments | None
    ) -> None:
        told = self._definition.instructions.get("MQL")
        usual = parse_span(told.respond_within) if told and told.respond_within else None
        own = [
            parse_span(one.first_contact_within) if one.first_contact_within else None
            for one in self._definition.promises
        ]
        promised = [own[place] if place >= 0 else None for place in self.segment.tolist()]
        ends = (
            self._ends(deadlines, promised, [usual] * len(promised))
            if given is None
            else (given, given)
        )
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


def record_of(verdicts: NDArray[np.int8]) -> PromiseRecord | None:
    """The verdicts of some hand-overs together; None where none is judged."""
    found = PromiseRecord(
        int((verdicts == 1).sum()), int((verdicts == 0).sum()), int((verdicts == -1).sum())
    )
    return found if found.judged else None
