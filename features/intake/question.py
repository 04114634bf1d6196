"""What only a person can say about a column, with the key that says it."""

import json
from dataclasses import dataclass


@dataclass(frozen=True)
class Question:
    """What a column's values leave open.

    Attributes:
        table: Name of the table in the configuration.
        column: Name of the column in the source.
        why: What came, and what it may be.
        choices: Values of the key ``formats``, each with what it means; the first is an example.
    """

    table: str
    column: str
    why: str
    choices: tuple[tuple[str, str], ...]

    @property
    def sentence(self) -> str:
        """The question for people, with the lines that answer it.

        >>> Question("leads", "at", "it is open", (("dd/mm/yy", ""), ("text", "a word"))).sentence
        "leads: column 'at': it is open; write `formats: {at: dd/mm/yy}` under `leads`, or `text`\
 (a word)"
        """
        (value, what), *rest = self.choices
        others = [f"`{value}`" + (f" ({what})" if what else "") for value, what in rest]
        first = f"`formats: {{{_key(self.column)}: {value}}}` under `{self.table}`"
        meaning = f" ({what})" if what else ""
        return (
            f"{self.table}: column {self.column!r}: {self.why}; write {first}{meaning}, or"
            f" {' or '.join(others)}"
        )

    @property
    def options(self) -> str:
        """The answers, in a line."""
        return " or ".join(value + (f" ({what})" if what else "") for value, what in self.choices)


def _key(name: str) -> str:
    """A name as a YAML key."""
    plain = name.replace("_", "a").replace(" ", "a").isalnum() and name == name.strip()
    return name if plain and not name[0].isdigit() else json.dumps(name, ensure_ascii=False)
