"""The registry on a real MLflow tracking server: PostgreSQL behind it, artifacts passed through it,
and what happens when the network or the server fails.
"""

import datetime as dt
import logging
import re
import shutil
import subprocess
import sys
import time
import traceback
from base64 import b64encode
from dataclasses import replace
from pathlib import Path
from urllib.parse import quote

import pytest
import yaml

from propensity.api import score
from propensity.config.config import load
from propensity.model.model_parts import Calibration
from propensity.promotion.gate_verdict import GateVerdict
from propensity.promotion.promotion import promote, roll_back
from propensity.registry import ExpectedPair, Pair, Registry, RegistryError, turn
from tests.propensity import worlds
from tests.propensity.grading.test_instructions import DEFINITION, HOURS, MARKETING, SALES
from tests.propensity.registry.tracking_server import Cut, Network, running

pytestmark = pytest.mark.slow

AT = dt.datetime(2025, 5, 1, 3, tzinfo=dt.UTC)
PNG = b"\x89PNG\r\n\x1a\n"
CARD = b"# What it is for\n"


@pytest.fixture(scope="module")
def server(postgresql, tmp_path_factory):
    with running(postgresql(), tmp_path_factory.mktemp("server")) as started:
        yield started


@pytest.fixture
def network(server, monkeypatch):
    """A way to the server that fails at once, without a second try, unless a test wants one."""
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0")
    between = Network(server)
    yield between
    between.close()


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    return worlds.company(tmp_path_factory.mktemp("served"))


@pytest.fixture
def company(files, tmp_path, network, request):
    """A company of the test's own, whose models are on the server."""
    folder = tmp_path / "company"
    shutil.copytree(files.path.parent, folder)
    raw = yaml.safe_load(files.path.read_text(encoding="utf-8"))
    name = "".join(c if c.isalnum() else "_" for c in request.node.name)
    raw |= {"name": name, "definition": "definition.yaml", "business_hours": HOURS}
    raw |= {"registry": {"uri": network.uri}}
    (folder / "config.yaml").write_text(yaml.safe_dump(raw, allow_unicode=True), encoding="utf-8")
    definition = yaml.safe_dump(DEFINITION, allow_unicode=True, sort_keys=False)
    (folder / "definition.yaml").write_text(definition, encoding="utf-8")
    return replace(files, path=folder / "config.yaml", config=load(folder / "config.yaml"))


def register(company, *, slope=1.1, against=None):
    model = replace(company.model, calibration=Calibration(slope=slope, intercept=-0.3))
    return Registry.of(company.config).register(
        model,
        run_name="the first quarter",
        params={"learner.depth": 3, "columns[0]": "業種"},
        metrics={"roc_auc": 0.8125},
        plots={"lift.png": PNG},
        documents={"model-card.md": CARD},
        tags=GateVerdict(passed=True, against=against).tags(),
    )


def signed(company, version):
    return promote(company.config, version, signed_by=[SALES, MARKETING], at=AT)


def both(company):
    """Two versions, of which the first is champion."""
    register(company)
    signed(company, 1)
    register(company, slope=1.0, against=1)


def scores(company):
    """The bytes of a scored file."""
    file = company.path.with_name("scored.parquet")
    score(company.config, as_of=worlds.AS_OF, out=file)
    return file.read_bytes()


def test_register_promote_score_and_roll_back(company):
    both(company)
    first = scores(company)
    signed(company, 2)
    second = scores(company)
    back = roll_back(company.config, because="too few")

    registry = Registry.of(company.config)
    assert back.now == Pair(1, 1) == registry.pair()
    assert first == scores(company) != second
    assert [(e.kind, e.version, e.previous) for e in registry.promotions()] == [
        ("promotion", 1, None),
        ("promotion", 2, 1),
        ("rollback", 1, 2),
    ]


def test_figures_plots_and_card_are_on_the_server_and_nothing_beside_us(company, server):
    register(company)
    from mlflow import MlflowClient

    client = MlflowClient(tracking_uri=server.uri, registry_uri=server.uri)
    (version,) = Registry.of(company.config).versions()
    run = client.get_run(version.run_id)
    card = client.download_artifacts(version.run_id, "model-card.md")
    assert (run.info.status, run.data.metrics) == ("FINISHED", {"roc_auc": 0.8125})
    assert run.data.params == {"learner.depth": "3", "columns_0_": "業種"}
    assert version.metrics == {"roc_auc": 0.8125}
    assert [f.path for f in client.list_artifacts(version.run_id, "plots")] == ["plots/lift.png"]
    assert Path(card).read_bytes() == CARD
    assert sorted(p.name for p in company.path.parent.iterdir()) == sorted(
        ["config.yaml", "definition.yaml", "events.csv", "leads.csv", "outcomes.csv"]
    )
    assert len([*server.artifacts.rglob("lift.png")]) >= 1


@pytest.fixture
def two(company):
    """The registry of a company with three versions, of which the first is champion."""
    registry = Registry.of(company.config)
    for slope in (1.1, 1.0, 0.9):
        register(company, slope=slope)
    registry.promote(1, definition=7)
    return registry


def is_whole(registry, *pairs):
    """Whether the champion is one of some pairs, and the log ends with it; nobody is promoting."""
    assert registry.pair() in pairs
    assert registry.promotions()[-1].pair == registry.pair()
    return True


PROMOTE = """
import sys, time
from pathlib import Path
from propensity.registry import ExpectedPair, Registry, RegistryError
uri, name, version, folder, rounds = sys.argv[1:]
registry, version = Registry(uri, name), int(version)

def together(word):
    (Path(folder) / f"{word}-{version}").touch()
    while len(list(Path(folder).glob(f"{word}-*"))) < 2:
        time.sleep(0.001)

for number in range(int(rounds)):
    seen = ExpectedPair(registry.pair())
    together(f"go{number}")
    try:
        registry.promote(version, definition=10 * version + number, seen=seen)
        print("won", flush=True)
    except RegistryError as error:
        print(error, flush=True)
    together(f"end{number}")
"""


def test_of_two_promoters_at_once_one_wins_and_the_other_is_told(two, server, tmp_path):
    rounds = 12
    before = len(two.promotions())
    arguments = [server.uri, two.model_name]
    both = [
        subprocess.Popen(
            [sys.executable, "-c", PROMOTE, *arguments, version, str(tmp_path), str(rounds)],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for version in ("2", "3")
    ]
    told = [process.communicate(timeout=300) for process in both]

    assert [err for _, err in told] == ["", ""]
    for ended in zip(*(out.splitlines() for out, _ in told), strict=True):
        won, lost = sorted(ended, key=lambda line: line != "won")
        assert won == "won"
        assert "somebody else promoted meanwhile, and nothing was changed" in lost
    assert len(two.promotions()) == before + rounds
    assert is_whole(two, two.pair())


def failure(call):
    """What a call says when it fails; empty where it does not."""
    try:
        call()
    except RegistryError as error:
        return str(error)
    return ""


def cut_from(network, number, *, answered):
    """From a request on, nothing comes through; the first of them may arrive, without answer."""

    def rule(at, asked, go):
        if at == number and answered:
            go()
        if at >= number:
            raise Cut
        return go()

    network.heal()
    network.rule = rule


@pytest.mark.parametrize("arrives", [False, True], ids=["is lost", "arrives without answer"])
def test_a_promotion_cut_at_any_write_leaves_the_old_pair_or_the_new(
    two, network, monkeypatch, arrives
):
    """The definition's number changes too, so that a half would be seen."""
    monkeypatch.setattr(turn, "_ABANDONED", 0.5)
    two.promote(1, definition=7)
    network.heal()
    two.promote(2, definition=8)
    writes = [at for at, (method, _) in enumerate(network.asked, start=1) if method != "GET"]
    old, new = Pair(1, 7), Pair(2, 8)
    found = []
    for number in writes:
        network.heal()
        two.promote(1, definition=7)
        cut_from(network, number, answered=arrives)
        told = failure(lambda: two.promote(2, definition=8, seen=ExpectedPair(old)))
        assert not told or re.fullmatch(r"http\S+ could not promote a version: .*", told)
        network.heal()
        assert is_whole(two, old, new)
        found.append(two.pair())
    two.promote(2, definition=8)
    assert is_whole(two, new)
    assert len(writes) >= 6
    assert found[0] == old
    assert found[-1] == new
    assert found == sorted(found, key=lambda pair: pair.version)


def test_a_request_that_is_lost_once_is_sent_again(two, network, monkeypatch):
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "2")
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_BACKOFF_FACTOR", "0")
    lost = set()

    def rule(_number, asked, go):
        if asked not in lost:
            lost.add(asked)
            raise Cut
        return go()

    network.rule = rule
    two.promote(3, definition=9)
    network.heal()

    assert len(lost) > 5
    assert is_whole(two, Pair(3, 9))


def killed_at(network, server, word):
    """The server is killed when a request arrives whose path holds a word."""

    def rule(_number, asked, go):
        if word in asked[1] and asked[0] != "GET":
            server.kill()
        return go()

    network.heal()
    network.rule = rule


def test_a_server_killed_while_promoting_is_told_in_one_sentence_and_has_the_old_pair(
    two, network, server, monkeypatch
):
    monkeypatch.setattr(turn, "_ABANDONED", 5.0)
    killed_at(network, server, "/alias")
    with pytest.raises(RegistryError, match="could not promote a version: ") as caught:
        two.promote(2, definition=8)
    server.start()
    network.heal()

    assert "Nothing is half promoted: `propensity history` says which pair" in str(caught.value)
    assert is_whole(two, Pair(1, 7))
    two.promote(2, definition=8)
    assert is_whole(two, Pair(2, 8))


@pytest.mark.parametrize("word", ["mlflow-artifacts", "model-versions/create"])
def test_a_server_killed_while_registering_has_no_new_challenger(
    two, company, network, server, word
):
    before = two.resolve("challenger")
    killed_at(network, server, word)
    with pytest.raises(RegistryError, match="could not register a version: "):
        register(company)
    server.start()
    network.heal()

    assert two.resolve("challenger") == before
    assert register(company) == before + 1 == two.resolve("challenger")
    assert two.load(before + 1)[0].spec == company.model.spec


def test_a_promotion_that_was_killed_keeps_the_next_one_waiting_for_a_while_only(
    two, server, monkeypatch
):
    from mlflow import MlflowClient

    client = MlflowClient(tracking_uri=server.uri, registry_uri=server.uri)
    client.create_registered_model(f"{two.model_name}.promoting")
    monkeypatch.setattr(turn, "_ABANDONED", 2.0)
    began = time.monotonic()

    two.promote(2, definition=8)

    assert time.monotonic() - began > 2
    assert is_whole(two, Pair(2, 8))
    with pytest.raises(Exception, match="not found"):
        client.get_registered_model(f"{two.model_name}.promoting")


def test_a_promotion_that_takes_too_long_changes_nothing(two, network, monkeypatch):
    monkeypatch.setattr(turn, "_LIMIT", 0.5)

    def slow(_number, _asked, go):
        time.sleep(0.3)
        return go()

    network.rule = slow
    with pytest.raises(RegistryError, match=r"expected to promote within 0 s, .*nothing was chang"):
        two.promote(2, definition=8)
    network.heal()

    assert is_whole(two, Pair(1, 7))


def test_a_server_that_answers_too_late_is_told_so_and_a_slow_one_is_used(
    two, network, monkeypatch
):
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_TIMEOUT", "2")

    def late(_number, _asked, go):
        time.sleep(0.2 if not network.asked[3:] else 8)
        return go()

    network.rule = late
    began = time.monotonic()
    with pytest.raises(RegistryError, match="took longer than 2 s to answer, each time"):
        two.promote(2, definition=8)
    assert time.monotonic() - began < 30
    network.heal()

    assert is_whole(two, Pair(1, 7))


SECRET = "s3cret/@%"  # noqa: S105 — of nobody


@pytest.mark.parametrize("way", ["the environment", "the address"])
def test_the_right_credentials_let_us_in(two, network, monkeypatch, way):
    network.credentials = f"me:{SECRET}"
    if way == "the environment":
        monkeypatch.setenv("MLFLOW_TRACKING_USERNAME", "me")
        monkeypatch.setenv("MLFLOW_TRACKING_PASSWORD", SECRET)
        uri = network.uri
    else:
        uri = network.uri.replace("://", f"://me:{quote(SECRET, safe='')}@")

    assert Registry(uri, two.model_name).load()[1] == 1


@pytest.mark.parametrize("way", ["nothing", "the environment", "a token", "the address"])
@pytest.mark.parametrize("status", [401, 403])
def test_wrong_credentials_are_told_without_any_secret(
    two, network, monkeypatch, capfd, caplog, way, status
):
    caplog.set_level(logging.DEBUG)
    uri = network.uri
    if way == "the environment":
        monkeypatch.setenv("MLFLOW_TRACKING_USERNAME", "me")
        monkeypatch.setenv("MLFLOW_TRACKING_PASSWORD", SECRET)
    elif way == "a token":
        monkeypatch.setenv("MLFLOW_TRACKING_TOKEN", SECRET)
    elif way == "the address":
        uri = network.uri.replace("://", f"://me:{quote(SECRET, safe='')}@")
    told = f"no: {SECRET} {quote(SECRET, safe='')} {b64encode(f'me:{SECRET}'.encode()).decode()}"
    network.rule = lambda *_: (status, [], told.encode())

    with pytest.raises(RegistryError, match=rf"the server did not let you in \({status}\)") as err:
        Registry(uri, two.model_name).versions()

    shown = "".join(traceback.format_exception(err.value)) + "".join(capfd.readouterr())
    shown += caplog.text
    for secret in (SECRET, quote(SECRET, safe=""), b64encode(f"me:{SECRET}".encode()).decode()):
        assert secret not in shown


def test_what_a_failing_server_writes_is_not_repeated(two, network):
    network.rule = lambda *_: (500, [], b"Traceback: password=s3cret")

    with pytest.raises(RegistryError, match=r"the server failed \(500\), each time") as caught:
        Registry(network.uri, two.model_name).versions()

    assert "s3cret" not in str(caught.value)
