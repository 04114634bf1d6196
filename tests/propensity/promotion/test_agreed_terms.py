"""Signed, or a draft: one answer for every command that shows a definition."""

import pytest

from propensity.promotion.agreed_terms import agreed_terms
from tests.propensity.promotion.test_promotion import (
    PASSED,
    company,
    define,
    files,
    register,
    registry,
    signed,
)

__all__ = ["company", "files"]  # fixtures


def terms(of):
    held = registry(of)
    model, number = held.load(1)
    return agreed_terms(of.config, held, model, number)


@pytest.mark.parametrize("is_file_there", [True, False])
def test_what_was_signed_is_no_draft_while_the_file_says_the_same(company, is_file_there):
    register(company, verdict=PASSED)
    assert terms(company).version == "DRAFT"
    signed(company, 1)
    if not is_file_there:
        (company.path.parent / "definition.yaml").unlink()

    found = terms(company)

    assert (found.version, found.is_draft) == ("1", False)
    assert {signature.role for signature in found.definition.signed} == {"marketing", "sales"}


def test_a_file_that_was_changed_since_is_a_draft(company):
    register(company, verdict=PASSED)
    signed(company, 1)
    define(company.path.parent, qualifiers=[])

    found = terms(company)

    assert (found.version, found.is_draft) == ("DRAFT", True)
    assert found.definition.qualifiers == ()
