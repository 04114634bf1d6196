"""Names are read by whole words, in every script."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from training.init.name_words import NAMES, is_name_of, kin, says, words


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("TotalVisits", ("total", "visit")),
        ("hs_lifecyclestage_lead_date", ("hs", "lifecyclestage", "lead", "date")),
        ("customerID", ("customer", "id")),
        ("MQLDate", ("mql", "date")),
        ("Employee Count", ("employee", "count")),
        ("status", ("status",)),
        ("address", ("address",)),
    ],
)
def test_a_name_is_taken_apart_at_signs_and_capitals(name, found):
    assert words(name) == found


@pytest.mark.parametrize(
    ("name", "term"),
    [
        ("Discount code", "count"),
        ("Account", "count"),
        ("Country", "count"),
        ("Interview", "view"),
        ("wonderful", "won"),
        ("paid", "id"),
        ("Advertised", "ad"),
    ],
)
def test_a_part_of_a_word_says_nothing(name, term):
    assert not says(name, [term])


def test_japanese_needs_no_spaces():
    assert says("最終訪問回数", ["訪問"])
    assert says("ｽﾃｰﾀｽ", NAMES["stage"])  # half width


def test_a_flag_is_named_by_what_it_says():
    assert is_name_of("IsWon", ["won"])
    assert not is_name_of("won amount", ["won"])


def test_names_are_kin_by_more_than_the_word_id():
    assert kin("customer_id", "Customer")
    assert not kin("order_id", "product_id")


@given(st.text(max_size=40))
def test_any_name_has_words_in_small_letters(name):
    assert all(word == word.casefold() for word in words(name))
