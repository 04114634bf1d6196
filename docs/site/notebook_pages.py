"""Notebooks as pages of the site: texts, code, and what the code gave when it was last run."""

import base64
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
#: Notebook to the name of its page.
PAGES = {
    f"docs/notebooks/{name}.ipynb": f"notebook-{name}.md" for name in ("quarter", "own", "shap")
}


def page(notebook: Path, pictures: Path) -> str:
    """A notebook as Markdown.

    Args:
        notebook: File of the notebook.
        pictures: Folder for its pictures, beside the page; is made.
    """
    pictures.mkdir(parents=True, exist_ok=True)
    cells = json.loads(notebook.read_text(encoding="utf-8"))["cells"]
    parts: list[str] = []
    for place, cell in enumerate(cells):
        text = "".join(cell["source"])
        if cell["cell_type"] == "markdown":
            parts.append(text)
            continue
        parts.append(f"```python\n{text}\n```")
        name = f"{notebook.stem}-{place}"
        parts += [_shown(output, pictures, name) for output in _outputs(cell)]
    title, rest = parts[0].split("\n", 1)
    file = notebook.relative_to(ROOT).as_posix()
    return "\n\n".join([title, f"The notebook is `{file}`.", rest, *parts[1:]]) + "\n"


def _outputs(cell: dict[str, Any]) -> Iterator[dict[str, str]]:
    """What a cell gave, as kind to text."""
    for output in cell["outputs"]:
        given = output.get("data", {"text/plain": output.get("text", "")})
        yield {kind: "".join(told) for kind, told in given.items()}


def _shown(output: dict[str, str], pictures: Path, name: str) -> str:
    if "image/png" in output:
        picture = pictures / f"{name}.png"
        picture.write_bytes(base64.b64decode(output["image/png"]))
        return f'<p><img alt="What the code draws" src="{pictures.name}/{picture.name}"></p>'
    if "text/html" in output:
        told = re.sub(r"<style.*?</style>\n?", "", output["text/html"], flags=re.DOTALL)
        return f'<div class="from-code">\n{told.strip()}\n</div>'
    return f"```text\n{output['text/plain'].rstrip()}\n```"
