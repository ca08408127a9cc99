#!/usr/bin/env python3
"""What each kind of credentials costs: the same read by one user, whoever says who it is.

See README.md beside this file. Linux, Python 3.11 and openssl, no packages.
"""

from __future__ import annotations

import argparse
import asyncio
import base64
import contextlib
import datetime
import json
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import load
import servers
from permissions import in_turn, unguarded
from running import Running, machine
from servers import ADMIN, ROOT, USER, Server

ISSUER = "https://issuer.of.the.bench"
AUDIENCE = "mlflow"
PROXY_SECRET = "a-secret-of-the-proxy-of-the-bench"
COOKIE = "session=0123456789abcdef0123456789abcdef"

_INI = """[mlflow]
default_permission = NO_PERMISSIONS
database_uri = sqlite:///basic_auth.db
[jwt]
issuer = {issuer}
audience = {audience}
jwks = keys.json
algorithms = RS256, ES256
existing_users = link
[trusted_proxy]
addresses = 127.0.0.1
secret = {secret}
existing_users = link
[forward_auth]
url = http://127.0.0.1:{port}/
request_headers = Cookie
cache_seconds = {cache_seconds}
existing_users = link
"""


def openssl(*arguments: str, sent: bytes = b"") -> bytes:
    return subprocess.run(["openssl", *arguments], input=sent, check=True, capture_output=True).stdout


def encoded(value: bytes) -> str:
    return base64.urlsafe_b64encode(value).decode().rstrip("=")


class Key:
    """A key of the issuer's, made by openssl."""

    def __init__(self, algorithm: str, folder: Path):
        self.algorithm = algorithm
        self.file = str(folder / f"{algorithm}.pem")
        kind = ["RSA", "rsa_keygen_bits:2048"] if algorithm == "RS256" else ["EC", "ec_paramgen_curve:P-256"]
        openssl("genpkey", "-algorithm", kind[0], "-pkeyopt", kind[1], "-out", self.file)

    def public(self) -> dict:
        if self.algorithm == "RS256":
            modulus = openssl("rsa", "-in", self.file, "-noout", "-modulus").decode().strip().partition("=")[2]
            kind = {"kty": "RSA", "n": encoded(bytes.fromhex(modulus)), "e": "AQAB"}
        else:
            # The point is what the encoding ends with.
            point = openssl("pkey", "-in", self.file, "-pubout", "-outform", "DER")[-64:]
            kind = {"kty": "EC", "crv": "P-256", "x": encoded(point[:32]), "y": encoded(point[32:])}
        return {**kind, "kid": self.algorithm, "alg": self.algorithm, "use": "sig"}

    def token(self) -> str:
        now = int(time.time())
        header = {"alg": self.algorithm, "kid": self.algorithm, "typ": "at+jwt"}
        claims = {"iss": ISSUER, "aud": AUDIENCE, "sub": USER[0], "iat": now, "exp": now + 3600}
        text = ".".join(encoded(json.dumps(part).encode()) for part in (header, claims))
        signature = openssl("dgst", "-sha256", "-sign", self.file, sent=text.encode())
        return f"{text}.{encoded(signature if self.algorithm == 'RS256' else _bare(signature))}"


def _bare(signature: bytes) -> bytes:
    """Both numbers of an ECDSA signature, out of ASN.1: SEQUENCE, and INTEGER with its length twice."""
    numbers, rest = [], signature[2:]
    for _ in range(2):
        length = rest[1]
        numbers.append(int.from_bytes(rest[2 : 2 + length]).to_bytes(32))
        rest = rest[2 + length :]
    return b"".join(numbers)


class _Answering(asyncio.Protocol):
    """Says that every request is the user's."""

    ANSWER = f"HTTP/1.1 200 OK\r\nX-Forwarded-User: {USER[0]}\r\nContent-Length: 0\r\n\r\n".encode()

    def connection_made(self, transport):
        self.transport, self.received = transport, b""

    def data_received(self, data):
        self.received += data
        while (end := self.received.find(b"\r\n\r\n")) >= 0:
            self.received = self.received[end + 4 :]
            self.transport.write(self.ANSWER)


async def answer(port: int) -> None:
    service = await asyncio.get_running_loop().create_server(_Answering, "127.0.0.1", port)
    await service.serve_forever()


@contextlib.contextmanager
def service() -> Iterator[int]:
    """The port of a service that is asked, in a process of its own."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port = listener.getsockname()[1]
    process = subprocess.Popen([sys.executable, __file__, "--answer", str(port)])
    try:
        while True:
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
                break
            assert process.poll() is None
            time.sleep(0.01)
        yield port
    finally:
        process.terminate()
        process.wait()


def guarded(binary: Path, keys: list[Key], port: int, cache_seconds: int) -> Server:
    server = servers.millgate(binary)
    server.files["auth.ini"] = _INI.format(
        issuer=ISSUER, audience=AUDIENCE, secret=PROXY_SECRET, port=port, cache_seconds=cache_seconds
    )
    server.files["keys.json"] = json.dumps({"keys": [key.public() for key in keys]})
    server.variables["MLFLOW_AUTH_CONFIG_PATH"] = "auth.ini"
    return server


def seed(running: Running) -> str:
    """An experiment that the user may read. Its id."""
    running.api("POST", "users/create", ADMIN, {"username": USER[0], "password": USER[1]})
    experiment = running.api("POST", "experiments/create", ADMIN, {"name": "bench"})["experiment_id"]
    grant = {"resource_type": "experiment", "resource_id": experiment, "permission": "READ"}
    body = {"username": USER[0], **grant}
    status, answer = running.call("POST", "/api/3.0/mlflow/users/permissions/grant", ADMIN, body)
    assert status == 200, answer
    return experiment


def get(experiment: str, *headers: str, user: tuple[str, str] | None = None) -> bytes:
    path = f"/api/2.0/mlflow/experiments/get?experiment_id={experiment}"
    return load.request("GET", path, user=user, headers=headers)


def measure(binary: Path, options: argparse.Namespace) -> dict[str, dict]:
    with contextlib.ExitStack() as stack:
        one, other, third, made = (stack.enter_context(tempfile.TemporaryDirectory()) for _ in range(4))
        keys = [Key("RS256", Path(made)), Key("ES256", Path(made))]
        port = stack.enter_context(service())
        door = stack.enter_context(Running(guarded(binary, keys, port, 0), Path(one)))
        caching = stack.enter_context(Running(guarded(binary, keys, port, 60), Path(other)))
        free = stack.enter_context(Running(unguarded(binary), Path(third)))
        experiment, cached = seed(door), seed(caching)
        same = free.call("POST", "/api/2.0/mlflow/experiments/create", None, {"name": "bench"})
        status, answer = door.call("POST", "/api/3.0/mlflow/tokens/create", USER, {"name": "bench"})
        assert status == 200, answer
        token = json.loads(answer)["secret"]
        bearers = {f"JWT, {key.algorithm}": key.token() for key in keys}
        proxied = (f"X-Forwarded-User: {USER[0]}", f"X-Proxy-Secret: {PROXY_SECRET}")
        return in_turn(
            {
                "no authentication": (free, get(json.loads(same[1])["experiment_id"])),
                "basic-auth": (door, get(experiment, user=USER)),
                "access token": (door, get(experiment, f"Authorization: Bearer {token}")),
                **{
                    name: (door, get(experiment, f"Authorization: Bearer {bearer}"))
                    for name, bearer in bearers.items()
                },
                "trusted proxy": (door, get(experiment, *proxied)),
                "forward authentication": (door, get(experiment, f"Cookie: {COOKIE}")),
                "forward authentication, remembered": (caching, get(cached, f"Cookie: {COOKIE}")),
            },
            options,
        )


def table(loads: dict[str, dict], ratios: dict[str, dict]) -> str:
    """The figures as Markdown."""
    rows = [
        "| Credentials | requests/s | p50 | p99 | to no authentication | to basic-auth |",
        "| --- | ---: | ---: | ---: | ---: | ---: |",
    ]
    for name, figures in loads.items():
        cells = [
            name,
            f"{figures['requests_per_second']:,.0f}",
            f"{figures['p50_ms']:.2f} ms",
            f"{figures['p99_ms']:.2f} ms",
            f"{ratios[name]['to no authentication']:.2f}",
            f"{ratios[name]['to basic-auth']:.2f}",
        ]
        rows.append(f"| {' | '.join(cells)} |")
    return "\n".join(rows)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--millgate", type=Path, default=ROOT / "target" / "release" / "millgate", metavar="FILE")
    parser.add_argument("--connections", type=int, default=8)
    parser.add_argument("--rounds", type=int, default=3, help="of each load; the least disturbed counts")
    parser.add_argument("--seconds", type=float, default=5.0, help="of each load")
    parser.add_argument("--warm-up", type=float, default=1.0, help="seconds before each load that do not count")
    parser.add_argument("--patience", type=float, default=20.0, help="seconds to wait for a quiet machine")
    parser.add_argument("--results", type=Path, default=Path(__file__).parent / "results", metavar="FOLDER")
    parser.add_argument("--answer", type=int, metavar="PORT", help="only be the service that is asked")
    options = parser.parse_args()
    if options.answer:
        asyncio.run(answer(options.answer))
        return

    now = datetime.datetime.now(datetime.UTC)
    loads = measure(options.millgate.resolve(), options)
    rate = {name: figures["requests_per_second"] for name, figures in loads.items()}
    ratios = {
        name: {f"to {known}": round(rate[name] / rate[known], 2) for known in ("no authentication", "basic-auth")}
        for name in loads
    }
    report = {
        "date": now.isoformat(timespec="seconds"),
        "machine": machine(),
        "connections": options.connections,
        "seconds": options.seconds,
        "rounds": options.rounds,
        "loads": loads,
        "ratios": ratios,
    }
    options.results.mkdir(exist_ok=True)
    file = options.results / f"{now.date()}-authenticators.json"
    file.write_text(json.dumps(report, indent=2) + "\n")
    print(table(loads, ratios))
    print(f"\nwritten to {file.name}")


if __name__ == "__main__":
    main()
