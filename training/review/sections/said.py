"""You said, the data says: what people wrote down, held against leads that the model had not
seen.
"""

from collections import Counter

from propensity.concepts.wording import plain
from training.review.document.blocks import Cell, Column, Section, Table, Text
from training.review.findings.hypotheses import FEWEST, WORTH, Heard, Verdict
from training.review.findings.material import Material
from training.review.sections.sources_told import Origin
from training.review.words import Words

#: Fewer leads than this are not told, and characters of a sentence.
_FEWEST_FOR_A_COUNT, _LONGEST = 5, 200
#: In the order in which they are counted.
_VERDICTS: tuple[Verdict, ...] = ("holds", "fails", "few")


def section(material: Material, words: Words) -> Section:
    """You said, the data says."""
    title, found = words.say("title"), material.said
    if not found:
        return Section(name="said", title=title, absent=words.say("absent"))
    counted = Counter(one.verdict for one in found)
    counts = [
        words.say(f"count {verdict}", n=counted[verdict])
        for verdict in _VERDICTS
        if counted[verdict]
    ]
    headline = words.say("headline", n=len(found), counts=words.listed(counts))
    origin = Origin(material, words)
    worth = words.write(WORTH, "share")
    return Section(
        name="said",
        title=title,
        blocks=(
            Text(headline, "headline"),
            _table(found, words, origin),
            Text(
                words.join(
                    [words.say("how"), words.say("verdicts", worth=worth, few=FEWEST, n=len(found))]
                )
            ),
        ),
        notes=(words.say("note"),),
    )


def _table(found: tuple[Heard, ...], words: Words, origin: Origin) -> Table:
    columns = (
        Column(words.say("sentence")),
        Column(words.say("rule")),
        Column(words.say("leads"), "count"),
        Column(origin.goal("closes"), "count"),
        Column(words.say("expected"), "count"),
        Column(origin.goal("rate"), "share"),
        Column(words.say("low"), "share"),
        Column(words.say("high"), "share"),
        Column(words.say("verdict")),
    )
    return Table(
        "you-said",
        words.say("table"),
        columns,
        tuple(_row(one, words) for one in found),
        origin.unseen,
    )


def _row(one: Heard, words: Words) -> tuple[Cell, ...]:
    leads = one.leads if one.leads == 0 or one.leads >= _FEWEST_FOR_A_COUNT else None
    figures: tuple[Cell, ...] = (None,) * 5
    if one.leads >= FEWEST and one.low == one.low:  # an interval could be formed
        figures = (one.won, round(one.expected), one.won / one.leads, one.low, one.high)
    sentence, rule = (
        plain(text, longest=_LONGEST) for text in (one.claim.sentence, one.claim.rule)
    )
    return (sentence, rule, leads, *figures, words.say(one.verdict))
