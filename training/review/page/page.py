"""``review.html``: one file that works offline, on paper and on a phone, and runs nothing but its
own script.
"""

import base64
import hashlib
from collections.abc import Iterator, Sequence
from importlib.resources import files

from training.review.document.blocks import Block, Folded, Section, Slider
from training.review.document.cover import Cover
from training.review.page.block_html import Limits, Writer
from training.review.page.safe import embedded, paragraph, safe
from training.review.words import Words, words_of

#: Bytes of a page, at most.
LARGEST = 2_000_000
#: What stands on the page: the first that fits.
_LIMITS = (
    Limits(rows=200, narrow=True),
    Limits(rows=60, narrow=False),
    Limits(rows=12, narrow=False),
)


def page(sections: Sequence[Section], cover: Cover) -> str:
    """The whole page.

    Args:
        sections: In their order; those without data say why.
        cover: What is said of the pack as a whole.

    Raises:
        ValueError: Two sections have one name, or not even short tables make the page small enough.
    """
    names = [section.name for section in sections]
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise ValueError(f"expected a name per section, got more than one of {twice}")
    words = words_of("page", cover.language, currency=cover.currency, goal=cover.goal)
    for limits in _LIMITS:
        made = "".join(_ReviewPage(sections, cover, words, limits).parts())
        if len(made.encode()) < LARGEST:
            return made
    raise ValueError(f"expected a page of less than {LARGEST:,} bytes, got {len(made.encode()):,}")


def framed(content: str, *, title: str, language: str, style: str, script: str = "") -> str:
    """A page of its own around content: nothing is requested, and only this style and this script
    count.
    """
    policy = [
        "default-src 'none'",
        f"style-src {_hashed(style)}",
        f"script-src {_hashed(script) if script else chr(39) + 'none' + chr(39)}",
        "img-src data:",
        "base-uri 'none'",
        "form-action 'none'",
    ]
    return (
        f'<!DOCTYPE html>\n<html lang="{language}">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{"; ".join(policy)}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{safe(title)}</title>\n<style>{style}</style>\n</head>\n<body>\n{content}\n"
        f"{f'<script>{script}</script>' if script else ''}\n</body>\n</html>\n"
    )


def bundled(name: str) -> str:
    """A file of this folder."""
    return files("training.review.page").joinpath(name).read_text(encoding="utf-8")


def _hashed(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


class _ReviewPage:
    def __init__(
        self, sections: Sequence[Section], cover: Cover, words: Words, limits: Limits
    ) -> None:
        self.cover, self.words = cover, words
        self.present = [section for section in sections if not section.absent]
        self.absent = [section for section in sections if section.absent]
        self.titles = {section.name: section.title for section in self.present}
        self.writer = Writer(words, limits, lines=_lines(self.present))

    def parts(self) -> Iterator[str]:
        content = "".join(self._content())
        yield framed(
            content,
            title=f"{self.cover.title} – {self.cover.subtitle}",
            language=self.cover.language,
            style=bundled("style.css"),
            script=bundled("script.js"),
        )

    def _content(self) -> Iterator[str]:
        yield f'<a class="skip" href="#content">{safe(self.words.say("skip"))}</a>'
        yield self._header()
        yield f'<div class="columns">{self._contents()}<main id="content">'
        for part in ("meeting", "appendix"):
            shown = [section for section in self.present if section.part == part]
            if shown:
                yield f'<p class="part" id="part-{part}">{safe(self.words.say(part))}</p>'
                yield from map(self._section, shown)
        yield self._left_out()
        yield "</main></div>"
        yield (
            f"<footer>{''.join(f'<p>{paragraph(fact)}</p>' for fact in self.cover.facts)}</footer>"
        )
        yield (
            f'<script type="application/json" id="diagonals">{embedded(self.writer.paths)}</script>'
        )

    def _header(self) -> str:
        cover = self.cover
        status = (
            f'<p class="status{" draft" if cover.is_draft else ""}">{paragraph(cover.status)}</p>'
        )
        return (
            "<header><p"
            f' class="subtitle">{paragraph(cover.subtitle)}</p><h1>{safe(cover.title)}</h1>'
            f"{status if cover.status else ''}</header>"
        )

    def _contents(self) -> str:
        parts = []
        for part in ("meeting", "appendix"):
            links = "".join(
                self._link(section.name) for section in self.present if section.part == part
            )
            if links:
                parts.append(f'<p class="part">{safe(self.words.say(part))}</p><ol>{links}</ol>')
        title = safe(self.words.say("contents"))
        return (
            f'<nav aria-label="{title}"><details'
            f" open><summary>{title}</summary>{''.join(parts)}</details></nav>"
        )

    def _link(self, name: str) -> str:
        return f'<li><a href="#{safe(name)}">{safe(self.titles[name])}</a></li>'

    def _section(self, section: Section) -> str:
        name = safe(section.name)
        return (
            f'<section id="{name}" aria-labelledby="{name}-title" class="{section.part}">'
            f'<h2 id="{name}-title">{safe(section.title)}</h2>'
            f"{self.writer.section(section)}{self._more(section)}</section>"
        )

    def _more(self, section: Section) -> str:
        """Where it goes deeper, and what it belongs to."""
        back = [other.name for other in self.present if section.name in other.links]
        told = (("deeper", [name for name in section.links if name in self.titles]), ("back", back))
        return "".join(
            f'<div class="more"><span>{safe(self.words.say(key))}</span>'
            f"<ul>{''.join(map(self._link, names))}</ul></div>"
            for key, names in told
            if names
        )

    def _left_out(self) -> str:
        if not self.absent:
            return ""
        title = safe(self.words.say("left out"))
        lines = "".join(
            f'<li id="{safe(s.name)}">{paragraph(self.words.say("left out one", title=s.title, why=s.absent))}</li>'
            for s in self.absent
        )
        return (
            '<section aria-labelledby="left-out"><h2'
            f' id="left-out">{title}</h2><ul>{lines}</ul></section>'
        )


def _lines(sections: Sequence[Section]) -> tuple[float, ...]:
    """Of the first slider."""
    return next((slider.lines for section in sections for slider in _sliders(section.blocks)), ())


def _sliders(blocks: Sequence[Block]) -> Iterator[Slider]:
    for block in blocks:
        if isinstance(block, Slider):
            yield block
        elif isinstance(block, Folded):
            yield from _sliders(block.blocks)
