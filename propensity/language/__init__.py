"""Everything a salesperson reads, a file per topic and language, with the same keys in each
language.
"""

from collections.abc import Mapping

from features.spec import ANY_KIND, COLLEAGUES, OTHER_KIND
from propensity.language.catalogue import LANGUAGES, Catalogue, catalogue

__all__ = ["CATALOGUES", "LANGUAGES", "NAMED_HERE", "TOPICS", "Catalogue", "catalogue"]

#: Files of this room; no key stands in two of them.
TOPICS = (
    "reason",
    "row",
    "definition",
    "moved",
    "lead",
    "audit",
    "writing",
    "goal",
    "lists",
    "crm",
)

CATALOGUES: Mapping[str, Catalogue] = {
    language: catalogue(__name__, language, *TOPICS) for language in LANGUAGES
}

#: Concepts whose name is ours, not the user's.
NAMED_HERE = (
    ANY_KIND,
    OTHER_KIND,
    COLLEAGUES,
    "age of the lead",
    "lost before",
    "unanswered messages",
)
