"""You said, the data says: what people wrote down, held against leads that the model had not
seen.
"""

from collections import Counter

from propensity.concepts.wording import plain
from training.review.document.blocks import CellValue, Section, Table, TableColumn, Text
from training.review.document.numbers import told_count
from training.review.findings.hypotheses import FEWEST, WORTH, ClaimVerdict, JudgedClaim
from training.review.findings.material import Material
from training.review.sections.sources_told import FigureSources
from training.review.words import Words

#: Characters of a sentence.
_LONGEST = 200
#: In the order in which they are counted.
_VERDICTS: tuple[ClaimVerdict, ...] = ("holds", "fails", "few")


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
    origin = FigureSources(material, words)
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


def _table(found: tuple[JudgedClaim, ...], words: Words, origin: FigureSources) -> Table:
    columns = (
        TableColumn(words.say("sentence")),
        TableColumn(words.say("rule")),
        TableColumn(words.say("leads"), "count"),
        TableColumn(origin.goal("closes"), "count"),
        TableColumn(words.say("expected"), "count"),
        TableColumn(origin.goal("rate_name"), "share"),
        TableColumn(words.say("low"), "share"),
        TableColumn(words.say("high"), "share"),
        TableColumn(words.say("verdict")),
    )
    return Table(
        "you-said",
        words.say("table"),
        columns,
        tuple(_row(one, words) for one in found),
        origin.unseen,
    )


def _row(one: JudgedClaim, words: Words) -> tuple[CellValue, ...]:
    leads = told_count(one.leads)
    figures: tuple[CellValue, ...] = (None,) * 5
    if one.leads >= FEWEST and one.low == one.low:  # an interval could be formed
        figures = (one.won, round(one.expected), one.won / one.leads, one.low, one.high)
    sentence, rule = (
        plain(text, longest=_LONGEST) for text in (one.claim.sentence, one.claim.rule)
    )
    return (sentence, rule, leads, *figures, words.say(one.verdict))
