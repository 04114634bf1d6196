"""How the input of a night stood beside the training: kept, since nobody can look at it again."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from pydantic import AwareDatetime, BaseModel, ConfigDict, FiniteFloat, ValidationError

from features.errors import ConfigError
from features.files.ours import MADE_BY
from features.files.output import Output
from features.files.whole_file import write_text
from propensity.concepts.wording import plain
from propensity.input_check.accepted_input import AcceptedInput
from propensity.input_check.values import stability_by_source
from propensity.model.model import PropensityModel
from propensity.scoring.differences import InputDifference, Severity

#: Name of the file in the folder of a night.
NIGHT_INPUT = "input.json"
_LONGEST = 60


@dataclass(frozen=True)
class NightInput:
    """The input of a night beside what the model was trained on. Holds aggregates only.

    Attributes:
        as_of: The night.
        leads: Leads that were compared.
        differences: What was told.
        contacts_until: Moment up to which contacts were known, UTC; None where that was not before
            the start of the night.
        stability: Column or kind of behaviour, as differences name it, to its stability index.
    """

    as_of: date
    leads: int
    differences: tuple[InputDifference, ...]
    stability: Mapping[str, float]
    contacts_until: datetime | None = None


class _Difference(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)
    code: str
    severity: Severity
    about: str
    sentence: str


class _Stored(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)
    as_of: date
    leads: int
    differences: tuple[_Difference, ...]
    stability: dict[str, FiniteFloat]
    contacts_until: AwareDatetime | None = None


def night_input(
    night: date,
    model: PropensityModel,
    found: AcceptedInput,
    contacts_until: datetime | None = None,
) -> NightInput:
    """The input of a night that was compared and may be scored."""
    matrix = found.tonight.sample.matrix
    index = stability_by_source(model, matrix)
    return NightInput(night, len(matrix), found.differences, index, contacts_until)


def contacts_known_until(
    found: AcceptedInput, start: datetime, before: NightInput | None
) -> datetime | None:
    """Moment up to which contacts are known, UTC; None where that is not before a night's start.

    Args:
        found: The input.
        start: Start of the night, UTC.
        before: The input of the same night when it was run first, of which the lists told; None
            where it was not run.
    """
    if before is not None:
        return before.contacts_until
    until = found.store.observed_until
    if until is None or until.replace(tzinfo=UTC) >= start:
        return None
    return until.replace(tzinfo=UTC)


def write_night_input(found: NightInput, folder: Output) -> None:
    """Write ``input.json`` into the folder of a night.

    Raises:
        ConfigError: It cannot be written.
    """
    content: dict[str, Any] = {
        **MADE_BY,
        "as_of": found.as_of.isoformat(),
        "leads": found.leads,
        "contacts_until": found.contacts_until.isoformat() if found.contacts_until else None,
        "differences": [asdict(difference) for difference in found.differences],
        "stability": {name: round(index, 6) for name, index in sorted(found.stability.items())},
    }
    text = json.dumps(content, ensure_ascii=False, allow_nan=False, indent=2)
    write_text(text + "\n", folder / NIGHT_INPUT)


def read_night_input(folder: Path) -> NightInput | None:
    """What ``write_night_input`` wrote; None where the night wrote none.

    Raises:
        ConfigError: The file is damaged.
    """
    path = folder / NIGHT_INPUT
    if not path.is_file():
        return None
    try:
        stored = _Stored.model_validate_json(path.read_bytes())
    except (OSError, ValidationError) as error:
        raise ConfigError(
            f"{path}: expected the input of a night, as `propensity nightly` writes it, got"
            f" {_got(error)}. Running that night again writes it anew: propensity nightly CONFIG"
            f" --as-of {folder.name}"
        ) from None
    told = tuple(InputDifference(**each.model_dump()) for each in stored.differences)
    return NightInput(stored.as_of, stored.leads, told, stored.stability, stored.contacts_until)


def read_night_inputs(folders: Iterable[Path]) -> tuple[NightInput, ...]:
    """What several nights wrote, in their order, without those that wrote nothing.

    Raises:
        ConfigError: Files are damaged; all of them are told.
    """
    found, damaged = [], []
    for folder in folders:
        try:
            read = read_night_input(folder)
        except ConfigError as error:
            damaged.append(str(error))
            continue
        if read is not None:
            found.append(read)
    if damaged:
        raise ConfigError("\n".join(damaged))
    return tuple(found)


def _got(error: OSError | ValidationError) -> str:
    """What came instead, in our words."""
    if isinstance(error, OSError):
        return f"a file that cannot be read ({error.strerror or error})"
    first = error.errors(include_url=False)[0]
    if first["type"] == "json_invalid":
        return "no whole JSON; was it cut?"
    place = plain(".".join(map(str, first["loc"])))
    if first["type"] == "missing":
        return f"none of its field {place!r}"
    return f"{plain(repr(first['input']), longest=_LONGEST)} in {place!r}"
