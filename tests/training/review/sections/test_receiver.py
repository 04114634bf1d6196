"""The promise names the team that keeps it: the one that gets MQLs, which may be inside sales."""

import pytest

from propensity.definition.schema import Definition, Instruction
from training.review.sections.promise import _receiver
from training.review.words import words_of

LABELS = {"Inside sales": "インサイドセールス"}


@pytest.mark.parametrize(
    ("owner", "told"), [("inside_sales", "インサイドセールス"), (None, "営業")]
)
def test_the_receiver_is_who_gets_mqls_and_else_sales(owner, told):
    definition = Definition.model_construct(
        roles={"inside_sales": "Inside sales", "sales": "Sales"},
        instructions={"MQL": Instruction(owner=owner)},
    )

    assert _receiver(definition, words_of("promise", "ja", labels=LABELS)) == told
