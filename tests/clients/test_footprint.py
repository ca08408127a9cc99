"""How little the server needs. Independent of the client's version; `scripts/test all` runs it with one."""

import hashlib
import threading
import time

import pytest

from people import Person
from serving import ADMIN, ADMIN_PASSWORD, Server, serving

pytestmark = pytest.mark.slow

MIB = 1024 * 1024
BIG = 5 * 1024 * MIB
FLAT_BYTES = 100 * MIB
IDLE_BYTES = 30 * MIB


class Stream:
    """A file of `size` bytes that exists only while it is read; no two blocks of it are equal."""

    BLOCK = MIB

    def __init__(self, size: int):
        self.left = size
        self.digest = hashlib.blake2b()
        self.block = bytearray(b"millgate" * (self.BLOCK // 8))
        self.rest = b""
        self.size = size

    def __len__(self) -> int:
        return self.size

    def read(self, wanted: int = -1) -> bytes:
        wanted = self.left if wanted < 0 else min(wanted, self.left)
        while len(self.rest) < wanted:
            self.block[:8] = (self.left - len(self.rest)).to_bytes(8, "little")
            self.rest += self.block
        chunk, self.rest = self.rest[:wanted], self.rest[wanted:]
        self.left -= wanted
        self.digest.update(chunk)
        return chunk


class Watch(threading.Thread):
    """Notes the greatest resident memory of the server while the block runs."""

    def __init__(self, server: Server):
        super().__init__(daemon=True)
        self.server, self.peak, self.ended = server, 0, threading.Event()

    def run(self) -> None:
        while not self.ended.wait(0.05):
            self.peak = max(self.peak, self.server.resident_bytes())

    def __enter__(self) -> "Watch":
        self.start()
        return self

    def __exit__(self, *_exception) -> None:
        self.ended.set()
        self.join()


def test_memory_stays_flat_while_5_gib_go_up_and_down(tmp_path, measured):
    with serving(tmp_path / "server") as server:
        admin = Person(server, ADMIN, ADMIN_PASSWORD)
        run = admin.client.create_run("0")
        path = f"/api/2.0/mlflow-artifacts/artifacts/0/{run.info.run_id}/artifacts/big.bin"
        sent, received, size = Stream(BIG), hashlib.blake2b(), 0
        with Watch(server) as up:
            began = time.monotonic()
            assert admin.http("PUT", path, data=sent).status_code == 200
            took_up = time.monotonic() - began
        with Watch(server) as down:
            began = time.monotonic()
            with admin.http("GET", path, stream=True) as answer:
                assert answer.status_code == 200
                for chunk in answer.iter_content(MIB):
                    received.update(chunk)
                    size += len(chunk)
            took_down = time.monotonic() - began
        assert admin.http("DELETE", path).status_code == 200
    measured(f"5 GiB up in {took_up:.1f} s, memory at most {up.peak / MIB:.1f} MiB")
    measured(f"5 GiB down in {took_down:.1f} s, memory at most {down.peak / MIB:.1f} MiB")
    assert size == BIG
    assert received.digest() == sent.digest.digest()
    assert 0 < up.peak < FLAT_BYTES
    assert 0 < down.peak < FLAT_BYTES


def test_an_idle_server_needs_little_memory(tmp_path, measured):
    for start in ("first start, on a fresh file", "second start"):
        began = time.monotonic()
        server = Server(tmp_path / "server").start()
        took = time.monotonic() - began
        try:
            time.sleep(1)
            idle = server.resident_bytes()
        finally:
            status = server.stop()
        measured(f"{start}: healthy after {took * 1000:.0f} ms, idle memory {idle / MIB:.1f} MiB")
        assert 0 < idle < IDLE_BYTES
        assert status == 0
