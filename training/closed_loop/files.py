"""The closed loop as files: everything as JSON, the points table for a spreadsheet.

Whole or not at all.
"""

import csv
import io
import json
from pathlib import Path

from features.errors import RefusedError
from features.files.whole_file import write_text
from propensity.language import catalogue
from training.closed_loop.command import ClosedLoop
from training.closed_loop.conditions import conditions

#: What a spreadsheet takes for the start of a formula, in either width.
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")
_BYTE_ORDER_MARK = "\ufeff"  # Excel reads UTF-8 only with it


def write_json(found: ClosedLoop, path: Path) -> None:
    """Write everything that was found; aggregates only.

    Raises:
        ConfigError: The path cannot be written to.
    """
    write_text(
        json.dumps(found.to_dict(), ensure_ascii=False, allow_nan=False, indent=2) + "\n", path
    )


def write_csv(found: ClosedLoop, language: str, path: Path) -> None:
    """Write the points table: UTF-8 with byte-order mark, no cell a formula.

    Raises:
        ConfigError: The path cannot be written to.
        RefusedError: There is no points table.
    """
    if found.comparison is None:
        raise RefusedError(f"No points table was written to {path}. {found.refused}")
    words = catalogue("training.closed_loop", language)
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow([words[name] for name in ("condition", "points", "at most", "lapses")])
    for each in conditions(found.comparison.lines, found.comparison.spec, language):
        after = (
            words["never"] if each.lapses_after is None else words.say("days", n=each.lapses_after)
        )
        writer.writerow([harmless(each.text), each.points, each.at_most, after])
    write_text(_BYTE_ORDER_MARK + text.getvalue(), path)


def harmless(text: str) -> str:
    """A text that no spreadsheet runs.

    >>> harmless("=1+1"), harmless("plain")
    ("'=1+1", 'plain')
    """
    return f"'{text}" if text.startswith(_FORMULA) else text
