"""The texts of a scored row: what is to be done, by whom, until when, and what stands against."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from features.days import midnight_utc
from propensity.concepts.wording import plain
from propensity.definition.business_hours import parse_span
from propensity.definition.schema import CASES, Case, Definition, Instruction
from propensity.grading.agreed import Agreed
from propensity.grading.decision_table import OBSTACLES, CaseDecisions, RuleResults
from propensity.grading.hand_over import HELD, HandOvers
from propensity.grading.memory import Memory
from propensity.grading.overrides import Overrides
from propensity.language import CATALOGUES

#: Columns of a scored row that the definition fills; all null where there is none.
INSTRUCTED = pa.schema(
    [
        pa.field("journey_stage", pa.string()),
        pa.field("is_mql", pa.bool_()),
        pa.field("mql_since", pa.date32()),
        pa.field("blocked_by", pa.string()),
        pa.field("decided_by", pa.string()),
        pa.field("instruction", pa.string()),
        pa.field("owner", pa.string()),
        pa.field("respond_by", pa.timestamp("us", tz="UTC")),
        pa.field("handed_over_on", pa.date32()),
        pa.field("requested_on", pa.date32()),
        pa.field("sent_back_on", pa.date32()),
        pa.field("override", pa.string()),
        pa.field("toss_up", pa.string()),
    ]
)


@dataclass(frozen=True)
class GradedRows:
    """What is known of n rows when the table is read.

    Attributes:
        lead_id: (n,) strings.
        episode: (n,) int32.
        as_of_day: (n,) local day numbers.
        has_day: Whether the as-of is a day; rows of a flat table have none.
        timezone: Time zone in which days begin.
    """

    lead_id: pa.Array
    episode: pa.Array
    as_of_day: NDArray[np.int32]
    has_day: bool
    timezone: str


class InstructionTexts:
    """The texts and moments of n rows."""

    def __init__(
        self,
        agreed: Agreed,
        definition: Definition,
        ruled: RuleResults,
        decided: CaseDecisions,
        language: str,
    ) -> None:
        self.agreed, self.definition, self.ruled, self.decided = agreed, definition, ruled, decided
        self.words = CATALOGUES[language]

    def blocked_by(self) -> pa.StringArray:
        """What keeps the lead from being handed over: the first that applies; null where nothing
        does.
        """
        definition, words = self.definition, self.words
        names = {
            "disqualifier": named(
                [item.name for item in definition.disqualifiers], self.ruled.disqualifier
            ),
            "missing information": named(
                [item.column for item in definition.required_info], self.ruled.missing
            ),
            "qualifier": named([item.name for item in definition.qualifiers], self.ruled.qualifier),
        }
        unknown = pa.array(self.ruled.qualifier_unknown)
        texts: dict[str, pa.Array | str] = {
            "": pa.scalar(None, pa.string()),
            "disqualifier": names["disqualifier"],
            "missing information": words.column(
                "blocked: missing", name=names["missing information"]
            ),
            "hold": words["blocked: hold"],
            "qualifier": pc.if_else(
                unknown,
                words.column("blocked: unknown", name=names["qualifier"]),
                names["qualifier"],
            ),
            "hold-out": words["blocked: hold-out"],
            "threshold": words["blocked: threshold"],
        }
        code = pa.array(self.decided.obstacle)
        return pc.choose(code, *(texts[obstacle] for obstacle in OBSTACLES)).cast(pa.string())

    def instruction(self, over: HandOvers | None, timezone: str) -> pa.StringArray:
        """What is to be done; of a lead that was handed over before, that it was."""
        columns = named([item.column for item in self.definition.required_info], self.ruled.missing)
        qualifiers = named([item.name for item in self.definition.qualifiers], self.ruled.qualifier)
        missing = pc.coalesce(columns, qualifiers, "")

        def action(case: Case) -> pa.StringArray | str:
            told = self.definition.instructions.get(case)
            if told and told.action:
                return plain(told.action)
            return (
                self.words.column(f"do: {case}", name=missing)
                if case == "incomplete"
                else self.words[f"do: {case}"]
            )

        told = pc.choose(pa.array(self.decided.case), *(action(case) for case in CASES)).cast(
            pa.string()
        )
        if over is None:
            return told
        since = _day(over)
        told = pc.if_else(
            pa.array(over.standing), self.words.column("do: handed over", day=since), told
        )
        told = pc.if_else(pa.array(over.cooled), self.words.column("do: cooled", day=since), told)
        return pc.if_else(pa.array(over.sent_back), self._sent_back(over, timezone), told)

    def _sent_back(self, over: HandOvers, timezone: str) -> pa.StringArray:
        day = pc.coalesce(self.sent_back_on(over, timezone).cast(pa.string()), "")
        because = pa.array([plain(text or "") for text in over.because.to_pylist()], pa.string())
        return pc.if_else(
            over.because.is_valid(),
            self.words.column("do: sent back because", day=day, because=because),
            self.words.column("do: sent back", day=day),
        )

    def toss_up(self, over: HandOvers | None) -> pa.StringArray:
        """Of leads that are with somebody, whether they may be passed on to sales, or what has to
        be found out before; null for others, and where no conditions are agreed on.
        """
        unmet = self.ruled.toss_up
        if over is None or unmet is None:
            return pa.nulls(len(self.ruled), pa.string())
        name = named([condition.name for condition in self.definition.toss_up], unmet)
        told = pc.coalesce(
            self.words.column("toss-up: not yet", name=name), self.words["toss-up: ready"]
        )
        return pc.if_else(pa.array(over.standing | over.tonight), told, None)

    def is_chosen(self, over: HandOvers | None) -> pa.BooleanArray:
        """(n,) whether the instruction is what people decided of the lead: to hold it, or to hand
        it over where nobody has it.
        """
        held = self.decided.case == CASES.index(HELD)
        new = over.tonight & (self.decided.case == CASES.index("override")) if over else held
        return pa.array(held | new)

    def chosen(
        self, overrides: Overrides, place: NDArray[np.int64], over: HandOvers | None
    ) -> pa.StringArray:
        """What people decided of a lead, who, why and until when; null where they did not."""
        because, by = (
            pa.array([text and plain(text) for text in overrides.of(name, place).to_pylist()])
            for name in ("because", "by")
        )
        decision, until = (overrides.of(name, place) for name in ("decision", "until"))
        known = {"because": because.cast(pa.string()), "by": by.cast(pa.string())}
        ends = pc.coalesce(until.cast(pa.string()), "")
        hold = pc.if_else(
            until.is_valid(),
            self.words.column("do: hold until", **known, until=ends),
            self.words.column("do: hold for", **known),
        )
        if over is not None:
            since = {"day": _day(over)}
            paused = pc.if_else(
                until.is_valid(),
                self.words.column("do: held until", **known, **since, until=ends),
                self.words.column("do: held for", **known, **since),
            )
            hold = pc.if_else(pa.array(over.held), paused, hold)
        chosen = self.words.column("do: override because", **known)
        return pc.if_else(pc.equal(decision, "hold"), hold, chosen)

    def sent_back_on(self, over: HandOvers | None, timezone: str) -> pa.Array:
        """The local day on which sales gave back what nobody has since; null for others."""
        kind = INSTRUCTED.field("sent_back_on").type
        if over is None:
            return pa.nulls(len(self.ruled), kind)
        local = pc.local_timestamp(over.sent_back_at.cast(pa.timestamp("us", tz=timezone)))
        return pc.floor_temporal(local, unit="day").cast(kind)

    def owner(self, over: HandOvers | None) -> pa.StringArray:
        """A role; who was handed a lead keeps it, and nobody has one that was sent back, or held
        before anybody had it.
        """
        owners = pa.array([self._owner(case) for case in CASES], pa.string()).take(
            pa.array(self.decided.case)
        )
        if over is None:
            return owners
        kept = pc.if_else(pa.array(over.standing | over.cooled | over.held), over.owner, owners)
        held = (self.decided.case == CASES.index(HELD)) & ~over.held
        return pc.if_else(pa.array(over.sent_back | held), None, kept)

    def _told(self, case: Case) -> Instruction | None:
        """What the definition says of a case; a lead that people chose goes the way of an MQL."""
        told = self.definition.instructions
        return told.get(case) or (told.get("MQL") if case == "override" else None)

    def _owner(self, case: Case) -> str | None:
        told = self._told(case)
        return plain(self.definition.roles[told.owner]) if told and told.owner else None

    def since(self, rows: GradedRows, memory: Memory | None, was: NDArray[np.int64]) -> pa.Array:
        """The night since which the lead is an MQL without a break; null for others."""
        kind = INSTRUCTED.field("mql_since").type
        if not rows.has_day:
            return pa.nulls(len(self.ruled), kind)
        is_mql = self.decided.is_mql
        today = pa.array(rows.as_of_day, pa.int32(), mask=~is_mql).cast(kind)
        if memory is None:
            return today
        return pc.coalesce(memory.of("mql_since", np.where(is_mql, was, -1)), today)

    def respond_by(self, rows: GradedRows, over: HandOvers | None) -> pa.Array:
        """From the start of the as-of day, in business time; a deadline that was given stands."""
        kind = INSTRUCTED.field("respond_by").type
        if not rows.has_day or self.agreed.deadlines is None:
            return pa.nulls(len(self.ruled), kind)
        segment = np.where(self.decided.handed_over, self.ruled.segment, -1)
        keys = np.stack(
            [
                self.decided.case.astype(np.int64),
                segment.astype(np.int64),
                rows.as_of_day.astype(np.int64),
            ]
        )
        unique, code = np.unique(keys, axis=1, return_inverse=True)
        dues = [
            self._due(CASES[case], int(place), int(day), rows.timezone)
            for case, place, day in unique.T.tolist()
        ]
        fresh = pa.array(dues, kind).take(pa.array(code.ravel()))
        if over is None:
            return fresh
        kept = pc.if_else(pa.array(over.standing), over.respond_by, fresh)
        return pc.if_else(pa.array(over.sent_back), None, kept)

    def _due(self, case: Case, segment: int, day: int, timezone: str) -> datetime | None:
        told = self._told(case)
        promised = self.definition.promises[segment].first_contact_within if segment >= 0 else None
        spans = [span for span in (promised, told.respond_within if told else None) if span]
        deadlines = self.agreed.deadlines
        if not spans or deadlines is None:
            return None
        start = midnight_utc(day, timezone)
        return min(deadlines.due(start, parse_span(span)) for span in spans)


def _day(over: HandOvers) -> pa.StringArray:
    """(n,) the night of the last hand-over; empty without one."""
    return pc.coalesce(pc.strftime(over.on.cast(pa.timestamp("s")), format="%Y-%m-%d"), "")


def named(names: Sequence[str], places: NDArray[np.int16]) -> pa.StringArray:
    """(n,) the name at each place; null where the place is -1."""
    texts = pa.array([plain(name) for name in names], pa.string())
    return texts.take(pa.array(places.astype(np.int64), mask=places < 0))
