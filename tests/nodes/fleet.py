"""Several servers on the same databases and artifacts."""

import contextlib
import pathlib
import subprocess
import sys
from collections.abc import Iterator

from databases import Database
from people import Person
from serving import ADMIN, ADMIN_PASSWORD, Server, server_command

# A Python server hashes the password several times a request unless it remembers that it was right. By default it does
# not remember; where it does, it is late to learn of changes that others make.
SECONDS_PYTHON_REMEMBERS = 1


class Fleet:
    """What its servers have in common. Those of its own making are stopped at the end of the block."""

    def __init__(self, folder: pathlib.Path, tracking: Database, users: Database | None = None):
        """Everything in one database, unless there is another for the users."""
        self.folder = folder
        self.tracking = tracking
        self.users = users or tracking
        self._servers: list[Server] = []

    def node(self, name: str, **options) -> Server:
        """A Millgate that has not started yet."""
        return self._server(name, {"tracking": self.tracking.uri, "users": self.users.uri, **options})

    def python(self, name: str = "python", **options) -> Server:
        """A Python MLflow that has not started yet."""
        given = {
            "command": [sys.executable, "-m", "mlflow", "server"],
            "tracking": self.tracking.python_uri,
            "users": self.users.python_uri,
            **options,
        }
        # Its job runner is several more processes, which no test asks anything of.
        environment = {"MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false"}
        given["environment"] = {**environment, **options.get("environment", {})}
        return self._server(name, given)

    def command(self, *words: str, typed: str = "") -> str:
        """What `millgate WORDS` prints, on the fleet's database of users."""
        return millgate(*words, "--database", self.users.uri, typed=typed)

    def stop(self) -> None:
        for server in self._servers:
            server.stop()

    def _server(self, name: str, options: dict) -> Server:
        settings = {"auth_cache_ttl_seconds": str(SECONDS_PYTHON_REMEMBERS), **options.pop("settings", {})}
        artifacts = options.pop("artifacts", self.folder / "artifacts")
        server = Server(self.folder / name, artifacts=artifacts, settings=settings, **options)
        self._servers.append(server)
        return server


def millgate(*words: str, typed: str = "") -> str:
    """What the command prints."""
    program = server_command()[:-1]
    done = subprocess.run([*program, *words], input=typed, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    return done.stdout


def admin_of(server: Server) -> Person:
    return Person(server, ADMIN, ADMIN_PASSWORD)


@contextlib.contextmanager
def fleet(folder: pathlib.Path, tracking: Database, users: Database | None = None) -> Iterator[Fleet]:
    servers = Fleet(folder, tracking, users)
    try:
        yield servers
    finally:
        servers.stop()
