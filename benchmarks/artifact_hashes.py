"""Which bytes a quickstart left: SHA-256 of its model, its scored file and its review packs.

    python -m benchmarks.artifact_hashes FOLDER [--pack NAME ...]

Run it on the quickstart of two commits and compare the lists: a change that claims "same
behaviour" must give the same list. The folder's own path and the run's identifier stand in some
files; both are replaced by a word first. MLflow's ``MLmodel`` holds the time of the run and is left
out.
"""

import argparse
import hashlib
import re
from collections.abc import Iterator
from pathlib import Path

_RUN = re.compile(r"[0-9a-f]{32}")
_LEFT_OUT = {"MLmodel"}


def hashes(folder: Path, packs: list[str]) -> Iterator[tuple[str, str]]:
    """The name of each artifact with the SHA-256 of its bytes, sorted by name."""
    roots = [
        folder / "propensity_artifacts",
        folder / "scored.parquet",
        *map(folder.joinpath, packs),
    ]
    files = [path for root in roots for path in ([root] if root.is_file() else root.rglob("*"))]
    for path in sorted(path for path in files if path.is_file() and path.name not in _LEFT_OUT):
        name = _RUN.sub("RUN", str(path.relative_to(folder)))
        content = path.read_bytes().replace(str(folder.resolve()).encode(), b"FOLDER")
        yield name, hashlib.sha256(content).hexdigest()


def main() -> None:
    """Print a line for each artifact."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=Path)
    parser.add_argument("--pack", nargs="*", default=["review-en", "review-ja"])
    chosen = parser.parse_args()
    for name, digest in hashes(chosen.folder, chosen.pack):
        print(digest, name)


if __name__ == "__main__":
    main()
