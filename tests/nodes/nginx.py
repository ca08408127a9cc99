"""nginx in front of several nodes, as docs/deployment.md sets it up."""

import contextlib
import os
import pathlib
import re
import shutil
import subprocess
import time
from collections.abc import Iterator, Sequence

import requests

from serving import ROOT, Server, a_free_port

DOCUMENT = ROOT / "docs/deployment.md"
DOCUMENTED = re.compile(r"```nginx\n(.*?)```", re.DOTALL)

# What nginx needs to run in a folder of its own.
AROUND = """
daemon off;
pid {folder}/nginx.pid;
error_log {folder}/error.log;
events {{ worker_connections 256; }}
http {{
    log_format upstream '$status $upstream_addr $request';
    access_log {folder}/access.log upstream;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
{documented}
}}
"""


def documented(nodes: Sequence[str], port: int) -> str:
    """What the documentation shows, with these nodes, and without TLS on this port."""
    (text,) = DOCUMENTED.findall(DOCUMENT.read_text())
    # A node that has failed is tried again after a second rather than ten.
    servers = "\n".join(f"    server {node} max_fails=1 fail_timeout=1s;" for node in nodes)
    text, upstreams = re.subn(r"( +server [\d.:]+;\n)+", servers + "\n", text)
    text, listens = re.subn(r"listen 443 ssl;", f"listen 127.0.0.1:{port};", text)
    assert (upstreams, listens) == (1, 1), text
    return re.sub(r" +ssl_certificate.*\n", "", text)


class Nginx:
    """One process in front of nodes, which get its requests in turn. To clients it is a server like theirs."""

    def __init__(self, folder: pathlib.Path, nodes: Sequence[Server]):
        self.folder = folder
        self.port = a_free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        folder.mkdir()
        addresses = [node.url.removeprefix("http://") for node in nodes]
        settings = AROUND.format(folder=folder, documented=documented(addresses, self.port))
        (folder / "nginx.conf").write_text(settings)
        # The test's own user: others cannot enter its folder.
        as_user = ["-g", "user root;"] if os.geteuid() == 0 else []
        program = shutil.which("nginx") or "/usr/sbin/nginx"
        self.process = subprocess.Popen(
            [program, "-e", folder / "error.log", "-c", folder / "nginx.conf", *as_user],
            stdin=subprocess.DEVNULL,
        )
        while not self._answers():
            assert self.process.poll() is None, (folder / "error.log").read_text()
            time.sleep(0.01)

    def served_by(self) -> list[str]:
        """The address of the node that answered, of each request."""
        lines = (self.folder / "access.log").read_text().splitlines()
        # Where a node did not answer and another did, both are named.
        return [
            line.split(" ")[1] if ", " not in line else line.split(", ")[-1].split(" ")[0] for line in lines
        ]

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait(timeout=20)

    def _answers(self) -> bool:
        with contextlib.suppress(requests.ConnectionError):
            return requests.get(f"{self.url}/health", timeout=5).status_code == 200
        return False


@contextlib.contextmanager
def nginx(folder: pathlib.Path, nodes: Sequence[Server]) -> Iterator[Nginx]:
    proxy = Nginx(folder, nodes)
    try:
        yield proxy
    finally:
        proxy.stop()
