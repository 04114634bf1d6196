"""A browser, as people have one."""

import shutil
from pathlib import Path

import pytest

#: Names under which systems install it.
_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


@pytest.fixture(scope="session")
def browser():
    """Chromium of the system, without a window."""
    playwright = pytest.importorskip(
        "playwright.sync_api", reason="playwright is not installed (extra `dev`)"
    )
    path = next(filter(None, map(shutil.which, _NAMES)), None)
    if path is None:
        pytest.skip("no Chromium on this machine (Debian: apt-get install chromium fonts-noto-cjk)")
    with playwright.sync_playwright() as driver:
        found = driver.chromium.launch(
            executable_path=path, args=["--no-sandbox", "--disable-dev-shm-usage"]
        )
        yield found
        found.close()


class Opened:
    """A page in the browser, and everything it did that it should not.

    Attributes:
        requests: Addresses that it asked for, but for itself.
        complaints: Errors and warnings of its console, refusals of its policy among them.
    """

    def __init__(self, browser, path, *, width=1280):
        self.context = browser.new_context(viewport={"width": width, "height": 900})
        self.page = self.context.new_page()
        self.requests, self.complaints = [], []
        own = path.as_uri()
        self.page.on(
            "console",
            lambda said: self.complaints.append(said.text) if said.type != "log" else None,
        )
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.route("**/*", lambda route: self._asked(route, own))
        self.page.goto(own)

    def _asked(self, route, own):
        if route.request.url == own:
            route.continue_()
        else:
            self.requests.append(route.request.url)
            route.abort()


@pytest.fixture
def opened(browser, tmp_path):
    """Opens HTML: ``opened(text, width=390)``."""
    contexts = []

    def opening(html, *, width=1280):
        path = Path(tmp_path) / f"page-{len(contexts)}.html"
        path.write_text(html, encoding="utf-8")
        found = Opened(browser, path, width=width)
        contexts.append(found.context)
        return found

    yield opening
    for context in contexts:
        context.close()
