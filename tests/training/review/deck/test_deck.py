"""The slides: native charts and tables, notes for 45 minutes, nothing over an edge, and any text as
text.
"""

import io
import re
import shutil
import subprocess
import time
import zipfile
from dataclasses import replace

import openpyxl
import pytest
from pptx import Presentation
from pptx.oxml.ns import qn
from pptx.util import Inches

from tests.training.review import made_up
from training.review.deck.deck import deck
from training.review.deck.map import ends
from training.review.deck.measure import lines
from training.review.deck.outline import outline
from training.review.document.blocks import (
    Chart,
    Folded,
    Section,
    Series,
    Table,
    TableColumn,
    Text,
)
from training.review.pack import cover, sections
from training.review.words import words_of


def opened(sections, language="en"):
    return Presentation(io.BytesIO(deck(sections, made_up.cover(language))))


def shapes(presentation):
    return [shape for slide in presentation.slides for shape in slide.shapes]


def texts(presentation):
    found = []
    for shape in shapes(presentation):
        if shape.has_text_frame:
            found.append(shape.text_frame.text)
        if shape.has_table:
            found += [cell.text for row in shape.table.rows for cell in row.cells]
    return found


@pytest.fixture(scope="module")
def made():
    return {language: opened(made_up.sections(language), language) for language in ("en", "ja")}


@pytest.mark.parametrize("language", ["en", "ja"])
def test_nothing_is_a_picture_and_every_chart_can_be_edited(made, language):
    found = shapes(made[language])

    assert not [
        shape
        for shape in found
        if shape.shape_type is not None and "PICTURE" in str(shape.shape_type)
    ]
    charts = [shape for shape in found if shape.has_chart]
    assert len(charts) >= 5  # what matters, the map, a curve, months, a gain curve
    for shape in charts:
        assert shape.chart.part.chart_workbook.xlsx_part is not None
        assert shape._element.nvGraphicFramePr.cNvPr.get("descr")


def test_the_figures_of_a_chart_are_those_of_the_block(made):
    block = next(
        b
        for s in made_up.sections()
        for b in s.blocks
        if isinstance(b, Chart) and b.name == "months"
    )

    chart = next(s.chart for s in shapes(made["en"]) if s.has_chart and s.name == block.title)
    sheet = openpyxl.load_workbook(io.BytesIO(chart.part.chart_workbook.xlsx_part.blob))["Sheet1"]

    assert list(chart.plots[0].categories) == list(block.x)
    for place, series in enumerate(block.series):
        assert tuple(chart.plots[0].series[place].values) == series.y
        assert [cell.value for cell in sheet["BC"[place]]] == [series.title, *series.y]


def test_ranges_reach_from_their_low_to_their_high_end(made):
    block = next(
        b
        for s in made_up.sections()
        for b in s.blocks
        if isinstance(b, Chart) and b.name == "months"
    )
    chart = next(s.chart for s in shapes(made["en"]) if s.has_chart and s.name == block.title)
    series = block.series[1]

    bars = chart.plots[0].series[1]._element.find(qn("c:errBars"))
    read = {
        name: {
            int(point.get("idx")): float(point[0].text)
            for point in bars.find(qn(f"c:{name}")).iter(qn("c:pt"))
        }
        for name in ("plus", "minus")
    }

    for place, (y, low, high) in enumerate(zip(series.y, series.low, series.high, strict=True)):
        assert y - read["minus"][place] == pytest.approx(low)
        assert y + read["plus"][place] == pytest.approx(high)
    assert chart.value_axis.maximum_scale >= max(series.high)


def test_the_diagonal_of_the_map_is_the_line():
    from math import exp

    shown_map = next(b for s in made_up.sections() for b in s.blocks if type(b).__name__ == "Map")

    for interest, fit in ends(shown_map):
        assert 1 / (1 + exp(-(interest + fit + shown_map.offset))) == pytest.approx(shown_map.line)


@pytest.mark.parametrize("language", ["en", "ja"])
def test_each_quadrant_is_named_in_its_corner_of_the_map(made, language):
    block = next(
        b for s in made_up.sections(language) for b in s.blocks if type(b).__name__ == "Map"
    )
    chart = next(s.chart for s in shapes(made[language]) if s.has_chart and s.name == block.title)
    named = {}
    for series in chart.plots[0].series:
        if told := series._element.findall(f".//{qn('c:dLbl')}//{qn('a:t')}"):
            x, y = (
                next(iter(series._element.find(qn(f"c:{axis}")).iter(qn("c:pt"))))[0].text
                for axis in ("xVal", "yVal")
            )
            named[told[0].text] = (float(x), float(y))

    hot, nurture, keen, leave = (name for name, *_ in block.quadrants)
    assert set(named) == {hot, nurture, keen, leave}
    for name, (interest, fit) in named.items():
        assert (interest > block.interest_cut) == (name in (hot, keen))
        assert (fit > block.fit_cut) == (name in (hot, nurture))
    unlisted = {e[0].get("val") for e in chart.legend._element.iter(qn("c:legendEntry"))}
    assert len(unlisted) == len(block.quadrants) + 2  # and the two borders


def test_what_takes_away_is_told_from_what_adds_by_colour_and_by_pattern():
    chart = Chart(
        "sum",
        "sum",
        "sum",
        ("up", "down", "more"),
        "points",
        "",
        "number",
        (Series("points", (2.0, -1.0, 1.0), style="bar"),),
        "source",
        horizontal=True,
    )
    found = opened([Section("s", "s", (chart,), part="meeting")])
    series = next(s.chart for s in shapes(found) if s.has_chart).plots[0].series[0]

    own = {
        int(point.find(qn("c:idx")).get("val")): point.find(f".//{qn('a:pattFill')}")
        for point in series._element.findall(qn("c:dPt"))
    }
    assert list(own) == [list(series.values).index(-1.0)]
    assert None not in own.values()


def test_leaks_and_channels_have_a_slide_each():
    columns = (TableColumn("segment"), TableColumn("n", "count"))
    leaks = Table("funnel-leaks", "Where it leaks", columns, (("small", 9),), "source")
    channels = Table("funnel-by-1", "By channel", columns, (("Search", 7),), "source")
    months = Chart(
        "months",
        "By month",
        "By month",
        ("Jan", "Feb"),
        "month",
        "share",
        "share",
        (Series("closed", (0.1, 0.2), style="bar"),),
        "source",
    )
    blocks = (
        Text("21 of 100 became customers.", "headline"),
        Text("What both mean."),
        months,
        Text("Small companies lose most."),
        leaks,
        Folded("By channel", (channels,)),
    )
    words = words_of("deck", "en")
    sections = [Section("funnel", "The funnel", blocks)]

    slides = list(outline(sections, words, words.of("page")))

    assert [slide.title for slide in slides] == [
        "21 of 100 became customers.",
        "Where it leaks",
        "By channel",
    ]
    assert slides[0].blocks == (months, Text("What both mean."))
    assert slides[1].blocks == (Text("Small companies lose most."), leaks)
    without = replace(sections[0], blocks=tuple(b for b in blocks if b is not leaks)[:4])
    assert len(list(outline([without], words, words.of("page")))) == 1


@pytest.mark.parametrize("language", ["en", "ja"])
def test_nothing_runs_over_an_edge(made, language):
    presentation = made[language]
    for shape in shapes(presentation):
        assert shape.left >= 0
        assert shape.top >= 0
        assert shape.left + shape.width <= presentation.slide_width + 1
        assert shape.top + shape.height <= presentation.slide_height + 1


@pytest.mark.parametrize("language", ["en", "ja"])
def test_a_slide_holds_no_more_lines_than_people_read(made, language):
    for slide in made[language].slides:
        read = 0
        for shape in slide.shapes:
            if shape.has_text_frame and shape.top > Inches(1.3):
                for paragraph in shape.text_frame.paragraphs:
                    sizes = [run.font.size.pt for run in paragraph.runs if run.font.size]
                    if sizes and max(sizes) >= 18:
                        read += lines(paragraph.text, max(sizes), shape.width / 914_400)
        assert read <= 14


def minutes(note):
    found = re.match(r"(\d+)(分| min)$", note.splitlines()[0]) if note else None
    return int(found[1]) if found else 0


@pytest.mark.parametrize("language", ["en", "ja"])
def test_the_notes_speak_of_45_minutes(made, language):
    notes = [
        s.notes_slide.notes_text_frame.text for s in made[language].slides if s.has_notes_slide
    ]

    assert sum(section.minutes for section in made_up.sections(language)) == 45
    assert sum(map(minutes, notes)) == 45


def test_a_meeting_has_slides_for_45_minutes(under_review):
    for language in ("en", "ja"):
        found = Presentation(
            io.BytesIO(
                deck(
                    sections(under_review.material, language=language),
                    cover(under_review.material, language=language),
                )
            )
        )
        titles = [slide.shapes.title.text_frame.text for slide in found.slides]
        sizes = [run.font.size.pt for slide in found.slides for run in runs(slide) if run.font.size]

        assert 12 <= len(titles) <= 20
        assert len(set(titles)) == len(titles)  # each says something of its own
        assert min(sizes) >= 12


def runs(slide):
    for shape in slide.shapes:
        frames = [shape.text_frame] if shape.has_text_frame else []
        frames += (
            [cell.text_frame for row in shape.table.rows for cell in row.cells]
            if shape.has_table
            else []
        )
        yield from (
            run for frame in frames for paragraph in frame.paragraphs for run in paragraph.runs
        )


def test_the_curves_are_those_of_the_concepts_that_move_chances_most(under_review):
    found = sections(under_review.material, language="en")
    matters = next(section for section in found if section.name == "matters")
    moved = sorted(under_review.material.matters, key=lambda matter: -matter.effect.points)
    drawn = [
        chart.x_title
        for slide in outline(found, words_of("deck", "en"), words_of("page", "en"))
        for chart in slide.blocks
        if isinstance(chart, Chart) and chart.name.startswith("curve-")
    ]
    curves = {
        b.summary.split(":")[0]: c
        for b in matters.blocks
        if type(b).__name__ == "Folded"
        for c in b.blocks
        if isinstance(c, Chart) and len(c.x) > 1
    }
    names = [words_of("matters", "en").name(matter.concept.name) for matter in moved]
    expected = [curves[name].x_title for name in names if name in curves]

    assert 3 <= len(drawn) <= 5
    assert drawn == expected[: len(drawn)]


def test_what_has_no_room_on_a_slide_is_for_the_speaker_to_say():
    told = tuple(Text(f"Sentence {n}: {'word ' * 60}") for n in range(12))

    found = opened([Section("s", "s", told, part="meeting")])

    said = "\n".join(texts(found)) + "\n".join(
        s.notes_slide.notes_text_frame.text for s in found.slides
    )
    assert [n for n in range(12) if f"Sentence {n}:" not in said] == []
    test_nothing_runs_over_an_edge({"en": found}, "en")


def test_the_same_input_is_the_same_bytes_at_any_time(monkeypatch):
    first = deck(made_up.sections("ja"), made_up.cover("ja"))
    real = time.localtime
    monkeypatch.setattr(
        time, "localtime", lambda at=None: real((at or time.time()) + 400 * 24 * 3600)
    )

    assert deck(made_up.sections("ja"), made_up.cover("ja")) == first
    with zipfile.ZipFile(io.BytesIO(first)) as archive:
        assert {entry.date_time[0] for entry in archive.infolist()} == {1980}
        sheets = [name for name in archive.namelist() if name.endswith(".xlsx")]
        assert sheets
        for name in sheets:
            with zipfile.ZipFile(io.BytesIO(archive.read(name))) as sheet:
                assert {entry.date_time[0] for entry in sheet.infolist()} == {1980}
                assert b"dcterms:modified" not in sheet.read("docProps/core.xml")


def test_an_answer_stands_on_no_slide(made):
    assert not any("Closed after 34 days" in text for text in texts(made["en"]))


def test_what_stands_on_the_page_alone_is_named(made):
    assert any(
        made_up.EN["bet"] in text and "review.html" not in text for text in texts(made["en"])
    )


def test_japanese_is_set_in_a_japanese_type(made):
    for shape in shapes(made["ja"]):
        parts = [shape.chart._chartSpace] if shape.has_chart else [shape._element]
        for part in parts:
            runs = [
                run for run in part.iter(qn("a:rPr")) if run.getparent().find(qn("a:t")) is not None
            ]
            for run in runs:
                assert run.get("lang") == "ja-JP"
                assert run.find(qn("a:ea")).get("typeface") == "Yu Gothic"


def test_hostile_texts_are_texts():
    found = opened(made_up.sections("en", made_up.HOSTILE))
    said = "\n".join(texts(found))

    assert made_up.SCRIPT in said
    assert '=HYPERLINK("http://example.com";"x")' in said
    for mark in "\u202e\u2066\x07\x1b\ud800":
        assert mark not in said
    for shape in shapes(found):
        if shape.has_chart:
            book = openpyxl.load_workbook(
                io.BytesIO(shape.chart.part.chart_workbook.xlsx_part.blob)
            )
            cells = [cell for row in book["Sheet1"].iter_rows() for cell in row]
            assert not [cell for cell in cells if cell.data_type == "f" or cell.hyperlink]


def test_long_names_are_cut_and_long_tables_end():
    rows = tuple(("x" * 5_000, "長" * 5_000, n) for n in range(300))
    table = Table(
        "long",
        "long",
        (TableColumn("a"), TableColumn("b"), TableColumn("n", "count")),
        rows,
        "source " * 500,
    )

    found = opened([Section("s", "t" * 500, (Text("word " * 5_000), table), part="meeting")])

    assert len(found.slides) < 5
    test_nothing_runs_over_an_edge({"en": found}, "en")
    assert any("tables/long.csv" in text for text in texts(found))


def test_an_absent_section_says_why(made):
    assert any("the configuration names no traffic" in text for text in texts(made["en"]))


def test_bars_and_lines_stand_in_one_chart():
    series = (
        Series("line", (1.0, None, 3.0), (0.5, None, 2.0), (2.0, None, 4.0), "points"),
        Series("bars", (2.0, 3.0, None), style="bar"),
    )
    chart = Chart("c", "both", "alternative", ("a", "b", "c"), "x", "y", "count", series, "source")

    found = opened([Section("s", "s", (chart,), part="meeting")])

    plots = next(shape.chart for shape in shapes(found) if shape.has_chart).plots
    assert [(type(plot).__name__, [s.name for s in plot.series]) for plot in plots] == [
        ("BarPlot", ["bars"]),
        ("LinePlot", ["line"]),
    ]
    assert tuple(plots[1].series[0].values) == series[0].y


def test_the_file_is_one_that_is_read_again_and_holds_nothing_outside():
    made = deck(made_up.sections("ja"), made_up.cover("ja"))

    assert len(made) < 2_000_000
    with zipfile.ZipFile(io.BytesIO(made)) as archive:
        for name in archive.namelist():
            if name.endswith(".rels"):
                assert b'TargetMode="External"' not in archive.read(name)


@pytest.mark.slow
def test_a_presentation_program_opens_it(tmp_path):
    office = shutil.which("soffice")
    if office is None:
        pytest.skip(
            "no LibreOffice on this machine (Debian: apt-get install libreoffice-impress-nogui)"
        )
    (tmp_path / "review.pptx").write_bytes(deck(made_up.sections("ja"), made_up.cover("ja")))

    command = [
        office,
        f"-env:UserInstallation=file://{tmp_path}/office",
        "--headless",
        "--convert-to",
        "pdf",
        "--outdir",
        str(tmp_path),
        str(tmp_path / "review.pptx"),
    ]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)

    if "could not be loaded" in done.stdout + done.stderr:
        pytest.skip(
            "LibreOffice is here without Impress (Debian: apt-get install"
            " libreoffice-impress-nogui)"
        )
    assert (tmp_path / "review.pdf").stat().st_size > 10_000, done.stderr


def test_what_stands_out_on_the_map_has_the_close_rates_of_the_grades(under_review):
    material = under_review.material
    words = words_of("deck", "en")
    (shown,) = [each for each in sections(material, language="en") if each.name == "map"]
    (slide,) = [
        each
        for each in outline([shown], words, words_of("page", "en"))
        if each.title == words.say("noticed")
    ]
    (table,) = [block for block in slide.blocks if isinstance(block, Table)]

    cells = {
        f"{row[0].removeprefix('fit ')}{column.title.removeprefix('interest ')}": rate
        for row in table.rows
        for column, rate in zip(table.columns[1:], row[1:], strict=True)
    }
    told = {
        grade.name: grade.closed / grade.leads if grade.leads >= 20 else None
        for grade in material.worth.grades
    }
    assert cells == told
    assert sum(rate is not None for rate in cells.values()) > 4
