"""Those who call the server. Tests name them by how they authenticate: `admin`, `alice`, `stranger`, `anonymous`."""

import contextlib
import os
import uuid
from collections.abc import Iterator
from typing import Any

import mlflow
import requests
from mlflow.server import get_app_client

from serving import Server

API = "/api/2.0/mlflow"


class Person:
    """A caller with the name and password, or the token, that every request of hers carries; without any, nobody."""

    def __init__(
        self,
        server: Server,
        username: str | None = None,
        password: str | None = None,
        token: str | None = None,
    ):
        self.server = server
        self.username = username
        self.password = password
        self.token = token
        #: MlflowClient, each call signed in as this person.
        self.client: Any = _SignedIn(self, mlflow.MlflowClient(server.url))
        #: AuthServiceClient, each call signed in as this person.
        self.users: Any = _SignedIn(self, get_app_client("basic-auth", server.url))

    def with_password(self, password: str) -> "Person":
        return Person(self.server, self.username, password)

    def with_token(self, token: str) -> "Person":
        return Person(self.server, token=token)

    def new_token(self, **wishes) -> str:
        """The text of a new access token of hers."""
        new = {"name": unique("token"), **wishes}
        answer = self.http("POST", "/api/3.0/mlflow/tokens/create", json=new)
        assert answer.status_code == 200, answer.text
        return answer.json()["secret"]

    @contextlib.contextmanager
    def signed_in(self) -> Iterator[None]:
        """The MLflow clients read name, password and server at each request: within the block, this person's."""
        changed = {
            "MLFLOW_TRACKING_USERNAME": self.username,
            "MLFLOW_TRACKING_PASSWORD": self.password,
            "MLFLOW_TRACKING_TOKEN": self.token,
        }
        before = {key: os.environ.get(key) for key in changed}
        uri = mlflow.get_tracking_uri()
        try:
            _set_environment(changed)
            mlflow.set_tracking_uri(self.server.url)
            yield
        finally:
            _set_environment(before)
            mlflow.set_tracking_uri(uri)

    def http(self, method: str, path: str, **options) -> requests.Response:
        """One raw request; `path` is that of the URL, or relative to `/api/2.0/mlflow` when it has no leading slash."""
        url = self.server.url + (path if path.startswith("/") else f"{API}/{path}")
        # Bytes, because `requests` would encode text as Latin-1.
        auth = (self.username.encode(), (self.password or "").encode()) if self.username else None
        if self.token:
            options["headers"] = {**options.get("headers", {}), "Authorization": f"Bearer {self.token}"}
        return requests.request(method, url, auth=auth, timeout=60, **options)


def a_new_person(admin: Person, name: str) -> Person:
    username, password = unique(name), f"the password of {name}"
    admin.http("POST", "users/create", json={"username": username, "password": password}).raise_for_status()
    return Person(admin.server, username, password)


def unique(name: str) -> str:
    return f"{name} {uuid.uuid4().hex[:12]}"


class _SignedIn:
    """A client whose methods are called while its person is signed in."""

    def __init__(self, person: Person, client: Any):
        self._person = person
        self._client = client

    def __getattr__(self, name: str) -> Any:
        attribute = getattr(self._client, name)
        if not callable(attribute):
            return attribute

        def call(*args, **kwargs):
            with self._person.signed_in():
                return attribute(*args, **kwargs)

        return call


def _set_environment(values: dict[str, str | None]) -> None:
    for key, value in values.items():
        if value is None:
            os.environ.pop(key, None)
        else:
            os.environ[key] = value
