"""What rules say of leads at an as-of, column-wise, a batch of rows at a time."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from features.build.batch import make_batch
from features.folding import fold, matcher
from features.rules.checking import refuse_absent
from features.rules.columns import COMPARE, Values, numbers_of, values_of, with_history
from features.rules.episodes import Losses, lead_ages, losses_of
from features.rules.happened import ANYTHING, KnownHistory, codes_of, make_rule_events
from features.rules.syntax import (
    Acted,
    AllOf,
    AnyOf,
    AtLeast,
    Compare,
    Events,
    Known,
    LeadAge,
    Like,
    Lost,
    Not,
    OneOf,
    Rule,
    RuleColumn,
    Silent,
    conditions,
)
from features.rules.truth import Truth, at_least, truth
from features.spec import EventReading
from features.store import Store

#: Rows that are evaluated at a time.
_ROWS_AT_A_TIME = 100_000
#: Texts whose one spelling is remembered from batch to batch.
_TEXTS_REMEMBERED = 1 << 18


def prepare_rules(
    store: Store,
    rules: Sequence[Rule],
    reading: EventReading = EventReading(),  # noqa: B008 — frozen
) -> None:
    """Make the tables in the store that ``evaluate`` reads; once per store and reading. Rules
    prepared before stay so.

    Args:
        store: Store that holds the leads.
        rules: Every rule that will be evaluated.
        reading: Who acts in which event, and which events make a group.

    Raises:
        DataError: Lists the columns that rules name and the store does not have, and behaviour
            asked of a flat table; or rules ask what leads did, and the reading does not say who
            acts.
    """
    refuse_absent(rules, store)
    wanted = _events(rules)
    if wanted:
        make_rule_events(store, wanted, reading)


def evaluate(store: Store, rows: pa.Table, rules: Sequence[Rule]) -> NDArray[np.int8]:
    """What each rule says of each row.

    Only what was known before a row's as-of counts; the answer of a row depends neither on the
    other rows nor on their order.

    Args:
        store: Prepared by ``prepare_rules`` for these rules.
        rows: ``lead``, ``episode``, ``as_of_day``, in any order; see ``features.population``.
        rules: What to evaluate.

    Returns:
        (n, len(rules)) 1 where a rule holds, 0 where it does not, -1 where that is unknown.

    Raises:
        DataError: A rule names a column that the store does not have.
        ValueError: A rule was not prepared.
    """
    refuse_absent(rules, store)
    answers = np.zeros((rows.num_rows, len(rules)), dtype=np.int8)
    remembering = lru_cache(_TEXTS_REMEMBERED)(fold)
    asked = _Asked(store, codes_of(store, _events(rules)), with_history(store), remembering)
    for places, some in _batches(store, rows):
        batch = _Batch(some, asked)
        for i, rule in enumerate(rules):
            found = batch.truth(rule)
            answers[places, i] = np.where(found == 0, np.int8(-1), found == 1)
    return answers


def days_since_done(store: Store, rows: pa.Table, rules: Sequence[Rule]) -> NDArray[np.float64]:
    """How long ago each lead last did one of the things that a rule asks for.

    Args:
        store: Prepared by ``prepare_rules`` for these rules.
        rows: ``lead``, ``episode``, ``as_of_day``, in any order.
        rules: Rules whose ``did`` conditions are looked at, whatever their windows and counts.

    Returns:
        (n, len(rules)) whole days before the as-of; infinite where a rule asks for nothing that a
        lead did, or the lead did none of it.
    """
    done = [_done(rule) for rule in rules]
    ages = np.full((rows.num_rows, len(rules)), np.inf)
    codes = codes_of(store, list(dict.fromkeys(events for listed in done for events in listed)))
    if not codes:
        return ages
    for places, some in _batches(store, rows):
        happened = KnownHistory(store, some, codes)
        for i, listed in enumerate(done):
            for events in listed:
                ages[places, i] = np.minimum(ages[places, i], happened.last(events))
    return ages


def _batches(store: Store, rows: pa.Table) -> Iterator[tuple[NDArray[np.intp], pa.Table]]:
    """Places of some of the rows, by lead, and these rows, which are in the table ``batch`` now."""
    by_lead = np.argsort(rows["lead"].to_numpy(), kind="stable")
    for start in range(0, rows.num_rows, _ROWS_AT_A_TIME):
        places = by_lead[start : start + _ROWS_AT_A_TIME]
        some = rows.select(["lead", "episode", "as_of_day"]).take(pa.array(places))
        make_batch(store, some)
        yield places, some


def _done(rule: Rule) -> list[Events]:
    """What a rule asks leads to have done themselves."""
    return [
        condition.events
        for condition in conditions(rule)
        if isinstance(condition, Acted)
        and condition.events.verb == "did"
        and condition.bound == "at least"
    ]


def _events(rules: Sequence[Rule]) -> list[Events]:
    """Events that rules ask for, each once."""
    wanted: dict[Events, None] = {}
    for condition in (condition for rule in rules for condition in conditions(rule)):
        match condition:
            case Acted(events=events, unanswered=unanswered):
                wanted |= dict.fromkeys([events, ANYTHING] if unanswered else [events])
            case Silent(after=events):
                wanted |= dict.fromkeys([events, ANYTHING])
            case _:
                pass
    return list(wanted)


@dataclass(frozen=True)
class _Asked:
    """What is the same for all batches.

    Attributes:
        store: Store that holds the rows.
        codes: Codes in ``rule_events`` of the events that rules ask for.
        history: Places of the attributes that changed over time.
        fold: A function like ``features.folding.fold``, with a memory: the same texts come in
            every batch.
    """

    store: Store
    codes: dict[Events, list[int]]
    history: frozenset[int]
    fold: Callable[[str], str]


class _Batch:
    """The rows in the table ``batch``; a condition that several rules share is evaluated once."""

    def __init__(self, rows: pa.Table, asked: _Asked) -> None:
        self._store, self._rows, self._history, self._fold = (
            asked.store,
            rows,
            asked.history,
            asked.fold,
        )
        self._happened = KnownHistory(asked.store, rows, asked.codes) if asked.codes else None
        self._columns: dict[int, Values] = {}
        self._truths: dict[Rule, Truth] = {}

    def truth(self, rule: Rule) -> Truth:
        """(n,) see ``features.rules.truth``."""
        match rule:
            case Not(rule=inner):
                found: Truth = -self.truth(inner)
            case AllOf(rules=rules):
                found = np.minimum.reduce([self.truth(inner) for inner in rules])
            case AnyOf(rules=rules):
                found = np.maximum.reduce([self.truth(inner) for inner in rules])
            case AtLeast(number=number, rules=rules):
                found = at_least(number, [self.truth(inner) for inner in rules])
            case _:
                if rule not in self._truths:
                    self._truths[rule] = self._condition(rule)
                found = self._truths[rule]
        return found

    def _condition(self, condition: Rule) -> Truth:
        match condition:
            case Compare(column=column, comparison=comparison, value=value):
                found = self._values(column).compared(comparison, value)
            case OneOf(column=column, values=listed):
                found = self._values(column).one_of(listed)
            case Like(column=column, patterns=patterns):
                values = self._values(column)
                found = truth(values.matching(matcher(patterns)), values.known)
            case Known(column=column):
                found = truth(self._values(column).known)
            case Acted():
                found = self._acted(condition)
            case Silent(days=days, after=after):
                last = self._events.last(after)
                found = truth(
                    (last >= days) & np.isfinite(last) & (last == self._events.last(ANYTHING))
                )
            case Lost():
                found = self._lost(condition)
            case LeadAge(comparison=comparison, days=days):
                found = truth(COMPARE[comparison](lead_ages(self._store), days))
            case _:
                raise TypeError(f"expected a rule, got {type(condition).__name__}")
        return found

    def _acted(self, condition: Acted) -> Truth:
        counts = self._events.count(
            condition.events, condition.window, unanswered=condition.unanswered
        )
        match condition.bound:
            case "at least":
                return truth(counts >= condition.times)
            case "at most":
                return truth(counts <= condition.times)
            case "exactly":
                return truth(counts == condition.times)

    def _lost(self, condition: Lost) -> Truth:
        """True with a loss whose reason matches; else unknown with one whose reason is not
        recorded.
        """
        losses = self._losses
        counts = (
            np.ones(len(losses.row), dtype=bool)
            if condition.window is None
            else losses.age <= condition.window
        )
        matching = (
            losses.reason.matching(matcher(condition.reasons)) if condition.reasons else counts
        )
        holds, open_question = np.zeros((2, self._rows.num_rows), dtype=bool)
        holds[losses.row[counts & matching]] = True
        open_question[losses.row[counts & ~matching & ~losses.reason.known]] = True
        return truth(holds, holds | ~open_question)

    def _values(self, column: RuleColumn) -> Values:
        (number,) = numbers_of(self._store, column)
        if number not in self._columns:
            self._columns[number] = values_of(
                self._store, number, history=number in self._history, fold=self._fold
            )
        return self._columns[number]

    @property
    def _events(self) -> KnownHistory:
        if self._happened is None:
            raise ValueError("expected the events of every rule to be read with the batch")
        return self._happened

    @cached_property
    def _losses(self) -> Losses:
        return losses_of(self._store)
