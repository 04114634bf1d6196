"""What the features of a concept say about leads, in words.

``3 times in 30 days, last 2 days ago``.
"""

from functools import lru_cache, partial

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from features.build.mail import COMPANY_MAIL, FREE_MAIL
from features.spec import (
    ANY_KIND,
    COLLEAGUES,
    AttributeSource,
    BehaviourSource,
    ClockSource,
    Feature,
    FeatureSpec,
    OwnSource,
)
from propensity.concepts.concepts import Concept
from propensity.concepts.value_columns import ValueColumns, value_columns
from propensity.language import CATALOGUES, NAMED_HERE
from propensity.language.audience import Audience
from propensity.language.numerals import distinct, numbers

#: Characters of a name or a value; longer ones are cut.
LONGEST = 80
#: Days; an age from two of them on is told in years.
_YEAR = 365.25
#: Days without any activity after which a lead is called silent.
_SILENT = 14
#: Control characters, line separators, and marks that turn the direction of the text around them.
_UNSPEAKABLE = dict.fromkeys(
    [
        *range(32),
        *range(0x7F, 0xA0),
        0x2028,
        0x2029,
        0x200E,
        0x200F,
        *range(0x202A, 0x202F),
        *range(0x2066, 0x206A),
    ]
)


def plain(text: str, *, longest: int = LONGEST) -> str:
    r"""A name or value of the user's data as harmless text on one line, at most 80 characters
    unless said otherwise.

    >>> plain("a\x1b[31mb\n"), len(plain("x" * 500)), plain("x" * 500)[-1]
    ('a[31mb', 80, '…')
    """
    clean = text.translate(_UNSPEAKABLE).strip()
    return clean if len(clean) <= longest else clean[: longest - 1] + "…"


def label(concept: str, audience: Audience) -> str:
    """A concept's name: the company's own label, else ours in the language, else as the data calls
    it.
    """
    return _labelled(concept, concept in NAMED_HERE, audience)


def quadrant_label(quadrant: str, audience: Audience) -> str:
    """A quadrant's name: the company's own label, else ours in the language."""
    return _labelled(quadrant, True, audience)


def _labelled(name: str, is_ours: bool, audience: Audience) -> str:
    if name in audience.labels:
        return plain(audience.labels[name])
    return CATALOGUES[audience.language][name] if is_ours else plain(name)


class Wording:
    """Puts the values of concepts into words.

    Args:
        spec: What the columns of the matrix mean.
        audience: Whom the words are for.
    """

    def __init__(self, spec: FeatureSpec, audience: Audience) -> None:
        self.spec, self.labels = spec, audience.labels
        self.language = audience.language
        self.words = CATALOGUES[audience.language]
        self._last_activity = next(
            (
                column
                for column, feature in enumerate(spec.features)
                if isinstance(feature.source, BehaviourSource)
                and (feature.source.kind, feature.source.measure) == (ANY_KIND, "days_since")
            ),
            None,
        )

    def values(
        self,
        concept: Concept,
        matrix: NDArray[np.float64],
        rows: NDArray[np.intp] | slice = slice(None),
    ) -> pa.StringArray:
        """(rows,) what each row's value of the concept is; null where it is unknown.

        Args:
            concept: One of the spec's.
            matrix: (n, features).
            rows: Positions of the rows of the matrix.
        """
        found = value_columns(self.spec, concept)
        feature, main = self.spec.features[found.main], matrix[rows, found.main]
        match found.how:
            case "level":
                return self._category(feature, main)
            case "age" | "clock":
                return self._clock(feature.source, main)
            case "times" | "active days":
                return self._seen(found, feature.source, matrix, rows)
            case "since":
                return self._or_never(self.words.column("last", ago=self._ago(main)), main)
            case "number" | "measure":
                return self._number(feature, main)

    def columns(self, concept: Concept) -> list[int]:
        """Columns of the matrix that decide what ``values`` says of a concept."""
        found = value_columns(self.spec, concept)
        since = [] if found.since is None else [found.since, self._last_activity]
        return [found.main, *(column for column in since if column is not None)]

    # --- attributes -------------------------------------------------------------------------------

    def _category(self, feature: Feature, codes: NDArray[np.float64]) -> pa.StringArray:
        texts = [
            self.words["rare level"],
            None,
            *(self._level(feature, level) for level in feature.levels),
        ]
        return pa.array(texts, pa.string()).take(pa.array(codes.astype(np.int64)))

    def _age(self, days: NDArray[np.float64]) -> pa.StringArray:
        years = self._counted(np.floor(days / _YEAR), "years ago", "years ago")
        return pc.if_else(
            pa.array(days >= 2 * _YEAR), years, self._counted(days, "a day ago", "days ago")
        )

    def _level(self, feature: Feature, level: str) -> str:
        renamed = self.labels.get(f"{feature.name}: {level}")
        if renamed is not None:
            return plain(renamed)
        is_mail = (
            isinstance(feature.source, AttributeSource) and feature.source.reading == "mail_domain"
        )
        return self.words[level] if is_mail and level in (FREE_MAIL, COMPANY_MAIL) else plain(level)

    # --- ages, and the lead's own history ---------------------------------------------------------

    def _clock(self, source: object, column: NDArray[np.float64]) -> pa.StringArray:
        match source:
            case AttributeSource():
                return self._age(column)
            case ClockSource(clock="earlier_losses"):
                times = self._counted(column, "once", "times")
                return pc.if_else(pa.array(column == 0), self.words["never"], times)
            case ClockSource(clock="unanswered"):
                return self._counted(column, "messages", "messages")
            case _:
                return self._counted(column, "a day", "days")

    # --- behaviour --------------------------------------------------------------------------------

    def _number(self, feature: Feature, column: NDArray[np.float64]) -> pa.StringArray:
        texts = numbers(column)
        match feature.source:
            case BehaviourSource(measure=measure):
                return self.words.column(measure, n=texts)
            case OwnSource() if feature.unit:
                return pc.binary_join_element_wise(texts, plain(feature.unit), " ")
            case _:
                return texts

    def _seen(
        self,
        found: ValueColumns,
        source: object,
        matrix: NDArray[np.float64],
        rows: NDArray[np.intp] | slice,
    ) -> pa.StringArray:
        """How often within the window, and how long ago."""
        count, window = (
            matrix[rows, found.main],
            source.window if isinstance(source, BehaviourSource) else None,
        )
        span = "ever" if window is None else "in days"
        what = "count" if found.how == "times" else "active"
        fields = {
            "times": self._times(found.how, window, count),
            "window": f"{window:,}" if window else "",
        }
        if found.since is None:
            texts = self.words.column(f"{what} {span}", **fields)
            none = (
                self.words["never"]
                if window is None
                else self.words.column("none in days", **fields)
            )
            return pc.if_else(pa.array(count == 0), none, texts)
        since = matrix[rows, found.since]
        silent = pa.array(self._silent(source, since, matrix, rows))
        ago = self._ago(since)
        last = pc.if_else(pa.array(count == 1), ago, self.words.column("last", ago=ago))
        if pc.any(silent).as_py():
            last = pc.if_else(silent, self.words.column("silent", last=last), last)
        texts = self.words.column(f"{what} {span}, last", last=last, **fields)
        if window is not None:
            texts = pc.if_else(pa.array(count == 0), last, texts)
        return self._or_never(texts, since)

    def _times(self, how: str, window: int | None, count: NDArray[np.float64]) -> pa.StringArray:
        if how == "times":
            return self._counted(count, "once", "times")
        if window is None:
            return self._counted(count, "a day", "days")
        return distinct(count, lambda days: f"{days:,.0f}", where=~np.isnan(count))

    def _silent(
        self,
        source: object,
        since: NDArray[np.float64],
        matrix: NDArray[np.float64],
        rows: NDArray[np.intp] | slice,
    ) -> NDArray[np.bool_]:
        """(rows,) whether this was the last sign of the lead, some time ago: silence after a
        trial.
        """
        is_one_of_many = isinstance(source, BehaviourSource) and source.kind not in (
            ANY_KIND,
            COLLEAGUES,
        )
        if self._last_activity is None or not is_one_of_many:
            return np.zeros(len(since), dtype=np.bool_)
        silent: NDArray[np.bool_] = (since == matrix[rows, self._last_activity]) & (
            since >= _SILENT
        )
        return silent

    def _or_never(self, texts: pa.StringArray, since: NDArray[np.float64]) -> pa.StringArray:
        return pc.if_else(pa.array(np.isnan(since)), self.words["never"], texts)

    def _ago(self, days: NDArray[np.float64]) -> pa.StringArray:
        return pc.fill_null(self._counted(days, "a day ago", "days ago"), "")

    def _counted(self, values: NDArray[np.float64], one: str, many: str) -> pa.StringArray:
        """``once`` for 1, ``3 times`` for 3; null where missing."""
        return distinct(
            values, partial(_counted, self.language, one, many), where=~np.isnan(values)
        )


@lru_cache(maxsize=1 << 16)  # batch after batch counts the same
def _counted(language: str, one: str, many: str, value: float) -> str:
    return CATALOGUES[language].say(one if value == 1 else many, n=f"{value:,.0f}")
