"""Results in a notebook: every text is escaped, and nothing comes from elsewhere."""

from dataclasses import dataclass

import pandas as pd

from propensity.notebook import ResultTable


@dataclass(frozen=True)
class Answered(ResultTable):
    """What somebody wrote."""

    text: str
    rows: int = 1

    def to_pandas(self) -> pd.DataFrame:
        """A row each."""
        return pd.DataFrame({"text": [self.text] * self.rows, "n": 1 / 3})


def test_hostile_text_is_text():
    told = Answered("<script>alert(1)</script>&amp;")._repr_html_()

    assert "<script" not in told
    assert "&lt;script&gt;alert(1)&lt;/script&gt;&amp;amp;" in told
    assert "http" not in told
    assert "0.3333<" in told


def test_a_long_table_is_cut():
    assert Answered("a", rows=5000)._repr_html_().count("<tr") == 62
