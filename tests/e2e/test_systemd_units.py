"""What systemd is given: units that it takes and that are closed tight, and an environment file that
tells what --help tells. That the services run like this is another test's matter."""

import os
import re
import shutil
import subprocess

import pytest

from harness import BUILD, INGESTD, READERD, ROOT

PROGRAMS = {"kilometric-ingestd": INGESTD, "kilometric-readerd": READERD}
MOST_EXPOSURE = 1.5  # systemd's figure: 0 is a sealed box, 10 is root with everything

pytestmark = pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="systemd is not installed")


@pytest.fixture(params=PROGRAMS)
def unit(request, tmp_path):
    """The unit as Meson configured it, but with its program where it was built."""
    name = request.param
    with open(os.path.join(BUILD, "systemd", name + ".service"), encoding="utf-8") as file:
        text = file.read()
    assert "@bindir@" not in text and "@sysconfdir@" not in text, "a placeholder is left"
    text, replaced = re.subn(r"^ExecStart=/\S+$", "ExecStart=" + PROGRAMS[name], text, flags=re.MULTILINE)
    assert replaced == 1
    path = tmp_path / (name + ".service")
    path.write_text(text)
    return str(path)


def analyze(*arguments):
    return subprocess.run(["systemd-analyze", *arguments], capture_output=True, text=True, timeout=60,
                          stdin=subprocess.DEVNULL, env=os.environ | {"SYSTEMD_COLORS": "0", "SYSTEMD_PAGER": ""})


def test_systemd_finds_nothing_to_complain_about(unit):
    done = analyze("verify", "--man=no", unit)
    complaints = [line for line in (done.stdout + done.stderr).splitlines() if os.path.basename(unit) in line]
    assert done.returncode == 0 and complaints == [], done.stdout + done.stderr


@pytest.mark.parametrize("name, kind, way", [("kilometric-ingestd.socket", "Datagram", "unix_datagram"),
                                             ("kilometric-ingestd-stream.socket", "Stream", "unix_stream")])
def test_the_sockets_units(tmp_path, name, kind, way):
    """Systemd takes them, and they name the sockets as ingestd keeps them."""
    path = tmp_path / name
    shutil.copy(os.path.join(ROOT, "systemd", name), path)
    (tmp_path / "kilometric-ingestd.service").write_text("[Service]\nExecStart=/bin/true\n")
    done = analyze("verify", "--man=no", str(path))
    complaints = [line for line in (done.stdout + done.stderr).splitlines() if name in line]
    assert done.returncode == 0 and complaints == [], done.stdout + done.stderr
    text = path.read_text()
    assert f"FileDescriptorName={way}-0\n" in text and "SocketMode=0660\n" in text
    [listens] = re.findall(f"^Listen{kind}=(.*)$", text, re.MULTILINE)
    assert f"#   KILOMETRIC_{way.upper()}={listens}\n" in text


def test_a_mistake_would_be_found(unit):
    with open(unit, "a", encoding="utf-8") as file:
        file.write("[Service]\nProtectEverything=yes\n")
    assert "ProtectEverything" in analyze("verify", "--man=no", unit).stderr


def test_little_is_exposed(unit):
    done = analyze("security", "--offline=true", "--no-pager", unit)
    figure = re.search(r"Overall exposure level for \S+: ([0-9.]+)", done.stdout)
    assert figure, done.stdout + done.stderr
    assert float(figure[1]) <= MOST_EXPOSURE, done.stdout


def table_of_help():
    """{variable: (default, help, allowed)} of both programs."""
    table = {}
    for program in PROGRAMS.values():
        text = subprocess.run([program, "--help"], capture_output=True, text=True, timeout=60, check=True).stdout
        rows = re.findall(r"^  (KILOMETRIC_\w+) +--\S+ +default (.*)\n +(.*)\n +allowed: (.*)$", text, re.MULTILINE)
        assert len(rows) == text.count("KILOMETRIC_") > 0, text
        table.update({name: tuple(rest) for name, *rest in rows})
    return table


def test_environment_file_says_what_help_says():
    with open(os.path.join(ROOT, "systemd", "kilometric.env"), encoding="utf-8") as file:
        text = file.read()
    assert all(not line or line.startswith("#") for line in text.split("\n")), "everything is commented out"
    blocks = re.findall(r"^# (.*)\n# allowed: (.*)\n#(KILOMETRIC_\w+)=(.*)$", text, re.MULTILINE)
    table = {name: (default, help_text, allowed) for help_text, allowed, name, default in blocks}
    assert len(table) == len(blocks) == len(re.findall(r"^#\w+=", text, re.MULTILINE))
    assert table == table_of_help()
