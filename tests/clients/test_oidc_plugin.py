"""A plugin of others from PyPI, mlflow-oidc-auth, with a provider of ours: an app object of FastAPI around MLflow's.

Runs where `oidc_plugin.txt` is installed; `scripts/test` has an environment for it.
"""

import contextlib
import http.server
import json
import sys
import threading
import time
import urllib.parse
from collections.abc import Iterator

import pytest
import requests

pytest.importorskip("mlflow_oidc_auth", reason="the plugin isn't installed here")

import mlflow
from joserfc import jwt
from joserfc.jwk import RSAKey

from people import API, unique
from serving import a_free_port, serving

pytestmark = pytest.mark.beyond_mlflow("the plugin is run by Millgate")

CLIENT, SECRET = "the-client", "the client's secret"
ARTIFACTS = "/api/2.0/mlflow-artifacts/artifacts"


class Provider:
    """As much of an OpenID provider as a login needs. Everybody is whom `user` says."""

    def __init__(self) -> None:
        self.url = f"http://127.0.0.1:{a_free_port()}"
        self.key = RSAKey.generate_key(2048, {"kid": "one", "use": "sig", "alg": "RS256"})
        self.user = {"sub": "1", "email": "alice@example.com", "name": "Alice", "groups": ["mlflow"]}
        self.nonces: dict[str, str] = {}

    def token(self, **claims) -> str:
        now = int(time.time())
        all_claims = {"iss": self.url, "aud": CLIENT, "iat": now, "exp": now + 600, **self.user, **claims}
        return jwt.encode({"alg": "RS256", "kid": "one"}, all_claims, self.key)

    def answer(self, path: str, form: dict[str, str]) -> dict:
        if path == "/.well-known/openid-configuration":
            return {
                "issuer": self.url,
                "authorization_endpoint": f"{self.url}/authorize",
                "token_endpoint": f"{self.url}/token",
                "userinfo_endpoint": f"{self.url}/userinfo",
                "jwks_uri": f"{self.url}/jwks",
                "response_types_supported": ["code"],
                "subject_types_supported": ["public"],
                "id_token_signing_alg_values_supported": ["RS256"],
                "code_challenge_methods_supported": ["S256"],
            }
        if path == "/jwks":
            return {"keys": [self.key.as_dict(private=False)]}
        if path == "/token":
            token = self.token(nonce=self.nonces[form["code"]])
            return {"access_token": token, "id_token": token, "token_type": "Bearer", "expires_in": 600}
        return dict(self.user)

    @contextlib.contextmanager
    def running(self) -> Iterator["Provider"]:
        provider = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                length = int(self.headers.get("Content-Length", 0))
                form = dict(urllib.parse.parse_qsl(self.rfile.read(length).decode()))
                body = json.dumps(provider.answer(urllib.parse.urlparse(self.path).path, form)).encode()
                self.send_response(200)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            do_POST = do_GET

            def log_message(self, *_) -> None:
                pass

        port = urllib.parse.urlparse(self.url).port
        server = http.server.ThreadingHTTPServer(("127.0.0.1", port), Handler)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield self
        finally:
            server.shutdown()
            server.server_close()


@pytest.fixture(scope="module")
def provider() -> Iterator[Provider]:
    with Provider().running() as running:
        yield running


@pytest.fixture(scope="module")
def guarded(provider, tmp_path_factory):
    folder = tmp_path_factory.mktemp("oidc")
    environment = {
        "MILLGATE_PYTHON": sys.executable,
        "MLFLOW_AUTH_CONFIG_PATH": None,
        "OIDC_DISCOVERY_URL": f"{provider.url}/.well-known/openid-configuration",
        "OIDC_CLIENT_ID": CLIENT,
        "OIDC_CLIENT_SECRET": SECRET,
        "OIDC_AUDIENCE": CLIENT,
        "OIDC_ISSUER": provider.url,
        "OIDC_USERS_DB_URI": f"sqlite:///{folder / 'oidc.db'}",
        "OIDC_VERIFY_SSL": "false",
        "SECRET_KEY": "a key of the tests that is long enough",
        "SESSION_COOKIE_SECURE": "false",
        "DEFAULT_MLFLOW_PERMISSION": "NO_PERMISSIONS",
    }
    flags = ["--app-name", "oidc-auth", "--workers", "1"]
    with serving(folder, flags=flags, environment=environment) as server:
        yield server


def test_nobody_passes_without_a_login(guarded):
    for path in (f"{API}/experiments/search?max_results=1", f"{ARTIFACTS}/x", "/api/3.0/mlflow/mcp-servers"):
        for headers in ({}, {"Authorization": "Bearer nonsense"}, {"Authorization": "Basic bm86Ym9keQ=="}):
            answer = requests.get(guarded.url + path, headers=headers, allow_redirects=False)
            assert answer.status_code == 401, (path, headers, answer.status_code, answer.text[:200])


def logged_in(guarded, provider) -> requests.Session:
    """A browser's way to a session."""
    browser = requests.Session()
    away = browser.get(f"{guarded.url}/login", allow_redirects=False)
    assert away.status_code in (302, 307), (away.status_code, away.text[:300])
    asked = urllib.parse.urlparse(away.headers["Location"])
    assert f"{asked.scheme}://{asked.netloc}{asked.path}" == f"{provider.url}/authorize"
    query = dict(urllib.parse.parse_qsl(asked.query))
    assert query["client_id"] == CLIENT and query["response_type"] == "code"
    assert query["redirect_uri"] == f"{guarded.url}/callback"
    code = unique("code")
    provider.nonces[code] = query.get("nonce", "")
    back = browser.get(
        query["redirect_uri"], params={"code": code, "state": query["state"]}, allow_redirects=False
    )
    assert back.status_code in (302, 303, 307), (back.status_code, back.text[:500])
    return browser


def test_a_login_leads_over_the_provider_to_a_session_that_mlflow_believes(guarded, provider):
    browser = logged_in(guarded, provider)
    name = unique("by alice")
    created = browser.post(f"{guarded.url}{API}/experiments/create", json={"name": name})
    assert created.status_code == 200, created.text
    found = browser.get(f"{guarded.url}{API}/experiments/get-by-name", params={"experiment_name": name})
    assert found.json()["experiment"]["experiment_id"] == created.json()["experiment_id"]
    search = browser.get(f"{guarded.url}{API}/experiments/search", params={"max_results": 100})
    assert [each["name"] for each in search.json()["experiments"]] == [name], (
        "of Default she is granted nothing"
    )
    denied = browser.get(f"{guarded.url}{API}/experiments/get", params={"experiment_id": "0"})
    assert denied.status_code == 403, denied.text
    log = guarded.log.read_text().splitlines()
    assert any("CreateExperiment" in line and "alice@example.com" in line for line in log)


def test_bearer_tokens_of_the_provider_are_believed_and_others_are_not(guarded, provider, monkeypatch):
    logged_in(guarded, provider)
    monkeypatch.setenv("MLFLOW_TRACKING_TOKEN", provider.token())
    mlflow.set_tracking_uri(guarded.url)
    experiment = mlflow.set_experiment(unique("by token"))
    with mlflow.start_run() as run:
        mlflow.log_metric("loss", 0.5)
        mlflow.log_text("text", "file.txt")
    assert mlflow.artifacts.load_text(f"runs:/{run.info.run_id}/file.txt") == "text"
    url = f"{guarded.url}{API}/experiments/get"
    for token in (
        provider.token(exp=int(time.time()) - 600),
        provider.token(aud="somebody else"),
        provider.token(iss="http://other.example"),
        provider.token()[:-10] + "AAAAAAAAAA",
    ):
        answer = requests.get(
            url,
            params={"experiment_id": experiment.experiment_id},
            headers={"Authorization": f"Bearer {token}"},
        )
        assert answer.status_code == 401, answer.text
