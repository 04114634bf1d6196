"""What the pack says is said in the words that were agreed on, and calls the goal by its name."""

import re
from importlib.resources import files
from string import Formatter

import pytest

from training.review import words
from training.review.pack import SECTIONS

TOPICS = sorted(
    path.name.split(".")[0] for path in files(words).iterdir() if path.name.endswith(".en.toml")
)
#: Said only where the goal is an order, or of orders in any case.
OF_ORDERS = {"actions": ("title",), "line": ("to: won",)}
MEETING = ("minute", "matters", "map", "line", "decide", "origin", "cover")


#: Filled without being asked for: see ``Words``.
OF_THE_GOAL = set(words.words_of("minute", "en").texts.standing)


@pytest.mark.parametrize("name", MEETING)
def test_the_meeting_speaks_of_no_log_odds(name):
    said = " ".join(words.words_of(name, "en").texts.values()).lower()

    for word in (
        "log-odds",
        "odds",
        "shap",
        "precision",
        "calibrat",
        "lift",
        "recall",
        "contribution",
        "challenger",
    ):
        assert word not in said, word


@pytest.mark.parametrize("name", [name for name in TOPICS if name != "expert"])
def test_japanese_avoids_what_the_glossary_avoids(name):
    texts = words.words_of(name, "ja").texts

    for word in (
        "確度",
        "適合率",
        "リーク",
        "再現率",
        "リフト",
        "エビデンス",
        "信頼区間",
        "キャリブレーション",
        "オッズ",
        "閾値",
        "欠損",
        "寄与",
        "適格リード",
        "クワドラント",
        "フィット",
        "資格",
        "ドラフト",
        "チャンピオン",
        "昇格",
        "放置",
        "対象外",
        "承認リード",
        "却下",
        "リードバリュー",
        "キャパ",
        "クローズ率",
        "成約率",
        "関心「高」",
        "受注確率",
    ):
        for key, text in texts.items():
            assert word not in text, (key, word)


@pytest.mark.parametrize("name", TOPICS)
def test_japanese_is_set_full_width_with_half_width_digits(name):
    for key, text in words.words_of(name, "ja").texts.items():
        assert not any(mark in text for mark in "(),?!:０１２３４５６７８９％"), (key, text)


@pytest.mark.parametrize(
    "name", sorted({"page", "one_page", *dict(SECTIONS)} - {"funnel", "promise"})
)
def test_where_the_goal_is_a_stage_nobody_is_said_to_close(name):
    for language in ("en", "ja"):
        told = words.words_of(name, language, goal="offer returned")
        every = {
            field
            for text in told.texts.values()
            for _, field, _, _ in Formatter().parse(text)
            if field
        }
        for key in told.texts:
            if key in OF_ORDERS.get(name, ()):
                continue
            said = told.say(key, **dict.fromkeys(every - OF_THE_GOAL, "x"))
            assert not re.search(r"\bclos(e|es|ed)\b(?!-loop)|受注", said), (key, said)


def test_the_goal_is_told_by_its_name():
    assert (
        words.words_of("minute", "en", goal="demo").say("all leads")
        == "of all leads reached “demo”"
    )
    assert (
        words.words_of("minute", "ja", goal="demo").say("all leads")
        == "全リードのうち「demo」に到達した割合"
    )
    assert "到達見込み" in words.words_of("matters", "ja", goal="demo").say("how")


def test_an_unknown_language_is_an_error():
    with pytest.raises(KeyError):
        words.words_of("minute", "fr")


@pytest.mark.parametrize(
    ("share", "said"),
    [(0.1, "10"), (0.023, "2.3"), (0.0, "0"), (0.9722, "97.2")],
    ids=["10", "2.3", "none", "97.2"],
)
def test_so_many_of_100_read_as_the_figure_does(share, said):
    for language in ("en", "ja"):
        told = words.words_of("minute", language)
        assert told.hundred(share) == said
        assert told.write(share, "share").startswith(said)
