"""The sources that a configuration names, opened to learn from them."""

from collections.abc import Sequence
from pathlib import Path

from features.intake import open_store
from features.resources import UNLIMITED, Resources
from features.store import Store
from propensity.config.config import Config
from propensity.config.own_code import with_own_code
from propensity.model.model import PropensityModel
from propensity.model.same_input import refuse_other_input


def open_sources(
    config: Config,
    *,
    models: Sequence[PropensityModel] = (),
    resources: Resources = UNLIMITED,
) -> Store:
    """Read and check the sources; rows that cannot be used go to the configured quarantine.

    Args:
        config: Names the sources.
        models: Registered models that read them too, or stand behind a definition that does.
        resources: Memory and threads of the feature engine.

    Raises:
        ConfigError: The input has another shape, or another time zone, than one of the models was
            trained on.
        DataError: The input cannot be used; everything wrong is listed.
    """
    refuse_other_input(config, *models)
    store = open_store(
        config.input,
        config.columns,
        purpose="train",
        filters=config.event_filters,
        quarantine=Path(config.output.quarantine),
        quarantine_mode=config.output.mode,
        resources=resources,
        case_matters=config.features.case_matters,
    )
    return with_own_code(store, config)
