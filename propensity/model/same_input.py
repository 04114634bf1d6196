"""Whether a configuration gives a model the input that it was trained on: its shape, its clock."""

from features.errors import ConfigError
from propensity.config.config import Config
from propensity.model.model import PropensityModel

_SHAPES = {True: "a flat table", False: "leads and events"}


def why_other_input(config: Config, model: PropensityModel) -> str | None:
    """Why a model cannot read the input of a configuration; None where it can.

    Days are local, so that in another time zone every fact may lie on another day. A flat table
    counts ages in days as well, but no fact of it is compared with an as-of.
    """
    theirs, ours = model.config.input.is_flat, config.input.is_flat
    if ours != theirs:
        return (
            f"input: expected {_SHAPES[theirs]}, which the model was trained on, got"
            f" {_SHAPES[ours]}; use the model's own kind of input, or train a model for this one."
        )
    zone = config.input.timezone or "UTC"
    if not ours and zone != model.spec.timezone:
        return (
            f"input.timezone: expected {model.spec.timezone!r}, in which the model counts days, got"
            f" {zone!r}; set it back, or train a model that counts days in {zone!r}."
        )
    return None


def refuse_other_input(config: Config, *models: PropensityModel) -> None:
    """Refuse a configuration whose input one of some models cannot read.

    Raises:
        ConfigError: Says what differs.
    """
    for model in models:
        why = why_other_input(config, model)
        if why is not None:
            raise ConfigError(why)
