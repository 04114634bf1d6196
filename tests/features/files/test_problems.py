"""What is wrong with a file that people wrote: a key left empty becomes the question it asks."""

from datetime import date, datetime
from typing import Annotated, Any, Literal

import pytest
from pydantic import Field, ValidationError

from features.files.problems import explained
from features.settings import StrictModel
from propensity.config.config import Config

RAW: dict[str, Any] = {
    "name": "small",
    "input": {"leads": {"path": "leads.csv"}, "outcomes": {"path": "outcomes.csv"}},
    "population": {"until": "closed", "stale_after_days": 90},
    "goal": {"horizon_days": 30},
    "snapshots": {"every_days": 30},
}


def left_empty(*path):
    """What is said about a configuration in which one key has no value."""
    raw: dict[str, Any] = {k: dict(v) if isinstance(v, dict) else v for k, v in RAW.items()}
    place = raw
    for key in path[:-1]:
        place[key] = dict(place.get(key) or {})
        place = place[key]
    place[path[-1]] = None
    with pytest.raises(ValidationError) as raised:
        Config.model_validate(raw)
    return [line for line in explained(raised.value, Config) if line.startswith(".".join(path))]


@pytest.mark.parametrize(
    ("path", "asked"),
    [
        (("population", "until"), "a text. The stage that ends a lead's time in the population"),
        (("population", "stale_after_days"), "a whole number. Silent days after which"),
        (("input", "outcomes", "won_values"), "a list, such as [a, b]. Remove the line to take"),
        (("input", "outcomes", "columns", "closed_at"), "a text."),
        (("behaviour", "actors", "visit"), "one of lead, sales, marketing. Pattern of event type"),
        (("columns", "fit"), "a list, such as [a, b]."),
        (("gate", "confidence"), "a number."),
        (("input",), "its keys below it."),
    ],
)
def test_a_key_left_empty_names_what_to_write(path, asked):
    (said,) = left_empty(*path)

    assert said.startswith(f"{'.'.join(path)}: left empty: you decide. Expected {asked}")


class Row(StrictModel):
    who: str | None = None
    many: int = 1
    name: Annotated[str, Field(pattern="^[a-z]+$")] = "a"
    decision: Literal["keep", "reject"] | None = None
    at: date | datetime | None = None


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        (
            {"who": False},  # `no` without quotes
            "who: expected a text, got False (without quotes yes, no, on and off mean true and"
            " false: put the text in quotes)",
        ),
        ({"who": 7}, "who: expected a text, got 7 (put the text in quotes)"),
        ({"many": "one"}, "many: expected a whole number, got 'one'"),
        (
            {"name": "a <b>"},
            "name: expected a text to match pattern '^[a-z]+$', got 'a <b>'",
        ),
        ({"many": 1.5}, "many: expected a whole number, got 1.5"),
        ({"decision": "Keep"}, "decision: expected 'keep' or 'reject', got 'Keep'"),
        ({"at": "12/31/2025"}, "at: expected a day, such as 2025-04-01, got '12/31/2025'"),
    ],
)
def test_what_came_stands_beside_what_was_expected_once(raw, said):
    with pytest.raises(ValidationError) as raised:
        Row.model_validate(raw)

    assert list(explained(raised.value, Row)) == [said]


def test_a_section_left_empty_may_be_removed():
    (said,) = left_empty("learner")

    assert said.endswith("Write its keys below it, or remove it: then its defaults hold.")


def keys(model, path=()):
    """Every key of the configuration that takes no null, by its path."""
    schema = model.model_json_schema()
    found = []

    def walk(section, path):
        for name, written in section.get("properties", {}).items():
            found.append((*path, name))
            ref = written.get("$ref") or next(
                (part["$ref"] for part in written.get("anyOf", ()) if "$ref" in part), None
            )
            if ref and len(path) < 2:
                walk(schema["$defs"][ref.rpartition("/")[2]], (*path, name))

    walk(schema, path)
    return found


def test_no_key_left_empty_is_answered_in_the_words_of_a_library():
    said = []
    for path in keys(Config):
        try:
            said += left_empty(*path)
        except BaseException as nothing_raised:
            if "DID NOT RAISE" not in str(nothing_raised):
                raise

    assert len(said) > 60
    assert not [line for line in said if "Input should" in line or "None" in line]
