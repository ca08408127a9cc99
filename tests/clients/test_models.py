"""A model's whole way: trained, logged, registered, given an alias or a stage, loaded and asked."""

import json

import mlflow
import pytest
from mlflow.tracking import MlflowClient
from packaging.version import Version

from people import unique

VERSION = Version(mlflow.__version__)
IS_MLFLOW_3 = VERSION >= Version("3")

# Before the class below, whose base needs numpy.
if VERSION < Version("2.22") or Version("3") <= VERSION < Version("3.17"):
    pytest.skip("scikit-learn comes with the clients 2.22 and 3.17 only", allow_module_level=True)

pytestmark = pytest.mark.filterwarnings("ignore::FutureWarning", "ignore::UserWarning")


class AddN(mlflow.pyfunc.PythonModel):
    def __init__(self, n: int):
        self.n = n

    def predict(self, context, model_input, params=None):
        return model_input + self.n


def named(name: str) -> dict:
    """Where a model is logged: MLflow 3 names it, MLflow 2 puts it below a path of the run."""
    return {"name": name} if IS_MLFLOW_3 else {"artifact_path": name}


@pytest.fixture
def data():
    from sklearn.datasets import load_iris

    return load_iris(return_X_y=True, as_frame=True)


@pytest.fixture
def registered(alice, experiment_id, data):
    """A model that was trained, logged and registered in one go: its name, what it predicts, its run and its info."""
    from sklearn.linear_model import LogisticRegression

    features, labels = data
    name = unique("flowers")
    with alice.signed_in():
        mlflow.set_experiment(experiment_id=experiment_id)
        with mlflow.start_run() as run:
            model = LogisticRegression(max_iter=500).fit(features, labels)
            info = mlflow.sklearn.log_model(
                model,
                registered_model_name=name,
                input_example=features.head(3),
                pip_requirements=[],
                **named("flowers"),
            )
    return name, model.predict(features).tolist(), run.info.run_id, info


def test_a_model_is_loaded_by_run_by_version_by_alias_and_by_stage(alice, data, registered):
    name, expected, run_id, info = registered
    client = alice.client
    client.set_registered_model_alias(name, "champion", "1")
    client.transition_model_version_stage(name, "1", "Production")
    uris = [info.model_uri, f"runs:/{run_id}/flowers", f"models:/{name}/1", f"models:/{name}@champion"]
    uris += [f"models:/{name}/Production", f"models:/{name}/latest"]
    with alice.signed_in():
        for uri in uris:
            loaded = mlflow.pyfunc.load_model(uri)
            assert loaded.predict(data[0]).tolist() == expected, uri
        assert mlflow.sklearn.load_model(f"models:/{name}@champion").max_iter == 500


def test_the_version_knows_where_it_comes_from(alice, registered):
    name, _, run_id, info = registered
    version = alice.client.get_model_version(name, "1")
    assert (version.run_id, version.status) == (run_id, "READY")
    if IS_MLFLOW_3:
        logged = alice.client.get_logged_model(info.model_id)
        assert (logged.status, logged.source_run_id, logged.name) == ("READY", run_id, "flowers")
        # What was registered from the model, noted by the server and by the client.
        noted = json.loads(logged.tags["mlflow.modelVersions"])
        assert {(note["name"], str(note["version"])) for note in noted} == {(name, "1")}
        [output] = alice.client.get_run(run_id).outputs.model_outputs
        assert output.model_id == info.model_id
        with alice.signed_in():
            [found] = mlflow.search_logged_models([logged.experiment_id], output_format="list")
        assert found.model_id == info.model_id
    else:
        assert "mlflow.log-model.history" in alice.client.get_run(run_id).data.tags


def test_a_new_version_takes_the_place_of_the_old_one(alice, data, registered):
    from sklearn.dummy import DummyClassifier

    name = registered[0]
    features, labels = data
    with alice.signed_in():
        with mlflow.start_run():
            dummy = DummyClassifier(strategy="constant", constant=2).fit(features, labels)
            mlflow.sklearn.log_model(dummy, registered_model_name=name, pip_requirements=[], **named("dummy"))
    client = alice.client
    client.set_registered_model_alias(name, "champion", "1")
    client.transition_model_version_stage(name, "1", "Production")
    client.transition_model_version_stage(name, "2", "Production", archive_existing_versions=True)
    client.set_registered_model_alias(name, "champion", "2")
    assert client.get_model_version(name, "1").current_stage == "Archived"
    with alice.signed_in():
        for uri in [f"models:/{name}@champion", f"models:/{name}/Production", f"models:/{name}/2"]:
            assert set(mlflow.pyfunc.load_model(uri).predict(features)) == {2}, uri


def test_a_model_of_ones_own_code_is_logged_and_loaded(alice, experiment_id, data):
    features = data[0]
    with alice.signed_in():
        mlflow.set_experiment(experiment_id=experiment_id)
        with mlflow.start_run():
            info = mlflow.pyfunc.log_model(python_model=AddN(5), pip_requirements=[], **named("add"))
        loaded = mlflow.pyfunc.load_model(info.model_uri)
        assert loaded.predict(features).equals(features + 5)
        files = {file.path for file in mlflow.artifacts.list_artifacts(info.model_uri)}
    assert any(path.endswith("MLmodel") for path in files) and any(path.endswith("python_model.pkl") for path in files)


@pytest.mark.beyond_mlflow("MLflow has no access tokens")
def test_a_token_that_edits_an_experiment_logs_a_model_there(alice, experiment_id, data):
    features = data[0]
    bound = [{"resource_type": "experiment", "resource_id": experiment_id}]
    token = alice.new_token(permission="EDIT", resources=bound)
    with alice.with_token(token).signed_in():
        mlflow.set_experiment(experiment_id=experiment_id)
        with mlflow.start_run():
            info = mlflow.pyfunc.log_model(python_model=AddN(5), pip_requirements=[], **named("add"))
        assert mlflow.pyfunc.load_model(info.model_uri).predict(features).equals(features + 5)


def test_a_stranger_loads_nothing(alice, stranger, registered, refused):
    name, _, run_id, info = registered
    for uri in [f"runs:/{run_id}/flowers", f"models:/{name}/1"]:
        with stranger.signed_in(), refused(403):
            mlflow.pyfunc.load_model(uri)
    # MLflow 3's client has words of its own where a logged model is forbidden.
    with stranger.signed_in(), pytest.raises(mlflow.MlflowException):
        mlflow.pyfunc.load_model(info.model_uri)


def test_a_model_is_registered_from_its_uri(alice, registered):
    name = unique("again")
    with alice.signed_in():
        version = mlflow.register_model(registered[3].model_uri, name)
        assert str(MlflowClient(alice.server.url).get_model_version(name, version.version).version) == "1"
        assert mlflow.models.get_model_info(f"models:/{name}/1").flavors.keys() >= {"sklearn", "python_function"}
