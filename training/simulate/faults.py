"""What goes wrong in a simulated company from a day on, for those who have to notice.

Leads, what they did, and how they ended before that day are as in the same company without the
fault: one model serves both. A level also moves which leads sales takes for opportunities in the
weeks before, since sales feels a close coming.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass


@dataclass(frozen=True)
class Faults:
    """Planted faults; all begin on the same day.

    Attributes:
        since: The local day from whose start on they hold.
        level: How many times as fast leads close: at 0.7, 30 % fewer close in any short time. The
            truth knows it.
        stopped_event: Event type that is recorded no more. Leads go on doing it, and the truth goes
            on counting it.
        vanished_channel: Value of ``source`` by which no lead comes any more.
        no_calls: Sales goes on writing mails and setting statuses, but calls nobody.
    """

    since: dt.date
    level: float = 1.0
    stopped_event: str | None = None
    vanished_channel: str | None = None
    no_calls: bool = False

    def __post_init__(self) -> None:
        if self.level <= 0:
            raise ValueError(f"level: expected a number above 0, such as 0.7, got {self.level}.")
