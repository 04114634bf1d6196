"""Outcomes make episodes, and what cannot be used is put aside with the lead."""

import pytest

from features.errors import DataError
from features.settings import (
    OutcomeColumns,
)
from tests.features.inputs import LEADS, opened, reasons, rows, three


class TestOutcomes:
    columns = OutcomeColumns(reopened_at="reopened", lost_reason="why", amount="sum")

    def episodes(self, tmp_path, outcomes: str, **more):
        options = {"outcomes": {"columns": self.columns, **more}}
        text = "lead_id,closed_at,won,reopened,why,sum\n" + outcomes
        store = opened(three(tmp_path, LEADS, outcomes=text, options=options))
        with store:
            names = (
                "lead",
                "episode",
                "started_day - 19723",
                "closed_day - 19723",
                "won",
                "lost_reason",
                "amount",
            )
            return (
                rows(store, "episodes", *names),
                reasons(store, "outcomes"),
                rows(store, "leads", "lead_id"),
            )

    def test_every_lead_has_an_episode_and_an_outcome_closes_it(self, tmp_path):
        found, _, _ = self.episodes(
            tmp_path, "a,2024-02-01T09:00Z,1,,,99.5\nb,2024-02-02T09:00Z,0,,price,\n"
        )
        assert found == [
            (0, 1, 0, 31, True, None, 99.5),
            (1, 1, 1, 32, False, "price", None),
            (2, 1, 2, None, None, None, None),
        ]

    def test_a_word_in_a_column_that_is_said_to_hold_dates_is_no_close(self, tmp_path):
        found, bad, _ = self.episodes(
            tmp_path, "a,2024-02-01T09:00Z,1,,,\nb,No,,,,\n", formats={"closed_at": "date"}
        )
        assert [(lead, closed) for lead, _, _, closed, *_ in found] == [
            (0, 31),
            (1, None),
            (2, None),
        ]
        assert bad == {}

    def test_a_reopened_loss_starts_a_second_episode_that_its_own_outcome_closes(self, tmp_path):
        found, bad, _ = self.episodes(
            tmp_path,
            "a,2024-04-01T09:00Z,1,,,\na,2024-02-01T09:00Z,0,2024-03-01T09:00Z,,\n"
            "b,2024-02-01T09:00Z,0,2024-03-01T09:00Z,,\n",
        )
        assert [row[:5] for row in found] == [
            (0, 1, 0, 31, False),
            (0, 2, 60, 91, True),
            (1, 1, 1, 31, False),
            (1, 2, 60, None, None),
            (2, 1, 2, None, None),
        ]
        assert bad == {}

    def test_an_outcome_without_close_leaves_the_lead_open(self, tmp_path):
        found, _, _ = self.episodes(tmp_path, "a,,,,,\nb,,0,,,\nc,2024-02-02T09:00Z,yes,,,\n")
        assert [row[3:5] for row in found] == [(None, None), (None, None), (32, True)]

    @pytest.mark.parametrize(
        ("outcome", "reason"),
        [
            ("a,2023-12-31T09:00Z,0,,,", "closed before the lead was created"),
            ("a,never,0,,,", "closed_at cannot be read as a time"),
            ("a,,1,,,", "won, but without closed_at"),
            ("a,2024-02-01T09:00Z,,,,", "closed, but neither won nor lost"),
            ("a,2024-02-01T09:00Z,0,2024-01-15T09:00Z,,", "reopened before it was closed"),
            ("a,2024-02-01T09:00Z,0,later,,", "reopened_at cannot be read as a time"),
            ("a,,,2024-01-15T09:00Z,,", "reopened, but without closed_at"),
        ],
    )
    def test_a_lead_whose_outcome_cannot_be_used_is_left_out(self, tmp_path, outcome, reason):
        good = "b,2024-02-01T09:00Z,1,,,\nc,2024-02-01T09:00Z,1,,,\n"
        found, bad, leads = self.episodes(tmp_path, f"{good}{outcome}\n")
        assert bad == {reason: 1}
        assert leads == [("b",), ("c",)]
        assert [row[:2] for row in found] == [(0, 1), (1, 1)]

    def test_a_win_after_a_loss_is_an_episode_that_begins_with_its_close(self, tmp_path):
        closes = "a,2024-02-01T09:00Z,0,,,\na,2024-03-01T09:00Z,1,,,\nb,2024-02-01T09:00Z,1,,,\n"
        found, bad, leads = self.episodes(tmp_path, closes)
        assert bad == {}
        assert leads == [("a",), ("b",), ("c",)]
        assert [row[:5] for row in found if row[0] == 0] == [
            (0, 1, 0, 31, False),
            (0, 2, 60, 60, True),
        ]

    def test_an_exact_copy_of_an_outcome_costs_no_lead(self, tmp_path):
        row = "a,2024-02-01T09:00Z,1,,,\n"
        _, bad, leads = self.episodes(tmp_path, row * 2 + "b,2024-02-01T09:00Z,1,,,\n")
        assert bad == {"an exact copy of another row": 1}
        assert leads == [("a",), ("b",), ("c",)]

    def test_the_events_of_a_lead_that_is_left_out_go_with_it(self, tmp_path):
        outcomes = "lead_id,closed_at,won\na,2023-01-01T09:00Z,1\nb,2024-02-02T09:00Z,1\n"
        with opened(three(tmp_path, outcomes=outcomes), quarantine=tmp_path / "q") as store:
            assert reasons(store, "leads") == {"its outcome cannot be used": 1}
            assert reasons(store, "events") == {"its lead cannot be used": 1}
            assert rows(store, "events", "lead", "event_type") == [(0, "demo")]

    def test_a_close_given_as_a_date_may_be_the_day_of_creation(self, tmp_path):
        outcomes = "lead_id,closed_at,won\na,2024-01-01,1\nb,2024-01-01,1\nc,2024-01-03,0\n"
        with opened(three(tmp_path, outcomes=outcomes, timezone="Asia/Tokyo")) as store:
            assert rows(store, "leads", "lead_id") == [("a",), ("c",)]

    def test_stages_are_days_in_the_configured_order(self, tmp_path):
        outcomes = (
            "lead_id,closed_at,won,m,t\n"
            "a,2024-02-01T09:00Z,1,2024-01-10T09:00Z,2024-01-20T09:00Z\n"
            "b,,,,\n"
        )
        options = {"outcomes": {"stages": {"MQL": "m", "toss-up": "t"}}}
        with opened(three(tmp_path, outcomes=outcomes, options=options)) as store:
            assert store.stages == ("MQL", "toss-up")
            assert rows(store, "episodes", "lead", "s0_day - 19723", "s1_day - 19723") == [
                (0, 9, 19),
                (1, None, None),
                (2, None, None),
            ]

    def test_an_outcome_is_known_when_it_was_recorded(self, tmp_path):
        outcomes = (
            "lead_id,closed_at,won,noted\n"
            "a,2024-02-01T09:00Z,1,2024-02-05T09:00Z\n"
            "b,2024-02-01T09:00Z,1,\n"
        )
        options = {"outcomes": {"columns": OutcomeColumns(recorded_at="noted")}}
        with opened(three(tmp_path, outcomes=outcomes, options=options)) as store:
            assert rows(store, "episodes", "closed_day - 19723", "close_known_day - 19723")[:2] == [
                (31, 31),
                (31, 35),
            ]

    def test_outcomes_without_a_single_win_ask_for_the_values_that_mean_one(self, tmp_path):
        outcomes = (
            "lead_id,closed_at,won\na,2024-02-01T09:00Z,approved\nb,2024-02-02T09:00Z,declined\n"
        )
        with pytest.raises(
            DataError,
            match=r"no value of column 'won' means a win: it holds 'approved' \(1\), 'decl",
        ):
            opened(three(tmp_path, outcomes=outcomes))
