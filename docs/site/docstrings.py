"""What a docstring says, in its parts."""

import inspect
import re
from dataclasses import dataclass, field

#: Headings under which a docstring lists names.
LISTS = ("Args", "Attributes", "Raises")
_HEADING = re.compile(rf"^({'|'.join(LISTS)}):$", re.MULTILINE)
_ENTRY = re.compile(r"^ {4}(\*{0,2}[\w]+): (.*)$")


@dataclass(frozen=True)
class Docstring:
    """A docstring, taken apart.

    Attributes:
        text: What stands before the lists and after them, as Markdown.
        lists: Heading to name to what is said of it.
    """

    text: str = ""
    lists: dict[str, dict[str, str]] = field(default_factory=dict)


def read(docstring: str | None) -> Docstring:
    """Take a docstring apart."""
    parts = _HEADING.split(inspect.cleandoc(docstring or ""))
    text, lists = [parts[0].strip()], {}
    for heading, body in zip(parts[1::2], parts[2::2], strict=True):
        entries, rest = _entries(body)
        lists[heading] = entries
        text.append(rest)
    return Docstring(_markdown("\n\n".join(filter(None, text))), lists)


def _entries(body: str) -> tuple[dict[str, str], str]:
    """The entries below a heading, and what follows them at the margin."""
    entries: dict[str, str] = {}
    name = ""
    lines = body.strip("\n").splitlines()
    for place, line in enumerate(lines):
        if line and not line.startswith(" "):
            return entries, "\n".join(lines[place:]).strip()
        if found := _ENTRY.match(line):
            name = found[1].lstrip("*")
            entries[name] = _ticks(found[2])
        elif name and line.strip():
            entries[name] += " " + _ticks(line.strip())
    return entries, ""


def _markdown(text: str) -> str:
    """Examples become blocks of code."""
    paragraphs = []
    for paragraph in re.split(r"\n\n+", text):
        if paragraph.startswith(">>>"):
            shown = re.sub(r" *# doctest:.*", "", paragraph)
            paragraphs.append(f"```pycon\n{shown}\n```")
        else:
            paragraphs.append(_ticks(paragraph))
    return "\n\n".join(paragraphs)


def _ticks(text: str) -> str:
    return text.replace("``", "`")
