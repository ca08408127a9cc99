"""The server's core, over its private socket: what MLflow's own code would do is asked for here.

Heads are read and bodies are cut in one place, for code that waits in a thread and for code of an event loop alike.
"""

from __future__ import annotations

import asyncio
import re
import select
import socket
import threading
from collections.abc import AsyncIterator, Iterable, Iterator
from typing import Any, Union
from urllib.parse import quote

Headers = list[tuple[bytes, bytes]]

#: What the names of headers between the server and its workers begin with.
OURS = b"x-millgate-host-"

CHUNK = 256 * 1024
_MAX_HEAD = 128 * 1024
_MAX_IDLE = 64
_NOT_PASSED = {
    b"connection",
    b"content-length",
    b"expect",
    b"keep-alive",
    b"proxy-authenticate",
    b"proxy-authorization",
    b"proxy-connection",
    b"te",
    b"trailer",
    b"transfer-encoding",
    b"upgrade",
}
_TOKEN = re.compile(rb"[!#$%&'*+.^_`|~0-9A-Za-z-]+\Z")
_TARGET = re.compile(rb"/[!-~]*\Z")
_VALUE = re.compile(rb"[^\r\n\0]*\Z")


class CoreError(Exception):
    """The core could not be asked, or its answer broke off."""


class Refused(ValueError):
    """The app has made something of the request that no HTTP request can be."""


def is_header(name: bytes, value: bytes) -> bool:
    return bool(_TOKEN.match(name) and _VALUE.match(value))


class Decoder:
    """Cuts an answer's body out of what comes behind its head."""

    def __init__(self, method: bytes, status: int, headers: Headers) -> None:
        self.done = False
        self.length: int | None = None
        self._left = 0
        self._chunked = False
        self._buffer = b""
        self._trailer = False
        encoding = [value for name, value in headers if name == b"transfer-encoding"]
        length = [value for name, value in headers if name == b"content-length"]
        if method == b"HEAD" or status in (204, 304):
            self.done = True
        elif encoding:
            self._chunked = True
        elif len(length) == 1 and length[0].isdigit():
            self.length = self._left = int(length[0])
            self.done = self.length == 0
        elif not length:
            raise CoreError("an answer of the core says not how long it is")
        else:
            raise CoreError("an answer of the core has a strange length")

    def feed(self, data: bytes) -> list[bytes]:
        if not data:
            raise CoreError("an answer of the core broke off")
        if not self._chunked:
            if len(data) > self._left:
                raise CoreError("an answer of the core is longer than it says")
            self._left -= len(data)
            self.done = self._left == 0
            return [data]
        return self._cut(data)

    def _cut(self, data: bytes) -> list[bytes]:
        pieces = []
        data = self._buffer + data
        while True:
            if self._left > 0:
                piece, data = data[: self._left], data[self._left :]
                self._left -= len(piece)
                if piece:
                    pieces.append(piece)
                if self._left:
                    break
                self._left = -2
            if self._left < 0:
                # The end of line behind a chunk.
                skipped = min(len(data), -self._left)
                data = data[skipped:]
                self._left += skipped
                if self._left:
                    break
            line, end, rest = data.partition(b"\r\n")
            if not end:
                if len(data) > 1024:
                    raise CoreError("an answer of the core has a strange chunk")
                break
            data = rest
            if self._trailer:
                if not line:
                    self.done = True
                    break
                continue
            try:
                self._left = int(line.split(b";")[0], 16)
            except ValueError:
                raise CoreError("an answer of the core has a strange chunk") from None
            self._trailer = self._left == 0
        self._buffer = data
        return pieces


def parse_head(head: bytes) -> tuple[int, Headers]:
    lines = head.split(b"\r\n")
    try:
        status = int(lines[0].split(b" ", 2)[1])
        headers = []
        for line in lines[1:]:
            name, _, value = line.partition(b":")
            headers.append((name.strip().lower(), value.strip()))
    except (IndexError, ValueError):
        raise CoreError("the core gave an answer that is none") from None
    return status, headers


class Answer:
    """The head of an answer of the core, and its body, which is still to come."""

    def __init__(self, connection: _Connection, method: bytes, head: bytes, reusable: bool) -> None:
        self._connection: _Connection | None = connection
        self._reusable = reusable
        self.status, received = parse_head(head)
        self._decoder = Decoder(method, self.status, received)
        self.length = self._decoder.length
        #: Without what concerns the connection alone.
        self.headers: Headers = [
            (name, value) for name, value in received if name not in _NOT_PASSED or name == b"content-length"
        ]
        if self._decoder.done:
            self._end()

    def header(self, name: bytes) -> bytes | None:
        return next((value for known, value in self.headers if known == name), None)

    def __iter__(self) -> Iterator[bytes]:
        """The body, for who may wait."""
        first = True
        while not self._decoder.done:
            if self._connection is None:
                raise CoreError("an answer of the core was given up")
            yield from self._decoder.feed(self._connection.read(first))
            first = False
        self._end()

    def read(self) -> bytes:
        return b"".join(self)

    async def stream(self) -> AsyncIterator[bytes]:
        """The body, for an event loop."""
        first = True
        while not self._decoder.done:
            if self._connection is None:
                raise CoreError("an answer of the core was given up")
            for piece in self._decoder.feed(await self._connection.read_async(first)):
                yield piece
            first = False
        self._end()

    def _end(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            if self._reusable and not connection.buffer:
                connection.keep()
            else:
                connection.close()

    def close(self) -> None:
        """Gives up what has not come yet."""
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()


Body = Union[bytes, "Upload"]


class Upload:
    """A request's body that comes piece by piece; `length` is None where nobody knows it."""

    def __init__(self, pieces: Any, length: int | None) -> None:
        self.pieces = pieces
        self.length = length


class _Connection:
    """A connection to the core. Its socket never blocks; who waits in a thread does so with `poll`."""

    def __init__(self, core: Core) -> None:
        self._core = core
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.socket.setblocking(False)
        self.buffer = b""
        try:
            self.socket.connect(core.path)
        except OSError as error:
            self.socket.close()
            raise CoreError(f"the core cannot be reached: {error}") from error

    def keep(self) -> None:
        self._core.keep(self)

    def close(self) -> None:
        self.socket.close()

    def is_stale(self) -> bool:
        """Whether the core has closed it, or said something that nobody asked for."""
        return bool(self._wait(select.POLLIN, 0))

    def _wait(self, events: int, seconds: float) -> int:
        """Which of the events there are, or that the connection is broken; 0 when time is up."""
        # Not `select`, which knows no file numbers past 1023.
        poll = select.poll()
        poll.register(self.socket, events)
        return next((ready for _, ready in poll.poll(seconds * 1000)), 0)

    # For threads.

    def send(self, data: bytes) -> bool:
        """Whether all was sent. If not, the core has answered before."""
        view = memoryview(data)
        while view:
            ready = self._wait(select.POLLIN | select.POLLOUT, self._core.timeout)
            if not ready:
                raise CoreError("the core takes nothing")
            if ready & ~select.POLLOUT:
                return False
            try:
                view = view[self.socket.send(view) :]
            except (BlockingIOError, InterruptedError):
                continue
            except OSError:
                return False
        return True

    def receive(self) -> bytes:
        while True:
            try:
                return self.socket.recv(CHUNK)
            except (BlockingIOError, InterruptedError):
                if not self._wait(select.POLLIN, self._core.timeout):
                    raise CoreError("the core says nothing") from None
            except OSError as error:
                raise CoreError(f"the core went away: {error}") from error

    def head(self) -> bytes:
        while True:
            head, end, rest = self.buffer.partition(b"\r\n\r\n")
            if end:
                self.buffer = rest
                return head
            self._grow(self.receive())

    def _grow(self, data: bytes) -> None:
        if not data or len(self.buffer) > _MAX_HEAD:
            raise CoreError("the core went away before it answered")
        self.buffer += data

    def read(self, first: bool) -> bytes:
        if first and self.buffer:
            data, self.buffer = self.buffer, b""
            return data
        return self.receive()

    # For an event loop.

    async def send_async(self, data: bytes) -> None:
        await asyncio.get_running_loop().sock_sendall(self.socket, data)

    async def receive_async(self) -> bytes:
        received = asyncio.get_running_loop().sock_recv(self.socket, CHUNK)
        try:
            return await asyncio.wait_for(received, self._core.timeout)
        except asyncio.TimeoutError:
            raise CoreError("the core says nothing") from None
        except OSError as error:
            raise CoreError(f"the core went away: {error}") from error

    async def head_async(self) -> bytes:
        while True:
            head, end, rest = self.buffer.partition(b"\r\n\r\n")
            if end:
                self.buffer = rest
                return head
            self._grow(await self.receive_async())

    async def read_async(self, first: bool) -> bytes:
        if first and self.buffer:
            data, self.buffer = self.buffer, b""
            return data
        return await self.receive_async()


class Core:
    def __init__(self, path: str, secret: str, timeout: float) -> None:
        self.path = path
        self.secret = secret
        #: Seconds that it may be silent. It gives up its own requests before.
        self.timeout = timeout + 10
        self._idle: list[_Connection] = []
        self._lock = threading.Lock()

    def keep(self, connection: _Connection) -> None:
        with self._lock:
            if len(self._idle) < _MAX_IDLE:
                self._idle.append(connection)
                return
        connection.close()

    def _connect(self) -> _Connection:
        while True:
            with self._lock:
                connection = self._idle.pop() if self._idle else None
            if connection is None:
                return _Connection(self)
            if not connection.is_stale():
                return connection
            connection.close()

    def _head(
        self,
        method: bytes,
        target: bytes,
        headers: Iterable[tuple[bytes, bytes]],
        body: Body,
        user: str | None,
        client: str | None,
    ) -> bytes:
        if not _TOKEN.match(method) or not _TARGET.match(target):
            raise Refused("the method or the target is none")
        lines = [b"%s %s HTTP/1.1" % (method, target)]
        has_host = False
        for name, value in headers:
            name = name.lower()
            if name in _NOT_PASSED or name.replace(b"_", b"-").startswith(OURS):
                continue
            if not is_header(name, value):
                raise Refused("a header is none")
            has_host = has_host or name == b"host"
            lines.append(b"%s: %s" % (name, value))
        if not has_host:
            lines.append(b"host: millgate")
        lines.append(OURS + b"secret: " + self.secret.encode())
        if user:
            lines.append(OURS + b"user: " + quote(user[:255], safe="").encode())
        if client:
            lines.append(OURS + b"client: " + quote(client, safe=":.").encode())
        if isinstance(body, bytes):
            if body or method not in (b"GET", b"HEAD", b"DELETE", b"OPTIONS"):
                lines.append(b"content-length: %d" % len(body))
        elif body.length is not None:
            lines.append(b"content-length: %d" % body.length)
        else:
            lines.append(b"transfer-encoding: chunked")
        return b"\r\n".join(lines) + b"\r\n\r\n"

    def ask(
        self,
        method: bytes,
        target: bytes,
        headers: Iterable[tuple[bytes, bytes]],
        body: Body,
        user: str | None = None,
        client: str | None = None,
    ) -> Answer:
        """Asks, and waits for the head of the answer. The pieces of an upload are iterated over."""
        head = self._head(method, target, headers, body, user, client)
        connection = self._connect()
        try:
            if isinstance(body, bytes):
                whole = connection.send(head + body)
            else:
                whole = connection.send(head) and self._upload(connection, body)
            return Answer(connection, method, connection.head(), whole)
        except BaseException:
            connection.close()
            raise

    @staticmethod
    def _upload(connection: _Connection, body: Upload) -> bool:
        sent = 0
        for piece in body.pieces:
            if not piece:
                continue
            sent += len(piece)
            if not connection.send(_framed(piece, body)):
                return False
        if body.length is None:
            return connection.send(b"0\r\n\r\n")
        if sent != body.length:
            raise CoreError("the request's body broke off")
        return True

    async def ask_async(
        self,
        method: bytes,
        target: bytes,
        headers: Iterable[tuple[bytes, bytes]],
        body: Body,
        user: str | None = None,
        client: str | None = None,
    ) -> Answer:
        """As `ask`, in an event loop. The pieces of an upload are iterated over with `async for`."""
        head = self._head(method, target, headers, body, user, client)
        connection = self._connect()
        sending: asyncio.Future | None = None
        try:
            if isinstance(body, bytes):
                await connection.send_async(head + body)
                return Answer(connection, method, await connection.head_async(), True)
            await connection.send_async(head)
            sending = asyncio.ensure_future(self._upload_async(connection, body))
            answering = asyncio.ensure_future(_readable(connection.socket))
            try:
                await asyncio.wait({sending, answering}, return_when=asyncio.FIRST_COMPLETED)
            finally:
                answering.cancel()
                await asyncio.gather(answering, return_exceptions=True)
            whole = sending.done()
            if whole and sending.exception() is not None and not isinstance(sending.exception(), OSError):
                raise sending.exception()  # type: ignore[misc]
            whole = whole and sending.exception() is None
            return Answer(connection, method, await connection.head_async(), whole)
        except OSError as error:
            connection.close()
            raise CoreError(f"the core went away: {error}") from error
        except BaseException:
            connection.close()
            raise
        finally:
            if sending is not None and not sending.done():
                sending.cancel()
                await asyncio.gather(sending, return_exceptions=True)

    @staticmethod
    async def _upload_async(connection: _Connection, body: Upload) -> None:
        sent = 0
        async for piece in body.pieces:
            if piece:
                sent += len(piece)
                await connection.send_async(_framed(piece, body))
        if body.length is None:
            await connection.send_async(b"0\r\n\r\n")
        elif sent != body.length:
            raise CoreError("the request's body broke off")


def _framed(piece: bytes, body: Upload) -> bytes:
    if body.length is not None:
        return piece
    return b"%x\r\n%s\r\n" % (len(piece), piece)


async def _readable(connection: socket.socket) -> None:
    """Returns when there is something to read; nothing is read."""
    loop = asyncio.get_running_loop()
    readable = loop.create_future()

    def ready() -> None:
        if not readable.done():
            readable.set_result(None)

    # Readers are kept by number: one of a copy does not get in the way of another of the socket itself.
    copy = connection.dup()
    loop.add_reader(copy, ready)
    try:
        await readable
    finally:
        loop.remove_reader(copy)
        copy.close()
