"""What the project says it needs, in several places, is one statement, and true."""

import ast
import importlib.metadata
import re
import sys
import tomllib
from pathlib import Path

import pytest

from features.machine import OLDEST_PYTHON
from tests.test_layers import packages

ROOT = Path(__file__).parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
LOCK = (ROOT / "requirements.lock").read_text(encoding="utf-8")
PACKAGES = ("features", "propensity", "training")
MODULES = sorted(path for package in PACKAGES for path in (ROOT / package).rglob("*.py"))
#: What reads the inside of a type hint, which looks different from one Python or NumPy to the next.
INSIDE_HINTS = {
    "get_args",
    "get_origin",
    "get_type_hints",
    "get_annotations",
    "__args__",
    "__origin__",
}
INSIDE_HINTS |= {"__annotations__", "__annotate__"}


def name_of(path):
    return str(path.relative_to(ROOT))


def distribution(requirement):
    return re.match(r"[\w.-]+", requirement)[0].lower().replace("_", "-")


def declared(*extras):
    lists = [
        PROJECT["dependencies"],
        *(PROJECT["optional-dependencies"][extra] for extra in extras),
    ]
    return {distribution(requirement) for requirements in lists for requirement in requirements}


def imported(packages):
    """Top-level names that modules of the packages import, from other people."""
    found = set()
    for path in MODULES:
        if path.relative_to(ROOT).parts[0] not in packages:
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            match node:
                case ast.Import(names=names):
                    found |= {alias.name.partition(".")[0] for alias in names}
                case ast.ImportFrom(module=str(module)):
                    found.add(module.partition(".")[0])
                case ast.Call(
                    func=ast.Attribute(attr="import_module"), args=[ast.Constant(str(name))]
                ):
                    found.add(name.partition(".")[0])
    return found - sys.stdlib_module_names - set(PACKAGES)


@pytest.mark.parametrize(
    ("packages", "extras"),
    [
        (("features", "propensity"), ("postgresql", "shap", "spark")),
        (("training",), ("training", "shap")),
    ],
    ids=["scoring", "training"],
)
def test_every_package_that_is_imported_is_declared(packages, extras):
    brings = importlib.metadata.packages_distributions()
    names = imported(packages)

    assert "numpy" in names
    undeclared = {
        name
        for name in names
        if not {distribution(d) for d in brings.get(name, [name])} & declared(*extras)
    }
    assert undeclared == set()


def test_spark_is_imported_in_its_room_alone_and_only_when_it_is_asked_for():
    room = ROOT / "propensity" / "spark"
    knows = {path for path in MODULES if "pyspark" in packages(path)}

    assert knows
    assert all(path.is_relative_to(room) for path in knows)
    assert not {path for path in knows if "pyspark" in packages(path, everywhere=False)}


def test_what_spark_needs_is_locked_apart():
    lock = (ROOT / "requirements-spark.lock").read_text(encoding="utf-8")

    assert declared("spark") - declared() <= set(re.findall(r"^([\w.-]+)==", lock, re.MULTILINE))
    assert "://" not in lock
    assert "pyspark" not in LOCK


def test_what_the_site_needs_is_locked_apart_and_beside_the_same_versions():
    lock = (ROOT / "requirements-docs.lock").read_text(encoding="utf-8")
    pins = {
        text: dict(re.findall(r"^([\w.-]+)==([^ ]+)", text, re.MULTILINE)) for text in (lock, LOCK)
    }

    assert declared("docs") - declared() <= set(pins[lock])
    assert "://" not in lock
    both = set(pins[lock]) & set(pins[LOCK])
    assert both
    assert [name for name in both if pins[lock][name] != pins[LOCK][name]] == []


def test_every_declared_package_is_locked_and_has_a_lowest_version():
    locked = set(re.findall(r"^([\w.-]+)==", LOCK, re.MULTILINE))

    assert declared("training", "dev") <= locked
    bare = [
        r
        for r in PROJECT["dependencies"] + PROJECT["optional-dependencies"]["training"]
        if ">=" not in r
    ]
    assert bare == []


def test_the_lock_names_no_place():
    assert "://" not in LOCK
    assert "--index-url" not in LOCK


def test_every_place_names_the_same_pythons():
    classified = [
        c.rpartition(" ")[2] for c in PROJECT["classifiers"] if re.search(r":: 3\.\d+$", c)
    ]
    oldest, newest = classified[0], classified[-1]
    readme, makefile = (
        (ROOT / name).read_text(encoding="utf-8") for name in ("README.md", "Makefile")
    )

    assert PROJECT["requires-python"] == f">={oldest}"
    assert ".".join(map(str, OLDEST_PYTHON)) == oldest
    assert f"Python {oldest} or later (tested up to {newest}), `make`" in readme
    assert f"--python-version {oldest} " in makefile
    assert f"PYTHONS := {' '.join(classified)}\n" in makefile
    assert classified == [f"3.{minor}" for minor in range(OLDEST_PYTHON[1], int(newest[2:]) + 1)]


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_no_module_reads_the_inside_of_a_type_hint(path):
    names = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        match node:
            case ast.Name(id=name) | ast.Attribute(attr=name) | ast.alias(name=name):
                names.add(name)

    assert not names & INSIDE_HINTS
