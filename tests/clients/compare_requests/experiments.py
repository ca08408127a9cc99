"""The server itself, and experiments."""

from collections.abc import Iterator

from .call import AJAX, API, Call, a_run, an_experiment, get, post


def the_server() -> Iterator[Call]:
    for path in ("/health", "/version", "/api/3.0/mlflow/server-info", "/ajax-api/3.0/mlflow/server-info"):
        yield get(path)
        yield get(path, anonymous=True)
    yield get("/nothing/here")
    yield get("/nothing/here", anonymous=True)
    yield get("nothing/here")
    yield Call("DELETE", f"{API}/experiments/search")
    yield Call("PUT", f"{API}/runs/create", {"experiment_id": "0"})
    yield get("experiments/create")
    yield Call("HEAD", f"{API}/experiments/get", query={"experiment_id": "0"})
    yield get("experiments/get/", {"experiment_id": "0"})
    yield get("experiments/search", {"max_results": 1}, anonymous=True, show=("WWW-Authenticate",))
    yield get("experiments/get", {"experiment_id": "0"}, show=("X-Content-Type-Options", "X-Frame-Options"))


def creating_experiments() -> Iterator[Call]:
    create = "experiments/create"
    yield an_experiment("plain")
    yield post(create, {"name": "plain"})
    yield post(create)
    yield post(create, {"name": ""})
    yield post(create, {"name": None})
    yield post(create, {"name": 5})
    yield post(create, {"name": ["a"]})
    yield post(create, {"name": " "})
    yield post(create, {"name": "x" * 500})
    yield post(create, {"name": "y" * 501})
    yield post(create, {"name": "ü" * 500})
    yield post(create, {"name": "a/b/../c"})
    yield post(create, {"name": "实验 🧪"})
    yield post(create, {"name": "nul\u0000inside"})
    yield post(create, {"name": "with unknown", "unknown": 1})
    yield post(create, {"name": "tagged", "tags": [{"key": "a", "value": "1"}, {"key": "b", "value": ""}]})
    yield post(
        create, {"name": "tags: twice", "tags": [{"key": "a", "value": "1"}, {"key": "a", "value": "2"}]}
    )
    yield post(create, {"name": "tags: no key", "tags": [{"value": "1"}]})
    yield post(create, {"name": "tags: empty key", "tags": [{"key": "", "value": "1"}]})
    yield post(create, {"name": "tags: no value", "tags": [{"key": "a"}]})
    yield post(create, {"name": "tags: null", "tags": None})
    yield post(create, {"name": "tags: text", "tags": "a"})
    yield post(create, {"name": "tags: object", "tags": {"key": "a", "value": "1"}})
    yield post(create, {"name": "tags: numbers", "tags": [{"key": "a", "value": 1}]})
    yield post(create, {"name": "tags: long key", "tags": [{"key": "k" * 251, "value": "1"}]})
    yield post(create, {"name": "tags: long value", "tags": [{"key": "k", "value": "v" * 20_001}]})
    yield post(create, {"name": "tags: bad key", "tags": [{"key": "a*b", "value": "1"}]})
    yield an_experiment("located", "located", artifact_location="mlflow-artifacts:/elsewhere")
    yield get("experiments/get", {"experiment_id": "$located"})
    yield post(create, {"name": "located: camel", "artifactLocation": "mlflow-artifacts:/camel"})
    yield post(create, {"name": "located: number", "artifact_location": 5})
    yield post(create, {"name": "located: empty", "artifact_location": ""})
    yield post(create, {"name": "located: fragment", "artifact_location": "mlflow-artifacts:/a#b"})
    yield post(create, {"name": "located: query", "artifact_location": "mlflow-artifacts:/a?b=c"})
    yield post(create, {"name": "located: up", "artifact_location": "mlflow-artifacts:/../a"})
    yield post(create, {"name": "located: file", "artifact_location": "file:///tmp/../etc"})
    yield post(create, {"name": "located: scheme", "artifact_location": "gopher://x/y"})
    yield post(create, {"name": "located: long", "artifact_location": "mlflow-artifacts:/" + "a" * 2049})


def reading_experiments() -> Iterator[Call]:
    yield get("experiments/get", {"experiment_id": "0"})
    yield get("experiments/get")
    yield get("experiments/get", {"experiment_id": ""})
    yield get("experiments/get", {"experiment_id": "987654"})
    yield get("experiments/get", {"experiment_id": "abc"})
    yield get("experiments/get", {"experiment_id": "-1"})
    yield get("experiments/get", {"experiment_id": " 0"})
    yield get("experiments/get", {"experiment_id": "00"})
    yield get("experiments/get", {"experiment_id": "9" * 30})
    yield get("experiments/get", {"experimentId": "0"})
    yield get("experiments/get", [("experiment_id", "0"), ("experiment_id", "987654")])
    yield Call("GET", f"{API}/experiments/get", {"experiment_id": "0"})
    yield Call("GET", f"{API}/experiments/get", {"experiment_id": "0"}, query={"experiment_id": "987654"})
    yield get("experiments/get-by-name", {"experiment_name": "plain"})
    yield get("experiments/get-by-name", {"experiment_name": "PLAIN"})
    yield get("experiments/get-by-name", {"experiment_name": "实验 🧪"})
    yield get("experiments/get-by-name", {"experiment_name": "nobody made this"})
    yield get("experiments/get-by-name", {"experiment_name": ""})
    yield get("experiments/get-by-name")
    yield get(f"{AJAX}/experiments/get", {"experiment_id": "0"})


def changing_experiments() -> Iterator[Call]:
    yield an_experiment("changed", "changed")
    yield a_run("run of changed", "$changed")
    update = "experiments/update"
    yield post(update, {"experiment_id": "$changed", "new_name": "renamed"})
    yield post(update, {"experiment_id": "$changed", "newName": "renamed again"})
    yield post(update, {"experiment_id": "$changed", "new_name": "plain"})
    yield post(update, {"experiment_id": "$changed", "new_name": ""})
    yield post(update, {"experiment_id": "$changed"})
    yield post(update, {"experiment_id": "$changed", "new_name": 5})
    yield post(update, {"experiment_id": "$changed", "new_name": "z" * 501})
    yield post(update, {"experiment_id": "987654", "new_name": "x"})
    yield post(update, {"new_name": "x"})
    yield post(update, {"experiment_id": 1, "new_name": "x"})
    for path in ("experiments/set-experiment-tag", "experiments/delete-experiment-tag"):
        for key in ("a", "a", "", None, 5, "a/b", "a//b", "../a", ".", "a*b", "k" * 251, "ключ"):
            yield post(path, {"experiment_id": "$changed", "key": key, "value": "1"})
        yield post(path, {"experiment_id": "$changed"})
        yield post(path, {"experiment_id": "987654", "key": "a", "value": "1"})
        yield post(path, {"key": "a", "value": "1"})
    yield post("experiments/set-experiment-tag", {"experiment_id": "$changed", "key": "a"})
    yield post("experiments/set-experiment-tag", {"experiment_id": "$changed", "key": "a", "value": ""})
    yield post("experiments/set-experiment-tag", {"experiment_id": "$changed", "key": "a", "value": 5})
    yield post(
        "experiments/set-experiment-tag", {"experiment_id": "$changed", "key": "a", "value": "v" * 20_000}
    )
    yield post(
        "experiments/set-experiment-tag", {"experiment_id": "$changed", "key": "a", "value": "v" * 20_001}
    )
    yield get("experiments/get", {"experiment_id": "$changed"})
    for path in ("experiments/restore", "experiments/delete", "experiments/delete"):
        yield post(path, {"experiment_id": "$changed"})
    yield get("experiments/get", {"experiment_id": "$changed"})
    yield get("runs/get", {"run_id": "${run of changed}"})
    yield post("runs/create", {"experiment_id": "$changed"})
    yield post(update, {"experiment_id": "$changed", "new_name": "renamed while deleted"})
    yield post("experiments/set-experiment-tag", {"experiment_id": "$changed", "key": "a", "value": "1"})
    yield post("experiments/create", {"name": "renamed again"})
    yield post("runs/log-parameter", {"run_id": "${run of changed}", "key": "a", "value": "1"})
    for path in ("experiments/restore", "experiments/restore"):
        yield post(path, {"experiment_id": "$changed"})
    yield get("experiments/get", {"experiment_id": "$changed"})
    yield get("runs/get", {"run_id": "${run of changed}"})
    for path in ("experiments/delete", "experiments/restore"):
        yield post(path)
        yield post(path, {"experiment_id": ""})
        yield post(path, {"experiment_id": "987654"})
        yield post(path, {"experiment_id": 0})
    yield an_experiment("default's double", "double")
    yield post("experiments/delete", {"experiment_id": "0"})
    yield post("experiments/restore", {"experiment_id": "0"})


def searching_experiments() -> Iterator[Call]:
    search = "experiments/search"
    for number in range(5):
        tags = [{"key": "n", "value": str(number)}, {"key": "odd", "value": str(number % 2)}]
        yield an_experiment(f"find-{number}", f"find{number}", tags=tags)
    yield post("experiments/delete", {"experiment_id": "$find4"})
    mine = "name LIKE 'find-%'"
    for max_results in (None, 0, -1, 1, 2, "2", 50_000, 50_001, "two", 1.0, 1.5, 10**30, True):
        yield post(search, {"max_results": max_results, "filter": mine, "order_by": ["name"]})
        if max_results is not None:
            yield get(search, {"max_results": str(max_results), "filter": mine, "order_by": "name"})
    yield post(search)
    yield get(search)
    for view in ("ACTIVE_ONLY", "DELETED_ONLY", "ALL", 1, 2, 3, 0, 4, "2", "all", "", None):
        yield post(search, {"max_results": 9, "view_type": view, "filter": mine, "order_by": ["name"]})
    yield get(search, {"max_results": 9, "view_type": "ALL", "filter": mine, "order_by": "name"})
    for filter_string in (
        "",
        " ",
        "name = 'find-1'",
        'name = "find-1"',
        "`name` = 'find-1'",
        "attribute.name = 'find-1'",
        "attributes.name != 'find-1' AND name LIKE 'find-%'",
        "experiment.name = 'find-1'",
        "name ILIKE 'FIND-%'",
        "name LIKE 'FIND-%'",
        "name LIKE 'find_1'",
        "name RLIKE 'find'",
        "name > 'find-1'",
        "name IN ('find-1', 'find-2')",
        "name = find-1",
        "name = 1",
        "name =",
        "name",
        "= 'find-1'",
        "tags.n = '1'",
        "tag.n = '1'",
        "tags.`n` = '1' and tags.odd = '1'",
        "tags.odd != '1' AND name LIKE 'find-%'",
        "tags.n LIKE '%' AND name LIKE 'find-%'",
        "tags.n = 1",
        "tags.n IS NULL AND name LIKE 'find-%'",
        "tags.n IS NOT NULL",
        "tags. = '1'",
        "creation_time > 0 AND name LIKE 'find-%'",
        "attribute.creation_time > 'a'",
        "creation_time = '1'",
        "last_update_time >= 1 AND name LIKE 'find-%'",
        "experiment_id = '0'",
        "lifecycle_stage = 'active'",
        "name = 'a' OR name = 'b'",
        "name = 'a' AND",
        "AND name = 'a'",
        "name = 'a' name = 'b'",
        "(name = 'find-1')",
        "name = 'find-1';",
        "name = 'find-1' -- comment",
        "NAME = 'find-1'",
        "name='find-1'",
        "name  =  'find-1'   AND   tags.n='1'",
        "name = 'it''s'",
        "name = 'find-1",
        "metrics.a > 1",
        "x" * 3000,
    ):
        yield post(search, {"max_results": 9, "filter": filter_string, "order_by": ["name"]})
    for order_by in (
        ["name ASC"],
        ["name DESC"],
        ["name desc"],
        ["attribute.name DESC"],
        ["experiment_id DESC"],
        ["creation_time ASC"],
        ["last_update_time ASC", "name"],
        ["name UP"],
        ["name ASC DESC"],
        ["tags.n ASC"],
        ["unknown"],
        [""],
        [],
        "name",
        [5],
        ["name", "name"],
    ):
        yield post(search, {"max_results": 9, "filter": mine, "order_by": order_by})
    yield post(
        search,
        {"max_results": 3, "filter": mine, "order_by": ["name"]},
        save={"experiments page": "next_page_token"},
    )
    page = {"max_results": 3, "filter": mine, "order_by": ["name"]}
    yield post(search, {**page, "page_token": "${experiments page}"})
    for token in ("", "nonsense", "bm9uc2Vuc2U=", "{}", "eyJvZmZzZXQiOiAtMX0=", 5, None, "ü"):
        yield post(search, {**page, "page_token": token})
