"""What the funnel tells of segments: where they lose, which earn more, why leads were lost, whom no
rule takes.
"""

from collections.abc import Iterator

from features.days import date_of
from training.review.document.blocks import Block, CellValue, Folded, Table, TableColumn, Text
from training.review.findings.material import Material
from training.review.funnel.funnel import Funnel
from training.review.funnel.metrics import FEWEST_FOR_A_COUNT, FEWEST_FOR_A_RATE
from training.review.funnel.reasons import ReasonCounts
from training.review.funnel.sent_back import WITHOUT
from training.review.sections.case_names import segment_name
from training.review.sections.metric_names import metric_name
from training.review.sheet.months import month_range
from training.review.words import Words
from training.threshold.sentences import hundred

#: Leaks shown, at most.
_MOST = 8


def leaks(found: Funnel, words: Words) -> Iterator[Block]:
    """Where segments lose most against the average."""
    if not found.segments or not found.mature_months:
        return
    if not found.leaks:
        yield Text(words.say("no leaks"))
        return
    worst = found.leaks[0]
    told = words.say(
        "leak",
        segment=segment_name(worst.by, worst.segment, words),
        by=_by(worst.by, words),
        step=metric_name(worst.step, words),
        rate=words.write(worst.rate, "share"),
        average=words.write(worst.average, "share"),
        n=round(worst.lost),
        whole=worst.whole,
    )
    if worst.step not in ("opportunity to customer", "lead to customer"):
        told = words.join([told, words.say("leak customers", n=round(worst.lost_customers))])
    yield Text(told)
    columns = (
        TableColumn(words.say("segment")),
        TableColumn(words.say("step")),
        TableColumn(words.say("could"), "count"),
        TableColumn(words.say("rate"), "share"),
        TableColumn(words.say("average"), "share"),
        TableColumn(words.say("lost"), "count"),
        TableColumn(words.say("lost customers"), "count"),
    )
    rows: tuple[tuple[CellValue, ...], ...] = tuple(
        (
            words.say(
                "segment of",
                segment=segment_name(leak.by, leak.segment, words),
                by=_by(leak.by, words),
            ),
            metric_name(leak.step, words),
            leak.whole,
            leak.rate,
            leak.average,
            round(leak.lost),
            round(leak.lost_customers),
        )
        for leak in found.leaks[:_MOST]
    )
    first, last = month_range(found.mature_months, words)
    source = words.say(
        "source judged", n=found.whole.mature.leads, first=first, last=last, days=found.mature_days
    )
    yield Table("funnel-leaks", words.say("leaks"), columns, rows, source)


def earning(material: Material, words: Words) -> Iterator[Block]:
    """Segments that did better than expected."""
    found = material.practice.earning
    if not found:
        yield Text(words.say("no earning"))
        return
    with_amounts = any(one.amount is not None for one in found)
    columns = [
        TableColumn(words.say("segment")),
        TableColumn(words.say("leads"), "count"),
        TableColumn(words.say("won"), "count"),
        TableColumn(words.say("expected"), "count"),
    ]
    if with_amounts:
        columns += [
            TableColumn(words.say("amount"), "money"),
            TableColumn(words.say("expected amount"), "money"),
        ]
    columns += [
        TableColumn(words.say("more wins")),
        *([TableColumn(words.say("more amount"))] if with_amounts else []),
    ]
    rows = []
    for one in found[:_MOST]:
        row: list[CellValue] = [
            words.say(
                "segment of",
                segment=segment_name(one.by, one.segment, words),
                by=_by(one.by, words),
            ),
            one.leads,
            one.won,
            round(one.expected),
        ]
        row += [one.amount, one.expected_amount] if with_amounts else []
        row += [words.say("yes") if one.more_wins else ""]
        row += [words.say("yes") if one.more_amount else ""] if with_amounts else []
        rows.append(tuple(row))
    source = words.say("source unseen", n=len(material.unseen))
    yield Table("funnel-earning", words.say("earning"), tuple(columns), tuple(rows), source)
    yield Text(words.say("expected how"), "small")


def lost(material: Material, found: Funnel, words: Words) -> Iterator[Folded | Text]:
    """Why leads were lost, by kind of customer and by quadrant, and why sales sent them back."""
    day = words.day(date_of(found.until))
    by_area, again = material.practice.lost, material.practice.again
    if again is not None and again.again >= FEWEST_FOR_A_COUNT:
        yield Text(
            words.say(
                "again",
                lost=again.lost,
                again=again.again,
                day=day,
                won=hundred(again.won / again.again),
            )
            if again.again >= FEWEST_FOR_A_RATE
            else words.say("again few", lost=again.lost, again=again.again, day=day)
        )
    if found.lost is not None:
        source = words.say("source lost", n=found.lost.total, day=day)
        names = [
            words.say("everybody") if name == "" else words.name(name) for name in found.lost.groups
        ]
        yield _reasons(found.lost, names, "lost by persona", source, words)
    if by_area is not None:
        kind = "quadrant" if len(material.unseen.axes.names) > 1 else "half"
        key = "source lost unseen" if kind == "quadrant" else "source lost half"
        source = words.say(key, n=by_area.total, day=day)
        names = [words.quadrant(name) for name in by_area.groups]
        yield _reasons(by_area, names, f"lost by {kind}", source, words)
    returned = material.practice.sent_back
    if returned is not None:
        kind = "quadrant" if len(material.unseen.axes.names) > 1 else "half"
        source = words.say(f"source sent back {kind}", n=returned.total, day=day)
        names = [
            words.say("without") if name == WITHOUT else words.quadrant(name)
            for name in returned.groups
        ]
        yield _reasons(returned, names, f"sent back by {kind}", source, words)


def _reasons(
    table: ReasonCounts, names: list[str], title_key: str, source: str, words: Words
) -> Folded:
    why = "reason back" if title_key.startswith("sent back") else "reason"
    columns = (TableColumn(words.say(why)), *(TableColumn(name, "count") for name in names))
    reasons = [
        {None: words.say("no reason"), "": words.say("other reasons")}.get(
            reason, words.name(reason or "")
        )
        for reason in table.reasons
    ]
    rows: tuple[tuple[CellValue, ...], ...] = tuple(
        (reason, *counts) for reason, counts in zip(reasons, table.counts, strict=True)
    )
    title, name = words.say(title_key), title_key.replace(" ", "-")
    return Folded(title, (Table(f"funnel-{name}", title, columns, rows, source),))


def unmapped(found: Funnel, words: Words) -> Iterator[Block]:
    """Leads that no channel or persona takes, and visits of channels that nobody lists."""
    marks = {None: words.say("unknown"), "": words.say("other values")}
    rows: tuple[tuple[CellValue, ...], ...] = tuple(
        (words.say(by), one.column, marks.get(one.value, one.value), one.leads)
        for by, listed in found.unmapped.items()
        for one in listed
    )
    if rows:
        columns = (
            TableColumn(words.say("by column")),
            TableColumn(words.say("column")),
            TableColumn(words.say("value")),
            TableColumn(words.say("leads"), "count"),
        )
        title = words.say("unmapped")
        yield Folded(
            title, (Table("funnel-unmapped", title, columns, rows, words.say("source unmapped")),)
        )
    if found.unlisted:
        yield Text(words.say("unlisted", names=words.listed(found.unlisted)), "small")


def _by(by: str, words: Words) -> str:
    return words.say(by) if by in ("channel", "persona") else words.name(by)
