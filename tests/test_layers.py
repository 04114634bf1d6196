"""Imports run one way: features < propensity < training, those inside functions too."""

import ast
from collections import defaultdict
from graphlib import CycleError, TopologicalSorter
from pathlib import Path
from shutil import copytree, ignore_patterns

import pytest

ROOT = Path(__file__).parent.parent
#: Package to what it may import of the house.
ALLOWED = {
    "features": {"features"},
    "propensity": {"features", "propensity"},
    "training": {"features", "propensity", "training"},
}
#: Of no use to a scorer: what only training, tests and experts need.
TRAINING_ONLY = {"sklearn", "matplotlib", "matplotlib_fontja", "shap", "optuna"}
HEAVY = {
    "numpy",
    "pandas",
    "pyarrow",
    "duckdb",
    "lightgbm",
    "mlflow",
    "numba",
    "rich",
    "sqlalchemy",
    "jinja2",
    "pydantic",
    "yaml",
}
MODULES = sorted(path for package in ALLOWED for path in (ROOT / package).rglob("*.py"))


def imports(path, *, everywhere=True):
    """What a module imports, as ``package.module`` or ``package.name``.

    Args:
        path: Of the module.
        everywhere: Inside functions and for type hints alone too; else only what runs when the
            module is imported.
    """
    todo, found = [ast.parse(path.read_text(encoding="utf-8"))], set()
    while todo:
        node = todo.pop()
        match node:
            case ast.Import(names=names):
                found |= {alias.name for alias in names}
            case ast.ImportFrom(module=module, level=level, names=names):
                assert level == 0, f"{path}:{node.lineno}: relative import"
                found |= {f"{module}.{alias.name}" for alias in names}
            case ast.Call(
                func=ast.Name("__import__") | ast.Attribute(attr="import_module"),
                args=[ast.Constant(name)],
            ):
                found.add(name)
            case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.Lambda() if not everywhere:
                pass
            case ast.If(test=ast.Name("TYPE_CHECKING")) if not everywhere:
                todo += node.orelse
            case _:
                todo += ast.iter_child_nodes(node)
    return found


def packages(path, **options):
    return {name.partition(".")[0] for name in imports(path, **options)}


#: Hand contributions to shap, when somebody asks.
PLOTTED = {ROOT / "propensity" / "model" / name for name in ("model.py", "shap_explanation.py")}


def name_of(path):
    return str(path.relative_to(ROOT))


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_a_module_imports_its_own_layer_and_those_below(path):
    layer = path.relative_to(ROOT).parts[0]

    assert packages(path) & set(ALLOWED) <= ALLOWED[layer]
    assert not packages(path) & {"tests", "benchmarks"}
    if layer != "training":
        assert not packages(path, everywhere=False) & TRAINING_ONLY
        assert packages(path) & TRAINING_ONLY <= ({"shap"} if path in PLOTTED else set())


def modules(root):
    """The name of each module of the house below ``root``, and its file."""
    paths = [path for package in ALLOWED for path in (root / package).rglob("*.py")]
    return {
        ".".join(path.relative_to(root).with_suffix("").parts).removesuffix(".__init__"): path
        for path in paths
    }


def needs_of_rooms(root):
    """For each folder, what its rooms (files and folders in it) import of each other, late imports
    included.
    """
    names, folders = modules(root), defaultdict(lambda: defaultdict(set))
    for name, path in names.items():
        for asked in imports(path):
            target = asked if asked in names else asked.rpartition(".")[0]
            own, other = name.split("."), target.split(".")
            shared = next(
                (i for i, (a, b) in enumerate(zip(own, other, strict=False)) if a != b), None
            )
            if target in names and shared is not None:
                folders[".".join(own[:shared])][own[shared]].add(other[shared])
    return folders


def knots(root):
    """Folders whose rooms import each other in a circle, with the circle."""
    found = {}
    for folder, needs in needs_of_rooms(root).items():
        try:
            tuple(TopologicalSorter(needs).static_order())
        except CycleError as error:
            found[folder] = error.args[1]
    return found


def test_rooms_import_each_other_one_way_at_every_level():
    assert knots(ROOT) == {}


@pytest.mark.parametrize(
    ("file", "line", "folder"),
    [
        ("training/learn/rows/split.py", "from training.train.command import train", "training"),
        (
            "propensity/language/numerals.py",
            "    from propensity.config.config import Config",
            "propensity",
        ),
        (
            "training/review/findings/teams.py",
            "import training.review.sections.minute",
            "training.review",
        ),
        ("features/sql.py", "from features.intake.values import text", "features"),
        (
            "training/learn/metrics/wilson.py",
            "from training.learn.metrics import reliability",
            "training.learn.metrics",
        ),
    ],
)
def test_an_import_against_the_plan_is_a_knot(tmp_path, file, line, folder):
    for package in ALLOWED:
        copytree(ROOT / package, tmp_path / package, ignore=ignore_patterns("__pycache__"))
    body = f"\n\ndef late():\n    {line.strip()}\n" if line.startswith(" ") else f"\n{line}\n"
    with (tmp_path / file).open("a", encoding="utf-8") as stream:
        stream.write(body)

    assert folder in knots(tmp_path)


@pytest.mark.parametrize(
    "path",
    [
        ROOT / "propensity" / "cli.py",
        ROOT / "training" / "cli.py",
        *(ROOT / "training" / "commands").glob("*.py"),
    ],
    ids=name_of,
)
def test_the_command_line_waits_with_heavy_imports(path):
    assert not packages(path, everywhere=False) & (HEAVY | TRAINING_ONLY)


def test_the_walk_sees_imports_inside_functions(tmp_path):
    path = tmp_path / "m.py"
    path.write_text(
        "import os\ndef f():\n    from training import x\n   "
        " importlib.import_module('shap.plots')\n"
    )

    assert imports(path) == {"os", "training.x", "shap.plots"}
    assert imports(path, everywhere=False) == {"os"}
