"""The input of a night, opened and compared with training before anything is scored."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from features.store import Store
from propensity.config.config import Config
from propensity.input_check.check import check_input
from propensity.progress import OnStep, silent
from propensity.registry.champion import Champion
from propensity.scoring.asked_rules import rule_doubts
from propensity.scoring.differences import InputDifference, InputStopError
from propensity.scoring.job import ScoringResources, open_input
from propensity.scoring.tonight import Tonight, look_at


@dataclass(frozen=True)
class AcceptedInput:
    """An input that may be scored.

    Attributes:
        store: The canonical tables.
        tonight: The population.
        differences: How the input differs from what training saw.
        doubts: What the rules of the definition cannot do on it, a sentence each.
    """

    store: Store
    tonight: Tonight
    differences: tuple[InputDifference, ...]
    doubts: tuple[str, ...]


@contextmanager
def accepted_input(
    champion: Champion,
    config: Config,
    as_of_day: int,
    resources: ScoringResources,
    *,
    only_open: bool = False,
    accept_input: str | None = None,
    quarantines: bool = True,
    on_step: OnStep = silent,
) -> Iterator[AcceptedInput]:
    """Open the sources of a configuration, and compare them with what the model was trained on.

    Args:
        champion: The pair that scores.
        config: Names the sources.
        as_of_day: Number of the day at whose start leads are looked at.
        resources: What may be used.
        only_open: Whether rows of a flat table whose outcome is known are left out.
        accept_input: Why leads are scored although the input differs too much.
        quarantines: See ``open_input``.
        on_step: Told about progress.

    Raises:
        DataError: The sources cannot be used.
        InputStopError: The input is not what the model was trained on, and is not accepted.
    """
    on_step("reading the leads", 0.0)
    with open_input(
        config,
        champion.model,
        resources,
        as_of_day=as_of_day,
        only_open=only_open,
        quarantines=quarantines,
    ) as store:
        on_step("comparing the input with the training", 0.0)
        tonight = look_at(champion.model, store, as_of_day)
        found = check_input(champion.model, store, config, as_of_day, tonight=tonight)
        if accept_input is None and any(finding.severity == "stop" for finding in found):
            raise InputStopError(found)
        yield AcceptedInput(store, tonight, found, rule_doubts(champion, store, as_of_day))
