"""`bench-load`, which is built here: the load generator, and the bare measurements."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from servers import ROOT

TARGET = ROOT / "target" / "bench"
BINARY = TARGET / "release" / "bench-load"


def build() -> None:
    print("building bench-load", file=sys.stderr)
    command = ["cargo", "build", "--quiet", "--release", "--locked", "--target-dir", str(TARGET)]
    command += ["--manifest-path", str(Path(__file__).parent / "load" / "Cargo.toml")]
    subprocess.run(command, check=True, env=os.environ | {"CARGO_INCREMENTAL": "0"})


def bench_load(mode: str, job: dict) -> dict | list:
    done = subprocess.run([BINARY, mode], input=json.dumps(job).encode(), capture_output=True, check=False)
    if done.returncode != 0:
        raise RuntimeError(done.stderr.decode(errors="replace").strip())
    return json.loads(done.stdout)


@contextmanager
def serving(answers: list[dict]) -> Iterator[int]:
    """The empty server with these answers; its port."""
    process = subprocess.Popen([BINARY, "serve"], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    try:
        process.stdin.write(json.dumps({"answers": answers}).encode() + b"\n")
        process.stdin.flush()
        yield int(process.stdout.readline())
    finally:
        process.stdin.close()
        try:
            process.wait(5)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        process.stdout.close()
