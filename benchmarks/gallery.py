"""The pictures of docs/gallery.md, made anew: page, slides, definition, a team's morning,
terminal.

    make quickstart && python -m benchmarks.gallery quickstart docs/gallery

A quickstart folder is copied, the review is written in both languages, and everything is drawn by
what people look at it with: Chromium, LibreOffice, and a terminal of 100 columns.
"""

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow.compute as pc
import pyarrow.parquet as pq
from PIL import Image
from playwright.sync_api import sync_playwright
from rich.console import Console
from rich.text import Text

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
WIDTH, HEIGHT, COLUMNS = 1280, 800, 100
#: Slides on the sheet of slides: numbers from 1, and how many stand side by side.
SLIDES, ABREAST = (2, 3, 4, 8, 10, 12), 2
#: Colours of a picture: enough for flat ones, and a quarter of the bytes.
COLOURS = 128
#: Commands whose terminal is shown.
_TERMINALS = ("score", "explain")
#: Milliseconds until what was scrolled to is drawn.
_DRAWN = 500
#: Sections of the page that are shown, as their anchors.
SECTIONS = ("minute", "map", "line", "decide")


def command(folder: Path, *words: str) -> str:
    """Run a command as people do; return what its terminal shows, with colours."""
    shown = {**os.environ, "COLUMNS": str(COLUMNS), "FORCE_COLOR": "1", "TERM": "xterm-256color"}
    done = subprocess.run(
        [Path(sys.executable).with_name("propensity"), *words],
        cwd=folder,
        env=shown,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise SystemExit(
            f"propensity {' '.join(words)} ended with {done.returncode}: {done.stderr}"
        )
    return done.stdout


def terminal(told: str, title: str) -> str:
    """The SVG of a terminal; without the paths of this machine, which come last."""
    told = told.partition("\nWrote ")[0]
    with Path(os.devnull).open("w", encoding="utf-8") as nowhere:
        console = Console(record=True, width=COLUMNS, file=nowhere, force_terminal=True)
        console.print(Text.from_ansi(told.rstrip()))
        return console.export_svg(title=title)


def slides(deck: Path, folder: Path) -> Image.Image:
    """Some slides on one sheet, as LibreOffice draws them."""
    for words in (
        ["soffice", "--headless", "--convert-to", "pdf", "--outdir", str(folder), str(deck)],
        ["pdftoppm", "-r", "60", "-png", str(folder / f"{deck.stem}.pdf"), str(folder / "slide")],
    ):
        subprocess.run(words, check=True, capture_output=True)
    found = sorted(folder.glob("slide-*.png"))
    pictures = [Image.open(found[number - 1]) for number in SLIDES if number <= len(found)]
    wide, high = pictures[0].size
    rows = -(-len(pictures) // ABREAST)
    sheet = Image.new("RGB", (wide * ABREAST, high * rows), "white")
    for place, picture in enumerate(pictures):
        sheet.paste(picture, (place % ABREAST * wide, place // ABREAST * high))
    return sheet


def pages(folder: Path, night: Path, told: dict[str, str]) -> Iterator[tuple[str, Path, str]]:
    """Name, HTML and anchor of each picture of a browser; no anchor shows the page from its top."""
    for language in ("en", "ja"):
        review = folder / f"review-{language}"
        for section in SECTIONS:
            yield f"page-{section}-{language}", review / "review.html", section
        yield f"definition-{language}", review / "definition.html", ""
    yield "team", next(night.glob("inside_sales.html")), ""
    for name, svg in told.items():
        path = folder / f"{name}.html"
        path.write_text(f"<!doctype html><meta charset='utf-8'>{svg}", encoding="utf-8")
        yield f"terminal-{name}", path, ""


def taken(browser: Any, path: Path, anchor: str) -> bytes:  # noqa: ANN401 — the library's own
    """A picture of a page, from an anchor on."""
    page = browser.new_page(viewport={"width": WIDTH, "height": HEIGHT})
    page.goto(path.as_uri())
    if anchor:
        page.locator(f"#{anchor}").evaluate("found => found.scrollIntoView({behavior: 'instant'})")
        page.wait_for_timeout(_DRAWN)
    shown = page.locator("svg").first if path.stem in _TERMINALS else page
    picture: bytes = shown.screenshot()
    page.close()
    return picture


def make(quickstart: Path, out: Path) -> None:
    """Write every picture into a folder."""
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary) / "company"
        shutil.copytree(quickstart, folder)
        for language in ("en", "ja"):
            words = ["review", "propensity.yaml", "--language", language]
            command(folder, *words, "--out", f"review-{language}")
        night = max((folder / "nights").iterdir())
        day = "--as-of", night.name
        told = {"score": command(folder, "score", "propensity.yaml", *day)}
        scored = pq.read_table(folder / "scored.parquet", columns=["lead_id", "rank"])
        best = scored.filter(pc.equal(scored["rank"], 1))["lead_id"][0].as_py()
        told["explain"] = command(folder, "explain", best, "propensity.yaml", *day)
        drawn = {name: terminal(text, f"propensity {name}") for name, text in told.items()}
        out.mkdir(parents=True, exist_ok=True)
        for language in ("en", "ja"):
            place = Path(temporary) / language
            place.mkdir()
            sheet = slides(folder / f"review-{language}" / "review.pptx", place)
            saved(sheet, out / f"slides-{language}.png")
        with sync_playwright() as driver:
            path = next(filter(None, map(shutil.which, BROWSERS)))
            browser = driver.chromium.launch(executable_path=path, args=["--no-sandbox"])
            for name, html, anchor in pages(folder, night, drawn):
                target = out / f"{name}.png"
                target.write_bytes(taken(browser, html, anchor))
                saved(Image.open(target).convert("RGB"), target)
            browser.close()


def saved(picture: Image.Image, path: Path) -> None:
    """Write a picture with few colours."""
    picture.quantize(COLOURS).save(path, optimize=True)
    Console().print(f"{path}: {path.stat().st_size // 1024} kB")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("quickstart", type=Path, help="a folder that `make quickstart` wrote")
    parser.add_argument("out", type=Path, help="where the pictures go")
    asked = parser.parse_args()
    make(asked.quickstart.resolve(), asked.out.resolve())
