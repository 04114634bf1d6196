"""What a promotion is going to do: which definition goes with the model, who signed it, and whether
old signatures stand.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from features.errors import ArtifactError, ConfigError
from propensity.config.config import Config
from propensity.definition.load import load_definition
from propensity.definition.schema import Agreement, Definition
from propensity.model.model import PropensityModel
from propensity.promotion.bounds import Change, change_text, inside
from propensity.promotion.signatures import carried_over, same_terms, signatures_of
from propensity.promotion.successor import KnownDefinitions, successor
from propensity.registry import Pair, Registry, Version
from propensity.registry.definitions import Definitions
from propensity.registry.entries import MIGRATION, WAITING


@dataclass(frozen=True)
class PromotionPlan:
    """What is going to be in use with a model.

    Attributes:
        definition: Agreed on for the model; None without one.
        registered: Number of the definition, where the registry holds it as it stands; None where
            it is new.
        waiting: Number of the definition that waits for signatures with the model; None where none
            does.
        origin: What the definition was agreed on before; None where people wrote it by hand for a
            first model.
        bounds: What changes beside what was signed; empty where nothing is compared.
        carried: Whether old signatures stand for the new model.
    """

    definition: Definition | None
    registered: int | None = None
    waiting: int | None = None
    origin: Agreement | None = None
    bounds: str = ""
    carried: bool = False

    @property
    def unsigned(self) -> tuple[str, ...]:
        """Roles that must sign and did not."""
        return self.definition.unsigned_roles if self.definition else ()

    @property
    def signers(self) -> tuple[str, ...]:
        """Who signed for this model, as the log tells it; nobody where old signatures stand."""
        if self.definition is None or self.carried:
            return ()
        return tuple(f"{signature.role}: {signature.name}" for signature in self.definition.signed)


def planned(
    config: Config,
    registry: Registry,
    model: PropensityModel,
    held: Version,
    seen: Pair | None,
    signed_by: Sequence[str],
    at: datetime,
) -> PromotionPlan:
    """What a promotion is going to do; nothing is changed.

    Args:
        config: Names the definition.
        registry: Registry that holds the model.
        model: That is to score.
        held: Version of the model, as the registry tells it.
        seen: The champion pair; None for none.
        signed_by: ``role: NAME`` each.
        at: When they signed.

    Raises:
        ConfigError: The definition cannot be used, or a signature is none of it.
        ArtifactError: What is stored is damaged.
        RegistryError: The registry cannot be reached.
    """
    definitions = Definitions.of(config)
    numbers = _numbers(registry, held, seen)
    stored = {number: definitions.load(number) for number in dict.fromkeys(numbers) if number}
    in_use, champions, waiting = (stored.get(number) if number else None for number in numbers)
    written = load_definition(config.definition) if config.definition else None
    known = KnownDefinitions(written, in_use, champions, waiting)
    if known.wanted is None:
        if signed_by:
            raise ConfigError(
                "--signed-by: expected a definition to sign; the configuration names none"
                " (`definition: FILE`). `propensity definition write CONFIG` proposes one."
            )
        return PromotionPlan(None)
    definition = successor(known, model, held.number, signatures_of(known.wanted, signed_by, at))
    if definition is None:
        return PromotionPlan(None)
    bounds, carried = "", False
    is_new = seen is not None and seen.version != held.number
    if definition.is_draft and is_new and champions is not None:
        if same_terms(definition, champions) and not champions.is_draft:
            bounds, carried = _within(champions, held, seen)
        if carried:
            definition = carried_over(champions, model, held.number)
    return PromotionPlan(
        definition,
        _registered_as(definition, stored, numbers),
        numbers[2],
        _origin(known, definition),
        bounds,
        carried,
    )


def _numbers(
    registry: Registry, held: Version, seen: Pair | None
) -> tuple[int | None, int | None, int | None]:
    """Numbers of the definition in use, the champion's, and the one that waits."""
    waiting = held.tags.get(WAITING, "")
    return (
        registry.definition_of(held.number),
        seen.definition if seen else None,
        int(waiting) if waiting.isdigit() else None,
    )


def _registered_as(
    definition: Definition, stored: dict[int, Definition], numbers: Sequence[int | None]
) -> int | None:
    """The number of the same definition with the same signers; when they signed does not
    matter.
    """
    return next(
        (number for number in numbers if number and _signed(stored[number]) == _signed(definition)),
        None,
    )


def _signed(definition: Definition) -> object:
    signers = {signature.role: signature.name for signature in definition.signed}
    return definition.model_copy(update={"signed": ()}), signers


def _origin(known: KnownDefinitions, definition: Definition) -> Agreement | None:
    """What a definition was agreed on before it is agreed on for a model."""
    if known.wanted is not None and known.wanted.agreed_on is not None:
        return known.wanted.agreed_on
    for other in (known.in_use, known.champion):
        if other is not None and same_terms(definition, other):
            return other.agreed_on
    return None


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
