"""Where models are kept: the versions of a model in an MLflow registry, and who was champion when."""

from propensity.registry.entries import Promotion, Version
from propensity.registry.versions import CHALLENGER, CHAMPION, Registry, RegistryError

__all__ = ["CHALLENGER", "CHAMPION", "Promotion", "Registry", "RegistryError", "Version"]
