"""Columns of which nobody said when they are written: told, and asked about in the file of
decisions.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path

import yaml

from features.files.output import Inputs
from features.files.whole_file import write_text
from propensity.config.config import Config
from training.audit.decisions import AUDIT, appended
from training.audit.findings import ColumnVerdict, Finding
from training.audit.leaks.dating import NOT_SEEN
from training.audit.tables import listed

#: Names in the sentence; the file holds all.
_MOST = 20
_QUESTION = """\
# When is each of these columns written? Until that is said, the audit calls them "not seen", and
# is amber. Take the "# " away, and leave here the columns of which `at_creation` is true. Copy the
# entry for the others: `at_contact`, when sales talks to the lead (a hearing item: rules may use
# it, the model not), or `after`, later or with the close (it is dropped).
"""


def undated(config: Config, columns: Sequence[ColumnVerdict]) -> list[str]:
    """Columns in the model that are to be dated: no history, no statement, and no decision of a
    person to leave them out or to keep them.
    """
    decided = {
        entry.column
        for entry in config.decisions.in_force
        if entry.action == "drop" or entry.by != AUDIT
    }
    return [
        column.name
        for column in columns
        if column.kind == "column"
        and column.name not in decided
        and any(hit.rule == NOT_SEEN for hit in column.hits)
    ]


def undated_findings(names: Sequence[str], of: int) -> Iterator[Finding]:
    """The question that only people can answer, with the columns it is about.

    Args:
        names: Columns to be dated.
        of: Columns in all.
    """
    if names:
        yield Finding(
            "leaks",
            "not seen",
            "amber",
            f"Not seen: nobody said when {len(names)} of {of} columns are written:"
            f" {listed(names, _MOST)}",
            "Ask who fills them in, and write into decisions.yaml `columns: [...]` with `known:"
            " at_creation`, `at_contact` or `after`. `propensity audit` puts the list there, as a"
            " comment.",
            {"names": list(names)},
        )


def ask(config: Config, columns: Sequence[ColumnVerdict]) -> int:
    """Append the question to the file of decisions, as a comment; columns that stand in such a
    comment already are not asked about again.

    Returns:
        How many are new; 0 where the configuration has no file.

    Raises:
        ConfigError: The file cannot be read or written.
    """
    if config.decisions.path is None:
        return 0
    path, names = Path(config.decisions.path), undated(config, columns)
    before = appended(path, ())
    asked = set(before.splitlines())
    new = [line for line in map(_line, names) if line not in asked]
    if new:
        entry = "\n".join([_QUESTION + "# - known: at_creation", "#   columns:", *new]) + "\n"
        write_text(before + entry, Inputs().file(path, "decisions", configured=True))
    return len(new)


def _line(name: str) -> str:
    return f"#   - {yaml.safe_dump(name, allow_unicode=True, width=10_000).splitlines()[0]}"
