"""What the features of a concept say about leads, in words: ``3 times in 30 days, last 2 days ago``."""

from collections.abc import Mapping, Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from features.mail import COMPANY_MAIL, FREE_MAIL
from features.spec import MISSING, AttributeSource, BehaviourSource, ClockSource, Feature, FeatureSpec
from propensity.concepts import Concept
from propensity.messages import CATALOGUES, NAMED_HERE, filled
from propensity.numerals import distinct, numbers

#: Days a count is told for, where the model has it; else the nearest window.
WINDOW = 30
#: Characters of a name or a value; longer ones are cut.
LONGEST = 80
#: Days; an age from two of them on is told in years.
_YEAR = 365.25
#: Control characters, line separators, and marks that turn the direction of the text around them.
_UNSPEAKABLE = dict.fromkeys(
    [*range(32), *range(0x7F, 0xA0), 0x2028, 0x2029, 0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A)]
)


def plain(text: str) -> str:
    r"""A name or value of the user's data as harmless text on one line, at most 80 characters.

    >>> plain("a\x1b[31mb\n"), len(plain("x" * 500)), plain("x" * 500)[-1]
    ('a[31mb', 80, '…')
    """
    clean = text.translate(_UNSPEAKABLE).strip()
    return clean if len(clean) <= LONGEST else clean[: LONGEST - 1] + "…"


def label(concept: str, language: str) -> str:
    """A concept's name in a language."""
    return CATALOGUES[language][concept] if concept in NAMED_HERE else plain(concept)


class Wording:
    """Puts the values of concepts into words.

    Args:
        spec: What the columns of the matrix mean.
        language: Of the words.
    """

    def __init__(self, spec: FeatureSpec, language: str) -> None:
        self.spec = spec
        self.words: Mapping[str, str] = CATALOGUES[language]

    def values(self, concept: Concept, columns: Sequence[NDArray[np.float64]]) -> pa.StringArray:
        """(n,) what each row's value of the concept is; null where it is unknown.

        Args:
            concept: One of the spec's.
            columns: (n,) each; the matrix's columns that ``concept.columns`` numbers.
        """
        features = list(zip([self.spec.features[number] for number in concept.columns], columns, strict=True))
        behaviour = [(f.source, column) for f, column in features if isinstance(f.source, BehaviourSource)]
        if behaviour:
            return self._behaviour(behaviour)
        feature, column = features[0]
        if isinstance(feature.source, ClockSource):
            return self._clock(feature.source, column)
        return self._attribute(feature, column)

    # --- attributes ---------------------------------------------------------------------------------------------------

    def _attribute(self, feature: Feature, column: NDArray[np.float64]) -> pa.StringArray:
        if feature.is_category:
            texts = [self.words["rare level"], None, *(self._level(feature, level) for level in feature.levels)]
            return pa.array(texts, pa.string()).take(pa.array(column.astype(np.int64)))
        if isinstance(feature.source, AttributeSource) and feature.source.reading == "age":
            return self._age(column)
        return numbers(column)

    def _age(self, days: NDArray[np.float64]) -> pa.StringArray:
        years = self._counted(np.floor(days / _YEAR), "years ago", "years ago")
        return pc.if_else(pa.array(days >= 2 * _YEAR), years, self._counted(days, "a day ago", "days ago"))

    def _level(self, feature: Feature, level: str) -> str:
        is_mail = isinstance(feature.source, AttributeSource) and feature.source.reading == "mail_domain"
        return self.words[level] if is_mail and level in (FREE_MAIL, COMPANY_MAIL) else plain(level)

    # --- the lead's own history ---------------------------------------------------------------------------------------

    def _clock(self, source: ClockSource, column: NDArray[np.float64]) -> pa.StringArray:
        match source.clock:
            case "earlier_losses":
                times = self._counted(column, "once", "times")
                return pc.if_else(pa.array(column == 0), self.words["never"], times)
            case "unanswered":
                return self._counted(column, "messages", "messages")
            case "lead_age" | "first_touch_age":
                return self._counted(column, "a day", "days")

    # --- behaviour ----------------------------------------------------------------------------------------------------

    def _behaviour(self, features: Sequence[tuple[BehaviourSource, NDArray[np.float64]]]) -> pa.StringArray:
        counts = [(source, column) for source, column in features if source.measure == "count"]
        since = next((column for source, column in features if source.measure == "days_since"), None)
        if counts:
            source, count = min(counts, key=lambda found: _distance(found[0].window))
            return self._count(source.window, count, since)
        if since is not None:
            return self._or_never(filled(self.words["last"], ago=self._ago(since)), since)
        source, column = features[0]
        return filled(self.words[source.measure], n=numbers(column))

    def _count(
        self, window: int | None, count: NDArray[np.float64], since: NDArray[np.float64] | None
    ) -> pa.StringArray:
        span = "ever" if window is None else "in days"
        some = {"times": self._counted(count, "once", "times"), "window": f"{window:,}" if window else ""}
        last = {**some, "ago": self._ago(since)} if since is not None else {}
        tail = ", last" if last else ""
        texts = filled(self.words[f"count {span}{tail}"], **some | last)
        if window is not None:
            none = filled(self.words[f"none in days{tail}"], **some | last)
            texts = pc.if_else(pa.array(count == 0), none, texts)
        if since is not None:
            return self._or_never(texts, since)
        return texts if window is not None else pc.if_else(pa.array(count == 0), self.words["never"], texts)

    def _or_never(self, texts: pa.StringArray, since: NDArray[np.float64]) -> pa.StringArray:
        return pc.if_else(pa.array(np.isnan(since)), self.words["never"], texts)

    def _ago(self, days: NDArray[np.float64]) -> pa.StringArray:
        return pc.fill_null(self._counted(days, "a day ago", "days ago"), "")

    def _counted(self, values: NDArray[np.float64], one: str, many: str) -> pa.StringArray:
        """``once`` for 1, ``3 times`` for 3; null where missing."""

        def said(value: float) -> str:
            return self.words[one if value == 1 else many].format(n=f"{value:,.0f}")

        return distinct(values, said, where=~np.isnan(values))


def known(spec: FeatureSpec, concepts: Sequence[Concept], matrix: NDArray[np.float64]) -> NDArray[np.bool_]:
    """(n, concepts) whether anything is known: an attribute without a value is unknown, silence is behaviour."""
    found = np.ones((len(matrix), len(concepts)), dtype=np.bool_)
    for number, concept in enumerate(concepts):
        features = [spec.features[column] for column in concept.columns]
        if all(isinstance(feature.source, AttributeSource) for feature in features):
            missing = [_missing(f, matrix[:, column]) for f, column in zip(features, concept.columns, strict=True)]
            found[:, number] = ~np.logical_and.reduce(missing)
    return found


def _missing(feature: Feature, column: NDArray[np.float64]) -> NDArray[np.bool_]:
    missing: NDArray[np.bool_] = column == MISSING if feature.is_category else np.isnan(column)
    return missing


def _distance(window: int | None) -> tuple[float, float]:
    return (float("inf"), 0.0) if window is None else (abs(window - WINDOW), window)
