"""Plugins that do what they should not."""

import ctypes
import os
import subprocess
import sys
import threading
import time

from mlflow.server import app


def raises():
    raise RuntimeError("this plugin never starts")


def exits():
    print("the last words of a plugin", file=sys.stderr, flush=True)
    os._exit(7)


def gives_nothing():
    return None


async def gives_a_coroutine():
    return app


class _LifespanFails:
    async def __call__(self, scope, receive, send):
        if scope["type"] == "lifespan":
            await receive()
            await send({"type": "lifespan.startup.failed", "message": "no database"})


lifespan_fails = _LifespanFails()


def misbehaves():
    """An app that misbehaves as the path says; every other path needs the key."""
    from flask import Response, request

    @app.before_request
    def guard():
        way = request.path.partition("/bad/")[2]
        if way in WAYS:
            return WAYS[way]()
        if request.path != "/health" and request.headers.get("X-Key") != "the key":
            return Response("no", 401)
        return None

    def broken(body, headers=(), status="200 OK"):
        def wsgi(environ, start_response):
            start_response(status, [("Content-Type", "text/plain"), *headers])
            return body

        return wsgi

    answers = {
        "/raw/longer": broken([b"0123456789"], [("Content-Length", "5")]),
        "/raw/shorter": broken([b"01234"], [("Content-Length", "10")]),
        "/raw/shorter-later": broken([b"x" * 300_000, b"y"], [("Content-Length", "400000")]),
        "/raw/longer-later": broken([b"x" * 300_000, b"y" * 10], [("Content-Length", "300005")]),
        "/raw/no-length": broken([b"x"], [("Content-Length", "many")]),
        "/raw/text": broken(["text, and no bytes"]),
        "/raw/header": broken([b"x"], [("X-Split", "a\r\nSet-Cookie: b=c")]),
        "/raw/header-name": broken([b"x"], [("X Y", "a")]),
        "/raw/status": broken([b"x"], status="2000 Much"),
        "/raw/no-status": broken([b"x"], status="nonsense"),
        "/raw/informational": broken([b"x"], status="101 Switching Protocols"),
        "/raw/nothing": broken(None),
        "/raw/not-started": lambda environ, start_response: [b"x"],
        "/raw/fails-later": broken(_fails_later()),
        "/raw/flood": broken(_flood()),
        "/raw/large-head": broken([b"x"], [("X-Large", "y" * 1_000_000)]),
        "/raw/secret": broken([b"x"], [("X-Millgate-Host-Secret", "told")]),
    }
    inner = app.wsgi_app
    app.wsgi_app = lambda environ, start_response: answers.get(environ["PATH_INFO"], inner)(
        environ, start_response
    )
    return app


class _fails_later:
    def __iter__(self):
        yield b"x" * 300_000
        raise RuntimeError("in the middle of an answer")


class _flood:
    def __iter__(self):
        while True:
            yield b"x" * 65536


def _raise():
    raise RuntimeError("in a hook")


def _die():
    os._exit(3)


def _hang():
    time.sleep(3600)


def _hog():
    """Holds Python's lock for ever."""
    ctypes.PyDLL(None).sleep(3600)


def _print():
    def flood():
        line = "x" * 10_000
        for _ in range(20_000):
            print(line)
            print(line, file=sys.stderr)

    threading.Thread(target=flood, daemon=True).start()
    return "printing"


def _number():
    return 42


def _child():
    """A process that nobody told to end."""
    return str(subprocess.Popen(["sleep", "600"]).pid)


WAYS = {
    "child": _child,
    "raise": _raise,
    "die": _die,
    "hang": _hang,
    "hog": _hog,
    "print": _print,
    "number": _number,
    "pid": lambda: str(os.getpid()),
}
