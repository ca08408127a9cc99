"""What the Python host reads and writes on its private sockets: where a message is cut must not matter."""

from __future__ import annotations

import asyncio
import contextvars
import importlib.metadata
import io
import itertools
import os
import socket
import subprocess
import sys
import threading
import time
import types

import pytest

from serving import ROOT, running

sys.path.insert(0, str(ROOT / "crates/python-host/python"))

from millgate_host import app as mlflow_app
from millgate_host import bridge, core, loading, serve

CHUNKED = b"5\r\nhello\r\n1;name=value\r\n,\r\nA\r\n0123456789\r\n0\r\nTrailer: x\r\n\r\n"
HELLO = b"hello,0123456789"


def cut(message: bytes, *places: int) -> list[bytes]:
    ends = [0, *places, len(message)]
    return [message[begin:end] for begin, end in itertools.pairwise(ends) if begin < end]


def decoded(pieces: list[bytes], **headers: bytes) -> tuple[bytes, bool]:
    named = [(name.replace("_", "-").encode(), value) for name, value in headers.items()]
    decoder = core.Decoder(b"GET", 200, named)
    body = b"".join(itertools.chain.from_iterable(decoder.feed(piece) for piece in pieces))
    return body, decoder.done


@pytest.mark.parametrize("place", range(len(CHUNKED)))
def test_an_answer_in_chunks_is_the_same_wherever_it_is_cut(place):
    for second in range(place, len(CHUNKED)):
        pieces = cut(CHUNKED, place, second)
        assert decoded(pieces, transfer_encoding=b"chunked") == (HELLO, True)


@pytest.mark.parametrize("length", range(len(CHUNKED)))
def test_an_answer_in_chunks_that_breaks_off_is_not_whole(length):
    decoder = core.Decoder(b"GET", 200, [(b"transfer-encoding", b"chunked")])
    if length:
        decoder.feed(CHUNKED[:length])
    assert not decoder.done
    with pytest.raises(core.CoreError, match="broke off"):
        decoder.feed(b"")


@pytest.mark.parametrize("chunk", [b"x\r\n", b"\r\n", b"0" * 2000])
def test_a_chunk_that_is_none_is_an_error(chunk):
    decoder = core.Decoder(b"GET", 200, [(b"transfer-encoding", b"chunked")])
    with pytest.raises(core.CoreError, match="strange chunk"):
        decoder.feed(chunk)


def test_an_answer_with_a_length_ends_there():
    assert decoded([b"hel", b"lo"], content_length=b"5") == (b"hello", True)
    with pytest.raises(core.CoreError, match="longer than it says"):
        decoded([b"hello!"], content_length=b"5")
    for strange in ([(b"content-length", b"-1")], [(b"content-length", b"1"), (b"content-length", b"2")]):
        with pytest.raises(core.CoreError, match="strange length"):
            core.Decoder(b"GET", 200, strange)
    with pytest.raises(core.CoreError, match="not how long"):
        core.Decoder(b"GET", 200, [])
    assert core.Decoder(b"HEAD", 200, [(b"content-length", b"5")]).done


def head(method=b"GET", target=b"/", headers=(), body=b"", user=None, client=None) -> list[bytes]:
    lines = core.Core("/nowhere", "s3cret", 1)._head(method, target, headers, body, user, client)
    assert lines.endswith(b"\r\n\r\n")
    return lines[:-4].split(b"\r\n")


@pytest.mark.parametrize(
    "strange",
    [
        {"method": b"GET /x"},
        {"method": b""},
        {"target": b"x"},
        {"target": b"/a b"},
        {"target": b"/a\r\nx: y"},
        {"target": "/ä".encode()},
        {"headers": [(b"a b", b"c")]},
        {"headers": [(b"a", b"b\r\nc: d")]},
        {"headers": [(b"a", b"b\0")]},
        {"headers": [(b"", b"b")]},
    ],
)
def test_what_an_app_makes_of_a_request_is_passed_on_only_if_it_is_one(strange):
    with pytest.raises(core.Refused):
        head(**strange)


def test_headers_between_server_and_host_are_the_hosts_alone():
    theirs = [
        (b"X-Millgate-Host-Secret", b"x"),
        (b"x_millgate_host_user", b"admin"),
        (b"X-Millgate_Host-User", b"admin"),
        (b"Transfer-Encoding", b"chunked"),
        (b"Content-Length", b"7"),
        (b"Connection", b"close"),
        (b"Kept", b"yes"),
    ]
    lines = head(headers=theirs, user="al ice\r\n", client="::1")
    assert lines == [
        b"GET / HTTP/1.1",
        b"kept: yes",
        b"host: millgate",
        b"x-millgate-host-secret: s3cret",
        b"x-millgate-host-user: al%20ice%0D%0A",
        b"x-millgate-host-client: ::1",
    ]


async def connected(server: serve.Server) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    ours, theirs = socket.socketpair()
    loop = asyncio.get_running_loop()
    await loop.connect_accepted_socket(lambda: serve._Protocol(server), theirs)
    return await asyncio.open_connection(sock=ours)


def exchange(app, *requests: bytes, pause: bool = False, end: bool = True) -> bytes:
    """What a worker that runs the app answers. Without `end`, whoever asks waits for the worker to close the connection."""

    async def run() -> bytes:
        server = serve.Server(app, "s3cret", ("127.0.0.1", 5000), {"pool": "of the lifespan"})
        reader, writer = await connected(server)
        for piece in requests:
            writer.write(piece)
            await writer.drain()
            if pause:
                await asyncio.sleep(0.002)
        if end:
            writer.write_eof()
        answer = await asyncio.wait_for(reader.read(), 10)
        writer.close()
        return answer

    return asyncio.run(run())


async def echo(scope, receive, send):
    body, more = b"", True
    while more:
        message = await receive()
        assert message["type"] == "http.request"
        body, more = body + message["body"], message["more_body"]
    await answer(send, scope["path"].encode() + b" " + body)


async def answer(send, body: bytes) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": body})


SECRET = b"X-Millgate-Host-Secret: s3cret\r\n"


@pytest.mark.parametrize("place", range(0, 120, 7))
def test_a_worker_reads_requests_wherever_they_are_cut(place):
    first = b"POST /a%20b HTTP/1.1\r\n" + SECRET + b"Transfer-Encoding: chunked\r\n\r\n" + CHUNKED
    second = b"POST /c HTTP/1.1\r\n" + SECRET + b"Content-Length: 2\r\n\r\nhi"
    pieces = cut(first + second, place)
    answer = exchange(echo, *pieces, pause=True)
    assert answer.count(b"HTTP/1.1 200") == 2
    assert b"/a b " + HELLO in answer
    assert answer.endswith(b"/c hi")


@pytest.mark.parametrize(
    "secret",
    [b"", b"X-Millgate-Host-Secret: s3cre\r\n", b"X-Millgate-Host-Secret:\r\n", b"X-Secret: s3cret\r\n"],
)
def test_who_does_not_know_the_secret_reaches_no_app(secret):
    async def app(*_):
        raise AssertionError("it was asked")

    answer = exchange(app, b"GET / HTTP/1.1\r\n" + secret + b"\r\n")
    assert answer.startswith(b"HTTP/1.1 403 ")


@pytest.mark.parametrize(
    "nonsense",
    [b"\r\n\r\n", b"GET\r\n\r\n", b"GET / HTTP/1.1 more\r\n\r\n", b"\0" * 200_000, b"GET / HTTP/1.1\r\n"],
)
def test_nonsense_is_answered_with_the_end_of_the_connection(nonsense):
    async def app(*_):
        raise AssertionError("it was asked")

    assert not exchange(app, nonsense).startswith(b"HTTP/1.1 2")


@pytest.mark.parametrize("host", ["a.example.com", "a/health?.example.com", "a/health#", "x:1/y", "", "[::1"])
def test_no_host_header_moves_a_request_to_another_path(host):
    requests = pytest.importorskip("starlette.requests")

    async def app(scope, receive, send):
        url = requests.Request(scope).url
        await answer(send, f"{url.path} {scope['server']}".encode())

    head = b"GET /api/x HTTP/1.1\r\n" + SECRET + b"Host: " + host.encode() + b"\r\n\r\n"
    assert exchange(app, head).endswith(b"/api/x ('127.0.0.1', 5000)")


def test_what_the_lifespan_yields_is_in_every_request_and_no_request_changes_it_for_others():
    async def app(scope, receive, send):
        await answer(send, repr(scope["state"]).encode())
        scope["state"]["pool"] = "of another request"

    request = b"GET / HTTP/1.1\r\n" + SECRET + b"\r\n"
    assert exchange(app, request, request, pause=True).count(b"{'pool': 'of the lifespan'}") == 2


def test_a_wsgi_app_is_told_of_the_listeners_address():
    scope = {"method": "GET", "path": "/x", "query_string": b"", "headers": [(b"host", b"a/b?")]}
    environ = bridge.wsgi_environ({**scope, "server": ("127.0.0.1", 5000)}, b"")
    assert (environ["SERVER_NAME"], environ["SERVER_PORT"], environ["PATH_INFO"]) == ("127.0.0.1", "5000", "/x")


def test_an_app_that_answers_and_then_fails_has_answered(caplog, monkeypatch):
    """Whatever of the request's body it has not read."""
    monkeypatch.setattr(serve, "_SECONDS_TO_DISCARD", 0.1)
    body = b"x" * 4_000_000

    async def app(scope, receive, send):
        await answer(send, b"y" * 300_000)
        raise RuntimeError("after its answer")

    head = b"PUT / HTTP/1.1\r\n" + SECRET + b"Content-Length: %d\r\n\r\n" % len(body)
    said = exchange(app, head + body[:1000], end=False)
    assert said.startswith(b"HTTP/1.1 200") and said.endswith(b"\r\n\r\n" + b"y" * 300_000)
    assert "after its answer" in caplog.text


def test_the_rest_of_a_body_is_not_waited_for_without_end(monkeypatch):
    monkeypatch.setattr(serve, "_SECONDS_TO_DISCARD", 0.1)
    monkeypatch.setattr(serve, "_SECONDS_TO_PART", 0.1)

    async def app(scope, receive, send):
        await answer(send, b"no")

    head = b"PUT / HTTP/1.1\r\n" + SECRET + b"Content-Length: 3000000\r\n\r\n"
    started = time.monotonic()
    assert exchange(app, head + b"x" * 1000, end=False).endswith(b"no")
    assert time.monotonic() - started < 5


def test_more_requests_than_an_app_may_have_are_turned_away(monkeypatch):
    """Those that clients have left count until the app is done with them."""
    monkeypatch.setattr(serve, "_MAX_BUSY", 2)

    async def run() -> list[bytes]:
        release = asyncio.Event()

        async def app(scope, receive, send):
            await release.wait()
            await answer(send, b"done")

        server = serve.Server(app, "s3cret", ("127.0.0.1", 5000), {})
        request = b"GET / HTTP/1.1\r\n" + SECRET + b"\r\n"
        for _ in range(2):
            _, left = await connected(server)
            left.write(request)
            await asyncio.sleep(0.01)
            left.close()
        said = []
        for _ in range(2):
            reader, writer = await connected(server)
            writer.write(request)
            said.append(await asyncio.wait_for(reader.readuntil(b"\r\n"), 10))
            release.set()
            await asyncio.sleep(0.01)
        return said

    assert asyncio.run(run()) == [b"HTTP/1.1 503 -\r\n", b"HTTP/1.1 200 -\r\n"]


# A WSGI app in threads.


def wsgi(app, threads: bridge.Threads, *pieces: bytes, gone: asyncio.Event | None = None):
    """A call of the app in an event loop: a future of what it sends. After the pieces nothing more comes of the body."""
    sent: list[bytes] = []
    rest = [*({"type": "http.request", "body": each, "more_body": True} for each in pieces)]
    rest.append({"type": "http.request", "body": b"", "more_body": False})

    async def receive():
        return rest.pop(0)

    async def send(message):
        sent.append(message.get("body", b""))

    async def call() -> bytes:
        serve.current_gone.set(gone)
        scope = {"type": "http", "method": "POST", "path": "/", "query_string": b"", "headers": []}
        await bridge.WsgiBridge(app, threads)(scope, receive, send)
        return b"".join(sent)

    return asyncio.ensure_future(call())


class Slow:
    """A WSGI app that answers when it is told to, and notes what reached it."""

    def __init__(self) -> None:
        self.release = threading.Event()
        self.sizes: list[int] = []

    def __call__(self, environ, start_response):
        self.sizes.append(len(environ["wsgi.input"].read()))
        self.release.wait(10)
        start_response("200 OK", [])
        return [b"done"]


def test_what_waits_for_a_thread_is_dropped_when_its_client_leaves():
    async def run() -> None:
        app, threads = Slow(), bridge.Threads(1, 60)
        first = wsgi(app, threads, b"1")
        await asyncio.sleep(0.05)
        gone = asyncio.Event()
        leaving, staying = wsgi(app, threads, b"22", gone=gone), wsgi(app, threads, b"333")
        await asyncio.sleep(0.05)
        gone.set()
        with pytest.raises(ConnectionResetError):
            await asyncio.wait_for(leaving, 5)
        cancelled = wsgi(app, threads, b"4444")
        await asyncio.sleep(0.05)
        cancelled.cancel()
        late = wsgi(app, threads, b"55555", gone=gone)
        app.release.set()
        assert [await first, await staying] == [b"done", b"done"]
        with pytest.raises(ConnectionResetError):
            await late
        assert app.sizes == [1, 3]
        # And no thread is lost.
        assert await asyncio.wait_for(wsgi(app, threads, b"666666"), 5) == b"done"

    asyncio.run(run())


def test_uploads_hold_up_uploads_alone():
    async def run() -> None:
        uploading, app, threads = Slow(), Slow(), bridge.Threads(1, 60)
        app.release.set()
        piece = b"x" * (bridge.SMALL // 2)
        uploads = [wsgi(uploading, threads, *[piece] * 4) for _ in range(2)]
        await asyncio.sleep(0.05)
        assert await asyncio.wait_for(wsgi(app, threads, b"small"), 5) == b"done"
        uploading.release.set()
        assert await asyncio.gather(*uploads) == [b"done", b"done"]
        assert uploading.sizes == [len(piece) * 4] * 2

    asyncio.run(run())


def test_threads_are_stuck_when_half_of_them_are():
    async def run() -> None:
        app, threads = Slow(), bridge.Threads(4, 0.1)
        calls = [wsgi(app, threads)]
        await asyncio.sleep(0.2)
        assert not threads.are_stuck()
        calls.append(wsgi(app, threads))
        await asyncio.sleep(0.2)
        assert threads.are_stuck()
        app.release.set()
        await asyncio.gather(*calls)
        assert not threads.are_stuck()

    asyncio.run(run())


# What becomes of a request on its way to the core.


@pytest.mark.parametrize(
    ("path", "raw", "query", "expected"),
    [
        (b"/a b", b"/a%20b", b"", b"/a%20b"),
        (b"/a/b", b"/a%2Fb", b"c=%20", b"/a%2Fb?c=%20"),
        (b"/moved", b"/a%20b", b"", b"/moved"),
        (b"/a b\r\n?", None, b"x", b"/a%20b%0D%0A%3F?x"),
        ("/ü".encode(), "/ü".encode(), "n=ü".encode(), b"/%C3%BC?n=%C3%BC"),
        (b"/", b"/", b"a b\r\nc", b"/?a%20b%0D%0Ac"),
    ],
)
def test_the_core_is_asked_for_what_the_client_wrote_unless_the_app_sees_another_path(
    path, raw, query, expected
):
    target = mlflow_app._target(path, raw, query)
    assert target == expected
    head(target=target)


def scope_of(headers: dict, **more) -> dict:
    named = [(name.lower().encode(), value.encode()) for name, value in headers.items()]
    scope = {"method": "POST", "path": "/", "query_string": b"", "headers": named, "server": ("x", 1)}
    return {**scope, **more}


def body_for_the_core(environ: dict) -> bytes:
    flask = pytest.importorskip("flask")
    with flask.Flask("x").request_context(environ):
        body = mlflow_app._wsgi_body(flask.request)
        return body if isinstance(body, bytes) else b"".join(body.pieces)


@pytest.mark.parametrize("size", [0, 7, bridge.SMALL * 2])
def test_the_body_that_middleware_puts_in_its_place_is_the_requests(size):
    def middleware(environ: dict, length: int | None = None) -> dict:
        environ["wsgi.input"] = io.BytesIO(b"n" * size)
        if length is not None:
            environ["CONTENT_LENGTH"] = str(length)
        return environ

    given = scope_of({"Content-Length": "3"})
    assert body_for_the_core(bridge.wsgi_environ(given, b"old")) == b"old"
    # Whether it changes the length or not: the input says where it ends.
    assert body_for_the_core(middleware(bridge.wsgi_environ(given, b"old"), size)) == b"n" * size
    assert body_for_the_core(middleware(bridge.wsgi_environ(given, b"old"))) == b"n" * size
    large = io.BufferedReader(io.BytesIO(b"o" * 3))
    assert body_for_the_core(bridge.wsgi_environ(given, large)) == b"ooo"
    assert body_for_the_core(middleware(bridge.wsgi_environ(given, large))) == b"n" * size


def test_a_name_that_only_the_client_gives_is_marked():
    flask = pytest.importorskip("flask")
    claim = scope_of({"Authorization": "Basic YWRtaW46eA=="})

    def named(scope: dict, **environ: str) -> str | None:
        serve.current_scope.set(scope)
        with flask.Flask("x").request_context({**bridge.wsgi_environ(scope, b""), **environ}):
            return mlflow_app.named_user()

    def run() -> None:
        assert named(claim) == "unverified:admin"
        assert named({**claim, "state": {"username": "alice"}}) == "alice"
        assert named({**claim, "user": types.SimpleNamespace(username="alice")}) == "alice"
        assert named(claim, REMOTE_USER="alice") == "alice"
        assert named(scope_of({})) is None

    contextvars.copy_context().run(run)


# Starting and ending.


def test_an_entry_point_of_the_working_directory_replaces_no_app(tmp_path, monkeypatch):
    """The server has said what the name stands for, and nobody is asked again."""
    info = tmp_path / "another-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: another\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("[mlflow.app]\nguard = another_module:app\n")
    (tmp_path / "another_module.py").write_text("async def app(scope, receive, send): pass\n")
    (tmp_path / "guarding_module.py").write_text("class App:\n async def __call__(self, s, r, x): pass\napp = App()\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    [found] = [each for each in importlib.metadata.entry_points(group="mlflow.app") if each.name == "guard"]
    assert found.value == "another_module:app"
    pytest.importorskip("flask")
    served, what = loading.load("guard", "guarding_module:app", bridge.Threads(1, 1))
    assert (type(served).__module__, what) == ("guarding_module", "guarding_module:app (ASGI)")


def test_a_lifespan_starts_yields_its_state_and_ends():
    heard = []

    async def lives(scope, receive, send):
        heard.append((await receive())["type"])
        scope["state"]["pool"] = "a pool"
        await send({"type": "lifespan.startup.complete"})
        heard.append((await receive())["type"])
        await send({"type": "lifespan.shutdown.complete"})

    async def knows_nothing(scope, receive, send):
        assert scope["type"] == "http"

    async def fails(scope, receive, send):
        await send({"type": "lifespan.startup.failed"})

    async def run() -> None:
        lifespan = loading.Lifespan(lives)
        await lifespan.begin()
        assert lifespan.state == {"pool": "a pool"}
        await lifespan.end()
        assert heard == ["lifespan.startup", "lifespan.shutdown"]
        unknowing = loading.Lifespan(knows_nothing)
        await unknowing.begin()
        await unknowing.end()
        with pytest.raises(loading.NotAnApp):
            await loading.Lifespan(fails).begin()

    asyncio.run(asyncio.wait_for(run(), 10))


@pytest.mark.parametrize(("order", "status"), [(b"nonsense\n", 1), (b'"fail"\n', 1), (b"", -9)])
def test_a_worker_that_can_hear_no_more_orders_ends_and_its_children_with_it(order, status):
    """`fail` stands for anything that goes wrong in obeying."""
    code = """
import subprocess, sys, time
from millgate_host.control import Control
control = Control()
child = subprocess.Popen(["sleep", "600"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
print(child.pid, flush=True)
control.obey(lambda order: {}[order])
time.sleep(600)
"""
    ours, theirs = socket.socketpair()
    python = [sys.executable, "-c", code]
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "crates/python-host/python")}
    worker = subprocess.Popen(
        python, stdin=theirs, stdout=subprocess.PIPE, env=environment, start_new_session=True
    )
    theirs.close()
    child = int(worker.stdout.readline())
    ours.sendall(order)
    if not order:
        ours.close()
    try:
        assert worker.wait(60) == status
        if not order:
            deadline = time.monotonic() + 60
            while running(child) and time.monotonic() < deadline:
                time.sleep(0.05)
            assert not running(child)
    finally:
        ours.close()
        if running(child):
            os.kill(child, 9)


# The core.


def test_an_upload_of_which_the_core_wants_no_more_ends_at_its_answer(tmp_path):
    """The core may refuse before it has read everything."""
    path = str(tmp_path / "core")
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(path)
    listener.listen()

    def refuse() -> None:
        connection, _ = listener.accept()
        connection.recv(1000)
        connection.sendall(b"HTTP/1.1 413 -\r\ncontent-length: 3\r\n\r\nno!")
        release.wait(10)
        connection.close()

    release = threading.Event()
    thread = threading.Thread(target=refuse)
    thread.start()
    pieces = itertools.repeat(b"x" * 100_000, 10_000)
    answer = core.Core(path, "s3cret", 5).ask(b"POST", b"/", [], core.Upload(pieces, 1_000_000_000))
    assert (answer.status, answer.read()) == (413, b"no!")
    release.set()
    thread.join()
    listener.close()


def test_more_files_than_select_knows_are_no_matter(tmp_path):
    path = str(tmp_path / "core")
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(path)
    listener.listen()

    def answer() -> None:
        connection, _ = listener.accept()
        connection.recv(1000)
        connection.sendall(b"HTTP/1.1 200 -\r\ncontent-length: 2\r\n\r\nok")
        connection.close()

    thread = threading.Thread(target=answer)
    open_files = []
    try:
        while not open_files or open_files[-1] < 1100:
            open_files.append(os.dup(0))
        thread.start()
        assert core.Core(path, "s3cret", 5).ask(b"GET", b"/", [], b"").read() == b"ok"
    finally:
        for each in open_files:
            os.close(each)
        thread.join()
        listener.close()
