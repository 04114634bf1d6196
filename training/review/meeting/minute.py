"""The first screen: what the definition is worth, what changes on Monday, and whether it is agreed."""

from collections.abc import Iterator

from propensity.definition.grading import QUADRANTS
from propensity.messages import CATALOGUES
from propensity.registry.entries import ACCEPTED, AUDIT
from propensity.wording import plain
from training.review.blocks import Block, Cell, Column, Figure, Section, Table, Text
from training.review.handed import handed
from training.review.material import Material
from training.review.origin import Origin
from training.review.teams import Cases
from training.review.words import Words
from training.threshold.sentences import count

#: Fewer leads than this are not told.
_FEWEST = 5
#: Concepts named as new or gone, at most.
_MOST = 6


def section(material: Material, words: Words) -> Section:
    """In one minute."""
    blocks: list[Block] = [*_worth(material, words)]
    blocks += [Text(text) for text in (words.join(list(_new(material, words))),) if text]
    blocks += _monday(material, words)
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
    found, origin = handed(material), Origin(material, words)
    closed = origin.goal("closed")
    is_drawn = material.definition is not None or material.stops is None or material.stops.why != "best tenth"
    if found.rate is None or found.low is None or found.high is None:
        told = [words.say("headline few", close=origin.goal("close"))]
    else:
        spread = words.hundreds(found.low, found.high)
        told = [
            words.say(
                "headline" if is_drawn else "headline best", n=words.hundred(found.rate), range=spread, closed=closed
            )
        ]
    if found.all_rate is not None:
        told.append(words.say("of all", n=words.hundred(found.all_rate)))
    if found.present is not None:
        told.append(words.say("by present", n=words.hundred(found.present)))
    yield Text(words.join(told), "headline")
    caption = words.say("handed over" if is_drawn else "best tenth", closed=closed)
    yield Figure(found.rate, "share", caption, origin.crossed(found.leads), found.low,
                 found.high)  # fmt: skip
    yield Figure(found.all_rate, "share", words.say("all leads", closed=closed), origin.unseen)
    if material.unseen.present is not None:
        yield Figure(found.present, "share", words.say("present", closed=closed), origin.best(found.present_leads))


# --- what is new ------------------------------------------------------------------------------------------------------


def _new(material: Material, words: Words) -> Iterator[str]:
    under, champion = material.reviewed, material.reviewed.champion
    version = str(under.version.number)
    if champion is None and not under.is_champion:
        yield words.say("first model", version=version)
        return
    if champion is None or champion.version == version:
        yield words.say("same model", version=version)
    else:
        yield words.say("new model", version=version, old=champion.version)
    if champion is None:
        return
    yield from _line(material, words)
    ours, theirs = (
        [concept.name for concept in model.concepts] for model in (under.model, champion.model)
    )  # fmt: skip
    for key, names in (("new concepts", _without(ours, theirs)), ("gone concepts", _without(theirs, ours))):
        if names:
            yield words.say(key, names=words.listed([words.name(name) for name in names[:_MOST]]))


def _line(material: Material, words: Words) -> Iterator[str]:
    champion = material.reviewed.champion
    before = champion.agreed.definition if champion and champion.agreed else None
    old, new = (definition.mql.enter if definition else None for definition in (before, material.definition))
    if old is not None and new is not None:
        key = "line stays" if old == new else "line moved"
        yield words.say(key, old=words.write(old, "chance"), new=words.write(new, "chance"))


def _without(names: list[str], others: list[str]) -> list[str]:
    return [name for name in names if name not in others]


# --- Monday -----------------------------------------------------------------------------------------------------------


def _monday(material: Material, words: Words) -> Iterator[Block]:
    found, definition = material.monday, material.definition
    if found is None or definition is None:
        return
    now, before = found.now, found.before
    owners = list(dict.fromkeys([*now.by_owner, *(before.by_owner if before else {})]))
    rows: list[tuple[Cell, ...]] = []
    for owner in owners:
        name = plain(definition.roles.get(owner, owner))
        mine, theirs = now.by_owner.get(owner, 0.0), before.by_owner.get(owner, 0.0) if before else None
        rows.append((name, *_counts(mine, theirs, before is not None), _which(material, now, owner, words)))
    rest = now.leads - sum(now.by_owner.values())
    rest_before = before.leads - sum(before.by_owner.values()) if before else None
    rows.append((words.say("nobody"), *_counts(rest, rest_before, before is not None),
                 _which(material, now, None, words)))  # fmt: skip
    compared = (Column(words.say("before"), "count"), Column(words.say("now"), "count"), Column(words.say("more")))
    columns = compared if before else (Column(words.say("now"), "count"),)
    yield Table(
        name="monday",
        title=words.say("monday" if before else "monday first"),
        columns=(Column(words.say("team")), *columns, Column(words.say("what"))),
        rows=tuple(rows),
        source=Origin(material, words).open_leads(now.leads),
    )
    told = list(_after(material, words))
    if found.other_case is not None and found.other_quadrant is not None:
        told.append(
            words.say("changed", case=words.hundred(found.other_case), quadrant=words.hundred(found.other_quadrant))
        )
    if told:
        yield Text(words.join(told))


def _after(material: Material, words: Words) -> Iterator[str]:
    stops, study = material.stops, material.study
    if stops is None or study is None:
        return
    weekly = study.rule.figures.per_week[0] * material.scale if study.rule else stops.per_week[stops.chosen, 0]
    capacity = study.policy.capacity_per_week
    if weekly == weekly:  # noqa: PLR0124 — not NaN
        key = "a week, capacity" if capacity else "a week"
        yield words.say(key, n=count(float(weekly)), capacity=count(material.scale * (capacity or 0.0)))


def _counts(now: float, before: float | None, compared: bool) -> tuple[Cell, ...]:
    mine = _told(now)
    if not compared:
        return (mine,)
    theirs = _told(before or 0.0)
    more = None if mine is None or theirs is None else f"{int(mine) - int(theirs):+,}".replace("-", "−")
    return theirs, mine, more


def _which(material: Material, cases: Cases, owner: str | None, words: Words) -> str:
    """The cases that a role has to act on, the most leads first; those of fewer than five leads are not told."""
    definition = material.definition
    told = definition.instructions if definition else {}
    mine = [(n, case) for case, n in cases.by_case.items()
            if (told[case].owner if case in told else None) == owner and n >= _FEWEST]  # fmt: skip
    parts = [words.say("part", case=_case(case, words), n=round(n)) for n, case in sorted(mine, reverse=True)]
    return words.listed(parts)


def _case(case: str, words: Words) -> str:
    if case in QUADRANTS:
        return words.quadrant(case)
    name = CATALOGUES[words.language][f"case: {case}"]
    return name if name.startswith("MQL") else name[:1].lower() + name[1:]


def _told(n: float) -> int | None:
    whole = round(n)
    return whole if whole >= _FEWEST or whole == 0 else None


# --- verdicts ---------------------------------------------------------------------------------------------------------


def _verdicts(material: Material, words: Words) -> Iterator[Text]:
    under = material.reviewed
    tags = under.version.tags
    light = tags.get(AUDIT)
    if light in ("green", "amber", "red"):
        yield Text(words.say(f"audit: {light}", why=plain(tags.get(ACCEPTED, "–"), longest=300)))
    gate = under.gate
    if gate is None:
        if not under.is_champion:
            yield Text(words.say("gate: never"))
    elif gate.passed:
        yield Text(words.say("gate: passed" if gate.against is not None else "gate: passed first"))
    else:
        yield Text(words.say("gate: failed", n=max(len(gate.failed), 1)), "warning")
    definition = material.definition
    if definition is None:
        yield Text(words.say("no definition"), "warning")
    elif under.agreed.is_draft:
        yield Text(words.say("draft"), "warning")
    else:
        who = [f"{plain(definition.roles[signed.role])} {plain(signed.name)}" for signed in definition.signed]
        yield Text(words.say("signed", who=("・" if words.language == "ja" else ", ").join(who)))
