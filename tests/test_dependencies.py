"""What is promised of dependencies holds: versions that are pinned, and a bill of materials that names all."""

import json
import re
import subprocess
import sys
from importlib import metadata

import pytest
from conftest import ROOT


def required():
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    return re.findall(r'"([a-zA-Z0-9-]+)>=([\d.]+)"', text.split("[project.scripts]")[0].split("[project]")[1])


def test_the_constraints_pin_every_requirement_at_or_above_its_bound_and_name_no_address():
    from packaging.requirements import Requirement
    from packaging.version import Version

    text = (ROOT / "constraints.txt").read_text(encoding="utf-8")
    assert "://" not in text
    assert not re.search(r"^\s*-", text, re.MULTILINE)
    pinned: dict[str, list[str]] = {}
    for line in text.splitlines():
        requirement = Requirement(line)
        (exact,) = requirement.specifier
        assert exact.operator == "=="
        pinned.setdefault(requirement.name.lower(), []).append(exact.version)
    assert len(required()) > 25
    for name, bound in required():
        assert all(Version(version) >= Version(bound) for version in pinned[name.lower()]), name


def test_the_bill_of_materials_names_every_core_dependency(tmp_path):
    pytest.importorskip("cyclonedx_py")
    out = tmp_path / "sbom.json"
    command = [
        sys.executable,
        "-m",
        "cyclonedx_py",
        "environment",
        "--no-validate",
        "--of",
        "JSON",
        "-o",
        str(out),
        sys.executable,
    ]
    subprocess.run(command, check=True, capture_output=True, timeout=300)
    bill = json.loads(out.read_text(encoding="utf-8"))
    assert bill["bomFormat"] == "CycloneDX"
    named = {each["name"].lower().replace("_", "-"): each["version"] for each in bill["components"]}
    core = (ROOT / "pyproject.toml").read_text(encoding="utf-8").split("dependencies = [")[1].split("]")[0]
    for name in re.findall(r'"([a-zA-Z0-9-]+)>=', core):
        assert named[name.lower()] == metadata.version(name)
