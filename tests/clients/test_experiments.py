"""Experiments through `MlflowClient`."""

import pytest
from mlflow.entities import ViewType

from people import unique


def test_a_new_experiment_reads_back_as_it_was_made(alice):
    name = unique("made")
    experiment_id = alice.client.create_experiment(name, tags={"team": "search", "Größe": "groß"})
    experiment = alice.client.get_experiment(experiment_id)
    assert experiment.name == name
    assert experiment.lifecycle_stage == "active"
    assert experiment.artifact_location == f"mlflow-artifacts:/{experiment_id}"
    assert experiment.tags == {"team": "search", "Größe": "groß"}
    assert experiment.creation_time == experiment.last_update_time > 1_600_000_000_000
    by_name = alice.client.get_experiment_by_name(name)
    assert by_name.experiment_id == experiment_id


@pytest.mark.parametrize(
    "name", ["实验 🧪 ünïcode", "a/b/c", "100% \"sure\" & 'done'", "?x=1#y", "back\\slash"]
)
def test_an_experiment_may_have_an_unusual_name(alice, name):
    name = unique(name)
    experiment_id = alice.client.create_experiment(name)
    assert alice.client.get_experiment(experiment_id).name == name
    assert alice.client.get_experiment_by_name(name).experiment_id == experiment_id


def test_a_name_is_taken_only_once_also_by_a_deleted_experiment(alice, experiment_id, raises):
    name = alice.client.get_experiment(experiment_id).name
    with raises("RESOURCE_ALREADY_EXISTS"):
        alice.client.create_experiment(name)
    alice.client.delete_experiment(experiment_id)
    with raises("RESOURCE_ALREADY_EXISTS"):
        alice.client.create_experiment(name)


def test_an_experiment_is_renamed(alice, experiment_id):
    before = alice.client.get_experiment(experiment_id)
    alice.client.rename_experiment(experiment_id, before.name + " renamed")
    after = alice.client.get_experiment(experiment_id)
    assert after.name == before.name + " renamed"
    assert after.last_update_time >= before.last_update_time
    assert alice.client.get_experiment_by_name(before.name) is None


def test_an_experiment_cannot_take_the_name_of_another(alice, experiment_id):
    taken = alice.client.get_experiment(experiment_id).name
    other = alice.client.create_experiment(unique("other"))
    answer = alice.http("POST", "experiments/update", json={"experiment_id": other, "new_name": taken})
    assert answer.status_code == 400
    # The Python server answers BAD_REQUEST, with the SQL statement.
    assert answer.json()["error_code"] in ("RESOURCE_ALREADY_EXISTS", "BAD_REQUEST")
    assert alice.client.get_experiment(other).name != taken


def test_deleting_an_experiment_deletes_its_runs_and_restoring_brings_both_back(
    alice, experiment_id, run, raises
):
    name = alice.client.get_experiment(experiment_id).name
    alice.client.delete_experiment(experiment_id)
    assert alice.client.get_experiment(experiment_id).lifecycle_stage == "deleted"
    assert alice.client.get_experiment_by_name(name).lifecycle_stage == "deleted"
    assert alice.client.get_run(run.info.run_id).info.lifecycle_stage == "deleted"
    with raises("INVALID_PARAMETER_VALUE"):
        alice.client.create_run(experiment_id)
    alice.client.restore_experiment(experiment_id)
    assert alice.client.get_experiment(experiment_id).lifecycle_stage == "active"
    assert alice.client.get_run(run.info.run_id).info.lifecycle_stage == "active"


def test_experiment_tags_are_set_and_overwritten(alice, experiment_id):
    alice.client.set_experiment_tag(experiment_id, "owner", "alice")
    alice.client.set_experiment_tag(experiment_id, "owner", "Алиса")
    alice.client.set_experiment_tag(experiment_id, "long", "x" * 5000)
    assert alice.client.get_experiment(experiment_id).tags == {"owner": "Алиса", "long": "x" * 5000}


@pytest.mark.needs_mlflow("3.0", "`delete_experiment_tag` is new there")
def test_an_experiment_tag_is_deleted(alice, experiment_id, raises):
    alice.client.set_experiment_tag(experiment_id, "owner", "alice")
    alice.client.delete_experiment_tag(experiment_id, "owner")
    assert alice.client.get_experiment(experiment_id).tags == {}
    with raises("RESOURCE_DOES_NOT_EXIST"):
        alice.client.delete_experiment_tag(experiment_id, "owner")


def test_an_unknown_experiment_does_not_exist(admin, raises):
    with raises("RESOURCE_DOES_NOT_EXIST"):
        admin.client.get_experiment("123456789")
    assert admin.client.get_experiment_by_name(unique("nobody made this")) is None


def test_the_default_experiment_is_there_from_the_start(admin):
    experiment = admin.client.get_experiment("0")
    assert experiment.name == "Default"
    assert experiment.lifecycle_stage == "active"


@pytest.fixture(scope="module")
def shelf(alice):
    """Five experiments whose names share a word; the last one is deleted."""
    word = unique("shelf").replace(" ", "")
    for number, (colour, size) in enumerate(
        [("red", "S"), ("red", "M"), ("blue", "M"), ("blue", None), ("red", "L")]
    ):
        tags = {"colour": colour} | ({"size": size} if size else {})
        made = alice.client.create_experiment(f"{word}-{number}", tags=tags)
    alice.client.delete_experiment(made)
    return word


@pytest.mark.parametrize(
    ("filter_string", "numbers"),
    [
        ("name = '{word}-1'", [1]),
        ("name != '{word}-1' AND name LIKE '{word}%'", [0, 2, 3]),
        ("name LIKE '{word}-%'", [0, 1, 2, 3]),
        ("name ILIKE '{WORD}-%'", [0, 1, 2, 3]),
        ("name LIKE '{WORD}-%'", []),
        ("attribute.name LIKE '{word}-%' AND tags.colour = 'red'", [0, 1]),
        ("name LIKE '{word}-%' AND tags.colour != 'red'", [2, 3]),
        ("name LIKE '{word}-%' AND tags.`size` = 'M' AND tags.colour = \"blue\"", [2]),
        ("name LIKE '{word}-%' AND tags.colour ILIKE 'BL%'", [2, 3]),
        ("name LIKE '{word}-%' AND creation_time > 0 AND last_update_time > 1600000000000", [0, 1, 2, 3]),
        ("name LIKE '{word}-%' AND creation_time < 1600000000000", []),
    ],
)
def test_experiments_are_found_by(alice, shelf, filter_string, numbers):
    found = alice.client.search_experiments(
        filter_string=filter_string.format(word=shelf, WORD=shelf.upper()), order_by=["name ASC"]
    )
    assert [experiment.name for experiment in found] == [f"{shelf}-{number}" for number in numbers]


@pytest.mark.parametrize(
    ("view_type", "numbers"),
    [(ViewType.ACTIVE_ONLY, [0, 1, 2, 3]), (ViewType.DELETED_ONLY, [4]), (ViewType.ALL, [0, 1, 2, 3, 4])],
)
def test_a_view_shows_active_or_deleted_experiments_or_both(alice, shelf, view_type, numbers):
    found = alice.client.search_experiments(
        view_type=view_type, filter_string=f"name LIKE '{shelf}%'", order_by=["name"]
    )
    assert [experiment.name for experiment in found] == [f"{shelf}-{number}" for number in numbers]


@pytest.mark.parametrize(
    "order_by", [["name DESC"], ["last_update_time ASC", "name DESC"], ["experiment_id DESC"]]
)
def test_pages_of_experiments_follow_on_each_other(alice, shelf, order_by):
    def search(**options):
        return alice.client.search_experiments(
            view_type=ViewType.ALL, filter_string=f"name LIKE '{shelf}%'", order_by=order_by, **options
        )

    whole = [experiment.experiment_id for experiment in search()]
    assert len(whole) == 5
    paged, sizes, token = [], [], None
    while True:
        page = search(max_results=2, page_token=token)
        sizes.append(len(page))
        paged.extend(experiment.experiment_id for experiment in page)
        token = page.token
        if not token:
            break
    assert paged == whole
    assert sizes == [2, 2, 1]


def test_experiments_come_last_updated_first_unless_ordered_otherwise(alice, shelf):
    found = alice.client.search_experiments(filter_string=f"name LIKE '{shelf}%'")
    times = [experiment.last_update_time for experiment in found]
    assert len(times) == 4
    assert times == sorted(times, reverse=True)


@pytest.mark.parametrize(
    "filter_string",
    ["name", "name = 1", "name >< 'x'", "colour = 'red'", "name = 'a' OR name = 'b'", "metrics.a = 1"],
)
def test_a_filter_that_makes_no_sense_is_refused(alice, raises, filter_string):
    with raises("INVALID_PARAMETER_VALUE"):
        alice.client.search_experiments(filter_string=filter_string)
