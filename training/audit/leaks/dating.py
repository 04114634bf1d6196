"""Does anybody know when a column is written? Without a history of changes only people do."""

from collections.abc import Iterator

from propensity.config.decisions import Known
from training.audit.findings import Hit
from training.audit.leaks.units import AuditedColumn
from training.learn.rows.late_names import written_late

#: The rule of a column that nobody has dated; what it asks for.
NOT_SEEN = "not dated"
_ASK = (
    "when is this column written? Nobody said so, and there is no history of its changes: write"
    " `known: at_creation`, `at_contact` or `after` into decisions.yaml"
)


def dating_hits(column: AuditedColumn, known: Known | None) -> Iterator[Hit]:
    """What is said about when a column is written, and what its name says where nobody did.

    Args:
        column: The column.
        known: When it is written, where somebody has said so.
    """
    if known in ("after", "at_contact"):
        when = "later than the as-of" if known == "after" else "when sales talks to the lead"
        yield Hit("written late", "leak", f"people say that it is written {when}", {"known": known})
    if known is not None or column.has_history:
        return
    word = written_late(column.name)
    if word is not None:
        yield Hit(
            "name of something late",
            "suspect",
            f"the name says {word!r}, which is often written on the way to the close, or with it;"
            f" {_ASK}",
            {"word": word},
        )
    yield Hit(NOT_SEEN, "not seen", _ASK)
