"""The archive of the sources: whole, the same to the bit whoever makes it, and no less than a checkout."""

import os
import subprocess

import pytest

from harness import ROOT


def make_archive(folder, **environment):
    done = subprocess.run(["bash", "-c", "umask $MASK; ./kilometric package --source"], cwd=folder, check=False, timeout=100,
                          env=os.environ | {"MASK": "022"} | environment, capture_output=True, text=True)
    assert done.returncode == 0, done
    with open(os.path.join(folder, done.stdout.split("made: ")[1].strip()), "rb") as file:
        return file.read()


def sources():
    done = subprocess.run(["git", "-c", f"safe.directory={ROOT}", "ls-files", "--cached", "--others", "--exclude-standard"],
                          cwd=ROOT, check=True, capture_output=True, text=True)
    return set(done.stdout.splitlines())


@pytest.fixture(scope="module")
def unpacked(tmp_path_factory):
    """The archive's bytes, and the folder in which it was unpacked."""
    folder = tmp_path_factory.mktemp("release")
    archive = make_archive(ROOT)
    (folder / "archive.tar.gz").write_bytes(archive)
    subprocess.run(["tar", "-xf", "archive.tar.gz"], cwd=folder, check=True)
    [top] = [name for name in os.listdir(folder) if name.startswith("kilometric-")]
    return archive, folder / top


def test_it_is_the_same_whoever_makes_it(unpacked):
    assert make_archive(ROOT, MASK="077", TZ="Asia/Tokyo", LC_ALL="C.UTF-8") == unpacked[0]


def test_it_holds_what_a_checkout_does(unpacked):
    folder = unpacked[1]
    found = {os.path.relpath(os.path.join(where, name), folder) for where, _, names in os.walk(folder) for name in names}
    assert found == sources()
    assert os.access(folder / "kilometric", os.X_OK)


def test_it_makes_itself_and_is_configured(unpacked, tmp_path):
    """Without git, which is not there."""
    archive, folder = unpacked
    assert make_archive(folder) == archive
    done = subprocess.run(["meson", "setup", tmp_path / "build", folder, "-Dtests=true"], check=False, capture_output=True,
                          text=True, timeout=100)
    assert done.returncode == 0, done.stdout + done.stderr
