"""Months as people write them."""

from collections.abc import Sequence

from features.intake.monthly import first_of
from training.review.words import Words


def month_name(month: int, words: Words) -> str:
    """A month: ``Mar 2025``, in Japanese ``2025年3月``.

    Args:
        month: Months from January 1970.
        words: Words of a section.
    """
    day = first_of(month)
    return f"{day.year}年{day.month}月" if words.language == "ja" else f"{day:%b} {day.year}"


def month_range(months: Sequence[int], words: Words) -> tuple[str, str]:
    """The first and the last of some months, by name."""
    return month_name(months[0], words), month_name(months[-1], words)
