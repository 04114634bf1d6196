"""What is said of the pack as a whole: on the first screen, on the first slide, at the foot of each
page.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Cover:
    """What a pack says of itself.

    Attributes:
        title: "Definition review", in the reader's language.
        subtitle: Whose, and of what period.
        language: ``en`` or ``ja``.
        currency: Currency of amounts, such as ``JPY``; empty where it is not known.
        status: Signed by whom, or the sentence that says DRAFT.
        is_draft: Whether somebody has not signed yet.
        facts: Model and definition version, what the data reach until: a line each.
        goal: ``won`` or the stage that is to be reached.
    """

    title: str
    subtitle: str
    language: str
    currency: str = ""
    status: str = ""
    is_draft: bool = False
    facts: tuple[str, ...] = ()
    goal: str = "won"
