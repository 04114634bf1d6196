"""The texts are data: both languages say the same things, every text that code asks for is there
with its gaps filled, no text is left over, and the package carries the files.
"""

import ast
import re
import subprocess
import sys
import tomllib
import zipfile
from collections import Counter
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from string import Formatter

import pytest
from jinja2 import Environment, nodes

import propensity
from propensity.language import CATALOGUES, LANGUAGES, NAMED_HERE, TOPICS, catalogue

ROOT = Path(propensity.__file__).parents[1]
FILES = sorted(
    path.relative_to(ROOT)
    for package in ("features", "propensity", "training")
    for path in (ROOT / package).rglob("*.toml")
    if path.parent.name != "systems"  # fields of other systems, in one language
)
#: Every catalogue as its room and its topic, such as ``training.audit`` and ``words``.
NAMES = sorted({(".".join(path.parts[:-1]), path.name.split(".")[0]) for path in FILES})
#: Gaps that are filled without being asked for, in each language as its grammar needs them.
GOAL = {key.partition(": ")[0] for key in catalogue("propensity.language", "en", "goal")}
#: Rooms whose texts speak of the goal.
OF_A_GOAL = ("training.review.words", "training.threshold", "training.monitor")
#: Texts with half-width brackets: those of the audit have always been set so.
HALF_WIDTH = {"training.audit": ["red means", "findings", "columns", "verdicts x"]}


def gaps(text):
    return {gap for _, gap, _, _ in Formatter().parse(text) if gap is not None}


# --- the files
# --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("room", "topic"), NAMES)
def test_both_languages_hold_the_same_keys_in_the_same_order_and_the_same_gaps(room, topic):
    english, japanese = (catalogue(room, language, topic) for language in LANGUAGES)

    assert list(english) == list(japanese)
    for key, text in english.items():
        assert gaps(text) - GOAL == gaps(japanese[key]) - GOAL, key


@pytest.mark.parametrize(("room", "topic"), NAMES)
def test_japanese_is_set_with_full_width_brackets_and_colons(room, topic):
    half = [key for key, text in catalogue(room, "ja", topic).items() if re.search("[():]", text)]

    assert half == HALF_WIDTH.get(room, [])


def test_every_file_is_a_topic_in_a_language_that_there_is_and_each_language_has_all():
    found = Counter((".".join(path.parts[:-1]), *path.name.split(".")) for path in FILES)

    assert set(found) == {
        (room, topic, language, "toml") for room, topic in NAMES for language in LANGUAGES
    }


@pytest.mark.parametrize("path", FILES, ids=str)
def test_a_file_holds_texts_whose_gaps_are_plain_names(path):
    for key, text in tomllib.loads((ROOT / path).read_text(encoding="utf-8")).items():
        assert isinstance(text, str), key
        for _, gap, form, conversion in Formatter().parse(text):
            assert gap is None or gap.isidentifier(), (key, gap)
            assert not form, (key, gap)
            assert conversion is None, (key, gap)


def test_the_topics_of_propensity_are_its_files_and_share_no_key():
    keys = Counter(key for topic in TOPICS for key in catalogue("propensity.language", "en", topic))

    assert {topic for room, topic in NAMES if room == "propensity.language"} == set(TOPICS)
    assert keys.most_common(1)[0][1] == 1
    assert set(NAMED_HERE) < set(keys) == set(CATALOGUES["en"]) == set(CATALOGUES["ja"])


# --- the code that asks for texts
# --------------------------------------------------------------------------------------------------


class Asked:
    """A text that code asks for: a pattern of its key, and the names of what fills its gaps; None
    where they cannot be read off."""

    def __init__(self, where, pattern, fills=None):
        self.where, self.pattern, self.fills = where, pattern, fills

    def finds(self, keys):
        return [key for key in keys if self.pattern.fullmatch(key)]


def _pattern(node):
    """What a text or an f-string, in Python or in a template, may say."""
    parts = getattr(node, "values", getattr(node, "nodes", [node]))
    texts = [getattr(part, "value", None) for part in parts]
    return re.compile(
        "".join(re.escape(text) if isinstance(text, str) else "(.+)" for text in texts)
    )


def _is_known(node):
    return isinstance(node, ast.JoinedStr | nodes.Concat) or (
        isinstance(node, ast.Constant | nodes.Const) and isinstance(node.value, str)
    )


def _either(node):
    """The texts that an expression may be, as far as they stand in it."""
    ends = [node]
    if isinstance(node, ast.IfExp):
        ends = [node.body, node.orelse]
    if isinstance(node, nodes.CondExpr):
        ends = [node.expr1, node.expr2]
    return [end for end in ends if _is_known(end)]


def _asked(path) -> Iterator[Asked]:
    """Keys as they stand in ``.say(key, ...)``, ``say(key, ...)``, ``.column(key, ...)`` and
    ``words[key]``."""
    for node in _nodes(path):
        if isinstance(node, ast.Call) and node.args:
            if getattr(node.func, "attr", getattr(node.func, "id", "")) in ("say", "column"):
                yield from _said(path, node, node.args[0], {one.arg for one in node.keywords})
        elif isinstance(node, nodes.Call) and node.args:
            if getattr(node.node, "attr", getattr(node.node, "name", "")) == "say":
                yield from _said(path, node, node.args[0], {one.key for one in node.kwargs})
        elif isinstance(node, ast.Subscript) and _is_catalogue(node.value):
            yield from _said(path, node, node.slice, {None})
        elif isinstance(node, nodes.Getitem) and getattr(node.node, "name", "") == "words":
            yield from _said(path, node, node.arg, {None})


def _said(path, node, key, fills):
    for end in _either(key):
        yield Asked(f"{path}:{node.lineno}", _pattern(end), None if None in fills else fills)


def _is_catalogue(node):
    if isinstance(node, ast.Subscript):
        return getattr(node.value, "id", "") == "CATALOGUES"
    return getattr(node, "id", getattr(node, "attr", "")) in ("words", "standard")


@cache
def _nodes(path):
    """Everything a module or a template is made of."""
    text = (ROOT / path).read_text(encoding="utf-8")
    if path.suffix == ".html":
        return list(Environment(autoescape=True).parse(text).find_all(nodes.Node))
    return list(ast.walk(ast.parse(text)))


CODE = sorted(
    path.relative_to(ROOT)
    for package in ("features", "propensity", "training")
    for path in (ROOT / package).rglob("*")
    if path.suffix in (".py", ".html")
)


@cache
def _rooms(path):
    """Rooms whose texts a module may ask for: of its own folder, those it names, and the common
    ones."""
    text = (ROOT / path).read_text(encoding="utf-8")
    own = {"training.review.words"} if path.is_relative_to("training/review") else set()
    return {
        room
        for room, _ in NAMES
        if room in own
        or f'"{room}"' in text
        or path.is_relative_to(room.replace(".", "/"))
        or (room == "propensity.language" and "propensity.language" in text)
    }


def _catalogues(path, language):
    return [catalogue(room, language, topic) for room, topic in NAMES if room in _rooms(path)]


def test_every_key_that_code_asks_for_exists_and_its_gaps_are_filled():
    wrong, seen = [], 0
    for path in CODE:
        for asked in _asked(path) if _rooms(path) else ():
            seen += 1
            texts = [
                (words, asked.finds(words))
                for words in _catalogues(path, "en")
                if asked.finds(words)
            ]
            if not texts:
                wrong.append(f"{asked.where}: no text {asked.pattern.pattern!r}")
            elif asked.fills is not None and not any(
                _filled(asked, words.name, key, path) for words, keys in texts for key in keys
            ):
                wrong.append(f"{asked.where}: gaps of {asked.pattern.pattern!r} are not filled")

    assert seen > 800
    assert wrong == []


def _filled(asked, name, key, path):
    texts = [
        words[key]
        for language in LANGUAGES
        for words in _catalogues(path, language)
        if words.name.split(";")[0] == name.split(";")[0]
    ]
    standing = GOAL if name.startswith(OF_A_GOAL) else set()
    return all(gaps(text) <= asked.fills | standing for text in texts)


@cache
def _texts(path):
    """What a module or a template holds: its texts without the docstrings, the names of its
    classes' fields, and the f-strings."""
    docs = {id(node.value) for node in _nodes(path) if isinstance(node, ast.Expr)}
    whole, made = set(), set()
    for node in _nodes(path):
        if isinstance(node, ast.Constant | nodes.Const) and isinstance(node.value, str):
            whole |= {node.value} if id(node) not in docs else set()
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            whole.add(node.target.id)
        if isinstance(node, ast.JoinedStr | nodes.Concat):
            made.add(_pattern(node))
        added = node.value if isinstance(node, ast.AugAssign) else getattr(node, "right", None)
        if isinstance(getattr(node, "op", None), ast.Add):
            made |= {re.compile("(.+)" + re.escape(end.value)) for end in _ends(added)}
    return whole, made


def _imported(path):
    names = {node.module for node in _nodes(path) if isinstance(node, ast.ImportFrom)}
    return {other for other in CODE if ".".join(other.with_suffix("").parts) in names}


def _ends(node):
    return [end for end in _either(node) if isinstance(end, ast.Constant) and end.value]


#: Every text in the packages: what the gaps of an f-string may be filled with.
WHOLE = {text for path in CODE for text in _texts(path)[0]} | {str(number) for number in range(10)}


def _is_made(key, made, deep=2):
    """Whether f-strings make a key of texts that stand in the code."""
    return deep > 0 and any(
        all(part in WHOLE or _is_made(part, made, deep - 1) for part in match.groups())
        for pattern in made
        for match in _splits(pattern, key)
    )


@cache
def _splits(pattern, key):
    """How a pattern with some text of its own may be cut to match, at its first place and its
    last."""
    if not pattern.pattern.replace("(.+)", ""):
        return ()
    lazy = re.compile(pattern.pattern.replace("(.+)", "(.+?)"))
    return tuple(filter(None, (pattern.fullmatch(key), lazy.fullmatch(key))))


@pytest.mark.parametrize(("room", "topic"), NAMES)
def test_no_text_is_left_over(room, topic):
    """A key is in use where a module that may ask for it holds it, or a module whose names it
    imports does, or an f-string that makes it."""
    modules = [path for path in CODE if room in _rooms(path)]
    made = set().union(*(_texts(path)[1] for path in modules))
    beside = {other for path in modules for other in _imported(path)}
    whole = set().union(*(_texts(path)[0] for path in {*modules, *beside}))

    def is_used(key):
        if topic == "goal":
            return _is_a_gap(key.partition(": ")[0])
        return key in whole or _is_made(key, made)

    assert [key for key in catalogue(room, "en", topic) if not is_used(key)] == []


@cache
def _is_a_gap(name):
    return any(
        name in gaps(text)
        for room, topic in NAMES
        for language in LANGUAGES
        for text in catalogue(room, language, topic).values()
    )


# --- the package
# --------------------------------------------------------------------------------------------------


@pytest.mark.slow
def test_the_wheel_carries_every_catalogue(tmp_path):
    if not (ROOT / "pyproject.toml").is_file():
        pytest.skip("not a checkout: no pyproject.toml beside the packages")
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)],
        cwd=ROOT,
        check=True,
        capture_output=True,
    )
    (wheel,) = tmp_path.glob("*.whl")

    with zipfile.ZipFile(wheel) as packed:
        names = set(packed.namelist())
    assert {path.as_posix() for path in FILES} <= names
