"""Users whom a service that is asked, or a proxy in front, names in headers; and all sources of users side by side."""

import time

import mlflow
import pytest

from outside import admin_of, ask, current, disable, refusals, status, with_roles
from people import Person, unique
from serving import ADMIN, ADMIN_PASSWORD, serving
from vouching import AppendingProxy, AskedService, FromAddress, StrippingProxy

pytestmark = pytest.mark.beyond_mlflow("MLflow has no users from elsewhere")

SECRET = "a-secret-of-the-proxy-and-the-server"

PROXY = f"""
[trusted_proxy]
addresses = 127.0.0.1
secret = {SECRET}
new_users = create
admin_groups = admins
group_roles =
    data = data
"""

FORWARD = """
[forward_auth]
url = {url}/verify
request_headers = {headers}
timeout_seconds = 1
cache_seconds = {cache}
new_users = create
group_roles =
    data = data
"""


@pytest.fixture
def service():
    with AskedService() as service:
        yield service


def forward(service: AskedService, headers: str = "Authorization, Cookie", cache: int = 0) -> str:
    return FORWARD.format(url=service.url, headers=headers, cache=cache)


def test_a_service_that_is_asked_lets_its_users_in(service, tmp_path, refused):
    service.users = {"Bearer of-alice": ("alice", "data,x"), "Bearer of-bob": ("bob", "")}
    with serving(
        tmp_path / "server",
        sections=forward(service),
        # What must not be asked on the way to this machine.
        environment={"HTTP_PROXY": "http://127.0.0.1:9", "http_proxy": "http://127.0.0.1:9"},
    ) as server:
        with_roles(server)
        experiment = admin_of(server).client.create_experiment(unique("of the administrator"))
        alice, bob = Person(server, token="of-alice"), Person(server, token="of-bob")
        assert current(alice)["username"] == "alice"
        assert alice.client.get_experiment(experiment).experiment_id == experiment
        with refused(403):
            bob.client.get_experiment(experiment)
        with bob.signed_in():
            mlflow.set_experiment(unique("bob's"))
            with mlflow.start_run() as run:
                mlflow.log_metric("loss", 0.5)
        assert bob.client.get_run(run.info.run_id).data.metrics == {"loss": 0.5}
        with refused(401):
            Person(server, token="of-nobody").client.search_experiments()
        told = service.last
        assert told["X-Forwarded-Uri"].startswith("/api/2.0/mlflow/experiments/search")
        assert told["X-Forwarded-For"] == "127.0.0.1" and told["Authorization"] == "Bearer of-nobody"
        # Passwords are for the server itself.
        asked = service.asked
        assert Person(server, ADMIN, "wrong").http("GET", "users/current").status_code == 401
        assert Person(server).http("GET", "users/current").status_code == 401
        assert service.asked == asked
        disable(admin_of(server), "bob")
        assert status(server, "of-bob") == 401


def test_a_service_that_gives_no_clear_answer_lets_nobody_in(service, tmp_path):
    service.users = {"Bearer of-alice": ("alice", "")}
    with serving(tmp_path / "server", sections=forward(service)) as server:
        assert status(server, "of-alice") == 200
        for change, expected in [
            ({"status": 302}, 401),
            ({"status": 403}, 401),
            ({"status": 500}, 503),
            ({"names_user": False}, 401),
            ({"seconds": 3}, 503),
        ]:
            with service.changed(**change):
                assert status(server, "of-alice") == expected, change
        assert service.followed == 0
        service.stop()
        assert status(server, "of-alice") == 503
        assert admin_of(server).http("GET", "users/current").status_code == 200
        assert refusals(server) >= {
            "redirected by forward authentication",
            "refused by forward authentication",
            "a failure of forward authentication",
            "no user named by forward authentication",
            "no answer for forward authentication in time",
            "no answer for forward authentication",
        }


def test_answers_are_remembered_as_long_as_is_said(service, tmp_path):
    service.users = {"Bearer of-alice": ("alice", "data")}
    with serving(tmp_path / "server", sections=forward(service, cache=2)) as server:
        with_roles(server)
        experiment = admin_of(server).client.create_experiment(unique("of the administrator"))
        alice = Person(server, token="of-alice")
        for _ in range(3):
            answer = alice.http("GET", "experiments/get", params={"experiment_id": experiment})
            assert answer.status_code == 200
        asked, until = service.asked, time.monotonic() + 2.1
        assert asked == 1
        # Another request is another question.
        assert current(alice)["username"] == "alice"
        assert service.asked == 2
        disable(admin_of(server), "alice")
        assert status(server, "of-alice") == 401
        disable(admin_of(server), "alice", False)
        service.users = {}
        assert status(server, "of-alice") == 200
        time.sleep(max(0.0, until - time.monotonic()))
        assert status(server, "of-alice") == 401


@pytest.fixture
def behind(tmp_path):
    """A server that believes the proxies of this test, and its passwords."""
    with serving(tmp_path / "server", sections=PROXY) as server:
        yield with_roles(server)


PEOPLE = {"alice": ("the word of alice", "data, x"), "root": ("the word of root", "admins"), "bob": ("", "")}


def named(user: str, groups: str | None = None, secret: str | None = SECRET) -> dict[str, str]:
    headers = {"X-Forwarded-User": user}
    if groups is not None:
        headers["X-Forwarded-Groups"] = groups
    if secret is not None:
        headers["X-Proxy-Secret"] = secret
    return headers


def test_a_proxy_says_who_it_is(behind, refused):
    experiment = admin_of(behind).client.create_experiment(unique("of the administrator"))
    with StrippingProxy(behind, PEOPLE, SECRET) as proxy:
        alice = Person(proxy, "alice", PEOPLE["alice"][0])
        assert current(alice)["username"] == "alice"
        assert alice.client.get_experiment(experiment).experiment_id == experiment
        with alice.signed_in():
            mlflow.set_experiment(unique("alice's"))
            with mlflow.start_run() as run:
                mlflow.log_text("hello", "hello.txt")
            assert mlflow.artifacts.load_text(f"runs:/{run.info.run_id}/hello.txt") == "hello"
        with refused(403):
            alice.client.set_experiment_tag(experiment, "k", "v")
        root = Person(proxy, "root", PEOPLE["root"][0])
        root.client.set_experiment_tag(experiment, "seen by", "root")
        # What clients claim through it is not what it says.
        forged = named("root", "admins", None)
        assert ask(alice, "GET", "users/current", headers=forged)["user"]["username"] == "alice"
        assert Person(proxy).http("GET", "users/current", headers=forged).status_code == 401
        assert current(alice)["is_admin"] is False
        disable(root, "alice")
        with refused(401):
            alice.client.get_experiment(experiment)


def test_a_forged_user_is_refused_whatever_else_it_carries(behind):
    url = f"{behind.url}/api/2.0/mlflow/users/current"
    right = (ADMIN, ADMIN_PASSWORD)
    with FromAddress("127.0.0.2") as other:
        assert other.get(url, auth=right).status_code == 200
        for auth in (None, right):
            assert other.get(url, headers=named("root", "admins"), auth=auth).status_code == 401
            # The address that a header tells is no peer's.
            told = {**named("root"), "X-Forwarded-For": "127.0.0.1", "X-Real-IP": "127.0.0.1"}
            assert other.get(url, headers=told, auth=auth).status_code == 401
    with FromAddress("127.0.0.1") as listed:
        assert listed.get(url, headers=named("bob")).status_code == 200
        for auth in (None, right):
            for wrong in (None, "another secret", f"{SECRET} ".upper(), ""):
                assert listed.get(url, headers=named("root", None, wrong), auth=auth).status_code == 401
            assert listed.get(url, headers=named("bob, root"), auth=auth).status_code == 401
        # In another case it is the same header.
        assert listed.get(url, headers={"x-FORWARDED-user": "root"}, auth=right).status_code == 401
        # Whom it does not name it vouches for in no way.
        nobody = {"X-Proxy-Secret": SECRET, "X-Forwarded-Groups": "admins"}
        assert listed.get(url, headers=nobody).status_code == 401
        assert listed.get(url, headers=named("")).status_code == 401
    # A proxy that adds its own header behind the client's, once and twice.
    with AppendingProxy(behind, PEOPLE, SECRET) as proxy:
        alice = Person(proxy, "alice", PEOPLE["alice"][0])
        assert current(alice)["username"] == "alice"
        assert alice.http("GET", "users/current", headers=named("root", None, None)).status_code == 401
        groups = {"X-Forwarded-Groups": "admins"}
        assert alice.http("GET", "users/current", headers=groups).status_code == 401
        with AppendingProxy(proxy, PEOPLE, SECRET, keeps_login=True) as outer:
            twice = Person(outer, "alice", PEOPLE["alice"][0])
            assert twice.http("GET", "users/current").status_code == 401
    assert refusals(behind) >= {
        "a forwarded user from an address that is no proxy's",
        "a forwarded user without the proxy's secret",
        "a forwarded user that was given twice",
        "groups that were given twice",
    }


def test_all_of_them_stand_side_by_side(provider, service, tmp_path):
    service.users = {"session=of-bob": ("bob", "")}
    everything = provider.section() + PROXY + forward(service, headers="Cookie")
    with serving(tmp_path / "server", sections=everything) as server:
        with_roles(server)
        bearer = Person(server, token=provider.service_token("ci"))
        assert current(bearer)["username"] == "ci"
        assert current(Person(server, token=bearer.new_token()))["username"] == "ci"
        admin = admin_of(server)
        assert current(admin)["username"] == ADMIN
        nobody = Person(server)
        cookie = {"Cookie": "session=of-bob"}
        assert ask(nobody, "GET", "users/current", headers=cookie)["user"]["username"] == "bob"
        assert ask(nobody, "GET", "users/current", headers=named("carol"))["user"]["username"] == "carol"
        # The proxy's word comes first. What else is wrong is refused, whoever might have let it in.
        assert ask(bearer, "GET", "users/current", headers=named("carol"))["user"]["username"] == "carol"
        for wrong in [Person(server, token="x.y.z"), Person(server, ADMIN, "wrong")]:
            assert wrong.http("GET", "users/current", headers=cookie).status_code == 401
        # A name is one user's, whoever vouches first.
        assert nobody.http("GET", "users/current", headers=named("ci")).status_code == 401
        # Nobody has a password for those who came from elsewhere.
        for password in ("", "x"):
            assert Person(server, "ci", password).http("GET", "users/current").status_code == 401
