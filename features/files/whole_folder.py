"""Folders written whole or not at all: a draft beside the place takes it in one step."""

import contextlib
import os
import re
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path

from features.files.exchange import exchange
from features.files.output import Output
from features.files.whole_file import draft_beside, sync, target_of

#: What a draft's folder is called, after the name of its lock.
_FOLDER = ".folder"


def write_new(folder: Path, files: Mapping[str, bytes]) -> None:
    """Write a folder that is not there, or empty.

    Args:
        folder: Where.
        files: File name to content; a name may hold folders.

    Raises:
        ConfigError: No draft can be made beside the folder.
        OSError: The folder holds something by now, or the disk does not take the files.
    """
    target = target_of(folder)
    with _draft_of(target) as draft:
        _fill(draft, files)
        draft.replace(target)
        sync(target.parent)


def replace(output: Output, files: Mapping[str, bytes]) -> None:
    """Write a folder; an earlier one there gives way, and stays where the new one cannot come.

    Args:
        output: Where.
        files: File name to content; a name may hold folders.

    Raises:
        ConfigError: No draft can be made beside the folder.
        OSError: The disk does not take the files, or the folder cannot be moved.
    """
    target = target_of(output.path)
    with _draft_of(target) as draft:
        _fill(draft, files)
        if not (target.exists() and exchange(draft, target)):
            _rename_both(draft, target)
        sync(target.parent)


def _rename_both(draft: Path, target: Path) -> None:
    """In two steps: a run that is killed between them is made good by the next one."""
    before = _before(draft.parent)
    if target.exists():
        target.rename(before)
    try:
        draft.rename(target)
    except OSError:
        if before.exists():
            before.rename(target)
        raise


@contextlib.contextmanager
def _draft_of(target: Path) -> Iterator[Path]:
    """A name beside the target for a folder that is gone afterwards, unless it was moved away.

    A draft belongs to a locked file beside it; without one its process is dead, and it is swept.
    """
    with draft_beside(target) as lock:
        _sweep(target)
        place = lock.with_name(lock.name + _FOLDER)
        place.mkdir()
        try:
            yield place / "draft"
        finally:
            shutil.rmtree(place, ignore_errors=True)


def _sweep(target: Path) -> None:
    """Remove what killed runs left; an earlier folder that lost its place gets it back."""
    draft = re.compile(rf"\.{re.escape(target.name)}\.[0-9a-f]+\.part{re.escape(_FOLDER)}")
    for place in filter(lambda path: draft.fullmatch(path.name), target.parent.iterdir()):
        if place.with_name(place.name.removesuffix(_FOLDER)).exists():
            continue
        if _before(place).exists() and not target.exists():
            _before(place).rename(target)
        shutil.rmtree(place, ignore_errors=True)


def _before(place: Path) -> Path:
    """Where the earlier folder waits while the new one takes its place."""
    return place / "before"


def _fill(draft: Path, files: Mapping[str, bytes]) -> None:
    """Write the files, and have the disk hold them and their names."""
    draft.mkdir()
    for name, content in files.items():
        (draft / name).parent.mkdir(parents=True, exist_ok=True)
        with (draft / name).open("xb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
    for folder in (*(path for path in draft.rglob("*") if path.is_dir()), draft):
        sync(folder)
