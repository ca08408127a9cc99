"""Python MLflow with basic-auth and Millgate on the same databases, at the same time and started in either order."""

import math
import time
from collections.abc import Iterator
from typing import Any

import mlflow.data
import numpy
import pytest
from mlflow.entities import DatasetInput, Metric, Param, RunTag
from mlflow.exceptions import MlflowException

from databases import MYSQL, POSTGRESQL, shared
from fleet import SECONDS_PYTHON_REMEMBERS, Fleet, admin_of, fleet
from people import Person, a_new_person, unique
from serving import Server, a_free_port

# Who makes the schema and who finds it there. On MariaDB Python MLflow cannot make that of the users: it gives two
# foreign keys one name. It works with ours.
ORDERS = {
    "python first, in one database": POSTGRESQL,
    "millgate first, in two databases": POSTGRESQL,
    "millgate first, in one database of MariaDB": MYSQL,
}


class Mixed:
    """The servers of one fleet by name, started one after the other."""

    def __init__(self, servers: Fleet, order: str):
        self.fleet = servers
        self.servers = {
            "millgate": servers.node("millgate", port=a_free_port()),
            "python": servers.python(port=a_free_port()),
        }
        self.first = order.split()[0]
        for name in sorted(self.servers, key=lambda name: name != self.first):
            self.servers[name].start()
        self.admins = {name: admin_of(server) for name, server in self.servers.items()}

    def revisions(self) -> list[str]:
        tracking = self.fleet.tracking.values("SELECT version_num FROM alembic_version")
        return tracking + self.fleet.users.values("SELECT version_num FROM alembic_version_auth")


@pytest.fixture(scope="module", params=ORDERS)
def mixed(request, tmp_path_factory) -> Iterator[Mixed]:
    server = shared(ORDERS[request.param])
    with server.another() as one, server.another() as two:
        users = two if "two" in request.param else one
        with fleet(tmp_path_factory.mktemp("mixed"), one, users) as servers:
            yield Mixed(servers, request.param)


@pytest.fixture(params=["millgate writes, python reads", "python writes, millgate reads"])
def direction(request) -> list[str]:
    first, second = request.param.split(", ")
    return [first.split()[0], second.split()[0]]


@pytest.fixture
def writer(mixed, direction) -> Person:
    """The administrator on the server that writes first."""
    return mixed.admins[direction[0]]


@pytest.fixture
def reader(mixed, direction) -> Person:
    """The administrator on the server that reads what the other wrote."""
    return mixed.admins[direction[1]]


def until_python_forgets() -> None:
    time.sleep(SECONDS_PYTHON_REMEMBERS + 0.1)


def on(server: Server, person: Person) -> Person:
    return Person(server, person.username, person.password)


def seen(run) -> Any:
    """What a client can see of a run."""
    inputs = [(item.dataset.name, item.dataset.digest) for item in run.inputs.dataset_inputs]
    metrics = {key: "NaN" if math.isnan(value) else value for key, value in run.data.metrics.items()}
    return dict(run.info), metrics, run.data.params, run.data.tags, sorted(inputs)


def a_run_with_everything(client, experiment_id: str) -> str:
    run_id = client.create_run(experiment_id, run_name="größe 🚀", tags={"team": "größe"}).info.run_id
    client.log_metric(run_id, "loss", 0.25, timestamp=1000, step=1)
    client.log_metric(run_id, "loss", 0.125, timestamp=2000, step=2)
    client.log_metric(run_id, "gone", math.nan)
    client.log_metric(run_id, "endless", -math.inf)
    client.log_batch(
        run_id,
        metrics=[Metric("accuracy", step / 10, 3000 + step, step) for step in range(10)],
        params=[Param("depth", "3"), Param("long", "x" * 6000)],
        tags=[RunTag("note", "a\nb")],
    )
    dataset = mlflow.data.from_numpy(numpy.arange(3), name="three")
    client.log_inputs(run_id, [DatasetInput(dataset._to_mlflow_entity())])
    client.set_terminated(run_id, "FAILED")
    return run_id


def test_users_and_passwords_of_one_count_in_the_other(writer, reader):
    person = a_new_person(writer, "carol")
    there = on(reader.server, person)
    assert there.http("GET", "users/current").json()["user"]["username"] == person.username

    changed = there.with_password("the second password of carol")
    reader.users.update_user_password(person.username, changed.password)
    until_python_forgets()
    for server in (writer.server, reader.server):
        assert on(server, person).http("GET", "users/current").status_code == 401
        assert on(server, changed).http("GET", "users/current").status_code == 200

    writer.users.update_user_admin(person.username, True)
    assert changed.users.get_user(person.username).is_admin
    writer.users.delete_user(person.username)
    until_python_forgets()
    assert changed.http("GET", "users/current").status_code == 401


def test_who_makes_an_experiment_on_one_manages_it_on_the_other(writer, reader):
    person = a_new_person(writer, "carol")
    experiment_id = person.client.create_experiment(unique("experiment"))
    there = on(reader.server, person)
    there.client.set_experiment_tag(experiment_id, "by", "the other")
    there.client.rename_experiment(experiment_id, unique("renamed"))
    assert person.client.get_experiment(experiment_id).tags["by"] == "the other"


def test_grants_of_one_decide_in_the_other(writer, reader, refused):
    owner, guest = a_new_person(writer, "owner"), a_new_person(writer, "guest")
    there = on(reader.server, guest)
    experiment_id = owner.client.create_experiment(unique("experiment"))
    with refused(403):
        there.client.get_experiment(experiment_id)

    owner.users.grant_user_permission(guest.username, "experiment", experiment_id, "READ")
    assert there.client.get_experiment(experiment_id).experiment_id == experiment_id
    with refused(403):
        there.client.create_run(experiment_id)

    sharing = on(reader.server, owner).users
    sharing.revoke_user_permission(guest.username, "experiment", experiment_id)
    sharing.grant_user_permission(guest.username, "experiment", experiment_id, "EDIT")
    for server in (reader.server, writer.server):
        on(server, guest).client.create_run(experiment_id)
    assert there.users.get_user_permission(guest.username, "experiment", experiment_id).permission == "EDIT"

    owner.users.revoke_user_permission(guest.username, "experiment", experiment_id)
    for server in (reader.server, writer.server):
        with refused(403):
            on(server, guest).client.get_experiment(experiment_id)


def test_roles_of_one_decide_in_the_other(writer, reader, refused):
    owner, member = a_new_person(writer, "owner"), a_new_person(writer, "member")
    there = on(reader.server, member)
    experiment_id = owner.client.create_experiment(unique("experiment"))
    role = writer.users.create_role(workspace="default", name=unique("readers"), description="may read")
    permission = writer.users.add_role_permission(role.id, "experiment", experiment_id, "READ")
    writer.users.assign_role(member.username, role.id)
    assert there.client.get_experiment(experiment_id).experiment_id == experiment_id

    known = reader.users.get_role(role.id)
    assert (known.name, known.description) == (role.name, "may read")
    assert [held.id for held in there.users.list_user_roles(member.username)] == [role.id]
    reader.users.update_role_permission(permission.id, "EDIT")
    member.client.create_run(experiment_id)

    reader.users.unassign_role(member.username, role.id)
    for server in (reader.server, writer.server):
        with refused(403):
            on(server, member).client.get_experiment(experiment_id)
    writer.users.delete_role(role.id)
    assert role.id not in [left.id for left in reader.users.list_roles("default")]


def test_a_deleted_experiment_takes_its_grants_along_whoever_deletes_it(writer, reader):
    owner = a_new_person(writer, "owner")
    experiment_id = owner.client.create_experiment(unique("experiment"))
    there = on(reader.server, owner)
    there.client.delete_experiment(experiment_id)
    assert owner.client.get_experiment(experiment_id).lifecycle_stage == "deleted"
    owner.client.restore_experiment(experiment_id)
    assert there.client.get_experiment(experiment_id).lifecycle_stage == "active"


def test_runs_of_one_are_the_same_in_the_other(writer, reader):
    experiment_id = writer.client.create_experiment(unique("experiment"), tags={"a": "b"})
    run_id = a_run_with_everything(writer.client, experiment_id)

    assert seen(reader.client.get_run(run_id)) == seen(writer.client.get_run(run_id))
    experiments = [dict(admin.client.get_experiment(experiment_id)) for admin in (reader, writer)]
    assert experiments[0] == experiments[1]
    for key in ("loss", "accuracy", "endless"):
        histories = [admin.client.get_metric_history(run_id, key) for admin in (reader, writer)]
        points = [[(point.step, point.timestamp, point.value) for point in history] for history in histories]
        assert points[0] == points[1] and points[0]
    for words in (
        "metrics.loss < 0.2",
        "params.depth = '3'",
        "tags.team LIKE 'gr%'",
        "datasets.name = 'three'",
    ):
        found = [admin.client.search_runs([experiment_id], words) for admin in (reader, writer)]
        assert [run.info.run_id for run in found[0]] == [run.info.run_id for run in found[1]] == [run_id]


def test_both_write_one_run_in_turn(writer, reader):
    experiment_id = writer.client.create_experiment(unique("experiment"))
    run_id = writer.client.create_run(experiment_id).info.run_id
    admins = (writer, reader)
    for step in range(10):
        client = admins[step % 2].client
        client.log_metric(run_id, "loss", 1 / (step + 1), timestamp=step, step=step)
        client.log_param(run_id, f"param {step}", step)
        client.set_tag(run_id, "last", step)
        client.log_batch(
            run_id, metrics=[Metric("batched", step, step, step)], tags=[RunTag(f"tag {step}", "x")]
        )

    for admin in admins:
        data = admin.client.get_run(run_id).data
        assert data.metrics == {"loss": 0.1, "batched": 9}
        assert data.params == {f"param {step}": str(step) for step in range(10)}
        assert data.tags["last"] == "9" and sum(key.startswith("tag ") for key in data.tags) == 10
        for key in ("loss", "batched"):
            assert [point.step for point in admin.client.get_metric_history(run_id, key)] == list(range(10))
        with pytest.raises(MlflowException, match="param 0"):
            admin.client.log_param(run_id, "param 0", "another value")

    reader.client.delete_tag(run_id, "last")
    assert "last" not in writer.client.get_run(run_id).data.tags
    reader.client.delete_run(run_id)
    assert writer.client.get_run(run_id).info.lifecycle_stage == "deleted"
    writer.client.restore_run(run_id)
    assert reader.client.get_run(run_id).info.lifecycle_stage == "active"


def test_pages_of_a_search_go_on_at_the_other(writer, reader):
    experiment_id = writer.client.create_experiment(unique("experiment"))
    run_ids = []
    for number in range(7):
        admin = (writer, reader)[number % 2]
        run_ids.append(admin.client.create_run(experiment_id).info.run_id)
        admin.client.log_metric(run_ids[-1], "number", number)
    found, token, turn = [], None, 0
    while turn == 0 or token:
        admin = (writer, reader)[turn % 2]
        page = admin.client.search_runs(
            [experiment_id], max_results=2, order_by=["metrics.number DESC"], page_token=token
        )
        found += [run.info.run_id for run in page]
        token, turn = page.token, turn + 1
    assert found == run_ids[::-1]


def test_registered_models_of_one_are_the_same_in_the_other(writer, reader):
    experiment_id = writer.client.create_experiment(unique("experiment"))
    run = writer.client.create_run(experiment_id)
    name = unique("model")
    writer.client.create_registered_model(name, tags={"team": "größe"}, description="The model.")
    for number in (1, 2):
        admin = (writer, reader)[number % 2]
        source = f"{run.info.artifact_uri}/model-{number}"
        version = admin.client.create_model_version(
            name, source, run.info.run_id, tags={"number": str(number)}
        )
        assert version.version == str(number)
    writer.client.set_registered_model_alias(name, "champion", "1")
    reader.client.set_registered_model_alias(name, "challenger", "2")
    reader.client.set_model_version_tag(name, "1", "checked", "yes")

    def as_seen_by(admin: Person):
        model = admin.client.get_registered_model(name)
        versions = admin.client.search_model_versions(f"name = '{name}'", order_by=["version_number ASC"])
        at_alias = admin.client.get_model_version_by_alias(name, "champion")
        return (
            (
                model.description,
                model.tags,
                model.aliases,
                model.creation_timestamp,
                model.last_updated_timestamp,
            ),
            [(version.version, version.source, version.run_id, version.tags) for version in versions],
            at_alias.version,
        )

    assert as_seen_by(reader) == as_seen_by(writer)
    assert as_seen_by(reader)[0][2] == {"champion": "1", "challenger": "2"}

    reader.client.delete_registered_model_alias(name, "champion")
    reader.client.delete_model_version(name, "2")
    renamed = unique("renamed")
    reader.client.rename_registered_model(name, renamed)
    assert [version.version for version in writer.client.search_model_versions(f"name = '{renamed}'")] == [
        "1"
    ]
    assert writer.client.get_registered_model(renamed).aliases == {}
    writer.client.delete_registered_model(renamed)
    with pytest.raises(MlflowException, match="not found"):
        reader.client.get_registered_model(renamed)


def test_names_that_one_has_taken_are_taken_in_the_other(writer, reader, raises):
    experiment, model = unique("experiment"), unique("model")
    writer.client.create_experiment(experiment)
    writer.client.create_registered_model(model)
    with raises("RESOURCE_ALREADY_EXISTS"):
        reader.client.create_experiment(experiment)
    with raises("RESOURCE_ALREADY_EXISTS"):
        reader.client.create_registered_model(model)
    person = a_new_person(writer, "carol")
    answer = reader.http(
        "POST", "users/create", json={"username": person.username, "password": "another password"}
    )
    assert (answer.status_code, answer.json()["error_code"]) == (400, "RESOURCE_ALREADY_EXISTS")


@pytest.mark.parametrize("restarted", ["python", "millgate"])
def test_either_restarts_on_what_the_other_has_used(mixed, restarted):
    others = next(name for name in mixed.servers if name != restarted)
    experiment_id = mixed.admins[others].client.create_experiment(unique("experiment"))
    before = mixed.revisions()

    assert mixed.servers[restarted].stop() == 0
    began = time.time()
    mixed.servers[restarted].start()

    restarted_admin = mixed.admins[restarted]
    assert restarted_admin.client.get_experiment(experiment_id).experiment_id == experiment_id
    run_id = a_run_with_everything(restarted_admin.client, experiment_id)
    run = mixed.admins[others].client.get_run(run_id)
    assert run.info.start_time >= 1000 * (began - 60)
    assert mixed.revisions() == before
