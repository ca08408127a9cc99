"""Prints a database of users that the installed MLflow makes, as SQL.

    python auth_dump.py                         a new one
    python auth_dump.py auth-OLDER.sql REVISION  that one, migrated to the revision

Everything goes through MLflow's own code, but for the password hashes: its own take a tenth of a second each.
MLflow 2.5.0 to 3.5.1 all print the same, and so do 3.10.1 and 3.11.1. The revision e5f6a7b8c9d0 is in no release:
MLflow 3.17.2 made it of auth-3.12.0.sql.
"""

import hashlib
import pathlib
import sqlite3
import sys
import tempfile

from mlflow.server.auth.sqlalchemy_store import SqlAlchemyStore

PEOPLE = ["admin", "ada", "bob", "carol", "dora", "erik"]
# What of the store's methods exists depends on the version: `create_scorer_permission` came with MLflow 3.7.
PERMISSIONS = {
    "create_experiment_permission": [
        ("1", "ada", "MANAGE"),
        ("1", "bob", "READ"),
        ("1", "carol", "NO_PERMISSIONS"),
        ("1", "dora", "EDIT"),
        ("2", "bob", "MANAGE"),
    ],
    "create_registered_model_permission": [
        ("tea", "ada", "MANAGE"),
        ("tea", "bob", "NO_PERMISSIONS"),
        ("greeting", "bob", "MANAGE"),
        ("greeting", "carol", "NO_PERMISSIONS"),
    ],
    "create_scorer_permission": [
        ("1", "good/better ü~", "ada", "MANAGE"),
        ("1", "good/better ü~", "carol", "NO_PERMISSIONS"),
    ],
    "create_gateway_secret_permission": [("s-1", "ada", "USE"), ("s-1", "carol", "NO_PERMISSIONS")],
    "create_gateway_endpoint_permission": [("e-1", "ada", "EDIT"), ("e-1", "carol", "NO_PERMISSIONS")],
    "create_gateway_model_definition_permission": [
        ("d-1", "ada", "MANAGE"),
        ("d-1", "carol", "NO_PERMISSIONS"),
    ],
    "set_workspace_permission": [
        ("default", "ada", "READ"),
        ("default", "bob", "EDIT"),
        ("default", "carol", "NO_PERMISSIONS"),
        ("default", "dora", "MANAGE"),
        ("default", "erik", "USE"),
    ],
}
ROLE = [
    ("experiment", "1", "EDIT"),
    ("registered_model", "greeting", "READ"),
    ("registered_model", "*", "READ"),
]


def cheap_hash(password: str) -> str:
    return "pbkdf2:sha256:1$salt$" + hashlib.pbkdf2_hmac("sha256", password.encode(), b"salt", 1).hex()


def fill(file: str) -> None:
    store = SqlAlchemyStore()
    store.init_db(f"sqlite:///{file}")
    for name in PEOPLE:
        store.create_user(name, "replaced below", is_admin=name == "admin")
    for method, rows in PERMISSIONS.items():
        for row in rows if hasattr(store, method) else []:
            getattr(store, method)(*row)
    if hasattr(store, "create_role"):
        role = store.create_role("team", "default")
        for grant in ROLE:
            store.add_role_permission(role.id, *grant)
        for name in ["ada", "bob"]:
            store.assign_role_to_user(store.get_user(name).id, role.id)
    store.engine.dispose()


def migrate(file: str, dump: str, revision: str) -> None:
    import sqlalchemy
    from mlflow.server.auth.db import utils

    sqlite3.connect(file).executescript(pathlib.Path(dump).read_text())
    engine = sqlalchemy.create_engine(f"sqlite:///{file}")
    utils.migrate(engine, revision)
    engine.dispose()


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        file = f"{folder}/auth.db"
        if len(sys.argv) > 1:
            migrate(file, *sys.argv[1:])
        else:
            fill(file)
        database = sqlite3.connect(file)
        for name in PEOPLE:
            hashed = cheap_hash(f"the password of {name}")
            database.execute("UPDATE users SET password_hash = ? WHERE username = ?", (hashed, name))
        lines = "\n".join(database.iterdump()).split("\n")
        print("\n".join(line.rstrip() for line in lines))


if __name__ == "__main__":
    main()
