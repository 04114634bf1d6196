"""A class name means one thing, and what a docstring lists stands on lines of its own and alone."""

import ast
import re
from collections import defaultdict
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
MODULES = sorted(
    path
    for package in ("features", "propensity", "training")
    for path in (ROOT / package).rglob("*.py")
)
#: A heading of a docstring with its first entry on the same line.
RUN_IN = re.compile(r"^\s*(?:Args|Attributes): +[*a-z_]+: ", re.MULTILINE)
#: An entry of such a list that says whose a thing is, and not what it is.
FRAGMENT = re.compile(r"^ {4}[*a-z_]+: (?:\([^)]*\) )?(?:[Oo]f|Those|Whose) ", re.MULTILINE)
DOCUMENTED = ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef


def classes(sources):
    """Class name to the modules that define it.

    Args:
        sources: Module name to its text.
    """
    found = defaultdict(list)
    for module, text in sources.items():
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.ClassDef):
                found[node.name].append(module)
    return found


def ambiguous(sources):
    """Class names with more than one definition, and where these are."""
    return {name: homes for name, homes in classes(sources).items() if len(homes) > 1}


def docstrings(text):
    """The docstrings of a module and of all that is in it."""
    docs = (ast.get_docstring(node) for node in ast.walk(ast.parse(text)) if has_docstring(node))
    return [doc for doc in docs if doc]


def run_in(text):
    """Docstrings of a module whose list of arguments or attributes runs on like a paragraph."""
    return [doc for doc in docstrings(text) if RUN_IN.search(doc)]


def fragments(text):
    """Entries of docstrings that do not stand alone."""
    return [found for doc in docstrings(text) for found in FRAGMENT.findall(doc)]


def has_docstring(node):
    """Whether a node of the syntax tree can have a docstring."""
    return isinstance(node, DOCUMENTED)


def test_every_class_name_is_defined_once():
    sources = {str(path.relative_to(ROOT)): path.read_text(encoding="utf-8") for path in MODULES}

    assert ambiguous(sources) == {}


def test_two_classes_of_one_name_are_found_inside_functions_too():
    sources = {"a": "class Part: ...", "b": "def f():\n    class Part: ...", "c": "class Line: ..."}

    assert ambiguous(sources) == {"Part": ["a", "b"]}


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_argument_and_attribute_has_a_line_of_its_own(path):
    assert run_in(path.read_text(encoding="utf-8")) == []


def test_a_list_that_runs_on_like_a_paragraph_is_found():
    assert run_in('"""Sum.\n\nArgs: a: One number. b: Another.\n"""')
    assert not run_in('"""Sum.\n\nArgs:\n    a: One number.\n    b: Another.\n"""')


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_entry_says_what_it_is_and_not_only_whose(path):
    assert fragments(path.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize("entry", ["Of the rows.", "(n,) of the rows.", "Those that won."])
def test_an_entry_that_does_not_stand_alone_is_found(entry):
    assert fragments(f'"""Sum.\n\nArgs:\n    rows: {entry}\n"""')
    assert not fragments('"""Sum.\n\nArgs:\n    rows: Number of rows.\n"""')
