"""The client's half: what `mlflow.server.get_app_client("my-auth", uri)` gives."""

from mlflow.tracking._tracking_service.utils import get_default_host_creds
from mlflow.utils.rest_utils import http_request, verify_rest_response

USERS = "/api/2.0/my-auth/users"


class MyAuthClient:
    """Sends what MLflow's clients send: the token of `MLFLOW_TRACKING_TOKEN`."""

    def __init__(self, tracking_uri: str):
        self.tracking_uri = tracking_uri

    def create_user(self, name: str) -> str:
        """Makes a user, and returns its token, this once."""
        return self._ask(USERS, "POST", json={"name": name})["token"]

    def list_users(self) -> "list[str]":
        return self._ask(USERS, "GET")["users"]

    def whoami(self) -> dict:
        return self._ask("/api/2.0/my-auth/whoami", "GET")

    def _ask(self, endpoint: str, method: str, **options) -> dict:
        credentials = get_default_host_creds(self.tracking_uri)
        answer = http_request(credentials, endpoint, method, **options)
        return verify_rest_response(answer, endpoint).json()
