"""The wheel as `pip install` takes it, in a new environment beside MLflow.

    PYTHON -m pytest tests/wheel

builds it, unless MILLGATE_WHEEL names one that is there, and installs MLflow with it, or what MILLGATE_WHEEL_BESIDE says.
"""

import os
import pathlib
import re
import subprocess
import sys
import venv

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests/clients"))

from serving import Server  # noqa: E402

(NEWEST,) = re.findall(
    r"(?m)^mlflow\[auth\]==(\S+)$",
    max((ROOT / "tests/clients/requirements").glob("3.*.txt"), key=lambda path: [int(n) for n in path.stem.split(".")]).read_text(),
)
BESIDE = os.environ.get("MILLGATE_WHEEL_BESIDE", f"mlflow=={NEWEST}")


@pytest.fixture(scope="module")
def wheel(tmp_path_factory) -> pathlib.Path:
    if given := os.environ.get("MILLGATE_WHEEL"):
        return pathlib.Path(given)
    folder = tmp_path_factory.mktemp("wheel")
    maturin = pathlib.Path(sys.executable).parent / "maturin"
    subprocess.run([maturin, "build", "--release", "--locked", "--out", folder], cwd=ROOT, check=True)
    (made,) = folder.glob("millgate-*.whl")
    return made


@pytest.fixture(scope="module")
def environment(tmp_path_factory) -> pathlib.Path:
    """The programs of an environment with MLflow, but for Millgate."""
    folder = tmp_path_factory.mktemp("environment")
    venv.create(folder, with_pip=True)
    pip(folder / "bin", "install", "--quiet", BESIDE)
    return folder / "bin"


def pip(programs: pathlib.Path, *words) -> str:
    done = subprocess.run(
        [programs / "python", "-m", "pip", "--disable-pip-version-check", *words], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def files(programs: pathlib.Path) -> dict[str, bytes]:
    """What is installed, but for what Python writes when it imports."""
    root = programs.parent
    return {
        str(path.relative_to(root)): path.read_bytes()
        for path in root.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }


def test_the_wheel_works_and_leaves_what_is_beside_it_alone(wheel, environment, tmp_path):
    before = files(environment)
    pip(environment, "install", "--no-index", wheel)
    after = files(environment)
    changed = {name for name, content in before.items() if after.get(name) != content}
    assert changed == set()
    new = after.keys() - before.keys()
    assert "bin/millgate" in new
    assert all(name == "bin/millgate" or "millgate-" in name for name in new), new
    pip(environment, "check")

    version = subprocess.run([environment / "millgate", "--version"], capture_output=True, text=True)
    assert re.fullmatch(r"millgate \d+\.\d+\.\d+\n", version.stdout), version
    server = Server(tmp_path / "server", command=[str(environment / "millgate"), "server"]).start()
    try:
        assert server.url
    finally:
        assert server.stop() == 0

    pip(environment, "uninstall", "--yes", "--quiet", "millgate")
    assert files(environment) == before
