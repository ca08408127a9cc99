"""Tracking databases of older versions of MLflow: each version fills one, Millgate upgrades it, and Python MLflow 3.17 and Millgate read
from it what the older version read.

MILLGATE_OLDER names the Pythons with the versions, such as `2.22.5=FOLDER 3.1.4=FOLDER`, each a virtual environment with the file
`older/VERSION.txt`. At the end a table is printed, which stands in docs/moving.md.
"""

import contextlib
import json
import os
import pathlib
import shutil
import signal
import sqlite3
import subprocess
import sys
import time

import pytest
import sqlalchemy
from alembic.script import ScriptDirectory

from databases import KINDS, MYSQL, shared
from serving import ADMIN, ADMIN_PASSWORD, server_command, serving

HERE = pathlib.Path(__file__).resolve().parent
OLDER = dict(part.split("=", 1) for part in os.environ.get("MILLGATE_OLDER", "").split())
FIRST, LAST = "0584bdc529eb", "dc11669786a5"
SQLITE = "sqlite"
# Sections of `read.py` that Millgate serves.
SERVED = {"experiments", "runs", "metrics", "models", "versions", "logged_models", "webhooks"}
# What the upgrade moves into columns, cancels, renames and drops.
MOVED = {"trace_tags", "trace_request_metadata", "trace_metrics", "span_metrics", "alembic_version"}
CHANGED = {("jobs", "status"), ("jobs", "last_update_time"), ("spans", "dimension_attributes")}
RENAMED = {("jobs", "function_fullname"): "job_name"}

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not OLDER, reason="MILLGATE_OLDER names no older versions"),
]
report: list[str] = []


@pytest.fixture(scope="module", autouse=True)
def table():
    yield
    print("\n| MLflow | Database | Rows compared | Values read by Python 3.17 | Values read from Millgate |")
    print("| --- | --- | --- | --- | --- |")
    print("\n".join(report))


@contextlib.contextmanager
def empty_database(kind: str, folder: pathlib.Path):
    """Its URI as Python takes it, which Millgate takes as well."""
    if kind == SQLITE:
        yield f"sqlite:///{folder / 'mlflow.db'}"
        return
    with shared(kind).another() as database:
        yield database.python_uri


def python(executable: str, script: str, uri: str) -> dict:
    login = {"MLFLOW_TRACKING_USERNAME": ADMIN, "MLFLOW_TRACKING_PASSWORD": ADMIN_PASSWORD}
    done = subprocess.run(
        [executable, HERE / "older" / script, uri], capture_output=True, text=True, env=os.environ | login
    )
    assert done.returncode == 0, done.stderr[-4000:]
    return json.loads(done.stdout.splitlines()[-1])


def filled_by(version: str, uri: str) -> dict:
    return python(f"{OLDER[version]}/bin/python", "fill.py", uri)


def millgate(*arguments: str) -> subprocess.CompletedProcess:
    # Without `server`.
    return subprocess.run([*server_command()[:-1], *arguments], capture_output=True, text=True)


def upgrade(uri: str) -> str:
    done = millgate("db", "upgrade", uri)
    assert done.returncode == 0, done.stderr
    return done.stdout


def rows(uri: str, as_before: dict[str, list] | None = None) -> dict[str, list]:
    """The rows of each table as texts, with the columns that are compared; those of `as_before` where it is given."""
    engine = sqlalchemy.create_engine(uri, poolclass=sqlalchemy.pool.NullPool)
    inspector, found = sqlalchemy.inspect(engine), {}
    with engine.connect() as connection:
        for table in as_before or inspector.get_table_names():
            if as_before:
                columns = [RENAMED.get((table, column), column) for column in as_before[table][0]]
            else:
                columns = [c["name"] for c in inspector.get_columns(table) if (table, c["name"]) not in CHANGED]
            selected = sqlalchemy.select(*map(sqlalchemy.column, columns)).select_from(sqlalchemy.table(table))
            read = sorted(str(tuple(map(_plain, row))) for row in connection.execute(selected))
            found[table] = [columns, read]
    engine.dispose()
    return found


def _plain(value):
    if isinstance(value, memoryview):
        return bytes(value)
    return json.dumps(value, sort_keys=True) if isinstance(value, dict | list) else value


def compared_rows(before: dict, after: dict) -> int:
    count = 0
    for table, (_, old) in before.items():
        new = after[table][1]
        if table in MOVED:
            assert table == "alembic_version" or set(new) <= set(old), table
        else:
            assert new == old, table
            count += len(old)
    return count


def values_in(read, old, place: str = "") -> int:
    """How many values of `old` stand at the same place in what was read now. All of them have to."""
    if isinstance(old, dict):
        assert set(old) <= set(read), f"{place}: {set(old) - set(read)}"
        return sum(values_in(read[key], value, f"{place}/{key}") for key, value in old.items())
    if isinstance(old, list):
        assert len(read) == len(old), f"{place}: {read} {old}"
        return sum(values_in(new, value, f"{place}/{n}") for n, (new, value) in enumerate(zip(read, old, strict=True)))
    assert repr(read) == repr(old), f"{place}: {read!r}, and it was {old!r}"
    return 1


def revision(uri: str) -> str:
    return rows(uri)["alembic_version"][1][0]


@pytest.mark.parametrize("kind", [SQLITE, *KINDS])
@pytest.mark.parametrize("version", OLDER)
def test_what_an_older_version_wrote_is_read_after_the_upgrade(version, kind, tmp_path):
    with empty_database(kind, tmp_path) as uri:
        filled_by(version, uri)
        read = python(f"{OLDER[version]}/bin/python", "read.py", uri)
        before = rows(uri)
        upgrade(uri)
        compared = compared_rows(before, rows(uri, before))

        again = subprocess.run([sys.executable, "-m", "mlflow", "db", "upgrade", uri], capture_output=True, text=True)
        assert again.returncode == 0 and "Running upgrade" not in again.stderr, again.stderr
        assert LAST in revision(uri)
        by_python = values_in(python(sys.executable, "read.py", uri), read)

        with serving(tmp_path / "server", tracking=uri) as running:
            through = python(sys.executable, "read.py", running.url)
        served = {section: value for section, value in read.items() if section in SERVED}
        by_millgate = values_in(through, served)
        report.append(f"| {version} | {kind} | {compared} | {by_python} | {by_millgate} |")


def test_every_revision_between_is_upgraded(tmp_path):
    """Python MLflow takes the database of 2.22 to each revision, and Millgate from there to the last."""
    from alembic import command as alembic
    from mlflow.store.db.utils import _get_alembic_config

    first = tmp_path / "first.db"
    filled_by(next(iter(OLDER)), f"sqlite:///{first}")
    script = ScriptDirectory.from_config(_get_alembic_config(f"sqlite:///{first}"))
    revisions = [each.revision for each in script.iterate_revisions(LAST, FIRST)]
    assert len(revisions) == 39
    shapes = set()
    for number, to in enumerate(reversed(revisions)):
        file = tmp_path / f"{number}.db"
        shutil.copy(first, file)
        alembic.upgrade(_get_alembic_config(f"sqlite:///{file}"), to)
        before = rows(f"sqlite:///{file}")
        said = upgrade(f"sqlite:///{file}")
        assert (f"from revision {to}" in said) == (to != LAST), said
        after = rows(f"sqlite:///{file}", before)
        if to != LAST:
            compared_rows(before, after)
        with contextlib.closing(sqlite3.connect(file)) as connection:
            tables = connection.execute("SELECT name FROM sqlite_master WHERE type IN ('table', 'index', 'trigger') ORDER BY 1")
            # Ours are made when a database is first opened, and not on one that needs no upgrade.
            others = ("sqlite_autoindex", "idx_millgate_")
            names = [name for (name,) in tables if not name.startswith(others)]
            shapes.add(str([(name, connection.execute(f"PRAGMA table_info('{name}')").fetchall()) for name in names]))
    assert len(shapes) == 1, "all end the same"


@pytest.mark.parametrize("kind", [SQLITE, *KINDS])
def test_an_upgrade_that_is_killed_is_undone_or_gone_on_with(kind, tmp_path):
    version = next(iter(OLDER))
    with empty_database(kind, tmp_path) as uri:
        filled_by(version, uri)
        before, kills = rows(uri), 0
        for pause in [0.01 * 1.25**n for n in range(30)]:
            running = subprocess.Popen([*server_command()[:-1], "db", "upgrade", uri], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
            time.sleep(pause)
            running.send_signal(signal.SIGKILL)
            out, _ = running.communicate()
            if b"upgraded the schema" in out or b"the schema is at" in out:
                break
            kills += 1
            if kind != MYSQL and LAST not in revision(uri):
                assert rows(uri) == before, f"killed after {pause} s"
        upgrade(uri)
        assert kills > 3
        compared_rows(before, rows(uri, before))
        again = subprocess.run([sys.executable, "-m", "mlflow", "db", "upgrade", uri], capture_output=True, text=True)
        assert again.returncode == 0 and "Running upgrade" not in again.stderr, again.stderr
