"""A password by credential: it works, and is to be seen nowhere."""

import os

from processes import eventually
from services import CREDENTIAL, name_of

PASSWORD = "open-sesame-4711"


def test_password_by_credential(services):
    services.redis.command("CONFIG", "SET", "requirepass", PASSWORD)
    services.redis.password = PASSWORD
    services.systemctl("restart", "ingestd", "readerd")
    assert services.metrics().value("kilometric_redis_up") == 0, "Redis wants no password"
    services.track("secret")

    services.machine.write(CREDENTIAL, f"redis://:{PASSWORD}@localhost:6379/0\n", mode=0o600)
    services.systemctl("restart", "ingestd", "readerd")
    eventually(lambda: services.metrics().value("kilometric_redis_up") == 1)
    services.assert_counted("secret", 1)

    assert_nowhere(services)


def assert_nowhere(services):
    """Not in what systemd tells, not in the journal, nor in what any process shows or Kilometric keeps."""
    machine = services.machine
    shown = machine.run("systemctl", "show", "*") + machine.run("systemctl", "status", "--full", "*", check=False)
    assert "LoadCredential=redis-url" in machine.run("systemctl", "cat", "kilometric-ingestd")
    assert PASSWORD not in shown
    journal = machine.run("journalctl", "--all", "--output=export")
    assert "Redis answers" in journal and PASSWORD not in journal
    for pid in machine.processes().values():
        for name in ("cmdline", "environ"):
            with open(f"/proc/{pid}/{name}", "rb") as file:
                assert PASSWORD.encode() not in file.read(), f"{name} of {name_of(pid)}"
    for folder in ("/run/kilometric", "/var/lib/kilometric"):
        for where, _, names in os.walk(machine.path(folder)):
            for name in names:
                with open(os.path.join(where, name), "rb") as file:
                    assert PASSWORD.encode() not in file.read(), os.path.join(folder, name)
