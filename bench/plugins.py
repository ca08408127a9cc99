#!/usr/bin/env python3
"""Token-based authentication by a plugin: `examples/python-my-auth` on Python MLflow and on Millgate, and
`examples/my-auth`, which does the same in Rust. The same load on each, one after the other.

MLflow runs the plugin under gunicorn with threads: its default server cannot serve a plugin's Flask app. Both have as
many worker processes, and the same Python environment. Linux and Python 3.11, no packages; what is in Rust is built
before:

    cargo build --release --package millgate --package my-auth
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
from collections.abc import Callable
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

import load
import servers
from running import Running, machine
from servers import ADMIN, MLFLOW, ROOT, Server

TOKEN = "a-token-of-the-bench"
API = "/api/2.0/mlflow"
OWN_ROUTES = {
    "millgate-rust": "/my-auth/tokens",
    "millgate": "/api/2.0/my-auth/users",
    "mlflow": "/api/2.0/my-auth/users",
}
"""What the plugin answers itself: a short list."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--millgate", type=Path, default=ROOT / "target/release/millgate", help="the binary")
    parser.add_argument(
        "--rust",
        type=Path,
        default=ROOT / "target/release/my-auth-server",
        help="the binary of examples/my-auth",
    )
    parser.add_argument("--python", type=Path, help="a Python with MLflow and the plugin; made if not given")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--connections", type=int, default=8)
    parser.add_argument("--seconds", type=float, default=10)
    parser.add_argument("--warm-up", type=float, default=2)
    parser.add_argument("--results", type=Path, default=Path(__file__).parent / "results", metavar="FOLDER")
    options = parser.parse_args()
    python = options.python or servers.environment(
        "python-plugins", [f"mlflow=={MLFLOW}", str(ROOT / "examples/python-my-auth")]
    ) / "python"  # fmt: skip
    python = Path(os.path.abspath(python))
    now = datetime.now(UTC)
    results = []
    for server, token in (
        (rust(options), made),
        (millgate(options, python), given),
        (mlflow(options, python), given),
    ):
        with tempfile.TemporaryDirectory() as folder:
            with Running(server, Path(folder)) as running:
                results.append(measure(server, running, token(running), options))
    options.results.mkdir(exist_ok=True)
    file = options.results / f"{now.date()}-plugins.json"
    file.write_text(
        json.dumps({"date": now.isoformat(), "machine": machine(), "results": results}, indent=2) + "\n"
    )
    print(f"\nWritten to {file}")


def measure(server: Server, running: Running, token: str, options: argparse.Namespace) -> dict:
    figures = {}
    for name, messages in loads(running, token, OWN_ROUTES[server.name]).items():
        measured = load.run(
            running.port,
            messages,
            connections=options.connections,
            seconds=options.seconds,
            warm_up=options.warm_up,
        )
        figures[name] = asdict(measured)
        print(
            f"{server.name:12} {name:12} {measured.requests_per_second:9.1f} requests/s"
            f"  p50 {measured.p50_ms:7.2f} ms  p99 {measured.p99_ms:7.2f} ms"
        )
    found = {"server": server.name, "note": server.note, "version": server.version, "loads": figures}
    return found | {"memory": running.memory()}


def rust(options: argparse.Namespace) -> Server:
    binary = options.rust.resolve()
    return Server(
        name="millgate-rust",
        note="examples/my-auth, compiled in",
        command=lambda port: [str(binary), "server", "--app-name", "my-auth", "--port", str(port)],
        version=servers.millgate(options.millgate.resolve()).version,
        files={"auth.ini": servers.INI.format(
                admin=ADMIN, permission="READ", auth="sqlite:///basic_auth.db", more="[my-auth]\ntokens = tokens.json"
            )},
        variables={
            "MLFLOW_AUTH_CONFIG_PATH": "auth.ini",
            "MILLGATE_LOG": "warn",
        },
    )


def made(running: Running) -> str:
    """A token that the app hands out for the administrator."""
    status, answer = running.call("POST", "/my-auth/tokens", ADMIN, {"username": ADMIN[0]})
    if status != 200:
        raise RuntimeError(f"no token: {status} {answer!r}")
    return json.loads(answer)["token"]


def given(_: Running) -> str:
    """The token that the plugin takes from its environment."""
    return TOKEN


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


def message(token: str, method: str, path: str, body: object = None) -> bytes:
    body = b"" if body is None else json.dumps(body).encode()
    return load.request(method, path, body=body, headers=(f"Authorization: Bearer {token}",))


def loads(running: Running, token: str, own_route: str) -> dict[str, Callable[[int], bytes]]:
    """What the plugin answers itself, a read and a write."""

    def ask(method: str, path: str, body: object = None) -> dict:
        import urllib.request

        request = urllib.request.Request(
            f"http://127.0.0.1:{running.port}{path}",
            method=method,
            data=None if body is None else json.dumps(body).encode(),
            headers={"Authorization": f"Bearer {token}", "Content-Type": "application/json"},
        )
        with urllib.request.urlopen(request, timeout=60) as answer:
            return json.load(answer)

    experiment = ask("POST", f"{API}/experiments/create", {"name": "bench"})["experiment_id"]
    run = ask("POST", f"{API}/runs/create", {"experiment_id": experiment, "start_time": 1})["run"]["info"][
        "run_id"
    ]
    get_run = message(token, "GET", f"{API}/runs/get?run_id={run}")
    own = message(token, "GET", own_route)

    def log_metric(n: int) -> bytes:
        metric = {"run_id": run, "key": f"m{n % 10}", "value": n, "timestamp": n, "step": n}
        return message(token, "POST", f"{API}/runs/log-metric", metric)

    return {"own route": lambda _: own, "get-run": lambda _: get_run, "log-metric": log_metric}


if __name__ == "__main__":
    sys.exit(main())
