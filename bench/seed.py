"""Fills databases: by SQL for what has MLflow's schema, once for each size, and by the API for what has its own."""

from __future__ import annotations

import base64
import hashlib
import http.client
import json
import sqlite3
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from running import Running

START = 1_700_000_000_000
"""Milliseconds: when the first of all runs started."""
READABLE = 50
"""Experiments that the user may read; that of the runs is one of them."""
EXPERIMENT = "1"
"""The one with all the runs. Its owner is the user."""
EXPERIMENT_NAME = "bench-runs"
VERSIONS = 3
"""Of each registered model."""


@dataclass(frozen=True)
class Size:
    runs: int
    """Each with three metrics, three params and three tags, but for `bare_runs`."""
    experiments: int
    points: int
    """Of one metric of one run."""
    models: int
    bare_runs: int = 0
    """So many of the runs, the oldest, are without metrics, params and tags."""

    def __str__(self) -> str:
        return f"{self.runs}-{self.experiments}-{self.points}-{self.models}-{self.bare_runs}"

    def readable(self) -> list[int]:
        """The experiments besides that of the runs that the user may read, evenly among all."""
        step = max(1, self.experiments // READABLE)
        return [2 + step * n for n in range(READABLE - 1) if 2 + step * n <= self.experiments]


STANDARD = Size(runs=10_000, experiments=10_000, points=100_000, models=1_000)
MILLION = Size(runs=1_000_000, experiments=100, points=10, models=10, bare_runs=980_000)


def run_id(number: int | str) -> str:
    """As `md5` in the statements makes it: ids that are spread like random ones."""
    return hashlib.md5(str(number).encode(), usedforsecurity=False).hexdigest()


HISTORY = run_id("history")


def statements(size: Size) -> list[str]:
    """What fills a fresh database of MLflow's schema; the same on SQLite and on PostgreSQL."""

    def many(table: str, columns: str, last: int, values: str, *, times: int = 1, first: int = 0) -> str:
        beside = (
            " CROSS JOIN (" + " UNION ALL ".join(f"SELECT {k} AS k" for k in range(times)) + ") AS beside"
        )
        return (
            f"INSERT INTO {table} ({columns}) "
            f"WITH RECURSIVE n(i) AS (SELECT {first} UNION ALL SELECT i + 1 FROM n WHERE i < {last}) "
            f"SELECT {values} FROM n{beside if times > 1 else ''}"
        )

    run = "md5(CAST(i AS VARCHAR(32)))"
    key = "CAST(k AS VARCHAR(32))"
    number = "CAST(i AS VARCHAR(32))"
    runs = (
        "run_uuid, name, source_type, source_name, entry_point_name, user_id, status, start_time, end_time, "
        "source_version, lifecycle_stage, artifact_uri, experiment_id"
    )
    root = f"'mlflow-artifacts:/{EXPERIMENT}/'"
    latest = '"key", value, timestamp, step, is_nan, run_uuid'
    last = size.points - 1
    return [
        many(
            "experiments",
            "experiment_id, name, artifact_location, lifecycle_stage, creation_time, last_update_time, workspace",
            size.experiments,
            f"i, CASE i WHEN {EXPERIMENT} THEN '{EXPERIMENT_NAME}' ELSE 'bench-' || {number} END, "
            f"'mlflow-artifacts:/' || {number}, 'active', {START} + i, {START} + i, 'default'",
            first=1,
        ),
        many(
            "experiment_tags", 'experiment_id, "key", value', size.experiments, "i, 'team', 'bench'", first=1
        ),
        many(
            "runs",
            runs,
            size.runs - 1,
            f"{run}, 'run-' || {number}, 'LOCAL', 'train.py', '', 'bench', 'FINISHED', "
            f"{START} + CAST(i AS BIGINT) * 1000, {START} + CAST(i AS BIGINT) * 1000 + 500, '', 'active', "
            f"{root} || {run} || '/artifacts', {EXPERIMENT}",
        ),
        *(
            many(
                table,
                latest,
                size.runs - 1,
                f"'m' || {key}, (i * (k + 7)) % 1000 / 1000.0, {START} + CAST(i AS BIGINT) * 1000, 0, FALSE, {run}",
                times=3,
                first=size.bare_runs,
            )
            for table in ("metrics", "latest_metrics")
        ),
        many(
            "params",
            '"key", value, run_uuid',
            size.runs - 1,
            f"'p' || {key}, CAST(i % 10 + k AS VARCHAR(32)), {run}",
            times=3,
            first=size.bare_runs,
        ),
        many(
            "tags",
            '"key", value, run_uuid',
            size.runs - 1,
            f"'t' || {key}, 'v' || CAST(i % 5 + k AS VARCHAR(32)), {run}",
            times=3,
            first=size.bare_runs,
        ),
        f"INSERT INTO runs ({runs}) VALUES ('{HISTORY}', 'history', 'LOCAL', 'train.py', '', 'bench', "
        f"'FINISHED', 0, 1, '', 'active', {root} || '{HISTORY}/artifacts', {EXPERIMENT})",
        many("metrics", latest, last, f"'loss', 1.0 / (i + 1), {START} + i, i, FALSE, '{HISTORY}'"),
        f"INSERT INTO latest_metrics ({latest}) "
        f"VALUES ('loss', 1.0 / {last + 1}, {START + last}, {last}, FALSE, '{HISTORY}')",
        many(
            "registered_models",
            "name, creation_time, last_updated_time, description, workspace",
            size.models - 1,
            f"'model-' || {number}, {START} + i, {START} + i, '', 'default'",
        ),
        many(
            "model_versions",
            "name, version, creation_time, last_updated_time, description, user_id, current_stage, source, run_id, "
            "status, workspace",
            size.models - 1,
            f"'model-' || {number}, k + 1, {START} + i, {START} + i, '', 'bench', 'None', "
            f"{root} || {run} || '/artifacts/model', {run}, 'READY', 'default'",
            times=VERSIONS,
        ),
    ]


def fill_sqlite(file: Path, size: Size) -> None:
    connection = sqlite3.connect(file, isolation_level=None)
    connection.create_function("md5", 1, run_id, deterministic=True)
    for pragma in ("synchronous = OFF", "cache_size = -500000", "temp_store = MEMORY"):
        connection.execute(f"PRAGMA {pragma}")
    connection.execute("BEGIN")
    for statement in statements(size):
        connection.execute(statement)
    connection.execute("COMMIT")
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()


def fill_postgresql(script: Callable[[str, list[str]], list], database: str, size: Size) -> None:
    sequence = "pg_get_serial_sequence('experiments', 'experiment_id')"
    sequence = f"SELECT setval({sequence}, max(experiment_id)) FROM experiments"
    script(database, [*statements(size), sequence, "ANALYZE"])


def grant(
    call: Callable[..., tuple[int, bytes]], size: Size, admin: tuple[str, str], user: tuple[str, str]
) -> None:
    """Makes the user, the owner of the runs and a reader of some experiments and of all models."""

    def done(path: str, body: dict) -> None:
        status, answer = call("POST", path, admin, body)
        if status != 200:
            raise RuntimeError(f"{path}: {status} {answer[:300]!r}")

    done("/api/2.0/mlflow/users/create", {"username": user[0], "password": user[1]})
    grants = [("experiment", EXPERIMENT, "MANAGE"), ("registered_model", "*", "READ")]
    grants += [("experiment", str(number), "READ") for number in size.readable()]
    for kind, pattern, permission in grants:
        body = {"resource_type": kind, "resource_id": pattern, "permission": permission, "username": user[0]}
        done("/api/3.0/mlflow/users/permissions/grant", body)


def by_api(running: Running, user: tuple[str, str], size: Size) -> tuple[str, list[str], str]:
    """Fills a server by requests. The experiment of the runs, the runs, and the one with the points."""
    begun = time.monotonic()
    connection = http.client.HTTPConnection("127.0.0.1", running.port)
    login = base64.b64encode(":".join(user).encode()).decode()
    headers = {"Authorization": f"Basic {login}", "Content-Type": "application/json"}

    def api(path: str, body: dict) -> dict:
        connection.request("POST", f"/api/2.0/mlflow/{path}", json.dumps(body), headers)
        answer = connection.getresponse()
        text = answer.read()
        if answer.status != 200:
            raise RuntimeError(f"{path}: {answer.status} {text[:300]!r}")
        return json.loads(text)

    made = api("experiments/create", {"name": EXPERIMENT_NAME})["experiment_id"]
    runs = []
    for number in range(size.runs):
        start = START + number * 1000
        body = {
            "experiment_id": made,
            "start_time": start,
            "name": f"run-{number}",
            "run_name": f"run-{number}",
        }
        run = api("runs/create", body)["run"]["info"]["run_id"]
        metrics = [
            {"key": f"m{k}", "value": number * (k + 7) % 1000 / 1000, "timestamp": start, "step": 0}
            for k in range(3)
        ]
        params = [{"key": f"p{k}", "value": str(number % 10 + k)} for k in range(3)]
        tags = [{"key": f"t{k}", "value": f"v{number % 5 + k}"} for k in range(3)]
        api("runs/log-batch", {"run_id": run, "metrics": metrics, "params": params, "tags": tags})
        runs.append(run)
    history = api("runs/create", {"experiment_id": made, "start_time": 0})["run"]["info"]["run_id"]
    for first in range(0, size.points, 1000):
        points = [
            {"key": "loss", "value": 1 / (n + 1), "timestamp": START + n, "step": n}
            for n in range(first, min(first + 1000, size.points))
        ]
        api("runs/log-batch", {"run_id": history, "metrics": points})
    for number in range(2, size.experiments + 1):
        tags = [{"key": "team", "value": "bench"}]
        api("experiments/create", {"name": f"bench-{number}", "tags": tags})
    print(f"  filled by requests in {time.monotonic() - begun:.0f} s", file=sys.stderr)
    return made, runs, history


def version() -> str:
    """Of what this file makes: a seed of another version is made anew."""
    return hashlib.sha256(Path(__file__).read_bytes()).hexdigest()[:12]
