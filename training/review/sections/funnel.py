"""The funnel: its metrics by month and segment, where it loses, who earns more than expected, why
leads were lost.
"""

from collections.abc import Iterator, Mapping, Sequence

from features.days import date_of
from propensity.config.funnel_stages import FUNNEL_STEPS, FunnelStep
from propensity.language import CATALOGUES
from training.review.document.blocks import (
    Block,
    CellKind,
    CellValue,
    Chart,
    Folded,
    Section,
    Series,
    Table,
    TableColumn,
    Text,
)
from training.review.findings.material import Material
from training.review.funnel.funnel import Funnel, FunnelMonth, FunnelSegment
from training.review.funnel.metrics import (
    FEWEST_FOR_A_COUNT,
    FEWEST_FOR_A_RATE,
    METRICS,
    OF_SOME,
    FunnelFigures,
    Metric,
)
from training.review.sections.case_names import segment_name
from training.review.sections.metric_names import metric_name
from training.review.sections.segments import earning, leaks, lost, unmapped
from training.review.sheet.months import month_name, month_range
from training.review.words import Words
from training.threshold.sentences import hundred

_KINDS: Mapping[Metric, CellKind] = {"cycle": "days", "cost per contract": "money"}

#: Stages of the picture, and the share of whose counted leads it is read off.
_REACHED: Mapping[FunnelStep, Metric] = {"mql": "lead to MQL", "opportunity": "MQL to opportunity"}


def section(material: Material, words: Words) -> Section:
    """The funnel."""
    title, found = words.say("title"), material.practice.funnel
    if found is None:
        return Section(name="funnel", title=title, absent=words.say("absent flat"))
    blocks: list[Block] = [
        Text(_headline(found, words), "headline"),
        Text(words.say("why two", days=found.mature_days)),
        _nine(found, words),
        *_chart(found, words),
        *_steps(found, words),
        Folded(words.say("by month"), tuple(_by_month(found, words))),
        *_by_segment(found, words),
        *leaks(found, words),
        *earning(material, words),
        *lost(material, found, words),
        *unmapped(found, words),
        *_missing(found, material, words),
    ]
    return Section(name="funnel", title=title, blocks=tuple(blocks))


def judged_source(found: Funnel, words: Words) -> str:
    """The leads that are judged."""
    if not found.mature_months:
        return words.say("headline few", days=found.mature_days)
    first, last = month_range(found.mature_months, words)
    return words.say(
        "source judged", n=found.whole.mature.leads, first=first, last=last, days=found.mature_days
    )


def _raw_source(found: Funnel, words: Words) -> str:
    if not found.raw_months:
        return "–"
    first, last = month_range(found.raw_months, words)
    day = words.day(date_of(found.until))
    return words.say("source raw", n=found.whole.raw.leads, first=first, last=last, day=day)


def _source(found: Funnel, words: Words) -> str:
    return words.say(
        "source both", judged=judged_source(found, words), raw=_raw_source(found, words)
    )


def _headline(found: Funnel, words: Words) -> str:
    rate = found.whole.mature.value("lead to customer")
    if rate is None:
        return words.say("headline few", days=found.mature_days)
    first, last = month_range(found.mature_months, words)
    return words.say("headline", first=first, last=last, n=hundred(rate), days=found.mature_days)


def _shown(found: Funnel) -> list[Metric]:
    return [metric for metric in METRICS if metric not in found.missing]


def _value(metric: Metric, figures: FunnelFigures | None, active: float | None) -> float | None:
    if metric == "active":
        return active
    return figures.value(metric) if figures is not None else None


def _active(of: FunnelMonth | FunnelSegment) -> float | None:
    return of.active.value if of.active is not None else None


def _nine(found: Funnel, words: Words) -> Table:
    stages: dict[str, str] = {step: words.name(name) for step, name in found.stages.items()}
    absent: dict[str, str] = dict.fromkeys(FUNNEL_STEPS, "")
    rows: list[tuple[CellValue, ...]] = []
    for metric in _shown(found):
        title = metric_name(metric, words)
        what = words.say(f"is: {metric}", **absent | stages)
        judged, raw = found.whole.mature.value(metric), found.whole.raw.value(metric)
        if metric == "active":  # of a day, not of leads that are judged
            rows.append((title, "", words.write(_active(found.whole), "share"), what))
            continue
        kind = _KINDS.get(metric, "share")
        rows.append((title, words.write(judged, kind), words.write(raw, kind), what))
    columns = (
        TableColumn(words.say("metric")),
        TableColumn(words.say("judged")),
        TableColumn(words.say("as it stands")),
        TableColumn(words.say("what")),
    )
    source = _source(found, words) + CATALOGUES[words.language]["between sources"]
    source += words.say("source active", day=words.day(date_of(found.until)))
    return Table("funnel", words.say("nine"), columns, tuple(rows), source)


def _chart(found: Funnel, words: Words) -> Iterator[Chart]:
    months = found.months
    if len(months) < 2:
        return
    judged = tuple(
        month.mature.value("lead to customer") if month.mature else None for month in months
    )
    raw = tuple(month.raw.value("lead to customer") for month in months)
    whole = words.write(found.whole.mature.value("lead to customer"), "share")
    yield Chart(
        name="funnel-by-month",
        title=words.say("chart"),
        alternative=words.say("chart alternative", judged=whole),
        x=tuple(month_name(month.month, words) for month in months),
        x_title=words.say("month"),
        y_title=words.say("chart y"),
        y_kind="share",
        series=(
            Series(words.say("as it stands"), raw, style="bar"),
            Series(words.say("judged"), judged, style="points"),
        ),
        source=_source(found, words),
    )


def _steps(found: Funnel, words: Words) -> Iterator[Chart | Text]:
    """Of 100 judged leads, how many reach each stage: the funnel as a picture."""
    figures = found.whole.mature
    reached = {
        stage: figures.shares[metric].part
        for stage, metric in _REACHED.items()
        if metric in figures.shares and stage in found.stages
    }
    if figures.leads < FEWEST_FOR_A_RATE or not reached:
        return
    parts: dict[str, float] = {words.say("all judged"): figures.leads}
    parts |= {words.name(found.stages[stage]): part for stage, part in reached.items()}
    parts[words.say("customers")] = figures.customers
    shares = {name: part / figures.leads for name, part in parts.items()}
    yield _bars("funnel-steps", (words.say("steps"), words.say("steps y")), shares, found, words)
    if figures.past is not None and figures.past >= FEWEST_FOR_A_COUNT:
        yield Text(
            words.say(
                "past",
                n=hundred(figures.past / figures.customers),
                stage=words.name(found.stages["mql"]),
            )
        )


def _beside(
    number: int, title: str, segments: Sequence[FunnelSegment], found: Funnel, words: Words
) -> Iterator[Chart]:
    """The segments of one kind beside each other, by how many leads became customers."""
    rates = {
        segment_name(segment.by, segment.name, words): rate
        for segment in segments
        if (rate := segment.mature.value("lead to customer")) is not None
    }
    if len(rates) > 1:
        titles = title, words.say("chart y")
        yield _bars(f"funnel-chart-{number}", titles, rates, found, words)


def _bars(
    name: str, titles: tuple[str, str], shares: Mapping[str, float], found: Funnel, words: Words
) -> Chart:
    """Shares of the judged leads as lying bars; the titles are those of the picture and of y."""
    title, y_title = titles
    return Chart(
        name=name,
        title=title,
        alternative=words.listed(
            [words.say("step told", name=of, n=hundred(y)) for of, y in shares.items()]
        ),
        x=tuple(shares),
        x_title="",
        y_title=y_title,
        y_kind="share",
        series=(Series(words.say("judged"), tuple(shares.values()), style="bar"),),
        source=judged_source(found, words),
        horizontal=True,
    )


def _metric_columns(metrics: Sequence[Metric], words: Words) -> tuple[TableColumn, ...]:
    return tuple(
        TableColumn(metric_name(metric, words, short=True), _KINDS.get(metric, "share"))
        for metric in metrics
    )


def _by_month(found: Funnel, words: Words) -> Iterator[Table | Text]:
    """Judged months, and the newest as they stand; the lead active rate is of a day, so it stands
    with the latter.
    """
    newest = [month for month in found.months if month.month in found.raw_months]
    old = [month for month in found.months if month.mature is not None]
    shown = _shown(found)
    tables = (
        (
            "judged",
            old,
            [metric for metric in shown if metric != "active"],
            judged_source(found, words),
        ),
        ("raw", newest, shown, _raw_source(found, words)),
    )
    for name, months, metrics, source in tables:
        columns = (
            TableColumn(words.say("month")),
            TableColumn(words.say("leads"), "count"),
            *_metric_columns(metrics, words),
        )
        rows = tuple(_month_row(month, metrics, words, mature=name == "judged") for month in months)
        if rows:
            yield Table(
                f"funnel-by-month-{name}", words.say(f"by month {name}"), columns, rows, source
            )


def _month_row(
    month: FunnelMonth, metrics: Sequence[Metric], words: Words, *, mature: bool
) -> tuple[CellValue, ...]:
    figures = month.mature if mature else month.raw
    leads = figures.leads if figures else 0
    if leads < FEWEST_FOR_A_COUNT:
        return (month_name(month.month, words), None if leads else 0, *(None for _ in metrics))
    return (
        month_name(month.month, words),
        leads,
        *(_value(metric, figures, _active(month)) for metric in metrics),
    )


def _by_segment(found: Funnel, words: Words) -> Iterator[Folded]:
    """A table for each way of parting the leads."""
    shown = [metric for metric in _shown(found) if metric != "visitor to lead"]
    ways = dict.fromkeys(segment.by for segment in found.segments)
    for number, by in enumerate(ways):
        own = [segment for segment in found.segments if segment.by == by]
        metrics = [m for m in shown if by == "channel" or m != "cost per contract"]
        name = words.say(by) if by in ("channel", "persona") else words.name(by)
        columns = (
            TableColumn(words.say("segment")),
            TableColumn(words.say("judged leads"), "count"),
            *_metric_columns(metrics, words),
            TableColumn(words.say("raw rate"), "share"),
            TableColumn(words.say("average amount"), "money"),
        )
        rows = tuple(
            _segment_row(segment, metrics, words)
            for segment in own
            if segment.mature.leads >= FEWEST_FOR_A_COUNT
        )
        title = words.say("by", by=name)
        if rows:
            table = Table(f"funnel-by-{number + 1}", title, columns, rows, _source(found, words))
            yield Folded(title, (*_beside(number + 1, title, own, found, words), table))


def _segment_row(
    segment: FunnelSegment, metrics: Sequence[Metric], words: Words
) -> tuple[CellValue, ...]:
    values = (_value(metric, segment.mature, _active(segment)) for metric in metrics)
    raw = segment.raw.value("lead to customer")
    name = segment_name(segment.by, segment.name, words)
    return (name, segment.mature.leads, *values, raw, segment.mature.amount)


def _missing(found: Funnel, material: Material, words: Words) -> Iterator[Text]:
    """What the sources do not tell; what sales accepted may stand under the promise instead."""
    answered = material.practice.so_far
    told = ("SAL",) if answered is not None and answered.accepted is not None else ()
    missing = [metric for metric in found.missing if metric not in (*OF_SOME, *told)]
    if missing:
        listed = words.listed([metric_name(metric, words) for metric in missing])
        yield Text(
            words.join([words.say("missing", metrics=listed), words.say("missing how")]), "small"
        )
