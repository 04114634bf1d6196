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
