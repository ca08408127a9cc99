"""Logged models as clients of MLflow 3 make them: every model is one, with parameters, tags, metrics and artifacts."""

import pathlib

import mlflow
import pytest

from people import unique

pytestmark = pytest.mark.needs_mlflow("3.11", "logged models came with MLflow 3")


@pytest.fixture
def logged(alice, experiment_id, run):
    """A logged model of Alice's run, pending."""
    return alice.client.create_logged_model(
        experiment_id,
        name="forest",
        source_run_id=run.info.run_id,
        tags={"owner": "alice"},
        params={"depth": "3"},
        model_type="classifier",
    )


def test_a_model_is_made_described_and_finalized(alice, experiment_id, run, logged):
    assert (logged.name, logged.experiment_id, logged.source_run_id) == ("forest", experiment_id, run.info.run_id)
    assert (logged.status, logged.model_type) == ("PENDING", "classifier")
    assert (logged.params, logged.tags) == ({"depth": "3"}, {"owner": "alice"})
    assert logged.artifact_location.endswith(f"/{experiment_id}/models/{logged.model_id}/artifacts")
    alice.client.set_logged_model_tags(logged.model_id, {"owner": "bob", "a b%ü": "x"})
    alice.client.delete_logged_model_tag(logged.model_id, "a b%ü")
    alice.client.log_model_params(logged.model_id, {"width": "4"})
    finalized = alice.client.finalize_logged_model(logged.model_id, "READY")
    assert (finalized.status, finalized.tags) == ("READY", {"owner": "bob"})
    assert alice.client.get_logged_model(logged.model_id).params == {"depth": "3", "width": "4"}


def test_a_model_without_a_name_gets_one(alice, experiment_id):
    made = alice.http("POST", "logged-models", json={"experiment_id": experiment_id}).json()["model"]["info"]
    assert made["name"] and made["status"] == "LOGGED_MODEL_PENDING" and not made.get("source_run_id")


def test_metrics_are_linked_to_the_model(alice, run, logged):
    dataset = {"dataset_name": "wine", "dataset_digest": "v1"}
    alice.client.log_metric(run.info.run_id, "loss", 0.5, step=3, model_id=logged.model_id, **dataset)
    [metric] = alice.client.get_logged_model(logged.model_id).metrics
    assert (metric.key, metric.value, metric.step, metric.run_id) == ("loss", 0.5, 3, run.info.run_id)
    assert (metric.dataset_name, metric.dataset_digest) == ("wine", "v1")


def test_a_run_knows_the_models_that_it_made(alice, run, logged):
    output = mlflow.entities.LoggedModelOutput(model_id=logged.model_id, step=2)
    alice.client.log_outputs(run.info.run_id, [output])
    [found] = alice.client.get_run(run.info.run_id).outputs.model_outputs
    assert (found.model_id, found.step) == (logged.model_id, 2)


def test_models_are_searched(alice, experiment_id, logged):
    other = alice.client.create_logged_model(experiment_id, name="tree", params={"depth": "10"})
    found = alice.client.search_logged_models([experiment_id], filter_string="params.depth = '3'")
    assert [model.model_id for model in found] == [logged.model_id]
    alice.client.delete_logged_model(other.model_id)
    assert [model.name for model in alice.client.search_logged_models([experiment_id])] == ["forest"]


def test_the_artifacts_are_logged_listed_and_downloaded(alice, logged, tmp_path):
    (tmp_path / "files").mkdir()
    (tmp_path / "files/MLmodel").write_text("flavors: {}")
    (tmp_path / "files/data").mkdir()
    (tmp_path / "files/data/weights.bin").write_bytes(bytes(range(256)))
    alice.client.log_model_artifacts(logged.model_id, str(tmp_path / "files"))
    listed = {file.path: file.file_size for file in alice.client.list_logged_model_artifacts(logged.model_id)}
    assert listed == {"MLmodel": 11, "data": None}
    below = alice.client.list_logged_model_artifacts(logged.model_id, "data")
    assert [(file.path, file.file_size) for file in below] == [("data/weights.bin", 256)]
    route = f"/ajax-api/2.0/mlflow/logged-models/{logged.model_id}/artifacts/files"
    answer = alice.http("GET", route, params={"artifact_file_path": "data/weights.bin"})
    assert answer.content == bytes(range(256))
    part = alice.http(
        "GET", route, params={"artifact_file_path": "data/weights.bin"}, headers={"Range": "bytes=1-2"}
    )
    assert (part.status_code, part.content) == (206, b"\x01\x02")
    with alice.signed_in():
        folder = mlflow.artifacts.download_artifacts(f"models:/{logged.model_id}")
    assert (pathlib.Path(folder) / "data/weights.bin").read_bytes() == bytes(range(256))


@pytest.mark.beyond_mlflow("MLflow leaves it to the database to refuse, in the words of SQL")
def test_what_is_wrong_is_said_and_nothing_changes(alice, experiment_id, logged, raises):
    with raises("INVALID_PARAMETER_VALUE", "Changing param values is not allowed"):
        alice.client.log_model_params(logged.model_id, {"width": "4", "depth": "5"})
    assert alice.client.get_logged_model(logged.model_id).params == {"depth": "3"}
    alice.client.log_model_params(logged.model_id, {"depth": "3"})
    with raises("RESOURCE_DOES_NOT_EXIST", "No tag with key"):
        alice.client.delete_logged_model_tag(logged.model_id, "nobody")
    for body, complaint in [
        ({"name": "a"}, "experiment_id"),
        ({"experiment_id": experiment_id, "name": "a/b"}, "Invalid model name"),
        ({"experiment_id": experiment_id, "name": "n" * 501}, "maximum length of 500"),
        ({"experiment_id": experiment_id, "model_type": "t" * 501}, "maximum length of 500"),
        ({"experiment_id": experiment_id, "params": [{"key": "k" * 256}]}, "params[0].key"),
        ({"experiment_id": experiment_id, "tags": [{"value": "v"}]}, "tags[0].key"),
        ({"experiment_id": experiment_id, "params": [{"key": "a"}, {"key": "a"}]}, "Duplicate parameter keys"),
    ]:
        answer = alice.http("POST", "logged-models", json=body)
        assert answer.status_code == 400, body
        assert complaint in answer.json()["message"], answer.text
    assert len(alice.client.search_logged_models([experiment_id])) == 1


@pytest.mark.beyond_mlflow("MLflow asks about the path and changes what the body names")
def test_a_body_cannot_name_another_model_than_the_path(alice, stranger, admin, logged):
    theirs = stranger.client.create_logged_model(stranger.client.create_experiment(unique("theirs")), name="theirs")
    for method, path, body in [
        ("PATCH", "", {"status": "LOGGED_MODEL_READY"}),
        ("PATCH", "/tags", {"tags": [{"key": "a", "value": "b"}]}),
        ("POST", "/params", {"params": [{"key": "a", "value": "b"}]}),
    ]:
        for spelling in ["model_id", "modelId"]:
            answer = stranger.http(
                method, f"logged-models/{theirs.model_id}{path}", json={spelling: logged.model_id, **body}
            )
            assert answer.status_code == 400, answer.text
    assert alice.client.get_logged_model(logged.model_id).status == "PENDING"


def test_a_model_that_one_may_not_see_is_like_none(alice, stranger, admin, experiment_id, run, logged, refused):
    for model_id in [logged.model_id, "m-" + "0" * 32]:
        for method, path, body in [
            ("GET", "", None),
            ("DELETE", "", None),
            ("PATCH", "", {"status": "LOGGED_MODEL_READY"}),
            ("PATCH", "/tags", {"tags": []}),
            ("DELETE", "/tags/owner", None),
            ("POST", "/params", {"params": []}),
            ("GET", "/artifacts/directories", None),
        ]:
            answer = stranger.http(method, f"logged-models/{model_id}{path}", json=body)
            assert (answer.status_code, answer.text) == (403, "Permission denied"), (method, path)
    mine = stranger.client.create_experiment(unique("mine"))
    with refused(403):
        stranger.client.create_logged_model(mine, source_run_id=run.info.run_id)
    with refused(403):
        stranger.client.create_logged_model(experiment_id)
    alice.client.delete_logged_model(logged.model_id)
    assert alice.http("GET", f"logged-models/{logged.model_id}").status_code == 403
    answer = admin.http("GET", f"logged-models/{logged.model_id}")
    assert (answer.status_code, answer.json()["error_code"]) == (404, "RESOURCE_DOES_NOT_EXIST")
    answer = admin.http("GET", f"logged-models/{logged.model_id}", params={"allow_deleted": "true"})
    assert answer.json()["model"]["info"]["name"] == "forest"
