"""The definition that a version of the model is looked at with: signed, or a draft."""

from pathlib import Path

from propensity.config.config import Config
from propensity.definition.load import load_definition
from propensity.grading.agreed import Agreed, agreed
from propensity.model.model import PropensityModel
from propensity.promotion.signatures import same_terms
from propensity.registry import Registry
from propensity.registry.definitions import Definitions


def agreed_terms(config: Config, registry: Registry, model: PropensityModel, number: int) -> Agreed:
    """The file that the configuration names; what is registered, with its signatures, where there
    is no file, or where the file says the same.

    Args:
        config: Names the file, and the business hours.
        registry: Holds the definitions.
        model: The version's model.
        number: Number of the version.

    Raises:
        ConfigError: The file cannot be used.
        ArtifactError: What is registered is damaged.
    """
    file = Path(config.definition) if config.definition else None
    registered = registry.definition_of(number)
    known = Definitions.of(config).load(registered) if registered else None
    # the line may come first
    found = load_definition(file) if file is not None and file.exists() else None
    if found is None or (known is not None and same_terms(found, known)):
        found = known
    else:
        registered = None
    return agreed(found, model, number=registered, business_hours=config.business_hours)
