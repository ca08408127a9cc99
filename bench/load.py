"""A closed-loop HTTP load: a few keep-alive connections, each sending its next request when its answer is there.

One thread and one epoll over plain sockets, so that the client costs little of the machine that it shares with the server.
Every request of a load is the same bytes; every answer must have status 200.
"""

from __future__ import annotations

import base64
import resource
import select
import socket
import time
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


def request(method: str, path: str, *, user: tuple[str, str] | None = None, body: bytes = b"") -> bytes:
    """The bytes of an HTTP/1.1 request."""
    lines = [f"{method} {path} HTTP/1.1", "Host: 127.0.0.1"]
    if user:
        lines.append("Authorization: Basic " + base64.b64encode(":".join(user).encode()).decode())
    if method != "GET":
        lines += ["Content-Type: application/json", f"Content-Length: {len(body)}"]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


class _Connection:
    def __init__(self, port: int, message: bytes):
        self.message = message
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=60)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.received = b""
        self.sent_at = 0.0

    def send(self) -> None:
        self.sent_at = time.perf_counter()
        self.socket.sendall(self.message)

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


def run(port: int, message: bytes, *, connections: int, seconds: float, warm_up: float) -> Measured:
    """Sends `message` over `connections` for `seconds`, after a `warm_up` that does not count."""
    open_connections = [_Connection(port, message) for _ in range(connections)]
    try:
        return _drive(open_connections, seconds, warm_up)
    finally:
        for connection in open_connections:
            connection.socket.close()


def _drive(connections: list[_Connection], seconds: float, warm_up: float) -> Measured:
    by_number = {connection.socket.fileno(): connection for connection in connections}
    poll = select.epoll()
    for number in by_number:
        poll.register(number, select.EPOLLIN)
    latencies: list[float] = []
    for connection in connections:
        connection.send()
    begin = time.perf_counter() + warm_up
    end = begin + seconds
    cpu_at_begin = None
    now = time.perf_counter()
    while now < end:
        for number, _ in poll.poll(1):
            connection = by_number[number]
            if connection.receive():
                now = time.perf_counter()
                if connection.sent_at >= begin and now < end:
                    latencies.append(now - connection.sent_at)
                connection.send()
        now = time.perf_counter()
        if cpu_at_begin is None and now >= begin:
            cpu_at_begin = _cpu()
    poll.close()
    cpu = _cpu() - (cpu_at_begin if cpu_at_begin is not None else _cpu())
    if not latencies:
        raise RuntimeError(f"no request was answered within {seconds} s")
    latencies.sort()
    return Measured(
        requests=len(latencies),
        seconds=seconds,
        requests_per_second=len(latencies) / seconds,
        p50_ms=_quantile(latencies, 0.50) * 1000,
        p99_ms=_quantile(latencies, 0.99) * 1000,
        client_cpu=cpu / seconds,
    )


def _cpu() -> float:
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


def _quantile(ascending: list[float], share: float) -> float:
    return ascending[min(len(ascending) - 1, int(len(ascending) * share))]
