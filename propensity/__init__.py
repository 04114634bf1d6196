"""Lead scoring that data scientists can check and salespeople believe.

>>> import propensity
>>> trained = propensity.train("propensity.yaml", leads=leads, events=events)  # doctest: +SKIP
>>> scored = propensity.score("propensity.yaml", as_of="2026-04-01")           # doctest: +SKIP
>>> explanation = propensity.explain("propensity.yaml", "L-1042")              # doctest: +SKIP
"""

import warnings
from importlib import import_module

from propensity.missing_extra import refuse_without
from propensity.name_clash import refuse_shadows

__all__ = [
    "OwnModel",
    "PropensityClassifier",
    "PropensityModel",
    "TimeEmbargoSplit",
    "audit",
    "backtest",
    "closed_loop",
    "compare",
    "evaluate",
    "explain",
    "features",
    "load",
    "monitor",
    "moved",
    "nightly",
    "promote",
    "review",
    "rollback",
    "score",
    "show_definition",
    "threshold",
    "train",
    "write_definition",
]

# tqdm, which optuna and MLflow bring, says so in a notebook without ipywidgets; no bar is drawn
warnings.filterwarnings("ignore", message="IProgress not found")

#: What is no function of ``training.api``, to the module that has it.
_HOME = {
    "OwnModel": "training.train.own_model",
    "PropensityClassifier": "training.estimator.classifier",
    "PropensityModel": "propensity.model.model",
    "TimeEmbargoSplit": "training.estimator.time_embargo",
    **dict.fromkeys(
        ("explain", "load", "moved", "nightly", "promote", "rollback", "score"), "propensity.api"
    ),
}


def __getattr__(name: str) -> object:
    """Import what is asked for, when it is asked for: importing the package costs nothing, and
    scoring needs nothing of training.
    """
    if name not in __all__:
        raise AttributeError(f"module 'propensity' has no attribute {name!r}")
    home = _HOME.get(name, "training.api")
    refuse_shadows("features", raising=ImportError)
    if home.startswith("training."):
        refuse_shadows("training", raising=ImportError)
        refuse_without("training")
    return getattr(import_module(home), name)


def __dir__() -> list[str]:
    return sorted(__all__)
