"""Promotion: a model and its definition become the champion pair, with who signed and why; and the
way back.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Literal

from features.days import local_day
from features.errors import RefusedError
from propensity.concepts.wording import plain
from propensity.config.config import Config
from propensity.model.model import PropensityModel
from propensity.promotion.dry_run import DryRun, dry_run
from propensity.promotion.gate_verdict import check_reason, pass_gate, verdict_of
from propensity.promotion.plan import PromotionPlan, planned
from propensity.promotion.populations import other_population
from propensity.promotion.signatures import signing
from propensity.registry import ExpectedPair, Pair, Registry, RegistryError, Version
from propensity.registry.definitions import Definitions
from propensity.registry.entries import WAITING, WAITING_AGAINST, WAITING_BECAUSE

#: What a promotion did.
Step = Literal["promoted", "waits", "waits already", "unchanged"]
#: Overridden doubts that the log keeps, and signs of each.
_LOGGED, _LONGEST_DOUBT = 5, 200


@dataclass(frozen=True)
class Promoted:
    """What came of a promotion.

    Attributes:
        version: Number of the model's version.
        previous: The champion before; None for the first.
        definition: Number of the definition; None without one.
        unsigned: Roles that must sign the definition for this model and did not.
        step: ``promoted``; ``waits`` where signatures are missing, and the pair in use stays;
            ``waits already`` and ``unchanged`` where nothing was changed.
        gate: What the gate said; empty where it was not asked.
        because: Why; empty where nobody said.
        bounds: What changes beside what was signed; empty where the definition has no bounds.
        carried: Whether the old signatures stand for the new model, because it stays inside the
            bounds.
        trial: The first scoring as a dry run; None where nothing was to be tried.
        overridden: What stood against the pair, and was overridden.
    """

    version: int
    previous: int | None
    definition: int | None
    unsigned: tuple[str, ...]
    step: Step = "promoted"
    gate: str = ""
    because: str = ""
    bounds: str = ""
    carried: bool = False
    trial: DryRun | None = None
    overridden: tuple[str, ...] = ()

    @property
    def waits(self) -> bool:
        """Whether the pair is not in use, because signatures are missing."""
        return self.step in ("waits", "waits already")


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
    signed_on: date | None = None,
    as_of: date | None = None,
) -> Promoted:
    """Make a version champion, together with the definition that the configuration names.

    The version must have passed the gate against the champion in use, and the pair must work: the
    rules are asked on the configured sources, model and definition must speak of the same
    population, and the first scoring is tried without writing anything. The definition is
    registered as a version of its own, with the signatures. Without ``definition`` in the
    configuration the model goes on with the definition that is in use.

    Where not every role has signed for this model, the pair waits and the champion stays: further
    calls add signatures, and the last one promotes. Signatures under the old definition stand where
    what changes stays inside the bounds that were signed with it. What is champion already is left
    as it is.

    Args:
        config: Names the sources, the registry and the definition.
        version: Number or alias.
        signed_by: ``role: NAME`` each.
        override: Why neither the gate nor the trial is obeyed; None to obey both. What lets every
            scoring fail is refused all the same.
        at: Now, with ``tzinfo``; its day is today.
        signed_on: The local day on which they signed, where that was earlier, on paper; None for
            now. The promotion itself is logged at the time it is made.
        as_of: The day of the trial; by default today, or the day on which the sources end, where
            they end earlier.

    Raises:
        ConfigError: The definition cannot be used, a signature is none of it or of a day to come,
            or the reason says nothing.
        RefusedError: The gate was not passed, or the pair does not work; everything that stands
            against it is listed.
        RegistryError: No such version, somebody else promoted meanwhile, or the registry cannot be
            reached or written.
    """
    because = check_reason(override, "--override")
    registry = Registry.of(config)
    number, seen = registry.resolve(version), registry.pair()
    held = next(known for known in registry.versions() if known.number == number)
    gate_because = because or _remembered(held, seen)
    gate = pass_gate(number, verdict_of(held.tags), seen, override=gate_because)
    model, _ = registry.load(number)
    signed_at = signing(at, signed_on, model.spec.timezone) if signed_by else at
    plan = planned(config, registry, model, held, seen, signed_by, signed_at)
    found = Promoted(
        version=number,
        previous=seen.version if seen else None,
        definition=plan.registered,
        unsigned=plan.unsigned,
        gate=gate,
        because=gate_because,
        bounds=plan.bounds,
        carried=plan.carried,
    )
    if plan.unsigned and plan.registered is not None and plan.registered == plan.waiting:
        return replace(found, step="waits already")
    if seen == Pair(number, plan.registered) and (plan.definition is None or plan.registered):
        return replace(found, step="unchanged")
    trial = dry_run(
        config,
        model,
        plan.definition,
        as_of=as_of,
        today=lambda timezone: local_day(at, timezone),
    )
    doubts = (*filter(None, [_population_doubt(plan, model, registry)]), *trial.doubts)
    if trial.fatal or (doubts and not because):
        raise RefusedError(_refusal(number, seen, trial.fatal, doubts))
    used = plan.registered
    if used is None and plan.definition is not None:
        used = Definitions.of(config).register(plan.definition)
    found = replace(found, definition=used, trial=trial, overridden=doubts)
    if plan.unsigned:
        against = str(seen.version) if seen else ""
        registry.tag(
            number,
            {WAITING: str(used), WAITING_BECAUSE: gate_because, WAITING_AGAINST: against},
        )
        return replace(found, step="waits")
    registry.promote(
        number,
        definition=used,
        signed_by=plan.signers,
        because="; ".join(
            filter(None, [gate_because, f"signatures carried over: {plan.bounds}" * plan.carried])
        ),
        gate="; ".join(filter(None, [gate, f"overridden: {_listed(doubts)}" if doubts else ""])),
        seen=ExpectedPair(seen),
    )
    if plan.waiting is not None:
        registry.tag(number, {}, without=(WAITING, WAITING_BECAUSE, WAITING_AGAINST))
    return found


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


def _remembered(held: Version, seen: Pair | None) -> str:
    """Why the gate was not obeyed when the version began to wait, for the place of the same
    champion.
    """
    against = str(seen.version) if seen else ""
    same = WAITING in held.tags and held.tags.get(WAITING_AGAINST, "") == against
    return held.tags.get(WAITING_BECAUSE, "") if same else ""


def _population_doubt(plan: PromotionPlan, model: PropensityModel, registry: Registry) -> str:
    if plan.definition is None:
        return ""
    known = {version.model_hash for version in registry.versions()}
    return other_population(plan.definition, plan.origin, model, known)


def _refusal(number: int, seen: Pair | None, fatal: Sequence[str], doubts: Sequence[str]) -> str:
    stays = f"version {seen.version} stays the champion" if seen else "there is still no champion"
    lines = "".join(f"\n  - {doubt}" for doubt in (*fatal, *doubts))
    way = (
        "As it is, every scoring would fail, so --override does not help."
        if fatal
        else "To promote all the same: --override REASON, which goes into the promotion log."
    )
    return (
        f"Version {number} and its definition do not work together as they are, so"
        f" {stays}.{lines}\nMend the definition, or the input. {way}"
    )


def _listed(doubts: Sequence[str]) -> str:
    return "; ".join(plain(doubt, longest=_LONGEST_DOUBT) for doubt in doubts[:_LOGGED])
