"""The real MLflow Python clients against the real server.

One suite for every client version: pytest runs inside the virtual environment of each (`scripts/test` makes them from
`requirements/`). What a client cannot do is skipped by `@pytest.mark.needs_mlflow(VERSION, REASON)`. The server is
`target/release/millgate server`, or the command in `MILLGATE_SERVER_CMD`: with `mlflow server` there, the same suite
says what the Python server does.
"""

import contextlib
import os
import tempfile
import uuid
from collections.abc import Callable, Iterator

import pytest

# Read by the MLflow client when it is imported, or at each request. A failing server should fail a test now and not
# after the client's seven retries; credentials of whoever runs the tests must not leak into them.
for _name in [name for name in os.environ if name.startswith("MLFLOW_")]:
    del os.environ[_name]
os.environ["MLFLOW_DISABLE_TELEMETRY"] = "true"
os.environ["MLFLOW_HTTP_REQUEST_MAX_RETRIES"] = "1"
os.environ["HOME"] = tempfile.mkdtemp(prefix="millgate-clients-home-")

import mlflow  # noqa: E402
import requests  # noqa: E402
from mlflow.exceptions import MlflowException  # noqa: E402
from packaging.version import Version  # noqa: E402

from people import Person  # noqa: E402
from serving import ADMIN, ADMIN_PASSWORD, Server, is_millgate, serving  # noqa: E402

MEASUREMENTS: list[str] = []


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


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    report = (yield).get_result()
    if report.failed:
        for server in Server.running:
            report.sections.append((f"end of the log of {server.url}", server.log_tail()))


def pytest_terminal_summary(terminalreporter):
    for line in MEASUREMENTS:
        terminalreporter.write_line(f"measured: {line}")


@pytest.fixture(scope="session")
def measured() -> Callable[[str], None]:
    """Takes a line for the end of pytest's report."""
    return MEASUREMENTS.append


@pytest.fixture(autouse=True)
def in_a_folder_of_its_own(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


@pytest.fixture(autouse=True)
def without_the_fluent_state_of_other_tests():
    yield
    # `mlflow.set_experiment` leaves the experiment's id in the environment for child processes.
    for name in ("MLFLOW_EXPERIMENT_ID", "MLFLOW_EXPERIMENT_NAME", "MLFLOW_RUN_ID"):
        os.environ.pop(name, None)


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


def a_new_person(admin: Person, name: str) -> Person:
    username, password = unique(name), f"the password of {name}"
    admin.http("POST", "users/create", json={"username": username, "password": password}).raise_for_status()
    return Person(admin.server, username, password)


def unique(name: str) -> str:
    return f"{name} {uuid.uuid4().hex[:12]}"


@pytest.fixture(scope="session")
def refused() -> Callable[[int], contextlib.AbstractContextManager]:
    """`with refused(403):` the client raises, naming the status of the answer.

    A plain-text refusal reaches the caller as MlflowException, or from the artifact repositories as HTTPError.
    """

    @contextlib.contextmanager
    def block(status: int):
        with pytest.raises((MlflowException, requests.HTTPError)) as caught:
            yield
        assert str(status) in str(caught.value)

    return block


@pytest.fixture(scope="session")
def raises() -> Callable[..., contextlib.AbstractContextManager]:
    """`with raises("RESOURCE_DOES_NOT_EXIST"):` the client raises MLflow's error of that code."""

    @contextlib.contextmanager
    def block(error_code: str, message: str = ""):
        with pytest.raises(MlflowException) as caught:
            yield
        assert caught.value.error_code == error_code
        assert message in str(caught.value)

    return block
