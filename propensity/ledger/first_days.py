"""When a lead's episode was first handed over, and why: where a comparison of worked leads with
others starts.
"""

from collections.abc import Iterable

import pyarrow as pa

from features.days import day_number
from propensity.ledger.ledger import LedgerFact

#: An episode of which the ledger knows anything. Days are those of nights: ``raised``, ``by_line``
#: and ``sliced`` of the first hand-over as hand-raiser, MQL and in the random slice; ``handed`` of
#: the first for any reason; ``crossed`` the first on which it was over the line. Null where it
#: never was.
FIRST_DAYS = pa.schema(
    [
        pa.field("lead_id", pa.string()),
        pa.field("episode", pa.int32()),
        pa.field("raised", pa.int32()),
        pa.field("by_line", pa.int32()),
        pa.field("sliced", pa.int32()),
        pa.field("handed", pa.int32()),
        pa.field("crossed", pa.int32()),
    ]
)
_CASES = {"hand-raiser": "raised", "MQL": "by_line", "random slice": "sliced"}


def first_days(facts: Iterable[LedgerFact]) -> pa.Table:
    """The first day of each kind, per lead's episode.

    Args:
        facts: In any order.

    Returns:
        Columns of ``FIRST_DAYS``, sorted by lead and episode.
    """
    found: dict[tuple[str, int], dict[str, int]] = {}
    for fact in facts:
        match fact.kind:
            case "handed over":
                names = ["handed", *filter(None, [_CASES.get(fact.handed_over_as or "")])]
            case "entered":
                names = ["crossed"]
            case _:
                continue
        days, day = found.setdefault((fact.lead_id, fact.episode), {}), day_number(fact.as_of)
        for name in names:
            days[name] = min(day, days.get(name, day))
    rows = [
        {"lead_id": lead, "episode": episode, **days}
        for (lead, episode), days in sorted(found.items())
    ]
    return pa.Table.from_pylist(rows, schema=FIRST_DAYS)
