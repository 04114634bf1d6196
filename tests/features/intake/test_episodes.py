"""Several deals of one lead: which episodes they make, and what of them was known when."""

import pytest

from features.errors import DataError
from features.population import open_rows
from features.settings import OutcomeColumns, PopulationSettings
from features.spec import EventReading
from tests.features.inputs import DAY, opened, reasons, rows, three

COLUMNS = OutcomeColumns(opened_at="opened", reopened_at="reopened", recorded_at="noted")
HEADER = "lead_id,closed_at,won,opened,reopened,noted,is_closed\n"
READING = EventReading(actors={"*": "lead"})
POPULATION = PopulationSettings(until="closed", stale_after_days=3000)


def deals(tmp_path, text, *, purpose="train", events=None, **more):
    """A store of the leads a (created on day 0), b (day 1) and c (day 2) with these deals."""
    options = {"outcomes": {"columns": COLUMNS, **more}}
    padding = "c,2024-01-20T09:00Z,1,,,,1\n"
    return opened(
        three(tmp_path, events=events, outcomes=HEADER + text + padding, options=options),
        purpose=purpose,
        **({"kinds": {"size": "number"}} if purpose == "score" else {}),
    )


def episodes_of(store, lead):
    names = ("episode", f"started_day - {DAY}", f"start_known_day - {DAY}", f"closed_day - {DAY}")
    return [row[1:] for row in rows(store, "episodes", "lead", *names, "won") if row[0] == lead]


def open_on(store, day):
    found = open_rows(store, POPULATION, READING, [DAY + day]).to_pylist()
    return {(row["lead"], row["episode"]) for row in found}


CHAINS = [
    (
        "a customer who bought twice is won once, and the second close is repeat business",
        "a,2024-02-01T09:00Z,1,,,,1\na,2024-03-01T09:00Z,1,,,,1\n",
        [(1, 0, 0, 31, True)],
    ),
    (
        "a second deal with a known opening is an episode of its own",
        "a,2024-02-01T09:00Z,1,,,,1\na,2024-03-01T09:00Z,0,2024-02-11T09:00Z,,,1\n",
        [(1, 0, 0, 31, True), (2, 41, 41, 60, False)],
    ),
    (
        "a deal opened before the one before it closed begins with that close",
        "a,2024-02-01T09:00Z,0,,,,1\na,2024-03-01T09:00Z,1,2024-01-11T09:00Z,,,1\n",
        [(1, 0, 0, 31, False), (2, 31, 31, 60, True)],
    ),
    (
        "an open deal makes a lost lead open again",
        "a,2024-02-01T09:00Z,0,,,,1\na,,,2024-02-21T09:00Z,,,0\n",
        [(1, 0, 0, 31, False), (2, 51, 51, None, None)],
    ),
    (
        "of several open deals the first stands for all",
        "a,,,2024-02-21T09:00Z,,,0\na,,,2024-01-11T09:00Z,,,0\n",
        [(1, 0, 0, None, None)],
    ),
    (
        "a reopening is known no earlier than the loss before it was recorded",
        "a,2024-01-10T09:00Z,0,,2024-01-12T09:00Z,2024-01-31T09:00Z,1\n",
        [(1, 0, 0, 9, False), (2, 11, 30, None, None)],
    ),
]


@pytest.mark.parametrize(("text", "expected"), [c[1:] for c in CHAINS], ids=[c[0] for c in CHAINS])
def test_deals_make_episodes(tmp_path, text, expected):
    with deals(tmp_path, text) as store:
        assert episodes_of(store, 0) == expected
        assert reasons(store, "outcomes") == {}


def test_a_loss_that_was_not_recorded_yet_leaves_the_first_episode_open(tmp_path):
    text = "a,2024-01-10T09:00Z,0,,2024-01-12T09:00Z,2024-01-31T09:00Z,1\n"
    with deals(tmp_path, text) as store:
        assert (0, 1) in open_on(store, 14)
        assert (0, 2) in open_on(store, 31)


def test_a_deal_that_is_not_closed_is_open_whatever_its_date(tmp_path):
    text = "a,2024-01-15T09:00Z,Negotiation,,,,false\nb,2024-01-16T09:00Z,Closed Lost,,,,true\n"
    with deals(tmp_path, text, won_values=["Closed Won", "1"], closed="is_closed") as store:
        assert episodes_of(store, 0) == [(1, 0, 0, None, None)]
        assert episodes_of(store, 1) == [(1, 1, 1, 15, False)]


def test_levels_that_nobody_called_lost_are_asked_for_with_their_counts(tmp_path):
    text = "a,2024-01-15T09:00Z,Negotiation,,,,1\nb,2024-01-16T09:00Z,Closed Lost,,,,1\n"
    with pytest.raises(DataError, match=r"'Closed Lost' \(1\), 'Negotiation' \(1\); write each"):
        deals(tmp_path, text, won_values=["1"])


def test_a_level_in_no_list_is_asked_for_in_training_and_open_in_scoring(tmp_path):
    text = "a,2024-01-15T09:00Z,Paused,,,,1\nb,2024-01-16T09:00Z,Lost,,,,1\n"
    lists = {"won_values": ["1"], "lost_values": ["Lost"]}
    with pytest.raises(DataError, match=r"stand in none of .* 'Paused' \(1\)"):
        deals(tmp_path, text, **lists)
    with deals(tmp_path, text, purpose="score", **lists) as store:
        assert episodes_of(store, 0) == [(1, 0, 0, None, None)]


def test_a_single_level_that_means_open_is_no_loss(tmp_path):
    with pytest.raises(DataError, match=r"nobody said that they mean a loss: 'Open' \(2\)"):
        deals(tmp_path, "a,2024-01-15T09:00Z,Open,,,,1\nb,2024-01-16T09:00Z,Open,,,,1\n")


def test_a_doubt_about_an_outcome_stops_no_score(tmp_path):
    text = "a,never,0,,,,1\n"
    with deals(tmp_path, text) as store:
        assert rows(store, "leads", "lead_id") == [("b",), ("c",)]
    with deals(tmp_path, text, purpose="score") as store:
        assert rows(store, "leads", "lead_id") == [("a",), ("b",), ("c",)]
