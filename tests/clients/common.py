"""What every suite that runs the real MLflow clients shares; its conftest names this module as a plugin.

It must be imported before `mlflow`, which reads the environment when it is imported.
"""

import contextlib
import os
import tempfile
from collections.abc import Callable

import pytest

# Read by the MLflow client when it is imported, or at each request. A failing server should fail a test now and not
# after the client's seven retries; credentials of whoever runs the tests must not leak into them.
for _name in [name for name in os.environ if name.startswith("MLFLOW_")]:
    del os.environ[_name]
os.environ["MLFLOW_DISABLE_TELEMETRY"] = "true"
os.environ["MLFLOW_HTTP_REQUEST_MAX_RETRIES"] = "1"
os.environ["HOME"] = tempfile.mkdtemp(prefix="millgate-clients-home-")

import requests  # noqa: E402
from mlflow.exceptions import MlflowException  # noqa: E402

from serving import Server  # noqa: E402

MEASUREMENTS: list[str] = []


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
