"""The engine: a LightGBM model compiled into look-up tables that explain while they score."""

from propensity.contributions.forest.compiled import CompiledForest

__all__ = ["CompiledForest"]
