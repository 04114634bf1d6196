"""`make quickstart`: a simulated company, from raw tables to scored leads and a first night."""

from argparse import ArgumentParser
from pathlib import Path

from features.files.output import Inputs
from features.files.whole_file import write_text
from propensity import cli as use
from training import cli as learn

#: Large enough that the model is good, small enough for a coffee.
_LEADS = 20_000
_CONFIGS = Path(__file__).parent.parent / "configs"
#: The morning after the simulated history ends.
_AS_OF = "2025-04-01"


def quickstart(folder: Path) -> None:
    """Run the commands a person would type, and show each."""
    config = folder / "propensity.yaml"
    _copy("quickstart.yaml", config)
    for name in ("definition", "decisions"):
        _copy(f"quickstart-{name}.yaml", folder / f"{name}.yaml")
    _run("simulate", str(folder / "data"), "--leads", str(_LEADS), "--seed", "1")
    _run("train", str(config))
    _run(
        "promote",
        "challenger",
        str(config),
        "--signed-by",
        "marketing: A. Ito",
        "--signed-by",
        "sales: B. Sato",
        "--signed-on",
        _AS_OF,
        "--as-of",
        _AS_OF,
    )
    _run("score", str(config), "--as-of", _AS_OF)
    _run("nightly", str(config), "--as-of", _AS_OF)
    print(f"\nWritten to {folder}/: {', '.join(sorted(p.name for p in folder.iterdir()))}")


def _copy(name: str, path: Path) -> None:
    """Copy a file of ours, and replace one that an earlier quickstart copied."""
    text = (_CONFIGS / name).read_text(encoding="utf-8")
    write_text(text, Inputs().file(path, "quickstart", headers={text.partition("\n")[0]}))


def _run(*words: str) -> None:
    print(f"\n$ propensity {' '.join(words)}", flush=True)
    use.app(list(words), standalone_mode=False)


if __name__ == "__main__":
    _ = learn  # adds its commands to the app
    asked = ArgumentParser(prog="python -m training.quickstart", description=__doc__)
    asked.add_argument("folder", nargs="?", type=Path, default="quickstart", help="is made anew")
    given = asked.parse_args()
    use.main(lambda: quickstart(given.folder))
