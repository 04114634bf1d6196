"""Events of machines are left out alike whenever one looks, and how many is said."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from features.errors import DataError
from features.event_filter import EventFilter
from features.settings import EventColumns
from tests.features.inputs import DAY, opened, rows, three

QUICK = EventFilter(event_type="click", seconds=5, messages=("mail*",))
EVENTS = (
    "lead_id,occurred_at,event_type,agent\n"
    "a,2024-01-05T09:00:00Z,mail sent,\n"
    "a,2024-01-05T09:00:03Z,click,Chrome\n"
    "a,2024-01-05T09:00:05Z,click,Chrome\n"
    "a,2024-01-05T09:00:06Z,click,Chrome\n"
    "a,2024-01-05T11:00:00Z,click,Barracuda Sentinel\n"
    "a,2024-01-05T09:00:04Z,visit,Chrome\n"
    "b,2024-01-05T09:00:03Z,click,Chrome\n"
)
AGENT = {"events": {"columns": EventColumns(user_agent="agent")}}


def clicks(store):
    return [
        (lead, at.strftime("%H:%M:%S"))
        for lead, at in store.connection.execute(
            "SELECT lead_id, e.occurred_at FROM events e JOIN leads USING (lead)"
            " WHERE event_type = 'click' ORDER BY ALL"
        ).fetchall()
    ]


def test_what_follows_a_message_to_the_same_lead_within_seconds_is_left_out(tmp_path):
    with opened(three(tmp_path, events=EVENTS), filters=(QUICK,)) as store:
        assert clicks(store) == [("a", "09:00:06"), ("a", "11:00:00"), ("b", "09:00:03")]
        assert store.connection.execute(
            "SELECT count(*) FROM events WHERE event_type IN ('visit', 'mail sent')"
        ).fetchone() == (2,)
        assert store.filters == (QUICK,)
        said = "2 of 'click' left out, as decided: 2 within 5 seconds of a message"
        assert any(said in warning for warning in store.report.warnings)


def test_a_program_is_left_out_whatever_the_case_of_its_name(tmp_path):
    told = EventFilter(event_type="click", user_agents=("*barracuda*",))
    with opened(three(tmp_path, events=EVENTS, options=AGENT), filters=(told,)) as store:
        assert ("a", "11:00:00") not in clicks(store)
        assert len(clicks(store)) == 4
        said = "1 of 'click' left out, as decided: 1 by their user agent"
        assert any(said in warning for warning in store.report.warnings)


def test_a_filter_by_program_needs_a_column_that_tells_it(tmp_path):
    told = EventFilter(event_type="click", user_agents=("*bot*",))
    with pytest.raises(DataError, match="a filter on 'click' asks for user agents"):
        opened(three(tmp_path, events=EVENTS), filters=(told,))


MOMENT = st.tuples(
    st.sampled_from(["mail sent", "click"]),
    st.integers(0, 40),  # seconds around a midnight
    st.integers(0, 3),  # days until it was recorded
)


@settings(max_examples=25, deadline=None)
@given(st.lists(MOMENT, min_size=1, max_size=12))
def test_what_is_left_out_depends_on_what_was_known_alone(tmp_path_factory, moments):
    """A look at any day sees the same events, whatever was recorded later."""
    folder = tmp_path_factory.mktemp("known")
    start = datetime(2024, 1, 5, 23, 59, 40, tzinfo=UTC)
    lines = [
        (name, start + timedelta(seconds=second), start + timedelta(seconds=second, days=late))
        for name, second, late in dict.fromkeys(moments)
    ]

    def seen(kept, day):
        text = "lead_id,occurred_at,event_type,recorded_at\n" + "".join(
            f"a,{at:%Y-%m-%dT%H:%M:%SZ},{name},{noted:%Y-%m-%dT%H:%M:%SZ}\n"
            for name, at, noted in kept
        )
        options = {"events": {"columns": EventColumns(recorded_at="recorded_at")}}
        with opened(three(folder, events=text, options=options), filters=(QUICK,)) as store:
            found = rows(store, "events", "event_type", "occurred_at", "known_day")
        return [event for event in found if event[2] < day]

    for day in range(DAY + 4, DAY + 10):
        known = [
            line for line in lines if (line[2].date() - datetime(1970, 1, 1).date()).days < day
        ]
        if known:
            assert seen(lines, day) == seen(known, day)
