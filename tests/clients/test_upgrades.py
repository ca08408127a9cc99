"""Databases of users that older versions of MLflow made: Millgate upgrades them, Python MLflow 3.17 goes on with them.

The databases are those of the store's own tests, SQL that `auth_dump.py` printed with each version of MLflow.
"""

import contextlib
import pathlib
import shutil
import sqlite3

import pytest

from people import Person
from serving import ROOT, Server, serving
from test_databases import tracking_store, user_store

pytestmark = [
    pytest.mark.needs_mlflow("3.17", "the schema is that of 3.17"),
    pytest.mark.beyond_mlflow("it opens its own databases"),
]

DUMPS = sorted((ROOT / "crates/store/tests/reference").glob("auth-*.sql"))

every_version = pytest.mark.parametrize("dump", DUMPS, ids=lambda dump: dump.stem)


def database_of(dump: pathlib.Path, file: pathlib.Path) -> pathlib.Path:
    file.parent.mkdir(parents=True, exist_ok=True)
    with contextlib.closing(sqlite3.connect(file)) as connection:
        connection.executescript(dump.read_text())
    return file


@pytest.fixture(scope="module")
def tracking_database(tmp_path_factory) -> pathlib.Path:
    """What the users have to do with: the experiments 1 and 2, and a prompt."""
    server = Server(tmp_path_factory.mktemp("tracking"))
    store = tracking_store(server)
    assert [store.create_experiment(name) for name in ("first", "second")] == ["1", "2"]
    store.engine.dispose()
    file = server.folder / "mlflow.db"
    with contextlib.closing(sqlite3.connect(file)) as connection, connection:
        connection.execute("INSERT INTO registered_models (name, workspace) VALUES ('greeting', 'default')")
        connection.execute(
            "INSERT INTO registered_model_tags (name, workspace, key, value) "
            "VALUES ('greeting', 'default', 'mlflow.prompt.is_prompt', 'true')"
        )
    return file


@pytest.fixture
def folder(dump, tracking_database, tmp_path) -> pathlib.Path:
    """The folder of a server that has not started yet, with the users of `dump`."""
    folder = tmp_path / "server"
    database_of(dump, folder / "basic_auth.db")
    shutil.copy(tracking_database, folder / "mlflow.db")
    return folder


def grants_in(file: pathlib.Path) -> set[tuple[str, str, str, str, str]]:
    """User, role, type, pattern and permission."""
    query = """
        SELECT username, roles.name, resource_type, resource_pattern, permission FROM role_permissions
        JOIN roles ON roles.id = role_id JOIN user_role_assignments USING (role_id) JOIN users ON users.id = user_id
    """
    with contextlib.closing(sqlite3.connect(file)) as connection:
        return set(connection.execute(query))


def as_python_upgrades(dump: pathlib.Path, file: pathlib.Path) -> set[tuple[str, str, str, str, str]]:
    pytest.importorskip("flask_wtf")
    import sqlalchemy
    from mlflow.server.auth.db import utils

    engine = sqlalchemy.create_engine(f"sqlite:///{database_of(dump, file)}")
    utils.migrate_if_needed(engine, "head")
    engine.dispose()
    return grants_in(file)


@every_version
def test_users_log_in_as_ever_and_may_do_what_they_might(dump, folder, refused):
    with serving(folder, default_permission="READ") as running:
        names = ("bob", "carol", "dora")
        bob, carol, dora = (Person(running, name, f"the password of {name}") for name in names)
        assert bob.client.get_experiment("1").name == "first"
        bob.client.rename_experiment("2", "renamed by bob")
        dora.client.rename_experiment("1", "renamed by dora")
        if "e5f6a7b8c9d0" in dump.stem:
            # Python MLflow had dropped her NO_PERMISSIONS, so that she has the default permission.
            assert carol.client.get_experiment("1").name == "renamed by dora"
        else:
            with refused(403):
                carol.client.get_experiment("1")
        with refused(401):
            Person(running, "bob", "the password of carol").client.get_experiment("1")


@every_version
def test_python_goes_on_with_an_upgraded_database(dump, folder):
    with serving(folder, default_permission="READ") as running:
        pass
    people = user_store(running)
    assert people.authenticate_user("bob", "the password of bob")
    prompts = people.list_grants(people.get_user("bob").id, "default", ["prompt"])
    assert ("greeting", "MANAGE") in [(grant.resource_pattern, grant.permission) for grant in prompts]
    people.create_user("fred", "the password of fred")
    people.grant_user_permission("fred", "experiment", "1", "EDIT")
    people.grant_user_permission("carol", "experiment", "1", "READ")
    for name in ("carol", "bob"):
        people.delete_user(name)
        assert not people.has_user(name)


@every_version
def test_only_refusals_and_prompts_of_a_split_database_differ_from_what_python_makes(dump, folder, tmp_path):
    by_python = as_python_upgrades(dump, tmp_path / "python.db")
    with serving(folder, default_permission="READ"):
        pass
    by_millgate = grants_in(folder / "basic_auth.db")

    more, less = by_millgate - by_python, by_python - by_millgate
    refusals = {grant for grant in more if grant[4] == "DENY"}
    prompts = more - refusals
    assert {(*grant[:2], "registered_model", *grant[3:]) for grant in prompts} == less
    assert prompts and all(grant[2:4] == ("prompt", "greeting") for grant in prompts)
    refused = {grant[0] for grant in refusals}
    assert refused == (set() if "e5f6a7b8c9d0" in dump.stem else {"bob", "carol"})
