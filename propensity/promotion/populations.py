"""Whether a definition and a model speak of the same population: an average that was agreed on for
other leads grades nobody as it was meant.
"""

import math
from collections.abc import Collection

from propensity.definition.schema import Agreement, Definition
from propensity.model.model import PropensityModel

#: Standard errors beyond which two close rates differ by more than chance (two-sided 99 %).
_BEYOND_NOISE = 2.58
#: How far the odds of the average may move from model to model of the same company before grades
#: mean something else: the usual cuts stand at twice and half the odds, so that the average lead
#: would have the best or the worst grade.
_DRIFT = math.log(2.0)


def other_population(
    definition: Definition,
    origin: Agreement | None,
    model: PropensityModel,
    known_models: Collection[str],
) -> str:
    """What stands against using a definition with a model; empty where nothing does.

    A definition that was agreed on for a model of this registry keeps its average while the company
    drifts. One of a model that nobody here knows has to have the same average, as far as leads can
    tell.

    Args:
        definition: As it would be agreed on for the model.
        origin: What it was agreed on before; None where people wrote it by hand, and the average is
            this model's own.
        model: That is to score by it.
        known_models: Hashes of the registry's models.
    """
    agreed, reference = definition.agreed_on, model.reference
    if agreed is None or origin is None:
        return ""
    before, now = agreed.close_rate, reference.close_rate
    if not 0 < now < 1:
        return ""
    leads = (max(origin.leads, 1), max(reference.leads, 1))
    pooled = (before * leads[0] + now * leads[1]) / sum(leads)
    error = math.sqrt(pooled * (1 - pooled) * (1 / leads[0] + 1 / leads[1]))
    if abs(before - now) <= _BEYOND_NOISE * error:
        return ""
    is_known = origin.model_sha256 in known_models
    if is_known and abs(_log_odds(before) - _log_odds(now)) <= _DRIFT:
        return ""
    whose = (
        f"version {origin.model_version} of this model"
        if is_known
        else "a model that this registry does not know"
    )
    return (
        f"the definition was agreed on for {whose}, where an average lead closes at {before:.1%};"
        f" the reference population of this one closes at {now:.1%}, which is more than chance"
        " explains. Its cuts and its line were chosen for other leads: write one for this model"
        " (`propensity definition write CONFIG`), or choose the line anew"
    )


def _log_odds(rate: float) -> float:
    return math.log(rate / (1 - rate))
