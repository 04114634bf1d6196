"""The commit that a configuration is kept under."""

import shutil
import subprocess
from pathlib import Path

#: Tags that MLflow's page shows as the source of a run.
_COMMIT, _NAME = "mlflow.source.git.commit", "mlflow.source.name"
_SECONDS = 5


def commit_tags(folder: Path) -> dict[str, str]:
    """What tells MLflow where a run comes from: our package, and the commit of a folder where git
    keeps it.

    Args:
        folder: Where the configuration lies.
    """
    told = {_NAME: "propensity train"}
    git = shutil.which("git")
    if git is None or not folder.is_dir():
        return told
    try:
        asked = subprocess.run(  # noqa: S603 — git itself, no shell
            [git, "-C", str(folder), "rev-parse", "--verify", "HEAD"],
            capture_output=True,
            text=True,
            timeout=_SECONDS,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return told
    return told if asked.returncode else {**told, _COMMIT: asked.stdout.strip()}
