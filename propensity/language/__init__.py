"""Everything a salesperson reads, a module per topic, each with the same keys in both languages."""

from collections.abc import Mapping
from string import Formatter

import pyarrow as pa

from features.spec import ANY_KIND, COLLEAGUES, OTHER_KIND
from propensity.language import audit, definition, lead, moved, reason, row
from propensity.language.numerals import joined

__all__ = [
    "BETWEEN_SENTENCES",
    "CATALOGUES",
    "ENGLISH",
    "JAPANESE",
    "NAMED_HERE",
    "filled",
    "full_width",
]

_TOPICS = (reason, row, definition, moved, lead, audit)

#: Brackets and colons of Japanese text are full-width, figures and percent signs half-width.
_FULL_WIDTH = str.maketrans({"(": "\uff08", ")": "\uff09", ":": "\uff1a"})


def full_width(texts: Mapping[str, str]) -> dict[str, str]:
    """A Japanese catalogue as it is set: see ``_FULL_WIDTH``."""
    return {key: text.translate(_FULL_WIDTH) for key, text in texts.items()}


ENGLISH: Mapping[str, str] = {key: text for topic in _TOPICS for key, text in topic.ENGLISH.items()}
JAPANESE: Mapping[str, str] = full_width(
    {key: text for topic in _TOPICS for key, text in topic.JAPANESE.items()}
)

CATALOGUES: Mapping[str, Mapping[str, str]] = {"en": ENGLISH, "ja": JAPANESE}

#: What stands between two sentences.
BETWEEN_SENTENCES: Mapping[str, str] = {"en": " ", "ja": ""}

#: Concepts whose name is ours, not the user's.
NAMED_HERE = (
    ANY_KIND,
    OTHER_KIND,
    COLLEAGUES,
    "age of the lead",
    "lost before",
    "unanswered messages",
)


def filled(template: str, **columns: pa.StringArray | str) -> pa.StringArray:
    """A template with a column for every field.

    >>> filled("{a} of {b}", a=pa.array(["1", "2"]), b="3").to_pylist()
    ['1 of 3', '2 of 3']
    """
    pieces: list[pa.StringArray | str] = []
    for text, field, _, _ in Formatter().parse(template):
        pieces += [text] if text else []
        pieces += [columns[field]] if field else []
    return joined(*pieces)
