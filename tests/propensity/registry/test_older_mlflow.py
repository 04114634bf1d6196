"""A registry that another MLflow wrote: told in one sentence, mended by MLflow's own command."""

import os
import subprocess
import sys

import pytest
from alembic import command
from sqlalchemy import create_engine

from propensity.registry import Registry, RegistryError
from propensity.registry.client import quiet

#: The last revision of MLflow 2.22, before it had logged models.
OLDER = "0584bdc529eb"


@pytest.fixture(params=["sqlite", "postgresql"])
def older(request, tmp_path):
    """Address of a database with the tables of an older MLflow, made by its own migrations."""
    from mlflow.store.db.utils import _get_alembic_config
    from mlflow.store.tracking.dbmodels.initial_models import Base

    if request.param == "sqlite":
        uri = f"sqlite:///{tmp_path / 'r.db'}"
    else:
        uri = request.getfixturevalue("postgresql")()
    engine = create_engine(uri)
    with quiet():
        Base.metadata.create_all(engine)
        engine.dispose()
        command.upgrade(_get_alembic_config(uri), OLDER)
    return uri


def refusal(uri):
    with pytest.raises(RegistryError, match="could not open the registry: its tables") as caught:
        Registry(uri, "small").versions()
    return str(caught.value)


@pytest.mark.slow
def test_an_older_registry_is_left_as_it_is_until_it_is_upgraded(older):
    before = revision(older)

    told = [refusal(older), refusal(older)]

    assert told[0] == told[1]
    assert "\n" not in told[0]
    assert "If that is an older one, make a copy of the database, then run `mlflow db up" in told[0]
    assert revision(older) == before == OLDER
    subprocess.run(
        [sys.executable, "-m", "mlflow", "db", "upgrade", older],
        env={**os.environ, "MLFLOW_DISABLE_TELEMETRY": "true"},
        capture_output=True,
        check=True,
    )
    assert Registry(older, "small").versions() == []


def test_a_newer_registry_is_told_so_too(registry_uri):
    revision(registry_uri, "UPDATE alembic_version SET version_num = 'ffffffffffff'")

    assert refusal(registry_uri).endswith("else install that MLflow here.")


def revision(uri, *first):
    """The revision of the tables, after some statements."""
    engine = create_engine(uri)
    with engine.begin() as connection:
        for statement in first:
            connection.exec_driver_sql(statement)
        found = connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar_one()
    engine.dispose()
    return found
