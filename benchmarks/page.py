"""How long is the page of the review? Measured in Chromium, as people open it.

    python -m benchmarks.page FOLDER [--axe]

FOLDER is what `propensity review` wrote. Printed: screens (900 px high) of the meeting part at
1,280 and 390 px, from the top of the page to the appendix; words of the meeting, in Japanese
characters; printed sheets as the page opens; size in kB. With `--axe`, violations that axe-core
finds at both widths with everything open.
"""

import argparse
import importlib
import shutil
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

from benchmarks.gallery import BROWSERS
from features.errors import DataError

WIDTHS, HIGH = (1280, 390), 900
_OPEN = "document.querySelectorAll('details').forEach(each => { each.open = true })"
_TOP = "document.querySelector('#part-appendix').getBoundingClientRect().top + window.scrollY"


def main() -> None:
    """Print the measures of a page."""
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    parser.add_argument("--axe", action="store_true")
    asked = parser.parse_args()
    path = asked.folder / "review.html"
    if not path.is_file():
        raise DataError(f"{path} is not there; `propensity review CONFIG --out FOLDER` writes it.")
    chromium = next(filter(None, map(shutil.which, BROWSERS)), None)
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        for line in measured(browser, path, axe=asked.axe):
            print(line)
        browser.close()


def measured(browser: Browser, path: Path, *, axe: bool = False) -> list[str]:
    """A line per measure."""
    lines = []
    for width in WIDTHS:
        page = _opened(browser, path, width)
        screens = page.evaluate(_TOP) / HIGH
        lines.append(f"{width:>5} px: {screens:.1f} screens of meeting")
        if width == WIDTHS[0]:
            lines.append(_words(page))
            sheets = page.pdf(prefer_css_page_size=True).count(b"/Type /Page\n")
            lines.append(f"printed: {sheets} sheets")
        if axe:
            lines.append(f"{width:>5} px: {_violations(page)} violations of axe-core")
        page.close()
    return [*lines, f"size: {path.stat().st_size / 1000:.0f} kB"]


def _opened(browser: Browser, path: Path, width: int) -> Page:
    page = browser.new_page(viewport={"width": width, "height": HIGH})
    page.goto(path.absolute().as_uri())
    return page


def _words(page: Page) -> str:
    text = page.inner_text("body")
    appendix = page.inner_text("#part-appendix")
    meeting = text.split(appendix)[0]
    if page.evaluate("document.documentElement.lang") == "ja":
        return f"meeting: {len(''.join(meeting.split())):,} characters"
    return f"meeting: {len(meeting.split()):,} words"


def _violations(page: Page) -> int:
    axe = importlib.import_module("axe_playwright_python.sync_playwright")
    page.evaluate(_OPEN)
    return len(axe.Axe().run(page).response["violations"])


if __name__ == "__main__":
    main()
