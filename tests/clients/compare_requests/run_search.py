"""Searching runs."""

from collections.abc import Iterator
from typing import Any

from .call import AJAX, START, Call, a_run, an_experiment, post


def searching_runs() -> Iterator[Call]:
    yield an_experiment("searched", "searched")
    rows = [
        ("alpha", {"depth": "3", "kind": "Tree"}, {"loss": 0.1, "val/loss": 1.5}, {"team": "red"}),
        ("beta", {"depth": "10", "kind": "forest"}, {"loss": 0.2}, {"team": "red", "a b": "c d"}),
        ("gamma", {"depth": "3"}, {"loss": "NaN"}, {"team": "blue"}),
        ("delta", {}, {"loss": -5.0}, {"team": "Blue", "note": "50% off_"}),
        ("epsilon", {"kind": "it's"}, {"other": 1}, {}),
        ("zeta", {}, {"loss": "Infinity"}, {}),
        ("omega", {"depth": "3"}, {"loss": 0.3}, {"team": "red"}),
    ]
    for number, (name, params, metrics, tags) in enumerate(rows):
        yield a_run(name, "$searched", start_time=START + number, user_id="u")
        body = {
            "run_id": f"${name}",
            "params": [{"key": key, "value": value} for key, value in params.items()],
            "metrics": [
                {"key": key, "value": value, "timestamp": 1, "step": 0} for key, value in metrics.items()
            ],
            "tags": [{"key": key, "value": value} for key, value in tags.items()],
        }
        yield post("runs/log-batch", body)
    yield post("runs/update", {"run_id": "$alpha", "status": "FINISHED", "end_time": START + 100})
    used = {"name": "iris", "digest": "d1", "source_type": "local", "source": "{}"}
    context = [{"key": "mlflow.data.context", "value": "training"}]
    yield post("runs/log-inputs", {"run_id": "$alpha", "datasets": [{"dataset": used, "tags": context}]})
    yield post("runs/log-inputs", {"run_id": "$beta", "datasets": [{"dataset": used | {"name": "wine"}}]})
    yield post("runs/delete", {"run_id": "$omega"})
    search = "runs/search"
    here = {"experiment_ids": ["$searched"], "order_by": ["start_time ASC"]}
    for filter_string in run_filters():
        yield post(search, {**here, "filter": filter_string})
    for order_by in (
        [],
        None,
        [""],
        "start_time",
        ["start_time"],
        ["start_time DESC"],
        ["attributes.start_time asc"],
        ["attribute.run_name DESC"],
        ["run_name"],
        ["`run name`"],
        ["attributes.`Run Name` DESC"],
        ["Created"],
        ["created DESC"],
        ["status", "start_time"],
        ["end_time", "start_time DESC"],
        ["end_time DESC", "start_time"],
        ["user_id"],
        ["lifecycle_stage"],
        ["metrics.loss"],
        ["metrics.loss ASC"],
        ["metrics.loss DESC"],
        ["metric.`val/loss` DESC", "start_time"],
        ['metrics."val/loss"', "start_time"],
        ["metrics.unknown", "start_time"],
        ["params.depth", "start_time"],
        ["params.depth DESC", "start_time"],
        ["parameters.kind"],
        ["tags.team", "start_time"],
        ["tags.`a b` DESC", "start_time"],
        ["tags.mlflow.runName"],
        ["dataset.name"],
        ["metrics"],
        ["metrics."],
        ["unknown.key"],
        ["attributes.unknown"],
        ["start_time UP"],
        ["start_time ASC ASC"],
        ["start_time ASC, run_name"],
        ["start_time", "start_time DESC"],
        ["metrics.loss; DROP TABLE runs"],
        [5],
    ):
        yield post(search, {"experiment_ids": ["$searched"], "order_by": order_by})
    for key in ("run_id", "artifact_uri"):
        # Of one run only, because the order of generated ids differs each time.
        yield post(search, {**here, "filter": "run_name = 'alpha'", "order_by": [key]})
    for view in ("ACTIVE_ONLY", "DELETED_ONLY", "ALL", 2, 9, "all", "", None):
        yield post(search, {**here, "run_view_type": view})
        yield post(search, {**here, "runViewType": view})
    for max_results in (None, 0, -1, 1, "2", 2.0, 2.5, 50_000, 50_001, 2**31, "x", True):
        yield post(search, {**here, "max_results": max_results})
    yield post(search, {**here, "max_results": 2}, save={"runs page": "next_page_token"})
    yield post(
        search,
        {**here, "max_results": 2, "page_token": "${runs page}"},
        save={"runs page": "next_page_token"},
    )
    yield post(search, {**here, "max_results": 2, "page_token": "${runs page}"})
    for token in (
        "",
        "nonsense",
        "bm9uc2Vuc2U=",
        "eyJvZmZzZXQiOiAtMX0=",
        "eyJvZmZzZXQiOiAxMDAwfQ==",
        5,
        None,
    ):
        yield post(search, {**here, "max_results": 2, "page_token": token})
    for ids in (
        [],
        None,
        "$searched",
        [""],
        ["abc"],
        ["987654"],
        ["987654", "$searched"],
        ["$searched"] * 2,
        [1],
        {},
    ):
        yield post(search, {"experiment_ids": ids, "order_by": ["start_time"]})
    yield post(search)
    yield post(search, {"experimentIds": ["$searched"], "orderBy": ["start_time"], "maxResults": 1})
    yield post(search, {"filter": "run_name = 'alpha'"})
    yield Call("POST", f"{AJAX}/{search}", {**here, "max_results": 1})


def run_filters() -> Iterator[Any]:
    yield from (None, "", "   ", 5, ["a"])
    for comparator in ("=", "!=", "<", "<=", ">", ">=", "<>", "==", "LIKE", "ILIKE", "IN", "IS", "RLIKE"):
        yield f"metrics.loss {comparator} 0.1"
        yield f"params.depth {comparator} '3'"
        yield f"tags.team {comparator} 'red'"
        yield f"attributes.status {comparator} 'FINISHED'"
        yield f"run_name {comparator} 'alpha'"
        yield f"start_time {comparator} {START + 2}"
        yield f"dataset.name {comparator} 'iris'"
    yield from (
        "metrics.loss > -1e1",
        "metrics.loss > +1",
        "metrics.loss = .1",
        "metrics.loss = 1.",
        "metrics.loss = 'NaN'",
        "metrics.loss = NaN",
        "metrics.loss > 1e400",
        "metrics.loss > '0.1'",
        "metrics.loss > 0x1",
        "metrics.loss > 1 + 1",
        "metrics.loss > metrics.other",
        "0.1 < metrics.loss",
        "metrics.`val/loss` = 1.5",
        'metrics."val/loss" = 1.5',
        "metrics.'val/loss' = 1.5",
        "metrics.val/loss = 1.5",
        "`metrics`.loss > 0",
        "METRICS.loss > 0",
        "Metrics.loss > 0",
        "metrics.LOSS > 0",
        "metric.loss > 0",
        "metrics.loss > 0 AND metrics.loss < 0.15",
        "metrics.loss > 0 and metrics.loss < 0.15",
        "metrics.loss > 0 AND params.kind LIKE 'T%' AND tags.team = 'red' AND attributes.status = 'FINISHED'",
        "metrics.loss > 0 OR metrics.loss < 0",
        "NOT metrics.loss > 0",
        "(metrics.loss > 0)",
        "metrics.loss > 0 AND",
        "AND metrics.loss > 0",
        "metrics.loss > 0 metrics.loss < 1",
        "metrics.loss > 0, metrics.loss < 1",
        "metrics.loss > 0;",
        "metrics.loss > 0; DROP TABLE runs",
        "metrics.loss > 0 -- comment",
        "metrics.loss > 0 /* comment */",
        "metrics.loss",
        "metrics.",
        "metrics",
        "> 0",
        "metrics.loss > ",
        "metrics.loss IS NULL",
        "metrics.loss IS NOT NULL",
        "metrics.loss BETWEEN 0 AND 1",
        "params.depth = 3",
        "params.depth = three",
        "params.depth = '3",
        "params.depth = 3'",
        'params.depth = "3"',
        "params.depth = `3`",
        "params.depth = ''",
        "params.depth='3'",
        "params.kind = 'it''s'",
        "params.kind = 'it\\'s'",
        'params.kind = "it\'s"',
        "params.kind LIKE 't%'",
        "params.kind ILIKE 't%'",
        "params.kind LIKE '%ore%'",
        "params.kind LIKE '_ree'",
        "params.kind NOT LIKE 't%'",
        "params.kind IN ('Tree', 'forest')",
        "params.kind IS NULL",
        "params.kind IS NOT NULL",
        "params.kind is null",
        "params.kind IS NULL AND metrics.loss < 0",
        "param.depth = '3'",
        "parameter.depth = '3'",
        "parameters.depth = '3'",
        "tags.`a b` = 'c d'",
        'tags."a b" = "c d"',
        "tags.a b = 'c d'",
        "tags.note LIKE '50% off_'",
        "tags.note LIKE '50\\% off\\_'",
        "tags.team ILIKE 'blue'",
        "tags.team IS NULL",
        "tags.team IS NOT NULL",
        "tags.team IN ('red', 'blue')",
        "tags.mlflow.runName = 'alpha'",
        "tags.`mlflow.runName` LIKE 'a%'",
        "tag.team = 'red'",
        "tags.team = 1",
        "tags.team > 'a'",
        "status = 'finished'",
        "status = 'RUNNING'",
        "status IN ('FINISHED', 'RUNNING')",
        "attribute.status = 'FINISHED'",
        "attr.status = 'FINISHED'",
        "run.status = 'FINISHED'",
        "attributes.`run name` = 'alpha'",
        "attributes.`Run Name` = 'alpha'",
        "attributes.`Run name` = 'alpha'",
        "`run name` = 'alpha'",
        "run_name = 'alpha'",
        "run_name ILIKE 'AL%'",
        "run_id = '$alpha'",
        "run_id != '$alpha'",
        "run_id LIKE '%'",
        "run_id IN ('$alpha', '$beta')",
        "run_id IN ('$alpha')",
        "run_id IN ()",
        "run_id IN ('$alpha',)",
        "run_id IN ('$alpha' '$beta')",
        "run_id IN (1, 2)",
        "run_id IN '$alpha'",
        "attributes.run_id IN ('$alpha')",
        "run_id NOT IN ('$alpha', '$beta')",
        "run_id not in ('$alpha')",
        "user_id = 'u'",
        "artifact_uri LIKE 'mlflow-artifacts:%'",
        "lifecycle_stage = 'active'",
        "experiment_id = '0'",
        f"created > {START + 3}",
        f"Created > {START + 3}",
        f"attributes.created > {START + 3}",
        f"start_time > '{START + 3}'",
        "start_time > 1.5",
        "start_time > yesterday",
        "start_time IS NULL",
        "end_time > 0",
        "end_time IS NULL",
        "unknown = 'x'",
        "unknown.key = 'x'",
        "attributes.unknown = 'x'",
        "dataset.digest = 'd1'",
        "datasets.name LIKE 'i%'",
        "dataset.context = 'training'",
        "dataset.name = 'iris' AND dataset.context = 'training'",
        "dataset.name = 'iris' AND dataset.context = 'testing'",
        "dataset.name IN ('iris', 'wine')",
        "dataset.name = 5",
        "dataset.unknown = 'x'",
        "dataset = 'x'",
        "models.id = 'x'",
        "tags.team = 'red' AND tags.team != 'blue'",
        "tags.team = '名前'",
        "tags.名前 = 'x'",
        "tags.`` = 'x'",
        "params.depth = '3' AND " * 50 + "params.depth = '3'",
    )
