"""A YAML text with a few values changed, and everything else, comments too, as people wrote it."""

from collections.abc import Sequence

import yaml

from features.files.cells import harmless_yaml

Key = str | int


def with_value(text: str, path: Sequence[Key], value: float | str) -> str:
    """The text with another scalar at a place.

    Args:
        text: YAML.
        path: Keys and places from the top.
        value: Text is quoted.

    Raises:
        KeyError: There is no such place.

    >>> with_value("a: {b: [1, 2]}  # said", ["a", "b", 1], 3.5)
    'a: {b: [1, 3.5]}  # said'
    """
    node = _node(text, path)
    return text[: node.start_mark.index] + scalar(value) + text[_end(node) :]


def has(text: str, path: Sequence[Key]) -> bool:
    """Whether there is such a place."""
    try:
        _node(text, path)
    except KeyError:
        return False
    return True


def with_key(text: str, path: Sequence[Key], key: str, written: str) -> str:
    r"""The text with a new key in a mapping: the last in braces, else the second.

    Args:
        text: YAML.
        path: Keys and places from the top to the mapping.
        key: A plain word.
        written: Its value as it stands in a file.

    Raises:
        KeyError: There is no such mapping.

    >>> with_key("a: {b: 1}  # said", ["a"], "c", "2")
    'a: {b: 1, c: 2}  # said'
    >>> with_key("a:\n  b: 1  # one\n", ["a"], "c", "2")
    'a:\n  b: 1  # one\n  c: 2\n'
    """
    node = _node(text, path)
    if not isinstance(node, yaml.MappingNode):
        raise KeyError(path[-1])
    if not node.value:  # braces with nothing in them
        start = node.start_mark.index + 1
        return f"{text[:start]}{key}: {written}{text[start:]}"
    if node.flow_style:
        end = _end(node.value[-1][1])
        return f"{text[:end]}, {key}: {written}{text[end:]}"
    place = _next_line(text, _end(node.value[0][1]))
    line = f"{' ' * int(node.start_mark.column)}{key}: {written}\n"
    return f"{text[:place]}{'' if text[:place].endswith(chr(10)) else chr(10)}{line}{text[place:]}"


def without_key(text: str, key: str) -> str:
    r"""The text without a key of the top and what stands under it.

    >>> without_key("a: 1  # one\nb: 2\n", "a")
    'b: 2\n'
    """
    for name, node in _top(text).value:
        if name.value == key:
            start = text.rfind("\n", 0, name.start_mark.index) + 1
            return text[:start] + text[_next_line(text, _end(node)) :]
    return text


def without_item(text: str, path: Sequence[Key], place: int) -> str:
    r"""The text without an item of a list.

    >>> without_item("a:\n- x  # gone\n- y\n", ["a"], 0)
    'a:\n- y\n'
    >>> without_item("a: [x, y]\n", ["a"], 1)
    'a: [x]\n'
    """
    found = _node(text, path)
    if not isinstance(found, yaml.SequenceNode):
        raise KeyError(path[-1])
    items = found.value
    if len(items) == 1 and found.flow_style:
        return f"{text[: found.start_mark.index]}[]{text[found.end_mark.index :]}"
    if found.flow_style:
        start = items[place].start_mark.index if place == 0 else _end(items[place - 1])
        end = items[1].start_mark.index if place == 0 else _end(items[place])
        return text[:start] + text[end:]
    start = text.rfind("\n", 0, items[place].start_mark.index) + 1
    left = text[:start] + text[_next_line(text, _end(items[place])) :]
    if len(items) > 1:
        return left
    colon = text.index(":", _key_end(text, path)) + 1
    return f"{left[:colon]} []{left[colon:]}"


def with_items(text: str, key: str, items: Sequence[dict[str, str]], *, comment: str) -> str:
    """The text with more items at the end of a list of the top; a list that is not there comes
    last.

    Args:
        text: YAML.
        key: Key of the list.
        items: Items to add: mappings of plain texts.
        comment: Comment above a new list.
    """
    lines = "".join(f"  - {_flow(item)}\n" for item in items)
    known = next((node for name, node in _top(text).value if name.value == key), None)
    if known is None:
        return f"{text.rstrip()}\n\n# {comment}\n{key}:\n{lines}"
    if known.flow_style or not known.value:
        before = [{name.value: value.value for name, value in item.value} for item in known.value]
        kept = "".join(f"  - {_flow(item)}\n" for item in before)
        return f"{without_key(text, key).rstrip()}\n\n{key}:\n{kept}{lines}"
    column = known.start_mark.column
    place = _next_line(text, _end(known))
    more = "".join(f"{' ' * column}- {_flow(item)}\n" for item in items)
    return f"{text[:place]}{'' if text[:place].endswith(chr(10)) else chr(10)}{more}{text[place:]}"


def _top(text: str) -> yaml.MappingNode:
    node = yaml.compose(text, Loader=yaml.SafeLoader)
    if not isinstance(node, yaml.MappingNode):
        raise KeyError("expected a mapping")
    return node


def _node(text: str, path: Sequence[Key]) -> yaml.Node:
    node: yaml.Node = _top(text)
    for key in path:
        if isinstance(node, yaml.MappingNode):
            node = next((value for name, value in node.value if name.value == key), None)  # type: ignore[assignment]
        elif isinstance(node, yaml.SequenceNode) and isinstance(key, int) and key < len(node.value):
            node = node.value[key]
        else:
            node = None  # type: ignore[assignment]
        if node is None:
            raise KeyError(key)
    return node


def _key_end(text: str, path: Sequence[Key]) -> int:
    """Where the last key of a path ends."""
    parent = _node(text, path[:-1])
    if not isinstance(parent, yaml.MappingNode):
        raise KeyError(path[-1])
    return next(int(name.end_mark.index) for name, _ in parent.value if name.value == path[-1])


def _end(node: yaml.Node) -> int:
    """Where a node ends, without the comments and empty lines that come after a block."""
    if isinstance(node, yaml.ScalarNode):
        end = int(node.end_mark.index)
        if node.style in ("|", ">"):
            source: str = node.start_mark.buffer or ""
            return len(source[:end].rstrip("\n \0")) if source else end
        return end
    if not isinstance(node, yaml.CollectionNode) or node.flow_style or not node.value:
        return int(node.end_mark.index)
    last = node.value[-1]
    return _end(last[1] if isinstance(last, tuple) else last)


def _next_line(text: str, place: int) -> int:
    found = text.find("\n", place)
    return len(text) if found < 0 else found + 1


def scalar(value: float | str) -> str:
    r"""A value as it stands in a YAML file; text is quoted, whatever it holds.

    >>> scalar(0.5), scalar("=1: [a]\n")
    ('0.5', '"=1: [a]\\n"')
    """
    if not isinstance(value, str):
        return f"{value:.6g}"
    quoted: str = yaml.safe_dump(value, default_style='"', allow_unicode=True, width=float("inf"))
    return harmless_yaml(quoted.rstrip("\n"))


def _flow(item: dict[str, str]) -> str:
    return "{" + ", ".join(f"{key}: {scalar(str(value))}" for key, value in item.items()) + "}"
