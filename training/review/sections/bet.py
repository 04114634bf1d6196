"""Ten leads, your bet: the room sees what the model saw, bets, and opens what became of each."""

from training.review.document.blocks import (
    Block,
    CellValue,
    Folded,
    Section,
    Table,
    TableColumn,
    Text,
)
from training.review.findings.bets import Bet, Bets, bets
from training.review.findings.material import Material
from training.review.sections.sources_told import FigureSources
from training.review.sections.values import named, value
from training.review.words import Words


def section(material: Material, words: Words) -> Section:
    """Ten leads, your bet."""
    title, found = words.say("title"), bets(material)
    if found is None:
        return Section(name="bet", title=title, absent=words.say("absent"))
    origin = FigureSources(material, words)
    blocks: list[Block] = [
        Text(words.say("headline", n=len(found.leads), close=origin.goal("close")), "headline"),
        Text(words.say("how", closed=origin.goal("closed"))),
        _leads(found, words, origin),
    ]
    blocks += [
        Folded(words.say("open", place=place), (Text(_answer(bet, words, origin)),), is_answer=True)
        for place, bet in enumerate(found.leads, start=1)
    ]
    blocks.append(
        Folded(
            words.say("room"),
            (Text(_room(found, words, origin)), Text(words.say("half"), "small")),
            is_answer=True,
        )
    )
    return Section(name="bet", title=title, blocks=tuple(blocks), notes=(words.say("note"),))


def _leads(found: Bets, words: Words, origin: FigureSources) -> Table:
    names = [named(matter, words) for matter in found.matters]
    columns = (TableColumn(words.say("lead")), *map(TableColumn, names))
    rows: tuple[tuple[CellValue, ...], ...] = tuple(
        (words.say("number", place=place), *(_facts(bet, words)))
        for place, bet in enumerate(found.leads, start=1)
    )
    return Table(
        "ten-leads", words.say("table"), columns, rows, words.say("source", source=origin.unseen)
    )


def _facts(bet: Bet, words: Words) -> list[str | None]:
    return [None if fact is None else value(fact, words) for fact in bet.facts]


def _answer(bet: Bet, words: Words, origin: FigureSources) -> str:
    not_yet = "not won flat" if origin.material.is_flat else "not won"
    came = words.say("won" if bet.won else not_yet)
    said = words.say("said", chance=words.write(bet.chance, "share"))
    line = words.say("over" if bet.over else "below")
    return words.join([came, said, line])


def _room(found: Bets, words: Words, origin: FigureSources) -> str:
    over = [bet for bet in found.leads if bet.over]
    return words.say(
        "right",
        right=found.right,
        n=len(found.leads),
        over=len(over),
        won=sum(bet.won for bet in over),
        closed=origin.goal("closed"),
    )
