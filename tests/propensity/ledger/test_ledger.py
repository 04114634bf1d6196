"""Facts go in once, and the memory of a night is what the nights before it left."""

import datetime as dt
import multiprocessing
from dataclasses import replace

import pytest
import sqlalchemy as sa

from features.errors import ConfigError, LeadNotFoundError
from propensity.ledger.database import LedgerError, opened
from propensity.ledger.ledger import Ledger, LedgerFact, Night
from propensity.ledger.tables import REVISIONS
from propensity.ledger.verify import wrong_facts

DAY = dt.date(2025, 3, 3)


def night(number, **told):
    plain = Night(DAY + dt.timedelta(days=number), "1", "1", "0" * 64, 100, 0)
    return replace(plain, **told)


def fact(kind, number, lead="L1", **told):
    moment = dt.datetime(2025, 3, 2, 15) + dt.timedelta(days=number)
    return LedgerFact(lead, 0, kind, DAY + dt.timedelta(days=number), moment, **told)


def over(number, lead="L1", **told):
    due = dt.datetime(2025, 3, 3, 1) + dt.timedelta(days=number)
    plain = {"handed_over_as": "MQL", "owner": "Sales", "respond_by": due, "probability": 0.4}
    return fact("handed over", number, lead, **(plain | told))


@pytest.fixture
def ledger(address):
    with opened(address) as engine:
        yield Ledger(engine, address, "leads")


def remembered(ledger, number):
    rows = ledger.before(DAY + dt.timedelta(days=number)).leads.to_pylist()
    return {row["lead_id"]: row for row in rows}


def test_a_night_remembers_the_nights_before_it(ledger):
    ledger.record(night(0), [over(0), fact("entered", 0)])
    ledger.record(night(1), [over(1, "L2", requested_on=DAY, handed_over_as="hand-raiser")])

    assert remembered(ledger, 0) == {}
    assert set(remembered(ledger, 1)) == {"L1"}
    found = remembered(ledger, 2)

    assert found["L1"] == {
        "lead_id": "L1",
        "episode": 0,
        "is_mql": True,
        "mql_since": DAY,
        "handed_over_on": DAY,
        "handed_over_as": "MQL",
        "owner": "Sales",
        "respond_by": dt.datetime(2025, 3, 3, 1, tzinfo=dt.UTC),
        "requested_on": None,
        "cooled_on": None,
        "status": None,
        "status_at": None,
        "status_because": None,
    }
    assert (found["L2"]["is_mql"], found["L2"]["requested_on"]) == (False, DAY)
    assert ledger.before(DAY + dt.timedelta(days=5)).as_of == DAY + dt.timedelta(days=1)


def test_the_last_hand_over_and_the_newest_request_count(ledger):
    asked = DAY - dt.timedelta(days=1)
    ledger.record(night(0), [over(0, requested_on=asked, owner="Inside"), fact("entered", 0)])
    ledger.record(night(1), [fact("left", 1), fact("cooled", 1)])
    cooled = remembered(ledger, 2)["L1"]
    ledger.record(night(2), [over(2), fact("entered", 2)])

    again = remembered(ledger, 3)["L1"]

    assert (cooled["is_mql"], cooled["cooled_on"]) == (False, DAY + dt.timedelta(days=1))
    assert (again["is_mql"], again["cooled_on"], again["owner"]) == (True, None, "Sales")
    assert again["requested_on"] == asked
    assert again["mql_since"] == again["handed_over_on"] == DAY + dt.timedelta(days=2)


def test_the_newest_that_sales_said_since_the_last_hand_over_is_true(ledger):
    ledger.record(night(0), [over(0), over(0, "L2")])
    ledger.record(
        night(1),
        [
            fact("accepted", 1),
            fact("sent back", 1, "L2", detail="no budget"),
            replace(fact("accepted", 0, "L2"), as_of=DAY + dt.timedelta(days=1)),
        ],
    )
    known = remembered(ledger, 2)
    ledger.record(night(2), [over(2, "L2")])

    assert (known["L1"]["status"], known["L2"]["status"]) == ("accepted", "sent back")
    assert known["L2"]["status_because"] == "no budget"
    assert remembered(ledger, 3)["L2"]["status"] is None
    due = [fact("recycled", 1, "L8"), replace(fact("recycle control", 1, "L8"), as_of=DAY)]
    wrong = wrong_facts(due, [night(0), night(1)])
    assert wrong == [f"{due[0].as_of}: recycled, of a loss that was due before"]
    early = [fact("accepted", 1, "L9")]
    assert wrong_facts(early, [night(1)]) == [f"{early[0].as_of}: accepted without a hand-over"]


def test_what_stands_there_is_not_added_again(ledger):
    facts = [over(0), fact("attempt", 0, detail="call"), fact("attempt", 0, detail="mail")]

    assert ledger.record(night(0), facts) == 3
    assert ledger.record(night(0), [*facts, fact("attempt", 0, detail="visit")]) == 1
    assert len(ledger.facts()) == 4
    assert ledger.nights() == [night(0)]


def test_models_do_not_see_each_other(address, ledger):
    ledger.record(night(0), [over(0)])

    with opened(address) as engine:
        other = Ledger(engine, address, "other")
        assert (other.nights(), other.facts()) == ([], [])
        other.record(night(0, model_version="9"), [over(0)])
    assert len(ledger.facts()) == 1


def test_a_night_of_another_pair_is_refused_whole(ledger):
    ledger.record(night(0), [])

    with pytest.raises(LedgerError, match="was run with model 1 and definition 1"):
        ledger.record(night(0, model_version="2"), [over(0)])

    assert ledger.facts() == []


def test_only_a_night_before_all_later_ones_hands_over(ledger):
    ledger.record(night(0), [])
    ledger.record(night(2), [])

    hands_over = [ledger.before(DAY + dt.timedelta(days=n)).hands_over for n in range(4)]

    assert hands_over == [True, False, True, True]


def test_who_was_worked_on_since_the_last_hand_over(ledger):
    ledger.record(
        night(2),
        [
            over(1, "L1"),
            fact("attempt", 2, "L1", detail="call"),
            over(1, "L2"),
            over(0, "L3"),
            fact("attempt", 1, "L3", detail="call"),
            over(2, "L3"),
        ],
    )

    assert ledger.worked_on(DAY + dt.timedelta(days=2)) == {("L1", 0)}
    assert ledger.worked_on(DAY + dt.timedelta(days=1)) == {("L3", 0)}


def test_the_course_of_a_lead(ledger):
    ledger.record(night(1), [fact("closed", 1, detail="won"), over(0), over(0, "L2")])

    assert [found.kind for found in ledger.course("L1")] == ["handed over", "closed"]
    with pytest.raises(LeadNotFoundError, match="knows nothing of 'L9'"):
        ledger.course("L9")


def test_many_facts_are_added_in_one_transaction(ledger):
    facts = [over(0, f"L{i}") for i in range(2_500)]
    broken = [*facts, replace(over(0, "bad"), kind=None)]

    with pytest.raises(LedgerError, match="cannot be used"):
        ledger.record(night(0), broken)
    assert (ledger.nights(), ledger.facts()) == ([], [])

    assert ledger.record(night(0), facts) == 2_500


def run_a_night(address, barrier, results):
    with opened(address) as engine:
        mine = Ledger(engine, address, "leads")
        barrier.wait()
        try:
            results.put(mine.record(night(0), [over(0, f"L{i}") for i in range(500)]))
        except LedgerError as error:
            results.put(str(error))


def test_two_nights_at_once_hand_over_once(address):
    spawn = multiprocessing.get_context("spawn")
    barrier, results = spawn.Barrier(2), spawn.Queue()
    runs = [spawn.Process(target=run_a_night, args=(address, barrier, results)) for _ in range(2)]
    for run in runs:
        run.start()
    found = [results.get(timeout=60) for _ in runs]
    for run in runs:
        run.join()

    others = [result for result in found if result != 500]
    assert len(others) == 1, found
    assert others[0] == 0 or "recorded by another run meanwhile" in others[0]
    with opened(address) as engine:
        assert len(Ledger(engine, address, "leads").facts()) == 500


def test_a_file_is_for_its_owner_alone(tmp_path):
    path = tmp_path / "deep" / "ledger.db"

    with opened(f"sqlite:///{path}"):
        assert path.stat().st_mode & 0o777 == 0o600


def test_a_newer_schema_is_refused(address):
    with opened(address) as engine, engine.begin() as connection:
        connection.execute(sa.text("UPDATE propensity_ledger_schema SET revision = 99"))

    with (
        pytest.raises(ConfigError, match=f"schema 99.* knows up to {len(REVISIONS)}"),
        opened(address),
    ):
        pass


def test_a_file_that_is_no_database_stays_as_it_is(tmp_path):
    path = tmp_path / "leads.csv"
    path.write_text("lead_id\nL1\n" * 100)

    with pytest.raises(LedgerError, match="not a database"), opened(f"sqlite:///{path}"):
        pass

    assert path.read_text() == "lead_id\nL1\n" * 100


def test_no_error_tells_the_password(monkeypatch):
    monkeypatch.setenv("LEDGER_PASSWORD", "s3cret")

    for url in (
        "postgresql+pg8000://me:s3cret@127.0.0.1:1/none",
        "postgresql+pg8000://me:${LEDGER_PASSWORD}@127.0.0.1:1/none",
        "nonsense+driver://me:s3cret@host/none",
    ):
        with pytest.raises((LedgerError, ConfigError)) as caught, opened(url):
            pass
        assert "s3cret" not in str(caught.value)


@pytest.mark.parametrize(
    ("facts", "told"),
    [
        ([over(0), over(1)], "handed over again"),
        ([over(0, requested_on=DAY), over(1, requested_on=DAY)], "handed over again"),
        ([fact("cooled", 0)], "cooled without a hand-over"),
        ([fact("entered", 0), fact("entered", 1)], "entered the line twice"),
        ([fact("left", 0)], "left the line twice"),
        ([over(0, respond_by=dt.datetime(2025, 3, 1))], "a deadline before its hand-over"),
        ([over(7)], "of a night that was not recorded"),
    ],
)
def test_what_cannot_be_is_found(facts, told):
    counts = [
        sum(f.kind == "handed over" and f.as_of == night(n).as_of for f in facts) for n in (0, 1)
    ]
    nights = [night(n, handed_over=count) for n, count in enumerate(counts)]

    assert any(told in line for line in wrong_facts(facts, nights))


def test_a_course_that_can_be_is_not_doubted():
    facts = [
        over(0, requested_on=DAY),
        over(1, requested_on=DAY + dt.timedelta(days=1)),
        fact("cooled", 2),
        over(3),
        fact("entered", 3),
        fact("gone", 4),
        fact("left", 4),
        over(5),
        fact("entered", 5),
    ]
    nights = [night(n, handed_over=int(n in (0, 1, 3, 5))) for n in range(6)]

    assert wrong_facts(facts, nights) == []
    assert wrong_facts(facts, [replace(nights[0], handed_over=2), *nights[1:]])
