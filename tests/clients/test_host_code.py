"""What the Python host reads and writes on its private sockets: where a message is cut must not matter."""

import asyncio
import itertools
import os
import socket
import sys
import threading

import pytest

from serving import ROOT

sys.path.insert(0, str(ROOT / "crates/python-host/python"))

from millgate_host import core, serve

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


def exchange(app, *requests: bytes, pause: bool = False) -> bytes:
    """What a worker that runs the app answers."""

    async def run() -> bytes:
        ours, theirs = socket.socketpair()
        server = serve.Server(app, "s3cret")
        loop = asyncio.get_running_loop()
        await loop.connect_accepted_socket(lambda: serve._Protocol(server), theirs)
        reader, writer = await asyncio.open_connection(sock=ours)
        for piece in requests:
            writer.write(piece)
            await writer.drain()
            if pause:
                await asyncio.sleep(0.002)
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
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": scope["path"].encode() + b" " + body})


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
