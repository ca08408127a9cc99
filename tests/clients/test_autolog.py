"""Autologging, where the client brings scikit-learn."""

import mlflow
import pytest

pytestmark = pytest.mark.needs_mlflow("3.17", "scikit-learn comes with the newest client only")


@pytest.fixture
def autologged(alice, experiment_id):
    """What scikit-learn's autologging leaves of one training; without the model, which is logged elsewhere."""
    from sklearn.datasets import load_iris
    from sklearn.ensemble import RandomForestClassifier

    features, labels = load_iris(return_X_y=True, as_frame=True)
    mlflow.sklearn.autolog(log_models=False, silent=True)
    try:
        with alice.signed_in():
            mlflow.set_experiment(experiment_id=experiment_id)
            with mlflow.start_run() as active:
                model = RandomForestClassifier(n_estimators=5, random_state=0).fit(features, labels)
                model.score(features, labels)
    finally:
        mlflow.sklearn.autolog(disable=True)
    return alice.client.get_run(active.info.run_id)


def test_a_training_logs_its_parameters_metrics_and_data(alice, autologged):
    assert autologged.info.status == "FINISHED"
    assert autologged.data.params["n_estimators"] == "5"
    assert autologged.data.metrics["training_accuracy_score"] > 0.9
    assert autologged.data.tags["estimator_name"] == "RandomForestClassifier"
    assert [used.dataset.name for used in autologged.inputs.dataset_inputs] == ["dataset"]
    assert "estimator.html" in {file.path for file in alice.client.list_artifacts(autologged.info.run_id)}


def test_a_grid_search_logs_a_child_run_for_each_candidate(alice, experiment_id):
    from sklearn.datasets import load_iris
    from sklearn.model_selection import GridSearchCV
    from sklearn.tree import DecisionTreeClassifier

    mlflow.sklearn.autolog(log_models=False, silent=True)
    try:
        with alice.signed_in():
            mlflow.set_experiment(experiment_id=experiment_id)
            with mlflow.start_run() as active:
                GridSearchCV(DecisionTreeClassifier(), {"max_depth": [1, 2, 3]}, cv=2).fit(
                    *load_iris(return_X_y=True)
                )
    finally:
        mlflow.sklearn.autolog(disable=True)
    children = alice.client.search_runs(
        [experiment_id], f"tags.mlflow.parentRunId = '{active.info.run_id}'", order_by=["params.max_depth"]
    )
    assert [child.data.params["max_depth"] for child in children] == ["1", "2", "3"]
