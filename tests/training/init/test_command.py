"""`propensity init`: one configuration from the files it is given, its guesses marked, its gaps
left open.
"""

import re
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import yaml

from features.errors import ConfigError
from propensity.config.config import Config, load, parse
from training.init.command import propose, write
from training.init.draft_config import quoted

LEADS = pd.DataFrame(
    {
        "lead_id": [f"L{i}" for i in range(60)],
        "created_at": [f"2024-01-{1 + i % 28:02d} 09:00" for i in range(60)],
        "業種": ["IT", "製造", "小売"] * 20,
        "lead source": ["web", "fair"] * 30,
        "visits": range(60),
        "owner": [f"rep {i % 4}" for i in range(60)],
        "e-mail": [f"p{i}@firm{i}.example" for i in range(60)],
        "budget": ["yes", "no", ""] * 20,
        "memo": [
            f"a long story about lead number {i} that nobody will ever read to its end"
            for i in range(60)
        ],
        'odd "name" [JPY]: #1 🔥': ["Select", "a", "b"] * 20,
    }
)
EVENTS = pd.DataFrame(
    {
        "lead_id": [f"L{i % 60}" for i in range(240)],
        "occurred_at": [f"2024-02-{1 + i % 28:02d} 10:00" for i in range(240)],
        "event_type": ["page_view", "email_sent", "call_made", "X_one", "X_two", "other"] * 40,
        "value": [1.5] * 240,
        "page": ["/a", "/b"] * 120,
    }
)
OUTCOMES = pd.DataFrame(
    {
        "lead_id": [f"L{i}" for i in range(40)],
        "closed_at": [f"2024-03-{1 + i % 28:02d} 11:00" for i in range(40)],
        "won": ["yes", "no"] * 20,
        "lost_reason": ["", "price"] * 20,
        "mql_at": [f"2024-02-{1 + i % 28:02d} 11:00" for i in range(40)],
    }
)


@pytest.fixture
def files(tmp_path) -> list[Path]:
    for name, frame in {"leads": LEADS, "events": EVENTS, "outcomes": OUTCOMES}.items():
        frame.to_csv(tmp_path / f"{name}.csv", index=False)
    return [tmp_path / "events.csv", tmp_path / "outcomes.csv", tmp_path / "leads.csv"]


def decided(text: str, **values: Any) -> str:
    """The text with its open lines filled in."""
    for key, value in values.items():
        text = re.sub(
            rf"(?m)^(\s*\"?{re.escape(key)}\"?:)\s*(# you decide.*)$", rf"\1 {value}  \2", text
        )
    return text


THREE = {
    "until": "closed",
    "stale_after_days": 30,
    "horizon_days": 28,
    "timezone": "Asia/Tokyo",
    "X_*": "sales",
}


def test_the_tables_are_told_apart_by_their_columns(files, tmp_path):
    raw = yaml.safe_load(propose(files, folder=tmp_path))["input"]
    assert {name: raw[name]["path"] for name in ("leads", "events", "outcomes")} == {
        "leads": "leads.csv",
        "events": "events.csv",
        "outcomes": "outcomes.csv",
    }
    assert raw["events"]["columns"]["value"] == "value"
    assert raw["outcomes"]["won_values"] == ["yes"]
    assert raw["outcomes"]["stages"] == {"mql": "mql_at"}


def test_columns_go_where_their_names_and_counts_say(files, tmp_path):
    columns = yaml.safe_load(propose(files, folder=tmp_path))["columns"]
    assert columns == {
        "fit": ["業種", 'odd "name" [JPY]: #1 🔥'],
        "interest": ["lead source", "visits"],
        "hearing": ["budget"],
        "carry": ["owner"],
        "ignore": ["e-mail", "memo"],
    }


def test_the_file_loads_once_the_open_lines_are_decided(files, tmp_path):
    text = propose(files, folder=tmp_path)
    with pytest.raises(ConfigError, match=r"population\.until"):
        parse(yaml.safe_load(text), base=tmp_path)
    config = parse(yaml.safe_load(decided(text, other="lead", **THREE)), base=tmp_path)
    assert config.behaviour.actors == {
        "call_made": "sales",
        "email_sent": "marketing",
        "page_view": "lead",
        "X_*": "sales",
        "other": "lead",
    }


def test_values_that_say_nothing_was_chosen_are_missing_values(files, tmp_path):
    assert (
        yaml.safe_load(propose(files, folder=tmp_path))["input"]["missing_values"][-1] == "Select"
    )


def test_the_step_between_snapshots_comes_with_the_share_of_wins_it_sees(files, tmp_path):
    text = propose(files, folder=tmp_path)
    assert re.search(r"every_days: 30  # guess: \d+% of the wins are seen by a snapshot", text)


def test_every_guess_says_why(files, tmp_path):
    comments = re.findall(r"# guess(.*)", propose(files, folder=tmp_path))
    assert comments
    assert all(re.match(r": \S+|` lines", comment) for comment in comments)


def test_cp932_and_semicolons_are_recognised(tmp_path):
    frame = LEADS[["lead_id", "業種"]].assign(受注=["1", "0"] * 30)
    frame.to_csv(tmp_path / "x.csv", index=False, sep=";", encoding="cp932")
    text = propose([tmp_path / "x.csv"], folder=tmp_path)
    raw = yaml.safe_load(text)["input"]["flat"]
    assert "# read: x.csv: cp932" in text
    assert "# read: x.csv: cells parted by semicolons" in text
    assert raw["columns"] == {"lead_id": "lead_id", "outcome": "受注"}


def test_what_values_leave_open_is_left_to_people_with_the_answers(tmp_path):
    frame = LEADS[["lead_id", "業種"]].assign(seen=["01/02/2024"] * 60, 受注=["1", "0"] * 30)
    frame.to_csv(tmp_path / "x.csv", index=False)
    text = propose([tmp_path / "x.csv"], folder=tmp_path)
    assert '      "seen":  # you decide: dd/mm/yyyy or mm/dd/yyyy; ' in text
    assert yaml.safe_load(text)["input"]["flat"]["formats"] == {"seen": None}
    assert "timezone:  # you decide" in text


def test_a_flat_table_without_time_leaves_the_order_to_people(tmp_path):
    LEADS[["業種"]].assign(won=[1, 0] * 30).to_csv(tmp_path / "x.csv", index=False)
    text = propose([tmp_path / "x.csv"], folder=tmp_path)
    config = parse(yaml.safe_load(decided(text, order="random")), base=tmp_path)
    assert config.split is not None
    assert config.split.order == "random"


def test_an_existing_file_is_never_overwritten(files, tmp_path):
    target = tmp_path / "propensity.yaml"
    target.write_text("mine", encoding="utf-8")
    with pytest.raises(ConfigError, match=r"propensity\.yaml exists already and stays as it is"):
        write(files, target)
    assert target.read_text(encoding="utf-8") == "mine"


def test_what_is_left_to_decide_is_listed(files, tmp_path):
    lines = write(files, tmp_path / "propensity.yaml")
    assert re.match(
        r"Wrote .*propensity\.yaml: \d+ guesses to confirm, 6 lines to decide\.", lines[0]
    )
    assert any("horizon_days" in line for line in lines)


def test_several_files_of_one_table_are_asked_for_as_a_pattern(files, tmp_path):
    EVENTS.to_csv(tmp_path / "events_2.csv", index=False)
    with pytest.raises(ConfigError, match=r'as one pattern in quotes, such as "events_\*\.csv"'):
        propose([*files[1:], tmp_path / "events.csv", tmp_path / "events_2.csv"])
    raw = yaml.safe_load(propose([*files[1:], tmp_path / "events*.csv"], folder=tmp_path))
    assert raw["input"]["events"]["path"] == "events*.csv"


def test_tables_that_nothing_joins_are_refused(tmp_path):
    pd.DataFrame({"a": [1, 2]}).to_csv(tmp_path / "a.csv", index=False)
    pd.DataFrame({"b": [1, 2]}).to_csv(tmp_path / "b.csv", index=False)
    with pytest.raises(ConfigError, match="No column joins these tables"):
        propose([tmp_path / "a.csv", tmp_path / "b.csv"])


@pytest.mark.parametrize(
    "text", ['a "b"', "日本 🔥", "a: b # c", "- x", "line\nbreak", "\x07", "{{x}}", "'", "\\", "*a"]
)
def test_any_name_survives_as_yaml(text):
    assert yaml.safe_load(quoted(text)) == text


def test_x_education_is_recognised(shared_data):
    raw = yaml.safe_load(propose([shared_data / "x_education" / "Leads.csv"], folder=shared_data))
    assert raw["input"]["flat"]["columns"]["outcome"] == "Converted"
    assert raw["split"]["order"] == "rows_newest_first"
    assert "Tags" in raw["columns"]["ignore"]
    assert "Lead Source" in raw["columns"]["interest"]
    assert "Specialization" in raw["columns"]["fit"]


def test_bpic2012_is_recognised(shared_data):
    folder = shared_data / "bpic2012"
    paths = [folder / f"{name}.parquet" for name in ("events", "leads", "outcomes")]
    text = decided(
        propose(paths, folder=folder), until="closed", stale_after_days=60, horizon_days=14
    )
    raw = yaml.safe_load(decided(text, **{"W_*": "sales", "A_*": "lead", "O_*": "lead"}))
    config = parse(raw, base=folder)
    assert config.columns.fit == ("amount_requested",)
    assert config.snapshots is not None
    assert config.snapshots.every_days == 7


TEMPLATE = Path(__file__).resolve().parents[3] / "configs" / "template.yaml"
OPEN = {**THREE, "name": "leads", "every_days": 7}


def keys_of(model: Any) -> set[str]:
    """Every key of a section and the sections in it."""
    found: set[str] = set()
    for name, part in model.model_json_schema().get("$defs", {}).items():
        assert name
        found |= set(part.get("properties", {}))
    return found | set(model.model_fields)


def test_the_template_explains_every_key():
    text = TEMPLATE.read_text(encoding="utf-8")
    written = set(re.findall(r"(?m)^[\s#-]*([a-z_]+):", text)) | {"axes"}
    assert keys_of(Config) - written == set()


def test_every_key_of_the_template_has_a_comment():
    lines = TEMPLATE.read_text(encoding="utf-8").splitlines()
    keys = [line for line in lines if re.match(r"^\s+[a-z_]+:\s*\S", line)]
    repeated = ("path:", "delay_days: 0", "lead_id: lead_id")
    bare = [line for line in keys if "#" not in line and not line.strip().startswith(repeated)]
    assert bare == []


def test_the_template_loads_once_the_open_lines_are_decided(tmp_path):
    text = TEMPLATE.read_text(encoding="utf-8")
    (tmp_path / "open.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError, match=r"goal\.horizon_days"):
        load(tmp_path / "open.yaml")
    (tmp_path / "decided.yaml").write_text(decided(text, **OPEN), encoding="utf-8")
    assert load(tmp_path / "decided.yaml").name == "leads"


def test_the_defaults_in_the_template_are_the_defaults(tmp_path):
    text = decided(TEMPLATE.read_text(encoding="utf-8"), **OPEN)
    config = parse(yaml.safe_load(text), base=tmp_path)
    for section in ("features", "learner", "output"):
        written = getattr(config, section)
        default = type(written)()
        same = {"path", "quarantine"}
        assert written.model_dump(exclude=same) == default.model_dump(exclude=same), section
    assert (
        config.input.outcomes.won_values
        == type(config.input.outcomes).model_fields["won_values"].default
    )


def test_the_flat_part_of_the_template_loads_too(tmp_path):
    text = decided(TEMPLATE.read_text(encoding="utf-8"), **OPEN)
    flat = re.search(r"(?ms)^  # flat:.*?^  # -----", text)
    split = re.search(r"(?ms)^# split:.*?\n\n", text)
    assert flat
    assert split
    block = re.sub(r"(?m)^  # ", "  ", flat.group(0).rsplit("\n", 1)[0])
    raw = yaml.safe_load(
        "name: x\ninput:\n" + block + "\n" + re.sub(r"(?m)^# ?", "", split.group(0))
    )
    assert parse(raw, base=tmp_path).input.is_flat
