"""Whether the rules of a definition can work on the data: asked before it is signed, and every
night.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from features.population import ROWS
from features.rules import Rule, absent_events, evaluate, parse, prepare_rules
from features.rules.syntax import Known, RuleColumn
from features.store import Store
from propensity.concepts.wording import plain
from propensity.definition.schema import Definition
from propensity.grading.rule_reader import HOLDS, wrong_rules
from propensity.model.model import PropensityModel
from propensity.registry.champion import Champion
from propensity.scoring.tonight import even_sample, population

#: Days before the as-of on which leads are looked at too, before a rule is said to hold for nobody.
_DAYS_BACK = (7, 14, 28, 56, 84, 112, 168, 224, 280, 364)
#: Leads below which nothing is said of who meets a rule.
_FEWEST = 20
#: Longest sentence about a rule, in signs.
_LONGEST = 400


@dataclass(frozen=True)
class RuleDoubt:
    """A rule that cannot do what it was written for.

    Attributes:
        about: Which rule: ``disqualifier unsubscribed``.
        sentence: What is wrong with it, for people.
        is_grave: Whether leads are handed over, or kept back, otherwise than was meant. A stage or
            a segment that is empty only tells less.
        is_readable: Whether a scoring can read it; one that cannot lets every night fail.
    """

    about: str
    sentence: str
    is_grave: bool = True
    is_readable: bool = True

    def __str__(self) -> str:
        return plain(f"{self.about}: {self.sentence}", longest=_LONGEST)


@dataclass(frozen=True)
class _NamedRule:
    about: str
    rules: tuple[Rule, ...]
    is_grave: bool = True


def asked_rules(
    definition: Definition, model: PropensityModel, store: Store, as_of_day: int
) -> tuple[RuleDoubt, ...]:
    """Ask the rules of a definition on the data that are scored.

    A column that is absent; an event of which there is none; a rule that holds for no lead, of
    those open at the as-of, of those open on days of the year before, and of all there are; a
    disqualifier that holds for everybody.

    Args:
        definition: Definition whose rules are asked.
        model: Model it is used with; says who is in the population, and who acts in which event.
        store: The opened input.
        as_of_day: Number of the day at whose start leads are looked at; of no meaning for a flat
            table.

    Raises:
        DataError: Rules ask what leads did, and nothing says who acts.
    """
    reading = model.spec.events
    found = [RuleDoubt("rule", text, is_readable=False) for text in wrong_rules(definition, store)]
    is_wrong, left = bool(found), []
    for named in _named(definition):
        asked = () if store.is_flat else named.rules
        absent = [text for rule in asked for text in absent_events(rule, store, reading)]
        found += (RuleDoubt(named.about, text) for text in absent)
        left += [] if absent else [named]
    if is_wrong:  # what cannot be read cannot be asked of anybody
        return tuple(dict.fromkeys(found))
    prepare_rules(store, [rule for named in _named(definition) for rule in named.rules], reading)
    found += _holding_for_nobody(left, model, store, as_of_day)
    found += _holding_for_everybody(definition, model, store, as_of_day)
    return tuple(dict.fromkeys(found))


def rule_doubts(champion: Champion, store: Store, as_of_day: int) -> tuple[str, ...]:
    """What the rules of the definition in use cannot do on the data of a night, a sentence each;
    see ``asked_rules``.
    """
    definition = champion.agreed.definition if champion.agreed else None
    if definition is None:
        return ()
    return tuple(map(str, asked_rules(definition, champion.model, store, as_of_day)))


def _named(definition: Definition) -> Iterator[_NamedRule]:
    qualifiers = tuple(parse(item.rule) for item in definition.qualifiers)
    for item in definition.qualifiers:
        yield _NamedRule(f"qualifier {item.name}", (parse(item.rule),))
    if len(qualifiers) > 1:
        yield _NamedRule("qualifiers, all together", qualifiers)
    for item in definition.disqualifiers:
        yield _NamedRule(f"disqualifier {item.name}", (parse(item.rule),))
    for item in definition.always_hand_over:
        yield _NamedRule(f"hand-raiser {item.name}", (parse(item.rule),))
    for column in definition.required_info:
        yield _NamedRule(f"required column {column.column}", (Known(RuleColumn(column.column)),))
    if definition.mql.rule:
        yield _NamedRule(
            "the line", (parse(definition.mql.rule),), is_grave=definition.mql.by == "rules"
        )
    for stage in definition.stages:
        yield _NamedRule(f"stage {stage.name}", (parse(stage.entry),), is_grave=False)
    for promise in definition.promises:
        if promise.rule:
            yield _NamedRule(f"segment {promise.segment}", (parse(promise.rule),), is_grave=False)


def _holding_for_nobody(
    asked: list[_NamedRule], model: PropensityModel, store: Store, as_of_day: int
) -> Iterator[RuleDoubt]:
    """The rules that hold for no lead; of several together, only where each alone holds for
    somebody.
    """
    left: dict[str, _NamedRule] = {named.about: named for named in asked}
    looked = 0
    for rows in _looked_at(model, store, as_of_day):
        if not left:
            return
        looked = max(looked, rows.num_rows)
        holds = _truth(store, rows, left)
        left = {
            about: named
            for about, named in left.items()
            if not np.logical_and.reduce([holds[rule] for rule in named.rules]).any()
        }
    if looked < _FEWEST:
        return
    alone = {named.rules[0] for named in left.values() if len(named.rules) == 1}
    for named in left.values():
        if len(named.rules) == 1 or not alone & set(named.rules):
            yield RuleDoubt(
                named.about,
                "it holds for no lead, neither now nor on days of the year before"
                if not store.is_flat
                else "it holds for no row",
                named.is_grave,
            )


def _holding_for_everybody(
    definition: Definition, model: PropensityModel, store: Store, as_of_day: int
) -> Iterator[RuleDoubt]:
    rows = even_sample(population(model, store, as_of_day))
    if rows.num_rows < _FEWEST or not definition.disqualifiers:
        return
    rules = [parse(item.rule) for item in definition.disqualifiers]
    truth = evaluate(store, rows, rules) == HOLDS
    for item, everybody in zip(definition.disqualifiers, truth.all(axis=0), strict=True):
        if everybody:
            yield RuleDoubt(f"disqualifier {item.name}", "it holds for every open lead")


def _looked_at(model: PropensityModel, store: Store, as_of_day: int) -> Iterator[pa.Table]:
    """Leads on whom a rule may hold: a sample of those open, of those open on earlier days, then
    all.
    """
    now = population(model, store, as_of_day)
    some = even_sample(now)
    yield some
    if not store.is_flat:
        for back in _DAYS_BACK:
            yield even_sample(population(model, store, as_of_day - back))
    if some.num_rows < now.num_rows:
        yield now
    if not store.is_flat:
        yield store.query(
            "SELECT lead, episode::INTEGER AS episode, $as_of::INTEGER AS as_of_day FROM episodes"
            " ORDER BY lead, episode",
            {"as_of": as_of_day},
        ).cast(ROWS)


def _truth(
    store: Store, rows: pa.Table, asked: Mapping[str, _NamedRule]
) -> dict[Rule, np.ndarray[tuple[int], np.dtype[np.bool_]]]:
    """Rule to (n,) whether it holds."""
    rules = list(dict.fromkeys(rule for named in asked.values() for rule in named.rules))
    truth = evaluate(store, rows, rules) == HOLDS
    return {rule: truth[:, i] for i, rule in enumerate(rules)}
