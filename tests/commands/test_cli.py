"""What every command has in common: usage, version, help."""

import re
import subprocess
import sys

import pytest


@pytest.mark.parametrize("arguments", [[], ["score"], ["scor"], ["score", "a.txt", "--format", "xml"], ["train", "a.csv"]])
def test_wrong_usage_exits_with_2(stance, arguments):
    done = stance(*arguments)
    assert done.returncode == 2
    assert "usage: stance" in done.stderr


def test_the_version_needs_no_numpy(stance):
    done = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "classifier.cli", "--version"], capture_output=True, text=True, timeout=300
    )
    assert done.stdout.startswith("stance ")
    assert "numpy" not in done.stderr


@pytest.mark.parametrize(
    "command",
    [
        *("score", "batch", "report", "train", "evaluate", "audit", "annotate"),
        *("model", "model show", "model card", "model export"),
    ],
)
def test_help_gives_two_examples_or_more(stance, command):
    text = stance(*command.split(), "--help").stdout
    assert len(re.findall(rf"^  .*stance {command} ", text, flags=re.MULTILINE)) >= 2
