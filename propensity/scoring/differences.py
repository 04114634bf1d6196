"""What a comparison of the input found, and the error that stops a scoring."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from features.errors import RefusedError

Severity = Literal["look", "stop"]
#: Sentences of an error or a summary, at most.
LISTED = 8


@dataclass(frozen=True)
class InputDifference:
    """One difference between the input and what the model was trained on.

    Attributes:
        code: Names the kind of difference, for schedulers.
        severity: ``look`` (the scores are written, exit code 10) or ``stop`` (nothing is, 20).
        about: The table, column or event type.
        sentence: What was expected and what came, for people. Holds no value of a lead.
    """

    code: str
    severity: Severity
    about: str
    sentence: str


class InputStopError(RefusedError):
    """The input differs so much from what training saw that its scores would mislead."""

    def __init__(self, findings: Sequence[InputDifference]) -> None:
        """Make the error of the findings that stop.

        Args:
            findings: At least one; those to look at are left out of the message.
        """
        self.findings = tuple(findings)
        stops = [finding for finding in findings if finding.severity == "stop"]
        lines = "".join(f"\n  - {finding.sentence}" for finding in stops[:LISTED])
        more = f"\n  - and {len(stops) - LISTED} more" if len(stops) > LISTED else ""
        super().__init__(
            "The input is not what the model was trained on, and nothing was written:"
            f"{lines}{more}\nMend the input, or score it all the same with"
            ' --accept-input "REASON".'
        )
