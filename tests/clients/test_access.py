"""Who may do what: passwords, rights, and what a search shows."""

import mlflow
import pytest
from mlflow.entities import Dataset, DatasetInput, Metric
from mlflow.store.artifact.artifact_repository_registry import get_artifact_repository

from people import Person, a_new_person, unique
from serving import ADMIN, ADMIN_PASSWORD, serving


@pytest.fixture
def secret(alice):
    """A run of Alice's with an artifact."""
    experiment_id = alice.client.create_experiment(unique("secret"))
    run = alice.client.create_run(experiment_id, run_name="secret")
    alice.client.log_param(run.info.run_id, "depth", "3")
    alice.client.log_text(run.info.run_id, "hidden", "note.txt")
    return run


def reads(person, run):
    run_id, experiment_id = run.info.run_id, run.info.experiment_id
    return {
        "get_experiment": lambda: person.client.get_experiment(experiment_id),
        "get_run": lambda: person.client.get_run(run_id),
        "get_metric_history": lambda: person.client.get_metric_history(run_id, "loss"),
        "list_artifacts": lambda: person.client.list_artifacts(run_id),
        "download_artifacts": lambda: load_text(person, run, "note.txt"),
    }


def writes(person, run):
    run_id, experiment_id = run.info.run_id, run.info.experiment_id
    used = DatasetInput(Dataset("d", "1", "local", "{}"), [])
    return {
        "rename_experiment": lambda: person.client.rename_experiment(experiment_id, unique("mine now")),
        "set_experiment_tag": lambda: person.client.set_experiment_tag(experiment_id, "a", "b"),
        "create_run": lambda: person.client.create_run(experiment_id),
        "update_run": lambda: person.client.update_run(run_id, name="mine now"),
        "set_terminated": lambda: person.client.set_terminated(run_id),
        "log_metric": lambda: person.client.log_metric(run_id, "loss", 1),
        "log_param": lambda: person.client.log_param(run_id, "a", "b"),
        "set_tag": lambda: person.client.set_tag(run_id, "a", "b"),
        "delete_tag": lambda: person.client.delete_tag(run_id, "mlflow.runName"),
        "log_batch": lambda: person.client.log_batch(run_id, metrics=[Metric("loss", 1, 1, 1)]),
        "log_inputs": lambda: person.client.log_inputs(run_id, [used]),
        "log_text": lambda: person.client.log_text(run_id, "x", "mine.txt"),
        "delete_artifacts": lambda: delete_artifacts(person, run, "note.txt"),
        "delete_run": lambda: person.client.delete_run(run_id),
        "restore_run": lambda: person.client.restore_run(run_id),
        "delete_experiment": lambda: person.client.delete_experiment(experiment_id),
        "restore_experiment": lambda: person.client.restore_experiment(experiment_id),
    }


def load_text(person, run, path):
    with person.signed_in():
        repository = get_artifact_repository(run.info.artifact_uri)
        with open(repository.download_artifacts(path)) as file:
            return file.read()


def delete_artifacts(person, run, path):
    with person.signed_in():
        get_artifact_repository(run.info.artifact_uri).delete_artifacts(path)


def test_a_wrong_password_is_refused(alice, secret, refused):
    impostor = alice.with_password("not her password")
    for call in (reads(impostor, secret) | writes(impostor, secret)).values():
        with refused(401):
            call()
    with refused(401):
        impostor.client.search_experiments()
    with refused(401):
        impostor.client.search_runs([secret.info.experiment_id])


@pytest.mark.parametrize(
    "password", ["THE PASSWORD OF ALICE", "the password of alice ", "the password of alic"]
)
def test_an_almost_right_password_is_wrong(alice, refused, password):
    with refused(401):
        alice.with_password(password).client.search_experiments()


@pytest.mark.beyond_mlflow("MLflow lets any number of logins fail")
def test_a_client_waits_when_too_many_logins_failed(tmp_path, refused):
    with serving(tmp_path / "server", login_failures=20) as server:
        impostor = Person(server, ADMIN, "not the password")
        while (answer := impostor.http("GET", "users/current")).status_code == 401:
            pass
        assert answer.status_code == 429
        assert 1 <= int(answer.headers["Retry-After"]) <= 3
        with refused(401):
            impostor.client.search_experiments()


def test_without_credentials_nothing_is_open(anonymous, secret, refused):
    for call in (reads(anonymous, secret) | writes(anonymous, secret)).values():
        with refused(401):
            call()
    with refused(401):
        anonymous.client.search_experiments()
    with refused(401):
        anonymous.client.create_experiment(unique("nobody's"))


def test_an_unknown_user_is_refused(server, refused):
    with refused(401):
        Person(server, "nobody by this name", "whatever the password").client.search_experiments()


def test_the_fluent_api_meets_the_same_gate(stranger, anonymous, secret, refused):
    for person, status in ((anonymous, 401), (stranger, 403)):
        with person.signed_in(), refused(status):
            mlflow.set_experiment(experiment_id=secret.info.experiment_id)
        with person.signed_in(), refused(status):
            mlflow.start_run(run_id=secret.info.run_id)


def test_a_stranger_reads_and_changes_nothing(alice, stranger, secret, refused):
    for call in (reads(stranger, secret) | writes(stranger, secret)).values():
        with refused(403):
            call()
    run = alice.client.get_run(secret.info.run_id)
    assert run.info.run_name == "secret"
    assert run.info.lifecycle_stage == "active"
    assert run.data.params == {"depth": "3"} and run.data.metrics == {}
    assert load_text(alice, secret, "note.txt") == "hidden"
    assert [file.path for file in alice.client.list_artifacts(secret.info.run_id)] == ["note.txt"]


def test_a_stranger_cannot_tell_a_forbidden_run_from_a_missing_one(stranger, secret):
    answers = [
        stranger.http("GET", "runs/get", params={"run_id": run_id})
        for run_id in (secret.info.run_id, "0123456789abcdef0123456789abcdef")
    ]
    assert [answer.status_code for answer in answers] == [403, 403]
    assert answers[0].text == answers[1].text


def test_a_stranger_finds_nothing(stranger, secret):
    assert stranger.client.search_experiments() == []
    assert stranger.client.search_runs([secret.info.experiment_id]) == []


def test_names_of_forbidden_experiments_are_not_given_away_by_name(alice, stranger, secret, refused):
    name = alice.client.get_experiment(secret.info.experiment_id).name
    with refused(403):
        stranger.client.get_experiment_by_name(name)
    assert stranger.client.get_experiment_by_name(unique("nobody made this")) is None


def test_who_creates_an_experiment_may_do_all_with_it(alice, newcomer, refused):
    experiment_id = newcomer.client.create_experiment(unique("own"))
    run = newcomer.client.create_run(experiment_id)
    newcomer.client.log_text(run.info.run_id, "mine", "note.txt")
    for call in reads(newcomer, run).values():
        call()
    newcomer.client.set_tag(run.info.run_id, "a", "b")
    delete_artifacts(newcomer, run, "note.txt")
    newcomer.client.rename_experiment(experiment_id, unique("still own"))
    newcomer.client.delete_run(run.info.run_id)
    newcomer.client.restore_run(run.info.run_id)
    newcomer.client.delete_experiment(experiment_id)
    newcomer.client.restore_experiment(experiment_id)
    with refused(403):
        alice.client.get_experiment(experiment_id)


def test_an_administrator_may_do_all_with_everything(admin, secret):
    for call in reads(admin, secret).values():
        call()
    admin.client.set_tag(secret.info.run_id, "seen by", "admin")
    admin.client.delete_run(secret.info.run_id)
    admin.client.restore_run(secret.info.run_id)


@pytest.fixture(scope="module")
def crowd(admin):
    """60 experiments, one run in each; a user made every eighth of them, which makes seven."""
    reader, word = a_new_person(admin, "reader"), unique("crowd").replace(" ", "")
    readable = []
    everything = []
    for number in range(60):
        owner = reader if number % 8 == 4 else admin
        experiment_id = owner.client.create_experiment(f"{word}-{number:02}")
        owner.client.create_run(experiment_id, start_time=1000 + number)
        everything.append(experiment_id)
        if owner is reader:
            readable.append(experiment_id)
    assert len(readable) == 7
    return reader, word, readable, everything


def pages(search):
    found, sizes, token = [], [], None
    while True:
        page = search(max_results=5, page_token=token)
        found.extend(page)
        sizes.append(len(page))
        token = page.token
        if not token:
            return found, sizes


@pytest.mark.parametrize("order", ["ASC", "DESC"])
def test_a_search_for_experiments_fills_its_pages_with_what_the_caller_may_see(crowd, order):
    reader, _word, readable, _everything = crowd
    found, sizes = pages(lambda **page: reader.client.search_experiments(order_by=[f"name {order}"], **page))
    assert [experiment.experiment_id for experiment in found] == (
        readable if order == "ASC" else readable[::-1]
    )
    assert [size for size in sizes if size] == [5, 2]


def test_a_filtered_search_for_experiments_fills_its_pages_too(crowd):
    reader, word, readable, _everything = crowd
    found, sizes = pages(
        lambda **page: reader.client.search_experiments(filter_string=f"name LIKE '{word}-%'", **page)
    )
    assert {experiment.experiment_id for experiment in found} == set(readable)
    assert [size for size in sizes if size] == [5, 2]


@pytest.mark.parametrize("order", ["ASC", "DESC"])
def test_a_search_for_runs_fills_its_pages_with_what_the_caller_may_see(crowd, order):
    reader, _word, readable, everything = crowd
    found, sizes = pages(
        lambda **page: reader.client.search_runs(everything, order_by=[f"start_time {order}"], **page)
    )
    assert [run.info.experiment_id for run in found] == (readable if order == "ASC" else readable[::-1])
    assert [size for size in sizes if size] == [5, 2]


def test_an_administrator_finds_everything(admin, crowd):
    _reader, word, _readable, everything = crowd
    found, sizes = pages(
        lambda **page: admin.client.search_experiments(
            filter_string=f"name LIKE '{word}-%'", order_by=["name"], **page
        )
    )
    assert [experiment.experiment_id for experiment in found] == everything
    assert [size for size in sizes if size] == [5] * 12


def test_whom_the_default_permission_lets_read_cannot_write(server_where_all_may_read, refused):
    admin = Person(server_where_all_may_read, ADMIN, ADMIN_PASSWORD)
    reader = a_new_person(admin, "reader")
    experiment_id = admin.client.create_experiment(unique("for all to read"))
    run = admin.client.create_run(experiment_id)
    admin.client.log_text(run.info.run_id, "open", "note.txt")
    for call in reads(reader, run).values():
        call()
    assert [found.info.run_id for found in reader.client.search_runs([experiment_id])] == [run.info.run_id]
    assert experiment_id in [found.experiment_id for found in reader.client.search_experiments()]
    for call in writes(reader, run).values():
        with refused(403):
            call()


def test_a_name_with_unusual_letters_signs_in(admin):
    username, password = unique("Zoë"), "пароль 🔑 with: colons"
    admin.http("POST", "users/create", json={"username": username, "password": password}).raise_for_status()
    zoe = Person(admin.server, username, password)
    experiment_id = zoe.client.create_experiment(unique("Zoë's"))
    assert zoe.client.get_experiment(experiment_id).lifecycle_stage == "active"
