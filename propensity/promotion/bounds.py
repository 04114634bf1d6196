"""Whether a new model changes so little that the signatures under the definition still stand for
it.
"""

from features.settings import StrictModel
from propensity.definition.schema import Bounds


class Change(StrictModel):
    """What would change for whom, in three figures; aggregates only.

    Attributes:
        version: Version of the champion it was measured against.
        definition: Number of the champion's definition, under which both models were put; None
            without one.
        leads: Leads compared.
        instructions: Share of them that would get another instruction, 0..1; never told more
            exactly than 5 leads.
        weekly_before: New MQLs per week by the champion; None where there are no weeks.
        weekly_after: New MQLs per week by the new model.
    """

    version: int
    definition: int | None
    leads: int
    instructions: float | None = None
    weekly_before: float | None = None
    weekly_after: float | None = None

    @property
    def volume(self) -> float | None:
        """Change of the weekly volume as a share of what it was: 0.1 for a tenth more.

        None where it has none.
        """
        if not self.weekly_before or self.weekly_after is None:
            return None
        return self.weekly_after / self.weekly_before - 1


def inside(bounds: Bounds, change: Change) -> bool:
    """Whether a change stays within what was signed; what is not known does not."""
    if change.volume is None or change.instructions is None:
        return False
    return abs(change.volume) <= bounds.weekly_volume and change.instructions <= bounds.instructions


def change_text(bounds: Bounds, change: Change) -> str:
    """The change beside its bounds, in words."""
    volume = "not known" if change.volume is None else f"{change.volume:+.0%}"
    moved = "not known" if change.instructions is None else f"{change.instructions:.1%}"
    return (
        f"new MQLs per week {volume} (signed: at most {bounds.weekly_volume:.0%} up or down),"
        f" another instruction for {moved} of {change.leads:,} leads (signed: at most"
        f" {bounds.instructions:.0%})"
    )
