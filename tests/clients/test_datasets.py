"""Datasets that runs read."""

import json

import pytest
from mlflow.entities import Dataset, DatasetInput, InputTag


def an_input(name: str, context: str) -> DatasetInput:
    dataset = Dataset(
        name=name,
        digest=f"digest of {name}",
        source_type="http",
        source='{"url": "http://example.com/data.csv"}',
        schema='{"columns": 4}',
        profile='{"rows": 150}',
    )
    return DatasetInput(dataset, [InputTag("mlflow.data.context", context), InputTag("owner", "alice")])


def test_the_datasets_of_a_run_read_back_whole(alice, run):
    alice.client.log_inputs(run.info.run_id, [an_input("iris", "training"), an_input("wine", "testing")])
    inputs = {used.dataset.name: used for used in alice.client.get_run(run.info.run_id).inputs.dataset_inputs}
    assert set(inputs) == {"iris", "wine"}
    assert dict(inputs["iris"].dataset) == dict(an_input("iris", "training").dataset)
    assert {tag.key: tag.value for tag in inputs["wine"].tags} == {
        "mlflow.data.context": "testing",
        "owner": "alice",
    }


def test_a_dataset_logged_twice_is_one_input(alice, run):
    for _ in range(2):
        alice.client.log_inputs(run.info.run_id, [an_input("iris", "training")])
    assert len(alice.client.get_run(run.info.run_id).inputs.dataset_inputs) == 1


def test_runs_of_an_experiment_share_a_dataset(alice, experiment_id):
    runs = [alice.client.create_run(experiment_id).info.run_id for _ in range(2)]
    for run_id in runs:
        alice.client.log_inputs(run_id, [an_input("iris", "training")])
    answer = alice.http(
        "POST", "/ajax-api/2.0/mlflow/experiments/search-datasets", json={"experiment_ids": [experiment_id]}
    )
    assert answer.json()["dataset_summaries"] == [
        {"experiment_id": experiment_id, "name": "iris", "digest": "digest of iris", "context": "training"}
    ]
    found = alice.client.search_runs([experiment_id], "dataset.name = 'iris'")
    assert {run.info.run_id for run in found} == set(runs)


def test_a_deleted_run_takes_no_dataset(alice, run, raises):
    alice.client.delete_run(run.info.run_id)
    with raises("INVALID_PARAMETER_VALUE"):
        alice.client.log_inputs(run.info.run_id, [an_input("iris", "training")])


@pytest.mark.needs_mlflow("3.17", "numpy and pandas come with the newest client only")
def test_datasets_made_of_arrays_and_frames_are_logged(alice, experiment_id):
    import mlflow
    import numpy
    import pandas

    array = mlflow.data.from_numpy(numpy.arange(12).reshape(3, 4), name="array")
    frame = mlflow.data.from_pandas(
        pandas.DataFrame({"größe": [1.5, 2.5], "label": ["a", "b"]}), name="frame", targets="label"
    )
    with alice.signed_in():
        mlflow.set_experiment(experiment_id=experiment_id)
        with mlflow.start_run() as active:
            mlflow.log_input(array, context="training")
            mlflow.log_input(frame, context="validation", tags={"split": "2"})
        run = mlflow.get_run(active.info.run_id)
        inputs = {used.dataset.name: used for used in run.inputs.dataset_inputs}
        assert mlflow.data.get_source(run.inputs.dataset_inputs[0].dataset) is not None
    assert inputs["array"].dataset.digest == array.digest
    assert inputs["frame"].dataset.digest == frame.digest
    columns = json.loads(inputs["frame"].dataset.schema)["mlflow_colspec"]
    assert [column["name"] for column in columns] == ["größe", "label"]
    assert {tag.key: tag.value for tag in inputs["frame"].tags} == {
        "mlflow.data.context": "validation",
        "split": "2",
    }
