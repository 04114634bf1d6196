"""``review.html``: one file that works offline, on paper and on a phone, and runs nothing but its
own script.
"""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from propensity.pages.template import bundled, style
from training.review.document.blocks import Block, Folded, Section, Slider
from training.review.document.cover import Cover
from training.review.document.segment_choice import SegmentChoice
from training.review.page.block_html import Limits, Writer
from training.review.page.segments import segment_data
from training.review.page.templates import TEMPLATES
from training.review.words import Words, words_of

#: Bytes of a page, at most.
LARGEST = 2_000_000
#: Of the page, in this order.
_PARTS = ("meeting", "appendix")
#: What stands on the page: the first that fits.
_LIMITS = (
    Limits(rows=200, narrow=True),
    Limits(rows=60, narrow=False),
    Limits(rows=12, narrow=False),
)


def page(sections: Sequence[Section], cover: Cover, choices: Sequence[SegmentChoice] = ()) -> str:
    """The whole page.

    Args:
        sections: Sections in their order; those without data say why.
        cover: What is said of the pack as a whole.
        choices: Segments that a reader may have in place of all leads.

    Raises:
        ValueError: Two sections have one name, or not even short tables make the page small enough.
    """
    names = [section.name for section in sections]
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise ValueError(f"expected a name per section, got more than one of {twice}")
    words = words_of("page", cover.language, currency=cover.currency, goal=cover.goal)
    for limits in _LIMITS:
        made = _written(sections, cover, choices, words, limits)
        if len(made.encode()) < LARGEST:
            return made
    raise ValueError(f"expected a page of less than {LARGEST:,} bytes, got {len(made.encode()):,}")


class _Links(NamedTuple):
    """Where a section leads.

    Attributes:
        deeper: Sections that say more.
        back: Sections that lead to it.
    """

    deeper: list[Section]
    back: list[Section]


def _written(
    sections: Sequence[Section],
    cover: Cover,
    choices: Sequence[SegmentChoice],
    words: Words,
    limits: Limits,
) -> str:
    present = [section for section in sections if not section.absent]
    writer = Writer(words, limits, lines=_lines(present))
    shown = [(each, writer.section(each), _links(each, present)) for each in present]
    parts = [(part, [each for each in shown if each[0].part == part]) for part in _PARTS]
    return TEMPLATES.get_template("training/review/page/page.html").render(
        language=cover.language,
        title=f"{cover.title} – {cover.subtitle}",
        style=style("training/review/page/page.css"),
        script=bundled("training/review/page/script.js"),
        say=words.say,
        cover=cover,
        parts=[(part, inside) for part, inside in parts if inside],
        absent=[section for section in sections if section.absent],
        diagonals=writer.paths,
        choices=choices,
        segments=[segment_data(choice, writer, words) for choice in choices],
    )


def _links(section: Section, present: Sequence[Section]) -> _Links:
    known = {each.name: each for each in present}
    return _Links(
        [known[name] for name in section.links if name in known],
        [each for each in present if section.name in each.links],
    )


def _lines(sections: Sequence[Section]) -> tuple[float, ...]:
    """The lines of the first slider; none where there is no slider."""
    return next((slider.lines for section in sections for slider in _sliders(section.blocks)), ())


def _sliders(blocks: Sequence[Block]) -> Iterator[Slider]:
    for block in blocks:
        if isinstance(block, Slider):
            yield block
        elif isinstance(block, Folded):
            yield from _sliders(block.blocks)
