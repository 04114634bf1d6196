"""Where a list with names may be written: nowhere from where it travels."""

import shutil
import subprocess
from pathlib import Path

from features.errors import ConfigError
from propensity.config.config import Config
from propensity.registry.client import local_store
from training.review.pack import OURS

#: A list, or the page to look at.
KINDS = (".csv", ".html")
_WHY = (
    "It names leads, so it stays on this machine, for the talk with sales, and is deleted after it."
)


def check_local(path: Path, config: Config, *, pack: Path) -> None:
    """Refuse a path in a pack, in the registry's folder, or where git would take it up.

    Args:
        path: Path asked for.
        config: Names the registry.
        pack: Folder of the pack.

    Raises:
        ConfigError: It lies there, exists already, or is none of ``KINDS``.
    """
    place = path.expanduser().resolve()
    if place.suffix.lower() not in KINDS:
        raise ConfigError(
            f"--walkthrough: expected a file that ends in {' or '.join(KINDS)}, got {path}."
        )
    if place.exists():
        raise ConfigError(
            f"--walkthrough: {path} exists already and stays as it is; name another file."
        )
    if not place.parent.is_dir():
        raise ConfigError(f"--walkthrough: expected a file in a folder that is there, got {path}.")
    reason = _in_a_pack(place, pack) or _in_the_registry(place, config) or _in_git(place)
    if reason:
        raise ConfigError(
            f"--walkthrough: {path} lies {reason}. {_WHY} Name a file elsewhere, such as"
            " ~/leads.csv."
        )


def _in_a_pack(place: Path, pack: Path) -> str:
    folders = [
        folder for folder in place.parents if any((folder / name).is_file() for name in OURS)
    ]
    if place.is_relative_to(pack.expanduser().resolve()) or folders:
        return "in the folder of the pack, which is handed around"
    return ""


def _in_the_registry(place: Path, config: Config) -> str:
    local = local_store(str(config.registry.uri))
    artifacts = local.artifacts_of(config.model_name).parent.resolve() if local else None
    if artifacts is not None and place.is_relative_to(artifacts):
        return "in the folder of the registry, which others read"
    return ""


def _in_git(place: Path) -> str:
    """Why git would take it up: it lies in a work tree, and is not ignored there."""
    tree = next((folder for folder in place.parents if (folder / ".git").exists()), None)
    if tree is None:
        return ""
    git = shutil.which("git")
    if git is not None:
        asked = [git, "-C", str(place.parent), "check-ignore", "--quiet", str(place)]
        if subprocess.run(asked, check=False, capture_output=True).returncode == 0:  # noqa: S603
            return ""
    return f"in the git work tree {tree}, from where it would travel (git does not ignore it)"
