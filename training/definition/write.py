"""A first definition for a model: a preset's rules, zeros of the model, cuts and a line proposed
from data.
"""

import re
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import numpy as np

from features.errors import ConfigError
from features.files.output import Inputs
from features.files.whole_file import write_new_text
from propensity.definition.schema import Axes
from propensity.grading.centring import recentred
from propensity.model import bundle
from propensity.model.model import PropensityModel
from training.definition.cuts import Cuts, proposed_cuts
from training.definition.held_out import HeldOut
from training.definition.preset import preset_text
from training.definition.slice_power import PROPOSED_SHARE, SlicePower, slice_power

PRESETS = ("plain", "japan-finance", "japan-demo")
#: Share of held-out leads above the proposed line, and the leave line as a share of it.
_BEST_SHARE, _LEAVE = 0.10, 0.8
_REVIEW_DAYS = 91
_SLICE_BECAUSE = "the next model has to learn what the line hides"
#: What the preset says of the quadrants, and what is said where there is one axis only.
_QUADRANTS_TOLD = re.compile(r"  hot: .*\n  nurture: .*\n  keen: .*\n")
_HALVES_TOLD = "  high: {owner: marketing}\n"


@dataclass(frozen=True)
class DefinitionProposal:
    """What is proposed for a model.

    Attributes:
        axes: Zeros of the model, and cuts; of the axes that it tells leads apart by.
        fit: How the cuts of fit were found.
        interest: How the cuts of interest were found.
        enter: Chance above which the best tenth of the held-out leads lie.
        sliced: What working a random slice below that line can show.
    """

    axes: Axes
    fit: Cuts
    interest: Cuts
    enter: float
    sliced: SlicePower


def propose(model: PropensityModel, judged: HeldOut, *, seed: int) -> DefinitionProposal:
    """Propose cuts and a line.

    Args:
        model: The definition is to be agreed on.
        judged: Leads that the recipe had not seen.
        seed: Seed of the resampling behind the intervals.
    """
    fit = proposed_cuts(judged.fit, judged.won, judged.cluster, seed=seed)
    interest = proposed_cuts(judged.interest, judged.won, judged.cluster, seed=seed)
    axes = recentred(
        model.reference, model.reference.close_rate, (fit.boundaries, interest.boundaries)
    )
    enter = float(np.quantile(judged.probability, 1 - _BEST_SHARE))
    return DefinitionProposal(axes, fit, interest, enter, slice_power(judged, enter))


def text_of(
    proposal: DefinitionProposal, model: PropensityModel, version: int, *, rules: str, today: date
) -> str:
    """The definition file.

    Args:
        proposal: Cuts and line.
        model: It is agreed on.
        version: Version of the model.
        rules: Rules of a preset; see ``fitted_preset``.
        today: Day from which the review is a quarter away.
    """
    reference = model.reference
    found = {"fit": proposal.fit, "interest": proposal.interest}
    axes = "\n".join(
        f"  {name}: {{zero: {cuts.zero!r}, cuts: {_listed(found[name])}}}  {_told(found[name])}"
        for name in proposal.axes.names
        if (cuts := proposal.axes.of(name)) is not None
    )
    whose = (
        "both axes" if len(proposal.axes.names) > 1 else f"{proposal.axes.names[0]}, the only axis,"
    )
    agreed = f"""\
# The average, and the cuts of {whose} in log-odds above it. They stay where they were signed.
agreed_on:
  model_sha256: {bundle.model_hash(model)}
  model_version: "{version}"
  close_rate: {reference.close_rate!r}
  rows: {reference.rows}
  leads: {reference.leads}
axes:
{axes}"""
    enter = float(f"{proposal.enter:.2g}")
    line = f"""\
  enter: {enter:g}   # the best tenth of the leads; choose with `propensity threshold CONFIG`
  leave: {_LEAVE * enter:.2g}
  # leads below the line that are worked anyway: {proposal.sliced.sentence}
  random_slice: {{share: {PROPOSED_SHARE:g}, seed: 1, because: {_SLICE_BECAUSE}}}"""
    filled = preset_text("common").replace("REVIEW_BY", str(today + timedelta(days=_REVIEW_DAYS)))
    if len(proposal.axes.names) < 2:
        filled = _QUADRANTS_TOLD.sub(_HALVES_TOLD, filled)
    return filled.replace("AGREED", agreed).replace("LINE", line).replace("RULES", rules)


def check_new(path: Path, preset: str) -> None:
    """Refuse what could not be written, before the work is done.

    Raises:
        ConfigError: There is such a file, or no such preset.
    """
    if preset not in PRESETS:
        raise ConfigError(f"preset: expected one of {', '.join(PRESETS)}, got {preset!r:.40}.")
    Inputs().new_file(path, "--out")


def write_new(path: Path, text: str) -> None:
    """Write a definition file; an existing one is never overwritten.

    Raises:
        ConfigError: There is a file, or it cannot be written.
    """
    write_new_text(text, Inputs().new_file(path, "--out"))


def _listed(cuts: Cuts) -> str:
    return "[" + ", ".join(f"{cut:g}" for cut in cuts.boundaries) + "]"


def _told(cuts: Cuts) -> str:
    if not cuts.from_data:
        return "# twice and half the odds: the data show no rise"
    best, worst = cuts.best_interval, cuts.worst_interval
    return (
        f"# twice the average ({best[0]:.2f} to {best[1]:.2f}), half of it ({worst[0]:.2f} to"
        f" {worst[1]:.2f})"
    )
