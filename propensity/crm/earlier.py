"""What an earlier night exported: its scored file, and by which profiles its files were made."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from pydantic import ValidationError

from features.errors import ConfigError
from features.files.ours import MADE_BY
from features.files.output import Output
from features.files.whole_file import refused, write_text
from features.settings import StrictModel
from propensity.crm.profile import CrmProfile
from propensity.language import CATALOGUES
from propensity.scoring.scored_file import SCORED_FILE

#: By which profiles the files of a night were made.
CRM = "crm.json"


class _ProfileNote(StrictModel):
    made_by: str
    profiles: dict[str, str]


@dataclass(frozen=True)
class EarlierNight:
    """The newest night before that wrote a file.

    Attributes:
        folder: Folder of the night.
        night: The day.
        is_alike: Whether the file was made by the same profile, so that only differences count.
        is_other: Whether it was made by another one; where neither holds, nobody noted it.
    """

    folder: Path
    night: date
    is_alike: bool
    is_other: bool


def earlier_of(profile: CrmProfile, folder: Path, night: date) -> EarlierNight | None:
    """The night that a file follows; None where no night before wrote it.

    Args:
        profile: The file.
        folder: Folder of the night; beside it are those of other nights.
        night: The day.

    Raises:
        ConfigError: The note of that night is damaged.
    """
    name = profile.settings.file_name
    days = [(day, other) for other in folder.parent.iterdir() if (day := _day(other.name))]
    for day, other in sorted(days, reverse=True):
        if day < night and (other / SCORED_FILE).is_file() and (other / f"{name}.csv").is_file():
            noted = _profiles_noted(other).get(name)
            is_alike = noted == digest(profile)
            return EarlierNight(other, day, is_alike, noted is not None and not is_alike)
    return None


def note_profiles(profiles: Sequence[CrmProfile], folder: Output) -> None:
    """Note by which profiles the files of a night were made.

    Raises:
        ConfigError: The note cannot be written.
    """
    digests = {profile.settings.file_name: digest(profile) for profile in profiles}
    write_text(json.dumps({**MADE_BY, "profiles": digests}, indent=2) + "\n", folder / CRM)


def forget_profiles(folder: Output) -> None:
    """Remove the note before the files are written anew: a run that is killed between two files
    leaves none, which means that every lead is written, and not one that is wrong.

    Raises:
        ConfigError: The note cannot be removed.
    """
    path = folder.path / CRM
    with refused(path):
        path.unlink(missing_ok=True)


def digest(profile: CrmProfile) -> str:
    """SHA-256 of all that decides what is in a file beside the leads, in hexadecimal."""
    words = CATALOGUES[profile.language]
    told = {
        "key": profile.settings.key,
        "system": [profile.settings.system, profile.system.model_dump(mode="json")],
        "fields": [field.model_dump(mode="json") for field in profile.fields],
        "choices": {
            key: text for key, text in words.items() if key.startswith(("status: ", "trend: "))
        },
        "language": profile.language,
        "timezone": profile.timezone,
        "encoding": profile.encoding,
    }
    return hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()


def _profiles_noted(folder: Path) -> dict[str, str]:
    """File to the digest of its profile; none where the night noted nothing."""
    path = folder / CRM
    if not path.is_file():
        return {}
    try:
        return _ProfileNote.model_validate_json(path.read_bytes()).profiles
    except (OSError, ValidationError) as error:
        raise ConfigError(
            f"{path}: expected a note of how the files for other systems were made, as `propensity"
            f" nightly` writes it, got: {str(error).splitlines()[0]}. Remove it; the next files"
            " then hold every lead."
        ) from None


def _day(name: str) -> date | None:
    try:
        return date.fromisoformat(name)
    except ValueError:  # something else that lies beside the nights
        return None
