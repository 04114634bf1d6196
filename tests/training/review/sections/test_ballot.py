"""The proposals, filled in on the page: what it saves is what `propensity decide` reads."""

import pytest
import yaml

from training.decide.form_row import read
from training.review.pack import cover, review_page, sections
from training.review.sections import form
from training.review.words import words_of

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def html(under_review):
    material = under_review.material
    return review_page(material, sections(material, language="en"), cover(material, language="en"))


@pytest.fixture(scope="module")
def proposed(under_review):
    """The rows of the file beside the page."""
    return yaml.safe_load(form.form(under_review.material, words_of("form", "en")))["proposals"]


def fill(proposal, answer, *, who='S. Abe: "1"', because="=a {b}, ①", value="a name, {x}"):
    proposal.get_by_role("radio", name=answer, exact=True).check()
    proposal.get_by_label("Who decides").fill(who)
    proposal.get_by_label("Why").fill(because)
    if proposal.locator(".value").is_visible():
        proposal.get_by_label("Value").fill(value)


@pytest.mark.parametrize("width", [1280, 390])
def test_what_is_filled_in_is_what_decide_reads(html, proposed, opened, tmp_path, width):
    found = opened(html, width=width)
    at = found.page

    boxes = at.locator(".proposal").all()
    for place, proposal in enumerate(boxes):
        fill(proposal, "keep" if place % 2 else "reject")
    with at.expect_download() as saved:
        at.get_by_role("button", name="Save as decisions.yaml").click()

    saved.value.save_as(tmp_path / "decisions.yaml")
    told = read(tmp_path / "decisions.yaml")
    assert saved.value.suggested_filename == "decisions.yaml"
    assert len(boxes) == len(told.proposals) == len(proposed) >= 5
    for place, (row, asked) in enumerate(zip(told.proposals, proposed, strict=True)):
        for key in ("do", "column", "event_type", "name", "between", "what"):
            assert getattr(row, key) == asked.get(key)
        assert row.to == (
            "a name, {x}" if asked.get("to") is None and "to" in asked else asked.get("to")
        )
        assert (row.decision, row.who) == ("keep" if place % 2 else "reject", 'S. Abe: "1"')
        assert row.because == "=a {b}, ①"
    assert found.complaints == []
    assert found.requests == []
    assert at.evaluate("document.documentElement.scrollWidth") <= width


def test_a_change_says_what_it_changes_to(html, proposed, opened):
    at = opened(html).page
    place = next(place for place, row in enumerate(proposed) if row["do"] == "owner")

    fill(at.locator(".proposal").nth(place), "change", value="marketing")

    (row,) = yaml.safe_load(at.locator(".take textarea").input_value())["proposals"]
    assert (row["decision"], row["instead"]) == ("change", "marketing")
    assert row["to"] == proposed[place]["to"]


def test_an_answer_that_is_not_complete_is_counted_and_left_out(html, opened):
    at = opened(html).page
    assert not at.locator(".take").is_visible()

    at.locator(".proposal").first.get_by_role("radio", name="keep", exact=True).check()

    assert at.get_by_text("1 answers are not complete").is_visible()
    assert at.locator(".take textarea").input_value() == ""
