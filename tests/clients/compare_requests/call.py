"""One request, and short ways to write one."""

from dataclasses import dataclass, field
from typing import Any

API = "/api/2.0/mlflow"
AJAX = "/ajax-api/2.0/mlflow"
PROXY = "/api/2.0/mlflow-artifacts/artifacts"
UNKNOWN = "0123456789abcdef0123456789abcdef"
START = 1_700_000_000_000


@dataclass(frozen=True)
class Call:
    """One request. `save` names parts of the answer, by their path in it, for the requests that follow."""

    method: str
    path: str
    body: Any = None
    query: Any = None
    raw: bytes | None = None
    headers: dict[str, str] = field(default_factory=dict)
    save: dict[str, str] = field(default_factory=dict)
    #: Answer headers to compare besides status and body.
    show: tuple[str, ...] = ()
    #: Sent without credentials.
    anonymous: bool = False


def post(path: str, body: Any = None, **options) -> Call:
    return Call("POST", f"{API}/{path}", {} if body is None else body, **options)


def get(path: str, query: Any = None, **options) -> Call:
    return Call("GET", path if path.startswith("/") else f"{API}/{path}", query=query, **options)


def raw(path: str, text: str | bytes, content_type: str | None = "application/json", **options) -> Call:
    headers = {"Content-Type": content_type} if content_type else {}
    content = text.encode() if isinstance(text, str) else text
    return Call("POST", f"{API}/{path}", raw=content, headers=headers, **options)


def an_experiment(name: str, variable: str = "experiment", **fields) -> Call:
    return post("experiments/create", {"name": name, **fields}, save={variable: "experiment_id"})


def a_run(variable: str = "run", experiment: str = "$experiment", **fields) -> Call:
    fields = {"start_time": START, "run_name": variable, **fields}
    return post("runs/create", {"experiment_id": experiment, **fields}, save={variable: "run.info.run_id"})
