"""The unit, as systemd reads it."""

import os
import re
import shutil
import subprocess

import pytest

from serving import ROOT

UNIT = ROOT / "deploy/systemd/millgate.service"
#: As `systemd-analyze security` counts: 0 for a service that can do nothing, 10 for one that can do everything.
EXPOSED_AT_MOST = 1.5

pytestmark = pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd-analyze isn't installed")


def analyzed(*words: str) -> str:
    done = subprocess.run(
        ["systemd-analyze", *words],
        capture_output=True,
        text=True,
        env={**os.environ, "SYSTEMD_COLORS": "0", "SYSTEMD_PAGER": ""},
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


def test_systemd_understands_every_line(binary, tmp_path):
    text, programs = re.subn(r"(?m)^ExecStart=\S+", f"ExecStart={binary}", UNIT.read_text())
    assert programs == 1
    unit = tmp_path / UNIT.name
    unit.write_text(text)
    assert analyzed("verify", "--man=no", str(unit)) == ""


def test_the_service_can_do_little(tmp_path):
    said = analyzed("security", "--offline=true", str(UNIT))
    exposure = re.search(r"Overall exposure level for millgate\.service: ([\d.]+)", said)
    assert exposure, said
    assert float(exposure[1]) <= EXPOSED_AT_MOST, said


def test_the_program_takes_what_the_unit_starts_it_with(binary):
    (line,) = re.findall(r"(?m)^ExecStart=\S+ (.*)$", UNIT.read_text())
    done = subprocess.run([binary, *line.split(), "--help"], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
