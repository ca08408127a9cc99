"""Runs and what is logged to them."""

import json
from collections.abc import Iterator

from .call import AJAX, API, START, UNKNOWN, Call, a_run, an_experiment, get, post, raw


def creating_runs() -> Iterator[Call]:
    create = "runs/create"
    yield an_experiment("runs")
    yield post(create, {"experiment_id": "$experiment"})
    yield post(
        create, {"experiment_id": "$experiment", "run_name": "named", "start_time": START, "user_id": "me"}
    )
    yield post(create, {"experiment_id": "$experiment", "run_name": "", "start_time": 0})
    yield post(create, {"experiment_id": "$experiment", "run_name": "ü 🏃", "start_time": str(START)})
    yield post(create, {"experiment_id": "$experiment", "runName": "camel", "startTime": START})
    yield post(create, {"experiment_id": "$experiment", "run_name": "twice", "runName": "two ways"})
    yield post(create, {"experiment_id": "$experiment", "run_name": 5})
    yield post(create, {"experiment_id": "$experiment", "run_name": "r" * 251})
    yield post(create, {"experiment_id": "$experiment", "start_time": -1})
    yield post(create, {"experiment_id": "$experiment", "start_time": "x"})
    yield post(create, {"experiment_id": "$experiment", "start_time": 1.5})
    yield post(create, {"experiment_id": "$experiment", "start_time": 2**63})
    yield post(create, {"experiment_id": "$experiment", "start_time": True})
    yield post(create, {"experiment_id": "$experiment", "user_id": "u" * 257})
    yield post(create, {})
    yield post(create, {"experiment_id": ""})
    yield post(create, {"experiment_id": 0})
    yield post(create, {"experiment_id": "987654"})
    yield post(create, {"experiment_id": "abc"})
    for tags in (
        [{"key": "a", "value": "1"}],
        [{"key": "mlflow.runName", "value": "by tag"}],
        [{"key": "mlflow.user", "value": "her"}],
        [{"key": "a", "value": "1"}, {"key": "a", "value": "2"}],
        [{"key": "", "value": "1"}],
        [{"key": "a"}],
        [{"value": "1"}],
        [{"key": "k" * 251, "value": "1"}],
        [{"key": "k", "value": "v" * 8001}],
        [{"key": "../up", "value": "1"}],
        [{"key": "a", "value": None}],
        ["a"],
        "a",
        {},
    ):
        yield post(
            create, {"experiment_id": "$experiment", "start_time": START, "run_name": "t", "tags": tags}
        )
    yield post(
        create,
        {
            "experiment_id": "$experiment",
            "run_name": "one",
            "tags": [{"key": "mlflow.runName", "value": "other"}],
        },
    )


def changing_runs() -> Iterator[Call]:
    yield a_run()
    yield get("runs/get", {"run_id": "$run"})
    yield get("runs/get", {"run_uuid": "$run"})
    yield get("runs/get", {"run_id": "$run", "run_uuid": "$run"})
    yield get("runs/get", {"run_id": "$run", "run_uuid": UNKNOWN})
    yield get("runs/get", {"runId": "$run"})
    yield get("runs/get")
    yield get("runs/get", {"run_id": ""})
    yield get("runs/get", {"run_id": UNKNOWN})
    yield get("runs/get", {"run_id": "../x"})
    yield get("runs/get", {"run_id": "r" * 300})
    yield Call("GET", f"{API}/runs/get", {"run_id": "$run"})
    yield get(f"{AJAX}/runs/get", {"run_id": "$run"})
    update = "runs/update"
    for change in (
        {},
        {"status": "RUNNING"},
        {"status": "FINISHED", "end_time": START + 5},
        {"status": "finished"},
        {"status": "UNKNOWN"},
        {"status": 4, "end_time": START + 6},
        {"status": 99},
        {"status": ""},
        {"status": "SCHEDULED"},
        {"end_time": START + 7},
        {"end_time": -1},
        {"end_time": "x"},
        {"run_name": "updated"},
        {"runName": "camel"},
        {"run_name": ""},
        {"run_name": 5},
        {"run_name": None},
        {"run_name": "n" * 251},
        {"status": "FINISHED", "end_time": str(START + 8), "run_name": "all"},
    ):
        yield post(update, {"run_id": "$run", **change})
    yield post(update, {"run_uuid": "$run", "status": "KILLED"})
    yield post(update, {"run_id": UNKNOWN, "status": "KILLED"})
    yield post(update, {"status": "KILLED"})
    yield get("runs/get", {"run_id": "$run"})
    for path in ("runs/delete", "runs/restore"):
        yield post(path)
        yield post(path, {"run_id": ""})
        yield post(path, {"run_id": UNKNOWN})
        yield post(path, {"run_id": 5})
        yield post(path, {"run_uuid": "$run"})
    for path in ("runs/restore", "runs/delete", "runs/delete"):
        yield post(path, {"run_id": "$run"})
    yield get("runs/get", {"run_id": "$run"})
    deleted = {"run_id": "$run", "key": "a", "value": "1"}
    yield post("runs/update", {"run_id": "$run", "run_name": "while deleted"})
    yield post("runs/set-tag", deleted)
    yield post("runs/delete-tag", deleted)
    yield post("runs/log-parameter", deleted)
    yield post("runs/log-metric", {**deleted, "value": 1, "timestamp": 1})
    yield post("runs/log-batch", {"run_id": "$run"})
    yield post("runs/log-inputs", {"run_id": "$run", "datasets": []})
    yield post("runs/outputs", {"run_id": "$run", "models": [{"model_id": "m-1", "step": 0}]})
    yield get("metrics/get-history", {"run_id": "$run", "metric_key": "a"})
    yield get("artifacts/list", {"run_id": "$run"})
    yield post("runs/restore", {"run_id": "$run"})


def logging() -> Iterator[Call]:
    yield a_run()
    metric = {"run_id": "$run", "key": "m", "value": 1.5, "timestamp": 1000, "step": 1}
    for change in (
        {},
        {},
        {"value": "NaN", "step": 2},
        {"value": "Infinity", "step": 3},
        {"value": "-Infinity", "step": 4},
        {"value": "inf", "step": 5},
        {"value": "nan", "step": 5},
        {"value": "1.25", "step": 6},
        {"value": "1e-3", "step": 6},
        {"value": "text"},
        {"value": ""},
        {"value": None},
        {"value": True},
        {"value": [1]},
        {"value": 10**400},
        {"value": 0},
        {"value": -0.0, "step": 7},
        {"value": 1e308, "step": 7},
        {"step": None},
        {"step": "8"},
        {"step": 8.0},
        {"step": 8.5},
        {"step": -1},
        {"step": 2**63 - 1},
        {"step": 2**63},
        {"step": "x"},
        {"timestamp": None},
        {"timestamp": "1001"},
        {"timestamp": -1},
        {"timestamp": 0},
        {"timestamp": 1.0},
        {"timestamp": 1.5},
        {"timestamp": "now"},
        {"timestamp": 2**63},
        {"key": ""},
        {"key": None},
        {"key": 5},
        {"key": "a/b c.d-e_f:g"},
        {"key": "a//b"},
        {"key": "/a"},
        {"key": "a/"},
        {"key": ".."},
        {"key": "./a"},
        {"key": "a*b"},
        {"key": "a\nb"},
        {"key": "a\n"},
        {"key": "k" * 250},
        {"key": "k" * 251},
        {"key": "精度"},
        {"run_id": None},
        {"run_id": UNKNOWN},
        {"run_id": 5},
        {"run_uuid": "$run"},
        {"run_uuid": UNKNOWN},
        {"run_id": None, "run_uuid": "$run", "key": "by uuid"},
        {"dataset_name": "d"},
        {"dataset_name": "d", "dataset_digest": "1", "key": "with dataset"},
        {"datasetName": "d", "datasetDigest": "1", "key": "camel dataset"},
        {"unknown": 1, "key": "with unknown"},
    ):
        yield post("runs/log-metric", metric | change)
    for missing in ("run_id", "key", "value", "timestamp", "step"):
        yield post("runs/log-metric", {name: value for name, value in metric.items() if name != missing})
    yield get("runs/get", {"run_id": "$run"})
    for path, name in (("runs/log-parameter", "p"), ("runs/set-tag", "t")):
        entry = {"run_id": "$run", "key": name, "value": "1"}
        for change in (
            {},
            {},
            {"value": "2"},
            {"value": ""},
            {"value": None},
            {"value": 5},
            {"value": True},
            {"value": ["a"]},
            {"key": name + "2", "value": ""},
            {"key": ""},
            {"key": None},
            {"key": 5},
            {"key": "a/b c.d-e_f:g"},
            {"key": "a//b"},
            {"key": "../a"},
            {"key": "a*b"},
            {"key": "ключ", "value": "значение 🗝"},
            {"key": "k" * 250},
            {"key": "k" * 251},
            {"key": "long", "value": "v" * 6000},
            {"key": "longer", "value": "v" * 6001},
            {"key": "even longer", "value": "v" * 8001},
            {"run_id": UNKNOWN},
            {"run_id": None},
            {"run_uuid": UNKNOWN},
            {"run_id": None, "run_uuid": "$run", "key": "by uuid"},
        ):
            yield post(path, entry | change)
        for missing in ("run_id", "key", "value"):
            yield post(path, {field: value for field, value in entry.items() if field != missing})
    yield post("runs/set-tag", {"run_id": "$run", "key": "mlflow.runName", "value": "named by tag"})
    yield get("runs/get", {"run_id": "$run"})
    for key in ("t", "t", "", None, "unknown", "a//b", "mlflow.runName"):
        yield post("runs/delete-tag", {"run_id": "$run", "key": key})
    yield post("runs/delete-tag", {"run_id": "$run"})
    yield post("runs/delete-tag", {"key": "t"})
    yield post("runs/delete-tag", {"run_uuid": "$run", "key": "t2"})
    yield post("runs/delete-tag", {"run_id": UNKNOWN, "key": "t"})
    yield get("runs/get", {"run_id": "$run"})


def logging_batches() -> Iterator[Call]:
    yield a_run()
    batch = "runs/log-batch"

    def metrics(count: int, **fields) -> list:
        return [{"key": f"m{n}", "value": n, "timestamp": n, "step": n, **fields} for n in range(count)]

    def entries(count: int, **fields) -> list:
        return [{"key": f"k{n}", "value": str(n), **fields} for n in range(count)]

    for body in (
        {},
        {"metrics": [], "params": [], "tags": []},
        {"metrics": metrics(3), "params": entries(3), "tags": entries(3)},
        {"metrics": metrics(3), "params": entries(3), "tags": entries(3)},
        {"metrics": metrics(1000)},
        {"metrics": metrics(1001)},
        {"params": entries(100)},
        {"params": entries(101)},
        {"tags": entries(100)},
        {"tags": entries(101)},
        {"metrics": metrics(900), "params": entries(50), "tags": entries(50)},
        {"metrics": metrics(900), "params": entries(51), "tags": entries(50)},
        {"params": [{"key": "p", "value": "1"}, {"key": "p", "value": "1"}]},
        {"params": [{"key": "p", "value": "1"}, {"key": "p", "value": "2"}]},
        {"params": [{"key": "k0", "value": "changed"}]},
        {"params": [{"key": "new", "value": "1"}, {"key": "k0", "value": "changed"}]},
        {"params": [{"key": "no value"}]},
        {"params": [{"key": "null value", "value": None}]},
        {"params": [{"key": "number", "value": 5}]},
        {"params": [{"value": "no key"}]},
        {"params": [{"key": "a*b", "value": "1"}]},
        {"params": [{"key": "long", "value": "v" * 6001}]},
        {"params": {"key": "p", "value": "1"}},
        {"params": None},
        {"params": "p"},
        {"tags": [{"key": "t", "value": "1"}, {"key": "t", "value": "2"}]},
        {"tags": [{"key": "", "value": "1"}]},
        {"tags": [{"key": "t", "value": ""}]},
        {"tags": [{"key": "t"}]},
        {"tags": [{"key": "t", "value": "v" * 8001}]},
        {"tags": [{"key": "mlflow.runName", "value": "by batch"}]},
        {"metrics": [{"key": "n", "value": "NaN", "timestamp": 1, "step": 1}]},
        {"metrics": [{"key": "n", "value": "Infinity", "timestamp": 1, "step": 2}]},
        {"metrics": [{"key": "n", "value": "x", "timestamp": 1, "step": 2}]},
        {"metrics": [{"key": "n", "value": None, "timestamp": 1, "step": 2}]},
        {"metrics": [{"key": "n", "timestamp": 1, "step": 2}]},
        {"metrics": [{"key": "n", "value": 1, "step": 2}]},
        {"metrics": [{"key": "n", "value": 1, "timestamp": 1}]},
        {"metrics": [{"value": 1, "timestamp": 1, "step": 1}]},
        {"metrics": [{"key": "n", "value": 1, "timestamp": -1, "step": 1}]},
        {"metrics": [{"key": "../n", "value": 1, "timestamp": 1, "step": 1}]},
        {"metrics": [{"key": "k" * 251, "value": 1, "timestamp": 1, "step": 1}]},
        {"metrics": [{"key": "d", "value": 1, "timestamp": 1, "step": 1}] * 3},
        {
            "metrics": [
                {"key": "good", "value": 1, "timestamp": 1, "step": 1},
                {"key": "*", "value": 1, "timestamp": 1},
            ]
        },
        {"metrics": [5]},
        {"metrics": "m"},
        {"tags": [{"key": f"t{n}", "value": "v" * 7999} for n in range(100)], "params": entries(1)},
        {"unknown": [1]},
    ):
        yield post(batch, {"run_id": "$run", **body})
    yield post(batch, {"metrics": []})
    yield post(batch, {"run_id": UNKNOWN, "metrics": metrics(1)})
    yield post(batch, {"run_uuid": "$run", "metrics": metrics(1)})
    yield post(batch, {"runId": "$run", "metrics": metrics(1)})
    yield post(
        batch, {"run_id": "$run", "params": [{"key": f"b{n}", "value": "v" * 5990} for n in range(100)] * 2}
    )
    yield raw(batch, '{"run_id": "$run", "padding": "' + "x" * 1_000_000 + '"}')
    yield get("runs/get", {"run_id": "$run"})


def histories() -> Iterator[Call]:
    yield a_run()
    yield a_run("second")
    points = [{"key": "m", "value": n, "timestamp": 2000 - n, "step": n % 7} for n in range(25)]
    yield post("runs/log-batch", {"run_id": "$run", "metrics": points})
    yield post("runs/log-batch", {"run_id": "$second", "metrics": points[:3]})
    history = "metrics/get-history"
    known = {"run_id": "$run", "metric_key": "m"}
    yield get(history, known)
    yield get(f"{AJAX}/{history}", {"run_uuid": "$run", "metric_key": "m"})
    yield Call("GET", f"{API}/{history}", known)
    yield get(history, {"run_id": "$run"})
    yield get(history, {"metric_key": "m"})
    yield get(history, {"run_id": "$run", "metric_key": ""})
    yield get(history, {"run_id": "$run", "metric_key": "unknown"})
    yield get(history, {"run_id": UNKNOWN, "metric_key": "m"})
    yield get(history, {**known, "max_results": 10}, save={"history page": "next_page_token"})
    yield get(history, {**known, "max_results": 10, "page_token": "${history page}"})
    for max_results in ("0", "-1", "1", "25000", "25001", "x", "1.5", ""):
        yield get(history, {**known, "max_results": max_results})
    for token in ("", "nonsense", "bm9uc2Vuc2U="):
        yield get(history, {**known, "max_results": 10, "page_token": token})
        yield get(history, {**known, "page_token": token})
    bulk = f"{AJAX}/metrics/get-history-bulk"
    yield get(bulk)
    yield get(bulk, {"run_id": "$run"})
    yield get(bulk, {"metric_key": "m"})
    yield get(bulk, [("run_id", "$second"), ("run_id", UNKNOWN), ("metric_key", "m")])
    yield get(bulk, [("run_id", "$second"), ("run_id", "$second"), ("metric_key", "m")])
    yield get(bulk, {**known, "max_results": 3})
    yield get(bulk, {**known, "max_results": 0})
    yield get(bulk, {**known, "max_results": -1})
    yield get(bulk, {**known, "max_results": "x"})
    yield get(bulk, [("run_id", UNKNOWN)] * 101 + [("metric_key", "m")])
    for prefix in (API, AJAX):
        interval = f"{prefix}/metrics/get-history-bulk-interval"
        yield get(interval)
        yield get(interval, {"run_ids": "$run"})
        yield get(interval, {"metric_key": "m"})
        yield get(interval, {"run_ids": "$second", "metric_key": "m"})
        yield get(interval, {"run_id": "$second", "metric_key": "m"})
        yield get(interval, [("run_ids", "$second"), ("run_ids", UNKNOWN), ("metric_key", "m")])
        for query in (
            {"max_results": 2},
            {"max_results": 0},
            {"max_results": -1},
            {"max_results": 2500},
            {"max_results": 2501},
            {"max_results": "x"},
            {"start_step": 1, "end_step": 3},
            {"start_step": 3, "end_step": 1},
            {"start_step": 1},
            {"end_step": 1},
            {"start_step": "x", "end_step": 3},
            {"start_step": 1, "end_step": 5, "max_results": 2},
        ):
            yield get(interval, {"run_ids": "$run", "metric_key": "m", **query})
        yield get(interval, [("run_ids", UNKNOWN)] * 101 + [("metric_key", "m")])


def inputs_and_outputs() -> Iterator[Call]:
    yield an_experiment("datasets", "data")
    yield a_run("reader", "$data")
    inputs = "runs/log-inputs"
    dataset = {"name": "iris", "digest": "d1", "source_type": "local", "source": "{}"}
    context = {"key": "mlflow.data.context", "value": "training"}
    for datasets in (
        [],
        None,
        "iris",
        [{"dataset": dataset}],
        [{"dataset": dataset, "tags": [context]}],
        [{"dataset": dataset, "tags": [context, context]}],
        [{"dataset": dataset | {"name": "wine", "schema": "{}", "profile": "{}"}, "tags": [context]}],
        [{"dataset": dataset | {"digest": "d2"}}, {"dataset": dataset | {"digest": "d2"}}],
        [{"dataset": dataset | {"name": "camel", "sourceType": "local"}}],
        [{}],
        [{"tags": [context]}],
        [{"dataset": {}}],
        [{"dataset": dataset | {"name": ""}}],
        [{"dataset": dataset | {"name": None}}],
        [{"dataset": dataset | {"name": 5}}],
        [{"dataset": {key: value for key, value in dataset.items() if key != "digest"}}],
        [{"dataset": {key: value for key, value in dataset.items() if key != "source"}}],
        [{"dataset": {key: value for key, value in dataset.items() if key != "source_type"}}],
        [{"dataset": dataset | {"name": "n" * 501}}],
        [{"dataset": dataset | {"digest": "d" * 37}}],
        [{"dataset": dataset | {"name": "big", "source": "s" * 65_536}}],
        [{"dataset": dataset, "tags": [{"key": "k" * 256, "value": "1"}]}],
        [{"dataset": dataset, "tags": [{"key": "k", "value": "v" * 501}]}],
        [{"dataset": dataset, "tags": [{"key": "k"}]}],
        [{"dataset": dataset, "tags": [{"key": "", "value": "1"}]}],
        [{"dataset": dataset, "tags": "k"}],
        [{"dataset": dataset}] * 1001,
    ):
        yield post(inputs, {"run_id": "$reader", "datasets": datasets})
    yield post(inputs, {"datasets": [{"dataset": dataset}]})
    yield post(inputs, {"run_id": UNKNOWN, "datasets": [{"dataset": dataset}]})
    yield post(inputs, {"run_uuid": "$reader", "datasets": [{"dataset": dataset}]})
    yield post(inputs, {"run_id": "$reader", "models": [{"model_id": "m-1"}]})
    yield post(inputs, {"run_id": "$reader", "models": "m-1"})
    for models in (None, [], [{"model_id": "m-2", "step": 3}], [{"modelId": "m-3"}], [{}], ["m"], "m"):
        yield post("runs/outputs", {"run_id": "$reader", "models": models})
    yield post("runs/outputs", {"run_id": "$reader"})
    yield post("runs/outputs", {"models": [{"model_id": "m-2", "step": 3}]})
    yield post("runs/outputs", {"run_id": UNKNOWN, "models": [{"model_id": "m-2", "step": 3}]})
    yield get("runs/get", {"run_id": "$reader"})
    for prefix in (API, AJAX):
        path = f"{prefix}/experiments/search-datasets"
        for body in (
            {},
            {"experiment_ids": []},
            {"experiment_ids": ["$data"]},
            {"experiment_ids": ["$data", "987654"]},
            {"experiment_ids": "$data"},
            {"experiment_ids": [1]},
            {"experiment_ids": ["abc"]},
            {"experimentIds": ["$data"]},
            {"experiment_ids": [str(number) for number in range(21)]},
        ):
            yield Call("POST", path, body)
    model = {
        "artifact_path": "model",
        "flavors": {"python_function": {"loader_module": "x"}},
        "utc_time_created": "2024-01-01 00:00:00.000000",
        "run_id": "x",
        "model_uuid": UNKNOWN,
    }
    yield a_run("modelled")
    for model_json in (
        json.dumps(model),
        json.dumps(model),
        json.dumps({key: value for key, value in model.items() if key != "flavors"}),
        "{}",
        "[]",
        "{",
        "",
        None,
        5,
    ):
        yield post("runs/log-model", {"run_id": "$modelled", "model_json": model_json})
    yield post("runs/log-model", {"run_id": "$modelled"})
    yield post("runs/log-model", {"run_id": UNKNOWN, "model_json": json.dumps(model)})
    yield get("runs/get", {"run_id": "$modelled"})
