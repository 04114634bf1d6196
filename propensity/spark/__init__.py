"""Scoring on a Spark cluster: Spark moves tables, each bucket of leads is scored by the code that
scores one machine's.

>>> from propensity.spark import score
>>> frame = score(spark, {"events": spark.table("crm.events")}, "config.yaml")  # doctest: +SKIP
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from propensity.spark.scoring import score, scored

__all__ = ["score", "scored"]


def __getattr__(name: str) -> object:
    """Import what is asked for, when it is asked for: executors need none of it."""
    if name not in __all__:
        raise AttributeError(f"module 'propensity.spark' has no attribute {name!r}")
    return getattr(import_module("propensity.spark.scoring"), name)
