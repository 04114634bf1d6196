"""Promotion: a model and its definition become the champion pair, with the names of those who signed."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from features.errors import ConfigError
from propensity import bundle
from propensity.config import Config
from propensity.definition.centring import UNSIGNED_CUTS, recentred
from propensity.definition.load import load_definition
from propensity.definition.schema import Agreement, Definition, Signature
from propensity.model import PropensityModel
from propensity.registry import Registry
from propensity.registry.definitions import Definitions


@dataclass(frozen=True)
class Promoted:
    """What became champion.

    Attributes:
        version: Number of the model's version.
        previous: The champion before; None for the first.
        definition: Number of the definition; None without one.
        unsigned: Roles that must sign the definition and did not.
    """

    version: int
    previous: int | None
    definition: int | None
    unsigned: tuple[str, ...]


def promote(config: Config, version: str | int, *, signed_by: Sequence[str] = (), at: datetime) -> Promoted:
    """Make a version champion, together with the definition that the configuration names.

    The definition is registered as a version of its own, with the signatures. Without ``definition`` in the
    configuration the model goes on with the definition that is in use.

    Args:
        config: Names the registry and the definition.
        version: Number or alias.
        signed_by: ``role: NAME`` each.
        at: When they signed, with ``tzinfo``.

    Raises:
        ConfigError: The definition cannot be used, or a signature is none of it.
        RegistryError: No such version, or the registry cannot be reached or written.
    """
    uri, registry = str(config.registry.uri), Registry(str(config.registry.uri), config.model_name)
    definitions = Definitions(uri, config.model_name)
    model, number = registry.load(version)
    before = registry.champion()
    used = registry.definition_of(number)
    definition = load_definition(config.definition) if config.definition else None
    if definition is None and used is not None:
        definition = definitions.load(used)
    if definition is None and signed_by:
        raise ConfigError(
            "--signed-by: expected a definition to sign; the configuration names none (`definition: FILE`). "
            "`propensity definition write CONFIG` proposes one."
        )
    if definition is not None and (config.definition or signed_by):
        definition = agreed_on(definition, model, number, _signatures(definition, signed_by, at))
        used = definitions.register(definition)
    registry.promote(number, definition=used, signed_by=signed_by)
    return Promoted(number, before.number if before else None, used, definition.unsigned_roles if definition else ())


def agreed_on(
    definition: Definition, model: PropensityModel, number: int, signatures: Sequence[Signature]
) -> Definition:
    """The definition as it is agreed on for a model.

    Cuts and the average rate stay as they were; only a definition that was never fitted to a model gets them here.
    Where it was agreed on another model, old signatures do not count, and new ones move the zeros to this model.

    Args:
        definition: As written.
        model: That is promoted.
        number: Its version.
        signatures: New ones.
    """
    sha256 = bundle.model_hash(model)
    before = definition.agreed_on
    if before is not None and before.model_sha256 == sha256:
        kept = [old for old in definition.signed if old.role not in {new.role for new in signatures}]
        return definition.model_copy(update={"signed": (*kept, *signatures)})
    if before is not None and set(definition.must_sign) - {signature.role for signature in signatures}:
        return definition.model_copy(update={"signed": tuple(signatures)})
    close_rate = before.close_rate if before else model.reference.close_rate
    cuts = (
        (definition.axes.fit.cuts, definition.axes.interest.cuts) if definition.axes else (UNSIGNED_CUTS, UNSIGNED_CUTS)
    )
    agreement = Agreement(
        model_sha256=sha256,
        model_version=str(number),
        close_rate=close_rate,
        rows=model.reference.rows,
        leads=model.reference.leads,
    )
    axes = recentred(model.reference, close_rate, cuts)
    return definition.model_copy(update={"agreed_on": agreement, "axes": axes, "signed": tuple(signatures)})


def _signatures(definition: Definition, signed_by: Sequence[str], at: datetime) -> list[Signature]:
    signatures, wrong = [], []
    for text in signed_by:
        role, colon, name = (part.strip() for part in text.partition(":"))
        if not colon or not name or role not in definition.roles:
            wrong.append(f"{text!r:.80}")
            continue
        signatures.append(Signature(role=role, name=name, at=at))
    if wrong:
        raise ConfigError(
            f"--signed-by: expected 'ROLE: NAME' with a role out of {list(definition.roles)}, got {', '.join(wrong)}."
        )
    return signatures
