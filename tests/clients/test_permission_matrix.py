"""The permission matrix: every kind of caller gets what was reviewed; what MLflow answers otherwise has a reason."""

import pytest

import permission_matrix
from permission_matrix import (
    ENVIRONMENT,
    FOLDER,
    V2,
    V3,
    Outcomes,
    as_table,
    documented_routes,
    from_table,
    outcomes,
    route_of,
)
from serving import serving

pytestmark = [
    pytest.mark.needs_mlflow("3.17", "the matrix is of the server, so that one client is enough"),
    pytest.mark.beyond_mlflow("the outcomes are Millgate's"),
]

#: Why a request is answered otherwise than by MLflow 3.17.2. docs/compatibility.md tells users.
_OLD = "MLflow 3.17 no longer has the permission APIs of its clients up to 3.11: they are served here"
_NOT_HERE = "an API of MLflow 3.9 to 3.11 for what this server does not have: it says so"
DIFFERENCES: dict[str, str] = {
    f"POST {V3}/users/permissions/grant # prompt": "who manages a prompt may share it, as with a registered model",
    **{
        f"{method} {path}/permissions/{operation}": _OLD
        for path in [f"{V2}/experiments", f"{V2}/registered-models", f"{V3}/scorers"]
        for method, operation in [
            ("POST", "create"),
            ("GET", "get"),
            ("PATCH", "update"),
            ("DELETE", "delete"),
        ]
    },
    **{
        f"GET {V3}/{path}": _NOT_HERE
        for path in [
            "gateway/secrets/permissions/{operation}",
            "gateway/endpoints/permissions/{operation}",
            "gateway/model-definitions/permissions/{operation}",
            "workspaces/{workspace_name}/permissions",
            "workspace-permissions",
        ]
    },
    "GET /metrics": "asked for by machines, also while the database of users is away: MLflow wants a login",
    "GET /health/ready": "MLflow does not say whether its databases answer",
    **{
        f"{method} {V3}/tokens/{operation}": "MLflow has no access tokens"
        for method, operation in [("POST", "create"), ("GET", "list"), ("DELETE", "revoke")]
    },
    f"PATCH {V3}/users/update-disabled": "MLflow deletes a user, or keeps the user's logins",
    f"GET {V3}/audit/search": "MLflow has no audit",
}


def kept(name: str) -> Outcomes:
    return from_table((FOLDER / name).read_text())


def test_every_documented_route_is_asked_for():
    asked, documented = {route_of(name) for name in permission_matrix.REQUESTS}, documented_routes()
    # Those that say the same whatever the method are asked for by one.
    same = {route for route in documented if any(route.endswith(said.partition(" ")[2]) for said in _same())}
    assert documented - asked - same == set()
    assert asked - documented == set()


def _same() -> list[str]:
    return [name for name, reason in DIFFERENCES.items() if reason == _NOT_HERE]


def test_every_caller_gets_what_was_reviewed(tmp_path):
    with serving(tmp_path / "server", environment=ENVIRONMENT) as server:
        found = outcomes(server)
    assert as_table(found) == (FOLDER / "millgate.tsv").read_text(), (
        "review, then permission_matrix.py --write"
    )


def test_each_difference_from_mlflow_has_a_reason():
    ours, theirs = kept("millgate.tsv"), kept("mlflow.tsv")
    differing = {name for name, row in ours.items() if theirs.get(name) != row}
    assert differing == set(DIFFERENCES)
