"""The shipped model is what seeds and news make, to the byte."""

import subprocess
import sys

import pytest
from conftest import ROOT

NEWS = ROOT.parent / "shared" / "eval" / "news_train.csv"


@pytest.mark.skipif(not NEWS.is_file(), reason="the texts of the news are not part of the project")
def test_the_shipped_model_is_rebuilt_to_the_same_bytes(tmp_path):
    command = [sys.executable, "-m", "training", "--news", str(NEWS.parent), "-o", str(tmp_path / "stance.safetensors")]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=3000)
    assert done.returncode == 0, done.stderr
    assert "19,124 of 19,124" in done.stderr
    assert (tmp_path / "stance.safetensors").read_bytes() == (ROOT / "models" / "stance.safetensors").read_bytes()


def test_a_directory_without_the_news_is_one_sentence(tmp_path):
    for place in (tmp_path, tmp_path / "nowhere"):
        command = [sys.executable, "-m", "training", "--news", str(place), "-o", str(tmp_path / "m.safetensors")]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=600)
        assert done.returncode == 1
        assert done.stderr.startswith("training: ")
        assert done.stderr.count("\n") == 1
        assert not (tmp_path / "m.safetensors").exists()
