"""The style sheets: one set of colours, fonts and distances for every page."""

import re
from pathlib import Path

import pytest

import propensity
from propensity.pages.template import style

ROOT = Path(propensity.__file__).parents[1]
SHARED = "propensity/pages/shared.css"
#: Page to its own style sheets.
SHEETS = {
    "model card": ("propensity/pages/report.css",),
    "audit": ("propensity/pages/report.css", "training/audit/page.css"),
    "sheet to sign": ("training/review/page/one_page.css",),
    "review": ("training/review/page/page.css",),
    "monitor": ("propensity/pages/report.css", "training/monitor/page.css"),
    "leads by name": ("training/review/by_name/page.css",),
    "morning": ("propensity/night/page/page.css",),
}


def read(name):
    return (ROOT / name).read_text(encoding="utf-8")


def used(text):
    return set(re.findall(r"var\((--[\w-]+)\)", text))


def defined(text):
    return set(re.findall(r"(--[\w-]+):", text))


@pytest.mark.parametrize("sheets", SHEETS.values(), ids=SHEETS.keys())
def test_every_variable_of_a_page_is_defined(sheets):
    text = style(*sheets)

    assert used(text) <= defined(text)
    assert text.startswith(read(SHARED))


def test_every_shared_variable_is_used():
    own = "".join(map(read, sorted({name for sheets in SHEETS.values() for name in sheets})))

    assert defined(read(SHARED)) <= used(own) | used(read(SHARED))


def test_every_style_sheet_belongs_to_a_page():
    found = {
        path.relative_to(ROOT).as_posix()
        for path in (
            path
            for package in ("propensity", "training")
            for path in (ROOT / package).rglob("*.css")
        )
    }

    assert found == {SHARED}.union(*SHEETS.values())


def test_fonts_stand_in_the_shared_sheet_alone():
    own = {name for sheets in SHEETS.values() for name in sheets}

    families = {name: re.findall(r"font-family:[^;}]*", read(name)) for name in own}

    assert {told for each in families.values() for told in each} <= {"font-family:inherit"}
