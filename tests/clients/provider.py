"""A real OpenID provider: the package `oidc-provider` from npm, which `provider.mjs` sets up.

`MILLGATE_OIDC_PROVIDER` names the folder where npm has installed it; `scripts/test` does so.
"""

import json
import os
import pathlib
import re
import subprocess
import time
from urllib.parse import parse_qs, urljoin, urlsplit

import requests

from serving import ADMIN, a_free_port

SCRIPT = pathlib.Path(__file__).with_name("provider.mjs")
#: Where npm has installed the package; None where it has not.
PROVIDER = os.environ.get("MILLGATE_OIDC_PROVIDER")
AUDIENCE = "mlflow"
#: What clients ask for tokens with; the page after the login, which nobody serves, is the last step.
REDIRECT = "https://client.example/back"
SECONDS_TO_START = 60


def resource(audience: str, algorithm: str = "RS256", seconds: int = 600) -> dict:
    sign = {"sign": {"alg": algorithm}}
    return {
        "scope": "use",
        "audience": audience,
        "accessTokenFormat": "jwt",
        "accessTokenTTL": seconds,
        "jwt": sign,
    }


RESOURCES = {
    "urn:mlflow": resource(AUDIENCE),
    "urn:mlflow:ES256": resource(AUDIENCE, "ES256"),
    "urn:mlflow:short": resource(AUDIENCE, seconds=1),
    "urn:other": resource("other"),
    # Which no resource server needs to understand.
    "urn:opaque": {"scope": "use", "audience": AUDIENCE, "accessTokenFormat": "opaque"},
}

#: What access tokens say of whom. Others are known to the provider by their name alone.
CLAIMS = {
    "ci": {"preferred_username": "ci"},
    "alice": {"preferred_username": "alice", "groups": ["data", "other"]},
    "bob": {"preferred_username": "bob", "groups": []},
    "carol": {"preferred_username": "carol", "groups": "data"},
    "dave": {"preferred_username": "dave"},
    "root": {"preferred_username": "root", "groups": ["admins"]},
    "early": {"preferred_username": "early", "nbf": int(time.time()) + 3600},
    "impostor": {"preferred_username": ADMIN},
}

SECTION = """
[jwt]
issuer = {issuer}
audience = {audience}
algorithms = RS256, ES256
clock_skew_seconds = 0
username_claim = preferred_username
groups_claim = groups
new_users = create
default_role = guests
admin_groups = admins
group_roles =
    data = data
"""


class Provider:
    """One process, whose keys are new at each start."""

    def __init__(self, folder: pathlib.Path, claims: dict[str, dict], services: list[str]):
        self.folder = folder
        self.port = a_free_port()
        self.issuer = f"http://127.0.0.1:{self.port}"
        self.settings = {
            "port": self.port,
            "claims": claims,
            "clients": services,
            "redirect": REDIRECT,
            "resources": RESOURCES,
        }
        self.process: subprocess.Popen | None = None

    def start(self) -> "Provider":
        self.folder.mkdir(parents=True, exist_ok=True)
        command = ["node", str(SCRIPT), str(PROVIDER), json.dumps(self.settings)]
        with (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT
            )
        deadline = time.monotonic() + SECONDS_TO_START
        while not self._answers():
            assert self.process.poll() is None and time.monotonic() < deadline, (
                self.folder / "log"
            ).read_text()
            time.sleep(0.05)
        return self

    def stop(self) -> None:
        if self.process:
            self.process.terminate()
            self.process.wait(20)
            self.process = None

    def restart(self) -> None:
        """With other keys, at the same place."""
        self.stop()
        self.start()

    def section(self) -> str:
        """For the authentication settings of a server that believes it."""
        return SECTION.format(issuer=self.issuer, audience=AUDIENCE)

    def service_token(self, client: str, resource: str | None = "urn:mlflow") -> str:
        """An access token of a client for itself (RFC 6749, section 4.4)."""
        form = {"grant_type": "client_credentials", **({"resource": resource} if resource else {})}
        return self._token(client, form)["access_token"]

    def persons_tokens(self, account: str, resource: str | None = "urn:mlflow") -> dict:
        """What a client gets for somebody who has logged in on the provider's pages (RFC 6749, section 4.1)."""
        query = {
            "client_id": "pages",
            "response_type": "code",
            "redirect_uri": REDIRECT,
            "scope": "openid use",
            **({"resource": resource} if resource else {}),
        }
        with requests.Session() as browser:
            answer = browser.get(f"{self.issuer}/auth", params=query, allow_redirects=False)
            while not (there := answer.headers.get("Location", "")).startswith(REDIRECT):
                if there:
                    answer = browser.get(urljoin(answer.url, there), allow_redirects=False)
                    continue
                assert answer.status_code == 200, answer.text
                (action,) = re.findall(r'<form[^>]* action="([^"]+)"', answer.text)
                form = dict(re.findall(r'name="(prompt)" value="(\w+)"', answer.text))
                form |= {"login": account, "password": "any"}
                answer = browser.post(urljoin(answer.url, action), data=form, allow_redirects=False)
        (code,) = parse_qs(urlsplit(there).query)["code"]
        form = {"grant_type": "authorization_code", "code": code, "redirect_uri": REDIRECT}
        return self._token("pages", form)

    def persons_token(self, account: str, resource: str = "urn:mlflow") -> str:
        return self.persons_tokens(account, resource)["access_token"]

    def _token(self, client: str, form: dict) -> dict:
        secret = (client, f"secret of {client}".replace(" ", "%20"))
        answer = requests.post(f"{self.issuer}/token", data=form, auth=secret, timeout=60)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def _answers(self) -> bool:
        try:
            return (
                requests.get(f"{self.issuer}/.well-known/openid-configuration", timeout=5).status_code == 200
            )
        except requests.ConnectionError:
            return False
