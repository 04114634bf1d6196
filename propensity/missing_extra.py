"""What is installed only with an extra: where it is absent, one sentence says how to get it."""

from importlib.util import find_spec

#: Modules that scoring does without, to the extra that brings them.
EXTRAS = {
    **dict.fromkeys(
        (
            "sklearn",
            "scipy",
            "threadpoolctl",
            "matplotlib",
            "matplotlib_fontja",
            "optuna",
            "openpyxl",
            "pptx",
        ),
        "training",
    ),
    **dict.fromkeys(("pg8000", "adbc_driver_manager", "adbc_driver_postgresql"), "postgresql"),
    "pyspark": "spark",
    "shap": "shap",
}


def told(error: BaseException) -> str | None:
    """What to say of a module that an extra brings and that is absent; None of anything else.

    >>> told(ModuleNotFoundError("No module named 'sklearn'", name="sklearn"))
    "this needs sklearn, which is not installed: pip install 'lead-propensity[training]'."
    """
    if not isinstance(error, ModuleNotFoundError):
        return None
    module = (error.name or "").partition(".")[0]
    return _sentence(module) if module in EXTRAS else None


def refuse_without(extra: str) -> None:
    """Say which extra is to be installed where a module of it is absent.

    Raises:
        ImportError: One is.
    """
    for module, brought_by in EXTRAS.items():
        if brought_by == extra and find_spec(module) is None:
            raise ImportError(_sentence(module))


def _sentence(module: str) -> str:
    return (
        f"this needs {module}, which is not installed: pip install"
        f" 'lead-propensity[{EXTRAS[module]}]'."
    )
