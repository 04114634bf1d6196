"""Models tried on leads they have not seen, each later than all that they learned from."""

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from features.spec import FeatureSpec
from propensity.config.sections import LearnerSettings
from training.learn.learners import trees as learner
from training.learn.learners.trees import LearnerRows
from training.learn.metrics.holdout import Holdout
from training.learn.recipe import recipe
from training.learn.rows.history import History
from training.learn.rows.run import Run
from training.learn.rows.snapshots import LabelledRows
from training.learn.rows.split import crossfit_folds
from training.learn.rows.time_blocks import (
    Positions,
    TimeBlock,
    cuts,
    key,
    leads_apart,
    sample_leads,
    usable,
)

#: Rows tried at most: more change no verdict, and an audit has to end within minutes.
MOST_ROWS = 60_000
#: Parts into which leads are cut where there is no time.
_THIRDS = 3
#: Trees of a model, at least.
_FEWEST_TREES = 10


@dataclass(frozen=True)
class Trial:
    """Rows with their features, cut into blocks.

    Attributes:
        rows: Rows with their outcomes.
        spec: The features.
        seen: The rows as a learner sees them.
        blocks: The oldest first; each lead judges in one or several, and teaches in none in which
            it judges.
        learner: The configured one at twice its learning rate: half the time, and no other verdict.
        trees: Chosen on forward-chained folds of the older part, for as many rows as it has.
        older: Rows of the older part.
        flat: Whether the rows are of a flat table.
        known: Scores of models of all earlier rows, which more than one question asks for, by
            block.
    """

    rows: LabelledRows
    spec: FeatureSpec
    seen: LearnerRows
    blocks: tuple[TimeBlock, ...]
    learner: LearnerSettings
    trees: int
    older: int
    flat: bool
    known: dict[tuple[int, int], NDArray[np.float64]] = field(
        default_factory=dict, compare=False, repr=False
    )

    def scores(self, block: TimeBlock, earlier: Positions) -> NDArray[np.float64]:
        """What the recipe, learned on some of a block's earlier rows, says about the later ones;
        raw log-odds.

        Fewer rows carry fewer trees, as in ``training.learn.learners.trees.choose_trees``.
        """
        key = (block.cut, int(block.later[0])) if earlier is block.earlier else None
        if key in self.known:
            return self.known[key]
        trees = max(_FEWEST_TREES, round(self.trees * len(earlier) / self.older))
        text = learner.train(self.seen.take(earlier), self.spec, self.learner, trees=trees)
        scores = learner.raw_scores(text, self.seen.matrix[block.later])
        if key is not None:
            self.known[key] = scores
        return scores

    def holdout(self, blocks: tuple[TimeBlock, ...]) -> Holdout:
        """The later rows of blocks, one after another: ranked within an as-of, and the scores of
        each model apart.
        """
        at = np.concatenate([block.later for block in blocks])
        number = np.repeat(np.arange(len(blocks)), [len(block.later) for block in blocks])
        day = (
            np.zeros_like(at)
            if self.flat
            else np.unique(self.rows.round[at], return_inverse=True)[1]
        )
        as_of = (number * (day.max(initial=0) + 1) + day).astype(np.int32)
        rows = self.rows.take(at)
        return Holdout(rows.label, as_of, rows.cluster, rows.weight, win=rows.win)


def trial(run: Run, past: History, *, most_rows: int = MOST_ROWS) -> Trial:
    """Build the features of the mature rows, and cut these into blocks of earlier and later ones.

    The blocks are those on which training makes its choices, and last the test part.

    Raises:
        RefusedError: No column can be learned from.
    """
    rows = sample_leads(past.rows, most_rows, seed=run.config.learner.seed)
    older, test = _parts(past, rows)
    at_older = np.flatnonzero(older)
    spec, seen = recipe.see(run, rows)
    quick = coarser(run.config.learner)
    trees = recipe.choose_trees(
        run.config.model_copy(update={"learner": quick}),
        rows.take(older),
        spec,
        seen.take(at_older),
    )
    ends = [*_ends(rows, at_older, seed=run.config.learner.seed), (at_older, np.flatnonzero(test))]
    blocks = [
        block
        for number, cut in enumerate(ends)
        for block in leads_apart(rows, number, *cut, seed=run.config.learner.seed)
    ]
    return Trial(
        rows, spec, seen, usable(rows, blocks), quick, trees, len(at_older), run.store.is_flat
    )


def _ends(
    rows: LabelledRows, older: Positions, *, seed: int
) -> Iterator[tuple[Positions, Positions]]:
    """Earlier and later rows of the older part; where there is no time, parts by lead."""
    if rows.time.min() < rows.time.max():
        yield from cuts(rows, older)
        return
    for others, part in crossfit_folds(rows.take(older), n_folds=_THIRDS, seed=seed):
        yield older[others], older[part]


def coarser(configured: LearnerSettings) -> LearnerSettings:
    """The learner at twice its learning rate and half its trees."""
    rate, most = min(1.0, 2 * configured.learning_rate), max(2, configured.max_trees // 2)
    return configured.model_copy(update={"learning_rate": rate, "max_trees": most})


def _parts(past: History, rows: LabelledRows) -> Iterator[NDArray[np.bool_]]:
    """Masks of the older part and of the test, after sampling."""
    for mask in (past.older, past.test):
        if len(rows) == len(past.rows):
            yield mask
        else:
            yield np.isin(key(rows), key(past.rows)[mask])
