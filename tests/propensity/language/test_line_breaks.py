"""Lines fit, lose nothing, and break where the language lets them."""

import random

import pytest
from rich.cells import cell_len

from propensity.language.line_breaks import lines

TEXTS = (
    "Lifts the chance to 68 % (if average in this: 18 %). Of 316 leads, 114 closed.",
    "受注見込みを68%に押し上げています（この点が平均的なら18%）。根拠：28日以内の受注は114件（91～140件）。",
    "pricing page：30日間に12回（最終1日前）",
    "x" * 200,
    "株式会社" * 40,
    "",
)


@pytest.mark.parametrize("text", TEXTS)
@pytest.mark.parametrize("width", [20, 33, 80])
def test_lines_fit_and_lose_nothing(text, width):
    found = lines(text, width)

    assert all(cell_len(line) <= width for line in found)
    assert "".join("".join(found).split()) == "".join(text.split())


def test_no_line_begins_with_a_full_stop_or_ends_with_an_opening_bracket():
    for width in range(20, 100):
        for line in lines(TEXTS[1], width):
            assert line[0] not in "、。）：～%"
            assert line[-1] not in "（"


def test_a_number_keeps_its_percent_sign():
    assert not any(
        line.startswith("%") for width in range(12, 80) for line in lines(TEXTS[0], width)
    )


def test_any_text_is_kept():
    draw = random.Random(1)
    for _ in range(200):
        text = "".join(draw.choices("ab12 %、。（）漢字か…😀", k=draw.randrange(80)))
        assert "".join("".join(lines(text, 9)).split()) == "".join(text.split())
