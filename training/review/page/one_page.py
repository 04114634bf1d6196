"""``definition.html``: what marketing and sales agree on, on one sheet of A4 to sign and to put
up.
"""

import re
from collections.abc import Mapping, Sequence
from functools import partial
from typing import NamedTuple

from markupsafe import Markup

from features.settings import Axis
from propensity.concepts.wording import quadrant_label
from propensity.definition.business_hours import parse_span
from propensity.definition.schema import Case, Definition, Promise
from propensity.grading.grading import HALVES
from propensity.language import CATALOGUES
from propensity.pages.template import environment, style
from propensity.pages.visible_text import shown as visible
from training.review.document.blocks import KeyFigure, Map
from training.review.document.cover import Cover
from training.review.document.numbers import MISSING
from training.review.document.visible_text import wide
from training.review.sections.case_names import promised_to, role_name
from training.review.words import Words, words_of

#: Quadrants as they lie on the map: fit high, then low; interest weak, then strong.
_ROWS: tuple[tuple[str, tuple[Case, Case]], ...] = (
    ("high", ("nurture", "hot")),
    ("low", ("leave", "keen")),
)
#: What the upper and the lower half of an axis are called.
_ENDS: Mapping[Axis, tuple[str, str]] = {"fit": ("high", "low"), "interest": ("strong", "weak")}
#: Order of the quadrants in a ``Map``.
_ORDER: tuple[Case, ...] = ("hot", "nurture", "keen", "leave")
#: Cases that the quadrants do not show.
_CASES: tuple[Case, ...] = (
    "hand-raiser",
    "MQL",
    "incomplete",
    "hold-out",
    "random slice",
    "disqualified",
)
#: Halves of full-width signs that fill the sheet at each size of type; a line of its own counts as
#: so many.
_SIZES: Mapping[str, int] = {"roomy": 3_200, "snug": 4_500, "dense": 5_200, "tight": 6_500}
_LINE = 40
#: Longest text on the sheet.
_LONGEST = 300


def one_page(
    definition: Definition,
    cover: Cover,
    *,
    version: str,
    shown: Map | None = None,
    figures: Sequence[KeyFigure] = (),
    horizon_days: int | None = None,
    is_due: bool = False,
    labels: Mapping[str, str] | None = None,
    timezone: str | None = None,
) -> str:
    """The sheet.

    Args:
        definition: What was agreed on, or is proposed.
        cover: Cover of the pack: whose it is, in which language, and whether it is a DRAFT.
        version: Version of the definition, as people call it.
        shown: The map, for leads and close rates of the quadrants.
        figures: What to expect at the line; a handful.
        horizon_days: Horizon of the chance; None where it has none.
        is_due: Whether the day by which it is looked at again is past.
        labels: The company's own names.
        timezone: The zone of the days on which people signed.
    """
    words = words_of(
        "one_page", cover.language, labels=labels, currency=cover.currency, goal=cover.goal
    )
    sheet = _Sheet(definition, words, timezone)
    return _TEMPLATES.get_template("training/review/page/one_page.html").render(
        sheet.values(shown, figures, horizon_days),
        language=cover.language,
        title=words.say("title"),
        style=style("training/review/page/one_page.css"),
        cover=cover,
        version=version,
        review="review due" if is_due else "review",
    )


class _SheetQuadrant(NamedTuple):
    """A quadrant as the sheet shows it.

    Attributes:
        name: What people call it.
        action: What is done.
        owner: Who does it and how soon; empty where nobody said.
        closed: Its leads and their close rate; empty where they are not known.
    """

    name: str
    action: str
    owner: str
    closed: str


#: Headings and rows.
_SheetTable = tuple[list[str], Sequence[tuple[str, ...]]]


class _Sheet:
    def __init__(self, definition: Definition, words: Words, timezone: str | None) -> None:
        self.definition, self.words, self.timezone = definition, words, timezone
        self.standard = CATALOGUES[words.language]

    def values(
        self, shown: Map | None, figures: Sequence[KeyFigure], horizon_days: int | None
    ) -> dict[str, object]:
        """What the template asks for."""
        return {
            "say": self.words.say,
            "standard": self.standard,
            "definition": self.definition,
            "line": self._line(horizon_days),
            "information": self._information(),
            "notes": self._notes(),
            "columns": self._columns(),
            "quadrant_rows": self._quadrant_rows(shown),
            "expectations": [self._expected(figure) for figure in figures],
            "source": figures[0].source if figures else "",
            "deadlines": self._deadlines(),
            "promises": self._promises(),
            "handed_over": self._hand_offs(),
            "signatures": self._signatures(),
            "review_by": self.words.day(self.definition.review_by),
        }

    # --- who --------------------------------------------------------------------------------------

    def _information(self) -> str:
        return self.words.listed(
            [self.words.name(info.column) for info in self.definition.required_info]
        )

    def _notes(self) -> str:
        say, mql = self.words.say, self.definition.mql
        notes = [say(f"by {mql.by} counts")]
        if mql.random_slice:
            notes.append(say("slice", share=self.words.write(mql.random_slice.share, "share")))
        if mql.hold_out:
            notes.append(say("hold-out", share=self.words.write(mql.hold_out.share, "share")))
        return self.words.join(notes)

    def _line(self, horizon_days: int | None) -> str:
        mql, say = self.definition.mql, self.words.say
        if mql.by == "rules" or mql.enter is None:
            return say("by rule", rule=mql.rule or "")
        enter = self.words.write(mql.enter, "chance")
        line = (
            say("chance in days", days=horizon_days, enter=enter)
            if horizon_days
            else say("chance", enter=enter)
        )
        leave = say("leaves", leave=self.words.write(mql.leave, "chance")) if mql.leave else ""
        return self.words.join([line, leave])

    # --- what is done -----------------------------------------------------------------------------

    def _quadrant_rows(self, shown: Map | None) -> list[tuple[str, list[_SheetQuadrant]]]:
        if self._only is not None:
            rows = zip(_ENDS[self._only], HALVES, strict=True)
            return [(self._end(self._only, end), [self._quadrant(half, "")]) for end, half in rows]
        known = dict(zip(_ORDER, shown.quadrants, strict=True)) if shown else {}
        closed = {case: self._closed(leads, rate) for case, (_, leads, rate, *_) in known.items()}
        return [
            (
                self._end("fit", end),
                [self._quadrant(case, closed.get(case, "")) for case in cases],
            )
            for end, cases in _ROWS
        ]

    @property
    def _only(self) -> Axis | None:
        """The only axis that leads differ by; None where there are two."""
        axes = self.definition.axes
        return axes.names[0] if axes is not None and len(axes.names) < 2 else None

    def _columns(self) -> list[str]:
        """Headings above the quadrants; none above the halves of the only axis."""
        if self._only is not None:
            return []
        return [self._end("interest", end) for end in reversed(_ENDS["interest"])]

    def _end(self, axis: Axis, end: str) -> str:
        return f"{self.standard[axis]} {self.standard[end]}"

    def _quadrant(self, case: Case, closed: str) -> _SheetQuadrant:
        name = quadrant_label(case, self.words.audience)
        return _SheetQuadrant(name, self._action(case), self._owner_and_time(case), closed)

    def _closed(self, leads: int, rate: float | None) -> str:
        told = self.words.write(leads, "count")
        if rate is None:
            return self.words.say("leads", leads=told)
        return self.words.say("closed", leads=told, rate=self.words.write(rate, "share"))

    def _owner_and_time(self, case: Case) -> str:
        told = [part for part in (self._owner(case), self._within(case)) if part != MISSING]
        return self.words.say("between").join(told)

    def _action(self, case: Case) -> str:
        told = self.definition.instructions.get(case)
        if told and told.action:
            return told.action
        return self.standard[f"do: {case}"].format(name=self._needed())

    def _needed(self) -> str:
        return self._information() or self.standard["ask"]

    def _owner(self, case: Case) -> str:
        told = self.definition.instructions.get(case)
        return self._role(told.owner) if told and told.owner else MISSING

    def _role(self, role: str) -> str:
        return role_name(role, self.definition, self.words)

    def _within(self, case: Case) -> str:
        told = self.definition.instructions.get(case)
        return self._span(told.respond_within if told else None)

    def _span(self, text: str | None) -> str:
        if text is None:
            return MISSING
        span, say = parse_span(text), self.words.say
        if span.days:
            return say("business day") if span.days == 1 else say("business days", n=span.days)
        if span.minutes % 60:
            return say("minutes", n=span.minutes)
        return say("hour") if span.minutes == 60 else say("hours", n=span.minutes // 60)

    def _deadlines(self) -> _SheetTable:
        cases = [case for case in _CASES if self._applies(case)]
        rows = [
            (
                self.standard[f"case: {case}"],
                self._owner(case),
                self._action(case),
                self._within(case),
            )
            for case in cases
        ]
        return self._headings("case", "owner", "action", "within"), rows

    def _headings(self, *keys: str) -> list[str]:
        return [self.words.say(key) for key in keys]

    def _applies(self, case: Case) -> bool:
        definition = self.definition
        return {
            "hand-raiser": bool(definition.always_hand_over),
            "incomplete": bool(definition.required_info),
            "hold-out": definition.mql.hold_out is not None,
            "random slice": definition.mql.random_slice is not None,
            "disqualified": bool(definition.disqualifiers),
        }.get(case, True)

    # --- what is promised -------------------------------------------------------------------------

    def _promises(self) -> _SheetTable:
        rows: list[tuple[str, ...]] = [
            (
                self._segment(promise),
                self._span(promise.first_contact_within),
                self._attempts(promise),
                self._volume(promise),
            )
            for promise in self.definition.promises
        ]
        headings = self._headings("segment", "first contact", "attempts", "volume")
        if all(row[-1] == MISSING for row in rows):
            headings, rows = headings[:-1], [row[:-1] for row in rows]
        return headings, rows

    def _segment(self, promise: Promise) -> str:
        return promised_to(promise, self.definition, self.words)

    def _attempts(self, promise: Promise) -> str:
        say = self.words.say
        told = [
            say(key, n=n) for key, n in (("calls", promise.calls), ("mails", promise.mails)) if n
        ]
        if not told:
            return MISSING
        attempts = say("between").join(told)
        if promise.attempts_within is None:
            return attempts
        return say("attempts within", attempts=attempts, within=self._span(promise.attempts_within))

    def _volume(self, promise: Promise) -> str:
        volumes = (("per week", promise.mqls_per_week), ("per quarter", promise.mqls_per_quarter))
        told = [
            self.words.say(key, n=self.words.write(n, "count"))
            for key, n in volumes
            if n is not None
        ]
        return self.words.say("between").join(told) or MISSING

    def _hand_offs(self) -> list[tuple[str, str]]:
        """What is handed over by whom to whom, and why."""
        return [
            (
                self.words.say(
                    "hand-off",
                    when=each.when,
                    giver=self._role(each.giver),
                    receiver=self._role(each.receiver),
                ),
                each.because,
            )
            for each in self.definition.hand_offs
        ]

    def _expected(self, figure: KeyFigure) -> str:
        told = {
            "caption": figure.caption,
            "value": self.words.write(figure.value, figure.kind),
        }
        if figure.low is None or figure.high is None:
            return self.words.say("figure", **told)
        between = self.words.range(figure.low, figure.high, figure.kind)
        return self.words.say("figure with range", **told, range=between)

    def _signatures(self) -> _SheetTable:
        """Who signed and when; empty lines for those who have yet to."""
        signed = {signature.role: signature for signature in self.definition.signed}
        asked = dict.fromkeys([*self.definition.must_sign, *signed])
        rows = [
            (
                self._role(role),
                signed[role].name if role in signed else "",
                self.words.day(signed[role].day(self.timezone)) if role in signed else "",
                "",
            )
            for role in asked
        ]
        return self._headings("role", "name", "day", "signature"), rows


def _size(content: Markup) -> str:
    """The size of type at which content fits a sheet."""
    filling = _filling(content)
    return next((size for size, filled in _SIZES.items() if filling <= filled), "tight")


def _filling(content: str) -> int:
    """How much of a sheet it takes, in halves of full-width signs."""
    texts = [text.strip() for text in re.split(r"<[^>]*>", content) if text.strip()]
    return sum(-(-wide(text) // _LINE) * _LINE for text in texts)


_TEMPLATES = environment(partial(visible, longest=_LONGEST))
_TEMPLATES.filters["size"] = _size
