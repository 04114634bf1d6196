"""Tags that somebody gives to what is registered: names that MLflow takes and that are not ours."""

import pytest
from pydantic import ValidationError

from propensity.config.sections import RegistrySettings


def test_tags_are_kept_as_they_are_given():
    assert RegistrySettings(tags={"team/区": "成長"}).tags == {"team/区": "成長"}


@pytest.mark.parametrize(
    ("tags", "words"),
    [
        ({"mlflow.user": "a"}, "names that begin with mlflow. are reserved"),
        ({"propensity.audit": "green"}, "names that begin with propensity. are reserved"),
        ({"a<b>": "x"}, "expected a name of letters"),
        ({"": "x"}, "expected a name of letters"),
        ({"a": "x" * 1001}, "a: expected at most 1000 characters, got 1001"),
    ],
)
def test_a_tag_that_cannot_be_is_refused(tags, words):
    with pytest.raises(ValidationError, match=words):
        RegistrySettings(tags=tags)
