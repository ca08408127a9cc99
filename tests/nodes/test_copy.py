"""`millgate copy` between databases of every kind, also where it is killed in the middle, and `millgate backup`."""

import os
import pathlib
import signal
import sqlite3
import subprocess
import time

import pytest

from databases import MYSQL, POSTGRESQL
from serving import server_command

MILLGATE = server_command()[:-1]

RUNS = 200_000

# SQLite makes the rows itself: runs in ten experiments, each with two params, a tag and a metric of several steps for some.
SEED = f"""
PRAGMA foreign_keys = OFF;
INSERT INTO experiments (experiment_id, name, artifact_location, lifecycle_stage, creation_time, last_update_time)
    WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 9)
    SELECT i, 'experiment ' || i, '/artifacts/' || i, 'active', i, i FROM n;
INSERT INTO runs (run_uuid, name, source_type, status, start_time, end_time, lifecycle_stage, artifact_uri, experiment_id, user_id)
    WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < {RUNS - 1})
    SELECT printf('%08x%024x', (i * 2654435761) & 4294967295, i), 'run ' || i, 'LOCAL', 'FINISHED', 1700000000000 + i, NULL,
        'active', '/artifacts/' || (i % 10) || '/' || i, i % 10, 'ada' FROM n;
INSERT INTO params ("key", value, run_uuid)
    SELECT 'lr', (start_time % 97) / 97.0, run_uuid FROM runs UNION ALL SELECT 'ünï\\code	', 'a' || char(10) || 'b', run_uuid FROM runs;
INSERT INTO tags ("key", value, run_uuid) SELECT 'mlflow.runName', name, run_uuid FROM runs;
INSERT INTO metrics ("key", value, timestamp, run_uuid, step, is_nan)
    SELECT 'loss', start_time / 3.0e12, start_time, run_uuid, 0, 0 FROM runs;
INSERT INTO latest_metrics ("key", value, timestamp, run_uuid, step, is_nan)
    SELECT "key", value, timestamp, run_uuid, step, is_nan FROM metrics;
"""

TABLES = ("experiments", "runs", "params", "tags", "metrics", "latest_metrics")


def millgate(*words: str) -> str:
    """What the command prints. A large copy takes its time."""
    done = subprocess.run([*MILLGATE, *words], capture_output=True, text=True, timeout=1200, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def seeded(file: pathlib.Path) -> pathlib.Path:
    millgate("db", "upgrade", f"sqlite:///{file}")
    connection = sqlite3.connect(file)
    connection.executescript(SEED)
    connection.commit()
    connection.close()
    return file


def assert_same(one: pathlib.Path, other: pathlib.Path) -> None:
    connection = sqlite3.connect(one)
    connection.execute("ATTACH ? AS other", (str(other),))
    for table in TABLES:
        rows = [connection.execute(f"SELECT COUNT(*) FROM {db}.{table}").fetchone()[0] for db in ("main", "other")]
        assert rows[0] == rows[1] > 0, (table, rows)
        differ = connection.execute(f"SELECT * FROM main.{table} EXCEPT SELECT * FROM other.{table} LIMIT 1").fetchall()
        assert not differ, (table, differ)
    assert not connection.execute("SELECT name FROM other.sqlite_master WHERE name = 'millgate_copy'").fetchall()
    connection.close()


def killed_in_the_middle(source: str, target: str, is_in_the_middle) -> None:
    """Starts a copy, and ends it with SIGKILL when it is in the middle."""
    copy = subprocess.Popen([*MILLGATE, "copy", source, target], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    deadline = time.monotonic() + 120
    while not is_in_the_middle():
        assert copy.poll() is None, "the copy has ended before it was killed"
        assert time.monotonic() < deadline
        time.sleep(0.05)
    copy.send_signal(signal.SIGKILL)
    assert copy.wait() == -signal.SIGKILL


@pytest.mark.slow
def test_a_large_database_goes_around_and_comes_back_the_same(tmp_path, postgresql, mysql):
    source = seeded(tmp_path / "source.db")
    back = tmp_path / "back.db"

    def half_way() -> bool:
        if not {"millgate_copy", "params"} <= postgresql.tables():
            return False
        return postgresql.values("SELECT COUNT(*) FROM millgate_copy WHERE table_name = 'params' AND copied > 0") == [1]

    killed_in_the_middle(f"sqlite:///{source}", postgresql.uri, half_way)
    # A database that lacks rows is served by nobody.
    refused = subprocess.run(
        [*MILLGATE, "db", "upgrade", postgresql.uri], capture_output=True, text=True, check=False
    )
    assert refused.returncode != 0 and "broken off" in refused.stderr
    millgate("copy", f"sqlite:///{source}", postgresql.uri)
    assert postgresql.values("SELECT COUNT(*) FROM runs") == [RUNS]
    assert "millgate_copy" not in postgresql.tables()
    millgate("copy", postgresql.uri, mysql.uri)
    assert mysql.values("SELECT COUNT(*) FROM runs") == [RUNS]
    millgate("copy", mysql.uri, f"sqlite:///{back}")
    assert_same(source, back)


@pytest.fixture(params=[POSTGRESQL, MYSQL])
def target(request):
    return request.getfixturevalue(request.param)


def test_new_rows_get_numbers_of_their_own(tmp_path, target):
    source = tmp_path / "source.db"
    millgate("db", "upgrade", f"sqlite:///{source}")
    connection = sqlite3.connect(source)
    for number in (0, 5):
        connection.execute(
            "INSERT INTO experiments (experiment_id, name, lifecycle_stage) VALUES (?, ?, 'active')", (number, f"e{number}")
        )
    connection.commit()
    connection.close()
    millgate("copy", f"sqlite:///{source}", target.uri)
    target.run("INSERT INTO experiments (name, lifecycle_stage) VALUES ('new', 'active')")
    assert target.values("SELECT experiment_id FROM experiments ORDER BY experiment_id") == [0, 5, 6]


def test_a_database_on_a_server_names_its_own_tool(tmp_path, target):
    refused = subprocess.run(
        [*MILLGATE, "backup", "--backend-store-uri", target.uri, str(tmp_path / "backup.db")],
        capture_output=True,
        text=True,
        check=False,
    )
    assert refused.returncode != 0
    assert {POSTGRESQL: "pg_dump", MYSQL: "mysqldump"}[target.kind] in refused.stderr
    assert target.url.password not in refused.stderr
    assert os.listdir(tmp_path) == []
