"""Starts the server under test: Millgate, or any other that takes the flags of `mlflow server`."""

import contextlib
import os
import pathlib
import shlex
import socket
import subprocess
import time
import uuid
from collections.abc import Iterator, Mapping, Sequence

import requests

ROOT = pathlib.Path(__file__).resolve().parents[2]
ADMIN = "admin"
ADMIN_PASSWORD = "the admin's own password"

# Long enough for the Python server on a busy machine; Millgate needs a fraction of a second.
SECONDS_TO_START = 90
SECONDS_TO_STOP = 20


def server_command() -> list[str]:
    """The command of `MILLGATE_SERVER_CMD`, to which the flags are appended; by default the release binary."""
    typed = os.environ.get("MILLGATE_SERVER_CMD")
    return shlex.split(typed) if typed else [str(ROOT / "target/release/millgate"), "server"]


def is_millgate() -> bool:
    """Whether the command runs the binary of that name, wherever it stands."""
    return any(pathlib.Path(word).name == "millgate" for word in server_command())


def running(process: int) -> bool:
    """Whether the process runs: one that has ended and was not waited for does not."""
    try:
        stat = pathlib.Path(f"/proc/{process}/stat").read_text()
    except OSError:
        return False
    return stat.rpartition(")")[2].split()[0] != "Z"


def a_free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


class Server:
    """One server process with its configuration and log in `folder`; so are databases and artifacts that aren't named."""

    running: list["Server"] = []

    def __init__(
        self,
        folder: pathlib.Path,
        *,
        default_permission: str = "NO_PERMISSIONS",
        login_failures: int = 0,
        command: Sequence[str] = (),
        tracking: str = "",
        users: str = "",
        artifacts: pathlib.Path | str | None = None,
        settings: Mapping[str, str | None] | None = None,
        sections: str = "",
        flags: Sequence[str] = (),
        environment: Mapping[str, str | None] | None = None,
        port: int = 0,
    ):
        """Any number of logins may fail unless `login_failures` says how many of an account may in a minute.

        `tracking` and `users` are URIs of databases. `settings` are for the file of authentication settings and `environment`
        for the process; None leaves out what would else be there. `sections` are more sections of that file. Port 0 takes a
        free one at each start.
        """
        self.folder = folder
        self.login_failures = login_failures
        self.command = list(command) or server_command()
        self.default_permission = default_permission
        self.tracking = tracking or f"sqlite:///{folder / 'mlflow.db'}"
        self.users = users or f"sqlite:///{folder / 'basic_auth.db'}"
        self.artifacts = artifacts or folder / "artifacts"
        self.settings = dict(settings or {})
        self.sections = sections
        self.flags = list(flags)
        self.environment = dict(environment or {})
        self.port = port
        self.process: subprocess.Popen | None = None
        self.url = ""

    def start(self) -> "Server":
        self.launch()
        try:
            self.wait_until_healthy()
        except BaseException:
            self.stop()
            raise
        return self

    def launch(self) -> None:
        """Starts the process and does not wait for it."""
        self.folder.mkdir(parents=True, exist_ok=True)
        port = self.port or a_free_port()
        self.url = f"http://127.0.0.1:{port}"
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [*self.command, *self._flags(port)],
                cwd=self.folder,
                env=self._environment(),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        Server.running.append(self)

    def stop(self) -> int | None:
        """Ends the process with SIGTERM and returns its exit status; one that doesn't listen is killed."""
        if self in Server.running:
            Server.running.remove(self)
        if self.process is None:
            return None
        self.process.terminate()
        try:
            return self.process.wait(SECONDS_TO_STOP)
        except subprocess.TimeoutExpired:
            self.process.kill()
            return self.process.wait()

    def kill(self) -> None:
        """Ends the process without giving it a chance to do anything about it."""
        assert self.process is not None
        Server.running.remove(self)
        self.process.kill()
        self.process.wait()

    @property
    def log(self) -> pathlib.Path:
        return self.folder / "server.log"

    def log_tail(self, lines: int = 60) -> str:
        text = self.log.read_text(errors="replace") if self.log.exists() else ""
        return "\n".join(text.splitlines()[-lines:])

    def resident_bytes(self) -> int:
        """Resident memory of the process and of those that it started."""
        assert self.process is not None
        children: dict[int, list[int]] = {}
        for stat in pathlib.Path("/proc").glob("[0-9]*/stat"):
            with contextlib.suppress(OSError):
                # The name, which may hold spaces, ends at the last bracket; the parent is the second field after it.
                after_name = stat.read_text().rpartition(")")[2].split()
                children.setdefault(int(after_name[1]), []).append(int(stat.parent.name))
        family, kibibytes = [self.process.pid], 0
        for pid in family:
            family.extend(children.get(pid, []))
            with contextlib.suppress(OSError):
                for line in pathlib.Path(f"/proc/{pid}/status").read_text().splitlines():
                    if line.startswith("VmRSS:"):
                        kibibytes += int(line.split()[1])
        return kibibytes * 1024

    def _flags(self, port: int) -> list[str]:
        return [
            *("--app-name", "basic-auth"),
            *("--backend-store-uri", self.tracking),
            *("--artifacts-destination", str(self.artifacts)),
            *("--host", "127.0.0.1"),
            *("--port", str(port)),
            *("--workers", "1"),
            *self.flags,
        ]

    def _environment(self) -> dict[str, str]:
        ini = self.folder / "auth.ini"
        settings: dict[str, str | None] = {
            "default_permission": self.default_permission,
            "database_uri": self.users,
            "admin_username": ADMIN,
            "admin_password": ADMIN_PASSWORD,
            # For the Python server, which else hashes the password up to three times a request.
            "auth_cache_ttl_seconds": "600",
            "login_failures_per_minute_account": str(self.login_failures),
            "login_failures_per_minute_address": "0",
            **self.settings,
        }
        given = {key: value.replace("%", "%%") for key, value in settings.items() if value is not None}
        main = "\n".join(["[mlflow]", *(f"{key} = {value}" for key, value in given.items()), ""])
        ini.write_text(main + self.sections)
        inherited = {key: value for key, value in os.environ.items() if not key.startswith("MLFLOW_")}
        environment = {
            **inherited,
            "MLFLOW_AUTH_CONFIG_PATH": str(ini),
            "MLFLOW_FLASK_SERVER_SECRET_KEY": "for the tests only",
            "MLFLOW_DISABLE_TELEMETRY": "true",
            **self.environment,
        }
        return {key: value for key, value in environment.items() if value is not None}

    def wait_until_healthy(self, seconds: float = SECONDS_TO_START) -> None:
        assert self.process is not None
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if self.process.poll() is not None:
                raise RuntimeError(f"the server ended with {self.process.returncode}:\n{self.log_tail()}")
            with contextlib.suppress(requests.ConnectionError):
                if requests.get(f"{self.url}/health", timeout=5).status_code == 200:
                    return
            time.sleep(0.005)
        raise RuntimeError(f"the server wasn't healthy after {seconds} s:\n{self.log_tail()}")


# Names a server such as postgresql://user:password@127.0.0.1:5432/postgres, whose user may create databases: there every
# server under test that isn't told where to keep its data gets a database of its own.
DATABASE_SERVER = "MILLGATE_CLIENTS_DATABASE"


@contextlib.contextmanager
def serving(folder: pathlib.Path, **options) -> Iterator[Server]:
    with contextlib.ExitStack() as stack:
        if DATABASE_SERVER in os.environ and not {"tracking", "users"} & options.keys():
            uri = stack.enter_context(a_database_on(os.environ[DATABASE_SERVER]))
            options.update(tracking=uri, users=uri)
        server = Server(folder, **options).start()
        try:
            yield server
        finally:
            server.stop()


@contextlib.contextmanager
def a_database_on(server: str) -> Iterator[str]:
    """The URI of a new PostgreSQL database, which is dropped at the end."""
    import sqlalchemy

    url = sqlalchemy.make_url(server)
    engine = sqlalchemy.create_engine(url.set(drivername="postgresql+psycopg2"), isolation_level="AUTOCOMMIT")
    name = f"clients_{uuid.uuid4().hex[:12]}"
    with engine.connect() as connection:
        connection.execute(sqlalchemy.text(f"CREATE DATABASE {name}"))
        try:
            yield url.set(database=name).render_as_string(hide_password=False)
        finally:
            connection.execute(sqlalchemy.text(f"DROP DATABASE {name} WITH (FORCE)"))
            engine.dispose()
