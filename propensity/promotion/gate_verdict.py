"""What the gate said of a version, as its tags tell it, and whether the version may take the
champion's place.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from features.errors import ConfigError, RefusedError
from propensity.concepts.wording import plain
from propensity.registry import Pair
from propensity.registry.entries import GATE, GATE_AGAINST, GATE_FAILED

#: Characters of a reason: a sentence, not an essay.
LONGEST_REASON = 500
#: Characters of what is told of one failed check.
_LONGEST_CHECK = 300
PASSED, FAILED = "passed", "failed"


@dataclass(frozen=True)
class GateVerdict:
    """What the gate said.

    Attributes:
        passed: Whether every check held.
        against: Version of the champion it was measured against; None where there was none.
        failed: What failed, a sentence each.
    """

    passed: bool
    against: int | None
    failed: tuple[str, ...] = ()

    def tags(self) -> dict[str, str]:
        """As tags of the version."""
        told = "\n".join(plain(text, longest=_LONGEST_CHECK) for text in self.failed)
        against = "" if self.against is None else str(self.against)
        return {GATE: PASSED if self.passed else FAILED, GATE_AGAINST: against} | (
            {GATE_FAILED: told} if told else {}
        )


def verdict_of(tags: Mapping[str, str]) -> GateVerdict | None:
    """The verdict among the tags of a version; None where the gate was never asked."""
    if tags.get(GATE) not in (PASSED, FAILED):
        return None
    against = tags.get(GATE_AGAINST, "")
    failed = tuple(filter(None, tags.get(GATE_FAILED, "").split("\n")))
    return GateVerdict(tags[GATE] == PASSED, int(against) if against.isdigit() else None, failed)


def check_reason(reason: str | None, option: str) -> str:
    """A reason as harmless text on one line; empty where none was given.

    Raises:
        ConfigError: It is empty or too long.
    """
    if reason is None:
        return ""
    told = plain(reason, longest=LONGEST_REASON + 1)
    if not 0 < len(told) <= LONGEST_REASON:
        raise ConfigError(
            f"{option}: expected a reason of 1 to {LONGEST_REASON} characters, got {len(told)}; it"
            " goes into the promotion log, for whoever asks later."
        )
    return told


def pass_gate(
    number: int, verdict: GateVerdict | None, champion: Pair | None, *, override: str
) -> str:
    """Let a version take the champion's place, or not.

    Args:
        number: Number of the version.
        verdict: What the gate said of it.
        champion: The pair in use; None where there is none.
        override: Why it is let through whatever the gate said; empty to obey the gate.

    Returns:
        What the promotion log tells of the gate; empty where the version is the champion already.

    Raises:
        RefusedError: The gate was not passed, was never asked, or was asked against another
            champion.
    """
    if champion is not None and champion.version == number:
        return ""
    told, why, lines = _obstacle(number, verdict, champion)
    if not why:
        return told
    if override:
        return f"{told}, overridden"
    stays = (
        f"version {champion.version} stays the champion"
        if champion
        else "there is still no champion"
    )
    advice = _IMPROVE if lines else _TRAIN_ANEW
    raise RefusedError(
        f"{why}, so {stays}.{lines}\n{advice}\n"
        "To promote it all the same: --override REASON, which goes into the promotion log."
    )


def _obstacle(
    number: int, verdict: GateVerdict | None, champion: Pair | None
) -> tuple[str, str, str]:
    """What the log tells, what stands against the version, and which checks failed; empty where
    nothing does.
    """
    if verdict is None:
        return "never asked", f"Version {number} was registered without asking the gate", ""
    now = champion.version if champion else None
    told = f"{PASSED if verdict.passed else FAILED} {_against(verdict.against)}"
    if verdict.against != now:
        return (
            told,
            f"Version {number} met the gate {_against(verdict.against)}, but {_in_use(now)}",
            "",
        )
    if verdict.passed:
        return told, "", ""
    lines = (
        "".join(f"\n  - {text}" for text in verdict.failed)
        or "\n  - (nobody wrote down which check)"
    )
    return told, f"Version {number} did not pass the gate", lines


_TRAIN_ANEW = (
    "`propensity train CONFIG` lets a new challenger meet the champion; `propensity compare CONFIG`"
    " this one, on leads that neither has seen."
)
_IMPROVE = (
    "Improve the recipe, or wait until more leads have closed, and train anew; `propensity compare"
    " CONFIG` lets the two models meet again later."
)


def _against(version: int | None) -> str:
    return "as the first model" if version is None else f"against version {version}"


def _in_use(version: int | None) -> str:
    return (
        "there is no champion now" if version is None else f"the champion is version {version} now"
    )
