"""Columns are read as they are written, by all of their values; what these leave open is asked."""

from datetime import UTC, date, datetime, timedelta

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from features.errors import DataError
from features.settings import ColumnFormat, ColumnSettings, InputSettings, LeadsTable
from features.writing import Writing
from tests.features.inputs import opened, rows, three


def leads(cells, column="size", *, created="2024-01-01T09:00Z"):
    """A table of leads as CSV, with these cells in one column."""
    quoted = ('"' + cell.replace('"', '""') + '"' for cell in cells)
    lines = (f"{i:04},{created},{cell}" for i, cell in enumerate(quoted))
    return f"lead_id,created_at,{column}\n" + "\n".join(lines) + "\n"


def read(tmp_path, cells, **more):
    """What comes of these cells: the values, and the store's attributes and report."""
    source = three(
        tmp_path, leads(cells), None, None, options={"leads": more.pop("table", {})}, timezone="UTC"
    )
    with opened(source, **more) as store:
        values = [row[0] for row in rows(store, "leads", "a0", "lead")]
        query = store.connection.execute("SELECT a0 FROM leads ORDER BY lead_id").fetchall()
        assert len(values) == len(query)
        return [value for (value,) in query], store.attributes[0].kind, store.report, store.writings


@pytest.mark.parametrize(
    ("cells", "expected", "why"),
    [
        (["1,200", "35", "1,200,300.5"], [1200, 35, 1200300.5], "commas part groups"),
        (["1,200", "35", "2,100"], [1200, 35, 2100], "nobody writes just thousandths"),
        (["1.200,50", "35", "1.100"], [1200.5, 35, 1100], "one comma tells what the points are"),
        (["0,125", "2,500"], [0.125, 2.5], "no group of thousands begins with 0"),
        (["1 200", "35", "1 200,5"], [1200, 35, 1200.5], "blanks part groups"),
        (["1\u00a0200", "1\u202f300"], [1200, 1300], "blanks that do not break"),
        (["1'200.50", "3"], [1200.5, 3], "Swiss"),
        (["12,00,000", "1,50,000.5"], [1200000, 150000.5], "Indian"),
        (["¥1,200", "¥35"], [1200, 35], "a currency in front"),
        (["1,200円", "35円"], [1200, 35], "a currency behind"),
        (["USD 2,750,000.00", "USD 5"], [2750000, 5], "a currency by its code"),
        (["-$1,200.50", "$-3", "$4"], [-1200.5, -3, 4], "a sign on either side of the currency"),
        (["12 %", "7%", "12.5 %"], [0.12, 0.07, 0.125], "a percentage is a share"),
        (["(1,200)", "35"], [-1200, 35], "brackets are negative"),
        (["1,200-", "35"], [-1200, 35], "a minus behind"),
        (["１，２００", "３５"], [1200, 35], "digits of full width"),
        (["\\1,200", "\\35", "-\\9"], [1200, 35, -9], "the yen of CP932, which is its backslash"),
        (["1.5", "2", "-3e4"], [1.5, 2, -3e4], "plain numbers stay what they were"),
        (["1.125", "2.250", "0.375"], [1.125, 2.25, 0.375], "three decimals, one below 1"),
        (["1.125", "2.250", "3.375", "2500"], [1.125, 2.25, 3.375, 2500], "2500 is not grouped"),
    ],
)
def test_numbers_are_read_as_people_write_them(tmp_path, cells, expected, why):
    values, kind, *_ = read(tmp_path, cells)
    assert (kind, values) == ("number", expected), why


@pytest.mark.parametrize(
    ("cells", "why"),
    [
        (["12 kg", "5 kg", "7 kg"], "a unit that is no money"),
        (["5 days", "3 days"], "a unit in words"),
        (["A12", "B7", "C400"], "codes with letters"),
        (["192.168.0.1", "10.0.0.7"], "addresses"),
    ],
)
def test_what_is_no_number_stays_words(tmp_path, cells, why):
    values, kind, *_ = read(tmp_path, cells)
    assert (kind, values) == ("text", cells), why


def test_a_few_words_among_numbers_are_missing_and_said(tmp_path):
    cells = ["1,200"] * 30 + ["n.d."] * 2 + ["5"] * 8
    values, kind, report, _ = read(tmp_path, cells)
    assert kind == "number"
    assert values == [1200.0] * 30 + [None] * 2 + [5.0] * 8
    said = "size: number, written 1,200; 2 cells cannot be read (rows 31, 32, such as 'n.d.')"
    assert f"  read: {said}" in list(report.lines())


def test_a_dash_among_numbers_is_missing_however_many_there_are(tmp_path):
    values, kind, report, _ = read(tmp_path, ["-", "1", "–", "2", "-", "3"])
    assert (kind, values) == ("number", [None, 1, None, 2, None, 3])
    assert "  read: size: number; 3 cells hold a dash: missing" in list(report.lines())


def test_a_column_that_is_only_mostly_numbers_is_the_users_to_decide(tmp_path):
    cells = ["5"] * 70 + ["on request"] * 30
    with pytest.raises(
        DataError,
        match=r"column 'size': 30 of 100 values are no number \(rows 71.*'on request'\), more than "
        r"20%; write `formats: \{size: number\}` under `leads` \(they are missing\), or `text`",
    ):
        read(tmp_path, cells)
    number = read(tmp_path, cells, table={"formats": {"size": "number"}})
    text = read(tmp_path, cells, table={"formats": {"size": "text"}})
    assert (number[1], number[0][-1]) == ("number", None)
    assert (text[1], text[0][-1], text[0][0]) == ("text", "on request", "5")


@pytest.mark.parametrize(
    ("others", "is_code"),
    [(["204A"], True), (["A-7", "7/B"], True), (["n.d."], False), (["12 kg"], False)],
)
def test_codes_among_numbers_make_words_and_words_among_numbers_a_question(
    tmp_path, others, is_code
):
    cells = ["101", "102", "103"] * 6 + others * (8 // len(others))

    if is_code:
        _, kind, report, _ = read(tmp_path, cells)
        assert kind == "text"
        assert "codes, some of them digits alone" in report.readings[0].sentence
    else:
        with pytest.raises(DataError, match="are no number"):
            read(tmp_path, cells)


def test_a_unit_without_a_blank_is_no_code_where_values_are_many(tmp_path):
    cells = [str(n) for n in range(60)] + [f"{n}kg" for n in range(30)]

    with pytest.raises(DataError, match="are no number"):
        read(tmp_path, cells)


def test_points_that_may_part_thousands_or_be_decimal_are_asked(tmp_path):
    cells = ["1.200", "3.400", "12.500", "35"]
    with pytest.raises(DataError, match=r"'1\.200' is a thousand and more, or one and a bit"):
        read(tmp_path, cells)
    german = read(tmp_path, cells, table={"decimal": ","})[0]
    english = read(tmp_path, cells, table={"formats": {"size": {"decimal": "."}}})[0]
    grouped = read(tmp_path, cells, table={"thousands": "."})[0]
    assert german == grouped == [1200, 3400, 12500, 35]
    assert english == [1.2, 3.4, 12.5, 35]


def test_points_and_commas_that_contradict_each_other_are_asked(tmp_path):
    with pytest.raises(DataError, match="5 values have a decimal point, 5 a decimal comma"):
        read(tmp_path, ["1,200.5"] * 5 + ["1.200,5"] * 5)


def test_another_column_of_the_table_tells_the_decimal_sign(tmp_path):
    text = "lead_id;created_at;size;price\n" + "".join(
        f"{i};2024-01-01T09:00Z;{i + 1}.200;{i},5\n" for i in range(8)
    )
    with opened(three(tmp_path, text, None, None), ColumnSettings(fit=("size", "price"))) as store:
        assert rows(store, "leads", "a0", "a1")[:2] == [(1200.0, 0.5), (2200.0, 1.5)]


def test_different_currencies_are_said(tmp_path):
    report = read(tmp_path, ["$1,200"] * 3 + ["€5"])[2]
    assert any("different units: $ 3, € 1" in line for line in report.lines())


# --- yes and no
# --------------------------------------------------------------------------------------------------


YES_AND_NO = [
    ("Yes", "No"),
    ("true", "false"),
    ("TRUE", "FALSE"),
    ("T", "F"),
    ("Y", "N"),
    ("1", "0"),
    ("○", "×"),
    ("はい", "いいえ"),
    ("有", "無"),
    ("oui", "non"),
    ("Ja", "Nein"),
    ("si", "no"),
]


@pytest.mark.parametrize("night", YES_AND_NO)
@pytest.mark.parametrize("trained", YES_AND_NO)
def test_yes_and_no_score_the_same_in_other_words(tmp_path, trained, night):
    taught, kind, _, writings = read(tmp_path, [*trained, "", trained[0]])
    tonight, *_ = read(
        tmp_path,
        [*night, "", night[0]],
        purpose="score",
        kinds={"size": kind},
        writings=writings,
    )
    assert tonight == taught
    assert len(set(taught)) == 3


def test_yes_and_no_keep_the_spelling_that_rules_and_labels_use(tmp_path):
    values, kind, report, _ = read(tmp_path, ["Yes", "no", "No", "YES", "No", ""])
    assert (kind, values) == ("text", ["Yes", "No", "No", "Yes", "No", None])
    assert "  read: size: yes or no, written Yes/No" in list(report.lines())


def test_yes_no_and_a_third_word_are_three_words(tmp_path):
    cells = ["Yes", "No", "Maybe"]
    assert read(tmp_path, cells)[:2] == (cells, "text")


# --- dates
# --------------------------------------------------------------------------------------------------


def days(*found):
    return [(day - date(1970, 1, 1)).days for day in found]


MARCH = days(date(2024, 3, 31), date(2024, 4, 5))


@pytest.mark.parametrize(
    ("cells", "style"),
    [
        (["31.03.2024", "05.04.2024"], "dd.mm.yyyy"),
        (["31. 3. 2024", "5. 4. 2024"], "dd.mm.yyyy"),
        (["31-03-2024 07:22", "05-04-2024 08:00"], "dd-mm-yyyy"),
        (["31/3/2024", "5/4/2024"], "dd/mm/yyyy"),
        (["3/31/2024 3:04 PM", "4/5/2024 9:39 AM"], "mm/dd/yyyy"),
        (["3/31/24 15:04", "4/5/24 9:39"], "mm/dd/yy"),
        (["2024年3月31日(日) 9時05分", "2024年4月5日"], "yyyy年m月d日"),
        (["令和6年3月31日", "R6.4.5"], "era"),
        (["31 Mar 2024", "5 April 2024"], "d mmm yyyy"),
        (["31. März 2024", "5. April 2024"], "d mmm yyyy"),
        (["Mar 31, 2024 3:04 PM", "April 5, 2024"], "mmm d, yyyy"),
        (["2024-03-31 3:04 PM", "2024-04-05 9:39 AM"], "yyyy-mm-dd"),
    ],
)
def test_dates_are_read_as_people_write_them(tmp_path, cells, style):
    values, kind, _, writings = read(tmp_path, cells)
    assert (kind, values) == ("date", MARCH)
    assert writings["leads"]["size"] == Writing(dates=(style,))


@pytest.mark.parametrize("cells", [["2024-03-31", "2024/4/5"], ["2024年3月31日", "2024.04.05"]])
def test_plain_dates_stay_what_they_were(tmp_path, cells):
    assert read(tmp_path, cells)[:2] == (MARCH, "date")


def test_days_and_months_that_nothing_tells_apart_are_asked(tmp_path):
    cells = ["01/02/2024", "05/04/2024", "12/12/2024"]
    with pytest.raises(
        DataError,
        match=r"'01/02/2024' may be `dd/mm/yyyy` or `mm/dd/yyyy`, and so may every value; write "
        r"`formats: \{size: dd/mm/yyyy\}` under `leads`, or `mm/dd/yyyy`",
    ):
        read(tmp_path, cells)
    said = read(tmp_path, cells, table={"formats": {"size": "m/d/yyyy"}})[0]
    assert said == days(date(2024, 1, 2), date(2024, 5, 4), date(2024, 12, 12))


def test_one_day_beyond_12_decides_for_all(tmp_path):
    assert read(tmp_path, ["01/02/2024"] * 500 + ["01/13/2024"])[0][0] == days(date(2024, 1, 2))[0]


def test_days_and_months_that_contradict_each_other_are_asked(tmp_path):
    with pytest.raises(DataError, match=r"no one way reads all 20 dates: `dd/mm/yyyy` reads 10"):
        read(tmp_path, ["13/01/2024"] * 10 + ["01/13/2024"] * 10)


def test_mixed_ways_to_write_dates_are_read_and_counted(tmp_path):
    cells = ["31.03.2024"] * 3 + ["2024-04-05"] * 2 + ["5 Apr 2024"]
    values, kind, report, _ = read(tmp_path, cells)
    assert (kind, values) == ("date", [MARCH[0]] * 3 + [MARCH[1]] * 3)
    assert any("mixed: 3 dd.mm.yyyy, 1 d mmm yyyy" in line for line in report.lines())


def test_another_column_of_the_table_tells_the_order(tmp_path):
    text = "lead_id,created_at,size\na,01/02/2024,31/03/2024\nb,02/02/2024,05/04/2024\n"
    with opened(three(tmp_path, text, None, None, timezone="UTC")) as store:
        assert rows(store, "leads", "created_day") == [
            (day,) for day in days(date(2024, 2, 1), date(2024, 2, 2))
        ]


@pytest.mark.parametrize(
    ("number", "style"),
    [("1711843200", "epoch"), ("1711843200000", "epoch_ms"), ("45382", "excel")],
)
def test_numbers_in_a_column_of_times_are_times_by_their_size(tmp_path, number, style):
    text = leads(["1"], created=number)
    with opened(three(tmp_path, text, None, None, timezone="UTC")) as store:
        assert rows(store, "leads", "created_at") == [(datetime(2024, 3, 31),)]
        assert store.writings["leads"]["created_at"] == Writing(dates=(style,))


@pytest.mark.parametrize(
    ("number", "naive"), [(1_711_843_200, False), (1_711_843_200_000, False), (45_382.0, True)]
)
def test_typed_numbers_in_a_column_of_times_are_times_too(tmp_path, number, naive):
    path = tmp_path / "leads.parquet"
    pq.write_table(pa.table({"lead_id": ["a"], "created_at": [number], "size": [1]}), path)
    source = InputSettings(leads=LeadsTable(path=str(path)))
    if naive:
        with pytest.raises(DataError, match="holds times without offset"):
            opened(source)
        source = source.model_copy(update={"timezone": "UTC"})
    with opened(source) as store:
        assert rows(store, "leads", "created_at") == [(datetime(2024, 3, 31),)]


def test_times_that_cannot_be_read_are_asked_with_a_value_and_the_key(tmp_path):
    text = leads(["1", "2"], created="at 31|03|2024")
    with pytest.raises(
        DataError,
        match=r"column 'created_at': 2 of 2 values cannot be read as a time \(rows 1, 2, such as "
        r"'at 31\|03\|2024'\); write `formats: \{created_at: dd\.mm\.yyyy HH:MM\}` under `leads`",
    ):
        opened(three(tmp_path, text, None, None, timezone="UTC"))
    said = {"leads": {"formats": {"created_at": "at %d|%m|%Y"}}}
    with opened(three(tmp_path, text, None, None, options=said, timezone="UTC")) as store:
        assert rows(store, "leads", "created_day") == [(MARCH[0],)] * 2


def test_numbers_in_other_columns_are_no_times_unless_said(tmp_path):
    assert read(tmp_path, ["45382", "45387"])[1] == "number"
    said = read(tmp_path, ["45382", "45387"], table={"formats": {"size": "excel"}})
    assert said[:2] == (MARCH, "date")


def test_a_time_with_pm_has_no_zone_and_one_with_an_offset_has(tmp_path):
    with pytest.raises(DataError, match="holds times without offset"):
        opened(three(tmp_path, leads(["1"], created="3/31/2024 3:04 PM"), None, None))
    with opened(
        three(tmp_path, leads(["1"], created="31.03.2024 15:04 +02:00"), None, None)
    ) as store:
        assert rows(store, "leads", "created_at") == [(datetime(2024, 3, 31, 13, 4),)]


def test_a_way_to_write_dates_that_is_none_is_refused():
    with pytest.raises(ValueError, match=r"expected a way to write dates such as dd\.mm\.yyyy"):
        LeadsTable(path="x", format="day first")


# --- training and scoring
# --------------------------------------------------------------------------------------------------


def again(tmp_path, cells, kind, writings):
    return read(tmp_path, cells, purpose="score", kinds={"size": kind}, writings=writings)


@pytest.mark.parametrize(
    "night", [["1200", "35"], ["1.200,0", "35,0"], ["1,200.0", "35"], ["¥1,200", "¥35"]]
)
def test_a_number_may_be_written_differently_at_night(tmp_path, night):
    *_, kind, _, writings = read(tmp_path, ["1,200", "35"])
    assert again(tmp_path, night, kind, writings)[0] == [1200, 35]


def test_what_tonight_leaves_open_is_read_as_in_training(tmp_path):
    _, kind, _, german = read(tmp_path, ["1.200,5", "35"])
    assert again(tmp_path, ["1.200", "3.400", "7.100"], kind, german)[0] == [1200, 3400, 7100]
    _, kind, _, english = read(tmp_path, ["31/03/2024", "05/04/2024"])
    assert again(tmp_path, ["05/04/2024"], kind, english)[0] == MARCH[1:]


def test_another_currency_than_in_training_is_said(tmp_path):
    *_, writings = read(tmp_path, ["¥1,200", "¥35"])
    report = again(tmp_path, ["$1,200", "$35"], "number", writings)[2]
    assert any("the unit differs from training's: '¥' and '$'" in line for line in report.lines())


def test_a_column_of_numbers_stays_one_at_night_whatever_it_holds(tmp_path):
    values, kind, report, _ = again(tmp_path, ["n.d.", "soon", "5"], "number", {})
    assert (kind, values) == ("number", [None, None, 5])
    assert report.drift[0].startswith("~ leads: column 'size': 2 of 3 values are no number")


# --- a table in every dress
# --------------------------------------------------------------------------------------------------


def shown(number, decimal, thousands):
    text = f"{number:,.2f}" if number % 1 else f"{number:,.0f}"
    return text.translate(str.maketrans({",": thousands, ".": decimal}))


DATES = {
    "%d.%m.%Y %H:%M": False,
    "%d/%m/%Y %H:%M": True,
    "%m/%d/%Y %I:%M %p": True,
    "%d-%m-%Y": True,
    "%Y-%m-%d %H:%M:%S": False,
    "%Y年%m月%d日 %H:%M": False,
    "%d %b %Y %H:%M": False,
}


@given(
    draw=st.randoms(use_true_random=False),
    signs=st.sampled_from([(".", ","), (",", "."), (",", " "), (".", "'"), (".", "")]),
    form=st.sampled_from(sorted(DATES)),
    delimiter=st.sampled_from(",;\t|"),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "cp932"]),
    words=st.sampled_from(YES_AND_NO),
)
@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_a_table_reads_the_same_in_every_locale(
    tmp_path, draw, signs, form, delimiter, encoding, words
):
    numbers = [
        draw.choice([draw.randrange(3_000_000), draw.randrange(10**7) / 100]) for _ in range(30)
    ]
    numbers += [1234.5, 1_234_567.0]
    first = datetime(2024, 1, 13, 15, 4, tzinfo=UTC)
    times = [first + timedelta(days=draw.randrange(300)) for _ in numbers]
    times[0], truths = first, [draw.random() < 0.5 for _ in numbers]
    lines = [["lead_id", "created_at", "size", "会社", "ok"]]
    for i, (number, time, truth) in enumerate(zip(numbers, times, truths, strict=True)):
        cells = [
            f"{i:03}",
            time.strftime(form),
            shown(number, *signs),
            "株式会社",
            words[not truth],
        ]
        lines.append(cells)
    text = "\n".join(delimiter.join(f'"{cell}"' for cell in line) for line in lines) + "\n"
    source = three(tmp_path, "x", None, None, timezone="UTC")
    (tmp_path / "leads.csv").write_bytes(text.encode(encoding))

    with opened(source, ColumnSettings(fit=("size", "会社", "ok"))) as store:
        found = store.connection.execute(
            "SELECT a0, created_day, a1, a2 FROM leads ORDER BY lead_id"
        ).fetchall()

    yes = {row[3] for row, truth in zip(found, truths, strict=True) if truth}
    no = {row[3] for row, truth in zip(found, truths, strict=True) if not truth}
    assert [row[0] for row in found] == pytest.approx(numbers, rel=1e-12)
    assert [row[1] for row in found] == days(*(time.date() for time in times))
    assert {row[2] for row in found} == {"株式会社"}
    assert len(yes) <= 1
    assert len(no) <= 1
    assert not yes & no


def test_keys_of_a_column_go_before_those_of_the_table():
    table = LeadsTable(
        path="x",
        decimal=",",
        format="dd/mm/yyyy",
        formats={"size": {"decimal": "."}, "at": "epoch"},
    )
    assert table.format_of("size") == ColumnFormat(decimal=".", format="dd/mm/yyyy")
    assert table.format_of("at") == ColumnFormat(decimal=",", format="epoch")
    assert table.format_of("other") == ColumnFormat(decimal=",", format="dd/mm/yyyy")


def test_formats_of_a_column_that_is_absent_are_refused(tmp_path):
    with pytest.raises(DataError, match="`formats` names columns that are absent: 'sise'"):
        read(tmp_path, ["1"], table={"formats": {"sise": "number"}})
