"""A line is told in the words of the glossary."""

from string import Formatter

import pytest

from propensity.language import catalogue


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
        for template in catalogue("training.threshold", language).values()
        for text, *_ in Formatter().parse(template)
    )
    assert [word for word in words if word in said] == []
