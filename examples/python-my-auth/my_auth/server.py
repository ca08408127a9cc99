"""The server's half: a factory that extends MLflow's Flask app."""

import contextlib
import hashlib
import hmac
import os
import secrets
import sqlite3

from flask import Flask, Response, g, jsonify, request
from mlflow.server import app
from mlflow.server.handlers import _get_tracking_store

ADMIN = "admin"
USERS = "/api/2.0/my-auth/users"
#: Whoever asks whether the server is up need not say who they are.
UNPROTECTED = ("/health", "/version")


def create_app(app: Flask = app) -> Flask:
    """What the entry point `my-auth` of the group `mlflow.app` names."""
    if not os.environ.get("MY_AUTH_ADMIN_TOKEN"):
        raise RuntimeError("my-auth needs MY_AUTH_ADMIN_TOKEN, the administrator's token")
    with _database() as database:
        database.execute(
            "CREATE TABLE IF NOT EXISTS users (name TEXT PRIMARY KEY, token TEXT NOT NULL UNIQUE)"
        )
    app.before_request(authenticate)
    app.after_request(name_the_user)
    app.add_url_rule(USERS, "my_auth_create_user", create_user, methods=["POST"])
    app.add_url_rule(USERS, "my_auth_list_users", list_users, methods=["GET"])
    app.add_url_rule("/api/2.0/my-auth/whoami", "my_auth_whoami", whoami, methods=["GET"])
    return app


def authenticate() -> "Response | None":
    """Runs before every request; an answer ends it there."""
    if request.path in UNPROTECTED:
        return None
    user = _user_of(_token())
    if user is None:
        return _refusal(
            401, "UNAUTHENTICATED", "Send a token that is known here as Authorization: Bearer TOKEN."
        )
    if request.path == USERS and user != ADMIN:
        return _refusal(403, "PERMISSION_DENIED", "Users are the administrator's business.")
    # Where MLflow's own authentication keeps it, too.
    g.mlflow_authenticated_user = user
    return None


def name_the_user(response: Response) -> Response:
    user = g.get("mlflow_authenticated_user")
    if user is not None:
        response.headers["X-My-Auth-User"] = user
    return response


def create_user() -> "Response | tuple[Response, int]":
    name = (request.get_json(silent=True) or {}).get("name")
    if not isinstance(name, str) or not name.isidentifier() or name == ADMIN:
        return _refusal(
            400, "INVALID_PARAMETER_VALUE", "A user needs a name: letters, digits and underscores."
        )
    token = secrets.token_urlsafe(32)
    try:
        with _database() as database:
            database.execute("INSERT INTO users VALUES (?, ?)", (name, _hash(token)))
    except sqlite3.IntegrityError:
        return _refusal(400, "RESOURCE_ALREADY_EXISTS", f"There is a user {name} already.")
    return jsonify(name=name, token=token)


def list_users() -> Response:
    with _database() as database:
        names = [name for (name,) in database.execute("SELECT name FROM users ORDER BY name")]
    return jsonify(users=[ADMIN, *names])


def whoami() -> Response:
    """The user, and how many experiments there are: the plugin may ask MLflow's store like any code in MLflow's server."""
    experiments = _get_tracking_store().search_experiments(max_results=100)
    return jsonify(name=g.mlflow_authenticated_user, experiments=len(experiments))


def _token() -> str:
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""


def _user_of(token: str) -> "str | None":
    if not token:
        return None
    if hmac.compare_digest(_hash(token), _hash(os.environ["MY_AUTH_ADMIN_TOKEN"])):
        return ADMIN
    with _database() as database:
        row = database.execute("SELECT name FROM users WHERE token = ?", (_hash(token),)).fetchone()
    return row[0] if row else None


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


@contextlib.contextmanager
def _database():
    database = sqlite3.connect(os.environ.get("MY_AUTH_DATABASE", "my_auth.db"), timeout=30)
    try:
        with database:
            yield database
    finally:
        database.close()


def _refusal(status: int, code: str, message: str) -> Response:
    response = jsonify(error_code=code, message=message)
    response.status_code = status
    if status == 401:
        response.headers["WWW-Authenticate"] = 'Bearer realm="my-auth"'
    return response
