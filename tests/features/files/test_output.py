"""No output is an input, and no file of somebody else is replaced."""

import ast
import os
import re
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from features.errors import ConfigError
from features.files.ours import MADE_BY, is_ours
from features.files.output import Inputs, Output
from features.files.whole_file import write_new_text, write_text

ROOT = Path(__file__).parents[3]


@pytest.fixture
def source(tmp_path):
    (tmp_path / "data").mkdir()
    path = tmp_path / "data" / "leads.csv"
    path.write_text("lead_id\n1\n")
    return path


def other_names(path):
    """The same file by other ways."""
    folder, name = path.parent, path.name
    (folder.parent / "link.csv").symlink_to(path)
    (folder.parent / "hard.csv").hardlink_to(path)
    (folder.parent / "folder").symlink_to(folder)
    return {
        "itself": path,
        "dots": folder / ".." / folder.name / name,
        "relative": Path(os.path.relpath(path)),
        "link": folder.parent / "link.csv",
        "hard link": folder.parent / "hard.csv",
        "folder link": folder.parent / "folder" / name,
    }


@pytest.mark.parametrize("way", ["itself", "dots", "relative", "link", "hard link", "folder link"])
@pytest.mark.parametrize("force", [False, True])
def test_an_input_is_no_output_by_whatever_name(source, way, force):
    path = other_names(source)[way]

    with pytest.raises(ConfigError, match=r"--json: .* is input\.leads, which is read"):
        Inputs([("input.leads", source)]).file(path, "--json", force=force)

    assert source.read_text() == "lead_id\n1\n"


@pytest.mark.parametrize(
    ("pattern", "name", "is_read"),
    [
        ("*.csv", "new.csv", True),
        ("*.csv", "leads.csv", True),
        ("*.csv", "new.parquet", False),
        ("*.csv", "deeper/new.csv", False),
        ("**/*.csv", "deeper/new.csv", True),
        ("part-[0-9].csv", "part-7.csv", True),
        ("part-[0-9].csv", "part-x.csv", False),
        ("*.csv", ".hidden.csv", False),
    ],
)
def test_a_file_that_a_pattern_would_read_from_now_on_is_no_output(source, pattern, name, is_read):
    inputs = Inputs([("input.events", source.parent / pattern)])
    path = source.parent / name

    if is_read:
        with pytest.raises(ConfigError, match="which is read"):
            inputs.file(path, "--out", force=True)
    else:
        assert inputs.file(path, "--out") == Output(path)


def test_a_source_that_is_not_there_yet_is_no_output_either(tmp_path):
    with pytest.raises(ConfigError, match="which is read"):
        Inputs([("input.leads", tmp_path / "leads.csv")]).file(tmp_path / "leads.csv", "--out")


def test_a_folder_that_holds_an_input_is_no_output(source, tmp_path):
    inputs = Inputs([("input.leads", source)])

    for folder in (source.parent, tmp_path, source.parent / "." / ".." / "data"):
        with pytest.raises(ConfigError, match=r"holds input\.leads"):
            inputs.folder(folder, "--out")
    assert inputs.folder(tmp_path / "review", "--out").path == tmp_path / "review"


def test_nothing_is_written_into_a_folder_that_is_read(tmp_path):
    (tmp_path / "models").mkdir()

    with pytest.raises(ConfigError, match="lies in the registry's models"):
        Inputs([("the registry's models", tmp_path / "models")]).file(
            tmp_path / "models" / "leads" / "x.json", "--json"
        )


def test_two_outputs_are_two_files(tmp_path):
    inputs = Inputs()
    inputs.file(tmp_path / "a.json", "--json")

    with pytest.raises(ConfigError, match="--json and --html name one file"):
        inputs.file(tmp_path / "." / "a.json", "--html")


def test_a_file_of_somebody_else_stays_unless_forced(tmp_path):
    path = tmp_path / "notes.json"
    path.write_text('{"mine": 1}')

    with pytest.raises(ConfigError, match="was not written by Propensity"):
        Inputs().file(path, "--json")
    write_text("new", Inputs().file(path, "--json", force=True))

    assert path.read_text() == "new"


@pytest.mark.parametrize("name", ["fifo", "link", "/dev/null", "/dev/stdout", "/dev/fd/1"])
def test_a_device_or_a_pipe_is_no_output_even_by_force(tmp_path, name):
    os.mkfifo(tmp_path / "fifo")
    (tmp_path / "link").symlink_to("fifo")

    with pytest.raises(ConfigError, match="is a device or a pipe"):
        Inputs().file(tmp_path / name, "--json", force=True)


def test_a_folder_is_no_file_to_write(tmp_path):
    with pytest.raises(ConfigError, match="expected a file, got a folder"):
        Inputs().file(tmp_path, "--json", force=True)


def test_what_cannot_be_written_is_said_before_the_work(tmp_path):
    (tmp_path / "file").write_text("")

    with pytest.raises(ConfigError, match="is no folder"):
        Inputs().file(tmp_path / "file" / "a.json", "--json")
    with pytest.raises(ConfigError, match=r"proc.q.a\.json cannot be written"):
        Inputs().file("/proc/q/a.json", "--json")


def test_our_files_are_known_by_their_content(tmp_path):
    contents = {
        "a.json": f'{{"made_by": "{MADE_BY["made_by"]}", "light": "red"}}',
        "a.html": '<html><meta name="generator" content="propensity"></html>',
        "a.svg": "<svg>" + " " * 100_000 + "</svg><!-- propensity -->",
        "a.csv": '\ufeff"lead_id","as_of","rank","probability","log_odds"\n',
        "empty": "",
    }
    for name, text in contents.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
        assert is_ours(tmp_path / name), name
    pq.write_table(pa.table({"lead_id": ["1"]}), tmp_path / "b.parquet")
    (tmp_path / "b.csv").write_text("lead_id,as_of\n")
    assert not is_ours(tmp_path / "b.parquet")
    assert not is_ours(tmp_path / "b.csv")


def test_rights_are_those_asked_for(tmp_path):
    write_text("names", Inputs().file(tmp_path / "a.csv", "--out", mode=0o600))
    write_new_text("names", Inputs().new_file(tmp_path / "b.csv", "--out", mode=0o600))

    assert {os.stat(tmp_path / name).st_mode & 0o777 for name in ("a.csv", "b.csv")} == {0o600}


def test_a_new_file_never_takes_the_place_of_one_that_came_meanwhile(tmp_path):
    output = Inputs().new_file(tmp_path / "a.yaml", "--out")
    (tmp_path / "a.yaml").write_text("mine")

    with pytest.raises(ConfigError, match="exists already"):
        write_new_text("ours", output)

    assert [path.name for path in tmp_path.iterdir()] == ["a.yaml"]
    assert (tmp_path / "a.yaml").read_text() == "mine"


# --- every writer goes through the guard ----------------------------------------------------------

#: Methods and functions that write to the disk or take something away.
WRITES = {
    "write_bytes",
    "write_table",
    "ParquetWriter",
    "OSFile",
    "savefig",
    "copyfile",
    "symlink_to",
    "hardlink_to",
    "rename",
    "unlink",
    "rmtree",
    "touch",
    "mkdir",
    "makedirs",
    "mkdtemp",
    "TemporaryDirectory",
}
#: Functions that write without an ``Output``, and why they can harm nothing.
FREE = {
    "propensity/crm/export.py:_remove_further_parts": "in the night's folder, which the guard gave",
    **dict.fromkeys(
        [
            "features/intake/formats/containers.py:private",
            "features/intake/opening.py:_drop_temporary",
            "features/intake/sources.py:_plainly_named",
            "features/databases/chunks.py:write_parquet",
            "features/databases/increments.py:_cast",
        ],
        "in the store's temporary folder",
    ),
    **dict.fromkeys(
        [
            "propensity/spark/bucket.py:_model",
            "propensity/spark/bucket.py:streamed",
            "propensity/spark/engine.py:bundle_of",
            "propensity/spark/staging.py:stage",
        ],
        "in temporary folders of the machine that scores",
    ),
    "features/databases/increments.py:_keep": "in the folder input.cache, under a name of its own",
    "features/databases/dialects.py:new_private_file": "makes a new, empty file alone",
    **dict.fromkeys(
        [
            "propensity/registry/definitions.py:register",
            "propensity/registry/artifact.py:stage",
            "propensity/registry/artifact.py:_write",
        ],
        "in a temporary folder of its own",
    ),
    **dict.fromkeys(
        ["propensity/model/bundle.py:_parquet", "training/review/page/svg.py:markup"], "in memory"
    ),
    **dict.fromkeys(
        [
            "propensity/scoring/job.py:_spooled",
            "propensity/scoring/scored_file.py:__init__",
            "propensity/scoring/scored_file.py:write",
        ],
        "in the draft of an output",
    ),
    "propensity/registry/client.py:opened": "makes the folder of the registry",
    "propensity/ledger/database.py:_engine": "makes the ledger, whose tables are only added to",
    "training/decide/command.py:_write": "takes back the new file that it wrote a moment before",
    **dict.fromkeys(
        ["training/simulate/command.py:write", "training/simulate/command.py:_move"],
        "after check_free, whose guard is asked first",
    ),
}


def written(call):
    """The name of what a call writes with; None where it writes nothing."""
    match call:
        case ast.Call(func=ast.Attribute(attr=name) | ast.Name(id=name)):
            pass
        case _:
            return None
    modes = [a.value for a in call.args if isinstance(a, ast.Constant) and isinstance(a.value, str)]
    if name == "open" and any(re.fullmatch(r"[rwxab+t]*[wxa+][b+t]*", mode) for mode in modes):
        return "open"
    if name == "open" and any("O_CREAT" in ast.dump(argument) for argument in call.args):
        return "open"
    if name == "write_text" and isinstance(call.func, ast.Attribute):
        return name
    if not isinstance(call.func, ast.Attribute):
        return None
    if name == "replace" and len(call.args) == 1 and isinstance(call.func.value, ast.Name):
        return name  # of a path; that of a text has two
    return name if name in WRITES else None


def writers():
    """Functions that write, with their node."""
    for package in ("features", "propensity", "training"):
        for path in sorted((ROOT / package).rglob("*.py")):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.FunctionDef) and any(map(written, ast.walk(node))):
                    yield f"{path.relative_to(ROOT)}:{node.name}", node


def is_guarded(name, node):
    arguments = [*node.args.args, *node.args.kwonlyargs]
    takes_output = any(a.annotation and "Output" in ast.unparse(a.annotation) for a in arguments)
    return name.startswith("features/files/") or takes_output


def test_every_function_that_writes_goes_through_the_guard_or_says_why_not():
    unguarded = {name for name, node in writers() if not is_guarded(name, node)}

    assert unguarded == set(FREE)


def test_an_output_is_made_by_the_guard_alone():
    makers = {
        str(path.relative_to(ROOT))
        for package in ("features", "propensity", "training")
        for path in (ROOT / package).rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id == "Output"
    }

    assert makers == {"features/files/output.py"}
