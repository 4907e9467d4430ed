"""The ``stance`` command runs where somebody has modules of the names of ours; ``import stance`` says what is in the way."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import ROOT

COMMAND = Path(sys.executable).with_name("stance")
OWN = {
    "a module": {"classifier.py": "raise SystemExit('somebody else')"},
    "a package": {"training/__init__.py": "x = 1", "training/commands.py": "x = 1"},
    "both": {"classifier/__init__.py": "", "classifier/cli.py": "main = None", "training.py": ""},
    "folders": {"classifier/notes.txt": "", "training/data.csv": ""},
}


@pytest.fixture(params=OWN)
def own(request, tmp_path):
    for name, text in OWN[request.param].items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    shutil.copy(ROOT / "seeds" / "articles" / "01-iran-missile-test.txt", tmp_path / "article.txt")
    return tmp_path


@pytest.mark.skipif(not COMMAND.exists(), reason="the command is not installed beside this Python")
@pytest.mark.parametrize("path", [None, ".", "whole"])
def test_the_command_runs_all_the_same(own, path, monkeypatch):
    if path:
        monkeypatch.setenv("PYTHONPATH", path if path == "." else str(own))
    for arguments in (["score", "article.txt", "--format", "csv"], ["train", "--help"]):
        done = subprocess.run([COMMAND, *arguments], cwd=own, capture_output=True, text=True, timeout=600)
        assert (done.returncode, done.stderr) == (0, "")
        assert "escalation" in done.stdout or "stance train" in done.stdout


def test_import_stance_says_what_is_in_the_way(own):
    code = f"import sys; sys.path.append({str(ROOT)!r}); import stance; print(stance.load_model.__name__)"
    done = subprocess.run([sys.executable, "-c", code], cwd=own, capture_output=True, text=True, timeout=600)
    in_the_way = (own / "classifier.py").exists() or (own / "classifier" / "__init__.py").exists()
    assert done.stdout == ("" if in_the_way else "load_model\n")
    assert ("comes first on sys.path; rename that" in done.stderr) == in_the_way
