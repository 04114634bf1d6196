"""Names that every database takes."""

from collections.abc import Sequence

from features.databases.address import DriverError
from propensity.scores_database.view import newest

#: Bytes of the longest name in PostgreSQL, which cuts longer ones in silence.
_LONGEST = 63
#: Columns by which a row is told from all others.
KEY = ("model", "lead_id", "episode", "as_of")


def columns_for(names: Sequence[str]) -> list[str]:
    """Names of columns that differ by more than upper and lower case, of at most 63 bytes.

    >>> columns_for(["owner", "Owner"])
    ['owner', 'Owner (2)']
    """
    found: list[str] = []
    taken: set[str] = set()
    for name in names:
        new, number = _cut(name, ""), 1
        while new.casefold() in taken:
            number += 1
            new = _cut(name, f" ({number})")
        taken.add(new.casefold())
        found.append(new)
    return found


def _cut(name: str, end: str) -> str:
    room = _LONGEST - len(end)
    return name.encode()[:room].decode("utf-8", "ignore") + end


def of_scores(columns: Sequence[str]) -> set[str]:
    """The columns of a table that is there, if it is one of scores.

    Raises:
        DriverError: It is somebody else's, and would get dozens of columns.
    """
    absent = [name for name in KEY if name not in columns]
    if absent:
        raise DriverError(
            "the table is there and holds no scores, for it has no column"
            f" {', '.join(map(repr, absent))}; name another one in output.database.table"
        )
    return set(columns)


def refuse_long(table: str) -> None:
    """Refuse a name that PostgreSQL would cut, together with the ending of the view.

    Raises:
        DriverError: It is too long.
    """
    bare = table.rpartition(".")[2]
    if (size := len(newest(bare).encode())) > _LONGEST:
        raise DriverError(
            f"expected a name of at most {_LONGEST - size + len(bare.encode())} bytes for the"
            f" table, got {len(bare.encode())}"
        )
