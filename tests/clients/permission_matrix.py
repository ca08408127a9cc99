"""Every operation, asked for by every kind of caller on what is theirs and on what is somebody else's.

    python permission_matrix.py            prints the outcomes of the server that `MILLGATE_SERVER_CMD` starts
    python permission_matrix.py --write    and keeps them: as `matrix/millgate.tsv`, or as `matrix/mlflow.tsv` if the
                                           command starts another server

`test_permission_matrix.py` holds the outcomes against what was reviewed, and against those of MLflow.
"""

import argparse
import dataclasses
import itertools
import pathlib
import re
import tempfile
from collections.abc import Callable, Iterator

import requests

from serving import ADMIN, ADMIN_PASSWORD, ROOT, Server, is_millgate, serving

FOLDER = pathlib.Path(__file__).parent / "matrix"
LEVELS = ["READ", "USE", "EDIT", "MANAGE", "DENY"]
CALLERS = ["anonymous", "stranger", *LEVELS, "workspace-admin", "admin"]
SIDES = ["foreign", "own"]
OWNER = "olga"
NEW_PASSWORD = "another password, long enough"
TYPES = ["experiment", "registered_model", "prompt"]


@dataclasses.dataclass
class Ask:
    """A request as a template: `{experiment}` stands for the id of the target's experiment, and so on."""

    query: dict = dataclasses.field(default_factory=dict)
    json: dict | None = None
    data: bytes | None = None
    form: dict | None = None
    path: dict = dataclasses.field(default_factory=dict)
    #: A target on which it succeeded cannot be asked for a second time.
    consumes: bool = False
    #: What an administrator then revokes.
    undo: dict | None = None
    #: What an answer tells of the target where it shows it: the outcome is then `200+`, and else `200-`.
    shows: str | None = None


def reads(**query) -> Ask:
    return Ask(query=query)


def writes(**json) -> Ask:
    return Ask(json=json)


def lists(ask: Ask, shows: str) -> Ask:
    return dataclasses.replace(ask, shows=shows)


def consumes(**json) -> Ask:
    return Ask(json=json, consumes=True)


V2, V3 = "/api/2.0/mlflow", "/api/3.0/mlflow"
AJAX = "/ajax-api/2.0/mlflow"
PROXY = "/api/2.0/mlflow-artifacts/artifacts"

_UPLOADED = {"*path": "{experiment}/{run}/artifacts"}
_LOGGED = {"model_id": "{logged}"}
_VERSION = {"name": "{model}", "version": "1"}
_PROMPT_VERSION = {"name": "{prompt}", "version": "1"}
_WEBHOOK = {
    "name": "hook",
    "url": "http://127.0.0.1:1/",
    "events": [{"entity": "REGISTERED_MODEL", "action": "CREATED"}],
}
_GRANT = {"username": "{somebody}", "resource_type": "experiment", "resource_id": "{experiment}"}
_ALL_RUNS = {"username": "{unassigned}", "resource_type": "run", "resource_id": "*"}
_OLD_EXPERIMENT = {"experiment_id": "{experiment}", "username": "{somebody}"}
_OLD_MODEL = {"name": "{model}", "username": "{somebody}"}
_OLD_SCORER = {"experiment_id": "{experiment}", "scorer_name": "judge", "username": "{somebody}"}

#: Of the server: webhooks that lead nowhere, at once; and metrics, for which MLflow needs prometheus-flask-exporter.
ENVIRONMENT = {
    "MLFLOW_EXPOSE_PROMETHEUS": "metrics",
    "MLFLOW_WEBHOOK_ALLOWED_SCHEMES": "http",
    "MLFLOW_WEBHOOK_ALLOW_PRIVATE_IPS": "true",
    "MLFLOW_WEBHOOK_REQUEST_MAX_RETRIES": "0",
}

#: By route, as docs/permissions.md writes it; behind ` #` what tells two requests to one route apart.
REQUESTS: dict[str, Ask] = {
    "GET /health": reads(),
    "GET /health/ready": reads(),
    "GET /metrics": reads(),
    "GET /version": reads(),
    f"GET {V3}/server-info": reads(),
    # Experiments
    f"POST {V2}/experiments/create": writes(name="{unique}"),
    f"GET {V2}/experiments/get": reads(experiment_id="{experiment}"),
    f"GET {V2}/experiments/get-by-name": reads(experiment_name="{experiment_name}"),
    f"GET {V2}/experiments/search": lists(reads(max_results="1000"), '"{experiment_name}"'),
    f"POST {V2}/experiments/search": lists(writes(max_results=1000), '"{experiment_name}"'),
    f"POST {V2}/experiments/update": writes(experiment_id="{experiment}", new_name="{unique}"),
    f"POST {V2}/experiments/delete": consumes(experiment_id="{experiment}"),
    f"POST {V2}/experiments/restore": consumes(experiment_id="{deleted_experiment}"),
    f"POST {V2}/experiments/set-experiment-tag": writes(experiment_id="{experiment}", key="k", value="v"),
    f"POST {V2}/experiments/delete-experiment-tag": consumes(experiment_id="{experiment}", key="tag"),
    f"POST {AJAX}/experiments/search-datasets": writes(experiment_ids=["{experiment}"]),
    # Runs
    f"POST {V2}/runs/create": writes(experiment_id="{experiment}", start_time=1),
    f"GET {V2}/runs/get": reads(run_id="{run}"),
    f"POST {V2}/runs/update": writes(run_id="{run}", status="FINISHED"),
    f"POST {V2}/runs/delete": consumes(run_id="{run}"),
    f"POST {V2}/runs/restore": consumes(run_id="{deleted_run}"),
    f"POST {V2}/runs/set-tag": writes(run_id="{run}", key="k", value="v"),
    f"POST {V2}/runs/delete-tag": consumes(run_id="{run}", key="tag"),
    f"POST {V2}/runs/log-metric": writes(run_id="{run}", key="m", value=1, timestamp=1, step=0),
    f"POST {V2}/runs/log-parameter": writes(run_id="{run}", key="p", value="v"),
    f"POST {V2}/runs/log-batch": writes(run_id="{run}", tags=[{"key": "k", "value": "v"}]),
    f"POST {V2}/runs/log-inputs": writes(run_id="{run}", datasets=[]),
    f"POST {V2}/runs/outputs": writes(run_id="{run}", models=[]),
    f"POST {V2}/runs/log-model": writes(
        run_id="{run}",
        model_json='{{"run_id": "{run}", "artifact_path": "m", "utc_time_created": "x", "flavors": {{}}}}',
    ),
    f"POST {V2}/runs/search": lists(writes(experiment_ids=["{experiment}"]), '"{run}"'),
    # Logged models
    f"POST {V2}/logged-models": writes(experiment_id="{experiment}"),
    f"POST {V2}/logged-models # of a run": writes(experiment_id="{experiment}", source_run_id="{run}"),
    f"GET {V2}/logged-models/{{model_id}}": Ask(path=_LOGGED),
    f"PATCH {V2}/logged-models/{{model_id}}": Ask(
        path=_LOGGED, json={"model_id": "{logged}", "status": "LOGGED_MODEL_READY"}
    ),
    f"DELETE {V2}/logged-models/{{model_id}}": Ask(path=_LOGGED, consumes=True),
    f"POST {V2}/logged-models/{{model_id}}/params": Ask(
        path=_LOGGED, json={"model_id": "{logged}", "params": [{"key": "{unique}", "value": "v"}]}
    ),
    f"PATCH {V2}/logged-models/{{model_id}}/tags": Ask(
        path=_LOGGED, json={"model_id": "{logged}", "tags": [{"key": "k", "value": "v"}]}
    ),
    f"DELETE {V2}/logged-models/{{model_id}}/tags/{{tag_key}}": Ask(
        path={**_LOGGED, "tag_key": "tag"}, consumes=True
    ),
    f"GET {V2}/logged-models/{{model_id}}/artifacts/directories": Ask(path=_LOGGED),
    f"GET {AJAX}/logged-models/{{model_id}}/artifacts/files": Ask(
        path=_LOGGED, query={"artifact_file_path": "file.txt"}
    ),
    f"POST {V2}/logged-models/search": lists(writes(experiment_ids=["{experiment}"]), '"{logged}"'),
    f"GET {V2}/metrics/get-history": reads(run_id="{run}", metric_key="loss"),
    f"GET {AJAX}/metrics/get-history-bulk": reads(run_id="{run}", metric_key="loss"),
    f"GET {V2}/metrics/get-history-bulk-interval": reads(
        run_ids="{run}", metric_key="loss", max_results="10"
    ),
    # Artifacts
    f"GET {V2}/artifacts/list": reads(run_id="{run}"),
    "GET /get-artifact": reads(run_id="{run}", path="file.txt"),
    f"POST {V2}/artifacts/presigned-download-url": writes(run_id="{run}", path="file.txt"),
    f"POST {V2}/artifacts/presigned-upload-url": writes(run_id="{run}", path="file.txt"),
    f"POST {V2}/artifacts/presigned-upload-url # model": writes(model_id="{logged}", path="file.txt"),
    f"POST {AJAX}/upload-artifact": Ask(query={"run_uuid": "{run}", "path": "up.txt"}, data=b"text"),
    f"GET {PROXY}": reads(path="{experiment}/{run}/artifacts"),
    f"GET {PROXY}/{{*path}}": Ask(path={"*path": "{experiment}/{run}/artifacts/file.txt"}),
    f"PUT {PROXY}/{{*path}}": Ask(path={"*path": "{experiment}/{run}/artifacts/put.txt"}, data=b"text"),
    f"DELETE {PROXY}/{{*path}}": Ask(path={"*path": "{experiment}/{run}/artifacts/file.txt"}, consumes=True),
    "POST /api/2.0/mlflow-artifacts/mpu/create/{*path}": Ask(
        path=_UPLOADED, json={"path": "m", "num_parts": 1}
    ),
    "POST /api/2.0/mlflow-artifacts/mpu/complete/{*path}": Ask(
        path=_UPLOADED, json={"path": "m", "upload_id": "u", "parts": []}
    ),
    "POST /api/2.0/mlflow-artifacts/mpu/abort/{*path}": Ask(
        path=_UPLOADED, json={"path": "m", "upload_id": "u"}
    ),
    "GET /api/2.0/mlflow-artifacts/presigned/{*path}": Ask(
        path={"*path": "{experiment}/{run}/artifacts/file.txt"}
    ),
    # The model registry
    f"POST {V2}/registered-models/create": writes(name="{unique}"),
    f"GET {V2}/registered-models/get": reads(name="{model}"),
    f"GET {V2}/registered-models/get # prompt": reads(name="{prompt}"),
    f"GET {V2}/registered-models/search": lists(reads(max_results="1000"), '"{model}"'),
    f"GET {V2}/registered-models/search # prompt": lists(
        reads(max_results="1000", filter="tags.`mlflow.prompt.is_prompt` = 'true'"), '"{prompt}"'
    ),
    f"POST {V2}/registered-models/rename": consumes(name="{model}", new_name="{unique}"),
    f"POST {V2}/registered-models/rename # prompt": consumes(name="{prompt}", new_name="{unique}"),
    f"PATCH {V2}/registered-models/update": writes(name="{model}", description="d"),
    f"DELETE {V2}/registered-models/delete": consumes(name="{model}"),
    f"DELETE {V2}/registered-models/delete # prompt": consumes(name="{prompt}"),
    f"POST {V2}/registered-models/set-tag": writes(name="{model}", key="k", value="v"),
    f"POST {V2}/registered-models/set-tag # prompt": writes(name="{prompt}", key="k", value="v"),
    f"DELETE {V2}/registered-models/delete-tag": consumes(name="{model}", key="tag"),
    f"GET {V2}/registered-models/get-latest-versions": reads(name="{model}"),
    f"POST {V2}/registered-models/get-latest-versions": writes(name="{model}"),
    f"POST {V2}/registered-models/alias": writes(name="{model}", alias="chosen", version="1"),
    f"GET {V2}/registered-models/alias": reads(name="{model}", alias="champion"),
    f"DELETE {V2}/registered-models/alias": consumes(name="{model}", alias="champion"),
    f"POST {V2}/model-versions/create": writes(name="{model}", source="s3://bucket/model"),
    f"POST {V2}/model-versions/create # from a run": writes(
        name="{model}", source="mlflow-artifacts:/{experiment}/{run}/artifacts/m", run_id="{run}"
    ),
    f"GET {V2}/model-versions/get": Ask(query=_VERSION),
    f"GET {V2}/model-versions/get # prompt": Ask(query=_PROMPT_VERSION),
    f"GET {V2}/model-versions/get-download-uri": Ask(query=_VERSION),
    f"GET {V2}/model-versions/search": lists(reads(filter="name='{model}'"), '"{model}"'),
    f"PATCH {V2}/model-versions/update": Ask(json={**_VERSION, "description": "d"}),
    f"DELETE {V2}/model-versions/delete": Ask(json=_VERSION, consumes=True),
    f"POST {V2}/model-versions/set-tag": Ask(json={**_VERSION, "key": "k", "value": "v"}),
    f"DELETE {V2}/model-versions/delete-tag": Ask(json={**_VERSION, "key": "tag"}, consumes=True),
    f"POST {V2}/model-versions/transition-stage": Ask(json={**_VERSION, "stage": "Staging"}),
    "GET /model-versions/get-artifact": Ask(query={**_VERSION, "path": "file.txt"}),
    f"POST {V2}/webhooks": Ask(json=_WEBHOOK),
    f"GET {V2}/webhooks": lists(reads(max_results="1000"), '"{webhook}"'),
    f"GET {V2}/webhooks/{{webhook_id}}": Ask(path={"webhook_id": "{webhook}"}),
    f"PATCH {V2}/webhooks/{{webhook_id}}": Ask(path={"webhook_id": "{webhook}"}, json={"description": "d"}),
    f"DELETE {V2}/webhooks/{{webhook_id}}": Ask(path={"webhook_id": "{webhook}"}, consumes=True),
    f"POST {V2}/webhooks/{{webhook_id}}/test": Ask(path={"webhook_id": "{webhook}"}, json={}),
    # Users. The account is the caller's own, or somebody's.
    f"POST {V2}/users/create": writes(username="{unique}", password=NEW_PASSWORD),
    "GET /signup": reads(),
    # Without the token of the page.
    f"POST {V2}/users/create-ui": Ask(form={"username": "{unique}", "password": NEW_PASSWORD}),
    f"GET {V2}/users/get": reads(username="{account}"),
    f"GET {V2}/users/current": reads(),
    f"GET {V2}/users/list": reads(),
    f"PATCH {V2}/users/update-password": writes(username="{account}", password=NEW_PASSWORD),
    f"PATCH {V2}/users/update-admin": writes(username="{account}", is_admin=False),
    f"PATCH {V3}/users/update-disabled": writes(username="{account}", is_disabled=False),
    f"DELETE {V2}/users/delete": consumes(username="{account}"),
    # Roles. The role is in the default workspace, whosever the account.
    f"POST {V3}/roles/create": writes(name="{unique}", workspace="default"),
    f"GET {V3}/roles/get": reads(role_id="{role}"),
    f"GET {V3}/roles/list": reads(workspace="default"),
    f"GET {V3}/roles/list # all": reads(),
    f"PATCH {V3}/roles/update": writes(role_id="{role:int}", description="d"),
    f"DELETE {V3}/roles/delete": consumes(role_id="{role:int}"),
    f"POST {V3}/roles/permissions/add": writes(
        role_id="{role:int}", resource_type="experiment", resource_pattern="{unique}", permission="READ"
    ),
    f"DELETE {V3}/roles/permissions/remove": consumes(role_permission_id="{role_permission:int}"),
    f"GET {V3}/roles/permissions/list": reads(role_id="{role}"),
    f"PATCH {V3}/roles/permissions/update": writes(
        role_permission_id="{role_permission:int}", permission="EDIT"
    ),
    f"POST {V3}/roles/assign": consumes(username="{unassigned}", role_id="{role:int}"),
    f"DELETE {V3}/roles/unassign": consumes(username="{somebody}", role_id="{role:int}"),
    f"GET {V3}/roles/users/list": reads(role_id="{role}"),
    f"GET {V3}/users/roles/list": reads(username="{account}"),
    # Grants
    f"GET {V3}/users/current/permissions": reads(),
    f"GET {V3}/users/permissions/list": reads(username="{account}"),
    f"POST {V3}/users/permissions/grant": Ask(
        json={**_GRANT, "username": "{unassigned}", "permission": "READ"}, consumes=True
    ),
    f"POST {V3}/users/permissions/grant # all of a type": Ask(
        json={**_ALL_RUNS, "permission": "READ"}, undo=_ALL_RUNS
    ),
    f"POST {V3}/users/permissions/grant # prompt": consumes(
        username="{unassigned}", resource_type="prompt", resource_id="{prompt}", permission="READ"
    ),
    f"POST {V3}/users/permissions/revoke": Ask(json=_GRANT, consumes=True),
    f"GET {V3}/users/permissions/get": Ask(query={**_GRANT, "username": "{account}"}),
    # Access tokens. The one that is revoked is the caller's own, or somebody's.
    f"POST {V3}/tokens/create": writes(username="{account}", name="{unique}"),
    f"GET {V3}/tokens/list": reads(username="{account}"),
    f"DELETE {V3}/tokens/revoke": reads(token_id="{token}"),
    f"GET {V3}/audit/search": reads(),
    # The APIs of MLflow 2.5 to 3.11
    f"POST {V2}/experiments/permissions/create": Ask(
        json={**_OLD_EXPERIMENT, "username": "{unassigned}", "permission": "READ"}, consumes=True
    ),
    f"GET {V2}/experiments/permissions/get": Ask(query=_OLD_EXPERIMENT),
    f"PATCH {V2}/experiments/permissions/update": Ask(json={**_OLD_EXPERIMENT, "permission": "EDIT"}),
    f"DELETE {V2}/experiments/permissions/delete": Ask(json=_OLD_EXPERIMENT, consumes=True),
    f"POST {V2}/registered-models/permissions/create": Ask(
        json={**_OLD_MODEL, "permission": "READ"}, consumes=True
    ),
    f"GET {V2}/registered-models/permissions/get": Ask(query=_OLD_MODEL),
    f"PATCH {V2}/registered-models/permissions/update": Ask(json={**_OLD_MODEL, "permission": "EDIT"}),
    f"DELETE {V2}/registered-models/permissions/delete": Ask(json=_OLD_MODEL),
    f"POST {V3}/scorers/permissions/create": Ask(json={**_OLD_SCORER, "permission": "READ"}, consumes=True),
    f"GET {V3}/scorers/permissions/get": Ask(query=_OLD_SCORER),
    f"PATCH {V3}/scorers/permissions/update": Ask(json={**_OLD_SCORER, "permission": "EDIT"}),
    f"DELETE {V3}/scorers/permissions/delete": Ask(json=_OLD_SCORER),
    f"GET {V3}/gateway/secrets/permissions/{{operation}}": Ask(path={"operation": "get"}),
    f"GET {V3}/gateway/endpoints/permissions/{{operation}}": Ask(path={"operation": "get"}),
    f"GET {V3}/gateway/model-definitions/permissions/{{operation}}": Ask(path={"operation": "get"}),
    f"GET {V3}/workspaces/{{workspace_name}}/permissions": Ask(path={"workspace_name": "default"}),
    f"GET {V3}/workspace-permissions": reads(),
}


def documented_routes() -> set[str]:
    """Every route of docs/permissions.md, which is written from the server's table of operations."""
    page = (ROOT / "docs/permissions.md").read_text()
    return set(re.findall(r"`((?:GET|POST|PUT|PATCH|DELETE) /[^`]*)`", page))


def route_of(name: str) -> str:
    return name.partition(" #")[0]


class World:
    """A server with the callers, and with targets made as they are needed."""

    def __init__(self, server: Server):
        self.server = server
        self.numbers = itertools.count(1)
        self.session = requests.Session()
        self.passwords = {ADMIN: ADMIN_PASSWORD}
        self.targets: dict[tuple[str, str], dict] = {}
        for name in [OWNER, "somebody", "unassigned"]:
            self.new_user(name)
        self.account = self.new_user("account")
        self.roles_of_levels: dict[str, int] = {}
        self.has_registry = self.try_(ADMIN, "GET", f"{V2}/registered-models/search").status_code == 200

    def unique(self, what: str) -> str:
        return f"{what}-{next(self.numbers)}"

    def send(self, user: str | None, method: str, path: str, **options) -> requests.Response:
        auth = (user, self.passwords[user]) if user else None
        self.session.cookies.clear()
        url = self.server.url + path
        return self.session.request(method, url, auth=auth, allow_redirects=False, timeout=60, **options)

    def try_(self, user: str | None, method: str, path: str, **options) -> requests.Response:
        return self.send(user, method, path, **options)

    def do(self, user: str, method: str, path: str, **options) -> dict:
        answer = self.send(user, method, path, **options)
        assert answer.ok, f"{user} {method} {path}: {answer.status_code} {answer.text}"
        return answer.json() if answer.content else {}

    def new_user(self, name: str) -> str:
        self.do(ADMIN, "POST", f"{V2}/users/create", json={"username": name, "password": NEW_PASSWORD + name})
        self.passwords[name] = NEW_PASSWORD + name
        return name

    def new_token(self, user: str) -> int:
        """Another server has none to revoke."""
        if not is_millgate():
            return 1
        new = {"name": self.unique("token")}
        return self.do(user, "POST", f"{V3}/tokens/create", json=new)["token"]["token_id"]

    def new_role(self, grants: list[tuple[str, str]], *holders: str) -> int:
        role = {"name": self.unique("role"), "workspace": "default"}
        role_id = self.do(ADMIN, "POST", f"{V3}/roles/create", json=role)["role"]["id"]
        for kind, level in grants:
            grant = {"role_id": role_id, "resource_type": kind, "resource_pattern": "*", "permission": level}
            self.do(ADMIN, "POST", f"{V3}/roles/permissions/add", json=grant)
        for holder in holders:
            self.do(ADMIN, "POST", f"{V3}/roles/assign", json={"username": holder, "role_id": role_id})
        return role_id

    def user_of(self, caller: str, side: str) -> str | None:
        """The user who plays a caller. What is theirs they made themselves, and hold their level by a role."""
        if caller == "anonymous":
            return None
        name = f"{caller}-{side}"
        if name not in self.passwords:
            self.new_user(name)
            if caller == "admin":
                self.promote(name)
            if caller == "workspace-admin":
                self.new_role([("workspace", "MANAGE")], name)
        return name

    def promote(self, name: str) -> None:
        self.do(ADMIN, "PATCH", f"{V2}/users/update-admin", json={"username": name, "is_admin": True})

    def target(self, caller: str, side: str) -> dict:
        key = (caller, side)
        if key not in self.targets:
            self.targets[key] = self.new_target(caller, side)
        return self.targets[key]

    def new_target(self, caller: str, side: str) -> dict:
        user = self.user_of(caller, side)
        own = side == "own" and user is not None
        # What a level by a role denies, its holder could not make either.
        role = self.roles_of_levels.get(caller) if own else None
        if role:
            self.do(ADMIN, "DELETE", f"{V3}/roles/unassign", json={"username": user, "role_id": role})
        made = self.make(user if own else OWNER)
        made["user"] = user
        made["owns_account"] = own
        if own and caller in LEVELS:
            if not role:
                role = self.roles_of_levels[caller] = self.new_role([(kind, caller) for kind in TYPES])
            self.do(ADMIN, "POST", f"{V3}/roles/assign", json={"username": user, "role_id": role})
        elif caller in LEVELS:
            grants = [("experiment", made["experiment"]), ("experiment", made["deleted_experiment"])]
            if self.has_registry:
                grants += [("registered_model", made["model"]), ("prompt", made["prompt"])]
            for kind, resource in grants:
                grant = {
                    "username": user,
                    "resource_type": kind,
                    "resource_id": resource,
                    "permission": caller,
                }
                self.do(ADMIN, "POST", f"{V3}/users/permissions/grant", json=grant)
        return made

    def make(self, maker: str) -> dict:
        tag = [{"key": "tag", "value": "v"}]
        made = {"experiment_name": self.unique("experiment")}
        for key, name in [
            ("experiment", made["experiment_name"]),
            ("deleted_experiment", self.unique("deleted")),
        ]:
            new = {"name": name, "tags": tag}
            made[key] = self.do(maker, "POST", f"{V2}/experiments/create", json=new)["experiment_id"]
        for key in ["run", "deleted_run"]:
            new = {"experiment_id": made["experiment"], "start_time": 1, "tags": tag}
            made[key] = self.do(maker, "POST", f"{V2}/runs/create", json=new)["run"]["info"]["run_id"]
        metric = {"run_id": made["run"], "key": "loss", "value": 1, "timestamp": 1, "step": 0}
        self.do(maker, "POST", f"{V2}/runs/log-metric", json=metric)
        self.do(maker, "PUT", f"{PROXY}/{made['experiment']}/{made['run']}/artifacts/file.txt", data=b"text")
        new = {"experiment_id": made["experiment"], "source_run_id": made["run"], "tags": tag}
        logged = self.do(maker, "POST", f"{V2}/logged-models", json=new)["model"]["info"]["model_id"]
        made["logged"] = logged
        folder = f"{made['experiment']}/models/{logged}/artifacts"
        self.do(maker, "PUT", f"{PROXY}/{folder}/file.txt", data=b"text")
        self.do(maker, "POST", f"{V2}/runs/delete", json={"run_id": made["deleted_run"]})
        self.do(maker, "POST", f"{V2}/experiments/delete", json={"experiment_id": made["deleted_experiment"]})
        if self.has_registry:
            self.register(maker, made)
        made["somebody"], made["unassigned"] = "somebody", "unassigned"
        made["role"] = self.new_role([("experiment", "READ")], made["somebody"])
        role = self.do(ADMIN, "GET", f"{V3}/roles/get", params={"role_id": made["role"]})["role"]
        made["role_permission"] = role["permissions"][0]["id"]
        grant = {
            "username": made["somebody"],
            "resource_type": "experiment",
            "resource_id": made["experiment"],
        }
        self.do(ADMIN, "POST", f"{V3}/users/permissions/grant", json={**grant, "permission": "READ"})
        return made

    def register(self, maker: str, made: dict) -> None:
        tag = [{"key": "tag", "value": "v"}]
        made["model"], made["prompt"] = self.unique("model"), self.unique("prompt")
        is_prompt = [{"key": "mlflow.prompt.is_prompt", "value": "true"}]
        text = [*is_prompt, {"key": "mlflow.prompt.text", "value": "Hello"}]
        source = f"mlflow-artifacts:/{made['experiment']}/{made['run']}/artifacts"
        new = {"name": made["model"], "tags": tag}
        self.do(maker, "POST", f"{V2}/registered-models/create", json=new)
        version = {"name": made["model"], "source": source, "run_id": made["run"], "tags": tag}
        self.do(maker, "POST", f"{V2}/model-versions/create", json=version)
        alias = {"name": made["model"], "alias": "champion", "version": "1"}
        self.do(maker, "POST", f"{V2}/registered-models/alias", json=alias)
        self.do(
            maker, "POST", f"{V2}/registered-models/create", json={"name": made["prompt"], "tags": is_prompt}
        )
        version = {"name": made["prompt"], "source": "dummy-source", "tags": text}
        self.do(maker, "POST", f"{V2}/model-versions/create", json=version)
        # Nobody owns one.
        made["webhook"] = self.do(ADMIN, "POST", f"{V2}/webhooks", json=_WEBHOOK)["webhook"]["webhook_id"]

    def ask(self, name: str, caller: str, side: str) -> str:
        ask = REQUESTS[name]
        target = self.target(caller, side)
        method, _, path = route_of(name).partition(" ")
        if name == f"DELETE {V3}/tokens/revoke":
            target["token"] = self.new_token(target["user"] if target["owns_account"] else OWNER)
        fill = self.filler(target)
        for key, value in ask.path.items():
            path = path.replace("{" + key + "}", fill(value))
        options: dict = {"params": fill(ask.query)} if ask.query else {}
        if ask.json is not None:
            options["json"] = fill(ask.json)
        if ask.data is not None:
            options["data"] = ask.data
        if ask.form is not None:
            options["data"] = fill(ask.form)
        answer = self.send(target["user"], method, path, **options)
        if answer.status_code < 400:
            if ask.consumes:
                del self.targets[caller, side]
            if name == f"DELETE {V2}/users/delete":
                self.account = self.new_user(self.unique("account"))
            if name == f"PATCH {V2}/users/update-admin" and caller == "admin":
                self.promote(target["user"])
            if ask.undo:
                self.do(ADMIN, "POST", f"{V3}/users/permissions/revoke", json=fill(ask.undo))
        if ask.shows and answer.ok:
            return f"{answer.status_code}{'+' if fill(ask.shows) in answer.text else '-'}"
        return str(answer.status_code)

    def filler(self, target: dict) -> Callable:
        account = target["user"] if target["owns_account"] else self.account
        values = {**target, "account": account, "unique": self.unique("new")}

        def fill(template):
            match template:
                case dict():
                    return {key: fill(value) for key, value in template.items()}
                case list():
                    return [fill(value) for value in template]
                case str() if template.endswith(":int}"):
                    return int(values[template[1 : -len(":int}")]])
                case str():
                    return template.format(**values)
                case other:
                    return other

        return fill


Outcomes = dict[str, dict[str, str]]


def outcomes(server: Server) -> Outcomes:
    """By request and caller, the statuses on what is foreign and on what is one's own, such as `403/200`."""
    world = World(server)
    served = documented_routes()
    found: Outcomes = {}
    for name in REQUESTS:
        if route_of(name) in served or not is_millgate():
            found[name] = {caller: "/".join(world_statuses(world, name, caller)) for caller in CALLERS}
    return found


def world_statuses(world: World, name: str, caller: str) -> Iterator[str]:
    # Nobody owns nothing.
    for side in SIDES if caller != "anonymous" else ["foreign"]:
        yield world.ask(name, caller, side)


def as_table(found: Outcomes) -> str:
    lines = ["\t".join(["request", *CALLERS])]
    lines += ["\t".join([name, *(row[caller] for caller in CALLERS)]) for name, row in found.items()]
    return "\n".join(lines) + "\n"


def from_table(text: str) -> Outcomes:
    header, *lines = [line.split("\t") for line in text.splitlines()]
    return {name: dict(zip(header[1:], row, strict=True)) for name, *row in lines}


def main() -> None:
    arguments = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    arguments.add_argument("--write", action="store_true", help="keep the outcomes for the test")
    write = arguments.parse_args().write
    with (
        tempfile.TemporaryDirectory() as folder,
        serving(pathlib.Path(folder), environment=ENVIRONMENT) as server,
    ):
        table = as_table(outcomes(server))
    print(table, end="")
    if write:
        (FOLDER / ("millgate.tsv" if is_millgate() else "mlflow.tsv")).write_text(table)


if __name__ == "__main__":
    main()
