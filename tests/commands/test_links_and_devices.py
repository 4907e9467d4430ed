"""Links, devices, pipes, sockets and folders as inputs and outputs: one sentence or the sensible thing, never a hang."""

import os
import re
import signal
import socket
import subprocess

import pytest

from classifier.batch.job import summary_of
from classifier.cli import main


@pytest.fixture
def places(tmp_path, monkeypatch):
    """A folder with everything that a name may lead to."""
    monkeypatch.chdir(tmp_path)
    signal.alarm(600)  # what hangs is killed, and with it the suite
    (tmp_path / "t.csv").write_text("id,text\n1,Seoul condemned the launch.\n")
    (tmp_path / "a.txt").write_text("Seoul condemned the launch. Talks resumed.")
    main(["batch", "t.csv", "-o", "labelled.csv"])
    for kind in ("csv", "html"):
        (tmp_path / f"loop.{kind}").symlink_to(f"loop.{kind}")
        (tmp_path / f"dangling.{kind}").symlink_to(f"made.{kind}")
        (tmp_path / f"nowhere.{kind}").symlink_to(f"/no/such/folder/x.{kind}")
        (tmp_path / f"folder.{kind}").mkdir()
        os.mkfifo(tmp_path / f"pipe.{kind}")
        with socket.socket(socket.AF_UNIX) as bound:
            bound.bind(f"socket.{kind}")
    yield tmp_path
    signal.alarm(0)


def standing(folder):
    return {path.name: path.lstat().st_mode for path in folder.iterdir()}


INPUTS = [
    "loop.csv",
    "dangling.csv",
    "nowhere.csv",
    "folder.csv",
    "socket.csv",
    "/dev/null",
    "/dev/zero",
    "/dev/full",
    "/dev/urandom",
]


@pytest.mark.parametrize("name", INPUTS)
@pytest.mark.parametrize(
    "command", [("batch", "-o", "out.csv"), ("score",), ("report", "-o", "page.html")], ids=lambda command: command[0]
)
def test_an_input_that_is_no_file_is_one_sentence(places, capsys, command, name):
    before = standing(places)
    assert main([command[0], name, *command[1:]]) == 2
    assert re.fullmatch(rf"stance: {name}: .*[;,].*", capsys.readouterr().err.splitlines()[-1])
    assert standing(places) == before


OUTPUTS = ["loop", "nowhere", "folder", "pipe", "socket"]


@pytest.mark.parametrize("kind", OUTPUTS)
@pytest.mark.parametrize(
    "command",
    [
        ("batch", "t.csv", "-o"),
        ("batch", "t.csv", "-o", "out.csv", "--articles"),
        ("score", "a.txt", "--html"),
        ("report", "labelled.csv", "-o"),
    ],
    ids=lambda command: " ".join(command),
)
def test_an_output_that_is_no_file_stays_what_it_is(places, capsys, command, kind):
    before = standing(places)
    name = f"{kind}.{'csv' if command[0] == 'batch' else 'html'}"
    assert main([*command, name]) == 2
    [*_, said] = capsys.readouterr().err.splitlines()
    assert said.startswith("stance: ")
    assert ";" in said
    assert standing(places) == before


@pytest.mark.parametrize("device", ["/dev/null", "/dev/full"])
def test_a_device_as_output_is_one_sentence(places, capsys, device):
    for command in (["batch", "t.csv", "-o"], ["score", "a.txt", "--html"], ["report", "labelled.csv", "-o"]):
        assert main([*command, device]) == 2
        assert capsys.readouterr().err.splitlines()[-1].startswith("stance: ")


def test_a_link_as_output_stays_a_link_and_what_it_names_is_written(places, capsys):
    (places / "old.csv").write_text("what stood there before")
    (places / "link.csv").symlink_to("old.csv")
    for link, real in (("link.csv", "old.csv"), ("dangling.csv", "made.csv")):
        assert main(["batch", "t.csv", "-o", link]) == 0
        assert (places / link).is_symlink()
        assert (places / real).read_bytes() == (places / "labelled.csv").read_bytes()
        assert summary_of(places / real).exists()
    assert main(["score", "a.txt", "--html", "dangling.html"]) == 0
    assert (places / "dangling.html").is_symlink()
    assert "<html" in (places / "made.html").read_text()
    assert main(["report", "link.csv", "-o", "page.html"]) == 0
    assert "stance.safetensors" in (places / "page.html").read_text()


@pytest.mark.parametrize(
    "beside", ["out.csv.partial", "out.csv.lock", "out.csv.journal", "out.csv.rejects.csv", "out.csv.summary.json"]
)
def test_a_link_laid_beside_the_output_is_not_followed(places, capsys, beside):
    (places / "precious").write_text("untouched")
    (places / beside).symlink_to("precious")
    assert main(["batch", "t.csv", "-o", "out.csv"]) == 2
    assert f"{beside}: a link stands where a file shall be written" in capsys.readouterr().err
    assert (places / "precious").read_text() == "untouched"


def test_a_link_laid_where_a_page_is_begun_is_not_followed(places):
    (places / "precious").write_text("untouched")
    (places / f".page.html.{os.getpid()}.partial").symlink_to("precious")
    assert main(["score", "a.txt", "--html", "page.html"]) == 0
    assert (places / "precious").read_text() == "untouched"
    assert (places / "page.html").is_file()
    assert not (places / "page.html").is_symlink()


@pytest.mark.parametrize(
    ("command", "source"), [(("score", "pipe.html"), "a.txt"), (("report", "pipe.csv", "-o", "page.html"), "labelled.csv")]
)
def test_a_named_pipe_is_read_to_its_end_and_stays_a_pipe(places, stance, command, source):
    with subprocess.Popen(["sh", "-c", f"cat {source} > {command[1]}"], cwd=places) as writer:
        done = stance(*command, timeout=300)
        writer.kill()
    assert done.returncode == 0, done.stderr
    assert (places / command[1]).is_fifo()
    assert "condemned" in done.stdout or "condemned" in (places / "page.html").read_text()
