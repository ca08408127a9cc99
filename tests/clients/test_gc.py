"""`millgate gc`: what is deleted goes for good, with artifacts and grants, by hand beside a server and by the server itself."""

import pathlib
import subprocess

import pytest
import requests

from people import Person, a_new_person, unique
from serving import ADMIN, ADMIN_PASSWORD, Server, server_command, serving

pytestmark = [
    pytest.mark.needs_mlflow("3.17", "the command is of the server, so that one client is enough"),
    pytest.mark.beyond_mlflow("the command is Millgate's"),
]

GC = "/api/3.0/mlflow/gc"


@pytest.fixture(scope="module", params=["beside the server", "by the server"])
def way(request) -> str:
    return request.param


@pytest.fixture
def server(tmp_path):
    with serving(tmp_path / "server") as running:
        yield running


@pytest.fixture
def admin(server) -> Person:
    return Person(server, ADMIN, ADMIN_PASSWORD)


@pytest.fixture
def alice(admin) -> Person:
    return a_new_person(admin, "alice")


def gc(server: Server, way: str, *arguments: str, status: int = 0, login: Person | None = None) -> str:
    """Runs the command and returns what it prints."""
    environment = server._environment()
    if way == "by the server":
        place = ["--tracking-uri", server.url]
        environment["MLFLOW_TRACKING_USERNAME"] = login.username if login else ADMIN
        environment["MLFLOW_TRACKING_PASSWORD"] = login.password if login else ADMIN_PASSWORD
    else:
        place = ["--backend-store-uri", server.tracking, "--artifacts-destination", str(server.artifacts)]
    done = subprocess.run(
        [server_command()[0], "gc", *place, *arguments],
        cwd=server.folder,
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == status, done
    return done.stdout + (done.stderr if status else "")


def artifacts(server: Server) -> list[str]:
    root = pathlib.Path(str(server.artifacts))
    return sorted(str(path.relative_to(root)) for path in root.rglob("*") if path.is_file())


def a_run(person: Person, experiment: str) -> str:
    """A run of hers with everything that one can have."""
    run = person.client.create_run(experiment).info.run_id
    person.client.log_metric(run, "loss", 1.0)
    person.client.log_param(run, "p", "v")
    person.client.set_tag(run, "t", "v")
    person.client.log_text(run, "hello", "folder/file.txt")
    return run


def a_logged_model(person: Person, experiment: str) -> str:
    with person.signed_in():
        model = person.client.create_logged_model(experiment, name="model", params={"depth": "3"})
    answer = person.http(
        "PUT",
        f"/api/2.0/mlflow-artifacts/artifacts/{experiment}/models/{model.model_id}/artifacts/MLmodel",
        data=b"a model",
    )
    answer.raise_for_status()
    return model.model_id


def status_of_run(person: Person, run: str) -> int:
    return person.http("GET", "runs/get", params={"run_id": run}).status_code


def test_a_deleted_run_goes_with_its_artifacts_and_all_else_stays(server, admin, alice, way):
    experiment = alice.client.create_experiment(unique("experiment"))
    gone, kept = a_run(alice, experiment), a_run(alice, experiment)
    alice.client.delete_run(gone)
    listed = gc(server, way, "--dry-run")
    assert f"Would delete run {gone}" in listed and kept not in listed
    assert status_of_run(admin, gone) == 200
    assert len(artifacts(server)) == 2
    assert f"Deleted run {gone}" in gc(server, way)
    assert status_of_run(admin, gone) == 404
    assert alice.client.get_run(kept).data.metrics == {"loss": 1.0}
    assert artifacts(server) == [f"{experiment}/{kept}/artifacts/folder/file.txt"]
    assert not (pathlib.Path(str(server.artifacts)) / experiment / gone).exists()
    assert gc(server, way) == ""


def test_a_deleted_experiment_goes_with_all_that_lies_in_it(server, admin, alice, way):
    experiment = alice.client.create_experiment(unique("experiment"))
    a_run(alice, experiment)
    model = a_logged_model(alice, experiment)
    alice.client.delete_experiment(experiment)
    said = gc(server, way)
    assert f"Deleted experiment {experiment}" in said and f"Deleted logged model {model}" in said
    assert admin.http("GET", "experiments/get", params={"experiment_id": experiment}).status_code == 404
    assert artifacts(server) == []
    assert not (pathlib.Path(str(server.artifacts)) / experiment).exists()
    events = admin.http("GET", "/api/3.0/mlflow/audit/search", params={"target": experiment}).json()["events"]
    assert events[0]["detail"] == "deleted for good", events
    assert events[0]["operation"] == ("CollectGarbage" if way == "by the server" else "millgate gc")


def test_an_id_that_comes_back_brings_no_right_back(server, admin, alice, way):
    if not server.tracking.startswith("sqlite"):
        pytest.skip("ids come back on SQLite")
    bob, carol = a_new_person(admin, "bob"), a_new_person(admin, "carol")
    experiment = alice.client.create_experiment(unique("experiment"))
    alice.http(
        "POST",
        "/api/3.0/mlflow/users/permissions/grant",
        json={
            "username": bob.username,
            "resource_type": "experiment",
            "resource_id": experiment,
            "permission": "MANAGE",
        },
    ).raise_for_status()
    role = admin.http(
        "POST", "/api/3.0/mlflow/roles/create", json={"name": unique("role"), "workspace": "default"}
    ).json()["role"]["id"]
    admin.http(
        "POST",
        "/api/3.0/mlflow/roles/permissions/add",
        json={
            "role_id": role,
            "resource_type": "experiment",
            "resource_pattern": experiment,
            "permission": "READ",
        },
    ).raise_for_status()
    token = alice.new_token(resources=[{"resource_type": "experiment", "resource_id": experiment}])
    assert alice.with_token(token).http(
        "GET", "experiments/get", params={"experiment_id": experiment}
    ).status_code == 200
    alice.client.delete_experiment(experiment)
    gc(server, way)
    # A program that gives nobody anything makes the next one: no sweep of a creation hides what was left.
    import sqlite3

    path = server.tracking.removeprefix("sqlite:///")
    with sqlite3.connect(path) as database:
        made = database.execute(
            "INSERT INTO experiments (name, lifecycle_stage, workspace, artifact_location)"
            " VALUES ('next', 'active', 'default', 'mlflow-artifacts:/x') RETURNING experiment_id"
        ).fetchone()[0]
    assert str(made) == experiment
    for person in [alice, bob, carol]:
        answer = person.http("GET", "experiments/get", params={"experiment_id": experiment})
        assert answer.status_code == 403, person.username
    assert alice.with_token(token).http("GET", "users/current").status_code == 401
    permissions = admin.http("GET", "/api/3.0/mlflow/roles/permissions/list", params={"role_id": role}).json()
    assert experiment not in str(permissions), permissions


def test_older_than_leaves_what_was_deleted_lately(server, admin, alice, way):
    experiment = alice.client.create_experiment(unique("experiment"))
    run = a_run(alice, experiment)
    model = a_logged_model(alice, experiment)
    alice.client.delete_run(run)
    alice.client.delete_logged_model(model)
    assert gc(server, way, "--older-than", "1d") == ""
    said = gc(server, way, "--older-than", "1d", "--run-ids", run, status=1)
    assert "as long ago" in said
    said = gc(server, way, "--older-than", "0.001s")
    assert run in said and model in said


def test_by_id_nothing_else_goes(server, admin, alice, way):
    experiment = alice.client.create_experiment(unique("experiment"))
    runs = [a_run(alice, experiment) for _ in range(3)]
    models = [a_logged_model(alice, experiment) for _ in range(2)]
    for run in runs[:2]:
        alice.client.delete_run(run)
    for model in models:
        alice.client.delete_logged_model(model)
    other = alice.client.create_experiment(unique("experiment"))
    alice.client.delete_experiment(other)
    said = gc(server, way, "--run-ids", f"{runs[0]},{runs[2]}", status=1)
    assert f"run {runs[2]} is not deleted" in said
    assert status_of_run(admin, runs[0]) == 200
    assert gc(server, way, "--run-ids", runs[0]).splitlines() == [f"Deleted run {runs[0]}"]
    assert gc(server, way, "--logged-model-ids", models[0]).splitlines() == [
        f"Deleted logged model {models[0]}"
    ]
    assert "is not deleted" in gc(server, way, "--experiment-ids", experiment, status=1)
    assert "no run" in gc(server, way, "--run-ids", "f" * 32, status=1)
    assert gc(server, way, "--experiment-ids", other).splitlines() == [f"Deleted experiment {other}"]
    assert status_of_run(admin, runs[1]) == 200


def test_many_runs_go_in_steps(server, alice, way):
    experiment = alice.client.create_experiment(unique("experiment"))
    runs = [alice.client.create_run(experiment).info.run_id for _ in range(230)]
    alice.client.delete_experiment(experiment)
    said = gc(server, way).splitlines()
    assert sorted(said) == sorted([*(f"Deleted run {run}" for run in runs), f"Deleted experiment {experiment}"])


def test_what_lies_elsewhere_is_kept_unless_it_may_leave_its_artifacts(server, admin, way, tmp_path):
    elsewhere = tmp_path / "elsewhere"
    experiment = admin.client.create_experiment(unique("experiment"), artifact_location=str(elsewhere))
    run = admin.client.create_run(experiment).info.run_id
    file = elsewhere / run / "artifacts" / "file.txt"
    file.parent.mkdir(parents=True)
    file.write_text("precious")
    fine = a_run(admin, admin.client.create_experiment(unique("experiment")))
    for each in [run, fine]:
        admin.client.delete_run(each)
    said = gc(server, way, status=1)
    assert f"Deleted run {fine}" in said and f"run {run} stays" in said and "is not below" in said
    assert status_of_run(admin, run) == 200
    assert f"Deleted run {run}" in gc(server, way, "--leave-artifacts")
    assert status_of_run(admin, run) == 404
    assert file.read_text() == "precious"


def test_a_failing_artifact_store_keeps_its_item_and_nothing_else(server, admin, alice, way):
    experiment = alice.client.create_experiment(unique("experiment"))
    stuck, fine = a_run(alice, experiment), a_run(alice, experiment)
    root = pathlib.Path(str(server.artifacts)) / experiment
    # Links are not followed out of the storage, whoever runs the tests.
    (root / stuck).rename(root / "moved")
    (root / stuck).symlink_to("/")
    alice.client.delete_experiment(experiment)
    said = gc(server, way, status=1)
    assert f"Deleted run {fine}" in said and f"run {stuck} stays" in said
    assert f"experiment {experiment} stays: Something in it could not be deleted" in said
    (root / stuck).unlink()
    (root / "moved").rename(root / stuck)
    said = gc(server, way)
    assert said.splitlines() == [f"Deleted run {stuck}", f"Deleted experiment {experiment}"]
    assert artifacts(server) == []


def test_only_administrators_may(server, admin, alice):
    run = a_run(alice, alice.client.create_experiment(unique("experiment")))
    alice.client.delete_run(run)
    assert "only an administrator" in gc(server, "by the server", status=1, login=alice)
    assert alice.http("POST", GC, json={}).status_code == 403
    assert requests.post(server.url + GC, json={}, timeout=60).status_code == 401
    assert admin.with_token(admin.new_token(permission="EDIT")).http("POST", GC, json={}).status_code == 403
    assert status_of_run(admin, run) == 200


def test_a_step_is_bounded_and_says_what_is_wrong(server, admin, alice):
    experiment = alice.client.create_experiment(unique("experiment"))
    for _ in range(3):
        alice.client.delete_run(alice.client.create_run(experiment).info.run_id)
    first = admin.http("POST", GC, json={"max_results": 2}).json()
    assert len(first["deleted"]) == 2 and first["next_page_token"]
    last = admin.http("POST", GC, json={"max_results": 2, "page_token": first["next_page_token"]}).json()
    assert len(last["deleted"]) == 1 and "next_page_token" not in last
    for wrong in [
        {"max_results": 0},
        {"max_results": 1001},
        {"older_than_ms": -1},
        {"run_ids": ["x"] * 1001},
        {"experiment_ids": ["07"]},
        {"page_token": "nonsense"},
        # What is misspelt, empty or said in the query must not mean all that is deleted.
        {"run_id": "x"},
        {"run_ids": []},
    ]:
        answer = admin.http("POST", GC, json=wrong)
        assert (answer.status_code, answer.json()["error_code"]) == (400, "INVALID_PARAMETER_VALUE"), wrong
    answer = admin.http("POST", GC + "?dry_run=true", json={})
    assert (answer.status_code, answer.json()["error_code"]) == (400, "INVALID_PARAMETER_VALUE"), answer.text


def test_a_page_token_brings_nothing_that_stays(server, admin, alice):
    experiment = alice.client.create_experiment(unique("experiment"))
    kept = a_run(alice, experiment)
    fresh = alice.client.create_run(experiment).info.run_id
    alice.client.delete_run(fresh)
    for body in [
        {"run_ids": [kept], "page_token": "run:"},
        {"run_ids": [fresh], "older_than_ms": 86_400_000, "page_token": "run:"},
        {"experiment_ids": [experiment], "page_token": "logged_model:"},
    ]:
        answer = admin.http("POST", GC, json=body).json()
        assert answer["deleted"] == [], (body, answer)
    assert status_of_run(admin, kept) == status_of_run(admin, fresh) == 200
