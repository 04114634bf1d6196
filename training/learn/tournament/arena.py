"""Where contestants meet: blocks of earlier and later rows, with old history counting as it
will.
"""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from propensity.config.config import Config
from propensity.config.sections import FOLDS, LearnerSettings
from training.learn.learners.chosen import EVERYTHING, AxesMode, HistoryWeighting
from training.learn.learners.dropped_features import drop_features
from training.learn.learners.trees import Fold, LearnerRows, Task, has_both, more_trees
from training.learn.rows.snapshots import LabelledRows
from training.learn.rows.split import crossfit_folds
from training.learn.rows.time_blocks import TimeBlock
from training.learn.tournament.judged_rows import JudgedRows
from training.learn.tournament.recency import learner_weights


@dataclass(frozen=True)
class Arena:
    """What every contestant is tried on.

    Attributes:
        config: Configuration of the run.
        rows: Rows with their outcomes.
        seen: The same as a learner sees them.
        blocks: Blocks of positions among the rows.
        later: The judged rows of the blocks, one block after another.
        task: The features and what holds for them.
        past: How old history counts.
    """

    config: Config
    rows: LabelledRows
    seen: LearnerRows
    blocks: tuple[TimeBlock, ...]
    later: JudgedRows
    task: Task
    past: HistoryWeighting = EVERYTHING

    @property
    def learner(self) -> LearnerSettings:
        """What the configuration says of it."""
        return self.config.learner

    @property
    def growth(self) -> float:
        """How many times more trees the chosen model carries than a block's, as it learns from so
        many times more of the rarer outcome; see ``more_trees``.

        Rows would not do: of very many all wins are kept, and few of the rest, which then weigh
        more.
        """
        label = self.rows.label
        rarer = label == (label.mean() <= 0.5)
        of_a_block = np.mean(
            [np.count_nonzero(rarer[self.positions(block)]) for block in self.blocks]
        )
        counts = rarer & (learner_weights(self.config, self.rows, self.past) > 0)
        return more_trees(float(self.rows.weight[counts].sum() / of_a_block))

    def positions(self, block: TimeBlock) -> NDArray[np.intp]:
        """Positions of the block's earlier rows that count."""
        counts = learner_weights(self.config, self.rows.take(block.earlier), self.past)
        return block.earlier[counts > 0]

    def earlier(self, block: TimeBlock) -> LearnerRows:
        """The block's earlier rows that count, with their weights."""
        at = self.positions(block)
        counts = learner_weights(self.config, self.rows.take(at), self.past)
        found = self.seen.take(at)
        return (
            found
            if (counts == 1).all()
            else LearnerRows(found.matrix, found.label, found.weight * counts)
        )

    def judged(self, block: TimeBlock) -> LearnerRows:
        """The block's later rows."""
        return self.seen.take(block.later)

    def folds(self, block: TimeBlock) -> list[Fold]:
        """The cross-fit of the block's earlier rows, as a bag has it: positions among these."""
        rows = self.rows.take(self.positions(block))
        folds = crossfit_folds(rows, n_folds=FOLDS, seed=self.learner.seed)
        return [fold for fold in folds if has_both(rows.label[fold[0]])]

    def sharing(self, axes: AxesMode) -> "Arena":
        """The same with the axes apart or shared."""
        return replace(self, task=replace(self.task, axes=axes))

    def knowing(self, past: HistoryWeighting) -> "Arena":
        """The same where old history counts otherwise."""
        return replace(self, past=past)

    def without(self, dropped: tuple[str, ...]) -> "Arena":
        """The same without some features."""
        read = drop_features(self.task.spec, dropped)
        at = {int(column): place for place, column in enumerate(read.kept)}
        ways = {at[column]: way for column, way in self.task.monotone.items() if column in at}
        return replace(
            self, seen=read.rows(self.seen), task=replace(self.task, spec=read.spec, monotone=ways)
        )
