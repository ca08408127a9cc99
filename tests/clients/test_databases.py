"""One database, two servers in turn: what Python MLflow made Millgate serves, and what Millgate made Python opens."""

import math

import pytest

from people import Person
from serving import ADMIN, ADMIN_PASSWORD, Server, serving

pytestmark = [
    pytest.mark.needs_mlflow("3.17", "the schema is that of 3.17"),
    pytest.mark.beyond_mlflow("it opens its own databases"),
]


def tracking_store(server: Server):
    from mlflow.store.tracking.sqlalchemy_store import SqlAlchemyStore

    return SqlAlchemyStore(f"sqlite:///{server.folder / 'mlflow.db'}", "mlflow-artifacts:/")


def user_store(server: Server):
    pytest.importorskip("flask_wtf")
    from mlflow.server.auth.sqlalchemy_store import SqlAlchemyStore

    store = SqlAlchemyStore()
    store.init_db(f"sqlite:///{server.folder / 'basic_auth.db'}")
    return store


def without_order(run):
    """What a client can see of a run."""
    inputs = [(item.dataset.name, item.dataset.digest) for item in run.inputs.dataset_inputs]
    metrics = {key: "NaN" if math.isnan(value) else value for key, value in run.data.metrics.items()}
    return dict(run.info), metrics, run.data.params, run.data.tags, sorted(inputs)


def log_something(client, experiment_id: str):
    import mlflow.data
    import numpy

    run = client.create_run(experiment_id, run_name="a run", tags={"team": "größe"})
    client.log_metric(run.info.run_id, "loss", 0.25, timestamp=1000, step=1)
    client.log_metric(run.info.run_id, "loss", 0.125, timestamp=2000, step=2)
    client.log_metric(run.info.run_id, "gone", math.nan)
    client.log_metric(run.info.run_id, "endless", math.inf)
    client.log_param(run.info.run_id, "depth", "3")
    dataset = mlflow.data.from_numpy(numpy.arange(3), name="three")
    from mlflow.entities import DatasetInput

    client.log_inputs(run.info.run_id, [DatasetInput(dataset._to_mlflow_entity())])
    client.set_terminated(run.info.run_id)
    return run.info.run_id


def test_a_database_made_by_python_is_served_as_it_is(tmp_path):
    from mlflow import MlflowClient

    server = Server(tmp_path / "server")
    server.folder.mkdir()
    by_python = MlflowClient(f"sqlite:///{server.folder / 'mlflow.db'}")
    experiment_id = by_python.create_experiment("made by Python", tags={"a": "b"})
    run_id = log_something(by_python, experiment_id)
    users = user_store(server)
    users.create_user(ADMIN, ADMIN_PASSWORD, is_admin=True)
    users.create_user("carol", "the password of carol")
    users.grant_user_permission("carol", "experiment", experiment_id, "EDIT")
    expected = without_order(by_python.get_run(run_id))

    with serving(server.folder) as running:
        carol = Person(running, "carol", "the password of carol")
        assert without_order(carol.client.get_run(run_id)) == expected
        assert [found.name for found in carol.client.search_experiments()] == ["made by Python"]
        history = carol.client.get_metric_history(run_id, "loss")
        assert [(point.step, point.value) for point in history] == [(1, 0.25), (2, 0.125)]
        carol.client.set_tag(run_id, "seen", "yes")

    assert by_python.get_run(run_id).data.tags["seen"] == "yes"


def test_python_opens_what_millgate_made(tmp_path):
    with serving(tmp_path / "server") as running:
        admin = Person(running, ADMIN, ADMIN_PASSWORD)
        users = {"username": "dora", "password": "the password of dora"}
        admin.http("POST", "users/create", json=users).raise_for_status()
        dora = Person(running, "dora", "the password of dora")
        experiment_id = dora.client.create_experiment("made by Millgate", tags={"a": "b"})
        run_id = log_something(dora.client, experiment_id)
        expected = without_order(dora.client.get_run(run_id))

    store = tracking_store(running)
    assert without_order(store.get_run(run_id)) == expected
    assert store.get_experiment(experiment_id).tags == {"a": "b"}
    people = user_store(running)
    assert people.authenticate_user("dora", "the password of dora")
    assert not people.authenticate_user("dora", "the password of carol")
    grants = people.list_grants(people.get_user("dora").id, "default", ["experiment"])
    assert [(grant.resource_pattern, grant.permission) for grant in grants] == [(experiment_id, "MANAGE")]
