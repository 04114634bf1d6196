"""Which of the company's stages is which step of the funnel."""

from collections.abc import Mapping, Sequence
from typing import Literal

from features.folding import fold
from features.settings import StrictModel

#: Steps of the funnel between the lead and the customer, first to last.
FunnelStep = Literal["mql", "sal", "toss_up", "opportunity", "effective"]
FUNNEL_STEPS: tuple[FunnelStep, ...] = ("mql", "sal", "toss_up", "opportunity", "effective")

#: What stages are called, where nobody says which is which; folded. A name belongs to one step.
_CALLED: Mapping[FunnelStep, tuple[str, ...]] = {
    "mql": ("mql", "marketing qualified lead", "有望リード"),
    "sal": ("sal", "accepted", "sales accepted lead", "受け入れ"),
    "toss_up": ("toss-up", "toss up", "tossup", "トスアップ"),
    "opportunity": ("opportunity", "deal", "商談", "案件", "有効商談"),
    "effective": ("effective opportunity", "有効商談"),
}


class FunnelStages(StrictModel):
    """Which of the stages in ``input.outcomes.stages`` is which step of the funnel.

    Attributes:
        mql: Marketing handed the lead over.
        sal: Sales took it as worth following up.
        toss_up: Inside sales passed it on to sales.
        opportunity: A deal was opened.
        effective: The deal is worth working on: budget, need and time are known.
    """

    mql: str | None = None
    sal: str | None = None
    toss_up: str | None = None
    opportunity: str | None = None
    effective: str | None = None

    def named(self, stages: Sequence[str]) -> dict[FunnelStep, str]:
        """Step to the stage that tells it: as configured, else as stages are called.

        >>> FunnelStages(sal="taken").named(["MQL", "taken", "Deal"])
        {'mql': 'MQL', 'sal': 'taken', 'opportunity': 'Deal'}
        """
        folded = {fold(name): name for name in reversed(stages)}
        found: dict[FunnelStep, str] = {}
        for step in FUNNEL_STEPS:
            free = [name for name in _CALLED[step] if folded.get(name) not in found.values()]
            called = next((folded[name] for name in free if name in folded), None)
            name: str | None = getattr(self, step) or called
            if name is not None and name in stages:
                found[step] = name
        return found
