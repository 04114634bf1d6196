"""Scoring and training on a Spark cluster: Spark moves tables, each bucket of leads is scored, and
its features are built, by the code that does so on one machine.

>>> from propensity.spark import score
>>> frame = score(spark, {"events": spark.table("crm.events")}, "config.yaml")  # doctest: +SKIP
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from propensity.spark.builder import SparkBuilder
    from propensity.spark.engine import SparkEngine
    from propensity.spark.scoring import score, scored

__all__ = ["SparkBuilder", "SparkEngine", "score", "scored"]
#: Where each is.
_ROOMS = {
    "SparkBuilder": "builder",
    "SparkEngine": "engine",
    "score": "scoring",
    "scored": "scoring",
}


def __getattr__(name: str) -> object:
    """Import what is asked for, when it is asked for: executors need none of it."""
    if name not in _ROOMS:
        raise AttributeError(f"module 'propensity.spark' has no attribute {name!r}")
    return getattr(import_module(f"propensity.spark.{_ROOMS[name]}"), name)
