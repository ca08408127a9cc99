"""How often a server waits for the disk when it writes."""

from __future__ import annotations

import shutil
import signal
import subprocess
import time
from pathlib import Path

import scenarios
import tools
from running import Running
from scenarios import SCENARIOS, Target

WRITES = 20


def syncs_per_write(running: Running, target: Target, folder: Path, first: int) -> float | None:
    """Calls of `fsync` and `fdatasync` for each of a few writes that come one by one; `None` without strace."""
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
        scenario = next(one for one in SCENARIOS if one.name == "log-metric")
        job = scenarios.job(scenario, target, running.port, seconds=60, warm_up=0, first=first)
        done = tools.bench_load("http", job | {"connections": 1, "turns": WRITES})
        time.sleep(0.2)
        if done["errors"]:
            return None
        return round((trace.read_text().count("sync(") - before) / WRITES, 2)
    finally:
        watching.send_signal(signal.SIGINT)
        watching.wait()
