"""Access tokens, as MLflow's clients send them: MLFLOW_TRACKING_TOKEN, or in place of the password."""

import mlflow
import pytest

from people import Person, unique

pytestmark = pytest.mark.beyond_mlflow("MLflow has no access tokens")

TOKENS = "/api/3.0/mlflow/tokens"


def bound_to(*experiments: str) -> list[dict]:
    return [{"resource_type": "experiment", "resource_id": each} for each in experiments]


@pytest.fixture(params=["MLFLOW_TRACKING_TOKEN", "MLFLOW_TRACKING_PASSWORD"])
def bearer(request, alice):
    """Makes a token of Alice's, and who sends it in the one way or the other."""

    def make(**wishes) -> Person:
        token = alice.new_token(**wishes)
        if request.param == "MLFLOW_TRACKING_TOKEN":
            return alice.with_token(token)
        return alice.with_password(token)

    return make


def revoke(owner: Person, token_id: int) -> None:
    answer = owner.http("DELETE", f"{TOKENS}/revoke", params={"token_id": token_id})
    assert answer.status_code == 200, answer.text


def test_a_token_does_what_its_user_does(bearer, alice, run, experiment_id):
    person = bearer()
    assert person.http("GET", "users/current").json()["user"]["username"] == alice.username
    person.client.log_metric(run.info.run_id, "loss", 0.5)
    assert alice.client.get_run(run.info.run_id).data.metrics == {"loss": 0.5}
    made = person.client.create_experiment(unique("by token"))
    assert alice.client.get_experiment(made).experiment_id == made
    person.client.delete_experiment(experiment_id)


def test_a_token_that_reads_writes_nothing(bearer, alice, run, experiment_id, tmp_path, refused):
    alice.client.log_text(run.info.run_id, "hello", "hello.txt")
    person = bearer(permission="READ")
    assert person.client.get_run(run.info.run_id).info.run_id == run.info.run_id
    assert [each.info.run_id for each in person.client.search_runs([experiment_id])] == [run.info.run_id]
    with person.signed_in():
        assert mlflow.artifacts.load_text(f"runs:/{run.info.run_id}/hello.txt") == "hello"
    (tmp_path / "file.txt").write_text("text")
    for write in [
        lambda: person.client.log_metric(run.info.run_id, "loss", 1),
        lambda: person.client.set_tag(run.info.run_id, "k", "v"),
        lambda: person.client.log_artifact(run.info.run_id, str(tmp_path / "file.txt")),
        lambda: person.client.create_run(experiment_id),
        lambda: person.client.create_experiment(unique("experiment")),
        lambda: person.client.delete_run(run.info.run_id),
        lambda: person.client.create_registered_model(unique("model")),
    ]:
        with refused(403):
            write()


def test_a_token_on_an_experiment_knows_no_other(bearer, alice, experiment_id, refused):
    name = alice.client.get_experiment(experiment_id).name
    other = alice.client.create_experiment(unique("experiment"))
    alice.client.create_run(other)
    model = alice.client.create_registered_model(unique("model")).name
    person = bearer(permission="EDIT", resources=bound_to(experiment_id))
    found = [each.name for each in person.client.search_experiments()]
    assert found == [name]
    run = person.client.create_run(experiment_id)
    person.client.log_param(run.info.run_id, "p", "v")
    assert [each.info.run_id for each in person.client.search_runs([experiment_id, other])] == [
        run.info.run_id
    ]
    assert person.client.search_registered_models() == []
    for beyond in [
        lambda: person.client.get_experiment(other),
        lambda: person.client.create_run(other),
        lambda: person.client.get_registered_model(model),
        lambda: person.client.delete_experiment(experiment_id),
    ]:
        with refused(403):
            beyond()


def test_a_token_that_edits_logs_artifacts(bearer, experiment_id, tmp_path):
    person = bearer(permission="EDIT", resources=bound_to(experiment_id))
    (tmp_path / "file.txt").write_text("text")
    with person.signed_in():
        mlflow.set_experiment(experiment_id=experiment_id)
        with mlflow.start_run() as run:
            mlflow.log_artifact(str(tmp_path / "file.txt"), "folder")
            mlflow.log_metric("loss", 0.25)
        assert mlflow.artifacts.load_text(f"runs:/{run.info.run_id}/folder/file.txt") == "text"


def test_a_revoked_token_is_refused_at_the_next_request(newcomer, refused):
    made = newcomer.http("POST", f"{TOKENS}/create", json={"name": "ci"}).json()
    for person in [newcomer.with_token(made["secret"]), newcomer.with_password(made["secret"])]:
        assert person.http("GET", "users/current").status_code == 200
    (listed,) = newcomer.http("GET", f"{TOKENS}/list").json()["tokens"]
    assert {**listed, "last_used_time": None} == {**made["token"], "last_used_time": None}
    revoke(newcomer, listed["token_id"])
    for person in [newcomer.with_token(made["secret"]), newcomer.with_password(made["secret"])]:
        assert person.http("GET", "users/current").status_code == 401
        with refused(401):
            person.client.search_experiments()
    assert newcomer.http("GET", f"{TOKENS}/list").json() == {"tokens": []}


def test_a_token_is_its_users_alone(alice, newcomer):
    token = alice.new_token()
    assert newcomer.with_password(token).http("GET", "users/current").status_code == 401
    assert alice.with_password(token).http("GET", "users/current").status_code == 200
    assert newcomer.http("GET", f"{TOKENS}/list", params={"username": alice.username}).status_code == 403


def test_an_administrator_makes_tokens_for_a_user(admin, newcomer):
    made = admin.http("POST", f"{TOKENS}/create", json={"name": "ci", "username": newcomer.username}).json()
    person = newcomer.with_token(made["secret"])
    assert person.http("GET", "users/current").json()["user"]["username"] == newcomer.username
    revoke(admin, made["token"]["token_id"])
    assert person.http("GET", "users/current").status_code == 401


def test_an_administrators_narrow_token_is_no_administrators(admin, experiment_id, refused):
    person = admin.with_token(admin.new_token(permission="MANAGE", resources=bound_to(experiment_id)))
    assert person.client.get_experiment(experiment_id).experiment_id == experiment_id
    assert len(person.client.search_experiments()) == 1
    assert person.http("GET", "/api/3.0/mlflow/audit/search").status_code == 403
    assert person.http("POST", f"{TOKENS}/create", json={"name": unique("more")}).status_code == 403
    with refused(403):
        person.client.create_experiment(unique("experiment"))
