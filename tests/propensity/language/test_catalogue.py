"""A gap is filled in one way for texts and for columns, and an error names the key and the gap."""

import pyarrow as pa
import pytest

from propensity.language.catalogue import Catalogue, catalogue

WORDS = Catalogue("a room (words; en)", "en", {"so far": "{a} of {b}", "odd": "100 {close}"})


def test_gaps_are_filled_by_texts_and_by_columns_alike():
    told = WORDS.column("so far", a=pa.array(["1", None, "2"]), b="3").to_pylist()

    assert told == [WORDS.say("so far", a=1, b=3), None, WORDS.say("so far", a="2", b="3")]


@pytest.mark.parametrize(
    ("key", "given", "named"),
    [
        ("so near", {}, ["a room (words; en)", "'so near'"]),
        ("so far", {"a": 1}, ["a room (words; en)", "'so far'", "{b}", "values for a"]),
        ("odd", {}, ["'odd'", "{close}", "values for none"]),
    ],
)
def test_an_error_names_the_room_the_key_and_the_gap(key, given, named):
    with pytest.raises(KeyError) as refused:
        WORDS.say(key, **given)

    assert [part for part in named if part not in str(refused.value)] == []


def test_an_unknown_language_is_an_error_that_names_those_there_are():
    with pytest.raises(KeyError, match="expected a language of en, ja, got 'fr'"):
        catalogue("training.audit", "fr")


@pytest.mark.parametrize(
    ("language", "won", "reached"),
    [("en", "100 close", "100 reach “demo”"), ("ja", "100 受注", "100 「demo」に到達")],
)
def test_the_goal_is_called_by_its_name_unless_it_is_an_order(language, won, reached):
    words = Catalogue("a room", language, WORDS.texts)

    assert words.of_goal(None).say("odd") == won
    assert words.of_goal("demo").say("odd") == reached
    assert words.of_goal("demo").say("odd", close="x") == "100 x"
