"""The page of every public name of Python, from its docstring; nothing is imported."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from docs.site.docstrings import LISTS, read

ROOT = Path(__file__).parents[2]
STUB = ROOT / "propensity" / "__init__.pyi"
#: What a list of a docstring is called on the page.
_CALLED = {"Args": "argument", "Attributes": "attribute", "Raises": "error"}
#: Signs of a signature that fits on one line.
_WIDTH = 88

_OPENING = """\
# Python reference

Every public name of `propensity`, from its docstring. [Propensity in Python](python.md) shows how
they go together. What a call returns stands [at the end](#what-the-calls-return). Every error is a
`PropensityError` of `features.errors`.
"""


@dataclass(frozen=True)
class Found:
    """A name, and where it is written.

    Attributes:
        name: The name.
        module: Its module, with dots.
        node: Its place in the syntax tree.
    """

    name: str
    module: str
    node: ast.FunctionDef | ast.ClassDef


def page() -> str:
    """The page, as Markdown."""
    names = public()
    returned = {found.name: found for name in names for found in _results(name)}
    for name in names:
        returned.pop(name.name, None)
    parts = [_OPENING]
    for found in names:
        parts += _told(found, prefix="propensity.")
    parts.append("## What the calls return\n")
    for found in returned.values():
        parts += _told(found, prefix="", depth=3)
    return "\n".join(parts)


def public() -> list[Found]:
    """The public names, calls first."""
    tree = ast.parse(STUB.read_text(encoding="utf-8"))
    found = [
        _find(alias.name, node.module or "")
        for node in tree.body
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    ]
    return sorted(found, key=lambda it: (isinstance(it.node, ast.ClassDef), it.name))


def _find(name: str, module: str) -> Found:
    """A name where it is defined, however often it was handed on."""
    tree = _tree(module)
    for node in tree.body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef) and node.name == name:
            return Found(name, module, node)
    return _find(name, _imports(module)[name])


@cache
def _tree(module: str) -> ast.Module:
    path = ROOT.joinpath(*module.split("."))
    file = path.with_suffix(".py") if path.with_suffix(".py").is_file() else path / "__init__.py"
    return ast.parse(file.read_text(encoding="utf-8"))


def _imports(module: str) -> dict[str, str]:
    """Names that a module takes from others of ours, to those."""
    return {
        alias.asname or alias.name: node.module
        for node in ast.walk(_tree(module))
        if isinstance(node, ast.ImportFrom)
        and node.module
        and node.module.split(".")[0] in ("features", "propensity", "training")
        for alias in node.names
    }


def _results(found: Found) -> Iterator[Found]:
    """Classes of ours that a call returns."""
    if isinstance(found.node, ast.ClassDef) or found.node.returns is None:
        return
    for node in ast.walk(ast.parse(ast.unparse(found.node.returns).replace("'", ""))):
        if not isinstance(node, ast.Name):
            continue
        here = {n.name for n in _tree(found.module).body if isinstance(n, ast.ClassDef)}
        if node.id in here or node.id in _imports(found.module):
            yield _find(node.id, found.module)


def _told(found: Found, *, prefix: str, depth: int = 2) -> Iterator[str]:
    """A name: its signature, what it does, its arguments and errors; of a class its methods."""
    node = found.node
    yield f"{'#' * depth} {prefix}{found.name}\n"
    if isinstance(node, ast.FunctionDef):
        yield _signature(node, f"{prefix}{found.name}")
    else:
        made = next((n for n in _methods(node) if n.name == "__init__"), None)
        if made and prefix:
            yield _signature(made, f"{prefix}{found.name}", returns=False)
    yield from _docstring(node)
    if isinstance(node, ast.ClassDef):
        for method in _methods(node):
            if not method.name.startswith("_") and ast.get_docstring(method):
                yield f"{'#' * (depth + 1)} {found.name}.{method.name}\n"
                if not _is_property(method):
                    yield _signature(method, method.name)
                yield from _docstring(method)


def _methods(node: ast.ClassDef) -> list[ast.FunctionDef]:
    return [part for part in node.body if isinstance(part, ast.FunctionDef)]


def _is_property(node: ast.FunctionDef) -> bool:
    return any(ast.unparse(kind).endswith("property") for kind in node.decorator_list)


def _docstring(node: ast.FunctionDef | ast.ClassDef) -> Iterator[str]:
    told = read(ast.get_docstring(node))
    yield f"{told.text}\n"
    for heading in LISTS:
        if entries := told.lists.get(heading):
            yield f"| {_CALLED[heading]} | meaning |\n|---|---|"
            for name, said in entries.items():
                yield f"| `{name}` | {said.replace('|', chr(92) + '|')} |"
            yield ""


def _signature(node: ast.FunctionDef, name: str, *, returns: bool = True) -> str:
    """A signature, on lines of its own where it is long; without what only checkers ask."""
    plain = ast.parse(ast.unparse(node)).body[0]
    assert isinstance(plain, ast.FunctionDef)  # noqa: S101 — a function stays one
    if plain.args.args and plain.args.args[0].arg in ("self", "cls"):
        del plain.args.args[0]
    given = [part.replace("=", " = ", 1) for part in _split(ast.unparse(plain.args))]
    gives = f" -> {ast.unparse(plain.returns)}" if returns and plain.returns else ""
    gives = gives.replace("'", "")  # a type that is imported for checkers alone
    line = f"{name}({', '.join(given)}){gives}"
    if len(line) > _WIDTH:
        line = f"{name}(\n    " + ",\n    ".join(given) + f",\n){gives}"
    return f"```python\n{line}\n```\n"


def _split(given: str) -> list[str]:
    """Arguments, cut at the commas between them."""
    parts, depth, start = [], 0, 0
    for place, sign in enumerate(given):
        depth += (sign in "([{") - (sign in ")]}")
        if sign == "," and not depth:
            parts.append(given[start:place].strip())
            start = place + 1
    return [*parts, given[start:].strip()]
