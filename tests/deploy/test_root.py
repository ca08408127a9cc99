"""The root filesystem of the container image: the program runs where there is nothing else."""

import os
import pathlib
import shutil
import subprocess
import time

import pytest
import requests

from serving import ROOT, a_free_port

SCRIPT = ROOT / "deploy/docker/root"
DOCKERFILE = ROOT / "deploy/docker/Dockerfile"
USER = 65532
CHROOT = shutil.which("chroot", path=os.environ["PATH"] + ":/usr/sbin:/sbin")


def may_chroot() -> bool:
    if CHROOT is None:
        return False
    tried = subprocess.run([CHROOT, "/", "/bin/true"], capture_output=True)
    return tried.returncode == 0


@pytest.fixture(scope="module")
def root(binary, tmp_path_factory) -> pathlib.Path:
    folder = tmp_path_factory.mktemp("image") / "root"
    subprocess.run([SCRIPT, binary, folder], check=True)
    return folder


def test_nothing_is_in_the_image_but_the_program_and_what_it_is_linked_to(root):
    executables = [
        path.name for path in root.rglob("*") if path.is_file() and os.access(path, os.X_OK) and ".so" not in path.name
    ]
    assert executables == ["millgate"]


def test_the_dockerfile_uses_what_is_tested_here():
    text = DOCKERFILE.read_text()
    assert "deploy/docker/root target/release/millgate /root-of-image" in text
    last = text.rsplit("\nFROM ", 1)[1]
    assert last.startswith("scratch\n")
    assert f"USER {USER}:{USER}\n" in last
    assert '["/usr/bin/millgate", "health"]' in last
    # Whatever is copied from elsewhere would not be in what is tested.
    assert last.count("COPY") == last.count("COPY --from=build")


@pytest.mark.skipif(not may_chroot(), reason="only root may chroot, so that the image's filesystem can't be tried")
def test_a_server_runs_in_the_image_as_its_user_and_the_health_check_sees_it(root, tmp_path):
    # pytest's folders are for one user alone.
    place = pathlib.Path("/var/tmp") / f"millgate-root-{os.getpid()}"
    shutil.copytree(root, place)
    try:
        place.chmod(0o755)
        os.chown(place / "data", USER, USER)
        port = a_free_port()
        enter = [CHROOT, f"--userspec={USER}:{USER}", place]
        env = {"HOME": "/data", "MLFLOW_PORT": str(port), "MLFLOW_BACKEND_STORE_URI": "sqlite:////data/mlflow.db"}
        env |= {"MLFLOW_ARTIFACTS_DESTINATION": "/data/mlartifacts", "MLFLOW_AUTH_CONFIG_PATH": "/data/auth.ini"}
        (place / "data/auth.ini").write_text(
            "[mlflow]\ndatabase_uri = sqlite:////data/auth.db\ndefault_permission = READ\n"
            "admin_username = admin\nadmin_password = the admin's own password\n"
        )
        health = [*enter, "/usr/bin/millgate", "health", "--timeout", "2"]
        said = subprocess.run([*enter, "/usr/bin/millgate", "--version"], capture_output=True, text=True, env=env)
        assert said.stdout.startswith("millgate "), said.stderr
        assert subprocess.run(health, capture_output=True, env=env).returncode == 1
        log = (tmp_path / "log").open("w+")
        server = subprocess.Popen(
            [*enter, "/usr/bin/millgate", "server", "--app-name", "basic-auth"], env=env, stdout=log, stderr=log
        )
        try:
            deadline = time.monotonic() + 60
            while subprocess.run(health, capture_output=True, env=env).returncode != 0:
                assert server.poll() is None and time.monotonic() < deadline, (tmp_path / "log").read_text()
                time.sleep(0.1)
            url = f"http://127.0.0.1:{port}"
            assert requests.get(f"{url}/health", timeout=5).status_code == 200
            login = ("admin", "the admin's own password")
            found = requests.get(f"{url}/api/2.0/mlflow/users/current", auth=login, timeout=10)
            assert found.status_code == 200, found.text
            assert (place / "data/mlflow.db").stat().st_uid == USER
        finally:
            server.terminate()
            server.wait(timeout=60)
    finally:
        shutil.rmtree(place)
