"""Promotion: what the gate lets through, whose signatures stand, and the way back to the same
bytes.
"""

import datetime as dt
import shutil
import sys
from dataclasses import replace

import pytest
import yaml

from features.errors import ArtifactError, ConfigError, RefusedError
from propensity.api import score
from propensity.cli import main
from propensity.config.config import load
from propensity.model.model_parts import Calibration
from propensity.promotion.bounds import Change
from propensity.promotion.gate_verdict import LONGEST_REASON, GateVerdict
from propensity.promotion.promotion import promote, roll_back
from propensity.promotion.show import promoted
from propensity.registry import Pair, Registry, RegistryError
from propensity.registry.champion import champion_of
from propensity.registry.definitions import Definitions
from propensity.registry.entries import GATE_FAILED, MIGRATION
from tests.propensity import worlds
from tests.propensity.grading.test_instructions import DEFINITION, HOURS, MARKETING, SALES

AT = dt.datetime(2025, 5, 1, 3, tzinfo=dt.UTC)
BOUNDS = {"weekly_volume": 0.2, "instructions": 0.1, "because": "as much as a normal week varies"}


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """The tables and configuration of a company, and its model."""
    return worlds.company(tmp_path_factory.mktemp("promoted"))


@pytest.fixture
def company(files, tmp_path, migrated_registry):
    """A company of the test's own with an empty registry and a definition that has bounds."""
    folder = tmp_path / "company"
    shutil.copytree(files.path.parent, folder)
    shutil.copy(migrated_registry, folder / "propensity.db")
    raw = yaml.safe_load(files.path.read_text(encoding="utf-8"))
    raw |= {"definition": "definition.yaml", "business_hours": HOURS}
    (folder / "config.yaml").write_text(
        yaml.safe_dump(raw, allow_unicode=True, sort_keys=False), encoding="utf-8"
    )
    define(folder, bounds=BOUNDS)
    return replace(files, path=folder / "config.yaml", config=load(folder / "config.yaml"))


def define(folder, **changes):
    text = yaml.safe_dump({**DEFINITION, **changes}, allow_unicode=True, sort_keys=False)
    (folder / "definition.yaml").write_text(text, encoding="utf-8")


def registry(company):
    return Registry.of(company.config)


def register(company, *, slope=1.1, verdict=None, change=None):
    """A version with what the gate said of it."""
    model = replace(company.model, calibration=Calibration(slope=slope, intercept=-0.3))
    tags = (verdict.tags() if verdict else {}) | (
        {MIGRATION: change.model_dump_json()} if change else {}
    )
    return registry(company).register(model, run_name="test", params={}, metrics={}, tags=tags)


def signed(company, version, **told):
    return promote(company.config, version, signed_by=[SALES, MARKETING], at=AT, **told)


def tags(company, number):
    return next(v.tags for v in registry(company).versions() if v.number == number)


def told(found):
    return " ".join(" ".join(str(line) for line in promoted(found, "company")).split())


def change(**told):
    figures = {
        "leads": 1000,
        "instructions": 0.05,
        "weekly_before": 20.0,
        "weekly_after": 22.0,
    } | told
    return Change(**{"version": 1, "definition": 1} | figures)


PASSED, AGAINST_1 = GateVerdict(passed=True, against=None), GateVerdict(passed=True, against=1)


def test_a_version_that_passed_against_the_champion_in_use_is_promoted_and_the_log_says_so(company):
    register(company, verdict=PASSED)
    register(company, slope=1.0, verdict=AGAINST_1)
    signed(company, 1)

    found = signed(company, 2)

    assert (found.version, found.previous, found.definition, found.unsigned) == (2, 1, 2, ())
    assert [e.gate for e in registry(company).promotions()] == [
        "passed as the first model",
        "passed against version 1",
    ]


def test_one_that_failed_is_refused_with_what_failed_and_what_to_do(company):
    register(company, verdict=PASSED)
    register(
        company,
        verdict=GateVerdict(
            passed=False, against=1, failed=("log loss: -0.1\x1b[31m", "segments: JP")
        ),
    )
    signed(company, 1)

    with pytest.raises(
        RefusedError, match="did not pass the gate, so version 1 stays the champion"
    ) as caught:
        signed(company, 2)

    assert "\n  - log loss: -0.1[31m\n  - segments: JP\n" in str(caught.value)
    assert "--override REASON" in str(caught.value)
    assert registry(company).pair() == Pair(1, 1)
    assert len(registry(company).promotions()) == 1


@pytest.mark.parametrize(
    ("verdict", "said"),
    [
        (None, "Version 2 was registered without asking the gate, so version 1 stays"),
        (PASSED, "Version 2 met the gate as the first model, but the champion is version 1 now"),
        (
            GateVerdict(passed=True, against=7),
            "Version 2 met the gate against version 7, but the champion is version 1 now",
        ),
    ],
)
def test_a_word_of_the_gate_holds_against_the_champion_it_was_measured_against(
    company, verdict, said
):
    register(company, verdict=PASSED)
    register(company, verdict=verdict)
    signed(company, 1)

    with pytest.raises(RefusedError, match=said) as caught:
        signed(company, 2)

    assert "`propensity train CONFIG` lets a new challenger meet the champion" in str(caught.value)


def test_an_override_promotes_and_the_log_keeps_the_reason_as_harmless_text(company):
    register(company)

    found = signed(company, 1, override=" the old one\x1b[2J is broken\n")

    (entry,) = registry(company).promotions()
    assert (entry.gate, entry.because) == ("never asked, overridden", "the old one[2J is broken")
    assert found.because == entry.because


@pytest.mark.parametrize("reason", ["", "  \n", "x" * (LONGEST_REASON + 1)])
def test_a_reason_that_says_nothing_or_never_ends_is_refused(company, reason):
    register(company)

    with pytest.raises(ConfigError, match=r"--override: expected a reason of 1 to 500 characters"):
        signed(company, 1, override=reason)

    assert registry(company).pair() is None


def test_a_pair_that_is_not_signed_by_everybody_waits_and_is_completed_role_by_role(company):
    register(company, verdict=PASSED)

    first = promote(company.config, 1, at=AT)
    second = promote(company.config, 1, signed_by=[SALES], at=AT)
    again = promote(company.config, 1, signed_by=[SALES], at=AT)
    waiting = registry(company).pair(), registry(company).promotions()
    last = promote(company.config, 1, signed_by=[MARKETING], at=AT)

    assert (first.step, first.unsigned) == ("waits", ("marketing", "sales"))
    assert (second.step, second.unsigned) == ("waits", ("marketing",))
    assert (again.step, again.definition) == ("waits already", second.definition)
    assert waiting == (None, [])
    assert (last.step, last.unsigned, registry(company).pair()) == ("promoted", (), Pair(1, 3))
    assert registry(company).promotions()[-1].signed_by == (SALES, MARKETING)
    assert not any(name.startswith("propensity.waiting") for name in tags(company, 1))


def test_the_signed_champion_promoted_again_stays_as_it_is_with_its_signatures(company):
    register(company, verdict=PASSED)
    signed(company, 1)
    before = tags(company, 1), registry(company).promotions()

    found = [promote(company.config, 1, at=AT), signed(company, 1)]

    assert [each.step for each in found] == ["unchanged", "unchanged"]
    assert (tags(company, 1), registry(company).promotions()) == before
    assert Definitions.of(company.config).load(1).unsigned_roles == ()
    assert "is the champion already; nothing changed" in told(found[0])


def test_a_changed_file_does_not_take_the_champions_signatures_away(company):
    register(company, verdict=PASSED)
    signed(company, 1)
    define(company.path.parent, mql={"enter": 0.3, "leave": 0.2, "because": "more"})

    found = promote(company.config, 1, at=AT)

    assert (found.step, registry(company).pair()) == ("waits", Pair(1, 1))
    assert "version 1 stays the champion, by the definition it has" in told(found)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        (
            {"disqualifiers": [{"name": "gone", "rule": 'did "unsubscribed"', "because": "x"}]},
            'disqualifier gone: no event of leads is like `"unsubscribed"`',
        ),
        (
            {
                "disqualifiers": [
                    {"name": "big", "rule": '"price [JPY]" > 1000000000000000', "because": "x"}
                ]
            },
            "disqualifier big: it holds for no lead",
        ),
        (
            {"disqualifiers": [{"name": "all", "rule": "lead age >= 0 days", "because": "x"}]},
            "disqualifier all: it holds for every open lead",
        ),
        (
            {
                "qualifiers": [
                    {"name": "one", "rule": 'source = "web"', "because": "x"},
                    {"name": "other", "rule": 'source = "fair"', "because": "x"},
                ]
            },
            "qualifiers, all together: it holds for no lead",
        ),
        (
            {"stages": [{"name": "new", "entry": 'not did "visitt"', "because": "x"}]},
            "did you mean `visit`?",
        ),
        (
            {
                "mql": {"enter": 0.9999, "leave": 0.9999, "because": "x"},
                "always_hand_over": [],
            },
            "would be handed over",
        ),
    ],
    ids=["event", "never", "always", "together", "not", "nobody"],
)
def test_a_definition_that_cannot_work_is_refused_before_the_alias_moves(company, changes, said):
    register(company, verdict=PASSED)
    define(company.path.parent, **changes)

    with pytest.raises(RefusedError, match="do not work together as they are, so") as caught:
        signed(company, 1)
    nothing = registry(company).pair(), tags(company, 1)
    found = signed(company, 1, override="we mend the input on Monday")

    assert said in str(caught.value)
    assert nothing[0] is None
    assert not any(name.startswith("propensity.waiting") for name in nothing[1])
    assert found.step == "promoted"
    assert "overridden: " in registry(company).promotions()[-1].gate


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        (
            {"qualifiers": [{"name": "size", "rule": "Owner = 3", "because": "x"}]},
            "column `Owner`: not in the data",
        ),
        ({"required_info": [{"column": "telefon", "because": "x"}]}, "column `telefon`"),
    ],
    ids=["qualifier", "required"],
)
def test_a_rule_that_no_scoring_can_read_is_refused_whatever_the_override_says(
    company, changes, said
):
    register(company, verdict=PASSED)
    disqualifier = {"name": "all", "rule": "lead age >= 0 days", "because": "x"}
    define(company.path.parent, **changes, disqualifiers=[disqualifier])

    with pytest.raises(RefusedError, match="so --override does not help") as caught:
        signed(company, 1, override="we mend the input on Monday")

    assert said in str(caught.value)
    assert registry(company).pair() is None
    with pytest.raises(ConfigError, match="rules of the definition do not fit the input"):
        score(company.config, as_of=worlds.AS_OF, version=1)


def test_a_pair_that_no_scoring_can_use_is_refused_whatever_the_override_says(company):
    register(company, verdict=PASSED)
    raw = yaml.safe_load(company.path.read_text(encoding="utf-8"))
    del raw["business_hours"]
    company.path.write_text(yaml.safe_dump(raw, allow_unicode=True), encoding="utf-8")
    without_hours = replace(company, config=load(company.path))

    with pytest.raises(RefusedError, match=r"(?s)business_hours.*so --override does not help"):
        signed(without_hours, 1, override="a test")

    assert registry(company).pair() is None


def test_a_signature_is_a_name_on_one_line_and_no_essay(company):
    register(company, verdict=PASSED)
    evil = "marketing: 山田\u3000太郎\x1b[2J\u202e"

    with pytest.raises(ConfigError, match="a name of at most 300 characters"):
        promote(company.config, 1, signed_by=["marketing: " + "B" * 301], at=AT)
    promote(company.config, 1, signed_by=[SALES, evil], at=AT)

    (entry,) = registry(company).promotions()
    assert "marketing: 山田\u3000太郎[2J" in entry.signed_by


def test_an_input_that_cannot_be_read_does_not_promote_in_silence(company):
    register(company, verdict=PASSED)
    (company.path.parent / "events.csv").unlink()

    with pytest.raises(RefusedError, match="the first scoring cannot be made"):
        signed(company, 1)

    assert registry(company).pair() is None


def test_the_trial_counts_what_the_first_scoring_does_and_writes_nothing(company):
    register(company, verdict=PASSED)
    leads = company.path.parent / "leads.csv"
    leads.write_text(leads.read_text(encoding="utf-8") + "L99999,no day,1\n", encoding="utf-8")
    files = sorted(company.path.parent.rglob("*.csv"))

    trial = signed(company, 1, as_of=worlds.AS_OF).trial
    summary = score(company.config, as_of=worlds.AS_OF).summary

    assert (trial.leads, trial.as_of) == (summary.leads, worlds.AS_OF)
    assert trial.cases == {case: count for case, count in summary.cases.items() if count}
    assert trial.areas == {name: count for name, count in summary.quadrants.items() if count}
    assert trial.handed_over == summary.cases["hand-raiser"] + summary.cases["MQL"]
    assert files == sorted(
        file for file in company.path.parent.rglob("*.csv") if "quarantine" not in str(file)
    )


def agreed_on(company, *, sha256, close_rate, leads):
    """A definition that was agreed on before, written to the file."""
    register(company, verdict=PASSED)
    signed(company, 1)
    raw = Definitions.of(company.config).load(1).model_dump(mode="json")
    raw["agreed_on"] |= {"close_rate": close_rate, "leads": leads}
    raw["agreed_on"] |= {"model_sha256": sha256} if sha256 else {}
    define(company.path.parent, **raw)
    register(company, slope=1.3, verdict=AGAINST_1)


@pytest.mark.parametrize(
    ("sha256", "times", "is_refused"),
    [("f" * 64, 1.0, False), ("f" * 64, 0.3, True), (None, 0.8, False), (None, 0.2, True)],
    ids=["foreign, alike", "foreign, other", "own, drifted", "own, other population"],
)
def test_a_definition_of_another_population_is_refused(company, sha256, times, is_refused):
    rate = company.model.reference.close_rate
    agreed_on(company, sha256=sha256, close_rate=rate * times, leads=5000)

    if not is_refused:
        assert signed(company, 2).step == "promoted"
        return
    with pytest.raises(RefusedError, match="the definition was agreed on for") as caught:
        signed(company, 2)

    assert ("does not know" in str(caught.value)) is (sha256 is not None)
    assert registry(company).pair() == Pair(1, 1)


def test_a_file_by_hand_keeps_the_average_that_was_frozen_where_its_terms_are_the_same(company):
    register(company, verdict=PASSED)
    signed(company, 1)
    reference = company.model.reference.model_copy(
        update={"close_rate": company.model.reference.close_rate * 1.1}
    )
    registry(company).register(
        replace(company.model, reference=reference),
        run_name="next",
        params={},
        metrics={},
        tags=AGAINST_1.tags(),
    )

    signed(company, 2)

    one, two = (Definitions.of(company.config).load(number) for number in (1, 2))
    assert two.agreed_on.close_rate == one.agreed_on.close_rate
    assert two.agreed_on.model_sha256 != one.agreed_on.model_sha256


def test_old_signatures_stand_for_a_model_that_stays_inside_the_signed_bounds(company):
    register(company, verdict=PASSED)
    register(company, slope=1.0, verdict=AGAINST_1, change=change())
    signed(company, 1)
    zeros = Definitions.of(company.config).load(1).axes

    found = promote(company.config, 2, at=AT)

    definition = Definitions.of(company.config).load(found.definition)
    assert found.carried
    assert found.unsigned == ()
    assert [s.name for s in definition.signed] == ["A. Sato", "B. Ito"]
    assert definition.agreed_on.model_version == "2"
    assert definition.axes.fit.cuts == zeros.fit.cuts
    entry = registry(company).promotions()[-1]
    assert entry.because.startswith("signatures carried over: new MQLs per week +10%")
    assert "DRAFT" not in score(company.config, as_of=worlds.AS_OF).summary.definition
    assert "signatures stand for this model too" in " ".join(
        str(line) for line in promoted(found, "company")
    )


@pytest.mark.parametrize(
    ("told", "bounds"),
    [
        ({"weekly_after": 25.0}, BOUNDS),
        ({"instructions": 0.2}, BOUNDS),
        ({"weekly_before": 0.0}, BOUNDS),
        ({"weekly_after": None}, BOUNDS),
        ({"definition": 9}, BOUNDS),
        ({"version": 3}, BOUNDS),
        ({}, None),
    ],
    ids=[
        "volume",
        "instructions",
        "from nothing",
        "unknown",
        "another definition",
        "another model",
        "no bounds",
    ],
)
def test_outside_of_them_or_without_them_the_new_model_waits(company, told, bounds):
    define(company.path.parent, bounds=bounds)
    register(company, verdict=PASSED)
    register(company, slope=1.0, verdict=AGAINST_1, change=change(**told))
    signed(company, 1)

    found = promote(company.config, 2, at=AT)

    assert not found.carried
    assert (found.step, found.unsigned) == ("waits", ("marketing", "sales"))
    assert registry(company).pair() == Pair(1, 1)


def test_bounds_are_those_that_were_signed_not_those_in_a_file_that_was_changed_since(company):
    register(company, verdict=PASSED)
    register(company, slope=1.0, verdict=AGAINST_1, change=change(instructions=0.5))
    signed(company, 1)
    define(company.path.parent, bounds=BOUNDS | {"instructions": 1.0})

    assert not promote(company.config, 2, at=AT).carried


def test_an_unreadable_migration_is_told(company):
    register(company, verdict=PASSED)
    register(company, slope=1.0, verdict=AGAINST_1)
    signed(company, 1)
    registry(company).tag(2, {MIGRATION: "{"})

    with pytest.raises(
        ArtifactError, match=r"version 2: the tag propensity\.migration cannot be read"
    ):
        promote(company.config, 2, at=AT)


def test_a_verdict_that_is_written_again_leaves_nothing_of_the_old_one(company):
    register(company, verdict=GateVerdict(passed=False, against=1, failed=("log loss",)))

    registry(company).tag(1, AGAINST_1.tags(), without=(GATE_FAILED, MIGRATION))

    (version,) = registry(company).versions()
    assert GATE_FAILED not in version.tags


def test_scores_after_a_promotion_and_its_rollback_are_the_same_bytes(company, tmp_path):
    """The second promotion changes the definition of the same model, the third the model too."""
    register(company, verdict=PASSED)
    register(company, slope=1.3)
    signed(company, 1)
    outputs = {}

    def scored(name):
        score(company.config, as_of=worlds.AS_OF, out=tmp_path / f"{name}.parquet")
        outputs[name] = (tmp_path / f"{name}.parquet").read_bytes()

    scored("first")
    define(company.path.parent, mql={"enter": 0.2, "leave": 0.1, "because": "more"})
    signed(company, 1)
    scored("another line")
    signed(company, 2, override="a test")
    scored("another model")
    assert roll_back(company.config).now == Pair(1, 2)
    scored("back once")
    assert roll_back(company.config, because="sales").now == Pair(1, 1)
    scored("back twice")

    assert len({outputs["first"], outputs["another line"], outputs["another model"]}) == 3
    assert outputs["back once"] == outputs["another line"]
    assert outputs["back twice"] == outputs["first"]
    with pytest.raises(
        RegistryError, match="Version 1 of company is the first champion: there is no earlier pair"
    ):
        roll_back(company.config)


def test_a_rollback_to_a_damaged_pair_changes_nothing(company):
    first, second = register(company, verdict=PASSED), register(company, slope=1.3)
    signed(company, first)
    signed(company, second, override="a test")
    run = registry(company).versions()[0].run_id
    member = next(company.path.parent.rglob(f"*/{run}/artifacts/model/data/bundle/members/00.txt"))
    member.write_bytes(member.read_bytes()[:-10])

    with pytest.raises(ArtifactError, match="truncated or changed"):
        roll_back(company.config)

    assert registry(company).pair() == Pair(2, 2)


def test_who_was_champion_when_follows_what_came_about(company):
    register(company, verdict=PASSED)
    register(company, slope=1.3)
    signed(company, 1)
    signed(company, 2, override="a test")
    roll_back(company.config)
    first, second, back = registry(company).promotions()

    at = [champion_of(company.config, entry.at).version for entry in (first, second, back)]

    assert at == ["1", "2", "1"]


def test_the_commands_tell_the_story(company, monkeypatch, capfd):
    register(company, verdict=PASSED)
    register(
        company,
        slope=1.3,
        verdict=GateVerdict(passed=False, against=1, failed=("segments: worse",)),
    )

    def run(*words):
        monkeypatch.setattr(sys, "argv", ["propensity", *words])
        with pytest.raises(SystemExit) as ended:
            main()
        out, err = capfd.readouterr()
        return ended.value.code or 0, " ".join(out.split()), err

    monkeypatch.chdir(company.path.parent)
    day = ("--as-of", str(worlds.AS_OF))
    both = (*day, "--signed-by", SALES, "--signed-by", MARKETING)
    assert run("promote", "1", "config.yaml", *both)[0] == 0
    code, _, err = run("promote", "2", "config.yaml")
    assert (code, "segments: worse" in err) == (20, True)
    code, out, _ = run("promote", "2", "config.yaml", "--override", "we have to", *day)
    assert (code, "failed against version 1, overridden: we have to" in out) == (10, True)
    assert "waits for signatures: signatures of marketing, sales for this model are missing" in out
    code, out, _ = run("promote", "2", "config.yaml", *both)
    assert (code, "failed against version 1, overridden: we have to" in out) == (0, True)
    assert "The first scoring, tried as of 2025-05-" in out
    code, out, _ = run("rollback", "config.yaml", "--because", "too few calls")
    assert (code, "back at version 1 with definition 1, in place of version 2" in out) == (0, True)
    code, out, _ = run("history", "config.yaml")
    assert code == 0
    assert "signed by sales: A. Sato, marketing: B. Ito" in out
    assert (
        "version 1 came back, in place of version 2, with definition 1 because: too few calls"
        in out
    )
    assert "failed" in run("models", "config.yaml")[1]


def test_signatures_are_dated_by_the_day_that_was_given_and_the_log_by_the_clock(company):
    register(company, verdict=PASSED)
    day = dt.date(2025, 4, 1)

    found = signed(company, 1, signed_on=day)

    held = Definitions.of(company.config).load(found.definition)
    assert {one.day(company.config.input.timezone) for one in held.signed} == {day}
    assert registry(company).promotions()[0].at.date() > day


def test_nobody_has_signed_on_a_day_to_come(company):
    register(company, verdict=PASSED)

    with pytest.raises(
        ConfigError, match=r"--signed-on: expected the day .*2025-05-01 at the latest.*2025-05-02"
    ):
        signed(company, 1, signed_on=dt.date(2025, 5, 2))

    assert registry(company).pair() is None
