"""Databases on servers, named as MLflow's documentation and SQLAlchemy name them."""

import contextlib
import secrets
import urllib.parse
from collections.abc import Iterator

import pytest

from databases import MYSQL, POSTGRESQL, Database, shared
from fleet import admin_of, millgate
from people import a_new_person, unique
from serving import Server, serving

TRACKING_REVISION, USERS_REVISION = "dc11669786a5", "f1a2b3c4d5e6"

# Far less than the time for which a server waits for a database that does not answer.
SECONDS_TO_REFUSE = 20

SCHEMES = {
    POSTGRESQL: ["postgresql", "postgresql+psycopg2", "postgresql+psycopg"],
    MYSQL: ["mysql", "mysql+pymysql", "mysql+mysqlconnector", "mysql+mysqldb"],
}


def with_socket(database: Database) -> str:
    """The URI of the database by the server's Unix socket."""
    user, password = database.url.username, database.url.password
    if database.kind == POSTGRESQL:
        (folder,) = database.values("SHOW unix_socket_directories")
        # The file in the folder is named after the port.
        query = urllib.parse.urlencode({"host": folder, "port": database.url.port})
    else:
        (file,) = database.values("SELECT @@socket")
        query = urllib.parse.urlencode({"unix_socket": file})
    return f"{database.kind}://{user}:{password}@/{database.url.database}?{query}"


@contextlib.contextmanager
def an_odd_user_of(database: Database) -> Iterator[tuple[str, str]]:
    """A name and a password of which hardly a character can stand in a URI as it is."""
    name, password = "ann@team/größe:1", f"p@ss%20:/?#[]&=+ ü'{secrets.token_hex(4)}"
    literal = password.replace("'", "''").replace(":", "\\:")
    quoted = name.replace(":", "\\:")
    if database.kind == POSTGRESQL:
        database.run(f"CREATE ROLE \"{quoted}\" LOGIN PASSWORD '{literal}'")
        database.run(f'GRANT CREATE ON SCHEMA public TO "{quoted}"')
        # Who is to drop what the user made must be a member.
        database.run(f'GRANT "{quoted}" TO CURRENT_USER')
        ending = [f'DROP OWNED BY "{quoted}"', f'DROP ROLE "{quoted}"']
    else:
        database.run(f"CREATE USER '{quoted}'@'127.0.0.1' IDENTIFIED BY '{literal}'")
        database.run(f"GRANT ALL ON `{database.url.database}`.* TO '{quoted}'@'127.0.0.1'")
        ending = [f"DROP USER '{quoted}'@'127.0.0.1'"]
    try:
        yield name, password
    finally:
        for statement in ending:
            database.run(statement)


def revisions(database: Database, table: str) -> list[str]:
    return database.values(f"SELECT version_num FROM {table}")


def works(server: Server) -> None:
    """Writes to both databases, and reads what was written."""
    person = a_new_person(admin_of(server), "alice")
    experiment_id = person.client.create_experiment(unique("größe 🚀"))
    run_id = person.client.create_run(experiment_id, run_name="größe 🚀").info.run_id
    person.client.log_metric(run_id, "loss", 0.5)
    (found,) = person.client.search_runs([experiment_id], "metrics.loss < 1")
    assert (found.info.run_id, found.info.run_name) == (run_id, "größe 🚀")


def refuses_to_start(server: Server) -> str:
    """What it says. It does not wait for what cannot pass by itself."""
    server.launch()
    try:
        assert server.process.wait(timeout=SECONDS_TO_REFUSE) not in (0, None)
    finally:
        server.stop()
    return server.log_tail()


def test_the_database_of_users_is_the_one_that_the_settings_name(database, tmp_path):
    uri = database.uri
    assert uri.startswith(f"{database.kind}://millgate:") and "+" not in uri
    with serving(tmp_path / "server", users=uri) as server:
        works(server)
        assert revisions(database, "alembic_version_auth") == [USERS_REVISION]
        assert len(database.values("SELECT username FROM users")) == 2
        assert "experiments" not in database.tables()
        assert (server.folder / "mlflow.db").exists() and not (server.folder / "basic_auth.db").exists()


def test_the_tracking_database_is_the_one_that_the_flag_names(database, tmp_path):
    with serving(tmp_path / "server", tracking=database.uri) as server:
        works(server)
        assert revisions(database, "alembic_version") == [TRACKING_REVISION]
        assert database.values("SELECT COUNT(*) FROM runs") == [1]
        assert "users" not in database.tables()
        assert not (server.folder / "mlflow.db").exists()


def test_all_is_kept_in_one_database(nodes, database):
    server = nodes.node("server").start()
    works(server)
    assert revisions(database, "alembic_version") == [TRACKING_REVISION]
    assert revisions(database, "alembic_version_auth") == [USERS_REVISION]
    assert {"experiments", "users", "runs", "roles"} <= database.tables()


def test_users_and_experiments_are_kept_on_two_kinds_of_servers(postgresql, mysql, tmp_path):
    with serving(tmp_path / "server", tracking=mysql.uri, users=postgresql.uri) as server:
        works(server)
    assert revisions(mysql, "alembic_version") and revisions(postgresql, "alembic_version_auth")


def test_a_server_goes_on_with_the_database_that_it_made(nodes, database):
    server = nodes.node("server").start()
    experiment_id = admin_of(server).client.create_experiment("kept")
    assert server.stop() == 0
    server.start()
    assert admin_of(server).client.get_experiment(experiment_id).name == "kept"
    works(server)


@pytest.mark.parametrize(
    ("kind", "scheme"), [(kind, scheme) for kind, schemes in SCHEMES.items() for scheme in schemes]
)
def test_every_driver_of_sqlalchemy_means_the_same(kind, scheme, tmp_path):
    with shared(kind).another() as database:
        uri = database.with_driver(scheme)
        with serving(tmp_path / "server", tracking=uri, users=uri) as server:
            works(server)


def test_a_database_is_reached_by_a_unix_socket(database, tmp_path):
    uri = with_socket(database)
    with serving(tmp_path / "server", tracking=uri, users=uri) as server:
        works(server)


def test_a_name_and_password_of_any_characters_are_percent_encoded_in_the_uri(database, tmp_path):
    with an_odd_user_of(database) as (name, password):
        encoded = f"{urllib.parse.quote(name, safe='')}:{urllib.parse.quote(password, safe='')}"
        uri = f"{database.kind}://{encoded}@127.0.0.1:{database.url.port}/{database.url.database}"
        with serving(tmp_path / "server", tracking=uri, users=uri) as server:
            works(server)
        assert not seen_in(server, password, urllib.parse.quote(password, safe=""))


def seen_in(server: Server, *secrets: str) -> list[str]:
    log = server.log.read_text()
    return [secret for secret in secrets if secret in log]


def test_a_schema_is_made_by_the_command_as_well(nodes, database):
    millgate("db", "upgrade", database.uri)
    assert revisions(database, "alembic_version") == [TRACKING_REVISION]
    works(nodes.node("server").start())


def test_registered_models_are_kept_in_the_database_of_the_registry(database, tmp_path):
    with database.another() as registry:
        flags = ["--registry-store-uri", registry.uri]
        with serving(tmp_path / "server", tracking=database.uri, flags=flags) as server:
            works(server)
            person = a_new_person(admin_of(server), "alice")
            run = person.client.create_run(person.client.create_experiment("experiment"))
            person.client.create_registered_model("model")
            version = person.client.create_model_version(
                "model", f"{run.info.artifact_uri}/model", run.info.run_id
            )
            assert person.client.get_model_version("model", "1").run_id == run.info.run_id == version.run_id
        assert registry.values("SELECT name FROM model_versions") == ["model"]
        assert database.values("SELECT COUNT(*) FROM registered_models") == [0]
        assert registry.values("SELECT COUNT(*) FROM runs") == [0]


@pytest.mark.parametrize(
    "uri",
    [
        "mssql+pyodbc://millgate:not-to-be-seen@127.0.0.1/db?driver=x",
        "mssql://millgate:not-to-be-seen@127.0.0.1/db",
        "oracle://millgate:not-to-be-seen@127.0.0.1/db",
    ],
)
@pytest.mark.parametrize("whose", ["tracking", "users"])
def test_a_database_of_another_kind_is_refused_by_name(uri, whose, tmp_path):
    said = refuses_to_start(Server(tmp_path / "server", **{whose: uri}))
    assert uri.split(":")[0].split("+")[0] in said
    assert all(known in said.lower() for known in ("sqlite", "postgresql", "mysql"))
    assert "not-to-be-seen" not in said


@pytest.mark.parametrize("whose", ["tracking", "users"])
def test_a_database_that_does_not_exist_is_not_made(database, whose, tmp_path):
    missing = Database(database.kind, database.url.set(database="there_is_no_such_database"))
    said = refuses_to_start(Server(tmp_path / "server", **{whose: missing.uri}))
    assert "there_is_no_such_database" in said
    assert str(database.url.password) not in said


@pytest.mark.parametrize("whose", ["tracking", "users"])
def test_a_wrong_password_of_the_database_is_not_shown(database, whose, tmp_path):
    wrong = Database(database.kind, database.url.set(password="not-to-be-seen"))
    said = refuses_to_start(Server(tmp_path / "server", **{whose: wrong.uri}))
    assert "millgate" in said and "not-to-be-seen" not in said


def test_a_database_of_a_later_revision_is_refused_by_name(nodes, database):
    server = nodes.node("server").start()
    server.stop()
    database.run("UPDATE alembic_version SET version_num = '0123456789ab'")
    said = refuses_to_start(server)
    assert "0123456789ab" in said and TRACKING_REVISION in said


def test_the_secrets_of_the_uris_are_in_no_log(nodes, database):
    server = nodes.node("server", flags=["--log-level", "trace"]).start()
    works(server)
    server.stop()
    assert not seen_in(server, str(database.url.password))
