"""What the pack says exists in both languages, with the same gaps to fill, and in the words that were agreed on."""

import pkgutil
from importlib import import_module
from string import Formatter

import pytest

from training.review import words

MODULES = sorted(module.name for module in pkgutil.iter_modules(words.__path__))
MEETING = ("minute", "matters", "map", "line", "decide", "origin", "cover")


def gaps(text):
    return sorted({field for _, field, _, _ in Formatter().parse(text) if field})


@pytest.mark.parametrize("name", MODULES)
def test_both_languages_say_the_same_things(name):
    texts = import_module(f"training.review.words.{name}").WORDS

    assert set(texts) == {"en", "ja"}
    assert set(texts["en"]) == set(texts["ja"])
    for key, english in texts["en"].items():
        assert gaps(english) == gaps(texts["ja"][key]), key


@pytest.mark.parametrize("name", MEETING)
def test_the_meeting_speaks_of_no_log_odds(name):
    texts = import_module(f"training.review.words.{name}").WORDS
    said = " ".join(texts["en"].values()).lower()

    for word in ("log-odds", "odds", "shap", "precision", "calibrat", "lift", "recall", "contribution", "challenger"):
        assert word not in said, word


@pytest.mark.parametrize("name", [name for name in MODULES if name != "expert"])
def test_japanese_avoids_what_the_glossary_avoids(name):
    texts = import_module(f"training.review.words.{name}").WORDS["ja"]

    for word in (
        "確度", "適合率", "リーク", "再現率", "リフト", "エビデンス", "信頼区間", "キャリブレーション", "オッズ",
        "閾値", "欠損", "寄与", "適格リード", "クワドラント", "フィット", "資格", "ドラフト", "チャンピオン", "昇格",
        "放置", "対象外", "承認リード", "却下", "リードバリュー", "キャパ", "クローズ率", "成約率",
        "関心「高」", "受注確率",
    ):  # fmt: skip
        for key, text in texts.items():
            assert word not in text, (key, word)


@pytest.mark.parametrize("name", MODULES)
def test_japanese_is_set_full_width_with_half_width_digits(name):
    for key, text in words.words_of(name, "ja").texts.items():
        assert not any(mark in text for mark in "(),?!:０１２３４５６７８９％"), (key, text)


def test_an_unknown_language_is_an_error():
    with pytest.raises(KeyError):
        words.words_of("minute", "fr")


@pytest.mark.parametrize(
    ("share", "said"), [(0.1, "10"), (0.023, "2.3"), (0.0, "0"), (0.9722, "97.2")], ids=["10", "2.3", "none", "97.2"]
)
def test_so_many_of_100_read_as_the_figure_does(share, said):
    for language in ("en", "ja"):
        told = words.words_of("minute", language)
        assert told.hundred(share) == said
        assert told.write(share, "share").startswith(said)
