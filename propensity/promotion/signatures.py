"""How a definition comes to be agreed on for a model: by new signatures, or by old ones that carry
over.
"""

from collections.abc import Sequence
from datetime import date, datetime, time

from features.errors import ConfigError
from features.zone import zone
from propensity.concepts.wording import plain
from propensity.definition.schema import Agreement, Definition, Signature
from propensity.definition.texts import LONGEST_NAME
from propensity.grading.centring import cuts_of, recentred
from propensity.model import bundle
from propensity.model.model import PropensityModel

#: The hour that stands for a day: the same day in every office of the company.
_NOON = 12


def is_for(definition: Definition, model: PropensityModel) -> bool:
    """Whether a definition was agreed on this model."""
    return (
        definition.agreed_on is not None
        and definition.agreed_on.model_sha256 == bundle.model_hash(model)
    )


def agreed_on(
    definition: Definition, model: PropensityModel, number: int, signatures: Sequence[Signature]
) -> Definition:
    """The definition as it is agreed on for a model.

    Cuts and the average rate stay as they were; only a definition that was never fitted to a model
    gets them here. Where it was agreed on another model, its signatures do not count, and a zero
    moves to where this model finds it, if that is beyond noise.

    Args:
        definition: Definition as written.
        model: That is promoted.
        number: Its version.
        signatures: New ones.
    """
    if is_for(definition, model):
        kept = [
            old for old in definition.signed if old.role not in {new.role for new in signatures}
        ]
        return definition.model_copy(update={"signed": (*kept, *signatures)})
    return _moved_to(definition, model, number, signatures)


def carried_over(definition: Definition, model: PropensityModel, number: int) -> Definition:
    """A signed definition, moved to a model that stays inside its bounds: the signatures stand for
    this one too.
    """
    return _moved_to(definition, model, number, definition.signed)


def same_terms(one: Definition, other: Definition) -> bool:
    """Whether two definitions say the same, whoever signed them for whatever model."""
    return _terms(one) == _terms(other)


def signatures_of(
    definition: Definition, signed_by: Sequence[str], at: datetime
) -> list[Signature]:
    """Signatures as they were given on the command line.

    Raises:
        ConfigError: One is not ``ROLE: NAME`` with a role of the definition; all are listed.
    """
    signatures, wrong = [], []
    for text in signed_by:
        role, colon, given = (part.strip() for part in text.partition(":"))
        name = plain(given, longest=LONGEST_NAME + 1)
        if not colon or not 0 < len(name) <= LONGEST_NAME or role not in definition.roles:
            wrong.append(f"{text!r:.80}")
            continue
        signatures.append(Signature(role=role, name=name, at=at))
    if wrong:
        raise ConfigError(
            f"--signed-by: expected 'ROLE: NAME' with a role out of {list(definition.roles)} and a"
            f" name of at most {LONGEST_NAME} characters, got {', '.join(wrong)}."
        )
    return signatures


def signing(now: datetime, day: date | None, timezone: str) -> datetime:
    """When somebody signed: now, or at noon of the local day that was given.

    Args:
        now: With ``tzinfo``.
        day: On which they signed; None for now.
        timezone: The zone that the day is of.

    Raises:
        ConfigError: The day is later than today.
    """
    if day is None:
        return now
    local = zone(timezone)
    today = now.astimezone(local).date()
    if day > today:
        raise ConfigError(
            f"--signed-on: expected the day on which they signed, {today} at the latest, which is"
            f" today, got {day}."
        )
    return datetime.combine(day, time(_NOON), tzinfo=local)


def _moved_to(
    definition: Definition, model: PropensityModel, number: int, signatures: Sequence[Signature]
) -> Definition:
    before = definition.agreed_on
    close_rate = before.close_rate if before else model.reference.close_rate
    agreement = Agreement(
        model_sha256=bundle.model_hash(model),
        model_version=str(number),
        close_rate=close_rate,
        rows=model.reference.rows,
        leads=model.reference.leads,
    )
    axes = recentred(model.reference, close_rate, cuts_of(definition.axes), before=definition.axes)
    return definition.model_copy(
        update={"agreed_on": agreement, "axes": axes, "signed": tuple(signatures)}
    )


def _terms(definition: Definition) -> object:
    return definition.model_dump(exclude={"agreed_on", "axes", "signed", "changes"}), cuts_of(
        definition.axes
    )
