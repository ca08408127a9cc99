"""Those who vouch for users beside the OpenID provider, on 127.0.0.1: a service that is asked, and proxies."""

import base64
import contextlib
import threading
import time
from collections.abc import Iterator
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import requests
from requests.adapters import HTTPAdapter

from serving import Server


class Listening:
    """An HTTP server in threads of its own, while the block runs."""

    def __init__(self):
        listening = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def handle_any(self):
                listening.handle(self)

            do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = do_HEAD = handle_any

            def log_message(self, *_):
                pass

        self.http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.http.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.http.server_port}"
        self.is_running = False

    def handle(self, request: BaseHTTPRequestHandler) -> None:
        raise NotImplementedError

    def stop(self) -> None:
        if self.is_running:
            self.is_running = False
            self.http.shutdown()
            self.http.server_close()

    def __enter__(self):
        self.is_running = True
        threading.Thread(target=self.http.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        return self

    def __exit__(self, *_) -> None:
        self.stop()


class AskedService(Listening):
    """Knows users by the credentials of the request that it is asked about."""

    def __init__(self):
        super().__init__()
        #: By the whole `Authorization` or `Cookie`: name and groups.
        self.users: dict[str, tuple[str, str]] = {}
        self.status = 200
        self.names_user = True
        self.seconds = 0.0
        self.asked = 0
        #: Requests for where its redirects lead.
        self.followed = 0
        self.last: Message = Message()

    @contextlib.contextmanager
    def changed(self, **changes: Any) -> Iterator[None]:
        before = {name: getattr(self, name) for name in changes}
        self.__dict__.update(changes)
        try:
            yield
        finally:
            self.__dict__.update(before)

    def handle(self, request: BaseHTTPRequestHandler) -> None:
        self.asked += 1
        self.followed += request.path == "/login"
        self.last = request.headers
        time.sleep(self.seconds)
        known = self.users.get(request.headers.get("Authorization") or request.headers.get("Cookie", ""))
        request.close_connection = True
        # Who was asked may have had enough.
        with contextlib.suppress(OSError):
            request.send_response(self.status if known or self.status != 200 else 401)
            if known and self.names_user:
                request.send_header("X-Forwarded-User", known[0])
                request.send_header("X-Forwarded-Groups", known[1])
            request.send_header("Location", f"{self.url}/login")
            request.send_header("Connection", "close")
            request.send_header("Content-Length", "0")
            request.end_headers()


#: What is said of a connection and not of what goes through it.
HOP_BY_HOP = {"connection", "content-length", "host", "keep-alive", "transfer-encoding"}


class StrippingProxy(Listening):
    """A proxy that asks for name and password itself, and takes away what clients say in its headers."""

    def __init__(self, server: "Server | Listening", people: dict[str, tuple[str, str]], secret: str):
        super().__init__()
        self.server = server
        self.people = people
        self.secret = secret

    def headers(self, request: BaseHTTPRequestHandler) -> list[tuple[str, str]]:
        ours = {"authorization", "x-forwarded-user", "x-forwarded-groups", "x-proxy-secret"}
        return [(name, value) for name, value in request.headers.items() if name.lower() not in ours]

    def handle(self, request: BaseHTTPRequestHandler) -> None:
        body = request.rfile.read(int(request.headers.get("Content-Length", 0)))
        headers = [(name, value) for name, value in self.headers(request) if name.lower() not in HOP_BY_HOP]
        user = self.user(request.headers.get("Authorization", ""))
        if user:
            _, groups = self.people[user]
            headers += [("X-Forwarded-User", user), ("X-Forwarded-Groups", groups)]
            headers.append(("X-Proxy-Secret", self.secret))
        status, answer_headers, content = self.forward(request, headers, body)
        request.send_response(status)
        for name, value in answer_headers:
            if name.lower() not in HOP_BY_HOP:
                request.send_header(name, value)
        request.send_header("Content-Length", str(len(content)))
        request.end_headers()
        if request.command != "HEAD":
            request.wfile.write(content)

    def user(self, authorization: str) -> str | None:
        scheme, _, encoded = authorization.partition(" ")
        if scheme != "Basic":
            return None
        name, _, password = base64.b64decode(encoded).decode().partition(":")
        return name if password and self.people.get(name, ("",))[0] == password else None

    def forward(self, request, headers, body: bytes) -> tuple[int, list[tuple[str, str]], bytes]:
        """With http.client, which lets a header stand twice."""
        import http.client

        connection = http.client.HTTPConnection(self.server.url.removeprefix("http://"), timeout=60)
        with contextlib.closing(connection):
            connection.putrequest(request.command, request.path, skip_accept_encoding=True)
            for name, value in headers:
                connection.putheader(name, value)
            connection.putheader("Content-Length", str(len(body)))
            connection.endheaders(body)
            answer = connection.getresponse()
            return answer.status, answer.getheaders(), answer.read()


class AppendingProxy(StrippingProxy):
    """A proxy that is set up wrongly: it adds its headers behind those of clients."""

    def __init__(self, server, people, secret, *, keeps_login: bool = False):
        super().__init__(server, people, secret)
        self.keeps_login = keeps_login

    def headers(self, request: BaseHTTPRequestHandler) -> list[tuple[str, str]]:
        return [
            (name, value)
            for name, value in request.headers.items()
            if self.keeps_login or name.lower() != "authorization"
        ]


class FromAddress(requests.Session):
    """Requests that come from this address of the machine."""

    def __init__(self, address: str):
        super().__init__()
        self.mount("http://", _Bound(address))


class _Bound(HTTPAdapter):
    def __init__(self, address: str):
        self.address = address
        super().__init__()

    def init_poolmanager(self, *args, **kwargs):
        super().init_poolmanager(*args, source_address=(self.address, 0), **kwargs)
