"""The files in deploy/, as far as they can be checked without an engine that runs them.

    scripts/check-deploy

A check that needs a program which isn't there is skipped and says so at the end.
"""

import pathlib
import sys
from collections.abc import Iterator

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "clients"))

from serving import Server, server_command, serving  # noqa: E402


@pytest.fixture(scope="session")
def binary() -> pathlib.Path:
    """The program under test."""
    return pathlib.Path(server_command()[0]).resolve(strict=True)


@pytest.fixture(scope="session")
def server(tmp_path_factory) -> Iterator[Server]:
    """A server that tells its metrics."""
    flags = ["--expose-prometheus", "unused"]
    with serving(tmp_path_factory.mktemp("server"), flags=flags, settings={"default_permission": "READ"}) as running:
        yield running

