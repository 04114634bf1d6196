"""A file for a system, as a company wants it: which field holds what."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import pyarrow as pa

from features.errors import ConfigError
from features.files.cells import harmless
from propensity.config.config import Config
from propensity.config.crm import CrmSettings, Encoding
from propensity.crm.system import CrmField, CrmKind, CrmSystem, system_of
from propensity.language import CATALOGUES, Catalogue
from propensity.scoring.scorer import file_schema

#: What a file can hold beside the columns of the scored file, to the columns that it is made of.
MADE: Mapping[str, tuple[str, ...]] = {
    "key": (),
    "always": (),
    "status": ("override",),
    "trend": ("probability",),
    "chance": ("probability",),
    "score": ("probability",),
    "grade_step": ("grade",),
    "reason_1": ("reasons_for",),
    "reason_2": ("reasons_for",),
    "reason_3": ("reasons_for",),
    "reasons": ("reasons_for", "reasons_against"),
}


@dataclass(frozen=True)
class CrmProfile:
    """A file that is written.

    Attributes:
        settings: What the configuration says.
        system: The system that reads it.
        fields: Its fields, each with a name, the key first.
        language: Language of choices and headings that have no name of their own.
        timezone: Time zone of local times.
    """

    settings: CrmSettings
    system: CrmSystem
    fields: tuple[CrmField, ...]
    language: str
    timezone: str

    @property
    def encoding(self) -> Encoding:
        """Encoding of the file."""
        return self.settings.encoding or "utf-8"

    @property
    def reads(self) -> tuple[str, ...]:
        """Columns of the scored file that it is made of."""
        names = [self.settings.key]
        for field in self.fields:
            names += MADE.get(field.source, (field.source,))
        return tuple(dict.fromkeys(names))


def profiles_of(config: Config, timezone: str) -> tuple[CrmProfile, ...]:
    """The files that a configuration asks for, checked before anybody is scored.

    Args:
        config: Names them under ``nightly.crm``.
        timezone: Time zone of local times.

    Raises:
        ConfigError: A field is named twice, or a column is not in the scored file; all are listed.
    """
    found, wrong, scored = [], [], file_schema(config.columns.carry)
    for number, settings in enumerate(config.nightly.crm):
        profile = _profile(settings, config.language, scored, timezone)
        wrong += [f"  - nightly.crm.{number}: {line}" for line in _problems(profile, scored)]
        found.append(profile)
    if wrong:
        raise ConfigError(
            f"The files for other systems cannot be written: {len(wrong)} problem(s).\n"
            + "\n".join(wrong)
        )
    return tuple(found)


def _profile(settings: CrmSettings, language: str, scored: pa.Schema, timezone: str) -> CrmProfile:
    system, words = system_of(settings.system), CATALOGUES[language]
    known = [field.source for field in system.fields]
    fields = [
        field.model_copy(update={"name": _name(field, settings, words)})
        for field in system.fields
        if settings.fields.get(field.source, "") is not None or field.source == "key"
    ]
    fields += [
        CrmField(source=source, name=harmless(name), kind=_kind(source, scored))
        for source, name in settings.fields.items()
        if source not in known and name is not None
    ]
    return CrmProfile(settings, system, tuple(fields), language, timezone)


def _name(field: CrmField, settings: CrmSettings, words: Catalogue) -> str:
    named = settings.fields.get(field.source) or field.name
    return harmless(named) if named else words[f"field: {field.source}"]


def _kind(source: str, scored: pa.Schema) -> CrmKind:
    """The kind of field that fits what is written to it."""
    if source in MADE:
        return "number" if source in ("chance", "score") else "text"
    place = scored.get_field_index(source)
    kind = scored.field(place).type if place >= 0 else pa.string()
    if pa.types.is_boolean(kind):
        return "truth"
    if pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind):
        return "number"
    if pa.types.is_date(kind):
        return "date"
    return "moment" if pa.types.is_timestamp(kind) else "text"


def _problems(profile: CrmProfile, scored: pa.Schema) -> Iterator[str]:
    settings = profile.settings
    if settings.fields.get("key", "") is None:
        yield "fields.key: the system finds leads by it; expected a name, got null"
    own = [*(name for name in MADE if name != "always"), *scored.names]
    for source in settings.fields:
        if source not in own:
            yield (
                f"fields: {source!r:.80} is no column of the scored file; expected one of"
                f" {_listed(own)}; or list it under columns.carry"
            )
    if settings.key not in scored.names:
        yield (
            f"key: {settings.key!r:.80} is no column of the scored file; list it under"
            " columns.carry"
        )
    names = [field.name for field in profile.fields]
    for name in dict.fromkeys(names):
        sources = [field.source for field in profile.fields if field.name == name]
        if len(sources) > 1:
            yield f"fields: {name!r:.80} is named twice, for {_listed(sources)}; name two fields"


def _listed(names: Sequence[str]) -> str:
    return ", ".join(f"{name:.40}" for name in names)
