"""The real MLflow Python clients against the real server.

One suite for every client version: pytest runs inside the virtual environment of each (`scripts/test` makes them from
`requirements/`). What a client cannot do is skipped by `@pytest.mark.needs_mlflow(VERSION, REASON)`. The server is
`target/release/millgate server`, or the command in `MILLGATE_SERVER_CMD`: with `mlflow server` there, the same suite
says what the Python server does.
"""

from collections.abc import Iterator

import pytest

pytest.register_assert_rewrite("common")

# Before anything that imports mlflow.
import common  # noqa: E402, F401, I001
import mlflow  # noqa: E402
from packaging.version import Version  # noqa: E402

from people import Person, a_new_person, unique  # noqa: E402
from provider import CLAIMS, PROVIDER, Provider  # noqa: E402
from serving import ADMIN, ADMIN_PASSWORD, Server, is_millgate, serving  # noqa: E402

pytest_plugins = ["common"]


def pytest_addoption(parser):
    parser.addoption("--client", help="the MLflow version that must be the one installed here")


def pytest_configure(config):
    config.addinivalue_line("markers", "needs_mlflow(version, reason): skipped with older clients")
    config.addinivalue_line("markers", "beyond_mlflow(reason): skipped when the server isn't Millgate")
    config.addinivalue_line("markers", "slow: takes gigabytes or minutes; `scripts/test all` runs it")
    expected = config.getoption("--client")
    if expected and expected != mlflow.__version__:
        raise pytest.UsageError(f"expected the client {expected}, found {mlflow.__version__}")


def pytest_collection_modifyitems(items):
    for item in items:
        for marker in item.iter_markers("needs_mlflow"):
            version, reason = marker.args
            if Version(mlflow.__version__) < Version(version):
                item.add_marker(pytest.mark.skip(reason=f"needs MLflow {version}: {reason}"))
        for marker in item.iter_markers("beyond_mlflow"):
            if not is_millgate():
                item.add_marker(pytest.mark.skip(reason=marker.args[0]))


@pytest.fixture(scope="session")
def server(tmp_path_factory) -> Iterator[Server]:
    """A server on which nobody may do anything with what others made."""
    with serving(tmp_path_factory.mktemp("server")) as running:
        yield running


@pytest.fixture(scope="session")
def server_where_all_may_read(tmp_path_factory) -> Iterator[Server]:
    with serving(tmp_path_factory.mktemp("readable"), default_permission="READ") as running:
        yield running


@pytest.fixture(scope="session")
def provider(tmp_path_factory) -> Iterator[Provider]:
    """An OpenID provider."""
    if PROVIDER is None:
        pytest.skip("no OpenID provider is installed here")
    running = Provider(tmp_path_factory.mktemp("provider"), CLAIMS, services=["ci"])
    try:
        yield running.start()
    finally:
        running.stop()


@pytest.fixture(scope="session")
def admin(server) -> Person:
    return Person(server, ADMIN, ADMIN_PASSWORD)


@pytest.fixture(scope="session")
def alice(admin) -> Person:
    """A plain user, with what she made herself."""
    return a_new_person(admin, "alice")


@pytest.fixture(scope="session")
def stranger(admin) -> Person:
    """A plain user without any right."""
    return a_new_person(admin, "stranger")


@pytest.fixture(scope="session")
def anonymous(server) -> Person:
    return Person(server)


@pytest.fixture
def newcomer(admin) -> Person:
    """A plain user whom no other test knows."""
    return a_new_person(admin, "newcomer")


@pytest.fixture
def experiment_id(alice) -> str:
    """A new experiment of Alice's."""
    return alice.client.create_experiment(unique("experiment"))


@pytest.fixture
def run(alice, experiment_id):
    """A new, running run of Alice's."""
    return alice.client.create_run(experiment_id, run_name="a run")
