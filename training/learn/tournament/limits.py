"""Where the configuration ended the growth of the trees, and what more of them would bring."""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from propensity.config.sections import MOST_TREES, LearnerSettings
from training.learn.tournament.judged_rows import Floats, JudgedRows

#: Trees over which the last fall of the loss is taken, and told.
PER = 100


@dataclass(frozen=True)
class LimitReached:
    """A limit of ``learner:`` at which the log loss on later leads still fell.

    Attributes:
        key: The key that ended the growth.
        value: What the configuration says there.
        trees: Trees that one model may have under it.
        fall: How far the log loss fell over the last 100 trees (of one model, as it would be
            served) before the limit; in nats. As much again is what 100 more would bring at most,
            as such falls grow smaller.
        error: Standard error of the fall, over leads (accounts).
    """

    key: Literal["max_trees", "most_leaves"]
    value: int
    trees: int
    fall: float
    error: float

    @property
    def sentence(self) -> str:
        """What was reached, what more would bring, and what to write for it."""
        more = 2 * self.value if self.key == "most_leaves" else min(2 * self.value, MOST_TREES)
        way = f". To try: `learner: {{{self.key}: {more}}}`" if more > self.value else ""
        noise = "" if self.fall > self.error else ", which is within noise"
        return (
            f"learner.{self.key}: {self.value:,} was reached ({self.trees:,} trees of one model):"
            f" the log loss on later leads still fell by {self.fall:.5f} (standard error"
            f" {self.error:.5f}) over the last {PER} trees{noise}; {PER} more bring that at"
            f" most{way}"
        )


def limit_reached(
    counts: Floats,
    losses: Floats,
    later: JudgedRows,
    *,
    most: int,
    learner: LearnerSettings,
) -> LimitReached | None:
    """Whether trees stopped growing at a limit although later leads were still judged better.

    Args:
        counts: (k,) trees of one model, as many as it would have on all rows; ascending.
        losses: (k, n) losses of the judged rows after so many.
        later: The judged rows.
        most: Trees that one model may have.
        learner: The limits.

    Returns:
        None where the loss was lowest before the limit, so that more trees bring nothing.
    """
    if len(counts) < 2:
        return None
    step = float(counts[1] - counts[0])
    allowed = max(1, int(np.count_nonzero(counts <= most)))
    means = [later.mean(each) for each in losses[:allowed]]
    is_at_limit = counts[allowed - 1] + step > most
    if not is_at_limit or int(np.argmin(means)) < allowed - 1:
        return None
    before = min(int(np.searchsorted(counts, counts[allowed - 1] - PER)), allowed - 2)
    if before < 0:
        return None
    gap = later.gap(losses[before], losses[allowed - 1])
    scale = PER / float(counts[allowed - 1] - counts[before])
    key: Literal["max_trees", "most_leaves"] = (
        "max_trees" if most == learner.max_trees else "most_leaves"
    )
    value = getattr(learner, key)
    return LimitReached(key, value, most, scale * gap.mean, scale * gap.error)
