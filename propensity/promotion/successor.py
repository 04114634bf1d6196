"""Which definition goes with a model when it becomes champion: the same for the gate's preview and
for the promotion.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from propensity.definition.schema import Definition, Signature
from propensity.grading.centring import cuts_of
from propensity.model.model import PropensityModel
from propensity.promotion.signatures import agreed_on, is_for, same_terms


@dataclass(frozen=True)
class KnownDefinitions:
    """What there is before a promotion.

    Attributes:
        written: The file that the configuration names; None where it names none.
        in_use: The definition that the model would score by as things are: its own, else the
            champion's; None without one.
        champion: The champion's definition; None without one.
        waiting: The one that waits for signatures with this model; None where none does.
    """

    written: Definition | None
    in_use: Definition | None
    champion: Definition | None
    waiting: Definition | None = None

    @property
    def wanted(self) -> Definition | None:
        """What is to be in use."""
        return self.written or self.in_use

    def agreed_before(self, model: PropensityModel) -> tuple[Definition, ...]:
        """Definitions of the wanted terms that were agreed on this very model, the one that waits
        first.
        """
        wanted = self.wanted
        return tuple(
            known
            for known in (self.waiting, self.in_use)
            if wanted is not None
            and known is not None
            and is_for(known, model)
            and _says_the_same(wanted, known, model)
        )


def successor(
    known: KnownDefinitions,
    model: PropensityModel,
    number: int,
    signatures: Sequence[Signature] = (),
) -> Definition | None:
    """The definition as it is agreed on for a model.

    Where the wanted terms were agreed on this model before, axes, average and signatures are kept.
    A file that has no average of its own, because people wrote it by hand, keeps the champion's
    where its terms are the champion's: what an average lead is stays what was signed.

    Args:
        known: What there is.
        model: That is to score.
        number: Its version.
        signatures: New ones.

    Returns:
        None without any definition.
    """
    wanted = known.wanted
    if wanted is None:
        return None
    before = known.agreed_before(model)
    if before:
        signed = {old.role: old for held in reversed(before) for old in held.signed}
        if is_for(wanted, model):
            signed = {old.role: old for old in wanted.signed} | signed
        kept = before[0].model_copy(
            update={"signed": tuple(signed.values()), "changes": wanted.changes}
        )
        return agreed_on(kept, model, number, signatures)
    frozen = known.champion
    if wanted.agreed_on is None and frozen is not None and same_terms(wanted, frozen):
        wanted = frozen.model_copy(update={"signed": (), "changes": wanted.changes})
    if not is_for(wanted, model):
        wanted = _with_zeros_in_use(wanted, frozen)
    return agreed_on(wanted, model, number, signatures)


def _with_zeros_in_use(wanted: Definition, champion: Definition | None) -> Definition:
    """A definition around the zeros that grade today, where it means the same average and cuts: a
    file keeps the zeros of the model it was written for.
    """
    if wanted.agreed_on is None or champion is None or champion.agreed_on is None:
        return wanted
    same_rate = wanted.agreed_on.close_rate == champion.agreed_on.close_rate
    if not same_rate or cuts_of(wanted.axes) != cuts_of(champion.axes):
        return wanted
    return wanted.model_copy(update={"axes": champion.axes})


def _says_the_same(wanted: Definition, known: Definition, model: PropensityModel) -> bool:
    """Whether the terms are the same, and zeros and average, where the file has them for this
    model.
    """
    own = is_for(wanted, model)
    return same_terms(wanted, known) and (
        not own
        or (
            wanted.axes == known.axes
            and wanted.agreed_on is not None
            and known.agreed_on is not None
            and wanted.agreed_on.close_rate == known.agreed_on.close_rate
        )
    )
