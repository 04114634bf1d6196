"""A company under review."""

import pytest


@pytest.fixture(scope="session")
def under_review(tmp_path_factory):
    """A small company under review: see ``reviewed_company``."""
    from tests.training.review.reviewed_company import reviewed_company

    folder = tmp_path_factory.mktemp("company")
    return reviewed_company(folder, folder / "registry.db")


@pytest.fixture(scope="session")
def flat(tmp_path_factory):
    """The configuration of a flat table with a registered model: see ``flat_company``."""
    from tests.training.review.flat_company import flat_company

    return flat_company(tmp_path_factory.mktemp("flat"))
