"""Who is champion of a model, and who was: asking for the pair, putting another in its place,
taking that back.
"""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from propensity.registry.connection import CHAMPION, Connection
from propensity.registry.entries import DEFINITION
from propensity.registry.local import stored_version
from propensity.registry.log import Pair, Promotion, log_of, pair_before
from propensity.registry.pair import (
    ExpectedPair,
    definition_tag,
    pair_in_use,
    registered_tags,
    switch,
)

if TYPE_CHECKING:
    from mlflow import MlflowClient


class Champions(ABC):
    """The champion pairs of one model.

    Args:
        to: The model in its registry.
    """

    def __init__(self, to: Connection) -> None:
        self._to = to

    @abstractmethod
    def resolve(self, version_or_alias: str | int) -> int:
        """The number of a version, given as a number or an alias."""

    def promote(
        self,
        version: str | int,
        *,
        definition: int | None = None,
        signed_by: Sequence[str] = (),
        because: str = "",
        gate: str = "",
        seen: ExpectedPair | None = None,
    ) -> Promotion:
        """Make a version the champion together with a definition, and write that down in the
        promotion log.

        Args:
            version: Number or alias.
            definition: Number of the definition it scores by; None for the one it has, else the
                champion's.
            signed_by: ``role: NAME`` of those who signed; for the log.
            because: Why; for the log.
            gate: What the gate said; for the log.
            seen: The champion pair this was decided on; None to take the place of any.

        Raises:
            RegistryError: No such version, another pair became champion meanwhile, or the registry
                cannot be reached or written.
        """
        number = self.resolve(version)

        def step(client: "MlflowClient", now: Pair | None) -> Promotion:
            used = (
                definition
                or definition_tag(self._to, client, number)
                or (now.definition if now else None)
            )
            return _step(
                Pair(number, used), now, signed_by=tuple(signed_by), because=because, gate=gate
            )

        return switch(self._to, step, seen=seen)

    def roll_back(
        self, to: Pair, *, because: str = "", seen: ExpectedPair | None = None
    ) -> Promotion:
        """Make an earlier pair the champion again, and write that down in the promotion log.

        Args:
            to: The pair; see ``previous_pair``.
            because: Why; for the log.
            seen: The champion pair this was decided on; None to take the place of any.

        Raises:
            RegistryError: Another pair became champion meanwhile, or the registry cannot be reached
                or written.
        """
        return switch(
            self._to,
            lambda _client, now: replace(_step(to, now, because=because), kind="rollback"),
            seen=seen,
        )

    def pair(self) -> Pair | None:
        """The champion pair; None where there is no champion.

        Raises:
            RegistryError: The registry cannot be reached.
        """
        if self._to.is_absent:
            return None
        client = self._to.client()
        with self._to.asking("read the champion"):
            return pair_in_use(self._to, client)

    def previous_pair(self) -> Pair | None:
        """The pair that a rollback returns to; None where there is none.

        Raises:
            RegistryError: The registry cannot be reached.
        """
        now = self.pair()
        return pair_before(self.promotions(), now) if now else None

    def definition_of(self, version: int) -> int | None:
        """Number of the definition that a version scores by: its own, else the champion's.

        None where there is none.

        Raises:
            RegistryError: The registry cannot be reached.
        """
        local = self._to.local
        if local and local.file.exists():
            here = [
                stored_version(local.file, self._to.model_name, str(asked))
                for asked in (version, CHAMPION)
            ]
            if here[0]:
                return next(
                    (
                        int(held.tags[DEFINITION])
                        for held in here
                        if held and DEFINITION in held.tags
                    ),
                    None,
                )
        client = self._to.client()
        with self._to.asking("read which definition is in use"):
            own, now = definition_tag(self._to, client, version), pair_in_use(self._to, client)
            return own or (now.definition if now else None)

    def promotions(self) -> list[Promotion]:
        """The promotion log, oldest first: what came about; none where the model was never
        registered.

        Raises:
            RegistryError: The registry cannot be reached.
        """
        client = self._to.client()
        with self._to.asking("read the promotion log"):
            return log_of(registered_tags(self._to, client), pair_in_use(self._to, client))


def _step(
    to: Pair,
    now: Pair | None,
    *,
    signed_by: tuple[str, ...] = (),
    because: str = "",
    gate: str = "",
) -> Promotion:
    return Promotion(
        version=to.version,
        previous=now.version if now else None,
        at=datetime.now(UTC),
        definition=to.definition,
        signed_by=signed_by,
        previous_definition=now.definition if now else None,
        because=because,
        gate=gate,
    )
