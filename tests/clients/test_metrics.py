"""Metrics and their histories."""

import math

import pytest
from mlflow.entities import Metric

GREATEST = 1.7976931348623157e308


def test_a_history_keeps_every_value(alice, run):
    run_id = run.info.run_id
    logged = [(number / 4, 1000 + number, number * 3 - 20) for number in range(40)]
    for value, timestamp, step in logged[:3]:
        alice.client.log_metric(run_id, "loss", value, timestamp=timestamp, step=step)
    alice.client.log_batch(run_id, metrics=[Metric("loss", *point) for point in logged[3:]])
    history = alice.client.get_metric_history(run_id, "loss")
    assert [(point.value, point.timestamp, point.step) for point in history] == logged
    assert alice.client.get_metric_history(run_id, "unknown") == []


def test_a_long_history_comes_in_pieces_and_whole(alice, run):
    run_id = run.info.run_id
    for batch in range(3):
        steps = range(batch * 1000, batch * 1000 + 1000)
        alice.client.log_batch(run_id, metrics=[Metric("loss", step / 7, step, step) for step in steps])
    history = alice.client.get_metric_history(run_id, "loss")
    assert [(point.value, point.step) for point in history] == [(step / 7, step) for step in range(3000)]
    params = {"run_id": run_id, "metric_key": "loss"}
    whole = alice.http("GET", "metrics/get-history", params=params)
    assert whole.headers["Content-Type"] == "application/json" and len(whole.json()["metrics"]) == 3000


def test_the_latest_value_is_that_of_the_highest_step_then_time_then_value(alice, run):
    points = {
        "by step": [(1.0, 5, 2), (9.0, 9, 1)],
        "by time": [(1.0, 9, 1), (9.0, 5, 1)],
        "by value": [(1.0, 5, 1), (9.0, 5, 1), (3.0, 5, 1)],
        "negative steps": [(1.0, 5, -1), (9.0, 9, -2)],
    }
    expected = {"by step": 1.0, "by time": 1.0, "by value": 9.0, "negative steps": 1.0}
    for key, history in points.items():
        for point in history:
            alice.client.log_metric(run.info.run_id, key, point[0], timestamp=point[1], step=point[2])
        alice.client.log_batch(
            run.info.run_id, metrics=[Metric(f"{key} batched", *point) for point in history]
        )
        expected[f"{key} batched"] = expected[key]
    assert alice.client.get_run(run.info.run_id).data.metrics == expected


def test_a_value_logged_twice_is_kept_once(alice, run):
    for _ in range(2):
        alice.client.log_metric(run.info.run_id, "loss", 0.5, timestamp=7, step=1)
        alice.client.log_batch(run.info.run_id, metrics=[Metric("loss", 0.5, 7, 1)] * 2)
    assert len(alice.client.get_metric_history(run.info.run_id, "loss")) == 1


def test_what_json_has_no_number_for_comes_back(alice, run):
    run_id = run.info.run_id
    values = {"nan": math.nan, "inf": math.inf, "minus inf": -math.inf, "tiny": 5e-324, "zero": -0.0}
    for key, value in values.items():
        alice.client.log_metric(run_id, key, value, timestamp=1)
    alice.client.log_batch(
        run_id, metrics=[Metric(f"{key} batched", value, 1, 0) for key, value in values.items()]
    )
    metrics = alice.client.get_run(run_id).data.metrics
    for suffix in ("", " batched"):
        assert math.isnan(metrics["nan" + suffix])
        # MLflow's SQL store keeps an infinity as the greatest finite number.
        assert metrics["inf" + suffix] == GREATEST
        assert metrics["minus inf" + suffix] == -GREATEST
        assert metrics["tiny" + suffix] == 5e-324
        assert metrics["zero" + suffix] == 0
        assert math.isnan(alice.client.get_metric_history(run_id, "nan" + suffix)[0].value)


def test_the_latest_value_may_be_nan(alice, run):
    for step, value in enumerate([1.0, math.nan, 2.0, math.nan]):
        alice.client.log_metric(run.info.run_id, "loss", value, timestamp=step, step=step)
    assert math.isnan(alice.client.get_run(run.info.run_id).data.metrics["loss"])
    history = [point.value for point in alice.client.get_metric_history(run.info.run_id, "loss")]
    assert [math.isnan(value) for value in history] == [False, True, False, True]


def test_steps_and_times_may_be_64_bit_integers(alice, run):
    greatest = 2**63 - 1
    alice.client.log_metric(run.info.run_id, "far", 1, timestamp=2**53 + 1, step=greatest)
    alice.client.log_metric(run.info.run_id, "far back", 1, timestamp=0, step=-greatest)
    (far,) = alice.client.get_metric_history(run.info.run_id, "far")
    (back,) = alice.client.get_metric_history(run.info.run_id, "far back")
    assert (far.timestamp, far.step) == (2**53 + 1, greatest)
    assert (back.timestamp, back.step) == (0, -greatest)


def test_a_metric_key_may_be_a_path_or_unicode(alice, run):
    for key in ("val/loss at 1", "précision", "精度", "a:b"):
        alice.client.log_metric(run.info.run_id, key, 1)
        assert len(alice.client.get_metric_history(run.info.run_id, key)) == 1


@pytest.mark.parametrize("prefix", ["/api/2.0/mlflow", "/ajax-api/2.0/mlflow"])
def test_a_history_is_read_page_by_page(alice, run, prefix):
    run_id = run.info.run_id
    alice.client.log_batch(run_id, metrics=[Metric("loss", number, number, number) for number in range(25)])
    steps, sizes, token = [], [], None
    while True:
        page = alice.http(
            "GET",
            f"{prefix}/metrics/get-history",
            params={"run_id": run_id, "metric_key": "loss", "max_results": 10, "page_token": token},
        ).json()
        sizes.append(len(page["metrics"]))
        steps.extend(metric["step"] for metric in page["metrics"])
        token = page.get("next_page_token")
        if not token:
            break
    assert steps == list(range(25))
    assert sizes == [10, 10, 5]


def test_histories_of_many_runs_are_read_at_once(alice, experiment_id):
    runs = [alice.client.create_run(experiment_id).info.run_id for _ in range(3)]
    for offset, run_id in enumerate(runs):
        alice.client.log_batch(
            run_id, metrics=[Metric("loss", step + offset, 1, step) for step in range(100)]
        )
    query = [("run_id", run_id) for run_id in runs] + [("metric_key", "loss")]
    bulk = alice.http("GET", "/ajax-api/2.0/mlflow/metrics/get-history-bulk", params=query).json()["metrics"]
    assert [(point["run_id"], point["step"], point["value"]) for point in bulk] == [
        (run_id, step, step + runs.index(run_id)) for run_id in sorted(runs) for step in range(100)
    ]
    query = [("run_ids", run_id) for run_id in runs] + [("metric_key", "loss"), ("max_results", 10)]
    sampled = alice.http("GET", "metrics/get-history-bulk-interval", params=query).json()["metrics"]
    for run_id in runs:
        steps = [point["step"] for point in sampled if point["run_id"] == run_id]
        assert steps == sorted(steps)
        assert steps[0] == 0 and steps[-1] == 99
        assert 10 <= len(steps) <= 12
