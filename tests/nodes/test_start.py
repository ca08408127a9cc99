"""Ten servers that start at the same moment on an empty database."""

import re

from fleet import admin_of
from people import Person, a_new_person, unique
from serving import ADMIN, Server

PASSWORD = re.compile(r"Created the administrator 'admin' with the password\s+(\S+)\s")


def start_at_once(servers: list[Server]) -> None:
    for server in servers:
        server.launch()
    for server in servers:
        server.wait_until_healthy()


def test_of_ten_servers_one_makes_the_schema_and_the_administrator_and_all_serve(nodes, database):
    generated = {"admin_password": None}
    servers = [nodes.node(f"node-{number}", settings=generated) for number in range(10)]
    start_at_once(servers)

    printed = [password for server in servers for password in PASSWORD.findall(server.log.read_text())]
    assert len(printed) == 1
    for server in servers:
        current = Person(server, ADMIN, printed[0]).http("GET", "users/current")
        assert current.json()["user"] | {"id": 0} == {"id": 0, "username": ADMIN, "is_admin": True}

    assert database.values("SELECT username FROM users") == [ADMIN]
    assert database.values("SELECT COUNT(*) FROM alembic_version") == [1]
    assert database.values("SELECT COUNT(*) FROM alembic_version_auth") == [1]
    assert database.values("SELECT name FROM experiments") == ["Default"]
    for table in database.tables():
        if table.startswith("millgate_") and table.endswith("version"):
            assert database.values(f"SELECT COUNT(*) FROM {table}") == [1], table

    experiment_ids = {
        Person(server, ADMIN, printed[0]).client.create_experiment(unique("e")) for server in servers
    }
    assert len(experiment_ids) == 10


def test_ten_servers_with_one_configured_password_agree_on_it(nodes, database):
    servers = [nodes.node(f"node-{number}") for number in range(10)]
    start_at_once(servers)
    assert database.values("SELECT username FROM users") == [ADMIN]
    people = [a_new_person(admin_of(server), "carol") for server in servers]
    for server, person in zip(servers, people[1:] + people[:1], strict=True):
        assert (
            Person(server, person.username, person.password).http("GET", "users/current").status_code == 200
        )


def test_one_that_starts_later_prints_no_password_and_changes_nothing(nodes, database):
    first = nodes.node("first", settings={"admin_password": None}).start()
    (password,) = PASSWORD.findall(first.log.read_text())
    Person(first, ADMIN, password).client.create_experiment("kept")
    before = database.rows("SELECT * FROM users"), database.rows("SELECT * FROM experiments")

    later = nodes.node("later", settings={"admin_password": None}).start()
    assert "with the password" not in later.log.read_text()
    assert Person(later, ADMIN, password).client.get_experiment_by_name("kept")
    assert (database.rows("SELECT * FROM users"), database.rows("SELECT * FROM experiments")) == before
