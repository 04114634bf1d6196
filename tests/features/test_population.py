"""The population is who was known, not closed and not silent for too long."""

from hypothesis import given, settings

from tests.features.build.test_build import AS_OF, population, worlds


@settings(max_examples=20, deadline=None)
@given(worlds())
def test_the_population_is_who_was_known_not_closed_and_not_silent_too_long(facts):
    def is_open(lead: int, as_of: int) -> bool:
        this = facts.leads[lead]
        closed = this.closed is not None and this.closed + this.close_delay < as_of
        own = [
            e.day
            for e in facts.events
            if e.lead == lead and e.type != "mail" and e.known_day < as_of
        ]
        return this.created < as_of and not closed and as_of - max([this.created, *own]) <= 30

    expected = [
        (lead, day) for lead in range(len(facts.leads)) for day in (80, AS_OF) if is_open(lead, day)
    ]
    assert population(facts, 80, AS_OF) == expected
