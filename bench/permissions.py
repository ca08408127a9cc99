#!/usr/bin/env python3
"""What permissions cost: the same load with and without a login, and a search by one who may read little and by one who
may read all.

See README.md beside this file. Linux and Python 3.11, no packages.
"""

from __future__ import annotations

import argparse
import datetime
import json
import sys
import tempfile
from pathlib import Path

import load
import servers
from running import Running, machine, one_round
from servers import ADMIN, ROOT, USER, Server

EXPERIMENTS = 10_000
READABLE = 50
"""Spread evenly over all of them, and as many as a page of the search has."""

def unguarded(binary: Path) -> Server:
    known = servers.millgate(binary)
    return Server(
        name="millgate-open",
        note="without an app",
        command=lambda port: [str(binary), "server", "--port", str(port)],
        version=known.version,
    )


def seed(running: Running) -> list[str]:
    """The experiments, made by the administrator, of which the user may read a few. Their ids."""
    running.api("POST", "users/create", ADMIN, {"username": USER[0], "password": USER[1]})
    ids = []
    for number in range(EXPERIMENTS):
        made = running.api("POST", "experiments/create", ADMIN, {"name": f"bench-{number}"})
        ids.append(made["experiment_id"])
    for experiment in ids[:: EXPERIMENTS // READABLE]:
        grant = {"resource_type": "experiment", "resource_id": experiment, "permission": "READ"}
        body = {"username": USER[0], **grant}
        status, answer = running.call("POST", "/api/3.0/mlflow/users/permissions/grant", ADMIN, body)
        assert status == 200, answer
    return ids


def search(user: tuple[str, str]) -> bytes:
    body = json.dumps({"max_results": READABLE}).encode()
    return load.request("POST", "/api/2.0/mlflow/experiments/search", user=user, body=body)


def get(experiment: str, user: tuple[str, str] | None) -> bytes:
    return load.request("GET", f"/api/2.0/mlflow/experiments/get?experiment_id={experiment}", user=user)


def in_turn(loads: dict[str, tuple[Running, bytes]], options: argparse.Namespace) -> dict[str, dict]:
    """The least disturbed round of each load; their rounds alternate, so that the machine's moods meet all alike."""
    rounds: dict[str, list[dict]] = {name: [] for name in loads}
    for _ in range(options.rounds):
        for name, (running, message) in loads.items():
            rounds[name].append(one_round(running, lambda _, message=message: message, options))
    return {name: min(found, key=lambda figures: figures["others_cpu"]) for name, found in rounds.items()}


def check_page(running: Running, ids: list[str]) -> None:
    """The user's page is full, and holds what they may read, the newest first."""
    page = running.api("POST", "experiments/search", USER, {"max_results": READABLE})
    found = [experiment["experiment_id"] for experiment in page["experiments"]]
    assert found == ids[:: EXPERIMENTS // READABLE][::-1], found


def measure(binary: Path, options: argparse.Namespace) -> dict[str, dict]:
    with tempfile.TemporaryDirectory() as one, tempfile.TemporaryDirectory() as other:
        guarded = servers.millgate(binary, auth="sqlite:///basic_auth.db")
        with Running(guarded, Path(one)) as door, Running(unguarded(binary), Path(other)) as free:
            print(f"making {EXPERIMENTS:,} experiments", file=sys.stderr)
            ids = seed(door)
            check_page(door, ids)
            same = free.call("POST", "/api/2.0/mlflow/experiments/create", None, {"name": "bench"})
            return in_turn(
                {
                    "experiments/get, basic-auth": (door, get(ids[0], USER)),
                    "experiments/get, open": (free, get(json.loads(same[1])["experiment_id"], None)),
                    "experiments/search, reads 50": (door, search(USER)),
                    "experiments/search, administrator": (door, search(ADMIN)),
                },
                options,
            )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--millgate", type=Path, default=ROOT / "target" / "release" / "millgate", metavar="FILE")
    parser.add_argument("--connections", type=int, default=8)
    parser.add_argument("--rounds", type=int, default=3, help="of each load; the least disturbed counts")
    parser.add_argument("--seconds", type=float, default=5.0, help="of each load")
    parser.add_argument("--warm-up", type=float, default=1.0, help="seconds before each load that do not count")
    parser.add_argument("--patience", type=float, default=20.0, help="seconds to wait for a quiet machine")
    parser.add_argument("--results", type=Path, default=Path(__file__).parent / "results", metavar="FOLDER")
    options = parser.parse_args()

    now = datetime.datetime.now(datetime.UTC)
    loads = measure(options.millgate.resolve(), options)
    rate = {name: figures["requests_per_second"] for name, figures in loads.items()}
    ratios = {
        "experiments/get: basic-auth to open, requests/s": round(
            rate["experiments/get, basic-auth"] / rate["experiments/get, open"], 2
        ),
        "experiments/search: cost of a page for one who reads 50 of 10,000, to an administrator's": round(
            rate["experiments/search, administrator"] / rate["experiments/search, reads 50"], 2
        ),
    }
    report = {
        "date": now.isoformat(timespec="seconds"),
        "machine": machine(),
        "connections": options.connections,
        "seconds": options.seconds,
        "rounds": options.rounds,
        "experiments": EXPERIMENTS,
        "readable": READABLE,
        "loads": loads,
        "ratios": ratios,
    }
    options.results.mkdir(exist_ok=True)
    file = options.results / f"{now.date()}-permissions.json"
    file.write_text(json.dumps(report, indent=2) + "\n")
    for name, figures in loads.items():
        print(f"{name}: {figures['requests_per_second']:,.0f} requests/s, p99 {figures['p99_ms']} ms")
    for name, ratio in ratios.items():
        print(f"{name}: {ratio}")
    print(f"\nwritten to {file.name}")


if __name__ == "__main__":
    main()
