"""Results in a notebook: every text is escaped, and nothing comes from elsewhere."""

import builtins
import sys
from dataclasses import dataclass
from types import ModuleType

import pandas as pd

from propensity.notebook import ResultTable, as_html


@dataclass(frozen=True, repr=False)
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


def test_as_text_it_is_the_table():
    assert repr(Answered("a" * 1000, rows=5000)).startswith("Answered\n")
    assert len(repr(Answered("a" * 1000, rows=5000))) < 2000


def test_lines_are_shown_once(monkeypatch):
    class ZMQInteractiveShell:
        """By this name a notebook is known."""

    displayed = []
    monkeypatch.setattr(builtins, "get_ipython", ZMQInteractiveShell, raising=False)
    for name in ("IPython", "IPython.display"):
        monkeypatch.setitem(sys.modules, name, ModuleType(name))
    sys.modules["IPython.display"].display = displayed.append

    assert as_html(["a line"]).endswith(">a line\n</pre>")
    assert displayed == []
