"""The whole life of a simulated company, and its tables as they stand on any day of it."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace

import pyarrow as pa
import pyarrow.compute as pc

from training.simulate.behaviour import Stream, draw_events
from training.simulate.called import with_calls
from training.simulate.company import Bools, Calendar, Company, Floats, Moments
from training.simulate.desk import Desk, HandOver
from training.simulate.late import add_late_rows
from training.simulate.mess import add_mess
from training.simulate.old_rule import handed_over
from training.simulate.people import People, draw_people
from training.simulate.planted import never_came, recorded, without_them
from training.simulate.tables import World, build_world, names
from training.simulate.then import known_then
from training.simulate.truth import simulate_history
from training.simulate.worked import with_sales


@dataclass(frozen=True)
class Life:
    """A company from its first day to its last.

    Attributes:
        calendar: Its days.
        people: Its leads.
        stream: What they do.
        won: (n,) when each is won, or ``NEVER``, if nobody is called.
        patience: (n,) how many closings each lives through before it is won.
        tables: As they will stand in the end, without what a sales team does.
    """

    calendar: Calendar
    people: People
    stream: Stream
    won: Moments
    patience: Floats
    tables: World

    @property
    def names(self) -> pa.Array:
        """(n,) lead ids."""
        return names("L", len(self.people))

    def desk(self) -> Desk:
        """The desk of the sales team, on which nothing lies yet."""
        return Desk(self.calendar, self.people, self.won, self.tables.chances, self.patience)

    def by_the_old_rule(self, until: int) -> list[HandOver]:
        """What was handed over before a moment without any model."""
        office = self.desk().office
        found = handed_over(self.calendar, self.people, self.stream, self.won, office)
        return [one for one in found if one.at < until]

    def tables_on(self, day: dt.date, desk: Desk | None = None) -> World:
        """The tables as they stand at the start of a local day.

        Args:
            day: Within the company's life.
            desk: What sales did; None without sales.
        """
        moment = int(self.calendar.midnights[(day - self.calendar.dates[0]).days])
        tables = self.tables
        if desk is not None and desk.called:
            tables = with_calls(tables, desk, self.won)
        world = known_then(tables, moment)
        month = f"{day:%Y-%m}"
        world = replace(
            world,
            traffic=world.traffic.filter(pc.less(world.traffic["month"], month)),
            goals=world.goals.filter(pc.less(world.goals["month"], month)),
            truth=world.truth.filter(pc.less_equal(world.truth["as_of"].cast("int64"), moment)),
            facts=replace(world.facts, observed_until=f"{day}T00:00:00"),
        )
        if desk is None or self.calendar.company.sales is None:
            return world
        return with_sales(world, desk, moment)


def life_of(company: Company) -> Life:
    """Simulate a company to its end.

    Raises:
        ValueError: A fault that nothing in the company can have.
    """
    calendar = Calendar(company)
    people = draw_people(company, calendar)
    stream = draw_events(company, calendar, people)
    history = simulate_history(company, calendar, people, stream)
    absent = never_came(calendar, people)
    people, stream = without_them(people, stream, absent)
    world = build_world(company, calendar, people, stream, history)
    until = calendar.observed_until
    people, won = people.known_before(until), history.won_before(until)
    if company.late.are_there:
        world = add_late_rows(world, calendar, people, won)
    if company.mess:
        world = add_mess(world, calendar, people, won)
    world = replace(world, events=recorded(world.events, calendar))
    if absent.any():
        world = _without(world, absent)
    return Life(calendar, people, stream, won, history.patience, world)


def _without(world: World, absent: Bools) -> World:
    """The tables without leads that never came."""
    gone = names("L", len(absent)).filter(absent)

    def rest(table: pa.Table) -> pa.Table:
        return table.filter(pc.invert(pc.is_in(table["lead_id"], value_set=gone)))

    tables = ("leads", "outcomes", "attribute_changes", "truth")
    return replace(world, **{name: rest(getattr(world, name)) for name in tables})
