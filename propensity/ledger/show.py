"""The course of a lead, and the state of a ledger, as a terminal shows them."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from features.zone import zone
from propensity.concepts.wording import plain
from propensity.ledger.ledger import LedgerFact, Night

#: Nights that are shown.
_NEWEST = 14
#: Longest reason that is shown.
_LONGEST = 2000


def course(lead_id: str, facts: Sequence[LedgerFact], timezone: str) -> Iterator[RenderableType]:
    """What happened to a lead, by moment; everything but the moment and the kind is one text, which
    stays readable on narrow screens.

    Args:
        lead_id: Identifier of the lead.
        facts: What the ledger holds of it.
        timezone: Time zone in which times are told.
    """
    yield Text(f"\n{plain(lead_id)}", style="bold")
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for name in ("when", "what", "how"):
        table.add_column(name, no_wrap=name != "how", overflow="fold")
    for fact in facts:
        how = Text("; ".join(_how(fact, timezone)))
        table.add_row(_local(fact.happened_at, timezone), fact.kind, how)
    yield table


def _how(fact: LedgerFact, timezone: str) -> Iterator[str]:
    if told := fact.detail or fact.handed_over_as:
        yield plain(told, longest=_LONGEST)
    if fact.owner:
        yield f"owner {plain(fact.owner)}"
    if fact.respond_by is not None:
        yield f"until {_local(fact.respond_by, timezone)}"
    if fact.grade:
        yield f"grade {plain(fact.grade)}"
    if fact.probability is not None:
        yield f"chance {fact.probability:.1%}".replace("%", " %")


def nights(found: Sequence[Night], wrong: Sequence[str]) -> Iterator[RenderableType]:
    """The newest nights, and what does not hold in the ledger."""
    if not found:
        yield Text("No night was run yet; propensity nightly CONFIG")
        return
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for name in ("night", "model", "definition", "leads", "handed over"):
        table.add_column(name, justify="right" if name in ("leads", "handed over") else "left")
    for night in found[-_NEWEST:]:
        table.add_row(
            night.as_of.isoformat(),
            night.model_version,
            night.definition_version,
            f"{night.leads:,}",
            f"{night.handed_over:,}",
        )
    yield table
    total = sum(night.handed_over for night in found)
    yield Text(f"\n{len(found):,} nights, {total:,} hand-overs")
    if wrong:
        yield Text(f"\n{len(wrong):,} facts that cannot be:", style="bold")
        yield from (Text(f"  {line}") for line in wrong[:_NEWEST])
    else:
        yield Text("Every fact fits those before it.")


def _local(moment: datetime | None, timezone: str) -> str:
    if moment is None:
        return ""
    local = moment.replace(tzinfo=UTC).astimezone(zone(timezone))
    return local.strftime("%Y-%m-%d %H:%M")
