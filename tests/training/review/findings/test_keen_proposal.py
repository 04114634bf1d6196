"""Keen leads are put up for decision where they close more often than those that fit, or than those
that are handed over.
"""

from dataclasses import replace

import pytest

from training.review.findings.close_rates import close_rate_comparison
from training.review.findings.proposals import proposals
from training.review.sections.decide import proposal_texts
from training.review.sections.sources_told import FigureSources
from training.review.words import words_of


def material_of(under_review, keen, nurture):
    """The company under review, of 1,000 keen leads and 1,000 to nurture of which so many close."""
    material = under_review.material
    cells = tuple(
        replace(
            cell, leads=1000, closed=closed, low=closed / 1000 - 0.01, high=closed / 1000 + 0.01
        )
        if (closed := {"keen": keen, "nurture": nurture}.get(cell.name)) is not None
        else cell
        for cell in material.worth.areas
    )
    return replace(material, worth=replace(material.worth, areas=cells))


def owner(material):
    return [each for each in proposals(material) if each.kind == "owner"]


@pytest.mark.parametrize("language", ["en", "ja"])
def test_keen_leads_that_beat_those_handed_over_are_put_up_with_the_rate(under_review, language):
    handed = close_rate_comparison(under_review.material).rate
    beating = round(1000 * handed) + 20

    # those that fit close more often still: what counts is who is handed over
    (found,) = owner(material_of(under_review, beating, beating + 50))

    assert found.figures["handed"] == handed
    words = words_of("decide", language)
    texts = proposal_texts(found, words, FigureSources(under_review.material, words))
    assert words.write(handed, "share") in texts[1]
    assert words.write(beating / 1000, "share") in texts[1]


def test_keen_leads_that_beat_only_those_that_fit_are_put_up_without_it(under_review):
    handed = round(1000 * close_rate_comparison(under_review.material).rate)

    (found,) = owner(material_of(under_review, handed // 2, handed // 2 - 15))

    assert "handed" not in found.figures


def test_keen_leads_that_beat_nobody_are_not_put_up(under_review):
    handed = round(1000 * close_rate_comparison(under_review.material).rate)

    assert owner(material_of(under_review, handed // 2, handed)) == []
