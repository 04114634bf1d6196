"""The outcome is found by what columns hold; every level is told with its rows."""

import pandas as pd
import pytest

from features.store import Store
from training.init.given_files import tables_of
from training.init.outcome import OutcomeGuess, judged, outcomes_in
from training.init.table_profile import TableProfile, profile_all


@pytest.fixture
def profiled(tmp_path):
    with Store() as store:

        def profile(**columns: list[object]) -> TableProfile:
            pd.DataFrame(columns).to_csv(tmp_path / "x.csv", index=False)
            return profile_all(store, tables_of([str(tmp_path / "x.csv")]))[0]

        profile.store = store
        yield profile


def first(table: TableProfile) -> OutcomeGuess:
    return outcomes_in(table)[0]


def test_levels_that_say_won_are_an_outcome_whatever_the_name(profiled):
    found = first(profiled(a=["x", "y"] * 30, b=["Won", "Lost", "Open"] * 20))
    assert (found.column.name, found.is_sure) == ("b", True)
    assert [(level.value, level.rows, level.meaning) for level in found.levels] == [
        ("Lost", 20, "lost"),
        ("Open", 20, "open"),
        ("Won", 20, "won"),
    ]


def test_a_name_alone_makes_an_outcome_of_two_levels(profiled):
    found = first(profiled(loan=["yes", "no"] * 30, y=["no"] * 50 + ["yes"] * 10))
    assert (found.column.name, found.is_sure) == ("y", True)


def test_two_levels_without_a_telling_name_are_asked(profiled):
    table = profiled(loan=["yes", "no"] * 30, c=["no"] * 50 + ["yes"] * 10, d=["a", "b"] * 30)
    assert not any(guess.is_sure for guess in outcomes_in(table))
    assert {guess.column.name for guess in outcomes_in(table)} == {"loan", "c", "d"}


def test_what_came_of_an_earlier_campaign_is_no_outcome(profiled):
    found = outcomes_in(profiled(previous_outcome=["won", "lost"] * 30, y=[1, 0] * 30))
    assert found[0].column.name == "y"


def test_a_word_of_two_meanings_beside_unknown_levels_is_asked(profiled):
    found = first(profiled(a=["unknown"] * 40 + ["success"] * 10 + ["failure"] * 10))
    assert not found.is_sure


def test_a_level_that_never_has_a_close_date_is_open(profiled):
    table = profiled(
        end=["2024-01-05"] * 40 + [""] * 20, result=["won"] * 20 + ["lost"] * 20 + ["Ringing"] * 20
    )
    found = judged(profiled.store, table, first(table), flag=None, closed_at=table.column("end"))
    assert [level.value for level in found.of("open")] == ["Ringing"]
    assert found.of("open")[0].why == "none has end"


def test_a_level_that_is_closed_is_not_open_whatever_its_words(profiled):
    table = profiled(
        shut=["true"] * 40 + ["false"] * 20,
        stage=["won"] * 20 + ["Legal review"] * 20 + ["Negotiation"] * 20,
    )
    found = judged(profiled.store, table, first(table), flag=table.column("shut"), closed_at=None)
    assert [level.value for level in found.of("open")] == ["Negotiation"]
    assert [level.value for level in found.of(None)] == ["Legal review"]


def test_a_date_that_only_some_have_may_be_the_outcome(profiled):
    found = first(profiled(converted_at=["2024-01-05"] * 20 + [""] * 40, n=list(range(60))))
    assert (found.is_date, found.is_sure) == (True, True)
