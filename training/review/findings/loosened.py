"""Rules that hold back leads which close more often than those handed over: which of them a meeting
may loosen.
"""

import re
from collections.abc import Iterator, Sequence

from scipy import stats

from propensity.definition.schema import Criterion, Definition
from training.review.findings.shape import FEWEST
from training.threshold.removed import Removal

#: What rules ask for that keep a lead's own wish, in the events, columns and names of real exports.
_WISH = re.compile(
    r"unsubscri|opt(ed)?[-_ ]?out|do[-_ ]?not[-_ ]?(contact|call|e?-?mail|track)|dnc\b"
    r"|consent|gdpr|spam|complain|配信停止|配信拒否|購読解除|オプトアウト|連絡不要|連絡拒否|同意"
    r"|苦情|クレーム",
    re.IGNORECASE,
)
#: Chance of proposing any rule that in truth holds back leads like those handed over.
_ERROR = 0.05


def keeps_a_wish(rule: Criterion) -> bool:
    """Whether a rule respects what a lead asked for, or the law: as the definition says, else by
    what it asks.

    >>> keeps_a_wish(Criterion(name="quiet", rule='did "newsletter_opt_out"', because="asked"))
    True
    >>> keeps_a_wish(Criterion(name="small", rule="employees < 20", because="no budget"))
    False
    >>> keeps_a_wish(Criterion(name="embargo", rule="country = 1", because="the law", wish=True))
    True
    """
    if rule.wish is not None:
        return rule.wish
    return bool(_WISH.search(f"{rule.name} {rule.rule}"))


def to_loosen(
    removals: Sequence[Removal], definition: Definition, *, judged: int, won: int
) -> Iterator[Removal]:
    """The rules that hold back leads which close more often than those handed over, beyond chance
    (Fisher's exact test, one-sided, 5 % over all rules together); none that keeps a wish.

    Args:
        removals: What each rule takes away from the leads over the line.
        definition: The rules.
        judged: Leads handed over whose horizon is over.
        won: Leads among these that reached the goal.
    """
    wishes = {
        rule.name
        for rule in (*definition.qualifiers, *definition.disqualifiers)
        if keeps_a_wish(rule)
    }
    asked = [
        each
        for each in removals
        if each.judged >= FEWEST
        and not (each.kind != "missing information" and each.name in wishes)
    ]
    for each in asked:
        table = [[each.won, each.judged - each.won], [won, judged - won]]
        chance = float(stats.fisher_exact(table, alternative="greater").pvalue)
        if chance < _ERROR / len(asked):
            yield each
