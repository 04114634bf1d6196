"""What a machine lacks is said in one sentence, with the package that brings it."""

import ast
import importlib.util
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from features import machine

FILE = Path(machine.__file__)
ROOT = FILE.parent.parent
LIGHTGBM = Path(importlib.util.find_spec("lightgbm").origin).parent
NO_LIBGOMP = "LightGBM needs libgomp1: apt-get install libgomp1"


@pytest.fixture(scope="module")
def without_libgomp(tmp_path_factory):
    """The environment of a Python whose LightGBM asks the system for an OpenMP library that it does
    not have.
    """
    library = LIGHTGBM / "lib" / "lib_lightgbm.so"
    if not library.exists() or b"libgomp.so.1" not in library.read_bytes():
        pytest.skip("this LightGBM does not ask for libgomp.so.1")
    folder = tmp_path_factory.mktemp("lightgbm")
    shutil.copytree(LIGHTGBM, folder / "lightgbm")
    (folder / "lightgbm" / "lib" / library.name).write_bytes(
        library.read_bytes().replace(b"libgomp.so.1", b"libgomp.so.0")
    )
    return {**os.environ, "PYTHONPATH": os.pathsep.join([str(folder), str(ROOT)])}


def python(code, *arguments, cwd, env):
    command = [sys.executable, "-c", code, *arguments]
    return subprocess.run(command, cwd=cwd, env=env, capture_output=True, text=True, check=False)


def test_a_command_that_needs_libgomp_names_it_and_shows_no_traceback(without_libgomp, tmp_path):
    config = ROOT / "configs" / "quickstart.yaml"

    done = python(
        "from training.cli import main; main()",
        "train",
        str(config),
        cwd=tmp_path,
        env=without_libgomp,
    )

    # before 2.13, pydantic keeps types of DuckDB to the end, and their library says so
    told = done.stderr.partition("nanobind: ")[0]
    assert (done.returncode, done.stdout, told) == (1, "", f"Error: {NO_LIBGOMP}\n")


def test_an_installation_without_libgomp_ends_with_its_name(without_libgomp, tmp_path):
    code = "import sys; from features.machine import lacking; sys.exit(lacking('.'))"

    done = python(code, cwd=tmp_path, env=without_libgomp)

    assert (done.returncode, done.stdout, done.stderr) == (1, "", f"{NO_LIBGOMP}\n")


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        (
            OSError("libgomp.so.1: cannot open shared object file: No such file or directory"),
            NO_LIBGOMP,
        ),
        (
            OSError(
                "dlopen(lib_lightgbm.dylib, 0x6): Library not loaded: @rpath/libomp.dylib\n"
                "  Referenced from: …"
            ),
            "LightGBM needs libomp: brew install libomp",
        ),
        (
            ImportError("libxyz.so.2: cannot open shared object file: No such file or directory"),
            "A library of the system is missing: libxyz.so.2. Install the package that brings it.",
        ),
        (OSError(28, "No space left on device"), None),
        (ModuleNotFoundError("No module named 'training.x'"), None),
        (ValueError("libgomp.so.1: cannot open shared object file"), None),
    ],
)
def test_only_a_missing_library_is_told_as_one(error, sentence):
    assert machine.missing_library(error) == sentence


def test_this_machine_lacks_nothing(tmp_path):
    assert machine.lacking(str(tmp_path / "not" / "yet" / "there")) is None


def test_an_older_python_is_named(tmp_path, monkeypatch):
    monkeypatch.setattr(sys, "version_info", (3, 10, 13, "final", 0))

    assert machine.lacking(str(tmp_path)) == (
        "Propensity needs Python 3.11 or later; this is 3.10.13. Name a later one:"
        " make PYTHON=python3.13 …"
    )


def test_an_older_python_can_read_the_file_that_refuses_it():
    assert ast.parse(FILE.read_text(encoding="utf-8"), feature_version=(3, 6))


def test_a_python_without_venv_names_its_package(tmp_path, monkeypatch):
    there = importlib.util.find_spec
    monkeypatch.setattr(
        importlib.util, "find_spec", lambda name: None if name == "ensurepip" else there(name)
    )
    monkeypatch.setattr(sys, "version_info", (3, 13, 5, "final", 0))

    assert machine.lacking(str(tmp_path)) == (
        "Python's venv is not complete: apt-get install python3-venv (not the system's own Python:"
        " python3.13-venv)"
    )


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_that_cannot_be_written_is_named_with_the_way_out(tmp_path):
    tmp_path.chmod(0o555)

    assert machine.lacking(str(tmp_path / ".venv")) == (
        f"Nothing can be written to {tmp_path}. "
        "Say where it can:"
        " make quickstart VENV=/tmp/propensity/venv QUICK=/tmp/propensity/quickstart"
    )
