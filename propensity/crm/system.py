"""What a system can import: its fields, their kinds and lengths, and how it reads values."""

import tomllib
from functools import cache
from importlib.resources import files
from typing import Literal

from pydantic import Field

from features.settings import StrictModel
from propensity.config.crm import CrmSystemName

#: What a field can hold.
CrmKind = Literal["text", "number", "truth", "date", "moment", "choice"]


class CrmField(StrictModel):
    """A field of a system.

    Attributes:
        source: What is written to it: see ``propensity.crm.cells``.
        kind: What it can hold.
        name: Its name in the system; empty where it follows from the company's language.
        longest: Characters of a text, at most; None for as many as the system takes.
        decimals: Decimals of a number.
        choices: Our word to what the system calls it; empty names follow from the language.
        required: Whether every row has a value.
        value: What stands in every row, of the source ``always``.
    """

    source: str
    kind: CrmKind
    name: str = ""
    longest: int | None = None
    decimals: int = 1
    choices: dict[str, str] = Field(default_factory=dict)
    required: bool = False
    value: str | None = None


class CrmSystem(StrictModel):
    """A system.

    Attributes:
        object: What a row is in the system.
        cleared: What a cell holds where the field is to be emptied.
        date: Form of a day.
        moment: Form of a moment.
        line_end: What a line ends in.
        is_local: Whether moments are told in the company's time zone; else in UTC.
        most_rows: Rows of a file, at most.
        most_bytes: Bytes of a file, at most.
        longest: Characters of a text where the field says nothing.
        yes: How a truth that holds is written.
        no: How one that does not is written.
        fields: The fields that are written unless the configuration says otherwise, the key first.
    """

    object: str
    cleared: str
    date: str
    moment: str
    line_end: str = "\n"
    is_local: bool = False
    most_rows: int
    most_bytes: int
    longest: int
    yes: str
    no: str
    fields: tuple[CrmField, ...]


@cache
def system_of(name: CrmSystemName) -> CrmSystem:
    """The system of a name, from its file."""
    text = files(__package__).joinpath("systems", f"{name}.toml").read_text(encoding="utf-8")
    return CrmSystem.model_validate(tomllib.loads(text))
