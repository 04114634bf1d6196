"""Both languages say the same, in the words of the glossary."""

from string import Formatter

import pytest

from training.threshold.words import CATALOGUES, ENGLISH, JAPANESE


def fields(template):
    return {name for _, name, _, _ in Formatter().parse(template) if name}


def test_both_catalogues_hold_the_same_keys():
    assert list(ENGLISH) == list(JAPANESE)


@pytest.mark.parametrize("key", ENGLISH)
def test_both_languages_fill_in_the_same_figures(key):
    worded = {"goal", "goals", "reached"}  # the same noun or verb, as the language needs it
    assert fields(ENGLISH[key]) - worded == fields(JAPANESE[key]) - worded


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", ["precision", "recall", "calibration", "log-odds", "SHAP", "threshold"]),
        (
            "ja",
            [
                "確度",
                "適合率",
                "再現率",
                "リーク",
                "キャリブレーション",
                "信頼区間",
                "受注確率",
                "適格",
            ],
        ),
    ],
)
def test_no_word_that_the_room_reads_differently(language, words):
    said = " ".join(
        text
        for template in CATALOGUES[language].values()
        for text, *_ in Formatter().parse(template)
    )
    assert [word for word in words if word in said] == []
