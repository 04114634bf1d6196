import math
import re
import shutil
import subprocess
from html.parser import HTMLParser
from itertools import pairwise

import numpy as np
import pytest
import yaml

from tests.training.review.made_up import CHOSEN, HOSTILE, LINES, NAMES, cover, sections
from training.decide.form_row import FormRow, read
from training.review.document.blocks import (
    Chart,
    Folded,
    Map,
    Section,
    Series,
    Slider,
    Table,
    TableColumn,
    Text,
)
from training.review.document.numbers import written
from training.review.document.thinned import POINTS, thinned
from training.review.document.visible_text import told_apart
from training.review.page import chart as charts
from training.review.page import map as maps
from training.review.page.page import LARGEST, page
from training.review.words import words_of

LANGUAGES = ("en", "ja")
#: A page of harmless names in each language, and one of hostile names.
PAGES = ("en", "ja", "hostile")


class Pages(dict):
    """Each page is drawn when it is first asked for."""

    def __missing__(self, name):
        names = HOSTILE if name == "hostile" else None
        self[name] = page(sections(language(name), names), cover(language(name)))
        return self[name]


@pytest.fixture(scope="module")
def pages():
    return Pages()


def language(name):
    return "ja" if name == "ja" else "en"


class Read(HTMLParser):
    """Tags with their attributes, in order."""

    def __init__(self, html):
        super().__init__()
        self.tags = []
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))

    def all(self, *names):
        return [attributes for tag, attributes in self.tags if tag in names]


# --- what the page is -----------------------------------------------------------------------------


@pytest.mark.parametrize("name", PAGES)
def test_it_has_one_heading_landmarks_and_a_contents_list_that_leads_somewhere(pages, name):
    read = Read(pages[name])

    ids = [attributes["id"] for _, attributes in read.tags if "id" in attributes]
    targets = [link["href"] for link in read.all("a")]
    assert len(read.all("h1")) == len(read.all("main")) == len(read.all("nav")) == 1
    assert len(ids) == len(set(ids))
    assert len(targets) > 8
    assert {target.removeprefix("#") for target in targets} <= set(ids)
    assert read.all("html")[0]["lang"] == language(name)


@pytest.mark.parametrize("name", PAGES)
def test_nothing_in_it_needs_a_style_a_script_or_an_address_that_the_policy_forbids(pages, name):
    read = Read(pages[name])

    assert not [
        attributes
        for _, attributes in read.tags
        if "style" in attributes or any(a[:2] == "on" for a in attributes)
    ]
    assert not read.all("link", "img", "iframe", "form", "object", "base")
    assert len(read.all("script")) == 3  # its own, and two that hold data
    assert "unsafe" not in read.all("meta")[1]["content"]


def test_an_absent_section_is_left_out_with_its_reason():
    made = page(
        [Section("a", "A", (Text("x"),)), Section("b", "The funnel", absent="no traffic.")], cover()
    )

    assert 'href="#b"' not in made
    assert "The funnel: no traffic." in made


def test_the_same_pack_gives_the_same_bytes():
    some = [section for section in sections() if section.name == "map"]

    assert page(some, cover()) == page(some, cover())


def test_two_sections_of_one_name_are_refused():
    with pytest.raises(ValueError, match="a name per section"):
        page([Section("a", "A"), Section("a", "B")], cover())


def test_a_page_of_many_long_tables_and_charts_stays_small():
    x = tuple(float(v) for v in range(50_000))
    rows = tuple(("y" * 5_000, float(n)) for n in range(5_000))
    chart = Chart(
        "c", "C", "c", x, "x", "y", "number", (Series("s", x), Series("t", x[::-1])), "all"
    )
    table = Table("t", "T", (TableColumn("a"), TableColumn("b", "number")), rows, "all")

    made = page([Section("s", "S", (chart, *[table] * 80))], cover())

    assert len(made.encode()) < LARGEST
    assert "tables/t.csv" in made


def test_a_title_that_was_just_said_is_not_said_again():
    table = Table("t", "Every line", (TableColumn("a"),), (("x",),), "all")

    folded = page([Section("s", "S", (Folded("Every line", (table,)),))], cover())
    alone = page([Section("s", "S", (table,))], cover())

    assert folded.count(">Every line<") == alone.count(">Every line<") == 1
    assert "<figcaption>Every line" in alone


def test_what_a_range_is_stands_once_in_a_section():
    chart = Chart(
        "c",
        "C",
        "c",
        ("x",),
        "x",
        "y",
        "number",
        (Series("s", (2.0,), (1.0,), (3.0,), "bar"),),
        "all",
    )
    told = words_of("page", "en").say("range").replace(" %", "\u00a0%")

    made = page([Section("a", "A", (chart, chart)), Section("b", "B", (chart,))], cover())

    assert made.count(told) == 2


def test_the_slider_says_why_a_figure_is_missing():
    slider = Slider(
        (0.1, 0.2),
        0,
        (TableColumn("a", "count"),),
        ((5.0,), (None,)),
        ("x", "y"),
        "all",
        "enter: {line}",
    )

    assert words_of("page", "en").say("few") in page([Section("s", "S", (slider,))], cover())


# --- pictures -------------------------------------------------------------------------------------


def lightness(colour):
    """CIE L* of a colour: what is left of it in grey."""
    linear = [
        v / 12.92 if v <= 0.04045 else ((v + 0.055) / 1.055) ** 2.4
        for v in (int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5))
    ]
    luminance = float(np.dot(linear, (0.2126, 0.7152, 0.0722)))
    return 116 * luminance ** (1 / 3) - 16


def test_shades_of_the_map_grow_darker_step_by_step():
    grey = [lightness(shade) for shade in maps._SHADES]

    assert all(lighter - darker > 10 for lighter, darker in pairwise(grey))


def test_series_differ_without_colour():
    looks = charts._LOOKS

    assert (
        len({str(look.dash) for look in looks})
        == len({look.marker for look in looks})
        == len(looks)
    )
    assert len({look.hatch for look in looks}) == len(looks)
    assert all(lightness(look.colour) < 72 for look in looks)  # dark enough on white


def test_what_goes_up_and_what_goes_down_differ_in_colour_and_in_grey():
    changes = (0.4, -0.3, 0.2)
    chart = Chart(
        "c", "C", "c", ("a", "b", "c"), "x", "y", "number", (Series("s", changes, style="bar"),),
        "all", horizontal=True,
    )  # fmt: skip

    drawn = str(charts.drawn(chart, words_of("page", "en"), prefix="c", narrow=False))

    up, down = charts._PALE, charts._DOWN.colour
    assert drawn.count(f'fill="{up}"') == 2
    assert f'stroke="{down}"' in drawn
    assert "<pattern" in drawn  # the one that goes down, for those who see no colour
    assert lightness(up) - lightness(charts._LOOKS[0].colour) > 0.2


def a_map(line=0.1, offset=-2.0):
    edges = (-2.0, -1.0, 0.0, 1.0, 2.0)
    quadrants = tuple(
        (name, 10, 0.1, 0.05, 0.2, "do") for name in ("hot", "nurture", "keen", "leave")
    )
    counts = ((0, 5, 7, 0), (9, 12, 40, 6), (0, 20, 80, 8), (0, 0, 6, 5))
    return Map(edges, edges, counts, 0.0, 0.0, offset, line, quadrants, "Map", "a map", "all")


def straight(path):
    """Two ends of a path."""
    return np.array(re.findall(r"-?[\d.]+", path), dtype=float).reshape(2, 2)


def test_the_diagonal_lies_where_fit_and_interest_make_the_line():
    shown = a_map(line=None)
    through_centre, through_corner = (
        1 / (1 + math.exp(-total)) for total in (-2.0, 0.0)
    )  # at (0, 0); from (0, 2) to (2, 0)

    found = maps.drawn(
        shown,
        words_of("page", "en"),
        prefix="m",
        lines=(through_centre, through_corner),
        widths={"": 400},
    )

    dashed = [
        straight(path)
        for path in re.findall(r'<path d="([^"]*)"[^>]*stroke-dasharray', found.views[0].drawing)
    ]
    upright = next(ends for ends in dashed if abs(ends[0, 0] - ends[1, 0]) < 1)
    level = next(ends for ends in dashed if abs(ends[0, 1] - ends[1, 1]) < 1)
    x, y = upright[0, 0], level[0, 1]  # of the centre of the map
    right, top = level[:, 0].max(), upright[:, 1].min()
    centre, corner = (straight(path) for path in found.paths["m"])
    assert centre.mean(axis=0) == pytest.approx([x, y], abs=0.2)
    assert corner[corner[:, 0].argsort()] == pytest.approx(
        np.array([[x, top], [right, y]]), abs=0.2
    )


def test_a_line_beyond_the_map_is_not_drawn():
    found = maps.drawn(
        a_map(), words_of("page", "en"), prefix="m", lines=(1e-9, 1 - 1e-9), widths={"": 400}
    )

    assert found.paths["m"] == ["", ""]


def test_the_shades_begin_at_five_leads():
    assert maps.shades([[0, 5]]) == [5]
    assert maps.shades([[0, 6], [29, 13]]) == [5, 10, 20]
    assert len(maps.shades([[5, 1_000_000]])) == 5


def test_a_thinned_chart_keeps_its_ends_and_its_extremes():
    y = [math.sin(x / 50) for x in range(1000)]
    y[333] = 7.0
    chart = Chart(
        "c",
        "C",
        "c",
        tuple(map(float, range(1000))),
        "x",
        "y",
        "number",
        (Series("s", tuple(y)),),
        "all",
    )

    thin = thinned(chart)

    assert len(thin.x) <= POINTS
    assert {0.0, 333.0, 999.0} <= set(thin.x)
    assert dict(zip(thin.x, thin.series[0].y, strict=True))[333.0] == 7.0


def test_a_count_stands_below_a_label_that_is_too_long_for_one_line():
    labels = tuple(f"{n}2,300–{n}8,000 (1,{n}85)" for n in range(1, 7))
    chart = Chart("c", "C", "c", labels, "x", "y", "share", (Series("s", (0.1,) * 6),), "all")

    drawn = charts.drawn(chart, words_of("page", "en"), prefix="c", narrow=False)

    assert ">12,300–18,000<" in drawn
    assert ">(1,185)<" in drawn
    assert "rotate(-38" not in drawn


@pytest.mark.parametrize(
    ("label", "widest", "expected"),
    [
        ("Source: Web", 20, "Source: Web"),
        ("How did you hear about us: Word of mouth", 28, "How did you…: Word of mouth"),
        ("業種の大分類:製造業", 16, "業種の大…:製造業"),
        ("no value here at all, and long", 10, "no value…"),
    ],
)
def test_labels_are_cut_so_that_their_values_stay(label, widest, expected):
    assert told_apart([label], widest) == [expected]


def test_the_figures_behind_a_chart_are_those_of_the_chart():
    chart = Chart(
        "c",
        "C",
        "c",
        ("a", "b"),
        "x",
        "y",
        "share",
        (Series("s", (0.5, None), (0.4, None), (0.6, None), "points"),),
        "all",
    )

    behind = charts.as_table(chart, words_of("page", "ja"))

    assert [column.title for column in behind.columns] == ["x", "s"]
    assert behind.rows == (("a", "50%（40〜60%）"), ("b", "–"))


# --- in a browser ---------------------------------------------------------------------------------


@pytest.mark.parametrize("name", PAGES)
def test_it_works_offline_and_quietly(pages, opened, name):
    found = opened(pages[name])

    found.page.mouse.wheel(0, 20_000)
    assert found.requests == []
    assert found.complaints == []


def test_hostile_names_are_text(pages, opened):
    found = opened(pages["hostile"])

    assert found.page.title() == "Definition review – Example Ltd · January to March 2025"
    text = found.page.locator("main").text_content()
    for name in (
        "<script>document.title='run'</script>",
        "=HYPERLINK(",
        "{n} %s $\\frac{1}{2}$",
        "עברית العربية",
        "emoji 😀 🏢",
    ):
        assert name in text
    assert "\u202e" not in text
    assert "xxxxx…" in text
    assert "x" * 200 not in text


def writes(place):
    """What Python writes at a line: its chance and its figures."""
    slider = next(section for section in sections("ja") if section.name == "line").blocks[0]
    assert isinstance(slider, Slider)
    row = zip(slider.figures[place], slider.columns, strict=True)
    return slider, [written(value, column.kind, "ja", "JPY") for value, column in row]


def diagonals(at):
    return [line.get_attribute("d") for line in at.locator("[data-map] .mql-line path").all()]


@pytest.mark.parametrize("place", [0, 7, CHOSEN, 41, len(LINES) - 1])
def test_the_slider_moves_every_figure_the_sentence_and_the_diagonal(pages, opened, place):
    at = opened(pages["ja"]).page
    before = diagonals(at)
    slider, figures = writes(place)

    at.locator("input[type=range]").evaluate(
        "(range, place) => { range.value = place; range.dispatchEvent(new Event('input', {bubbles:"
        " true})); }",
        place,
    )

    line = written(LINES[place], "chance", "ja")
    assert at.locator(".slider output[data-column]").all_text_contents() == figures
    assert at.locator(".slider output.line").text_content() == line
    assert at.locator("input[type=range]").get_attribute("aria-valuetext") == line
    assert at.locator(".slider .sentence").text_content() == slider.sentences[place]
    assert f"to: {LINES[place]:.4g}," in at.locator(".copy .row").input_value()
    assert line in at.locator(".map-line").text_content()
    after = diagonals(at)
    # a white and a dark one: on the map, on that for phones, beside the slider
    assert len(after) == 6
    moved = [
        np.abs(straight(new) - straight(old)).max() > 0.2
        for old, new in zip(before, after, strict=True)
    ]
    assert moved == [place != CHOSEN] * 6


def test_the_row_of_the_slider_fits_below_the_rows_of_the_file(pages, opened, tmp_path):
    at = opened(pages["en"]).page
    at.locator(".copy .who").fill("S. Abe")
    at.locator(".copy .because").fill('fits: "capacity" # {who}')
    file = tmp_path / "decisions.yaml"
    file.write_text(
        'model: "three"\nproposals:\n  - do: "note"\n    name: "fair"\n    decision:\n'
        f"{at.locator('.copy .row').input_value()}\n",
        encoding="utf-8",
    )

    note, line = read(file).proposals

    assert note.decision is None
    assert (line.do, line.decision, line.who) == ("line", "keep", "S. Abe")
    assert line.because == 'fits: "capacity" # {who}'


def test_the_slider_obeys_the_keyboard_and_finds_back(pages, opened):
    at = opened(pages["en"]).page
    shown = at.locator(".slider output.line")

    at.locator("input[type=range]").focus()
    at.keyboard.press("ArrowRight")
    moved = shown.text_content()
    at.get_by_role("button", name="Back to the line as it stands").click()

    assert moved == written(LINES[CHOSEN + 1], "chance", "en").replace(" ", "\u00a0")
    assert shown.text_content() == written(LINES[CHOSEN], "chance", "en").replace(" ", "\u00a0")


def test_the_line_is_copied_only_when_asked(pages, opened):
    found = opened(pages["en"])
    found.context.grant_permissions(["clipboard-read", "clipboard-write"])
    at = found.page
    assert at.evaluate("navigator.clipboard.readText()") == ""

    at.get_by_role("button", name="Copy the decision").click()
    assert at.get_by_text("Write first who decides").is_visible()
    assert at.evaluate("navigator.clipboard.readText()") == ""

    at.get_by_label("Who decides").fill('S. "Abe": 1')
    at.get_by_label("Why").fill("=fewer, {better} ①")
    at.get_by_role("button", name="Copy the decision").click()

    at.get_by_text("Copied. Paste it").wait_for()
    copied = at.evaluate("navigator.clipboard.readText()")
    (row,) = yaml.safe_load(copied)
    read = FormRow.model_validate(row)
    assert not list(read.wrong())
    assert (read.do, read.to, read.decision) == ("line", float(f"{LINES[CHOSEN]:.4g}"), "keep")
    assert (read.who, read.because) == ('S. "Abe": 1', "=fewer, {better} ①")


def test_without_a_clipboard_the_line_is_marked(pages, opened):
    at = opened(pages["en"]).page
    at.evaluate("Object.defineProperty(navigator, 'clipboard', {value: undefined})")

    at.get_by_label("Who decides").fill("S. Abe")
    at.get_by_label("Why").fill("fewer")

    at.get_by_role("button", name="Copy the decision").click()

    assert f"to: {LINES[CHOSEN]:.4g}," in at.evaluate("getSelection().toString()")
    assert at.get_by_text("copy it with Ctrl+C").is_visible()


def test_an_answer_is_hidden_until_it_is_asked_for(pages, opened):
    at = opened(pages["en"]).page
    answer = at.get_by_text("Closed after 34 days")

    at.locator("#bet > details > summary").click()
    assert not answer.is_visible()
    at.get_by_text("Lead 1: what became of it?").click()
    assert answer.is_visible()


@pytest.mark.slow
@pytest.mark.parametrize("name", PAGES)
def test_a_phone_does_not_scroll_sideways(pages, opened, name):
    at = opened(pages[name], width=390).page
    at.evaluate(
        "document.querySelectorAll('details').forEach((details) => { details.open = true; })"
    )

    assert at.evaluate("document.documentElement.scrollWidth") <= 390
    assert at.locator("svg.narrow").first.is_visible()
    assert not at.locator("svg.wide").first.is_visible()


@pytest.mark.slow
@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize("name", PAGES)
def test_labels_of_a_chart_stay_inside_it(pages, opened, name, width):
    at = opened(pages[name], width=width).page
    at.evaluate(
        "document.querySelectorAll('details').forEach((details) => { details.open = true; })"
    )

    outside = at.evaluate(
        """() => Array.from(document.querySelectorAll('svg.drawing')).flatMap((svg) => {
        const whole = svg.getBoundingClientRect();
        return Array.from(svg.querySelectorAll('text')).filter((text) => {
            const part = text.getBoundingClientRect();
            return whole.width && (part.left < whole.left - 2 || part.right > whole.right + 2);
        }).map((text) => text.textContent);
    })"""
    )
    assert outside == []


@pytest.mark.slow
@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize("name", PAGES)
def test_no_fault_for_readers_with_aids(pages, opened, name, width):
    axe = pytest.importorskip(
        "axe_playwright_python.sync_playwright", reason="axe-playwright-python is not installed"
    )
    at = opened(pages[name], width=width).page
    at.evaluate(
        "document.querySelectorAll('details').forEach((details) => { details.open = true; })"
    )

    faults = axe.Axe().run(at).response["violations"]

    assert [(fault["id"], fault["nodes"][0]["html"]) for fault in faults] == []


@pytest.mark.slow
@pytest.mark.parametrize("name", PAGES)
def test_paper_shows_what_was_opened_and_cuts_no_chart(pages, opened, tmp_path, name):
    at = opened(pages[name]).page
    at.locator(".open-all").click()

    sheets = printed(at, tmp_path)

    words = sections(language(name))
    for chart in (block for section in words for block in _charts(section.blocks)):
        title, below = (re.sub(r"\s", "", text) for text in (chart.title, chart.x_title))
        ticks = (
            [re.sub(r"\s", "", label) for label in chart.x[:6]]
            if isinstance(chart.x[0], str) and name != "hostile"
            else []
        )
        assert any(
            title in sheet and below in sheet and all(tick in sheet for tick in ticks)
            for sheet in sheets
        ), title
    everything = "".join(sheets)
    answer = {"en": "Closedafter34days", "ja": "34日後に受注"}[language(name)]
    assert answer not in everything
    if name != "hostile":
        assert re.sub(r"\s", "", NAMES[language(name)][-1]) in everything


@pytest.mark.slow
@pytest.mark.parametrize("name", ["en", "ja"])
def test_the_meeting_prints_alone_on_a_sheet_for_each_section(pages, opened, tmp_path, name):
    at = opened(pages[name]).page

    sheets = printed(at, tmp_path)
    at.locator("#bet > details > summary").click()
    more = printed(at, tmp_path)

    words = sections(language(name))
    meeting, appendix = (
        [re.sub(r"\s", "", each.title) for each in words if each.part == part and not each.absent]
        for part in ("meeting", "appendix")
    )
    assert len(sheets) == len(meeting) == 5
    assert all(title in sheet for title, sheet in zip(meeting, sheets, strict=True))
    # what was opened is printed too, and nothing else of the appendix
    assert [title for title in appendix if title in "".join(more[5:])] == [appendix[-1]]


@pytest.mark.parametrize("width", [1280, 390])
def test_the_appendix_is_folded_until_it_is_asked_for(pages, opened, width):
    at = opened(pages["en"], width=width).page
    inside = at.locator("#bet").get_by_text("Lead 1: what became of it?")
    assert not inside.is_visible()

    at.evaluate("location.hash = '#bet'")

    inside.wait_for()
    # the contents stand beside the text, or wait until they are asked for
    assert at.locator("nav li").first.is_visible() == (width == 1280)


def test_a_table_that_is_wider_than_a_phone_says_so(pages, opened):
    at = opened(pages["en"], width=390).page
    at.locator(".open-all").click()
    at.wait_for_timeout(100)

    told = at.evaluate(
        """() => Array.from(document.querySelectorAll('.scroll')).filter((each) =>
        each.checkVisibility()).map((each) => [each.scrollWidth > each.clientWidth + 1,
        each.previousElementSibling.checkVisibility()])"""
    )

    assert all(is_wider == says for is_wider, says in told)
    assert len({is_wider for is_wider, _ in told}) == 2


def test_where_figures_come_from_stands_once_in_a_section():
    table = Table("t", "T", (TableColumn("a"),), (("b",),), "all leads")
    other = Table("u", "U", (TableColumn("a"),), (("b",),), "some leads")
    folds = (Folded("x", (table, other)), Folded("y", (table, other)))

    both, inside = (
        page([Section("s", "S", blocks)], cover()) for blocks in ((*folds, table), folds[:1])
    )

    assert both.count("From: all leads") == both.count("From: some leads") == 1
    last_fold = both.rindex("</details>", 0, both.index("</section>"))
    # nobody has to open a block for the source of another one
    assert both.index("From: all leads") > both.index("<summary>y")
    assert both.index("From: some leads") > both.index("From: all leads")
    assert last_fold > both.index("From: some leads")  # the section itself is folded
    assert inside.count("From: all leads") == inside.count("From: some leads") == 1


def test_no_line_begins_with_a_percent_sign():
    told = Table(
        "t", "T", (TableColumn("39 %"), TableColumn("b", "share")), (("7 %", 0.39),), "5 %"
    )

    made = page([Section("s", "S", (Text("3 %"), Folded("4 %", (told,))))], cover())

    assert not re.search(r"\d %", made.partition("</style>")[2])


@pytest.mark.slow
@pytest.mark.parametrize("name", PAGES)
def test_paper_cuts_no_table(opened, name):
    names = HOSTILE if name == "hostile" else NAMES[language(name)]
    columns = (
        TableColumn("line", "chance"),
        *(TableColumn(f"{names[n % len(names)][:40]} {n}", "count") for n in range(14)),
    )
    broad = Table("t", "T", columns, ((0.075, *(1_204 * n for n in range(14))),) * 3, "all")
    made = page([*sections(language(name)), Section("broad", "B", (broad,))], cover(language(name)))
    at = opened(made, width=680).page  # an A4 page between its margins
    at.emulate_media(media="print")
    at.evaluate(
        "document.querySelectorAll('details').forEach((details) => { details.open = true; })"
    )

    assert (
        at.evaluate("""() => Array.from(document.querySelectorAll('table')).filter(
        (table) => table.getBoundingClientRect().right
            > table.closest('main').getBoundingClientRect().right + 1
    ).map((table) => table.textContent.slice(0, 80))""")
        == []
    )


def printed(at, folder):
    """The text of each sheet of paper, without blanks."""
    if shutil.which("pdftotext") is None:
        pytest.skip("no pdftotext on this machine (Debian: apt-get install poppler-utils)")
    at.pdf(path=folder / "page.pdf", prefer_css_page_size=True)
    told = subprocess.run(
        ["pdftotext", "-layout", folder / "page.pdf", "-"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    return [re.sub(r"\s", "", sheet) for sheet in told.removesuffix("\f").split("\f")]


def _charts(blocks):
    for block in blocks:
        if isinstance(block, Chart):
            yield block
        yield from _charts(getattr(block, "blocks", ()))
