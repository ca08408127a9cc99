"""What is changed at one place, by whatever program, counts at another server at its very next request."""

import itertools
import re
from collections.abc import Iterator

import pytest

from databases import KINDS, shared
from fleet import Fleet, admin_of, fleet
from people import Person, a_new_person, unique
from serving import Server


class OverRest:
    """An administrator who makes the changes with MLflow's own client, at a server."""

    def __init__(self, admin: Person):
        self.users = admin.users

    def set_password(self, person: Person, password: str) -> None:
        self.users.update_user_password(person.username, password)

    def delete(self, person: Person) -> None:
        self.users.delete_user(person.username)

    def demote(self, person: Person) -> None:
        self.users.update_user_admin(person.username, False)

    def grant(self, person: Person, experiment_id: str, level: str) -> None:
        self.users.grant_user_permission(person.username, "experiment", experiment_id, level)

    def revoke(self, person: Person, experiment_id: str) -> None:
        self.users.revoke_user_permission(person.username, "experiment", experiment_id)

    def unassign(self, person: Person, role) -> None:
        self.users.unassign_role(person.username, role.id)

    def take_out(self, role, experiment_id: str) -> None:
        (permission,) = self.users.list_role_permissions(role.id)
        self.users.remove_role_permission(permission.id)


class ByCommand:
    """Who works on the database of users itself."""

    def __init__(self, servers: Fleet):
        self.millgate = servers.command

    def set_password(self, person: Person, password: str) -> None:
        self.millgate("user", "password", person.username, "--password-stdin", typed=password + "\n")

    def delete(self, person: Person) -> None:
        self.millgate("user", "delete", person.username, "--yes")

    def demote(self, person: Person) -> None:
        self.millgate("user", "demote", person.username)

    def grant(self, person: Person, experiment_id: str, level: str) -> None:
        self.millgate("grant", "set", person.username, "experiment", experiment_id, level)

    def revoke(self, person: Person, experiment_id: str) -> None:
        self.millgate("grant", "revoke", person.username, "experiment", experiment_id)

    def unassign(self, person: Person, role) -> None:
        self.millgate("role", "unassign", role.name, person.username)

    def take_out(self, role, experiment_id: str) -> None:
        self.millgate("role", "remove", role.name, "experiment", experiment_id)


# Requests from this machine that carry the secret are those of a proxy, which names users.
PROXY_SECRET = "a-secret-of-proxy-and-nodes"
BEHIND_A_PROXY = f"[trusted_proxy]\naddresses = 127.0.0.1\nsecret = {PROXY_SECRET}\nexisting_users = link\n"


class Place:
    """Where changes are made, by `way`, and the server that has to know of them."""

    def __init__(self, way: OverRest | ByCommand, server: Server):
        self.way = way
        self.server = server
        self.admin = admin_of(server)


@pytest.fixture(scope="module", params=KINDS)
def servers(request, tmp_path_factory) -> Iterator[Fleet]:
    with shared(request.param).another() as tracking, tracking.another() as users:
        with fleet(tmp_path_factory.mktemp("truth"), tracking, users) as running:
            running.a, running.b = (running.node(name, sections=BEHIND_A_PROXY).start() for name in "ab")
            yield running


@pytest.fixture(scope="module", params=["another server", "the command line", "Python MLflow"])
def place(request, servers) -> Place:
    """Changes are made there, and server B must know of them."""
    match request.param:
        case "another server":
            way = OverRest(admin_of(servers.a))
        case "the command line":
            way = ByCommand(servers)
        case "Python MLflow":
            way = OverRest(admin_of(servers.python().start()))
    return Place(way, servers.b)


@pytest.fixture
def carol(place) -> Person:
    return a_new_person(place.admin, "carol")


@pytest.fixture
def experiment_id(place) -> str:
    """Somebody else's."""
    return place.admin.client.create_experiment(unique("experiment"))


def asks_who_she_is(person: Person) -> int:
    return person.http("GET", "users/current").status_code


def reads(person: Person, experiment_id: str) -> int:
    return person.http("GET", "experiments/get", params={"experiment_id": experiment_id}).status_code


def test_a_changed_password_is_refused_at_the_next_request(place, carol):
    assert asks_who_she_is(carol) == 200
    place.way.set_password(carol, "the second password of carol")
    assert asks_who_she_is(carol) == 401
    assert asks_who_she_is(carol.with_password("the second password of carol")) == 200


def test_a_password_that_was_right_before_is_right_again_when_it_is_set_again(place, carol):
    second = carol.with_password("the second password of carol")
    for right, wrong in ((second, carol), (carol, second)):
        assert asks_who_she_is(wrong) == 200
        place.way.set_password(carol, right.password)
        assert [asks_who_she_is(person) for person in (wrong, right)] == [401, 200]


def test_a_deleted_user_is_refused_at_the_next_request(place, carol):
    assert asks_who_she_is(carol) == 200
    place.way.delete(carol)
    assert asks_who_she_is(carol) == 401


def test_who_is_made_anew_under_an_old_name_has_none_of_the_old_rights(place, carol, experiment_id):
    place.way.grant(carol, experiment_id, "READ")
    assert reads(carol, experiment_id) == 200
    place.way.delete(carol)
    answer = place.admin.http(
        "POST", "users/create", json={"username": carol.username, "password": carol.password}
    )
    assert answer.status_code == 200
    assert asks_who_she_is(carol) == 200
    assert reads(carol, experiment_id) == 403


def test_a_token_made_at_one_server_counts_at_another_until_it_is_revoked(servers):
    for person in [admin_of(servers.a), a_new_person(admin_of(servers.a), "carol")]:
        token = person.new_token()
        elsewhere = Person(servers.b, token=token)
        assert asks_who_she_is(elsewhere) == 200
        at_b = Person(servers.b, person.username, person.password)
        path = "/api/3.0/mlflow/tokens"
        (listed, *_) = at_b.http("GET", f"{path}/list").json()["tokens"]
        revoked = at_b.http("DELETE", f"{path}/revoke", params={"token_id": listed["token_id"]})
        assert revoked.status_code == 200, revoked.text
        for server in (servers.a, servers.b):
            assert asks_who_she_is(Person(server, token=token)) == 401


def test_a_deleted_users_token_is_refused_at_the_next_request(place, carol):
    token = carol.with_token(carol.new_token())
    assert asks_who_she_is(token) == 200
    place.way.delete(carol)
    assert asks_who_she_is(token) == 401
    # Nor does it come back with the name.
    answer = place.admin.http(
        "POST", "users/create", json={"username": carol.username, "password": carol.password}
    )
    assert answer.status_code == 200
    assert asks_who_she_is(token) == 401


@pytest.mark.parametrize("how", ["another server", "the command line"])
def test_a_disabled_user_is_refused_at_the_next_request_however_they_come(servers, how):
    admin = admin_of(servers.a)
    carol = a_new_person(admin, "carol")
    at_b, by_token = (
        Person(servers.b, carol.username, carol.password),
        Person(servers.b, token=carol.new_token()),
    )
    named = {"X-Forwarded-User": carol.username, "X-Proxy-Secret": PROXY_SECRET}

    def answers() -> list[int]:
        through_a_proxy = Person(servers.b).http("GET", "users/current", headers=named).status_code
        return [asks_who_she_is(at_b), asks_who_she_is(by_token), through_a_proxy]

    def set_disabled(is_disabled: bool) -> None:
        if how == "the command line":
            servers.command("user", "disable" if is_disabled else "enable", carol.username)
            return
        change = {"username": carol.username, "is_disabled": is_disabled}
        answer = admin.http("PATCH", "/api/3.0/mlflow/users/update-disabled", json=change)
        assert answer.status_code == 200, answer.text

    assert answers() == [200, 200, 200]
    for is_disabled, expected in [(True, 401), (False, 200), (True, 401)]:
        set_disabled(is_disabled)
        assert answers() == [expected] * 3


def test_a_demoted_administrator_is_one_no_more_at_the_next_request(place, carol, experiment_id):
    place.admin.users.update_user_admin(carol.username, True)
    assert reads(carol, experiment_id) == 200
    place.way.demote(carol)
    assert reads(carol, experiment_id) == 403


def test_a_revoked_grant_is_refused_at_the_next_request(place, carol, experiment_id):
    place.way.grant(carol, experiment_id, "READ")
    assert reads(carol, experiment_id) == 200
    place.way.revoke(carol, experiment_id)
    assert reads(carol, experiment_id) == 403
    assert carol.client.search_experiments(filter_string="name LIKE 'experiment%'") == []


def test_a_denial_is_obeyed_at_the_next_request(place, carol, experiment_id):
    a_role(place, carol, experiment_id)
    assert reads(carol, experiment_id) == 200
    place.way.grant(carol, experiment_id, "DENY")
    assert reads(carol, experiment_id) == 403


def test_a_role_that_is_unassigned_counts_no_more_at_the_next_request(place, carol, experiment_id):
    role = a_role(place, carol, experiment_id)
    assert reads(carol, experiment_id) == 200
    place.way.unassign(carol, role)
    assert reads(carol, experiment_id) == 403


def test_what_is_taken_out_of_a_role_counts_no_more_at_the_next_request(place, carol, experiment_id):
    role = a_role(place, carol, experiment_id)
    assert reads(carol, experiment_id) == 200
    place.way.take_out(role, experiment_id)
    assert reads(carol, experiment_id) == 403


def a_role(place: Place, member: Person, experiment_id: str):
    """One that grants READ, and that the member holds."""
    role = place.admin.users.create_role(workspace="default", name=unique("readers"))
    place.admin.users.add_role_permission(role.id, "experiment", experiment_id, "READ")
    place.admin.users.assign_role(member.username, role.id)
    return role


def test_what_one_server_wrote_the_other_reads_at_once(servers):
    people = itertools.cycle([admin_of(servers.a), admin_of(servers.b)])
    writer = next(people)
    experiment_id = writer.client.create_experiment(unique("experiment"))
    run_id = writer.client.create_run(experiment_id).info.run_id
    for step in range(50):
        writer.client.log_metric(run_id, "loss", step, step=step)
        writer.client.set_tag(run_id, "step", step)
        writer = next(people)
        seen = writer.client.get_run(run_id)
        assert (seen.data.metrics["loss"], seen.data.tags["step"]) == (step, str(step))


def test_an_experiments_name_is_taken_on_all_servers_at_once(servers, raises):
    name = unique("experiment")
    admin_of(servers.a).client.create_experiment(name)
    with raises("RESOURCE_ALREADY_EXISTS"):
        admin_of(servers.b).client.create_experiment(name)


TOKEN = re.compile(r'name="csrf_token" value="([^"]+)"')


def sign_up(page_of: Person, sent_to: Person, username: str):
    """Fetches the sign-up page from one server and sends its form to another, as a browser behind a balancer does."""
    page = page_of.http("GET", "/signup")
    assert page.status_code == 200
    (token,) = TOKEN.findall(page.text)
    form = {"username": username, "password": "the password of carol", "csrf_token": token}
    return sent_to.http("POST", "users/create-ui", data=form, cookies=page.cookies)


@pytest.mark.parametrize("secret", [None, "one that all servers were given"])
def test_a_form_of_one_server_is_taken_by_another(database, tmp_path, secret):
    environment = {"MLFLOW_FLASK_SERVER_SECRET_KEY": secret}
    with fleet(tmp_path, database) as running:
        a, b = (admin_of(running.node(name, environment=environment).start()) for name in "ab")
        username = unique("carol")
        answer = sign_up(a, b, username)
        assert answer.status_code == 200, answer.text
        assert asks_who_she_is(Person(a.server, username, "the password of carol")) == 200

        stranger = admin_of(
            running.node("c", environment={"MLFLOW_FLASK_SERVER_SECRET_KEY": "another"}).start()
        )
        answer = sign_up(a, stranger, unique("carol"))
        assert (answer.status_code, "CSRF" in answer.text) == (400, True)
