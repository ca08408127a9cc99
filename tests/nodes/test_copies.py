"""A copy of the databases for reads that lags behind: it may be late with what it shows, never with who may see it."""

from collections.abc import Iterator

import pytest

from databases import KINDS, Database, OwnServer, own_server
from fleet import Fleet, admin_of, fleet
from people import Person, a_new_person
from serving import a_free_port
from test_faults import eventually, is_refused_for_now


class Copied:
    """A node that reads from a copy of its databases, which stands still since Carol may read an experiment."""

    def __init__(self, server: OwnServer, database: Database, servers: Fleet):
        self.server = server
        first = servers.node("first", port=a_free_port()).start()
        self.admin = admin_of(first)
        carol = a_new_person(self.admin, "carol")
        self.experiment_id = self.admin.client.create_experiment("shared")
        self.run_id = self.admin.client.create_run(self.experiment_id).info.run_id
        self.admin.users.grant_user_permission(carol.username, "experiment", self.experiment_id, "READ")
        first.stop()
        server.stop()
        self.copy = server.copy()
        server.start()
        self.copy.start()
        first.start()
        stale = Database(database.kind, self.copy.database.url.set(database=database.url.database))
        flags = ["--read-replica-backend-store-uri", stale.uri]
        node = servers.node("node", flags=flags, settings={"read_database_uri": stale.uri}).start()
        self.carol = Person(node, carol.username, carol.password)
        self.admin_there = admin_of(node)


@pytest.fixture(scope="module", params=KINDS)
def copied(request, tmp_path_factory) -> Iterator[Copied]:
    with own_server(request.param) as server, server.database.another() as database:
        with fleet(tmp_path_factory.mktemp("copied"), database) as servers:
            copied = Copied(server, database, servers)
            try:
                yield copied
            finally:
                copied.copy.remove()


def finds(person: Person) -> list[str]:
    return sorted(found.name for found in person.client.search_experiments(filter_string="name != 'Default'"))


def test_searches_read_the_copy(copied):
    assert finds(copied.carol) == ["shared"]
    copied.admin.client.create_experiment("later")
    assert finds(copied.admin) == ["later", "shared"]
    assert finds(copied.admin_there) == ["shared"]


def test_what_a_client_has_just_written_is_there_when_it_asks_for_it(copied):
    client = copied.admin_there.client
    experiment_id = client.create_experiment("just made")
    assert client.get_experiment(experiment_id).name == "just made"
    run_id = client.create_run(experiment_id).info.run_id
    client.log_metric(run_id, "loss", 0.5)
    assert client.get_run(run_id).data.metrics == {"loss": 0.5}


def test_a_grant_that_the_copy_still_has_is_refused_once_it_is_revoked(copied, refused):
    assert copied.carol.client.get_experiment(copied.experiment_id).name == "shared"
    copied.admin.users.revoke_user_permission(copied.carol.username, "experiment", copied.experiment_id)
    with refused(403):
        copied.carol.client.get_experiment(copied.experiment_id)
    with refused(403):
        copied.carol.client.get_metric_history(copied.run_id, "loss")
    assert finds(copied.carol) == []


def test_a_password_that_the_copy_still_has_is_refused_once_it_is_changed(copied):
    assert copied.carol.http("GET", "users/current").status_code == 200
    copied.admin.users.update_user_password(copied.carol.username, "the second password of carol")
    assert copied.carol.http("GET", "users/current").status_code == 401
    changed = copied.carol.with_password("the second password of carol")
    assert changed.http("GET", "users/current").status_code == 200
    copied.admin.users.delete_user(copied.carol.username)
    assert changed.http("GET", "users/current").status_code == 401


def test_a_copy_that_is_lost_stops_the_reads_that_it_serves_and_no_writes(copied):
    search = ("POST", "experiments/search")
    assert copied.admin_there.http(*search, json={"max_results": 10}).status_code == 200
    copied.copy.kill()
    is_refused_for_now(copied.admin_there.http(*search, json={"max_results": 10}))
    copied.admin_there.client.set_experiment_tag(copied.experiment_id, "written", "yes")
    assert copied.admin.client.get_experiment(copied.experiment_id).tags["written"] == "yes"
    copied.copy.start()
    eventually(lambda: copied.admin_there.http(*search, json={"max_results": 10}).status_code == 200)
