"""What nodes do while their database is away, slow or full, and what is left of the work of a node that is killed."""

import random
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor

import pytest
import requests
import sqlalchemy
from mlflow.entities import Metric, Param, RunTag

from databases import KINDS, POSTGRESQL, OwnServer, own_server
from fleet import Fleet, admin_of, fleet
from people import Person, a_new_person, unique
from serving import Server

# No request takes longer, whatever the database does.
SECONDS_OF_A_REQUEST = 45
SECONDS_TO_RECOVER = 15


class Afflicted:
    """Two nodes on a database server of their own, and Carol, who has an experiment and a run."""

    def __init__(self, server: OwnServer, servers: Fleet):
        self.server = server
        self.servers = servers
        self.nodes = [servers.node(name).start() for name in "ab"]
        carol = a_new_person(admin_of(self.nodes[0]), "carol")
        self.carols = [Person(node, carol.username, carol.password) for node in self.nodes]
        self.experiment_id = carol.client.create_experiment(unique("experiment"))
        self.run_id = carol.client.create_run(self.experiment_id).info.run_id
        assert self.statuses() == [200, 200]

    def statuses(self) -> list[int]:
        """Of a write at each node."""
        return [logs_a_metric(carol, self.run_id).status_code for carol in self.carols]


@pytest.fixture(params=KINDS)
def server(request) -> Iterator[OwnServer]:
    with own_server(request.param) as server:
        yield server


@pytest.fixture
def afflicted(server, tmp_path) -> Iterator[Afflicted]:
    with server.database.another() as database, fleet(tmp_path, database) as servers:
        try:
            yield Afflicted(server, servers)
        finally:
            # The database must be there to be dropped.
            if server.process is None:
                server.start()
            server.thaw()


def logs_a_metric(person: Person, run_id: str, step: int = 0) -> requests.Response:
    body = {"run_id": run_id, "key": "loss", "value": step, "timestamp": step, "step": step}
    return person.http("POST", "runs/log-metric", json=body)


def eventually(check: Callable[[], bool], seconds: float = SECONDS_TO_RECOVER) -> float:
    """How long it took."""
    began = time.monotonic()
    while not check():
        assert time.monotonic() - began < seconds, "not in time"
        time.sleep(0.05)
    return time.monotonic() - began


def health(node: Server, path: str = "/health") -> int:
    began = time.monotonic()
    status = requests.get(node.url + path, timeout=30).status_code
    if path == "/health":
        assert time.monotonic() - began < 2, "alive at once, whatever the database does"
    return status


def says_whether_ready(nodes: Sequence[Server], status: int) -> None:
    """An answer is good for a second."""
    assert eventually(lambda: {health(node, "/health/ready") for node in nodes} == {status}) < 5


def is_refused_for_now(answer: requests.Response) -> None:
    assert answer.status_code == 503, answer.text
    assert int(answer.headers["Retry-After"]) > 0
    assert answer.json()["error_code"] == "TEMPORARILY_UNAVAILABLE"
    assert "127.0.0.1" not in answer.text and "millgate" not in answer.text.lower(), (
        "no word of what is inside"
    )


def is_well_again(afflicted: Afflicted, measured: Callable[[str], None], what: str) -> None:
    """Without a restart of the nodes, every request is answered again."""
    seconds = eventually(lambda: afflicted.statuses() == [200, 200])
    for _ in range(20):
        assert afflicted.statuses() == [200, 200]
    says_whether_ready(afflicted.nodes, 200)
    measured(f"{afflicted.server.kind}: after {what} both nodes served again within {seconds:.1f} s")


def test_a_ready_node_says_so(afflicted):
    for node in afflicted.nodes:
        assert (health(node), health(node, "/health/ready")) == (200, 200)


def test_a_database_that_dies_makes_requests_503_until_it_is_back(afflicted, measured):
    afflicted.server.kill()
    for node, carol in zip(afflicted.nodes, afflicted.carols, strict=True):
        for _ in range(3):
            is_refused_for_now(logs_a_metric(carol, afflicted.run_id))
            is_refused_for_now(carol.http("GET", "runs/get", params={"run_id": afflicted.run_id}))
        assert health(node) == 200
    says_whether_ready(afflicted.nodes, 503)
    afflicted.server.start()
    is_well_again(afflicted, measured, "a crash of the database")


def test_a_restart_of_the_database_between_two_requests_is_not_noticed(afflicted):
    for carol in afflicted.carols:
        # Several connections of the pool.
        with ThreadPoolExecutor(8) as threads:
            list(
                threads.map(lambda step, carol=carol: logs_a_metric(carol, afflicted.run_id, step), range(16))
            )
    afflicted.server.stop()
    afflicted.server.start()
    for _ in range(10):
        assert afflicted.statuses() == [200, 200]


def test_of_requests_in_flight_when_the_database_dies_those_that_are_answered_are_kept(afflicted, measured):
    ended, kept, refused = threading.Event(), [], []

    def write(number: int) -> None:
        for step in range(number, 1_000_000, 8):
            if ended.is_set():
                return
            answer = logs_a_metric(afflicted.carols[step % 2], afflicted.run_id, step)
            if answer.status_code == 200:
                kept.append(step)
            else:
                is_refused_for_now(answer)
                refused.append(step)
                time.sleep(0.1)

    with ThreadPoolExecutor(8) as threads:
        writers = [threads.submit(write, number) for number in range(1, 9)]
        try:
            for _ in range(3):
                time.sleep(0.5)
                afflicted.server.kill()
                time.sleep(0.3)
                afflicted.server.start()
            eventually(lambda: afflicted.statuses() == [200, 200])
        finally:
            ended.set()
        for writer in writers:
            writer.result()
    history = afflicted.carols[0].client.get_metric_history(afflicted.run_id, "loss")
    assert set(kept) <= {point.step for point in history}
    assert kept and refused
    measured(
        f"{afflicted.server.kind}: 3 crashes of the database, {len(kept)} kept, {len(refused)} refused, lost=0"
    )


def test_a_frozen_database_lets_no_request_wait_for_long_nor_pile_up(afflicted, measured):
    afflicted.server.freeze()
    began = time.monotonic()

    def ask(number: int) -> float:
        carol = afflicted.carols[number % 2]
        began = time.monotonic()
        if number % 4 < 2:
            answer = logs_a_metric(carol, afflicted.run_id, number)
        else:
            answer = carol.http("GET", "runs/get", params={"run_id": afflicted.run_id})
        is_refused_for_now(answer)
        return time.monotonic() - began

    with ThreadPoolExecutor(100) as threads:
        waits = [threads.submit(ask, number) for number in range(100)]
        while not all(wait.done() for wait in waits):
            assert [health(node) for node in afflicted.nodes] == [200, 200]
            time.sleep(0.5)
        longest = max(wait.result() for wait in waits)
    assert longest < SECONDS_OF_A_REQUEST
    says_whether_ready(afflicted.nodes, 503)
    frozen = time.monotonic() - began
    afflicted.server.thaw()
    measured(
        f"{afflicted.server.kind}: 100 requests to a database frozen for {frozen:.0f} s, longest {longest:.1f} s"
    )
    is_well_again(afflicted, measured, "a freeze of the database")


@pytest.mark.parametrize("server", [POSTGRESQL], indirect=True)
def test_who_locks_a_table_holds_up_nobody_without_end(afflicted, measured):
    engine = sqlalchemy.create_engine(
        afflicted.servers.tracking.python_uri, poolclass=sqlalchemy.pool.NullPool
    )
    with engine.begin() as connection:
        connection.execute(sqlalchemy.text("LOCK TABLE metrics, latest_metrics IN ACCESS EXCLUSIVE MODE"))
        began = time.monotonic()
        with ThreadPoolExecutor(40) as threads:
            answers = list(
                threads.map(
                    lambda number: logs_a_metric(afflicted.carols[number % 2], afflicted.run_id, number),
                    range(40),
                )
            )
        waited = time.monotonic() - began
    for answer in answers:
        is_refused_for_now(answer)
    assert waited < SECONDS_OF_A_REQUEST
    is_well_again(afflicted, measured, "a lock of a table")


def test_a_database_that_comes_up_late_is_waited_for(server, tmp_path):
    with server.database.another() as database, fleet(tmp_path, database) as servers:
        server.stop()
        node = servers.node("a")
        node.launch()
        time.sleep(2)
        server.start()
        node.wait_until_healthy(30)
        assert admin_of(node).http("GET", "users/current").status_code == 200
        assert health(node, "/health/ready") == 200


def test_a_database_that_stays_down_ends_the_server_with_a_word_and_a_status(server, tmp_path, measured):
    with server.database.another() as database, fleet(tmp_path, database) as servers:
        server.stop()
        node = servers.node("a", environment={"MILLGATE_DATABASE_WAIT_SECONDS": "3"})
        began = time.monotonic()
        node.launch()
        try:
            assert node.process.wait(timeout=60) not in (0, None)
        finally:
            node.stop()
            server.start()
        waited = time.monotonic() - began
        said = node.log_tail()
        assert str(server.port) in said and str(database.url.password) not in said
        assert said.count("trying again") > 2 and 3 <= waited < 15
        measured(f"{server.kind}: told to wait for 3 s, gave up after {waited:.1f} s")


def a_batch(number: int) -> dict:
    """One that writes a thousand rows, so that there is a middle to be killed in."""
    return {
        "metrics": [Metric(f"m{number}", index, index, index) for index in range(800)],
        "params": [Param(f"p{number}.{index}", "x") for index in range(100)],
        "tags": [RunTag(f"t{number}.{index}", "x") for index in range(100)],
    }


def test_of_a_batch_at_a_node_that_is_killed_all_is_there_or_nothing(afflicted, measured):
    seed = random.randrange(2**32)
    print(f"seed {seed}")
    chance = random.Random(seed)
    node, carol = afflicted.nodes[0], afflicted.carols[0]
    node.port = int(node.url.rpartition(":")[2])
    acknowledged: set[tuple[str, int]] = set()
    runs, kills = [], 6

    def log_batches(run_id: str) -> None:
        for number in range(100):
            try:
                carol.client.log_batch(run_id, **a_batch(number))
            except Exception:
                return
            acknowledged.add((run_id, number))

    with carol.signed_in():
        for _ in range(kills):
            started = [carol.client.create_run(afflicted.experiment_id).info.run_id for _ in range(4)]
            runs += started
            with ThreadPoolExecutor(4) as threads:
                list_of = [threads.submit(log_batches, run_id) for run_id in started]
                time.sleep(chance.uniform(0.2, 1.5))
                node.kill()
                for done in list_of:
                    done.result()
            node.start()

    database = afflicted.servers.tracking
    present: set[tuple[str, int]] = set()
    for run_id in runs:
        rows = {
            table: dict(
                database.rows(
                    f"SELECT {prefix} AS part, COUNT(*) FROM {table} WHERE run_uuid = '{run_id}' "
                    f"AND {column} LIKE '{letter}%' GROUP BY part"
                )
            )
            for table, letter, column, prefix in counted(database.kind)
        }
        numbers = {int(part[1:]) for parts in rows.values() for part in parts}
        for number in numbers:
            counts = [
                rows["metrics"].get(f"m{number}"),
                rows["params"].get(f"p{number}"),
                rows["tags"].get(f"t{number}"),
            ]
            assert counts == [800, 100, 100], (run_id, number, counts)
            present.add((run_id, number))
    assert acknowledged and acknowledged <= present
    measured(
        f"{database.kind}: node killed {kills} times, {len(acknowledged)} batches of 1,000 acknowledged, "
        f"{len(present)} there, lost=0 half=0 (seed {seed})"
    )


def counted(kind: str) -> list[tuple[str, str, str, str]]:
    """Table, letter of its keys, column, and the number of the batch in it."""
    column = '"key"' if kind == POSTGRESQL else "`key`"
    prefix = f"SPLIT_PART({column}, '.', 1)" if kind == POSTGRESQL else f"SUBSTRING_INDEX({column}, '.', 1)"
    return [(table, table[0], column, prefix) for table in ("metrics", "params", "tags")]
