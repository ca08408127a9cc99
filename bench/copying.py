#!/usr/bin/env python3
"""`millgate copy` from SQLite to PostgreSQL and back: how long it takes, and whether its memory grows with the rows.

See README.md beside this file. Linux and Python 3.11, no packages.
"""

from __future__ import annotations

import argparse
import datetime
import json
import os
import sqlite3
import subprocess
import tempfile
import time
from pathlib import Path

import tools
from postgresql import Postgresql
from running import machine, wait_for_quiet
from servers import ROOT

ROWS = 1_000_000
"""Rows of metrics; a tenth of them first, to see what more of them take."""
RUNS = 1_000

SEED = """
INSERT OR IGNORE INTO experiments (experiment_id, name, artifact_location, lifecycle_stage)
    VALUES (0, 'Default', 'mlflow-artifacts:/0', 'active');
INSERT INTO runs (run_uuid, name, status, start_time, lifecycle_stage, artifact_uri, experiment_id, user_id)
    WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < {runs} - 1)
    SELECT printf('%032x', i * 2654435761), 'run ' || i, 'FINISHED', 1700000000000 + i, 'active',
        'mlflow-artifacts:/0/' || i, 0, 'ada' FROM n;
INSERT INTO metrics ("key", value, timestamp, run_uuid, step, is_nan)
    WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < {rows} - 1)
    SELECT 'metric-' || (i % 10), i / 7.0, 1700000000000 + i, printf('%032x', (i % {runs}) * 2654435761), i / {runs}, 0
    FROM n;
"""


def seeded(binary: Path, file: Path, rows: int) -> str:
    uri = f"sqlite:///{file}"
    subprocess.run([binary, "db", "upgrade", uri], check=True, capture_output=True)
    connection = sqlite3.connect(file)
    connection.executescript(SEED.format(rows=rows, runs=RUNS))
    connection.commit()
    connection.close()
    return uri


def copied(binary: Path, source: str, target: str) -> dict[str, float]:
    """Seconds, and the most MiB that the command has taken."""
    begin = time.perf_counter()
    process = subprocess.Popen([binary, "copy", source, target], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    said = process.stderr.read()
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        raise RuntimeError(said.decode(errors="replace"))
    return {"seconds": round(time.perf_counter() - begin, 1), "memory_mib": round(usage.ru_maxrss / 1024, 1)}


def measure(binary: Path, folder: Path, patience: float) -> list[dict]:
    found = []
    with Postgresql(folder) as pg:
        for rows in (ROWS // 10, ROWS):
            source = seeded(binary, folder / f"{rows}.db", rows)
            pg.create("copy")
            for way, ends in {
                "SQLite to PostgreSQL": (source, pg.uri("copy")),
                "PostgreSQL to SQLite": (pg.uri("copy"), f"sqlite:///{folder}/{rows}-back.db"),
            }.items():
                wait_for_quiet(None, patience)
                figures = copied(binary, *ends)
                found.append({"way": way, "metrics": rows, **figures})
                print(f"{way}, {rows:,} metrics: {figures['seconds']} s, {figures['memory_mib']} MiB")
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--millgate", type=Path, default=ROOT / "target" / "release" / "millgate", metavar="FILE")
    parser.add_argument("--patience", type=float, default=20.0, help="seconds to wait for a quiet machine")
    parser.add_argument("--folder", type=Path, help="where the databases are; default: the temporary folder")
    parser.add_argument("--results", type=Path, default=Path(__file__).parent / "results", metavar="FOLDER")
    options = parser.parse_args()
    tools.build()
    now = datetime.datetime.now(datetime.UTC)
    report = {"date": now.isoformat(timespec="seconds"), "machine": machine()}
    with tempfile.TemporaryDirectory(prefix="bench-copying-", dir=options.folder) as folder:
        report["copies"] = measure(options.millgate.resolve(), Path(folder), options.patience)
    options.results.mkdir(exist_ok=True)
    file = options.results / f"{now.date()}-copying.json"
    file.write_text(json.dumps(report, indent=2) + "\n")
    print(f"\nwritten to {file.name}")


if __name__ == "__main__":
    main()
