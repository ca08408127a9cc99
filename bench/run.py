#!/usr/bin/env python3
"""Starts each server in turn with a fresh SQLite database, puts the same load on it, and prints a table.

See README.md beside this file. Linux and Python 3.11, no packages.
"""

from __future__ import annotations

import argparse
import datetime
import http.client
import json
import os
import platform
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

import load
import servers
from servers import ADMIN, FASTTRACKML, MLFLOW, ROOT, USER, Server

STARTS = 3
"""Starts on an existing database; the fastest counts, as what else the machine does only makes one slower."""
START_TIMEOUT = 120.0
IDLE_AFTER = 5.0
"""Seconds that the memory must stay the same to count as idle."""
SYNCED_WRITES = 20
QUIET = 0.2
"""Cores that something else may keep busy on a quiet machine."""


class Running:
    """A server process, from its start to its end."""

    def __init__(self, server: Server, folder: Path):
        self.port = _free_port()
        own = ("MLFLOW_", "MILLGATE_", "UVICORN_", "GUNICORN_", "FML_")
        environment = {name: value for name, value in os.environ.items() if not name.startswith(own)}
        self.log = (folder / "log").open("ab")
        begin = time.perf_counter()
        # A session of its own, so that all its processes can be found and ended.
        self.process = subprocess.Popen(
            server.command(self.port),
            cwd=folder,
            env=environment | server.variables,
            stdout=self.log,
            stderr=self.log,
            start_new_session=True,
        )
        try:
            self._wait_for_health(begin + START_TIMEOUT)
        except BaseException:
            self.stop()
            raise
        self.start_seconds = time.perf_counter() - begin

    def __enter__(self) -> Running:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def _wait_for_health(self, deadline: float) -> None:
        while time.perf_counter() < deadline:
            if self.process.poll() is not None:
                raise RuntimeError(f"the server ended with {self.process.returncode}:\n{self.tail()}")
            try:
                # 401 is an answer too: FastTrackML wants a login even here.
                if self.call("GET", "/health", None)[0] in (200, 401):
                    return
            except OSError:
                pass
            time.sleep(0.001)
        raise RuntimeError(f"the server did not answer /health in time:\n{self.tail()}")

    def tail(self) -> str:
        """The end of the server's log."""
        return "\n".join(Path(self.log.name).read_text(errors="replace").splitlines()[-20:])

    def call(
        self, method: str, path: str, user: tuple[str, str] | None, body: object = None
    ) -> tuple[int, bytes]:
        """One request on a connection of its own."""
        connection = socket.create_connection(("127.0.0.1", self.port), timeout=60)
        with connection:
            payload = b"" if body is None else json.dumps(body).encode()
            connection.sendall(load.request(method, path, user=user, body=payload))
            answer = http.client.HTTPResponse(connection)
            answer.begin()
            return answer.status, answer.read()

    def api(self, method: str, path: str, user: tuple[str, str], body: object = None) -> dict:
        status, answer = self.call(method, f"/api/2.0/mlflow/{path}", user, body)
        if status != 200:
            raise RuntimeError(f"{method} {path}: {status} {answer[:500]!r}")
        return json.loads(answer)

    def processes(self) -> list[int]:
        """The server's processes: those of its session, and what they started."""
        parents, sessions = {}, {}
        for entry in Path("/proc").iterdir():
            if entry.name.isdigit():
                try:
                    fields = (entry / "stat").read_text().rpartition(")")[2].split()
                except OSError:
                    continue
                parents[int(entry.name)], sessions[int(entry.name)] = int(fields[1]), int(fields[3])
        own = {pid for pid, session in sessions.items() if session == self.process.pid}
        while more := {pid for pid, parent in parents.items() if parent in own} - own:
            own |= more
        return sorted(own)

    def cpu(self) -> float:
        """Seconds that all its processes together have worked."""
        ticks = 0
        for pid in self.processes():
            try:
                fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
            except OSError:
                continue
            ticks += int(fields[11]) + int(fields[12])
        return ticks / os.sysconf("SC_CLK_TCK")

    def memory(self) -> dict[str, float]:
        """MiB of all its processes: resident, and with pages that they share counted once (`Pss`)."""
        total = {"rss_mib": 0.0, "pss_mib": 0.0}
        for pid in self.processes():
            try:
                lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
            except OSError:
                continue
            for line in lines:
                name, _, rest = line.partition(":")
                if name in ("Rss", "Pss"):
                    total[f"{name.lower()}_mib"] += int(rest.split()[0]) / 1024
        return {name: round(value, 1) for name, value in total.items()}

    def idle_memory(self) -> dict[str, float]:
        """The memory once it has stopped growing."""
        known, since, deadline = self.memory(), time.monotonic(), time.monotonic() + 30
        while time.monotonic() - since < IDLE_AFTER and time.monotonic() < deadline:
            time.sleep(0.25)
            now = self.memory()
            if abs(now["rss_mib"] - known["rss_mib"]) > 0.02 * known["rss_mib"]:
                known, since = now, time.monotonic()
        return self.memory() | {"processes": len(self.processes())}

    def stop(self) -> None:
        pids = self.processes()
        self.process.terminate()
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            pass
        for pid in pids:
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
        self.process.wait()
        self.log.close()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def seed(running: Running, server: Server) -> tuple[tuple[str, str], str, str]:
    """Ten experiments with two runs each. The caller of the load, an experiment of theirs and one of its runs."""
    caller = ADMIN
    if server.has_users:
        running.api("POST", "users/create", ADMIN, {"username": USER[0], "password": USER[1]})
        caller = USER
    now = 1_700_000_000_000
    for number in range(10):
        tags = [{"key": "team", "value": "bench"}]
        made = running.api("POST", "experiments/create", caller, {"name": f"bench-{number}", "tags": tags})
        for _ in range(2):
            start = {"experiment_id": made["experiment_id"], "start_time": now, "run_name": "seed"}
            run = running.api("POST", "runs/create", caller, start)["run"]["info"]["run_id"]
            metrics = [{"key": f"m{k}", "value": k / 7, "timestamp": now, "step": 0} for k in range(10)]
            params = [{"key": f"p{k}", "value": str(k)} for k in range(10)]
            running.api(
                "POST", "runs/log-batch", caller, {"run_id": run, "metrics": metrics, "params": params}
            )
    return caller, made["experiment_id"], run


def loads(caller: tuple[str, str], experiment: str, run: str) -> dict[str, Callable[[int], bytes]]:
    """Each load by its name: the n-th request."""
    get = load.request("GET", f"/api/2.0/mlflow/experiments/get?experiment_id={experiment}", user=caller)

    def log_metric(n: int) -> bytes:
        # Another step each time: a value that is there already need not be written.
        body = b'{"run_id":"%s","key":"loss","value":%d.25,"timestamp":1700000000000,"step":%d}'
        body %= (run.encode(), n % 1000, n)
        return load.request("POST", "/api/2.0/mlflow/runs/log-metric", user=caller, body=body)

    return {"experiments/get": lambda _: get, "log-metric": log_metric}


def syncs_per_write(running: Running, log_metric: Callable[[int], bytes], folder: Path) -> float | None:
    """How often the server waits for the disk for each of a few writes that come one by one; `None` without strace."""
    strace = shutil.which("strace")
    if strace is None:
        return None
    trace = folder / "syncs"
    attach = [argument for pid in running.processes() for argument in ("-p", str(pid))]
    watching = subprocess.Popen(
        [strace, "-f", "-q", "-e", "trace=fsync,fdatasync", "-e", "signal=none", "-o", trace, *attach],
        stderr=subprocess.DEVNULL,
    )
    try:
        time.sleep(2)
        if watching.poll() is not None:
            return None
        before = trace.read_text().count("sync(")
        connection = load.Connection(running.port)
        for n in range(SYNCED_WRITES):
            connection.send(log_metric(10_000_000 + n))
            while not connection.receive():
                pass
        connection.socket.close()
        time.sleep(0.2)
        return round((trace.read_text().count("sync(") - before) / SYNCED_WRITES, 2)
    finally:
        watching.send_signal(signal.SIGINT)
        watching.wait()


def measure(server: Server, options: argparse.Namespace) -> dict:
    """All figures of one server."""
    with tempfile.TemporaryDirectory(prefix=f"bench-{server.name}-", dir=options.folder) as name:
        folder = Path(name)
        for file, text in server.files.items():
            (folder / file).write_text(text)
        wait_for_quiet(None, options.patience)
        with Running(server, folder) as running:
            first_start = running.start_seconds
        starts = []
        for _ in range(STARTS - 1):
            wait_for_quiet(None, options.patience)
            with Running(server, folder) as running:
                starts.append(running.start_seconds)
        with Running(server, folder) as running:
            starts.append(running.start_seconds)
            figures = {
                "name": server.name,
                "version": server.version,
                "note": server.note,
                "first_start_ms": round(first_start * 1000, 1),
                "start_ms": round(min(starts) * 1000, 1),
                "idle": running.idle_memory(),
                "loads": {},
            }
            made = loads(*seed(running, server))
            for what, messages in made.items():
                rounds = [one_round(running, messages, options) for _ in range(options.rounds)]
                figures["loads"][what] = min(rounds, key=lambda figures: figures["others_cpu"])
            figures["memory_after_load"] = running.memory()
            figures["syncs_per_write"] = syncs_per_write(running, made["log-metric"], folder)
        return figures


def wait_for_quiet(running: Running | None, patience: float) -> None:
    """Returns once the rest of the machine has done little for a second, or when the patience is at its end."""
    deadline = time.monotonic() + patience
    while time.monotonic() < deadline:
        busy, own = machine_cpu(), running.cpu() if running else 0.0
        time.sleep(1)
        if machine_cpu() - busy - ((running.cpu() if running else 0.0) - own) < QUIET:
            return


def one_round(running: Running, messages: Callable[[int], bytes], options: argparse.Namespace) -> dict:
    """The figures of one load, and how many cores were busy with something else meanwhile."""
    wait_for_quiet(running, options.patience)
    busy, own, begin = machine_cpu(), running.cpu() + load.cpu(), time.perf_counter()
    measured = load.run(
        running.port,
        messages,
        connections=options.connections,
        seconds=options.seconds,
        warm_up=options.warm_up,
    )
    seconds = time.perf_counter() - begin
    others = (machine_cpu() - busy) - (running.cpu() + load.cpu() - own)
    return asdict(measured) | {"others_cpu": round(max(0.0, others / seconds), 2)}


def machine_cpu() -> float:
    """Seconds that all cores together have worked."""
    user, nice, system, _, _, irq, softirq = map(int, Path("/proc/stat").read_text().split(maxsplit=8)[1:8])
    return (user + nice + system + irq + softirq) / os.sysconf("SC_CLK_TCK")


def machine() -> dict:
    cpu = [line for line in Path("/proc/cpuinfo").read_text().splitlines() if line.startswith("model name")]
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return {
        "cpu": cpu[0].partition(":")[2].strip() if cpu else platform.machine(),
        "cores": os.cpu_count(),
        "memory_gib": round(memory / 2**30, 1),
        "kernel": platform.release(),
        "python": platform.python_version(),
        "load_average": [round(value, 2) for value in os.getloadavg()],
    }


def table(results: list[dict]) -> str:
    """The figures as Markdown."""
    columns = ["", *(f"{result['name']} {result['version']}" for result in results)]
    rows = [
        ("start to first `/health`", lambda r: f"{r['start_ms']:,.0f} ms"),
        ("the same on a fresh database", lambda r: f"{r['first_start_ms']:,.0f} ms"),
        ("idle memory, resident", lambda r: f"{r['idle']['rss_mib']:,.0f} MiB"),
        ("processes", lambda r: str(r["idle"]["processes"])),
    ]
    for what in results[0]["loads"]:
        rows += [
            (f"`{what}`, requests/s", lambda r, what=what: f"{r['loads'][what]['requests_per_second']:,.0f}"),
            (f"`{what}`, p99", lambda r, what=what: f"{r['loads'][what]['p99_ms']:,.1f} ms"),
        ]
    rows.append(("waits for the disk a write", lambda r: _number(r["syncs_per_write"])))
    lines = [columns, ["---", *("---:" for _ in results)]]
    lines += [[name, *(cell(result) for result in results)] for name, cell in rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def _number(value: float | None) -> str:
    return "?" if value is None else f"{value:g}"


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
    parser.add_argument("--only", metavar="LIST", help="of millgate, mlflow, mlflow-cached, fasttrackml")
    parser.add_argument("--connections", type=int, default=8)
    parser.add_argument("--rounds", type=int, default=3, help="of each load; the least disturbed counts")
    parser.add_argument("--seconds", type=float, default=5.0, help="of each load")
    parser.add_argument(
        "--warm-up", type=float, default=1.0, help="seconds before each load that do not count"
    )
    parser.add_argument(
        "--patience", type=float, default=20.0, help="seconds to wait before each measure for a quiet machine"
    )
    parser.add_argument("--folder", type=Path, help="where the databases are; default: the temporary folder")
    parser.add_argument("--results", type=Path, default=Path(__file__).parent / "results", metavar="FOLDER")
    parser.add_argument("--what", default="side-by-side", help="the end of the result file's name")
    options = parser.parse_args()

    makers = {
        "millgate": lambda: servers.millgate(options.millgate.resolve()),
        "mlflow": lambda: servers.mlflow(mlflow_binary(options), cached=False),
        "mlflow-cached": lambda: servers.mlflow(mlflow_binary(options), cached=True),
        "fasttrackml": lambda: servers.fasttrackml(fasttrackml_binary(options)),
    }
    names = options.only.split(",") if options.only else list(makers)
    if unknown := set(names) - set(makers):
        parser.error(f"no such server: {', '.join(sorted(unknown))}")
    compared = [makers[name]() for name in names]

    now = datetime.datetime.now(datetime.UTC)
    report = {
        "date": now.isoformat(timespec="seconds"),
        "machine": machine(),
        "connections": options.connections,
        "seconds": options.seconds,
        "rounds": options.rounds,
        "servers": [],
    }
    for server in compared:
        print(f"measuring {server.name} {server.version}: {server.note}", file=sys.stderr)
        report["servers"].append(measure(server, options))
    options.results.mkdir(exist_ok=True)
    file = options.results / f"{now.date()}-{options.what}.json"
    file.write_text(json.dumps(report, indent=2) + "\n")
    print(table(report["servers"]))
    print(f"\nwritten to {os.path.relpath(file)}")


def mlflow_binary(options: argparse.Namespace) -> Path:
    return options.mlflow or _installed("mlflow", f"mlflow[auth]=={MLFLOW}")


def fasttrackml_binary(options: argparse.Namespace) -> Path:
    return options.fasttrackml or _installed("fml", f"fasttrackml=={FASTTRACKML}")


def _installed(command: str, package: str) -> Path:
    return servers.environment(package.replace("[auth]", "").replace("==", "-"), [package]) / command


if __name__ == "__main__":
    main()
