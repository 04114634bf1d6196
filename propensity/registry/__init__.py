"""Where models are kept: the versions of a model in an MLflow registry, and who was champion
when.
"""

from propensity.registry.connection import CHALLENGER, CHAMPION
from propensity.registry.entries import Version
from propensity.registry.errors import RegistryError
from propensity.registry.log import Pair, Promotion
from propensity.registry.pair import ExpectedPair
from propensity.registry.versions import Registry

__all__ = [
    "CHALLENGER",
    "CHAMPION",
    "ExpectedPair",
    "Pair",
    "Promotion",
    "Registry",
    "RegistryError",
    "Version",
]
