"""Levels of an outcome mean won, lost or open by their words, or nothing."""

import pytest

from training.init.level_words import meaning_of


@pytest.mark.parametrize(
    "value", ["Won", "Closed Won", "closedwon", "06 - Closed Won", "受注", "成約", "gewonnen"]
)
def test_these_are_plainly_won(value):
    assert meaning_of(value) == ("won", True)


@pytest.mark.parametrize(
    "value",
    ["Lost", "Closed-Lost", "失注", "perdu", "Lost to us", "Closed - Not Converted"],
)
def test_these_are_plainly_lost(value):
    assert meaning_of(value) == ("lost", True)


@pytest.mark.parametrize("value", ["Prospecting", "In Progress", "提案中", "商談中", "New"])
def test_these_are_open(value):
    assert meaning_of(value)[0] == "open"


@pytest.mark.parametrize(
    "value",
    [
        "Ringing",
        "wonderful",
        "Not Contacted",
        "will revert after they have won the next tender in spring",
        "",
    ],
)
def test_of_these_a_person_has_to_decide(value):
    assert meaning_of(value)[0] is None
