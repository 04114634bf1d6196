"""Which slides a meeting of 45 minutes needs: of each section what has to be seen together, the
rest is on the page.
"""

import itertools
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from propensity.grading.grading import GRADES
from training.review.deck.axes import has_lying_bars
from training.review.deck.slide import Slide
from training.review.document.blocks import (
    Block,
    Chart,
    Folded,
    KeyFigure,
    Map,
    Section,
    Slider,
    Table,
    TableColumn,
    Text,
)
from training.review.document.thinned import is_numeric
from training.review.document.visible_text import wide
from training.review.words import Words

#: Curves of concepts that are shown, the strongest, and slides that they may take; lines of the
#: slider.
_CURVES, _CURVE_SLIDES, _LINES = 5, 3, 6
#: Place of the close rate in the table of grades.
_RATE = 2
#: Grades of two axes.
_GRADES = tuple(grade for grade in GRADES if len(grade) > 1)
#: Fewer points than this are no curve; lying bars that can be read on a slide.
_POINTS, _BARS = 2, 10
#: Halves of a full-width sign that the labels of a chart may be wide, all together, on half a
#: slide.
_HALF = 56
#: Sections of the appendix that the meeting needs; the others stand on the page alone.
_NEEDED = ("actions", "funnel", "promise", "believe", "changed", "told")


def outline(sections: Sequence[Section], words: Words, page: Words) -> Iterator[Slide]:
    """The slides, in their order, but for the first and the last.

    Args:
        sections: Sections with something to show.
        words: Words of the deck.
        page: Words of the page.
    """
    meeting = [section for section in sections if section.part == "meeting"]
    for number, section in enumerate(meeting, start=1):
        above = words.say("section", n=number, title=section.title)
        yield from _finished(
            section, _SLIDES.get(section.name, _one)(section, words, page), above, words
        )
    for section in sections:
        if section.part == "appendix" and section.name in _NEEDED:
            above = words.say("in appendix", title=section.title)
            made = [
                slide
                for slide in _SLIDES.get(section.name, _appendix)(section, words, page)
                if slide.blocks
            ]
            yield from _finished(section, made, above, words)  # a headline alone is no slide


def _finished(section: Section, made: Sequence[Slide], above: str, words: Words) -> Iterator[Slide]:
    """Say above each slide where it belongs, how many minutes it has, and on the last one where the
    rest is.
    """
    rest = "" if _is_whole(section, made) else words.say("rest", title=section.title)
    for place, slide in enumerate(made):
        minutes = section.minutes * (place + 1) // len(made) - section.minutes * place // len(made)
        is_last = place == len(made) - 1
        yield replace(
            slide, name=section.name, section=above, minutes=minutes, rest=rest if is_last else ""
        )


def _is_whole(section: Section, made: Sequence[Slide]) -> bool:
    """Whether the page has no more of it than a remark."""
    shown = [block for slide in made for block in slide.blocks if isinstance(block, Table)]
    there = [block for block in section.blocks if not isinstance(block, Text)]
    return len(there) == len(shown) and all(isinstance(block, Table) for block in there)


# --- a way for each section -----------------------------------------------------------------------


def _one(section: Section, _words: Words, _page: Words) -> list[Slide]:
    """Everything that is not folded, on one slide."""
    blocks = [block for block in section.blocks if not isinstance(block, Folded | Slider)]
    return [_slide(section, blocks, section.notes)]


def _minute(section: Section, _words: Words, _page: Words) -> list[Slide]:
    """What it is worth; then the table of what changes, and what is said of it."""
    first, second = _split(section.blocks, Table)
    found = [_slide(section, first, section.notes[:1] if second else section.notes)]
    return [*found, *([_slide(section, second, section.notes[1:])] if second else [])]


def _matters(section: Section, words: Words, _page: Words) -> list[Slide]:
    """How much each concept moves; then the curves of those that move most, two by two."""
    bars = [_shorter(block, words) for block in section.blocks if isinstance(block, Chart)]
    said = [block for block in section.blocks if isinstance(block, Text)]
    found = [_slide(section, [*_headlines(said), *bars, *_plain(said)], section.notes[:1])]
    curves = _strongest(section)
    slides = list(_abreast(curves))[:_CURVE_SLIDES]
    if len(slides) > 1 and len(slides[-1]) == 1 and _is_narrow(slides[-1][0]):
        slides = slides[:-1]  # half a slide: the page has it
    for place, some in enumerate(slides):
        title = words.say("curves", n=place + 1, all=len(slides))
        found.append(Slide(title, some, section.notes[1:] if place == 0 else ()))
    return found


def _abreast(curves: Sequence[Chart]) -> Iterator[tuple[Chart, ...]]:
    """Curves in their order, two side by side where the labels of both have room on half a
    slide.
    """
    place = 0
    while place < len(curves):
        some = tuple(curves[place : place + 2])
        taken = 2 if all(_is_narrow(curve) for curve in some) else 1
        yield some[:taken]
        place += taken


def _is_narrow(chart: Chart) -> bool:
    """Whether the labels stand beside each other on half a slide, each as wide as the widest."""
    if is_numeric(chart):
        return True
    return (
        not has_lying_bars(chart)
        and len(chart.x) * (1 + max(wide(str(x)) for x in chart.x)) <= _HALF
    )


def _strongest(section: Section) -> list[Chart]:
    """The curves of the concepts with the longest bars, the longest first: bars and curves stand in
    one order.
    """
    bars = [block for block in section.blocks if isinstance(block, Chart)]
    lengths = [y or 0.0 for chart in bars for y in chart.series[0].y]
    folded = [block for block in section.blocks if isinstance(block, Folded)]
    found = [
        (length, replace(curve, title=each.summary))
        for length, each in zip(lengths, folded, strict=False)
        for curve in each.blocks
        if isinstance(curve, Chart) and len(curve.x) >= _POINTS
    ]
    return [curve for _, curve in sorted(found, key=lambda pair: -pair[0])[:_CURVES]]


def _map(section: Section, words: Words, _page: Words) -> list[Slide]:
    """The map; then what contradicts it."""
    first, second = _split(section.blocks, Map)
    noticed = _plain(second[1:])
    if len(noticed) <= 1:
        return [_slide(section, [*first, *second[:1], *noticed], section.notes)]
    found = _slide(section, [*first, *second[:1]], section.notes[:2])
    blocks: tuple[Block, ...] = (*noticed, *_by_grade(section, words))
    return [found, Slide(words.say("noticed"), blocks, section.notes[2:])]


def _by_grade(section: Section, words: Words) -> Iterator[Table]:
    """The close rates of the sixteen grades as the map has them: fit downwards, interest across."""
    for block in _folded(section):
        if isinstance(block, Table) and block.name == "grades" and len(block.rows) == len(_GRADES):
            rates = {row[0]: row[_RATE] for row in block.rows}
            fit, interest = (list(dict.fromkeys(name[at] for name in _GRADES)) for at in (0, 1))
            yield Table(
                block.name,
                words.say("by grade", rate=block.columns[_RATE].title),
                (
                    TableColumn(""),
                    *(TableColumn(words.say("interest of", n=at), "share") for at in interest),
                ),
                tuple(
                    (words.say("fit of", n=one), *(rates[one + at] for at in interest))
                    for one in fit
                ),
                block.source,
            )


def _line(section: Section, words: Words, page: Words) -> list[Slide]:
    """The line with what other lines would bring; then what can be promised, and what cannot be had
    together.
    """
    first, second = _split(section.blocks, Slider)
    promises = [block for block in second[1:] if isinstance(block, Text)]
    if not second or not isinstance(slider := second[0], Slider):
        return _one(section, words, page)
    why = [block.text for block in first if isinstance(block, Text) and block.role == "plain"]
    told = Text(words.join([*why, slider.sentences[slider.chosen]]))
    hint = Text(words.say("slider"), "small")
    found = [
        _slide(
            section, [*_headlines(first), told, _lines(section, slider, words)], section.notes[:2]
        )
    ]
    curve = [block for block in _folded(section) if isinstance(block, Chart)][:1]
    if promises:
        blocks: tuple[Block, ...] = (*curve, *promises, hint)
        return [*found, Slide(words.say("promised"), blocks, section.notes[2:])]
    return [replace(found[0], blocks=(*found[0].blocks, hint), notes=section.notes)]


def _lines(section: Section, slider: Slider, words: Words) -> Table:
    """Some lines; the file that holds all of them is that of the first folded table."""
    names = [block.name for block in _folded(section) if isinstance(block, Table)]
    columns = (TableColumn("", "text"), TableColumn(words.say("line"), "chance"), *slider.columns)
    steps = {round(place * (len(slider.lines) - 1) / (_LINES - 1)) for place in range(_LINES)}
    rows = tuple(
        ("●" if place == slider.chosen else "", slider.lines[place], *slider.figures[place])
        for place in sorted({*steps, slider.chosen})
    )
    return Table(next(iter(names), ""), words.say("lines"), columns, rows, slider.source)


def _decide(section: Section, _words: Words, _page: Words) -> list[Slide]:
    """A slide per table: the proposals, and what is in force."""
    shown = [block for block in section.blocks if isinstance(block, Table)]
    said = [block for block in section.blocks if isinstance(block, Text)]
    if not shown:
        return [_slide(section, said, section.notes)]
    # the headline says what they are
    proposals = replace(shown[0], title="") if _headlines(said) else shown[0]
    first = replace(
        _slide(section, [*_headlines(said), proposals, *_plain(said)], section.notes), goes_on=True
    )
    return [first, *(_slide(section, [table], ()) for table in shown[1:])]


def _appendix(section: Section, words: Words, _page: Words) -> list[Slide]:
    """The first picture, or two side by side; the first table where there is none; and what is said
    in large.
    """
    figures = [block for block in section.blocks if isinstance(block, KeyFigure)]
    pictures = [_shorter(block, words) for block in section.blocks if isinstance(block, Chart)]
    shown: list[Block] = [block for block in section.blocks if isinstance(block, Table)]
    said = [block for block in section.blocks if isinstance(block, Text)]
    some = next(_abreast(pictures), ()) or shown[:1]
    return [_slide(section, [*_headlines(said), *figures, *some, *_plain(said)], section.notes)]


def _funnel(section: Section, words: Words, page: Words) -> list[Slide]:
    """The funnel by month; then where it leaks, and the channels, where there are any."""
    leaks: list[Block] = []
    for above, block in itertools.pairwise(section.blocks):
        if isinstance(block, Table) and block.name == "funnel-leaks":
            # what is said of the worst stands right above
            leaks = [above, block] if isinstance(above, Text) else [block]
    rest = tuple(block for block in section.blocks if block not in leaks)
    found = _appendix(replace(section, blocks=rest), words, page)
    names = ("funnel-chart-1", "funnel-by-1")
    channels = [b for b in _folded(section) if isinstance(b, Chart | Table) and b.name in names]
    return [*found, *(_slide(section, some, ()) for some in (leaks, channels) if some)]


def _told(section: Section, words: Words, _page: Words) -> list[Slide]:
    """The first and the last lead: one that is typical, and the one that surprised."""
    folded = [
        (block, chart)
        for block in section.blocks
        if isinstance(block, Folded)
        for chart in block.blocks
        if isinstance(chart, Chart)
    ]
    some = [folded[0], folded[-1]] if len(folded) > 1 else folded
    charts = [
        replace(
            _shorter(chart, words), title=words.say("of", what=chart.title, told=_told_of(each))
        )
        for each, chart in some
    ]
    title = words.say("some told", n=len(some), all=len(folded))
    notes = [block.text for block in _plain(section.blocks)]
    return [Slide(title, tuple(charts), (*section.notes, *notes))]


def _told_of(folded: Folded) -> str:
    return next((block.text for block in folded.blocks if isinstance(block, Text)), "")


_SLIDES: Mapping[str, Callable[[Section, Words, Words], list[Slide]]] = {
    "minute": _minute,
    "matters": _matters,
    "map": _map,
    "line": _line,
    "decide": _decide,
    "funnel": _funnel,
    "told": _told,
}


# --- blocks ---------------------------------------------------------------------------------------


def _slide(section: Section, blocks: Sequence[Block], notes: tuple[str, ...]) -> Slide:
    """A slide whose title is the headline among its blocks; else the title of its first table or
    chart, or of all.
    """
    heads = _headlines(blocks)
    named = [
        block.title for block in blocks if isinstance(block, Table | Chart | Map) and block.title
    ]
    title = heads[0].text if heads else next(iter(named), section.title)
    return Slide(title, tuple(block for block in blocks if block not in heads[:1]), notes)


def _headlines(blocks: Sequence[Block]) -> list[Text]:
    return [block for block in blocks if isinstance(block, Text) and block.role == "headline"]


def _plain(blocks: Sequence[Block]) -> list[Text]:
    """Texts that are read aloud: neither headlines nor remarks."""
    return [
        block for block in blocks if isinstance(block, Text) and block.role in ("plain", "warning")
    ]


def _folded(section: Section) -> list[Block]:
    """Everything that opens when somebody asks."""
    return [block for each in section.blocks if isinstance(each, Folded) for block in each.blocks]


def _split(blocks: Sequence[Block], kind: type[Block]) -> tuple[list[Block], list[Block]]:
    """What comes before the first block of a kind, and from it on; what is folded is in neither."""
    open_ones: list[Block] = [block for block in blocks if not isinstance(block, Folded)]
    first = next(
        (place for place, block in enumerate(open_ones) if isinstance(block, kind)), len(open_ones)
    )
    return open_ones[:first], open_ones[first:]


def _shorter(chart: Chart, words: Words) -> Chart:
    """Lying bars, the first of them, with as many words as there are more; any other chart as it
    is.
    """
    if not has_lying_bars(chart) or len(chart.x) <= _BARS:
        return chart

    def of(values: tuple[Any, ...]) -> tuple[Any, ...]:
        return values[:_BARS]

    series = tuple(replace(s, y=of(s.y), low=of(s.low), high=of(s.high)) for s in chart.series)
    source = words.say("first bars", source=chart.source, n=_BARS, all=len(chart.x))
    return replace(chart, x=of(chart.x), series=series, source=source)
