"""A server that is started, watched and ended; what else the machine does; and what the older measurements share."""

from __future__ import annotations

import argparse
import http.client
import json
import os
import platform
import signal
import socket
import subprocess
import time
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

import load
from servers import Server

START_TIMEOUT = 120.0
IDLE_AFTER = 5.0
"""Seconds that the memory must stay the same to count as idle."""
QUIET = 0.2
"""Cores that something else may keep busy on a quiet machine."""


class Running:
    """A server process in its folder, with its files, from its start to its end."""

    def __init__(self, server: Server, folder: Path):
        for name, text in server.files.items():
            (folder / name).write_text(text)
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
