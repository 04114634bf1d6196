"""Which files are written for the company's other systems."""

from collections.abc import Sequence
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from features.settings import StrictModel

#: Systems that are known; each has a file of its own in ``propensity/crm/systems``.
CrmSystemName = Literal["hubspot", "salesforce", "dynamics", "marketo", "csv"]
Encoding = Literal["utf-8", "utf-8-bom", "cp932"]
FieldName = Annotated[str, Field(min_length=1, max_length=255)]


class CrmSettings(StrictModel):
    """A file that another system imports, written every night.

    Attributes:
        system: The system; ``csv`` is any that imports tables, such as kintone.
        name: Part of the file's name, ``crm-NAME.csv``; default the system. Needed where one system
            gets two files.
        key: Column of the scored file by which the system knows a lead: ``lead_id``, or a column of
            ``columns.carry`` such as an e-mail address.
        fields: What is written to the system's field: the name of the field in the system, or null
            to leave it out. Columns of the scored file may be added.
        encoding: How characters are written; only ``csv`` may say so, the others read UTF-8.
    """

    system: CrmSystemName
    name: Annotated[str, Field(pattern=r"^[A-Za-z0-9_]+$", max_length=40)] | None = None
    key: Annotated[str, Field(min_length=1)] = "lead_id"
    fields: dict[str, FieldName | None] = Field(default_factory=dict)
    encoding: Encoding | None = None

    @property
    def file_name(self) -> str:
        """What the file is called, without its ending."""
        return f"crm-{self.name or self.system}"

    @model_validator(mode="after")
    def _no_formula_in_the_header(self) -> Self:
        wrong = [name for name in self.fields.values() if name and not name.isprintable()]
        if wrong:
            raise ValueError(f"fields: expected names on one line, got {wrong[0]!r:.60}")
        if self.encoding is not None and self.system != "csv":
            raise ValueError(
                f"encoding: {self.system} reads UTF-8; only `system: csv` can be written in"
                f" {self.encoding}"
            )
        return self


def refuse_equal_names(files: Sequence[CrmSettings]) -> None:
    """Refuse two files of one name.

    Raises:
        ValueError: Two are called alike.
    """
    names = [file.file_name.lower() for file in files]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise ValueError(f"crm: two files are called {twice[0]}.csv; give each a `name`")
