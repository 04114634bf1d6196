"""Write the invented export of a system, and its configuration beside it.

python -m benchmarks.exports salesforce FOLDER [--leads 2500] [--seed 1]
"""

import argparse
import shutil
from pathlib import Path

from benchmarks.exports.company import invent
from benchmarks.exports.systems import CONFIGS, SYSTEMS


def main() -> None:
    """Read the command line, and write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("system", choices=sorted(SYSTEMS))
    parser.add_argument("folder", type=Path)
    parser.add_argument("--leads", type=int, default=2_500)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    SYSTEMS[given.system](invent(given.leads, given.seed), given.folder)
    shutil.copy(CONFIGS / f"{given.system}.yaml", given.folder)
    for path in sorted(given.folder.rglob("*")):
        if path.is_file():
            print(path)


if __name__ == "__main__":
    main()
