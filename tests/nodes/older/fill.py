"""Fills a tracking database with what clients of the installed MLflow can leave in it.

    python fill.py URI [postgresql|mysql|sqlite]

What the API of that version has is called; a table that it leaves empty (those that MLflow's own services fill) gets a row of made-up
values that refers to rows that are there. So no table of the version is empty. Prints the revision and the rows of each table.
"""

import inspect
import json
import math
import os
import sys

os.environ.setdefault("MLFLOW_WEBHOOK_SECRET_ENCRYPTION_KEY", "cw_0x689RpI-jtRR7oE8h_eQsKImvJapLeSbXpwF4e4=")
os.environ.setdefault("MLFLOW_CRYPTO_KEK_PASSPHRASE", "a passphrase for tests alone")
os.environ.setdefault("MLFLOW_ENABLE_ASYNC_TRACE_LOGGING", "false")
os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")

import sqlalchemy
from mlflow import MlflowClient
from mlflow.entities import Dataset, DatasetInput, InputTag, Metric, Param, RunTag, ViewType
from mlflow.entities.model_registry import ModelVersionTag, RegisteredModelTag
from mlflow.store.model_registry.sqlalchemy_store import SqlAlchemyStore as Registry
from mlflow.store.tracking.sqlalchemy_store import SqlAlchemyStore as Tracking

TIME = 1_700_000_000_000
LONG = "a long text, ü " * int(os.environ.get("FILL_LONG", "330"))


def experiments_and_runs(client: MlflowClient) -> tuple[str, str]:
    tea = client.create_experiment("tea", artifact_location="somewhere/tea", tags={"kind": "green", "long": LONG[:4900]})
    gone = client.create_experiment("gone")
    client.create_run(gone, start_time=TIME)
    client.delete_experiment(gone)

    run = client.create_run(tea, start_time=TIME, tags={"ü": "ö", "mlflow.user": "ada"}, run_name="first").info.run_id
    client.log_batch(
        run,
        metrics=[
            Metric("loss", 0.5, TIME, 0),
            Metric("loss", 0.25, TIME + 1, 1),
            Metric("loss", math.nan, TIME + 2, 2),
            Metric("up", math.inf, TIME, -3),
            Metric("down", -math.inf, TIME, 2**40),
            Metric("tiny", 5e-324, TIME, 0),
            Metric("great", 1.7976931348623157e308, TIME, 0),
        ],
        params=[Param("rate", "0.1"), Param("long", LONG[:4000]), Param("nothing", "")],
        tags=[RunTag("long", LONG[:4900]), RunTag("quote", "'\"`\\")],
    )
    client.log_inputs(
        run,
        [
            DatasetInput(
                Dataset("leaves", "abc123", "local", '{"uri": "leaves.csv"}', '{"columns": []}', '{"rows": 3}'),
                [InputTag("mlflow.data.context", "training")],
            ),
            DatasetInput(Dataset("water", "def456", "http", '{"url": "http://x"}'), [InputTag("for", "tea")]),
        ],
    )
    client.set_terminated(run, "FINISHED", TIME + 1000)
    failed = client.create_run(tea, start_time=TIME + 5, run_name="second").info.run_id
    client.log_metric(failed, "loss", 2.0, TIME, 7)
    client.set_terminated(failed, "FAILED", TIME + 2000)
    deleted = client.create_run(tea, start_time=TIME + 6, run_name="third").info.run_id
    client.delete_run(deleted)
    client.create_run(tea, start_time=TIME + 7, run_name="still running")
    return tea, run


def registry(client: MlflowClient, store: Registry, run: str) -> None:
    client.create_registered_model("blend", {"team": "ada", "long": LONG[:4900]}, "what is drunk")
    for number in range(2):
        client.create_model_version(
            "blend", f"somewhere/tea/{number}", run, {"number": str(number)}, description=f"version {number}"
        )
    client.set_model_version_tag("blend", "1", "checked", "yes")
    client.set_registered_model_alias("blend", "champion", "2")
    client.set_registered_model_alias("blend", "Challenger", "1")
    client.transition_model_version_stage("blend", "1", "Production")
    client.create_registered_model("Blend-2")
    # Not by the client, which has its own functions for prompts in each version.
    store.create_registered_model("greeting", [RegisteredModelTag("mlflow.prompt.is_prompt", "true")])
    tags = {"mlflow.prompt.is_prompt": "true", "mlflow.prompt.text": "Hello {{name}}"}
    store.create_model_version("greeting", "dummy-source", tags=[ModelVersionTag(*tag) for tag in tags.items()])


def traces(store: Tracking, experiment: str) -> list[str]:
    """Three: one whole, one with an odd number of tokens, one with nothing."""
    usage = {"input_tokens": 10, "output_tokens": 5, "total_tokens": 15, "cache_read_input_tokens": 2}
    metadata = {
        "mlflow.trace.session": "session-1",
        "mlflow.trace.tokenUsage": json.dumps(usage),
        "mlflow.trace.cost": json.dumps({"input_cost": 0.25, "output_cost": 0.5, "total_cost": 0.75}),
        "mlflow.trace.user": "ada",
    }
    each = [
        (metadata, {"mlflow.traceName": "brew", "flavour": "green"}),
        (
            {"mlflow.trace.tokenUsage": '{"input_tokens": 1.5, "output_tokens": "7"}', "mlflow.gateway.endpointId": "e"},
            {"mlflow.traceName": LONG[:3000]},
        ),
        ({}, {}),
    ]
    new_style = "trace_info" in inspect.signature(Tracking.start_trace).parameters
    ids = []
    for number, (request_metadata, tags) in enumerate(each):
        if new_style:
            ids.append(_new_trace(store, experiment, number, request_metadata, tags))
        else:
            info = store.start_trace(experiment, TIME + number, request_metadata, tags)
            from mlflow.entities.trace_status import TraceStatus

            status = TraceStatus.ERROR if number == 1 else TraceStatus.OK
            store.end_trace(info.request_id, TIME + number + 100, status, {}, {})
            ids.append(info.request_id)
    return ids


def _new_trace(store: Tracking, experiment: str, number: int, metadata: dict, tags: dict) -> str:
    from mlflow.entities import TraceInfo, TraceLocation, TraceState

    info = TraceInfo(
        trace_id=f"tr-{number:032x}",
        trace_location=TraceLocation.from_experiment_id(experiment),
        request_time=TIME + number,
        state=TraceState.ERROR if number == 1 else TraceState.OK,
        execution_duration=100,
        request_preview='{"water": "hot"}',
        response_preview='"tea"',
        client_request_id=f"client-{number}",
        trace_metadata=dict(metadata),
        tags=dict(tags),
    )
    return store.start_trace(info).trace_id


def spans(store: Tracking, experiment: str, ids: list[str]) -> None:
    from mlflow.entities.span import Span, create_mlflow_span
    from opentelemetry.sdk.resources import Resource
    from opentelemetry.sdk.trace import ReadableSpan
    from opentelemetry.trace import SpanContext, TraceFlags

    def span(trace: int, number: int, parent: int | None, attributes: dict) -> Span:
        context = lambda of: SpanContext(trace + 1, of, is_remote=False, trace_flags=TraceFlags(1))  # noqa: E731
        made = ReadableSpan(
            name=f"span {number}",
            context=context(number),
            parent=context(parent) if parent else None,
            attributes={
                "mlflow.traceRequestId": json.dumps(ids[trace]),
                **{key: json.dumps(value) for key, value in attributes.items()},
            },
            start_time=TIME * 10**6 + number,
            end_time=TIME * 10**6 + number * 1000,
            resource=Resource.get_empty(),
        )
        return create_mlflow_span(made, ids[trace], attributes.get("mlflow.spanType"))

    model = {
        "mlflow.spanType": "LLM",
        "mlflow.llm.model": "leaf-1",
        "mlflow.llm.provider": "garden",
        "mlflow.chat.tokenUsage": {"input_tokens": 10, "output_tokens": 5, "total_tokens": 15},
        "mlflow.llm.cost": {"input_cost": 0.25, "output_cost": 0.5, "total_cost": 0.75},
    }
    store.log_spans(experiment, [span(0, 1, None, {"mlflow.spanType": "CHAIN"}), span(0, 2, 1, model)])
    store.log_spans(experiment, [span(1, 3, None, model)])


def assessments(store: Tracking, ids: list[str], run: str) -> None:
    from mlflow.entities import AssessmentSource, Expectation, Feedback

    source = AssessmentSource(source_type="HUMAN", source_id="ada")
    for number, value in enumerate([True, "yes", "no", 0.75, 3, "good", {"a": 1}]):
        store.create_assessment(Feedback(name=f"taste {number}", value=value, source=source, trace_id=ids[0], rationale="why"))
    store.create_assessment(Expectation(name="colour", value="green", source=source, trace_id=ids[1]))


def logged_models(client: MlflowClient, experiment: str, run: str) -> None:
    from mlflow.entities import LoggedModelOutput

    model = client.create_logged_model(
        experiment, "leaf", run, tags={"a": "b"}, params={"depth": "3", "long": LONG[:4000]}, model_type="tree"
    )
    client.finalize_logged_model(model.model_id, "READY")
    client.log_outputs(run, [LoggedModelOutput(model.model_id, 4)])
    client.log_batch(run, metrics=[Metric("score", 0.9, TIME, 4, model.model_id, "leaves", "abc123", run)])


def webhooks(store: Registry) -> None:
    from mlflow.entities.webhook import WebhookAction, WebhookEntity, WebhookEvent

    event = WebhookEvent(WebhookEntity.REGISTERED_MODEL, WebhookAction.CREATED)
    store.create_webhook("bell", "https://1.1.1.1/bell", [event], "rings", "a secret")


def evaluation(store: Tracking, experiment: str) -> None:
    dataset = store.create_dataset("tasting", tags={"by": "ada"}, experiment_ids=[experiment])
    store.upsert_dataset_records(
        dataset.dataset_id,
        [{"inputs": {"water": "hot"}, "expectations": {"colour": "green"}, "tags": {"n": "1"}}, {"inputs": {"water": "cold"}}],
    )
    store.register_scorer(experiment, "taster", json.dumps({"name": "taster"}))
    store.register_scorer(experiment, "taster", json.dumps({"name": "taster", "better": True}))


def fill_what_is_empty(uri: str) -> None:
    """A row in each table that has none, which refers to the first row of each table that it refers to."""
    engine = sqlalchemy.create_engine(uri)
    metadata = sqlalchemy.MetaData()
    metadata.reflect(engine)
    with engine.begin() as connection:
        for table in metadata.sorted_tables:
            if connection.execute(sqlalchemy.select(sqlalchemy.func.count()).select_from(table)).scalar():
                continue
            row = {}
            for column in table.columns:
                if column.computed is None and column.autoincrement is not True:
                    row[column.name] = _made_up(column)
            for key in table.foreign_key_constraints:
                names = [element.column.name for element in key.elements]
                other = connection.execute(sqlalchemy.select(*(key.referred_table.c[name] for name in names))).first()
                if other is not None:
                    row |= dict(zip(key.column_keys, other, strict=True))
            if "workspace" in row:
                row["workspace"] = "default"
            connection.execute(table.insert(), row)
        if "jobs" in metadata.tables:
            jobs = metadata.tables["jobs"]
            row = dict(connection.execute(sqlalchemy.select(jobs)).mappings().first())
            for status in (0, 1, 2, 3):
                connection.execute(jobs.insert(), row | {"id": f"job {status}", "status": status})
    engine.dispose()


def _made_up(column: sqlalchemy.Column):
    kind = column.type
    # MariaDB's JSON is a text with this collation.
    if getattr(kind, "collation", None) == "utf8mb4_bin":
        return '{"made": "up"}'
    if isinstance(kind, sqlalchemy.JSON):
        return {"made": "up"}
    if isinstance(kind, sqlalchemy.Boolean):
        return True
    if isinstance(kind, sqlalchemy.Integer):
        return 7
    if isinstance(kind, sqlalchemy.Numeric | sqlalchemy.Float):
        return 0.5
    if isinstance(kind, sqlalchemy.LargeBinary) or "BLOB" in str(kind) or "BYTEA" in str(kind):
        return b"\x00\x01bytes"
    return f"{column.name} ü"[: getattr(kind, "length", None) or 60]


def main() -> None:
    uri = sys.argv[1]
    client = MlflowClient(tracking_uri=uri, registry_uri=uri)
    tracking, models = Tracking(uri, "somewhere"), Registry(uri)
    experiment, run = experiments_and_runs(client)
    registry(client, models, run)
    ids = traces(tracking, experiment)
    if hasattr(tracking, "create_logged_model"):
        logged_models(client, experiment, run)
    if hasattr(models, "create_webhook"):
        webhooks(models)
    if hasattr(tracking, "create_assessment"):
        spans(tracking, experiment, ids)
        assessments(tracking, ids, run)
        tracking.link_traces_to_run(ids[:2], run)
    if hasattr(tracking, "create_dataset"):
        evaluation(tracking, experiment)
    fill_what_is_empty(uri)
    assert client.search_experiments(view_type=ViewType.ALL)

    engine = sqlalchemy.create_engine(uri)
    metadata = sqlalchemy.MetaData()
    metadata.reflect(engine)
    with engine.connect() as connection:
        counts = {
            table.name: connection.execute(sqlalchemy.select(sqlalchemy.func.count()).select_from(table)).scalar()
            for table in metadata.sorted_tables
        }
        revision = connection.execute(sqlalchemy.text("SELECT version_num FROM alembic_version")).scalar()
    assert all(counts.values()), counts
    print(json.dumps({"revision": revision, "rows": counts}))


if __name__ == "__main__":
    main()
