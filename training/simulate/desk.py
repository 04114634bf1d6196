"""The desk of a simulated sales team: what it is handed, and what it does about it, day by day."""

from __future__ import annotations

import heapq
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import NamedTuple

import numpy as np

from training.simulate.chances import Chances
from training.simulate.company import NEVER, Calendar, Floats, Moments, office_hours
from training.simulate.office import MINUTE, Office
from training.simulate.people import JOBS, People
from training.simulate.sales_team import CALL, MAIL, SalesTeam

LARGE = 1000  # employees from which on more calls are owed
SMALLEST = 20  # employees below which nobody has the budget
# attempts, in business days after the hand-over; the first call is the first contact
CALL_DAYS, CALL_DAYS_LARGE, MAIL_DAYS = (0, 2, 5), (0, 1, 3, 4, 6), (0, 3, 6)
ATTEMPT_DAYS = 10
STUDENT = [job.name for job in JOBS].index("Student")
REASONS = ("no need now", "no budget", "wrong contact")
NOT_REACHED, TOO_SMALL, A_STUDENT = "not reached", "too small", "student"
ACCEPTED, SENT_BACK, TOSS_UP = "accepted", "sent back", "toss-up"
UNAIDED_DAYS = 14  # at most, for which a lead is an opportunity that sales never accepted
GIVEN_UP = 0.35  # of those nobody reached
TOSSED_UP = 0.8  # of those that become opportunities
_DAY = 86_400_000


class HandOver(NamedTuple):
    """A lead that sales is handed: its place, since when (milliseconds), and the deadline of the
    first contact, if there is one.
    """

    lead: int
    at: int
    due: int | None


class Contact(NamedTuple):
    """A call or a mail."""

    lead: int
    at: int
    event_type: str


class Status(NamedTuple):
    """What sales said about a lead."""

    lead: int
    at: int
    status: str
    reason: str | None


class Opportunity(NamedTuple):
    """When a lead that was handed over at a moment becomes an opportunity, and whether it buys."""

    lead: int
    handed_at: int
    at: int
    is_won: bool


@dataclass(slots=True)
class _Case:
    """A hand-over that is being worked, with all that chance has in store for it."""

    hand_over: HandOver
    ended: int
    random: np.random.Generator
    left: int
    replaced_at: int = NEVER
    is_decided: bool = False
    is_over: bool = False


class _Task(NamedTuple):
    due: int
    release: int
    number: int
    event_type: str


@dataclass
class Desk:
    """Hand-overs go in, contacts and statuses come out; days only go forward.

    What a lead meets depends on the company's seed, the lead and the day of the hand-over alone,
    and on how much else there is to do.

    Attributes:
        calendar: The local days.
        people: All leads, as they will have been in the end.
        won: (n,) when each will be won, or ``NEVER``; a call may bring it forward.
        chances: The truth, which says what a call changes.
        patience: (n,) how many closings each lives through before it is won.
        handed: Taken so far.
        contacts: Made so far, in order.
        statuses: Set so far.
        opportunities: Known so far, some of them to come.
        called: Place of a lead to the day from whose start on its first call has an effect; empty
            where calls have none.
        unaided: (n,) when each lead that will be won becomes an opportunity by itself, days before,
            if sales has not got that far; else ``NEVER``.
    """

    calendar: Calendar
    people: People
    won: Moments
    chances: Chances
    patience: Floats
    handed: list[HandOver] = field(default_factory=list)
    contacts: list[Contact] = field(default_factory=list)
    statuses: list[Status] = field(default_factory=list)
    opportunities: list[Opportunity] = field(default_factory=list)

    def __post_init__(self) -> None:
        company = self.calendar.company
        self.team = company.sales or SalesTeam()
        self.office = Office(self.calendar, self.team)
        self.called: dict[int, int] = {}
        self._before = self.won
        self.won = self.won.copy()
        self._ahead = company.random(8).random(len(self.people)) * UNAIDED_DAYS * _DAY
        self._part = office_hours(company.random(12), len(self.people))
        begun = np.where(self.people.reopened < self.won, self.people.reopened, self.people.created)
        ahead = self.won - self._ahead.astype(np.int64)
        self.unaided = np.where(self.won < NEVER, np.maximum(ahead, begun) // 1000 * 1000, NEVER)
        self._per_day = self.team.size(company.n_leads) * self.team.contacts_per_day
        self._pending: list[tuple[int, int, _Task, _Case]] = []
        self._ready: list[tuple[int, int, _Task, _Case]] = []
        self._newest: dict[int, _Case] = {}
        self._number = self._next_day = 0
        faults = company.faults
        silent = faults is not None and faults.no_calls
        self._no_calls = (
            int(self.calendar.midnights[self.calendar.faults_begin]) if silent else NEVER
        )

    def take(self, hand_overs: Iterable[HandOver]) -> None:
        """Be handed leads; of a lead that is on the desk already the new hand-over counts."""
        for hand_over in hand_overs:
            self.handed.append(hand_over)
            before = self._newest.get(hand_over.lead)
            if before is not None:
                before.replaced_at = hand_over.at
            day = int(np.searchsorted(self.calendar.midnights, hand_over.at, side="right")) - 1
            random = self.calendar.company.random(9, hand_over.lead, day)
            case = _Case(hand_over, self._ended(hand_over), random, 0)
            self._newest[hand_over.lead] = case
            if random.random() < self.team.forgotten:
                case.is_over = True
                continue
            for task in self._tasks(case):
                case.left += 1
                heapq.heappush(self._pending, (task.release, task.number, task, case))

    def work(self, until: int) -> None:
        """Work through the business days that begin before a moment."""
        while self._next_day < self.office.days:
            slots = self.office.slots(self._next_day, self._per_day)
            if slots[0] >= until:
                return
            for slot in slots.tolist():
                self._use(slot)
            self._next_day += 1

    def is_customer(self, lead: int, at: int) -> bool:
        """Whether a call had won a lead by a moment, so that what it would have done was not."""
        return bool(self.won[lead] < self._before[lead] and self.won[lead] <= at)

    def _ended(self, hand_over: HandOver) -> int:
        """When nobody calls any more: the lead is an opportunity, or lost."""
        lead = hand_over.lead
        lost = int(self.people.lost[lead])
        return min(int(self.unaided[lead]), lost if lost >= hand_over.at else NEVER)

    def _tasks(self, case: _Case) -> Iterable[_Task]:
        lead, at, due = case.hand_over
        start = np.array([at])
        number, random = int(self.office.number(start)[0]), case.random
        seen = random.lognormal(np.log(self.team.notices_after * MINUTE), 0.9)
        first = int(self.office.later(start, np.array([int(seen)]))[0])
        last = int(self.office.closing(np.array([number + ATTEMPT_DAYS - 1]))[0])
        is_large = self.people.employees_today[lead] >= LARGE
        days = (CALL_DAYS_LARGE if is_large else CALL_DAYS, MAIL_DAYS)
        for event_type, when in zip((CALL, MAIL), days, strict=True):
            for day in when:
                skipped, part = random.random() < self.team.skipped, random.random()
                self._number += 1
                if day == 0 and event_type == CALL:
                    yield _Task(due or last, first, self._number, event_type)
                elif not skipped:
                    opening = int(self.office.opening(np.array([number + day]))[0])
                    release = max(opening, first + 5 * MINUTE) + int(part * 300 * MINUTE)
                    yield _Task(last, release, self._number, event_type)

    def _use(self, slot: int) -> None:
        """Do the most urgent thing there is to do."""
        while self._pending and self._pending[0][0] <= slot:
            _, _, task, case = heapq.heappop(self._pending)
            heapq.heappush(self._ready, (task.due, task.number, task, case))
        while self._ready:
            _, _, task, case = heapq.heappop(self._ready)
            if case.is_over or min(case.ended, case.replaced_at) <= slot:
                continue
            if self.is_customer(case.hand_over.lead, slot):
                continue
            case.left -= 1
            if task.event_type == CALL and slot >= self._no_calls:
                continue
            self._contact(case, task.event_type, slot)
            return

    def _contact(self, case: _Case, event_type: str, slot: int) -> None:
        lead = case.hand_over.lead
        at = slot + int(case.random.integers(0, 50_000))
        self.contacts.append(Contact(lead, at, event_type))
        if event_type == CALL and self.team.call_effect and lead not in self.called:
            self._hasten(case, at)
        is_reached = event_type == CALL and case.random.random() < self.team.reached
        if not case.is_decided and (is_reached or case.left == 0):
            case.is_decided = True
            self._decide(case, at + 2 * MINUTE, is_reached=is_reached)

    def _hasten(self, case: _Case, at: int) -> None:
        """Let a call have its effect: the lead may be won sooner, or at all."""
        lead = case.hand_over.lead
        day = int(np.searchsorted(self.calendar.midnights, at, side="right"))
        self.called[lead] = day
        chances = replace(self.chances, effect=self.team.call_effect)
        won_on = chances.won_on(lead, day, float(self.patience[lead]))
        if won_on is None:
            return
        won = int(self.calendar.second(np.array([won_on]), self._part[[lead]])[0])
        if won >= self.won[lead]:
            return
        self.won[lead] = won
        ahead = max(won - int(self._ahead[lead]), at + 3 * MINUTE) // 1000 * 1000
        self.unaided[lead] = min(ahead, int(self.unaided[lead]))
        case.ended = min(case.ended, int(self.unaided[lead]))

    def _decide(self, case: _Case, at: int, *, is_reached: bool) -> None:
        lead, random = case.hand_over.lead, case.random
        reason = self._reason(lead, random.random(3)) if is_reached else None
        if not is_reached and random.random() < GIVEN_UP:
            reason = NOT_REACHED
        is_written = random.random() >= self.team.no_status
        if is_written:
            self.statuses.append(Status(lead, at, SENT_BACK if reason else ACCEPTED, reason))
        if reason:
            case.is_over = True
            return
        opportunity = self._opportunity(case, at)
        if opportunity is None:
            return
        is_won = case.ended == self.unaided[lead] < NEVER
        self.opportunities.append(Opportunity(lead, case.hand_over.at, opportunity, is_won))
        case.ended = min(case.ended, opportunity)
        if is_written and random.random() < TOSSED_UP:
            between = at + int(random.random() * (opportunity - at))
            tossed = min(int(self.office.first(np.array([between]))[0]), opportunity)
            self.statuses.append(Status(lead, tossed, TOSS_UP, None))

    def _reason(self, lead: int, part: Floats) -> str | None:
        """Why a reached lead is sent back, or None."""
        if self.people.job_today[lead] == STUDENT and part[0] < 0.6:
            return A_STUDENT
        if self.people.employees_today[lead] < SMALLEST and part[1] < 0.3:
            return TOO_SMALL
        share = self.team.sent_back
        return REASONS[int(part[2] / share * len(REASONS))] if part[2] < share else None

    def _opportunity(self, case: _Case, at: int) -> int | None:
        """When an accepted lead becomes an opportunity: before it buys, and some of the others."""
        lead, random = case.hand_over.lead, case.random
        part, luck = random.random(2)
        if case.ended == self.unaided[lead] < NEVER:  # it will buy
            start = max(at, case.ended - 30 * _DAY)
            return (start + int(part * max(case.ended - start, 0))) // 1000 * 1000
        moment = (at + int((2 + 18 * part) * _DAY)) // 1000 * 1000
        return moment if luck < self.team.opportunities and moment < case.ended else None
