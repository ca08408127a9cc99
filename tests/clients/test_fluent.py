"""The fluent API, as training scripts use it."""

import json
import pathlib

import mlflow
import pytest

from people import unique


def test_a_run_keeps_all_that_a_script_logs(alice):
    pathlib.Path("notes.md").write_text("# Notes")
    pathlib.Path("plots/deep").mkdir(parents=True)
    pathlib.Path("plots/one.svg").write_text("<svg/>")
    pathlib.Path("plots/deep/two.svg").write_text("<svg></svg>")
    with alice.signed_in():
        experiment = mlflow.set_experiment(unique("fluent"))
        with mlflow.start_run(run_name="whole", tags={"stage": "dev"}, description="All of it") as active:
            mlflow.log_param("depth", 3)
            mlflow.log_params({"rate": 0.1, "kind": "tree"})
            mlflow.log_metric("loss", 0.5, step=1)
            mlflow.log_metric("loss", 0.25, step=2)
            mlflow.log_metrics({"accuracy": 0.9, "recall": 0.8}, step=2)
            mlflow.set_tag("owner", "alice")
            mlflow.set_tags({"a": 1, "b": True})
            mlflow.log_text("hello", "text/greeting.txt")
            mlflow.log_dict({"layers": [1, 2, 3]}, "config.json")
            mlflow.log_artifact("notes.md")
            mlflow.log_artifacts("plots", artifact_path="figures")
            assert mlflow.get_artifact_uri("config.json").endswith("/artifacts/config.json")
        run = mlflow.get_run(active.info.run_id)
        config = json.loads(mlflow.artifacts.load_text(f"{run.info.artifact_uri}/config.json"))
        below = mlflow.artifacts.download_artifacts(run_id=run.info.run_id, artifact_path="figures")

    assert run.info.status == "FINISHED"
    assert run.info.run_name == "whole"
    assert run.info.experiment_id == experiment.experiment_id
    assert run.info.end_time >= run.info.start_time > 0
    assert run.data.params == {"depth": "3", "rate": "0.1", "kind": "tree"}
    assert run.data.metrics == {"loss": 0.25, "accuracy": 0.9, "recall": 0.8}
    tags = run.data.tags
    assert (tags["stage"], tags["owner"], tags["a"], tags["b"]) == ("dev", "alice", "1", "True")
    assert tags["mlflow.runName"] == "whole"
    assert tags["mlflow.note.content"] == "All of it"
    assert tags["mlflow.source.type"] == "LOCAL"
    assert config == {"layers": [1, 2, 3]}
    files = {path.relative_to(below).as_posix() for path in pathlib.Path(below).rglob("*") if path.is_file()}
    assert files == {"one.svg", "deep/two.svg"}
    assert {file.path for file in alice.client.list_artifacts(run.info.run_id)} == {
        "config.json",
        "figures",
        "notes.md",
        "text",
    }


def test_setting_an_experiment_twice_takes_up_the_first(alice):
    name = unique("again")
    with alice.signed_in():
        first = mlflow.set_experiment(name)
        second = mlflow.set_experiment(name)
        by_id = mlflow.set_experiment(experiment_id=first.experiment_id)
    assert first.experiment_id == second.experiment_id == by_id.experiment_id
    assert by_id.name == name


def test_a_deleted_experiment_cannot_be_set(alice, experiment_id):
    name = alice.client.get_experiment(experiment_id).name
    alice.client.delete_experiment(experiment_id)
    with alice.signed_in(), pytest.raises(mlflow.MlflowException, match="deleted experiment"):
        mlflow.set_experiment(name)


def test_nested_runs_know_their_parent(alice, experiment_id):
    with alice.signed_in():
        mlflow.set_experiment(experiment_id=experiment_id)
        with mlflow.start_run(run_name="parent") as parent:
            for number in range(3):
                with mlflow.start_run(run_name=f"child {number}", nested=True):
                    mlflow.log_param("number", number)
                    with mlflow.start_run(run_name=f"grandchild {number}", nested=True):
                        mlflow.log_metric("score", number)
        children = mlflow.search_runs(
            [experiment_id],
            filter_string=f"tags.mlflow.parentRunId = '{parent.info.run_id}'",
            order_by=["params.number"],
            output_format="list",
        )
        grandchildren = mlflow.search_runs(
            [experiment_id], filter_string="metrics.score >= 0", output_format="list"
        )
        assert [child.info.run_name for child in children] == ["child 0", "child 1", "child 2"]
        assert {mlflow.get_parent_run(run.info.run_id).info.run_id for run in grandchildren} == {
            child.info.run_id for child in children
        }
        assert mlflow.get_parent_run(parent.info.run_id) is None


def test_a_run_whose_script_raises_has_failed(alice, experiment_id):
    with alice.signed_in():
        mlflow.set_experiment(experiment_id=experiment_id)
        with pytest.raises(ZeroDivisionError), mlflow.start_run() as active:
            mlflow.log_param("x", 1 / 0)
        assert mlflow.get_run(active.info.run_id).info.status == "FAILED"


def test_a_run_without_a_name_is_given_one(alice, experiment_id):
    with alice.signed_in():
        mlflow.set_experiment(experiment_id=experiment_id)
        with mlflow.start_run() as active:
            pass
        run = mlflow.get_run(active.info.run_id)
    assert run.info.run_name
    assert run.data.tags["mlflow.runName"] == run.info.run_name


def test_a_finished_run_can_be_resumed(alice, experiment_id):
    with alice.signed_in():
        mlflow.set_experiment(experiment_id=experiment_id)
        with mlflow.start_run() as active:
            mlflow.log_metric("loss", 2, step=1)
        with mlflow.start_run(run_id=active.info.run_id):
            assert mlflow.get_run(active.info.run_id).info.status == "RUNNING"
            mlflow.log_metric("loss", 1, step=2)
        run = mlflow.get_run(active.info.run_id)
    assert run.info.status == "FINISHED"
    assert run.data.metrics == {"loss": 1}


def test_logging_another_value_for_a_parameter_is_an_error(alice, experiment_id):
    with alice.signed_in():
        mlflow.set_experiment(experiment_id=experiment_id)
        with mlflow.start_run() as active:
            mlflow.log_param("depth", 3)
            mlflow.log_param("depth", 3)
            with pytest.raises(mlflow.MlflowException, match="Changing param values is not allowed"):
                mlflow.log_param("depth", 4)
        assert mlflow.get_run(active.info.run_id).data.params == {"depth": "3"}


def test_experiments_and_runs_are_deleted_through_the_fluent_api(alice, experiment_id):
    with alice.signed_in():
        mlflow.set_experiment(experiment_id=experiment_id)
        mlflow.set_experiment_tag("team", "tracking")
        with mlflow.start_run() as active:
            pass
        mlflow.delete_run(active.info.run_id)
        assert mlflow.get_run(active.info.run_id).info.lifecycle_stage == "deleted"
        assert mlflow.get_experiment(experiment_id).tags["team"] == "tracking"
        mlflow.delete_experiment(experiment_id)
        assert mlflow.get_experiment(experiment_id).lifecycle_stage == "deleted"


@pytest.mark.needs_mlflow("2.10", "`synchronous` is new there in the fluent API")
def test_asynchronous_logging_arrives(alice, experiment_id):
    with alice.signed_in():
        mlflow.set_experiment(experiment_id=experiment_id)
        with mlflow.start_run() as active:
            logged = [mlflow.log_metric("loss", step, step=step, synchronous=False) for step in range(50)]
            logged.append(mlflow.log_params({"a": 1, "b": 2}, synchronous=False))
            for operation in logged:
                operation.wait()
        run = mlflow.get_run(active.info.run_id)
    assert run.data.metrics == {"loss": 49}
    assert run.data.params == {"a": "1", "b": "2"}
    assert len(alice.client.get_metric_history(active.info.run_id, "loss")) == 50


@pytest.mark.needs_mlflow("3.17", "pandas comes with the newest client only")
def test_runs_are_found_as_a_data_frame(alice, experiment_id):
    with alice.signed_in():
        mlflow.set_experiment(experiment_id=experiment_id)
        for loss in (3.0, 1.0, 2.0):
            with mlflow.start_run():
                mlflow.log_metric("loss", loss)
                mlflow.log_param("kind", "tree")
        frame = mlflow.search_runs([experiment_id], order_by=["metrics.loss ASC"])
    assert frame["metrics.loss"].tolist() == [1.0, 2.0, 3.0]
    assert set(frame["params.kind"]) == {"tree"}
    assert set(frame["status"]) == {"FINISHED"}
