"""The compose file and the configuration of nginx."""

import copy
import os
import pathlib
import re
import shutil
import subprocess
from collections.abc import Iterator

import pytest
import yaml
from compose_spec import ComposeSpecification

from serving import ROOT

FOLDER = ROOT / "deploy/compose"
NGINX = shutil.which("nginx", path=os.environ["PATH"] + ":/usr/sbin")


@pytest.fixture(scope="module")
def composed() -> dict:
    text = (FOLDER / "compose.yaml").read_text()
    return yaml.safe_load(text)


def unknown(given, kept, path: str = "") -> Iterator[str]:
    """The words of a file that the specification has no place for: reading it leaves them out."""
    if isinstance(given, dict) and isinstance(kept, dict):
        for key, value in given.items():
            if key in kept:
                yield from unknown(value, kept[key], f"{path}.{key}")
            elif not key.startswith("x-"):
                yield f"{path}.{key}"


def words_that_compose_does_not_know(document: dict) -> list[str]:
    read = ComposeSpecification.model_validate(document)
    return list(unknown(document, read.model_dump(mode="json", by_alias=True, exclude_unset=True)))


def test_compose_knows_every_word_of_it(composed):
    assert words_that_compose_does_not_know(composed) == []
    misspelt = copy.deepcopy(composed)
    misspelt["services"]["db"]["comand"] = []
    assert words_that_compose_does_not_know(misspelt) == [".services.db.comand"]
    with pytest.raises(ValueError):
        ComposeSpecification.model_validate({**composed, "services": {"node1": {"image": 1}}})


def test_every_file_that_is_mounted_is_there(composed):
    mounted = [volume for service in composed["services"].values() for volume in service.get("volumes", [])]
    files = [volume.split(":")[0] for volume in mounted if volume.startswith(".")]
    assert len(files) >= 4
    assert [file for file in files if not (FOLDER / file).is_file()] == []
    build = composed["services"]["node1"]["build"]
    assert (FOLDER / build["context"] / build["dockerfile"]).is_file()


def test_every_variable_without_a_default_is_in_the_example():
    asked = set(re.findall(r"\$\{(\w+)[:?-]", (FOLDER / "compose.yaml").read_text()))
    named = set(re.findall(r"(?m)^(\w+)=", (FOLDER / ".env.example").read_text()))
    assert asked == named


def test_the_program_takes_what_the_nodes_start_it_with(composed, binary):
    command = composed["services"]["node1"]["command"]
    done = subprocess.run([binary, *command, "--help"], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_the_nodes_have_what_the_others_call_them(composed):
    hosts = composed["services"]["node1"]["environment"]["MLFLOW_SERVER_ALLOWED_HOSTS"].split(",")
    upstreams = re.findall(r"server (node\d:\d+);", (FOLDER / "nginx.conf").read_text())
    (scraped,) = yaml.safe_load((ROOT / "deploy/prometheus/prometheus.yml").read_text())["scrape_configs"]
    targets = scraped["static_configs"][0]["targets"]
    assert upstreams == targets == [host for host in hosts if host.startswith("node")]
    subnet = composed["networks"]["inside"]["ipam"]["config"][0]["subnet"]
    assert composed["services"]["node1"]["environment"]["FORWARDED_ALLOW_IPS"] == subnet


@pytest.mark.skipif(NGINX is None, reason="nginx isn't installed")
def test_nginx_takes_its_configuration(tmp_path: pathlib.Path):
    # The names of the nodes are known inside the compose network alone.
    text, nodes = re.subn(r"server node\d:", "server 127.0.0.1:", (FOLDER / "nginx.conf").read_text())
    assert nodes == 2
    text = text.replace("pid /tmp/nginx.pid;", f"pid {tmp_path}/nginx.pid;")
    (tmp_path / "nginx.conf").write_text(text)
    done = subprocess.run(
        [NGINX, "-t", "-e", tmp_path / "error.log", "-c", tmp_path / "nginx.conf"], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    assert "warn" not in done.stderr, done.stderr
