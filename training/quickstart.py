"""`make quickstart`: a simulated company, from raw tables to scored leads with reasons."""

import shutil
import sys
from pathlib import Path

from propensity import cli as use
from training import cli as learn

#: Large enough that the model is good, small enough for a coffee.
_LEADS = 20_000
_CONFIGS = Path(__file__).parent.parent / "configs"
#: The morning after the simulated history ends.
_AS_OF = "2025-04-01"


def quickstart(folder: Path) -> None:
    """Run the commands a person would type, and show each."""
    folder.mkdir(parents=True, exist_ok=True)
    config = folder / "propensity.yaml"
    shutil.copyfile(_CONFIGS / "quickstart.yaml", config)
    shutil.copyfile(_CONFIGS / "quickstart-definition.yaml", folder / "definition.yaml")
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
    )
    _run("score", str(config), "--as-of", _AS_OF)
    print(f"\nWritten to {folder}/: {', '.join(sorted(p.name for p in folder.iterdir()))}")


def _run(*words: str) -> None:
    print(f"\n$ propensity {' '.join(words)}", flush=True)
    use.app(list(words), standalone_mode=False)


if __name__ == "__main__":
    _ = learn  # adds its commands to the app
    use.main(lambda: quickstart(Path(sys.argv[1] if len(sys.argv) > 1 else "quickstart")))
