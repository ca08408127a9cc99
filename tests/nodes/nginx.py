"""nginx in front of several nodes, as docs/deployment.md sets it up."""

import contextlib
import pathlib
import shutil
import subprocess
import time
from collections.abc import Iterator, Sequence

import requests

from serving import Server, a_free_port

SETTINGS = """
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

    upstream millgate {{
        {servers}
        keepalive 32;
    }}
    server {{
        listen 127.0.0.1:{port};
        client_max_body_size 0;
        location / {{
            proxy_pass http://millgate;
            proxy_http_version 1.1;
            proxy_set_header Connection "";
            proxy_set_header Host $http_host;
            proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
            proxy_request_buffering off;
            proxy_next_upstream error timeout http_503;
            proxy_connect_timeout 2s;
        }}
    }}
}}
"""


class Nginx:
    """One process in front of nodes, which get its requests in turn. To clients it is a server like theirs."""

    def __init__(self, folder: pathlib.Path, nodes: Sequence[Server]):
        self.folder = folder
        self.port = a_free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        folder.mkdir()
        addresses = [node.url.removeprefix("http://") for node in nodes]
        servers = "\n        ".join(f"server {address} max_fails=1 fail_timeout=1s;" for address in addresses)
        (folder / "nginx.conf").write_text(SETTINGS.format(folder=folder, servers=servers, port=self.port))
        # The test's own user: others cannot enter its folder.
        as_user = ["-g", "user root;"] if pathlib.Path.home().owner() == "root" else []
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
