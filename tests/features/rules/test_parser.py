"""The language of rules: what reads as what, and what is refused, where, and in which words."""

import re
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from features.errors import PropensityError
from features.rules import RuleError, conditions, parse

#: A rule as people may write it, and its one spelling.
SPELLINGS = [
    ("employees>=5000", "employees >= 5000"),
    ("Employees >= +5_000.50 AND NOT Country = 'JP'", 'Employees >= 5000.5 and not Country = "JP"'),
    ('"業種" = "金融"', '業種 = "金融"'),
    ("業種 ＝ 「金融」　and　従業員数 ≧ ５０００", '業種 = "金融" and 従業員数 >= 5000'),
    ("“lead source” is ‘web form’", '"lead source" = "web form"'),
    ("revenue is not −1.5", "revenue != -1.5"),
    ('country in （"Japan"、"JP"）', 'country in ("Japan", "JP")'),
    ('country not in "JP"', 'country not in ("JP")'),
    ('title like ("*部長*", "*director*")', 'title like ("*部長*", "*director*")'),
    ("age is not unknown", "age is known"),
    ("not age is known", "age is unknown"),
    ("start <> 2026/4/1", "start != 2026-04-01"),
    ('hearing "budget (asked)" = "yes"', 'hearing "budget (asked)" = "yes"'),
    ('"the ""big"" one" = "it\'s"', '"the ""big"" one" = "it\'s"'),
    ('did "demo request" at least 1 time in the last 1 day', 'did "demo request" in 1 day'),
    (
        'did "page_view" detail "/pricing*" at least 3 times in 30 days',
        'did "page_view" detail "/pricing*" at least 3 times in 30 days',
    ),
    ('did ("a", "b") through "PPC" exactly 1 times', 'did ("a", "b") through "PPC" exactly 1 time'),
    ('did "x" at most 0 times', 'did "x" at most 0 times'),
    (
        'received "mail*" at least 3 times without answer',
        'received "mail*" at least 3 times without answer',
    ),
    ('silent 21 days after "trial" detail "paid"', 'silent 21 days after "trial" detail "paid"'),
    ('lost because "no budget" in 180 days', 'lost because "no budget" in 180 days'),
    ("lost", "lost"),
    ("lead age >= 30 days", "lead age >= 30 days"),
    ("any of (a = 1, b = 2)", "a = 1 or b = 2"),
    ("all of (a = 1)", "all of (a = 1)"),
    ("at least 2 of (a = 1, b = 2, c = 3)", "at least 2 of (a = 1, b = 2, c = 3)"),
    ("(a = 1 and b = 2) or c = 3", "(a = 1 and b = 2) or c = 3"),
    ("not (a = 1 or b = 2)", "not (a = 1 or b = 2)"),
    ("((a = 1))", "a = 1"),
    (
        "days = 1 and times = 2 and detail = 3 and age = 4",
        "days = 1 and times = 2 and detail = 3 and age = 4",
    ),
    ("'Lost' = 1", '"Lost" = 1'),
]


@pytest.mark.parametrize(("text", "canonical"), SPELLINGS)
def test_a_rule_has_one_spelling_that_reads_as_the_same_rule(text, canonical):
    assert str(parse(text)) == canonical
    assert parse(canonical) == parse(text)


#: A text that is no rule, line and column of the fault, and words of the message.
FAULTS = [
    ("", 1, 1, "expected a condition such as .* got the end of the rule"),
    ("employees", 1, 10, "expected a comparison after the column `employees`"),
    ("employees >=", 1, 13, "expected a number, a date or a text in quotes, got the end"),
    ("employees >= 5,000", 1, 15, "got `,`; write 5000 without a comma"),
    ("employees >= 5000人", 1, 14, "number in plain digits .* got `5000人`"),
    ("employees == 5", 1, 11, "got `==`; write `=` instead"),
    ("a = 1 && b = 2", 1, 7, "write `and` instead"),
    ("a = 1; drop table leads", 1, 6, "write `and` or `or` instead"),
    ("country = Japan", 1, 11, 'got `Japan`; put a text in quotes: "Japan"'),
    (
        "lead source = 'x'",
        1,
        6,
        "expected `age` after `lead`, got `source`; if `lead` is a column, put it in quotes",
    ),
    ("first name = 'x'", 1, 7, "got `name`; names of several words stand in quotes"),
    ("country = 'Japan", 1, 11, "this quote is never closed"),
    ("country = ''", 1, 11, "got an empty one; of a column without a value say `is unknown`"),
    ("title >= 'a'", 1, 10, "texts are compared with =, !=, in or like"),
    ("a in (1, 'b')", 1, 10, "expected a number like the ones before it, got `'b'`"),
    ("a = 2026-02-30", 1, 5, "expected a day of the calendar"),
    (
        "a = 1 and b = 2 or c = 3",
        1,
        17,
        "expected brackets: `or` after `and` can be read in two ways",
    ),
    (
        "any of (a = 1\n  b = 2)",
        2,
        3,
        r"expected `\)` for the bracket opened in line 1, column 8, got `b`",
    ),
    ("a = 1)", 1, 6, r"expected `and`, `or` or the end of the rule, got `\)`"),
    ("any (a = 1)", 1, 5, "expected `of` after `any`"),
    ("any of ()", 1, 9, "expected a condition"),
    (
        "at least 3 of (a = 1, b = 2)",
        1,
        10,
        r"at most as many as there are rules in the brackets \(2\), got 3",
    ),
    ("at least 0 of (a = 1)", 1, 10, "whole number from 1 to 500"),
    ("did demo", 1, 5, 'put a text in quotes: "demo"'),
    ("did 'x' 3 times", 1, 9, "got `3`; of times say `at least`"),
    ("any of (employees >= 5,000, a = 1)", 1, 24, "got `000`; write 5000 without a comma"),
    ("did 'x' at least 0 times", 1, 18, "whole number from 1 to"),
    ("did 'x' at least 2.5 times", 1, 18, "whole number from 1 to"),
    ("did 'x' in 30 days at least 2 times", 1, 20, "at most once and in this order"),
    ("did 'x' in 3661 days", 1, 12, "whole number from 1 to 3,660"),
    ("did 'x' without answer", 1, 9, "said of what a lead `received`"),
    ("silent 21 days", 1, 15, "for silence alone write"),
    ("hearing >= 3", 1, 9, "expected the name of a hearing item"),
    ("not", 1, 4, "expected a condition"),
    ("and = 3", 1, 1, "if a column has this name, put it in quotes"),
    ("a not = 3", 1, 7, "expected `in` or `like` after `not`"),
]

#: What smells of code, deceives the reader, or is meant to wear the machine out.
HOSTILE = [
    ("__import__('os').system('id')", 1, 11, "there are no functions"),
    ("len(employees) > 3", 1, 4, "there are no functions"),
    ("employees.__class__ = 3", 1, 10, "got `.`"),
    ("employees[0] = 3", 1, 10, r"got `\["),
    ("lambda: 0", 1, 7, "got `:`"),
    ("{employees} = 3", 1, 1, "got `{`"),
    ("a = 1 # b", 1, 7, "got `#`"),
    ("a = 'x' -- b", 1, 9, "got `-`"),
    ("a = 1 + 1", 1, 7, r"got `\+`"),
    ("a = `id`", 1, 5, "got ```"),
    ("a = \\'x'", 1, 5, "got"),
    ("a = 1e400", 1, 5, "number in plain digits .* got `1e400`"),
    ("a = " + "9" * 400, 1, 5, "number between -1e15 and 1e15"),
    ("a = -1000000000000001", 1, 5, "number between -1e15 and 1e15"),
    ("a = nan", 1, 5, "got `nan`"),
    ("a = 0x10", 1, 5, "number in plain digits"),
    ("(" * 51 + "a = 1" + ")" * 51, 1, 51, "at most 50 brackets"),
    ("not " * 2000 + "a = 1", 1, 201, "at most 50 brackets"),
    ("any of (" * 1000, 1, 408, "at most 50 brackets"),
    (" or ".join(["a=1"] * 501), 1, 3501, "at most 500 conditions"),
    ("a = '" + "x" * 10_000 + "'", 1, 10_001, "at most 10,000 characters, got 10,006"),
    ("a = 'x\u202e'", 1, 7, r"invisible character U\+202E"),
    ("a = 'x\x00'", 1, 7, r"invisible character U\+0000"),
    ("a = 'x\ud800'", 1, 7, r"invisible character U\+D800"),
    ("\x1b[31ma = 1", 1, 1, "expected a word"),
    ("\ufeffa = 1", 1, 1, "expected a word"),
    # Cyrillic а: looks like `and`, and is not
    ("аnd = 1 аnd b = 2", 1, 9, "got `аnd`; names of several words"),
    ("nоt a = 1", 1, 5, "got `a`"),  # Cyrillic о
    ("a = 1 and\u2028b = 2", 1, 10, "expected a word"),
]


@pytest.mark.parametrize(("text", "line", "column", "words"), FAULTS + HOSTILE)
def test_what_is_no_rule_is_refused_with_the_position_of_the_fault(text, line, column, words):
    with pytest.raises(RuleError, match=words) as refused:
        parse(text)
    assert (refused.value.line, refused.value.column) == (line, column)
    assert str(refused.value).startswith(f"line {line}, column {column}: ")


def test_the_error_is_one_of_the_package_and_points_below_the_fault():
    with pytest.raises(RuleError) as refused:
        parse("業種 = 金融")
    assert isinstance(refused.value, PropensityError)
    assert isinstance(refused.value, ValueError)
    # Each Japanese character takes two columns of a terminal.
    assert str(refused.value).splitlines()[1:] == ["    業種 = 金融", "           ^"]


def test_the_error_shows_no_control_characters_and_not_the_whole_of_a_long_rule():
    with pytest.raises(RuleError) as refused:
        parse("a = 1 and " * 50 + "b = \x1b[31m" + " and a = 1" * 50)
    assert "\x1b" not in str(refused.value)
    assert len(str(refused.value)) < 600


@given(st.text(max_size=60))
def test_any_text_is_a_rule_or_refused_within_the_text(text):
    check_read_or_refused(text)


_WORDS = st.sampled_from(
    [
        "and",
        "or",
        "not",
        "any of",
        "at least 2 of",
        "(",
        ")",
        ",",
        "a",
        '"b"',
        "= 1",
        "in",
        '("x", "y")',
        "is known",
        "like",
        "did",
        '"v"',
        "detail",
        "at least 2 times",
        "in 3 days",
        "silent 3 days after",
        "lost",
        "because",
        "lead age",
    ]
)


@settings(max_examples=300)
@given(st.lists(_WORDS, max_size=12).map(" ".join))
def test_any_words_of_the_language_are_a_rule_or_refused_within_the_text(text):
    check_read_or_refused(text)


def check_read_or_refused(text: str) -> None:
    try:
        rule, refused = parse(text), None
    except RuleError as error:
        rule, refused = None, error
    if refused:
        lines = text.split("\n")
        assert 1 <= refused.line <= len(lines)
        assert 1 <= refused.column <= len(lines[refused.line - 1]) + 1
    else:
        assert parse(str(rule)) == rule


@pytest.mark.parametrize(
    "text",
    [
        "a = 1 and " * 499 + "a = 1",
        'a in ("' + '", "'.join("x" * 1900) + '")',
        "(" * 50 + "a = '" + "x" * 9_000 + "'" + ")" * 50,
        'a = "' + '""' * 4_990 + '"',
        "a = 'x" + "''" * 4_990,
        "[" * 10_000,
        " " * 10_000,
    ],
    ids=["conditions", "values", "depth", "quotes", "unclosed", "signs", "spaces"],
)
def test_the_longest_rules_are_read_or_refused_at_once(text):
    start = time.perf_counter()
    check_read_or_refused(text)
    assert time.perf_counter() - start < 1


def test_the_conditions_of_a_rule_come_in_the_order_of_the_text():
    rule = parse("not a = 1 and any of (b = 2, at least 1 of (c = 3, lost))")
    assert [str(condition) for condition in conditions(rule)] == ["a = 1", "b = 2", "c = 3", "lost"]


def test_the_examples_of_the_manual_are_rules():
    manual = (Path(__file__).resolve().parents[3] / "docs" / "rules.md").read_text(encoding="utf-8")
    sentences = manual.split("```")[1].strip().splitlines()
    table_cells = re.findall(r"^\| (`.+?`) \|", manual, re.MULTILINE)
    snippets = [snippet for cell in table_cells for snippet in re.findall("`(.+?)`", cell)]
    whole = [
        snippet
        for snippet in snippets
        if "…" not in snippet and not snippet.startswith(("is ", "exactly "))
    ]
    assert len(sentences) == 5
    assert len(whole) >= 18
    for text in [*sentences, *whole]:
        assert parse(str(parse(text))) == parse(text)
