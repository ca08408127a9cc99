"""Webhooks: whom they tell of what, signed how, kept how, and where they may not lead."""

import base64
import datetime
import hashlib
import hmac
import json
import os
import pathlib
import sqlite3
import ssl
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
import requests

from people import Person, a_new_person, unique
from serving import ADMIN, ADMIN_PASSWORD, Server, serving

pytestmark = pytest.mark.needs_mlflow("3.11", "its clients know all events")

SECRET = "the secret of a receiver, größer als ASCII"
KEY = base64.urlsafe_b64encode(bytes(range(32))).decode()
INSIDE = {"MLFLOW_WEBHOOK_ALLOWED_SCHEMES": "http,https", "MLFLOW_WEBHOOK_ALLOW_PRIVATE_IPS": "true"}

EVENTS = [
    "registered_model.created",
    "model_version.created",
    "model_version_tag.set",
    "model_version_tag.deleted",
    "model_version_alias.created",
    "model_version_alias.deleted",
    "prompt.created",
    "prompt_version.created",
    "prompt_tag.set",
    "prompt_tag.deleted",
    "prompt_version_tag.set",
    "prompt_version_tag.deleted",
    "prompt_alias.created",
    "prompt_alias.deleted",
]


def event(name: str):
    from mlflow.entities.webhook import WebhookEvent

    return WebhookEvent(*name.split("."))


class Receiver:
    """An HTTP server that keeps what it is sent, and answers 200, or what `answers` says for the first requests."""

    def __init__(self, certificate: pathlib.Path | None = None):
        """With a PEM file of a certificate for `localhost` and its key, by TLS."""
        self.requests: list[tuple[str, dict[str, str], bytes]] = []
        self.answers: list[tuple[int, dict[str, str]]] = []
        received = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["content-length"]))
                headers = {name.lower(): value for name, value in self.headers.items()}
                received.requests.append((self.path, headers, body))
                status, more = received.answers.pop(0) if received.answers else (200, {})
                self.send_response(status)
                for name, value in {"content-length": "5", **more}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(b"taken")

            def log_message(self, *_):
                pass

        self.http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.http.server_port}/hook?a=1"
        if certificate:
            tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            tls.load_cert_chain(certificate)
            self.http.socket = tls.wrap_socket(self.http.socket, server_side=True)
            self.url = f"https://localhost:{self.http.server_port}/hook?a=1"
        self.thread = threading.Thread(target=self.http.serve_forever, daemon=True)
        self.thread.start()

    def wait_for(self, count: int, seconds: float = 20) -> list[tuple[str, dict[str, str], bytes]]:
        deadline = time.monotonic() + seconds
        while len(self.requests) < count and time.monotonic() < deadline:
            time.sleep(0.01)
        assert len(self.requests) >= count, self.requests
        return self.requests

    def messages(self, count: int) -> list[dict]:
        return [json.loads(body) for _, _, body in self.wait_for(count)]

    def stop(self):
        self.http.shutdown()
        self.http.server_close()


def verify(secret: str, headers: dict[str, str], body: bytes) -> None:
    """As the documentation of MLflow tells receivers to."""
    signed = b".".join(
        [headers["x-mlflow-delivery-id"].encode(), headers["x-mlflow-timestamp"].encode(), body]
    )
    digest = hmac.new(secret.encode(), signed, hashlib.sha256).digest()
    assert headers["x-mlflow-signature"] == "v1," + base64.b64encode(digest).decode()
    assert abs(time.time() - int(headers["x-mlflow-timestamp"])) < 60


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    receiver = Receiver()
    yield receiver
    receiver.stop()


def webhooks_inside(folder: pathlib.Path, kept: dict[str, str] | None = None, **more: str):
    """A server whose webhooks may lead to this machine."""
    environment = {**INSIDE, "MLFLOW_WEBHOOK_SECRET_ENCRYPTION_KEY": KEY, **more}
    return serving(folder, environment=environment, **(kept or {}))


def kept_in(folder: pathlib.Path) -> dict[str, str]:
    """Where a server that is started anew finds its data again."""
    return {"tracking": f"sqlite:///{folder / 'mlflow.db'}", "users": f"sqlite:///{folder / 'basic_auth.db'}"}


@pytest.fixture(scope="module")
def server(tmp_path_factory) -> Iterator[Server]:
    with webhooks_inside(tmp_path_factory.mktemp("webhooks"), MLFLOW_WEBHOOK_CACHE_TTL="0") as running:
        yield running


@pytest.fixture(scope="module")
def admin(server) -> Person:
    return Person(server, ADMIN, ADMIN_PASSWORD)


@pytest.fixture
def hook(admin, receiver):
    """A webhook of all events, with a secret."""
    hook = admin.client.create_webhook(
        "a-hook", receiver.url, [event(name) for name in EVENTS], secret=SECRET
    )
    yield hook
    admin.client.delete_webhook(hook.webhook_id)


def make_a_version(client, name: str, **options) -> str:
    return str(client.create_model_version(name, "s3://bucket/model", **options).version)


def test_a_webhook_is_made_read_listed_changed_and_deleted(admin, receiver, raises):
    from mlflow.entities.webhook import WebhookStatus

    made = admin.client.create_webhook(
        "My-hook_1.x",
        receiver.url,
        [event("prompt.created"), event("model_version.created")],
        description="d",
    )
    assert (made.name, made.url, made.description, made.status) == (
        "My-hook_1.x",
        receiver.url,
        "d",
        "ACTIVE",
    )
    assert {str(listened) for listened in made.events} == {"prompt.created", "model_version.created"}
    assert made.creation_timestamp == made.last_updated_timestamp
    assert repr(admin.client.get_webhook(made.webhook_id)) == repr(made)
    other = admin.client.create_webhook("other", receiver.url, [event("prompt.created")])
    page = admin.client.list_webhooks(max_results=1)
    assert len(page) == 1 and page.token
    rest = admin.client.list_webhooks(max_results=1, page_token=page.token)
    assert {page[0].webhook_id, rest[0].webhook_id} == {made.webhook_id, other.webhook_id}
    changed = admin.client.update_webhook(
        made.webhook_id, name="renamed", events=[event("prompt.created")], status=WebhookStatus.DISABLED
    )
    assert (changed.name, changed.status, changed.url) == ("renamed", "DISABLED", receiver.url)
    assert [str(listened) for listened in changed.events] == ["prompt.created"]
    for hook in [made, other]:
        admin.client.delete_webhook(hook.webhook_id)
        with raises("RESOURCE_DOES_NOT_EXIST", f"Webhook with ID {hook.webhook_id} not found."):
            admin.client.get_webhook(hook.webhook_id)
    assert list(admin.client.list_webhooks()) == []


def test_what_no_webhook_can_be_is_refused(admin, receiver, raises):
    made = admin.client.create_webhook("a", receiver.url, [event("prompt.created")])
    with raises("INVALID_PARAMETER_VALUE", "Webhook name 'a b' is invalid."):
        admin.client.create_webhook("a b", receiver.url, [event("prompt.created")])
    with raises(
        "INVALID_PARAMETER_VALUE", "Invalid webhook URL scheme: 'ftp'. Allowed schemes are: http, https."
    ):
        admin.client.update_webhook(made.webhook_id, url="ftp://example.com")
    with raises("INVALID_PARAMETER_VALUE", "max_results must be between 1 and 1000."):
        admin.client.list_webhooks(max_results=1001)
    admin.client.delete_webhook(made.webhook_id)


def test_only_administrators_have_to_do_with_webhooks(admin, hook, refused):
    stranger = a_new_person(admin, "stranger")
    for call in [
        lambda: stranger.client.list_webhooks(),
        lambda: stranger.client.get_webhook(hook.webhook_id),
        lambda: stranger.client.update_webhook(hook.webhook_id, name="mine"),
        lambda: stranger.client.test_webhook(hook.webhook_id),
        lambda: stranger.client.delete_webhook(hook.webhook_id),
    ]:
        with refused(403):
            call()


def test_every_change_of_a_model_is_told_and_signed(admin, hook, receiver):
    client, name = admin.client, unique("model")
    client.create_registered_model(name, tags={"team": "blau 😀"}, description="größer")
    version = make_a_version(client, name, tags={"k": "v"}, description="First.")
    client.set_model_version_tag(name, version, "tag", "value")
    client.delete_model_version_tag(name, version, "tag")
    client.set_registered_model_alias(name, "best", version)
    client.delete_registered_model_alias(name, "best")
    # Nobody is told of these.
    client.set_registered_model_tag(name, "quiet", "v")
    client.update_registered_model(name, "described anew")
    client.delete_registered_model(name)
    expected = {
        "registered_model.created": {"name": name, "tags": {"team": "blau 😀"}, "description": "größer"},
        "model_version.created": {
            "name": name,
            "version": "1",
            "source": "s3://bucket/model",
            "run_id": None,
            "tags": {"k": "v"},
            "description": "First.",
        },
        "model_version_tag.set": {"name": name, "version": "1", "key": "tag", "value": "value"},
        "model_version_tag.deleted": {"name": name, "version": "1", "key": "tag"},
        "model_version_alias.created": {"name": name, "alias": "best", "version": "1"},
        "model_version_alias.deleted": {"name": name, "alias": "best"},
    }
    check_told(receiver, expected)


def test_every_change_of_a_prompt_is_told_and_signed(admin, hook, receiver):
    client, name = admin.client, unique("prompt").replace(" ", "-")
    client.create_prompt(name, description="A prompt.", tags={"team": "blue"})
    client.create_prompt_version(name, "Hello {{name}}!", description="First.", tags={"k": "v"})
    client.set_prompt_tag(name, "tag", "value")
    client.delete_prompt_tag(name, "tag")
    client.set_prompt_version_tag(name, "1", "vtag", "value")
    client.delete_prompt_version_tag(name, "1", "vtag")
    client.set_prompt_alias(name, "best", 1)
    client.delete_prompt_alias(name, "best")
    expected = {
        "prompt.created": {"name": name, "tags": {"team": "blue"}, "description": "A prompt."},
        "prompt_version.created": {
            "name": name,
            "version": "1",
            "template": "Hello {{name}}!",
            "tags": {"k": "v"},
            "description": "First.",
        },
        "prompt_tag.set": {"name": name, "key": "tag", "value": "value"},
        "prompt_tag.deleted": {"name": name, "key": "tag"},
        "prompt_version_tag.set": {"name": name, "version": "1", "key": "vtag", "value": "value"},
        "prompt_version_tag.deleted": {"name": name, "version": "1", "key": "vtag"},
        "prompt_alias.created": {"name": name, "alias": "best", "version": "1"},
        "prompt_alias.deleted": {"name": name, "alias": "best"},
    }
    check_told(receiver, expected)


def check_told(receiver: Receiver, expected: dict[str, dict]) -> None:
    receiver.wait_for(len(expected))
    time.sleep(0.2)
    told = {}
    for path, headers, body in receiver.requests:
        verify(SECRET, headers, body)
        assert (path, headers["content-type"]) == ("/hook?a=1", "application/json")
        message = json.loads(body)
        assert list(message) == ["entity", "action", "timestamp", "data"]
        # Byte for byte as Python writes it.
        assert json.dumps(message).encode() == body
        told[f"{message['entity']}.{message['action']}"] = message["data"]
    assert told == expected
    assert len(receiver.requests) == len(expected)
    assert len({headers["x-mlflow-delivery-id"] for _, headers, _ in receiver.requests}) == len(expected)


def test_a_webhook_hears_of_what_it_listens_to_while_it_is_active(admin, receiver):
    client = admin.client
    hook = client.create_webhook("hook", receiver.url, [event("registered_model.created")])
    name = unique("model")
    client.create_registered_model(name)
    make_a_version(client, name)
    assert [message["data"]["name"] for message in receiver.messages(1)] == [name]
    assert "x-mlflow-signature" not in receiver.requests[0][1]
    client.update_webhook(hook.webhook_id, status="DISABLED")
    client.create_registered_model(unique("unheard"))
    client.update_webhook(hook.webhook_id, status="ACTIVE", events=[event("model_version.created")])
    make_a_version(client, name)
    assert receiver.messages(2)[1]["data"]["version"] == "2"
    client.delete_webhook(hook.webhook_id)
    make_a_version(client, name)
    time.sleep(0.3)
    assert len(receiver.requests) == 2


def test_a_delivery_that_fails_is_tried_again(admin, hook, receiver):
    receiver.answers = [(503, {}), (429, {"retry-after": "1"})]
    admin.client.create_registered_model(unique("model"))
    requests = receiver.wait_for(3)
    assert len({headers["x-mlflow-delivery-id"] for _, headers, _ in requests}) == 1
    assert len({body for _, _, body in requests}) == 1
    for _, headers, body in requests:
        verify(SECRET, headers, body)
    # What the receiver does not want is not pressed on it.
    receiver.answers = [(400, {})]
    admin.client.create_registered_model(unique("model"))
    receiver.wait_for(4)
    time.sleep(1.5)
    assert len(receiver.requests) == 4


def test_a_webhook_is_tested_with_an_example(admin, hook, receiver):
    result = admin.client.test_webhook(hook.webhook_id, event("prompt_alias.created"))
    assert (result.success, result.response_status, result.response_body) == (True, 200, "taken")
    assert result.error_message is None
    [(_, headers, body)] = receiver.requests
    verify(SECRET, headers, body)
    assert json.loads(body)["data"] == {"name": "example_prompt", "alias": "example_alias", "version": "1"}
    receiver.answers = [(404, {})]
    result = admin.client.test_webhook(hook.webhook_id)
    assert (result.success, result.response_status, result.response_body) == (False, 404, "taken")


@pytest.mark.beyond_mlflow("it follows redirects")
def test_no_redirect_is_followed(admin, hook, receiver):
    inside = Receiver()
    try:
        receiver.answers = [(307, {"location": inside.url})]
        result = admin.client.test_webhook(hook.webhook_id)
        assert (result.success, result.response_status) == (False, 307)
        assert inside.requests == []
    finally:
        inside.stop()


def a_certificate(file: pathlib.Path) -> None:
    """A certificate for `localhost` that signs itself, and its key."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key, now = ec.generate_private_key(ec.SECP256R1()), datetime.datetime.now(datetime.UTC)
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    pem, pkcs8 = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
    secret = key.private_bytes(pem, pkcs8, serialization.NoEncryption())
    file.write_bytes(made.public_bytes(pem) + secret)


@pytest.mark.needs_mlflow("3.17", "Python's cryptography comes with it")
@pytest.mark.beyond_mlflow("requests has authorities of its own")
@pytest.mark.parametrize("is_trusted", [True, False])
def test_a_certificate_has_to_be_of_an_authority_that_is_trusted(tmp_path, is_trusted):
    for name in ["trusted.pem", "another.pem"]:
        a_certificate(tmp_path / name)
    receiver = Receiver(tmp_path / "trusted.pem")
    trusted = tmp_path / ("trusted.pem" if is_trusted else "another.pem")
    try:
        with webhooks_inside(tmp_path / "server", SSL_CERT_FILE=str(trusted)) as server:
            admin = Person(server, ADMIN, ADMIN_PASSWORD)
            hook = admin.client.create_webhook("hook", receiver.url, [event("prompt.created")], secret=SECRET)
            result = admin.client.test_webhook(hook.webhook_id)
        assert (result.success, len(receiver.requests)) == (is_trusted, int(is_trusted))
        if not is_trusted:
            assert result.error_message == "Failed to test webhook: the request failed"
    finally:
        receiver.stop()


@pytest.mark.beyond_mlflow("it says where a name leads")
def test_no_webhook_leads_inside_unless_that_is_allowed(tmp_path, receiver, raises):
    port = receiver.http.server_port
    hosts = [
        "127.0.0.1",
        "localhost",
        "2130706433",
        "0x7f.1",
        "[::1]",
        "[::ffff:127.0.0.1]",
        "169.254.169.254",
    ]
    strict, kept = {"MLFLOW_WEBHOOK_ALLOWED_SCHEMES": "http"}, kept_in(tmp_path)
    with serving(tmp_path / "server", environment=strict, **kept) as server:
        admin = Person(server, ADMIN, ADMIN_PASSWORD)
        for host in hosts:
            with raises("INVALID_PARAMETER_VALUE", "must not resolve to a non-public IP address"):
                admin.client.create_webhook("hook", f"http://{host}:{port}/", [event("prompt.created")])
        with raises(
            "INVALID_PARAMETER_VALUE", "Invalid webhook URL scheme: 'https'. Allowed schemes are: http."
        ):
            admin.client.create_webhook("hook", "https://8.8.8.8/", [event("prompt.created")])
        assert list(admin.client.list_webhooks()) == []
    # What was allowed once is not sent, and not shown, when it no longer is.
    with webhooks_inside(tmp_path / "server", kept) as server:
        admin = Person(server, ADMIN, ADMIN_PASSWORD)
        hook = admin.client.create_webhook("hook", receiver.url, [event("registered_model.created")])
    with serving(tmp_path / "server", environment=strict, **kept) as server:
        admin = Person(server, ADMIN, ADMIN_PASSWORD)
        result = admin.client.test_webhook(hook.webhook_id)
        assert (result.success, result.response_status, result.response_body) == (False, None, None)
        assert result.error_message == "Failed to test webhook: the URL or its address is not allowed"
        admin.client.create_registered_model("m")
        wait_for_log(server, "a webhook could not be told of an event")
    assert receiver.requests == []


def wait_for_log(server: Server, words: str) -> None:
    deadline = time.monotonic() + 10
    while words not in server.log_tail() and time.monotonic() < deadline:
        time.sleep(0.05)
    assert words in server.log_tail()


@pytest.mark.beyond_mlflow("it makes up another key at each start")
def test_without_a_key_the_servers_on_a_database_share_one(tmp_path, receiver):
    kept = kept_in(tmp_path)
    without = {**INSIDE, "MLFLOW_WEBHOOK_SECRET_ENCRYPTION_KEY": None}
    for number in range(2):
        # Started anew on the same database.
        with serving(tmp_path / "server", environment=without, **kept) as server:
            admin = Person(server, ADMIN, ADMIN_PASSWORD)
            if number == 0:
                admin.client.create_webhook(
                    "hook", receiver.url, [event("registered_model.created")], secret=SECRET
                )
            admin.client.create_registered_model(f"m{number}")
            _, headers, body = receiver.wait_for(number + 1)[number]
            verify(SECRET, headers, body)
    # With another key nothing is sent unsigned, and all else works.
    other = {**INSIDE, "MLFLOW_WEBHOOK_SECRET_ENCRYPTION_KEY": KEY}
    with serving(tmp_path / "server", environment=other, **kept) as server:
        admin = Person(server, ADMIN, ADMIN_PASSWORD)
        [hook] = admin.client.list_webhooks()
        admin.client.create_registered_model("m2")
        wait_for_log(server, "its secret was encrypted with another key")
        assert not admin.client.test_webhook(hook.webhook_id).success
        assert len(receiver.requests) == 2
        admin.client.update_webhook(hook.webhook_id, secret=SECRET)
        admin.client.create_registered_model("m3")
        _, headers, body = receiver.wait_for(3)[2]
        verify(SECRET, headers, body)


@pytest.mark.beyond_mlflow("it makes up a key where it is given none")
def test_a_database_that_takes_no_table_for_a_key_keeps_no_secrets(tmp_path, receiver, raises):
    without = {**INSIDE, "MLFLOW_WEBHOOK_SECRET_ENCRYPTION_KEY": None}
    (tmp_path / "server").mkdir()
    with sqlite3.connect(tmp_path / "server" / "mlflow.db") as database:
        # In its place stands one with which nothing can be done.
        database.execute("CREATE TABLE millgate_secrets (unfit INTEGER)")
    database.close()
    tracking = f"sqlite:///{tmp_path / 'server' / 'mlflow.db'}"
    users = f"sqlite:///{tmp_path / 'server' / 'basic_auth.db'}"
    with serving(tmp_path / "server", environment=without, tracking=tracking, users=users) as server:
        assert "the database keeps no key for the secrets of webhooks" in server.log_tail()
        admin = Person(server, ADMIN, ADMIN_PASSWORD)
        made = admin.client.create_webhook("hook", receiver.url, [event("registered_model.created")])
        with raises("NOT_IMPLEMENTED", "MLFLOW_WEBHOOK_SECRET_ENCRYPTION_KEY"):
            admin.client.update_webhook(made.webhook_id, secret=SECRET)
        admin.client.create_registered_model("m")
        assert receiver.messages(1)[0]["data"]["name"] == "m"


@pytest.mark.beyond_mlflow("it ends with a traceback at the first webhook")
def test_a_key_that_is_none_ends_the_start(tmp_path):
    server = Server(tmp_path / "server", environment={"MLFLOW_WEBHOOK_SECRET_ENCRYPTION_KEY": "not-a-key"})
    with pytest.raises(RuntimeError, match="MLFLOW_WEBHOOK_SECRET_ENCRYPTION_KEY: must be 32 bytes"):
        server.start()
    assert "not-a-key" not in server.log_tail()


@pytest.mark.skipif("MILLGATE_CLIENTS_DATABASE" in os.environ, reason="looks into SQLite's files")
def test_no_secret_stands_in_the_database_as_it_is(tmp_path, receiver):
    with webhooks_inside(tmp_path / "server") as server:
        admin = Person(server, ADMIN, ADMIN_PASSWORD)
        hook = admin.client.create_webhook(
            "hook", receiver.url, [event("prompt.created")], secret="plain-secret"
        )
        admin.client.update_webhook(hook.webhook_id, secret="plain-secret-too")
        answer = admin.http("GET", f"webhooks/{hook.webhook_id}")
        assert "secret" not in answer.text
    kept = [file.read_bytes() for file in (tmp_path / "server").glob("*") if file.is_file()]
    assert any(b"gAAAAA" in content for content in kept)
    assert not any(b"plain-secret" in content for content in kept)


IN_PYTHON = """
import json, sys
from mlflow.entities.webhook import WebhookEvent
from mlflow.store.model_registry.sqlalchemy_store import SqlAlchemyStore
uri, ours, url, secret = sys.argv[1:]
store = SqlAlchemyStore(uri)
read = store.get_webhook(ours)
made = store.create_webhook("by-python", url, [WebhookEvent("registered_model", "created")], secret=secret)
print(json.dumps([read.secret, made.webhook_id]))
"""


@pytest.mark.needs_mlflow("3.17", "the schema is that of 3.17")
@pytest.mark.beyond_mlflow("it opens its own databases")
def test_python_mlflow_shares_webhooks_and_their_secrets(server, admin, hook, receiver):
    environment = {**os.environ, **INSIDE, "MLFLOW_WEBHOOK_SECRET_ENCRYPTION_KEY": KEY}
    uri = server.tracking.replace("postgresql://", "postgresql+psycopg2://")
    command = [sys.executable, "-c", IN_PYTHON, uri, hook.webhook_id, receiver.url, "made by Python"]
    python = subprocess.run(command, env=environment, capture_output=True, text=True)
    assert python.returncode == 0, python.stderr
    secret, theirs = json.loads(python.stdout.splitlines()[-1])
    assert secret == SECRET
    # And what Python made, with its secret, is told by Millgate.
    assert admin.client.get_webhook(theirs).name == "by-python"
    admin.client.create_registered_model(unique("model"))
    signed = 0
    for _, headers, body in receiver.wait_for(2):
        for secret in [SECRET, "made by Python"]:
            try:
                verify(secret, headers, body)
                signed += 1
            except AssertionError:
                continue
    assert signed == 2
    admin.client.delete_webhook(theirs)


@pytest.mark.beyond_mlflow("it caches who listens")
def test_a_webhook_is_heeded_by_every_server_at_once(server, admin, receiver, tmp_path):
    second = serving(
        tmp_path / "second",
        tracking=server.tracking,
        users=server.users,
        environment={**INSIDE, "MLFLOW_WEBHOOK_SECRET_ENCRYPTION_KEY": KEY},
    )
    with second as other:
        there = Person(other, ADMIN, ADMIN_PASSWORD)
        there.client.create_registered_model(unique("before"))
        hook = admin.client.create_webhook("hook", receiver.url, [event("registered_model.created")])
        name = unique("after")
        there.client.create_registered_model(name)
        assert receiver.messages(1)[0]["data"]["name"] == name
        there.client.delete_webhook(hook.webhook_id)
        admin.client.create_registered_model(unique("later"))
        time.sleep(0.3)
        assert len(receiver.requests) == 1


@pytest.mark.beyond_mlflow("it waits for all deliveries")
def test_a_server_ends_with_what_it_has_begun(tmp_path, receiver):
    with webhooks_inside(tmp_path / "server") as server:
        admin = Person(server, ADMIN, ADMIN_PASSWORD)
        admin.client.create_webhook("hook", receiver.url, [event("registered_model.created")])
        for number in range(30):
            admin.client.create_registered_model(f"m{number}")
        assert server.stop() == 0
        assert len(receiver.requests) == 30


def test_the_id_in_the_path_counts(admin, hook):
    answer = admin.http(
        "PATCH", f"webhooks/{hook.webhook_id}", json={"webhook_id": "another", "description": "d"}
    )
    assert answer.json()["webhook"]["webhook_id"] == hook.webhook_id
    assert admin.http("GET", "webhooks/%2f..").status_code == 404
    assert (
        requests.get(f"{admin.server.url}/api/2.0/mlflow/webhooks/{hook.webhook_id}", timeout=10).status_code
        == 401
    )
