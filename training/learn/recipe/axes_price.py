"""What keeping fit and interest apart costs, and whether somebody has decided about it."""

import math
from dataclasses import dataclass

from propensity.concepts.wording import plain
from propensity.config.config import Config
from propensity.config.decisions import AxesDecision
from training.learn.metrics.evaluation import Estimate

#: Steps in which a price is accepted: thousandths of the ROC AUC.
_STEP = 0.001


@dataclass(frozen=True)
class AxesPrice:
    """The price of separate axes.

    Attributes:
        cost: ROC AUC that the best contestant free to mix them would have added on the test part.
        accepted: What was decided about it; None where nothing was.
    """

    cost: Estimate
    accepted: AxesDecision | None

    @property
    def is_real(self) -> bool:
        """Whether it is beyond noise: its 95 % interval lies above 0."""
        return self.cost.low > 0

    @property
    def is_accepted(self) -> bool:
        """Whether somebody accepted as much."""
        return self.accepted is not None and self.cost.low <= self.accepted.up_to

    @property
    def is_open(self) -> bool:
        """Whether somebody has to decide."""
        return self.is_real and not self.is_accepted

    @property
    def up_to(self) -> float:
        """What an acceptance of this price would name: the upper end of its interval, rounded
        up.
        """
        return math.ceil(self.cost.high / _STEP) * _STEP

    def lines(self) -> tuple[str, ...]:
        """What is to be decided and both ways to do so, or what was; nothing where it is noise."""
        if not self.is_real:
            return ()
        if self.is_accepted and self.accepted is not None:
            told = self.accepted
            return (
                f"decided: the axes stay apart up to a price of {told.up_to:g}:"
                f" {plain(told.because, longest=300)} ({plain(told.by)}, {told.at})",
            )
        before = (
            f", and only {self.accepted.up_to:g} was accepted" if self.accepted is not None else ""
        )
        return (
            f"this price is beyond noise{before}. Decide, one of two:",
            "  - let trees mix both axes: `learner: {axes: shared}` in the configuration, then"
            " `propensity train` again. Fit then moves with behaviour too, and every page says so",
            "  - keep them apart for its price, by this entry in decisions.yaml:",
            f"      - {{axes: apart, up_to: {self.up_to:.3f}, because: WHY, by: WHO, at: DAY}}",
        )


def axes_price(cost: Estimate | None, config: Config) -> AxesPrice | None:
    """The price as it was measured, beside what was decided; None where none was measured."""
    return None if cost is None else AxesPrice(cost, config.decisions.axes)
