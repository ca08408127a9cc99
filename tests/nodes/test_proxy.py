"""Two nodes behind nginx, which hands the requests round."""

from collections.abc import Iterator

import mlflow
import pytest
import requests
from requests.adapters import HTTPAdapter

from fleet import Fleet, admin_of, fleet
from nginx import Nginx, nginx
from people import Person, a_new_person, unique
from serving import Server, a_free_port
from test_faults import eventually

HOST = "mlflow.example.com"


def address(node: Server) -> str:
    return node.url.removeprefix("http://")


def asks_who_he_is(person: Person) -> int:
    return person.http("GET", "users/current").status_code


class Balanced:
    """Two nodes, and nginx before them."""

    def __init__(self, nodes: list[Server], proxy: Nginx):
        self.nodes = nodes
        self.proxy = proxy
        self.admin = admin_of(proxy)


def two_nodes(servers: Fleet, **options) -> list[Server]:
    # A node that comes back must have the port that nginx knows.
    return [servers.node(name, port=a_free_port(), **options).start() for name in ("a", "b")]


@pytest.fixture
def balanced(postgresql, tmp_path) -> Iterator[Balanced]:
    with fleet(tmp_path, postgresql) as servers:
        nodes = two_nodes(servers, environment={"FORWARDED_ALLOW_IPS": "127.0.0.1"})
        with nginx(tmp_path / "nginx", nodes) as proxy:
            yield Balanced(nodes, proxy)


def test_a_run_of_a_real_client_works_through_the_balancer(balanced):
    alice = a_new_person(balanced.admin, "alice")
    with alice.signed_in():
        mlflow.set_experiment(unique("experiment"))
        with mlflow.start_run() as run:
            mlflow.log_param("depth", 3)
            for step in range(20):
                mlflow.log_metric("loss", 1 / (step + 1), step=step)
            mlflow.log_text("It went well. " * 100_000, "notes.txt")
        assert mlflow.artifacts.load_text(f"runs:/{run.info.run_id}/notes.txt") == "It went well. " * 100_000
        history = alice.client.get_metric_history(run.info.run_id, "loss")
        assert [point.step for point in history] == list(range(20))
        model = unique("model")
        alice.client.create_registered_model(model)
        assert (
            alice.client.create_model_version(model, f"{run.info.artifact_uri}/m", run.info.run_id).version
            == "1"
        )
    served = balanced.proxy.served_by()
    shares = [served.count(address(node)) for node in balanced.nodes]
    assert sum(shares) == len(served) and min(shares) > len(served) / 3


@pytest.mark.parametrize("way", ["stopped", "killed"])
def test_work_goes_on_when_a_node_is(balanced, way):
    alice = a_new_person(balanced.admin, "alice")
    a, b = balanced.nodes
    with alice.signed_in():
        run_id = alice.client.create_run(alice.client.create_experiment(unique("experiment"))).info.run_id
        for step in range(300):
            if step == 100:
                a.stop() if way == "stopped" else a.kill()
            if step == 200:
                a.start()
            alice.client.log_metric(run_id, "loss", step, timestamp=step, step=step)
        history = alice.client.get_metric_history(run_id, "loss")
    assert [(point.step, point.value) for point in history] == [(step, step) for step in range(300)]
    assert balanced.proxy.served_by().count(address(b)) > 100

    def found_again() -> bool:
        assert asks_who_he_is(balanced.admin) == 200
        return balanced.proxy.served_by()[-1] == address(a)

    eventually(found_again)


class From(HTTPAdapter):
    """Connections from another address of this machine."""

    def __init__(self, address: str):
        self.address = address
        super().__init__()

    def init_poolmanager(self, *arguments, **options):
        super().init_poolmanager(*arguments, source_address=(self.address, 0), **options)


def logs_in(proxy: Nginx, person: Person, password: str, address: str) -> int:
    with requests.Session() as session:
        session.mount("http://", From(address))
        login = (person.username.encode(), password.encode())
        return session.get(f"{proxy.url}/api/2.0/mlflow/users/current", auth=login, timeout=60).status_code


def test_failed_logins_count_by_the_address_that_the_balancer_names(postgresql, tmp_path):
    # Each node counts for itself; one, so that every failure is at the same.
    with fleet(tmp_path, postgresql) as servers:
        node = servers.node("a", login_failures=3, environment={"FORWARDED_ALLOW_IPS": "127.0.0.1"}).start()
        with nginx(tmp_path / "nginx", [node]) as proxy:
            carol = a_new_person(admin_of(proxy), "carol")
            failures = [logs_in(proxy, carol, "not the password", "127.0.0.2") for _ in range(4)]
            assert failures == [401, 401, 401, 429]
            assert logs_in(proxy, carol, "not the password", "127.0.0.3") == 401
            assert logs_in(proxy, carol, carol.password, "127.0.0.3") == 200
            node.stop()
            node.port = int(node.url.rpartition(":")[2])
            node.start()
            query = {"username": carol.username, "outcome": "LOGIN_FAILED"}
            answer = admin_of(node).http("GET", "/api/3.0/mlflow/audit/search", params=query)
            assert {event["address"] for event in answer.json()["events"]} == {"127.0.0.2", "127.0.0.3"}


def test_the_name_that_clients_use_is_an_allowed_host(postgresql, tmp_path):
    with fleet(tmp_path, postgresql) as servers:
        with nginx(tmp_path / "nginx", two_nodes(servers, flags=["--allowed-hosts", HOST])) as proxy:
            admin = admin_of(proxy)
            for _ in range(2):
                answers = [
                    admin.http("GET", "users/current", headers={"Host": host}).status_code
                    for host in (HOST, f"{HOST}:{proxy.port}", "elsewhere.example.com")
                ]
                # nginx hands the name on without the port.
                assert answers == [200, 200, 403]
                assert admin.http("GET", "/health", headers={"Host": "anything"}).status_code == 200
