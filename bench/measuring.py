"""What `run.py`, `growth.py` and `capture.py` share: databases to fill, servers on them, loads and their figures."""

from __future__ import annotations

import shutil
import sqlite3
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import scenarios
import seed
import servers
import tools
from postgresql import Postgresql
from running import Running, machine_cpu
from scenarios import Scenario, Target
from seed import Size
from servers import ADMIN, USER, Server

SEEDS = tools.TARGET / "seeds"
"""Filled SQLite files, which outlive a run: filling takes longer than copying."""
SMALL = Size(runs=200, experiments=200, points=100, models=20)


@dataclass
class Store:
    """Where servers keep their data: files in a folder, or databases of a PostgreSQL server."""

    name: str
    postgresql: Postgresql | None = None


def on_sqlite() -> Store:
    return Store("SQLite")


def on_postgresql(server: Postgresql) -> Store:
    return Store("PostgreSQL", server)


def seeded(store: Store, binary: Path, size: Size, folder: Path) -> tuple[str, str]:
    """Filled databases of MLflow's schema, `main` and `auth`, as files in the folder or on the PostgreSQL server. Their
    URIs."""
    begun = time.monotonic()
    if store.postgresql is None:
        kept = SEEDS / f"{size}-{seed.version()}"
        if not kept.exists():
            making = SEEDS / f"making-{size}"
            shutil.rmtree(making, ignore_errors=True)
            making.mkdir(parents=True)
            _fill(
                servers.millgate(binary, f"sqlite:///{making}/main.db", f"sqlite:///{making}/auth.db"),
                making, size, lambda: seed.fill_sqlite(making / "main.db", size),
            )  # fmt: skip
            checkpoint(making / "auth.db")
            making.rename(kept)
        for name in ("main.db", "auth.db"):
            shutil.copyfile(kept / name, folder / name)
        uris = f"sqlite:///{folder}/main.db", f"sqlite:///{folder}/auth.db"
    else:
        pg = store.postgresql
        main, auth = (f"seed_{kind}_{str(size).replace('-', '_')}" for kind in ("main", "auth"))
        if pg.script("postgres", [f"SELECT count(*) FROM pg_database WHERE datname = '{auth}'"]) == ["0"]:
            pg.create(main)
            pg.create(auth)
            place = folder / "filling"
            place.mkdir()
            server = servers.millgate(binary, pg.uri(main), pg.uri(auth))
            _fill(server, place, size, lambda: seed.fill_postgresql(pg.script, main, size))
            shutil.rmtree(place)
        pg.create("main", main)
        pg.create("auth", auth)
        uris = pg.uri("main"), pg.uri("auth")
    print(
        f"  {store.name} filled with {size.runs:,} runs in {time.monotonic() - begun:.0f} s", file=sys.stderr
    )
    return uris


def _fill(server: Server, folder: Path, size: Size, fill: Callable[[], None]) -> None:
    # Makes the schema and the administrator.
    with Running(server, folder):
        pass
    fill()
    with Running(server, folder) as running:
        seed.grant(running.call, size, ADMIN, USER)


def checkpoint(file: Path) -> None:
    """Brings what is in the file's log into the file, once the server that was killed has let go of it."""
    deadline = time.monotonic() + 30
    connection = sqlite3.connect(file, timeout=30)
    while connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]:
        if time.monotonic() > deadline:
            raise RuntimeError(f"{file} is in use")
        time.sleep(0.2)
    connection.close()


def target_of_seed(user: tuple[str, str], runs: list[str]) -> Target:
    return Target(seed.EXPERIMENT, seed.EXPERIMENT_NAME, runs, seed.HISTORY, user)


def some_runs(size: Size) -> list[str]:
    """Runs for a load to choose from, spread evenly."""
    step = max(1, size.runs // scenarios.CHOICES)
    return [seed.run_id(number) for number in range(0, size.runs, step)]


def at_time(flow: dict, now: int) -> dict:
    """The flow with a fixed time instead of the clock's."""

    def fixed(value: object) -> object:
        if isinstance(value, dict):
            return str(now) if "now" in value else {key: fixed(one) for key, one in value.items()}
        return [fixed(one) for one in value] if isinstance(value, list) else value

    return fixed(flow)


class Watching:
    """The most memory that a server takes while something runs, and how many cores were busy: with it, with its
    database, at all."""

    def __init__(self, running: Running, beside: Callable[[], float]):
        self.running = running
        self.most = {"rss_mib": 0.0, "pss_mib": 0.0}
        self._end = threading.Event()
        self._beside = beside

    def __enter__(self) -> Watching:
        self._busy, self._own, self._others = machine_cpu(), self.running.cpu(), self._beside()
        self._begun = time.monotonic()
        self._thread = threading.Thread(target=self._watch)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._end.set()
        self._thread.join()
        self.seconds = time.monotonic() - self._begun
        self.server_cpu = (self.running.cpu() - self._own) / self.seconds
        self.beside_cpu = (self._beside() - self._others) / self.seconds
        self.machine_cpu = (machine_cpu() - self._busy) / self.seconds

    def _watch(self) -> None:
        while True:
            now = self.running.memory()
            self.most = {name: max(most, now[name]) for name, most in self.most.items()}
            if self._end.wait(0.2):
                return


def put_load(
    scenario: Scenario,
    target: Target,
    running: Running,
    *,
    store: Store,
    seconds: float,
    warm_up: float,
    first: int,
) -> dict:
    """The figures of one load."""
    job = scenarios.job(scenario, target, running.port, seconds=seconds, warm_up=warm_up, first=first)
    # The first login is slow by purpose, and is no part of a load.
    running.call("GET", f"{scenarios.API}/experiments/get?experiment_id={target.experiment}", target.user)
    beside = store.postgresql.cpu if store.postgresql else lambda: 0.0
    with Watching(running, beside) as watching:
        figures = tools.bench_load("http", job)
    figures["memory"] = watching.most
    figures["server_cpu"] = round(watching.server_cpu, 2)
    if store.postgresql:
        figures["postgresql_cpu"] = round(watching.beside_cpu, 2)
    own = watching.server_cpu + watching.beside_cpu + figures["cpu"]
    figures["others_cpu"] = round(max(0.0, watching.machine_cpu - own), 2)
    return figures


def sqlite_size(folder: Path) -> int:
    """Bytes of the databases in a folder, with what is still in their logs."""
    ends = (".db", ".db-wal")
    return sum(file.stat().st_size for file in folder.iterdir() if file.name.endswith(ends))
