"""Many clients at two nodes who want the same rows at the same moment."""

import threading
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from databases import KINDS, shared
from fleet import admin_of, fleet
from people import Person, a_new_person, unique

CLIENTS = 12


@pytest.fixture(scope="module", params=KINDS)
def admins(request, tmp_path_factory) -> Iterator[list[Person]]:
    """The administrator at each of two nodes."""
    with shared(request.param).another() as database:
        with fleet(tmp_path_factory.mktemp("contention"), database) as servers:
            yield [admin_of(servers.node(name).start()) for name in "ab"]


def at_once(call: Callable[[int], Any], clients: int = CLIENTS) -> list[Any]:
    """What the calls return, which begin together; each gets its number."""
    together = threading.Barrier(clients)

    def begin(number: int) -> Any:
        together.wait()
        return call(number)

    with ThreadPoolExecutor(clients) as threads:
        return list(threads.map(begin, range(clients)))


def outcomes(answers: list) -> Counter[str]:
    """How many were answered in which way: `OK`, or the code of the error."""
    return Counter("OK" if answer.ok else answer.json()["error_code"] for answer in answers)


@pytest.fixture
def run_id(admins) -> str:
    client = admins[0].client
    return client.create_run(client.create_experiment(unique("experiment"))).info.run_id


def test_batches_that_want_the_same_rows_in_opposite_orders_are_all_written(admins, run_id):
    keys = [f"key {number:02}" for number in range(60)]

    def log(number: int) -> list:
        mine = keys if number % 2 else keys[::-1]
        batch = {
            "run_id": run_id,
            "metrics": [{"key": key, "value": number, "timestamp": number, "step": number} for key in mine],
            "tags": [{"key": key, "value": str(number)} for key in mine],
            "params": [{"key": key, "value": "the same"} for key in mine],
        }
        return [admins[number % 2].http("POST", "runs/log-batch", json=batch) for _ in range(5)]

    answers = [answer for some in at_once(log) for answer in some]
    assert outcomes(answers) == {"OK": CLIENTS * 5}
    data = admins[0].client.get_run(run_id).data
    assert data.metrics == {key: CLIENTS - 1 for key in keys}
    assert data.params == {key: "the same" for key in keys}
    # The batch that came last wrote all of them.
    assert len({value for key, value in data.tags.items() if key in keys}) == 1


def test_the_latest_of_many_values_wins_whoever_is_last(admins, run_id):
    def log(number: int) -> list:
        body = {"run_id": run_id, "key": "loss", "timestamp": 0}
        steps = range(number, 240, CLIENTS)
        return [
            admins[step % 2].http("POST", "runs/log-metric", json={**body, "value": step, "step": step})
            for step in steps
        ]

    assert outcomes([answer for some in at_once(log) for answer in some]) == {"OK": 240}
    assert admins[0].client.get_run(run_id).data.metrics == {"loss": 239}
    history = admins[1].client.get_metric_history(run_id, "loss")
    assert sorted(point.step for point in history) == list(range(240))


def test_of_many_values_for_one_parameter_the_first_stays(admins, run_id):
    answers = at_once(
        lambda number: admins[number % 2].http(
            "POST", "runs/log-parameter", json={"run_id": run_id, "key": "depth", "value": str(number)}
        )
    )
    assert outcomes(answers) == {"OK": 1, "INVALID_PARAMETER_VALUE": CLIENTS - 1}
    (winner,) = [number for number, answer in enumerate(answers) if answer.ok]
    assert admins[0].client.get_run(run_id).data.params == {"depth": str(winner)}


@pytest.mark.parametrize("what", ["experiments", "registered-models"])
def test_of_many_who_want_one_name_one_gets_it(admins, what):
    name = unique("name")
    answers = at_once(lambda number: admins[number % 2].http("POST", f"{what}/create", json={"name": name}))
    assert outcomes(answers) == {"OK": 1, "RESOURCE_ALREADY_EXISTS": CLIENTS - 1}


def test_of_many_who_want_one_user_name_one_gets_it(admins):
    user = {"username": unique("carol"), "password": "the password of carol"}
    answers = at_once(lambda number: admins[number % 2].http("POST", "users/create", json=user), clients=6)
    assert outcomes(answers) == {"OK": 1, "RESOURCE_ALREADY_EXISTS": 5}


def test_versions_that_are_made_at_once_are_numbered_without_a_gap(admins, run_id):
    name = unique("model")
    admins[0].client.create_registered_model(name)
    artifacts = admins[0].client.get_run(run_id).info.artifact_uri
    body = {"name": name, "run_id": run_id, "source": f"{artifacts}/model"}
    answers = at_once(lambda number: admins[number % 2].http("POST", "model-versions/create", json=body))
    assert outcomes(answers) == {"OK": CLIENTS}
    numbers = [int(answer.json()["model_version"]["version"]) for answer in answers]
    assert sorted(numbers) == list(range(1, CLIENTS + 1))


def test_grants_that_are_given_at_once_are_all_kept(admins):
    person = a_new_person(admins[0], "carol")
    experiments = [admins[0].client.create_experiment(unique("experiment")) for _ in range(CLIENTS)]
    grant = {"username": person.username, "resource_type": "experiment", "permission": "READ"}
    answers = at_once(
        lambda number: admins[number % 2].http(
            "POST",
            "/api/3.0/mlflow/users/permissions/grant",
            json={**grant, "resource_id": experiments[number]},
        )
    )
    assert outcomes(answers) == {"OK": CLIENTS}
    for experiment_id in experiments:
        assert person.client.get_experiment(experiment_id).experiment_id == experiment_id


def test_administrators_who_depose_each_other_at_once_leave_one(database, tmp_path):
    with fleet(tmp_path, database) as servers:
        nodes = [servers.node(name).start() for name in "ab"]
        first = admin_of(nodes[0])
        for _ in range(10):
            rival = a_new_person(first, "rival")
            first.users.update_user_admin(rival.username, True)
            rivals = [first, Person(nodes[1], rival.username, rival.password)]
            assert rivals[1].http("GET", "users/current").status_code == 200
            at_once(
                lambda number, rivals=rivals: rivals[number].http(
                    "PATCH",
                    "users/update-admin",
                    json={"username": rivals[1 - number].username, "is_admin": False},
                ),
                clients=2,
            )
            left = database.values("SELECT username FROM users WHERE is_admin")
            assert len(left) == 1
            first = next(person for person in rivals if person.username == left[0])
            first = Person(nodes[0], first.username, first.password)
