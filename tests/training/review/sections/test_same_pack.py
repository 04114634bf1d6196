"""The pack knows no clock: what it is made of makes its bytes."""

import time

import pytest

from training.review.findings.gather import gather
from training.review.pack import pack


@pytest.mark.slow
def test_two_runs_give_the_same_bytes_for_every_file(under_review, monkeypatch):
    first = pack(under_review.material, language="ja")
    real = time.localtime
    monkeypatch.setattr(
        time, "localtime", lambda at=None: real((at or time.time()) + 400 * 24 * 3600)
    )

    again = pack(gather(under_review.config), language="ja")

    assert again.keys() == first.keys()
    assert [name for name in first if again[name] != first[name]] == []
    assert {
        "review.html",
        "review.pptx",
        "sla.xlsx",
        "definition.html",
        "decisions.yaml",
    } < first.keys()
