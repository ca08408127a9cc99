"""MLflow's `authorization_function`: a function in Python says who is calling, and Millgate decides what they may do.

Runs where `python_plugins.txt` is installed.
"""

import time

import mlflow
import pytest
import requests

pytest.importorskip("plugins_of_tests", reason="the plugins aren't installed here")

import jwt
from plugins_of_tests.jwt_auth import SECRET

from people import API, Person, unique
from serving import ADMIN, ADMIN_PASSWORD, Server, serving
from test_python_plugins import eventually, options, workers_of

pytestmark = pytest.mark.beyond_mlflow("what Millgate adds to the contract is tested, too")


def guarded(folder, function: str, **more):
    chosen = options("basic-auth", **more.pop("environment", {}))
    chosen["environment"].pop("MLFLOW_AUTH_CONFIG_PATH")
    settings = {"authorization_function": f"plugins_of_tests.jwt_auth:{function}", **more.pop("settings", {})}
    return serving(folder, **chosen, settings=settings, **more)


def token_of(username: str, secret: str = SECRET, **claims) -> str:
    claims = {"username": username, "exp": int(time.time()) + 600, **claims}
    return jwt.encode(claims, secret, algorithm="HS256")


@pytest.fixture(scope="module")
def by_jwt(tmp_path_factory):
    with guarded(tmp_path_factory.mktemp("jwt"), "authenticate_request") as server:
        yield server


def a_person(server: Server, name: str) -> Person:
    """A new user, whom a JWT of hers lets in."""
    admin = Person(server, token=token_of(ADMIN))
    username = unique(name)
    admin.http(
        "POST", "users/create", json={"username": username, "password": "not used anywhere"}
    ).raise_for_status()
    return Person(server, token=token_of(username))


def test_whoever_has_a_jwt_is_its_user_and_may_do_what_the_user_may(by_jwt, refused, tmp_path):
    alice, stranger = a_person(by_jwt, "alice"), a_person(by_jwt, "stranger")
    assert alice.http("GET", "users/current").json()["user"]["username"].startswith("alice ")
    experiment_id = alice.client.create_experiment(unique("experiment"))
    run = alice.client.create_run(experiment_id)
    alice.client.log_metric(run.info.run_id, "loss", 0.5)
    alice.client.log_text(run.info.run_id, "text", "file.txt")
    with alice.signed_in():
        assert mlflow.artifacts.load_text(f"runs:/{run.info.run_id}/file.txt") == "text"
    with refused(403):
        stranger.client.get_run(run.info.run_id)
    with refused(403):
        stranger.client.log_text(run.info.run_id, "text", "file.txt")
    assert stranger.client.search_experiments(filter_string="name = 'x'") == []
    assert (
        Person(by_jwt, token=token_of(ADMIN)).client.get_run(run.info.run_id).info.run_id == run.info.run_id
    )


def test_a_refusal_is_the_functions_own(by_jwt):
    for headers in (
        {},
        {"Authorization": "Bearer nonsense"},
        {"Authorization": f"Bearer {token_of(ADMIN, 'another secret that is long enough too')}"},
        {"Authorization": f"Bearer {token_of(ADMIN, exp=int(time.time()) - 1)}"},
    ):
        for path in (f"{API}/experiments/search?max_results=1", "/nothing", "/api/3.0/mlflow/tokens/list"):
            answer = requests.get(by_jwt.url + path, headers=headers)
            assert answer.status_code == 401
            assert answer.text == "Send a JWT as Authorization: Bearer TOKEN."
            assert answer.headers["WWW-Authenticate"] == 'Bearer error="invalid_token"'
    assert requests.get(f"{by_jwt.url}/health").status_code == 200


def test_a_user_must_exist_and_passwords_let_nobody_in(by_jwt):
    for username in ("nobody", ADMIN.upper(), ""):
        answer = Person(by_jwt, token=token_of(username)).http("GET", "experiments/search?max_results=1")
        assert answer.status_code in (401, 500), answer.text
        assert "Default" not in answer.text
    assert Person(by_jwt, ADMIN, ADMIN_PASSWORD).http("GET", "users/current").status_code == 401


def test_access_tokens_count_beside_the_function(by_jwt):
    alice = a_person(by_jwt, "alice")
    secret = alice.new_token()
    assert alice.with_token(secret).http("GET", "users/current").status_code == 200


def test_failed_logins_are_in_the_audit(by_jwt):
    Person(by_jwt, token="nonsense").http("GET", "users/current")
    admin = Person(by_jwt, token=token_of(ADMIN))

    def recorded():
        events = admin.http("GET", "/api/3.0/mlflow/audit/search").json()
        return "refused by authorization_function" in str(events)

    eventually(recorded, 30)


@pytest.fixture(scope="module")
def as_told(tmp_path_factory):
    environment = {"MILLGATE_PYTHON_TIMEOUT_SECONDS": "3"}
    with guarded(tmp_path_factory.mktemp("told"), "as_told", environment=environment) as server:
        yield server


def ask(server: Server, do: str, path: str = f"{API}/experiments/search?max_results=1", **sent):
    headers = {"X-Do": do, **sent.pop("headers", {})}
    return requests.get(server.url + path, headers=headers, timeout=60, allow_redirects=False, **sent)


def test_an_answer_is_sent_as_it_is(as_told):
    answer = ask(as_told, "redirect", "/some/%70ath?x=y")
    assert (answer.status_code, answer.headers["Location"]) == (302, "https://login.example/?from=/some/path")
    assert answer.cookies.get_dict() == {"one": "1", "two": "2"}
    assert ask(as_told, "user " + ADMIN).status_code == 200


def test_the_function_sees_method_url_headers_and_no_body(as_told):
    answer = ask(as_told, "see", "/some/p%20ath?x=y", headers={"X-Own": "caf\u00e9"}, data=b"body")
    assert eval(answer.text) == ["GET", "/some/p ath", "x=y", "127.0.0.1", "caf\u00e9", 0]


@pytest.mark.parametrize("do", ["raise", "none", "text", "tuple", "nameless", "number", "large"])
def test_what_is_no_verdict_is_a_refusal(as_told, do):
    answer = ask(as_told, do)
    assert answer.status_code == 500 and answer.json()["error_code"] == "INTERNAL_ERROR"
    assert "Default" not in answer.text
    assert ask(as_told, "user " + ADMIN).status_code == 200
    assert "authorization_function" in as_told.log.read_text()


def test_a_function_that_hangs_or_dies_opens_nothing(as_told):
    assert ask(as_told, "hang").status_code == 504
    for way in ("die", "hog"):
        assert ask(as_told, way).status_code in (503, 504)
        seen = set()

        def back(seen=seen) -> bool:
            answer = ask(as_told, "user " + ADMIN)
            seen.add(answer.status_code)
            return answer.status_code == 200

        eventually(back)
        assert seen <= {200, 503, 504}
    [worker] = workers_of(as_told)
    assert worker


def test_answers_count_once_unless_the_configuration_says_for_how_long(tmp_path, as_told):
    """The function's own word is cached, and neither the user nor her rights are."""
    settings = {"authorization_cache_seconds": "300"}
    with guarded(tmp_path, "authenticate_request", settings=settings) as server:
        alice = a_person(server, "alice")
        assert alice.http("GET", "users/current").status_code == 200
        name = alice.http("GET", "users/current").json()["user"]["username"]
        Person(server, token=token_of(ADMIN)).http("DELETE", "users/delete", json={"username": name})
        assert alice.http("GET", "users/current").status_code == 401


def test_a_function_that_is_not_there_keeps_the_server_from_starting(tmp_path):
    for name, expected in [("nothing", "has no attribute 'nothing'"), ("SECRET", "cannot be called")]:
        with pytest.raises(RuntimeError, match="the server ended with 1"), guarded(tmp_path / name, name):
            pass
        assert expected in (tmp_path / name / "server.log").read_text()
