"""What tests ask of servers to which users come from elsewhere."""

from people import Person
from serving import ADMIN, ADMIN_PASSWORD, Server

V3 = "/api/3.0/mlflow"


def admin_of(server: Server) -> Person:
    return Person(server, ADMIN, ADMIN_PASSWORD)


def ask(person: Person, method: str, path: str, **options) -> dict:
    answer = person.http(method, path, **options)
    assert answer.status_code == 200, answer.text
    return answer.json()


def new_role(admin: Person, name: str, permission: str | None = None) -> None:
    """A role with that level on every experiment."""
    role = ask(admin, "POST", f"{V3}/roles/create", json={"name": name, "workspace": "default"})["role"]
    if permission:
        grant = {"role_id": role["id"], "resource_type": "experiment", "resource_pattern": "*"}
        ask(admin, "POST", f"{V3}/roles/permissions/add", json={**grant, "permission": permission})


def with_roles(server: Server) -> Server:
    """Guests may do nothing, members of "data" read every experiment."""
    new_role(admin_of(server), "guests")
    new_role(admin_of(server), "data", "READ")
    return server


def status(server: Server, token: str) -> int:
    return Person(server, token=token).http("GET", "users/current").status_code


def current(person: Person) -> dict:
    return ask(person, "GET", "users/current")["user"]


def assigned(admin: Person, username: str) -> list[str]:
    """The names of the roles that are stored for a user, but for the one that holds their own grants."""
    roles = ask(admin, "GET", f"{V3}/users/roles/list", params={"username": username})["roles"]
    return [role["name"] for role in roles if not role["name"].startswith("__user_")]


def disable(admin: Person, username: str, is_disabled: bool = True) -> None:
    change = {"username": username, "is_disabled": is_disabled}
    ask(admin, "PATCH", f"{V3}/users/update-disabled", json=change)


def refusals(server: Server) -> set[str]:
    """Why logins failed, of all that the audit has, once it is written."""
    server.stop()
    server.start()
    found = {}
    for outcome in ("LOGIN_FAILED", "THROTTLED"):
        query = {"outcome": outcome, "max_results": 1000}
        for event in ask(admin_of(server), "GET", f"{V3}/audit/search", params=query)["events"]:
            found[event["detail"]] = event
    return set(found)
