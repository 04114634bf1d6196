"""The values of each column and kind of behaviour beside the reference population's.

The measure is the population stability index, the symmetric Kullback-Leibler distance of the shares
of bins or levels (Siddiqi, Credit Risk Scorecards, 2006): it needs nothing but the stored shares,
treats numbers and categories alike, and has limits that practice knows. Its sampling noise is about
chi-squared with bins - 1 degrees of freedom, divided by the number of leads (Yurdakul 2018): where
leads are few, a difference has to be beyond that too.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import pyarrow.compute as pc
from numpy.typing import NDArray

from features.spec import (
    ANY_KIND,
    COLLEAGUES,
    FIRST_LEVEL,
    MISSING,
    OTHER,
    OTHER_KIND,
    AttributeSource,
    BehaviourSource,
    Feature,
)
from propensity.config.sections import InputCheckSettings
from propensity.input_check.skill import MISSING_LEVEL, OTHER_LEVEL, skill_shares
from propensity.model.model import PropensityModel
from propensity.scoring.differences import InputDifference, Severity

#: Beyond this share of leads without a readable value, a column that had them is gone.
_GONE, _HAD = 0.9, 0.5
#: Chance that a kind of behaviour is seen in no lead although nothing changed.
_BY_CHANCE = 1e-6
#: Standard normal quantile of the sampling noise that a difference has to exceed.
NOISE_Z = 4.75


@dataclass(frozen=True)
class Shares:
    """The reference population and tonight's leads over the bins or levels of one feature.

    Attributes:
        names: Names of the bins: a level, ``(missing)``, ``(other)``, or an empty text where the
            feature is a number.
        expected: (k,) shares in the reference population.
        found: (k,) shares in the leads of tonight.
    """

    names: tuple[str, ...]
    expected: NDArray[np.float64]
    found: NDArray[np.float64]

    def unreadable(self) -> tuple[float, float]:
        """Share of rows without a known value: expected, and found."""
        odd = np.array([name in (MISSING_LEVEL, OTHER_LEVEL) for name in self.names], dtype=bool)
        return float(self.expected[odd].sum()), float(self.found[odd].sum())

    def stability(self, leads: int) -> float:
        """The population stability index; empty bins count as half a lead."""
        floor = 0.5 / max(leads, 1)
        p, q = (np.maximum(share, floor) for share in (self.expected, self.found))
        return float(((p - q) * np.log(p / q)).sum())

    def noise(self, leads: int) -> float:
        """What the index reaches by sampling alone, hardly ever more (Wilson and Hilferty 1931)."""
        k = max(len(self.names) - 1, 1)
        quantile = k * (1 - 2 / (9 * k) + NOISE_Z * np.sqrt(2 / (9 * k))) ** 3
        return float(quantile / max(leads, 1))


def skill_by_source(model: PropensityModel) -> dict[str, float]:
    """Column or kind of behaviour, as findings name it, to its share in the model."""
    skill = skill_shares(model)
    return {about: float(skill[numbers].sum()) for about, numbers in _groups(model).items()}


def telling_counts(model: PropensityModel) -> tuple[int, ...]:
    """The count over the longest window of each kind of behaviour."""
    features = model.spec.features
    telling = [_telling(features, numbers) for numbers in _groups(model).values()]
    counts = [n for n in telling if isinstance(features[n].source, BehaviourSource)]
    return tuple(n for n in counts if getattr(features[n].source, "measure", "") == "count")


def stability_by_source(model: PropensityModel, matrix: NDArray[np.float64]) -> dict[str, float]:
    """Column or kind of behaviour, as findings name it, to its stability index: how far tonight's
    values are from those of the reference population, beyond a limit or not.

    Args:
        model: In use; without stored distributions there is nothing to compare with.
        matrix: (n, features) values of tonight's leads, or of an even sample of them.
    """
    if model.distributions is None or not len(matrix):
        return {}
    features = model.spec.features
    telling = {about: _telling(features, numbers) for about, numbers in _groups(model).items()}
    return {
        about: shares_of(model, features[number], matrix[:, number]).stability(len(matrix))
        for about, number in telling.items()
    }


def about_kind(kind: str) -> str:
    """What findings call a kind of behaviour."""
    return f"events {kind!r}"


def compared_values(
    model: PropensityModel,
    matrix: NDArray[np.float64],
    limits: InputCheckSettings,
    *,
    skill: Mapping[str, float] | None = None,
) -> Iterator[InputDifference]:
    """What is wrong with columns and kinds of behaviour.

    Args:
        model: In use; without stored distributions there is nothing to compare with.
        matrix: (n, features) values of tonight's leads, or of an even sample of them.
        limits: Beyond which a difference is told.
        skill: See ``skill_by_source``, where it is there already.
    """
    if model.distributions is None or not len(matrix):
        return
    skill = skill_by_source(model) if skill is None else skill
    for about, numbers in _groups(model).items():
        found = (_compared(model, about, numbers, matrix, limits, share=skill[about]),)
        yield from (finding for finding in found if finding is not None)


def _groups(model: PropensityModel) -> dict[str, list[int]]:
    """Column or kind of behaviour to its features; clocks and sums of kinds stand for no source."""
    groups: dict[str, list[int]] = {}
    for number, feature in enumerate(model.spec.features):
        match feature.source:
            case AttributeSource(column=column):
                groups.setdefault(f"column {column!r}", []).append(number)
            case BehaviourSource(kind=kind) if kind not in (ANY_KIND, COLLEAGUES, OTHER_KIND):
                groups.setdefault(about_kind(kind), []).append(number)
            case _:
                pass
    return groups


def _compared(
    model: PropensityModel,
    about: str,
    numbers: list[int],
    matrix: NDArray[np.float64],
    limits: InputCheckSettings,
    *,
    share: float,
) -> InputDifference | None:
    leads = len(matrix)
    number = _telling(model.spec.features, numbers)
    feature = model.spec.features[number]
    shares = shares_of(model, feature, matrix[:, number])
    severity: Severity = "stop" if share >= limits.skill else "look"
    carries = f"it carries {share:.0%} of the model"
    if isinstance(feature.source, BehaviourSource):
        expected = _share_above_zero(model, feature)
        if not matrix[:, number].any() and (1 - expected) ** leads < _BY_CHANCE:
            return InputDifference(
                "events-vanished",
                severity,
                about,
                f"{about}: none of {leads:,} leads has any in {_window(feature)}, expected"
                f" {expected:.0%} of them; {carries}: not tracked any more, or renamed?",
            )
    else:
        had, has = shares.unreadable()
        if has >= _GONE and has - had >= _HAD:
            return InputDifference(
                "column-unreadable",
                severity,
                about,
                f"{about}: {has:.0%} of {leads:,} leads have no value that the model knows,"
                f" expected {had:.0%}; {carries}: absent, renamed, or written in another way?",
            )
    index = shares.stability(leads)
    if index <= max(limits.stability, shares.noise(leads)):
        return None
    return InputDifference(
        "drift",
        "look",
        about,
        f"{about}: its values are not spread as in training (stability index {index:.2f}, expected"
        f" at most {limits.stability:g}); {_largest(shares, feature)}; {carries}",
    )


def _telling(features: tuple[Feature, ...], numbers: list[int]) -> int:
    """The feature that stands for a source: the count over the longest window, or the column."""

    def rank(number: int) -> tuple[bool, int]:
        source = features[number].source
        if not isinstance(source, BehaviourSource):
            return True, 0
        return source.measure == "count", -1 if source.window is None else source.window

    return max(numbers, key=rank)


def shares_of(model: PropensityModel, feature: Feature, values: NDArray[np.float64]) -> Shares:
    """The reference shares of a feature, and those of the values in the same bins or levels."""
    if model.distributions is None:
        raise ValueError("expected a model with stored distributions, got one without")
    rows = model.distributions.filter(pc.field("feature") == feature.name).to_pylist()
    expected = np.array([row["share"] for row in rows], dtype=np.float64)
    names = tuple(row["level"] or "" for row in rows)
    if feature.is_category:
        codes = {OTHER_LEVEL: OTHER, MISSING_LEVEL: MISSING}
        places = {name: FIRST_LEVEL + i for i, name in enumerate(feature.levels)}
        wanted = [codes.get(name, places.get(name, -1)) for name in names]
        count = np.bincount(values.astype(np.intp), minlength=FIRST_LEVEL + len(feature.levels))
        found = count[wanted] / len(values)
    else:
        edges = np.array([row["low"] for row in rows if row["low"] is not None], dtype=np.float64)
        missing = np.isnan(values)
        bins = np.searchsorted(edges, values[~missing], side="left")
        counted = np.bincount(bins, minlength=len(edges) + 1)
        found = np.concatenate([[missing.sum()], counted])[: len(names)] / len(values)
    return Shares(names, expected, found.astype(np.float64))


def _share_above_zero(model: PropensityModel, feature: Feature) -> float:
    """Share of the reference population that showed a kind of behaviour."""
    if model.distributions is None:
        return 0.0
    rows = model.distributions.filter(pc.field("feature") == feature.name).to_pylist()
    return float(sum(row["share"] for row in rows if row["low"] is not None and row["low"] >= 0))


def _window(feature: Feature) -> str:
    source = feature.source
    window = source.window if isinstance(source, BehaviourSource) else None
    return "all their history" if window is None else f"the last {window} days"


def _largest(shares: Shares, feature: Feature) -> str:
    """Where the two spreads differ most, without a value of a lead."""
    place = int(np.argmax(np.abs(shares.found - shares.expected)))
    name = shares.names[place]
    if name in (MISSING_LEVEL, OTHER_LEVEL):
        where = {MISSING_LEVEL: "missing", OTHER_LEVEL: "in no known level"}[name]
    elif feature.is_category:
        where = f"{name[:40]!r}"
    else:
        where = "in one tenth of the former values"
    return f"{shares.found[place]:.0%} are {where}, expected {shares.expected[place]:.0%}"
