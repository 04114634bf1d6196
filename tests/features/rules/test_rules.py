"""Rules on stores as real exports make them: odd names, odd values, history, flat tables; and what
is refused.
"""

from typing import Any

import pytest

from features.errors import DataError
from features.intake import open_store
from features.population import flat_rows
from features.rules import doubts, evaluate, parse, prepare_rules, problems
from features.settings import ColumnSettings, InputSettings
from features.spec import EventReading
from tests.features.rules.rule_worlds import ODD_NAME, READING, Close, Event, Lead, World, as_rows

DAY = 19_700
VALUES = (5000.0, "金融 ㈱", None, DAY + 5, 3.0, DAY + 90, "5,000 people")
WORLD = World(
    (
        Lead(DAY, VALUES, (Close(DAY + 10, DAY + 12, won=False, reason="No budget"),)),
        Lead(DAY, (None,) * 7),
    ),
    (
        Event(0, DAY + 20, DAY + 20, "visit", "/price/list", "ＰＰＣ"),
        Event(0, DAY + 20, DAY + 20, "visit", "/blog", None),
        Event(0, DAY + 22, DAY + 22, "mail sent"),
    ),
)


def says(
    text: str, *, world: World = WORLD, row=(0, 2, DAY + 30), reading: EventReading = READING
) -> int:
    with world.store() as store:
        rules = [parse(text)]
        prepare_rules(store, rules, reading)
        return int(evaluate(store, as_rows([row]), rules)[0, 0])


def name(text: str) -> str:
    return '"' + text.replace('"', '""') + '"'


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('業種 = "金融　(株)"', 1),  # full width, half width and case are one
        ('業種 like "*(株)"', 1),
        ('業種 like "[金]*"', 0),  # brackets are no wildcards
        ('業種 like "%"', 0),  # nor are SQL's
        ('業種 = "\' OR 1=1 --"', 0),
        ('title = "boss"', -1),
        ('not title = "boss"', -1),
        ('title != "boss"', -1),
        ("title is unknown", 1),
        ('SIZE = "5000"', 1),  # a name spelled otherwise, a number written as a text
        ("size like '50*'", 1),
        ("業種 > 3", -1),  # no number
        (f"{name(ODD_NAME)} = 3", 1),
        (f"hearing {name(ODD_NAME)} >= 2.5", 1),
        (f"founded <= {'2023-12-14'}", 1),
        ("founded is known and plan is known", 1),  # a plan may lie ahead
        ('plan like "2024-03-*"', 1),
        ('did "visit" at least 2 times', 1),
        ('did "visit" exactly 2 times in 10 days', 1),  # the tenth day before counts
        ('did "visit" at least 1 time in 9 days', 0),
        ('did "prices"', 1),  # a group of the configuration
        ('did "visit" detail "*" through "ppc"', 1),
        ('did "visit" through "*" at least 2 times', 0),  # without a channel, no pattern matches
        ('did "mail sent"', 0),  # not the lead's own
        ('received "mail*"', 1),
        ('received "mail*" without answer', 1),
        ('silent 10 days after "visit"', 1),
        ('silent 11 days after "visit"', 0),
        ('silent 1 day after "demo"', 0),
        ('lost because "*BUDGET"', 1),
        ("lost in 19 days", 0),
        ("lost in 20 days", 1),
        ("lead age = 30 days", 1),
        ("at least 1 of (title = 'x', size = 5000)", 1),
        ("at least 2 of (title = 'x', size = 5000)", -1),
        ("at least 2 of (title = 'x', size = 1)", 0),
    ],
)
def test_a_condition_says_of_a_lead(text, expected):
    assert says(text) == expected


def test_a_date_at_or_after_the_as_of_is_unknown_unless_somebody_asked_for_it():
    assert says("founded is known", row=(0, 1, DAY + 5)) == 0
    assert says("founded is known", row=(0, 1, DAY + 6)) == 1
    assert says("plan is known", row=(0, 1, DAY + 6)) == 1


def test_a_loss_counts_once_it_was_recorded_and_only_for_later_episodes():
    assert says("lost", row=(0, 2, DAY + 12)) == 0
    assert says("lost", row=(0, 2, DAY + 13)) == 1
    assert says("lost", row=(0, 1, DAY + 13)) == 0


def test_hostile_names_and_values_are_plain_text():
    with WORLD.store() as store:
        hostile = parse(
            f"{name(ODD_NAME)} is known and did \"'); DROP TABLE events; --\" detail \"' OR ''='\""
        )
        prepare_rules(store, [hostile], EventReading(actors={"'*": "sales", "*": "lead"}))
        assert evaluate(store, as_rows([(0, 1, DAY + 30)]), [hostile]).tolist() == [[0]]
        assert store.rows("events") == 3


def test_a_pattern_of_many_stars_is_no_trap():
    trap = World((Lead(DAY, (None, "a" * 5_000, *[None] * 5)),))
    assert says(f'業種 like "{"*a" * 500}b"', world=trap, row=(0, 1, DAY + 1)) == 0


def test_rules_prepared_before_stay_prepared():
    first, second = parse('did "visit"'), parse('received "mail*"')
    with WORLD.store() as store:
        prepare_rules(store, [first], READING)
        prepare_rules(store, [second], READING)
        both = evaluate(store, as_rows([(0, 1, DAY + 30)]), [second, first])
        assert both.tolist() == [[1, 1]]


def test_another_reading_of_the_events_is_another_answer():
    rule = parse('did "mail sent"')
    with WORLD.store() as store:
        for actor, expected in (("marketing", 0), ("lead", 1)):
            prepare_rules(store, [rule], EventReading(actors={"*": actor}))
            assert evaluate(store, as_rows([(0, 1, DAY + 30)]), [rule]).tolist() == [[expected]]


def test_no_rows_and_no_rules_are_fine():
    with WORLD.store() as store:
        prepare_rules(store, [], READING)
        assert evaluate(store, as_rows([(0, 1, DAY + 30)]), []).shape == (1, 0)
        assert evaluate(store, as_rows([]), [parse("lost")]).shape == (0, 1)


def test_a_rule_that_was_not_prepared_is_told():
    with (
        WORLD.store() as store,
        pytest.raises(ValueError, match=r"prepare_rules\(\) with every rule before"),
    ):
        evaluate(store, as_rows([(0, 1, DAY + 30)]), [parse('did "visit"')])


def test_behaviour_without_a_word_on_who_acts_is_refused():
    with pytest.raises(DataError, match=r"behaviour\.actors: rules ask what leads did"):
        says('did "visit"', reading=EventReading())


def test_every_absent_column_is_named_with_the_nearest_there_is():
    with WORLD.store() as store:
        rule = parse('siz > 1 and hearing 業種 = "x" and founding is known')
        assert problems(rule, store) == [
            "column `siz`: not in the data, or listed under `columns.ignore`; did you mean `size`?",
            (
                "hearing item `業種`: it stands under `columns.fit`; leave out the word `hearing`,"
                " or list it under `columns.hearing`"
            ),
            (
                "column `founding`: not in the data, or listed under `columns.ignore`; did you mean"
                " `founded`?"
            ),
        ]
        with pytest.raises(DataError, match="The rules cannot be evaluated: 3 problems"):
            prepare_rules(store, [rule], READING)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (
            "業種 > 3",
            "it holds texts, none of which is a number like 3; compare it with texts in quotes",
        ),
        (
            "size = 'many'",
            'it holds numbers, which never equal the text `"many"`; write a number without quotes',
        ),
        (
            "founded = 2020",
            "it holds dates, none of which is a number like 2020; compare it with a date",
        ),
        (
            "size > 2020-01-01",
            "it holds numbers, none of which is a date like 2020-01-01; compare it with a number",
        ),
        ("founded in ('soon')", "it holds dates, which never equal the text"),
    ],
)
def test_a_column_compared_with_another_kind_is_a_problem(text, words):
    with WORLD.store() as store:
        (problem,) = problems(parse(text), store)
    assert words in problem


def test_a_column_without_any_value_may_be_compared_with_anything():
    with WORLD.store() as store:
        assert problems(parse("title > 3 and title = 'x' and title = 2020-01-01"), store) == []
    assert says("title > 3") == -1


def test_words_that_nothing_is_called_are_doubted():
    with WORLD.store() as store:
        rule = parse(
            '業種 = "金融 (株" and did "vist" and did ("visit", "price") through "pcp" and received'
            ' "visit" and lost because "no budgt" and 業種 like "*保険*" and did "see"'
        )
        assert doubts(rule, store, READING) == [
            'no value of 業種 is `"金融 (株"`; did you mean `金融 ㈱`?',
            'no event of leads is like `"vist"`; did you mean `visit`?',
            'no event of leads is like `"price"`; did you mean `prices`?',
            'no channel is like `"pcp"`',
            'no event of sales or marketing is like `"visit"`',
            'no lost reason is like `"no budgt"`; did you mean `No budget`?',
            'no value of 業種 is like `"*保険*"`',
        ]


def opened(folder, columns: ColumnSettings, **tables: tuple[str, dict[str, Any]]):
    """The store of tables given as CSV text with the further keys of their sections."""
    for table, (text, _) in tables.items():
        (folder / f"{table}.csv").write_text(text, encoding="utf-8")
    sections = {
        table: {"path": str(folder / f"{table}.csv"), **keys} for table, (_, keys) in tables.items()
    }
    source = InputSettings.model_validate({**sections, "timezone": "UTC"})
    return open_store(source, columns, purpose="train", quarantine=None)


def test_rules_on_a_flat_table_see_its_columns_alone(tmp_path):
    text = (
        "id,won,day,size,title,founded\n"
        "1,1,2024-03-01,10,部長,2024-03-01\n"
        "2,0,2024-03-01,,,2024-03-02\n"
    )
    keys = {"columns": {"lead_id": "id", "outcome": "won", "time": "day"}}
    with opened(
        tmp_path, ColumnSettings(fit=("size", "title", "founded")), flat=(text, keys)
    ) as store:
        rules = [parse("size > 5"), parse('title like "*長"'), parse("founded is known")]
        prepare_rules(store, rules)
        assert evaluate(store, flat_rows(store), rules).tolist() == [[1, 1, 1], [-1, -1, 0]]
        for behaviour in ('did "x"', 'silent 3 days after "x"', "lost", "lead age > 3 days"):
            (problem,) = problems(parse(behaviour), store)
            assert "a flat table has no events" in problem
            with pytest.raises(DataError, match="a flat table has no events"):
                prepare_rules(store, [parse(behaviour)])


def test_dates_of_a_flat_table_without_a_time_are_as_they_are(tmp_path):
    text = "id,won,founded\n1,1,2024-03-01\n2,0,\n"
    keys = {"columns": {"lead_id": "id", "outcome": "won"}}
    with opened(tmp_path, ColumnSettings(fit=("founded",)), flat=(text, keys)) as store:
        assert evaluate(store, flat_rows(store), [parse("founded > 2024-01-01")]).tolist() == [
            [1],
            [-1],
        ]


def test_rules_read_what_the_intake_reads(tmp_path):
    asked = "予算 (聞いた)"
    leads = f"lead_id,created_at,size,{asked}\n"
    leads += "".join(f"{i},2024-01-0{i}T09:00Z,1,{i}00\n" for i in (1, 2, 3))
    events = "lead_id,occurred_at,event_type,detail,channel\n"
    events += "1,2024-01-05T09:00Z,資料 請求,/a,検索\n2,2024-01-05T09:00Z,資料　請求,/b,検索\n"
    source = {
        "leads": (leads, {}),
        "events": (events, {"columns": {"detail": "detail", "channel": "channel"}}),
        "outcomes": ("lead_id,closed_at,won\n1,2024-06-01T09:00Z,1\n2,2024-06-01T09:00Z,0\n", {}),
        "attribute_changes": (
            f"lead_id,changed_at,attribute,value\n3,2024-01-08T09:00Z,{asked},90\n",
            {"attributes": [asked]},
        ),
    }
    rules = [
        parse('did "資料 請求"'),
        parse('did "資料 請求" detail "/B" through "検*"'),
        parse(f'hearing "{asked}" >= 150'),
    ]
    with opened(tmp_path, ColumnSettings(fit=("size",), hearing=(asked,)), **source) as store:
        prepare_rules(store, rules, EventReading(actors={"*": "lead"}))
        before, after = (
            evaluate(store, as_rows([(i, 1, DAY + day) for i in range(3)]), rules).tolist()
            for day in (29, 31)
        )
    assert before == [[1, 0, 0], [1, 1, 1], [0, 0, 1]]
    assert after == [[1, 0, 0], [1, 1, 1], [0, 0, 0]]
