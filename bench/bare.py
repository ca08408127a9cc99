"""What HTTP and SQL alone cost: the limits of what a server can do with the same requests."""

from __future__ import annotations

from pathlib import Path

import measuring
import scenarios
import statements
import tools
from measuring import Store
from running import Running
from scenarios import Scenario, Target
from seed import Size

KEPT = 1024 * 1024
"""Bytes of an answer that `bench-load` tells."""
SQLITE_READERS = 8
POSTGRESQL_CONNECTIONS = 10
"""As many connections as Millgate opens."""

_MIXED = {"get-run": 10, "get-experiment": 6, "log-metric": 3, "create-run": 1}
"""The flows of the mixed load, and their weights."""


def http(
    scenario: Scenario, target: Target, running: Running, *, seconds: float, warm_up: float, first: int
) -> dict:
    """The same requests to an empty server, which answers what the real one has answered."""
    flows = scenario.flows(target)
    answers = []
    for flow in flows:
        ask = {
            "address": f"127.0.0.1:{running.port}", "connections": 1, "seconds": 60, "warm_up": 0, "turns": 1,
            "lists": {"runs": target.runs[:1]}, "flows": [flow], "show_answers": True, "first": first,
        }  # fmt: skip
        answers += tools.bench_load("http", ask)["answers"]
    given = {}
    for answer in answers:
        # Files go to a path of their own each time.
        path = "*" if answer["method"] == "PUT" else answer["path"]
        size = scenario.stream if answer["method"] == "GET" else None
        if len(answer["body"]) >= KEPT and size is None:
            size = answer["bytes"]
        body = "" if size else answer["body"]
        given[answer["method"], path] = {
            "method": answer["method"],
            "path": path,
            "body": body,
            "stream": size,
        }
    with tools.serving(list(given.values())) as port:
        job = scenarios.job(scenario, target, port, seconds=seconds, warm_up=warm_up, first=first)
        return tools.bench_load("http", job)


def sql(
    scenario: Scenario, store: Store, folder: Path, size: Size, *, seconds: float, warm_up: float, first: int
) -> dict:
    """The statements of the same requests on the same databases."""
    if store.postgresql is None:
        databases = {name: str(folder / f"{name}.db") for name in ("main", "auth")}
        dialect, pool = "sqlite", SQLITE_READERS
    else:
        databases = {name: store.postgresql.uri(name) for name in ("main", "auth")}
        dialect, pool = "postgresql", POSTGRESQL_CONNECTIONS
    if scenario.name == "mixed":
        flows = [
            flow | {"weight": weight}
            for name, weight in _MIXED.items()
            for flow in statements.flows(name, dialect)
        ]
    else:
        flows = statements.flows(scenario.name, dialect)
    job = {
        "databases": databases,
        "connections": scenario.connections,
        "pool": min(pool, scenario.connections),
        "seconds": seconds,
        "warm_up": warm_up,
        "first": first,
        "lists": {"runs": measuring.some_runs(size)},
        "flows": flows,
    }
    return tools.bench_load("sql", job)
