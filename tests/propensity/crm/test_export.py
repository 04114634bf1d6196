"""Files for other systems, read back and held against the systems' schemas and a recount."""

import dataclasses
import datetime as dt
import itertools
import re

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from features.errors import ConfigError
from features.files.output import Output
from propensity.config.config import parse
from propensity.config.crm import CrmSettings
from propensity.crm.earlier import CRM
from propensity.crm.export import export
from propensity.crm.profile import profiles_of
from propensity.crm.system import system_of
from propensity.language import CATALOGUES
from propensity.night.show import of_crm
from propensity.scoring.scored_file import SCORED_FILE
from propensity.scoring.scorer import file_schema
from tests.propensity.crm.accepted import FORMULA, refused, rows_of, schema_of

FIRST, SECOND, THIRD = (dt.date(2025, 3, day) for day in (20, 21, 22))
SYSTEMS = ("hubspot", "salesforce", "dynamics", "marketo", "csv")
HOSTILE = [
    "=cmd|'/C calc'!A0",
    "<script>alert(1)</script>",
    'a "quoted"\nline, and more',
    "x" * 40_000,
]
CP932_ONLY = "①髙橋㈱ 〜 −"
BASE = {
    "name": "test",
    "input": {
        "timezone": "Asia/Tokyo",
        "leads": {"path": "leads.csv"},
        "events": {"path": "events.csv"},
        "outcomes": {"path": "outcomes.csv"},
    },
    "columns": {"fit": ["industry"], "carry": ["company", "email", "owner"]},
    "population": {"until": "closed", "stale_after_days": 90},
    "goal": {"horizon_days": 30},
    "snapshots": {"every_days": 30},
}


def profiles(tmp_path, *crm, language="en"):
    config = parse({**BASE, "language": language, "nightly": {"crm": list(crm)}}, base=tmp_path)
    return profiles_of(config, "Asia/Tokyo")


def reason(sentence):
    return {"concept": "c", "contribution": 0.1, "sentence": sentence}


def scored(n, seed=0, *, night=FIRST):
    """A scored file of n leads, as a night writes it, with what companies really hold."""
    rng = np.random.default_rng(seed)
    schema = file_schema(["company", "email", "owner"])
    companies = [CP932_ONLY, *HOSTILE, "寿司🍣 葛\U000e0100城", "\u202eevil", ""]
    rows = []
    for number in range(n):
        handed = number % 4 == 0
        texts = [f"visited {number} times, =1+1", "works in 金融"][: number % 3]
        rows.append(
            {
                "lead_id": f"lead-{number:05d}",
                "episode": 1,
                "as_of": night,
                "probability": float(rng.beta(1, 12)),
                "rank": number + 1,
                "percentile": "top 1 %",
                "grade": "ABCD"[number % 4] + "1234"[number % 3],
                "quadrant": ("hot", "nurture", "keen", "leave")[number % 4],
                "is_mql": handed,
                "decided_by": "MQL" if handed else "leave",
                "instruction": "Hand over" if handed else "Leave alone",
                "owner": "Inside sales" if handed else None,
                "respond_by": dt.datetime(2025, 3, 20, 8, 30, tzinfo=dt.UTC) if handed else None,
                "handed_over_on": night if handed else None,
                "topic": "pricing page" if number % 2 else None,
                "reasons_for": [reason(text) for text in texts],
                "reasons_against": [reason("no visit in 21 days")] if number % 5 == 0 else [],
                "ask": "employees" if number % 7 == 0 else None,
                "company": companies[number % len(companies)],
                "email": f"a{number}@example.com" if number % 10 else None,
                "owner (carried)": "佐藤",
            }
        )
    return pa.Table.from_pylist(rows, schema=schema)


def write(folder, night, table):
    place = folder / night.isoformat()
    place.mkdir(parents=True, exist_ok=True)
    pq.write_table(table, place / SCORED_FILE)
    return Output(place, 0o600)


def changed(table, **values):
    """The same table with columns replaced where a lead is named."""
    frame = table.to_pylist()
    for row in frame:
        row.update(values.get(row["lead_id"].replace("-", "_"), {}))
    return pa.Table.from_pylist(frame, schema=table.schema)


@pytest.mark.parametrize("language", ["en", "ja"])
@pytest.mark.parametrize("system", SYSTEMS)
def test_each_system_accepts_its_file(tmp_path, system, language):
    (profile,) = profiles(
        tmp_path, {"system": system, "fields": {"company": "Company"}}, language=language
    )
    words = CATALOGUES[language]
    names = {f.source: f.name for f in profile.fields}
    choices = {
        f.name: {words[f"{f.source}: {word}"] for word in f.choices}
        for f in profile.fields
        if f.kind == "choice" and system == "csv"
    }
    for night, count in ((FIRST, 60), (SECOND, 50)):
        folder = write(tmp_path, night, scored(count, night.day, night=night))
        (file,) = export([profile], folder, night)

        found = refused(folder.path / file.name, system, names=names, choices=choices)

        assert found == []
        assert 55 < file.rows <= 60
        assert (folder.path / file.name).stat().st_mode & 0o777 == 0o600
    assert file.gone == 10


@pytest.mark.parametrize(
    ("column", "cell", "why"),
    [
        ("msdyn_score", "12 %", "no number"),
        ("msdyn_grade", "5", "no choice"),
        ("msdyn_scoredon", "21.03.2025", "no date"),
        ("msdyn_scorereasons", "=1+1", "a formula"),
        ("msdyn_entitytype", "", "required"),
        ("msdyn_name", "x" * 129, "too long"),
    ],
)
def test_a_schema_refuses_what_the_system_would(tmp_path, column, cell, why):
    (profile,) = profiles(tmp_path, {"system": "dynamics"})
    folder = write(tmp_path, FIRST, scored(3))
    (file,) = export([profile], folder, FIRST)
    frame = pd.read_csv(folder.path / file.name, dtype=str, keep_default_na=False)
    frame.loc[1, column] = cell
    frame.to_csv(folder.path / file.name, index=False)

    assert any(why in line for line in refused(folder.path / file.name, "dynamics"))


def test_figures_equal_a_recount(tmp_path):
    (profile,) = profiles(tmp_path, {"system": "dynamics"})
    folder = write(tmp_path, FIRST, scored(80))
    export([profile], folder, FIRST)
    table = scored(80).to_pandas().set_index("lead_id")

    rows = pd.DataFrame(rows_of(folder.path / "crm-dynamics.csv")).set_index("msdyn_entityid")

    expected = (table.probability * 100).round()
    assert (rows.msdyn_score.astype(float) == expected.loc[rows.index]).all()
    letters = table.grade.str[0].map({"A": "0", "B": "1", "C": "2", "D": "3"})
    assert (rows.msdyn_grade == letters.loc[rows.index]).all()
    assert set(rows.msdyn_scoretrend) == {"3"}
    assert set(rows.msdyn_entitytype) == {"lead"}
    assert rows.msdyn_scorereasons["lead-00005"].startswith("For: visited 5 times, =1+1")
    assert "Against: no visit in 21 days" in rows.msdyn_scorereasons["lead-00005"]


def test_only_changed_rows_are_written(tmp_path):
    (profile,) = profiles(tmp_path, {"system": "hubspot"})
    before = scored(40)
    export([profile], write(tmp_path, FIRST, before), FIRST)
    up, down = (
        {"probability": before["probability"][n].as_py() + by} for n, by in ((3, 0.2), (4, -0.002))
    )
    after = changed(
        before,
        lead_00003=up,
        lead_00004=down,
        lead_00005={"reasons_for": [reason("visited 6 times"), reason("works in 金融")]},
        lead_00007={"reasons_for": [{**reason("visited 7 times"), "concept": "other"}]},
        lead_00008={"respond_by": None, "is_mql": False},
    ).slice(0, 39)
    after = after.set_column(2, "as_of", pa.array([SECOND] * 39, pa.date32()))

    (file,) = export([profile], write(tmp_path, SECOND, after), SECOND)

    rows = {row["propensity_lead_id"]: row for row in rows_of(tmp_path / "2025-03-21" / file.name)}
    assert set(rows) == {"lead-00003", "lead-00004", "lead-00007", "lead-00008", "lead-00039"}
    assert (file.rows, file.gone, file.compared_with) == (5, 1, FIRST)
    assert rows["lead-00003"]["propensity_trend"] == "improving"
    assert rows["lead-00004"]["propensity_trend"] == "steady"
    gone = rows["lead-00039"]
    assert gone["propensity_status"] == "gone"
    assert gone["propensity_scored_on"] == "2025-03-21"
    assert gone["propensity_chance"] == gone["propensity_grade"] == ""


def test_a_field_is_emptied_as_the_system_wants_it(tmp_path):
    files = profiles(tmp_path, {"system": "salesforce"}, {"system": "marketo"})
    export(files, write(tmp_path, FIRST, scored(5)), FIRST)
    after = changed(scored(4), lead_00000={"respond_by": None})

    export(files, write(tmp_path, SECOND, after), SECOND)

    for system, field, cleared in (
        ("salesforce", "Propensity_Respond_By__c", "#N/A"),
        ("marketo", "propensityRespondBy", "NULL"),
    ):
        rows = rows_of(tmp_path / "2025-03-21" / f"crm-{system}.csv")
        assert [row[field] for row in rows] == [cleared, cleared]  # lead 0, and lead 4, which left


def test_a_night_that_was_not_imported_is_made_up_by_the_next(tmp_path):
    (profile,) = profiles(tmp_path, {"system": "csv"})
    one, two = scored(10), changed(scored(10), lead_00002={"topic": "new"})
    export([profile], write(tmp_path, FIRST, one), FIRST)
    export([profile], write(tmp_path, SECOND, two), SECOND)
    third = write(tmp_path, THIRD, two)
    assert export([profile], third, THIRD)[0].rows == 0

    (tmp_path / "2025-03-21" / "crm-csv.csv").unlink()

    (file,) = export([profile], third, THIRD)
    assert (file.rows, file.compared_with) == (1, FIRST)


def test_other_columns_mean_every_lead_anew(tmp_path):
    export(profiles(tmp_path, {"system": "csv"}), write(tmp_path, FIRST, scored(10)), FIRST)
    more = profiles(tmp_path, {"system": "csv", "fields": {"company": "会社"}})

    (file,) = export(more, write(tmp_path, SECOND, scored(10)), SECOND)

    assert (file.rows, file.compared_with) == (10, None)


@pytest.mark.parametrize(
    "change",
    [
        {"key": "email"},
        {"fields": {"topic": None, "company": "Topic"}},
        {"encoding": "utf-8-bom"},
        {"language": "ja"},
        {"choices": True},
        {"system": "hubspot", "name": "csv"},
    ],
    ids=lambda change: next(iter(change)),
)
def test_a_changed_profile_means_every_lead_and_is_told(tmp_path, change):
    settings = {"system": "csv", "fields": {"topic": "Topic"}}
    before = profiles(tmp_path, settings)
    first = write(tmp_path, FIRST, scored(12))
    (file,) = export(before, first, FIRST)
    assert of_crm(file).plain == "crm-csv.csv: 12 rows, all leads"
    assert (first.path / CRM).stat().st_mode & 0o777 == 0o600
    (same,) = export(before, write(tmp_path, SECOND, scored(12)), SECOND)
    assert (same.rows, same.compared_with, same.is_other) == (0, FIRST, False)

    rest = {name: value for name, value in change.items() if name not in ("language", "choices")}
    if "system" in change:
        settings = {}
    after = profiles(tmp_path, {**settings, **rest}, language=change.get("language", "en"))
    if "choices" in change:
        words = {"open": "yes", "held": "no", "gone": "never"}
        fields = tuple(
            field.model_copy(update={"choices": words}) if field.source == "status" else field
            for field in after[0].fields
        )
        after = (dataclasses.replace(after[0], fields=fields),)
    third = scored(11)

    (file,) = export(after, write(tmp_path, THIRD, third), THIRD)

    with_key = 9 if "key" in change else 11  # every tenth has no e-mail address
    left = 1
    assert (file.rows, file.gone, file.compared_with) == (with_key + left, left, None)
    assert "the profile was changed: all leads" in of_crm(file).plain


def test_a_night_that_noted_no_profile_is_followed_by_every_lead(tmp_path):
    files = profiles(tmp_path, {"system": "csv"})
    folder = write(tmp_path, FIRST, scored(10))
    export(files, folder, FIRST)
    (folder.path / CRM).unlink()

    (file,) = export(files, write(tmp_path, SECOND, scored(10)), SECOND)

    assert (file.rows, file.compared_with, file.is_other) == (10, None, False)
    (tmp_path / SECOND.isoformat() / CRM).write_text("{")
    with pytest.raises(ConfigError, match=re.escape("Remove it; the next files then hold every")):
        export(files, write(tmp_path, THIRD, scored(10)), THIRD)


@pytest.mark.parametrize(
    ("system", "status", "held", "gone"),
    [
        ("salesforce", "Propensity_Status__c", "Held", "Gone"),
        ("hubspot", "propensity_status", "held", "gone"),
        ("marketo", "propensityStatus", "held", "gone"),
        ("csv", "Scoring", "scored, held back", "no longer scored"),
    ],
)
def test_a_lead_that_is_held_after_its_hand_over_says_so(tmp_path, system, status, held, gone):
    (profile,) = profiles(tmp_path, {"system": system})
    export([profile], write(tmp_path, FIRST, scored(9)), FIRST)
    # as the night scores it: over the line and handed over before, and nobody has it
    row = {"override": "hold", "decided_by": "hold", "owner": None, "respond_by": None}
    after = changed(scored(8), lead_00004=row)
    folder = write(tmp_path, SECOND, after)

    (file,) = export([profile], folder, SECOND)

    told = {next(iter(row.values())): row[status] for row in rows_of(folder.path / file.name)}
    assert told == {"lead-00004": held, "lead-00008": gone}
    names = {field.source: field.name for field in profile.fields}
    choices = {status: {held, gone}, "Trend": {"steady", "not known"}} if system == "csv" else None
    assert refused(folder.path / file.name, system, names=names, choices=choices) == []


@pytest.mark.parametrize(
    ("language", "plus", "minus", "expected"),
    [
        (
            "ja",
            ["資料請求：1回（平均的なら0.4%）。", "業種：金融。"],
            ["来訪：なし。"],
            "プラス要因：資料請求：1回（平均的なら0.4%） / 業種：金融。マイナス要因：来訪：なし。",
        ),
        ("ja", ["業種：金融。"], [], "プラス要因：業種：金融。"),
        ("ja", [], ["来訪：なし。", "業種：金融"], "マイナス要因：来訪：なし / 業種：金融。"),
        (
            "en",
            ["Visits: 3. Lifts it."],
            ["No visit."],
            "For: Visits: 3. Lifts it. Against: No visit.",
        ),
    ],
)
def test_no_sentence_mark_is_doubled(tmp_path, language, plus, minus, expected):
    (profile,) = profiles(tmp_path, {"system": "salesforce"}, language=language)
    told = {
        "reasons_for": [reason(text) for text in plus],
        "reasons_against": [reason(text) for text in minus],
    }
    folder = write(tmp_path, FIRST, changed(scored(1), lead_00000=told))

    (file,) = export([profile], folder, FIRST)

    (row,) = rows_of(folder.path / file.name)
    assert row["Propensity_Reasons__c"] == expected


def test_cp932_holds_what_japanese_companies_are_called(tmp_path):
    settings = {"system": "csv", "encoding": "cp932", "fields": {"company": "会社名①"}}
    (profile,) = profiles(tmp_path, settings, language="ja")
    folder = write(tmp_path, FIRST, scored(16))

    (file,) = export([profile], folder, FIRST)

    rows = rows_of(folder.path / file.name, "cp932")
    assert rows[0]["会社名①"] == "①髙橋㈱ ～ －"
    assert rows[5]["会社名①"] == "寿司〓 葛城"
    assert rows[13]["会社名①"] == "寿司〓 葛城"
    text = (folder.path / file.name).read_bytes().decode("cp932")
    assert file.replaced == text.count("〓")
    assert rows[0]["対応期限"] == "2025-03-20 17:30"
    assert rows[0]["スコアの有無"] == "あり"


#: What CP932 has under another number, or drops, written out here a second time.
DROPPED = ["\u200b", "\u200d", "\ufeff", *map(chr, [*range(0xFE00, 0xFE10)]), "\U000e0100"]
TWINS = list("\u301c\u2212\u2016\u2014\u2013\u00a0\u00a2\u00a3\u00ac\u00a6\u00a5")
STARTS = ["=", "+", "-", "@", "\t=", "\r@", "＝", "＋", "－", "＠", "\u2013", "\u2212", "\u00a0="]


@pytest.mark.parametrize("as_key", [False, True], ids=["text", "key"])
def test_nothing_that_cp932_drops_hides_a_formula(tmp_path, as_key):
    texts = [
        f"{before}{replaced}{between}{start}cmd{number}"
        for number, (replaced, start) in enumerate(itertools.product([*DROPPED, *TWINS], STARTS))
        for before in ("", " ", "\u200b")
        for between in ("", " ", "\ufe0f")
    ]
    frame = scored(1).to_pylist() * len(texts)
    rows = [
        {**row, "lead_id": f"lead-{n}", "company": text}
        for n, (row, text) in enumerate(zip(frame, texts, strict=True))
    ]
    settings = {"system": "csv", "encoding": "cp932", "fields": {"company": "会社名"}}
    if as_key:
        settings |= {"key": "company", "fields": {"key": "会社名"}}
    (profile,) = profiles(tmp_path, settings)
    folder = write(tmp_path, FIRST, pa.Table.from_pylist(rows, schema=scored(1).schema))

    (file,) = export([profile], folder, FIRST)

    cells = [row["会社名"] for row in rows_of(folder.path / file.name, "cp932")]
    assert [cell for cell in cells if FORMULA.match(cell)] == []
    if as_key:
        assert 0 < len(cells) < len(texts)
        assert len(cells) + file.doubled + file.unsafe == len(texts)
        assert not any(cell.startswith("'") for cell in cells), "a key was changed"
    else:
        assert len(cells) == len(texts)
        assert sum(cell.startswith("'") for cell in cells) > len(texts) / 2


def test_a_heading_is_no_formula_in_cp932_either(tmp_path):
    settings = {"system": "csv", "encoding": "cp932", "fields": {"company": "\ufe0f=1+1"}}
    folder = write(tmp_path, FIRST, scored(1))

    (file,) = export(profiles(tmp_path, settings), folder, FIRST)

    assert "'=1+1" in rows_of(folder.path / file.name, "cp932")[0]


def test_a_key_that_cp932_cannot_hold_is_left_out(tmp_path):
    settings = {"system": "csv", "encoding": "cp932", "key": "company"}
    (profile,) = profiles(tmp_path, settings)
    names = ["🍣", "🍺", "a\u200b", "a", "髙〜"]
    rows = [
        {**row, "company": name} for row, name in zip(scored(5).to_pylist(), names, strict=True)
    ]
    folder = write(tmp_path, FIRST, pa.Table.from_pylist(rows, schema=scored(5).schema))

    (file,) = export([profile], folder, FIRST)

    written = [row["Lead ID"] for row in rows_of(folder.path / file.name, "cp932")]
    assert written == ["a", "髙～"]
    assert (file.unsafe, file.doubled, file.replaced) == (2, 1, 0)


def test_leads_that_a_system_cannot_tell_apart_are_counted(tmp_path):
    (profile,) = profiles(
        tmp_path, {"system": "hubspot", "key": "email", "fields": {"key": "email"}}
    )
    table = changed(
        scored(12),
        lead_00002={"email": "a1@example.com"},
        lead_00003={"email": "=1+1"},
        lead_00004={"email": "y" * 300},
    )
    folder = write(tmp_path, FIRST, table)

    (file,) = export([profile], folder, FIRST)

    rows = rows_of(folder.path / file.name)
    assert [row["email"] for row in rows] == [f"a{n}@example.com" for n in (1, 5, 6, 7, 8, 9, 11)]
    assert (file.without_key, file.doubled, file.unsafe) == (2, 1, 2)
    chance = table["probability"][1].as_py() * 100
    assert float(rows[0]["propensity_chance"]) == pytest.approx(chance, abs=0.051)


def test_a_file_is_divided_where_the_system_reads_no_larger_ones(tmp_path):
    (profile,) = profiles(tmp_path, {"system": "marketo"})
    small = profile.system.model_copy(update={"most_bytes": 3_000, "most_rows": 9})
    object.__setattr__(profile, "system", small)
    folder = write(tmp_path, FIRST, scored(60))
    (whole,) = export([profile], folder, FIRST)
    parts = sorted(folder.path.glob("crm-marketo*.csv"))
    assert len(parts) == whole.parts > 5

    rows = [row for part in parts for row in rows_of(part)]

    assert {row["propensityLeadId"] for row in rows} == {f"lead-{n:05d}" for n in range(60)}
    assert len(rows) == 60
    assert all(part.stat().st_size <= 3_000 for part in parts)
    object.__setattr__(profile, "system", system_of("marketo"))
    export([profile], folder, FIRST)
    assert sorted(folder.path.glob("crm-marketo*.csv")) == [folder.path / "crm-marketo.csv"]


def test_the_same_night_gives_the_same_bytes(tmp_path):
    files = profiles(tmp_path, *({"system": system} for system in SYSTEMS))
    export(files, write(tmp_path, FIRST, scored(20)), FIRST)
    folder = write(tmp_path, SECOND, scored(20, 1))

    def made():
        export(files, folder, SECOND)
        return {path.name: path.read_bytes() for path in folder.path.glob("crm-*.csv")}

    assert made() == made()
    assert len(made()) == len(SYSTEMS)


@pytest.mark.parametrize(
    ("crm", "expected"),
    [
        ({"system": "hubspott"}, "'hubspot', 'salesforce', 'dynamics', 'marketo' or 'csv'"),
        (
            {"system": "hubspot", "fields": {"company": "propensity_grade"}},
            "'propensity_grade' is named twice, for grade, company",
        ),
        ({"system": "csv", "fields": {"phone": "tel"}}, "'phone' is no column of the scored file"),
        ({"system": "csv", "key": "phone"}, "key: 'phone' is no column of the scored file"),
        ({"system": "csv", "fields": {"key": None}}, "the system finds leads by it"),
        ({"system": "marketo", "encoding": "cp932"}, "marketo reads UTF-8"),
        ({"system": "csv", "fields": {"company": "a\nb"}}, "names on one line"),
    ],
)
def test_a_file_that_cannot_be_is_refused_before_the_night(tmp_path, crm, expected):
    with pytest.raises(ConfigError, match=re.escape(expected)):
        profiles(tmp_path, crm)


def test_two_files_of_one_name_are_refused(tmp_path):
    with pytest.raises(ConfigError, match=re.escape("two files are called crm-csv.csv")):
        profiles(tmp_path, {"system": "csv"}, {"system": "csv"})
    assert len(profiles(tmp_path, {"system": "csv"}, {"system": "csv", "name": "sansan"})) == 2


def test_every_system_that_may_be_named_has_a_schema():
    names = CrmSettings.model_json_schema()["properties"]["system"]["enum"]

    assert tuple(names) == SYSTEMS
    for name in names:
        fields = schema_of(name)["fields"]
        assert fields[0]["source"] == "key"
        assert fields[0]["required"]
