"""What MLflow serves: frames as pandas reads them from a CSV, and errors that hold no values."""

import contextlib
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

import propensity
from features.build.table import encoded
from features.errors import ArtifactError, ConfigError, DataError
from propensity.model import bundle
from propensity.model.data_frames import SCORED, matrix_of
from propensity.pyfunc import ServedModel, _load_pyfunc
from propensity.registry import Registry
from propensity.scoring.differences import InputStopError
from tests.propensity import worlds

PERSON = "taro@example.jp"


@pytest.fixture(scope="module")
def served(small_model) -> ServedModel:
    return ServedModel(small_model)


@pytest.fixture(scope="module")
def through_mlflow(small_model, migrated_registry, tmp_path_factory):
    """The registered model, as MLflow loads it from its folder."""
    folder = tmp_path_factory.mktemp("served")
    shutil.copy(migrated_registry, folder / "registry.db")
    registry = Registry(f"sqlite:///{folder / 'registry.db'}", "small")
    registry.register(small_model, run_name="r", params={}, metrics={})
    (run,) = (folder / "registry_artifacts/small").iterdir()
    import mlflow.pyfunc

    return mlflow.pyfunc.load_model(str(run / "artifacts/model"))


def test_a_prediction_is_the_models_sum(served, small_model, small_frame):
    sums = small_model.concept_sums(encoded(small_model.spec, small_frame))
    predicted = served.predict(small_frame)
    assert tuple(predicted.columns) == SCORED
    for column in ("probability", "log_odds", "fit", "interest"):
        np.testing.assert_array_equal(predicted[column], getattr(sums, column))
    assert (predicted["base"] == sums.base).all()


def test_the_index_of_the_frame_comes_back(served, small_frame):
    frame = small_frame.head(3).set_axis(["c", "a", "c"])
    assert list(served.predict(frame).index) == ["c", "a", "c"]


def test_no_rows_give_no_rows(served, small_frame):
    assert served.predict(small_frame.head(0)).shape == (0, 5)


def test_a_column_the_model_does_not_know_is_ignored(served, small_frame):
    pd.testing.assert_frame_equal(
        served.predict(small_frame.assign(email=PERSON)), served.predict(small_frame)
    )


def test_a_table_of_leads_is_refused_with_what_it_lacks(through_mlflow, small_frame):
    """The columns of a lead are features too: with the others as missing, its score would look
    right and be wrong.
    """
    leads = small_frame[["業種", "employees"]].assign(email=PERSON)
    with pytest.raises(DataError, match="each of the model's 6 features, got 2 of them") as caught:
        through_mlflow.predict(leads)
    told = str(caught.value)
    absent = ", ".join(map(repr, small_frame.columns[2:]))
    assert f"Absent: {absent}. A table of leads holds no features" in told
    assert PERSON not in told


def test_of_many_absent_features_twenty_are_named(served, small_model, small_frame):
    feature = small_model.spec.features[1]
    many = tuple(feature.model_copy(update={"name": f"f{i}"}) for i in range(99))
    spec = small_model.spec.model_copy(update={"features": (feature, *many)})
    with pytest.raises(DataError, match=r"got 1 of them;.*'f18', 'f19' and 79 more\. A table"):
        matrix_of(spec, small_frame)


DTYPES = {
    "whole numbers": ("pricing: count, 30 days", "int64", [0, 3, 7]),
    "small whole numbers": ("pricing: count, 30 days", "uint8", [0, 3, 7]),
    "nullable whole numbers": ("pricing: days since", "Int64", [0, None, 7]),
    "single precision": ("employees", "float32", [1.0, np.nan, 7.0]),
    "truth values": ("pricing: count, 30 days", "bool", [True, False, True]),
    "nullable truth values": ("pricing: count, 30 days", "boolean", [True, None, True]),
    "numbers as text": ("employees", "str", ["1", None, "7"]),
    "numbers as objects": ("employees", "object", [1, None, 7.0]),
    "an empty column": ("employees", "float64", [np.nan] * 3),
    "an empty category": ("業種", "float64", [np.nan] * 3),
    "text": ("業種", "str", ["IT", None, "Zoo"]),
    "text as objects": ("業種", "object", ["IT", None, "Zoo"]),
    "a nullable string": ("業種", "string", ["IT", None, "Zoo"]),
    "a pandas category": ("業種", "category", ["IT", None, "Zoo"]),
}


@pytest.mark.parametrize(("column", "dtype", "values"), DTYPES.values(), ids=DTYPES)
def test_every_dtype_pandas_may_choose_gives_the_same_prediction_through_mlflow(
    through_mlflow, served, small_frame, column, dtype, values
):
    plain = small_frame.head(3).assign(**{column: pd.Series(values, dtype=object)})
    chosen = small_frame.head(3).assign(**{column: pd.Series(values, dtype=object).astype(dtype)})
    pd.testing.assert_frame_equal(through_mlflow.predict(chosen), served.predict(plain))


@pytest.mark.parametrize(
    "dates",
    [
        pd.Series(pd.to_datetime(["2024-01-01"] * 3).tz_localize("Asia/Tokyo")),
        pd.Series(pd.to_timedelta([1] * 3, "D")),
    ],
    ids=["times with a zone", "durations"],
)
def test_a_time_where_a_number_belongs_counts_as_missing(served, small_frame, dates):
    frame = small_frame.head(3)
    expected = served.predict(frame.assign(employees=np.nan))
    pd.testing.assert_frame_equal(served.predict(frame.assign(employees=dates)), expected)


CSV_COLUMNS = {
    "codes with one missing become 1.0": (
        ("1", "2", "10"),
        "1\n\n10\n2\n3\n",
        ["1", None, "10", "2", "3"],
    ),
    "leading zeros are lost": (("01", "002"), "01\n002\n7\n", ["01", "002", "7"]),
    "decimals": (("1.50", "2"), "1.50\n2\n", ["1.50", "2"]),
    "TRUE becomes True": (("TRUE", "FALSE"), "TRUE\nFALSE\n", ["TRUE", "FALSE"]),
    "true with one missing": (("true", "false"), "x,true\nx,\nx,false\n", ["true", None, "false"]),
    "text stays": (("1.0", "TRUE", "a"), "1.0\nTRUE\na\n", ["1.0", "TRUE", "a"]),
}


@pytest.mark.parametrize(("levels", "csv", "values"), CSV_COLUMNS.values(), ids=CSV_COLUMNS)
def test_a_level_that_pandas_took_for_a_number_is_recognised(
    served, small_model, tmp_path, levels, csv, values
):
    spec = small_model.spec.model_copy(
        update={"features": (small_model.spec.features[0].model_copy(update={"levels": levels}),)}
    )
    lines = csv if csv.startswith("x,") else "".join(f"x,{line}\n" for line in csv.splitlines())
    (tmp_path / "leads.csv").write_text(f"other,業種\n{lines}", encoding="utf-8")
    expected = encoded(spec, pd.DataFrame({"業種": pd.Series(values, dtype="str")}))
    np.testing.assert_array_equal(matrix_of(spec, pd.read_csv(tmp_path / "leads.csv")), expected)


class Unreadable:
    def __str__(self) -> str:
        raise ValueError(PERSON)


FEATURES = (
    "業種",
    "employees",
    'Total "Time" [s]',
    "pricing: count, 30 days",
    "pricing: days since",
    "any activity: decayed",
)
WRONG_INPUTS = {
    "no table": (
        [PERSON],
        "expected a pandas DataFrame with a column per feature, got list",
    ),
    "tables of no source": (
        {"email": PERSON},
        r"or the tables of the training by name \(flat\), got 1 of other names",
    ),
    "a source that is no table": (
        {"flat": PERSON},
        "flat: expected a table, or a list of rows, each a mapping, got str",
    ),
    "rows that are none": (
        {"flat": [PERSON]},
        "flat: expected a table, or a list of rows, each a mapping, got a list with str",
    ),
    "text": (PERSON, "expected a pandas DataFrame with a column per feature, got str"),
    "another table": (pd.DataFrame({"email": [PERSON]}), "got 0 of them"),
    "a feature twice": (
        pd.DataFrame([[1, PERSON]], columns=["employees", "employees"]),
        r"expected each feature once, got several columns named \['employees'\]",
    ),
    "values that cannot be read": (
        pd.DataFrame([[Unreadable(), *[None] * 5, PERSON]], columns=[*FEATURES, "email"]),
        "業種: expected text, got a column of object",
    ),
}


@pytest.mark.parametrize(("frame", "words"), WRONG_INPUTS.values(), ids=WRONG_INPUTS)
def test_a_wrong_input_is_refused_without_repeating_a_value(through_mlflow, frame, words):
    import traceback

    with pytest.raises(DataError, match=words) as caught:
        through_mlflow.predict(frame)
    shown = "".join(traceback.format_exception(caught.value))
    assert PERSON not in shown


def test_a_damaged_bundle_does_not_load(small_model, tmp_path):
    bundle.save(small_model, tmp_path / "b")
    (tmp_path / "b/members/00.txt").write_text("tree\n")
    with pytest.raises(ArtifactError, match="truncated or changed"):
        _load_pyfunc(str(tmp_path / "b"))


USE = """
import sys, pandas as pd, mlflow
from mlflow import pyfunc
model = pyfunc.load_model("models:/small@champion")
model.predict(pd.read_csv(sys.argv[1])).to_csv(sys.argv[2], index=False)
print("lightgbm" in sys.modules)
"""


def test_the_champion_loads_by_its_alias_with_pickle_off(
    registry_uri, small_model, small_frame, served, tmp_path
):
    registry = Registry(registry_uri, "small")
    registry.register(small_model, run_name="r", params={}, metrics={})
    registry.promote(1)
    small_frame.to_csv(tmp_path / "leads.csv", index=False)
    environment = {
        **os.environ,
        "MLFLOW_TRACKING_URI": registry_uri,
        "MLFLOW_ALLOW_PICKLE_DESERIALIZATION": "false",
        "MLFLOW_DISABLE_TELEMETRY": "true",
        "PYTHONWARNINGS": "ignore",
    }
    done = subprocess.run(
        [sys.executable, "-c", USE, str(tmp_path / "leads.csv"), str(tmp_path / "scored.csv")],
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    assert (done.stdout, done.stderr) == ("False\n", "")
    expected = served.predict(pd.read_csv(tmp_path / "leads.csv"))
    written = pd.read_csv(tmp_path / "scored.csv", dtype=str).astype(float)
    pd.testing.assert_frame_equal(written, expected, check_exact=True)


@contextlib.contextmanager
def serving(model, uri, folder):
    """``mlflow models serve``: what posts a document, and returns the status and the answer."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    command = ["models", "serve", "-m", model, "--env-manager", "local"]
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"  # it calls uvicorn
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))

    def post(told):
        request = urllib.request.Request(
            f"http://127.0.0.1:{port}/invocations",
            json.dumps(told).encode(),
            {"Content-Type": "application/json"},
        )
        try:
            with opener.open(request, timeout=60) as answer:
                return answer.status, json.loads(answer.read())
        except urllib.error.HTTPError as refused:
            with refused:
                return refused.code, json.loads(refused.read())

    with (folder / "log").open("wb") as log:
        server = subprocess.Popen(
            [sys.executable, "-m", "mlflow", *command, "-h", "127.0.0.1", "-p", str(port)],
            env={**os.environ, "PATH": path, "MLFLOW_TRACKING_URI": uri},
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    try:
        for _ in range(600):
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port)):
                break
            assert server.poll() is None, (folder / "log").read_text()
            time.sleep(0.1)
        yield post, folder / "log"
    finally:
        os.killpg(server.pid, signal.SIGTERM)
        server.wait()


@pytest.fixture(scope="module")
def over_http(small_model, migrated_registry, tmp_path_factory):
    """Posts a frame to the small model."""
    folder = tmp_path_factory.mktemp("http")
    shutil.copy(migrated_registry, folder / "registry.db")
    uri = f"sqlite:///{folder / 'registry.db'}"
    Registry(uri, "small").register(small_model, run_name="r", params={}, metrics={})
    with serving("models:/small@challenger", uri, folder) as (post, log):
        yield (
            lambda frame: post(
                {"dataframe_split": json.loads(frame.to_json(orient="split", double_precision=15))}
            ),
            log,
        )


@pytest.mark.slow
def test_mlflow_serves_the_model_over_http(over_http, served, small_frame):
    post, _ = over_http

    status, answer = post(small_frame.head(5))

    assert status == 200
    expected = served.predict(small_frame.head(5)).to_dict(orient="records")
    assert answer == {"predictions": expected}


@pytest.mark.slow
def test_a_table_of_leads_over_http_is_refused_with_what_it_lacks_and_no_value(
    over_http, small_frame
):
    post, log = over_http

    status, answer = post(small_frame[["業種", "employees"]].head(3).assign(email=PERSON))

    assert status == 400
    assert "each of the model's 6 features, got 2 of them" in answer["stack_trace"]
    assert "'any activity: decayed'. A table of leads holds no" in answer["stack_trace"]
    assert PERSON not in json.dumps(answer) + log.read_text()


TABLES = ("leads", "events", "outcomes")


@pytest.fixture(scope="module")
def raw_tables(company):
    """What the company's files hold, as texts."""
    folder = company.path.parent
    return {
        name: pd.read_csv(folder / f"{name}.csv", dtype=str, keep_default_na=False)
        for name in TABLES
    }


@pytest.fixture(scope="module")
def champion(company):
    import mlflow.pyfunc

    (run,) = (company.path.parent / "propensity_artifacts" / company.config.model_name).iterdir()
    return mlflow.pyfunc.load_model(str(run / "artifacts/model"))


AS_OF = {"as_of": worlds.AS_OF.isoformat()}


def test_raw_tables_give_the_rows_of_score_to_the_bit(
    company, champion, raw_tables, tmp_path, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    expected = propensity.score(company.path, as_of=worlds.AS_OF).to_pandas()

    rows = champion.predict(raw_tables, params=AS_OF)

    assert len(rows) > 100
    left_out = set(expected) - set(rows)
    assert left_out == {"model_version", "definition_version"}
    pd.testing.assert_frame_equal(rows, expected.drop(columns=list(left_out)), check_exact=True)
    assert os.listdir(tmp_path) == []  # no quarantine of a folder that nobody named


def test_tables_in_memory_are_those_of_score(champion, raw_tables):
    arrow = {name: pa.Table.from_pandas(table) for name, table in raw_tables.items()}

    rows = champion.predict(arrow, params=AS_OF)

    expected = champion.predict(raw_tables, params=AS_OF)
    pd.testing.assert_frame_equal(rows, expected, check_exact=True)
    columns = {name: table.to_dict("list") for name, table in raw_tables.items()}
    pd.testing.assert_frame_equal(champion.predict(columns, params=AS_OF), expected)


WRONG_TABLES = {
    "a table that the training read": (["leads"], AS_OF, DataError, "Absent: outcomes, events"),
    "no day": (TABLES, {"as_of": "soon"}, ConfigError, "expected a day such as 2025-04-01"),
}


@pytest.mark.parametrize(
    ("names", "params", "error", "words"), WRONG_TABLES.values(), ids=WRONG_TABLES
)
def test_what_raw_tables_lack_is_said(champion, raw_tables, names, params, error, words):
    with pytest.raises(error, match=words):
        champion.predict({name: raw_tables[name] for name in names}, params=params)


def test_no_closes_are_no_reason_to_score_closed_leads_in_silence(champion, raw_tables):
    given = {**raw_tables, "outcomes": []}
    with pytest.raises(InputStopError, match="Closed leads would be scored as open ones"):
        champion.predict(given, params=AS_OF)

    rows = champion.predict(given, params={**AS_OF, "accept_input": "none closed yet"})

    assert len(rows) > len(champion.predict(raw_tables, params=AS_OF))
    assert rows["warnings"].map(lambda told: any("none closed yet" in each for each in told)).all()


@pytest.mark.slow
def test_raw_tables_over_http_give_the_rows_of_score(company, champion, raw_tables, tmp_path):
    inputs = {
        name: json.loads(table.to_json(orient="records")) for name, table in raw_tables.items()
    }
    uri = str(company.config.registry.uri)
    with serving(f"models:/{company.config.model_name}@champion", uri, tmp_path) as (post, _):
        status, answer = post({"inputs": inputs, "params": AS_OF})
        refused, why = post({"inputs": {"leads": inputs["leads"]}, "params": AS_OF})

    assert status == 200
    expected = champion.predict(raw_tables, params=AS_OF)
    found = pd.DataFrame(answer["predictions"])
    assert list(found) == list(expected)
    for column in ("lead_id", "probability", "log_odds", "base", "fit", "interest", "grade"):
        assert found[column].tolist() == expected[column].tolist()
    told = [reason["sentence"] for reason in found["reasons_for"].iloc[0]]
    assert told == [reason["sentence"] for reason in expected["reasons_for"].iloc[0]]
    assert refused == 400
    assert "Absent: outcomes, events" in why["stack_trace"]
