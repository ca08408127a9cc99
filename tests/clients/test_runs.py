"""Runs through `MlflowClient`."""

import pytest
from mlflow.entities import Metric, Param, RunTag


def test_a_new_run_reads_back_as_it_was_made(alice, experiment_id):
    made = alice.client.create_run(experiment_id, start_time=1234, tags={"stage": "dev"}, run_name="first")
    run = alice.client.get_run(made.info.run_id)
    assert run.info.run_name == "first"
    assert run.info.experiment_id == experiment_id
    assert run.info.start_time == 1234
    assert run.info.end_time is None
    assert run.info.status == "RUNNING"
    assert run.info.lifecycle_stage == "active"
    assert run.info.artifact_uri == f"mlflow-artifacts:/{experiment_id}/{run.info.run_id}/artifacts"
    assert run.data.tags == {"stage": "dev", "mlflow.runName": "first"}
    assert run.data.params == {} and run.data.metrics == {}


@pytest.mark.parametrize("status", ["FINISHED", "FAILED", "KILLED"])
def test_a_run_ends_with_a_status_and_a_time(alice, run, status):
    alice.client.set_terminated(run.info.run_id, status, end_time=99_999)
    info = alice.client.get_run(run.info.run_id).info
    assert (info.status, info.end_time) == (status, 99_999)


def test_a_run_is_renamed_and_its_name_and_name_tag_stay_one(alice, run):
    alice.client.update_run(run.info.run_id, name="renamed")
    renamed = alice.client.get_run(run.info.run_id)
    assert renamed.info.run_name == renamed.data.tags["mlflow.runName"] == "renamed"
    alice.client.set_tag(run.info.run_id, "mlflow.runName", "renamed by tag")
    renamed = alice.client.get_run(run.info.run_id)
    assert renamed.info.run_name == renamed.data.tags["mlflow.runName"] == "renamed by tag"


def test_the_status_is_updated_without_touching_the_name(alice, run):
    alice.client.update_run(run.info.run_id, status="SCHEDULED")
    info = alice.client.get_run(run.info.run_id).info
    assert (info.status, info.run_name) == ("SCHEDULED", "a run")


def test_a_deleted_run_reads_but_takes_nothing_until_it_is_restored(alice, run, raises):
    run_id = run.info.run_id
    alice.client.log_param(run_id, "kept", "yes")
    alice.client.delete_run(run_id)
    deleted = alice.client.get_run(run_id)
    assert deleted.info.lifecycle_stage == "deleted"
    assert deleted.data.params == {"kept": "yes"}
    for change in (
        lambda: alice.client.log_param(run_id, "a", "b"),
        lambda: alice.client.log_metric(run_id, "a", 1),
        lambda: alice.client.set_tag(run_id, "a", "b"),
        lambda: alice.client.log_batch(run_id, params=[Param("a", "b")]),
    ):
        with raises("INVALID_PARAMETER_VALUE"):
            change()
    alice.client.restore_run(run_id)
    alice.client.log_param(run_id, "a", "b")
    assert alice.client.get_run(run_id).data.params == {"kept": "yes", "a": "b"}


def test_tags_are_set_overwritten_and_deleted(alice, run, raises):
    run_id = run.info.run_id
    alice.client.set_tag(run_id, "a/b c.d-e_f:g", "one")
    alice.client.set_tag(run_id, "a/b c.d-e_f:g", "two")
    alice.client.set_tag(run_id, "empty", "")
    alice.client.set_tag(run_id, "ключ", "значение 🗝")
    assert alice.client.get_run(run_id).data.tags == {
        "a/b c.d-e_f:g": "two",
        "empty": "",
        "ключ": "значение 🗝",
        "mlflow.runName": "a run",
    }
    alice.client.delete_tag(run_id, "a/b c.d-e_f:g")
    assert "a/b c.d-e_f:g" not in alice.client.get_run(run_id).data.tags
    with raises("RESOURCE_DOES_NOT_EXIST"):
        alice.client.delete_tag(run_id, "a/b c.d-e_f:g")


def test_a_batch_is_logged_whole(alice, run):
    run_id = run.info.run_id
    metrics = [Metric(f"m{number % 7}", number / 8, 1000 + number, number) for number in range(700)]
    alice.client.log_batch(
        run_id,
        metrics=metrics,
        params=[Param(f"p{number}", "v" * number) for number in range(100)],
        tags=[RunTag(f"t{number}", str(number)) for number in range(100)],
    )
    data = alice.client.get_run(run_id).data
    assert data.metrics == {f"m{number}": (693 + number) / 8 for number in range(7)}
    assert data.params == {f"p{number}": "v" * number for number in range(100)}
    assert {f"t{number}": str(number) for number in range(100)}.items() <= data.tags.items()
    assert len(alice.client.get_metric_history(run_id, "m0")) == 100


def test_a_batch_that_changes_a_parameter_is_refused(alice, run, raises):
    run_id = run.info.run_id
    alice.client.log_param(run_id, "depth", "3")
    with raises("INVALID_PARAMETER_VALUE"):
        alice.client.log_batch(run_id, params=[Param("new", "1"), Param("depth", "4")])
    assert alice.client.get_run(run_id).data.params["depth"] == "3"


def test_logging_the_same_parameters_again_changes_nothing(alice, run):
    run_id = run.info.run_id
    for _ in range(2):
        alice.client.log_batch(run_id, params=[Param("depth", "3"), Param("kind", "tree")])
    assert alice.client.get_run(run_id).data.params == {"depth": "3", "kind": "tree"}


@pytest.mark.parametrize(
    ("kind", "count"), [("metrics", 1001), ("params", 101), ("tags", 101)], ids=["metrics", "params", "tags"]
)
def test_a_batch_beyond_the_limit_is_refused(alice, run, kind, count):
    body = {
        "metrics": [{"key": f"k{n}", "value": n, "timestamp": n, "step": n} for n in range(count)],
        "params": [{"key": f"k{n}", "value": str(n)} for n in range(count)],
        "tags": [{"key": f"k{n}", "value": str(n)} for n in range(count)],
    }[kind]
    # Raw, because the clients split or check a batch before they send it.
    answer = alice.http("POST", "runs/log-batch", json={"run_id": run.info.run_id, kind: body})
    assert answer.status_code == 400
    assert answer.json()["error_code"] == "INVALID_PARAMETER_VALUE"
    assert f"at most {count - 1}" in answer.json()["message"]


def test_long_values_are_kept_whole_up_to_the_limit(alice, run):
    run_id = run.info.run_id
    alice.client.log_param(run_id, "long", "p" * 6000)
    alice.client.set_tag(run_id, "long", "t" * 8000)
    data = alice.client.get_run(run_id).data
    assert data.params["long"] == "p" * 6000
    assert data.tags["long"] == "t" * 8000


@pytest.mark.parametrize("key", ["a*b", "../up", "a//b", "/absolute", "k" * 251])
def test_a_key_that_cannot_be_a_file_name_is_refused(alice, run, key):
    for path, body in (
        ("runs/log-metric", {"value": 1.0, "timestamp": 1}),
        ("runs/log-parameter", {"value": "1"}),
        ("runs/set-tag", {"value": "1"}),
    ):
        answer = alice.http("POST", path, json={"run_id": run.info.run_id, "key": key, **body})
        assert (answer.status_code, answer.json()["error_code"]) == (400, "INVALID_PARAMETER_VALUE"), path


def test_an_unknown_run_does_not_exist(admin, raises):
    for call in (admin.client.get_run, admin.client.delete_run, admin.client.list_artifacts):
        with raises("RESOURCE_DOES_NOT_EXIST"):
            call("0123456789abcdef0123456789abcdef")


def test_a_run_needs_an_experiment_that_exists(admin, raises):
    with raises("RESOURCE_DOES_NOT_EXIST"):
        admin.client.create_run("123456789")
