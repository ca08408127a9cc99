"""Artifacts in object stores: moto stands in for S3 and for Google Cloud Storage, Azurite for Azure.

Runs where `object_stores.txt` is installed; `scripts/test` has an environment for it. `MILLGATE_AZURITE` is the
command of Azurite.
"""

import contextlib
import os
import pathlib
import shlex
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator

import pytest
import requests

pytest.importorskip("moto", reason="the stand-ins for object stores aren't installed here")

import boto3
from azure.storage.blob import BlobServiceClient
from people import Person, a_new_person, unique
from serving import ADMIN, ADMIN_PASSWORD, Server, a_free_port, serving
from test_footprint import Stream, Watch

MIB = 1024 * 1024
PART = 5 * MIB
BUCKET = "artifacts"
AZURE_ACCOUNT = "devstoreaccount1"
AZURE_KEY = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=="
FILES = {
    "a.txt": b"a",
    "empty.bin": b"",
    "deep/er/b.txt": b"bb",
    "deep/c with space.txt": b"ccc",
    "odd/100% & more+[1].txt": b"odd",
    "odd/{a} ~b=c": b"literal",
    "данные/naïve.txt": b"unicode",
}


@contextlib.contextmanager
def stand_in(command: list[str], folder: pathlib.Path, port: int, **environment: str) -> Iterator[None]:
    """A process that listens on the port while the block runs."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            command, cwd=folder, env={**os.environ, **environment}, stdout=log, stderr=subprocess.STDOUT
        )
    try:
        deadline = time.monotonic() + 60
        while True:
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
                break
            assert process.poll() is None and time.monotonic() < deadline, (folder / "log").read_text()
            time.sleep(0.05)
        yield
    finally:
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


class S3:
    scheme = "s3"

    def __init__(self, url: str):
        self.url, self.bucket = url, BUCKET
        self.client = boto3.client(
            "s3",
            endpoint_url=url,
            aws_access_key_id="testing",
            aws_secret_access_key="testing",
            region_name="us-east-1",
        )
        self.environment = {
            "MLFLOW_S3_ENDPOINT_URL": url,
            "AWS_ACCESS_KEY_ID": "testing",
            "AWS_SECRET_ACCESS_KEY": "testing",
            "AWS_DEFAULT_REGION": "us-east-1",
        }
        self.root = f"s3://{BUCKET}"

    def objects(self, prefix: str) -> dict[str, bytes]:
        pages = self.client.get_paginator("list_objects_v2").paginate(Bucket=self.bucket, Prefix=prefix)
        keys = [entry["Key"] for page in pages for entry in page.get("Contents", [])]
        return {key: self.client.get_object(Bucket=self.bucket, Key=key)["Body"].read() for key in keys}

    def put(self, key: str, content: bytes) -> None:
        self.client.put_object(Bucket=self.bucket, Key=key, Body=content)

    def parts_of(self, key: str) -> int:
        etag = self.client.head_object(Bucket=self.bucket, Key=key)["ETag"].strip('"')
        return int(etag.partition("-")[2] or 1)

    def unfinished(self) -> int:
        return len(self.client.list_multipart_uploads(Bucket=self.bucket).get("Uploads", []))


class Azure:
    scheme = "wasbs"

    def __init__(self, url: str):
        connection = (
            f"DefaultEndpointsProtocol=http;AccountName={AZURE_ACCOUNT};AccountKey={AZURE_KEY};"
            f"BlobEndpoint={url}/{AZURE_ACCOUNT};"
        )
        self.environment = {"AZURE_STORAGE_CONNECTION_STRING": connection}
        self.container = BlobServiceClient.from_connection_string(connection).get_container_client(BUCKET)
        self.root = f"wasbs://{BUCKET}@{AZURE_ACCOUNT}.blob.core.windows.net"

    def objects(self, prefix: str) -> dict[str, bytes]:
        names = [blob.name for blob in self.container.list_blobs(name_starts_with=prefix)]
        return {name: self.container.download_blob(name).readall() for name in names}

    def put(self, key: str, content: bytes) -> None:
        self.container.upload_blob(key, content, overwrite=True)

    def parts_of(self, key: str) -> int:
        committed, _ = self.container.get_blob_client(key).get_block_list("all")
        return len(committed) or 1


class Gcs(S3):
    """Google's XML interface, which is S3's but for who signs what. No emulator that Python or Node can install has
    it: moto takes its requests for those of S3, with a signature in place of their token."""

    scheme = "gs"

    def __init__(self, url: str):
        super().__init__(url)
        self.environment = {"STORAGE_EMULATOR_HOST": url}
        self.root = f"gs://{BUCKET}"


@pytest.fixture(scope="session")
def s3(tmp_path_factory) -> Iterator[S3]:
    port = a_free_port()
    command = [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)]
    with stand_in(command, tmp_path_factory.mktemp("moto"), port):
        store = S3(f"http://127.0.0.1:{port}")
        for bucket in (BUCKET, "elsewhere"):
            store.client.create_bucket(Bucket=bucket)
        yield store


@pytest.fixture(scope="session")
def azure(tmp_path_factory) -> Iterator[Azure]:
    command = os.environ.get("MILLGATE_AZURITE")
    if not command:
        pytest.fail("MILLGATE_AZURITE doesn't name the command of Azurite")
    port, folder = a_free_port(), tmp_path_factory.mktemp("azurite")
    flags = ["--blobHost", "127.0.0.1", "--blobPort", str(port), "--location", str(folder)]
    # The libraries are newer than the emulator says it knows.
    words = [*shlex.split(command), *flags, "--silent", "--skipApiVersionCheck", "--disableTelemetry"]
    with stand_in(words, folder, port):
        store = Azure(f"http://127.0.0.1:{port}")
        store.container.create_container()
        yield store


MOTO_FOR_GOOGLE = """
import sys
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
from werkzeug.serving import run_simple

moto = DomainDispatcherApplication(create_backend_app)

def signed(environ, start_response):
    if not environ.get("HTTP_AUTHORIZATION", "").startswith("AWS4"):
        environ["HTTP_AUTHORIZATION"] = (
            "AWS4-HMAC-SHA256 Credential=testing/20260101/us-east-1/s3/aws4_request, SignedHeaders=host, Signature=0"
        )
    return moto(environ, start_response)

run_simple("127.0.0.1", int(sys.argv[1]), signed, threaded=True)
"""


@pytest.fixture(scope="session")
def gcs(tmp_path_factory) -> Iterator[Gcs]:
    port = a_free_port()
    with stand_in([sys.executable, "-c", MOTO_FOR_GOOGLE, str(port)], tmp_path_factory.mktemp("gcs"), port):
        store = Gcs(f"http://127.0.0.1:{port}")
        store.client.create_bucket(Bucket=BUCKET)
        yield store


class Kept:
    """A server whose artifacts are kept in a store, below `kept`."""

    def __init__(self, server: Server, store):
        self.server, self.store = server, store
        self.admin = Person(server, ADMIN, ADMIN_PASSWORD)
        self.alice = a_new_person(self.admin, "alice")

    def run(self):
        return self.alice.client.create_run(self.alice.client.create_experiment(unique("experiment")))

    def objects_of(self, run) -> dict[str, bytes]:
        prefix = f"kept/{run.info.experiment_id}/{run.info.run_id}/artifacts/"
        return {key.removeprefix(prefix): body for key, body in self.store.objects(prefix).items()}


@pytest.fixture(scope="session", params=["s3", "azure", "gcs"])
def kept(request, tmp_path_factory) -> Iterator[Kept]:
    store = request.getfixturevalue(request.param)
    folder = tmp_path_factory.mktemp(request.param)
    with serving(folder, artifacts=f"{store.root}/kept", environment=store.environment) as server:
        yield Kept(server, store)


@pytest.fixture(scope="session")
def kept_in_s3(s3, tmp_path_factory) -> Iterator[Kept]:
    with serving(
        tmp_path_factory.mktemp("s3-alone"), artifacts=f"{s3.root}/kept", environment=s3.environment
    ) as server:
        yield Kept(server, s3)


def write_below(folder: pathlib.Path, files: dict[str, bytes]) -> pathlib.Path:
    for name, content in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
    return folder


def files_below(folder: pathlib.Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()
    }


def proxied(run, path: str) -> str:
    return f"/api/2.0/mlflow-artifacts/artifacts/{run.info.experiment_id}/{run.info.run_id}/artifacts/{path}"


def test_a_folder_goes_up_as_those_very_objects_and_comes_back(kept, tmp_path):
    run = kept.run()
    kept.alice.client.log_artifacts(run.info.run_id, str(write_below(tmp_path / "up", FILES)), "tree")
    assert kept.objects_of(run) == {f"tree/{name}": content for name, content in FILES.items()}
    (tmp_path / "down").mkdir()
    kept.alice.client.download_artifacts(run.info.run_id, "", str(tmp_path / "down"))
    assert files_below(tmp_path / "down" / "tree") == FILES


def test_a_listing_shows_what_others_have_put_there(kept):
    run = kept.run()
    prefix = f"kept/{run.info.experiment_id}/{run.info.run_id}/artifacts"
    for name, content in FILES.items():
        kept.store.put(f"{prefix}/{name}", content)
    listed = kept.alice.client.list_artifacts
    assert [(file.path, file.is_dir, file.file_size) for file in listed(run.info.run_id)] == [
        ("a.txt", False, 1),
        ("deep", True, None),
        ("empty.bin", False, 0),
        ("odd", True, None),
        ("данные", True, None),
    ]
    assert [file.path for file in listed(run.info.run_id, "odd")] == [
        "odd/100% & more+[1].txt",
        "odd/{a} ~b=c",
    ]
    assert listed(run.info.run_id, "a.txt") == listed(run.info.run_id, "nothing") == []


def test_a_name_is_the_key_and_is_not_decoded(kept):
    """Clients of MLflow 3 decode the names that they are told; the server doesn't."""
    run = kept.run()
    prefix = f"kept/{run.info.experiment_id}/{run.info.run_id}/artifacts"
    kept.store.put(f"{prefix}/n/a%20b", b"put by others")
    assert kept.alice.http("PUT", proxied(run, "n/c%2520d"), data=b"put here").status_code == 200
    assert kept.objects_of(run) == {"n/a%20b": b"put by others", "n/c%20d": b"put here"}
    listed = kept.alice.http("GET", "artifacts/list", params={"run_id": run.info.run_id, "path": "n"}).json()
    assert [file["path"] for file in listed["files"]] == ["n/a%20b", "n/c%20d"]
    assert kept.alice.http("GET", proxied(run, "n/a%2520b")).content == b"put by others"
    # Not even a slash: there would be two ways to one artifact, or one way to two.
    assert kept.alice.http("PUT", proxied(run, "n/e%252Ff"), data=b"x").status_code == 400
    assert kept.alice.http("DELETE", proxied(run, "n")).status_code == 200
    assert kept.objects_of(run) == {}


def test_what_is_deleted_is_gone_and_nothing_else(kept, tmp_path):
    run = kept.run()
    kept.alice.client.log_artifacts(run.info.run_id, str(write_below(tmp_path / "up", FILES)))
    kept.alice.client.log_text(run.info.run_id, "stays", "deeper.txt")
    assert kept.alice.http("DELETE", proxied(run, "deep")).status_code == 200
    assert kept.alice.http("DELETE", proxied(run, "a.txt")).status_code == 200
    left = {name: content for name, content in FILES.items() if not name.startswith(("deep/", "a.txt"))}
    assert kept.objects_of(run) == {**left, "deeper.txt": b"stays"}


def test_a_range_is_a_part_of_one_object(kept):
    run = kept.run()
    kept.alice.client.log_text(run.info.run_id, "0123456789", "digits.txt")
    for asked, status, body in [
        ("bytes=2-4", 206, b"234"),
        ("bytes=7-", 206, b"789"),
        ("bytes=-2", 206, b"89"),
    ]:
        answer = kept.alice.http("GET", proxied(run, "digits.txt"), headers={"Range": asked})
        assert (answer.status_code, answer.content) == (status, body)
    assert kept.alice.http("GET", proxied(run, "none.txt")).status_code == 404


def test_a_large_file_goes_through_the_server_in_parts(kept, tmp_path):
    run = kept.run()
    content = os.urandom(20 * MIB + 7)
    assert kept.alice.http("PUT", proxied(run, "large.bin"), data=content).status_code == 200
    assert kept.objects_of(run) == {"large.bin": content}
    assert kept.alice.http("GET", proxied(run, "large.bin")).content == content


def uploads_in_parts(monkeypatch) -> None:
    monkeypatch.setenv("MLFLOW_ENABLE_PROXY_MULTIPART_UPLOAD", "true")
    monkeypatch.setenv("MLFLOW_MULTIPART_UPLOAD_MINIMUM_FILE_SIZE", str(PART))
    monkeypatch.setenv("MLFLOW_MULTIPART_UPLOAD_CHUNK_SIZE", str(PART))


def test_a_client_sends_parts_to_the_store_itself(kept, tmp_path, monkeypatch):
    uploads_in_parts(monkeypatch)
    run = kept.run()
    content = os.urandom(2 * PART + MIB)
    (tmp_path / "parts.bin").write_bytes(content)
    kept.alice.client.log_artifact(run.info.run_id, str(tmp_path / "parts.bin"), "m")
    assert kept.objects_of(run) == {"m/parts.bin": content}
    if kept.store.scheme != "gs":
        # The emulator signs nothing, so that the client falls back to the server.
        key = f"kept/{run.info.experiment_id}/{run.info.run_id}/artifacts/m/parts.bin"
        assert kept.store.parts_of(key) == 3


def mpu(person: Person, what: str, run, **message) -> requests.Response:
    path = f"{run.info.experiment_id}/{run.info.run_id}/artifacts"
    return person.http("POST", f"/api/2.0/mlflow-artifacts/mpu/{what}/{path}", json=message)


def test_an_upload_in_parts_is_begun_given_up_and_checked(kept_in_s3):
    kept, run = kept_in_s3, kept_in_s3.run()
    begun = mpu(kept.alice, "create", run, path="/tmp/x/file.bin", num_parts=2).json()
    assert [part["part_number"] for part in begun["credentials"]] == [1, 2]
    url = begun["credentials"][0]["url"]
    assert f"{run.info.run_id}/artifacts/file.bin?" in url
    assert "partNumber=1" in url and "X-Amz-Expires=3600" in url
    etag = requests.put(url, data=b"one").headers["ETag"]
    assert kept.store.unfinished() == 1
    wrong = [{"part_number": 2, "etag": etag}]
    answer = mpu(kept.alice, "complete", run, path="file.bin", upload_id=begun["upload_id"], parts=wrong)
    assert (answer.status_code, answer.json()["error_code"]) == (400, "INVALID_PARAMETER_VALUE")
    assert mpu(kept.alice, "abort", run, path="file.bin", upload_id=begun["upload_id"]).json() == {}
    assert kept.store.unfinished() == 0
    for count in (0, 10_001, -1):
        assert mpu(kept.alice, "create", run, path="file.bin", num_parts=count).status_code == 400
    stranger = a_new_person(kept.admin, "stranger")
    assert mpu(stranger, "create", run, path="file.bin", num_parts=1).status_code == 403
    assert mpu(kept.alice, "create", run, path="..", num_parts=1).status_code in (400, 403)
    assert kept.store.unfinished() == 0


def test_a_client_downloads_from_the_store_itself(kept_in_s3, tmp_path, monkeypatch):
    kept, run = kept_in_s3, kept_in_s3.run()
    content = os.urandom(3 * MIB)
    kept.alice.http("PUT", proxied(run, "m/a b+c.bin"), data=content).raise_for_status()
    path = f"{run.info.experiment_id}/{run.info.run_id}/artifacts/m/a b+c.bin"
    given = kept.alice.http("GET", f"/api/2.0/mlflow-artifacts/presigned/{path}")
    assert given.json().keys() == {"url", "headers", "file_size"} and given.json()["file_size"] == len(
        content
    )
    assert "X-Amz-Expires=300" in given.json()["url"]
    fetched = requests.get(given.json()["url"], headers=given.json()["headers"])
    assert fetched.content == content
    assert fetched.headers["Content-Disposition"].startswith("attachment")
    missing = kept.alice.http("GET", f"/api/2.0/mlflow-artifacts/presigned/{path}.none")
    assert (missing.status_code, missing.json()["error_code"]) == (404, "RESOURCE_DOES_NOT_EXIST")
    monkeypatch.setenv("MLFLOW_ENABLE_PROXY_MULTIPART_DOWNLOAD", "true")
    monkeypatch.setenv("MLFLOW_MULTIPART_DOWNLOAD_MINIMUM_FILE_SIZE", str(MIB))
    monkeypatch.setenv("MLFLOW_MULTIPART_DOWNLOAD_CHUNK_SIZE", str(MIB))
    local = kept.alice.client.download_artifacts(run.info.run_id, "m", str(tmp_path))
    assert [file.read_bytes() for file in pathlib.Path(local).iterdir()] == [content]


def test_the_server_says_what_its_storage_can(kept):
    info = requests.get(f"{kept.server.url}/api/3.0/mlflow/server-info").json()
    assert info["multipart_uploads_enabled"] is (kept.store.scheme != "gs")
    assert info["multipart_downloads_enabled"] is (kept.store.scheme == "s3")


@pytest.fixture(scope="session")
def direct(s3, tmp_path_factory) -> Iterator[Kept]:
    """A server that leaves artifacts to the clients, in S3, and shows them all the same."""
    flags = ["--no-serve-artifacts", "--default-artifact-root", f"{s3.root}/direct root"]
    with serving(tmp_path_factory.mktemp("direct"), flags=flags, environment=s3.environment) as server:
        yield Kept(server, s3)


@pytest.fixture
def with_keys_of_ones_own(s3, monkeypatch):
    for name, value in s3.environment.items():
        monkeypatch.setenv(name, value)


def test_what_a_client_keeps_in_s3_the_server_shows(direct, with_keys_of_ones_own, tmp_path):
    run, alice = direct.run(), direct.alice
    assert run.info.artifact_uri.startswith("s3://artifacts/direct root/")
    alice.client.log_artifacts(run.info.run_id, str(write_below(tmp_path / "up", FILES)), "tree")
    listed = alice.http("GET", "artifacts/list", params={"run_id": run.info.run_id, "path": "tree"}).json()
    assert listed["root_uri"] == run.info.artifact_uri
    assert [file["path"] for file in listed["files"]] == [
        f"tree/{name}" for name in ("a.txt", "deep", "empty.bin", "odd", "данные")
    ]
    for name, content in FILES.items():
        params = {"run_id": run.info.run_id, "path": f"tree/{name}"}
        assert alice.http("GET", "/get-artifact", params=params).content == content
    params = {"run_uuid": run.info.run_id, "path": "up/by hand.txt"}
    assert (
        alice.http("POST", "/ajax-api/2.0/mlflow/upload-artifact", params=params, data=b"hand").status_code
        == 200
    )
    fetched = alice.client.download_artifacts(run.info.run_id, "up/by hand.txt", str(tmp_path))
    assert pathlib.Path(fetched).read_bytes() == b"hand"
    alice.client.create_registered_model(name := unique("model"))
    version = alice.client.create_model_version(name, f"{run.info.artifact_uri}/tree", run.info.run_id)
    params = {"name": name, "version": version.version, "path": "odd/{a} ~b=c"}
    assert alice.http("GET", "/model-versions/get-artifact", params=params).content == b"literal"


def test_urls_are_given_for_a_run_and_by_its_rights(direct):
    run, alice = direct.run(), direct.alice
    stranger = a_new_person(direct.admin, "stranger")
    ask = {"run_id": run.info.run_id, "path": "a b/x.json"}
    given = alice.http("POST", "artifacts/presigned-upload-url", json=ask).json()
    assert (
        given["headers"] == {"Content-Type": "application/json"}
        and "X-Amz-Expires=900" in given["presigned_url"]
    )
    assert requests.put(given["presigned_url"], data=b"{}", headers=given["headers"]).status_code == 200
    given = alice.http("POST", "artifacts/presigned-download-url", json={**ask, "expiration": 60}).json()
    assert given["file_size"] == 2 and "X-Amz-Expires=60&" in given["presigned_url"]
    assert requests.get(given["presigned_url"]).content == b"{}"
    for what in ("upload", "download"):
        path = f"artifacts/presigned-{what}-url"
        assert stranger.http("POST", path, json=ask).status_code == 403
        for wrong in ({"expiration": 0}, {"expiration": 604_801}, {"path": "../x"}, {"path": ""}):
            assert alice.http("POST", path, json={**ask, **wrong}).status_code == 400
    both = {**ask, "model_id": "m-1"}
    assert alice.http("POST", "artifacts/presigned-upload-url", json=both).status_code == 400
    assert alice.http("POST", "artifacts/presigned-upload-url", json={"path": "x"}).status_code == 400


def test_urls_are_not_given_for_what_passes_through_the_server(kept_in_s3):
    run = kept_in_s3.run()
    for what in ("upload", "download"):
        ask = {"run_id": run.info.run_id, "path": "x"}
        answer = kept_in_s3.alice.http("POST", f"artifacts/presigned-{what}-url", json=ask)
        assert (answer.status_code, answer.json()["error_code"]) == (400, "INVALID_PARAMETER_VALUE")


def test_the_servers_keys_are_for_its_own_storage_alone(kept_in_s3):
    kept = kept_in_s3
    kept.store.client.put_object(Bucket="elsewhere", Key="secret.txt", Body=b"secret")
    kept.store.put("secret.txt", b"secret")
    alice, mallory = kept.alice, a_new_person(kept.admin, "mallory")
    hers = kept.run()
    alice.client.log_text(hers.info.run_id, "hers", "hers.txt")
    for location in ("s3://elsewhere", "s3://artifacts/other"):
        experiment = mallory.client.create_experiment(unique("experiment"), artifact_location=location)
        run = mallory.client.create_run(experiment)
        listing = mallory.http("GET", "artifacts/list", params={"run_id": run.info.run_id})
        assert (listing.status_code, listing.json()["error_code"]) == (403, "PERMISSION_DENIED")
        assert "MILLGATE_ARTIFACT_STORES" in listing.json()["message"]
        params = {"run_uuid": run.info.run_id, "path": "x"}
        written = mallory.http("POST", "/ajax-api/2.0/mlflow/upload-artifact", params=params, data=b"x")
        assert written.status_code == 403
    mallory.client.create_registered_model(name := unique("model"))
    source = mallory.http("POST", "model-versions/create", json={"name": name, "source": "s3://elsewhere/x"})
    params = {"name": name, "version": "1", "path": "secret.txt"}
    assert source.status_code == 200
    assert mallory.http("GET", "/model-versions/get-artifact", params=params).status_code == 403
    # The same folder, whichever way it is written, is somebody else's.
    below = f"{hers.info.experiment_id}/{hers.info.run_id}/artifacts"
    for location in (
        f"s3://artifacts/kept/{below}",
        f"mlflow-artifacts:/{below}",
        "s3://artifacts/kept",
        "s3://artifacts",
    ):
        message = {"name": unique("experiment"), "artifact_location": location}
        assert mallory.http("POST", "experiments/create", json=message).status_code == 403, location
        message = {"name": name, "source": location}
        assert mallory.http("POST", "model-versions/create", json=message).status_code == 403, location
    # An experiment's id can come back for somebody else's, so nobody has a version of all that one keeps.
    alice.client.create_registered_model(name := unique("model"))
    folder = f"s3://artifacts/kept/{hers.info.experiment_id}"
    for location, status in {
        folder: 400,
        f"{folder}/": 400,
        f"{folder}/models": 400,
        f"s3://artifacts/kept/{below}": 200,
    }.items():
        answer = alice.http("POST", "model-versions/create", json={"name": name, "source": location})
        assert answer.status_code == status, (location, answer.text)
    answer = kept.admin.http("POST", "model-versions/create", json={"name": name, "source": "s3://artifacts/kept"})
    assert answer.status_code == 400, answer.text


def test_what_the_operator_names_is_opened_too(s3, tmp_path):
    environment = {**s3.environment, "MILLGATE_ARTIFACT_STORES": "s3://elsewhere/team"}
    with serving(tmp_path / "server", artifacts=f"{s3.root}/named", environment=environment) as server:
        kept = Kept(server, s3)
        experiment = kept.alice.client.create_experiment("team", artifact_location="s3://elsewhere/team/x")
        run = kept.alice.client.create_run(experiment)
        params = {"run_uuid": run.info.run_id, "path": "a.txt"}
        kept.alice.http(
            "POST", "/ajax-api/2.0/mlflow/upload-artifact", params=params, data=b"x"
        ).raise_for_status()
        found = s3.client.get_object(Bucket="elsewhere", Key=f"team/x/{run.info.run_id}/artifacts/a.txt")
        assert found["Body"].read() == b"x"
        # What is there and of no experiment becomes nobody's by naming it.
        s3.client.put_object(Bucket="elsewhere", Key="team/old/file", Body=b"old")
        message = {"name": "old", "artifact_location": "s3://elsewhere/team/old"}
        assert kept.alice.http("POST", "experiments/create", json=message).status_code == 403


def failing(environment: dict[str, str], root: str, folder: pathlib.Path) -> list[tuple[int, str]]:
    """How a listing, a download, an upload and a deletion fail, each within a minute."""
    with serving(folder, artifacts=root, environment=environment) as server:
        kept = Kept(server, None)
        run = kept.run()
        answers = []
        for method, path, data in [
            ("GET", proxied(run, "x"), None),
            ("PUT", proxied(run, "x"), b"x"),
            ("PUT", proxied(run, "x"), b"x" * (9 * MIB)),
            ("DELETE", proxied(run, "x"), None),
        ]:
            answer = kept.alice.http(method, path, data=data)
            answers.append((answer.status_code, answer.json()["error_code"]))
        listing = kept.alice.http("GET", "artifacts/list", params={"run_id": run.info.run_id})
        answers.append((listing.status_code, listing.json()["error_code"]))
        log = server.log.read_text()
        assert "secret-of-the-server" not in log
        return answers


def test_a_bucket_that_is_not_there_is_said(s3, tmp_path):
    found = failing(s3.environment, "s3://no-such-bucket/x", tmp_path / "server")
    assert set(found) == {(404, "RESOURCE_DOES_NOT_EXIST")}


def test_a_container_that_is_not_there_is_said(azure, tmp_path):
    root = f"wasbs://nothing@{AZURE_ACCOUNT}.blob.core.windows.net/x"
    assert set(failing(azure.environment, root, tmp_path / "server")) == {(404, "RESOURCE_DOES_NOT_EXIST")}


def test_wrong_keys_are_said(tmp_path):
    port = a_free_port()
    command = [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)]
    # Every action is checked, from the first.
    with stand_in(command, tmp_path / "moto", port, INITIAL_NO_AUTH_ACTION_COUNT="0"):
        environment = {
            "MLFLOW_S3_ENDPOINT_URL": f"http://127.0.0.1:{port}",
            "AWS_ACCESS_KEY_ID": "nobody",
            "AWS_SECRET_ACCESS_KEY": "secret-of-the-server",
        }
        found = failing(environment, "s3://artifacts/x", tmp_path / "server")
        assert set(found) == {(403, "PERMISSION_DENIED")}


def test_a_store_that_does_not_answer_is_an_error_within_a_minute(tmp_path):
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(64)
        environment = {
            "MLFLOW_S3_ENDPOINT_URL": f"http://127.0.0.1:{listener.getsockname()[1]}",
            "AWS_ACCESS_KEY_ID": "key",
            "AWS_SECRET_ACCESS_KEY": "secret-of-the-server",
        }
        with serving(tmp_path / "server", artifacts="s3://artifacts/x", environment=environment) as server:
            kept = Kept(server, None)
            run = kept.run()
            results: list[tuple[int, str, float]] = []

            def ask(method: str, data: bytes | None) -> None:
                began = time.monotonic()
                answer = kept.alice.http(method, proxied(run, "x"), data=data)
                results.append((answer.status_code, answer.json()["error_code"], time.monotonic() - began))

            asking = [("GET", None), ("PUT", b"x"), ("PUT", b"x" * (9 * MIB)), ("DELETE", None)]
            threads = [threading.Thread(target=ask, args=one) for one in asking]
            for thread in threads:
                thread.start()
            # Meanwhile everything else is as quick as ever.
            began = time.monotonic()
            kept.alice.client.get_run(run.info.run_id)
            assert time.monotonic() - began < 5
            for thread in threads:
                thread.join()
            assert {(status, code) for status, code, _ in results} == {(503, "TEMPORARILY_UNAVAILABLE")}
            assert max(took for _, _, took in results) < 60


@pytest.mark.parametrize(
    ("root", "environment", "said"),
    [
        ("s3://", {}, "Invalid bucket name"),
        ("wasbs://x@evil.example/y", {}, "Not a container of Azure"),
        ("s3://bucket/a//b", {}, "Invalid path"),
        ("s3://bucket", {"AWS_ACCESS_KEY_ID": "only"}, "only one of AWS_ACCESS_KEY_ID"),
        ("s3://bucket", {"AWS_PROFILE": "none"}, "no profile 'none'"),
        ("s3://bucket", {"MLFLOW_S3_UPLOAD_EXTRA_ARGS": '{"ACL": "private"}'}, "'ACL' is not supported"),
        ("gs://bucket", {"GOOGLE_APPLICATION_CREDENTIALS": "/nowhere.json"}, "Google Cloud Storage"),
        ("hdfs://host/x", {}, "hdfs storage is not supported"),
    ],
)
def test_what_is_wrong_about_a_store_is_said_at_the_start(tmp_path, root, environment, said):
    with (
        pytest.raises(RuntimeError) as caught,
        serving(tmp_path / "server", artifacts=root, environment=environment),
    ):
        pass
    assert said in str(caught.value)


def test_keys_may_stand_in_a_profile(s3, tmp_path):
    (tmp_path / "credentials").write_text(
        f"[team]\naws_access_key_id = AK\naws_secret_access_key = SK\nendpoint_url = {s3.url}\n"
    )
    environment = {"AWS_SHARED_CREDENTIALS_FILE": str(tmp_path / "credentials"), "AWS_PROFILE": "team"}
    with serving(tmp_path / "server", artifacts=f"{s3.root}/profiled", environment=environment) as server:
        kept = Kept(server, s3)
        run = kept.run()
        kept.alice.client.log_text(run.info.run_id, "text", "a.txt")
        key = f"profiled/{run.info.experiment_id}/{run.info.run_id}/artifacts/a.txt"
        assert s3.objects("profiled/") == {key: b"text"}


SINK = """
import http.server, itertools, re, sys

PART = bytes(range(256)) * 4096  # 1 MiB
LARGE = int(sys.argv[2])
uploads = itertools.count()

class S3(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def answer(self, status, body=b"", length=None, **headers):
        self.send_response(status)
        self.send_header("Content-Length", str(len(body) if length is None else length))
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(body)

    def drain(self):
        left = int(self.headers.get("Content-Length") or 0)
        while left:
            left -= len(self.rfile.read(min(left, 1 << 20)))

    def do_PUT(self):
        self.drain()
        self.answer(200, ETag='"part"')

    def do_POST(self):
        self.drain()
        if self.path.endswith("?uploads="):
            upload = b"<UploadId>%d</UploadId>" % next(uploads)
            self.answer(200, b"<InitiateMultipartUploadResult>%s</InitiateMultipartUploadResult>" % upload)
        else:
            whole = b'<ETag>"whole"</ETag>'
            self.answer(200, b"<CompleteMultipartUploadResult>%s</CompleteMultipartUploadResult>" % whole)

    def do_GET(self):
        self.answer(200, length=LARGE, ETag='"whole"', Last_Modified="Tue, 03 Nov 2026 10:00:00 GMT")
        for _ in range(LARGE // len(PART)):
            self.wfile.write(PART)

    def log_message(self, *_):
        pass

http.server.ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), S3).serve_forever()
"""


@pytest.mark.slow
def test_memory_stays_flat_while_2_gib_go_through_to_s3_and_back(tmp_path, measured):
    """moto keeps objects in memory, so that a server which throws away what it gets stands in for S3."""
    large, port = 2048 * MIB, a_free_port()
    environment = {
        "MLFLOW_S3_ENDPOINT_URL": f"http://127.0.0.1:{port}",
        "AWS_ACCESS_KEY_ID": "key",
        "AWS_SECRET_ACCESS_KEY": "key",
    }
    with (
        stand_in([sys.executable, "-c", SINK, str(port), str(large)], tmp_path / "sink", port),
        serving(tmp_path / "server", artifacts="s3://artifacts/x", environment=environment) as server,
    ):
        admin = Person(server, ADMIN, ADMIN_PASSWORD)
        path = "/api/2.0/mlflow-artifacts/artifacts/0/big.bin"
        with Watch(server) as up:
            began = time.monotonic()
            assert admin.http("PUT", path, data=Stream(large)).status_code == 200
            took_up = time.monotonic() - began
        size = 0
        with Watch(server) as down:
            began = time.monotonic()
            with admin.http("GET", path, stream=True) as answer:
                assert answer.status_code == 200
                for chunk in answer.iter_content(MIB):
                    size += len(chunk)
            took_down = time.monotonic() - began
        # Each of these has one part under way, one waiting, and one that fills.
        with Watch(server) as many:
            threads = [
                threading.Thread(target=lambda: admin.http("PUT", path, data=Stream(128 * MIB)))
                for _ in range(8)
            ]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
    assert size == large
    measured(f"2 GiB to S3 in {took_up:.1f} s, memory at most {up.peak / MIB:.1f} MiB")
    measured(f"2 GiB from S3 in {took_down:.1f} s, memory at most {down.peak / MIB:.1f} MiB")
    measured(f"8 uploads of 128 MiB to S3 at once, memory at most {many.peak / MIB:.1f} MiB")
    assert 0 < up.peak < 100 * MIB
    assert 0 < down.peak < 100 * MIB
    assert 0 < many.peak < 400 * MIB
