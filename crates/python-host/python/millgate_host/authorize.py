"""An `authorization_function` of MLflow's: it is asked who sent a request, of which it sees method, URL and headers.

The contract is MLflow 3.17's (`server/auth/__init__.py`, `authenticate_request` and its bridge for FastAPI): within a request
of Flask's it returns an `Authorization` of werkzeug's, or a `Response` to be sent instead.
"""

from __future__ import annotations

import base64
import importlib
import json
import logging
from typing import Any, Callable
from urllib.parse import unquote_to_bytes

from millgate_host.bridge import Threads, wsgi_environ
from millgate_host.loading import NotAnApp
from millgate_host.serve import current_gone

_logger = logging.getLogger("millgate.host")

_MAX_BODY = 1024 * 1024
_NOT_PASSED = {"connection", "content-length", "keep-alive", "transfer-encoding", "upgrade"}


def load(name: str, threads: Threads, server: dict) -> tuple[Any, str]:
    """The function of that name, `module:function`, as an ASGI app that is asked with JSON, and what it is in a few words."""
    module, colon, attribute = name.partition(":")
    if not colon or not module or not attribute:
        raise NotAnApp(f"authorization_function is 'module:function', and not {name!r}")
    function = getattr(importlib.import_module(module), attribute)
    if not callable(function):
        raise NotAnApp(f"{name} is a {type(function).__name__}, which cannot be called")
    # It takes seconds: the first request must not wait for it.
    from mlflow.server import app

    return _Asked(app, function, threads, server), f"authorization_function {name}"


class _Asked:
    def __init__(self, app: Any, function: Callable[[], Any], threads: Threads, server: dict) -> None:
        self._app = app
        self._function = function
        self._scheme = "https" if server["over_tls"] else "http"
        self._address = (server["host"], server["port"])
        self._threads = threads

    async def __call__(self, scope: dict, receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            return
        pieces, more = [], True
        while more:
            received = await receive()
            if received["type"] != "http.request":
                raise ConnectionResetError("the request broke off")
            pieces.append(received.get("body", b""))
            more = received.get("more_body", False)
        question = json.loads(b"".join(pieces))
        verdict = await self._threads.run(lambda: self._ask(question), gone=current_gone.get())
        status = 200 if verdict is not None else 500
        body = json.dumps(verdict).encode()
        headers = [(b"content-type", b"application/json")]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    def _scope(self, question: Any) -> dict:
        raw_path, _, query = question["target"].partition("?")
        headers = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in question["headers"]]
        return {
            "method": question["method"],
            "scheme": self._scheme,
            "path": unquote_to_bytes(raw_path).decode("utf-8", "replace"),
            "raw_path": raw_path.encode("latin-1"),
            "query_string": query.encode("latin-1"),
            "headers": headers,
            "client": (question["client"], 0) if question.get("client") else None,
            "server": self._address,
        }

    def _ask(self, question: Any) -> Any:
        """The verdict; None where there is none, whatever the reason: then nobody passes."""
        from flask import Response
        from werkzeug.datastructures import Authorization
        from werkzeug.wrappers import Response as BaseResponse

        try:
            environ = wsgi_environ(self._scope(question), b"")
            environ.pop("CONTENT_LENGTH", None)
            with self._app.request_context(environ):
                said = self._function()
                if isinstance(said, (Response, BaseResponse)):
                    return _answer(said)
                if isinstance(said, Authorization):
                    username = said.username
                    if isinstance(username, str) and username:
                        return {"user": username}
                    _logger.error("authorization_function named no user")
                    return None
            _logger.error("authorization_function returned a %s", type(said).__name__)
        except Exception:
            _logger.exception("authorization_function failed")
        return None


def _answer(response: Any) -> Any:
    body = response.get_data()
    if len(body) > _MAX_BODY:
        _logger.error("authorization_function answered with %d bytes, which are too many", len(body))
        return None
    headers = [(name, value) for name, value in response.headers if name.lower() not in _NOT_PASSED]
    encoded = base64.b64encode(body).decode()
    return {"answer": {"status": response.status_code, "headers": headers, "body": encoded}}
