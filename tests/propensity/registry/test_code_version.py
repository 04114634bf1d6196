"""The commit of a configuration: that of its folder, and none where git keeps nothing."""

import subprocess

import pytest

from propensity.registry.code_version import commit_tags

COMMIT = "mlflow.source.git.commit"


def test_the_commit_of_the_folder_is_told(tmp_path):
    git = ["git", "-C", str(tmp_path), "-c", "user.name=a", "-c", "user.email=a@example.jp"]
    subprocess.run(["git", "init", "-q", str(tmp_path)], check=True)
    assert COMMIT not in commit_tags(tmp_path)  # no commit yet
    subprocess.run([*git, "commit", "-q", "--allow-empty", "-m", "one"], check=True)
    head = subprocess.run([*git, "rev-parse", "HEAD"], check=True, capture_output=True, text=True)

    assert commit_tags(tmp_path)[COMMIT] == head.stdout.strip()


def test_without_git_there_is_no_commit(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))

    assert commit_tags(tmp_path) == {"mlflow.source.name": "propensity train"}


@pytest.mark.parametrize("place", ["absent", "file"])
def test_a_folder_that_is_none_has_no_commit(tmp_path, place):
    (tmp_path / "file").write_text("")

    assert COMMIT not in commit_tags(tmp_path / place)
