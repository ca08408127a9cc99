"""The loads: what is asked of each server, as jobs for `bench-load http`. README.md says what each is."""

from __future__ import annotations

# JSON, full of braces, is easier to read with `%`.
# ruff: noqa: UP031
import base64
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import quote

import seed

API = "/api/2.0/mlflow"
ARTIFACTS = "/api/2.0/mlflow-artifacts/artifacts"
CONNECTIONS = 8
MIB = 1024 * 1024
CHOICES = 1000
"""Runs among which a load chooses."""


@dataclass(frozen=True)
class Target:
    """Ids on one server, and who calls it."""

    experiment: str
    """The one with all the runs."""
    experiment_name: str
    runs: list[str]
    """Some of its runs."""
    history: str
    """A run with many points of the metric `loss`."""
    user: tuple[str, str]


@dataclass(frozen=True)
class Scenario:
    name: str
    title: str
    flows: Callable[[Target], list[dict]]
    connections: int = CONNECTIONS
    writes: bool = False
    small: bool = False
    """Whether it is a small request: one in which the work on credentials shows."""
    registry: bool = False
    filtered: bool = False
    """Whether it needs users who may read only a part."""
    artifacts: bool = False
    turns: int | None = None
    """As many by each connection, instead of for a time."""
    timeout: float = 60.0
    stream: int | None = None
    """Bytes of the answer, where it is not worth keeping."""
    fresh: bool = False
    """Whether the server is started anew for it."""
    growing: bool = True
    """Whether `growth.py` measures it."""


def _authorization(user: tuple[str, str]) -> str:
    return "Authorization: Basic " + base64.b64encode(":".join(user).encode()).decode()


def _step(target: Target, method: str, path: str | list, body: list | None = None, **more: object) -> dict:
    headers = [_authorization(target.user)]
    if body is not None:
        headers.append("Content-Type: application/json")
    step = {"method": method, "path": path if isinstance(path, list) else [path], "headers": headers}
    return step | ({"body": body} if body is not None else {}) | more


def _flow(name: str, *steps: dict, weight: int = 1) -> dict:
    return {"name": name, "weight": weight, "steps": list(steps)}


RUN = {"pick": "runs"}
TURN = {"n": {}}


def get_experiment(target: Target, weight: int = 1) -> dict:
    path = f"{API}/experiments/get?experiment_id={target.experiment}"
    return _flow("get experiment", _step(target, "GET", path), weight=weight)


def get_run(target: Target, weight: int = 1) -> dict:
    return _flow("get run", _step(target, "GET", [f"{API}/runs/get?run_id=", RUN]), weight=weight)


def search_runs(target: Target) -> dict:
    body = '{"experiment_ids":["%s"],"max_results":100}' % target.experiment
    return _flow("search runs", _step(target, "POST", f"{API}/runs/search", [body]))


def search_filtered(target: Target) -> dict:
    filter = "metrics.m0 > 0.5 and params.p0 = '3' and tags.t0 = 'v3'"
    body = '{"experiment_ids":["%s"],"max_results":100,"filter":"%s","order_by":["metrics.m1 DESC"]}'
    return _flow(
        "filter runs", _step(target, "POST", f"{API}/runs/search", [body % (target.experiment, filter)])
    )


def create_run(target: Target, weight: int = 1) -> dict:
    body = [
        '{"experiment_id":"%s","start_time":' % target.experiment,
        {"now": "ms"},
        ',"run_name":"run-',
        TURN,
    ]
    body.append('","tags":[{"key":"mlflow.user","value":"bench"},{"key":"team","value":"bench"}]}')
    return _flow("create run", _step(target, "POST", f"{API}/runs/create", body), weight=weight)


def log_metric(target: Target, weight: int = 1) -> dict:
    # Another step each time: a value that is there already need not be written.
    body = [
        '{"run_id":"',
        RUN,
        '","key":"logged","value":',
        TURN,
        '.25,"timestamp":',
        {"now": "ms"},
        ',"step":',
    ]
    return _flow(
        "log metric", _step(target, "POST", f"{API}/runs/log-metric", [*body, TURN, "}"]), weight=weight
    )


def log_batch(size: int) -> Callable[[Target], dict]:
    """Ten metrics, each with a tenth of the size as new steps."""
    each = size // 10

    def flow(target: Target) -> dict:
        number = {"n": {"times": each, "i": True}}
        body: list = ['{"run_id":"', RUN, '","metrics":[']
        for key in range(10):
            one = [
                '{"key":"b%d","value":' % key,
                number,
                '.5,"timestamp":',
                {"now": "ms"},
                ',"step":',
                number,
                "}",
            ]
            body += [","] if key else []
            body.append({"repeat": each, "separator": ",", "of": one})
        return _flow(f"log {size} metrics", _step(target, "POST", f"{API}/runs/log-batch", [*body, "]}"]))

    return flow


def training(target: Target) -> dict:
    """What MLflow's Python client 3.17 sends for 20 steps of five metrics, ten params, three tags and a file."""
    name = quote(target.experiment_name)
    run = {"var": "run"}
    batch = ['{"run_id":"', run, '",']
    steps = [_step(target, "GET", f"{API}/experiments/get-by-name?experiment_name={name}")]
    create = ['{"experiment_id":"%s","user_id":"bench","start_time":' % target.experiment, {"now": "ms"}]
    create.append(
        ',"tags":[{"key":"mlflow.user","value":"bench"},{"key":"mlflow.source.name","value":"train.py"},'
        '{"key":"mlflow.source.type","value":"LOCAL"}]}'
    )
    take = {"run": "/run/info/run_id"}
    steps.append(_step(target, "POST", f"{API}/runs/create", create, take=take))
    params = ",".join('{"key":"p%d","value":"%d"}' % (k, k) for k in range(10))
    steps.append(_step(target, "POST", f"{API}/runs/log-batch", [*batch, f'"params":[{params}]}}']))
    tags = ",".join('{"key":"t%d","value":"%d"}' % (k, k) for k in range(3))
    steps.append(_step(target, "POST", f"{API}/runs/log-batch", [*batch, f'"tags":[{tags}]}}']))
    for step in range(20):
        metrics: list = []
        for key in range(5):
            begin = "," if key else ""
            metrics.append('%s{"key":"m%d","value":%s,"timestamp":' % (begin, key, step / 7 + key))
            metrics += [{"now": "ms"}, ',"step":%d}' % step]
        steps.append(_step(target, "POST", f"{API}/runs/log-batch", [*batch, '"metrics":[', *metrics, "]}"]))
    get = _step(target, "GET", [f"{API}/runs/get?run_uuid=", run, "&run_id=", run])
    artifact = [f"{ARTIFACTS}/{target.experiment}/", run, "/artifacts/model.bin"]
    steps += [get, _put(target, artifact, 65536), get]
    end = ['{"run_uuid":"', run, '","status":"FINISHED","end_time":', {"now": "ms"}, ',"run_id":"', run, '"}']
    steps.append(_step(target, "POST", f"{API}/runs/update", end))
    return _flow("training run", *steps)


def history(target: Target) -> dict:
    path = f"{API}/metrics/get-history?run_id={target.history}&metric_key=loss"
    return _flow("metric history", _step(target, "GET", path))


def search_experiments(target: Target) -> dict:
    body = ['{"max_results":%d}' % seed.READABLE]
    return _flow("search experiments", _step(target, "POST", f"{API}/experiments/search", body))


def search_registry(target: Target) -> dict:
    filter = quote("name LIKE 'model-%'")
    path = f"{API}/registered-models/search?max_results=100&filter={filter}"
    return _flow("search registry", _step(target, "GET", path))


def _put(target: Target, path: list, size: int) -> dict:
    step = _step(target, "PUT", path, fill={"bytes": size})
    step["headers"].append("Content-Type: application/octet-stream")
    return step


def _file(target: Target, name: str) -> str:
    return f"{ARTIFACTS}/{target.experiment}/{target.runs[0]}/artifacts/{name}"


def upload(size: int) -> Callable[[Target], dict]:
    def flow(target: Target) -> dict:
        # A few names, so that the disk does not fill.
        path = [_file(target, f"{size}-"), {"n": {"modulo": 16}}, ".bin"]
        return _flow("upload", _put(target, path, size))

    return flow


def download(size: int) -> Callable[[Target], dict]:
    return lambda target: _flow("download", _step(target, "GET", _file(target, f"{size}-0.bin")))


def _single(flow: Callable[[Target], dict]) -> Callable[[Target], list[dict]]:
    return lambda target: [flow(target)]


def mixed(target: Target) -> list[dict]:
    """Of 20 requests 16 read."""
    return [
        get_run(target, weight=10),
        get_experiment(target, weight=6),
        log_metric(target, weight=3),
        create_run(target, weight=1),
    ]


GIB = 1024 * MIB

SCENARIOS = [
    Scenario("get-experiment", "get experiment", _single(get_experiment), small=True),
    Scenario("get-run", "get run", _single(get_run), small=True),
    Scenario("search-runs", "search: page of 100 runs", _single(search_runs)),
    Scenario("search-filtered", "search: metric, param and tag, by a metric", _single(search_filtered)),
    Scenario("create-run", "create run", _single(create_run), writes=True, small=True),
    Scenario("log-metric", "log a metric", _single(log_metric), writes=True, small=True),
    Scenario("log-batch-100", "log 100 metrics", _single(log_batch(100)), writes=True),
    Scenario("log-batch-1000", "log 1,000 metrics", _single(log_batch(1000)), writes=True),
    Scenario("training", "training run of 28 requests", _single(training), writes=True, artifacts=True, growing=False),
    Scenario("history", "metric history", _single(history)),
    Scenario("search-experiments", "search experiments, may read 50", _single(search_experiments), filtered=True),
    Scenario("search-registry", "search registry", _single(search_registry), registry=True),
    Scenario("upload-1m", "upload 1 MB", _single(upload(MIB)), writes=True, artifacts=True, growing=False),
    Scenario("download-1m", "download 1 MB", _single(download(MIB)), artifacts=True, stream=MIB, growing=False),
    Scenario(
        "upload-1g", "upload 1 GB", _single(upload(GIB)), connections=1, writes=True, artifacts=True, turns=2,
        timeout=120, growing=False,
    ),
    Scenario(
        "download-1g", "download 1 GB", _single(download(GIB)), connections=1, artifacts=True, turns=2, stream=GIB,
        timeout=120, growing=False,
    ),
    Scenario("mixed", "64 connections, 80 % reads", mixed, connections=64, writes=True, fresh=True),
]  # fmt: skip


def job(scenario: Scenario, target: Target, port: int, *, seconds: float, warm_up: float, first: int) -> dict:
    """The job for `bench-load http`. `first` numbers its first turn, so that no two loads write the same."""
    # The first file of each size is the one that is downloaded.
    first = 0 if scenario.artifacts and scenario.writes and scenario.name != "training" else first
    return {
        "address": f"127.0.0.1:{port}",
        "connections": scenario.connections,
        "threads": 1,
        "seconds": 600 if scenario.turns else seconds,
        "warm_up": 0 if scenario.turns else warm_up,
        "turns": scenario.turns,
        "timeout": scenario.timeout,
        "first": first,
        "lists": {"runs": target.runs},
        "flows": scenario.flows(target),
    }
