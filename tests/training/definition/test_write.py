"""A definition that cannot be written is refused before the work."""

import pytest

from features.errors import ConfigError
from training.definition.write import check_new


def test_what_could_not_be_written_is_refused_before_the_work(tmp_path):
    (tmp_path / "there.yaml").write_text("signed", encoding="utf-8")

    with pytest.raises(ConfigError, match=r"there\.yaml exists already and stays as it is"):
        check_new(tmp_path / "there.yaml", "plain")
    with pytest.raises(
        ConfigError, match="expected one of plain, japan-finance, japan-demo, got 'france'"
    ):
        check_new(tmp_path / "new.yaml", "france")
    check_new(tmp_path / "new.yaml", "japan-demo")
