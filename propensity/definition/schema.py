"""The definition: what marketing and sales agreed on, as a typed file.

Every rule says why it is there.
"""

import math
from collections.abc import Iterator
from datetime import date, datetime
from typing import Annotated, Literal, Self

from pydantic import Field, FiniteFloat, model_validator

from features.settings import Axis, StrictModel
from features.zone import zone
from propensity.definition.business_hours import SpanText
from propensity.definition.draw import Draw
from propensity.definition.recycle import Recycle
from propensity.definition.texts import Chance, RuleText, ShortText

#: How a lead's one instruction was decided, in the order in which the table is read; the first
#: match counts. ``override`` and ``hold`` are what people decided of single leads. The last two
#: stand for the quadrants where there is one axis only.
Case = Literal[
    "disqualified",
    "override",
    "hold",
    "hand-raiser",
    "incomplete",
    "hold-out",
    "MQL",
    "random slice",
    "hot",
    "nurture",
    "keen",
    "leave",
    "high",
    "low",
]
CASES: tuple[Case, ...] = (
    "disqualified",
    "override",
    "hold",
    "hand-raiser",
    "incomplete",
    "hold-out",
    "MQL",
    "random slice",
    "hot",
    "nurture",
    "keen",
    "leave",
    "high",
    "low",
)


class Criterion(StrictModel):
    """A rule with its name and its reason.

    Attributes:
        name: What people call it; unique within its list.
        rule: When it holds.
        because: Why it is in the definition.
        wish: Whether it keeps a lead's own wish, or the law, so that no review proposes to loosen
            it. Where nobody says, one that asks for unsubscribing, opting out and the like does.
    """

    name: ShortText
    rule: RuleText
    because: ShortText
    wish: bool | None = None


class RequiredInfo(StrictModel):
    """A lead column without which a lead is not handed over.

    Attributes:
        column: Column of the leads table.
        because: Why sales needs it.
    """

    column: Annotated[str, Field(min_length=1)]
    because: ShortText


class AxisCuts(StrictModel):
    """How an axis becomes letters or digits.

    Attributes:
        zero: Log-odds of the axis at which the reference population, were all its leads to stand
            there, closes at its average rate.
        cuts: Three boundaries above (or below) the zero, the highest first: A | B | C | D, or 1 | 2
            | 3 | 4. The middle one parts high from low. A value on a boundary belongs to the better
            side.
    """

    zero: FiniteFloat
    cuts: tuple[FiniteFloat, FiniteFloat, FiniteFloat]

    @model_validator(mode="after")
    def _descending(self) -> Self:
        best, middle, worst = self.cuts
        if not best > middle > worst:
            raise ValueError(f"expected three boundaries, the highest first, got {list(self.cuts)}")
        return self


class Agreement(StrictModel):
    """What the definition was agreed on.

    Attributes:
        model_sha256: Hash of the model; see ``propensity.model.bundle.model_hash``.
        model_version: Its number in the registry when the file was written; for people.
        close_rate: Close rate of the reference population: what "average" means.
        rows: Number of rows of the reference population.
        leads: Number of leads of the reference population.
    """

    model_sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
    model_version: str = ""
    close_rate: Chance
    rows: Annotated[int, Field(ge=1)]
    leads: Annotated[int, Field(ge=1)]


class Axes(StrictModel):
    """The cuts of the axes; none of an axis on which nothing is known of any lead.

    Attributes:
        fit: Cuts of the letters.
        interest: Cuts of the digits.
    """

    fit: AxisCuts | None = None
    interest: AxisCuts | None = None

    @model_validator(mode="after")
    def _one_at_least(self) -> Self:
        if self.fit is None and self.interest is None:
            raise ValueError("expected the cuts of fit, of interest, or of both, got none")
        return self

    @property
    def names(self) -> tuple[Axis, ...]:
        """The axes that have cuts."""
        named: tuple[Axis, ...] = ("fit", "interest")
        return tuple(name for name in named if self.of(name) is not None)

    def of(self, name: Axis) -> AxisCuts | None:
        """The cuts of an axis."""
        return self.fit if name == "fit" else self.interest


class RandomSlice(Draw):
    """Leads below the line that are worked anyway, so that the next model learns what the line
    hides; of the qualified ones.
    """


class HoldOut(Draw):
    """Leads that cross the line and are not handed over, so that it shows what a call changes;
    hand-raisers are never among them.
    """


class Policy(StrictModel):
    """What the line was chosen for; at least one promise.

    Attributes:
        capacity_per_week: New MQLs that can be worked per week.
        minimum_precision: Share of MQLs that must close; held by the lower end of its interval.
        minimum_per_week: New MQLs that marketing promises per week.
        cost_per_contact: Cost of working one MQL, in the currency of the amounts.
        maximise: What is highest under these: wins, or value less cost.
    """

    capacity_per_week: Annotated[float, Field(gt=0)] | None = None
    minimum_precision: Chance | None = None
    minimum_per_week: Annotated[float, Field(gt=0)] | None = None
    cost_per_contact: Annotated[float, Field(ge=0)] | None = None
    maximise: Literal["wins", "value"] = "wins"


class Line(StrictModel):
    """The MQL line.

    Attributes:
        by: ``model``: the chance decides. ``rules``: the rule decides, and the model orders within;
            in a dispute this says which counts.
        enter: Chance from which a lead becomes an MQL.
        leave: Chance below which it stops being one; at most ``enter``, so that leads do not flap.
        rule: The line in words, for ``by: rules``.
        policy: What the line was chosen for.
        random_slice: Leads below the line that are worked anyway.
        hold_out: Leads over the line that are not handed over; none unless it is written here.
        because: Why here.
    """

    by: Literal["model", "rules"] = "model"
    enter: Chance | None = None
    leave: Chance | None = None
    rule: RuleText | None = None
    policy: Policy = Policy()
    random_slice: RandomSlice | None = None
    hold_out: HoldOut | None = None
    because: ShortText

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if self.by == "model" and self.enter is None:
            raise ValueError(
                "with `by: model`, expected `enter`, the chance from which a lead is an MQL"
            )
        if self.by == "rules" and self.rule is None:
            raise ValueError("with `by: rules`, expected `rule`")
        if self.enter is not None and self.leave is not None and self.leave > self.enter:
            raise ValueError(
                f"expected `leave` at or below `enter`, got {self.leave:g} above {self.enter:g}"
            )
        return self

    @property
    def leave_below(self) -> float:
        """Chance below which an MQL stops being one; ``enter`` where nothing else is said."""
        return (
            self.leave
            if self.leave is not None
            else (self.enter if self.enter is not None else math.nan)
        )


class Instruction(StrictModel):
    """What is done with the leads of one case.

    Attributes:
        owner: A role; none where nobody has to act.
        action: What is to be done; in the words of the company, else a standard sentence of the
            language.
        respond_within: Business time to the first contact; none where there is no deadline.
    """

    owner: str | None = None
    action: ShortText | None = None
    respond_within: SpanText | None = None


class HandOff(StrictModel):
    """Who hands leads to whom, and when."""

    giver: str
    receiver: str
    when: ShortText
    because: ShortText


class Promise(StrictModel):
    """What both sides promise for a segment.

    Attributes:
        segment: What people call it; ``all`` for everybody.
        rule: Who is in it; none for everybody. The first segment a lead is in counts.
        first_contact_within: Sales' promise, in business time; of this and the instruction's the
            sooner counts.
        calls: Attempts by telephone, at least.
        mails: Attempts by e-mail, at least.
        attempts_within: Business time for all attempts.
        mqls_per_week: Marketing's promise.
        mqls_per_quarter: Marketing's promise.
        because: Why.
    """

    segment: ShortText
    rule: RuleText | None = None
    first_contact_within: SpanText | None = None
    calls: Annotated[int, Field(ge=0)] | None = None
    mails: Annotated[int, Field(ge=0)] | None = None
    attempts_within: SpanText | None = None
    mqls_per_week: Annotated[float, Field(gt=0)] | None = None
    mqls_per_quarter: Annotated[float, Field(gt=0)] | None = None
    because: ShortText


class Stage(StrictModel):
    """A stage of the buyer's journey.

    Attributes:
        name: What people call it.
        entry: When a lead has entered it; the last one that holds counts.
        because: Why.
    """

    name: ShortText
    entry: RuleText
    because: ShortText


class Bounds(StrictModel):
    """What a new model may change without new signatures: the old ones then stand for it too.

    Attributes:
        weekly_volume: New MQLs per week may go up or down by at most this share of what they were.
        instructions: At most this share of the leads may get another instruction.
        because: Why so much, and no more.
    """

    weekly_volume: Annotated[float, Field(ge=0, le=1)]
    instructions: Annotated[float, Field(ge=0, le=1)]
    because: ShortText


class Signature(StrictModel):
    """Who signed for a role, and when."""

    role: str
    name: ShortText
    at: datetime

    def day(self, timezone: str | None) -> date:
        """The local day; without a time zone that of the moment as it is written."""
        return (self.at.astimezone(zone(timezone)) if timezone else self.at).date()


class Changed(StrictModel):
    """What a definition review changed in the definition.

    Attributes:
        kind: A ``cut``, the ``line``, the lower end of the line (``leave``), the ``owner`` of a
            case, a ``promise`` or a ``rule``.
        about: ``fit A|B`` of a cut, the name of a rule, the case of an owner, segment and figure of
            a promise; nothing of the line.
        before: What it was, as the file held it.
        after: What it became.
        because: Why.
        by: Who decided.
        at: When.
    """

    kind: Literal["cut", "line", "leave", "owner", "promise", "rule"]
    about: str = ""
    before: str
    after: str
    because: ShortText
    by: ShortText
    at: date


class Definition(StrictModel):
    """The agreement of marketing and sales.

    Attributes:
        agreed_on: Model and reference population; none in a preset that was not yet fitted to a
            model.
        axes: Cuts of fit and interest, or of the one that leads differ by; none in a preset.
        review_by: The day by which it is looked at again.
        roles: Role to what the company calls it; the keys are used everywhere else.
        must_sign: Roles without whose signatures it stays a DRAFT.
        signed: Who did.
        qualifiers: All must hold for a hand-over by the line.
        disqualifiers: None may hold for any hand-over.
        always_hand_over: A lead for which one of these holds is a hand-raiser.
        required_info: Columns that must be known for any hand-over.
        stages: Stages of the buyer's journey, first to last.
        mql: The line.
        hand_offs: Who hands to whom.
        instructions: Case to what is done.
        promises: Per segment.
        toss_up: All must hold before inside sales passes a lead on to sales: what was asked, and
            what it answered.
        recycle: What is done with leads that were lost; none: they are left alone.
        bounds: What a new model may change without new signatures; none: every new model is signed
            for.
        changes: What reviews changed in it, the oldest first; `propensity decide` writes them.
    """

    agreed_on: Agreement | None = None
    axes: Axes | None = None
    review_by: date
    roles: Annotated[dict[str, ShortText], Field(min_length=1)]
    must_sign: Annotated[tuple[str, ...], Field(min_length=1)]
    signed: tuple[Signature, ...] = ()
    qualifiers: tuple[Criterion, ...] = ()
    disqualifiers: tuple[Criterion, ...] = ()
    always_hand_over: tuple[Criterion, ...] = ()
    required_info: tuple[RequiredInfo, ...] = ()
    stages: tuple[Stage, ...] = ()
    mql: Line
    hand_offs: tuple[HandOff, ...] = ()
    instructions: dict[Case, Instruction] = Field(default_factory=dict)
    promises: tuple[Promise, ...] = ()
    toss_up: tuple[Criterion, ...] = ()
    recycle: Recycle | None = None
    bounds: Bounds | None = None
    changes: tuple[Changed, ...] = ()

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        wrong = [*self._unknown_roles(), *self._twice()]
        wrong += self.recycle.wrong if self.recycle else ()
        if (self.axes is None) != (self.agreed_on is None):
            wrong.append(
                "`axes` and `agreed_on` go together: cuts hold for the model they were agreed on"
            )
        if wrong:
            raise ValueError("; ".join(wrong))
        return self

    def _unknown_roles(self) -> Iterator[str]:
        used = {
            "must_sign": self.must_sign,
            "signed": [signature.role for signature in self.signed],
            "hand_offs": [
                role for hand_off in self.hand_offs for role in (hand_off.giver, hand_off.receiver)
            ],
            "instructions": [
                told.owner for told in self.instructions.values() if told.owner is not None
            ],
            "recycle": [rule.to for rule in self.recycle.rules if rule.to] if self.recycle else [],
        }
        for where, roles in used.items():
            unknown = sorted(set(roles) - set(self.roles))
            if unknown:
                yield f"{where}: expected roles out of {list(self.roles)}, got {unknown}"

    def _twice(self) -> Iterator[str]:
        for where in ("qualifiers", "disqualifiers", "always_hand_over", "stages", "toss_up"):
            names = [item.name for item in getattr(self, where)]
            twice = sorted({name for name in names if names.count(name) > 1})
            if twice:
                yield f"{where}: each name once, got {twice} more than once"

    @property
    def unsigned_roles(self) -> tuple[str, ...]:
        """Roles that must sign and did not."""
        did = {signature.role for signature in self.signed}
        return tuple(role for role in self.must_sign if role not in did)

    @property
    def is_draft(self) -> bool:
        """Whether somebody has not signed yet."""
        return bool(self.unsigned_roles)

    @property
    def rules(self) -> tuple[str, ...]:
        """Every rule text, each once."""
        recycled = self.recycle.rules if self.recycle else ()
        listed = [
            *self.deciding_rules,
            *(rule.rule for rule in recycled if rule.rule),
        ]
        return tuple(dict.fromkeys(listed))

    @property
    def deciding_rules(self) -> tuple[str, ...]:
        """The rule texts that decide what is done with an open lead, each once, in the order of the
        file.
        """
        listed = [
            *(criterion.rule for criterion in self.qualifiers),
            *(criterion.rule for criterion in self.disqualifiers),
            *(criterion.rule for criterion in self.always_hand_over),
            *(stage.entry for stage in self.stages),
            *([self.mql.rule] if self.mql.rule else []),
            *(criterion.rule for criterion in self.toss_up),
            *(promise.rule for promise in self.promises if promise.rule),
        ]
        return tuple(dict.fromkeys(listed))
