"""A configuration under way: its lines, each marked as a guess or as left to people."""

import json
import os
from dataclasses import dataclass, field
from pathlib import Path

from training.init.table_profile import TableProfile


@dataclass
class DraftConfig:
    """The lines of a configuration under way.

    Attributes:
        folder: Where the configuration will stand; its paths start there.
        lines: So far.
    """

    folder: Path
    lines: list[str] = field(default_factory=list)

    def line(self, text: str, comment: str = "") -> None:
        """A line, with what is said of it behind."""
        self.lines.append(f"{text}  # {comment}" if comment else text)

    def key(
        self, indent: int, key: str, value: str | None, comment: str = "guess: by its name"
    ) -> None:
        """A key with a quoted value; without one it is left to people."""
        if value is None:
            self.line(f"{' ' * indent}{key}:", f"you decide: {comment}")
        else:
            self.line(f"{' ' * indent}{key}: {quoted(value)}", comment)

    def source(self, indent: int, table: TableProfile) -> None:
        """Where a table lies, and how it is to be read where that is not the usual way."""
        path = Path(os.path.relpath(str(table.source.path), self.folder)).as_posix()
        self.line(f"{' ' * indent}path: {quoted(path)}")
        for line in (*table.raw.dress, *(r.sentence for r in table.raw.readings if r.is_notable)):
            self.lines.append(f"{' ' * indent}# read: {line}")
        if table.questions:
            self.line(f"{' ' * indent}formats:")
        for question in table.questions:
            self.line(
                f"{' ' * indent}  {quoted(question.column)}:",
                f"you decide: {question.options}; {question.why}",
            )

    def text(self) -> str:
        """All of it, under a head that says how to read it."""
        head = (
            "# Written by `propensity init`. `# guess` lines are proposals: read them once.\n"
            "# `# you decide` lines have no value, and the file does not load before they do.\n"
            "# Every key is explained in configs/template.yaml.\n"
        )
        return head + "\n".join(self.lines) + "\n"


def quoted(text: str) -> str:
    """A text as YAML, whatever it contains."""
    if text.isprintable():
        return json.dumps(text, ensure_ascii=False)
    return json.dumps(text)
