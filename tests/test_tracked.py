"""What the repository holds."""

import shutil
import subprocess
from pathlib import Path

import pytest

_ROOT = Path(__file__).parent.parent


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
