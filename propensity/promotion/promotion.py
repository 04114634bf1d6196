"""Promotion: a model and its definition become the champion pair, with who signed and why; and the
way back.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from features.errors import ArtifactError, ConfigError
from propensity.config.config import Config
from propensity.definition.load import load_definition
from propensity.definition.schema import Definition
from propensity.model.model import PropensityModel
from propensity.promotion.bounds import Change, change_text, inside
from propensity.promotion.gate_verdict import check_reason, pass_gate, verdict_of
from propensity.promotion.signatures import (
    agreed_on,
    carried_over,
    is_for,
    same_terms,
    signatures_of,
)
from propensity.registry import ExpectedPair, Pair, Registry, RegistryError, Version
from propensity.registry.definitions import Definitions
from propensity.registry.entries import MIGRATION


@dataclass(frozen=True)
class Promoted:
    """What became champion.

    Attributes:
        version: Number of the model's version.
        previous: The champion before; None for the first.
        definition: Number of the definition; None without one.
        unsigned: Roles that must sign the definition for this model and did not.
        gate: What the gate said; empty where it was not asked.
        because: Why; empty where nobody said.
        bounds: What changes beside what was signed; empty where the definition has no bounds.
        carried: Whether the old signatures stand for the new model, because it stays inside the
            bounds.
    """

    version: int
    previous: int | None
    definition: int | None
    unsigned: tuple[str, ...]
    gate: str = ""
    because: str = ""
    bounds: str = ""
    carried: bool = False


@dataclass(frozen=True)
class RolledBack:
    """The pair in use, and the one that was."""

    now: Pair
    before: Pair


def promote(
    config: Config,
    version: str | int,
    *,
    signed_by: Sequence[str] = (),
    override: str | None = None,
    at: datetime,
) -> Promoted:
    """Make a version champion, together with the definition that the configuration names.

    The version must have passed the gate against the champion in use. The definition is registered
    as a version of its own, with the signatures. Without ``definition`` in the configuration the
    model goes on with the definition that is in use. Where nobody signs it for the new model it is
    a DRAFT, unless what changes stays inside the bounds that were signed with it.

    Args:
        config: Names the registry and the definition.
        version: Number or alias.
        signed_by: ``role: NAME`` each.
        override: Why the gate is not obeyed; None to obey it.
        at: When they signed, with ``tzinfo``.

    Raises:
        ConfigError: The definition cannot be used, a signature is none of it, or the reason says
            nothing.
        RefusedError: The gate was not passed.
        RegistryError: No such version, somebody else promoted meanwhile, or the registry cannot be
            reached or written.
    """
    because = check_reason(override, "--override")
    registry = Registry.of(config)
    number, seen = registry.resolve(version), registry.pair()
    held = next(known for known in registry.versions() if known.number == number)
    gate = pass_gate(number, verdict_of(held.tags), seen, override=because)
    model, _ = registry.load(number)
    definition, used, bounds, carried = _definition(
        config, registry, model, held, seen, signed_by, at
    )
    registry.promote(
        number,
        definition=used,
        signed_by=signed_by,
        because="; ".join(
            filter(None, [because, f"signatures carried over: {bounds}" if carried else ""])
        ),
        gate=gate,
        seen=ExpectedPair(seen),
    )
    return Promoted(
        version=number,
        previous=seen.version if seen else None,
        definition=used,
        unsigned=_unsigned(definition, model),
        gate=gate,
        because=because,
        bounds=bounds,
        carried=carried,
    )


def roll_back(config: Config, *, because: str | None = None) -> RolledBack:
    """Return to the champion pair before the present one: the model, and the definition it had
    then.

    Both are read and checked before anything is changed.

    Args:
        config: Names the registry.
        because: Why; for the promotion log.

    Raises:
        ConfigError: The reason says nothing.
        RegistryError: There is no earlier pair, somebody else promoted meanwhile, or the registry
            cannot be reached or written.
        ArtifactError: The earlier pair is damaged.
    """
    reason = check_reason(because, "--because")
    registry = Registry.of(config)
    before = registry.pair()
    if before is None:
        raise RegistryError(
            f"No version of {config.model_name} is champion, so there is nothing to roll back;"
            " `propensity promote VERSION CONFIG` makes one champion."
        )
    to = registry.previous_pair()
    if to is None:
        raise RegistryError(
            f"Version {before.version} of {config.model_name} is the first champion: there is no"
            " earlier pair to return to. `propensity history CONFIG` lists what was."
        )
    registry.load(to.version)
    if to.definition is not None:
        Definitions.of(config).load(to.definition)
    registry.roll_back(to, because=reason, seen=ExpectedPair(before))
    return RolledBack(to, before)


def _definition(
    config: Config,
    registry: Registry,
    model: PropensityModel,
    held: Version,
    seen: Pair | None,
    signed_by: Sequence[str],
    at: datetime,
) -> tuple[Definition | None, int | None, str, bool]:
    """The definition that goes with a model, its number, what its bounds say, and whether
    signatures carry over.
    """
    definitions = Definitions.of(config)
    used = registry.definition_of(held.number)
    in_use = definitions.load(used) if used is not None else None
    definition = load_definition(config.definition) if config.definition else in_use
    if definition is None:
        if signed_by:
            raise ConfigError(
                "--signed-by: expected a definition to sign; the configuration names none"
                " (`definition: FILE`). `propensity definition write CONFIG` proposes one."
            )
        return None, used, "", False
    signatures = signatures_of(definition, signed_by, at)
    missing = set(definition.must_sign) - {signature.role for signature in signatures}
    bounds, carried = "", False
    if missing and seen is not None and seen.definition is not None and seen.version != held.number:
        signed = definitions.load(seen.definition)
        if same_terms(definition, signed) and not signed.is_draft:
            bounds, carried = _within(signed, held, seen)
        if carried:
            definition = carried_over(signed, model, held.number)
            return definition, definitions.register(definition), bounds, True
    if config.definition or signed_by:
        definition = agreed_on(definition, model, held.number, signatures)
        used = definitions.register(definition)
    return definition, used, bounds, False


def _within(definition: Definition, held: Version, seen: Pair | None) -> tuple[str, bool]:
    """What a version changes beside the bounds that were signed, and whether it stays inside
    them.
    """
    text = held.tags.get(MIGRATION)
    if definition.bounds is None or text is None:
        return "", False
    try:
        change = Change.model_validate_json(text)
    except ValueError as error:
        raise ArtifactError(
            f"version {held.number}: the tag {MIGRATION} cannot be read ({type(error).__name__});"
            " train anew, or sign the definition for this version (--signed-by)."
        ) from None
    if seen is None or (change.version, change.definition) != (seen.version, seen.definition):
        return "", False  # measured against another pair
    return change_text(definition.bounds, change), inside(definition.bounds, change)


def _unsigned(definition: Definition | None, model: PropensityModel) -> tuple[str, ...]:
    """Roles whose signature for this model is missing."""
    if definition is None:
        return ()
    return definition.unsigned_roles if is_for(definition, model) else definition.must_sign
