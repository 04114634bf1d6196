"""Definitions in the registry: versions of their own, beside the models they were agreed on."""

import hashlib
from typing import Self

from features.errors import ArtifactError
from features.files.canonical_json import RESTORE, canonical, parsed
from features.files.temporary_folder import TemporaryFolder
from propensity.config.config import Config
from propensity.definition.load import parse_definition
from propensity.definition.schema import Definition
from propensity.registry.storing import VersionNotes
from propensity.registry.versions import Registry

FOLDER, FILE = "definition", "definition.json"
_HASH = "propensity.definition_sha256"
_MODEL_HASH = "propensity.agreed_on_model_sha256"
_SIGNED = "propensity.signed_by"


class Definitions:
    """The versions of a model's definition.

    Args:
        uri: URI of the registry.
        model_name: Name of the model.
    """

    def __init__(self, uri: str, model_name: str) -> None:
        self._versions = Registry(uri, f"{model_name}.definition")

    @classmethod
    def of(cls, config: Config) -> Self:
        """The definitions of the model that a configuration names."""
        return cls(str(config.registry.uri), config.model_name)

    def register(self, definition: Definition) -> int:
        """Store a definition as a new version.

        Returns:
            Its number.

        Raises:
            RegistryError: The registry cannot be reached or written; no version was made.
        """
        content = canonical(definition.model_dump(mode="json"), FILE)
        tags = {
            _HASH: hashlib.sha256(content).hexdigest(),
            _MODEL_HASH: definition.agreed_on.model_sha256 if definition.agreed_on else "",
            _SIGNED: ", ".join(signature.role for signature in definition.signed),
        }
        with TemporaryFolder() as temporary:
            staged = temporary / "artifacts"
            (staged / FOLDER).mkdir(parents=True)
            (staged / FOLDER / FILE).write_bytes(content)
            return self._versions.store(staged, FOLDER, VersionNotes("definition", tags))

    def load(self, number: int) -> Definition:
        """Fetch a definition, checked against its hash.

        Raises:
            RegistryError: No such version, or the registry cannot be reached.
            ArtifactError: What is stored is damaged, or is not what was registered.
        """
        with self._versions.fetched(number, FOLDER) as (folder, tags, _):
            file = folder / FILE
            if not file.is_file():
                raise ArtifactError(
                    f"definition {number}: expected {FILE}, got a folder without it. {RESTORE}"
                )
            content = file.read_bytes()
        found = hashlib.sha256(content).hexdigest()
        if found != tags.get(_HASH):
            raise ArtifactError(
                f"definition {number}: expected the registered SHA-256"
                f" {tags.get(_HASH, 'none')[:12]}…, got {found[:12]}…: changed after it was"
                " registered. Restore the file, or promote the definition anew."
            )
        return parse_definition(parsed(content), name=f"definition {number}")
