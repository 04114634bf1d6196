"""Columns that each pass and together carry more than they should, judged as a group."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from features.spec import AttributeSource, FeatureSpec
from propensity.concepts.wording import plain
from propensity.config.decisions import Decisions
from propensity.config.leak_limits import LeakLimits
from training.audit.findings import VERDICTS, GroupVerdict, Hit, LeakVerdict
from training.audit.leaks import strength
from training.audit.leaks.families import ColumnFamily
from training.learn.learners.chosen import Trees
from training.learn.learners.trees import LearnerRows
from training.learn.metrics.metrics import roc_auc

#: Groups that are tried quickly, and those of them, the strongest, that are left out of a model.
_MOST, _TRIED = 40, 8
#: Model of a group alone: of few columns, each tree may have all.
_ALL_AT_ONCE = strength.SMALL.model_copy(update={"feature_fraction": 1.0})
#: AUC that a group has to lose or to add to its best column's.
_LOST, _ADDED = 0.05, 0.03
#: Parts of the rows that judge in turn.
_PARTS = 3
#: Names of a group in a sentence.
_NAMED = 10

Parts = list[tuple[NDArray[np.intp], NDArray[np.intp]]]


@dataclass(frozen=True)
class Rows:
    """What a group is judged on.

    Attributes:
        spec: The features of everything that is offered.
        seen: The rows as a learner sees them.
        cluster: (n,) lead or account of each row.
        win: (n,) number of the win (episode) that a winning row is a look at.
        older: (n,) mask of the rows that teach.
        test: (n,) mask of the rows that judge.
    """

    spec: FeatureSpec
    seen: LearnerRows
    cluster: NDArray[np.int64]
    win: NDArray[np.int64]
    older: NDArray[np.bool_]
    test: NDArray[np.bool_]

    def wins(self, chosen: NDArray[np.bool_]) -> int:
        """Different wins among the chosen rows."""
        return int(np.unique(self.win[chosen & (self.seen.label == 1)]).size)

    @property
    def fewest_wins(self) -> int:
        """Wins of the part that has fewer."""
        return min(self.wins(self.older), self.wins(self.test))


def groups(
    rows: Rows,
    found: Sequence[ColumnFamily],
    aucs: Mapping[str, float | None],
    limits: LeakLimits,
    *,
    leaks: frozenset[str] = frozenset(),
    decided: Decisions | None = None,
    seed: int = 0,
) -> tuple[GroupVerdict, ...]:
    """Judge families of columns; the worst first.

    A group is a leak where it nearly tells the outcome, as a column is; it is suspect where it
    ranks better than ``joint_auc`` and than its best column, or where the model loses
    ``joint_carried`` of its skill without it. Where people said that all its columns are written at
    the creation, strength alone is no suspicion.

    Args:
        rows: What they are judged on.
        found: The families.
        aucs: AUC of each column alone.
        limits: Limits of the firewall.
        leaks: Columns that are leaks by themselves: no part of a model that is to be believed.
        decided: What people decided, and stated about when columns are written.
        seed: Seed of the parts that judge in turn.
    """
    at = _features(rows.spec)
    usable = [i for i, f in enumerate(rows.spec.features) if _column(f.source) not in leaks]
    kept: dict[tuple[str, ...], ColumnFamily] = {}
    for family in found:
        names = tuple(name for name in family.columns if name in at and name not in leaks)
        if len(names) > 1:
            kept.setdefault(names, ColumnFamily(names, family.because))
    parts = _parts(rows, seed)
    if not kept or not parts:
        return ()
    of = {names: [i for name in names for i in at[name]] for names in kept}
    quick = {names: _auc(rows, parts, of[names], strength.QUICK) for names in list(kept)[:_MOST]}
    tried = sorted(quick, key=lambda names: -quick[names])[:_TRIED]
    whole = _auc(rows, parts, usable)
    known = decided.known if decided is not None else {}
    judged = []
    for names in tried:
        rest = [i for i in usable if i not in of[names]]
        without = _auc(rows, parts, rest) if rest else 0.5
        alone = _auc(rows, parts, of[names], _ALL_AT_ONCE)
        best = max((aucs.get(name) or 0.5 for name in names), default=0.5)
        dated = all(known.get(name) == "at_creation" for name in names)
        judged.append(
            _verdict(
                kept[names],
                _Strength(alone, best, whole, without, 2 * len(names) <= len(at)),
                limits,
                dated=dated,
            )
        )
    return tuple(sorted(judged, key=lambda group: -VERDICTS.index(group.verdict)))


@dataclass(frozen=True)
class _Strength:
    """AUCs: of the group alone, of its best column, of the model with it and without it; and
    whether it holds at most half of the columns.
    """

    alone: float
    best: float
    whole: float
    without: float
    is_minor: bool

    @property
    def lost(self) -> float:
        return self.whole - self.without

    @property
    def share(self) -> float:
        return self.lost / (self.whole - 0.5) if self.whole > 0.5 else 0.0


def _verdict(
    family: ColumnFamily, found: _Strength, limits: LeakLimits, *, dated: bool
) -> GroupVerdict:
    adds = found.alone >= found.best + _ADDED
    is_strong = adds and found.alone >= limits.joint_auc
    is_carrying = found.is_minor and found.lost >= _LOST and found.share >= limits.joint_carried
    verdict: LeakVerdict = "fine"
    if adds and found.alone >= limits.determining_auc:
        verdict = "leak"
    elif (is_strong or is_carrying) and not dated:
        verdict = "suspect"
    shown = ", ".join(repr(plain(name, longest=30)) for name in family.columns[:_NAMED])
    more = len(family.columns) - _NAMED
    sentence = (
        f"{len(family.columns)} columns ({shown}{f' and {more} more' if more > 0 else ''};"
        f" {plain(family.because)}) rank leads with AUC {found.alone:.2f} together, the best of"
        f" them alone with {found.best:.2f}; without them the model's AUC goes from"
        f" {found.whole:.2f} to {found.without:.2f}"
    )
    evidence = {
        "columns": list(family.columns),
        "because": family.because,
        "auc": round(found.alone, 4),
        "best_alone": round(found.best, 4),
        "model_auc": round(found.whole, 4),
        "auc_without": round(found.without, 4),
        "dated": dated,
    }
    return GroupVerdict(family.columns, family.because, verdict, sentence, evidence)


def group_hits(name: str, judged: Sequence[GroupVerdict]) -> Iterator[Hit]:
    """What the worst group that a column belongs to says about it."""
    mine = [group for group in judged if name in group.columns and group.verdict != "fine"]
    if mine:
        worst = max(mine, key=lambda group: VERDICTS.index(group.verdict))
        yield Hit("together", worst.verdict, worst.sentence, worst.evidence)


# --- rows and features ----------------------------------------------------------------------------


def _parts(rows: Rows, seed: int) -> Parts:
    """Rows that teach and rows that judge: the older part and the test; where these have too few
    wins, parts of all rows in turn, by lead.
    """
    if rows.fewest_wins >= strength.LEAST_WINS:
        return [(np.flatnonzero(rows.older), np.flatnonzero(rows.test))]
    if rows.wins(np.ones(len(rows.win), dtype=bool)) < 2 * strength.LEAST_WINS:
        return []
    clusters, inverse = np.unique(rows.cluster, return_inverse=True)
    part = np.random.default_rng(seed).integers(0, _PARTS, len(clusters))[inverse]
    return [(np.flatnonzero(part != k), np.flatnonzero(part == k)) for k in range(_PARTS)]


def _auc(rows: Rows, parts: Parts, columns: list[int], model: Trees = strength.SMALL) -> float:
    """ROC AUC of a small model of some matrix columns, averaged over the parts by their wins."""
    total, wins = 0.0, 0.0
    for earlier, later in parts:
        label = rows.seen.label[later]
        if not 0 < label.sum() < len(label):
            continue
        found = strength.score(rows.seen, rows.spec, earlier, later, columns, model)
        total += float(label.sum()) * roc_auc(label, found, rows.seen.weight[later])
        wins += float(label.sum())
    return total / wins if wins else 0.5


def _features(spec: FeatureSpec) -> dict[str, list[int]]:
    """Lead column to its matrix columns."""
    found: dict[str, list[int]] = {}
    for i, feature in enumerate(spec.features):
        name = _column(feature.source)
        if name is not None:
            found.setdefault(name, []).append(i)
    return found


def _column(source: object) -> str | None:
    return source.column if isinstance(source, AttributeSource) else None
