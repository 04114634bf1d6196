"""What each team has to do: lists, tables and the page, with what companies really hold."""

import dataclasses
import datetime as dt
import re
from html.parser import HTMLParser

import pandas as pd
import pyarrow as pa
import pytest

from features.files.output import Output
from propensity.grading.hand_over import HANDED_OVER
from propensity.night.list_files import write_teams
from propensity.night.lists import LISTS, ListedLead, Morning, lists_of
from propensity.night.page.local_times import LocalTimes
from propensity.night.page.page import page
from propensity.night.teams import teams_of

MONDAY = dt.date(2025, 3, 24)
START = dt.datetime(2025, 3, 23, 15, tzinfo=dt.UTC)  # midnight of Tokyo
CARRIED = ["company", "phone", "owner (carried)"]
HOSTILE = "</td><script>alert('x')</script><img src=x onerror=alert(1)>\u202e\n=1+1"
ROLES = {"inside_sales": "Inside sales", "marketing": "Marketing & web", "late": "Lateness"}


def morning(language="en", **changes):
    found = Morning(
        MONDAY,
        START,
        "Asia/Tokyo",
        language,
        set(),
        roles=ROLES,
        returns_to="Marketing & web",
        person="owner (carried)",
        labels={"phone": "電話"},
    )
    return dataclasses.replace(found, **changes)


def lead(number, **changes):
    """A lead that was handed over on Friday until Friday evening, and is over the line."""
    return {
        "lead_id": f"L{number:03d}",
        "episode": 1,
        "probability": 0.2 - number / 1000,
        "probability_low": 0.12,
        "probability_high": 0.31,
        "rank": number + 1,
        "grade": "A1",
        "decided_by": "MQL",
        "instruction": "Follow up.",
        "owner": "Inside sales",
        "respond_by": START - dt.timedelta(hours=54),
        "handed_over_on": dt.date(2025, 3, 21),
        "sent_back_on": None,
        "topic": "pricing page",
        "reasons_for": [
            {"sentence": "visited 3 times"},
            {"sentence": "works in 金融"},
            {"sentence": "no"},
        ],
        "ask": "employees",
        "company": f"Company {number}",
        "phone": "03-1234-5678",
        "owner (carried)": "佐藤" if number % 2 else "O'Brien",
    } | changes


DUE, LATER = START + dt.timedelta(hours=17.5), START + dt.timedelta(hours=36)
LEADS = [
    lead(0),
    lead(1, respond_by=START - dt.timedelta(hours=5)),
    lead(2, respond_by=DUE),
    lead(3, respond_by=DUE, handed_over_on=MONDAY),
    lead(4, respond_by=LATER, handed_over_on=MONDAY),
    lead(5, decided_by="nurture"),
    lead(6, sent_back_on=MONDAY, owner=None, respond_by=None),
    lead(7, respond_by=LATER),
    lead(8, handed_over_on=None),
    lead(9, company=HOSTILE, topic=HOSTILE, ask=None, instruction=HOSTILE),
    lead(10, decided_by="hold", respond_by=None, instruction="Pause: “lawsuit” (K. Mori)."),
]
TYPES = pa.schema(
    [
        ("episode", pa.int32()),
        ("respond_by", pa.timestamp("us", tz="UTC")),
        ("handed_over_on", pa.date32()),
        ("sent_back_on", pa.date32()),
        ("owner", pa.string()),
    ]
)
RECYCLE = ListedLead("L099", 1, "Lost for budget 90 days ago: call again.", "Inside sales", MONDAY)


def table(leads=LEADS):
    found = pa.Table.from_pylist(leads)
    for field in TYPES:
        place = found.column_names.index(field.name)
        found = found.set_column(place, field, found[field.name].cast(field.type))
    return found


def made(at, leads=LEADS):
    known = pa.table({"lead_id": ["L099"], "company": ["前の会社"]})
    lists = lists_of(table(leads), at, CARRIED, recycle=[RECYCLE], known=known)
    return lists, teams_of(lists, at)


def ids(lists):
    return {name: rows["lead_id"].to_pylist() for name, rows in lists.items() if rows.num_rows}


def test_who_is_on_which_list_and_in_which_order():
    lists, _ = made(morning())

    assert ids(lists) == {
        "late": ["L000", "L009", "L001"],
        "due": ["L002", "L003"],
        "new": ["L003", "L004"],
        "held": ["L010"],
        "cooled": ["L005"],
        "sent_back": ["L006"],
        "recycle": ["L099"],
    }
    assert lists["late"]["hours_late"].to_pylist() == [54.0, 54.0, 5.0]
    assert lists["recycle"]["company"].to_pylist() == ["前の会社"]
    assert tuple(lists) == LISTS
    assert set(table()["decided_by"].to_pylist()) & set(HANDED_OVER)


def test_nothing_known_of_nobody_is_no_list():
    nobody = pa.table({"lead_id": pa.array([], pa.string()), "company": pa.array([], pa.string())})

    for known in (nobody, None):
        lists = lists_of(table(), morning(), CARRIED, known=known)
        assert lists["recycle"].num_rows == 0
        assert lists["recycle"].column_names == lists["late"].column_names


def test_nobody_is_late_where_nobody_knows_and_who_was_called_is_not_listed():
    unknown, _ = made(morning(worked_on=None))
    assert unknown["late"].num_rows == 0

    called, _ = made(morning(worked_on={("L000", 1), ("L002", 1), ("L001", 2)}))

    assert ids(called)["late"] == ["L009", "L001"]
    assert ids(called)["due"] == ["L003"]


def test_nobody_is_late_after_what_is_known_of_contacts():
    until = START - dt.timedelta(hours=30)
    at = morning(contacts_until=until)

    lists, (inside, _) = made(at)

    assert ids(lists)["late"] == ["L000", "L009"]
    assert lists["late"]["hours_late"].to_pylist() == [24.0, 24.0]
    assert ids(lists)["due"] == ["L001", "L002", "L003"]
    assert lists["due"]["hours_late"].to_pylist() == [None] * 3
    html = page(inside, at, CARRIED)
    assert "Contacts are known up to Sat 22 March, 18:00." in html
    assert "or ended after the last known contacts" in html
    assert "Contacts are known" not in page(inside, morning(), CARRIED)


def test_contacts_of_yesterday_are_every_nights_business():
    at = morning(contacts_until=START - dt.timedelta(hours=7))

    _, (inside, _) = made(at)

    assert not at.is_behind
    assert "Contacts are known" not in page(inside, at, CARRIED)
    assert morning(contacts_until=START - dt.timedelta(hours=25)).is_behind
    assert not morning(worked_on=None, contacts_until=START - dt.timedelta(days=9)).is_behind


def test_each_team_has_each_lead_once():
    _, teams = made(morning())

    told = {team.file: ids(team.lists) for team in teams}
    assert told == {
        "inside_sales": {
            "late": ["L000", "L009", "L001"],
            "due": ["L002", "L003"],
            "new": ["L004"],
            "held": ["L010"],
            "cooled": ["L005"],
            "recycle": ["L099"],
        },
        "marketing": {"sent_back": ["L006"]},
    }


def test_a_team_without_a_name_and_one_called_like_a_list_have_files_of_their_own():
    leads = [lead(0, owner=None), lead(1, owner="Lateness"), lead(2, owner="Another: one/two")]

    _, teams = made(morning(returns_to=None), leads)

    assert [team.file for team in teams] == [
        "inside_sales",
        "late_team",
        "Another_one_two",
        "without_owner",
    ]


def test_a_table_of_a_team_opens_in_a_spreadsheet_and_runs_nothing(tmp_path):
    _, teams = made(morning("ja"))

    write_teams(teams, morning("ja"), Output(tmp_path, 0o600))

    found = pd.read_csv(tmp_path / "inside_sales.csv", encoding="utf-8-sig", dtype=str)
    assert list(found["リスト"]) == ["期限超過"] * 3 + ["本日期限"] * 2 + [
        "本日の新規",
        "引き渡し停止",
        "関心低下",
        "再アプローチ",
    ]
    assert found["期限"][0] == "2025-03-21 18:00"
    assert found["受注見込み（%）"][0] == "20"
    assert found["受注見込みの幅：下限（%）"][0] == "12"
    assert found["受注見込みの幅：上限（%）"][0] == "31"
    assert found["理由2"][0] == "works in 金融"
    assert (tmp_path / "inside_sales.csv").stat().st_mode & 0o777 == 0o600
    cells = found.fillna("").to_numpy().ravel()
    assert not [cell for cell in cells if re.match(r"\s*[=+@]", cell)]


class Cells(HTMLParser):
    """The text of each row of a page's lists, and every tag."""

    def __init__(self, text):
        super().__init__()
        self.tags, self.rows, self.lists = [], [], []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        named = dict(attrs)
        if tag == "section":
            self.lists.append(named["class"].split()[1])
        if tag == "tr":
            self.rows.append((self.lists[-1] if self.lists else "", []))

    def handle_data(self, data):
        if self.rows and data.strip():
            self.rows[-1][1].append(" ".join(data.split()))


def told_rows(html):
    return [(name, " | ".join(cells)) for name, cells in Cells(html).rows]


@pytest.mark.parametrize("language", ["en", "ja"])
def test_a_page_shows_what_to_do_first_for_each_person(language):
    at = morning(language)
    _, (inside, marketing) = made(at)

    rows = told_rows(page(inside, at, CARRIED))

    leads = [(name, re.search(r"L\d{3}", text)[0]) for name, text in rows if "| L0" in text]
    assert leads == [
        ("recycle", "L099"),  # nobody is named: somebody has to take it
        ("late", "L000"),
        ("due", "L002"),
        ("new", "L004"),
        ("held", "L010"),
        ("late", "L009"),
        ("late", "L001"),
        ("due", "L003"),
        ("cooled", "L005"),
    ]
    texts = dict(
        zip([number for _, number in leads], [t for _, t in rows if "| L0" in t], strict=True)
    )
    if language == "en":
        assert "was due Fri 21 March, 18:00; 2 days late" in texts["L000"]
        assert "5 hours late" in texts["L001"]
        assert "until today, 17:30 | new today" in texts["L003"]
        assert "until tomorrow, 12:00" in texts["L004"]
        assert "A1 | 20 % (12–31 %)" in texts["L000"]
        assert "Nobody assigned yet" in page(inside, at, CARRIED)
    else:
        assert "期限：3月21日（金）18:00（2日超過）" in texts["L000"]
        assert "本日17:30まで | 本日の新規" in texts["L003"]
        assert "A1 | 20%（12〜31%）" in texts["L000"]
        assert "2025年3月24日（月）" in page(inside, at, CARRIED)
    assert ("電話: 03-1234" if language == "en" else "電話：03-1234") in texts["L000"]
    assert "visited 3 times | works in 金融" in texts["L000"]
    assert "| no |" not in texts["L000"]
    assert "Marketing &amp; web" in page(marketing, at, CARRIED)


def test_hostile_values_stay_text():
    at = morning()
    _, teams = made(at)

    html = page(teams[0], at, CARRIED)

    tags = Cells(html).tags
    assert "script" not in tags
    assert "img" not in tags
    assert "\u202e" not in html
    assert "&lt;/td&gt;&lt;script&gt;" in html


def test_long_lists_are_cut_and_say_where_the_rest_is(monkeypatch):
    monkeypatch.setattr("propensity.night.page.page.MOST_LEADS", 3)
    at = morning(person=None)
    _, teams = made(at, [lead(number) for number in range(10)])

    html = page(teams[0], at, CARRIED)

    assert "7 more are in inside_sales.csv." in html
    assert len([text for _, text in told_rows(html) if "| L0" in text]) == 4  # one is to recycle


@pytest.mark.parametrize("width", [390, 1280])
@pytest.mark.parametrize("language", ["en", "ja"])
def test_a_browser_shows_a_page_without_asking_anybody(opened, language, width):
    at = morning(language)
    _, teams = made(at)

    found = opened(page(teams[0], at, CARRIED), width=width)

    assert found.requests == []
    assert found.complaints == []
    wide = found.page.evaluate("document.documentElement.scrollWidth")
    assert wide <= width
    cut = """[...document.querySelectorAll('tbody :is(td,th,span),p')].filter(e => e.innerText
        && e.scrollWidth > e.clientWidth + 1 && getComputedStyle(e).display != 'inline')"""
    small = found.page.evaluate(f"{cut}.map(e => e.innerText)")
    assert small == []


@pytest.mark.parametrize("width", [390, 1280])
def test_names_of_any_length_do_not_widen_a_page(opened, width):
    long = "x" * 5_000
    leads = [lead(0, company=long), lead(1, **{"owner (carried)": long}), lead(2, lead_id=long)]
    leads += [lead(3, owner=None, company=long, phone=long)]
    at = morning()

    for team in made(at, leads)[1]:
        found = opened(page(team, at, CARRIED), width=width)
        assert found.page.evaluate("document.documentElement.scrollWidth") <= width


def test_days_are_told_as_people_say_them():
    english, japanese = LocalTimes(morning()), LocalTimes(morning("ja"))

    assert english.until(DUE) == "today, 17:30"
    assert japanese.until(LATER + dt.timedelta(days=1)) == "3月26日（水）12:00"
    assert [english.late_by(hours) for hours in (0.2, 1.9, 47.9, 48, 100)] == [
        "1 hour",
        "1 hour",
        "47 hours",
        "2 days",
        "4 days",
    ]
