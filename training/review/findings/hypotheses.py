"""What people said of leads, held against leads the model had not seen.

Leads of which a rule holds are compared with what everything else about them makes one expect: the
chance without the concepts that the rule asks about, moved by one step in log-odds so that as many
closes are expected of all leads as came. Big companies that come by referral are not counted twice
then: what the referral does is expected already.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Annotated, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, Field, ValidationError

from features.errors import ConfigError
from features.files.problems import explained
from features.files.yaml_file import read_yaml
from features.folding import fold
from features.rules import Rule, conditions, evaluate, parse, prepare_rules, problems
from features.rules.columns import numbers_of
from features.rules.syntax import Acted, Compare, Known, LeadAge, Like, Lost, OneOf, Silent
from features.settings import StrictModel
from features.spec import AttributeSource, BehaviourSource, ClockSource, Feature
from features.store import Store
from propensity.definition.texts import RuleText
from propensity.model.model import PropensityModel, Sums, probability
from training.learn.metrics.clustered_intervals import proportion, spread
from training.learn.metrics.recalibration import shift_to
from training.learn.rows.snapshots import LabelledRows

#: Leads, and customers or not among them, below which nothing is said.
FEWEST = 20
#: A difference that is worth a rule: this share more (less) than expected.
WORTH = 0.25

ClaimVerdict = Literal["holds", "fails", "few"]
Floats = NDArray[np.float64]


class Claim(StrictModel):
    """What somebody said.

    Attributes:
        sentence: Sentence in their words.
        rule: The same in the language of rules.
        closes: Whether such leads close ``more`` often than others, or ``less``.
    """

    sentence: Annotated[str, Field(min_length=1, max_length=400)]
    rule: RuleText
    closes: Literal["more", "less"] = "more"


class _File(BaseModel):
    claims: tuple[Claim, ...]


@dataclass(frozen=True)
class JudgedClaim:
    """A claim with what the data say.

    Attributes:
        claim: What was said.
        leads: Not seen by the model, of which the rule holds.
        won: Leads among these that reached the goal.
        expected: Goals reached, from everything else about them.
        low: Lower end of the 95 % interval of their rate, for all claims at once; NaN with fewer
            than 20 leads.
        high: Upper end.
        verdict: ``holds``, ``fails`` (a difference worth a rule is ruled out), or ``few``.
    """

    claim: Claim
    leads: int
    won: int
    expected: float
    low: float
    high: float
    verdict: ClaimVerdict


def read(path: Path | str) -> tuple[Claim, ...] | None:
    """Read what people said; None where there is no such file.

    Raises:
        ConfigError: Everything wrong with it, one line each.
    """
    path = Path(path)
    try:
        raw = read_yaml(path)
    except FileNotFoundError:
        return None
    if not isinstance(raw, list):
        raise ConfigError(
            f"{path}: expected a list of claims, each with `sentence:` and `rule:`, got"
            f" {type(raw).__name__}. An example: docs/review.md."
        )
    try:
        return _File.model_validate({"claims": raw}).claims
    except ValidationError as error:
        lines = [line.removeprefix("claims.") for line in explained(error, _File)]
        raise ConfigError(_wrong(str(path), [f"entry {line}" for line in lines])) from None


def check(claims: Sequence[Claim], store: Store, *, name: str) -> None:
    """Refuse claims that the input cannot answer, before the work is done.

    Raises:
        ConfigError: A rule asks for what the input does not have; all are listed.
    """
    wrong = [
        f"entry {place} ({claim.rule}): {problem}"
        for place, claim in enumerate(claims)
        for problem in problems(parse(claim.rule), store)
    ]
    if wrong:
        raise ConfigError(_wrong(name, wrong))


def judge_claims(
    claims: Sequence[Claim],
    store: Store,
    model: PropensityModel,
    rows: LabelledRows,
    sums: Sums,
    *,
    seed: int,
) -> tuple[JudgedClaim, ...]:
    """Hold claims against leads.

    Args:
        claims: Checked; see ``check``.
        store: The canonical tables.
        model: That had not seen the leads.
        rows: The leads, at an as-of each.
        sums: Sums of the rows, by concept.
        seed: Seed of the correction for how many claims there are.
    """
    rules = [parse(claim.rule) for claim in claims]
    if not rules:
        return ()
    prepare_rules(store, rules, model.spec.events)
    holds = evaluate(store, rows.rows.combine_chunks(), rules) == 1
    expected = np.column_stack([_expected(rule, store, model, sums, rows.label) for rule in rules])
    return tuple(_judged(claims, holds, expected, rows, seed))


def _judged(
    claims: Sequence[Claim],
    holds: NDArray[np.bool_],
    expected: Floats,
    rows: LabelledRows,
    seed: int,
) -> Iterator[JudgedClaim]:
    _, cluster = np.unique(rows.cluster, return_inverse=True)
    told = [place for place in range(len(claims)) if _clusters(cluster, holds[:, place]) >= FEWEST]
    rate = {place: float(rows.label[holds[:, place]].mean()) for place in told}

    def influence(at: NDArray[np.intp]) -> Floats:
        return np.column_stack(
            [
                holds[at, place] * (rows.label[at] - rate[place]) / holds[:, place].sum()
                for place in told
            ]
        )

    noise = spread(cluster.astype(np.int64), influence, len(told), seed=seed) if told else None
    for place, claim in enumerate(claims):
        mask = holds[:, place]
        leads, won, hoped = (
            int(mask.sum()),
            int(rows.label[mask].sum()),
            float(expected[mask, place].sum()),
        )
        if noise is None or place not in rate:
            yield JudgedClaim(claim, leads, won, hoped, float("nan"), float("nan"), "few")
            continue
        number = told.index(place)
        clusters = _clusters(cluster, mask)
        found = proportion(rate[place], float(noise.variance[number]), clusters, noise.critical)
        low, high = found.corrected_low, found.corrected_high
        yield JudgedClaim(
            claim, leads, won, hoped, low, high, _verdict(claim, low, high, hoped / leads)
        )


def _verdict(claim: Claim, low: float, high: float, expected: float) -> ClaimVerdict:
    """What an interval of a rate says of a claim, beside what is expected."""
    worth = WORTH * min(expected, 1 - expected)
    if claim.closes == "more":
        return "holds" if low > expected else "fails" if high < expected + worth else "few"
    return "holds" if high < expected else "fails" if low > expected - worth else "few"


def _clusters(cluster: NDArray[np.intp], mask: NDArray[np.bool_]) -> int:
    return int(np.unique(cluster[mask]).size)


# --- from everything else -------------------------------------------------------------------------


def _expected(
    rule: Rule, store: Store, model: PropensityModel, sums: Sums, label: NDArray[np.int8]
) -> Floats:
    """(n,) chances without what a rule asks about; all together as many goals as were reached."""
    about = asked_about(rule, store, model)
    without = sums.log_odds - sums.contributions[:, about].sum(axis=1)
    rate = float(label.mean())
    if not 0 < rate < 1:
        return np.full(len(label), rate)
    return probability(without + shift_to(rate, without, np.ones(len(without))))


def asked_about(rule: Rule, store: Store, model: PropensityModel) -> list[int]:
    """Places of the concepts of a model that a rule asks about."""
    spec = model.spec
    return [
        place
        for place, concept in enumerate(model.concepts)
        if any(
            _asks(condition, spec.features[column], store, model)
            for condition in conditions(rule)
            for column in concept.columns
        )
    ]


def _asks(condition: Rule, feature: Feature, store: Store, model: PropensityModel) -> bool:
    match condition, feature.source:
        case (Compare() | OneOf() | Like() | Known()) as about, AttributeSource(column=column):
            return column in {
                store.attributes[place].name for place in numbers_of(store, about.column)
            }
        case Acted(events=events), BehaviourSource(kind=kind):
            return events.verb == "did" and _matches(events.types, _types(kind, model))
        case Silent(after=events), BehaviourSource(kind=kind):
            return events.verb == "did" and _matches(events.types, _types(kind, model))
        case LeadAge(), ClockSource(clock=clock):
            return clock in ("lead_age", "first_touch_age")
        case Lost(), ClockSource(clock=clock):
            return clock == "earlier_losses"
    return False


def _types(kind: str, model: PropensityModel) -> set[str]:
    """What rules may call a kind of behaviour: its name, and the event types that count as it."""
    return {kind, *(group.event_type for group in model.spec.events.groups if group.name == kind)}


def _matches(patterns: Sequence[str], names: set[str]) -> bool:
    return any(fnmatchcase(fold(name), fold(pattern)) for pattern in patterns for name in names)


def _wrong(name: str, lines: Sequence[str]) -> str:
    listed = "\n".join(f"  - {line}" for line in lines)
    return f"{name} cannot be used: {len(lines)} problem(s); entries are counted from 0.\n{listed}"
