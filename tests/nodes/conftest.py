"""Several servers on one PostgreSQL or MariaDB, with the real clients.

    scripts/databases run -- PYTHON -m pytest tests/nodes

PYTHON is that of a virtual environment with the newest client and with `requirements.txt`. As in `tests/clients`,
whose helpers are used here, the server is the release binary or the command in `MILLGATE_SERVER_CMD`.
"""

import pathlib
import sys
from collections.abc import Iterator

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "clients"))
pytest.register_assert_rewrite("common")

# Before anything that imports mlflow.
import common  # noqa: E402, F401
from databases import KINDS, MYSQL, POSTGRESQL, Database, shared  # noqa: E402
from fleet import Fleet, fleet  # noqa: E402

pytest_plugins = ["common"]


def pytest_configure(config):
    config.addinivalue_line("markers", "slow: takes minutes; `scripts/test all` runs it")


@pytest.fixture(params=KINDS)
def database(request) -> Iterator[Database]:
    """An empty database, on each of the servers in turn."""
    with shared(request.param).another() as database:
        yield database


@pytest.fixture
def postgresql() -> Iterator[Database]:
    with shared(POSTGRESQL).another() as database:
        yield database


@pytest.fixture
def mysql() -> Iterator[Database]:
    with shared(MYSQL).another() as database:
        yield database


@pytest.fixture
def nodes(database, tmp_path) -> Iterator[Fleet]:
    """Servers that keep everything in `database`."""
    with fleet(tmp_path, database) as servers:
        yield servers
