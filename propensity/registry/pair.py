"""The champion pair: which model scores by which definition, and how another pair takes its place.

The alias ``champion`` names the model's version, a tag of that version the definition. So a pair
changes in one write: where another version becomes champion, that is the alias, and its tag was
written before; where only the definition changes, it is the tag.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import propensity.registry.client as mlflow_client
from propensity.registry.connection import CHALLENGER, CHAMPION, Connection
from propensity.registry.entries import DEFINITION
from propensity.registry.errors import RegistryError
from propensity.registry.log import Pair, Promotion, done_mark, entry_of, entry_time

if TYPE_CHECKING:
    from mlflow import MlflowClient

#: What each try of a deciding call may take: a call that lands later would meet another promotion.
_SECONDS_TO_CHANGE = 5


@dataclass(frozen=True)
class ExpectedPair:
    """The champion pair that somebody decided on.

    Attributes:
        pair: None where there was no champion.
    """

    pair: Pair | None


def pair_in_use(connection: Connection, client: "MlflowClient") -> Pair | None:
    """The champion pair; None where there is no champion."""
    version = connection.aliases(client).get(CHAMPION)
    return None if version is None else Pair(version, definition_tag(connection, client, version))


def definition_tag(connection: Connection, client: "MlflowClient", version: int) -> int | None:
    """Number of the definition that a version was promoted with."""
    tag = client.get_model_version(connection.model_name, str(version)).tags.get(DEFINITION)
    return int(tag) if tag else None


def switch(
    connection: Connection,
    step: Callable[["MlflowClient", Pair | None], Promotion],
    *,
    seen: ExpectedPair | None,
) -> Promotion:
    """Put another pair in the champion's place, and write it down.

    The order of the writes: the log's entry, the definition's tag, the alias, the mark that it is
    done. Whatever is cut short leaves one champion pair, the old or the new one; see
    ``propensity.registry.log``.

    Args:
        connection: Connection to the model.
        step: Given the pair in use, what is to become of it; its time is set here.
        seen: The pair that was decided on; None to take any.

    Raises:
        RegistryError: Another pair became champion since it was ``seen``, or the registry cannot be
            reached or written.
    """
    client, name = connection.client(), connection.model_name
    after = (
        "Nothing is half promoted: `propensity history` says which pair is in use. Promote again."
    )
    with (
        connection.asking("promote a version", after=after),
        connection.one_promotion(client) as check,
    ):
        now = pair_in_use(connection, client)
        if seen is not None and now != seen.pair:
            raise RegistryError(
                f"{name}: expected {_told(seen.pair)} as it was when this began, got {_told(now)}:"
                " somebody else promoted meanwhile, and nothing was changed. Look at `propensity"
                " history`, then decide again."
            )
        tags = client.get_registered_model(name).tags
        entry = replace(step(client, now), at=entry_time(tags, datetime.now(UTC)))
        key, text = entry_of(entry)
        client.set_registered_model_tag(name, key, text)
        with mlflow_client.within(_SECONDS_TO_CHANGE):
            _write(connection, client, entry.pair, now, check)
        client.set_registered_model_tag(name, *done_mark(key))
    return entry


def _write(
    connection: Connection,
    client: "MlflowClient",
    to: Pair,
    now: Pair | None,
    check: Callable[[], None],
) -> None:
    name, number = connection.model_name, str(to.version)
    is_other_version = now is None or now.version != to.version
    held = definition_tag(connection, client, to.version)
    if not is_other_version:
        check()
    if to.definition is not None and held != to.definition:
        client.set_model_version_tag(name, number, DEFINITION, str(to.definition))
    elif to.definition is None and held is not None:
        client.delete_model_version_tag(name, number, DEFINITION)
    if is_other_version:
        check()
        client.set_registered_model_alias(name, CHAMPION, number)
    if connection.aliases(client).get(CHALLENGER) == to.version:
        client.delete_registered_model_alias(name, CHALLENGER)


def _told(pair: Pair | None) -> str:
    if pair is None:
        return "no champion"
    return f"version {pair.version} as champion" + (
        f" with definition {pair.definition}" if pair.definition else ""
    )


def registered_tags(connection: Connection, client: "MlflowClient") -> dict[str, str]:
    """Tags of the registered model; none where it was never registered."""
    model = mlflow_client.or_none(lambda: client.get_registered_model(connection.model_name))
    return dict(model.tags) if model else {}
