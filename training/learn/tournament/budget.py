"""Time for choosing, where the configuration grants a limited one."""

import time


class Budget:
    """Runs from its making.

    Attributes:
        cut: Whether something was left out because it was over.
    """

    def __init__(self, minutes: float | None) -> None:
        self._ends = None if minutes is None else time.monotonic() + 60 * minutes
        self.cut = False

    def is_over(self) -> bool:
        """Whether the time is over, so that what comes next is left out; remembers a yes."""
        over = self._ends is not None and time.monotonic() > self._ends
        self.cut = self.cut or over
        return over
