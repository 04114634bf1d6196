"""Tags that somebody gives to what is registered."""

import re
from typing import Annotated, TypeAlias

from pydantic import AfterValidator

#: Tags that begin so are ours or MLflow's.
_RESERVED_TAGS = ("propensity.", "mlflow.", "metric.", "promotion.", "promoted.")
_TAG_KEY, _TAG_VALUE = re.compile(r"[\w.\- /]{1,240}"), 1000


def _own_tags(tags: dict[str, str]) -> dict[str, str]:
    """Tags that somebody may choose.

    Raises:
        ValueError: One has a name that is ours, or that MLflow does not take, or is too long.
    """
    for name, text in tags.items():
        if not _TAG_KEY.fullmatch(name):
            raise ValueError(
                "expected a name of letters, digits, `_`, `.`, `-`, `/` and spaces, got"
                f" {name!r:.80}"
            )
        if name.startswith(_RESERVED_TAGS):
            raise ValueError(
                f"{name}: names that begin with {name.partition('.')[0]}. are reserved"
            )
        if len(text) > _TAG_VALUE:
            raise ValueError(f"{name}: expected at most {_TAG_VALUE} characters, got {len(text)}")
    return tags


#: Name to text.
RegistryTags: TypeAlias = Annotated[dict[str, str], AfterValidator(_own_tags)]
