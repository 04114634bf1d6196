"""Where models are kept: the versions of a model in an MLflow registry, and who was champion
when.
"""

from propensity.registry.connection import CHALLENGER, CHAMPION, RegistryError
from propensity.registry.entries import Version
from propensity.registry.log import Pair, Promotion
from propensity.registry.pair import Seen
from propensity.registry.versions import Registry

__all__ = [
    "CHALLENGER",
    "CHAMPION",
    "Pair",
    "Promotion",
    "Registry",
    "RegistryError",
    "Seen",
    "Version",
]
