"""A configuration under way: its lines, each marked as a guess or as left to people."""

import itertools
import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from features.databases.address import database_from
from training.init.table_profile import ColumnProfile, TableProfile


@dataclass
class DraftConfig:
    """The lines of a configuration under way.

    Attributes:
        folder: Where the configuration will stand; its paths start there.
        lines: So far.
        notes: What is to be said beside it: tables that are left out, a sentence each.
    """

    folder: Path
    lines: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    _formats: list[int] = field(default_factory=list)
    _asked: list[tuple[int, str]] = field(default_factory=list)

    def line(self, text: str, comment: str = "") -> None:
        """A line, with what is said of it behind."""
        self.lines.append(f"{text}  # {_plain(comment)}" if comment else text)

    def key(
        self, indent: int, key: str, value: str | None, comment: str = "guess: by its name"
    ) -> None:
        """A key with a quoted value; without one it is left to people."""
        if value is None:
            self.line(
                f"{' ' * indent}{key}:", f"you decide: {comment.removeprefix('you decide: ')}"
            )
        else:
            self.line(f"{' ' * indent}{key}: {quoted(value)}", comment)

    def identity(self, indent: int, column: ColumnProfile | None, comment: str) -> None:
        """The column under which a table knows its leads, and the line ``columns:`` above it; or
        the columns, where it is several.
        """
        blank = " " * indent
        if column is not None and column.parts:
            self.listed(indent, "key", column.parts, comment)
            self.line(f"{blank}columns:")
            return
        self.line(f"{blank}columns:")
        self.key(indent + 2, "lead_id", column.name if column else None, comment)

    def listed(self, indent: int, key: str, values: Sequence[str], comment: str = "") -> None:
        """A key with a list of texts in one line."""
        self.line(f"{' ' * indent}{key}: [{', '.join(map(quoted, values))}]", comment)

    def mapped(self, indent: int, key: str, values: Mapping[str, str], comment: str = "") -> None:
        """A key with a mapping of texts, a line each."""
        self.line(f"{' ' * indent}{key}:", comment)
        for name, value in values.items():
            self.line(f"{' ' * (indent + 2)}{quoted(name)}: {quoted(value)}")

    def source(self, indent: int, table: TableProfile, *, is_repeated: bool = False) -> None:
        """Where a table lies, and how it is to be read where that is not the usual way.

        Args:
            indent: Blanks before each line.
            table: The table.
            is_repeated: Whether another section has said it of the same file.
        """
        blank = " " * indent
        source = table.given.source
        if source.database is not None:
            self.line(f"{blank}database: {quoted(database_from(self.folder, source.database))}")
            self.line(f"{blank}table: {quoted(source.table or '')}")
        else:
            path = Path(os.path.relpath(str(source.path), self.folder)).as_posix()
            self.line(f"{blank}path: {quoted(path)}")
        if source.sheet is not None:
            self.line(f"{blank}sheet: {quoted(source.sheet)}")
        told = (*table.raw.dress, *(r.sentence for r in table.raw.readings if r.is_notable))
        for line in () if is_repeated else told:
            self.lines.append(f"{blank}# read: {_plain(line)}")
        if table.questions or table.worded:
            self._formats.append(len(self.lines))
            self.line(f"{blank}formats:")
        for name, word in table.worded.items():
            self._asked.append((len(self.lines), name))
            self.line(f"{blank}  {quoted(name)}: date", f"guess: {word!r} means that there is none")
        for question in table.questions:
            self._asked.append((len(self.lines), question.column))
            self.line(
                f"{blank}  {quoted(question.column)}:",
                f"you decide: {question.options}; {question.why}",
            )

    def as_item(self, start: int) -> None:
        """Turn the lines from a position on, indented by two more than the list, into an item."""
        first = self.lines[start]
        blank = len(first) - len(first.lstrip())
        self.lines[start] = f"{first[: blank - 2]}- {first[blank:]}"

    def note(self, sentence: str) -> None:
        """Something that is said in the file and on the terminal."""
        self.notes.append(sentence)

    def text(self) -> str:
        """All of it, under a head that says how to read it.

        What values leave open is asked of columns that are read, and of no others.
        """
        head = (
            "# Written by `propensity init`. `# guess` lines are proposals: read them once.\n"
            "# `# you decide` lines have no value, and the file does not load before they do.\n"
            "# Every key is explained in configs/template.yaml.\n"
        )
        notes = "".join(f"# {_plain(note)}\n" for note in self.notes)
        unread = {i for i, name in self._asked if not self._reads(name)}
        asked = {i for i, _ in self._asked}
        for start in self._formats:
            under = set(itertools.takewhile(asked.__contains__, itertools.count(start + 1)))
            unread |= {start} if under <= unread else set()
        lines = (line for i, line in enumerate(self.lines) if i not in unread)
        return head + notes + "\n".join(lines) + "\n"

    def _reads(self, name: str) -> bool:
        """Whether a key, or a list other than ``ignore``, names a column."""
        ignored, end, asked = False, f"{quoted(name)[1:]}", {i for i, _ in self._asked}
        for i, line in enumerate(self.lines):
            if not line.startswith("    -"):
                ignored = line.startswith("  ignore:")
            value = line.split("  # ")[0].rstrip("]}")
            if i not in asked and not ignored and end in value:
                return True
        return False


def open_lines(text: str) -> list[tuple[int, str]]:
    """The lines of a configuration that people have to decide, with their numbers."""
    lines = enumerate(text.splitlines(), start=1)
    return [(n, line.strip()) for n, line in lines if "# you decide" in line and line[0] != "#"]


def guesses(text: str) -> int:
    """How many lines of a configuration are guesses."""
    return sum("# guess" in line for line in text.splitlines() if not line.startswith("#"))


def quoted(text: str) -> str:
    """A text as YAML, whatever it contains."""
    if text.isprintable():
        return json.dumps(text, ensure_ascii=False)
    return json.dumps(text)


def _plain(comment: str) -> str:
    """A comment in one line, whatever values it quotes."""
    return "".join(letter if letter.isprintable() else " " for letter in comment)
