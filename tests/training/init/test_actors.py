"""Who acts, by the words of event types."""

from training.init.actors import actor_of, actors


def test_words_tell_who_acts():
    told = {name: actor_of(name) for name in ("email_sent", "Call", "page_view", "資料請求", "X1")}
    assert told == {
        "email_sent": "marketing",
        "Call": "sales",
        "page_view": "lead",
        "資料請求": "lead",
        "X1": None,
    }


def test_unknown_types_with_one_beginning_are_one_question():
    assert [(g.pattern, g.told) for g in actors(["W_a", "W_b", "zz"])] == [
        ("W_*", "W_a, W_b"),
        ("zz", "zz"),
    ]


def test_many_unknown_types_are_one_question():
    assert [g.pattern for g in actors(["Call", *(f"zz{c}" for c in "abcdefgh")])] == ["Call", "*"]


def test_a_pattern_matches_the_type_alone():
    assert actors(["page_view [*]"])[0].pattern == "page_view [[][*]]"
