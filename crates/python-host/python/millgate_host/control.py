"""The control socket: orders come in, reports go out, and its end is the worker's end."""

from __future__ import annotations

import json
import os
import socket
import signal
import threading
import traceback
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
            _end()
        return json.loads(line)

    def say(self, report: Any) -> None:
        line = json.dumps(report).encode() + b"\n"
        with self._lock:
            try:
                self._socket.sendall(line)
            except OSError:
                _end()

    def obey(self, obey: Callable[[Any], None]) -> None:
        """Hands every further order to `obey`, in a thread of its own."""

        def listen() -> None:
            try:
                while True:
                    obey(self.next())
            except BaseException:
                # Who hears no more orders would outlive the server.
                traceback.print_exc()
                os._exit(1)

        threading.Thread(target=listen, name="millgate-control", daemon=True).start()


def _end() -> None:
    """Ends this process now that the server is gone, and what the app has started with it."""
    if os.getpgrp() == os.getpid():
        os.killpg(os.getpid(), signal.SIGKILL)
    os._exit(0)
