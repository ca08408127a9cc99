"""Databases for tests: new ones on the servers of `scripts/databases run`, and others to kill and freeze."""

import contextlib
import os
import pathlib
import shutil
import signal
import subprocess
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator
from typing import Any

import sqlalchemy

from serving import ROOT, a_free_port

POSTGRESQL, MYSQL = "postgresql", "mysql"
KINDS = (POSTGRESQL, MYSQL)

VARIABLES = {POSTGRESQL: "MILLGATE_TEST_POSTGRESQL", MYSQL: "MILLGATE_TEST_MYSQL"}
# The drivers that this test environment has. MLflow's own default depends on the version of SQLAlchemy.
DRIVERS = {POSTGRESQL: "postgresql+psycopg2", MYSQL: "mysql+pymysql"}

SCRIPT = ROOT / "scripts/databases"
SECONDS_TO_START = 30


class Database:
    """One database of a server, which may not exist."""

    def __init__(self, kind: str, url: sqlalchemy.URL):
        self.kind = kind
        self.url = url

    @property
    def uri(self) -> str:
        """As MLflow's documentation writes it: without a driver."""
        return self.with_driver(self.kind)

    @property
    def python_uri(self) -> str:
        return self.with_driver(DRIVERS[self.kind])

    def with_driver(self, scheme: str) -> str:
        return self.url.set(drivername=scheme).render_as_string(hide_password=False)

    def rows(self, statement: str, **values: Any) -> list[tuple]:
        with self._connection() as connection:
            return [tuple(row) for row in connection.execute(sqlalchemy.text(statement), values)]

    def values(self, statement: str, **values: Any) -> list[Any]:
        """The first column."""
        return [row[0] for row in self.rows(statement, **values)]

    def run(self, statement: str) -> None:
        with self._connection() as connection:
            connection.execute(sqlalchemy.text(statement))

    def tables(self) -> set[str]:
        with self._connection() as connection:
            return set(sqlalchemy.inspect(connection).get_table_names())

    @contextlib.contextmanager
    def _connection(self) -> Iterator[sqlalchemy.Connection]:
        engine = sqlalchemy.create_engine(
            self.python_uri, isolation_level="AUTOCOMMIT", poolclass=sqlalchemy.pool.NullPool
        )
        with engine.connect() as connection:
            yield connection

    @contextlib.contextmanager
    def another(self, name: str = "") -> Iterator["Database"]:
        """A new, empty database on the same server, dropped at the end whoever still uses it."""
        name = name or f"nodes_{uuid.uuid4().hex[:12]}"
        quoted = f'"{name}"' if self.kind == POSTGRESQL else f"`{name}`"
        self.run(f"CREATE DATABASE {quoted}")
        try:
            yield Database(self.kind, self.url.set(database=name))
        finally:
            force = " WITH (FORCE)" if self.kind == POSTGRESQL else ""
            self._drop(f"DROP DATABASE {quoted}{force}")

    def _drop(self, statement: str) -> None:
        # A vacuum of PostgreSQL's own keeps a database from being dropped by a user who may not end it.
        deadline = time.monotonic() + 30
        while True:
            try:
                return self.run(statement)
            except sqlalchemy.exc.ProgrammingError as error:
                if "pg_signal_backend" not in str(error) or time.monotonic() > deadline:
                    raise
            time.sleep(0.5)


def shared(kind: str) -> Database:
    """The server that all tests share, in the database that is there from the start."""
    uri = os.environ.get(VARIABLES[kind])
    if not uri:
        raise RuntimeError(f"{VARIABLES[kind]} is not set: run this by `scripts/databases run -- ...`")
    return Database(kind, sqlalchemy.make_url(uri))


class OwnServer:
    """A database server of one test, to be ended, killed and frozen. What was committed outlives a kill.

    Start it from the main thread: it ends with the thread that started it.
    """

    def __init__(self, kind: str, configure: Callable[[pathlib.Path], str] | None = None):
        """`configure` gets the server's folder, and returns lines for its settings."""
        self._in_a_folder_for(kind)
        subprocess.run([SCRIPT, "make", "--durable", kind, self.folder], check=True)
        if configure:
            with (self.folder / "settings").open("a") as settings:
                settings.write(configure(self.folder))

    def copy(self) -> "OwnServer":
        """Another server, not started yet, with all that this one holds. It must be stopped."""
        assert self.process is None
        made = object.__new__(OwnServer)
        made._in_a_folder_for(self.kind)
        subprocess.run(["cp", "-a", self.folder, made.folder], check=True)
        for file in ("settings", "data/postgresql.conf"):
            if (made.folder / file).exists():
                text = (made.folder / file).read_text()
                (made.folder / file).write_text(text.replace(str(self.folder), str(made.folder)))
        (made.folder / "port").write_text(f"{a_free_port()}\n")
        return made

    def _in_a_folder_for(self, kind: str) -> None:
        self.kind = kind
        # Not in the folder of the test, which other users cannot enter.
        self.base = pathlib.Path(tempfile.mkdtemp(prefix="millgate-nodes-", dir=_in_memory()))
        self.base.chmod(0o711)
        self.folder = self.base / kind
        self.process: subprocess.Popen | None = None

    @property
    def port(self) -> int:
        return int((self.folder / "port").read_text())

    @property
    def database(self) -> Database:
        password = (self.folder / "password").read_text().strip()
        url = sqlalchemy.URL.create(
            self.kind,
            "millgate",
            password,
            "127.0.0.1",
            self.port,
            "postgres" if self.kind == POSTGRESQL else "",
        )
        return Database(self.kind, url)

    def start(self) -> None:
        self.process = subprocess.Popen([SCRIPT, "serve", self.kind, self.folder])
        deadline = time.monotonic() + SECONDS_TO_START
        while True:
            try:
                self.database.values("SELECT 1")
                return
            except sqlalchemy.exc.OperationalError:
                log = (self.folder / "log").read_text()
                assert self.process.poll() is None and time.monotonic() < deadline, log[-4000:]
                time.sleep(0.02)

    def stop(self) -> None:
        """As an administrator does it: connections are cut, everything is on the disk."""
        assert self.process is not None
        self.process.send_signal(signal.SIGINT if self.kind == POSTGRESQL else signal.SIGTERM)
        self.process.wait(SECONDS_TO_START)
        self.process = None

    def kill(self) -> None:
        """All of its processes at once, as when the machine loses its power."""
        assert self.process is not None
        family = self._family()
        _signal(family, signal.SIGKILL)
        self.process.wait()
        while any(_is_alive(pid) for pid in family):
            time.sleep(0.005)
        self.process = None

    def freeze(self) -> None:
        """It keeps its connections and takes new ones, and answers nothing."""
        assert self.process is not None
        # First the one that starts the others.
        os.kill(self.process.pid, signal.SIGSTOP)
        _signal(self._family(), signal.SIGSTOP)

    def thaw(self) -> None:
        _signal(self._family(), signal.SIGCONT)

    def remove(self) -> None:
        # PostgreSQL leaves shared memory behind when it is killed, and cleans up when it starts again.
        if self.process is None:
            self.start()
        assert self.process is not None
        self.thaw()
        self.process.send_signal(signal.SIGQUIT if self.kind == POSTGRESQL else signal.SIGKILL)
        self.process.wait()
        shutil.rmtree(self.base)

    def _family(self) -> list[int]:
        """The server and its children. MariaDB has none, and PostgreSQL's have none."""
        assert self.process is not None
        found = [self.process.pid]
        for stat in pathlib.Path("/proc").glob("[0-9]*/stat"):
            with contextlib.suppress(OSError):
                # The name, which may hold spaces, ends at the last bracket; the parent is the second field after it.
                if int(stat.read_text().rpartition(")")[2].split()[1]) == self.process.pid:
                    found.append(int(stat.parent.name))
        return found


@contextlib.contextmanager
def own_server(kind: str, configure: Callable[[pathlib.Path], str] | None = None) -> Iterator[OwnServer]:
    server = OwnServer(kind, configure)
    try:
        server.start()
        yield server
    finally:
        server.remove()


def _in_memory() -> str | None:
    """Where `scripts/databases` puts its servers, too: None is the usual place."""
    with contextlib.suppress(OSError):
        if shutil.disk_usage("/dev/shm").free > 1024**3 and os.access("/dev/shm", os.W_OK):
            return "/dev/shm"
    return None


def _signal(pids: list[int], which: signal.Signals) -> None:
    for pid in pids:
        # Some of PostgreSQL's processes live for a moment only.
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, which)


def _is_alive(pid: int) -> bool:
    try:
        state = pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z"
