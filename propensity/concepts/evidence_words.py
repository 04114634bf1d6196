"""Evidence as a sentence: how many leads were alike, how many of them closed and within what range,
and whether that is more than was expected.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal

from features.spec import BehaviourSource, FeatureSpec
from propensity.concepts.concepts import Concept
from propensity.concepts.value_columns import ValueColumns, value_columns
from propensity.language import CATALOGUES, Catalogue

#: Ways of telling that count.
_COUNTED = ("times", "active days")
#: Stands in ``level`` for leads that never showed the behaviour.
NEVER = "(never)"
#: The text for what too few leads have in common.
FEW_LEADS = "evidence: few leads"
#: What is said of a difference, by its size; and where chance explains it, by where it leans.
_SIZES = {2: "clearly more", 1: "more", -1: "fewer", -2: "clearly fewer"}
_LEANING = {1: "not clearly more", 0: "as many", -1: "not clearly fewer"}

#: What leads of a group have in common: a level, a number nearby, did it as often, did it about as
#: often, have never done it, have not done it lately, did it about as long ago.
Likeness = Literal["such", "near", "did", "alike", "never", "lately", "ago"]


@dataclass(frozen=True)
class EvidenceGoal:
    """What counts as closed.

    Attributes:
        days: Days within which the goal counts as reached; None in a flat table.
        stage: Name of the stage that is the goal, as plain text; None where it is an order.
    """

    days: int | None = None
    stage: str | None = None


@dataclass(frozen=True)
class EvidenceWords:
    """Puts groups of an evidence table into words.

    Attributes:
        spec: Feature spec of the model.
        concepts: Concepts of the model.
        goal: What counts as closed.
        language: Language of the sentences.
    """

    spec: FeatureSpec
    concepts: tuple[Concept, ...]
    goal: EvidenceGoal
    language: str

    def __getitem__(self, key: str) -> str:
        return self._words[key]

    def sentence(
        self,
        row: Mapping[str, Any],
        range_: tuple[float, float],
        *,
        size: int,
        leans: int,
        contradicts: bool,
    ) -> str:
        """What is said of a group.

        Args:
            row: Row of the evidence table.
            range_: Ends of the 95 % range of the leads that close.
            size: See ``EvidenceRanges.size``.
            leans: See ``EvidenceRanges.leans``.
            contradicts: Whether the evidence says the opposite of its reason.
        """
        words = self._words
        told_of = self._told_of.get((row["concept"], row["axis"]))
        who = words.say(
            f"leads {_likeness(self.spec, told_of, row) if told_of else 'such'}",
            n=f"{row['leads']:,}",
        )
        if row["drawn"] is not None and row["drawn"] < 1:
            who = words.say("leads drawn", who=who)
        low, high = (f"{round(end):,}" for end in range_)
        expected = round(row["expected"])
        days = self.goal.days
        counted = words.say(
            "leads closed" if days is None else "leads closed within",
            **({} if days is None else {"days": days}),
            who=who,
            n=f"{row['closed']:,}" if row["closed"] else words["none"],
            low=low,
            high=high,
        )
        return words.say(
            "evidence against its reason" if contradicts else "evidence",
            counted=counted,
            size=words[_SIZES.get(size) or _LEANING[leans]],
            expected=words.say("leads expected", n=f"{expected:,}")
            if expected
            else words["hardly any expected"],
        )

    @cached_property
    def _words(self) -> Catalogue:
        return CATALOGUES[self.language].of_goal(self.goal.stage)

    @cached_property
    def _told_of(self) -> dict[tuple[str, str], ValueColumns]:
        return {
            (concept.name, concept.axis): value_columns(self.spec, concept)
            for concept in self.concepts
        }


def _likeness(spec: FeatureSpec, told_of: ValueColumns, row: Mapping[str, Any]) -> Likeness:
    if told_of.how == "level":
        return "such"
    if told_of.how not in (*_COUNTED, "since"):
        return "near"
    low, high, source = row["low"], row["high"], spec.features[told_of.main].source
    if row["level"] == NEVER:
        return "never"
    if told_of.how in _COUNTED and high == 0:
        is_ever = isinstance(source, BehaviourSource) and source.window is None
        if is_ever:
            return "never"
        return "lately" if told_of.since is None else "ago"
    is_one_count = None not in (low, high) and high - low == 1
    return "did" if told_of.how in _COUNTED and is_one_count else "alike"
