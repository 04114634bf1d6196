"""What the audit finds of machines that open and click mails, as proposals to decide it away."""

from collections.abc import Iterable, Iterator
from datetime import date

from propensity.config.decisions import Decision, Decisions
from training.audit.findings import Finding

#: Evidence of a finding about events that come too soon after a message.
QUICK = "seconds"


def filters_proposed(
    findings: Iterable[Finding], decided: Decisions, *, by: str, at: date
) -> Iterator[Decision]:
    """A filter for each event type of which machines make many, and nobody has decided about.

    Args:
        findings: Findings of the audit; those with evidence of quick events count.
        decided: What stands in the file of decisions.
        by: Who proposes.
        at: The day of the audit.
    """
    known = {entry.about for entry in decided.in_force}
    for finding in findings:
        name = finding.evidence.get("event_type")
        seconds = finding.evidence.get(QUICK)
        if isinstance(name, str) and seconds and ("event type", name) not in known:
            yield Decision(
                event_type=name,
                action="filter",
                seconds=int(seconds),
                because=f"machines: {finding.sentence}",
                by=by,
                at=at,
            )
