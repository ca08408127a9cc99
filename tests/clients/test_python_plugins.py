"""Python plugins beside the server: `examples/python-my-auth`, and those of `plugins`, good and bad.

Runs where `python_plugins.txt` is installed; `scripts/test` has environments for it. The plugins run in the same environment as
the tests, so with the MLflow of the client.
"""

import concurrent.futures
import contextlib
import os
import pathlib
import socket
import sys
import tempfile
import time

import mlflow
import pytest
import requests

pytest.importorskip("my_auth", reason="the plugins aren't installed here")
pytest.importorskip("plugins_of_tests", reason="the plugins aren't installed here")

from mlflow.exceptions import MlflowException
from mlflow.server import get_app_client
from packaging.version import Version

from people import API, unique
from serving import Server, serving
from test_footprint import Stream

pytestmark = pytest.mark.beyond_mlflow("these plugins are run by Millgate")

NEW = Version(mlflow.__version__) >= Version("3.0")
ADMIN_TOKEN = "the administrator's token, which is long enough"
MIB = 1024 * 1024
ARTIFACTS = "/api/2.0/mlflow-artifacts/artifacts"


def options(app: str, *flags: str, workers: int = 1, **environment: str | None) -> dict:
    return {
        "flags": ["--app-name", app, "--workers", str(workers), *flags],
        "environment": {"MILLGATE_PYTHON": sys.executable, "MLFLOW_AUTH_CONFIG_PATH": None, **environment},
    }


@contextlib.contextmanager
def plugin(folder: pathlib.Path, app: str, *flags: str, workers: int = 1, **environment: str | None):
    with serving(folder, **options(app, *flags, workers=workers, **environment)) as server:
        yield server


def eventually(check, seconds: float = 60):
    """Waits until the check is true, and returns what it gave."""
    deadline = time.monotonic() + seconds
    while True:
        with contextlib.suppress(requests.RequestException):
            if found := check():
                return found
        assert time.monotonic() < deadline, f"{check} was never true"
        time.sleep(0.1)


def workers_of(server: Server) -> list[int]:
    """The processes that the server started."""
    found = []
    for stat in pathlib.Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            if int(stat.read_text().rpartition(")")[2].split()[1]) == server.process.pid:
                found.append(int(stat.parent.name))
    return found


# The documented case.


@pytest.fixture(scope="module")
def my_auth(tmp_path_factory):
    with plugin(
        tmp_path_factory.mktemp("my-auth"), "my-auth", workers=2, MY_AUTH_ADMIN_TOKEN=ADMIN_TOKEN
    ) as server:
        yield server


@contextlib.contextmanager
def signed_in(server: Server, token: str | None):
    before = os.environ.pop("MLFLOW_TRACKING_TOKEN", None)
    if token:
        os.environ["MLFLOW_TRACKING_TOKEN"] = token
    mlflow.set_tracking_uri(server.url)
    try:
        yield mlflow.MlflowClient(server.url), get_app_client("my-auth", server.url)
    finally:
        os.environ.pop("MLFLOW_TRACKING_TOKEN", None)
        if before:
            os.environ["MLFLOW_TRACKING_TOKEN"] = before


def test_the_documented_plugin_refuses_who_has_no_token(my_auth, tmp_path):
    for token in (None, "wrong"):
        with signed_in(my_auth, token) as (client, users):
            for ask in (client.search_experiments, users.list_users, lambda: users.create_user("mallory")):
                with pytest.raises(MlflowException) as caught:
                    ask()
                assert "401" in str(caught.value) or "UNAUTHENTICATED" in str(caught.value)
    for path in (
        "/",
        "/nothing",
        f"{API}/experiments/search",
        f"{ARTIFACTS}/x",
        "/api/3.0/mlflow/server-info",
    ):
        answer = requests.get(my_auth.url + path)
        assert (answer.status_code, answer.headers["WWW-Authenticate"]) == (401, 'Bearer realm="my-auth"'), (
            path
        )
    assert requests.get(my_auth.url + "/health").text == "OK"


def test_the_plugin_decides_who_reads_the_metrics(my_auth, tmp_path):
    login = {"Authorization": f"Bearer {ADMIN_TOKEN}"}
    assert requests.get(my_auth.url + "/metrics", headers=login).status_code == 404
    flags = ["--expose-prometheus", "unused"]
    with plugin(tmp_path / "server", "my-auth", *flags, MY_AUTH_ADMIN_TOKEN=ADMIN_TOKEN) as server:
        assert requests.get(server.url + "/metrics").status_code == 401
        answer = requests.get(server.url + "/metrics", headers=login)
        assert answer.status_code == 200, answer.text
        assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
        assert "mlflow_http_request_total" in answer.text


def test_the_documented_plugin_and_its_client_manage_users(my_auth):
    name = unique("alice").replace(" ", "_")
    with signed_in(my_auth, ADMIN_TOKEN) as (_, users):
        token = users.create_user(name)
        assert {"admin", name} <= set(users.list_users())
        with pytest.raises(MlflowException, match=r"RESOURCE_ALREADY_EXISTS|already"):
            users.create_user(name)
    with signed_in(my_auth, token) as (client, users):
        experiment_id = client.create_experiment(unique("experiment"))
        # Both workers know her at once.
        for _ in range(10):
            assert users.whoami()["name"] == name
        with pytest.raises(MlflowException, match=r"PERMISSION_DENIED|403"):
            users.create_user("another")
        run = client.create_run(experiment_id)
        client.log_metric(run.info.run_id, "loss", 0.5)
        assert client.get_run(run.info.run_id).data.metrics == {"loss": 0.5}
    log = my_auth.log.read_text()
    assert any("CreateExperiment" in line and name in line for line in log.splitlines())
    assert token not in log


def test_what_mlflow_does_with_runs_models_and_artifacts_works_behind_the_plugin(my_auth, tmp_path):
    (tmp_path / "file.txt").write_text("text")
    with signed_in(my_auth, ADMIN_TOKEN) as (client, _):
        mlflow.set_experiment(unique("fluent"))
        with mlflow.start_run() as run:
            mlflow.log_params({"a": 1, "b": "ü"})
            mlflow.log_metrics({"m": 0.5}, step=3)
            mlflow.log_artifact(str(tmp_path / "file.txt"), "odd/100% & more+[1]")
            mlflow.set_tag("k", "v")
        found = client.search_runs([run.info.experiment_id], "params.a = '1'")
        assert [each.info.run_id for each in found] == [run.info.run_id]
        listed = client.list_artifacts(run.info.run_id, "odd/100% & more+[1]")
        assert [each.path for each in listed] == ["odd/100% & more+[1]/file.txt"]
        uri = f"runs:/{run.info.run_id}/odd/100% & more+[1]/file.txt"
        assert mlflow.artifacts.load_text(uri) == "text"
        name = unique("model")
        client.create_registered_model(name)
        client.create_model_version(name, f"runs:/{run.info.run_id}/odd", run.info.run_id)
        assert [each.version for each in client.search_model_versions(f"name = '{name}'")] in (["1"], [1])
        client.delete_run(run.info.run_id)
        assert client.get_run(run.info.run_id).info.lifecycle_stage == "deleted"


# What a plugin may do.


@pytest.fixture(scope="module")
def hooks(tmp_path_factory):
    with plugin(tmp_path_factory.mktemp("hooks"), "hooks") as server:
        yield server


def test_hooks_run_around_what_the_core_does(hooks):
    answer = requests.get(f"{hooks.url}{API}/experiments/search", params={"max_results": 1})
    assert (answer.status_code, answer.headers["X-After"]) == (200, "200")
    answer = requests.get(f"{hooks.url}{API}/experiments/get", params={"experiment_id": "999"})
    assert (answer.status_code, answer.headers["X-After"]) == (404, "404")
    assert answer.json()["error_code"] == "RESOURCE_DOES_NOT_EXIST"
    for path in (f"{API}/experiments/search", f"{ARTIFACTS}/x", "/nothing", "/plugin/echo/x", "/"):
        answer = requests.get(hooks.url + path, headers={"X-Refuse": "1"})
        assert (answer.status_code, answer.text) == (418, "refused by the plugin"), path
    changed = requests.get(
        f"{hooks.url}{API}/experiments/search", params={"max_results": 1}, headers={"X-Change-Answer": "1"}
    )
    assert changed.json()["changed_by"] == "the plugin" and changed.json()["experiments"]


def test_a_body_that_a_hook_has_read_still_reaches_the_core(hooks):
    name = unique("read before")
    answer = requests.post(
        f"{hooks.url}{API}/experiments/create", json={"name": name}, headers={"X-Read-Body": "1"}
    )
    assert answer.status_code == 200, answer.text
    assert requests.post(f"{hooks.url}{API}/experiments/create", json={"name": name}).status_code == 400


def test_view_functions_can_be_replaced_and_wrapped(hooks):
    by_name = requests.get(f"{hooks.url}{API}/experiments/get-by-name", params={"experiment_name": "Default"})
    assert by_name.json() == {"replaced": "by the plugin"}
    wrapped = requests.get(f"{hooks.url}{API}/experiments/get", params={"experiment_id": "0"})
    assert wrapped.headers["X-Wrapped"] == "yes"
    assert wrapped.json()["experiment"]["name"] == "Default"


def test_error_handlers_are_the_plugins(hooks):
    assert (requests.get(f"{hooks.url}/plugin/teapot")).text == "handled by the plugin"
    assert (requests.get(f"{hooks.url}/nothing")).text == "not found by the plugin"


def test_the_plugin_sees_the_request_that_the_client_sent_and_nothing_of_the_server(hooks):
    answer = requests.post(
        f"{hooks.url}/plugin/echo/a%20b/%C3%BC?x=1&x=2&y=%26",
        data="body",
        headers={
            "Content-Type": "text/plain",
            "X-Millgate-Host-User": "forged",
            "X-Millgate-Host-Client": "10.0.0.1",
            "X_Millgate_Host_Secret": "forged",
            "X-Own": "kept",
        },
    ).json()
    assert (answer["rest"], answer["method"], answer["body"]) == ("a b/ü", "POST", "body")
    assert answer["query"] == {"x": ["1", "2"], "y": ["&"]}
    assert (answer["remote_addr"], answer["scheme"]) == ("127.0.0.1", "http")
    assert answer["host"] == hooks.url.removeprefix("http://")
    assert answer["headers"]["X-Own"] == "kept"
    assert not [name for name in answer["headers"] if "millgate" in name.lower()]
    assert answer["environ"] == ["millgate.body"]


def test_the_stores_in_the_plugin_are_the_servers(hooks):
    name = unique("made in the plugin")
    answer = requests.get(f"{hooks.url}/plugin/stores", params={"name": name}, headers={"X-User": "bob"})
    assert answer.status_code == 200, hooks.log_tail()
    assert answer.json() == {"experiment": name, "model": name, "fluent": name, "again": True}
    assert mlflow.MlflowClient(hooks.url).get_registered_model(name).name == name
    log = hooks.log.read_text().splitlines()
    assert any("CreateRegisteredModel" in line and 'user="bob"' in line for line in log)


def test_the_user_whom_the_plugin_names_is_written_down(hooks):
    def create(**sent):
        answer = requests.post(f"{hooks.url}{API}/experiments/create", json={"name": unique("by")}, **sent)
        assert answer.status_code == 200, answer.text
        return next(
            line for line in reversed(hooks.log.read_text().splitlines()) if "CreateExperiment" in line
        )

    assert 'user="Jürgen M"' in create(headers={"X-User": "Jürgen M".encode("latin-1")})
    assert 'user="carol"' in create(auth=("carol", "x"))
    assert 'user="dave"' in create(headers={"X-User": "dave"}, auth=("carol", "x"))
    assert 'user="-"' in create()
    assert "address=127.0.0.1" in create()


def test_what_clients_of_another_version_ask_is_not_let_past_the_plugin(hooks):
    """Only what the plugin's own MLflow serves is forwarded: a plugin can't guard what it doesn't know."""
    answer = requests.get(f"{hooks.url}/api/3.0/mlflow/server-info")
    assert answer.status_code == (200 if NEW else 404), answer.text
    assert answer.headers["X-After"] == str(answer.status_code)
    if not NEW:
        search = requests.post(
            f"{hooks.url}/api/2.0/mlflow/logged-models/search", json={"experiment_ids": ["0"]}
        )
        assert (search.status_code, search.text) == (404, "not found by the plugin")
    for path in ("/api/3.0/mlflow/tokens/list", "/api/2.0/mlflow/users/current", "/api/3.0/mlflow/audit"):
        assert requests.get(hooks.url + path).status_code == 404, path


def test_host_headers_and_origins_are_checked_before_the_plugin(hooks):
    answer = requests.get(f"{hooks.url}/plugin/pid", headers={"Host": "evil.example"})
    assert answer.status_code == 403 and "X-After" not in answer.headers
    answer = requests.post(f"{hooks.url}{API}/experiments/create", headers={"Origin": "http://evil.example"})
    assert answer.status_code == 403 and "X-After" not in answer.headers


@pytest.mark.parametrize(
    "app", ["hooks", pytest.param("fastapi", marks=pytest.mark.skipif(not NEW, reason="MLflow 3"))]
)
def test_artifacts_stream_both_ways_in_memory_that_does_not_grow(app, tmp_path, measured):
    size = 512 * MIB
    with plugin(tmp_path, app) as server:
        headers = {"X-User": "alice"}
        url = f"{server.url}{ARTIFACTS}/0/run/artifacts"
        assert requests.put(f"{url}/small", data=b"x", headers=headers).status_code == 200
        assert requests.get(f"{url}/small", headers=headers).content == b"x"
        assert requests.put(f"{url}/empty", data=b"", headers=headers).status_code == 200
        assert requests.get(f"{url}/empty", headers=headers).content == b""
        before = server.resident_bytes()
        most = before
        for name in ("with a length", "without"):
            stream = Stream(size)
            data = stream if name == "with a length" else iter(lambda stream=stream: stream.read(MIB), b"")
            sent = requests.put(f"{url}/{name}", data=data, headers=headers)
            assert sent.status_code == 200, sent.text
            most = max(most, server.resident_bytes())
            with requests.get(f"{url}/{name}", headers=headers, stream=True) as answer:
                assert answer.headers["Content-Length"] == str(size)
                received = 0
                for piece in answer.iter_content(MIB):
                    received += len(piece)
                    if received % (128 * MIB) == 0:
                        most = max(most, server.resident_bytes())
            assert received == size
        part = requests.get(f"{url}/without", headers={"Range": "bytes=5-9", **headers})
        assert (part.status_code, len(part.content)) == (206, 5)
        measured(f"artifacts of 512 MiB through {app}: {(most - before) / MIB:.0f} MiB more")
        assert most - before < 64 * MIB


def test_many_requests_at_a_time(hooks):
    with concurrent.futures.ThreadPoolExecutor(40) as pool:
        url = f"{hooks.url}{API}/experiments/search"
        answers = list(
            pool.map(lambda _: requests.get(url, params={"max_results": 1}).status_code, range(400))
        )
    assert set(answers) == {200}


def test_app_objects_and_apps_of_other_kinds_are_served(tmp_path):
    with plugin(tmp_path / "object", "flask-object") as server:
        assert (
            requests.get(f"{server.url}{API}/experiments/search", params={"max_results": 1}).status_code
            == 200
        )
    for app, expected in [("wsgi", "wsgi /health "), ("asgi", "asgi /health 0 True 127.0.0.1")]:
        with plugin(tmp_path / app, app) as server:
            assert requests.get(f"{server.url}/health").text == expected
            large = requests.post(f"{server.url}/a%20b", data=b"x" * 3_000_000)
            assert large.text.startswith(f"{app} /a b "), large.text[:100]
            assert len(large.text) > 3_000_000 or "3000000" in large.text
            # An app that is nobody's but its own opens nothing of MLflow.
            assert requests.get(f"{server.url}{API}/experiments/search").text.startswith(app)


@pytest.mark.skipif(not NEW, reason="MLflow's FastAPI app came with MLflow 3")
def test_a_fastapi_plugin_guards_flasks_paths_and_the_routers_alike(tmp_path):
    with plugin(tmp_path, "fastapi") as server:
        for path in (
            f"{API}/experiments/search?max_results=1",
            f"{ARTIFACTS}/none",
            "/api/3.0/mlflow/server-info",
            "/nothing",
            "/plugin/hello",
        ):
            answer = requests.get(server.url + path)
            assert (answer.status_code, answer.text) == (401, "who are you?"), path
        headers = {"X-User": "alice"}
        assert requests.get(f"{server.url}/plugin/hello", headers=headers).json() == {"hello": "alice"}
        search = requests.get(f"{server.url}{API}/experiments/search?max_results=1", headers=headers)
        assert (search.status_code, search.headers["X-Guarded"], search.headers["X-Flask-Hook"]) == (
            200,
            "yes",
            "yes",
        )
        info = requests.get(f"{server.url}/api/3.0/mlflow/server-info", headers=headers)
        assert info.status_code == 200 and "X-Flask-Hook" not in info.headers
        created = requests.post(
            f"{server.url}{API}/experiments/create", json={"name": "by alice"}, headers=headers
        )
        assert created.status_code == 200, created.text
        stored = requests.put(f"{server.url}{ARTIFACTS}/0/a.txt", data=b"a", headers=headers)
        assert stored.status_code == 200, stored.text
        log = server.log.read_text().splitlines()
        for operation in ("CreateExperiment", "UploadProxiedArtifact"):
            assert any(operation in line and 'user="alice"' in line for line in log), operation


# What a plugin may not do.


def refused_start(folder: pathlib.Path, app: str, **environment) -> str:
    """What the server says that does not start."""
    server = Server(folder, **options(app, **environment))
    with pytest.raises(RuntimeError) as caught:
        server.start()
    assert "the server ended with 1" in str(caught.value)
    return server.log.read_text()


@pytest.mark.parametrize(
    ("app", "expected"),
    [
        ("raises-at-start", "RuntimeError: this plugin never starts"),
        ("exits-at-start", "the last words of a plugin"),
        ("gives-nothing", "gave a NoneType, which is no app"),
        ("gives-a-coroutine", "is a coroutine function"),
        ("package-missing", "ModuleNotFoundError: No module named 'a_package_that_nobody_has'"),
        ("name-missing", "no_such_name"),
        ("lifespan-fails", "the app says that it could not start"),
        ("my-auth", "needs MY_AUTH_ADMIN_TOKEN"),
    ],
)
def test_a_plugin_that_does_not_start_says_why_and_the_server_does_not_start_either(app, expected, tmp_path):
    said = refused_start(tmp_path, app)
    assert expected in said and app in said, said
    assert "listening on" not in said


def test_an_unknown_name_lists_all_there_are(tmp_path):
    said = refused_start(tmp_path, "nobody-s")
    assert "there is no app 'nobody-s'" in said
    for known in (
        "built in: basic-auth",
        "compiled in: none",
        f"installed for {sys.executable}",
        "my-auth",
        "hooks",
    ):
        assert known in said, known
    said = refused_start(tmp_path / "without", "my-auth", MILLGATE_PYTHON="/nowhere/python")
    assert "/nowhere/python" in said and "MILLGATE_PYTHON" in said


KEY = {"X-Key": "the key"}


@pytest.fixture
def bad(tmp_path):
    with plugin(tmp_path, "misbehaves", MILLGATE_PYTHON_TIMEOUT_SECONDS="3") as server:
        yield server


def nothing_passes(server: Server) -> None:
    """Whoever has no key gets nothing, whatever state the plugin is in."""
    for path in (f"{API}/experiments/search?max_results=1", f"{ARTIFACTS}/x", "/version"):
        answer = requests.get(server.url + path, timeout=30)
        assert answer.status_code in (401, 503, 504), (path, answer.status_code, answer.text)
        assert "Default" not in answer.text


def works(server: Server) -> bool:
    answer = requests.get(f"{server.url}{API}/experiments/search?max_results=1", headers=KEY, timeout=30)
    return answer.status_code == 200 and "Default" in answer.text


def test_a_plugin_that_raises_is_refused(bad):
    for _ in range(3):
        assert requests.get(f"{bad.url}/bad/raise").status_code == 500
        assert requests.get(f"{bad.url}/bad/number").status_code == 500
    assert "RuntimeError: in a hook" in bad.log.read_text()
    nothing_passes(bad)
    assert works(bad)


@pytest.mark.parametrize(
    "way",
    [
        "not-started",
        "longer",
        "shorter",
        "no-length",
        "text",
        "header",
        "header-name",
        "status",
        "no-status",
        "informational",
        "nothing",
    ],
)
def test_an_answer_that_is_none_is_an_error(way, bad):
    answer = requests.get(f"{bad.url}/raw/{way}", timeout=30)
    assert answer.status_code == 500, (way, answer.status_code, answer.text)
    assert answer.json()["error_code"] == "INTERNAL_ERROR"
    assert "Set-Cookie" not in answer.headers
    eventually(lambda: "the app broke off" in bad.log.read_text() or "the app failed" in bad.log.read_text())
    assert works(bad)


@pytest.mark.parametrize("way", ["shorter-later", "longer-later", "fails-later"])
def test_an_answer_that_turns_out_to_be_none_does_not_look_whole(way, bad):
    with pytest.raises(requests.RequestException):
        requests.get(f"{bad.url}/raw/{way}", timeout=30)
    nothing_passes(bad)
    assert works(bad)


def test_a_head_that_is_too_large_and_a_secret_go_no_farther(bad):
    assert requests.get(f"{bad.url}/raw/large-head", timeout=30).status_code in (500, 503)
    assert "X-Millgate-Host-Secret" not in requests.get(f"{bad.url}/raw/secret", timeout=30).headers
    assert works(bad)


def test_a_flood_takes_no_memory_and_ends_with_its_client(bad):
    before = bad.resident_bytes()
    with requests.get(f"{bad.url}/raw/flood", stream=True, timeout=30) as answer:
        received = 0
        for piece in answer.iter_content(MIB):
            received += len(piece)
            if received > 256 * MIB:
                break
    assert bad.resident_bytes() - before < 64 * MIB
    assert works(bad)


def test_a_flood_of_lines_fills_no_log(bad):
    assert requests.get(f"{bad.url}/bad/print", timeout=30).text == "printing"
    eventually(lambda: "more lines than are logged" in bad.log.read_text())
    assert works(bad)
    assert bad.log.stat().st_size < 100 * MIB


def test_a_plugin_that_dies_is_started_again_and_nothing_passes_meanwhile(bad):
    pid = requests.get(f"{bad.url}/bad/pid").text
    for round_ in range(2):
        answer = requests.get(f"{bad.url}/bad/die", timeout=30)
        assert answer.status_code == 503, answer.text
        assert answer.json()["error_code"] == "TEMPORARILY_UNAVAILABLE" and "Retry-After" in answer.headers
        refusals = 0
        while not refusals or not _back(bad):
            nothing_passes(bad)
            refusals += 1
        assert requests.get(f"{bad.url}/bad/pid").text != pid, round_
        pid = requests.get(f"{bad.url}/bad/pid").text
    assert works(bad)
    log = bad.log.read_text()
    assert (
        "a Python worker ended" in log and "started again in 0.5 s" in log and "started again in 1.0 s" in log
    )


def _back(server: Server) -> bool:
    return requests.get(f"{server.url}/health", timeout=30).status_code == 200


def test_a_plugin_that_is_killed_answers_503_and_comes_back(bad):
    [worker] = workers_of(bad)
    os.kill(worker, 9)
    eventually(lambda: requests.get(f"{bad.url}/health").status_code == 503)
    nothing_passes(bad)
    eventually(lambda: works(bad))
    assert workers_of(bad) != [worker]


def test_one_of_two_workers_may_die(tmp_path):
    with plugin(tmp_path, "misbehaves", workers=2) as server:
        os.kill(workers_of(server)[0], 9)
        eventually(lambda: "a Python worker ended" in server.log.read_text())
        for _ in range(50):
            assert works(server)
        eventually(lambda: len(workers_of(server)) == 2)


def test_a_plugin_that_hangs_is_given_up_and_others_are_served(bad):
    start = time.monotonic()
    answer = requests.get(f"{bad.url}/bad/hang", timeout=60)
    assert answer.status_code == 504 and answer.json()["error_code"] == "DEADLINE_EXCEEDED"
    assert 2 < time.monotonic() - start < 30
    assert works(bad)
    nothing_passes(bad)


def test_a_plugin_all_of_whose_threads_hang_is_replaced(bad):
    pid = requests.get(f"{bad.url}/bad/pid").text
    with concurrent.futures.ThreadPoolExecutor(60) as pool:
        statuses = list(
            pool.map(lambda _: requests.get(f"{bad.url}/bad/hang", timeout=60).status_code, range(60))
        )
    assert set(statuses) <= {503, 504}, statuses
    eventually(lambda: "no longer answers and is killed" in bad.log.read_text())
    eventually(lambda: works(bad))
    assert requests.get(f"{bad.url}/bad/pid").text != pid


def test_a_plugin_that_holds_python_for_ever_is_replaced(bad):
    answer = requests.get(f"{bad.url}/bad/hog", timeout=60)
    assert answer.status_code in (503, 504), answer.text
    eventually(lambda: "no longer answers and is killed" in bad.log.read_text())
    nothing_passes(bad)
    eventually(lambda: works(bad))


def test_the_workers_end_with_the_server(tmp_path):
    for end in ("stop", "kill"):
        with plugin(tmp_path / end, "hooks") as server:
            [worker] = workers_of(server)
            getattr(server, end)()
            eventually(lambda worker=worker: not pathlib.Path(f"/proc/{worker}").exists(), 30)
            if end == "kill":
                Server.running.append(server)


def test_a_server_that_stops_leaves_no_sockets(tmp_path):
    # The path of a socket must be short.
    with tempfile.TemporaryDirectory() as name, plugin(tmp_path, "hooks", XDG_RUNTIME_DIR=name) as server:
        runtime = pathlib.Path(name)
        [folder] = runtime.iterdir()
        assert folder.stat().st_mode & 0o777 == 0o700
        sockets = [each for each in folder.iterdir() if each.is_socket()]
        assert len(sockets) == 2 and all(each.stat().st_mode & 0o777 == 0o600 for each in sockets)
        core_refuses_others(folder / "core.sock")
        server.stop()
        assert list(runtime.iterdir()) == []


def test_a_server_that_is_stopped_while_it_starts_leaves_nothing(tmp_path):
    with tempfile.TemporaryDirectory() as name:
        server = Server(tmp_path, **options("hooks", XDG_RUNTIME_DIR=name))
        server.launch()
        [worker] = eventually(lambda: workers_of(server) if list(pathlib.Path(name).iterdir()) else [])
        assert server.stop() == 0
        assert list(pathlib.Path(name).iterdir()) == []
        eventually(lambda: not pathlib.Path(f"/proc/{worker}").exists(), 30)


def core_refuses_others(path: pathlib.Path) -> None:
    """Who reaches the socket, but knows no secret, gets nothing."""
    for extra in ("", "X-Millgate-Host-Secret: \r\n", f"X-Millgate-Host-Secret: {'0' * 64}\r\n"):
        with socket.socket(socket.AF_UNIX) as stranger:
            stranger.connect(str(path))
            stranger.sendall(f"GET /health HTTP/1.1\r\nHost: x\r\n{extra}Connection: close\r\n\r\n".encode())
            assert stranger.makefile("rb").readline().startswith(b"HTTP/1.1 403")


def test_a_prefix_is_the_plugins_too(tmp_path):
    server = Server(tmp_path, **options("hooks", "--static-prefix", "/some/mlflow"))
    server.launch()
    try:
        prefixed = f"{server.url}/some/mlflow"
        health = "/health" if NEW else "/ajax-api/2.0/mlflow/experiments/get?experiment_id=0"
        eventually(lambda: requests.get(prefixed + health).status_code == 200, 90)
        search = requests.get(f"{prefixed}/ajax-api/2.0/mlflow/experiments/search?max_results=1")
        assert (search.status_code, search.headers["X-After"]) == (200, "200")
    finally:
        server.stop()
