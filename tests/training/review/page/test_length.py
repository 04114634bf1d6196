"""The command that says how long the page is."""

import pytest

from benchmarks.page import measured
from tests.training.review import made_up
from training.review.page.page import page


@pytest.mark.parametrize("language", ["en", "ja"])
def test_a_page_is_measured_as_people_see_it(browser, tmp_path, language):
    path = tmp_path / "review.html"
    html = page(made_up.sections(language), made_up.cover(language))
    path.write_text(html, encoding="utf-8")

    wide, words, sheets, narrow, size = measured(browser, path)

    assert wide.startswith(" 1280 px: ")
    assert float(narrow.split()[2]) > float(wide.split()[2]) > 1  # a phone has less room
    assert words.split()[-1] == {"en": "words", "ja": "characters"}[language]
    assert sheets == "printed: 5 sheets"  # one for each section of the meeting
    assert size == f"size: {len(html.encode()) / 1000:.0f} kB"

    longer = tmp_path / "longer.html"
    longer.write_text(
        html.replace(
            '<p class="part" id="part-appendix">',
            100 * "<p>x</p>" + '<p class="part" id="part-appendix">',
        ),
        encoding="utf-8",
    )
    assert float(measured(browser, longer)[0].split()[2]) - float(wide.split()[2]) >= 1.5
