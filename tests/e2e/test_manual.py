"""Manual pages and completions, as the build makes them from the tables of --help: groff finds no fault, and nothing that
--help tells is missing."""

import os
import re
import subprocess

import pytest

import tool
from harness import BUILD, INGESTD, READERD, TOOL

PAGES = {"kilometric.1": TOOL, "kilometric.env.5": None, "kilometric-ingestd.8": INGESTD, "kilometric-readerd.8": READERD}


def shown(page):
    """The page as a reader sees it, in one line; groff warns of nothing."""
    done = subprocess.run(["groff", "-ww", "-man", "-Kutf8", "-Tutf8", os.path.join(BUILD, "tool", page)], capture_output=True,
                          text=True, check=True, env=os.environ | {"GROFF_NO_SGR": "1"})
    assert done.stderr == "", done.stderr
    plain = re.sub(".\x08", "", done.stdout)  # bold is overstruck
    return re.sub(r"[ \n]+", " ", plain)


def words(text):
    """What there is to be found, whatever is hyphenated or broken."""
    return re.sub(r"[^A-Za-z0-9]", "", text)


def help_of(*command):
    return subprocess.run(command, capture_output=True, text=True, check=True, env=tool.environment()).stdout


@pytest.mark.parametrize("page", PAGES)
def test_groff_finds_no_fault(page):
    text = shown(page)
    for heading in ("NAME", "DESCRIPTION", "SEE ALSO"):
        assert heading in text


@pytest.mark.parametrize("page, program", [("kilometric-ingestd.8", INGESTD), ("kilometric-readerd.8", READERD)])
def test_each_setting_is_in_its_pages(page, program):
    own, of_all = words(shown(page)), words(shown("kilometric.env.5"))
    settings = re.findall(r"  (KILOMETRIC_\w+) +--(\S+) +default (.*)\n      (.*)\n      allowed: (.*)\n", help_of(program, "--help"))
    assert len(settings) > 8
    for variable, flag, default, text, allowed in settings:
        wanted = words(f"{text} Allowed {allowed} Default {default}")
        assert words(f"--{flag} VALUE, {variable}") + wanted in own
        assert words(variable) in of_all and wanted in of_all


def verbs():
    return re.findall(r"^  ([a-z]+) .*[A-Z]", help_of(TOOL, "help").partition("\nTo begin with")[0], re.MULTILINE)


def test_each_verb_is_in_the_page():
    text = words(shown("kilometric.1"))
    assert len(verbs()) >= 9
    for verb in verbs():
        told = help_of(TOOL, "help", verb)
        for name, about in re.findall(r"^  (--\S+?),? .*?  +(.*)$", told, re.MULTILINE):
            assert words(name) in text and words(about) in text, (verb, name)


def complete(line, installation=None):
    script = os.path.join(BUILD, "tool", "completion", line.split()[0])
    own = 'source "$1"; COMP_WORDS=($2); [[ $2 == *" " ]] && COMP_WORDS+=(""); COMP_CWORD=$((${#COMP_WORDS[@]} - 1)); ' \
          '_kilometric; printf "%s\\n" "${COMPREPLY[@]}"'
    done = subprocess.run(["bash", "-c", own, "bash", script, line], capture_output=True, text=True, check=True, timeout=30,
                          env=tool.environment(installation) | {"PATH": os.path.dirname(TOOL) + ":" + os.environ["PATH"]})
    assert done.stderr == ""
    return done.stdout.split()


def test_bash_completes(shared):
    assert set(verbs()) < set(complete("kilometric "))
    assert complete("kilometric ke") == ["keys"]
    assert complete("kilometric read --fr") == ["--from"]
    assert "--json" in complete("kilometric top --")
    shared.track("complete.me")
    shared.track("complete.it")
    shared.flush()
    assert complete("kilometric read compl", shared) == ["complete.it", "complete.me"]


@pytest.mark.parametrize("program", ["kilometric-ingestd", "kilometric-readerd"])
def test_bash_completes_the_daemons_flags(program):
    with open(os.path.join(BUILD, "tool", "completion", program), encoding="utf-8") as file:
        text = file.read()
    flags = set(re.findall(r"--[a-z-]+", help_of(INGESTD if "ingestd" in program else READERD, "--help")))
    assert flags - {"--flag"} <= set(re.findall(r"--[a-z-]+", text)) and f"' {program}\n" in text
