"""From the name of an app to something that can be served."""

from __future__ import annotations

import asyncio
import importlib.metadata
import inspect
import types
from typing import Any

from millgate_host.bridge import Threads, WsgiBridge


class NotAnApp(Exception):
    """What a plugin gave is nothing that can be served."""


def load(name: str, value: str, threads: Threads) -> tuple[Any, str]:
    """The app that an entry point stands for, as an ASGI app, and what it is in a few words.

    `value` is what the server has found for the name. It is not looked up again: here the working directory counts, and what lies
    there would replace the app that was chosen. As in MLflow 3.17 (`_is_factory`), a function is a factory.
    """
    loaded = importlib.metadata.EntryPoint(name, value, "mlflow.app").load()
    app = loaded() if isinstance(loaded, types.FunctionType) else loaded
    kind, served = _served(app, value, threads)
    return served, f"{value} ({kind})"


def _served(app: Any, value: str, threads: Threads) -> tuple[str, Any]:
    if inspect.iscoroutine(app):
        app.close()
        raise NotAnApp(
            f"{value} is a coroutine function; an app is an object, or a plain function that makes one"
        )
    if not callable(app):
        raise NotAnApp(f"{value} gave a {type(app).__name__}, which is no app that can be served")
    if _is_flask(app):
        return "Flask", WsgiBridge(app, threads)
    if _is_asgi(app):
        kind = "FastAPI" if any(each.__name__ == "FastAPI" for each in type(app).__mro__) else "ASGI"
        return kind, app
    return "WSGI", WsgiBridge(app, threads)


def _is_flask(app: Any) -> bool:
    from flask import Flask

    return isinstance(app, Flask)


def _is_asgi(app: Any) -> bool:
    call = app if inspect.isroutine(app) else type(app).__call__
    if asyncio.iscoroutinefunction(call):
        return True
    # An ASGI app takes scope, receive and send, a WSGI app environ and start_response.
    try:
        parameters = list(inspect.signature(app).parameters.values())
    except (TypeError, ValueError):
        return False
    kinds = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    return sum(each.kind in kinds and each.default is inspect.Parameter.empty for each in parameters) == 3


class Lifespan:
    """The life of an ASGI app, as far as it cares for one (`lifespan` of the ASGI specification)."""

    def __init__(self, app: Any) -> None:
        self._app = app
        self._orders: asyncio.Queue = asyncio.Queue()
        self._answers: asyncio.Queue = asyncio.Queue()
        self._task: Any = None
        self.state: dict = {}

    async def begin(self) -> None:
        """Raises what keeps the app from starting."""
        self._task = asyncio.ensure_future(self._live())
        if await self._tell("lifespan.startup") == "lifespan.startup.failed":
            raise NotAnApp("the app says that it could not start")

    async def end(self) -> None:
        if self._task is not None and not self._task.done():
            await self._tell("lifespan.shutdown")

    async def _tell(self, order: str) -> str:
        await self._orders.put({"type": order})
        answer = asyncio.ensure_future(self._answers.get())
        await asyncio.wait({answer, self._task}, return_when=asyncio.FIRST_COMPLETED)
        if answer.done():
            return answer.result()["type"]
        answer.cancel()
        return ""

    async def _live(self) -> None:
        scope = {"type": "lifespan", "asgi": {"version": "3.0", "spec_version": "2.0"}, "state": self.state}
        try:
            await self._app(scope, self._orders.get, self._answers.put)
        except BaseException:
            # An app that knows nothing of this raises, and is served all the same.
            return
