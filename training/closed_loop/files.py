"""The closed loop as files: everything as JSON, the points table for a spreadsheet.

Whole or not at all.
"""

import csv
import io
import json

from features.errors import RefusedError
from features.files.cells import harmless
from features.files.ours import MADE_BY
from features.files.output import Output
from features.files.whole_file import write_text
from propensity.language import LANGUAGES, catalogue
from training.closed_loop.command import ClosedLoop
from training.closed_loop.conditions import conditions

_BYTE_ORDER_MARK = "\ufeff"  # Excel reads UTF-8 only with it
_TITLES = ("condition", "points", "at most", "lapses")


def write_json(found: ClosedLoop, output: Output) -> None:
    """Write everything that was found; aggregates only.

    Raises:
        ConfigError: The path cannot be written to.
    """
    content = {**MADE_BY, **found.to_dict()}
    write_text(json.dumps(content, ensure_ascii=False, allow_nan=False, indent=2) + "\n", output)


def headers() -> frozenset[str]:
    """First lines of the points table, one for each language."""
    languages = [catalogue("training.closed_loop", language) for language in LANGUAGES]
    return frozenset(",".join(words[name] for name in _TITLES) for words in languages)


def write_csv(found: ClosedLoop, language: str, output: Output) -> None:
    """Write the points table: UTF-8 with byte-order mark, no cell a formula.

    Raises:
        ConfigError: The path cannot be written to.
        RefusedError: There is no points table.
    """
    if found.comparison is None:
        raise RefusedError(f"No points table was written to {output.path}. {found.refused}")
    words = catalogue("training.closed_loop", language)
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow([words[name] for name in _TITLES])
    for each in conditions(found.comparison.lines, found.comparison.spec, language):
        after = (
            words["never"] if each.lapses_after is None else words.say("days", n=each.lapses_after)
        )
        writer.writerow([harmless(each.text), each.points, each.at_most, after])
    write_text(_BYTE_ORDER_MARK + text.getvalue(), output)
