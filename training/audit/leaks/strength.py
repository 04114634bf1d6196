"""How much a column knows: alone, and within a model of everything."""

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from features.spec import AttributeSource, BehaviourSource, FeatureSpec
from propensity.concepts.wording import plain
from propensity.config.leak_limits import LeakLimits
from propensity.config.sections import LearnerSettings
from training.audit.findings import Hit, SubjectKind
from training.audit.leaks.units import AuditedColumn, Ints, Units
from training.learn.learners.chosen import Trees
from training.learn.learners.trees import LearnerRows, grow, raw_scores, written
from training.learn.metrics.metrics import roc_auc

Fold = tuple[NDArray[np.intp], NDArray[np.intp]]

#: Shares of the leads, in their order, between which each fold is tried on; it learns from what
#: lies before.
_CUTS = (0.4, 0.6, 0.8, 1.0)
_RANDOM_FOLDS = 5
#: Leads at the average rate that every value's close rate is mixed with.
_PRIOR = 20.0
#: A small model, quickly: it need not be the best, it must be the same with and without a column.
SMALL = Trees(trees=60, depth=4, leaves=16, learning_rate=0.1, min_leaf_rows=20)
#: The same, quicker.
QUICK = SMALL.model_copy(update={"trees": 10})
#: Columns that are left out one at a time: the strongest.
TRIED = 6
#: Wins of the test, and of the older part, below which a gap of two models says nothing.
LEAST_WINS = 30


def folds(units: Units, *, seed: int) -> list[Fold]:
    """Forward in time where there is one; else random fifths. Positions among the leads that
    teach.
    """
    at = np.flatnonzero(units.teaches)
    if not units.is_ordered:
        fold = np.random.default_rng(seed).integers(0, _RANDOM_FOLDS, len(at))
        return [(at[fold != k], at[fold == k]) for k in range(_RANDOM_FOLDS)]
    at = at[np.argsort(units.order[at], kind="stable")]
    cuts = [int(share * len(at)) for share in _CUTS]
    return [(at[:start], at[start:end]) for start, end in itertools.pairwise(cuts)]


def single_auc(
    column: AuditedColumn, won: NDArray[np.bool_], folds: Sequence[Fold]
) -> float | None:
    """ROC AUC of the column alone, missing as its own value, on leads that came later than those it
    learned from.

    The score of a value is its close rate on the earlier leads, drawn to the average. Folds are
    averaged by their pairs of a win and a loss; None without any.
    """
    total, pairs = 0.0, 0.0
    for earlier, later in folds:
        wins = float(won[later].sum())
        weight = wins * (len(later) - wins)
        if not weight or not won[earlier].any():
            continue
        score = _rates(column.code[earlier], won[earlier], len(column.words))[column.code[later]]
        total += weight * roc_auc(won[later].astype(np.int8), score)
        pairs += weight
    return total / pairs if pairs else None


def _rates(code: Ints, won: NDArray[np.bool_], n_codes: int) -> NDArray[np.float64]:
    leads = np.bincount(code, minlength=n_codes)
    wins = np.bincount(code, won, minlength=n_codes)
    return np.asarray((wins + _PRIOR * won.mean()) / (leads + _PRIOR))


def strong_hits(auc: float | None, limits: LeakLimits, *, is_event: bool = False) -> Iterator[Hit]:
    """A column that is too good alone; an event before the close is at most suspect: a last step
    may lead to it.
    """
    if auc is None or auc < limits.strong_auc:
        return
    evidence = {"auc": round(auc, 4)}
    if auc >= limits.determining_auc and not is_event:
        sentence = (
            f"tells alone who wins: AUC {auc:.2f} on later leads; nothing known before the close"
            " does"
        )
        yield Hit("near-duplicate of the outcome", "leak", sentence, evidence)
        return
    yield Hit(
        "too good",
        "suspect",
        f"AUC {auc:.2f} alone on later leads. Strong is not wrong: a demo request is strong too."
        " When the value is written would tell (a history of changes, recorded_at), or its values"
        " on leads that are still open",
        evidence,
    )


@dataclass(frozen=True)
class Carried:
    """What a column carries of a model of everything.

    Attributes:
        auc: AUC of the model, on its test rows.
        without: AUC of the model without the column.
        agreement: Rank correlation of the column with the score of the model without it; None of a
            text or an event.
    """

    auc: float
    without: float
    agreement: float | None

    @property
    def share(self) -> float:
        """The share of the model's skill (AUC above .5) that is lost without the column."""
        return (self.auc - self.without) / (self.auc - 0.5) if self.auc > 0.5 else 0.0


def carried(
    spec: FeatureSpec, seen: LearnerRows, older: NDArray[np.bool_], test: NDArray[np.bool_]
) -> dict[tuple[SubjectKind, str], Carried]:
    """What the strongest columns and kinds of behaviour carry: learned on the older rows, tried on
    the test; both need ``LEAST_WINS``.
    """
    label, weight = seen.label, seen.weight
    earlier, later = np.flatnonzero(older), np.flatnonzero(test)
    groups = _groups(spec)
    full = score(seen, spec, earlier, later, list(range(len(spec.features))))
    auc = roc_auc(label[later], full, weight[later])
    alone = (
        {key: _group_auc(seen, spec, earlier, later, at) for key, at in groups.items()}
        if len(groups) > TRIED
        else {}
    )
    tried = sorted(groups, key=lambda key: -alone.get(key, 0.0))[:TRIED]
    found = {}
    for key in tried if len(groups) > 1 else []:
        rest = [i for i in range(len(spec.features)) if i not in groups[key]]
        found_by_rest = score(seen, spec, earlier, later, rest)
        without = roc_auc(label[later], found_by_rest, weight[later])
        agreement = _agreement(spec, seen.matrix[later], groups[key], found_by_rest)
        found[key] = Carried(auc, without, agreement)
    return found


def _groups(spec: FeatureSpec) -> dict[tuple[SubjectKind, str], list[int]]:
    """Matrix columns of each lead column and kind of behaviour."""
    groups: dict[tuple[SubjectKind, str], list[int]] = {}
    for i, feature in enumerate(spec.features):
        match feature.source:
            case AttributeSource():
                groups.setdefault(("column", feature.source.column), []).append(i)
            case BehaviourSource():
                groups.setdefault(("event type", feature.source.kind), []).append(i)
            case _:
                pass
    return groups


def score(
    seen: LearnerRows,
    spec: FeatureSpec,
    earlier: NDArray[np.intp],
    later: NDArray[np.intp],
    columns: list[int],
    model: Trees = SMALL,
) -> NDArray[np.float64]:
    """Raw scores of the later rows by a small model of some matrix columns, learned on the earlier
    rows.
    """
    smaller = spec.model_copy(update={"features": tuple(spec.features[i] for i in columns)})
    chosen = LearnerRows(seen.matrix[:, columns], seen.label, seen.weight)
    task = written(smaller, LearnerSettings(axes="shared"))
    return raw_scores(grow(chosen.take(earlier), task, model), chosen.matrix[later])


def _group_auc(
    seen: LearnerRows,
    spec: FeatureSpec,
    earlier: NDArray[np.intp],
    later: NDArray[np.intp],
    columns: list[int],
) -> float:
    found = score(seen, spec, earlier, later, columns, QUICK)
    return roc_auc(seen.label[later], found, seen.weight[later])


def _agreement(
    spec: FeatureSpec, matrix: NDArray[np.float64], columns: list[int], score: NDArray[np.float64]
) -> float | None:
    feature = spec.features[columns[0]]
    if not isinstance(feature.source, AttributeSource) or feature.source.reading != "number":
        return None
    values = matrix[:, columns[0]]
    known = ~np.isnan(values)
    if known.sum() < 100 or len(np.unique(values[known])) < 5:
        return None
    return float(np.corrcoef(_ranks(values[known]), _ranks(score[known]))[0, 1])


def _ranks(values: NDArray[np.float64]) -> NDArray[np.float64]:
    _, inverse, counts = np.unique(values, return_inverse=True, return_counts=True)
    return np.asarray((np.cumsum(counts) - counts / 2)[inverse])


def carried_hits(name: str, found: Carried | None, limits: LeakLimits) -> Iterator[Hit]:
    """A column that carries the model, or that says what all others say together."""
    if found is None:
        return
    evidence = {"model_auc": round(found.auc, 4), "auc_without": round(found.without, 4)}
    if found.share >= limits.carried and found.auc - found.without >= 0.03:
        yield Hit(
            "carries the model",
            "suspect",
            f"the model's AUC falls from {found.auc:.2f} to {found.without:.2f} without"
            f" {plain(name)!r}: {found.share:.0%} of its skill is one column's",
            evidence,
        )
    if found.agreement is not None and abs(found.agreement) >= 0.8:
        yield Hit(
            "ready-made score",
            "suspect",
            "ranks leads as all other columns together do (rank correlation"
            f" {found.agreement:.2f}): it looks like a score that somebody worked out from them,"
            " perhaps later",
            evidence | {"rank_correlation": round(found.agreement, 4)},
        )
