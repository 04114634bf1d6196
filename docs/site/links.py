"""Links of the built site: each leads to a page, a picture or a heading, and nothing is loaded from
elsewhere.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

#: Attributes by which a page loads something, or leads somewhere.
_LEADS = {"a": "href"}
_LOADS = {"script": "src", "img": "src", "iframe": "src", "source": "src", "link": "href"}
#: Links of a page's head that load nothing.
_NAMES = {"canonical", "prev", "next", "alternate"}


@dataclass
class Built(HTMLParser):
    """What a built page points at, and what may be pointed at on it.

    Attributes:
        leads: Where its links lead.
        loads: What it loads: scripts, styles, pictures, fonts.
        anchors: Names of its places.
    """

    leads: list[str] = field(default_factory=list)
    loads: list[str] = field(default_factory=list)
    anchors: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        super().__init__()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note what a tag points at."""
        has = dict(attrs)
        self.anchors |= {name for name in (has.get("id"), has.get("name")) if name}
        if (target := has.get(_LEADS.get(tag, ""))) is not None:
            self.leads.append(target)
        loads = has.get(_LOADS.get(tag, ""))
        if loads is not None and not _NAMES & set((has.get("rel") or "").split()):
            self.loads.append(loads)


def problems(site: Path) -> Iterator[str]:
    """What is wrong with the links of a site, a sentence each."""
    pages = {path: read(path) for path in sorted(site.rglob("*.html"))}
    for path, page in pages.items():
        where = path.relative_to(site)
        for target in page.loads:
            if urlsplit(target).netloc or urlsplit(target).scheme in ("http", "https"):
                yield f"{where} loads {target} from elsewhere"
        if path.name == "404.html":  # its links start at the root of a server
            continue
        for target in [*page.leads, *page.loads]:
            if wrong := _wrong(path, target, pages):
                yield f"{where}: {target} {wrong}"
    for path in sorted(site.rglob("*.css")):
        text = path.read_text(encoding="utf-8")
        if "url(http" in text or "url(//" in text or "@import" in text:
            yield f"{path.relative_to(site)} loads something from elsewhere"


def read(path: Path) -> Built:
    """A built page's links."""
    page = Built()
    page.feed(path.read_text(encoding="utf-8"))
    return page


def _wrong(path: Path, target: str, pages: dict[Path, Built]) -> str:
    parts = urlsplit(target)
    if parts.scheme or parts.netloc:
        return ""
    found = (path.parent / unquote(parts.path)).resolve() if parts.path else path
    found = found / "index.html" if found.is_dir() else found
    if not found.is_file():
        return "leads to no file"
    if parts.fragment and found in pages and unquote(parts.fragment) not in pages[found].anchors:
        return "leads to no heading"
    return ""
