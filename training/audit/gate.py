"""What an audit means for a training run: red refuses, unless somebody says why not."""

from features.errors import ConfigError, RefusedError
from propensity.concepts.wording import plain
from training.audit.findings import Audit

#: Characters of a reason: a sentence, not an essay; a registry's tag takes no more than some
#: thousands.
LONGEST_REASON = 500


def check_reason(reason: str | None) -> None:
    """Whether a reason says something.

    Raises:
        ConfigError: It is empty or too long.
    """
    if reason is not None and not 0 < len(reason.strip()) <= LONGEST_REASON:
        raise ConfigError(
            f"--accept-audit: expected a reason of 1 to {LONGEST_REASON} characters, got"
            f" {len(reason.strip())}; it is stored with the model, for whoever asks later why it"
            " was trained."
        )


def pass_gate(found: Audit, reason: str | None) -> None:
    """Let a run go on, or not.

    Args:
        found: The audit.
        reason: Why a red audit is accepted.

    Raises:
        RefusedError: The audit is red and nobody said why it is accepted.
    """
    if found.light != "red" or reason is not None:
        return
    red = [finding for finding in found.findings if finding.light == "red"]
    lines = "".join(
        f"\n  - {plain(finding.sentence, longest=1000)}"
        + (f"\n    {finding.advice}" if finding.advice else "")
        for finding in red
    )
    raise RefusedError(
        f"The audit is red, so nothing was trained: {len(red)}"
        f" finding{'s' if len(red) > 1 else ''}.{lines}\n`propensity audit CONFIG` shows"
        " everything. To train all the same: --accept-audit REASON, which is stored with the"
        " model."
    )
