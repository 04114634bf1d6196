"""How often the same closes were judged by: a test that is looked at again and again is passed by
luck, unless each look is paid for.

The k-th look is asked at the error ``alpha * 6 / (pi^2 k^2)``. These add up to ``alpha`` over any
number of looks, so the chance that any of them lets an equal model pass is ``alpha`` at most,
however the looks depend on each other (Bonferroni; the sequence as in Foster and Stine 2008).
"""

import hashlib
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from pydantic import TypeAdapter, ValidationError

from features.days import date_of
from features.errors import ArtifactError
from features.files.canonical_json import canonical
from propensity.registry.entries import LOOKS, Version
from training.learn.metrics.scores_compared import ScoreComparison

#: Share of the judged days that an earlier look has to cover to count.
_SHARED = 0.5
#: Digits of the hash that stands for the rows of a flat table.
_DIGITS = 16


@dataclass(frozen=True)
class GateLook:
    """The closes that a model was judged by.

    Attributes:
        first: Number of the first day that was judged; 0 in a flat table.
        until: Number of the day before which the closes lie; 0 in a flat table.
        rows: What stands for the rows of a flat table; empty otherwise.
    """

    first: int
    until: int
    rows: str = ""

    @classmethod
    def of(cls, met: ScoreComparison) -> "GateLook":
        """The look that a meeting takes."""
        if met.days is not None:
            return cls(*met.days)
        told = hashlib.sha256(met.rows.label.tobytes() + met.rows.weight.tobytes())
        return cls(0, 0, told.hexdigest()[:_DIGITS])

    def covers(self, other: "GateLook") -> bool:
        """Whether it saw at least half of the closes of another look."""
        if self.rows or other.rows:
            return self.rows == other.rows
        shared = min(self.until, other.until) - max(self.first, other.first)
        return shared >= _SHARED * (other.until - other.first)


def number_of(look: GateLook, earlier: Iterable[GateLook]) -> int:
    """Which look at its closes it is: 1 for the first."""
    return 1 + sum(before.covers(look) for before in earlier)


def earlier_looks(versions: Iterable[Version], *, but: int | None = None) -> tuple[GateLook, ...]:
    """The looks that registered versions took, all but those of one.

    Raises:
        ArtifactError: A tag is damaged.
    """
    return tuple(
        look for version in versions if version.number != but for look in looks_of(version.tags)
    )


def error_of(number: int, alpha: float) -> float:
    """The error that the look of a number may spend.

    >>> round(error_of(1, 0.05), 4), round(error_of(7, 0.05), 5)
    (0.0304, 0.00062)
    """
    return alpha * 6 / (math.pi * number) ** 2


def note_of(look: GateLook, number: int, alpha: float) -> str:
    """What a reader should know about the looks, in one sentence."""
    days = f" of {date_of(look.first)} to {date_of(look.until)}" if not look.rows else ""
    return (
        f"This is look number {number} at the closes{days} by a registered version: it is asked at"
        f" {1 - error_of(number, alpha):.2%} confidence, so that all looks together err in"
        f" {alpha:.0%} at most."
    )


def looks_tag(looks: Sequence[GateLook]) -> dict[str, str]:
    """Looks as a tag of a version; nothing where there are none."""
    if not looks:
        return {}
    told = [[look.first, look.until, look.rows] for look in looks]
    return {LOOKS: canonical(told, LOOKS).decode()}


def looks_of(tags: Mapping[str, str]) -> tuple[GateLook, ...]:
    """The looks that a version took, the oldest first.

    Raises:
        ArtifactError: The tag is damaged.
    """
    text = tags.get(LOOKS)
    if text is None:
        return ()
    try:
        told = TypeAdapter(list[tuple[int, int, str]]).validate_json(text)
    except ValidationError:
        raise ArtifactError(
            f"the tag {LOOKS} of the version cannot be read; remove it, or train anew."
        ) from None
    return tuple(GateLook(*look) for look in told)
