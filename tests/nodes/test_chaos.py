"""Real clients work while nodes and the database are killed at random; then every acknowledged write is looked for.

`MILLGATE_CHAOS_SEED` repeats a run as far as chance goes, and `MILLGATE_CHAOS_SECONDS` makes it longer or shorter.
"""

import itertools
import os
import random
import re
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import mlflow
import pytest
from mlflow.entities import Metric, Param, RunTag
from mlflow.exceptions import MlflowException

from databases import KINDS, OwnServer, own_server
from fleet import admin_of, fleet
from people import Person, a_new_person, unique
from serving import Server, a_free_port

pytestmark = pytest.mark.slow

SECONDS = float(os.environ.get("MILLGATE_CHAOS_SECONDS", "120"))
WORKERS = 6
METRICS, PARAMS, TAGS = 20, 5, 5

# What a client may be told while things are down: the server's own refusal, or that nobody is there.
EXPECTED = re.compile(
    r"TEMPORARILY_UNAVAILABLE|too many 50[23] error|Connection|RemoteDisconnected|NewConnectionError|Read timed out"
)


class Ledger:
    """What the server has acknowledged, and what came of the rest."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.outcomes: Counter[str] = Counter()
        self.unexpected: list[str] = []
        self.runs: dict[str, str] = {}
        self.batches: set[tuple[str, str]] = set()
        self.counters: dict[tuple[str, str], int] = {}
        self.models: dict[str, str] = {}
        self.versions: set[tuple[str, str, str]] = set()

    def attempt(
        self, what: str, call: Callable[[], Any], note: Callable[[Any], None], repeated: str = ""
    ) -> Any:
        """`repeated` is an error that means that the client's own retry came after a success that got lost."""
        try:
            answer = call()
        except MlflowException as error:
            with self.lock:
                if (repeated and error.error_code == repeated) or EXPECTED.search(str(error)):
                    self.outcomes["refused"] += 1
                else:
                    self.unexpected.append(f"{what}: {error}")
            # Nobody asks again at once.
            time.sleep(0.05)
            return None
        with self.lock:
            self.outcomes["acknowledged"] += 1
            note(answer)
        return answer


class Worker:
    """One client that goes on with its own runs and models, at either node."""

    def __init__(self, number: int, seed: int, urls: list[str], experiment_id: str, ledger: Ledger):
        self.chance = random.Random(seed * 1000 + number)
        self.number = number
        self.clients = [mlflow.MlflowClient(url) for url in urls]
        self.experiment_id = experiment_id
        self.ledger = ledger
        self.names = (f"{number}-{count}" for count in itertools.count())
        self.run_id: str | None = None
        self.model: str | None = None
        self.count = 0

    def work(self, ended: threading.Event) -> None:
        while not ended.is_set():
            doing = self.chance.choices(
                [self.new_run, self.batch, self.tag, self.new_model, self.version], weights=[1, 6, 3, 1, 2]
            )[0]
            if self.run_id is None:
                doing = self.new_run
            doing(self.chance.choice(self.clients), next(self.names))

    def new_run(self, client, name: str) -> None:
        tags = {f"whole.{index}": name for index in range(TAGS)}
        run = self.ledger.attempt(
            "create_run",
            lambda: client.create_run(self.experiment_id, tags=tags, run_name=name),
            lambda run: self.ledger.runs.update({run.info.run_id: name}),
        )
        if run is not None:
            self.run_id = run.info.run_id

    def batch(self, client, name: str) -> None:
        run_id = self.run_id
        self.ledger.attempt(
            "log_batch",
            lambda: client.log_batch(
                run_id,
                metrics=[Metric(f"m.{name}", step, step, step) for step in range(METRICS)],
                params=[Param(f"p.{name}.{index}", name) for index in range(PARAMS)],
                tags=[RunTag(f"t.{name}.{index}", name) for index in range(TAGS)],
            ),
            lambda _: self.ledger.batches.add((run_id, name)),
        )

    def tag(self, client, name: str) -> None:
        run_id, self.count = self.run_id, self.count + 1
        count = self.count
        self.ledger.attempt(
            "set_tag",
            lambda: client.set_tag(run_id, "counter", str(count)),
            lambda _: self.ledger.counters.update({(run_id, "counter"): count}),
        )

    def new_model(self, client, name: str) -> None:
        name = f"model {name}"
        tags = {f"whole.{index}": name for index in range(TAGS)}
        model = self.ledger.attempt(
            "create_registered_model",
            lambda: client.create_registered_model(name, tags=tags, description=name),
            lambda _: self.ledger.models.update({name: name}),
            repeated="RESOURCE_ALREADY_EXISTS",
        )
        if model is not None:
            self.model = name

    def version(self, client, name: str) -> None:
        model, run_id = self.model, self.run_id
        if model is None:
            return
        self.ledger.attempt(
            "create_model_version",
            lambda: client.create_model_version(
                model,
                f"mlflow-artifacts:/{self.experiment_id}/{run_id}/artifacts/m",
                run_id,
                tags={"of": run_id},
            ),
            lambda version: self.ledger.versions.add((model, version.version, run_id)),
        )


class Havoc:
    """Kills what it chooses by chance, lets it lie for a moment, and starts it again."""

    def __init__(self, chance: random.Random, database: OwnServer, nodes: list[Server]):
        self.chance, self.database, self.nodes = chance, database, nodes
        self.kills: Counter[str] = Counter()

    def once(self) -> None:
        what = self.chance.choices(["node", "database", "both", "all"], weights=[5, 3, 1, 1])[0]
        victims = {"node": 1, "database": 0, "both": 1, "all": 2}[what]
        nodes = self.chance.sample(self.nodes, victims)
        for node in nodes:
            node.kill()
        if what != "node":
            self.database.kill()
        self.kills["nodes"] += len(nodes)
        self.kills["database"] += what != "node"
        time.sleep(self.chance.uniform(0, 2))
        # A node that finds no database waits for it.
        for node in nodes:
            node.launch()
        if what != "node":
            time.sleep(self.chance.uniform(0, 1))
            self.database.start()
        for node in nodes:
            node.wait_until_healthy()


@pytest.mark.parametrize("kind", KINDS)
def test_no_acknowledged_write_is_lost_and_no_other_half_there(kind, tmp_path, measured, monkeypatch):
    seed = int(os.environ.get("MILLGATE_CHAOS_SEED") or random.randrange(2**32))
    print(f"seed {seed}")
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_TIMEOUT", "60")
    chance, ledger, ended = random.Random(seed), Ledger(), threading.Event()
    with (
        own_server(kind) as server,
        server.database.another() as database,
        fleet(tmp_path, database) as servers,
    ):
        nodes = [servers.node(name, port=a_free_port()).start() for name in "ab"]
        carol = a_new_person(admin_of(nodes[0]), "carol")
        experiment_id = carol.client.create_experiment(unique("experiment"))
        havoc = Havoc(chance, server, nodes)
        workers = [
            Worker(number, seed, [node.url for node in nodes], experiment_id, ledger)
            for number in range(WORKERS)
        ]
        with carol.signed_in(), ThreadPoolExecutor(WORKERS) as threads:
            working = [threads.submit(worker.work, ended) for worker in workers]
            try:
                end = time.monotonic() + SECONDS
                while time.monotonic() < end:
                    time.sleep(chance.uniform(0.5, 4))
                    havoc.once()
            finally:
                ended.set()
            for worker in working:
                worker.result()
        for node in nodes:
            node.stop()
        fresh = servers.node("fresh").start()
        lost, half = missing(ledger, Person(fresh, carol.username, carol.password), experiment_id)

    writes = sum(ledger.outcomes.values()) + len(ledger.unexpected)
    measured(
        f"chaos on {kind}, seed {seed}, {SECONDS:.0f} s: nodes killed {havoc.kills['nodes']} times, the database "
        f"{havoc.kills['database']} times; {writes} writes, {ledger.outcomes['acknowledged']} acknowledged, "
        f"{ledger.outcomes['refused']} refused, lost={len(lost)} half={len(half)}"
    )
    assert (lost, half) == ([], [])
    assert ledger.unexpected == []
    assert ledger.outcomes["acknowledged"] > 100 and havoc.kills["nodes"] and havoc.kills["database"]


def missing(ledger: Ledger, reader: Person, experiment_id: str) -> tuple[list[str], list[str]]:
    """Acknowledged writes that are not there, and writes of which only a part is."""
    lost, half = [], []
    with reader.signed_in():
        client = mlflow.MlflowClient(reader.server.url)
        runs = {
            run.info.run_id: run
            for run in pages(lambda token: client.search_runs([experiment_id], page_token=token))
        }
        lost += [f"run {run_id}" for run_id in ledger.runs if run_id not in runs]
        batches = set()
        for run_id, run in runs.items():
            data = run.data
            if {data.tags.get(f"whole.{index}") for index in range(TAGS)} != {run.info.run_name}:
                half.append(f"run {run_id}")
            names = [
                key.split(".")[1]
                for key in [*data.metrics, *data.params, *data.tags]
                if key[:2] in ("m.", "p.", "t.")
            ]
            for name in set(names):
                points = {point.step for point in client.get_metric_history(run_id, f"m.{name}")}
                # One latest value, the parameters and the tags.
                if points != set(range(METRICS)) or names.count(name) != 1 + PARAMS + TAGS:
                    half.append(f"batch {name} of run {run_id}")
                batches.add((run_id, name))
        lost += [f"batch {name} of run {run_id}" for run_id, name in ledger.batches - batches]
        for (run_id, key), count in ledger.counters.items():
            # A later one may be there although nobody was told.
            if run_id not in runs or int(runs[run_id].data.tags.get(key, -1)) < count:
                lost.append(f"tag {key} of run {run_id}")
        models = {
            model.name: model
            for model in pages(lambda token: client.search_registered_models(page_token=token))
        }
        lost += [f"model {name}" for name in ledger.models if name not in models]
        for name, model in models.items():
            if {model.tags.get(f"whole.{index}") for index in range(TAGS)} != {model.description}:
                half.append(f"model {name}")
        versions = set()
        for version in pages(lambda token: client.search_model_versions(page_token=token)):
            if version.tags != {"of": version.run_id}:
                half.append(f"version {version.version} of model {version.name}")
            versions.add((version.name, str(version.version), version.run_id))
        lost += [f"version {number} of model {name}" for name, number, run_id in ledger.versions - versions]
    return lost, half


def pages(search: Callable[[str | None], Any]) -> Iterable[Any]:
    token = None
    while True:
        page = search(token)
        yield from page
        token = page.token
        if not token:
            return
