"""A browser for the pages of a night."""

from tests.browser import browser, opened  # noqa: F401 — fixtures
