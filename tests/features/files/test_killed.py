"""A writer that is killed at any of its steps leaves the old state or the new one, and the next run
goes on and clears away what was left.
"""

import os
import signal
import sys

import pytest

from features.files.output import Inputs
from features.files.whole_file import write_new_text, write_text
from features.files.whole_folder import replace, write_new

#: What Python reports before it does it, of what changes the disk.
STEPS = {"os.rename", "os.link", "os.remove", "os.mkdir", "os.rmdir", "os.truncate"}
OLD = {"a.txt": b"old", "deep/b.txt": b"old"}
NEW = {"a.txt": b"new", "c.txt": b"new"}


def state(folder):
    """Every visible file below a folder."""
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and not any(part.startswith(".") for part in path.parts)
    }


def killed_at(step, write):
    """Run a writer in a child that is killed before a step; returns whether it came so far."""
    child = os.fork()
    if child == 0:
        count = 0

        def watch(event, arguments):
            nonlocal count
            is_writing = event == "open" and isinstance(arguments[2], int) and arguments[2] & 3
            if is_writing or event in STEPS:
                count += 1
                if count == step:
                    os.kill(os.getpid(), signal.SIGKILL)

        sys.addaudithook(watch)
        write()
        os._exit(0)
    return os.WIFSIGNALED(os.waitpid(child, 0)[1])


def text(folder):
    write_text("new", Inputs().file(folder / "a.txt", "--out", force=True))


def new_text(folder):
    write_new_text("new", Inputs().new_file(folder / "a.txt", "--out"))


def folder_replaced(folder):
    replace(Inputs().folder(folder / "pack", "--out"), NEW)


def new_folder(folder):
    write_new(folder / "pack", NEW)


def pack(files):
    return {f"pack/{name}": content for name, content in files.items()}


CASES = {
    "file": (text, {"a.txt": b"old"}, {"a.txt": b"new"}),
    "new file": (new_text, {}, {"a.txt": b"new"}),
    "folder": (folder_replaced, pack(OLD), pack(NEW)),
    "new folder": (new_folder, {}, pack(NEW)),
}


@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
@pytest.mark.parametrize("name", CASES)
def test_a_kill_at_any_step_leaves_old_or_new_and_the_next_run_goes_on(tmp_path, name):
    write, old, new = CASES[name]
    step, stages = 0, []
    while True:
        step += 1
        home = tmp_path / str(step)
        for path, content in old.items():
            (home / path).parent.mkdir(parents=True, exist_ok=True)
            (home / path).write_bytes(content)
        home.mkdir(exist_ok=True)

        was_killed = killed_at(step, lambda home=home: write(home))

        stages.append(state(home))
        assert stages[-1] in (old, new), step
        if stages[-1] == old:
            write(home)
        assert state(home) == new
        if not was_killed:
            break
    assert len(stages) > 3
    assert stages[0] == old
    write_text("", Inputs().file(home / "a.txt", "--out", force=True))
    assert not [path for path in home.rglob(".*") if path.suffix == ".part"]
