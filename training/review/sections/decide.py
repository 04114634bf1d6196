"""Decide: one row per proposal, to keep, change or reject, and who."""

import json

from propensity.concepts.wording import plain
from training.review.document.blocks import Ballot, Block, Section, TableColumn, Text
from training.review.findings.material import Material
from training.review.findings.proposals import Proposal, proposals
from training.review.sections.case_names import case_name, promised_to
from training.review.sections.form_rows import flow_row
from training.review.sections.past_decisions import decided
from training.review.sections.sources_told import FigureSources
from training.review.words import Words
from training.threshold.sentences import count


def section(material: Material, words: Words) -> Section:
    """Decide."""
    found = proposals(material)
    origin = FigureSources(material, words)
    headline = words.say("headline", n=len(found)) if found else words.say("headline none")
    blocks: list[Block] = [Text(headline, "headline")]
    if found:
        rows = tuple(
            (number, *proposal_texts(proposal, words, origin), words.say("box"), "")
            for number, proposal in enumerate(found, start=1)
        )
        columns = (
            TableColumn(words.say("number"), "count"),
            TableColumn(words.say("proposal")),
            TableColumn(words.say("because")),
            TableColumn(words.say("consequence")),
            TableColumn(words.say("answer")),
            TableColumn(words.say("who")),
        )
        model = json.dumps(material.config.model_name, ensure_ascii=False)
        ballot = Ballot(
            "proposals",
            words.say("table"),
            columns,
            rows,
            words.say("source"),
            decisions=tuple(flow_row(proposal, material, words) for proposal in found),
            head=f"model: {model}\nversion: {material.reviewed.version.number}\nproposals:\n",
        )
        blocks.append(ballot)
    blocks.append(Text(words.say("how"), "small"))
    if (before := decided(material, words)) is not None:
        blocks.append(before)
    return Section(
        name="decide",
        title=words.say("title"),
        blocks=tuple(blocks),
        part="meeting",
        notes=tuple(words.say(f"note: {number}") for number in (1, 2, 3)),
        minutes=10,
        links=("changed", "said", "expert"),
    )


def proposal_texts(proposal: Proposal, words: Words, origin: FigureSources) -> tuple[str, str, str]:
    """A proposal in words, what speaks for it, and what follows from it."""
    said = {
        "closed": origin.goal("closed"),
        "close": origin.goal("close"),
        "rate_name": origin.goal("rate_name"),
    }
    figures = {name: _figure(name, value, words) for name, value in proposal.figures.items()}
    named = _about(proposal, words)
    key, to = proposal.kind, ""
    because = f"{proposal.kind} because"
    match proposal.kind:
        case "line":
            to = words.write(proposal.to, "chance")
            because += "" if "per_week" in figures else " best"
        case "leave":
            to = words.write(proposal.to, "chance")
            because += "" if "returns_now" in figures else " none"
        case "owner":
            because += " handed" if "handed" in figures else ""
            named = {
                "about": case_name(proposal.about, words),
                "who": origin.role(str(proposal.to)),
            }
        case "promise":
            to = words.write(proposal.to, "count")
            named = {
                "what": words.say("mqls_per_week"),
                "about": _promised(proposal, origin.material, words),
            }
            because += "" if "now" in figures else " none"
        case "cut":
            to = words.write(proposal.to, "number")
            named["grades"] = words.say(proposal.about)
        case "direction":
            key = f"direction {proposal.to}"  # type: ignore[assignment]
        case "keep out" if proposal.to in ("impute", "delay"):
            key = f"keep out {proposal.to}"  # type: ignore[assignment]
        case _:
            pass
    told = {"to": to, **named, **figures, **said}
    return (
        words.say(key, **told),
        words.say(because, **told),
        words.say(f"then: {_consequence(proposal)}", **told),
    )


def _consequence(proposal: Proposal) -> str:
    """Which sentence tells what follows, by the figures that are known."""
    known = proposal.figures
    match proposal.kind:
        case "line":
            steps = ("wins_now", "wins"), ("per_week_now",), ("wins",), ("per_week",)
            found = next((need for need in steps if all(one in known for one in need)), ())
            return " ".join(["line", *found])
        case "owner":
            return "owner waiting" if "waiting" in known else "owner"
        case "keep out" | "direction" | "drop":
            return "training"
        case kind:
            return kind


def _about(proposal: Proposal, words: Words) -> dict[str, str]:
    if proposal.kind in ("rule", "order"):
        return {"about": words.name(proposal.about)}
    return {"about": words.name(proposal.about)}


def _promised(proposal: Proposal, material: Material, words: Words) -> str:
    """For whom the promise is."""
    definition = material.definition
    agreed = definition.promises if definition else ()
    own = next((one for one in agreed if one.segment == proposal.about), None)
    return promised_to(own, definition, words) if own else words.name(proposal.about)


def _figure(name: str, value: float | str, words: Words) -> str:
    if isinstance(value, str):
        return plain(value)
    match name:
        case "per_week" | "per_week_now" | "wins" | "wins_now" | "held" | "low" | "high":
            return count(value)
        case "waiting" | "judged":
            return words.write(round(value), "count")
        case "points":
            return words.write(100 * value, "number")
        case "now":
            return f"{value:g}"  # as somebody promised it
        case _:
            return words.write(value, "share")
