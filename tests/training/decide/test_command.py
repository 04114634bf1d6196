"""What a review decided goes into decisions and a new definition, whole or not at all, and the next
training obeys.
"""

from datetime import date
from types import SimpleNamespace

import numpy as np
import pytest
import yaml
from typer.testing import CliRunner

from features.errors import ConfigError
from features.spec import AttributeSource
from propensity import cli
from propensity.config import config
from propensity.definition.load import load_definition
from propensity.registry import Registry
from tests.training.learn.recipe.test_judgement import SETTINGS, write_company
from training import cli as _commands  # noqa: F401 — adds those of training
from training.decide.command import decide
from training.decide.form_row import read
from training.decide.show import lines
from training.learn.rows.earlier_changes import changes
from training.review.sections.past_decisions import decided
from training.review.words import words_of
from training.train.command import train
from training.train.publish import publish

TODAY = date(2025, 4, 2)
DEFINITION = """\
# What marketing and sales agreed on.
review_by: 2025-07-01
roles: {marketing: Marketing, sales: Sales}
must_sign: [marketing, sales]
signed:
  - {role: sales, name: S. Abe, at: 2025-01-01T00:00:00+00:00}

agreed_on: {model_sha256: "SHA", close_rate: 0.3, rows: 100, leads: 100}
axes:
  fit: {zero: 0.1, cuts: [0.7, 0.0, -0.7]}       # twice the average, half of it
  interest: {zero: 0.2, cuts: [0.7, 0.0, -0.7]}
qualifiers:
  - {name: big enough, rule: size >= 5, because: below that nobody has the budget}  # of last year
disqualifiers:
  - {name: many mails, rule: 'did "mail" in 5 days', because: leave them alone}
mql:
  enter: 0.4        # chosen with `propensity threshold`
  leave: 0.3
  because: about as many as can be called
""".replace("SHA", "0" * 64)
CUT = (
    "{do: cut, between: A|B, to: 0.9, decision: keep, who: S. Abe, because: A has to be worth a"
    " visit}"
)
DROP = (
    "{do: drop, column: visits so far, decision: keep, who: M. Ito, because: filled in by hand, at:"
    " 2025-04-01}"
)
WAY = (
    "{do: monotone, column: size, to: down, decision: change, instead: up, who: S. Abe, because:"
    " larger is better}"
)


def company(folder, *, decisions="", definition=DEFINITION):
    write_company(folder)
    (folder / "config.yaml").write_text(
        yaml.safe_dump(SETTINGS | {"definition": "definition.yaml"}), encoding="utf-8"
    )
    if definition:
        (folder / "definition.yaml").write_text(definition, encoding="utf-8")
    if decisions:
        (folder / "decisions.yaml").write_text(decisions, encoding="utf-8")
    return folder / "config.yaml"


def filled(folder, *rows, head="model: three"):
    path = folder / "filled.yaml"
    path.write_text(
        f"{head}\nproposals:\n" + "".join(f"  - {row}\n" for row in rows), encoding="utf-8"
    )
    return path


def kept(folder):
    """Name to content of every file that is there."""
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.name != "filled.yaml"}


def test_each_decision_lands_where_it_is_obeyed_with_its_author_and_day(tmp_path):
    before = (
        "# what people wrote\n- {column: size, action: keep, because: b, by: c, at: 2025-01-01}\n"
    )
    path = company(tmp_path, decisions=before)
    label = (
        "{do: label, event_type: demo, to: Demo asked for, decision: keep, who: M. Ito, because:"
        " plain words}"
    )

    found = decide(filled(tmp_path, CUT, DROP, WAY, label), path, today=TODAY)

    written = (tmp_path / "decisions.yaml").read_text(encoding="utf-8")
    assert written.startswith(before)
    settings = config.load(path)
    assert settings.decisions.columns("drop") == ("visits so far",)
    assert settings.decisions.columns("keep") == ("size",)
    assert [(e.column, e.direction, e.by, e.at) for e in settings.decisions.directions] == [
        ("size", "up", "S. Abe", TODAY)
    ]
    assert settings.decisions.in_force[-1].at == date(2025, 4, 1)
    assert settings.labels == {"demo": "Demo asked for"}
    assert found.definition_path == tmp_path / "definition-2025-04-02.yaml"
    new = load_definition(found.definition_path)
    assert new.axes is not None
    assert new.axes.fit.cuts == (0.9, 0.0, -0.7)
    assert [(c.kind, c.about, c.before, c.after, c.by, c.at) for c in new.changes] == [
        ("cut", "fit A|B", "0.7", "0.9", "S. Abe", TODAY)
    ]


def test_a_definition_changes_in_the_asked_places_alone_and_becomes_a_draft(tmp_path):
    path = company(tmp_path)
    line = "{do: line, to: 0.5, decision: keep, who: S. Abe, because: fewer and better}"
    rule = (
        "{do: rule, name: big enough, decision: change, instead: size >= 50, who: M. Ito, because:"
        " the new price}"
    )
    gone = (
        "{do: rule, name: many mails, to: remove, decision: keep, who: M. Ito, because: it holds"
        " back good ones}"
    )

    found = decide(filled(tmp_path, CUT, line, rule, gone), path, today=TODAY)

    assert (tmp_path / "definition.yaml").read_text(encoding="utf-8") == DEFINITION
    old, new = (
        load_definition(tmp_path / name)
        for name in ("definition.yaml", "definition-2025-04-02.yaml")
    )
    assert new.is_draft
    assert not new.signed
    assert new.mql.enter == 0.5
    assert new.mql.leave == pytest.approx(0.375, abs=0.006)
    assert new.mql.because == "fewer and better (S. Abe, 2025-04-02)"
    assert [(item.name, item.rule) for item in new.qualifiers] == [("big enough", "size >= 50")]
    assert new.disqualifiers == ()
    untouched = {"axes", "mql", "qualifiers", "disqualifiers", "signed", "changes"}
    assert new.model_dump(exclude=untouched) == old.model_dump(exclude=untouched)
    text = (tmp_path / "definition-2025-04-02.yaml").read_text(encoding="utf-8")
    for comment in ("# What marketing", "# twice the average", "# of last year", "# chosen with"):
        assert comment in text
    assert len(found.definition.told) == 4
    assert [change.kind for change in new.changes] == ["cut", "line", "rule", "rule"]


def test_what_is_empty_or_rejected_changes_nothing(tmp_path):
    path = company(tmp_path)
    before = kept(tmp_path)
    rows = (
        "{do: drop, column: size, decision: , who: , because: }",
        "{do: line, to: 0.5, decision: reject}",
        "{do: note, name: interest, decision: keep, who: A, because: marketing looks at it}",
    )

    found = decide(filled(tmp_path, *rows), path, today=TODAY)

    assert kept(tmp_path) == before
    assert found.undecided == ("drop column 'size'",)
    assert found.rejected == ("the MQL line",)
    assert found.by_people == ("interest: marketing looks at it (A)",)


def test_what_the_audit_keeps_out_comes_back_when_people_reject_that(tmp_path):
    by_audit = (
        "- {column: visits so far, action: drop, because: suspect, by: audit, at: 2025-03-01}\n"
    )
    path = company(tmp_path, decisions=by_audit)

    decide(filled(tmp_path, DROP.replace("decision: keep", "decision: reject")), path, today=TODAY)

    entry = config.load(path).decisions.in_force[0]
    assert (entry.column, entry.action, entry.by) == ("visits so far", "keep", "M. Ito")


def test_a_dry_run_shows_everything_and_writes_nothing(tmp_path):
    path = company(tmp_path)
    before = kept(tmp_path)

    found = decide(filled(tmp_path, CUT, DROP), path, today=TODAY, dry_run=True)

    assert kept(tmp_path) == before
    told = "\n".join(lines(found, path, dry_run=True))
    assert "column 'visits so far': left out: filled in by hand (M. Ito, 2025-04-01)" in told
    assert (
        "the border A|B of fit: 0.7 -> 0.9: A has to be worth a visit (S. Abe, 2025-04-02)" in told
    )
    assert "Nothing was written" in told


def test_the_same_file_again_adds_nothing(tmp_path):
    path = company(tmp_path)
    file = filled(tmp_path, CUT, DROP)
    decide(file, path, today=TODAY)
    path.write_text(
        path.read_text(encoding="utf-8").replace("definition.yaml", "definition-2025-04-02.yaml"),
        "utf-8",
    )
    before = kept(tmp_path)

    found = decide(file, path, today=date(2025, 5, 1))

    assert kept(tmp_path) == before
    assert found.already == ("drop column 'visits so far'", "the border A|B of fit")


def test_a_second_review_adds_to_the_list_of_changes(tmp_path):
    path = company(tmp_path)
    decide(filled(tmp_path, CUT), path, today=TODAY)
    path.write_text(
        path.read_text(encoding="utf-8").replace("definition.yaml", "definition-2025-04-02.yaml"),
        "utf-8",
    )

    found = decide(filled(tmp_path, CUT.replace("0.9", "1.1")), path, today=date(2025, 7, 1))

    assert found.definition_path == tmp_path / "definition-2025-07-01.yaml"
    new = load_definition(found.definition_path)
    assert [(c.before, c.after, str(c.at)) for c in new.changes] == [
        ("0.7", "0.9", "2025-04-02"),
        ("0.9", "1.1", "2025-07-01"),
    ]


def test_everything_wrong_with_the_file_is_listed(tmp_path):
    rows = (
        "{do: drop, column: size, decision: keep}",
        "{do: drop, decision: keep, who: A, because: b}",
        "{do: cut, between: A|D, to: 1, decision: keep, who: A, because: b}",
        "{do: cut, between: A|B, to: much, decision: keep, who: A, because: b}",
        "{do: line, to: 8, decision: keep, who: A, because: b}",
        "{do: line, to: 0.5, decision: change, who: A, because: b}",
        "{do: label, column: size, to: , decision: keep, who: A, because: b}",
        "{do: monotone, column: size, to: sideways, decision: keep, who: A, because: b}",
        "{do: impute, event_type: demo, who: A}",
        "{do: drop, column: size, decison: keep}",
    )

    with pytest.raises(ConfigError) as raised:
        read(filled(tmp_path, *rows))

    said = str(raised.value)
    for words in (
        "proposal 1 (column 'size'): `who` is empty",
        "proposal 1 (column 'size'): `because` is empty",
        "proposal 2 (event type None): expected exactly one of `column` and `event_type`",
        "proposal 3: between:",
        "proposal 4 (the border A|B of fit): `to`: expected a number",
        "proposal 5 (the MQL line): `to`: expected a chance between 0 and 1",
        "proposal 6 (the MQL line): `instead` is empty",
        "proposal 7 (column 'size'): `to`: expected a name",
        "proposal 8 (column 'size'): `to`: expected up",
        "proposal 9 (event type 'demo'): an event cannot be imputed",
        "proposal 9 (event type 'demo'): filled in, but `decision` is empty",
        "proposal 10: decison: unknown key; did you mean `decision`?",
    ):
        assert words in said
    assert "nothing was changed" in said


def test_what_cannot_be_obeyed_is_listed_whole_and_nothing_is_written(tmp_path):
    path = company(tmp_path)
    before = kept(tmp_path)
    signed = "decision: keep, who: A, because: b"
    rows = (
        DROP,
        f"{{do: drop, column: no such, {signed}}}",
        f"{{do: drop, event_type: no such event, {signed}}}",
        f"{{do: rule, name: no such rule, to: size > 1, {signed}}}",
        f"{{do: rule, name: big enough, to: size >= >= 1, {signed}}}",
        f"{{do: cut, between: B|C, to: 2, {signed}}}",
    )

    with pytest.raises(ConfigError) as raised:
        decide(filled(tmp_path, *rows), path, today=TODAY)

    said = str(raised.value)
    for words in (
        "column 'no such': stands in no list of `columns`",
        "event type 'no such event': there is no such event",
        (
            "the rule 'no such rule': is not there; the definition has the rules ['big enough',"
            " 'many mails']"
        ),
        "the rule 'big enough': ",
    ):
        assert words in said
    with pytest.raises(ConfigError, match="the highest first"):
        decide(filled(tmp_path, rows[5]), path, today=TODAY)
    with pytest.raises(ConfigError, match="headcount"):
        decide(
            filled(tmp_path, rows[4].replace("size >= >= 1", "headcount > 1")), path, today=TODAY
        )
    assert kept(tmp_path) == before


def test_rows_that_contradict_each_other_are_named_beside_what_else_is_wrong(tmp_path):
    path = company(tmp_path)
    before = kept(tmp_path)
    signed = "decision: keep, who: A, because: b"
    rows = (
        f"{{do: line, to: 0.5, {signed}}}",
        f"{{do: line, to: 0.6, {signed}}}",
        f"{{do: drop, column: size, {signed}}}",
        f"{{do: monotone, column: size, to: up, {signed}}}",
        f"{{do: label, column: size, to: Employees, {signed}}}",
        f"{{do: drop, column: siez, {signed}}}",
        f"{{do: drop, column: visits so far, {signed}, instead: impute}}",
        f"{{do: cut, between: A|B, to: 0.9, {signed}, at: 2031-01-01}}",
    )

    with pytest.raises(ConfigError, match=r"5 problem\(s\), and nothing was changed") as raised:
        decide(
            filled(tmp_path, *rows[:6], "{do: note, name: x, decison: keep}", *rows[6:7]),
            path,
            today=TODAY,
        )

    said = str(raised.value)
    for words in (
        "proposals 1 and 2 decide differently about the MQL line",
        "proposal 3 leaves out column 'size', so proposal 4 can force no direction on it",
        "column 'siez': stands in no list of `columns`; did you mean 'size'?",
        "proposal 7: decison: unknown key",
        "proposal 8 (column 'visits so far'): `instead` is filled in, but `decision` is keep",
    ):
        assert words in said
    with pytest.raises(ConfigError, match="expected a day up to today, 2025-04-02, got 2031-01-01"):
        decide(filled(tmp_path, rows[7]), path, today=TODAY)
    assert kept(tmp_path) == before


def test_a_file_of_another_kind_is_told_in_one_line(tmp_path):
    path = company(tmp_path)

    with pytest.raises(ConfigError, match="expected `proposals:` with a list") as raised:
        decide(path, path, today=TODAY)

    assert len(str(raised.value).splitlines()) == 1


def test_proposals_for_another_model_are_refused(tmp_path):
    with pytest.raises(ConfigError, match="expected proposals for 'three', got those for 'four'"):
        decide(filled(tmp_path, DROP, head="model: four"), company(tmp_path), today=TODAY)


def test_nothing_is_half_written(tmp_path, monkeypatch):
    path = company(tmp_path)
    before = kept(tmp_path)

    def full(*_):
        raise ConfigError("the disk is full")

    monkeypatch.setattr("training.decide.command.write_text", full)
    with pytest.raises(ConfigError, match="disk is full"):
        decide(filled(tmp_path, CUT, DROP), path, today=TODAY)

    assert kept(tmp_path) == before


@pytest.mark.parametrize(
    "name", ["=HYPERLINK(1)", "a: b # c", "- x\n- y", "\u202e[x]{y}", "'\"", "x\u2028y", "長" * 60]
)
def test_hostile_names_are_names(tmp_path, name):
    path = company(tmp_path)
    label = {
        "do": "label",
        "column": "size",
        "to": name,
        "decision": "keep",
        "who": name,
        "because": name,
    }
    row = yaml.safe_dump(label, default_flow_style=True, width=10_000).strip()

    found = decide(filled(tmp_path, row), path, today=TODAY)

    assert config.load(path).labels == {"size": name.strip()}
    assert all(
        "\u202e" not in line and "\n" not in line for line in lines(found, path, dry_run=False)
    )


def test_the_command_says_what_is_left_to_do(tmp_path):
    path = company(tmp_path)

    shown = CliRunner().invoke(cli.app, ["decide", str(filled(tmp_path, CUT, DROP)), str(path)])

    assert shown.exit_code == 10  # the configuration names the old definition still
    named = next(tmp_path.glob("definition-*.yaml")).name
    for words in (
        "got 1 new decision:",
        "a new DRAFT; the old file stays as it is",
        f"  definition: {named}",
    ):
        assert words in shown.output


@pytest.mark.slow
def test_the_next_training_and_its_reports_list_all_three(tmp_path):
    path = company(tmp_path)
    decide(filled(tmp_path, CUT, DROP, WAY), path, today=TODAY)
    path.write_text(
        path.read_text(encoding="utf-8").replace("definition.yaml", "definition-2025-04-02.yaml"),
        "utf-8",
    )
    settings = config.load(path)

    trained = train(settings, accept_audit="a test of what training does with poor data")
    publish(trained, Registry.of(settings))

    dropped = "decided: column 'visits so far' dropped: filled in by hand (M. Ito, 2025-04-01)"
    way = "decided: column 'size' never lowers the chance where there is more of it: "
    way += "larger is better (S. Abe, 2025-04-02)"
    cut = "decided: cut fit A|B: 0.7 -> 0.9: A has to be worth a visit (S. Abe, 2025-04-02)"
    assert trained.obeyed == (dropped, way, cut)
    assert not set(trained.obeyed) & set(trained.intake.warnings)  # said once
    columns = {
        f.source.column
        for f in trained.model.spec.features
        if isinstance(f.source, AttributeSource)
    }
    assert "visits so far" not in columns
    assert "size" in columns
    place = next(i for i, f in enumerate(trained.model.spec.features) if f.name == "size")
    rows = np.full((200, len(trained.model.spec.features)), np.nan)
    rows[:, place] = np.linspace(0, 120, 200)
    assert (np.diff(trained.model.concept_sums(rows).probability) >= -1e-12).all()
    shown = CliRunner().invoke(cli.app, ["definition", "show", str(path)])
    assert cut in shown.output
    material = SimpleNamespace(config=settings, definition=load_definition(settings.definition))
    for language in ("en", "ja"):
        table = decided(material, words_of("decide", language))
        assert [row[2:] for row in table.rows] == [
            ("M. Ito", words_of("decide", language).day(date(2025, 4, 1))),
            ("S. Abe", words_of("decide", language).day(TODAY)),
            ("S. Abe", words_of("decide", language).day(TODAY)),
        ]
    assert list(changes(settings)) == [cut]


# --- line, owner and promises ---------------------------------------------------------------------

PROMISES = """
instructions:
  MQL: {owner: sales, respond_within: 1 day}
promises:
  - segment: large
    rule: size >= 50
    calls: 5
    because: large deals take more calls
  - {segment: all, because: everybody}
"""
SIGNED = "decision: keep, who: S. Abe, because: agreed"


def test_every_kind_of_change_of_a_definition_is_carried_out_and_nothing_else(tmp_path):
    path = company(tmp_path, definition=DEFINITION + PROMISES)
    rows = (
        f"{{do: leave, to: 0.2, {SIGNED}}}",
        f"{{do: line, to: 0.5, {SIGNED}}}",
        f"{{do: owner, name: keen, to: sales, {SIGNED}}}",
        f"{{do: owner, name: MQL, to: marketing, {SIGNED}}}",
        f"{{do: promise, name: large, what: calls, to: 6, {SIGNED}}}",
        f"{{do: promise, name: large, what: first_contact_within, to: 4 hours, {SIGNED}}}",
        f"{{do: promise, name: all, what: mqls_per_week, to: 12.5, {SIGNED}}}",
    )

    found = decide(filled(tmp_path, *rows), path, today=TODAY)

    old = load_definition(path.parent / "definition.yaml")
    new = load_definition(found.definition_path)
    assert (new.mql.enter, new.mql.leave) == (0.5, 0.2)
    assert {case: told.owner for case, told in new.instructions.items()} == {
        "MQL": "marketing",
        "keen": "sales",
    }
    assert new.instructions["MQL"].respond_within == "1 day"
    large, everybody = new.promises
    assert (large.calls, large.first_contact_within, large.rule) == (6, "4 hours", "size >= 50")
    assert everybody.mqls_per_week == 12.5
    told = {(change.kind, change.about): (change.before, change.after) for change in new.changes}
    assert told == {
        ("line", ""): ("0.4", "0.5"),
        ("leave", ""): ("0.3", "0.2"),
        ("owner", "keen"): ("nobody", "sales"),
        ("owner", "MQL"): ("sales", "marketing"),
        ("promise", "large calls"): ("5", "6"),
        ("promise", "large first_contact_within"): ("none", "4 hours"),
        ("promise", "all mqls_per_week"): ("none", "12.5"),
    }
    untouched = {"mql", "instructions", "promises", "signed", "changes"}
    assert new.model_dump(exclude=untouched) == old.model_dump(exclude=untouched)

    # carried over once, it changes nothing the second time
    settings = yaml.safe_load(path.read_text(encoding="utf-8"))
    settings["definition"] = found.definition_path.name
    path.write_text(yaml.safe_dump(settings), encoding="utf-8")
    again = decide(filled(tmp_path, *rows), path, today=TODAY)
    assert again.definition is None
    assert len(again.already) == len(rows)


def test_an_owner_for_a_definition_without_instructions(tmp_path):
    path = company(tmp_path)
    row = f"{{do: owner, name: random slice, to: sales, {SIGNED}}}"

    found = decide(filled(tmp_path, row), path, today=TODAY)

    new = load_definition(found.definition_path)
    assert {case: told.owner for case, told in new.instructions.items()} == {
        "random slice": "sales"
    }


@pytest.mark.parametrize(
    ("row", "said"),
    [
        (f"{{do: leave, to: 0.45, {SIGNED}}}", "at most 0.4, the line itself, got 0.45"),
        (f"{{do: leave, to: 1.5, {SIGNED}}}", "a chance between 0 and 1"),
        (f"{{do: owner, name: keen, to: nobody, {SIGNED}}}", "one of ['marketing', 'sales']"),
        (f"{{do: owner, name: kene, to: sales, {SIGNED}}}", "`name`: expected one of disqualified"),
        (f"{{do: promise, name: huge, what: calls, to: 3, {SIGNED}}}", "it has ['large', 'all']"),
        (f"{{do: promise, name: all, to: 3, {SIGNED}}}", "`what`: expected one of first_contact"),
        (f"{{do: promise, name: all, what: calls, to: 2.5, {SIGNED}}}", "a whole number above 0"),
        (
            f"{{do: promise, name: all, what: attempts_within, to: soon, {SIGNED}}}",
            "business time such as 30 minutes",
        ),
    ],
)
def test_what_cannot_be_carried_out_is_said_and_nothing_is_written(tmp_path, row, said):
    path = company(tmp_path, definition=DEFINITION + PROMISES)
    before = kept(tmp_path)

    with pytest.raises(ConfigError) as caught:
        decide(filled(tmp_path, row), path, today=TODAY)

    assert said in str(caught.value)
    assert kept(tmp_path) == before


def test_an_event_that_nobody_ever_did_is_no_rule(tmp_path):
    path = company(tmp_path)
    before = kept(tmp_path)
    row = f"{{do: rule, name: many mails, to: 'did \"male\" in 5 days', {SIGNED}}}"

    with pytest.raises(ConfigError, match=r"the rule .many mails.*did you mean.*mail"):
        decide(filled(tmp_path, row), path, today=TODAY)

    assert kept(tmp_path) == before


@pytest.mark.parametrize(
    "row",
    [
        f"{{do: rule, name: many mails, to: size >= >= 1, {SIGNED}}}",  # with a caret
        f"{{do: cut, between: A|B, to: -3, {SIGNED}}}",  # the whole definition is refused
        f"{{do: monotone, event_type: male, to: up, {SIGNED}}}",
    ],
)
def test_a_refusal_of_several_lines_counts_as_one(tmp_path, row):
    with pytest.raises(ConfigError, match=r": 1 problem\(s\), and nothing was changed"):
        decide(filled(tmp_path, row), company(tmp_path), today=TODAY)


@pytest.mark.parametrize(
    ("row", "said"),
    [
        (
            "{do: promise, name: all, what: calls, to: 2.5, who: A, because: b, decision: keep}",
            "`to`: expected a whole number above 0, got 2.5",
        ),
        (
            "{do: label, column: size, to: 2024, who: A, because: b, decision: keep}",
            "`to`: expected a name of at most 80 signs, in quotes, got 2024.0",
        ),
        (
            "{do: line, to: 0.5, who: A, because: no, decision: keep}",
            "because: expected a text, got False (without quotes yes, no, on and off mean",
        ),
        (
            "the line to 0.5",
            "proposal 1: expected a line below it for each, as `name: value`, got 'the line to",
        ),
    ],
)
def test_what_was_expected_is_said_in_plain_words(tmp_path, row, said):
    with pytest.raises(ConfigError) as raised:
        read(filled(tmp_path, row))

    assert said in str(raised.value)


def test_a_lower_end_that_was_decided_is_not_told_in_proportion(tmp_path):
    found = decide(
        filled(tmp_path, f"{{do: line, to: 0.5, {SIGNED}}}", f"{{do: leave, to: 0.2, {SIGNED}}}"),
        company(tmp_path),
        today=TODAY,
    )

    assert found.definition is not None
    line, leave = found.definition.told
    assert "in proportion" not in line
    assert "0.3 -> 0.2" in leave


def test_a_rejection_that_takes_back_what_stands_is_not_said_to_change_nothing(tmp_path):
    standing = "- {column: size, action: drop, because: b, by: c, at: 2025-01-01}\n"
    row = "{do: drop, column: size, decision: reject, who: S. Abe, because: it does buy}"

    found = decide(filled(tmp_path, row), company(tmp_path, decisions=standing), today=TODAY)

    told = "\n".join(lines(found, tmp_path / "config.yaml", dry_run=False))
    assert [entry.action for entry in found.decisions] == ["keep"]
    assert "nothing changes" not in told
