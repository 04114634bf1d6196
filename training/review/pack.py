"""The pack as a folder: gathered, put into sections, drawn, and written whole or not at all."""

from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path

from features.errors import ConfigError
from features.files.output import Inputs
from features.files.whole_file import refused, write_bytes
from features.files.whole_folder import replace
from propensity.concepts.wording import plain
from propensity.definition.schema import Definition
from propensity.language import CATALOGUES
from training.review.deck.deck import deck
from training.review.document.blocks import KeyFigure, Map, Section
from training.review.document.cover import Cover
from training.review.document.csvs import csvs
from training.review.findings.material import Material
from training.review.page.one_page import one_page
from training.review.page.page import page
from training.review.sections import (
    actions,
    believe,
    bet,
    changed,
    decide,
    expert,
    form,
    funnel,
    line,
    map,
    matters,
    minute,
    promise,
    said,
    told,
)
from training.review.sections.case_names import role_name
from training.review.sections.segment_choices import segment_choices
from training.review.sheet.workbook import workbook
from training.review.words import Words, words_of

Builder = Callable[[Material, Words], Section]

#: Files by which an earlier pack is known.
OURS = ("review.html", "sla.xlsx")
#: The sections in their order; the name is that of the module with their words.
SECTIONS: tuple[tuple[str, Builder], ...] = (
    ("minute", minute.section),
    ("matters", matters.section),
    ("map", map.section),
    ("line", line.section),
    ("decide", decide.section),
    ("actions", actions.section),
    ("funnel", funnel.section),
    ("promise", promise.section),
    ("believe", believe.section),
    ("changed", changed.section),
    ("told", told.section),
    ("bet", bet.section),
    ("said", said.section),
    ("expert", expert.section),
)


def sections(material: Material, *, language: str) -> tuple[Section, ...]:
    """All sections in a language."""
    config = material.config
    return tuple(
        build(
            material,
            words_of(
                name,
                language,
                labels=config.labels_in(language),
                currency=config.review.currency,
                goal=material.goal,
            ),
        )
        for name, build in SECTIONS
    )


def cover(material: Material, *, language: str) -> Cover:
    """What is said of the pack as a whole."""
    words = words_of(
        "cover",
        language,
        labels=material.config.labels_in(language),
        currency=material.config.review.currency,
    )
    under, definition = material.reviewed, material.definition
    observed = words.say("observed", day=words.day(material.observed)) if material.observed else ""
    status = words.say("no definition")
    if definition is not None and under.agreed.is_draft:
        status = words.say("draft")
    elif definition is not None:
        status = words.join(
            [
                _signed(definition, material.config.input.timezone, words),
                words.say("next", due=_review_day(definition, material.observed, words)),
            ]
        )
    name = plain(material.config.name)
    facts = (
        words.say("model", name=name, version=str(under.version.number)),
        (
            words.say("definition", version=under.agreed.version)
            if definition and not under.agreed.is_draft
            else ""
        ),
        (_review_day(definition, material.observed, words) if definition is not None else ""),
        observed,
        words.say("leads", n=material.leads),
    )
    return Cover(
        title=words.say("title"),
        subtitle=(
            words.say("subtitle", name=name, day=words.day(material.observed))
            if material.observed
            else name
        ),
        language=language,
        currency=material.config.review.currency,
        status=status,
        is_draft=definition is None or under.agreed.is_draft,
        goal=material.goal,
        facts=tuple(filter(None, facts)),
    )


def _signed(definition: Definition, timezone: str | None, words: Words) -> str:
    """Who signed, and on which day; each with a day of their own where these differ."""
    days = [words.day(signed.day(timezone)) for signed in definition.signed]
    who = [
        f"{role_name(signed.role, definition, words)} {plain(signed.name)}"
        for signed in definition.signed
    ]
    people = CATALOGUES[words.language]["people"]
    if len(set(days)) == 1:
        return words.say("signed on", day=days[0], who=people.join(who))
    each = [words.say("one signed", who=one, day=day) for one, day in zip(who, days, strict=True)]
    return words.say("signed", who=people.join(each))


def _review_day(definition: Definition, until: date | None, words: Words) -> str:
    """The day of the next review, and whether it is past on the day up to which the data are
    complete.
    """
    key = "review due" if _is_due(definition, until) else "review by"
    return words.say(key, day=words.day(definition.review_by))


def _is_due(definition: Definition, until: date | None) -> bool:
    return until is not None and until > definition.review_by


def pack(material: Material, *, language: str) -> dict[str, bytes]:
    """File name to content."""
    made, front = sections(material, language=language), cover(material, language=language)
    files = {"review.html": review_page(material, made, front).encode()}
    if material.definition is not None:
        files["definition.html"] = _sheet_to_sign(
            material, material.definition, made, front
        ).encode()
    files["review.pptx"] = deck(made, front)
    asked = words_of(
        "form", language, labels=material.config.labels_in(language), goal=material.goal
    )
    files[form.FILE] = form.form(material, asked).encode()
    files["sla.xlsx"] = workbook(material.practice.sheet, words_of("sheet", language))
    return files | {f"tables/{name}": content for name, content in csvs(made).items()}


def review_page(material: Material, made: Sequence[Section], front: Cover) -> str:
    """The page, on which a reader may look at one segment.

    Args:
        material: Material of the review.
        made: Its sections.
        front: What is said of the pack as a whole.
    """
    words = words_of("segments", front.language, labels=material.config.labels_in(front.language))
    return page(made, front, segment_choices(material, words))


def _sheet_to_sign(
    material: Material, definition: Definition, made: Sequence[Section], front: Cover
) -> str:
    """The definition on one page, with its map and what to expect at the line."""
    blocks = [block for section in made for block in section.blocks]
    return one_page(
        definition,
        front,
        version=material.reviewed.agreed.version,
        shown=next((block for block in blocks if isinstance(block, Map)), None),
        figures=[block for block in blocks if isinstance(block, KeyFigure)],
        horizon_days=material.unseen.horizon_days,
        is_due=_is_due(definition, material.observed),
        labels=material.config.labels_in(front.language),
        timezone=material.config.input.timezone,
    )


def check_free(folder: Path) -> None:
    """Refuse a folder that holds something else than an earlier pack, before the work is done.

    Raises:
        ConfigError: It does.
    """
    if folder.exists() and not (
        folder.is_dir() and (not any(folder.iterdir()) or _is_pack(folder))
    ):
        raise ConfigError(
            f"{folder}: expected an empty folder, an earlier pack or a new name, got something"
            " else; it stays as it is. Name another folder with --out."
        )


def write(files: dict[str, bytes], folder: Path) -> None:
    """Write a pack into a folder of its own, whole or not at all; an earlier pack there is
    replaced.

    Args:
        files: File name to content; a name may hold a folder.
        folder: Folder of the pack.

    Raises:
        ConfigError: The folder holds something that is no pack, or cannot be written.
    """
    check_free(folder)
    with refused(folder):
        replace(Inputs().folder(folder, "--out"), files)


def renew(files: dict[str, bytes], folder: Path) -> None:
    """Put single files into a pack, or into a new folder; what else is in it stays.

    Each is whole or not there.

    Raises:
        ConfigError: The folder holds something that is no pack, or cannot be written.
    """
    check_free(folder)
    place = Inputs().folder(folder, "--out")
    for name, content in files.items():
        write_bytes(content, place / name)


def _is_pack(folder: Path) -> bool:
    return any((folder / name).is_file() for name in OURS)
