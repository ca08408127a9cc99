#!/usr/bin/env python3
"""The same Python plugin, `examples/python-my-auth`, on Python MLflow and on Millgate: the same load on either, one after the other.

MLflow runs it under gunicorn with threads: its default server cannot serve a plugin's Flask app. Both have as many worker
processes, and the same Python environment. Linux and Python 3.11, no packages.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

import load
import servers
from run import Running, machine
from servers import MLFLOW, ROOT, Server

TOKEN = "a-token-of-the-bench"
API = "/api/2.0/mlflow"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--millgate", type=Path, default=ROOT / "target/release/millgate", help="the binary")
    parser.add_argument("--python", type=Path, help="a Python with MLflow and the plugin; made if not given")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--connections", type=int, default=8)
    parser.add_argument("--seconds", type=float, default=10)
    parser.add_argument("--warm-up", type=float, default=2)
    parser.add_argument("--output", type=Path, help="a file for the figures, as JSON")
    options = parser.parse_args()
    python = options.python or servers.environment(
        "python-plugins", [f"mlflow=={MLFLOW}", str(ROOT / "examples/python-my-auth")]
    ) / "python"  # fmt: skip
    python = Path(os.path.abspath(python))
    results = []
    for server in (millgate(options, python), mlflow(options, python)):
        with tempfile.TemporaryDirectory() as folder, Running(server, Path(folder)) as running:
            figures = {}
            for name, messages in loads(running).items():
                measured = load.run(
                    running.port,
                    messages,
                    connections=options.connections,
                    seconds=options.seconds,
                    warm_up=options.warm_up,
                )
                figures[name] = asdict(measured)
                print(
                    f"{server.name:10} {name:12} {measured.requests_per_second:9.1f} requests/s"
                    f"  p50 {measured.p50_ms:7.2f} ms  p99 {measured.p99_ms:7.2f} ms"
                )
            results.append(
                {"server": server.name, "note": server.note, "version": server.version, "loads": figures}
                | {"memory": running.memory()}
            )
    if options.output:
        options.output.write_text(json.dumps({"machine": machine(), "results": results}, indent=2) + "\n")


def millgate(options: argparse.Namespace, python: Path) -> Server:
    binary = options.millgate.resolve()
    known = servers.millgate(binary)
    return Server(
        name="millgate",
        note=f"my-auth in {options.workers} workers",
        command=lambda port: [
            str(binary), "server", "--app-name", "my-auth", "--workers", str(options.workers), "--port", str(port),
        ],
        version=known.version,
        variables={"MILLGATE_PYTHON": str(python), "MILLGATE_LOG": "warn", "MY_AUTH_ADMIN_TOKEN": TOKEN},
    )  # fmt: skip


def mlflow(options: argparse.Namespace, python: Path) -> Server:
    threads = max(2, options.connections)
    return Server(
        name="mlflow",
        note=f"my-auth in {options.workers} workers of gunicorn with {threads} threads each",
        command=lambda port: [
            str(python.parent / "mlflow"), "server", "--app-name", "my-auth",
            "--backend-store-uri", "sqlite:///mlflow.db", "--host", "127.0.0.1", "--port", str(port),
            "--workers", str(options.workers),
            "--gunicorn-opts", f"--worker-class gthread --threads {threads} --keep-alive 60 --log-level warning",
        ],
        version=MLFLOW,
        variables={
            "MY_AUTH_ADMIN_TOKEN": TOKEN,
            "MLFLOW_DISABLE_TELEMETRY": "true",
            "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false",
        },
    )  # fmt: skip


def message(method: str, path: str, body: object = None) -> bytes:
    plain = load.request(method, path, body=b"" if body is None else json.dumps(body).encode())
    line, _, rest = plain.partition(b"\r\n")
    return line + f"\r\nAuthorization: Bearer {TOKEN}\r\n".encode() + rest


def loads(running: Running) -> dict[str, Callable[[int], bytes]]:
    """What the plugin refuses, what it answers itself, a read and a write."""

    def ask(method: str, path: str, body: object = None) -> dict:
        import urllib.request

        request = urllib.request.Request(
            f"http://127.0.0.1:{running.port}{path}",
            method=method,
            data=None if body is None else json.dumps(body).encode(),
            headers={"Authorization": f"Bearer {TOKEN}", "Content-Type": "application/json"},
        )
        with urllib.request.urlopen(request, timeout=60) as answer:
            return json.load(answer)

    experiment = ask("POST", f"{API}/experiments/create", {"name": "bench"})["experiment_id"]
    run = ask("POST", f"{API}/runs/create", {"experiment_id": experiment, "start_time": 1})["run"]["info"][
        "run_id"
    ]
    get_run = message("GET", f"{API}/runs/get?run_id={run}")
    list_users = message("GET", "/api/2.0/my-auth/users")

    def log_metric(n: int) -> bytes:
        metric = {"run_id": run, "key": f"m{n % 10}", "value": n, "timestamp": n, "step": n}
        return message("POST", f"{API}/runs/log-metric", metric)

    return {"own route": lambda _: list_users, "get-run": lambda _: get_run, "log-metric": log_metric}


if __name__ == "__main__":
    sys.exit(main())
