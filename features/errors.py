"""The errors Propensity raises on purpose; everything else is a bug."""

from collections.abc import Sequence


class PropensityError(Exception):
    """Base of every error that Propensity raises on purpose."""


class ConfigError(PropensityError, ValueError):
    """The configuration cannot be used; the message lists everything wrong with it."""


class DataError(PropensityError, ValueError):
    """The input data cannot be used.

    Attributes:
        problems: One sentence per problem: what was expected, what came, what to do.
    """

    def __init__(self, problems: Sequence[str], *, about: str = "The input cannot be used") -> None:
        self.problems = tuple(problems)
        lines = "\n".join(f"  - {problem}" for problem in self.problems)
        count = len(self.problems)
        super().__init__(f"{about}: {count} problem{'s' if count > 1 else ''}.\n{lines}")


class ArtifactError(PropensityError, ValueError):
    """A stored model is damaged, of another format, or not what its manifest says."""


class RefusedError(PropensityError, RuntimeError):
    """The data is readable, but what was asked would not be honest; the message shows the sums."""


class LeadNotFoundError(PropensityError, LookupError):
    """No such lead, or the lead is not in the population at the as-of."""
