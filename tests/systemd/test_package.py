"""The Debian package: installed, upgraded under load, removed and purged, as apt and an administrator would.

It is the one that `./kilometric package --built` has made. Its machine is booted before that of the other tests is."""

import glob
import os
import shutil
import subprocess

import pytest

from harness import INGESTD, READERD, ROOT
from load import Load
from machine import Machine
from processes import eventually
from root import make_root
from services import Services

ENVIRONMENT = "/etc/kilometric/kilometric.env"


@pytest.fixture(scope="module")
def machine():
    assert os.geteuid() == 0, "a machine is booted by root alone"
    with Machine(make_root([INGESTD, READERD])) as machine, machine.network():
        yield machine


@pytest.fixture(scope="module")
def packages(machine, tmp_path_factory):
    """(this version, the next one): paths in the machine."""
    found = glob.glob(os.path.join(ROOT, "var", "package", "kilometric_*.deb"))
    assert len(found) == 1, "./kilometric package --built makes it"
    later = tmp_path_factory.mktemp("later")
    subprocess.run(["dpkg-deb", "-R", found[0], later / "tree"], check=True)
    control = later / "tree" / "DEBIAN" / "control"
    control.write_text(control.read_text().replace("\nVersion: ", "\nVersion: 1:", 1))
    subprocess.run(["dpkg-deb", "--root-owner-group", "-Znone", "-b", later / "tree", later / "later.deb"], check=True,
                   stdout=subprocess.DEVNULL)
    for path, name in ((found[0], "this"), (later / "later.deb", "later")):
        shutil.copy(path, machine.path(f"/root/{name}.deb"))
    return "/root/this.deb", "/root/later.deb"


@pytest.fixture
def services(machine, packages, tmp_path):
    """Installed anew, and running."""
    services = Services(machine, str(tmp_path))
    services.systemctl("start", "redis")
    dpkg(machine, "-i", packages[0])
    services.set(workers=2)
    services.systemctl("restart", "ingestd", "readerd")
    yield services
    dpkg(machine, "--purge", "kilometric", check=False)
    machine.run("rm", "-rf", "/var/lib/kilometric", "/run/kilometric")
    services.systemctl("stop", "redis")
    services.redis.clean_up()


def dpkg(machine, *arguments, check=True):
    return machine.run("env", "DEBIAN_FRONTEND=noninteractive", "sh", "-c", 'dpkg "$@" 2>&1', "dpkg", *arguments, check=check)


def status_of(machine):
    return machine.run("dpkg-query", "-W", "-f", "${db:Status-Status}", "kilometric", check=False).strip()


def test_installed(services):
    machine = services.machine
    assert status_of(machine) == "installed"
    assert machine.run("systemctl", "is-enabled", "kilometric-ingestd", "kilometric-readerd").split() == ["enabled"] * 2
    for name in ("kilometric-ingestd.socket", "kilometric-ingestd-stream.socket"):
        assert machine.run("systemctl", "is-enabled", name, check=False).strip() == "disabled"
    assert services.show("ingestd", "User") == "kilometric" and services.show("ingestd", "ActiveState") == "active"
    assert os.stat(machine.path(ENVIRONMENT)).st_mode & 0o777 == 0o600
    assert ENVIRONMENT in dpkg(machine, "-s", "kilometric"), "a change of it is asked about"
    for name in ("man1/kilometric.1.gz", "man5/kilometric.env.5.gz", "man8/kilometric-ingestd.8.gz"):
        assert f"/usr/share/man/{name}" in dpkg(machine, "-L", "kilometric")
    services.track("visits", 3)
    services.flush()
    assert machine.run("kilometric", "read", "visits", "--value") == "3\n"
    assert machine.run("kilometric", "aside", "list", check=False) == ""


def test_upgraded_under_load(services, packages):
    sockets, before = services.kept_sockets(), services.main_pid("ingestd")
    with Load(services, "upgraded", services.rate_for(10)) as load:
        eventually(lambda: load.sent > 100)
        dpkg(services.machine, "-i", packages[1])
        assert services.main_pid("ingestd") not in (0, before), "it still runs the old program"
        sent = load.sent
        eventually(lambda: load.sent > sent + 100)
    assert services.kept_sockets() == sockets
    services.assert_counted("upgraded", load.sent)
    assert "KILOMETRIC_WORKERS=2" in services.machine.read(ENVIRONMENT)


def test_removed_and_installed_again(services, packages):
    machine, socket = services.machine, "kilometric-ingestd.socket"
    services.track("removed", 4)
    services.systemctl("stop", "ingestd")
    machine.run("systemctl", "enable", "--now", socket)
    services.systemctl("start", "ingestd")
    dpkg(machine, "-r", "kilometric")
    assert machine.run("systemctl", "is-active", socket, check=False).strip() == "inactive"
    assert services.programs() == [] and status_of(machine) == "config-files"
    assert os.path.isdir(machine.path("/var/lib/kilometric")) and "WORKERS" in machine.read(ENVIRONMENT)
    assert "stopped" in services.journal("ingestd")
    dpkg(machine, "-i", packages[0])
    eventually(lambda: services.health("readerd") == 200)
    assert services.counter("removed") == 4


def test_a_purge_asks_before_counts_go(services, packages):
    machine = services.machine
    dpkg(machine, "--purge", "kilometric")
    assert not os.path.exists(machine.path("/var/lib/kilometric")) and not os.path.exists(machine.path("/etc/kilometric"))
    dpkg(machine, "-i", packages[0])
    eventually(lambda: services.health("ingestd") in (200, 422))
    services.systemctl("stop", "redis")
    services.track("waits", 5)
    said = dpkg(machine, "--purge", "kilometric")
    assert "holds counts that have not reached Redis, and stays" in said and services.programs() == []
    assert os.listdir(machine.path("/var/lib/kilometric/spool/pending"))
    dpkg(machine, "-i", packages[0])
    services.systemctl("start", "redis")
    eventually(lambda: services.counter("waits") == 5)
    services.systemctl("stop", "redis")
    services.track("waits", 6)
    machine.run("sh", "-c", "echo kilometric kilometric/drop-spool boolean true | debconf-set-selections")
    dpkg(machine, "--purge", "kilometric")
    assert not os.path.exists(machine.path("/var/lib/kilometric"))


def test_root_asks_what_the_services_ask(services):
    """The command takes the settings of the file, which root may read; those of the shell come first."""
    services.set(udp_port=8130)
    sending = services.machine.start("kilometric", "send", "visits")
    assert "127.0.0.1:8130: Connection refused" in sending.communicate(timeout=30)[1]
    services.machine.run("env", "KILOMETRIC_UDP_PORT=8125", "kilometric", "send", "visits")


def test_made_twice_it_is_the_same(packages):
    """To the bit, by whoever and wherever: from the same things compiled, here, as all that is compiled twice takes long."""
    [path] = glob.glob(os.path.join(ROOT, "var", "package", "kilometric_*.deb"))
    with open(path, "rb") as file:
        made = file.read()
    subprocess.run(["sh", "-c", "umask 077; exec ./kilometric package --built"], cwd=ROOT, check=True, timeout=200,
                   env=os.environ | {"TZ": "Asia/Tokyo", "LC_ALL": "C.UTF-8"}, stdin=subprocess.DEVNULL)
    with open(path, "rb") as file:
        assert file.read() == made
