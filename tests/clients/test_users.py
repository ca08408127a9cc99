"""Users, through the AuthServiceClient of each version (the calls that all of them share) and raw requests."""

import mlflow
import pytest
from packaging.version import Version

from people import Person, unique
from serving import is_millgate

PASSWORD = "a password of their own"

# AuthServiceClients of MLflow 3.11 and before raise KeyError unless a user comes with lists of permissions, which the
# Python server of 3.17 leaves out and Millgate keeps.
READS_A_USER = pytest.mark.skipif(
    Version(mlflow.__version__) < Version("3.17") and not is_millgate(),
    reason="the Python server of 3.17 answers in a way that older clients cannot read",
)


def current_user(person: Person) -> dict:
    answer = person.http("GET", "users/current")
    assert answer.status_code == 200
    return answer.json()["user"]


@pytest.fixture
def username() -> str:
    return unique("user")


@READS_A_USER
def test_a_new_user_is_plain_and_can_sign_in(admin, username):
    created = admin.users.create_user(username, PASSWORD)
    assert created.username == username
    assert created.is_admin is False
    got = admin.users.get_user(username)
    assert (got.id, got.username, got.is_admin) == (created.id, username, False)
    assert current_user(Person(admin.server, username, PASSWORD)) == {
        "id": created.id,
        "username": username,
        "is_admin": False,
    }


def test_no_answer_holds_a_password_hash(admin, username):
    answers = [
        admin.http("POST", "users/create", json={"username": username, "password": PASSWORD}),
        admin.http("GET", "users/get", params={"username": username}),
        admin.http("GET", "users/list"),
    ]
    for answer in answers:
        assert answer.status_code == 200
        assert "scrypt" not in answer.text and "pbkdf2" not in answer.text


@READS_A_USER
def test_a_name_is_taken_only_once(admin, username, raises):
    admin.users.create_user(username, PASSWORD)
    with raises("RESOURCE_ALREADY_EXISTS"):
        admin.users.create_user(username, PASSWORD)


@pytest.mark.parametrize(("name", "password"), [("", PASSWORD), ("x", ""), ("x", "too short")])
def test_a_user_needs_a_name_and_a_password_of_twelve_characters(admin, name, password):
    answer = admin.http(
        "POST", "users/create", json={"username": unique(name) if name else "", "password": password}
    )
    assert answer.status_code == 400


def test_an_unknown_user_does_not_exist(admin, username, raises):
    with raises("RESOURCE_DOES_NOT_EXIST"):
        admin.users.get_user(username)
    with raises("RESOURCE_DOES_NOT_EXIST"):
        admin.users.delete_user(username)
    with raises("RESOURCE_DOES_NOT_EXIST"):
        admin.users.update_user_admin(username, True)
    with raises("RESOURCE_DOES_NOT_EXIST"):
        admin.users.update_user_password(username, PASSWORD)


def test_an_administrator_sets_a_password_and_the_old_one_ends_at_once(admin, newcomer, refused):
    newcomer.client.search_experiments()
    admin.users.update_user_password(newcomer.username, "another password")
    with refused(401):
        newcomer.client.search_experiments()
    newcomer.with_password("another password").client.search_experiments()


@pytest.mark.needs_mlflow("3.17", "`current_password` is new there")
def test_a_user_changes_her_own_password_by_giving_the_current_one(newcomer, refused, raises):
    with raises("INVALID_PARAMETER_VALUE", "Current password is required"):
        newcomer.users.update_user_password(newcomer.username, "another password")
    with raises("INVALID_PARAMETER_VALUE", "does not match"):
        newcomer.users.update_user_password(
            newcomer.username, "another password", current_password="not the password"
        )
    newcomer.users.update_user_password(
        newcomer.username, "another password", current_password=newcomer.password
    )
    with refused(401):
        newcomer.client.search_experiments()
    newcomer.with_password("another password").client.search_experiments()


@READS_A_USER
def test_an_administrator_is_made_and_unmade(admin, newcomer, experiment_id, refused):
    with refused(403):
        newcomer.client.get_experiment(experiment_id)
    admin.users.update_user_admin(newcomer.username, True)
    assert current_user(newcomer)["is_admin"] is True
    newcomer.client.get_experiment(experiment_id)
    admin.users.update_user_admin(newcomer.username, False)
    assert admin.users.get_user(newcomer.username).is_admin is False
    with refused(403):
        newcomer.client.get_experiment(experiment_id)


def test_a_deleted_user_is_refused_and_her_name_is_free_without_her_rights(admin, newcomer, refused):
    experiment_id = newcomer.client.create_experiment(unique("orphan"))
    admin.users.delete_user(newcomer.username)
    with refused(401):
        newcomer.client.get_experiment(experiment_id)
    again = {"username": newcomer.username, "password": newcomer.password}
    assert admin.http("POST", "users/create", json=again).status_code == 200
    with refused(403):
        newcomer.client.get_experiment(experiment_id)


@READS_A_USER
def test_a_plain_user_manages_nobody_else(alice, newcomer, username, refused):
    for call in (
        lambda: newcomer.users.create_user(username, PASSWORD),
        lambda: newcomer.users.get_user(alice.username),
        lambda: newcomer.users.update_user_password(alice.username, PASSWORD),
        lambda: newcomer.users.update_user_admin(newcomer.username, True),
        lambda: newcomer.users.update_user_admin(alice.username, False),
        lambda: newcomer.users.delete_user(alice.username),
        lambda: newcomer.users.delete_user(newcomer.username),
    ):
        with refused(403):
            call()
    assert newcomer.users.get_user(newcomer.username).is_admin is False
    alice.client.search_experiments()


def test_an_administrator_cannot_delete_herself(admin, raises):
    with raises("BAD_REQUEST"):
        admin.users.delete_user(admin.username)


def test_every_user_is_in_the_list(admin, newcomer):
    users = admin.http("GET", "users/list").json()["users"]
    by_name = {user["username"]: user for user in users}
    assert by_name[admin.username]["is_admin"] is True
    assert by_name[newcomer.username]["is_admin"] is False


def test_nobody_manages_users_without_signing_in(anonymous, username, refused):
    with refused(401):
        anonymous.users.create_user(username, PASSWORD)
    with refused(401):
        anonymous.users.get_user("admin")
    assert anonymous.http("GET", "users/current").status_code == 401
    assert anonymous.http("GET", "users/list").status_code == 401
