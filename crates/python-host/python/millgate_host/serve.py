"""HTTP/1.1 over a worker's socket, for an ASGI app. Its only client is the server, which sends well-formed requests; whoever else
comes does not know the secret.
"""

from __future__ import annotations

import asyncio
import hmac
import json
import logging
import os
from contextvars import ContextVar
from typing import Any
from urllib.parse import unquote_to_bytes

from millgate_host.core import CHUNK, OURS, Headers, is_header

_logger = logging.getLogger("millgate.host")

_MAX_HEAD = 160 * 1024
#: Bytes of a request's body that are read on when the app has not asked for them.
_MAX_LEFT = 256 * 1024
_SECONDS_TO_FINISH = 8
#: How long the rest of a request's body is read, and then how long the other end may take to read its answer.
_SECONDS_TO_DISCARD = 5
_SECONDS_TO_PART = 2
#: Requests that are served at a time. The server sends less, but those that clients have left count here until the app is done
#: with them.
_MAX_BUSY = 512

#: The request that is being served, for whoever is called without it.
current_scope: ContextVar[dict | None] = ContextVar("millgate_scope", default=None)
#: Set when nobody waits for the answer to that request any longer.
current_gone: ContextVar[asyncio.Event | None] = ContextVar("millgate_gone", default=None)


class BadApp(Exception):
    """The app did what no ASGI app may."""


class _Protocol(asyncio.StreamReaderProtocol):
    """Knows when the other end has gone."""

    def __init__(self, server: Server) -> None:
        reader = asyncio.StreamReader(limit=_MAX_HEAD)
        super().__init__(reader, server.connected)
        self.gone = asyncio.Event()

    def eof_received(self) -> bool | None:
        self.gone.set()
        return super().eof_received()

    def connection_lost(self, exc: Exception | None) -> None:
        self.gone.set()
        super().connection_lost(exc)


class _RequestBody:
    def __init__(self, reader: asyncio.StreamReader, headers: Headers) -> None:
        self._reader = reader
        self._left = 0
        encodings = [value for name, value in headers if name == b"transfer-encoding"]
        self._chunked = bool(encodings)
        for name, value in headers:
            if name == b"content-length":
                self._left = int(value)
        self.done = not self._chunked and self._left == 0

    async def piece(self) -> bytes:
        """The next bytes; none at the end."""
        if self.done:
            return b""
        if self._chunked and self._left == 0:
            size = (await self._reader.readuntil(b"\r\n")).split(b";")[0].strip()
            self._left = int(size, 16)
            if self._left == 0:
                while (await self._reader.readuntil(b"\r\n")) != b"\r\n":
                    pass
                self.done = True
                return b""
        piece = await self._reader.read(min(self._left, CHUNK))
        if not piece:
            raise ConnectionResetError("the request broke off")
        self._left -= len(piece)
        if self._left == 0:
            if self._chunked:
                await self._reader.readexactly(2)
            else:
                self.done = True
        return piece

    async def discard(self) -> bool:
        """Reads on to the end. Whether that was not far."""
        if self.done:
            return True

        async def read_on() -> None:
            seen = 0
            while not self.done and seen <= _MAX_LEFT:
                seen += len(await self.piece())

        try:
            await asyncio.wait_for(read_on(), _SECONDS_TO_DISCARD)
        except asyncio.TimeoutError:
            return False
        return self.done


class _Exchange:
    """One request and its answer."""

    def __init__(
        self, scope: dict, body: _RequestBody, writer: asyncio.StreamWriter, gone: asyncio.Event
    ) -> None:
        self.scope = scope
        self.body = body
        self._writer = writer
        self._gone = gone
        self._head: bytes | None = None
        self._length: int | None = None
        self._sent = 0
        self._chunked = False
        self._no_body = False
        self.started = False
        self.complete = False
        self._received = False

    async def receive(self) -> dict:
        if self._received:
            await self._gone.wait()
            return {"type": "http.disconnect"}
        try:
            piece = await self.body.piece()
        except (OSError, asyncio.IncompleteReadError):
            self._received = True
            return {"type": "http.disconnect"}
        more = not self.body.done
        self._received = not more
        return {"type": "http.request", "body": piece, "more_body": more}

    async def send(self, message: dict) -> None:
        kind = message["type"]
        if self.complete:
            raise BadApp("it sends more after its answer")
        if kind == "http.response.start":
            if self._head is not None:
                raise BadApp("it answers twice")
            self._head = self._make_head(message.get("status"), message.get("headers", ()))
        elif kind == "http.response.body":
            if self._head is None:
                raise BadApp("it sends a body before its head")
            await self._send_body(message.get("body", b""), bool(message.get("more_body", False)))
        else:
            raise BadApp(f"it sends {kind!r}, which this server does not know")

    def _make_head(self, status: Any, headers: Any) -> bytes:
        if not isinstance(status, int) or not 200 <= status <= 599:
            raise BadApp(f"it answers with the status {status!r}")
        lines = [b"HTTP/1.1 %d -" % status]
        self._no_body = self.scope["method"] == "HEAD" or status in (204, 304)
        for name, value in headers:
            if not isinstance(name, (bytes, bytearray)) or not isinstance(value, (bytes, bytearray)):
                raise BadApp("its answer has a header that is no bytes")
            name, value = bytes(name).lower(), bytes(value)
            if not is_header(name, value):
                raise BadApp(f"its answer has the header {name!r}, which is none")
            if name in (b"connection", b"keep-alive", b"transfer-encoding", b"upgrade") or name.startswith(
                OURS
            ):
                continue
            if name == b"content-length":
                if not value.isdigit() or self._length is not None:
                    raise BadApp("its answer has a length that is none")
                self._length = int(value)
                if status == 204:
                    continue
            lines.append(b"%s: %s" % (name, value))
        return b"\r\n".join(lines)

    async def _send_body(self, body: Any, more: bool) -> None:
        if not isinstance(body, (bytes, bytearray, memoryview)):
            raise BadApp(f"its answer's body is a {type(body).__name__}")
        out = []
        body = b"" if self._no_body else bytes(body)
        self._sent += len(body)
        if self._length is not None and not self._no_body:
            if self._sent > self._length or (not more and self._sent != self._length):
                raise BadApp(f"its answer has another length than the {self._length} bytes it says")
        if not self.started:
            out.append(self._head or b"")
            if not self._no_body and self._length is None:
                if more:
                    self._chunked = True
                    out.append(b"\r\ntransfer-encoding: chunked")
                else:
                    out.append(b"\r\ncontent-length: %d" % len(body))
            out.append(b"\r\n\r\n")
            self.started = True
        if self._chunked:
            if body:
                out.append(b"%x\r\n%s\r\n" % (len(body), body))
            if not more:
                out.append(b"0\r\n\r\n")
        else:
            out.append(body)
        self.complete = not more
        if self._gone.is_set():
            raise ConnectionResetError("nobody waits for the answer any longer")
        self._writer.write(b"".join(out))
        await self._writer.drain()

    async def fail(self, status: int, code: str, message: str) -> bool:
        """Answers for the app, if it has not begun to."""
        if self.started:
            return False
        self._head, self._length, self._sent, self.complete = None, None, 0, False
        body = json.dumps({"error_code": code, "message": message}).encode()
        headers = [(b"content-type", b"application/json")]
        await self.send({"type": "http.response.start", "status": status, "headers": headers})
        await self.send({"type": "http.response.body", "body": body})
        return True


class Server:
    def __init__(self, app: Any, secret: str, address: tuple[str, int], state: dict) -> None:
        """`address` is where clients reach the server, `state` what the app's lifespan has left for its requests."""
        self._app = app
        self._address = address
        self._state = state
        self._secret = secret.encode()
        self._busy: set[asyncio.Task] = set()
        self._server: asyncio.AbstractServer | None = None

    async def listen(self, path: str) -> None:
        loop = asyncio.get_running_loop()
        mask = os.umask(0o177)
        try:
            self._server = await loop.create_unix_server(lambda: _Protocol(self), path, backlog=1024)
        finally:
            os.umask(mask)

    async def finish(self) -> None:
        """Takes no more connections, and lets those who are served finish for a while."""
        if self._server is not None:
            self._server.close()
        if self._busy:
            await asyncio.wait(set(self._busy), timeout=_SECONDS_TO_FINISH)

    async def connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        gone = writer.transport.get_protocol().gone  # type: ignore[attr-defined]
        try:
            while await self._exchange(reader, writer, gone):
                pass
            # To abort now would lose what is still on its way to the other end.
            writer.write_eof()
            await asyncio.wait_for(gone.wait(), _SECONDS_TO_PART)
        except (OSError, EOFError, asyncio.LimitOverrunError, asyncio.TimeoutError, ValueError):
            pass
        finally:
            writer.transport.abort()

    async def _exchange(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, gone: asyncio.Event
    ) -> bool:
        """Serves a request. Whether another may follow."""
        try:
            head = await reader.readuntil(b"\r\n\r\n")
        except asyncio.IncompleteReadError:
            return False
        scope, headers = self._scope(head)
        if scope is None:
            writer.write(b"HTTP/1.1 403 -\r\ncontent-length: 0\r\nconnection: close\r\n\r\n")
            await writer.drain()
            return False
        exchange = _Exchange(scope, _RequestBody(reader, headers), writer, gone)
        task = asyncio.current_task()
        if task is not None:
            self._busy.add(task)
        current_scope.set(scope)
        current_gone.set(gone)
        try:
            answered = await self._run(exchange)
        finally:
            if task is not None:
                self._busy.discard(task)
        return answered and await exchange.body.discard()

    async def _run(self, exchange: _Exchange) -> bool:
        path = exchange.scope["path"]
        if len(self._busy) > _MAX_BUSY:
            _logger.error("the app has %d requests to work on: one was turned away", _MAX_BUSY)
            return await exchange.fail(503, "TEMPORARILY_UNAVAILABLE", "The server's app has too much to do.")
        try:
            await self._app(exchange.scope, exchange.receive, exchange.send)
            if exchange.complete:
                return True
            _logger.error("the app did not finish its answer to %s", path)
        except (ConnectionResetError, BrokenPipeError):
            return False
        except BadApp as error:
            _logger.error("the app broke off at %s: %s", path, error)
        except Exception:
            _logger.exception("the app failed at %s", path)
        # An answer that has begun ends as what it is: broken, unless all of it is sent.
        return exchange.complete or await exchange.fail(500, "INTERNAL_ERROR", "The server's app failed.")

    def _scope(self, head: bytes) -> tuple[dict | None, Headers]:
        lines = head[:-4].split(b"\r\n")
        method, target, _ = lines[0].split(b" ")
        headers: Headers = []
        passed: Headers = []
        ours = {}
        for line in lines[1:]:
            name, _, value = line.partition(b":")
            name, value = name.lower(), value.strip()
            headers.append((name, value))
            if name.startswith(OURS):
                ours[name[len(OURS) :]] = value
            elif name != b"transfer-encoding":
                passed.append((name, value))
        if not hmac.compare_digest(ours.get(b"secret", b""), self._secret):
            return None, headers
        raw_path, _, query = target.partition(b"?")
        client = ours.get(b"client")
        scope = {
            "type": "http",
            "asgi": {"version": "3.0", "spec_version": "2.4"},
            "http_version": "1.1",
            "method": method.decode("ascii"),
            "scheme": ours.get(b"scheme", b"http").decode("ascii"),
            "path": unquote_to_bytes(raw_path).decode("utf-8", "replace"),
            "raw_path": raw_path,
            "query_string": query,
            "root_path": "",
            "headers": passed,
            "client": (client.decode("ascii"), 0) if client else None,
            # Never what the client says: Starlette makes the URL of it where it does not believe the `Host`.
            "server": self._address,
            "state": self._state.copy(),
        }
        return scope, headers
