"""Imports run one way: features < propensity < training, those inside functions too."""

import ast
from pathlib import Path

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
    "pydantic",
    "yaml",
}
MODULES = sorted(path for package in ALLOWED for path in (ROOT / package).rglob("*.py"))


def imports(path, *, everywhere=True):
    """What a module imports, as ``package.module`` or ``package.name``.

    Args:
        path: Of the module.
        everywhere: Inside functions and for type hints alone too; else only what runs when the module is imported.
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
            case ast.Call(func=ast.Name("__import__") | ast.Attribute(attr="import_module"), args=[ast.Constant(name)]):
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


def name_of(path):
    return str(path.relative_to(ROOT))


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_a_module_imports_its_own_layer_and_those_below(path):
    layer = path.relative_to(ROOT).parts[0]

    assert packages(path) & set(ALLOWED) <= ALLOWED[layer]
    assert not packages(path) & {"tests", "benchmarks"}
    if layer != "training":
        assert not packages(path) & TRAINING_ONLY


def test_no_module_needs_itself_by_way_of_others():
    names = {".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"): path for path in MODULES}
    needs = {}
    for name, path in names.items():
        found = imports(path)  # those inside functions too: a late import is a cycle all the same
        asked = {i if i in names else i.rpartition(".")[0] for i in found}
        needs[name] = (asked & set(names)) - {name}

    while leaves := [name for name, needed in needs.items() if not needed & set(needs)]:
        for name in leaves:
            del needs[name]

    assert not needs, f"import cycle among {sorted(needs)}"


@pytest.mark.parametrize("path", [ROOT / "propensity" / "cli.py", ROOT / "training" / "cli.py"], ids=name_of)
def test_the_command_line_waits_with_heavy_imports(path):
    assert not packages(path, everywhere=False) & (HEAVY | TRAINING_ONLY)


def test_the_walk_sees_imports_inside_functions(tmp_path):
    path = tmp_path / "m.py"
    path.write_text("import os\ndef f():\n    from training import x\n    importlib.import_module('shap.plots')\n")

    assert imports(path) == {"os", "training.x", "shap.plots"}
    assert imports(path, everywhere=False) == {"os"}
