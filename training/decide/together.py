"""What is wrong with rows that are right one by one: two that contradict each other, a column that
is not there.
"""

import difflib
from collections.abc import Iterator, Sequence

from propensity.config.config import Config
from training.decide.form_row import ABOUT_COLUMNS, WHOLE, FormRow


def contradictions(rows: Sequence[tuple[int, FormRow]]) -> Iterator[str]:
    """Rows of which only one can hold, one sentence each.

    Args:
        rows: Decided ones, each with its number in the file.
    """
    first: dict[tuple[str, ...], int] = {}
    for number, row in rows:
        slot = _slot(row)
        if slot is None:
            continue
        if slot in first:
            yield (
                f"proposals {first[slot]} and {number} decide differently about {row.about}: leave"
                " one of them"
            )
        else:
            first[slot] = number
    for (kind, *about), number in first.items():
        way = first.get(("monotone", *about))
        out = next((row for n, row in rows if n == number), None)
        if kind == "whole" and way is not None and out is not None and _leaves_out(out):
            yield (
                f"proposal {number} leaves out {out.about}, so proposal {way} can force no"
                " direction on it"
            )


def _slot(row: FormRow) -> tuple[str, ...] | None:
    """What only one row can decide; None where several may stand beside each other."""
    match row.do:
        case "note":
            return None
        case "cut":
            return ("cut", str(row.between))
        case "line" | "leave":
            return (row.do,)
        case "owner" | "promise":
            return (row.do, str(row.name), str(row.what))
        case "rule":
            return ("rule", str(row.name))
        case _:
            kind = "whole" if row.do in WHOLE else row.do
            return (
                kind,
                *(
                    ("column", row.column)
                    if row.column is not None
                    else ("event", str(row.event_type))
                ),
            )


def _leaves_out(row: FormRow) -> bool:
    return row.decision != "reject" and row.action == "drop"


def unknown_columns(config: Config, rows: Sequence[FormRow]) -> dict[str, str]:
    """Columns that stand in no list of the configuration, each with a sentence.

    Args:
        config: Lists the columns.
        rows: Decided ones.
    """
    roles = ("fit", "interest", "hearing", "carry", "ignore")
    listed = [name for role in roles for name in getattr(config.columns, role)]
    asked = dict.fromkeys(
        row.column for row in rows if row.do in ABOUT_COLUMNS and row.column is not None
    )
    return {name: _unknown(name, listed) for name in asked if name not in listed}


def _unknown(name: str, listed: Sequence[str]) -> str:
    near = difflib.get_close_matches(name, listed, n=1, cutoff=0.6)
    hint = f"did you mean {near[0]!r}?" if near else f"known are {sorted(listed)[:20]}."
    return f"column {name!r:.80}: stands in no list of `columns`; {hint}"
