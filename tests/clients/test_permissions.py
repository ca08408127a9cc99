"""What single users are granted: by the clients of MLflow 3.12 and later, and by those of 2.5 to 3.11."""

import mlflow
import pytest
from packaging.version import Version

from people import a_new_person, unique

V3 = "/api/3.0/mlflow"


def has_old_api() -> bool:
    return Version("2.5") <= Version(mlflow.__version__) < Version("3.12")


old_api = pytest.mark.skipif(
    not has_old_api(), reason="the client has no permission API of its own for experiments"
)


@pytest.fixture
def bob(admin):
    return a_new_person(admin, "bob")


@old_api
def test_an_owner_shares_an_experiment_and_takes_it_back(alice, bob, experiment_id, refused):
    with refused(403):
        bob.client.get_experiment(experiment_id)
    made = alice.users.create_experiment_permission(experiment_id, bob.username, "READ")
    assert (made.experiment_id, made.permission) == (experiment_id, "READ")
    assert bob.client.get_experiment(experiment_id).experiment_id == experiment_id
    with refused(403):
        bob.client.set_experiment_tag(experiment_id, "k", "v")

    alice.users.update_experiment_permission(experiment_id, bob.username, "EDIT")
    assert alice.users.get_experiment_permission(experiment_id, bob.username).permission == "EDIT"
    bob.client.set_experiment_tag(experiment_id, "k", "v")

    alice.users.delete_experiment_permission(experiment_id, bob.username)
    with refused(403):
        bob.client.get_experiment(experiment_id)


@old_api
def test_an_explicit_no_permissions_denies_and_reads_back_as_such(alice, bob, admin, experiment_id, refused):
    alice.users.create_experiment_permission(experiment_id, bob.username, "NO_PERMISSIONS")
    assert alice.users.get_experiment_permission(experiment_id, bob.username).permission == "NO_PERMISSIONS"
    listed = admin.users.get_user(bob.username).experiment_permissions
    assert [(one.experiment_id, one.permission) for one in listed] == [(experiment_id, "NO_PERMISSIONS")]
    with refused(403):
        bob.client.get_experiment(experiment_id)
    # As a grant it is a DENY, which no role outweighs.
    granted = admin.http("GET", f"{V3}/users/permissions/list", params={"username": bob.username}).json()
    assert [grant["permission"] for grant in granted["permissions"]] == ["DENY"]


@old_api
def test_what_is_there_is_not_made_twice_and_what_is_not_is_missing(alice, bob, experiment_id, raises):
    alice.users.create_experiment_permission(experiment_id, bob.username, "READ")
    with raises("RESOURCE_ALREADY_EXISTS"):
        alice.users.create_experiment_permission(experiment_id, bob.username, "EDIT")
    alice.users.delete_experiment_permission(experiment_id, bob.username)
    with raises("RESOURCE_DOES_NOT_EXIST", f"username={bob.username} not found"):
        alice.users.get_experiment_permission(experiment_id, bob.username)
    with raises("RESOURCE_DOES_NOT_EXIST"):
        alice.users.update_experiment_permission(experiment_id, bob.username, "READ")
    with raises("INVALID_PARAMETER_VALUE", "Invalid permission"):
        alice.users.create_experiment_permission(experiment_id, bob.username, "OWNER")


@old_api
def test_only_who_manages_an_experiment_sees_and_shares_its_permissions(
    alice, bob, stranger, experiment_id, refused
):
    alice.users.create_experiment_permission(experiment_id, bob.username, "EDIT")
    for person in [bob, stranger]:
        with refused(403):
            person.users.get_experiment_permission(experiment_id, bob.username)
        with refused(403):
            person.users.create_experiment_permission(experiment_id, stranger.username, "READ")
        with refused(403):
            person.users.delete_experiment_permission(experiment_id, bob.username)


@old_api
def test_a_registered_model_is_shared(alice, bob, refused):
    name = unique("model")
    alice.client.create_registered_model(name)
    with refused(403):
        bob.client.get_registered_model(name)
    alice.users.create_registered_model_permission(name, bob.username, "READ")
    assert bob.client.get_registered_model(name).name == name
    alice.users.update_registered_model_permission(name, bob.username, "EDIT")
    bob.client.update_registered_model(name, "by bob")
    assert alice.users.get_registered_model_permission(name, bob.username).permission == "EDIT"
    alice.users.delete_registered_model_permission(name, bob.username)
    with refused(403):
        bob.client.get_registered_model(name)


@old_api
def test_a_deleted_model_leaves_no_permission_to_the_next_of_its_name(alice, bob, admin, refused, raises):
    name = unique("model")
    alice.client.create_registered_model(name)
    alice.users.create_registered_model_permission(name, bob.username, "READ")
    alice.client.delete_registered_model(name)
    alice.client.create_registered_model(name)
    with raises("RESOURCE_DOES_NOT_EXIST"):
        admin.users.get_registered_model_permission(name, bob.username)
    with refused(403):
        bob.client.get_registered_model(name)


def test_a_scorer_is_shared_whatever_its_name(admin, bob, experiment_id):
    path = f"{V3}/scorers/permissions"
    one = {"experiment_id": experiment_id, "scorer_name": "a/b %c", "username": bob.username}
    made = admin.http("POST", f"{path}/create", json={**one, "permission": "READ"})
    assert made.json()["scorer_permission"]["permission"] == "READ", made.text
    assert admin.http("PATCH", f"{path}/update", json={**one, "permission": "MANAGE"}).status_code == 200
    # Who manages it sees and shares it.
    found = bob.http("GET", f"{path}/get", params=one).json()["scorer_permission"]
    assert (found["scorer_name"], found["permission"]) == ("a/b %c", "MANAGE")
    listed = bob.http("GET", "users/get", params={"username": bob.username}).json()["user"][
        "scorer_permissions"
    ]
    assert [one["scorer_name"] for one in listed] == ["a/b %c"]
    assert admin.http("DELETE", f"{path}/delete", json=one).status_code == 200
    assert admin.http("GET", f"{path}/get", params=one).json()["error_code"] == "RESOURCE_DOES_NOT_EXIST"


@pytest.mark.parametrize(
    ("name", "identifier"),
    [
        ("gateway/secrets", "secret_id"),
        ("gateway/endpoints", "endpoint_id"),
        ("workspaces/default", "username"),
    ],
)
def test_what_is_not_here_says_so(alice, name, identifier):
    path = f"{V3}/{name}/permissions" + ("/get" if name.startswith("gateway") else "")
    answer = alice.http("GET", path, params={identifier: "x", "username": alice.username})
    assert answer.status_code == 501
    assert answer.json()["error_code"] == "NOT_IMPLEMENTED"


@pytest.mark.needs_mlflow("3.17", "roles and grants")
def test_an_owner_grants_and_revokes(alice, bob, experiment_id, refused, raises):
    alice.users.grant_user_permission(bob.username, "experiment", experiment_id, "READ")
    with raises("RESOURCE_ALREADY_EXISTS"):
        alice.users.grant_user_permission(bob.username, "experiment", experiment_id, "EDIT")
    assert bob.client.get_experiment(experiment_id).experiment_id == experiment_id
    effective = bob.users.get_user_permission(bob.username, "experiment", experiment_id)
    assert (effective.permission, effective.allowed) == ("READ", False)
    with refused(403):
        bob.users.grant_user_permission(bob.username, "experiment", experiment_id, "MANAGE")
    alice.users.revoke_user_permission(bob.username, "experiment", experiment_id)
    with refused(403):
        bob.client.get_experiment(experiment_id)
    with raises("RESOURCE_DOES_NOT_EXIST"):
        alice.users.revoke_user_permission(bob.username, "experiment", experiment_id)


@pytest.mark.needs_mlflow("3.17", "roles and grants")
def test_a_role_opens_and_a_denial_closes_at_the_next_request(admin, alice, bob, experiment_id, refused):
    role = admin.users.create_role(workspace="default", name=unique("readers"), description="may read")
    permission = admin.users.add_role_permission(role.id, "experiment", "*", "READ")
    with refused(403):
        bob.client.get_experiment(experiment_id)
    admin.users.assign_role(bob.username, role.id)
    assert bob.client.get_experiment(experiment_id).experiment_id == experiment_id
    assert experiment_id in [found.experiment_id for found in bob.client.search_experiments()]

    alice.users.grant_user_permission(bob.username, "experiment", experiment_id, "DENY")
    with refused(403):
        bob.client.get_experiment(experiment_id)
    assert experiment_id not in [found.experiment_id for found in bob.client.search_experiments()]
    alice.users.revoke_user_permission(bob.username, "experiment", experiment_id)

    admin.users.update_role_permission(permission.id, "EDIT")
    bob.client.set_experiment_tag(experiment_id, "k", "v")
    assert role.id in [held.id for held in bob.users.list_user_roles(bob.username)]
    admin.users.unassign_role(bob.username, role.id)
    with refused(403):
        bob.client.get_experiment(experiment_id)
    admin.users.delete_role(role.id)


@pytest.mark.needs_mlflow("3.17", "roles and grants")
def test_a_workspace_administrator_manages_roles_and_nobody_elses_password(admin, bob, stranger, refused):
    role = admin.users.create_role(workspace="default", name=unique("administrators"))
    admin.users.add_role_permission(role.id, "workspace", "*", "MANAGE")
    with refused(403):
        bob.users.create_role(workspace="default", name=unique("role"))
    admin.users.assign_role(bob.username, role.id)
    made = bob.users.create_role(workspace="default", name=unique("role"))
    bob.users.add_role_permission(made.id, "run", "*", "READ")
    bob.users.assign_role(stranger.username, made.id)
    assert [held.user_id for held in bob.users.list_role_users(made.id)]
    bob.users.unassign_role(stranger.username, made.id)
    with refused(403):
        bob.users.create_role(workspace="another", name="role")
    with refused(403):
        bob.users.update_user_password(stranger.username, "the password that bob wants")
    with refused(403):
        bob.users.update_user_admin(bob.username, True)
    bob.users.delete_role(made.id)
    admin.users.delete_role(role.id)
    with refused(403):
        bob.users.create_role(workspace="default", name=unique("role"))
