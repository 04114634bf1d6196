"""Names that every database takes."""

from collections.abc import Sequence

#: Bytes of the longest name in PostgreSQL, which cuts longer ones in silence.
_LONGEST = 63


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
