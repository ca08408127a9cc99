#!/usr/bin/env python3
"""Starts each server in turn with a filled database, puts the same loads on it, measures what HTTP and SQL alone cost,
and prints tables and whether the goals are met.

See README.md beside this file. Linux and Python 3.11, no packages.
"""

from __future__ import annotations

import argparse
import contextlib
import datetime
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import bare
import goals
import measuring
import reporting
import seed
import servers
import tools
from measuring import Store
from postgresql import Postgresql
from running import Running, machine, wait_for_quiet
from scenarios import SCENARIOS, Scenario, Target
from servers import ADMIN, FASTTRACKML, MLFLOW, ROOT, USER, Server
from syncs import syncs_per_write

STARTS = 3
"""Starts on a filled database; the fastest counts, as what else the machine does only makes one slower."""
SERVERS = ["millgate", "mlflow-cached", "mlflow", "fasttrackml"]
STORES = ["sqlite", "memory", "postgresql"]
MEMORY_SERVERS = ["millgate", "fasttrackml"]


class Plan:
    """What is still to be done, in seconds."""

    def __init__(self) -> None:
        self.steps: list[tuple[str, float]] = []
        self.begun = time.monotonic()

    def add(self, what: str, seconds: float) -> None:
        self.steps.append((what, seconds))

    def show(self) -> None:
        print(f"plan, about {self.left() / 60:.0f} minutes:", file=sys.stderr)
        for what, seconds in self.steps:
            print(f"  {seconds / 60:5.1f} min  {what}", file=sys.stderr)

    def left(self) -> float:
        return sum(seconds for _, seconds in self.steps)

    def begin(self, what: str) -> None:
        spent = (time.monotonic() - self.begun) / 60
        left = self.left() / 60
        print(f"[{spent:.0f} min spent, about {left:.0f} min left] {what}", file=sys.stderr)
        self.steps = [step for step in self.steps if step[0] != what]


def offers(name: str, scenario: Scenario) -> bool:
    """Whether a server has what the scenario asks for."""
    if name != "fasttrackml":
        return True
    return not (scenario.registry or scenario.filtered or scenario.artifacts)


def chosen(options: argparse.Namespace, store: str, name: str) -> list[Scenario]:
    found = [scenario for scenario in SCENARIOS if offers(name, scenario)]
    if options.scenarios:
        found = [scenario for scenario in found if scenario.name in options.scenarios]
    if store == "memory":
        # It is there to compare writes that nobody waits for.
        found = [scenario for scenario in found if scenario.writes and not scenario.artifacts]
    return found


class Comparison:
    def __init__(self, options: argparse.Namespace, plan: Plan):
        self.options = options
        self.plan = plan
        self.first = 0
        self.millgate = options.millgate.resolve()

    def turns(self) -> int:
        """The first number of the turns of a load: no two loads write the same."""
        self.first += 10_000_000
        return self.first

    @contextlib.contextmanager
    def folder(self, store: str) -> Iterator[Path]:
        parent = "/dev/shm" if store == "memory" else self.options.folder
        with tempfile.TemporaryDirectory(prefix="bench-", dir=parent) as name:
            yield Path(name)

    def server(self, name: str, store: Store, folder: Path) -> tuple[Server, Target]:
        """The server on databases of its own, filled, and what the loads ask of it."""
        if name == "fasttrackml":
            return self.fasttrackml(store, folder)
        main, auth = measuring.seeded(store, self.millgate, self.options.size, folder)
        target = measuring.target_of_seed(USER, measuring.some_runs(self.options.size))
        if name == "millgate":
            return servers.millgate(self.millgate, main, auth), target
        if pg := store.postgresql:
            # Without the driver in its scheme, SQLAlchemy takes another one.
            main, auth = (pg.uri(name, "postgresql+psycopg2") for name in ("main", "auth"))
        binary = mlflow_binary(self.options)
        cached = name == "mlflow-cached"
        made = servers.mlflow(binary, cached=cached, main=main, auth=auth, permission="NO_PERMISSIONS")
        return made, target

    def fasttrackml(self, store: Store, folder: Path) -> tuple[Server, Target]:
        """Filled by its API: its schema is its own. On SQLite the file is kept for the next time."""
        binary = fasttrackml_binary(self.options)
        size = self.options.size
        kept = measuring.SEEDS / f"fasttrackml-{FASTTRACKML}-{size}-{seed.version()}"
        if store.postgresql is None:
            if not kept.exists():
                making = measuring.SEEDS / f"making-fasttrackml-{size}"
                shutil.rmtree(making, ignore_errors=True)
                making.mkdir(parents=True)
                server = servers.fasttrackml(binary, f"sqlite://{making}/fasttrackml.db")
                ids = self.fill_by_api(server, making)
                (making / "ids.json").write_text(json.dumps(ids))
                measuring.checkpoint(making / "fasttrackml.db")
                making.rename(kept)
            shutil.copyfile(kept / "fasttrackml.db", folder / "fasttrackml.db")
            ids = json.loads((kept / "ids.json").read_text())
            server = servers.fasttrackml(binary, f"sqlite://{folder}/fasttrackml.db")
        else:
            store.postgresql.create("fasttrackml")
            uri = store.postgresql.uri("fasttrackml", "postgres")
            server = servers.fasttrackml(binary, f"{uri}?sslmode=disable")
            ids = self.fill_by_api(server, folder)
        experiment, runs, history = ids
        step = max(1, len(runs) // 1000)
        return server, Target(experiment, seed.EXPERIMENT_NAME, runs[::step], history, ADMIN)

    def fill_by_api(self, server: Server, folder: Path) -> tuple[str, list[str], str]:
        with Running(server, folder) as running:
            return seed.by_api(running, ADMIN, self.options.size)

    def measure(self, name: str, key: str, store: Store) -> dict:
        """All figures of one server on one kind of database."""
        with self.folder(key) as folder:
            server, target = self.server(name, store, folder)
            print(f"  {server.name} {server.version}: {server.note}", file=sys.stderr)
            starts = []
            for _ in range(STARTS - 1):
                wait_for_quiet(None, self.options.patience)
                with Running(server, folder) as running:
                    starts.append(running.start_seconds)
            with Running(server, folder) as running:
                starts.append(running.start_seconds)
                figures = {
                    "name": name,
                    "store": key,
                    "version": server.version,
                    "note": server.note,
                    "start_ms": round(min(starts) * 1000, 1),
                    "idle": running.idle_memory(),
                    "size_mib": self.size(name, store, folder),
                    "scenarios": {},
                }
                for scenario in chosen(self.options, key, name):
                    if scenario.fresh:
                        continue
                    figures["scenarios"][scenario.name] = self.one(scenario, target, running, store)
                    if name == "millgate" and not scenario.turns:
                        self.bare_http(scenario, target, running)
            # What it takes of memory is its own, and not what others have left.
            with Running(server, folder) as running:
                for scenario in chosen(self.options, key, name):
                    if scenario.fresh:
                        figures["scenarios"][scenario.name] = self.one(scenario, target, running, store)
                        if name == "millgate":
                            self.bare_http(scenario, target, running)
                if store.postgresql is None:
                    figures["syncs_per_write"] = syncs_per_write(running, target, folder, self.turns())
            figures["size_after_mib"] = self.size(name, store, folder)
            figures["memory_most_mib"] = max(
                (one["memory"]["rss_mib"] for one in figures["scenarios"].values()), default=0.0
            )
            return figures

    def one(self, scenario: Scenario, target: Target, running: Running, store: Store) -> dict:
        wait_for_quiet(running, self.options.patience)
        figures = measuring.put_load(
            scenario, target, running, store=store, seconds=self.options.seconds, warm_up=self.options.warm_up,
            first=self.turns(),
        )  # fmt: skip
        print(f"    {scenario.title}: {reporting.short(figures, True)}", file=sys.stderr)
        return figures

    def bare_http(self, scenario: Scenario, target: Target, running: Running) -> None:
        """What HTTP alone costs, with the bytes of the server's own answers; once for all databases."""
        if scenario.name in self.options.bare_http:
            return
        wait_for_quiet(running, self.options.patience)
        seconds, warm_up = self.options.seconds, self.options.warm_up
        figures = bare.http(scenario, target, running, seconds=seconds, warm_up=warm_up, first=self.turns())
        self.options.bare_http[scenario.name] = figures
        print(f"      HTTP alone: {reporting.short(figures, True)}", file=sys.stderr)

    def bare_sql(self, key: str, store: Store) -> dict[str, dict]:
        """What SQL alone costs, on databases of its own."""
        found = {}
        with self.folder(key) as folder:
            self.server("millgate", store, folder)
            for scenario in chosen(self.options, key, "millgate"):
                if scenario.turns:
                    continue
                wait_for_quiet(None, self.options.patience)
                found[scenario.name] = bare.sql(
                    scenario, store, folder, self.options.size, seconds=self.options.seconds,
                    warm_up=self.options.warm_up, first=self.turns(),
                )  # fmt: skip
                print(
                    f"    {scenario.title}, SQL alone: {reporting.short(found[scenario.name], True)}",
                    file=sys.stderr,
                )
        return found

    def million(self, key: str, store: Store) -> dict:
        """A page of 100 runs in the default order, out of 10,000 and out of a million."""
        scenario = next(scenario for scenario in SCENARIOS if scenario.name == "search-runs")
        found = {}
        for name, size in (("10,000", self.options.size), ("1,000,000", self.options.million_size)):
            with self.folder(key) as folder:
                uris = measuring.seeded(store, self.millgate, size, folder)
                server = servers.millgate(self.millgate, *uris)
                target = measuring.target_of_seed(USER, measuring.some_runs(size))
                with Running(server, folder) as running:
                    found[name] = self.one(scenario, target, running, store)
        return found

    def size(self, name: str, store: Store, folder: Path) -> float:
        """MiB of the databases."""
        if store.postgresql is None:
            return round(measuring.sqlite_size(folder) / 2**20, 1)
        names = ["fasttrackml"] if name == "fasttrackml" else ["main", "auth"]
        return round(sum(store.postgresql.size(one) for one in names) / 2**20, 1)


def run(options: argparse.Namespace) -> dict:
    plan = Plan()
    comparison = Comparison(options, plan)
    each = options.seconds + options.warm_up + 1.5
    stages: list[tuple[str, str, Callable[[Store], None]]] = []
    now = datetime.datetime.now(datetime.UTC)
    report = {
        "date": now.isoformat(timespec="seconds"),
        "machine": machine(),
        "seconds": options.seconds,
        "warm_up": options.warm_up,
        "load_threads": 1,
        "servers": [],
        "bare_http": options.bare_http,
        "bare_sql": {},
        "million": {},
        "failed": [],
    }

    def stage(key: str, what: str, seconds: float, work: Callable[[Store], None]) -> None:
        plan.add(what, seconds)
        stages.append((key, what, work))

    for key in options.stores:
        for name in options.only:
            if key == "memory" and name not in MEMORY_SERVERS:
                continue
            count = len(chosen(options, key, name))
            slow = (
                90 if name.startswith("mlflow") else 100 if name == "fasttrackml" and key != "memory" else 20
            )

            def measure(store: Store, name: str = name, key: str = key) -> None:
                report["servers"].append(comparison.measure(name, key, store))

            stage(key, f"{name} on {key}", count * each + slow, measure)
        if "millgate" in options.only and not options.no_bare:

            def bare_sql(store: Store, key: str = key) -> None:
                report["bare_sql"][key] = comparison.bare_sql(key, store)

            stage(key, f"SQL alone on {key}", len(chosen(options, key, "millgate")) * each, bare_sql)
        if "millgate" in options.only and not options.no_million and key != "memory":

            def million(store: Store, key: str = key) -> None:
                report["million"][key] = comparison.million(key, store)

            stage(key, f"a million runs on {key}", 90, million)
    plan.show()
    with contextlib.ExitStack() as stack:
        store: Store | None = None
        current = None
        for key, what, work in stages:
            if key != current:
                current = key
                if key == "postgresql":
                    folder = Path(
                        stack.enter_context(tempfile.TemporaryDirectory(prefix="bench-", dir=options.folder))
                    )
                    store = measuring.on_postgresql(stack.enter_context(Postgresql(folder)))
                else:
                    store = measuring.on_sqlite()
            plan.begin(what)
            try:
                work(store)
            except (RuntimeError, OSError, subprocess.SubprocessError) as failure:
                # The others are still worth measuring.
                print(f"FAILED: {what}: {failure}", file=sys.stderr)
                report["failed"].append({"what": what, "why": str(failure)})
    report["seconds_in_all"] = round(time.monotonic() - plan.begun)
    report["load_average_after"] = [round(value, 2) for value in os.getloadavg()]
    report["goals"] = goals.judge(report)
    return report


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "--millgate", type=Path, default=ROOT / "target" / "release" / "millgate", metavar="FILE"
    )
    parser.add_argument(
        "--mlflow", type=Path, metavar="FILE", help=f"default: MLflow {MLFLOW}, installed on demand"
    )
    parser.add_argument(
        "--fasttrackml", type=Path, metavar="FILE", help=f"`fml`; default: {FASTTRACKML}, installed on demand"
    )
    listed = lambda text: text.split(",")  # noqa: E731
    parser.add_argument(
        "--only", type=listed, default=SERVERS, metavar="LIST", help=f"of {', '.join(SERVERS)}"
    )
    parser.add_argument(
        "--stores", type=listed, default=STORES, metavar="LIST", help=f"of {', '.join(STORES)}"
    )
    names = ", ".join(scenario.name for scenario in SCENARIOS)
    parser.add_argument("--scenarios", type=listed, metavar="LIST", help=f"of {names}")
    parser.add_argument("--seconds", type=float, default=4.0, help="of each load")
    parser.add_argument(
        "--warm-up", type=float, default=1.0, help="seconds before each load that do not count"
    )
    parser.add_argument(
        "--patience", type=float, default=3.0, help="seconds to wait before each load for a quiet machine"
    )
    parser.add_argument("--no-bare", action="store_true", help="leave out what HTTP and SQL alone cost")
    parser.add_argument("--no-million", action="store_true", help="leave out the search in a million runs")
    parser.add_argument("--small", action="store_true", help="little data, to try the benchmark itself")
    parser.add_argument("--folder", type=Path, help="where the databases are; default: the temporary folder")
    parser.add_argument("--results", type=Path, default=Path(__file__).parent / "results", metavar="FOLDER")
    parser.add_argument("--what", default="comparison", help="the end of the result files' names")
    options = parser.parse_args()
    known = [scenario.name for scenario in SCENARIOS]
    for given, allowed in (
        (options.only, SERVERS),
        (options.stores, STORES),
        (options.scenarios or [], known),
    ):
        if unknown := set(given) - set(allowed):
            parser.error(f"no such thing: {', '.join(sorted(unknown))}; there are {', '.join(allowed)}")
    if not options.millgate.exists():
        parser.error(f"there is no {options.millgate}: build it with `cargo build --release`")
    options.bare_http = {}
    options.size = measuring.SMALL if options.small else seed.STANDARD
    options.million_size = measuring.SMALL if options.small else seed.MILLION
    tools.build()

    report = run(options)
    options.results.mkdir(exist_ok=True)
    file = options.results / f"{report['date'][:10]}-{options.what}.json"
    file.write_text(json.dumps(report, indent=1) + "\n")
    text = reporting.markdown(report)
    file.with_suffix(".md").write_text(text)
    print(text)
    print(f"written to {os.path.relpath(file)} and {file.with_suffix('.md').name}", file=sys.stderr)


def mlflow_binary(options: argparse.Namespace) -> Path:
    # The driver is for PostgreSQL.
    return options.mlflow or servers.installed("mlflow", f"mlflow[auth]=={MLFLOW}", "psycopg2-binary")


def fasttrackml_binary(options: argparse.Namespace) -> Path:
    return options.fasttrackml or servers.installed("fml", f"fasttrackml=={FASTTRACKML}")


if __name__ == "__main__":
    main()
