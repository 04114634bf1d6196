"""What became of leads that went another way: those of which people decided, and lost ones."""

from collections.abc import Iterator, Sequence

from propensity.language import Catalogue
from training.monitor.answer import Answer, Figures, Form, Verdict, figure_columns
from training.monitor.overridden import OverriddenLeads, overridden
from training.monitor.recycled import RecycledLeads, recycled
from training.monitor.watched import Watched
from training.monitor.written import written

_OVERRIDDEN: tuple[tuple[str, Form], ...] = (
    ("decision", "text"),
    ("leads", "count"),
    ("mature", "count"),
    ("closed", "count"),
    ("expected", "number"),
)
_RECYCLED: tuple[tuple[str, Form], ...] = (
    ("due", "text"),
    ("mature", "count"),
    ("closed", "count"),
)


def answer(watched: Watched) -> Answer:
    """What became of overridden and of recycled leads, as far as it can be said."""
    return told(overridden(watched), recycled(watched), watched.words("exceptions"))


def told(
    overrides: Sequence[OverriddenLeads], lost: RecycledLeads | None, words: Catalogue
) -> Answer:
    """The answer, of what was counted.

    Args:
        overrides: Leads of which people decided.
        lost: Lost leads that were due; None without any.
        words: The texts.
    """
    sentences = [*_of_overrides(overrides, words), *_of_lost(lost, words)]
    judged = any(each.mature for each in overrides) or (lost is not None and lost.arms.tells)
    verdict: Verdict = "fine" if judged else "too early" if overrides or lost else "unknown"
    return Answer(
        "exceptions",
        verdict,
        words["between"].join(sentences),
        tuple(_figures(overrides, lost, words)),
    )


def _of_overrides(overrides: Sequence[OverriddenLeads], words: Catalogue) -> Iterator[str]:
    if not overrides:
        yield words["no overrides"]
    for each in overrides:
        key = each.decision if each.mature else f"{each.decision}: too early"
        yield words.say(
            key,
            leads=f"{each.leads:,}",
            mature=f"{each.mature:,}",
            n=f"{each.closed:,}",
            expected=written(each.expected, "number"),
        )


def _of_lost(lost: RecycledLeads | None, words: Catalogue) -> Iterator[str]:
    if lost is None:
        yield words["nothing due"]
        return
    arms = lost.arms
    yield words.say(
        "recycled",
        due=f"{lost.due:,}",
        listed=f"{arms.handed:,}",
        n=f"{arms.handed_won:,}",
        waiting=f"{lost.waiting:,}",
    )
    if not lost.has_control:
        yield words["no control"]
    elif not arms.tells or arms.difference is None:
        yield words.say("few left alone", others=f"{arms.others:,}", n=f"{arms.others_won:,}")
    else:
        ends = (arms.difference.value, arms.difference.low, arms.difference.high)
        points, low, high = (written(end, "points") for end in ends)
        key = "brings" if arms.is_shown else "not shown"
        share, other = (
            written(part, "chance")
            for part in (arms.handed_won / arms.handed, arms.others_won / arms.others)
        )
        yield words.say(key, share=share, other=other, points=points, low=low, high=high)
    key = "a model" if lost.carry_a_model else "rules decide"
    yield words.say(key, n=f"{arms.handed_won:,}", least=f"{lost.least_wins:,}")


def _figures(
    overrides: Sequence[OverriddenLeads], lost: RecycledLeads | None, words: Catalogue
) -> Iterator[Figures]:
    if overrides:
        rows = tuple(
            (
                words[f"decision: {each.decision}"],
                each.leads,
                each.mature,
                each.closed,
                each.expected,
            )
            for each in overrides
        )
        yield Figures("overridden", words["overridden"], figure_columns(words, _OVERRIDDEN), rows)
    if lost is not None:
        arms = lost.arms
        yield Figures(
            "recycled",
            words["lost leads"],
            figure_columns(words, _RECYCLED),
            (
                (words["listed"], arms.handed, arms.handed_won),
                (words["left alone"], arms.others, arms.others_won),
            ),
        )
