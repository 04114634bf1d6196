"""What people decided so far, at this review or before it: about columns and event types, and in
the definition.
"""

from collections.abc import Iterator
from datetime import date, datetime

from propensity.concepts.wording import plain
from propensity.config.decisions import Decision
from propensity.definition.schema import Changed, Definition
from training.audit.decisions import AUDIT
from training.decide.form_row import BORDERS
from training.review.document.blocks import Table, TableColumn
from training.review.findings.material import Material
from training.review.sections.case_names import case_name, role_name
from training.review.words import Words

#: Place of a border on its axis, as the words call it.
_ENDS = ("best", "middle", "worst")
_REMOVED = "removed"
_LONGEST = 300
#: In place of the day of a decision that says none.
_NO_DAY = "–"


def decided(material: Material, words: Words) -> Table | None:
    """A row per decision that is in force, the oldest first; None without any.

    Args:
        material: Material of the review.
        words: Words of the section Decide.
    """
    known = material.config.decisions
    entries = [
        entry for entry in (*known.in_force, *known.directions, *known.names) if entry.by != AUDIT
    ]
    definition = material.definition
    rows = [
        *((_done(entry, words), entry.because, entry.by, _day(entry.at)) for entry in entries),
        *(
            (_changed(change, definition, words), change.because, change.by, change.at)
            for change in (definition.changes if definition else ())
        ),
    ]
    if not rows:
        return None
    written = tuple(
        (what, plain(because, longest=_LONGEST), plain(who), words.day(day) if day else _NO_DAY)
        for what, because, who, day in sorted(rows, key=lambda row: row[3] or date.min)
    )
    columns = (
        TableColumn(words.say("decision")),
        TableColumn(words.say("because")),
        TableColumn(words.say("who")),
        TableColumn(words.say("when")),
    )
    return Table("decided", words.say("decided"), columns, written, words.say("decided source"))


def _done(entry: Decision, words: Words) -> str:
    about = words.name(entry.about[1])
    match entry.action:
        case "drop":
            return words.say("drop", about=about)
        case "monotone":
            return words.say(f"direction {entry.direction}", about=about)
        case "label":
            return words.say("called", about=plain(entry.about[1]), to=plain(str(entry.label)))
        case "delay":
            return words.say("delayed", about=about, n=int(entry.days or 0))
        case "impute":
            return words.say("keep out impute", about=about)
        case "filter" | "keep" | None:
            return words.say("filtered" if entry.action == "filter" else "kept", about=about)


def _changed(change: Changed, definition: Definition | None, words: Words) -> str:
    key, named = change.kind, {"about": words.name(change.about)}
    to = plain(change.after, longest=_LONGEST)
    match change.kind:
        case "line" | "leave":
            to = words.write(float(change.after), "chance")
        case "owner":
            named = {
                "about": case_name(change.about, words),
                "who": role_name(to, definition, words),
            }
        case "promise":
            segment, _, figure = change.about.rpartition(" ")
            named = {"about": words.name(segment), "what": words.say(figure)}
        case "cut":
            named = {"grades": words.say(" ".join(_border(change.about)))}
            to = words.write(float(change.after), "number")
        case "rule":
            return words.say("ruled out" if to == _REMOVED else "ruled", to=to, **named)
    return words.say(key, to=to, **named)


def _border(about: str) -> Iterator[str]:
    """``fit A|B`` as ``fit`` and ``best``."""
    axis, _, between = about.partition(" ")
    yield axis
    yield _ENDS[BORDERS[axis].index(between)]


def _day(at: date | datetime | None) -> date | None:
    return at.date() if isinstance(at, datetime) else at
