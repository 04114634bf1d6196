"""What the rules of a definition say of leads, as they were known at an as-of."""

from collections.abc import Sequence

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from features.errors import ConfigError
from features.rules import Rule, days_since_done, evaluate, parse, prepare_rules, problems
from features.rules.syntax import Known, RuleColumn
from features.spec import EventReading
from features.store import Store
from propensity.definition.schema import Definition
from propensity.grading.decision_table import RuleResults

#: Begins the key of a required column; no text of a rule holds it.
_COLUMN = "\0"
HOLDS, FAILS, UNKNOWN = np.int8(1), np.int8(0), np.int8(-1)


class RuleReader:
    """Reads the rules of a definition from a store.

    Args:
        store: The canonical tables.
        definition: The definition whose rules are read.
        reading: Who acts in which event, and how events are grouped.

    Raises:
        ConfigError: A rule asks for what the input does not have; all are listed.
    """

    def __init__(self, store: Store, definition: Definition, reading: EventReading) -> None:
        self.store, self.definition = store, definition
        self._rules = _rules_of(definition, definition.deciding_rules)
        wrong = wrong_rules(definition, store)
        if wrong:
            lines = "\n".join(f"  - {line}" for line in wrong)
            raise ConfigError(
                f"The rules of the definition do not fit the input: {len(wrong)}"
                f" problem(s).\n{lines}"
            )
        prepare_rules(store, list(self._rules.values()), reading)

    def read(
        self, rows: pa.Table, *, store: Store | None = None, requests: bool = False
    ) -> RuleResults:
        """What the rules say of rows.

        Args:
            rows: ``lead``, ``episode``, ``as_of_day``.
            store: The same store in another thread; see ``Store.beside``.
            requests: Whether to find out when each hand-raiser asked.
        """
        store = store or self.store
        truth = evaluate(store, rows, list(self._rules.values()))
        of = dict(zip(self._rules, truth.T, strict=True))
        definition, n = self.definition, rows.num_rows
        qualifiers = [of[item.rule] for item in definition.qualifiers]
        fails = _first([values == FAILS for values in qualifiers], n)
        unknown = _first([values == UNKNOWN for values in qualifiers], n)
        stages = [of[stage.entry] == HOLDS for stage in definition.stages]
        raises = [of[item.rule] == HOLDS for item in definition.always_hand_over]
        return RuleResults(
            disqualifier=_first([of[item.rule] == HOLDS for item in definition.disqualifiers], n),
            hand_raiser=_first(raises, n),
            missing=_first(
                [of[_column(item.column)] != HOLDS for item in definition.required_info], n
            ),
            qualifier=np.where(fails >= 0, fails, unknown).astype(np.int16),
            qualifier_unknown=(fails < 0) & (unknown >= 0),
            in_line=(
                of[definition.mql.rule] == HOLDS
                if definition.mql.rule
                else np.zeros(n, dtype=np.bool_)
            ),
            stage=_last(stages, n),
            segment=_first(
                [
                    of[p.rule] == HOLDS if p.rule else np.ones(n, np.bool_)
                    for p in definition.promises
                ],
                n,
            ),
            toss_up=(
                _first([of[item.rule] != HOLDS for item in definition.toss_up], n)
                if definition.toss_up
                else None
            ),
            request_age=self._request_age(store, rows, raises) if requests else None,
        )

    def _request_age(
        self, store: Store, rows: pa.Table, raises: list[NDArray[np.bool_]]
    ) -> NDArray[np.int32]:
        """(n,) see ``RuleResults.request_age``: the newest request of the rules that hold."""
        ages = np.full(rows.num_rows, -1, dtype=np.int32)
        if not raises:
            return ages
        holds = np.stack(raises, axis=1)
        raised = np.flatnonzero(holds.any(axis=1))
        rules = [self._rules[item.rule] for item in self.definition.always_hand_over]
        days = days_since_done(store, rows.take(pa.array(raised)), rules)
        newest = np.where(holds[raised], days, np.inf).min(axis=1, initial=np.inf)
        ages[raised] = np.where(np.isfinite(newest), newest, -1).astype(np.int32)
        return ages


def wrong_rules(definition: Definition, store: Store) -> list[str]:
    """What keeps the rules of a definition from being read from a store, one sentence each."""
    return [
        f"{text.removeprefix(_COLUMN)}: {problem}"
        for text, rule in _rules_of(definition, definition.rules).items()
        for problem in problems(rule, store)
    ]


def _rules_of(definition: Definition, texts: Sequence[str]) -> dict[str, Rule]:
    """Rules by their texts, and whether each required column is known."""
    rules = {text: parse(text) for text in texts}
    required = {
        _column(item.column): Known(RuleColumn(item.column)) for item in definition.required_info
    }
    return {**rules, **required}


def _column(name: str) -> str:
    """A key for "is this column known" that no rule's text can be."""
    return f"{_COLUMN}{name}"


def _first(holds: Sequence[NDArray[np.bool_]], n: int) -> NDArray[np.int16]:
    """(n,) the first place that holds, or -1."""
    found = np.full(n, -1, dtype=np.int16)
    for place in reversed(range(len(holds))):
        found[holds[place]] = place
    return found


def _last(holds: Sequence[NDArray[np.bool_]], n: int) -> NDArray[np.int16]:
    """(n,) the last place that holds, or -1."""
    found = np.full(n, -1, dtype=np.int16)
    for place, values in enumerate(holds):
        found[values] = place
    return found
