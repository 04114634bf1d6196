"""`propensity threshold` as one call: what is registered and agreed on, put beside what a replay
shows.
"""

from pathlib import Path
from typing import Any

from features.resources import UNLIMITED, Resources
from propensity.config.config import Config
from propensity.definition.load import load_definition
from propensity.definition.schema import Policy
from propensity.grading.agreed import undefined
from propensity.model.same_input import refuse_other_input
from propensity.progress import OnStep, silent
from propensity.registry import Registry
from propensity.registry.champion import Champion, load_champion
from training.threshold.study import Study, study


def threshold(
    config: Config,
    *,
    asked: dict[str, Any] | None = None,
    resources: Resources = UNLIMITED,
    on_step: OnStep = silent,
) -> Study:
    """Show every candidate MQL line by its consequences.

    The definition is the file that the configuration names, else the one in use; without either, no
    rule keeps anybody back. The replaying model takes its choices from the challenger, else the
    champion, and its axes' zeros with it; without either it chooses anew.

    Args:
        config: Names the data, the registry and the definition.
        asked: Parts of a policy, by the name of their key; they go before the definition's own.
        resources: Memory and threads of the feature engine.
        on_step: Told about progress.

    Raises:
        ConfigError: The definition does not fit the input, or the input is a flat table.
        DataError: The input cannot be used.
        RefusedError: The history is too short.
        RegistryError: The registry cannot be reached.
    """
    on_step("loading the model", 0.0)
    file = _written(config)
    registered = _registered(config, file)
    if registered is not None:
        refuse_other_input(config, registered.model)
    used = registered.agreed or undefined(registered.model.reference) if registered else None
    definition = used.definition if used else None
    if registered is None and file is not None:
        definition = load_definition(file)
    given = {name: value for name, value in (asked or {}).items() if value is not None}
    own = definition.mql.policy if definition else Policy()

    def on_as_of(done: int, total: int) -> None:
        on_step("replaying past scorings", 0.3 + 0.65 * done / total)

    return study(
        config,
        policy=Policy.model_validate({**own.model_dump(), **given}),
        definition=definition,
        axes=used.axes if used else None,
        served=registered.model if registered else None,
        agreed=used,
        resources=resources,
        on_step=on_step,
        on_as_of=on_as_of,
    )


def _written(config: Config) -> Path | None:
    """The definition file; None where it is named but not written yet: the line may come first."""
    file = Path(config.definition) if config.definition else None
    return file if file is not None and file.exists() else None


def _registered(config: Config, definition: Path | None) -> Champion | None:
    """The challenger, else the champion, with the definition; None where nothing is registered."""
    version = Registry.of(config).challenger_or_champion()
    return load_champion(config, version, definition=definition) if version else None
