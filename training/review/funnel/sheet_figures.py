"""What stands in the sheet, and what its formulas have to come to."""

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass

import numpy as np

from features.intake.monthly import Monthly
from propensity.concepts.wording import plain
from training.learn.rows.run import Run
from training.review.funnel.assigned import UnmappedValue
from training.review.funnel.cohorts import NEVER, Cohorts, Mask, cohorts, months_of, stage_names
from training.review.funnel.metrics import (
    FEWEST_FOR_A_COUNT,
    FEWEST_FOR_A_RATE,
    FunnelShare,
    average,
    tellable_count,
)
from training.review.funnel.spending import FIGURES, Spending, spending


@dataclass(frozen=True)
class LeadCounts:
    """Leads of a channel and persona; None where there are fewer than five.

    Attributes:
        leads: Number.
        customers: Leads among these that became customers.
    """

    leads: int | None
    customers: int | None


@dataclass(frozen=True)
class ChannelMonth:
    """A channel in a month.

    Attributes:
        month: Months from January 1970.
        channel: Place among the channels.
        leads: That came; None for fewer than five.
        goal: Leads that were wanted, or None.
        visits: Visits of the website, or None.
        cost: Cost of the visits, or None.
    """

    month: int
    channel: int
    leads: int | None
    goal: float | None
    visits: float | None
    cost: float | None


@dataclass(frozen=True)
class Booked:
    """What came in within some months, whenever the leads were created.

    None for counts from one to four.

    Attributes:
        goal: Revenue that was promised, or None.
        target: Close rate that was promised, 0..1, or None.
        revenue: Amounts of the deals won, as far as they are known; None where they are of fewer
            than five.
        customers: Won.
        mqls: That became one; None where the sources do not tell.
        leads: Created.
        visits: Visits of the website; None unless they are known wherever leads came from.
        won: Deals won, whose amounts are asked for.
        priced: Deals among these whose amount is known.
    """

    goal: float | None
    target: float | None
    revenue: float | None
    customers: float | None
    mqls: float | None
    leads: float | None
    visits: float | None
    won: int = 0
    priced: int = 0


@dataclass(frozen=True)
class SlaFigures:
    """Everything the sheet holds.

    Attributes:
        channels: Names; the last is None for leads that no channel takes. One None alone where none
            is configured.
        personas: The same.
        mature: [channel][persona] leads that are judged, of the newest months that are.
        raw: The same of the newest months, as they stand.
        typed_price: Per persona, as configured, or None.
        average_price: Per persona, of the won amounts of the leads that are judged, or None.
        mqls: Per persona and for all, the last, leads that are judged and became MQLs, and the
            customers among them; None where the sources do not tell.
        by_month: Channel by channel, the newest months.
        booked: Bookings by month, the newest.
        tally: Tally by persona and for all, the last, over the tallied months.
        tally_months: The newest months in which every segment that has a goal has one; all of the
            newest where there are no goals.
        visitor_to_lead: Leads created per visit of the website in the tallied months, of the months
            and channels whose visits are known; None where nothing is, or of fewer than 20 visits.
        raw_months: The newest whole months; none in a flat table.
        mature_months: The newest months all of whose leads are judged.
        mature_days: Days after which a lead is judged; 0 in a flat table.
        until: Local day up to which the sources are complete.
        unmapped: Leads that nothing takes: ``channel`` and ``persona``.
        unlisted: Channels of the traffic table, and segments of the goals, that nothing is called.
        mql_stage: What the company calls an MQL's stage, or None.
        leads: All that the figures are drawn from.
        currency: Currency of amounts.
    """

    channels: tuple[str | None, ...]
    personas: tuple[str | None, ...]
    mature: tuple[tuple[LeadCounts, ...], ...]
    raw: tuple[tuple[LeadCounts, ...], ...]
    typed_price: tuple[float | None, ...]
    average_price: tuple[float | None, ...]
    mqls: tuple[LeadCounts | None, ...]
    by_month: tuple[ChannelMonth, ...]
    booked: tuple[tuple[int, Booked], ...]
    tally: tuple[Booked, ...]
    tally_months: tuple[int, ...]
    visitor_to_lead: float | None
    raw_months: tuple[int, ...]
    mature_months: tuple[int, ...]
    mature_days: int
    until: int
    unmapped: Mapping[str, tuple[UnmappedValue, ...]]
    unlisted: tuple[str, ...]
    mql_stage: str | None
    leads: int
    currency: str = ""

    @property
    def price(self) -> tuple[float | None, ...]:
        """Per persona: the typed price, else the average."""
        return tuple(
            own if own is not None else mean
            for own, mean in zip(self.typed_price, self.average_price, strict=True)
        )

    def summed(
        self, channel: int | None, persona: int | None, *, mature: bool = True
    ) -> tuple[int, int]:
        """Leads and customers of the cells of a channel and persona that are told.

        None is all of them.
        """
        table = self.mature if mature else self.raw
        cells = [
            cell
            for row in (table if channel is None else [table[channel]])
            for cell in (row if persona is None else [row[persona]])
            if cell.leads is not None
        ]
        return sum(cell.leads or 0 for cell in cells), sum(cell.customers or 0 for cell in cells)

    def rate(
        self, channel: int | None, persona: int | None, *, mature: bool = True
    ) -> float | None:
        """Close rate, 0..1; None from fewer than 20 leads."""
        leads, customers = self.summed(channel, persona, mature=mature)
        return customers / leads if leads >= FEWEST_FOR_A_RATE else None

    def value(self, channel: int | None, persona: int | None) -> float | None:
        """What a lead is worth: close rate times price; over all personas, of the personas that its
        leads have.
        """
        leads, _ = self.summed(channel, persona)
        if leads < FEWEST_FOR_A_RATE:
            return None
        some = range(len(self.personas)) if persona is None else [persona]
        prices = [self.price[number] for number in some]
        if any(price is None for price in prices):
            return None
        won = [self.summed(channel, number)[1] for number in some]
        return (
            sum(customers * (price or 0.0) for customers, price in zip(won, prices, strict=True))
            / leads
        )


def sla_figures(run: Run, monthly: Monthly, leads: Cohorts | None = None) -> SlaFigures:
    """Count what the sheet holds.

    Args:
        run: The configuration, and the canonical tables.
        monthly: Traffic and goals.
        leads: Where they were counted before.

    Raises:
        DataError: A rule of a channel or persona asks for what the data do not have.
    """
    leads = leads or cohorts(run)
    review, spent = run.config.review, spending(monthly, run.config.review.channels)
    count = 0 if run.store.is_flat else review.sla_months
    months, judged = leads.newest_months(count), leads.mature_months(count) if count else []
    everybody = np.ones(len(leads), dtype=np.bool_)
    newest, old = (
        (everybody, everybody)
        if run.store.is_flat
        else (leads.created_in(months), leads.created_in(judged))
    )
    channels = _masks(leads.channel.code, len(leads.channel.names))
    personas = _masks(leads.persona.code, len(leads.persona.names))
    typed = tuple(persona.price for persona in review.personas)
    named = [plain(persona.name) for persona in review.personas]
    promised = _promised(monthly, months)
    tallied = _with_goals(monthly, months, promised)
    segments = set(monthly.goals["segment"].to_pylist())
    known = {persona.name for persona in review.personas}
    all_parts = [*personas, everybody]
    return SlaFigures(
        channels=(
            *(plain(channel.name) for channel in review.channels),
            *_rest(channels, leads.channel.names),
        ),
        personas=(*named, *_rest(personas, leads.persona.names)),
        mature=_cells(leads, channels, personas, old, mature=True),
        raw=_cells(leads, channels, personas, newest, mature=False),
        typed_price=(*typed, *(None for _ in personas[len(typed) :])),
        average_price=tuple(
            average(leads.amount[persona & old & _won(leads)]) for persona in personas
        ),
        mqls=tuple(_mqls(leads, part & old) for part in all_parts),
        by_month=tuple(
            _by_month(leads, channels, months, spent, [c.leads_per_month for c in review.channels])
        ),
        booked=tuple(
            (month, _booked(leads, everybody, [month], monthly, None, promised, spent))
            for month in months
        ),
        tally=tuple(
            _booked(leads, part, tallied, monthly, name, promised, spent)
            for part, name in zip(
                all_parts,
                [
                    *(p.name for p in review.personas),
                    *("" for _ in all_parts[len(named) : -1]),
                    None,
                ],
                strict=True,
            )
        ),
        tally_months=tuple(tallied),
        visitor_to_lead=_visitor_to_lead(leads, tallied, spent),
        raw_months=tuple(months),
        mature_months=tuple(judged),
        mature_days=0 if run.store.is_flat else leads.mature_days,
        until=leads.until,
        unmapped={"channel": leads.channel.unmapped, "persona": leads.persona.unmapped},
        unlisted=(*spent.unlisted, *sorted(plain(name) for name in segments - known)),
        mql_stage=None if run.store.is_flat else stage_names(run).get("mql"),
        leads=len(leads),
        currency=review.currency,
    )


def _masks(code: np.ndarray[tuple[int], np.dtype[np.int16]], groups: int) -> list[Mask]:
    """The leads of each group, and last of none where there are at least five, or no groups at
    all.
    """
    found = [np.asarray(code == number) for number in range(groups)]
    rest = np.asarray(code < 0)
    return [*found, rest] if rest.sum() >= FEWEST_FOR_A_COUNT or not groups else found


def _rest(masks: Sequence[Mask], names: Sequence[str]) -> tuple[None, ...]:
    return (None,) * (len(masks) - len(names))


def _won(leads: Cohorts) -> Mask:
    return np.asarray(leads.reached["customer"] < NEVER)


def _cells(
    leads: Cohorts, channels: Sequence[Mask], personas: Sequence[Mask], among: Mask, *, mature: bool
) -> tuple[tuple[LeadCounts, ...], ...]:
    base = among & leads.came_to("lead", mature=mature)
    won = base & leads.came_to("customer", mature=mature)
    return tuple(
        tuple(_counted(base & channel & persona, won) for persona in personas)
        for channel in channels
    )


def _counted(base: Mask, won: Mask) -> LeadCounts:
    leads = int(base.sum())
    return (
        LeadCounts(leads, int((base & won).sum()))
        if leads >= FEWEST_FOR_A_COUNT or not leads
        else LeadCounts(None, None)
    )


def _mqls(leads: Cohorts, among: Mask) -> LeadCounts | None:
    """MQLs and the customers among them, of judged leads."""
    if not leads.has("mql"):
        return None
    return _counted(
        among & leads.came_to("mql", mature=True), leads.came_to("customer", mature=True)
    )


def _by_month(
    leads: Cohorts,
    channels: Sequence[Mask],
    months: Sequence[int],
    spent: Spending,
    goals: Sequence[float | None],
) -> list[ChannelMonth]:
    rows = []
    for number, channel in enumerate(channels):
        for month in months:
            came = int((channel & leads.created_in([month])).sum())
            place = number if number < len(goals) else -1
            visits, cost = (
                found.total if (found := spent.of(figure, [month], place)) else None
                for figure in FIGURES
            )
            goal = goals[number] if number < len(goals) else None
            rows.append(
                ChannelMonth(month, number, _whole(tellable_count(came)), goal, visits, cost)
            )
    return rows


def _booked(
    leads: Cohorts,
    part: Mask,
    months: list[int],
    monthly: Monthly,
    segment: str | None,
    segments: Set[str],
    spent: Spending,
) -> Booked:
    """What came in, of some leads, within months; goals of one segment, or of all for None."""
    inside = [
        part & _within(leads.reached[step], months) if leads.has(step) else None
        for step in ("customer", "mql")
    ]
    won, mql = inside
    promised = [
        goal
        for goal in monthly.goals.to_pylist()
        if goal["month"] in months and segment in (None, goal["segment"])
    ]
    targets = [goal["target_close_rate"] for goal in promised]
    is_whole = len(promised) == len(months) * (len(segments) if segment is None else 1)
    amounts = leads.amount[won] if won is not None else np.zeros(0)
    known = amounts[np.isfinite(amounts)]
    return Booked(
        goal=sum(goal["revenue"] for goal in promised) if promised and is_whole else None,
        target=sum(targets) / len(targets)
        if segment is not None and targets and None not in targets
        else None,
        revenue=float(known.sum()) if len(known) >= FEWEST_FOR_A_COUNT else None,
        customers=None if won is None else tellable_count(int(won.sum())),
        mqls=None if mql is None else tellable_count(int(mql.sum())),
        leads=tellable_count(int((part & np.isin(leads.month, months)).sum())) if months else None,
        visits=_visits(leads, months, spent) if segment is None else None,
        won=0 if won is None else int(won.sum()),
        priced=len(known),
    )


def _promised(monthly: Monthly, months: Sequence[int]) -> set[str]:
    """Segments that have a goal in some month."""
    return {goal["segment"] for goal in monthly.goals.to_pylist() if goal["month"] in months}


def _with_goals(monthly: Monthly, months: Sequence[int], segments: Set[str]) -> list[int]:
    """The months in which every segment that has a goal has one, so that goals and what came cover
    the same; all months where there is no such one.
    """
    goals = monthly.goals
    pairs = set(zip(goals["month"].to_pylist(), goals["segment"].to_pylist(), strict=True))
    common = [month for month in months if all((month, one) in pairs for one in segments)]
    return common or list(months)


def _visits(leads: Cohorts, months: Sequence[int], spent: Spending) -> float | None:
    """Visits of some months; None unless they are known wherever leads came from."""
    known = spent.of("visits", months)
    came = np.isin(leads.month, months)
    if known is None or not bool(known.brought(leads)[came].all()):
        return None
    return known.total


def _visitor_to_lead(leads: Cohorts, months: Sequence[int], spent: Spending) -> float | None:
    known = spent.of("visits", months)
    return FunnelShare(int(known.brought(leads).sum()), known.total).value if known else None


def _within(days: np.ndarray[tuple[int], np.dtype[np.int32]], months: Sequence[int]) -> Mask:
    """Whether days lie in some months."""
    known = days < NEVER
    month = np.full(len(days), -1, dtype=np.int32)
    month[known] = months_of(days[known])
    return np.asarray(np.isin(month, months) & known)


def _whole(count: float | None) -> int | None:
    return None if count is None else int(count)
