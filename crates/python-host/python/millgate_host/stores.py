"""MLflow's stores in a worker: REST stores against the core, whatever MLflow's version and the database's revision are."""

from __future__ import annotations

import socket
from typing import Any, Callable
from urllib.parse import quote

from millgate_host.core import OURS, Core


def install(core: Core, core_host: str, named: Callable[[], str | None]) -> None:
    """Makes `_get_tracking_store()` and its twin for models lead to the core. `named` tells for whom code acts."""
    import mlflow
    from mlflow.server import handlers
    from mlflow.store.model_registry import rest_store as registry
    from mlflow.store.tracking import rest_store as tracking
    from mlflow.utils.rest_utils import MlflowHostCreds

    url = f"http://{core_host}"
    _reach_core(core, url, named)

    def credentials() -> Any:
        return MlflowHostCreds(url)

    def tracking_store(store_uri: str | None = None, artifact_uri: str | None = None) -> Any:
        return tracking.RestStore(credentials)

    def registry_store(store_uri: str | None = None, **_: Any) -> Any:
        return registry.RestStore(credentials)

    # For clients that say not where the server is; `handlers` would do so at the first question for a store.
    mlflow.set_tracking_uri(url)
    mlflow.set_registry_uri(url)
    handlers._tracking_store_registry.register("http", tracking_store)
    handlers._model_registry_store_registry.register("http", registry_store)


def _reach_core(core: Core, url: str, named: Callable[[], str | None]) -> None:
    """Lets `requests`, which MLflow's clients send with, find the core under the URL."""
    import requests
    from requests.adapters import HTTPAdapter
    from urllib3.connection import HTTPConnection
    from urllib3.connectionpool import HTTPConnectionPool

    class CoreConnection(HTTPConnection):
        def connect(self) -> None:
            connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
            connection.settimeout(core.timeout)
            connection.connect(core.path)
            self.sock = connection

        def _new_conn(self) -> socket.socket:
            self.connect()
            return self.sock

        def endheaders(self, *args: Any, **options: Any) -> None:
            # Here and not on the request, which whoever asked gets to see.
            self.putheader((OURS + b"secret").decode(), core.secret)
            user = named()
            if user:
                self.putheader((OURS + b"user").decode(), quote(user[:255], safe=""))
            super().endheaders(*args, **options)

    class CorePool(HTTPConnectionPool):
        ConnectionCls = CoreConnection

    class CoreAdapter(HTTPAdapter):
        def __init__(self) -> None:
            super().__init__()
            self._pool = CorePool("millgate", maxsize=40)

        def get_connection_with_tls_context(self, *_: Any, **__: Any) -> Any:
            return self._pool

        def get_connection(self, *_: Any, **__: Any) -> Any:
            return self._pool

        def request_url(self, request: Any, proxies: Any) -> str:
            return request.path_url

        def cert_verify(self, *_: Any) -> None:
            pass

    adapter = CoreAdapter()
    found = requests.Session.get_adapter

    def get_adapter(session: Any, url: str) -> Any:
        if url == prefix or url.startswith((prefix + "/", prefix + "?")):
            return adapter
        return found(session, url)

    prefix = url
    requests.Session.get_adapter = get_adapter  # type: ignore[method-assign]
