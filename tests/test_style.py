"""The code passes its linters and keeps its floors; who changes it learns so from the tests."""

import subprocess
import sys

import pytest
from conftest import ROOT


@pytest.mark.parametrize("command", [["ruff", "check"], ["ruff", "format", "--check"], ["mypy"]], ids=" ".join)
def test_linters_have_nothing_to_say(command):
    done = subprocess.run([sys.executable, "-m", *command], cwd=ROOT, capture_output=True, text=True, timeout=1800)
    assert done.returncode == 0, done.stdout + done.stderr


def test_imports_run_downwards():
    """The contract in ``pyproject.toml``; ``docs/architecture.md`` draws it."""
    command = "from importlinter.cli import lint_imports_command; lint_imports_command(['--no-cache'])"
    done = subprocess.run([sys.executable, "-c", command], cwd=ROOT, capture_output=True, text=True, timeout=1800)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "0 broken" in done.stdout


def test_no_module_is_too_long_to_be_read_at_once():
    lengths = {
        str(path.relative_to(ROOT)): path.read_text(encoding="utf-8").count("\n")
        for folder in ("classifier", "training")
        for path in (ROOT / folder).rglob("*.py")
    }
    assert len(lengths) > 80
    assert {name: lines for name, lines in lengths.items() if lines > 400} == {}


def test_few_modules_lie_outside_the_folders():
    assert len(list((ROOT / "classifier").glob("*.py"))) <= 8
