"""`make docs`: the pages as a site in site/, with what is generated; a link that leads nowhere is
an error.

    python -m docs.site.build
"""

import re
import shutil
import subprocess
import sys
from pathlib import Path

from docs.site import configuration_keys, notebook_pages, python_calls
from docs.site.links import problems

ROOT = Path(__file__).parents[2]
#: The pages as the builder reads them, and the site, both beside ``zensical.toml``.
PAGES, SITE = ROOT / "build" / "pages", ROOT / "site"
GENERATED = {"configuration.md": configuration_keys.page, "reference.md": python_calls.page}
#: Pages outside the folder of the pages, to their name on the site.
_OUTSIDE = {
    "README.md": "index.md",
    "CHANGELOG.md": "changes.md",
    "CONTRIBUTING.md": "contributing.md",
    "SECURITY.md": "security.md",
    **notebook_pages.PAGES,
}
_LINK = re.compile(r"(\]\()([^)\s#]+)((?:#[^)\s]*)?\))")
#: Languages of files that are shown as they are.
_SHOWN = {".yaml": "yaml", ".py": "python", ".toml": "toml"}


def assemble(pages: Path) -> None:
    """Write every page of the site into a folder that is made anew."""
    shutil.rmtree(pages, ignore_errors=True)
    pages.mkdir(parents=True)
    shutil.copytree(ROOT / "docs" / "gallery", pages / "gallery")
    shutil.copy(ROOT / "docs" / "site" / "site.css", pages / "site.css")
    for path in sorted((ROOT / "docs").glob("*.md")):
        _place(path.read_text(encoding="utf-8"), path.parent, pages / path.name)
    for name, target in _OUTSIDE.items():
        file = ROOT / name
        if name in notebook_pages.PAGES:
            text = notebook_pages.page(file, pages / "notebooks")
        else:
            text = file.read_text(encoding="utf-8")
        _place(text, file.parent, pages / target)
    for name, made in GENERATED.items():
        _place(made(), ROOT / "docs", pages / name)


def _place(text: str, home: Path, target: Path) -> None:
    """Write a page, with its links turned to where things are on the site."""

    def turned(found: re.Match[str]) -> str:
        return found[1] + _turned(found[2], home, target.parent) + found[3]

    target.write_text(_LINK.sub(turned, text), encoding="utf-8")


def _turned(link: str, home: Path, pages: Path) -> str:
    if re.match(r"[a-z]+:", link):
        return link
    file = (home / link).resolve()
    if home == ROOT / "docs" and link in GENERATED:
        return link
    name = file.relative_to(ROOT).as_posix()
    if name in _OUTSIDE:
        return _OUTSIDE[name]
    if name.startswith("docs/"):
        return name.removeprefix("docs/")
    return _shown(file, name, pages)


def _shown(file: Path, name: str, pages: Path) -> str:
    """A page that shows a file of the repository."""
    target = pages / "files" / f"{name.replace('/', '-').replace('.', '-').lower()}.md"
    target.parent.mkdir(exist_ok=True)
    text = file.read_text(encoding="utf-8")
    language = _SHOWN.get(file.suffix, "text")
    target.write_text(f"# {name}\n\n~~~~{language}\n{text}\n~~~~\n", encoding="utf-8")
    return f"files/{target.name}"


def main() -> int:
    """Build, and check what was built."""
    assemble(PAGES)
    builder = Path(sys.executable).with_name("zensical")
    done = subprocess.run(  # noqa: S603 — ours
        [builder, "build", "--clean", "--strict"], cwd=ROOT, check=False
    )
    if done.returncode:
        return done.returncode
    wrong = list(problems(SITE))
    print(*wrong, sep="\n", file=sys.stderr)
    if not wrong:
        print(f"{len(list(SITE.rglob('*.html')))} pages in site/, every link leads somewhere")
    return bool(wrong)


if __name__ == "__main__":
    sys.exit(main())
