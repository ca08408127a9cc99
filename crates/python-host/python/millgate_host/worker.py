"""A worker's life: it is told what to do, does it, and ends with the server."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import traceback
from typing import Any

from millgate_host.bridge import Threads
from millgate_host.control import Control
from millgate_host.core import Core
from millgate_host.serve import Server

_logger = logging.getLogger("millgate.host")


def main() -> None:
    control = Control()
    assignment = control.next()
    # The server says when it is time to end, and lets requests finish before; a terminal tells all processes at once.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: None)
    worker = Worker(control, assignment)
    control.obey(worker.obey)
    try:
        app, what = worker.load()
    except BaseException:
        fail(control)
        return
    asyncio.run(worker.serve(app, what))
    # Threads of the app's that never end must not keep the process.
    os._exit(0)


def fail(control: Control) -> None:
    control.say({"failed": traceback.format_exc()[-64 * 1024 :]})
    os._exit(1)


class Worker:
    def __init__(self, control: Control, assignment: Any) -> None:
        self._control = control
        self._assignment = assignment
        self._loop: Any = None
        self._stop: Any = None
        timeout = assignment["timeout"]
        self.core = Core(assignment["core"], assignment["secret"], timeout)
        self.threads = Threads(assignment["threads"], timeout + 5)

    def load(self) -> tuple[Any, str]:
        """What is to be served, and what it is in a few words."""
        self._set_environment()
        from millgate_host import app, authorize, loading

        task = self._assignment["task"]
        if "authorize" in task:
            return authorize.load(task["authorize"], self.threads, self._assignment["server"]["over_tls"])
        metrics = self._assignment["server"]["metrics"]
        app.prepare(self.core, self._assignment["core_host"], self.threads, metrics)
        return loading.load(task["app"], self.threads)

    def _set_environment(self) -> None:
        """What `mlflow server` tells its workers."""
        server = self._assignment["server"]
        core = "http://" + self._assignment["core_host"]
        destination = server["artifacts_destination"]
        told = {
            "_MLFLOW_SERVER_FILE_STORE": core,
            "_MLFLOW_SERVER_REGISTRY_STORE": core,
            "_MLFLOW_SERVER_ARTIFACT_ROOT": server["default_artifact_root"],
            "_MLFLOW_SERVER_ARTIFACT_DESTINATION": destination,
            "_MLFLOW_SERVER_SERVE_ARTIFACTS": "true" if destination else None,
            "_MLFLOW_SERVER_ARTIFACTS_ONLY": "true" if server["artifacts_only"] else None,
            "_MLFLOW_STATIC_PREFIX": server["static_prefix"],
            # Whether an app that can be both should be a FastAPI app: `mlflow server` runs uvicorn.
            "_MLFLOW_SGI_NAME": "uvicorn",
            # Hosts and origins are checked at the front, before anything comes here.
            "MLFLOW_SERVER_DISABLE_SECURITY_MIDDLEWARE": "true",
        }
        for name, value in told.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value

    async def serve(self, app: Any, what: str) -> None:
        from millgate_host.loading import Lifespan

        self._loop = asyncio.get_running_loop()
        self._stop = asyncio.Event()
        server = Server(app, self._assignment["secret"])
        lifespan = Lifespan(app)
        try:
            await lifespan.begin()
            await server.listen(self._assignment["listen"])
        except BaseException:
            fail(self._control)
        self._control.say({"ready": {"what": what}})
        await self._stop.wait()
        await server.finish()
        await lifespan.end()

    def obey(self, order: Any) -> None:
        loop = self._loop
        if loop is None:
            # Still at the start: there is nothing to finish.
            if order == "stop":
                os._exit(0)
            return
        if order == "stop":
            loop.call_soon_threadsafe(self._stop.set)
        else:
            loop.call_soon_threadsafe(self._pong, order["ping"])

    def _pong(self, number: int) -> None:
        self._control.say({"pong": {"ping": number, "stuck": self.threads.are_stuck()}})
