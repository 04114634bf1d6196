import re
import shutil
import subprocess
from datetime import UTC, datetime
from pathlib import Path

import pytest

from propensity.definition.load import load_definition
from propensity.definition.schema import Criterion, Signature
from tests.training.review.made_up import HOSTILE, SCRIPT, cover, sections
from training.review.document.blocks import KeyFigure
from training.review.page.one_page import one_page

DEFINITION = load_definition(Path(__file__).parents[4] / "configs" / "quickstart-definition.yaml")


def sheet(language="en", definition=DEFINITION, **changes):
    made = sections(language)
    shown = next(section for section in made if section.name == "map").blocks[0]
    figures = [block for block in made[0].blocks if isinstance(block, KeyFigure)]
    told = {"version": "2", "shown": shown, "figures": figures, "horizon_days": 90} | changes
    return one_page(definition, cover(language), **told)


def text(html):
    return re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", html.partition("<body>")[2]))


@pytest.mark.parametrize(
    ("language", "told"),
    [
        (
            "en",
            (
                "DRAFT",
                "20 employees or more",
                "the chance that it will close within 90 days is 7.5 % or more",
                "(an MQL stays one down to 6.0 %)",
                "asked for a demo",
                "unsubscribed",
                "Contact now",
                "1 hour",
                "2 business days",
                "5 calls, 3 e-mails within 10 business days",
                "all others",
                "412 leads, 18 % closed",
                "In a dispute the line of the model counts.",
                "Looked at again by 1 July 2025.",
                "of 100 leads handed over closed: 23 % (19–27 %)",
            ),
        ),
        (
            "ja",
            (
                "案",
                "受注見込み（90日以内）が7.5%以上",
                "6.0%を下回るまでMQLのまま",
                "無条件で引き渡す行動",
                "除外条件",
                "1時間",
                "2営業日",
                "10営業日以内に電話5回・メール3回",
                "412件、受注率18%",
                "次回の見直し：2025年7月1日まで",
                "引き渡した100件のうち受注：23%（19〜27%）",
            ),
        ),
    ],
)
def test_the_sheet_says_who_is_an_mql_what_is_done_and_what_is_promised(language, told):
    found = text(sheet(language))

    assert [part for part in told if part not in found] == []


def test_where_rules_count_the_sheet_says_so():
    line = DEFINITION.mql.model_copy(
        update={"by": "rules", "rule": "employees >= 50", "random_slice": None}
    )

    found = text(sheet(definition=DEFINITION.model_copy(update={"mql": line})))

    assert "the rule holds: employees &gt;= 50" in found
    assert "In a dispute the rules in words count" in found
    assert "drawn at random" not in found


def test_a_signature_stands_where_somebody_signed_and_a_line_where_nobody_did():
    signed = (Signature(role="sales", name="A. Sato", at=datetime(2025, 4, 2, tzinfo=UTC)),)

    found = sheet(definition=DEFINITION.model_copy(update={"signed": signed}))

    assert '<th scope="row">Marketing</th><td></td><td></td><td></td>' in found
    assert '<th scope="row">Sales</th><td>A. Sato</td><td>2 April 2025</td><td></td>' in found


@pytest.mark.slow
@pytest.mark.parametrize("language", ["en", "ja"])
def test_the_sheet_is_one_of_a4(opened, tmp_path, language):
    if shutil.which("pdfinfo") is None:
        pytest.skip("no pdfinfo on this machine (Debian: apt-get install poppler-utils)")
    found = opened(sheet(language))

    found.page.pdf(path=tmp_path / "sheet.pdf", prefer_css_page_size=True)

    told = subprocess.run(
        ["pdfinfo", tmp_path / "sheet.pdf"], capture_output=True, text=True, check=True
    ).stdout
    assert re.search(r"Pages: +1\n", told)
    assert "(A4)" in told
    assert (found.requests, found.complaints) == ([], [])


@pytest.mark.slow
def test_hostile_names_are_text_on_the_sheet_and_a_phone_does_not_scroll_sideways(opened):
    criteria = tuple(
        Criterion(name=f"{n} {name[:290]}", rule="employees > 1", because=SCRIPT)
        for n, name in enumerate(HOSTILE[:9])
    )

    found = opened(
        sheet(definition=DEFINITION.model_copy(update={"qualifiers": criteria})), width=390
    )

    assert found.page.title() == "The definition of an MQL"
    assert SCRIPT in found.page.locator("main").text_content()
    assert found.page.evaluate("document.documentElement.scrollWidth") <= 390
    assert (found.requests, found.complaints) == ([], [])


@pytest.mark.slow
@pytest.mark.parametrize("language", ["en", "ja"])
def test_no_serious_fault_of_the_sheet_for_readers_with_aids(opened, language):
    axe = pytest.importorskip(
        "axe_playwright_python.sync_playwright", reason="axe-playwright-python is not installed"
    )

    faults = axe.Axe().run(opened(sheet(language)).page).response["violations"]

    assert [fault["id"] for fault in faults if fault["impact"] in ("serious", "critical")] == []
