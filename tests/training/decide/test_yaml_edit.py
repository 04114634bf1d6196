"""Values change in a YAML text, and nothing else does."""

import pytest
import yaml

from training.decide.yaml_edit import has, scalar, with_items, with_value, without_item, without_key

TEXT = """\
# Kept.
review_by: 2025-07-01   # the day
qualifiers:
  # why this one
  - {name: 20 or more, rule: employees >= 20, because: budget}  # of last year
  - name: in Japan
    rule: >
      country =
      "日本"
    because: we sell here
required_info: [{column: a, because: b}, {column: c, because: d}]

mql:
  enter: 0.075          # chosen with `propensity threshold`
  because: enough
signed:
  - {role: sales, name: S. Abe, at: 2025-01-01T00:00:00+00:00}
# after
stages: []
"""


def test_only_the_value_changes():
    found = with_value(TEXT, ["mql", "enter"], 0.08)

    assert found == TEXT.replace("enter: 0.075 ", "enter: 0.08 ")


@pytest.mark.parametrize(
    "value", ['a "quoted" rule # not a comment', "改行\nあり", "{", "- x", "= 1", "\u2028\x07"]
)
def test_a_text_comes_back_as_it_was(value):
    flow = with_value(TEXT, ["qualifiers", 0, "rule"], value)
    block = with_value(TEXT, ["qualifiers", 1, "rule"], value)

    assert yaml.safe_load(flow)["qualifiers"][0]["rule"] == value
    assert yaml.safe_load(block)["qualifiers"][1] == {
        "name": "in Japan",
        "rule": value,
        "because": "we sell here",
    }
    assert "# of last year" in flow
    assert yaml.safe_load(scalar(value)) == value


def test_an_item_goes_and_its_neighbours_stay():
    first, second = without_item(TEXT, ["qualifiers"], 0), without_item(TEXT, ["qualifiers"], 1)

    assert [item["name"] for item in yaml.safe_load(first)["qualifiers"]] == ["in Japan"]
    assert [item["name"] for item in yaml.safe_load(second)["qualifiers"]] == ["20 or more"]
    assert yaml.safe_load(without_item(second, ["qualifiers"], 0))["qualifiers"] == []
    for place, left in ((0, "c"), (1, "a")):
        needed = yaml.safe_load(without_item(TEXT, ["required_info"], place))["required_info"]
        assert [item["column"] for item in needed] == [left]


def test_a_key_goes_with_all_that_stands_under_it():
    found = without_key(TEXT, "signed")

    assert "signed" not in yaml.safe_load(found)
    assert "# after" in found
    assert found.startswith(TEXT[: TEXT.index("signed:")])


def test_a_list_is_made_and_then_grows():
    one = with_items(TEXT, "changes", [{"kind": "cut", "about": "fit A|B"}], comment="changed")
    two = with_items(one, "changes", [{"kind": "line", "about": ""}], comment="changed")

    assert yaml.safe_load(one)["changes"] == [{"kind": "cut", "about": "fit A|B"}]
    assert yaml.safe_load(two)["changes"] == [
        {"kind": "cut", "about": "fit A|B"},
        {"kind": "line", "about": ""},
    ]
    assert one.startswith(TEXT.rstrip())
    assert two.count("# changed") == 1


def test_a_place_that_is_not_there_is_told():
    assert not has(TEXT, ["axes"])
    with pytest.raises(KeyError):
        with_value(TEXT, ["mql", "leave"], 1.0)
