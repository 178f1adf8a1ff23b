"""What stands at the front of the repository is true: commands, picture, citation, licences."""

import json
import re

import jsonschema
import nbformat
import yaml

from hanoi.build import ROOT
from hanoi.pages import files, records

README = (ROOT / "README.md").read_text(encoding="utf-8")


def test_every_command_of_the_readme_exists():
    rules = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    assert set(re.findall(r"\bmake ([a-z-]+)\b", README)) == rules


def test_every_file_of_the_readme_exists():
    named = re.findall(r"\]\(([^)#]+)\)", README)
    assert [name for name in named if not re.match("https?:", name) and not (ROOT / name).exists()] == []


def test_the_picture_of_the_readme_is_the_one_in_the_book():
    notebook = nbformat.read(ROOT / "book" / "american-opinion.ipynb", as_version=4)
    figure = records.Records.of({"american-opinion": notebook}).figures["american-opinion"]["monmouth-answers"]
    assert (ROOT / "book" / "_static" / "front.svg").read_text(encoding="utf-8") == files.download(figure), (
        "copy _build/html/_static/figures/american-opinion/monmouth-answers.svg to book/_static/front.svg"
    )


def test_citation_is_valid():
    # The schema of the Citation File Format 1.2.0, as the package cffconvert 2.0.0 ships it.
    schema = json.loads((ROOT / "tests" / "schemas" / "cff-1.2.0.json").read_text(encoding="utf-8"))
    jsonschema.validate(yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8")), schema)


def test_one_version_everywhere():
    versions = {
        re.search(r'^version = "(.+)"', (ROOT / "pyproject.toml").read_text(encoding="utf-8"), re.MULTILINE)[1],
        yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))["version"],
        json.loads((ROOT / "data" / "datapackage.json").read_text(encoding="utf-8"))["version"],
        re.search(r"^## (\S+)", (ROOT / "CHANGELOG.md").read_text(encoding="utf-8"), re.MULTILINE)[1],
    }
    assert len(versions) == 1


def test_configuration_names_no_address():
    config = (ROOT / "_config.yml").read_text(encoding="utf-8")
    assert not re.search(r"https?://|repository_url|binderhub|colab_url", config)
