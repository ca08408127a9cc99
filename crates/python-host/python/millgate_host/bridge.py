"""A WSGI app as an ASGI app: in threads, of which there is a bounded number, with bodies that stream both ways."""

from __future__ import annotations

import asyncio
import collections
import contextvars
import io
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Callable, NamedTuple

from millgate_host.core import Answer
from millgate_host.serve import current_gone

#: A request's body up to this length is there, whole, before the app is called.
SMALL = 1024 * 1024
#: What an app has made of its answer up to this length goes out at once.
_FIRST = 256 * 1024


class Threads:
    """The threads, those for requests and apart from them those for uploads: who sends slowly holds up uploads alone."""

    def __init__(self, number: int, timeout: float) -> None:
        self._requests = _Room(number, timeout, "millgate-wsgi")
        self._uploads = _Room(number, timeout, "millgate-upload")

    async def run(
        self, function: Callable[[], Any], upload: bool = False, gone: asyncio.Event | None = None
    ) -> Any:
        """What the function gives. It is not begun once `gone` is set, which is a `ConnectionResetError`."""
        return await (self._uploads if upload else self._requests).run(function, gone)

    def moved(self) -> None:
        """The calling thread has made progress."""
        self._requests.moved()
        self._uploads.moved()

    def are_stuck(self) -> bool:
        return self._requests.is_stuck() or self._uploads.is_stuck()


class _Room:
    """A number of threads, and since when each that is at work has made no progress."""

    def __init__(self, number: int, timeout: float, name: str) -> None:
        self._pool = ThreadPoolExecutor(number, thread_name_prefix=name)
        self._number = number
        self._timeout = timeout
        self._since: dict[int, float] = {}
        self._busy = 0
        #: Who waits does so here and not in the pool, which keeps what it was given until a thread is free.
        self._waiting: collections.deque[asyncio.Future] = collections.deque()

    async def run(self, function: Callable[[], Any], gone: asyncio.Event | None) -> Any:
        loop = asyncio.get_running_loop()
        context = contextvars.copy_context()

        def work() -> Any:
            me = threading.get_ident()
            self._since[me] = time.monotonic()
            try:
                return context.run(function)
            finally:
                self._since.pop(me, None)

        await self._take(gone)
        working = self._pool.submit(work)
        # Also when nobody waits for it any longer, a thread is free only when it is.
        working.add_done_callback(lambda _: loop.call_soon_threadsafe(self._give))
        return await asyncio.wrap_future(working)

    async def _take(self, gone: asyncio.Event | None) -> None:
        """Waits for a thread."""
        _check(gone)
        if self._busy < self._number:
            self._busy += 1
            return
        turn = asyncio.get_running_loop().create_future()
        leaving = asyncio.ensure_future(gone.wait()) if gone is not None else None
        self._waiting.append(turn)
        try:
            await asyncio.wait({turn, leaving} if leaving else {turn}, return_when=asyncio.FIRST_COMPLETED)
            _check(gone)
        except BaseException:
            if turn.done():
                self._give()
            else:
                turn.cancel()
                self._waiting.remove(turn)
            raise
        finally:
            if leaving is not None:
                leaving.cancel()

    def _give(self) -> None:
        """Hands a thread on to who has waited longest."""
        if self._waiting:
            self._waiting.popleft().set_result(None)
        else:
            self._busy -= 1

    def moved(self) -> None:
        me = threading.get_ident()
        if me in self._since:
            self._since[me] = time.monotonic()

    def is_stuck(self) -> bool:
        """Whether half of them will never be free again, as far as one can tell: nobody waits for what they do any longer."""
        late = time.monotonic() - self._timeout
        return 2 * sum(since < late for since in list(self._since.values())) >= self._number


def _check(gone: asyncio.Event | None) -> None:
    if gone is not None and gone.is_set():
        raise ConnectionResetError("nobody waits for the answer any longer")


class _Input(io.RawIOBase):
    """A request's body that comes piece by piece, for a thread that may wait."""

    def __init__(self, threads: Threads, pieces: list[bytes], receive: Any) -> None:
        self._threads = threads
        self._loop = asyncio.get_running_loop()
        self._rest = memoryview(b"".join(pieces))
        self._receive = receive
        self._more = True

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        while not self._rest and self._more:
            received = asyncio.run_coroutine_threadsafe(self._receive(), self._loop).result()
            self._threads.moved()
            if received["type"] != "http.request":
                raise ConnectionResetError("the request broke off")
            self._rest = memoryview(received.get("body", b""))
            self._more = received.get("more_body", False)
        size = min(len(self._rest), len(buffer))
        buffer[:size] = self._rest[:size]
        self._rest = self._rest[size:]
        return size


class Given(NamedTuple):
    """What the bridge gave an app as the body: it is the request's only as long as nothing else stands in its place."""

    stream: Any
    #: Bytes, or the stream where it comes piece by piece.
    body: Any


class WsgiBridge:
    def __init__(self, app: Any, threads: Threads) -> None:
        #: As in Starlette's and in MLflow's own bridge.
        self.app = app
        self._threads = threads

    async def __call__(self, scope: dict, receive: Any, send: Any) -> None:
        if scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1000})
            return
        if scope["type"] != "http":
            return
        body = await self._body(receive)
        environ = wsgi_environ(scope, body)
        upload = not isinstance(body, bytes)
        status, headers, pieces = await self._threads.run(
            lambda: self._call(environ), upload, current_gone.get()
        )
        try:
            await send({"type": "http.response.start", "status": status, "headers": headers})
            if isinstance(pieces, bytes):
                await send({"type": "http.response.body", "body": pieces})
            elif isinstance(pieces, Answer):
                async for piece in pieces.stream():
                    await send({"type": "http.response.body", "body": piece, "more_body": True})
                await send({"type": "http.response.body", "body": b""})
            else:
                await self._send_rest(pieces, send)
        finally:
            if not isinstance(pieces, bytes):
                await self._threads.run(lambda: _close(pieces))

    async def _body(self, receive: Any) -> Any:
        """The body: bytes, or something to read them from."""
        pieces, size = [], 0
        while size <= SMALL:
            received = await receive()
            if received["type"] != "http.request":
                raise ConnectionResetError("the request broke off")
            pieces.append(received.get("body", b""))
            size += len(pieces[-1])
            if not received.get("more_body", False):
                return b"".join(pieces)
        return io.BufferedReader(_Input(self._threads, pieces, receive), 256 * 1024)  # type: ignore[arg-type]

    def _call(self, environ: dict) -> tuple[int, list, Any]:
        """The app's answer: status, headers, and bytes or what yields them."""
        started: list = []
        written: list[bytes] = []

        def start_response(status: str, headers: list, exc_info: Any = None) -> Callable[[bytes], None]:
            if exc_info and started and written:
                raise exc_info[1].with_traceback(exc_info[2])
            started[:] = [status, headers]
            return written.append

        answer = self.app(environ, start_response)
        if isinstance(answer, Answer):
            return _status(started), _headers(started), answer
        iterator = iter(answer)
        size = sum(map(len, written))
        try:
            for piece in iterator:
                written.append(_bytes(piece))
                size += len(written[-1])
                if size > _FIRST:
                    return _status(started), _headers(started), _Rest(written, iterator, answer)
        except BaseException:
            _close(answer)
            raise
        _close(answer)
        return _status(started), _headers(started), b"".join(written)

    async def _send_rest(self, rest: _Rest, send: Any) -> None:
        piece: bytes | None = b"".join(rest.first)
        rest.first = []
        while piece is not None:
            await send({"type": "http.response.body", "body": piece, "more_body": True})
            piece = await self._threads.run(lambda: next(rest.iterator, None))
            piece = None if piece is None else _bytes(piece)
        await send({"type": "http.response.body", "body": b""})


class _Rest:
    """An answer of which a part is there."""

    def __init__(self, first: list[bytes], iterator: Any, whole: Any) -> None:
        self.first = first
        self.iterator = iterator
        self._whole = whole

    def close(self) -> None:
        _close(self._whole)


def _bytes(piece: Any) -> bytes:
    if not isinstance(piece, bytes):
        raise TypeError(f"the app's answer holds a {type(piece).__name__} where there must be bytes")
    return piece


def _close(answer: Any) -> None:
    close = getattr(answer, "close", None)
    if close is not None:
        close()


def _status(started: list) -> int:
    if not started:
        raise TypeError("the app has not started its answer")
    return int(str(started[0]).split(" ", 1)[0])


def _headers(started: list) -> list[tuple[bytes, bytes]]:
    return [(name.encode("latin-1"), value.encode("latin-1")) for name, value in started[1]]


def wsgi_environ(scope: dict, body: Any) -> dict:
    root = scope.get("root_path", "")
    path = scope["path"]
    # What Starlette routes by.
    if root and (path == root or path.startswith(root + "/")):
        path = path[len(root) :]
    server = scope.get("server") or ("localhost", 80)
    environ = {
        "REQUEST_METHOD": scope["method"],
        "SCRIPT_NAME": root.encode().decode("latin-1"),
        "PATH_INFO": path.encode().decode("latin-1"),
        "QUERY_STRING": scope["query_string"].decode("latin-1"),
        "SERVER_NAME": server[0],
        "SERVER_PORT": str(server[1] or 80),
        "SERVER_PROTOCOL": "HTTP/1.1",
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": scope.get("scheme", "http"),
        "wsgi.input": io.BytesIO(body) if isinstance(body, bytes) else body,
        "wsgi.input_terminated": True,
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": True,
        "wsgi.run_once": False,
        "asgi.scope": scope,
    }
    environ["millgate.body"] = Given(environ["wsgi.input"], body)
    raw = scope.get("raw_path")
    if raw:
        query = scope["query_string"]
        environ["REQUEST_URI"] = environ["RAW_URI"] = (raw + (b"?" + query if query else b"")).decode(
            "latin-1"
        )
    if scope.get("client"):
        environ["REMOTE_ADDR"] = scope["client"][0]
        environ["REMOTE_PORT"] = str(scope["client"][1])
    for name, value in scope["headers"]:
        # `_` and `-` are one in here: a name with `_` could pass for another.
        if b"_" in name:
            continue
        key = name.decode("latin-1").upper().replace("-", "_")
        if key not in ("CONTENT_TYPE", "CONTENT_LENGTH"):
            key = f"HTTP_{key}"
        text = value.decode("latin-1")
        if key in environ and key != "CONTENT_LENGTH":
            text = f"{environ[key]}; {text}" if key == "HTTP_COOKIE" else f"{environ[key]},{text}"
        environ[key] = text
    if isinstance(body, bytes) and "CONTENT_LENGTH" not in environ and body:
        environ["CONTENT_LENGTH"] = str(len(body))
    return environ
