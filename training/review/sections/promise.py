"""The promise: what both sides promised, what the line is expected to bring, and what was kept,
side by side.
"""

from collections.abc import Iterator

from propensity.concepts.wording import plain
from propensity.definition.business_hours import parse_span
from propensity.definition.schema import Definition
from propensity.definition.schema import Promise as Agreed
from training.review.document.blocks import (
    Block,
    CellValue,
    KeyFigure,
    Section,
    Table,
    TableColumn,
    Text,
)
from training.review.findings.material import Material
from training.review.funnel.metrics import FEWEST_FOR_A_COUNT, FEWEST_FOR_A_RATE
from training.review.funnel.promise_judge import PromiseRecord
from training.review.funnel.promises import BothSides, Promises
from training.review.sections.case_names import promised_to, role_name
from training.review.sections.durations import spoken
from training.review.sheet.months import month_name, month_range
from training.review.words import Words
from training.threshold.sentences import count

#: Columns of what cannot be known.
_DOUBTS = (5, 8)


def section(material: Material, words: Words) -> Section:
    """Both sides' promises."""
    title, found = words.say("title"), material.practice.promises
    if material.definition is None:
        return Section(name="promise", title=title, absent=words.say("absent"))
    if material.is_flat:
        return Section(name="promise", title=title, absent=words.say("absent flat"))
    blocks: list[Block] = [
        *_forecast(material, words),
        *_headline(found, words),
        *_agreed(found, material.definition, words, is_draft=material.reviewed.agreed.is_draft),
        *_said(material, words),
        *_side_by_side(found, material.definition, words),
        *(Text(words.say(reason), "small") for reason in found.unknown),
    ]
    if any(side.attempts for _, side in found.months):
        blocks.append(Text(words.join([words.say("business"), words.say("ended")]), "small"))
    return Section(name="promise", title=title, blocks=tuple(blocks), notes=(words.say("note"),))


def _forecast(material: Material, words: Words) -> Iterator[Block]:
    """What the line promises for the next quarter, beside what marketing promised."""
    study, definition = material.study, material.definition
    focus = study.focus if study else None
    if study is None or focus is None:
        yield Text(words.say("no forecast"))
        return
    ahead, scale = focus.promise, material.scale
    week = ahead.per_week
    told = [
        words.say(
            "forecast",
            n=count(scale * week.expected),
            weeks=ahead.weeks,
            range=f"{count(scale * week.low)}–{count(scale * week.high)}",
        )
    ]
    if ahead.judged >= FEWEST_FOR_A_RATE:
        key, closes = (
            "forecast closes" if material.goal == "won" else "forecast stage",
            ahead.precision,
        )
        low, high = (words.hundred(end) for end in (closes.low, closes.high))
        days, stage = study.frame.horizon_days, plain(material.goal, longest=40)
        told.append(
            words.say(
                key, n=words.hundred(closes.expected), low=low, high=high, days=days, stage=stage
            )
        )
    least = definition.mql.policy.minimum_per_week if definition else None
    weekly = [
        one.mqls_per_week
        for one in (definition.promises if definition else ())
        if one.mqls_per_week is not None
    ]
    promised = sum(weekly) if weekly else least
    told.append(
        words.say(
            "promised draft" if material.reviewed.agreed.is_draft else "promised",
            n=round(promised),
        )
        if promised is not None
        else words.say("not promised")
    )
    yield Text(words.join(told), "headline")


def _headline(found: Promises, words: Words) -> Iterator[KeyFigure | Text]:
    """How often the first contact came in time."""
    sides = [side.contact for _, side in found.months if side.contact is not None]
    whole = PromiseRecord(
        sum(s.kept for s in sides), sum(s.broken for s in sides), sum(s.open for s in sides)
    )
    if whole.low is None or whole.high is None:
        return
    if whole.open:
        yield Text(
            words.say("kept range", low=words.hundred(whole.low), high=words.hundred(whole.high))
        )
    else:
        yield Text(words.say("kept", n=words.hundred(whole.low)))


def _said(material: Material, words: Words) -> Iterator[Text]:
    """What sales said of the leads that it was given in the newest quarter."""
    found = material.practice.so_far
    if found is None or found.accepted is None or found.sent_back is None:
        return
    whole = found.accepted + found.sent_back
    if whole >= FEWEST_FOR_A_RATE:
        first, last = month_range(found.months, words)
        yield Text(
            words.say(
                "said",
                team=_receiver(material.definition, words),
                n=whole,
                first=first,
                last=last,
                accepted=words.hundred(found.accepted / whole),
                back=words.hundred(found.sent_back / whole),
            )
        )


def _agreed(
    found: Promises, definition: Definition | None, words: Words, *, is_draft: bool
) -> Iterator[Table]:
    """The promises in words."""
    rows: list[tuple[CellValue, ...]] = []
    receiver = _receiver(definition, words)
    for agreed in found.agreed:
        segment = promised_to(agreed, definition, words)
        rows += [(words.say("marketing"), segment, text) for text in _marketing(agreed, words)]
        rows += [(receiver, segment, text) for text in _sales(agreed, found.usual, words)]
    if rows:
        columns = (
            TableColumn(words.say("side")),
            TableColumn(words.say("for")),
            TableColumn(words.say("what")),
        )
        yield Table(
            "promise-agreed",
            words.say("agreed draft" if is_draft else "agreed"),
            columns,
            tuple(rows),
            words.say("source agreed"),
        )


def _receiver(definition: Definition | None, words: Words) -> str:
    """The team that gets MQLs, which may be inside sales."""
    asked = definition.instructions.get("MQL") if definition else None
    if asked is None or asked.owner is None:
        return words.say("sales")
    return role_name(asked.owner, definition, words)


def _marketing(agreed: Agreed, words: Words) -> Iterator[str]:
    if agreed.mqls_per_week is not None:
        yield words.say("mqls per week", n=round(agreed.mqls_per_week))
    if agreed.mqls_per_quarter is not None:
        yield words.say("mqls per quarter", n=round(agreed.mqls_per_quarter))


def _sales(agreed: Agreed, usual: str | None, words: Words) -> Iterator[str]:
    within = [
        spoken(span, words)
        for span in dict.fromkeys(
            parse_span(text) for text in (agreed.first_contact_within, usual) if text
        )
    ]
    if len(within) > 1:
        yield words.say("first contact sooner", span=within[0], other=within[1])
    elif within:
        yield words.say("first contact", span=within[0])
    counts = (("calls", agreed.calls), ("mails", agreed.mails))
    asked = [words.say(name, n=number) for name, number in counts if number]
    if asked and agreed.attempts_within is not None:
        yield words.say(
            "attempts",
            what=words.say("and").join(asked),
            span=spoken(parse_span(agreed.attempts_within), words),
        )


def _side_by_side(found: Promises, definition: Definition | None, words: Words) -> Iterator[Table]:
    """Marketing's MQLs and sales' contacts, by month and by segment."""
    if found.stage is None or not found.months:
        return
    first, last = month_range([month for month, _ in found.months], words)
    source = words.say(
        "source", n=found.all, stage=words.name(found.stage, longest=40), first=first, last=last
    )
    if found.looked < found.all:
        source = words.say("source drawn", source=source, looked=found.looked)
    months = tuple((month_name(month, words), *_row(side)) for month, side in found.months)
    yield _told("promise-by-month", words.say("by month"), _columns("month", words), months, source)
    if len(found.segments) > 1:
        rows = tuple(
            (promised_to(agreed, definition, words), *_row(side))
            for agreed, (_, side) in zip(found.agreed, found.segments, strict=True)
        )
        yield _told(
            "promise-by-segment", words.say("by segment"), _columns("segment", words), rows, source
        )


def _told(
    name: str,
    title: str,
    columns: tuple[TableColumn, ...],
    rows: tuple[tuple[CellValue, ...], ...],
    source: str,
) -> Table:
    """A table without the columns in which nothing stands, and without doubts where there are
    none.
    """
    kept = [
        place
        for place in range(len(columns))
        if {row[place] for row in rows} - {None} - ({0.0} if place in _DOUBTS else set())
    ]
    return Table(
        name=name,
        title=title,
        columns=tuple(columns[place] for place in kept),
        rows=tuple(tuple(row[place] for place in kept) for row in rows),
        source=source,
    )


def _columns(first: str, words: Words) -> tuple[TableColumn, ...]:
    def mqls(name: str) -> str:
        return words.say("a month", what=words.say(name)) if first == "segment" else words.say(name)

    return (
        TableColumn(words.say(first)),
        TableColumn(mqls("mqls promised"), "count"),
        TableColumn(mqls("mqls handed"), "count"),
        TableColumn(words.say("contact judged"), "count"),
        TableColumn(words.say("contact kept"), "share"),
        TableColumn(words.say("contact unknown"), "share"),
        TableColumn(words.say("attempts judged"), "count"),
        TableColumn(words.say("attempts kept"), "share"),
        TableColumn(words.say("attempts unknown"), "share"),
    )


def _row(side: BothSides) -> tuple[CellValue, ...]:
    handed = side.handed if side.handed == 0 or side.handed >= FEWEST_FOR_A_COUNT else None
    promised = None if side.promised is None else round(side.promised)
    return (promised, handed, *_kept(side.contact), *_kept(side.attempts))


def _kept(kept: PromiseRecord | None) -> tuple[CellValue, CellValue, CellValue]:
    """Judged, the share kept for certain, the share of which nobody can say."""
    if kept is None or kept.judged < FEWEST_FOR_A_COUNT:
        return None, None, None
    if kept.low is None or kept.high is None:
        return kept.judged, None, None
    return kept.judged, kept.low, kept.high - kept.low
