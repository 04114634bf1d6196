"""The pair that scores: a model, and the definition by which its leads are graded and handed
over.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from propensity.config.config import Config
from propensity.definition.load import load_definition
from propensity.definition.schema import Definition
from propensity.grading.agreed import Agreed, agreed
from propensity.model.model import PropensityModel
from propensity.registry import CHAMPION, Registry, RegistryError
from propensity.registry.definitions import Definitions


@dataclass(frozen=True)
class Champion:
    """A model with its name in the registry, and the definition it scores by.

    Attributes:
        model: Itself.
        name: Name in the registry.
        version: Version in the registry.
        agreed: The definition in use; None for none.
    """

    model: PropensityModel
    name: str
    version: str
    agreed: Agreed | None = None

    @property
    def definition_number(self) -> int | None:
        """Number of the definition; None for a file that is not registered, and without one."""
        number = self.agreed.version.partition(" ")[0] if self.agreed else ""
        return int(number) if number.isdigit() else None


def load_champion(
    config: Config, version: str | int = CHAMPION, *, definition: Path | str | None = None
) -> Champion:
    """Fetch a model and the definition it scores by.

    That is the one given; else the one the version was promoted with; else the champion's; else the
    file that the configuration names, as a DRAFT.

    Args:
        config: Names the registry.
        version: Number or alias.
        definition: A file to try instead; what comes out is a DRAFT.

    Raises:
        RegistryError: No such version, or the registry cannot be reached.
        ArtifactError: What is stored is damaged.
        ConfigError: The definition cannot be used.
    """
    registry = Registry.of(config)
    model, number = registry.load(version)
    found, its_number = _definition(config, registry, number, definition)
    return Champion(model, config.model_name, str(number), _used(config, model, found, its_number))


def champion_of(config: Config, moment: datetime) -> Champion:
    """The pair that was champion at a moment, by the promotion log; before the first promotion, the
    first pair.

    Raises:
        RegistryError: No version was ever promoted, or the registry cannot be reached.
        ArtifactError: What is stored is damaged.
    """
    registry = Registry.of(config)
    log = registry.promotions()
    if not log:
        raise RegistryError(
            f"No version of {config.model_name} was promoted yet; `propensity promote VERSION`"
            " does."
        )
    entry = next((promotion for promotion in reversed(log) if promotion.at <= moment), log[0])
    return champion_by_numbers(config, entry.version, entry.definition)


def champion_by_numbers(config: Config, version: int, definition: int | None) -> Champion:
    """The pair of a model and a definition, by their numbers in the registry.

    Raises:
        RegistryError: No such version, or the registry cannot be reached.
        ArtifactError: What is stored is damaged.
    """
    model, number = Registry.of(config).load(version)
    found = Definitions.of(config).load(definition) if definition else None
    return Champion(model, config.model_name, str(number), _used(config, model, found, definition))


def with_definition_of(champion: Champion, other: Champion, config: Config) -> Champion:
    """A champion's model with another's definition."""
    definition = other.agreed.definition if other.agreed else None
    return replace(
        champion, agreed=_used(config, champion.model, definition, other.definition_number)
    )


def _used(
    config: Config, model: PropensityModel, definition: Definition | None, number: int | None
) -> Agreed:
    return agreed(definition, model, number=number, business_hours=config.business_hours)


def _definition(
    config: Config, registry: Registry, number: int, file: Path | str | None
) -> tuple[Definition | None, int | None]:
    if file is not None:
        return load_definition(file), None
    registered = registry.definition_of(number)
    if registered is not None:
        return Definitions.of(config).load(registered), registered
    return (load_definition(config.definition), None) if config.definition else (None, None)
