"""What kind of value a lead column holds, and which part it plays."""

from dataclasses import dataclass
from typing import Literal

ValueKind = Literal["number", "text", "date"]
Role = Literal["fit", "interest", "hearing", "carry"]


@dataclass(frozen=True)
class Attribute:
    """A lead column in the store.

    Attributes:
        name: Name as in the source and the configuration.
        kind: What kind of values it holds.
        role: The list of the configuration it stands in.
    """

    name: str
    kind: ValueKind
    role: Role


@dataclass(frozen=True)
class JoinedColumns:
    """The lead columns that come from a table with at most one row per lead, or per account.

    Attributes:
        called: What a row of it is called.
        columns: Names of the lead columns.
        has: Lead column that says whether there is a row; None where texts say it alone.
    """

    called: str
    columns: tuple[str, ...]
    has: str | None
