"""A preset speaks of events by the names they have here, or says that there are none."""

import yaml

from features.intake import open_store
from features.rules import parse
from features.settings import ColumnSettings, InputSettings
from features.spec import EventReading
from features.store import Store
from training.definition.preset import fitted_preset, preset_text
from training.definition.write import PRESETS


def store_with(tmp_path, *types):
    """A store whose leads did such events."""
    (tmp_path / "leads.csv").write_text("lead_id,created_at\n1,2025-01-01\n", encoding="utf-8")
    rows = "".join(f'1,2025-01-0{k},"{name}"\n' for k, name in enumerate(types, start=2))
    (tmp_path / "events.csv").write_text(
        f"lead_id,occurred_at,event_type\n{rows}", encoding="utf-8"
    )
    given = InputSettings.model_validate(
        {
            "timezone": "UTC",
            "leads": {"path": str(tmp_path / "leads.csv")},
            "events": {"path": str(tmp_path / "events.csv")},
        }
    )
    return open_store(given, ColumnSettings(), purpose="score", quarantine=None)


READING = EventReading(actors={"*": "lead"})


def fitted(store: Store, name="japan-demo"):
    with store:
        return fitted_preset(name, store, READING)


def rules_of(text):
    return [item["rule"] for listed in yaml.safe_load(text).values() for item in listed]


def test_a_pattern_that_matches_stays(tmp_path):
    found = fitted(store_with(tmp_path, "Demo Request (web)", "unsubscribed"))

    assert found.renamed == {}
    assert found.text == preset_text("japan-demo").strip()


def test_names_that_differ_in_spaces_hyphens_and_case_are_meant(tmp_path):
    found = fitted(store_with(tmp_path, "demo_request", "DEMO-Request-Form", "un_subscribe"))

    assert set(found.renamed["demo request*"]) == {"demo_request", "DEMO-Request-Form"}
    assert found.renamed["unsubscribe*"] == ("un_subscribe",)
    assert any('did ("' in rule and "demo_request" in rule for rule in rules_of(found.text))


def test_a_name_full_of_quotes_is_still_a_rule_and_yaml(tmp_path):
    found = fitted(store_with(tmp_path, "demo_request 'x' {y}"))

    rules = rules_of(found.text)
    assert found.renamed["demo request*"] == ("demo_request 'x' {y}",)
    assert all(map(parse, rules))


def test_what_is_called_otherwise_stays_and_nothing_is_guessed(tmp_path):
    for name in PRESETS:
        found = fitted(store_with(tmp_path, "page_view"), name)

        assert found.text == preset_text(name).strip()
