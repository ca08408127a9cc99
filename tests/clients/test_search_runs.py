"""Searching runs: MLflow's filter and order_by grammar, views, pages."""

import math

import pytest
from mlflow.entities import Dataset, DatasetInput, InputTag, ViewType

from people import unique

FIRST_START = 1_700_000_000_000


@pytest.fixture(scope="module")
def library(alice):
    """The experiment that the tests of this file search: five runs, and one that is deleted."""
    experiment_id = alice.client.create_experiment(unique("library"))
    rows = [
        # name, status, params, metrics, tags, dataset
        (
            "alpha",
            "FINISHED",
            {"depth": "3", "kind": "Tree"},
            {"loss": 0.1, "val/loss": 1.5},
            {"team": "red"},
            "iris",
        ),
        (
            "beta",
            "FINISHED",
            {"depth": "10", "kind": "forest"},
            {"loss": 0.2},
            {"team": "red", "a b": "c d"},
            "wine",
        ),
        ("gamma", "FAILED", {"depth": "3"}, {"loss": math.nan}, {"team": "blue"}, None),
        ("delta", "RUNNING", {}, {"loss": -5.0}, {"team": "Blue", "note": "50% off_"}, "iris"),
        ("epsilon", "FINISHED", {"kind": "tree"}, {}, {}, None),
        ("omega", "FINISHED", {"depth": "3"}, {"loss": 0.3}, {"team": "red"}, None),
    ]
    for number, (name, status, params, metrics, tags, dataset) in enumerate(rows):
        start = FIRST_START + number * 1000
        run = alice.client.create_run(experiment_id, start_time=start, tags=tags, run_name=name)
        run_id = run.info.run_id
        for key, value in params.items():
            alice.client.log_param(run_id, key, value)
        for key, value in metrics.items():
            alice.client.log_metric(run_id, key, value, timestamp=1)
        if dataset:
            used = DatasetInput(
                Dataset(name=dataset, digest=f"digest-{dataset}", source_type="local", source="{}"),
                [InputTag("mlflow.data.context", "training" if name == "alpha" else "testing")],
            )
            alice.client.log_inputs(run_id, [used])
        if status != "RUNNING":
            alice.client.set_terminated(run_id, status, end_time=start + 500)
    alice.client.delete_run(run_id)
    return experiment_id


def names(runs):
    return [run.info.run_name for run in runs]


@pytest.mark.parametrize(
    ("filter_string", "expected"),
    [
        ("", "alpha beta gamma delta epsilon"),
        # metrics
        ("metrics.loss > 0.1", "beta"),
        ("metrics.loss >= 0.1", "alpha beta"),
        ("metrics.loss < 0.2", "alpha delta"),
        ("metrics.loss <= .2", "alpha beta delta"),
        ("metrics.loss = 0.1", "alpha"),
        ("metrics.loss = -5", "delta"),
        ("metric.loss > 1e-1", "beta"),
        ("metrics.`val/loss` > 1", "alpha"),
        ('metrics."val/loss" > 1', "alpha"),
        # parameters
        ("params.depth = '3'", "alpha gamma"),
        ("params.depth != '3'", "beta"),
        ("param.kind LIKE 'T%'", "alpha"),
        ("parameters.kind ILIKE 't%'", "alpha epsilon"),
        ("params.kind LIKE '_ree'", "alpha epsilon"),
        ('params."kind" = "tree"', "epsilon"),
        # tags
        ("tags.team = 'red'", "alpha beta"),
        ("tags.team != 'red'", "gamma delta"),
        ("tag.team ILIKE 'blue'", "gamma delta"),
        ("tags.`a b` = 'c d'", "beta"),
        ("tags.note LIKE '50%'", "delta"),
        ("tags.mlflow.runName = 'alpha'", "alpha"),
        # attributes
        ("attributes.status = 'FINISHED'", "alpha beta epsilon"),
        ("attribute.status != 'FINISHED'", "gamma delta"),
        ("status ILIKE 'f%ed'", "alpha beta gamma epsilon"),
        ("run_name = 'beta'", "beta"),
        ("attributes.`run name` = 'beta'", "beta"),
        ("attr.run_name LIKE '%lta'", "delta"),
        (f"start_time > {FIRST_START + 1000}", "gamma delta epsilon"),
        (f"attributes.start_time <= {FIRST_START}", "alpha"),
        (f"end_time >= {FIRST_START + 2500}", "gamma epsilon"),
        (f"created = {FIRST_START}", "alpha"),
        # datasets
        ("dataset.name = 'iris'", "alpha delta"),
        ("datasets.digest LIKE 'digest-w%'", "beta"),
        ("dataset.context = 'training'", "alpha"),
        ("dataset.name IN ('iris', 'wine')", "alpha beta delta"),
        # together
        ("metrics.loss > 0 AND params.kind ILIKE 'tree' and tags.team = 'red'", "alpha"),
        ("params.depth = '3' AND attributes.status = 'FAILED'", "gamma"),
        ("params.depth = '3' AND params.depth = '10'", ""),
        ("params.unknown = '3'", ""),
    ],
)
def test_runs_are_found_by(alice, library, filter_string, expected):
    found = alice.client.search_runs([library], filter_string, order_by=["start_time ASC"])
    assert names(found) == expected.split()


def test_runs_are_found_by_their_ids(alice, library):
    runs = alice.client.search_runs([library], order_by=["start_time ASC"])
    ids = [run.info.run_id for run in runs]
    listed = ", ".join(f"'{run_id}'" for run_id in ids[:2])
    search = alice.client.search_runs
    assert names(search([library], f"run_id IN ({listed})", order_by=["start_time"])) == ["alpha", "beta"]
    assert names(search([library], f"attributes.run_id NOT IN ({listed})", order_by=["start_time"])) == [
        "gamma",
        "delta",
        "epsilon",
    ]
    assert names(search([library], f"run_id = '{ids[3]}'")) == ["delta"]


@pytest.mark.needs_mlflow("3.0", "a search for what a run lacks is documented since then")
@pytest.mark.parametrize(
    ("filter_string", "expected"),
    [
        ("params.kind IS NULL", "gamma delta"),
        ("params.kind IS NOT NULL", "alpha beta epsilon"),
        ("tags.team IS NULL", "epsilon"),
    ],
)
def test_runs_are_found_by_what_they_lack(alice, library, filter_string, expected):
    found = alice.client.search_runs([library], filter_string, order_by=["start_time ASC"])
    assert names(found) == expected.split()


@pytest.mark.parametrize(
    ("order_by", "expected"),
    [
        ([], "epsilon delta gamma beta alpha"),
        (["start_time ASC"], "alpha beta gamma delta epsilon"),
        (["attributes.start_time DESC"], "epsilon delta gamma beta alpha"),
        (["run_name"], "alpha beta delta epsilon gamma"),
        (["attributes.run_name DESC"], "gamma epsilon delta beta alpha"),
        # Numbers in order, then NaN, then runs without the metric, whichever way the order goes.
        (["metrics.loss"], "delta alpha beta gamma epsilon"),
        (["metrics.loss DESC"], "beta alpha delta gamma epsilon"),
        (["metrics.`loss` ASC", "start_time"], "delta alpha beta gamma epsilon"),
        # Parameters are text, and runs without one come last.
        (["params.depth ASC", "start_time ASC"], "beta alpha gamma delta epsilon"),
        (["params.depth DESC", "start_time ASC"], "alpha gamma beta delta epsilon"),
        (["tags.team ASC", "start_time DESC"], "delta gamma beta alpha epsilon"),
        (["status ASC", "start_time ASC"], "gamma alpha beta epsilon delta"),
    ],
)
def test_runs_are_ordered_by(alice, library, order_by, expected):
    assert names(alice.client.search_runs([library], order_by=order_by)) == expected.split()


@pytest.mark.parametrize(
    ("view_type", "expected"),
    [
        (ViewType.ACTIVE_ONLY, "alpha beta gamma delta epsilon"),
        (ViewType.DELETED_ONLY, "omega"),
        (ViewType.ALL, "alpha beta gamma delta epsilon omega"),
    ],
)
def test_a_view_shows_active_or_deleted_runs_or_both(alice, library, view_type, expected):
    found = alice.client.search_runs([library], run_view_type=view_type, order_by=["start_time ASC"])
    assert names(found) == expected.split()


@pytest.mark.parametrize(
    "order_by", [[], ["metrics.loss DESC"], ["params.kind"], ["tags.team", "run_name DESC"]]
)
def test_pages_of_runs_follow_on_each_other(alice, library, order_by):
    whole = names(alice.client.search_runs([library], order_by=order_by))
    paged, sizes, token = [], [], None
    while True:
        page = alice.client.search_runs([library], order_by=order_by, max_results=2, page_token=token)
        paged.extend(names(page))
        sizes.append(len(page))
        token = page.token
        if not token:
            break
    assert paged == whole
    assert sizes == [2, 2, 1]


def test_many_runs_with_equal_keys_are_paged_without_gap_or_repeat(alice):
    experiment_id = alice.client.create_experiment(unique("ties"))
    made = {
        alice.client.create_run(experiment_id, start_time=FIRST_START, tags={"same": "yes"}).info.run_id
        for _ in range(30)
    }
    paged, token = [], None
    while True:
        page = alice.client.search_runs(
            [experiment_id], "tags.same = 'yes'", order_by=["tags.same"], max_results=7, page_token=token
        )
        paged.extend(run.info.run_id for run in page)
        token = page.token
        if not token:
            break
    assert len(paged) == 30
    assert set(paged) == made


def test_runs_of_several_experiments_are_found_together(alice, library):
    other = alice.client.create_experiment(unique("second"))
    alice.client.create_run(other, run_name="beside", start_time=FIRST_START - 1)
    found = alice.client.search_runs([library, other], order_by=["start_time ASC"], max_results=3)
    assert names(found) == ["beside", "alpha", "beta"]


def test_a_found_run_holds_all_that_was_logged(alice, library):
    (run,) = alice.client.search_runs([library], "run_name = 'alpha'")
    assert run.data.params == {"depth": "3", "kind": "Tree"}
    assert run.data.metrics == {"loss": 0.1, "val/loss": 1.5}
    assert run.data.tags == {"team": "red", "mlflow.runName": "alpha"}
    (used,) = run.inputs.dataset_inputs
    assert used.dataset.name == "iris"
    assert [(tag.key, tag.value) for tag in used.tags] == [("mlflow.data.context", "training")]


@pytest.mark.parametrize(
    "filter_string",
    [
        "metrics.loss",
        "metrics.loss > 'text'",
        "metrics.loss LIKE '1%'",
        "params.depth > 3",
        "params.depth = 3",
        "tags.team = red",
        "nothing.here = 'x'",
        "attributes.unknown = 'x'",
        "metrics.loss > 1 OR metrics.loss < 0",
        "start_time = 'yesterday'",
        "dataset.unknown = 'x'",
        "params.depth = '3",
        "; DROP TABLE runs",
    ],
)
def test_a_filter_that_makes_no_sense_is_refused(alice, library, raises, filter_string):
    with raises("INVALID_PARAMETER_VALUE"):
        alice.client.search_runs([library], filter_string)


@pytest.mark.parametrize("order_by", ["metrics", "unknown.key", "metrics.loss UP", "attributes.unknown"])
def test_an_order_that_makes_no_sense_is_refused(alice, library, raises, order_by):
    with raises("INVALID_PARAMETER_VALUE"):
        alice.client.search_runs([library], order_by=[order_by])


@pytest.mark.parametrize("text", ["it''s", "' OR '1'='1", "%", "_", "\\", "semi;colon", "名前", "a\nb"])
def test_text_is_found_as_it_is_written(alice, library, text):
    run_id = alice.client.create_run(library, start_time=1).info.run_id
    alice.client.log_param(run_id, "text", text)
    if "'" not in text:
        (found,) = alice.client.search_runs([library], f"params.text = '{text}'")
        assert found.info.run_id == run_id
    assert alice.client.get_run(run_id).data.params["text"] == text
    alice.client.delete_run(run_id)
