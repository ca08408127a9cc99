"""Artifacts up and down through the server's proxy."""

import base64
import hashlib
import http.client
import pathlib
import random
import socket
import time

import mlflow
import pytest
from mlflow.store.artifact.artifact_repository_registry import get_artifact_repository

MIB = 1024 * 1024

TAKEN_AS_A_NAME = pytest.mark.beyond_mlflow("the Python server on Linux keeps a file of that name")
ERROR_500 = pytest.mark.beyond_mlflow("the Python server writes nothing, but answers 500")


def basic(person) -> str:
    """The Authorization header, for requests that no HTTP library would send."""
    return "Basic " + base64.b64encode(f"{person.username}:{person.password}".encode()).decode()


def files_below(folder) -> dict[str, bytes]:
    folder = pathlib.Path(folder)
    return {
        path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()
    }


def proxied(run, path: str) -> str:
    """The address of an artifact of the run in the proxy."""
    return f"/api/2.0/mlflow-artifacts/artifacts/{run.info.experiment_id}/{run.info.run_id}/artifacts/{path}"


def test_a_file_comes_back_as_it_went(alice, run, tmp_path):
    source = tmp_path / "model.bin"
    source.write_bytes(bytes(range(256)) * 10)
    alice.client.log_artifact(run.info.run_id, str(source), "models/first")
    fetched = alice.client.download_artifacts(run.info.run_id, "models/first/model.bin", str(tmp_path))
    assert pathlib.Path(fetched).read_bytes() == bytes(range(256)) * 10


def test_a_folder_comes_back_with_all_that_is_below(alice, run, tmp_path):
    files = {
        "a.txt": b"a",
        "empty.bin": b"",
        "deep/er/b.txt": b"bb",
        "deep/c with space.txt": b"ccc",
        "данные/naïve 🌱.txt": "ünïcode".encode(),
        "odd/100% & more+[1].txt": b"odd",
    }
    for name, content in files.items():
        (tmp_path / "up" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "up" / name).write_bytes(content)
    (tmp_path / "down").mkdir()
    alice.client.log_artifacts(run.info.run_id, str(tmp_path / "up"), "tree")
    alice.client.download_artifacts(run.info.run_id, "", str(tmp_path / "down"))
    assert files_below(tmp_path / "down" / "tree") == files


def test_a_listing_shows_one_level_with_sizes(alice, run):
    alice.client.log_text(run.info.run_id, "hello", "greeting.txt")
    alice.client.log_text(run.info.run_id, "deep", "a/b/deep.txt")
    alice.client.log_text(run.info.run_id, "naïve", "a/naïve 🌱.txt")
    listing = alice.client.list_artifacts
    run_id = run.info.run_id
    assert [(file.path, file.is_dir, file.file_size) for file in listing(run_id)] == [
        ("a", True, None),
        ("greeting.txt", False, 5),
    ]
    assert [(file.path, file.is_dir, file.file_size) for file in listing(run_id, "a")] == [
        ("a/b", True, None),
        ("a/naïve 🌱.txt", False, 6),
    ]
    assert [file.path for file in listing(run_id, "a/b")] == ["a/b/deep.txt"]
    assert listing(run_id, "nothing/here") == []
    assert listing(run_id, "greeting.txt") == []


def test_a_run_without_artifacts_lists_none(alice, run):
    assert alice.client.list_artifacts(run.info.run_id) == []


def test_an_artifact_is_overwritten(alice, run):
    for text in ("first, longer", "second"):
        alice.client.log_text(run.info.run_id, text, "note.txt")
    with alice.signed_in():
        assert mlflow.artifacts.load_text(f"{run.info.artifact_uri}/note.txt") == "second"
    (file,) = alice.client.list_artifacts(run.info.run_id)
    assert file.file_size == 6


def test_artifacts_are_deleted_through_the_proxy(alice, run):
    for name in ("keep.txt", "gone.txt", "folder/a.txt", "folder/b/c.txt"):
        alice.client.log_text(run.info.run_id, name, name)
    with alice.signed_in():
        repository = get_artifact_repository(run.info.artifact_uri)
        repository.delete_artifacts("gone.txt")
        repository.delete_artifacts("folder")
    assert [file.path for file in alice.client.list_artifacts(run.info.run_id)] == ["keep.txt"]


def test_64_mib_come_back_with_the_same_checksum(alice, run, tmp_path):
    randomness = random.Random(64)
    source = tmp_path / "big.bin"
    with source.open("wb") as file:
        for _ in range(64):
            file.write(randomness.randbytes(MIB))
    alice.client.log_artifact(run.info.run_id, str(source))
    (listed,) = alice.client.list_artifacts(run.info.run_id)
    assert listed.file_size == 64 * MIB
    (tmp_path / "down").mkdir()
    fetched = alice.client.download_artifacts(run.info.run_id, "big.bin", str(tmp_path / "down"))
    digests = []
    for path in (source, fetched):
        with open(path, "rb") as file:
            digests.append(hashlib.file_digest(file, "sha256").hexdigest())
    assert digests[0] == digests[1]


def test_an_unknown_artifact_cannot_be_downloaded(alice, run, tmp_path):
    with pytest.raises((mlflow.MlflowException, OSError)):
        alice.client.download_artifacts(run.info.run_id, "nothing.txt", str(tmp_path))
    assert alice.http("GET", proxied(run, "nothing.txt")).status_code == 404


def test_the_page_reads_an_artifact_by_run_and_path(alice, run):
    alice.client.log_text(run.info.run_id, "<b>bold</b>", "page.html")
    query = {"run_id": run.info.run_id, "path": "page.html"}
    answer = alice.http("GET", "/get-artifact", params=query)
    assert answer.status_code == 200
    assert answer.content == b"<b>bold</b>"
    # Whatever somebody uploaded must not run as a page of this server.
    assert "attachment" in answer.headers["Content-Disposition"]
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


def test_the_page_uploads_an_artifact_by_run_and_path(alice, run):
    query = {"run_uuid": run.info.run_id, "path": "from/page.bin"}
    answer = alice.http("POST", "/ajax-api/2.0/mlflow/upload-artifact", params=query, data=b"\x00\x01\x02")
    assert answer.status_code == 200
    assert alice.http("GET", proxied(run, "from/page.bin")).content == b"\x00\x01\x02"


@pytest.mark.parametrize(
    "path",
    [
        "../../../../../../etc/passwd",
        "..%2f..%2f..%2f..%2fetc%2fpasswd",
        "%2e%2e/%2e%2e/secret",
        "..%252f..%252fsecret",
        "a/../../../secret",
        pytest.param("..%5c..%5csecret", marks=TAKEN_AS_A_NAME),
        pytest.param("%2fetc%2fpasswd", marks=ERROR_500),
        pytest.param("/etc/passwd", marks=ERROR_500),
    ],
)
def test_a_path_that_leaves_its_root_is_refused(alice, run, server, path):
    # Below `requests`, which would resolve the dots before sending.
    for method in ("GET", "PUT", "DELETE"):
        connection = http.client.HTTPConnection(server.url.removeprefix("http://"), timeout=30)
        connection.request(
            method,
            proxied(run, path),
            body=b"x" if method == "PUT" else None,
            headers={"Authorization": basic(alice)},
        )
        answer = connection.getresponse()
        body = answer.read()
        assert answer.status in (400, 403, 404), (method, answer.status)
        assert b"root:" not in body
        connection.close()
    query = {"run_id": run.info.run_id, "path": path}
    assert alice.http("GET", "artifacts/list", params=query).status_code == 400
    assert alice.http("GET", "/get-artifact", params=query).status_code == 400
    assert alice.client.list_artifacts(run.info.run_id) == []


def test_an_upload_that_breaks_off_leaves_nothing_behind(alice, run, server):
    host, port = server.url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port))) as connection:
        head = (
            f"PUT {proxied(run, 'torn.bin')} HTTP/1.1\r\nHost: {host}:{port}\r\n"
            f"Authorization: {basic(alice)}\r\nContent-Length: 1000000\r\n\r\n"
        )
        connection.sendall(head.encode() + b"x" * 500_000)
    for _ in range(20):
        assert alice.client.list_artifacts(run.info.run_id) == []
        time.sleep(0.05)
    assert alice.http("GET", proxied(run, "torn.bin")).status_code == 404
