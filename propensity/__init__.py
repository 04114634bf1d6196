"""Lead scoring that data scientists can check and salespeople believe: the model in use.

>>> import propensity
>>> scored = propensity.score("config.yaml", as_of="2026-04-01")       # doctest: +SKIP
>>> model = propensity.load("config.yaml")                             # doctest: +SKIP
>>> explanation = propensity.explain("config.yaml", "L-1042")          # doctest: +SKIP
"""

from importlib import import_module
from typing import TYPE_CHECKING

from propensity.name_clash import refuse_shadows

if TYPE_CHECKING:
    from propensity.api import explain, load, nightly, score
    from propensity.model.model import PropensityModel

__all__ = ["PropensityModel", "explain", "load", "nightly", "score"]

_HOME = {
    "PropensityModel": "propensity.model.model",
    "explain": "propensity.api",
    "load": "propensity.api",
    "nightly": "propensity.api",
    "score": "propensity.api",
}


def __getattr__(name: str) -> object:
    """Import what is asked for, when it is asked for: importing the package costs nothing."""
    if name not in _HOME:
        raise AttributeError(f"module 'propensity' has no attribute {name!r}")
    refuse_shadows("features", raising=ImportError)
    return getattr(import_module(_HOME[name]), name)


def __dir__() -> list[str]:
    return sorted(__all__)
