"""Users by the tokens of a real OpenID provider, as the MLflow clients send them; see provider.py."""

import base64
import json
import time

import mlflow
import pytest
import requests

from outside import V3, admin_of, ask, assigned, current, disable, refusals, status, with_roles
from people import Person, unique
from provider import AUDIENCE, CLAIMS, Provider
from serving import ADMIN, serving

pytestmark = pytest.mark.beyond_mlflow("MLflow has no users from elsewhere")

#: Between two times that keys are read for a token with an unknown one.
SECONDS_BETWEEN_READS = 5


@pytest.fixture(scope="module")
def trusting(provider, tmp_path_factory):
    """A server that believes the provider, beside passwords and access tokens."""
    with serving(tmp_path_factory.mktemp("trusting"), sections=provider.section()) as server:
        yield with_roles(server)


@pytest.fixture(scope="module")
def root(trusting):
    return admin_of(trusting)


def test_a_service_logs_a_run_with_a_token_of_its_provider(provider, tmp_path):
    sections = f"[jwt]\nissuer = {provider.issuer}\naudience = {AUDIENCE}\nnew_users = create\n"
    with serving(tmp_path / "server", sections=sections) as server:
        person = Person(server, token=provider.service_token("ci"))
        (tmp_path / "file.txt").write_text("text")
        with person.signed_in():
            mlflow.set_experiment(unique("by token"))
            with mlflow.start_run() as run:
                mlflow.log_metric("loss", 0.5)
                mlflow.log_artifact(str(tmp_path / "file.txt"))
            assert mlflow.artifacts.load_text(f"runs:/{run.info.run_id}/file.txt") == "text"
        assert person.client.get_run(run.info.run_id).data.metrics == {"loss": 0.5}
        # Without another claim the name is the subject's.
        assert current(person)["username"] == "ci"


@pytest.mark.parametrize("resource", ["urn:mlflow", "urn:mlflow:ES256"])
def test_somebody_who_logged_in_at_the_provider_is_made_a_user(provider, trusting, root, resource):
    person = Person(trusting, token=provider.persons_token("alice", resource))
    assert current(person)["username"] == "alice"
    assert current(person)["is_admin"] is False
    assert assigned(root, "alice") == ["guests"]
    experiment = person.client.create_experiment(unique("alice's"))
    assert person.client.get_experiment(experiment).experiment_id == experiment


def test_what_groups_bring_holds_for_the_request_and_is_not_stored(provider, trusting, root, refused):
    experiment = root.client.create_experiment(unique("of the administrator"))
    for account in ("alice", "carol"):
        person = Person(trusting, token=provider.persons_token(account))
        assert person.client.get_experiment(experiment).experiment_id == experiment
        with refused(403):
            person.client.create_run(experiment)
        brought = ask(person, "GET", f"{V3}/users/current/permissions")
        assert "experiment" in json.dumps(brought) and "READ" in json.dumps(brought), brought
        stored = ask(root, "GET", f"{V3}/users/permissions/list", params={"username": account})
        assert all(grant["resource_pattern"] != "*" for grant in stored["permissions"]), stored
        assert assigned(root, account) == ["guests"]
        # Stored rights are all that is left to what outlives the token.
        lasting = Person(trusting, token=person.new_token())
        assert current(lasting)["username"] == account
        with refused(403):
            lasting.client.get_experiment(experiment)
    person = Person(trusting, token=provider.persons_token("bob"))
    with refused(403):
        person.client.get_experiment(experiment)


def test_an_administrator_by_group_is_none_by_what_is_stored(provider, trusting, root, refused):
    person = Person(trusting, token=provider.persons_token("root"))
    assert current(person)["is_admin"] is True
    experiment = root.client.create_experiment(unique("of the administrator"))
    person.client.set_experiment_tag(experiment, "seen by", "root")
    assert person.http("GET", f"{V3}/audit/search").status_code == 200
    assert ask(root, "GET", "users/get", params={"username": "root"})["user"]["is_admin"] is False
    lasting = Person(trusting, token=person.new_token())
    assert current(lasting)["is_admin"] is False
    assert lasting.http("GET", f"{V3}/audit/search").status_code == 403
    with refused(403):
        lasting.client.set_experiment_tag(experiment, "seen by", "what is left")


def test_a_disabled_user_is_refused_at_the_next_request(provider, trusting, root, refused):
    token = provider.persons_token("dave")
    person = Person(trusting, token=token)
    lasting = Person(trusting, token=person.new_token())
    assert (status(trusting, token), current(lasting)["username"]) == (200, "dave")
    disable(root, "dave")
    assert status(trusting, token) == 401
    assert lasting.http("GET", "users/current").status_code == 401
    with refused(401):
        person.client.search_experiments()
    disable(root, "dave", False)
    assert status(trusting, token) == 200


def encoded(value: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")


def payload(token: str) -> dict:
    return json.loads(base64.urlsafe_b64decode(token.split(".")[1] + "=="))


def unsigned(token: str, algorithm: str) -> str:
    _, claims, signature = token.split(".")
    return f"{encoded({'alg': algorithm, 'typ': 'JWT'})}.{claims}.{signature if algorithm != 'none' else ''}"


def test_any_other_token_is_refused_and_the_audit_says_why(provider, tmp_path, refused):
    with serving(tmp_path / "server", sections=provider.section()) as server:
        with_roles(server)
        good = provider.service_token("ci")
        short = provider.service_token("ci", "urn:mlflow:short")
        both = provider.persons_tokens("alice")
        header, _, signature = good.split(".")
        changed = payload(good)
        elsewhere = encoded({**changed, "iss": "https://elsewhere.example.com"})
        expected = {
            "a token for somebody else": [provider.service_token("ci", "urn:other"), both["id_token"]],
            "no readable token": [
                provider.service_token("ci", "urn:opaque"),
                unsigned(good, "none"),
                "x.y.z",
            ],
            "a token from the future": [provider.persons_token("early")],
            "a token with another algorithm": [unsigned(good, "HS256"), unsigned(good, "PS256")],
            "a token of an unknown issuer": [f"{header}.{elsewhere}.{signature}"],
            "a token with a wrong signature": [
                f"{header}.{encoded({**changed, 'preferred_username': ADMIN})}.{signature}"
            ],
            "a user whom this source may not vouch for": [provider.persons_token("impostor")],
            "a token that is too long": [f"{good}{'x' * 20_000}"],
        }
        assert status(server, good) == 200
        for problem, tokens in expected.items():
            for token in tokens:
                assert status(server, token) == 401, problem
        with refused(401):
            Person(server, token=expected["a token for somebody else"][0]).client.search_experiments()
        # A token is no password.
        assert Person(server, "ci", good).http("GET", "users/current").status_code == 401
        time.sleep(max(0.0, payload(short)["exp"] - time.time()))
        assert status(server, short) == 401
        assert status(server, good) == 200
        assert refusals(server) >= {*expected, "an expired token", "wrong password"}


def test_a_megabyte_of_a_token_is_refused_and_the_server_stays_up(provider, trusting):
    token = "x" * (1 << 20)
    try:
        assert status(trusting, token) == 431
    except requests.ConnectionError:
        # It had answered before it read all of it.
        pass
    assert status(trusting, provider.service_token("ci")) == 200


def test_guesses_are_throttled_and_who_is_known_is_not(provider, tmp_path):
    options = {"settings": {"login_failures_per_minute_address": "5"}, "sections": provider.section()}
    with serving(tmp_path / "server", **options) as server:
        with_roles(server)
        good = provider.service_token("ci")
        answers = [Person(server, token="x.y.z").http("GET", "users/current") for _ in range(20)]
        assert [answer.status_code for answer in answers[:5]] == [401] * 5
        assert answers[-1].status_code == 429 and int(answers[-1].headers["Retry-After"]) >= 1
        assert status(server, good) == 200
        assert "too many failed logins" in refusals(server)


def test_keys_rotate_without_a_restart_and_a_provider_that_is_down_stops_nobody_who_is_known(tmp_path):
    provider = Provider(tmp_path / "provider", CLAIMS, services=["ci"]).start()
    try:
        with serving(tmp_path / "server", sections=provider.section()) as server:
            with_roles(server)
            old = provider.service_token("ci")
            assert status(server, old) == 200
            read_at = time.monotonic()
            provider.stop()
            assert status(server, old) == 200
            provider.start()
            new = provider.service_token("ci")
            # What was read counts until a token comes with a key that is not known.
            assert status(server, old) == 200
            time.sleep(max(0.0, read_at + SECONDS_BETWEEN_READS + 0.2 - time.monotonic()))
            person = Person(server, token=new)
            experiment = person.client.create_experiment(unique("after the rotation"))
            assert person.client.get_experiment(experiment).experiment_id == experiment
            assert status(server, old) == 401
            assert "a token signed with an unknown key" in refusals(server)
            # A server that has just started and has no keys yet cannot tell, and lets nobody in.
            provider.stop()
            server.stop()
            server.start()
            assert status(server, new) == 503
            assert admin_of(server).http("GET", "users/current").status_code == 200
            assert "the keys of the issuer are not to be had" in refusals(server)
    finally:
        provider.stop()


def test_passwords_can_be_switched_off(provider, tmp_path):
    with serving(tmp_path / "server", sections=provider.section()) as server:
        with_roles(server)
        token = admin_of(server).new_token()
        server.settings["password_logins"] = "no"
        server.stop()
        server.start()
        assert admin_of(server).http("GET", "users/current").status_code == 401
        # Tokens go on, as a password too.
        assert current(Person(server, ADMIN, token))["username"] == ADMIN
        assert current(Person(server, token=token))["username"] == ADMIN
        assert status(server, provider.service_token("ci")) == 200
