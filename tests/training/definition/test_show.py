"""What `definition show` says of a hold-out."""

import io

import pytest
from rich.console import Console

from training.definition.show import DefinitionWorth, show


@pytest.mark.parametrize(
    ("language", "told"), [("en", "5.0 % are drawn at random"), ("ja", "MQLの5.0 %は無作為")]
)
def test_the_share_of_mqls_that_are_held_out_is_told(language, told):
    def shown(held_out):
        found = DefinitionWorth(
            leads=100,
            close_rate=0.1,
            known=0,
            close_rate_of_new=0.1,
            grades=(),
            areas=(),
            disorders=(),
            cases={"MQL": (40, 12)},
            mql_outside_hot=None,
            hot_below_line=None,
            held_out=held_out,
        )
        console = Console(width=120, file=io.StringIO())
        for part in show(found, [], language=language):
            console.print(part)
        return console.file.getvalue()

    assert told in shown(0.05)
    assert "5.0 %" not in shown(0.0)
