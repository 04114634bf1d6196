"""The pair that scores: a model, and the definition by which its leads are graded and handed over."""

from dataclasses import dataclass
from pathlib import Path

from propensity import bundle
from propensity.config import Config
from propensity.definition.agreed import Agreed, agreed
from propensity.definition.load import load_definition
from propensity.definition.schema import Definition
from propensity.model import PropensityModel
from propensity.registry import CHAMPION, Registry
from propensity.registry.definitions import Definitions


@dataclass(frozen=True)
class Champion:
    """A model with its name in the registry, and the definition it scores by.

    Attributes:
        model: Itself.
        name: In the registry.
        version: In the registry.
        agreed: The definition in use; None for none.
    """

    model: PropensityModel
    name: str
    version: str
    agreed: Agreed | None = None


def load_champion(config: Config, version: str | int = CHAMPION, *, definition: Path | str | None = None) -> Champion:
    """Fetch a model and the definition it scores by.

    That is the one given; else the one the version was promoted with; else the champion's; else the file that the
    configuration names, as a DRAFT.

    Args:
        config: Names the registry.
        version: Number or alias.
        definition: A file to try instead; what comes out is a DRAFT.

    Raises:
        RegistryError: No such version, or the registry cannot be reached.
        ArtifactError: What is stored is damaged.
        ConfigError: The definition cannot be used.
    """
    registry = Registry(str(config.registry.uri), config.model_name)
    model, number = registry.load(version)
    found, its_number = _definition(config, registry, number, definition)
    used = agreed(
        found,
        number=its_number,
        reference=model.reference,
        model_sha256=bundle.model_hash(model) if found else "",
        business_hours=config.business_hours,
        timezone=model.spec.timezone,
    )
    return Champion(model, config.model_name, str(number), used)


def _definition(
    config: Config, registry: Registry, number: int, file: Path | str | None
) -> tuple[Definition | None, int | None]:
    if file is not None:
        return load_definition(file), None
    registered = registry.definition_of(number)
    if registered is not None:
        return Definitions(str(config.registry.uri), config.model_name).load(registered), registered
    return (load_definition(config.definition), None) if config.definition else (None, None)
