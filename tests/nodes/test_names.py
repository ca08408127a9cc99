"""Names, keys and ids are the same only if every byte is, whatever a database makes of case, accents and spaces."""

import unicodedata
from collections.abc import Iterator

import pytest
from mlflow.store.tracking.sqlalchemy_store import SqlAlchemyStore

from databases import KINDS, MYSQL, shared
from fleet import admin_of, fleet
from people import Person, a_new_person, unique

TWINS = {
    "case": ("Model", "model"),
    "accents": ("größe", "grosse"),
    "composition": (unicodedata.normalize("NFC", "é"), unicodedata.normalize("NFD", "é")),
    "emoji": ("🚀", "🛸"),
    "a space at the end": ("model", "model "),
}
#: Who made the tables.
MAKERS = [(kind, maker) for kind in KINDS for maker in ("millgate", "python")]


@pytest.fixture(scope="module", params=MAKERS, ids=lambda made: f"{made[0]} made by {made[1]}")
def made(request, tmp_path_factory) -> Iterator[tuple[str, str, Person]]:
    kind, maker = request.param
    server = shared(kind)
    with server.another() as tracking, server.another() as users:
        if maker == "python":
            SqlAlchemyStore(tracking.python_uri, "mlflow-artifacts:/").engine.dispose()
        with fleet(tmp_path_factory.mktemp("names"), tracking, users) as servers:
            yield kind, maker, admin_of(servers.node("server").start())


@pytest.fixture
def admin(made) -> Person:
    return made[2]


@pytest.fixture
def twins_fit(made) -> bool:
    """Python's tables on MariaDB have unique keys that take twins for the same; the server then says so."""
    return made[:2] != (MYSQL, "python")


@pytest.fixture(params=TWINS)
def twins(request) -> list[str]:
    # What is unique stands first, so that the ends are compared.
    begin = unique("x")
    return [f"{begin} {twin}" for twin in TWINS[request.param]]


def created(answer, fits: bool) -> bool:
    """Whether the second of two twins was made."""
    if answer.ok:
        return True
    assert (answer.status_code, answer.json()["error_code"]) == (400, "RESOURCE_ALREADY_EXISTS"), answer.text
    assert not fits
    return False


@pytest.mark.parametrize(
    ("what", "get", "parameter"),
    [
        ("experiments", "experiments/get-by-name", "experiment_name"),
        ("registered-models", "registered-models/get", "name"),
    ],
)
def test_twins_are_two(admin, twins_fit, twins, what, get, parameter):
    first, second = twins
    assert admin.http("POST", f"{what}/create", json={"name": first}).ok
    assert admin.http("GET", get, params={parameter: second}).status_code == 404
    made = created(admin.http("POST", f"{what}/create", json={"name": second}), twins_fit)
    for name in twins[: 1 + made]:
        answer = admin.http("GET", get, params={parameter: name}).json()
        assert next(iter(answer.values()))["name"] == name
    assert admin.http("GET", get, params={parameter: second}).status_code == (200 if made else 404)


def test_a_search_for_one_twin_finds_it_alone(admin, twins_fit, twins):
    first, second = twins
    admin.client.create_experiment(first)
    created(admin.http("POST", "experiments/create", json={"name": second}), twins_fit)
    found = admin.client.search_experiments(filter_string=f"name = '{first}'")
    assert [experiment.name for experiment in found] == [first]


# Only letters, digits and a few other characters may be in a key; an accent apart from its letter is none of them.
@pytest.mark.parametrize("twins", ["case", "accents", "a space at the end"], indirect=True)
@pytest.mark.parametrize("part", ["params", "tags", "metrics"])
def test_keys_of_a_run_that_are_twins_are_two(admin, twins_fit, twins, part):
    run_id = admin.client.create_run(admin.client.create_experiment(unique("experiment"))).info.run_id
    values = dict(zip(twins, (1, 2), strict=True))

    def log(key: str):
        value = values[key] if part == "metrics" else str(values[key])
        when = {"timestamp": 1, "step": 1} if part == "metrics" else {}
        return admin.http(
            "POST", "runs/log-batch", json={"run_id": run_id, part: [{"key": key, "value": value, **when}]}
        )

    first, second = twins
    assert log(first).ok
    made = created(log(second), twins_fit)
    logged = getattr(admin.client.get_run(run_id).data, part)
    mine = {key: float(value) for key, value in logged.items() if not key.startswith("mlflow.")}
    assert mine == (values if made else {first: 1})


def test_what_is_granted_on_one_twin_is_not_granted_on_the_other(admin, twins_fit, twins):
    first, second = twins
    carol = a_new_person(admin, "carol")
    admin.client.create_registered_model(first)
    created(admin.http("POST", "registered-models/create", json={"name": second}), twins_fit)
    admin.users.grant_user_permission(carol.username, "registered_model", first, "MANAGE")
    assert carol.http("GET", "registered-models/get", params={"name": first}).status_code == 200
    assert carol.http("GET", "registered-models/get", params={"name": second}).status_code in (403, 404)
    assert carol.http("DELETE", "registered-models/delete", json={"name": second}).status_code in (403, 404)
    assert admin.client.get_registered_model(first).name == first


def test_an_id_in_other_letters_is_nobodys(admin):
    run_id = admin.client.create_run(admin.client.create_experiment(unique("experiment"))).info.run_id
    for other in (run_id.upper(), f"{run_id} "):
        assert other != run_id
        assert admin.http("GET", "runs/get", params={"run_id": other}).status_code == 404
        tag = {"run_id": other, "key": "a", "value": "b"}
        assert admin.http("POST", "runs/set-tag", json=tag).status_code == 404


def test_a_user_name_is_that_of_its_user_alone(admin, twins):
    first, second = twins
    password = "the password of carol"
    assert admin.http("POST", "users/create", json={"username": first, "password": password}).ok
    assert Person(admin.server, second, password).http("GET", "users/current").status_code == 401
    assert admin.http("POST", "users/create", json={"username": second, "password": "another password"}).ok
    assert Person(admin.server, second, password).http("GET", "users/current").status_code == 401
    assert Person(admin.server, first, password).http("GET", "users/current").status_code == 200
