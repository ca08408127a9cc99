"""A PostgreSQL server of the benchmark's own, on the same disk as the SQLite files and as durable."""

from __future__ import annotations

import os
import subprocess
import time
from pathlib import Path
from urllib.parse import quote

import tools
from servers import ROOT

SCRIPT = ROOT / "scripts" / "databases"


class Postgresql:
    """A running server; its databases go with it."""

    def __init__(self, folder: Path, settings: str = ""):
        self.folder = folder / "postgresql"
        # The server may run as another user.
        folder.chmod(0o711)
        subprocess.run([SCRIPT, "make", "--durable", "postgresql", self.folder], check=True)
        with (self.folder / "settings").open("a") as file:
            file.write(settings)
        self.process = subprocess.Popen([SCRIPT, "serve", "postgresql", self.folder])
        self.password = (self.folder / "password").read_text().strip()
        self.port = int((self.folder / "port").read_text())
        deadline = time.monotonic() + 60
        ready = self.folder / "data" / "postmaster.pid"
        while not (ready.exists() and ready.read_text().rstrip().endswith("ready")):
            if self.process.poll() is not None or time.monotonic() > deadline:
                self.stop()
                raise RuntimeError(f"PostgreSQL does not start: see {self.folder / 'log'}")
            time.sleep(0.05)

    def __enter__(self) -> Postgresql:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def stop(self) -> None:
        self.process.terminate()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    def uri(self, database: str, scheme: str = "postgresql") -> str:
        return f"{scheme}://millgate:{quote(self.password)}@127.0.0.1:{self.port}/{database}"

    def script(self, database: str, statements: list[str]) -> list[str | None]:
        """The first value of each statement."""
        return tools.bench_load("script", {"database": self.uri(database), "statements": statements})

    def create(self, database: str, template: str | None = None) -> None:
        self.drop(database)
        suffix = f" TEMPLATE {template}" if template else ""
        self.script("postgres", [f"CREATE DATABASE {database}{suffix}"])

    def drop(self, database: str) -> None:
        self.script("postgres", [f"DROP DATABASE IF EXISTS {database} WITH (FORCE)"])

    def size(self, database: str) -> int:
        """Bytes."""
        return int(self.script(database, ["SELECT pg_database_size(current_database())"])[0] or 0)

    def cpu(self) -> float:
        """Seconds that its processes have worked, with those that have ended."""
        ticks = 0
        for entry in Path("/proc").iterdir():
            if not entry.name.isdigit():
                continue
            try:
                fields = (entry / "stat").read_text().rpartition(")")[2].split()
            except OSError:
                continue
            if int(entry.name) == self.process.pid:
                # With its children that have ended.
                ticks += sum(map(int, fields[11:15]))
            elif int(fields[1]) == self.process.pid:
                ticks += int(fields[11]) + int(fields[12])
        return ticks / os.sysconf("SC_CLK_TCK")
