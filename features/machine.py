"""What the machine has to bring, and the package that brings it.

`make install` runs this file by itself, before and after it installs, with whatever Python there
is: so it imports nothing of ours and keeps to what Python 3.6 can read.
"""

import importlib
import importlib.util
import os
import re
import sys

OLDEST_PYTHON = (3, 11)
#: Shared library, whatever its version, to who needs it and how to get it. Everything else comes
#: with the wheels.
LIBRARIES = {
    "libgomp": ("LightGBM", "libgomp1: apt-get install libgomp1"),
    "libomp": ("LightGBM", "libomp: brew install libomp"),
    "libstdc++": ("NumPy", "libstdc++6: apt-get install libstdc++6"),
}


def missing_library(error: BaseException) -> "str | None":
    """Return the sentence to say where an import failed for want of a system's library.

    None for another failure.

    >>> missing_library(OSError("libgomp.so.1: cannot open shared object file"))
    'LightGBM needs libgomp1: apt-get install libgomp1'
    >>> missing_library(ImportError("libxyz.so.2: cannot open shared object file"))
    'A library of the system is missing: libxyz.so.2. Install the package that brings it.'
    >>> missing_library(OSError("disk full"))
    """
    if not isinstance(error, (OSError, ImportError)):
        return None
    found = re.search(
        r"(lib[^\s/:]+): cannot open shared|Library not loaded: \S*?(lib[^\s/:]+)", str(error)
    )
    if not found:
        return None
    file = found.group(1) or found.group(2)
    name = re.split(r"\.so|\.dylib", file)[0]
    if name not in LIBRARIES:
        return f"A library of the system is missing: {file}. Install the package that brings it."
    return "{} needs {}".format(*LIBRARIES[name])


def lacking(folder: str) -> "str | None":
    """Return what keeps Propensity from being installed into the folder, or from starting there.

    None if nothing.
    """
    return _python() or _venv() or _unwritable(folder) or _lightgbm()


def _python() -> "str | None":
    if sys.version_info >= OLDEST_PYTHON:
        return None
    wanted, this = (
        ".".join(str(part) for part in version) for version in (OLDEST_PYTHON, sys.version_info[:3])
    )
    return (
        f"Propensity needs Python {wanted} or later; this is {this}. Name a later one:"
        " make PYTHON=python3.13 …"
    )


def _venv() -> "str | None":
    if importlib.util.find_spec("venv") and importlib.util.find_spec("ensurepip"):
        return None
    own = "python{}.{}-venv".format(*sys.version_info[:2])
    return (
        "Python's venv is not complete: apt-get install python3-venv (not the system's own"
        f" Python: {own})"
    )


def _unwritable(folder: str) -> "str | None":
    place = os.path.abspath(folder)
    while not os.path.exists(place):
        place = os.path.dirname(place)
    if os.access(place, os.W_OK):
        return None
    elsewhere = "VENV=/tmp/propensity/venv QUICK=/tmp/propensity/quickstart"
    return f"Nothing can be written to {place}. Say where it can: make quickstart {elsewhere}"


def _lightgbm() -> "str | None":
    if importlib.util.find_spec("lightgbm") is None:
        return None  # not installed yet
    try:
        importlib.import_module("lightgbm")
    except OSError as error:
        said = missing_library(error)
        if said is None:
            raise
        return said
    return None


if __name__ == "__main__":
    sys.exit(lacking(sys.argv[1]))
