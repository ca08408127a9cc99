"""The control socket: orders come in, reports go out, and its end is the worker's end."""

from __future__ import annotations

import json
import os
import socket
import threading
from typing import Any, Callable


class Control:
    """The socket that is this process's standard input; afterwards that is empty, for whoever else reads it."""

    def __init__(self) -> None:
        self._socket = socket.socket(fileno=os.dup(0))
        nothing = os.open(os.devnull, os.O_RDONLY)
        os.dup2(nothing, 0)
        os.close(nothing)
        self._lines = self._socket.makefile("rb")
        self._lock = threading.Lock()

    def next(self) -> Any:
        """The next line's value. When the server is gone, so is this process."""
        try:
            line = self._lines.readline()
        except OSError:
            line = b""
        if not line:
            os._exit(0)
        return json.loads(line)

    def say(self, report: Any) -> None:
        line = json.dumps(report).encode() + b"\n"
        with self._lock:
            try:
                self._socket.sendall(line)
            except OSError:
                os._exit(0)

    def obey(self, obey: Callable[[Any], None]) -> None:
        """Hands every further order to `obey`, in a thread of its own."""

        def listen() -> None:
            while True:
                obey(self.next())

        threading.Thread(target=listen, name="millgate-control", daemon=True).start()
