"""What holds of every answer, seen without an MLflow client."""

import re

import pytest

from people import unique

ERROR_500 = pytest.mark.beyond_mlflow("the Python server answers 500 when its password cache is on")

PREFIXES = ["/api/2.0/mlflow", "/ajax-api/2.0/mlflow"]


def test_health_is_open_to_all(anonymous):
    answer = anonymous.http("GET", "/health")
    assert (answer.status_code, answer.text) == (200, "OK")


def test_the_version_is_one_that_clients_know(admin):
    answer = admin.http("GET", "/version")
    assert answer.status_code == 200
    assert re.fullmatch(r"\d+\.\d+\.\d+", answer.text)


@pytest.mark.parametrize("prefix", ["/api/3.0/mlflow", "/ajax-api/3.0/mlflow"])
def test_server_info_says_what_the_server_can_do(admin, prefix):
    answer = admin.http("GET", f"{prefix}/server-info")
    assert answer.status_code == 200
    info = answer.json()
    assert info["store_type"] == "SqlStore"
    assert info["workspaces_enabled"] is False


@pytest.mark.parametrize(
    "path", ["/nothing/here", "/api/2.0/mlflow/nothing", "/ajax-api/9.9/mlflow/runs/get"]
)
def test_an_unknown_path_is_not_found_and_says_nothing_to_the_anonymous(admin, anonymous, path):
    assert admin.http("GET", path).status_code == 404
    assert anonymous.http("GET", path).status_code in (401, 404)


@pytest.mark.parametrize("prefix", PREFIXES)
def test_who_is_not_signed_in_is_asked_to_in_plain_text(anonymous, prefix):
    answer = anonymous.http("GET", f"{prefix}/experiments/search", params={"max_results": 1})
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"] == 'Basic realm="mlflow"'
    # What clients show to the user as it stands: neither JSON nor a page.
    assert answer.text.startswith("You are not authenticated.")


@pytest.mark.parametrize("prefix", PREFIXES)
def test_a_refusal_is_plain_text(stranger, experiment_id, prefix):
    answer = stranger.http("GET", f"{prefix}/experiments/get", params={"experiment_id": experiment_id})
    assert answer.status_code == 403
    assert answer.text == "Permission denied"
    assert "WWW-Authenticate" not in answer.headers


@pytest.mark.parametrize(
    "header",
    [
        "",
        "Basic",
        "Basic !!!",
        "Basic YWRtaW4=",
        "Basic " + "A" * 4000,
        pytest.param("Bearer token", marks=ERROR_500),
        pytest.param("Digest x=y", marks=ERROR_500),
    ],
)
def test_a_broken_authorization_header_is_as_good_as_none(anonymous, header):
    answer = anonymous.http(
        "GET", "experiments/search", params={"max_results": 1}, headers={"Authorization": header}
    )
    assert answer.status_code == 401


@pytest.mark.parametrize("prefix", PREFIXES)
def test_both_prefixes_answer_alike(admin, prefix):
    name = unique("twin")
    made = admin.http("POST", f"{prefix}/experiments/create", json={"name": name}).json()
    for twin in PREFIXES:
        got = admin.http("GET", f"{twin}/experiments/get", params=made).json()["experiment"]
        assert (got["name"], got["experiment_id"]) == (name, made["experiment_id"])
        assert got["lifecycle_stage"] == "active"


def test_an_error_names_its_code_and_its_reason(admin):
    answer = admin.http("GET", "experiments/get", params={"experiment_id": "123456789"})
    assert answer.status_code == 404
    assert answer.headers["Content-Type"].startswith("application/json")
    assert answer.json()["error_code"] == "RESOURCE_DOES_NOT_EXIST"
    assert "123456789" in answer.json()["message"]


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("experiments/create", {}),
        ("experiments/create", {"name": ""}),
        ("experiments/create", {"name": 5}),
        ("experiments/create", {"name": "x" * 501}),
        ("experiments/update", {"experiment_id": 7}),
        ("runs/create", {"experiment_id": ["0"]}),
        ("runs/log-metric", {"key": "a"}),
        ("runs/search", {"experiment_ids": ["0"], "max_results": 50_001}),
        ("experiments/search", {"max_results": -1}),
    ],
)
def test_a_request_that_makes_no_sense_is_a_bad_request(admin, path, body):
    answer = admin.http("POST", path, json=body)
    assert (answer.status_code, answer.json()["error_code"]) == (400, "INVALID_PARAMETER_VALUE")


@pytest.mark.parametrize("body", [b"{", b"[1, 2", b"\xff\xfe"])
def test_a_body_that_is_not_json_is_a_bad_request(admin, body):
    headers = {"Content-Type": "application/json"}
    answer = admin.http("POST", "experiments/create", data=body, headers=headers)
    assert answer.status_code == 400


def test_integers_are_numbers_in_answers_and_may_be_text_in_requests(admin, experiment_id):
    body = {"experiment_id": experiment_id, "start_time": "1234", "run_name": "n"}
    run = admin.http("POST", "runs/create", json=body).json()["run"]
    assert run["info"]["start_time"] == 1234
    assert run["info"]["run_uuid"] == run["info"]["run_id"]
    metric = {"run_id": run["info"]["run_id"], "key": "a", "value": "NaN", "timestamp": "5", "step": "7"}
    assert admin.http("POST", "runs/log-metric", json=metric).status_code == 200
    history = admin.http("GET", "metrics/get-history", params={"run_id": metric["run_id"], "metric_key": "a"})
    (point,) = history.json()["metrics"]
    assert (point["value"], point["timestamp"], point["step"]) == ("NaN", 5, 7)
