"""Prints a database of users that the installed MLflow makes, as SQL.

    python auth_dump.py                                       a new one
    python auth_dump.py auth-OLDER.sql REVISION               that one, migrated to the revision
    python auth_dump.py --postgresql URI [OLDER.sql REVISION] the same in an empty database of PostgreSQL's

Everything goes through MLflow's own code, but for the password hashes: its own take a tenth of a second each.
MLflow 2.5.0 to 3.5.1 all print the same, and so do 3.10.1 and 3.11.1. The revision e5f6a7b8c9d0 is in no release:
MLflow 3.17.2 made it of auth-3.12.0.sql.

PostgreSQL takes psycopg2 and pg_dump. MLflow 2.5 loses a password in the URI: PGPASSWORD gives it to all of them.
"""

import argparse
import hashlib
import pathlib
import re
import sqlite3
import subprocess
import tempfile

import sqlalchemy
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


def fill(uri: str) -> None:
    store = SqlAlchemyStore()
    store.init_db(uri)
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


def migrate(engine: sqlalchemy.Engine, dump: str, revision: str) -> None:
    from mlflow.server.auth.db import utils

    connection = engine.raw_connection()
    run = getattr(connection.cursor(), "executescript", None) or connection.cursor().execute
    run(pathlib.Path(dump).read_text())
    connection.commit()
    connection.close()
    utils.migrate(engine, revision)


def cheapen_passwords(engine: sqlalchemy.Engine) -> None:
    update = sqlalchemy.text("UPDATE users SET password_hash = :hash WHERE username = :name")
    with engine.begin() as connection:
        for name in PEOPLE:
            connection.execute(update, {"hash": cheap_hash(f"the password of {name}"), "name": name})


def sqlite_dump(file: str) -> str:
    return "\n".join(sqlite3.connect(file).iterdump())


def postgresql_dump(url: sqlalchemy.URL) -> str:
    uri = url.set(drivername="postgresql").render_as_string(hide_password=False)
    command = ["pg_dump", "--inserts", "--no-owner", "--no-privileges", uri]
    dump = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    # What is about pg_dump's own session, and what takes room only.
    noise = r"--.*|SET .*|SELECT pg_catalog\.set_config.*|\\(un)?restrict .*|"
    lines = [line for line in dump.split("\n") if not re.fullmatch(noise, line)]
    return re.sub(r"\n {4}(?=AS |START |INCREMENT |NO |CACHE )", " ", "\n".join(lines)).replace("public.", "")


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--postgresql", metavar="URI")
    parser.add_argument("older", nargs="*", metavar="OLDER.sql REVISION")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        file = f"{folder}/auth.db"
        uri = arguments.postgresql or f"sqlite:///{file}"
        engine = sqlalchemy.create_engine(uri)
        if arguments.older:
            migrate(engine, *arguments.older)
        else:
            fill(uri)
        cheapen_passwords(engine)
        dump = postgresql_dump(engine.url) if arguments.postgresql else sqlite_dump(file)
        engine.dispose()
        print("\n".join(line.rstrip() for line in dump.split("\n")))


if __name__ == "__main__":
    main()
