"""MLflow's app in a worker: what MLflow would do is forwarded to the core, before a plugin gets to see it.

A plugin that wraps one of MLflow's view functions thus wraps the forwarding, and one that replaces it is asked instead.
"""

from __future__ import annotations

import functools
import itertools
import json
import os
import logging
import re
from collections.abc import Iterator
from typing import Any, Callable
from urllib.parse import quote, unquote_to_bytes

from millgate_host import stores
from millgate_host.bridge import SMALL, Threads, WsgiBridge
from millgate_host.core import CHUNK, Answer, Body, Core, CoreError, Refused, Upload
from millgate_host.serve import current_scope

_logger = logging.getLogger("millgate.host")

#: Answers up to this length are bytes to a plugin's hooks; longer ones, and files, are passed on as they come.
_READ = 16 * 1024 * 1024
_NOT_VISIBLE = re.compile(rb"[^!-~]")
#: What the log has before a name that a client gave and nobody vouches for.
_UNVERIFIED = "unverified:"


def prepare(core: Core, core_host: str, threads: Threads, metrics: bool) -> None:
    """Imports MLflow's server, and turns it over to the core."""
    from mlflow.server import app

    stores.install(core, core_host, named_user)
    flask = _FlaskForwarding(core)
    for endpoint, view in list(app.view_functions.items()):
        app.view_functions[endpoint] = flask.instead_of(view)
    if metrics:
        # Where MLflow's exporter adds a rule of its own to the app: hooks of plugins run before it, too.
        prefix = os.environ.get("_MLFLOW_STATIC_PREFIX") or ""
        app.add_url_rule(f"{prefix}/metrics", "prometheus_metrics", flask.respond)
    try:
        from mlflow.server import fastapi_app
    except ImportError:
        # MLflow before 3.0 has none.
        return
    routes = _forward_routers(fastapi_app, core, threads)
    flask.forward_unrouted(app, routes)


# Who is calling.


def named_user() -> str | None:
    """The name that the app gives the caller, if it gives one."""
    said = [*_of_flask(), *_of_asgi(current_scope.get())]
    names = [name for name in said if isinstance(name, str) and name]
    return min(names, key=lambda name: name.startswith(_UNVERIFIED), default=None)


def _of_flask() -> Iterator[Any]:
    from flask import g, has_request_context, request

    if not has_request_context():
        return
    user = g.get("mlflow_authenticated_user")
    yield getattr(user, "username", user)
    scope = current_scope.get()
    # Middleware around the app knows better than a header.
    yield (scope or {}).get("state", {}).get("username")
    yield request.environ.get("REMOTE_USER")
    yield _claimed(request.authorization)


def _of_asgi(scope: dict | None) -> Iterator[Any]:
    if scope is None:
        return
    yield scope.get("state", {}).get("username")
    user = scope.get("user")
    yield getattr(user, "username", None)
    if getattr(user, "is_authenticated", False):
        yield getattr(user, "display_name", None)
    header = next((value for name, value in scope["headers"] if name == b"authorization"), b"")
    if header[:6].lower() == b"basic ":
        from werkzeug.datastructures import Authorization

        yield _claimed(Authorization.from_header(header.decode("latin-1")))


def _claimed(authorization: Any) -> str | None:
    """The name that the client gives. The app may have let it in for another reason."""
    name = authorization.username if authorization is not None else None
    return _UNVERIFIED + name if isinstance(name, str) and name else None


# Flask.


class _FlaskForwarding:
    def __init__(self, core: Core) -> None:
        self._core = core

    def instead_of(self, view: Callable[..., Any]) -> Callable[..., Any]:
        """Has the core do what the view function would do."""

        @functools.wraps(view)
        def forward(*_: Any, **__: Any) -> Any:
            return self.respond()

        return forward

    def forward_unrouted(self, app: Any, routes: list) -> None:
        """Has the core answer where MLflow's FastAPI app would and its Flask app has no rule. Hooks run before, as everywhere.

        What neither knows is not found: an app that decides by what its version of MLflow serves can not know more.
        """
        dispatch = app.dispatch_request

        @functools.wraps(dispatch)
        def dispatch_request(*arguments: Any, **options: Any) -> Any:
            from flask import request
            from werkzeug.exceptions import MethodNotAllowed, NotFound

            error = request.routing_exception
            if isinstance(error, (NotFound, MethodNotAllowed)) and _is_routed(routes, request):
                return self.respond()
            return dispatch(*arguments, **options)

        app.dispatch_request = dispatch_request

    def respond(self) -> Any:
        """The core's answer to the request that Flask is at."""
        from flask import Response, request

        try:
            answer = self._core.ask(
                request.method.encode(),
                _wsgi_target(request.environ),
                [(name.encode("latin-1"), value.encode("latin-1")) for name, value in request.headers],
                _wsgi_body(request),
                named_user(),
                request.environ.get("REMOTE_ADDR"),
            )
            return self._response(answer)
        except CoreError as error:
            _logger.error("%s: %s", request.path, error)
            return Response(*_failure("TEMPORARILY_UNAVAILABLE", "The server is not available.", 503))
        except Refused as error:
            return Response(*_failure("BAD_REQUEST", f"The request cannot be passed on: {error}.", 400))

    @staticmethod
    def _response(answer: Answer) -> Any:
        from flask import Response
        from werkzeug.datastructures import Headers

        is_file = answer.header(b"content-disposition") is not None
        headers = Headers((name.decode("latin-1"), value.decode("latin-1")) for name, value in answer.headers)
        if is_file or answer.length is None or answer.length > _READ:
            if answer.header(b"content-length") is None or answer.length is not None:
                return Response(answer, answer.status, headers, direct_passthrough=True)  # type: ignore[arg-type]
        return Response(answer.read(), answer.status, headers)


def _is_routed(routes: list, request: Any) -> bool:
    from starlette.routing import Match

    scope = {
        "type": "http",
        "method": request.method,
        "path": request.path,
        "root_path": "",
        "headers": [],
        "query_string": b"",
        "path_params": {},
    }
    return any(route.matches(dict(scope))[0] == Match.FULL for route in routes)


def _wsgi_target(environ: dict) -> bytes:
    """The request's target. As the client wrote it, where the app sees the path that it was then."""
    path = environ.get("PATH_INFO", "").encode("latin-1") or b"/"
    query = environ.get("QUERY_STRING", "").encode("latin-1")
    scope = current_scope.get() or {}
    return _target(path, scope.get("raw_path"), query)


def _target(path: bytes, raw: bytes | None, query: bytes) -> bytes:
    if not raw or unquote_to_bytes(raw) != path:
        raw = quote(path, safe="/:@!$&'()*+,;=~-._").encode()
    target = raw + b"?" + query if query else raw
    # Clients may send UTF-8 as it is.
    return _NOT_VISIBLE.sub(lambda found: b"%%%02X" % found[0][0], target)


def _wsgi_body(request: Any) -> Body:
    """The body, as far as the app has left it or has read it into memory."""
    cached = getattr(request, "_cached_data", None)
    if isinstance(cached, bytes):
        return cached
    given = request.environ.get("millgate.body")
    if given is not None and given.stream is request.environ["wsgi.input"]:
        if isinstance(given.body, bytes):
            return given.body
        return Upload(iter(lambda: given.stream.read(CHUNK), b""), request.content_length)
    # Middleware has put another body in its place, or another bridge than ours has called the app.
    stream = request.stream
    pieces = iter(lambda: stream.read(CHUNK), b"")
    first: list[bytes] = []
    for piece in pieces:
        first.append(piece)
        if sum(map(len, first)) > SMALL:
            return Upload(itertools.chain(first, pieces), None)
    return b"".join(first)


def _failure(code: str, message: str, status: int) -> tuple[str, int, dict]:
    body = json.dumps({"error_code": code, "message": message})
    return body, status, {"Content-Type": "application/json"}


# FastAPI.


class Forwarder:
    """An ASGI app: the core's answer, whatever the request. Bodies stream both ways."""

    def __init__(self, core: Core) -> None:
        self._core = core

    async def __call__(self, scope: dict, receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            await send({"type": "websocket.close", "code": 1000})
            return
        try:
            answer = await self._core.ask_async(
                scope["method"].encode(),
                _asgi_target(scope),
                scope["headers"],
                await _asgi_body(scope, receive),
                next((name for name in _of_asgi(scope) if isinstance(name, str) and name), None),
                scope["client"][0] if scope.get("client") else None,
            )
        except CoreError as error:
            _logger.error("%s: %s", scope["path"], error)
            await _fail(send, *_failure("TEMPORARILY_UNAVAILABLE", "The server is not available.", 503))
            return
        except Refused as error:
            await _fail(send, *_failure("BAD_REQUEST", f"The request cannot be passed on: {error}.", 400))
            return
        try:
            await send({"type": "http.response.start", "status": answer.status, "headers": answer.headers})
            async for piece in answer.stream():
                await send({"type": "http.response.body", "body": piece, "more_body": True})
            await send({"type": "http.response.body", "body": b""})
        finally:
            answer.close()


async def _fail(send: Any, body: str, status: int, headers: dict) -> None:
    fields = [(name.lower().encode(), value.encode()) for name, value in headers.items()]
    await send({"type": "http.response.start", "status": status, "headers": fields})
    await send({"type": "http.response.body", "body": body.encode()})


def _asgi_target(scope: dict) -> bytes:
    path, root = scope["path"], scope.get("root_path", "")
    # What Starlette routes by.
    if root and (path == root or path.startswith(root + "/")):
        path = path[len(root) :] or "/"
    return _target(path.encode(), scope.get("raw_path"), scope.get("query_string", b""))


async def _asgi_body(scope: dict, receive: Any) -> Body:
    first, more = await _piece(receive)
    if not more:
        return first
    lengths = [value for name, value in scope["headers"] if name == b"content-length"]
    length = int(lengths[0]) if len(lengths) == 1 and lengths[0].isdigit() else None

    async def pieces() -> Any:
        yield first
        more = True
        while more:
            piece, more = await _piece(receive)
            yield piece

    return Upload(pieces(), length)


async def _piece(receive: Any) -> tuple[bytes, bool]:
    received = await receive()
    if received["type"] != "http.request":
        raise ConnectionResetError("the request broke off")
    return received.get("body", b""), received.get("more_body", False)


def _forward_routers(fastapi_app: Any, core: Core, threads: Threads) -> list:
    """Has the core do what MLflow's FastAPI routers would do, wherever an app includes them. The routes of MLflow's own app."""
    from fastapi import APIRouter
    from starlette.routing import Mount

    forwarder = Forwarder(core)
    for router in [each for each in vars(fastapi_app).values() if isinstance(each, APIRouter)]:
        routes = [route for route in router.routes if getattr(route, "methods", None)]
        router.routes[:] = [_route(route, forwarder) for route in routes]
    create = fastapi_app.create_fastapi_app

    @functools.wraps(create)
    def create_fastapi_app(*arguments: Any, **options: Any) -> Any:
        made = create(*arguments, **options)
        for route in made.router.routes:
            wsgi = getattr(getattr(route, "app", None), "app", None)
            if isinstance(route, Mount) and callable(wsgi):
                # MLflow's bridge holds every body in memory.
                route.app = WsgiBridge(wsgi, threads)
        return made

    fastapi_app.create_fastapi_app = create_fastapi_app
    fastapi_app.app = create_fastapi_app()
    return [route for route in fastapi_app.app.router.routes if not isinstance(route, Mount)]


def _route(known: Any, forwarder: Forwarder) -> Any:
    """A route like a known one that leads to the core. Its path may be one that only makes sense behind a prefix."""
    from starlette.routing import Route, compile_path

    route = Route("/", forwarder, methods=list(known.methods), name=known.name)
    route.path = known.path
    route.path_regex, route.path_format, route.param_convertors = compile_path(known.path)
    return route
