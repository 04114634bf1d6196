"""The worksheet that says what the sheet is, where its figures come from, and what no rule
takes.
"""

from collections.abc import Iterator

from features.days import date_of
from propensity.concepts.wording import plain
from training.review.funnel.metrics import FEWEST_FOR_A_COUNT, FEWEST_FOR_A_RATE
from training.review.funnel.sheet_figures import SlaFigures
from training.review.sheet.cells import SheetCells
from training.review.sheet.months import month_range
from training.review.sheet.tally import tallied_months
from training.review.words import Words


def read_me(grid: SheetCells, figures: SlaFigures, words: Words) -> None:
    """Fill the worksheet."""
    grid.text(1, 1, words.say("title"), "title")
    row, per_line = 3, 55 if words.language == "ja" else 110
    for sentence in sentences(figures, words):
        grid.paragraph(row, sentence, columns=4, per_line=per_line)
        row += 1
    grid.legend(row + 1, words)
    row += 5
    if any(figures.unmapped.values()):
        grid.text(row, 1, words.say("unmapped"), "total")
        heads = ["", words.say("column"), words.say("value of"), words.say("leads")]
        grid.heads(row + 1, 1, heads, named=3)
        row += 2
        for by, listed in figures.unmapped.items():
            for one in listed:
                value = {None: words.say("unknown"), "": words.say("other values")}.get(
                    one.value, one.value
                )
                grid.text(row, 1, words.say(by))
                grid.text(row, 2, plain(one.column))
                grid.text(row, 3, plain(value or ""))
                grid.number(row, 4, one.leads, "count", words.say("too few"))
                row += 1
    grid.widths(34, 30, 30, 14)


def sentences(figures: SlaFigures, words: Words) -> Iterator[str]:
    """What has to be said, one after the other."""
    yield words.say("purpose")
    if figures.raw_months:
        yield words.say("as of", day=words.day(date_of(figures.until)))
        yield judged(figures, words)
        first, last = month_range(figures.raw_months, words)
        leads = figures.summed(None, None, mature=False)[0]
        yield words.say("as it stands", leads=leads, first=first, last=last)
        yield words.say("why two")
    else:
        yield words.say("flat", leads=figures.leads)
    yield words.say("few", count=FEWEST_FOR_A_COUNT, rate=FEWEST_FOR_A_RATE)
    yield words.say("price from")
    if figures.raw_months:
        first, last = month_range(figures.tally_months, words)
        yield words.say("tally from", first=first, last=last)
        yield from tallied_months(figures, words)
        yield (
            words.say("mql is", stage=figures.mql_stage)
            if figures.mql_stage
            else words.say("mql unknown")
        )
    has_visits = any(line.visits is not None for line in figures.by_month)
    has_goals = any(one.goal is not None for one in figures.tally)
    more = (words.say("traffic") if has_visits else "") + (words.say("goals") if has_goals else "")
    yield words.say("sources", more=more)
    if figures.channels == (None,) and figures.personas == (None,):
        yield words.say("not configured")
    elif not any(figures.unmapped.values()):
        yield words.say("unmapped none")
    if figures.unlisted:
        yield words.say("unlisted", names=words.listed([plain(name) for name in figures.unlisted]))


def judged(figures: SlaFigures, words: Words) -> str:
    """Which leads the judged figures are of."""
    if not figures.mature_months:
        return words.say("judged none", days=figures.mature_days)
    first, last = month_range(figures.mature_months, words)
    leads = figures.summed(None, None)[0]
    return words.say("judged", leads=leads, first=first, last=last, days=figures.mature_days)
