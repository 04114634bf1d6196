"""The sheet as a spreadsheet sees it: its formulas, calculated by LibreOffice, come to Python's
figures.
"""

import io
import shutil
import subprocess
import zipfile
from dataclasses import replace

import openpyxl
import pandas as pd
import pytest

from features.intake.monthly import open_monthly
from tests.training.review.practised import PERSONAS, written_company
from training.learn.rows.run import Run
from training.learn.rows.sources import open_sources
from training.review.funnel.sheet_figures import (
    Booked,
    ChannelMonth,
    LeadCounts,
    SlaFigures,
    sla_figures,
)
from training.review.sheet.alone import sheet_alone
from training.review.sheet.workbook import workbook
from training.review.words import words_of

FEW = "–"
HOSTILE = (
    '=HYPERLINK("http://x")',
    "+1",
    "@SUM(A1)",
    "-2+3",
    "<script>alert(1)</script>",
    'say "hi"',
    "\u202etext",
    "＝1+1",
    "a\x00b\x1b",
    "x" * 10_000,
)


def literature():
    """Two personas and two channels, as the practice counts them: 200 for small, 450 for large
    companies.
    """
    mature = ((LeadCounts(400, 8), LeadCounts(100, 4)), (LeadCounts(200, 2), LeadCounts(30, 3)))
    raw = ((LeadCounts(500, 5), LeadCounts(120, 2)), (LeadCounts(250, 1), LeadCounts(None, None)))
    months = (660, 661)
    booked = Booked(
        goal=900.0, target=None, revenue=700.0, customers=6.0, mqls=40.0, leads=420.0, visits=9000.0
    )
    return SlaFigures(
        channels=("Organic search", "Social"),
        personas=("Small", "Large"),
        mature=mature,
        raw=raw,
        typed_price=(200.0, 450.0),
        average_price=(180.0, None),
        mqls=(LeadCounts(60, 9), LeadCounts(30, 6), LeadCounts(90, 15)),
        by_month=tuple(
            ChannelMonth(
                month, channel, 100 + 10 * channel, 120.0 if channel == 0 else None, 4000.0, 500.0
            )
            for channel in (0, 1)
            for month in months
        ),
        booked=tuple((month, booked) for month in months),
        tally=(
            Booked(
                goal=2000.0,
                target=0.02,
                revenue=1000.0,
                customers=5.0,
                mqls=30.0,
                leads=300.0,
                visits=None,
            ),
            Booked(
                goal=4500.0,
                target=0.05,
                revenue=2250.0,
                customers=None,
                mqls=20.0,
                leads=120.0,
                visits=None,
            ),
            Booked(
                goal=6500.0,
                target=None,
                revenue=3250.0,
                customers=9.0,
                mqls=50.0,
                leads=420.0,
                visits=16_800.0,
            ),
        ),
        tally_months=months,
        visitor_to_lead=420 / 16_800,
        raw_months=months,
        mature_months=(655, 656),
        mature_days=90,
        until=20179,
        unmapped={"channel": (), "persona": ()},
        unlisted=(),
        mql_stage="MQL",
        leads=920,
        currency="USD",
    )


@pytest.fixture(scope="module")
def company(tmp_path_factory):
    folder = tmp_path_factory.mktemp("company")
    personas = [{"name": name, "rule": rule} for name, rule in PERSONAS.items()]
    personas[0]["price"] = 1_500_000
    config = written_company(folder, review={"personas": personas})
    with open_sources(config) as store:
        return config, sla_figures(Run(config, store), open_monthly(config.input, quarantine=None))


@pytest.fixture(scope="module")
def calculated(company, tmp_path_factory):
    """Worksheets by place, with the values that LibreOffice works out: of three workbooks."""
    office = shutil.which("soffice") or shutil.which("libreoffice")
    if office is None:
        pytest.skip(
            "no LibreOffice on this machine (Debian: apt-get install libreoffice-calc-nogui)"
        )
    folder = tmp_path_factory.mktemp("office")
    (folder / "literature.xlsx").write_bytes(workbook(literature(), words_of("sheet", "en")))
    (folder / "company.xlsx").write_bytes(workbook(company[1], words_of("sheet", "ja")))
    typed = openpyxl.load_workbook(folder / "literature.xlsx")
    typed["Lead value"]["B5"] = 999
    typed["Channels"]["D7"] = 50
    typed["Tally"]["B22"] = 4000
    typed.save(folder / "typed.xlsx")
    names = ("literature", "company", "typed")
    command = [
        office,
        f"-env:UserInstallation=file://{folder}/profile",
        "--headless",
        "--convert-to",
    ]
    command += [
        "xlsx:Calc MS Excel 2007 XML",
        "--outdir",
        folder / "out",
        *(folder / f"{name}.xlsx" for name in names),
    ]
    subprocess.run(command, check=True, capture_output=True, timeout=180)
    return {
        name: openpyxl.load_workbook(folder / "out" / f"{name}.xlsx", data_only=True).worksheets
        for name in names
    }


def table(sheet, row, columns, rows):
    return [
        [sheet.cell(row=row + r, column=2 + c).value for c in range(columns)] for r in range(rows)
    ]


def close(value):
    return FEW if value is None else pytest.approx(value)


@pytest.mark.slow
def test_200_for_small_and_450_for_large_companies(calculated):
    value = calculated["literature"][2]
    assert table(value, 6, 2, 1) == [[200, 450]]
    assert table(value, 9, 3, 3) == [
        [
            pytest.approx(0.02 * 200),
            pytest.approx(0.04 * 450),
            pytest.approx((8 * 200 + 4 * 450) / 500),
        ],
        [
            pytest.approx(0.01 * 200),
            pytest.approx(0.10 * 450),
            pytest.approx((2 * 200 + 3 * 450) / 230),
        ],
        [
            pytest.approx(10 / 600 * 200),
            pytest.approx(7 / 130 * 450),
            pytest.approx((10 * 200 + 7 * 450) / 730),
        ],
    ]


@pytest.mark.slow
def test_close_rates_are_those_of_python(calculated, company):
    figures = company[1]
    channels, personas = len(figures.channels), len(figures.personas)
    sheet, height = calculated["company"][1], channels + 3
    for block, is_mature in ((2, True), (5, False)):
        top = 4 + block * height + (0 if is_mature else 1)
        found = table(sheet, top, personas + 1, channels + 1)
        for channel in [*range(channels), None]:
            for persona in [*range(personas), None]:
                expected = figures.rate(channel, persona, mature=is_mature)
                cell = found[channels if channel is None else channel][
                    personas if persona is None else persona
                ]
                assert cell == close(expected), (block, channel, persona)


@pytest.mark.slow
@pytest.mark.parametrize("which", ["company", "literature"])
def test_values_of_leads_are_those_of_python(calculated, company, which):
    figures = company[1] if which == "company" else literature()
    channels, personas = len(figures.channels), len(figures.personas)
    found = table(calculated[which][2], 9, personas + 1, channels + 1)
    for channel in [*range(channels), None]:
        for persona in [*range(personas), None]:
            cell = found[channels if channel is None else channel][
                personas if persona is None else persona
            ]
            assert cell == close(figures.value(channel, persona)), (channel, persona)


@pytest.mark.slow
@pytest.mark.parametrize("which", ["company", "literature"])
def test_leads_against_goal_and_cost_against_value(calculated, company, which):
    figures = company[1] if which == "company" else literature()
    sheet, row = calculated[which][3], 4
    for channel in range(len(figures.channels)):
        value = figures.value(channel, None)
        own = [line for line in figures.by_month if line.channel == channel]
        for line in own:
            each = line.cost / line.leads if line.leads and line.cost is not None else None
            assert sheet.cell(row=row, column=3).value == (
                line.leads if line.leads is not None else FEW
            )
            assert sheet.cell(row=row, column=4).value == line.goal
            assert sheet.cell(row=row, column=5).value == close(
                line.leads / line.goal if line.goal and line.leads else None
            )
            assert sheet.cell(row=row, column=9).value == close(each)
            assert sheet.cell(row=row, column=10).value == close(value)
            assert sheet.cell(row=row, column=11).value == close(
                value / each if value is not None and each else None
            )
            row += 1
        assert sheet.cell(row=row, column=8).value == close(sum(line.cost for line in own))
        row += 1


def ladder(figures, place):
    """Needed, there is, gap: from revenue down, by hand."""
    booked = figures.tally[place]
    price, rate = figures.price[place], figures.rate(None, place)
    mqls, brought = figures.mqls[place], figures.visitor_to_lead
    customers = booked.goal / price if booked.goal and price else None
    by_mql = mqls.customers / mqls.leads if mqls and mqls.leads and mqls.leads >= 20 else None
    leads = customers / rate if customers and rate else None
    needed = (
        booked.goal,
        customers,
        customers / by_mql if customers and by_mql else None,
        leads,
        leads / brought if leads and brought else None,
    )
    there = (booked.revenue, booked.customers, booked.mqls, booked.leads, booked.visits)
    return (
        needed,
        there,
        tuple(
            n - t if n is not None and t is not None else None
            for n, t in zip(needed, there, strict=True)
        ),
    )


@pytest.mark.slow
@pytest.mark.parametrize("which", ["company", "literature"])
def test_the_tally_from_revenue_to_visits(calculated, company, which):
    figures = company[1] if which == "company" else literature()
    sheet, months = calculated[which][4], len(figures.booked)
    ladders = [ladder(figures, place) for place in range(len(figures.personas))]
    for place, (needed, there, gap) in enumerate(ladders):
        top = 3 + 12 * (place + 1) + months + 4
        for line, *expected in zip((1, 3, 5, 7, 9), needed, there, gap, strict=True):
            found = [sheet.cell(row=top + line, column=column).value for column in (2, 3, 4)]
            if line == 1 and expected[0] is None:
                found[0] = FEW  # to be typed in
            assert found == [close(value) for value in expected], (place, line)
    with_goal = [
        needed
        for (needed, *_), one in zip(ladders, figures.tally, strict=False)
        if one.goal is not None
    ]
    for step, line in enumerate((1, 3, 5, 7, 9)):
        parts = [needed[step] for needed in with_goal]
        expected = sum(parts) if all(part is not None for part in parts) else None
        assert sheet.cell(row=3 + line, column=2).value == close(expected)


@pytest.mark.slow
def test_what_is_typed_in_is_followed(calculated):
    _, _, value, channels, tally = calculated["typed"]
    assert value["B6"].value == 999
    assert value["B9"].value == pytest.approx(0.02 * 999)
    assert channels["E7"].value == pytest.approx(110 / 50)
    assert tally["B22"].value == 4000
    assert tally["B24"].value == pytest.approx(4000 / 999)  # customers of small companies
    assert tally["B4"].value == pytest.approx(4000 + 4500)  # all leads need what the personas need


@pytest.mark.slow
def test_no_formula_fails(calculated):
    for sheets in calculated.values():
        for sheet in sheets:
            for row in sheet.iter_rows():
                assert not [
                    cell.coordinate
                    for cell in row
                    if isinstance(cell.value, str) and cell.value.startswith("#")
                ]


@pytest.mark.parametrize("text", HOSTILE)
def test_a_name_is_a_text_whatever_it_begins_with(text):
    figures = replace(
        literature(),
        channels=(text, "Social"),
        personas=("Small", text),
        mql_stage=text,
        unlisted=(text,),
    )
    plain = openpyxl.load_workbook(io.BytesIO(workbook(literature(), words_of("sheet", "en"))))
    found = openpyxl.load_workbook(io.BytesIO(workbook(figures, words_of("sheet", "en"))))
    for before, after in zip(plain.worksheets, found.worksheets, strict=True):
        formulas = [
            {
                cell.coordinate: cell.value
                for row in sheet.iter_rows()
                for cell in row
                if cell.data_type == "f"
            }
            for sheet in (before, after)
        ]
        assert formulas[0] == formulas[1]


def test_the_same_figures_give_the_same_bytes_at_any_time():
    words = words_of("sheet", "ja")
    content = workbook(literature(), words)
    assert workbook(literature(), words) == content
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert {entry.date_time[0] for entry in archive.infolist()} == {1980}


def test_both_languages_say_the_same():
    english, japanese = (
        openpyxl.load_workbook(io.BytesIO(workbook(literature(), words_of("sheet", language))))
        for language in ("en", "ja")
    )
    assert english.sheetnames == ["Read me", "Close rates", "Lead value", "Channels", "Tally"]
    assert japanese.sheetnames == [
        "はじめに",
        "受注率",
        "リードの価値",
        "チャネル別",
        "目標からの逆算",
    ]
    for one, other in zip(english.worksheets, japanese.worksheets, strict=True):
        assert {
            c.coordinate
            for r in one.iter_rows()
            for c in r
            if c.data_type in "fn" and c.value is not None
        } == {
            c.coordinate
            for r in other.iter_rows()
            for c in r
            if c.data_type in "fn" and c.value is not None
        }


def test_the_sheet_is_made_alone_without_a_model(company):
    files = sheet_alone(company[0], language="ja")
    assert list(files) == ["sla.xlsx"]
    assert files["sla.xlsx"] == workbook(company[1], words_of("sheet", "ja"))


def test_nobody_is_named_in_it(company):
    config, figures = company
    leads = pd.read_csv(config.input.leads.path, dtype=str)
    with zipfile.ZipFile(io.BytesIO(workbook(figures, words_of("sheet", "en")))) as archive:
        text = b"".join(archive.read(name) for name in archive.namelist()).decode("utf-8", "ignore")
    for column in ("lead_id", "company", "owner", "email", "account_id"):
        assert not [value for value in leads[column].dropna().unique() if value in text], column


def test_the_colour_of_a_cell_says_whether_it_is_typed_in_or_worked_out():
    book = openpyxl.load_workbook(io.BytesIO(workbook(literature(), words_of("sheet", "en"))))
    colours = {
        row[0].value: row[0].fill.start_color.rgb[-6:]
        for row in book["Read me"].iter_rows()
        if row[0].value
    }
    cells = [cell for sheet in book.worksheets[1:] for row in sheet.iter_rows() for cell in row]

    assert {name: colours[name] for name in ("Yellow", "Grey")} == {
        "Yellow": "FFF6CC",
        "Grey": "F3F5F7",
    }
    assert {cell.fill.start_color.rgb[-6:] for cell in cells if cell.data_type == "f"} == {
        colours["Grey"]
    }
    assert not [
        cell.coordinate
        for cell in cells
        if cell.data_type == "n"
        and cell.value is not None
        and cell.fill.start_color.rgb[-6:] == colours["Grey"]
    ]
    assert book["Channels"]["D4"].fill.start_color.rgb[-6:] == colours["Yellow"]


def test_without_months_nothing_stands_twice():
    flat = replace(literature(), raw_months=(), by_month=(), booked=())
    sheet = openpyxl.load_workbook(io.BytesIO(workbook(flat, words_of("sheet", "en"))))[
        "Close rates"
    ]

    titles = [row[0].value for row in sheet.iter_rows() if row[0].value]
    assert "Close rate, judged" in titles
    assert not [title for title in titles if "stand" in title]
