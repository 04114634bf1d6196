"""``definition.html``: what marketing and sales agree on, on one sheet of A4 to sign and to put
up.
"""

import re
from collections.abc import Iterator, Mapping, Sequence

from propensity.concepts.wording import NO_LABELS, quadrant_label
from propensity.definition.business_hours import parse_span
from propensity.definition.schema import Case, Criterion, Definition, Promise
from propensity.language import CATALOGUES
from training.review.document.blocks import KeyFigure, Map
from training.review.document.cover import Cover
from training.review.document.numbers import MISSING
from training.review.document.visible_text import wide
from training.review.page.page import bundled, framed
from training.review.page.safe import safe
from training.review.words import Words, words_of

#: Quadrants as they lie on the map: fit high, then low; interest weak, then strong.
_ROWS: tuple[tuple[str, tuple[Case, Case]], ...] = (
    ("high", ("nurture", "hot")),
    ("low", ("leave", "keen")),
)
#: Order of the quadrants in a ``Map``.
_ORDER: tuple[Case, ...] = ("hot", "nurture", "keen", "leave")
#: Cases that the quadrants do not show.
_CASES: tuple[Case, ...] = ("hand-raiser", "MQL", "incomplete", "random slice", "disqualified")
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
    labels: Mapping[str, str] = NO_LABELS,
) -> str:
    """The sheet.

    Args:
        definition: What was agreed on, or is proposed.
        cover: Of the pack: whose, in which language, and whether it is a DRAFT.
        version: Of the definition, as people call it.
        shown: The map, for leads and close rates of the quadrants.
        figures: What to expect at the line; a handful.
        horizon_days: Of the chance; None where it has none.
        labels: The company's own names.
    """
    words = words_of(
        "one_page", cover.language, labels=labels, currency=cover.currency, goal=cover.goal
    )
    sheet = _Sheet(definition, cover, words)
    content = "".join(sheet.parts(version, shown, figures, horizon_days))
    size = next((size for size, filled in _SIZES.items() if _filling(content) <= filled), "tight")
    draft = " draft" if cover.is_draft else ""
    return framed(
        f'<main class="{size}{draft}">{content}</main>',
        title=sheet.words.say("title"),
        language=cover.language,
        style=bundled("one_page.css"),
    )


class _Sheet:
    def __init__(self, definition: Definition, cover: Cover, words: Words) -> None:
        self.definition, self.cover, self.words = definition, cover, words
        self.standard = CATALOGUES[words.language]

    def parts(
        self,
        version: str,
        shown: Map | None,
        figures: Sequence[KeyFigure],
        horizon_days: int | None,
    ) -> Iterator[str]:
        say = self.words.say
        yield (
            "<header><p"
            f' class="subtitle">{_text(self.cover.subtitle)}</p><h1>{_text(say("title"))}</h1>'
        )
        yield f'<p class="version">{_text(say("version", version=version))}</p>'
        if self.cover.is_draft:
            yield (
                f'<p class="mark">{_text(say("draft mark"))}</p><p'
                f' class="status">{_text(self.cover.status)}</p>'
            )
        yield '</header><div class="top"><section>'
        yield from self._who(horizon_days)
        yield "</section><section>"
        yield from self._quadrants(shown)
        yield from self._expected(figures)
        yield "</section></div>"
        yield from self._deadlines()
        yield from self._promises()
        yield from self._hand_offs()
        yield from self._signatures()

    # --- who --------------------------------------------------------------------------------------

    def _who(self, horizon_days: int | None) -> Iterator[str]:
        say, definition = self.words.say, self.definition
        yield f"<h2>{_text(say('who'))}</h2><p>{_text(say('all hold'))}</p><ul>"
        yield from map(_criterion, definition.qualifiers)
        yield f"<li>{_text(self._line(horizon_days))}{_because(definition.mql.because)}</li>"
        if definition.required_info:
            names = self.words.listed(
                [self.words.name(info.column) for info in definition.required_info]
            )
            yield f"<li>{_text(say('information', names=names))}</li>"
        yield "</ul>"
        for key, listed in (
            ("always", definition.always_hand_over),
            ("never", definition.disqualifiers),
        ):
            if listed:
                yield f"<h3>{_text(say(key))}</h3><ul>{''.join(map(_criterion, listed))}</ul>"
        notes = [say(f"by {definition.mql.by} counts")]
        if definition.mql.random_slice:
            notes.append(
                say("slice", share=self.words.write(definition.mql.random_slice.share, "share"))
            )
        yield f'<p class="small">{_text(self.words.join(notes))}</p>'

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

    def _quadrants(self, shown: Map | None) -> Iterator[str]:
        say, word = self.words.say, self.standard
        known = dict(zip(_ORDER, shown.quadrants, strict=True)) if shown else {}
        yield f'<h2>{_text(say("quadrants"))}</h2><table class="quadrants"><thead><tr><td></td>'
        yield from (
            f'<th scope="col">{_text(word["interest"])} {_text(word[end])}</th>'
            for end in ("weak", "strong")
        )
        yield "</tr></thead><tbody>"
        for end, quadrants in _ROWS:
            yield f'<tr><th scope="row">{_text(word["fit"])} {_text(word[end])}</th>'
            for quadrant in quadrants:
                yield (
                    f"<td><strong>{_text(quadrant_label(quadrant, self.words.language, self.words.labels))}</strong>"
                )
                yield f"<p>{_text(self._action(quadrant))}</p>{self._owner_line(quadrant)}"
                yield f"{self._rate(known[quadrant]) if quadrant in known else ''}</td>"
            yield "</tr>"
        yield "</tbody></table>"

    def _rate(
        self, quadrant: tuple[str, int, float | None, float | None, float | None, str]
    ) -> str:
        _, leads, rate, *_ = quadrant
        told = self.words.write(leads, "count")
        if rate is None:
            return f'<p class="small">{_text(self.words.say("leads", leads=told))}</p>'
        return f'<p class="small">{_text(self.words.say("closed", leads=told, rate=self.words.write(rate, "share")))}</p>'

    def _owner_line(self, case: Case) -> str:
        told = [part for part in (self._owner(case), self._within(case)) if part != MISSING]
        return f'<p class="small">{_text(self.words.say("between").join(told))}</p>' if told else ""

    def _action(self, case: Case) -> str:
        told = self.definition.instructions.get(case)
        if told and told.action:
            return told.action
        return self.standard[f"do: {case}"].format(name=self._needed())

    def _needed(self) -> str:
        names = [self.words.name(info.column) for info in self.definition.required_info]
        return self.words.listed(names) or self.standard["ask"]

    def _owner(self, case: Case) -> str:
        told = self.definition.instructions.get(case)
        return self.definition.roles[told.owner] if told and told.owner else MISSING

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

    def _deadlines(self) -> Iterator[str]:
        say = self.words.say
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
        headings = [say(key) for key in ("case", "owner", "action", "within")]
        yield f"<section><h2>{_text(say('deadlines'))}</h2>{_table(headings, rows)}</section>"

    def _applies(self, case: Case) -> bool:
        definition = self.definition
        return {
            "hand-raiser": bool(definition.always_hand_over),
            "incomplete": bool(definition.required_info),
            "random slice": definition.mql.random_slice is not None,
            "disqualified": bool(definition.disqualifiers),
        }.get(case, True)

    # --- what is promised -------------------------------------------------------------------------

    def _promises(self) -> Iterator[str]:
        if not self.definition.promises:
            return
        say = self.words.say
        rows: list[tuple[str, ...]] = [
            (
                self._segment(promise),
                self._span(promise.first_contact_within),
                self._attempts(promise),
                self._volume(promise),
            )
            for promise in self.definition.promises
        ]
        headings = [say(key) for key in ("segment", "first contact", "attempts", "volume")]
        if all(row[-1] == MISSING for row in rows):
            headings, rows = headings[:-1], [row[:-1] for row in rows]
        yield f"<section><h2>{_text(say('promises'))}</h2>{_table(headings, rows)}</section>"

    def _segment(self, promise: Promise) -> str:
        return promise.segment if promise.rule else self.words.say("everybody")

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

    def _hand_offs(self) -> Iterator[str]:
        if not self.definition.hand_offs:
            return
        yield f"<section><h2>{_text(self.words.say('hand-offs'))}</h2><ul>"
        for each in self.definition.hand_offs:
            roles = {
                "giver": self.definition.roles[each.giver],
                "receiver": self.definition.roles[each.receiver],
            }
            yield (
                f"<li>{_text(self.words.say('hand-off', when=each.when, **roles))}{_because(each.because)}</li>"
            )
        yield "</ul></section>"

    def _expected(self, figures: Sequence[KeyFigure]) -> Iterator[str]:
        if not figures:
            return
        yield f"<h2>{_text(self.words.say('expected'))}</h2><ul>"
        for figure in figures:
            value = self.words.write(figure.value, figure.kind)
            if figure.low is None or figure.high is None:
                told = self.words.say("figure", caption=figure.caption, value=value)
            else:
                between = self.words.range(figure.low, figure.high, figure.kind)
                told = self.words.say(
                    "figure with range", caption=figure.caption, value=value, range=between
                )
            yield f"<li>{_text(told)}</li>"
        yield f'</ul><p class="small">{_text(figures[0].source)}</p>'

    def _signatures(self) -> Iterator[str]:
        """Who signed and when; empty lines for those who have yet to."""
        say = self.words.say
        signed = {signature.role: signature for signature in self.definition.signed}
        asked = dict.fromkeys([*self.definition.must_sign, *signed])
        rows = [
            (
                self.definition.roles.get(role, role),
                signed[role].name if role in signed else "",
                self.words.day(signed[role].at.date()) if role in signed else "",
                "",
            )
            for role in asked
        ]
        table = _table([say(key) for key in ("role", "name", "day", "signature")], rows)
        yield f'<section class="signatures"><h2>{_text(say("signatures"))}</h2>{table}'
        yield (
            f"<p>{_text(say('review', day=self.words.day(self.definition.review_by)))}</p></section>"
        )


def _filling(content: str) -> int:
    """How much of a sheet it takes, in halves of full-width signs."""
    texts = [text for text in re.split(r"<[^>]*>", content) if text.strip()]
    return sum(-(-wide(text) // _LINE) * _LINE for text in texts)


def _criterion(criterion: Criterion) -> str:
    return f"<li>{_text(criterion.name)}{_because(criterion.because)}</li>"


def _because(text: str) -> str:
    return f' <span class="because">{_text(text)}</span>'


def _table(headings: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    head = "".join(f'<th scope="col">{_text(heading)}</th>' for heading in headings)
    body = "".join(
        "<tr><th"
        f' scope="row">{_text(first)}</th>{"".join(f"<td>{_text(cell)}</td>" for cell in others)}</tr>'
        for first, *others in rows
    )
    return f'<table class="columns"><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>'


def _text(text: str) -> str:
    return safe(text, longest=_LONGEST)
