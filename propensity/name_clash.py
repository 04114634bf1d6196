"""``features`` and ``training`` are common names: where a user's own folder hides ours, that is
said plainly.
"""

import importlib.util
import sys
from pathlib import Path


def refuse_shadows(*packages: str, raising: type[Exception] | None = None) -> None:
    """End the program where Python would import another package of that name than the one beside
    this one.

    Args:
        packages: Names of packages of ours.
        raising: The error to raise instead, where Propensity is used from Python.

    Raises:
        SystemExit: With 1, after a sentence on stderr.
    """
    ours = Path(__file__).resolve().parent.parent
    for name in packages:
        found = importlib.util.find_spec(name)
        places = list(found.submodule_search_locations or [found.origin or ""]) if found else []
        if places and Path(places[0]).resolve() != ours / name:
            sentence = (
                f"Python finds another package called {name!r} in {places[0]}, which hides"
                " Propensity's own. Start Python from another folder, or rename yours."
            )
            if raising is not None:
                raise raising(sentence)
            sys.exit(f"Error: {sentence}")
