"""The servers that are compared: how each is started, and who calls it."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
ENVIRONMENTS = ROOT / "target" / "bench"

ADMIN = ("admin", "an-admin-of-the-bench")
"""Set up when the server starts; makes the user below."""
USER = ("bench", "a-user-of-the-bench")
"""Sends the load: no administrator, so that permissions are decided, and the owner of what it reads and writes."""

MLFLOW = "3.17.2"
FASTTRACKML = "0.6.0"

INI = """[mlflow]
default_permission = {permission}
database_uri = {auth}
admin_username = {admin[0]}
admin_password = {admin[1]}
authorization_function = mlflow.server.auth:authenticate_request_basic_auth
{more}
"""


@dataclass(frozen=True)
class Server:
    name: str
    note: str
    """What a reader of the figures must know of the set-up."""
    command: Callable[[int], list[str]]
    """The command line for a port; it runs in an empty folder of its own."""
    version: str
    files: dict[str, str] = field(default_factory=dict)
    variables: dict[str, str] = field(default_factory=dict)


def millgate(binary: Path, main: str = "sqlite:///mlflow.db", auth: str = "") -> Server:
    """On the databases of these URIs; with one for users, nobody may do anything without a grant."""
    version = subprocess.run(
        [binary, "--version"], check=True, capture_output=True, text=True
    ).stdout.split()[-1]
    variables = {"MLFLOW_AUTH_ADMIN_USERNAME": ADMIN[0], "MLFLOW_AUTH_ADMIN_PASSWORD": ADMIN[1]}
    files = {}
    if auth:
        files["auth.ini"] = f"[mlflow]\ndefault_permission = NO_PERMISSIONS\ndatabase_uri = {auth}\n"
        variables["MLFLOW_AUTH_CONFIG_PATH"] = "auth.ini"
    return Server(
        name="millgate",
        note="basic-auth",
        # The URI may hold a password, which a command line would show.
        command=lambda port: [str(binary), "server", "--app-name", "basic-auth", "--port", str(port)],
        version=version,
        files=files,
        variables=variables | {"MLFLOW_BACKEND_STORE_URI": main},
    )


def mlflow(
    binary: Path,
    *,
    cached: bool,
    main: str = "sqlite:///mlflow.db",
    auth: str = "sqlite:///basic_auth.db",
    permission: str = "READ",
) -> Server:
    more = "auth_cache_ttl_seconds = 60" if cached else ""
    # The file is read with interpolation.
    ini = INI.format(admin=ADMIN, more=more, auth=auth.replace("%", "%%"), permission=permission)
    return Server(
        name="mlflow-cached" if cached else "mlflow",
        note="basic-auth, 4 workers (default), no job runner, "
        + ("verified passwords cached for 60 s" if cached else "no credential cache (default)"),
        command=lambda port: [
            str(binary), "server", "--app-name", "basic-auth", "--host", "127.0.0.1", "--port", str(port),
        ],
        version=_installed(binary, "mlflow"),
        files={"auth.ini": ini},
        variables={
            "MLFLOW_BACKEND_STORE_URI": main,
            "MLFLOW_AUTH_CONFIG_PATH": "auth.ini",
            "MLFLOW_FLASK_SERVER_SECRET_KEY": "of-the-bench",
            "MLFLOW_DISABLE_TELEMETRY": "true",
            # Only MLflow has one. It would take memory and time that no other server spends.
            "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false",
        },
    )  # fmt: skip


def fasttrackml(binary: Path, database: str = "") -> Server:
    return Server(
        name="fasttrackml",
        note="one user from its flags",
        command=lambda port: [str(binary), "server", "--listen-address", f"127.0.0.1:{port}"],
        version=_installed(binary, "fasttrackml"),
        variables={"FML_AUTH_USERNAME": ADMIN[0], "FML_AUTH_PASSWORD": ADMIN[1]}
        | ({"FML_DATABASE_URI": database} if database else {}),
    )


def environment(name: str, packages: list[str]) -> Path:
    """The `bin` folder of a virtual environment with these packages, made if it isn't there yet."""
    folder = ENVIRONMENTS / name
    done = folder / "done"
    if not done.exists():
        print(f"installing {' '.join(packages)}", file=sys.stderr)
        subprocess.run([sys.executable, "-m", "venv", "--clear", folder], check=True)
        pip = [folder / "bin" / "pip", "install", "--quiet", "--disable-pip-version-check"]
        subprocess.run([*pip, *packages], check=True)
        done.touch()
    return folder / "bin"


def installed(command: str, package: str, *more: str) -> Path:
    """A command of a package from the index, installed on demand."""
    name = "-".join([package.replace("[auth]", "").replace("==", "-"), *more])
    return environment(name, [package, *more]) / command


def _installed(binary: Path, package: str) -> str:
    script = f"import importlib.metadata as m; print(m.version({package!r}))"
    python = binary.parent / "python"
    return subprocess.run([python, "-c", script], check=True, capture_output=True, text=True).stdout.strip()
