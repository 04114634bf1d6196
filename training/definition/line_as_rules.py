"""The MQL line in words: a handful of rules of at most three conditions that come close to the set
it hands over.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from features.rules.syntax import Acted, AllOf, Compare, Events, LeadAge, Rule, RuleColumn
from features.spec import (
    ANY_KIND,
    COLLEAGUES,
    FIRST_LEVEL,
    OTHER_KIND,
    AttributeSource,
    BehaviourSource,
    ClockSource,
    Feature,
    FeatureSpec,
)

#: Rules, conditions of one, and rules kept while one is being built.
MOST_RULES, MOST_CONDITIONS, _BEAM = 5, 3, 8
#: Leads a condition must hold for, and leads looked at.
_FEWEST, _MOST_LEADS = 20, 40_000
#: How much more precision counts than coverage: F0.5 (van Rijsbergen 1979).
_BETA2 = 0.25
#: A further rule has to raise the agreement of all rules together by this much (F1).
_WORTHWHILE = 0.01
#: What is no plain text in a rule.
_PATTERN = frozenset("*?")
_TIMES = (1, 2, 3, 5, 10, 15, 20)
_AGES = (7, 14, 30, 60, 90, 180)
#: Quantiles at which a number is cut.
_CUTS = np.arange(0.1, 0.95, 0.1)


@dataclass(frozen=True)
class Condition:
    """A condition that a person could check.

    Attributes:
        rule: Rule in the rule language.
        holds: (n,) where it does.
        subject: The column or behaviour it is about; a rule asks for each once.
    """

    rule: Rule
    holds: NDArray[np.bool_]
    subject: str


@dataclass(frozen=True)
class WordedRule:
    """A rule with what it hands over.

    Attributes:
        rule: Text in the rule language.
        leads: Leads for which it holds.
        share_mql: Share of these that the line hands over too.
        covered: Share of the line's leads for which it holds.
        closed: Leads of the rule that closed.
    """

    rule: str
    leads: int
    share_mql: float
    covered: float
    closed: int


@dataclass(frozen=True)
class LineAsRules:
    """The line in words.

    Attributes:
        rules: The one that covers most first.
        leads: Leads looked at.
        mqls: Leads among these over the line.
        covered: Share of the MQLs for which one of the rules holds.
        both: Leads that rules and line agree to hand over.
        rules_only: Leads for which a rule holds and that are below the line.
        line_only: MQLs for which no rule holds.
    """

    rules: tuple[WordedRule, ...]
    leads: int
    mqls: int
    covered: float
    both: int
    rules_only: int
    line_only: int


def in_words(
    spec: FeatureSpec,
    matrix: NDArray[np.float64],
    is_mql: NDArray[np.bool_],
    won: NDArray[np.bool_],
    *,
    seed: int,
) -> LineAsRules:
    """Find rules that come close to a set of leads: each the best by F0.5 on what the ones before
    leave over.

    Args:
        spec: What the columns mean.
        matrix: (n, features).
        is_mql: (n,) the leads to describe.
        won: (n,) what became of them.
        seed: Seed by which leads are drawn where there are more than 40,000.
    """
    if len(is_mql) > _MOST_LEADS:
        some = np.sort(np.random.default_rng(seed).choice(len(is_mql), _MOST_LEADS, replace=False))
        matrix, is_mql, won = matrix[some], is_mql[some], won[some]
    found = _covering(list(_conditions(spec, matrix)), is_mql) if is_mql.any() else []
    together = (
        np.logical_or.reduce([holds for _, holds in found]) if found else np.zeros_like(is_mql)
    )
    rules = [
        WordedRule(
            rule=str(rule),
            leads=int(holds.sum()),
            share_mql=float(is_mql[holds].mean()),
            covered=float(holds[is_mql].mean()),
            closed=int(won[holds].sum()),
        )
        for rule, holds in found
    ]
    return LineAsRules(
        rules=tuple(sorted(rules, key=lambda rule: -rule.covered)),
        leads=len(is_mql),
        mqls=int(is_mql.sum()),
        covered=float(together[is_mql].mean()) if is_mql.any() else 0.0,
        both=int((together & is_mql).sum()),
        rules_only=int((together & ~is_mql).sum()),
        line_only=int((is_mql & ~together).sum()),
    )


def _covering(
    conditions: list[Condition], wanted: NDArray[np.bool_]
) -> list[tuple[Rule, NDArray[np.bool_]]]:
    """Rules one after the other, each on the wanted leads that none holds for yet."""
    if not conditions:
        return []
    holds = np.array([condition.holds for condition in conditions])
    found: list[tuple[Rule, NDArray[np.bool_]]] = []
    together = np.zeros_like(wanted)
    while len(found) < MOST_RULES and (wanted & ~together).any():
        places, mask = _best(conditions, holds, wanted, wanted & ~together)
        if _f(together | mask, wanted, 1.0) < _f(together, wanted, 1.0) + _WORTHWHILE:
            break
        rules = [conditions[place].rule for place in places]
        found.append((rules[0] if len(rules) == 1 else AllOf(tuple(rules)), mask))
        together |= mask
    return found


def _best(
    conditions: list[Condition],
    holds: NDArray[np.bool_],
    wanted: NDArray[np.bool_],
    left: NDArray[np.bool_],
) -> tuple[tuple[int, ...], NDArray[np.bool_]]:
    """The conjunction with the highest F0.5, by beam search; of equal ones the shorter, then the
    earlier.
    """
    as_numbers = holds.astype(np.float32)
    columns = np.stack([wanted, left], axis=1).astype(np.float32)
    beam: list[tuple[float, tuple[int, ...], NDArray[np.bool_]]] = [(0.0, (), np.ones_like(wanted))]
    best = beam[0]
    for _ in range(MOST_CONDITIONS):
        grown: dict[frozenset[int], tuple[float, tuple[int, ...], NDArray[np.bool_]]] = {}
        for _, places, mask in beam:
            counts = as_numbers[:, mask] @ np.column_stack(
                [columns[mask], np.ones(mask.sum(), np.float32)]
            )
            scores = _f_of(counts[:, 0], counts[:, 1], counts[:, 2], left.sum())
            subjects = {conditions[place].subject for place in places}
            order = np.argsort(-scores, kind="stable")
            allowed = (
                int(p) for p in order if conditions[p].subject not in subjects and scores[p] > 0
            )
            for place, _ in zip(allowed, range(_BEAM), strict=False):
                key = frozenset((*places, place))
                grown.setdefault(key, (float(scores[place]), (*places, place), mask & holds[place]))
        beam = sorted(grown.values(), key=lambda item: (-item[0], item[1]))[:_BEAM]
        if beam and beam[0][0] > best[0] + 1e-9:
            best = beam[0]
    return best[1], best[2]


def _f_of(
    hits: NDArray[np.float32], new_hits: NDArray[np.float32], leads: NDArray[np.float32], left: int
) -> NDArray[np.float64]:
    """F0.5 with precision over all leads of a rule and coverage over the wanted leads that are
    left.
    """
    precision = hits / np.maximum(leads, 1)
    coverage = new_hits / max(int(left), 1)
    below = _BETA2 * precision + coverage
    scores: NDArray[np.float64] = np.where(
        leads >= _FEWEST, (1 + _BETA2) * precision * coverage / np.maximum(below, 1e-12), 0.0
    )
    return scores


def _f(found: NDArray[np.bool_], wanted: NDArray[np.bool_], beta2: float) -> float:
    hits = float((found & wanted).sum())
    return (1 + beta2) * hits / (beta2 * float(wanted.sum()) + float(found.sum())) if hits else 0.0


# --- conditions -----------------------------------------------------------------------------------


def _conditions(spec: FeatureSpec, matrix: NDArray[np.float64]) -> Iterator[Condition]:
    """Everything that could be asked of a lead by one feature, where it holds for enough leads and
    not for all.
    """
    for i, feature in enumerate(spec.features):
        for condition in _of_feature(feature, matrix[:, i]):
            if _FEWEST <= condition.holds.sum() < len(matrix):
                yield condition


def _of_feature(feature: Feature, values: NDArray[np.float64]) -> Iterator[Condition]:
    match feature.source:
        case AttributeSource(reading="category", column=column):
            for code, level in enumerate(feature.levels, start=FIRST_LEVEL):
                yield Condition(Compare(RuleColumn(column), "=", level), values == code, column)
        case AttributeSource(reading="number", column=column):
            for cut in _round_cuts(values):
                yield Condition(Compare(RuleColumn(column), ">=", cut), values >= cut, column)
                yield Condition(Compare(RuleColumn(column), "<=", cut), values <= cut, column)
        case BehaviourSource(measure="count", kind=kind, window=window) if kind not in (
            OTHER_KIND,
            COLLEAGUES,
        ):
            if kind != ANY_KIND and _PATTERN & set(kind):
                return  # a name that a rule would read as a pattern
            events = Events("did", ("*" if kind == ANY_KIND else kind,))
            for times in _TIMES:
                yield Condition(Acted(events, "at least", times, window), values >= times, kind)
        case ClockSource(clock="lead_age"):
            for days in _AGES:
                yield Condition(LeadAge("<=", days), values <= days, "lead age")
        case _:
            return


def _round_cuts(values: NDArray[np.float64]) -> list[float]:
    """Quantiles, rounded to two digits: nobody signs 1,234.56 employees."""
    known = values[~np.isnan(values)]
    if not len(known):
        return []
    return sorted({float(f"{cut:.2g}") for cut in np.quantile(known, _CUTS)})
