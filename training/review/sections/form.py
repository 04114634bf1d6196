"""The pack's ``decisions.yaml``: a row per proposal, to be filled in by the meeting and read by
`propensity decide`.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from itertools import count
from pathlib import Path

from features.errors import ConfigError
from propensity.concepts.wording import plain
from propensity.definition.schema import Definition
from training.decide.form_row import BORDERS, read
from training.decide.yaml_edit import scalar
from training.review.findings.material import Material
from training.review.findings.proposals import Proposal, proposals
from training.review.sections.decide import proposal_texts
from training.review.sections.sources_told import FigureSources
from training.review.words import Words

FILE = "decisions.yaml"
_STEM = "decisions"
#: End of an axis as the proposals call it, to the place of its border.
_ENDS = {"best": 0, "worst": 2}
#: Longest text of a comment.
_LONGEST = 400
_OWN = """\
#  - {do: drop, column: COLUMN, decision: keep, who: NAME, because: WHY}
#  - {do: monotone, column: COLUMN, to: up, decision: keep, who: NAME, because: WHY}
#  - {do: delay, event_type: EVENT, to: 14, decision: keep, who: NAME, because: WHY}
#  - {do: label, event_type: EVENT, to: NEW NAME, decision: keep, who: NAME, because: WHY}
#  - {do: cut, between: A|B, to: 0.7, decision: keep, who: NAME, because: WHY}
#  - {do: line, to: 0.08, decision: keep, who: NAME, because: WHY}
#  - {do: leave, to: 0.06, decision: keep, who: NAME, because: WHY}
#  - {do: owner, name: keen, to: inside_sales, decision: keep, who: NAME, because: WHY}
#  - {do: promise, name: all, what: calls, to: 4, decision: keep, who: NAME, because: WHY}
#  - {do: rule, name: NAME OF RULE, to: employees >= 50, decision: keep, who: NAME, because: WHY}
"""

Value = str | float | int | None


def form(material: Material, words: Words) -> str:
    """The file.

    Args:
        material: Material of the review.
        words: Words of the form.
    """
    found = proposals(material)
    named = {"name": plain(material.config.name), "version": str(material.reviewed.version.number)}
    title = words.say("title", **named, file=FILE)
    head = [
        title,
        "",
        words.say("how"),
        *(f"  {words.say(key)}" for key in ("decision", "who", "because")),
        words.say("undecided"),
        *([] if found else [words.say("no proposals")]),
    ]
    rows = "\n".join(
        _row(number, proposal, material, words) for number, proposal in enumerate(found, start=1)
    )
    return (
        f"{_comments(head)}model: {scalar(material.config.model_name)}\n"
        f"version: {material.reviewed.version.number}\n\nproposals:{rows and f'{chr(10)}{rows}'}\n"
        f"{_comments([words.say('own')], '  ')}{_OWN}"
    )


def filled_before(folder: Path) -> dict[str, bytes]:
    """What people filled in in an earlier pack: it goes into the next one, under a name of its own.

    Args:
        folder: Folder of the pack; may be absent.

    Returns:
        File name to content.
    """
    kept = {path.name: path.read_bytes() for path in sorted(folder.glob(f"{_STEM}-*.yaml"))}
    path = folder / FILE
    if path.is_file() and _is_filled(path):
        day = datetime.fromtimestamp(path.stat().st_mtime, UTC).date()
        names = (f"{_STEM}-{day}{f'-{n}' if n > 1 else ''}.yaml" for n in count(1))
        kept[next(name for name in names if name not in kept)] = path.read_bytes()
    return kept


def _is_filled(path: Path) -> bool:
    """Whether anybody decided anything; a file that cannot be read was changed by people."""
    try:
        return any(row.decision is not None for row in read(path).proposals)
    except ConfigError:
        return True


def _row(number: int, proposal: Proposal, material: Material, words: Words) -> str:
    what, because, then = proposal_texts(
        proposal, words.of("decide"), FigureSources(material, words)
    )
    keys, effect = _keys(proposal, material, words)
    comments = [
        words.say("number", n=str(number), proposal=what),
        words.say("reason", because=because),
        words.say("then", then=then),
        words.say("effect", effect=effect),
        *([words.say("reject")] if proposal.kind == "keep out" else []),
    ]
    lines = [f"{key}: {_written(value)}".rstrip() for key, value in keys.items()]
    # there is nothing yet that `instead` could take the place of
    is_open = keys.get("to", "") is None
    empty = [
        "decision:",
        *([] if is_open else ["instead:"]),
        "who:",
        "because:",
    ]
    body = "\n    ".join([*lines, *empty])
    return f"{_comments(comments, '  ')}  - {body}\n"


def _keys(proposal: Proposal, material: Material, words: Words) -> tuple[dict[str, Value], str]:
    """Keys of a row, and what it does."""
    if proposal.kind in ("line", "leave", "owner", "promise", "rule"):
        return _of_definition(proposal, material, words)
    if proposal.kind in ("cut", "order"):
        return _of_border(proposal, material, words)
    return _of_column(proposal, material, words)


def _of_definition(
    proposal: Proposal, material: Material, words: Words
) -> tuple[dict[str, Value], str]:
    if proposal.kind == "line":
        return {"do": "line", "to": proposal.to}, words.say(
            "line" if material.definition else "no definition"
        )
    if proposal.kind == "leave":
        return {"do": "leave", "to": proposal.to}, words.say("line")
    if proposal.kind == "owner":
        row: dict[str, Value] = {"do": "owner", "name": proposal.about, "to": proposal.to}
        return row, words.say("definition")
    if proposal.kind == "promise":
        row = {
            "do": "promise",
            "name": proposal.about,
            "what": "mqls_per_week",
            "to": proposal.to,
        }
        return row, words.say("definition")
    now = plain(_rule_of(material.definition, proposal.about), longest=_LONGEST)
    return {"do": "rule", "name": proposal.about, "to": None}, words.say("rule", now=now)


def _of_border(
    proposal: Proposal, material: Material, words: Words
) -> tuple[dict[str, Value], str]:
    definition = material.definition
    if definition is None or definition.axes is None:
        raise ValueError(f"expected a definition with cuts, because a {proposal.kind} is proposed")
    if proposal.kind == "order":
        axis, place = border(proposal.about, str(proposal.figures["worse"]))
    else:
        axis, _, end = proposal.about.partition(" ")
        place = _ENDS[end]
    cuts = getattr(definition.axes, axis)
    now = words.write(cuts.cuts[place], "number")
    effect = words.say("cut open" if proposal.to is None else "cut", now=now)
    return {"do": "cut", "between": BORDERS[axis][place], "to": proposal.to}, effect


def _of_column(
    proposal: Proposal, material: Material, words: Words
) -> tuple[dict[str, Value], str]:
    match proposal.kind:
        case "drop":
            return {"do": "drop", "column": proposal.about}, words.say("drop")
        case "direction":
            return {"do": "monotone", **_subject(proposal, material), "to": proposal.to}, words.say(
                "monotone"
            )
        case "rename":
            return {"do": "label", **_subject(proposal, material), "to": None}, words.say("label")
        case _:
            action = str(proposal.to)
            key = "column" if proposal.figures["what"] == "column" else "event_type"
            days: dict[str, Value] = (
                {"to": _days(material, proposal.about)} if action == "delay" else {}
            )
            return {"do": action, key: proposal.about, **days}, words.say(action)


def border(better: str, worse: str) -> tuple[str, int]:
    """Axis and place of the border between two grades.

    >>> border("B2", "C2"), border("A3", "A4"), border("1", "2")
    (('fit', 1), ('interest', 2), ('interest', 0))
    """
    place = 0 if better[0] != worse[0] else 1
    between = f"{better[place]}|{worse[place]}"
    axis = "fit" if between in BORDERS["fit"] else "interest"
    return axis, BORDERS[axis].index(between)


def _subject(proposal: Proposal, material: Material) -> dict[str, Value]:
    columns = material.config.columns
    listed = {
        name for role in ("fit", "interest", "hearing", "carry") for name in getattr(columns, role)
    }
    return {"column" if proposal.about in listed else "event_type": proposal.about}


def _days(material: Material, name: str) -> int | None:
    return next(
        (entry.days for entry in material.config.decisions.in_force if entry.about[1] == name), None
    )


def _rule_of(definition: Definition | None, name: str) -> str:
    if definition is None:
        return "–"
    rules: Mapping[str, str] = {
        item.name: item.rule
        for item in (
            *definition.qualifiers,
            *definition.disqualifiers,
            *definition.always_hand_over,
        )
    }
    return rules.get(name, name)


def _comments(lines: Sequence[str], indent: str = "") -> str:
    return "".join(_commented(lines, indent))


def _commented(lines: Sequence[str], indent: str) -> Iterator[str]:
    """Each on a line of its own: nothing in a text ends the comment."""
    for line in lines:
        yield f"{indent}# {plain(line, longest=_LONGEST)}".rstrip() + "\n"


def _written(value: Value) -> str:
    return "" if value is None else scalar(value)
