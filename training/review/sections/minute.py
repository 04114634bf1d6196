"""The first screen: what the definition is worth, what changes on Monday, and whether it is
agreed.
"""

from collections.abc import Iterator

from propensity.concepts.wording import plain
from propensity.definition.business_hours import parse_span
from propensity.definition.schema import CASES
from propensity.grading.grading import AREAS, areas_on
from propensity.promotion.gate_verdict import GateVerdict
from propensity.registry.entries import ACCEPTED, AUDIT
from training.review.document.blocks import (
    Block,
    CellValue,
    KeyFigure,
    Section,
    Table,
    TableColumn,
    Text,
)
from training.review.document.numbers import FEWEST_FOR_A_COUNT, told_count
from training.review.findings.close_rates import close_rate_comparison, over_line
from training.review.findings.material import Material
from training.review.findings.proposals import proposals
from training.review.findings.registry_documents import gated
from training.review.sections import monday
from training.review.sections.case_names import case_name, promised_to, role_name
from training.review.sections.changed import rivals_found
from training.review.sections.durations import spoken
from training.review.sections.map import instruction
from training.review.sections.sources_told import FigureSources
from training.review.words import Words
from training.threshold.promise import FEWEST_FOR_A_RATE

#: Names of figures that a segment has too.
HANDED_OVER, ALL_LEADS = "handed-over", "all-leads"
#: Concepts named as new or gone, at most; and as what moves chances.
_MOST, _NAMED = 6, 3


def section(material: Material, words: Words) -> Section:
    """In one minute."""
    blocks: list[Block] = [*_worth(material, words), *_called(material, words)]
    blocks += [Text(text) for text in (words.join(list(_new(material, words))),) if text]
    blocks += monday.table(material, words)
    blocks += _on_file(material, words)
    blocks += _verdicts(material, words)
    return Section(
        name="minute",
        title=words.say("title"),
        blocks=tuple(blocks),
        part="meeting",
        notes=tuple(words.say(f"note: {number}") for number in (1, 2, 3)),
        minutes=5,
        links=("actions", "changed", "believe"),
    )


def _worth(material: Material, words: Words) -> Iterator[Block]:
    found, origin = close_rate_comparison(material), FigureSources(material, words)
    closed = origin.goal("closed")
    is_drawn = (
        material.definition is not None
        or material.stops is None
        or material.stops.why != "best tenth"
    )
    if found.rate is None or found.low is None or found.high is None:
        told = [words.say("headline few", close=origin.goal("close"))]
    else:
        spread = words.hundreds(found.low, found.high)
        told = [
            words.say(
                "headline" if is_drawn else "headline best",
                n=words.hundred(found.rate),
                range=spread,
                closed=closed,
            )
        ]
    if found.all_rate is not None:
        told.append(words.say("of all", n=words.hundred(found.all_rate)))
    if found.present is not None:
        told.append(words.say("by present", n=words.hundred(found.present)))
    yield Text(words.join(told), "headline")
    days = material.unseen.horizon_days
    if is_drawn and days is not None:
        caption = words.say("handed over in time", closed=closed, days=days)
    else:
        caption = words.say("handed over" if is_drawn else "best tenth", closed=closed)
    yield KeyFigure(
        found.rate,
        "share",
        caption,
        origin.crossed(found.leads),
        found.low,
        found.high,
        HANDED_OVER,
    )
    yield KeyFigure(
        found.all_rate,
        "share",
        words.say("all leads in time", closed=closed, days=days)
        if days is not None
        else words.say("all leads", closed=closed),
        origin.unseen,
        name=ALL_LEADS,
    )
    if material.unseen.present is not None:
        yield KeyFigure(
            found.present,
            "share",
            words.say("present", closed=closed),
            origin.best(found.present_leads),
        )


def _called(material: Material, words: Words) -> Iterator[Text]:
    """Who is called first, what speaks for them, and what the meeting has to decide."""
    told = (
        [
            words.say(
                "called",
                order=words.say("then").join(order) + _sooner(material, words),
                by=_by(material, words),
            )
        ]
        if (order := _order(material, words))
        else []
    )
    names = [words.quoted(words.name(matter.concept.name)) for matter in material.matters[:_NAMED]]
    if names:
        told.append(words.say("why them", names=words.listed(names)))
    if material.definition is not None and material.reviewed.agreed.is_draft:
        enter = material.definition.mql.enter if material.definition.mql.by == "model" else None
        told.append(
            words.say("to agree line", line=words.write(enter, "chance"))
            if enter
            else words.say("to agree")
        )
    open_ones = len(proposals(material))
    decide = words.of("decide").say("title")
    told.append(
        words.say("to decide", n=open_ones, decide=decide)
        if open_ones
        else words.say("nothing to decide")
    )
    yield Text(words.join(told))


def _order(material: Material, words: Words) -> list[str]:
    """The cases that have a deadline, the shortest first, with the leads that are open now."""
    definition, found = material.definition, material.monday
    if definition is None or found is None:
        return []
    timed = [
        (parse_span(told.respond_within), case)
        for case in CASES
        if (told := definition.instructions.get(case)) and told.respond_within
    ]
    timed.sort(key=lambda each: (each[0].days, each[0].minutes))
    counts = [(span, case, found.now.by_case.get(case, 0.0)) for span, case in timed]
    return [
        words.say(
            "called one",
            n=round(n),
            case=case_name(case, words),
            span=words.say("within", span=spoken(span, words)),
        )
        for span, case, n in counts
        if n >= FEWEST_FOR_A_COUNT
    ]


def _sooner(material: Material, words: Words) -> str:
    """Whom a promise gives less time than every MQL has."""
    definition = material.definition
    usual = definition.instructions.get("MQL") if definition else None
    told = [
        words.say(
            "sooner",
            segment=promised_to(each, definition, words),
            span=spoken(parse_span(each.first_contact_within), words),
        )
        for each in (definition.promises if definition else ())
        if each.first_contact_within
        and usual is not None
        and each.first_contact_within != usual.respond_within
    ]
    return "".join(told)


def _by(material: Material, words: Words) -> str:
    """The team that calls, where it is one."""
    definition = material.definition
    told = definition.instructions.values() if definition else ()
    owners = {each.owner for each in told if each.respond_within and each.owner}
    if len(owners) != 1:
        return ""
    return words.say("by", who=role_name(owners.pop(), definition, words))


# --- what is new ----------------------------------------------------------------------------------


def _new(material: Material, words: Words) -> Iterator[str]:
    under, champion = material.reviewed, material.reviewed.champion
    version = str(under.version.number)
    if champion is None and not under.is_champion:
        yield words.say("first model", version=version)
        return
    if champion is None:
        yield words.say("model in use", version=version)
    elif champion.version == version:
        yield words.say("same model", version=version)
    else:
        yield words.say("new model", version=version, old=champion.version)
    if champion is None:
        return
    yield from _line(material, words)
    ours, theirs = (
        [concept.name for concept in model.concepts] for model in (under.model, champion.model)
    )
    for key, names in (
        ("new concepts", _without(ours, theirs)),
        ("gone concepts", _without(theirs, ours)),
    ):
        if names:
            yield words.say(key, names=words.listed([words.name(name) for name in names[:_MOST]]))


def _line(material: Material, words: Words) -> Iterator[str]:
    champion = material.reviewed.champion
    before = champion.agreed.definition if champion and champion.agreed else None
    old, new = (
        definition.mql.enter if definition else None for definition in (before, material.definition)
    )
    if old is not None and new is not None:
        key = "line stays" if old == new else "line moved"
        yield words.say(key, old=words.write(old, "chance"), new=words.write(new, "chance"))


def _without(names: list[str], others: list[str]) -> list[str]:
    return [name for name in names if name not in others]


# --- a flat table ---------------------------------------------------------------------------------


def _on_file(material: Material, words: Words) -> Iterator[Block]:
    """Where the leads of a flat table lie, which has no Monday."""
    stops, unseen = material.stops, material.unseen
    if not material.is_flat or stops is None or not len(stops):
        return
    over, line = over_line(material), words.write(float(stops.lines[stops.chosen]), "chance")
    parts = [(words.say("over line", line=line), words.say("call"), over)]
    told = words.of("map")
    parts += [
        (
            words.say("under line", quadrant=words.quadrant(name)),
            instruction(name, material.definition, told),
            ~over & (unseen.graded.area == code),
        )
        for code in areas_on(unseen.axes.names)
        for name in (AREAS[code],)
    ]
    rows: list[tuple[CellValue, ...]] = []
    for name, do, mask in parts:
        leads = told_count(float(mask.sum()))
        rate = float(unseen.judged.won[mask].mean()) if mask.sum() >= FEWEST_FOR_A_RATE else None
        rows.append((name, leads, None if leads is None else float(mask.mean()), rate, do))
    origin = FigureSources(material, words)
    columns = (
        TableColumn(words.say("what")),
        TableColumn(words.say("leads"), "count"),
        TableColumn(words.say("of 100"), "share"),
        TableColumn(origin.goal("rate_name"), "share"),
        TableColumn(words.say("do")),
    )
    yield Table("monday", words.say("on file"), columns, tuple(rows), origin.unseen)
    yield Text(words.say("on file why"), "small")


# --- verdicts -------------------------------------------------------------------------------------


def _verdicts(material: Material, words: Words) -> Iterator[Text]:
    under = material.reviewed
    tags = under.version.tags
    light = tags.get(AUDIT)
    if light in ("green", "amber", "red"):
        audited = words.say(
            f"audit: {light}",
            expert=words.of("expert").say("title"),
            why=plain(tags.get(ACCEPTED, "–"), longest=300),
        )
        yield Text(audited, "warning" if light == "red" else "plain")
    gate, in_use = under.gate, under.champion.version if under.champion else None
    if gate is not None and not gate.passed:
        yield Text(_failed(material, len(gate.failed), words), "warning")
    elif gate is not None:
        told = [words.say(_passed(gate, in_use), against=gate.against)]
        asked = gated(under.documents)
        if gate.against is None and asked is not None:
            told += rivals_found(asked, words.of("changed"))
        yield Text(words.join(told))
    met = gate is not None and (in_use is None or str(gate.against) == in_use)
    if not under.is_champion and not met:
        yield Text(words.say("gate: never" if in_use else "gate: never first"))


def _passed(gate: GateVerdict, in_use: str | None) -> str:
    """What a version that passed has met: the model that is in use, one that was, or none."""
    if gate.against is None:
        return "gate: passed first"
    return "gate: passed" if str(gate.against) == in_use else "gate: passed then"


def _failed(material: Material, n: int, words: Words) -> str:
    """The checks that were not passed, by the names they have where their results stand."""
    asked, changed = gated(material.reviewed.documents), words.of("changed")
    names = [
        words.quoted(changed.say(f"check: {check.name}"))
        for check in (asked.checks if asked else ())
        if not check.passed
    ]
    return (
        words.say("gate: failed", names=words.listed(names))
        if names
        else words.say("gate: failed n", n=max(n, 1))
    )
