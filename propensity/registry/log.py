"""The promotion log: who made which pair champion, when and why.

It only grows, and the champion's alias is the truth.

An entry is written before its step and marked as done after it. A process that dies between the two
leaves an entry
without the mark: it counts only where the pair that was found next is the one it names, so that a
step that never came about is in no history, and one that came about without its mark is.
"""

import json
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

_ENTRY, _DONE = "promotion.", "promoted."

EntryKind = Literal["promotion", "rollback"]


@dataclass(frozen=True)
class Pair:
    """What scores.

    Attributes:
        version: Version of the model.
        definition: Number of the definition; None where there is none.
    """

    version: int
    definition: int | None = None


@dataclass(frozen=True)
class Promotion:
    """An entry of the promotion log.

    Attributes:
        version: The one that became champion.
        previous: The champion before; None for the first.
        at: Moment in UTC.
        definition: Number of the definition that became champion with it; None without one.
        signed_by: ``role: NAME`` of those who signed.
        previous_definition: Number of the definition before; None without one.
        kind: A promotion, or the way back from one.
        because: Why; empty where nobody said.
        gate: What the gate said; empty where it was not asked.
    """

    version: int
    previous: int | None
    at: datetime
    definition: int | None = None
    signed_by: tuple[str, ...] = ()
    previous_definition: int | None = None
    kind: EntryKind = "promotion"
    because: str = ""
    gate: str = ""

    @property
    def pair(self) -> Pair:
        """What became champion."""
        return Pair(self.version, self.definition)

    @property
    def before(self) -> Pair | None:
        """What was champion when the step began."""
        return None if self.previous is None else Pair(self.previous, self.previous_definition)


def entry_time(tags: Mapping[str, str], now: datetime) -> datetime:
    """The time of a new entry: now, and later than every entry there is, whatever a clock was
    turned to.
    """
    newest = max(
        (_read(text).at for name, text in tags.items() if name.startswith(_ENTRY)), default=None
    )
    return now if newest is None or now > newest else newest + timedelta(microseconds=1)


def entry_of(promotion: Promotion) -> tuple[str, str]:
    """Key and value of a new entry; a key is never used twice."""
    told: dict[str, Any] = {
        **vars(promotion),
        "signed_by": list(promotion.signed_by),
        "at": promotion.at.isoformat(),
    }
    name = f"{promotion.at.astimezone(UTC):%Y%m%dT%H%M%S.%fZ}-{uuid.uuid4().hex[:8]}"
    return f"{_ENTRY}{name}", json.dumps(told, sort_keys=True, ensure_ascii=False)


def done_mark(key: str) -> tuple[str, str]:
    """Key and value of the mark that an entry's step is over."""
    return f"{_DONE}{key.removeprefix(_ENTRY)}", "done"


def log_of(tags: Mapping[str, str], now: Pair | None) -> list[Promotion]:
    """The entries whose step came about, oldest first.

    Args:
        tags: Tags of the registered model.
        now: The champion pair.
    """
    written = sorted(name for name in tags if name.startswith(_ENTRY))
    entries = [_read(tags[name]) for name in written]
    found_next = [*(entry.before for entry in entries), now][1:]
    return [
        entry
        for name, entry, found in zip(written, entries, found_next, strict=True)
        if done_mark(name)[0] in tags or found == entry.pair
    ]


def pair_before(log: Sequence[Promotion], now: Pair) -> Pair | None:
    """The pair that a rollback returns to; None where there is none.

    A rollback takes back the newest step that was not taken back yet, so that two of them go two
    steps back.

    Args:
        log: The entries, as ``log_of`` returns them.
        now: The champion pair, which somebody may have set without us.
    """
    stack: list[Pair] = []
    for entry in log:
        if entry.before is not None and (not stack or stack[-1] != entry.before):
            stack.append(entry.before)  # set without us
        if entry.kind == "rollback":
            while stack and stack[-1] != entry.pair:
                stack.pop()
        if not stack or stack[-1] != entry.pair:
            stack.append(entry.pair)
    if stack and stack[-1] == now:
        stack.pop()
    return stack[-1] if stack else None


def _read(text: str) -> Promotion:
    told = json.loads(text)
    known = {name: told[name] for name in Promotion.__dataclass_fields__ if name in told}
    signed_by = tuple(told.get("signed_by", ()))
    return Promotion(**{**known, "at": datetime.fromisoformat(told["at"]), "signed_by": signed_by})
