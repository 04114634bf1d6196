"""The five sections on a company under review, and on a flat table without time or definition."""

import io
import zipfile
from dataclasses import replace

import pytest

from features.errors import ConfigError
from propensity.definition.schema import Instruction
from propensity.registry import RegistryError
from training.review.command import review
from training.review.document.blocks import Chart, Folded, KeyFigure, Map, Slider, Table, Text
from training.review.findings.gather import gather
from training.review.findings.proposals import proposals
from training.review.pack import cover, pack, sections
from training.threshold.promise import FEWEST_FOR_A_RATE

pytestmark = pytest.mark.slow

MEETING = ["minute", "matters", "map", "line", "decide"]


def every(blocks, kind):
    for block in blocks:
        if isinstance(block, kind):
            yield block
        elif isinstance(block, Folded):
            yield from every(block.blocks, kind)


def said(section):
    return " ".join(block.text for block in every(section.blocks, Text))


@pytest.mark.parametrize("language", ["en", "ja"])
def test_five_sections_make_45_minutes(under_review, language):
    made = [
        section
        for section in sections(under_review.material, language=language)
        if section.part == "meeting"
    ]

    assert [section.name for section in made] == MEETING
    assert sum(section.minutes for section in made) == 45
    assert all(section.notes and section.blocks and not section.absent for section in made)
    for section in made:
        assert isinstance(section.blocks[0], Text)
        assert section.blocks[0].role == "headline"
        for block in every(section.blocks, (Table, Chart, KeyFigure, Map, Slider)):
            assert block.source, (section.name, block)


def test_monday_says_what_is_new_and_that_nobody_agreed_yet(under_review):
    minute = sections(under_review.material, language="en")[0]

    assert "The model is new: version 2 instead of 1." in said(minute)
    assert "The MQL line moves from a chance of 7.0 % to 5.0 %." in said(minute)
    assert (
        "To be agreed on today: this definition, with the MQL line at a chance of 5.0 %."
        in said(minute)
    )
    assert "DRAFT" in cover(under_review.material, language="en").status  # once, above everything
    assert "Of as many picked by today's score" in said(minute)


def test_who_is_called_first_stands_on_the_first_screen_the_shortest_deadline_first(under_review):
    material = under_review.material
    agreed = material.reviewed.agreed
    timed = {
        "hand-raiser": Instruction(owner="sales", respond_within="1 hour"),
        "MQL": Instruction(owner="sales", respond_within="2 days"),
        "nurture": Instruction(owner="marketing", respond_within="30 minutes"),
    }
    definition = agreed.definition.model_copy(update={"instructions": timed})
    changed = replace(
        material, reviewed=replace(material.reviewed, agreed=replace(agreed, definition=definition))
    )
    open_now = material.monday.now.by_case

    told = said(sections(changed, language="en")[0])

    order = [
        f"nurture {open_now['nurture']:,.0f} (within 30 minutes)",
        f"then hand-raisers {open_now['hand-raiser']:,.0f} (within 1 hour)",
        f"then MQLs {open_now['MQL']:,.0f} (within 2 business days)",
    ]
    assert f"Called first: {', '.join(order)}." in told
    # nobody promised a time
    assert "Called first" not in said(sections(material, language="en")[0])


@pytest.mark.parametrize("language", ["en", "ja"])
def test_the_first_screen_says_how_much_there_is_to_decide(under_review, language):
    material = under_review.material
    n = len(proposals(material))

    told = said(sections(material, language=language)[0])

    assert {"en": f"To be decided today: {n} proposals", "ja": f"提案{n}件"}[language] in told


def test_the_slider_has_a_sentence_for_every_line_and_the_diagonal_follows(under_review):
    by_name = {section.name: section for section in sections(under_review.material, language="en")}
    (slider,) = every(by_name["line"].blocks, Slider)
    (shown,) = every(by_name["map"].blocks, Map)

    assert slider.lines == tuple(sorted(slider.lines))
    assert len(slider.lines) == len(slider.figures) == len(slider.sentences) >= 10
    assert slider.lines[slider.chosen] == shown.line == 0.05
    assert "{line}" in slider.row
    # who is over a higher line is over a lower one; newly so, fewer may be over the lowest
    backlog = [row[1] for row in slider.figures if row[1] is not None]
    assert [column.title for column in slider.columns][1] == "waiting on day one"
    assert backlog == sorted(backlog, reverse=True)


def test_no_number_of_the_meeting_is_of_fewer_than_five_leads(under_review):
    for section in sections(under_review.material, language="en"):
        if section.part != "meeting":
            continue
        for block in every(section.blocks, Map):
            assert all(count == 0 or count >= 5 for row in block.counts for count in row)
        for table in every(section.blocks, Table):
            counted = [
                place
                for place, column in enumerate(table.columns)
                if column.title.startswith("leads") and column.kind == "count"
            ]
            cells = [row[place] for row in table.rows for place in counted]
            assert all(cell is None or cell == 0 or cell >= 5 for cell in cells), table.name


@pytest.mark.parametrize("language", ["en", "ja"])
def test_nobody_is_named_in_any_file_of_the_pack(under_review, language):
    names = {
        str(value)
        for column in ("lead_id", "company", "email", "account_id")
        for value in under_review.leads[column].dropna()
    }
    owners = set(under_review.leads["owner"].dropna())

    for name, content in pack(under_review.material, language=language).items():
        texts = [content]
        if name.endswith((".xlsx", ".pptx")):
            with zipfile.ZipFile(io.BytesIO(content)) as archive:
                texts = [archive.read(member) for member in archive.namelist()]
        whole = b"\n".join(texts).decode("utf-8", errors="replace")
        assert not [who for who in names if who in whole], name
        assert not [who for who in owners if f">{who}<" in whole or f'"{who}"' in whole], name


def test_the_same_material_gives_the_same_page_sheet_and_tables(under_review):
    one, other = (pack(under_review.material, language="en") for _ in range(2))

    assert list(one) == list(other)
    assert {name for name in one if one[name] != other[name]} <= {"review.pptx"}


@pytest.mark.parametrize("language", ["en", "ja"])
def test_a_flat_table_shows_what_can_be_known_without_time(flat, language):
    material = gather(flat)
    made = {section.name: section for section in sections(material, language=language)}

    (slider,) = every(made["line"].blocks, Slider)
    judged = material.unseen.judged
    rates = 0
    for line, figures in zip(slider.lines, slider.figures, strict=True):
        above = judged.probability >= line
        if above.sum() >= FEWEST_FOR_A_RATE:
            assert figures[0] == pytest.approx(judged.won[above].mean())
            assert figures[-1] == pytest.approx(above.mean())
            rates += 1
        else:
            assert figures[0] is None
    assert rates > 3
    over = judged.probability >= slider.lines[slider.chosen]
    assert not any(column.kind == "number" for column in slider.columns)  # nothing per week
    assert [name for name in MEETING if made[name].absent] == []
    (where,) = every(made["minute"].blocks, Table)  # over the line, then below it by quadrant
    assert where.rows[0][1] == over.sum()
    assert sum(row[1] or 0 for row in where.rows) >= len(over) - 4 * (len(where.rows) - 1)
    page = pack(material, language=language)["review.html"].decode()
    assert "<script>alert" not in page
    assert "\u202e" not in page


def test_a_version_that_is_not_there_is_told_by_name(flat):
    with pytest.raises(RegistryError, match="expected a version of 'flat'"):
        gather(flat, version="7")


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"language": "fr"}, "--language: expected one of en, ja"),
        ({"only": "deck"}, "--only: expected"),
    ],
)
def test_a_wrong_call_ends_before_any_work(flat, tmp_path, wrong, words):
    with pytest.raises(ConfigError, match=words):
        review(flat, folder=tmp_path / "review", **wrong)

    assert not (tmp_path / "review").exists()
