"""What the repository holds."""

import re
import shutil
import subprocess
import tomllib
from pathlib import Path

import pytest

_ROOT = Path(__file__).parent.parent
_VERSION = tomllib.loads((_ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"][
    "version"
]


def _git(*arguments):
    git = shutil.which("git")
    if git is None or not (_ROOT / ".git").exists():
        pytest.skip("no git checkout")
    done = subprocess.run(
        [git, *arguments], cwd=_ROOT, check=True, capture_output=True, text=True, timeout=60
    )
    return done.stdout.splitlines()


def test_nothing_that_git_is_told_to_ignore_is_tracked():
    assert _git("ls-files", "--cached", "--ignored", "--exclude-standard") == []


def test_no_link_is_tracked():
    # a link leads to a place of one machine; where a folder stood, git takes it away
    links = [line for line in _git("ls-files", "--stage") if line.startswith("120000")]
    assert links == []


def test_a_release_is_tagged_with_the_version_it_says():
    tags = {tag for tag in _git("tag", "--points-at", "HEAD") if re.match(r"v\d", tag)}

    assert tags <= {f"v{_VERSION}"}


def test_the_changes_of_the_version_are_told():
    told = (_ROOT / "CHANGELOG.md").read_text(encoding="utf-8")

    assert re.search(rf"^## {re.escape(_VERSION)}( |$)", told, re.MULTILINE)
