"""Prints what a client of the installed MLflow reads, as JSON: of a database, or of a server.

    python read.py URI

What a server does not serve is left out, with its section.
"""

import json
import os
import sys

os.environ.setdefault("MLFLOW_WEBHOOK_SECRET_ENCRYPTION_KEY", "cw_0x689RpI-jtRR7oE8h_eQsKImvJapLeSbXpwF4e4=")
os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")

from mlflow import MlflowClient
from mlflow.entities import ViewType
from mlflow.exceptions import MlflowException
from mlflow.store.tracking.rest_store import RestStore
from mlflow.store.tracking.sqlalchemy_store import SqlAlchemyStore
from mlflow.utils.rest_utils import MlflowHostCreds

# What MLflow 3.17 gives back of these is read from columns, which hold numbers alone.
SUMMED = {"mlflow.trace.tokenUsage", "mlflow.trace.cost"}


def main() -> None:
    uri = sys.argv[1]
    client = MlflowClient(tracking_uri=uri, registry_uri=uri)
    store = RestStore(lambda: MlflowHostCreds(uri)) if uri.startswith("http") else SqlAlchemyStore(uri, "somewhere")
    found = {}
    for section in (experiments, runs, metrics, models, versions, logged_models, webhooks, traces, evaluation_datasets):
        try:
            read = section(client, store)
        except (MlflowException, AttributeError, NotImplementedError) as error:
            print(f"no {section.__name__}: {error}", file=sys.stderr)
        else:
            found[section.__name__] = read
    print(json.dumps(found, default=str))


def all_experiments(client):
    return client.search_experiments(view_type=ViewType.ALL, order_by=["experiment_id ASC"])


def all_runs(client):
    ids = [experiment.experiment_id for experiment in all_experiments(client)]
    return client.search_runs(ids, run_view_type=ViewType.ALL, order_by=["attributes.start_time ASC"])


def experiments(client, store):
    return {experiment.name: dict(experiment) for experiment in all_experiments(client)}


def runs(client, store):
    return {run.info.run_id: run_as_dictionary(run) for run in all_runs(client)}


def run_as_dictionary(run):
    found = run.to_dictionary()
    # The second name of the id, which MLflow's clients have no more since 3.0.
    found["info"].pop("run_uuid", None)
    # Older clients give an object here.
    if outputs := getattr(run, "outputs", None):
        found["outputs"]["model_outputs"] = [
            {"model_id": made.model_id, "step": made.step} for made in outputs.model_outputs
        ]
    return found


def metrics(client, store):
    return {
        f"{run.info.run_id} {key}": sorted(
            [metric.step, metric.timestamp, repr(metric.value)]
            for metric in client.get_metric_history(run.info.run_id, key)
        )
        for run in all_runs(client)
        for key in run.data.metrics
    }


def models(client, store):
    names = sorted(model.name for model in client.search_registered_models())
    # The search leaves prompts out.
    return {name: _model(client.get_registered_model(name)) for name in [*names, "greeting"]}


def _model(model):
    return {
        "description": model.description,
        "tags": model.tags,
        "aliases": {name: str(version) for name, version in model.aliases.items()},
        "times": [model.creation_timestamp, model.last_updated_timestamp],
    }


def versions(client, store):
    found = [("blend", "1"), ("blend", "2"), ("greeting", "1")]
    kept = ("source", "run_id", "current_stage", "description", "status", "tags", "creation_timestamp")
    return {
        f"{name} {number}": {key: getattr(client.get_model_version(name, number), key) for key in kept}
        for name, number in found
    }


def logged_models(client, store):
    ids = [experiment.experiment_id for experiment in all_experiments(client)]
    # Through a server none is an empty text.
    return {
        model.model_id: model.to_dictionary() | {"status_message": model.status_message or ""}
        for model in client.search_logged_models(ids)
    }


def webhooks(client, store):
    return {
        webhook.name: [webhook.url, str(webhook.status), webhook.description, [str(event) for event in webhook.events]]
        for webhook in client.list_webhooks()
    }


def traces(client, store):
    ids = [experiment.experiment_id for experiment in all_experiments(client)]
    infos, _ = store.search_traces(ids)
    found = {}
    for info in infos:
        metadata = getattr(info, "trace_metadata", None) or getattr(info, "request_metadata", None) or {}
        name = info.tags.get("mlflow.traceName")
        found[getattr(info, "trace_id", None) or info.request_id] = {
            "state": str(getattr(info, "state", None) or info.status).rpartition(".")[2],
            "time": getattr(info, "request_time", None) or info.timestamp_ms,
            "tags": info.tags,
            "metadata": {key: value for key, value in metadata.items() if key not in SUMMED},
            "summed": {key: json.loads(metadata[key]) for key in SUMMED & set(metadata)} if name == "brew" else {},
            "assessments": sorted(
                [each.name, str(each.value), each.source.source_id] for each in getattr(info, "assessments", None) or []
            ),
        }
    return found


def evaluation_datasets(client, store):
    found = store.search_datasets()
    return {
        dataset.name: [dataset.digest, dataset.tags, dataset.schema, dataset.profile, dataset.created_time] for dataset in found
    }


if __name__ == "__main__":
    main()
