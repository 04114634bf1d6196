"""Whom words are for: a language, and a company that has names of its own."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Audience:
    """The people who read something.

    Attributes:
        language: ``en`` or ``ja``.
        labels: What they call columns, kinds of behaviour and quadrants, where it is not what the
            data say; ``column: value`` renames a value.
    """

    language: str = "en"
    labels: Mapping[str, str] = field(default_factory=dict)
