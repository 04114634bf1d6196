"""The list of a bundle's files, with sizes and SHA-256, compared with the folder before anything in
it is read.
"""

import hashlib
import os
from collections.abc import Iterator, Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Annotated

from pydantic import Field, JsonValue

from features.errors import ArtifactError
from features.files.canonical_json import RESTORE, parsed, short, validated
from features.settings import StrictModel

#: Raised whenever an older version could misread what a newer one writes.
FORMAT = 1

MANIFEST = "manifest.json"
_LIBRARIES = {"lightgbm": "lightgbm", "numpy": "numpy", "propensity": "lead-propensity"}


class StoredFile(StrictModel):
    """What the manifest knows of a file."""

    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
    size: Annotated[int, Field(ge=0)]


class Manifest(StrictModel):
    """The list of a bundle's files.

    Attributes:
        format: Number of the layout.
        versions: Libraries the bundle was written with.
        files: Relative path with ``/`` to size and SHA-256, of every file but the manifest.
    """

    format: int
    versions: dict[str, str]
    files: dict[str, StoredFile]


def manifest_of(files: Mapping[str, bytes]) -> Manifest:
    """The manifest of files by name."""
    return Manifest(
        format=FORMAT,
        versions={name: version(distribution) for name, distribution in _LIBRARIES.items()},
        files={
            name: StoredFile(sha256=hashlib.sha256(content).hexdigest(), size=len(content))
            for name, content in files.items()
        },
    )


def read_manifest(folder: Path) -> Manifest:
    """The manifest in a folder.

    Raises:
        ArtifactError: There is none, it cannot be read, or it is of another format.
    """
    path = folder / MANIFEST
    if path.is_symlink() or not path.is_file():
        raise ArtifactError(
            f"{folder}: expected a stored model, got a place without {MANIFEST}. Check the path."
        )
    try:
        raw = parsed(path.read_bytes())
    except (OSError, ValueError) as error:
        raise ArtifactError(
            f"{path}: expected readable JSON, got {short(error)}. {RESTORE}"
        ) from None
    _check_format(raw, path)
    return validated(Manifest, raw, path)


def checked_contents(folder: Path, manifest: Manifest) -> dict[str, bytes]:
    """The bytes of every file of a manifest, which names no file outside of the folder.

    Raises:
        ArtifactError: A file is missing, added, linked, or not of the size and SHA-256 that the
            manifest names.
    """
    _check_files_present(folder, manifest)
    return {name: _checked_bytes(folder, name, stored) for name, stored in manifest.files.items()}


def _check_format(raw: JsonValue, path: Path) -> None:
    found = raw.get("format") if isinstance(raw, dict) else None
    if not isinstance(found, int) or isinstance(found, bool):
        raise ArtifactError(f"{path}: expected a format number, got {found!r:.40}. {RESTORE}")
    if found > FORMAT:
        raise ArtifactError(
            f"{path}: expected format {FORMAT}, got the newer format {found}. Install a newer"
            " lead-propensity, or load the model with the version that wrote it."
        )
    if found < FORMAT:
        raise ArtifactError(
            f"{path}: expected format {FORMAT}, got the older format {found}. Train anew, "
            "or load the model with the version that wrote it."
        )


def _check_files_present(folder: Path, manifest: Manifest) -> None:
    found = set(_files_below(folder))
    expected = {MANIFEST, *manifest.files}
    missing, extra = sorted(expected - found), sorted(found - expected)
    if missing:
        raise ArtifactError(
            f"{folder}: expected the file {missing[0]}, which is missing. {RESTORE}"
        )
    if extra:
        raise ArtifactError(
            f"{folder}: expected only the files of {MANIFEST}, got {extra[0]!r:.100} as well. "
            "Remove it if you know where it comes from; else copy the model again."
        )


def _files_below(folder: Path, prefix: str = "") -> Iterator[str]:
    """Relative names of all files; only ``members`` may be a folder, and nothing a link."""
    for entry in sorted(os.scandir(folder / prefix), key=lambda entry: entry.name):
        name = f"{prefix}{entry.name}"
        if entry.is_symlink():
            raise ArtifactError(
                f"{folder}: expected plain files, got the link {name!r:.100}. {RESTORE}"
            )
        if entry.is_dir() and name == "members":
            yield from _files_below(folder, "members/")
        elif entry.is_file():
            yield name
        else:
            raise ArtifactError(
                f"{folder}: expected only the files of {MANIFEST}, got {name!r:.100} as well."
                f" {RESTORE}"
            )


def _checked_bytes(folder: Path, name: str, stored: StoredFile) -> bytes:
    """The bytes of a file, which are then the ones that are parsed: it is not read a second
    time.
    """
    path = folder / name
    try:
        size = path.stat().st_size
        if size != stored.size:
            raise ArtifactError(
                f"{path}: expected {stored.size} bytes, got {size}: truncated or changed. {RESTORE}"
            )
        content = path.read_bytes()
    except OSError as error:
        raise ArtifactError(
            f"{path}: expected a readable file, got {short(error)}. {RESTORE}"
        ) from None
    found = hashlib.sha256(content).hexdigest()
    if found != stored.sha256:
        raise ArtifactError(
            f"{path}: expected the SHA-256 {stored.sha256[:12]}…, got {found[:12]}…: damaged or"
            f" changed. {RESTORE}"
        )
    return content
