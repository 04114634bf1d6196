"""Can we believe it: what was promised beside what came, quarters replayed, who is found first,
where it is wrong.
"""

from collections.abc import Iterator
from datetime import date
from typing import Any

import numpy as np
from numpy.typing import NDArray

from propensity.concepts.wording import plain
from training.learn.metrics.evaluation import Estimate
from training.learn.recipe.axes_price import axes_price
from training.review.document.blocks import (
    Block,
    CellValue,
    Chart,
    Folded,
    Section,
    Series,
    Table,
    TableColumn,
    Text,
)
from training.review.findings.backtest_file import BacktestQuarter
from training.review.findings.calibration import SHARES, Gains
from training.review.findings.material import Material
from training.review.sections.sources_told import FigureSources
from training.review.words import Words

#: Fewer leads than this are not told, nor rates of fewer than the second.
_FEWEST, _FEWEST_FOR_A_RATE = 5, 20
#: Segments named in a sentence, and the place of the best fifth.
_NAMED, _FIFTH = 3, SHARES.index(0.2)


def section(material: Material, words: Words) -> Section:
    """Can we believe it."""
    blocks: list[Block] = [
        Text(_headline(material, words), "headline"),
        *_promised(material, words),
        *_gains(material, words),
        *_segments(material, words),
        *_parts(material, words),
        *_backtest(material, words),
        *_price_of_axes(material, words),
    ]
    return Section(
        name="believe", title=words.say("title"), blocks=tuple(blocks), notes=(words.say("note"),)
    )


def _headline(material: Material, words: Words) -> str:
    judged, origin = material.unseen.judged, FigureSources(material, words)
    closed, everybody = origin.goal("closed"), np.ones(len(judged), dtype=bool)

    def told(which: NDArray[np.bool_]) -> dict[str, Any]:
        expected = round(float(judged.probability[which].sum()))
        won = int(judged.won[which].sum())
        return {"n": int(which.sum()), "won": won, "expected": expected, "closed": closed}

    if not judged.known.any():
        return words.say("headline new", **told(everybody))
    sentences = [words.say("headline", **told(everybody))]
    if (~judged.known).sum() >= _FEWEST_FOR_A_RATE:
        share = words.write(float(judged.known.mean()), "share")
        sentences.append(words.say("known before", share=share, **told(~judged.known)))
    return words.join(sentences)


def _promised(material: Material, words: Words) -> Iterator[Chart]:
    """From low chances to high ones."""
    bins = material.belief.bins[::-1]
    if not bins:
        return
    best, origin = bins[-1], FigureSources(material, words)
    yield Chart(
        name="believe-promised",
        title=words.say("promised"),
        alternative=words.say(
            "promised alternative",
            promised=words.write(best.promised, "chance"),
            observed=words.write(best.observed, "share"),
            closed=origin.goal("closed"),
        ),
        x=tuple(
            words.say("bin", place=place, n=round(each.rows))
            for place, each in enumerate(bins, start=1)
        ),
        x_title=words.say("tenths"),
        y_title=origin.goal("rate_name"),
        y_kind="share",
        series=(
            Series(
                title=words.say("observed"),
                y=tuple(each.observed for each in bins),
                low=tuple(each.low for each in bins),
                high=tuple(each.high for each in bins),
                style="points",
            ),
            Series(words.say("expected"), tuple(each.promised for each in bins), style="line"),
        ),
        source=origin.unseen,
    )


# --- who is found first ---------------------------------------------------------------------------


def _gains(material: Material, words: Words) -> Iterator[Block]:
    found, origin = material.belief.gains, FigureSources(material, words)
    if found is None:
        yield Text(words.say("no gains"))
        return
    fifth = words.write(found.captured[_FIFTH], "share")
    spread = words.range(found.low[_FIFTH], found.high[_FIFTH], "share")
    told = [words.say("fifth", share=fifth, range=spread)]
    if found.present is not None:
        told.append(words.say("fifth present", share=words.write(found.present[_FIFTH], "share")))
    yield Text(words.join(told))
    yield Chart(
        name="believe-gains",
        title=words.say("gains"),
        alternative=words.join(told),
        x=tuple(float(round(100 * share)) for share in SHARES),
        x_title=words.say("worked"),
        y_title=words.say("found"),
        y_kind="share",
        series=tuple(_curves(found, words)),
        source=origin.unseen,
    )


def _curves(found: Gains, words: Words) -> Iterator[Series]:
    yield Series(words.say("by model"), found.captured, found.low, found.high)
    if found.present is not None:
        yield Series(words.say("by present"), found.present)
    yield Series(words.say("by chance"), SHARES)


# --- where it is wrong ----------------------------------------------------------------------------


def _segments(material: Material, words: Words) -> Iterator[Block]:
    found, broken = material.belief.segments, material.belief.broken
    if not found:
        yield Text(words.say("no segments"), "small")
        return
    if broken:
        named = [
            words.say(
                "with value", concept=words.name(one.column), value=plain(one.value, longest=40)
            )
            for one in broken[:_NAMED]
        ]
        yield Text(
            words.say("broken", n=len(broken), of=len(found), names=words.listed(named)), "warning"
        )
    else:
        yield Text(words.say("none broken", of=len(found)))
    columns = (
        TableColumn(words.say("column")),
        TableColumn(words.say("value")),
        TableColumn(words.say("leads"), "count"),
        TableColumn(words.say("expected"), "share"),
        TableColumn(words.say("observed"), "share"),
        TableColumn(words.say("verdict")),
    )
    rows: list[tuple[CellValue, ...]] = []
    for one in found:
        key = "too little" if one.error > 0 else "too much"
        verdict = words.say(key) if one.beyond_noise else words.say("within chance")
        value = words.say("unknown") if one.value == "(unknown)" else plain(one.value, longest=60)
        rows.append(
            (words.name(one.column), value, round(one.rows), one.promised, one.observed, verdict)
        )
    title = words.say("segments")
    yield Folded(
        title,
        (
            Table(
                "believe-segments",
                title,
                columns,
                tuple(rows),
                FigureSources(material, words).unseen,
            ),
        ),
    )


def _parts(material: Material, words: Words) -> Iterator[Block]:
    parts = material.belief.parts
    if not parts:
        return
    columns = (
        TableColumn(words.say("part")),
        TableColumn(words.say("leads"), "count"),
        TableColumn(words.say("expected"), "share"),
        TableColumn(words.say("observed"), "share"),
        TableColumn(words.say("in fifth"), "share"),
        TableColumn(words.say("low"), "share"),
        TableColumn(words.say("high"), "share"),
    )
    rows: list[tuple[CellValue, ...]] = []
    for name, part in parts.items():
        held = part.captured
        figures = (held.value, held.low, held.high) if held else (None, None, None)
        rows.append((words.say(name), part.leads, part.promised, part.won / part.leads, *figures))
    yield Table(
        "believe-seen-and-new",
        words.say("parts"),
        columns,
        tuple(rows),
        FigureSources(material, words).unseen,
    )
    yield Text(words.say("parts how"), "small")


# --- quarters replayed ----------------------------------------------------------------------------


def _backtest(material: Material, words: Words) -> Iterator[Block]:
    found = material.replayed
    if found is None or not found.quarters:
        yield Text(words.say("no backtest"), "small")
        return
    quarters = found.quarters
    names = tuple(_quarter(quarter.quarter, words) for quarter in quarters)
    told = [quarter if quarter.leads >= _FEWEST_FOR_A_RATE else None for quarter in quarters]
    newest = next((quarter for quarter in reversed(told) if quarter is not None), None)
    if newest is not None:
        yield Text(
            words.say(
                "backtest",
                n=len(quarters),
                promised=words.write(newest.promised, "share"),
                closed=words.write(newest.closed, "share"),
            )
        )
    source = words.say("source backtest", n=sum(quarter.leads for quarter in quarters))
    yield Chart(
        name="believe-backtest",
        title=words.say("backtest chart"),
        alternative=words.say("backtest alternative", n=len(quarters)),
        x=names,
        x_title=words.say("block" if found.flat else "quarter"),
        y_title=FigureSources(material, words).goal("rate_name"),
        y_kind="share",
        series=(
            Series(
                words.say("observed"),
                tuple(quarter.closed if quarter else None for quarter in told),
                style="bar",
            ),
            Series(
                words.say("expected"),
                tuple(quarter.promised if quarter else None for quarter in told),
                style="bar",
            ),
        ),
        source=source,
    )
    columns = (
        TableColumn(words.say("block" if found.flat else "quarter")),
        TableColumn(words.say("leads"), "count"),
        TableColumn(words.say("won"), "count"),
        TableColumn(words.say("expected"), "share"),
        TableColumn(words.say("observed"), "share"),
        TableColumn(words.say("in fifth"), "share"),
        TableColumn(words.say("low"), "share"),
        TableColumn(words.say("high"), "share"),
    )
    rows = tuple((name, *_cells(quarter)) for name, quarter in zip(names, quarters, strict=True))
    title = words.say("backtest table")
    yield Folded(title, (Table("believe-backtest", title, columns, rows, source),))


def _cells(quarter: BacktestQuarter) -> tuple[CellValue, ...]:
    if quarter.leads < _FEWEST_FOR_A_RATE:
        return (
            quarter.leads if quarter.leads >= _FEWEST else None,
            None,
            None,
            None,
            None,
            None,
            None,
        )
    fifth = quarter.figures.get("captured_in_top_20")
    figures = (
        (fifth.value, fifth.low, fifth.high)
        if fifth and quarter.wins >= _FEWEST
        else (None, None, None)
    )
    return (quarter.leads, quarter.wins, quarter.promised, quarter.closed, *figures)


def _quarter(name: str, words: Words) -> str:
    """A quarter by its first day; a block of a flat table by its rows."""
    try:
        return words.say("from", day=words.day(date.fromisoformat(name)))
    except ValueError:
        return plain(name, longest=40)


# --- what the axes cost ---------------------------------------------------------------------------


def _price_of_axes(material: Material, words: Words) -> Iterator[Text]:
    """What keeping fit and interest apart costs, where that is more than noise."""
    stored = material.reviewed.model.metrics.get("price_of_axes")
    price = axes_price(Estimate(**stored) if stored else None, material.config)
    if price is None or not price.is_real:
        return
    cost, low, high = (f"{end:.3f}" for end in vars(price.cost).values())
    told = words.say("price of axes", cost=cost, low=low, high=high)
    if price.is_accepted and price.accepted is not None:
        yield Text(
            words.join(
                [
                    told,
                    words.say(
                        "price accepted",
                        because=plain(price.accepted.because, longest=300),
                        by=plain(price.accepted.by),
                    ),
                ]
            )
        )
        return
    yield Text(words.join([told, words.say("price open")]), "warning")
