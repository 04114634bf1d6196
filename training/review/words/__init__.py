"""What the pack says: a file per section and language, and how numbers, days and names are
written.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from propensity.concepts.wording import label, plain, quadrant_label
from propensity.language import CATALOGUES, Catalogue, catalogue
from propensity.language.audience import Audience
from training.review.document.blocks import CellKind, CellValue
from training.review.document.numbers import written, written_range


@dataclass(frozen=True)
class Words:
    """A section's texts in a language, and how it writes numbers, days and names.

    Attributes:
        language: ``en`` or ``ja``.
        texts: Texts of the section, by key.
        labels: The company's own names.
        currency: Currency of amounts, such as ``JPY``; empty where it is not known.
        goal: ``won`` or the stage that is to be reached. Texts have gaps for what leads do that
            reach it: ``{close}``, ``{closed}``, ``{closes}`` (how many) and ``{rate_name}``, which
            are filled without being asked for.
    """

    language: str
    texts: Catalogue
    labels: Mapping[str, str] = field(default_factory=dict)
    currency: str = ""
    goal: str = "won"

    @property
    def audience(self) -> Audience:
        """Whom the section is for."""
        return Audience(self.language, self.labels)

    def say(self, key: str, **values: object) -> str:
        """A text with its gaps filled; values are texts already, but for whole numbers."""
        filled = {
            name: self.write(value, "count") if isinstance(value, int) else value
            for name, value in values.items()
        }
        return self.texts.say(key, **filled)

    def of_goal(self, form: str) -> str:
        """What the goal is called, such as ``closed`` for what leads did: see ``goal.en.toml``."""
        return self.texts.standing[form]

    def of(self, section: str) -> "Words":
        """The words of another section, in the same language."""
        return words_of(
            section, self.language, labels=self.labels, currency=self.currency, goal=self.goal
        )

    def write(self, value: CellValue, kind: CellKind) -> str:
        """A number as the pack writes it."""
        return written(value, kind, self.language, self.currency)

    def large(self, value: float) -> str:
        """A large number in the large numbers of the language: ``487 million``, ``4.87億``."""
        return written(value, "money", self.language)

    def hundred(self, share: float) -> str:
        """A share as so many of 100: ``10``, ``2.3``; as ``write`` does, without the sign."""
        return self.write(share, "share").removesuffix("%").strip()

    def hundreds(self, low: float, high: float) -> str:
        """A range of shares as so many of 100: ``19–27``."""
        return self.range(low, high, "share").removesuffix("%").strip()

    def range(self, low: float | None, high: float | None, kind: CellKind) -> str:
        """Two ends of a range as the pack writes them."""
        return written_range(low, high, kind, self.language, self.currency)

    def day(self, day: date) -> str:
        """A day: ``4 March 2025``, in Japanese ``2025年3月4日``."""
        return (
            f"{day.year}年{day.month}月{day.day}日"
            if self.language == "ja"
            else f"{day.day} {day:%B} {day.year}"
        )

    def name(self, concept: str, *, longest: int = 60) -> str:
        """What people call a column or a kind of behaviour, as harmless text."""
        return plain(label(concept, self.audience), longest=longest)

    def quadrant(self, quadrant: str) -> str:
        """What people call a quadrant."""
        return quadrant_label(quadrant, self.audience)

    def join(self, sentences: "list[str] | tuple[str, ...]") -> str:
        """Sentences one after the other."""
        return CATALOGUES[self.language]["between sentences"].join(filter(None, sentences))

    def quoted(self, name: str) -> str:
        """A name in the quotes of the language, where it has to stand out from the sentence."""
        return CATALOGUES[self.language].say("quoted", name=name)

    def listed(self, names: "list[str] | tuple[str, ...]") -> str:
        """Names one after the other."""
        return CATALOGUES[self.language]["list"].join(names)


def words_of(
    section: str,
    language: str,
    *,
    labels: Mapping[str, str] | None = None,
    currency: str = "",
    goal: str = "won",
) -> Words:
    """The words of a section.

    Args:
        section: Name of the files in this folder.
        language: ``en`` or ``ja``.
        labels: The company's own names.
        currency: Currency of amounts.
        goal: ``won`` or the stage that is to be reached.
    """
    texts = catalogue(__name__, language, section)
    stage = None if goal == "won" else plain(goal, longest=40)
    return Words(language, texts.of_goal(stage), labels or {}, currency, goal)
