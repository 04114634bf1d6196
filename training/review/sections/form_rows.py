"""What of a proposal stands in a row that `propensity decide` carries out."""

import json
from collections.abc import Mapping

from propensity.concepts.wording import plain
from propensity.definition.schema import Definition
from training.decide.form_row import BORDERS
from training.review.findings.material import Material
from training.review.findings.proposals import Proposal
from training.review.words import Words

#: End of an axis as the proposals call it, to the place of its border.
_ENDS = {"best": 0, "worst": 2}
#: Longest text of a comment.
_LONGEST = 400

Value = str | float | int | None


def flow_row(proposal: Proposal, material: Material, words: Words) -> dict[str, str]:
    """The row on one line, as the page fills it in: key to value, in YAML; empty where it is open.

    Args:
        proposal: What is proposed.
        material: Material of the review.
        words: Words of any section; gives the language.
    """
    keys, _ = row_keys(proposal, material, words.of("form"))
    return {
        key: "" if value is None else json.dumps(value, ensure_ascii=False)
        for key, value in keys.items()
    }


def row_keys(proposal: Proposal, material: Material, words: Words) -> tuple[dict[str, Value], str]:
    """Keys of a row, and what it does.

    Args:
        proposal: What is proposed.
        material: Material of the review.
        words: Words of the form.
    """
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
