"""A company under review, and a browser for its pages."""

import pytest

from tests.browser import browser, opened  # noqa: F401 — fixtures


@pytest.fixture(scope="session")
def under_review(tmp_path_factory):
    """A small company under review: see ``reviewed_company``."""
    from tests.training.review.reviewed_company import reviewed_company

    folder = tmp_path_factory.mktemp("company")
    return reviewed_company(folder, folder / "registry.db")
