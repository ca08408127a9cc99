"""A closed-loop HTTP load: a few keep-alive connections, each sending its next request when its answer is there.

One thread and one epoll over plain sockets, so that the client costs little of the machine that it shares with the
server.
Every answer must have status 200.
"""

from __future__ import annotations

import base64
import resource
import select
import socket
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Measured:
    """What a load found. Latencies are in milliseconds."""

    requests: int
    seconds: float
    requests_per_second: float
    p50_ms: float
    p99_ms: float
    client_cpu: float
    """Share of one core that the client itself took: near 1, the client was the limit."""


def request(
    method: str,
    path: str,
    *,
    user: tuple[str, str] | None = None,
    headers: Sequence[str] = (),
    body: bytes = b"",
) -> bytes:
    """The bytes of an HTTP/1.1 request; `headers` are whole lines."""
    lines = [f"{method} {path} HTTP/1.1", "Host: 127.0.0.1", *headers]
    if user:
        lines.append("Authorization: Basic " + base64.b64encode(":".join(user).encode()).decode())
    if method != "GET":
        lines += ["Content-Type: application/json", f"Content-Length: {len(body)}"]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


class Connection:
    def __init__(self, port: int):
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=60)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.received = b""
        self.sent_at = 0.0

    def send(self, message: bytes) -> None:
        self.sent_at = time.perf_counter()
        self.socket.sendall(message)

    def receive(self) -> bool:
        """Takes what has arrived; whether the answer is complete."""
        chunk = self.socket.recv(65536)
        if not chunk:
            raise RuntimeError(f"the server closed the connection after {self.received!r}")
        self.received = answer = self.received + chunk
        end = answer.find(b"\r\n\r\n")
        if end < 0 or not _is_complete(answer[:end].lower(), answer[end + 4 :]):
            return False
        if not answer.startswith(b"HTTP/1.1 200 "):
            raise RuntimeError(f"unexpected answer: {answer[:500]!r}")
        self.received = b""
        return True


def _is_complete(head: bytes, body: bytes) -> bool:
    at = head.find(b"content-length:")
    if at >= 0:
        return len(body) >= int(head[at + 15 :].split(b"\r\n", 1)[0])
    if b"transfer-encoding: chunked" in head:
        return body.endswith(b"0\r\n\r\n")
    raise RuntimeError(f"an answer of unknown length: {head!r}")


def run(
    port: int, messages: Callable[[int], bytes], *, connections: int, seconds: float, warm_up: float
) -> Measured:
    """Sends `messages(0)`, `messages(1)`, … over `connections` for `seconds`, after a `warm_up` that doesn't count."""
    opened = [Connection(port) for _ in range(connections)]
    try:
        return _drive(opened, messages, seconds, warm_up)
    finally:
        for connection in opened:
            connection.socket.close()


def _drive(
    connections: list[Connection], messages: Callable[[int], bytes], seconds: float, warm_up: float
) -> Measured:
    by_number = {connection.socket.fileno(): connection for connection in connections}
    poll = select.epoll()
    for number in by_number:
        poll.register(number, select.EPOLLIN)
    latencies: list[float] = []
    for sent, connection in enumerate(connections):
        connection.send(messages(sent))
    sent = len(connections)
    begin = time.perf_counter() + warm_up
    end = begin + seconds
    cpu_at_begin = cpu()
    warm = False
    while (now := time.perf_counter()) < end:
        if not warm and now >= begin:
            warm, cpu_at_begin = True, cpu()
        for number, _ in poll.poll(1):
            connection = by_number[number]
            if connection.receive():
                now = time.perf_counter()
                if begin <= now < end:
                    latencies.append(now - connection.sent_at)
                connection.send(messages(sent))
                sent += 1
    worked = cpu() - cpu_at_begin
    # What is still under way must not disturb what is measured next.
    waiting = set(by_number)
    while waiting:
        for number, _ in poll.poll(60):
            if by_number[number].receive():
                waiting.discard(number)
    poll.close()
    if not latencies:
        raise RuntimeError(f"no request was answered within {seconds} s")
    latencies.sort()
    return Measured(
        requests=len(latencies),
        seconds=seconds,
        requests_per_second=round(len(latencies) / seconds, 1),
        p50_ms=round(_quantile(latencies, 0.50) * 1000, 3),
        p99_ms=round(_quantile(latencies, 0.99) * 1000, 3),
        client_cpu=round(worked / seconds, 2),
    )


def cpu() -> float:
    """Seconds that this process has worked."""
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


def _quantile(ascending: list[float], share: float) -> float:
    return ascending[min(len(ascending) - 1, int(len(ascending) * share))]
