"""What people call the cases of the decision table."""

from propensity.grading.grading import AREAS
from propensity.language import CATALOGUES
from training.review.words import Words


def case_name(case: str, words: Words) -> str:
    """A case within a sentence, such as ``hand-raisers``; a quadrant by its name."""
    if case in AREAS:
        return words.quadrant(case)
    name = CATALOGUES[words.language][f"case: {case}"]
    return name if name.startswith("MQL") else name[:1].lower() + name[1:]
