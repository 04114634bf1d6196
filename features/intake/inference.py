"""Which kind of value a lead column holds: read off its values."""

from dataclasses import dataclass

from features.kinds import Role, ValueKind
from features.settings import ColumnSettings

#: Share of the values that may be no number (or no date) in a column of numbers (or dates): they
#: become missing, and are said. A few words among numbers (n.d., "on request") lose little; a fifth
#: may be a meaning of its own, which a person has to know of.
UNREADABLE_SHARE = 0.2
#: Share of the values that must read as numbers (or dates) before the column may be one. Between
#: this and the above the user decides; below, the column holds words, some of them digits.
FEWEST_READ = 0.5


@dataclass(frozen=True)
class Readable:
    """How many values of a column there are, and how many read as a number or as a date."""

    present: int = 0
    numbers: int = 0
    dates: int = 0

    def __add__(self, other: "Readable") -> "Readable":
        return Readable(
            self.present + other.present, self.numbers + other.numbers, self.dates + other.dates
        )

    @property
    def kind(self) -> ValueKind:
        """Number before date before text; a column without any value is a text."""
        enough = (1 - UNREADABLE_SHARE) * self.present
        if self.present and self.numbers >= enough:
            return "number"
        return "date" if self.present and self.dates >= enough else "text"

    @property
    def undecided(self) -> ValueKind | None:
        """What the column may be, where neither that nor text is plain; None where its kind is."""
        if self.kind != "text" or max(self.numbers, self.dates) < FEWEST_READ * self.present:
            return None
        return ("number" if self.numbers >= self.dates else "date") if self.present else None


def roles(columns: ColumnSettings) -> tuple[tuple[str, Role], ...]:
    """Every configured lead column with its role, in the order of the store's ``a0, a1, …``."""
    lists: tuple[tuple[Role, tuple[str, ...]], ...] = (
        ("fit", columns.fit),
        ("interest", columns.interest),
        ("hearing", columns.hearing),
        ("carry", columns.carry),
    )
    return tuple((name, role) for role, names in lists for name in dict.fromkeys(names))
