"""The days on which a history is looked at: rounds that hold every open lead once.

Who looks at all leads on one day of each month teaches and judges that day of the month, while
scores are made every night. So every lead (all people of an account) has a phase of its own, and
its as-ofs are ``newest - phase - k * every``: each round has as many rows as a look at everybody
on its last day, and they stand on all its days (landmarks: van Houwelingen and Putter 2011).
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from features.errors import DataError
from features.store import Store


@dataclass(frozen=True)
class Cadence:
    """Mature days, cut into rounds of equal length, counted back from the newest.

    Attributes:
        after: Day before the first one; the first round may have begun earlier.
        newest: Last day whose horizon is over.
        every: Days of a round.
    """

    after: int
    newest: int
    every: int

    @property
    def days(self) -> range:
        """All days on which leads are looked at, oldest first."""
        return range(self.after + 1, self.newest + 1)

    @property
    def rounds(self) -> list[int]:
        """The last day of each round, oldest first.

        >>> Cadence(after=0, newest=23, every=10).rounds
        [3, 13, 23]
        """
        return list(range(self.newest, self.after, -self.every))[::-1]

    def round_of(self, day: NDArray[np.int64]) -> NDArray[np.int64]:
        """(n,) last day of the round of each day.

        >>> Cadence(after=0, newest=23, every=10).round_of(np.array([3, 4, 13, 14, 23]))
        array([ 3, 13, 13, 23, 23])
        """
        ends: NDArray[np.int64] = self.newest - (self.newest - day) // self.every * self.every
        return ends


def cadence_of(store: Store, *, horizon_days: int, every_days: int) -> Cadence:
    """The mature days of a store's history, from the day after its first lead was known.

    Raises:
        DataError: There is no lead.
    """
    return Cadence(first_day(store), store.observed_day - horizon_days, every_days)


def first_day(store: Store) -> int:
    """The day the first lead was known.

    Raises:
        DataError: There is no lead.
    """
    found = store.value("SELECT min(known_day) FROM leads")
    if found is None:
        raise DataError(
            [
                "leads: expected at least one usable lead, got none; see the quarantine file for"
                " the reasons"
            ]
        )
    return int(found)
