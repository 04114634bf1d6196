"""Files of hypotheses: everything wrong is listed; verdicts follow the intervals."""

import pytest

from features.errors import ConfigError
from training.review.findings.hypotheses import Claim, _verdict, read


def written(tmp_path, text):
    path = tmp_path / "hypotheses.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_file_of_claims_is_read(tmp_path):
    found = read(written(tmp_path, "- sentence: 大企業は買う\n  rule: employees >= 1000\n"))

    assert found == (Claim(sentence="大企業は買う", rule="employees >= 1000", closes="more"),)


def test_no_file_says_nothing(tmp_path):
    assert read(tmp_path / "hypotheses.yaml") is None


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("sentence: one", "expected a list of claims"),
        ("- sentence: [", "is not valid YAML"),
        ("- just a text", "entry 0"),
        ("- {sentence: a, rule: employees >}", "entry 0.rule"),
        ("- {sentence: a, rule: employees > 1, close: less}", "did you mean `closes`"),
        ("- {sentence: '', rule: employees > 1}\n- {rule: employees > 1}", "2 problem(s)"),
    ],
    ids=["no list", "no YAML", "no mapping", "no rule", "unknown key", "everything at once"],
)
def test_everything_wrong_with_a_file_is_listed(tmp_path, text, said):
    with pytest.raises(ConfigError, match=r"hypotheses\.yaml") as raised:
        read(written(tmp_path, text))

    assert said in str(raised.value)


@pytest.mark.parametrize(
    ("closes", "low", "high", "expected", "verdict"),
    [
        ("more", 0.06, 0.12, 0.05, "holds"),
        ("more", 0.02, 0.06, 0.05, "fails"),  # a quarter more would be .0625
        ("more", 0.02, 0.07, 0.05, "few"),
        ("more", 0.01, 0.02, 0.05, "fails"),  # the other way round
        ("less", 0.01, 0.04, 0.05, "holds"),
        ("less", 0.04, 0.09, 0.05, "fails"),
        ("less", 0.03, 0.09, 0.05, "few"),
        ("more", 0.85, 0.99, 0.9, "few"),  # above .9 there is little room: a quarter of it is .025
        ("more", 0.85, 0.92, 0.9, "fails"),
    ],
)
def test_a_verdict_follows_the_range_of_the_rate(closes, low, high, expected, verdict):
    claim = Claim(sentence="said", rule="employees > 1", closes=closes)

    assert _verdict(claim, low, high, expected) == verdict
