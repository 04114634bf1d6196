"""Can the rows whose missing value was drawn be told from the others? Only where they cannot does
drawing hide that a value is missing.

All other columns may tell something of it without the drawn one: what goes with the outcome goes
with a gap that goes with the outcome. That is no fault of the drawing, so the test is made with the
column and without it.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from features.build.filling import is_missing
from features.spec import AttributeSource, FeatureSpec
from propensity.config.decisions import Decision, Decisions
from training.audit.leaks import strength
from training.learn.learners.chosen import Trees
from training.learn.learners.trees import LearnerRows
from training.learn.metrics.metrics import roc_auc
from training.learn.recipe import recipe
from training.learn.rows.run import Run
from training.learn.rows.snapshots import LabelledRows

#: Rows of either kind below which a model learns nothing.
_FEWEST = 50
#: AUC that the drawn column adds where it betrays itself; AUC of the other columns that is more
#: than what goes with the outcome.
_GAIN, _BY_OTHERS = 0.02, 0.75
#: Parts that judge in turn.
_PARTS = 2
#: Model that tries to tell them apart: a drawn value betrays itself beside the others, not alone,
#: which deep trees see that have all columns.
_DEEP = Trees(
    trees=80,
    depth=6,
    leaves=32,
    learning_rate=0.1,
    min_leaf_rows=20,
    feature_fraction=1.0,
)


@dataclass(frozen=True)
class Recognised:
    """How well rows with a drawn value are told from the others.

    Attributes:
        auc: AUC of a model of all columns.
        without: AUC of a model of all but the drawn one.
    """

    auc: float
    without: float

    def is_beyond(self, limit: float) -> bool:
        """Whether the drawn values betray themselves, or the others betray them clearly."""
        betrays = self.auc - self.without > _GAIN or self.without > _BY_OTHERS
        return self.auc > limit and betrays


def recognised(
    run: Run,
    rows: LabelledRows,
    plainly: tuple[FeatureSpec, LearnerRows],
    names: Sequence[str],
    *,
    leaks: Collection[str],
) -> dict[str, "Recognised | None"]:
    """How well a model tells drawn rows from the others, by column; None where there are too few
    of either.

    The model sees what a model of the outcome would see: all columns but those that leak, with what
    is missing in the named ones drawn.

    Args:
        run: The configuration, and the canonical tables.
        rows: The rows.
        plainly: Features and matrix of these rows in which nothing is drawn.
        names: Columns that would be imputed, none of them a date.
        leaks: Columns that would be dropped.
    """
    if not names:
        return {}
    entries = tuple(
        Decision.model_validate(
            {"column": name, "action": "impute", "because": "tried", "by": "audit", "at": _DAY}
        )
        for name in names
    )
    drawing = run.config.model_copy(update={"decisions": Decisions(entries=entries)})
    spec, seen = recipe.see(replace(run, config=drawing), rows)
    offered = [i for i, f in enumerate(spec.features) if _column(f.source) not in leaks]
    part = _in_parts(rows.cluster, seed=run.config.learner.seed)
    found: dict[str, Recognised | None] = {}
    for name in names:
        found[name] = None
        missing = _missing(plainly, name)
        if missing is None:
            continue
        auc = _auc(spec, seen, missing, offered, part)
        rest = [i for i in offered if _column(spec.features[i].source) != name]
        without = _auc(spec, seen, missing, rest, part) if rest else 0.5
        if auc is not None and without is not None:
            found[name] = Recognised(auc, without)
    return found


#: Any day: the decisions are tried, and written nowhere.
_DAY = "2000-01-01"


def _auc(
    spec: FeatureSpec,
    seen: LearnerRows,
    missing: NDArray[np.bool_],
    columns: list[int],
    part: NDArray[np.int64],
) -> float | None:
    if not columns or min(missing.sum(), (~missing).sum()) < _FEWEST:
        return None
    label = missing.astype(np.int8)
    as_outcome = LearnerRows(seen.matrix, label, np.ones(len(label)))
    score = np.zeros(len(label))
    for number in range(_PARTS):
        earlier, later = np.flatnonzero(part != number), np.flatnonzero(part == number)
        if not 0 < label[earlier].sum() < len(earlier):
            return None
        found = strength.score(as_outcome, spec, earlier, later, columns, _DEEP)
        score[later] = found - found.mean()
    return roc_auc(label, score)


def _missing(plainly: tuple[FeatureSpec, LearnerRows], name: str) -> NDArray[np.bool_] | None:
    spec, seen = plainly
    for i, feature in enumerate(spec.features):
        if _column(feature.source) == name:
            return is_missing(feature, seen.matrix[:, i])
    return None


def _in_parts(cluster: NDArray[np.int64], *, seed: int) -> NDArray[np.int64]:
    clusters, inverse = np.unique(cluster, return_inverse=True)
    drawn = np.random.default_rng(seed).integers(0, _PARTS, len(clusters))
    return np.asarray(drawn[inverse], dtype=np.int64)


def _column(source: object) -> str | None:
    return source.column if isinstance(source, AttributeSource) else None
