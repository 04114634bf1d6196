"""What a configuration makes a command read, and so no output may be."""

import pytest

from features.errors import ConfigError
from propensity.inputs import inputs_of
from tests.propensity import worlds


@pytest.mark.parametrize(
    "name",
    [
        "propensity.db",
        "propensity.db-journal",
        "propensity.db-wal",
        "propensity.db.lock",
        "propensity_artifacts/x.json",
    ],
)
def test_no_file_of_the_registry_is_an_output(tmp_path, name):
    company = worlds.company(tmp_path)
    place = company.path.parent
    (place / "propensity_artifacts").mkdir()

    with pytest.raises(ConfigError, match=r"registry.*, which is read"):
        inputs_of(company.config).file(place / name, "--json", force=True)
