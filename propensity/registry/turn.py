"""One promotion at a time on a tracking server, whose API changes no alias on a condition.

What it does on a condition is to make a registered model: a name is made once, whoever asks first.
So who promotes takes the name ``MODEL.promoting``, and gives it back afterwards; the others wait.
A promotion that was killed never gives it back: whoever watched the same one for ``_ABANDONED``
seconds takes its place, by a clock of its own. One that holds the name for longer than ``_LIMIT``
seconds changes nothing any more, so that the two cannot meet.
"""

import contextlib
import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import propensity.registry.client as mlflow_client
from propensity.registry.errors import RegistryError

if TYPE_CHECKING:
    from mlflow import MlflowClient

_ABANDONED, _LIMIT, _LONGEST_WAIT = 60.0, 30.0, 300.0
_SECONDS_BETWEEN = 0.2
#: What giving the name back may take: the promotion is over by then.
_SECONDS_TO_END = 5
_HOLDER = "propensity.holder"


@dataclass(frozen=True)
class Turn:
    """The right to promote, for a short while.

    Attributes:
        client: The way to the server.
        name: Name of the registered model that stands for it.
        holder: Who has it: a word of this promotion's own.
        since: When it was taken, by this machine's monotonic clock.
    """

    client: "MlflowClient"
    name: str
    holder: str
    since: float

    def check(self) -> None:
        """Make sure that the right is still there.

        Raises:
            RegistryError: It is not, and nothing was changed.
        """
        took = time.monotonic() - self.since
        if took > _LIMIT or _holder(self.client, self.name) != self.holder:
            raise RegistryError(
                f"expected to promote within {_LIMIT:.0f} s, got a server that took {took:.0f} s"
                " so far: somebody else may promote by now, and nothing was changed. Look at"
                " `propensity history`, then promote again."
            )


@contextlib.contextmanager
def turn(client: "MlflowClient", model_name: str) -> Iterator[Turn]:
    """Wait until nobody else promotes a model, and promote.

    Raises:
        RegistryError: Others promoted for minutes.
    """
    taken = _taken(client, f"{model_name}.promoting")
    try:
        yield taken
    finally:
        # if the server is gone, the next promotion finds out that nobody holds the name any more
        with (
            contextlib.suppress(*mlflow_client.foreign_errors()),
            mlflow_client.within(_SECONDS_TO_END, once=True),
        ):
            if _holder(client, taken.name) == taken.holder:
                client.delete_registered_model(taken.name)


def _taken(client: "MlflowClient", name: str) -> Turn:
    mine, began = uuid.uuid4().hex, time.monotonic()
    watched, since = None, began
    while (now := time.monotonic()) - began < _LONGEST_WAIT:
        made = mlflow_client.or_existing(
            lambda: client.create_registered_model(name, tags={_HOLDER: mine})
        )
        holder = _holder(client, name)
        # a second try after an answer that was lost finds the name taken, by itself
        if made or holder == mine:
            return Turn(client, name, mine, now)
        if holder != watched:
            watched, since = holder, now
        elif holder is not None and now - since > _ABANDONED:
            mlflow_client.or_none(lambda: client.delete_registered_model(name))
        time.sleep(_SECONDS_BETWEEN)
    raise RegistryError(
        f"expected {name} to be free, got others promoting for {_LONGEST_WAIT:.0f} s. Nothing was"
        " changed; promote again later."
    )


def _holder(client: "MlflowClient", name: str) -> str | None:
    """Who promotes; None for nobody."""
    found = mlflow_client.or_none(lambda: client.get_registered_model(name))
    return str(found.tags.get(_HOLDER, "")) if found else None
