"""pyproject.toml, requirements.lock and environment.yml describe one environment."""

import re
import tomllib
from importlib.metadata import version

import pytest
import yaml
from packaging.requirements import Requirement

from hanoi.build import ROOT

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
NEEDED = {Requirement(line).name.lower(): Requirement(line) for line in PROJECT["dependencies"]}


def locked():
    """Return name → the versions that the lock admits on one Python or another."""
    pins = {}
    for line in (ROOT / "requirements.lock").read_text(encoding="utf-8").splitlines():
        if found := re.match(r"([a-z0-9._-]+)==(\S+)", line):
            pins.setdefault(found[1], set()).add(found[2])
    return pins


def conda():
    """Return name → version as environment.yml states it, for conda and for pip."""
    stated = yaml.safe_load((ROOT / "environment.yml").read_text(encoding="utf-8"))["dependencies"]
    pip = next(entry["pip"] for entry in stated if isinstance(entry, dict))
    lines = [line for line in [*stated, *pip] if isinstance(line, str) and "=" in line and not line.startswith("-")]
    return {re.split("=+", line)[0]: re.split("=+", line)[1] for line in lines}


@pytest.mark.parametrize("name", sorted(NEEDED))
def test_the_three_agree(name):
    pins = locked()
    assert name in pins, f"{name} is in pyproject.toml but not in requirements.lock: run `make lock`"
    assert all(NEEDED[name].specifier.contains(pin) for pin in pins[name]), (
        f"the lock pins {name} outside pyproject.toml"
    )
    assert conda().get(name) in pins[name], f"environment.yml states {name} {conda().get(name)}, the lock {pins[name]}"


def test_conda_states_nothing_else():
    assert set(conda()) - {"python"} == set(NEEDED)


def test_every_pin_has_a_hash():
    blocks = re.split(r"\n(?=[a-z0-9])", (ROOT / "requirements.lock").read_text(encoding="utf-8"))
    assert [block.split()[0] for block in blocks if "==" in block and "--hash=sha256:" not in block] == []


def test_jupyter_book_stays_below_two():
    assert not NEEDED["jupyter-book"].specifier.contains("2.0")


@pytest.mark.parametrize("name", sorted(NEEDED))
def test_this_environment_is_the_locked_one(name):
    assert version(name) in locked()[name], f"installed {name} {version(name)}: remove .venv and run make again"
