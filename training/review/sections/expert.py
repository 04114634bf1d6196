"""For the expert: how contributions spread in log-odds, the figures of the model, and its card."""

import math
import re
from collections.abc import Iterator

from propensity.concepts.wording import plain
from training.learn.metrics.evaluate import FIGURES
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
from training.review.findings.contribution_spread import (
    QUANTILES,
    ContributionSpread,
    contribution_spreads,
)
from training.review.findings.material import Material
from training.review.sections.sources_told import FigureSources
from training.review.words import Words

#: Concepts that are drawn, and characters of a paragraph of the card.
_DRAWN, _LONGEST = 15, 2000
_QUARTERS, _ENDS = (1, 3), (0, 4)
#: Figures that differ in the third digit only.
_SMALL = ("log_loss", "brier", "expected_calibration_error")
#: What the card's Markdown escapes: see ``training.train.card.written``.
_ESCAPED = re.compile(r"\\(.)")
#: What stands for a minus.
_HYPHEN = re.compile(r"(?<![\w.\-])-(?=\d)")


def section(material: Material, words: Words) -> Section:
    """For the expert."""
    origin = FigureSources(material, words)
    blocks: list[Block] = [
        Text(words.say("how")),
        *_swarm(material, words, origin),
        _figures(material, words, origin),
        Text(
            words.join([words.say("error range"), "" if material.is_flat else words.say("pooled")]),
            "small",
        ),
        *_in_short(material, words, origin),
        *_card(material, words),
    ]
    return Section(name="expert", title=words.say("title"), blocks=tuple(blocks))


# --- contributions --------------------------------------------------------------------------------


def _swarm(material: Material, words: Words, origin: FigureSources) -> Iterator[Block]:
    found = contribution_spreads(material)
    if not found:
        return
    shown = found[:_DRAWN]
    yield Chart(
        name="expert-contributions",
        title=words.say("swarm"),
        alternative=words.say("swarm alternative", concept=_name(found[0], words)),
        x=tuple(_name(each, words) for each in shown),
        x_title=words.say("concept"),
        y_title=words.say("log-odds"),
        y_kind="number",
        series=(
            _band(shown, _ENDS, words.say("nine of ten")),
            _band(shown, _QUARTERS, words.say("half")),
            Series(words.say("low values"), tuple(each.low for each in shown), style="points"),
            Series(words.say("high values"), tuple(each.high for each in shown), style="points"),
        ),
        source=origin.unseen,
        horizontal=True,
        is_spread=True,
    )
    columns = (
        TableColumn(words.say("concept")),
        TableColumn(words.say("size"), "number"),
        *(
            TableColumn(words.say("quantile", n=round(100 * share)), "number")
            for share in QUANTILES
        ),
        TableColumn(words.say("low values"), "number"),
        TableColumn(words.say("high values"), "number"),
    )
    rows: tuple[tuple[CellValue, ...], ...] = tuple(
        (_name(each, words), each.size, *each.quantiles, each.low, each.high) for each in found
    )
    title = words.say("swarm table")
    yield Folded(title, (Table("expert-contributions", title, columns, rows, origin.unseen),))


def _band(shown: tuple[ContributionSpread, ...], ends: tuple[int, int], title: str) -> Series:
    low, high = (tuple(each.quantiles[end] for each in shown) for end in ends)
    return Series(title, tuple(each.quantiles[2] for each in shown), low, high, style="points")


def _name(swarm: ContributionSpread, words: Words) -> str:
    return words.say(
        "on axis",
        concept=words.name(swarm.concept.name),
        axis=words.say(f"axis {swarm.concept.axis}"),
    )


# --- figures --------------------------------------------------------------------------------------


def _figures(material: Material, words: Words, origin: FigureSources) -> Table:
    columns = tuple(
        TableColumn(words.say(key)) for key in ("figure", "value", "low", "high", "better")
    )
    held = material.belief.figures.figures
    rows: tuple[tuple[CellValue, ...], ...] = tuple(
        (
            words.say(name),
            *(_digits(end, name) for end in (held[name].value, held[name].low, held[name].high)),
            words.say(f"better: {name}"),
        )
        for name in FIGURES
    )
    return Table("expert-figures", words.say("figures"), columns, rows, origin.unseen)


def _digits(value: float, name: str) -> str | None:
    """With as many digits as tell two models apart."""
    return (
        f"{value:.{4 if name in _SMALL else 3}f}".replace("-", "−")
        if math.isfinite(value)
        else None
    )


def _in_short(material: Material, words: Words, origin: FigureSources) -> Iterator[Text]:
    """What the card says, for those who will not read it."""
    yield Text(words.say("in short"), "headline")
    days = material.unseen.horizon_days
    yield Text(
        "• " + (words.say("short purpose", n=days) if days else words.say("short purpose flat"))
    )
    yield Text("• " + words.say("short not"))
    day = words.day(material.observed) if material.observed else ""
    yield Text(
        "• "
        + words.say("short learned" if day else "short learned flat", n=material.leads, day=day)
    )
    yield Text("• " + words.say("short judged", source=origin.unseen))


# --- the card -------------------------------------------------------------------------------------


def _card(material: Material, words: Words) -> Iterator[Block]:
    """The card as it is stored: a heading, paragraphs, points and tables."""
    lines = material.reviewed.card.splitlines()
    if not lines:
        yield Text(words.say("no card"), "small")
        return
    blocks: list[Block] = []
    number, heading = 0, words.say("card")
    rows: list[tuple[str, ...]] = []
    for line in (*lines, ""):
        if line.startswith("|"):
            rows.append(tuple(_said(cell) for cell in re.split(r"(?<!\\)\|", line)[1:-1]))
            continue
        if rows:
            number += 1
            blocks.append(
                _card_table(rows, f"model-card-{number}", heading, words.say("card source"))
            )
            rows = []
        if line.startswith("#"):
            heading = _said(line.lstrip("#"))
            blocks.append(Text(heading, "headline"))
        elif line.startswith("- "):
            blocks.append(Text(f"• {_said(line[2:])}"))
        elif line.strip():
            blocks.append(Text(_said(line)))
    yield Folded(words.say("card"), tuple(blocks))


def _card_table(rows: list[tuple[str, ...]], name: str, title: str, source: str) -> Table:
    head, body = rows[0], [row for row in rows[1:] if set("".join(row)) - {"-", " "}]
    return Table(
        name, title, tuple(map(TableColumn, head)), tuple(row[: len(head)] for row in body), source
    )


def _said(text: str) -> str:
    """What Markdown says, as plain text."""
    said = _ESCAPED.sub(r"\1", text.strip()).replace("&lt;", "<").replace("&amp;", "&")
    return plain(_HYPHEN.sub("−", said), longest=_LONGEST)
