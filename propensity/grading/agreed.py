"""What a scoring works by: the definition, its version, and the axes fitted to the model."""

from collections.abc import Iterator
from dataclasses import dataclass

from features.errors import ConfigError
from propensity.definition.business_hours import BusinessHours, Deadlines
from propensity.definition.schema import Axes, Definition
from propensity.grading.centring import axes_of
from propensity.model import bundle
from propensity.model.model import PropensityModel
from propensity.model.model_parts import Reference

#: Stands in the version of a definition that not every named role has signed.
DRAFT = "DRAFT"


def says_draft(version: str | None) -> bool:
    """Whether the version of a definition says that it is no agreement yet."""
    return DRAFT in (version or "")


@dataclass(frozen=True)
class Agreed:
    """A definition in use with a model.

    Attributes:
        definition: None where nobody defined anything yet: then there are grades, but no MQLs and
            no instructions.
        version: ``2``; ``2 DRAFT`` where it is unsigned, or signed for another model; ``DRAFT``
            where it is a file that is not registered; empty without a definition.
        axes: Zeros and cuts for this model.
        is_agreed_model: Whether the definition was agreed on this very model.
        deadlines: Deadlines in business time; None where nothing has a deadline.
    """

    definition: Definition | None
    version: str
    axes: Axes
    is_agreed_model: bool = True
    deadlines: Deadlines | None = None

    @property
    def is_draft(self) -> bool:
        """Whether what comes out is not for handing over yet: unsigned, or signed for another
        model.
        """
        return says_draft(self.version)


def undefined(reference: Reference) -> Agreed:
    """What a model works by where nobody defined anything."""
    return Agreed(None, "", axes_of(reference, None, is_agreed_model=True))


def agreed(
    definition: Definition | None,
    model: PropensityModel,
    *,
    number: int | None,
    business_hours: BusinessHours | None,
) -> Agreed:
    """Put a definition to use with a model.

    Args:
        definition: What was agreed on, or None.
        model: That scores; its time zone is that of the business hours.
        number: Number of the definition's version in the registry; None for a file that is not
            registered.
        business_hours: Business hours from the configuration.

    Raises:
        ConfigError: The definition promises response times, and no business hours are configured.
    """
    if definition is None:
        return undefined(model.reference)
    own = definition.agreed_on
    is_agreed_model = own is not None and own.model_sha256 == bundle.model_hash(model)
    axes = axes_of(model.reference, definition, is_agreed_model=is_agreed_model)
    if business_hours is None and any(_spans(definition)):
        raise ConfigError(
            "business_hours: expected the hours in which somebody answers, because the definition"
            " promises response times; got none. Add for example `business_hours: {hours:"
            ' ["09:00-18:00"], holidays: JP}`.'
        )
    is_draft = definition.is_draft or number is None or not is_agreed_model
    words = [str(number) if number is not None else "", DRAFT if is_draft else ""]
    deadlines = Deadlines(business_hours, model.spec.timezone) if business_hours else None
    return Agreed(definition, " ".join(filter(None, words)), axes, is_agreed_model, deadlines)


def _spans(definition: Definition) -> Iterator[str]:
    yield from (
        told.respond_within for told in definition.instructions.values() if told.respond_within
    )
    yield from (
        promise.first_contact_within
        for promise in definition.promises
        if promise.first_contact_within
    )
