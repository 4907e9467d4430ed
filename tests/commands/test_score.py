"""``stance score`` as a user meets it: real processes, real files."""

import csv
import io
import json
import os
import re
import shlex
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path

import pytest
from conftest import ROOT
from helpers import COLUMNS

SAMPLE = ROOT / "seeds" / "articles" / "01-iran-missile-test.txt"


def records(done):
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_the_table_shows_label_certainty_words_and_tension(stance, gold_articles):
    done = stance("score", SAMPLE, env={"COLUMNS": "200"})
    assert (done.returncode, done.stderr) == (0, "")
    assert re.search(r"tension [+-]\d\.\d\d \[[+-]\d\.\d\d, [+-]\d\.\d\d\], n = \d+ · Reuters · 2021-10-09", done.stdout)
    assert re.search(
        r"escalation +\d+%.? +Britain, France, Germany → \? +Britain, France and Germany .*_condemned_ ", done.stdout
    )
    assert sum(label in done.stdout for label in ("escalation", "cooperation", "negotiation", "none")) >= 3
    [article] = gold_articles[SAMPLE.name]
    assert f"\n{len(article['sentences'])}  " in done.stdout


def test_most_sentences_of_the_samples_get_the_label_that_a_person_gave(stance, gold_articles):
    labelled = {
        text: label for articles in gold_articles.values() for article in articles for label, text in article["sentences"]
    }
    found = records(stance("score", SAMPLE.parent, "--format", "jsonl"))
    assert [record["text"] for record in found] == [
        text for articles in gold_articles.values() for a in articles for _, text in a["sentences"]
    ]
    right = sum(labelled[record["text"]] == record["label"] for record in found)
    assert right / len(found) > 0.75


def test_jsonl_csv_and_json_hold_the_same_records(stance):
    lines = records(stance("score", SAMPLE, "--format", "jsonl"))
    assert list(lines[0]) == COLUMNS
    rows = list(csv.DictReader(io.StringIO(stance("score", SAMPLE, "--format", "csv").stdout)))
    [article] = json.loads(stance("score", SAMPLE, "--format", "json").stdout)
    assert article["tension"]["n"] == sum(record["label"] != "none" for record in lines)
    assert len(rows) == len(lines) == len(article["sentences"])
    for line, row, sentence in zip(lines, rows, article["sentences"], strict=True):
        assert {"id": article["id"], "date": article["date"], "source": article["source"], **sentence} == line
        assert row["text"].removeprefix("'") == line["text"]
        assert float(row["p_none"]) == line["p_none"]
        assert line["p_escalation"] + line["p_cooperation"] + line["p_negotiation"] + line["p_none"] == pytest.approx(1, abs=3e-4)


def test_standard_input_is_an_article(stance):
    done = stance("score", "-", "--format", "jsonl", input="Seoul condemned the launch. Talks will resume in Geneva on Friday.")
    assert [record["text"] for record in records(done)] == [
        "Seoul condemned the launch.",
        "Talks will resume in Geneva on Friday.",
    ]


def test_explanations_add_up(stance):
    for record in records(stance("score", SAMPLE, "--format", "jsonl", "--explain")):
        why = record["explanation"]
        assert why["intercept"] + sum(item["value"] for item in why["contributions"]) == pytest.approx(why["log_odds"], abs=1e-9)
        for item in why["contributions"]:
            assert all(0 <= start < end <= len(record["text"]) for start, end in item["spans"])
    assert "= log-odds of" in stance("score", SAMPLE, "--explain").stdout


def test_force_leaves_no_none(stance):
    found = records(stance("score", SAMPLE, "--format", "jsonl", "--force"))
    assert {record["label"] for record in found} <= {"escalation", "cooperation", "negotiation"}
    assert {record["p_none"] for record in found} == {0}


def test_a_prior_can_be_stated(stance):
    few = records(stance("score", SAMPLE, "--format", "jsonl", "--prior", "none=0.1"))
    many = records(stance("score", SAMPLE, "--format", "jsonl", "--prior", "none=0.9"))
    assert all(low["p_none"] <= high["p_none"] for low, high in zip(few, many, strict=True))
    assert sum(record["label"] == "none" for record in few) < sum(record["label"] == "none" for record in many)


def test_adapt_needs_two_hundred_sentences(stance, tmp_path):
    assert "200 sentences" in stance("score", SAMPLE, "--adapt").stderr
    quiet = tmp_path / "quiet.txt"
    quiet.write_text("The island has two ports.\n\nIts hotels are small.\n\nIt rained in the morning.\n" * 80)
    plain = records(stance("score", quiet, "--format", "jsonl"))
    adapted = records(stance("score", quiet, "--format", "jsonl", "--adapt"))
    assert sum(record["p_none"] for record in adapted) > sum(record["p_none"] for record in plain)


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["score", "missing.txt"], "no such file"),
        (["score", "empty.txt"], "is empty"),
        (["score", "latin.txt"], "iconv"),
        (["score", "good.txt", "--model", "missing.safetensors"], "no model file"),
        (["score", "good.txt", "--model", "good.txt"], "not a usable model"),
        (["score", "table.csv"], "stance batch table.csv"),
        (["score", "good.txt", "--prior", "none"], "label shares such as"),
        (["score", "good.txt", "--prior", "war=0.5"], "unknown label"),
        (["score", "good.txt", "--html", "good.txt"], "is one of the articles"),
        (["score", "good.txt", "--html", "missing/page.html"], "cannot be written"),
        (["score", "good.txt", "--explain", "--format", "csv"], "goes with"),
        (["train", "good.txt", "-o", "good.txt"], "must end in .safetensors"),
        (["train", "good.txt", "-o", "missing/m.safetensors"], "no folder"),
        (["train", "good.txt", "-o", "m.safetensors"], "holds no row"),
        (["train", "missing.csv", "-o", "m.safetensors"], "cannot be read"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else None,
)
def test_what_a_user_can_put_right_is_one_sentence_and_exit_code_2(stance, tmp_path, arguments, says):
    (tmp_path / "empty.txt").write_bytes(b"")
    (tmp_path / "latin.txt").write_bytes("Türkiye refused.".encode("cp1252"))
    (tmp_path / "table.csv").write_text("id,text\n1,Seoul condemned the launch.\n")
    (tmp_path / "good.txt").write_text("Seoul condemned the launch.")
    done = stance(*arguments)
    assert done.returncode == 2
    assert done.stdout == ""
    assert re.search(says, done.stderr)
    assert done.stderr.startswith("stance: ")
    assert done.stderr.count("\n") == 1
    assert (tmp_path / "good.txt").read_text() == "Seoul condemned the launch."


def test_one_unusable_article_among_many_costs_itself_alone(stance, tmp_path):
    (tmp_path / "articles").mkdir()
    (tmp_path / "articles" / "a.txt").write_bytes(b"\xff\xfe\x00")
    (tmp_path / "articles" / "b.txt").write_text("Seoul condemned the launch.")
    done = stance("score", "articles", "--format", "jsonl")
    assert done.returncode == 1
    assert len(done.stdout.splitlines()) == 1
    assert "a.txt" in done.stderr


def test_a_page_is_not_written_over_a_device_and_follows_a_link(stance, tmp_path):
    (tmp_path / "a.txt").write_text("Seoul condemned the launch.")
    os.mkfifo(tmp_path / "pipe")
    assert "not a regular file" in stance("score", "a.txt", "--html", "pipe").stderr
    (tmp_path / "link.html").symlink_to("page.html")
    assert stance("score", "a.txt", "--html", "link.html").returncode == 0
    assert (tmp_path / "link.html").is_symlink()
    assert "condemned" in (tmp_path / "page.html").read_text()


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="a device of Linux")
def test_a_full_disk_is_one_sentence(stance):
    with open("/dev/full", "w") as full:
        done = stance("score", SAMPLE, "--format", "csv", capture_output=False, stdout=full, stderr=subprocess.PIPE)
    assert done.returncode == 2
    assert done.stderr.startswith("stance: standard output: No space left")
    assert done.stderr.count("\n") == 1


def test_a_sentence_in_an_unknown_language_is_uncertain(stance):
    done = stance("score", "-", "--format", "jsonl", input="Il ministro ha condannato duramente il lancio dei missili.")
    assert records(done)[0]["uncertain"] is True


def test_steering_characters_do_not_reach_the_terminal(stance):
    done = stance("score", "-", input="Seoul \x1b]0;owned\x07 condemned \x1b[31mthe launch.")
    assert done.returncode == 0
    assert "condemned" in done.stdout
    assert not re.search(r"[\x07\x1b]", done.stdout)


def test_formulas_in_csv_are_harmless(stance):
    done = stance("score", "-", "--format", "csv", input='=HYPERLINK("http://x") said the minister.\n\n+1 for peace.\n')
    texts = [row["text"] for row in csv.DictReader(io.StringIO(done.stdout))]
    assert texts == ['\'=HYPERLINK("http://x") said the minister.', "'+1 for peace."]


class Page(HTMLParser):
    def __init__(self, text):
        super().__init__()
        self.tags, self.text = [], []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data):
        self.text.append(data)


def test_the_page_holds_every_sentence_as_text_and_loads_nothing(stance, tmp_path):
    nasty = '<script>alert(1)</script> said Seoul & condemned "it" </span><img src=x onerror=alert(1)> on Friday.'
    (tmp_path / "nasty.txt").write_text(f"Title of <b>Nasty</b> Article\n\n{nasty}\n")
    done = stance("score", "nasty.txt", SAMPLE, "--html", "page.html")
    assert (done.returncode, done.stdout) == (0, "")
    page = Page((tmp_path / "page.html").read_text(encoding="utf-8"))
    assert nasty in re.sub(r"\s+", " ", "".join(page.text))
    names = {tag for tag, _ in page.tags}
    assert not names & {"script", "img", "link", "iframe", "b "}
    for _, attributes in page.tags:
        assert not set(attributes) & {"src", "href", "onerror", "onclick"}
    assert [path.name for path in tmp_path.iterdir() if path.suffix == ".partial"] == []


def test_a_reader_that_stops_early_gets_no_traceback():
    command = (
        f"{shlex.quote(sys.executable)} -m classifier.cli score {shlex.quote(str(SAMPLE.parent))} --format jsonl | head -c 10"
    )
    done = subprocess.run(["sh", "-c", command], capture_output=True, text=True, timeout=300)
    assert len(done.stdout) == 10
    assert done.stderr == ""


def test_scoring_imports_neither_scikit_learn_nor_pandas(stance):
    done = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "classifier.cli", "score", str(SAMPLE)],
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0
    imported = {line.rsplit("|", 1)[-1].strip().split(".")[0] for line in done.stderr.splitlines() if "|" in line}
    assert "numpy" in imported
    assert not imported & {"sklearn", "pandas", "scipy", "joblib", "trafilatura"}


def test_the_examples_of_score_run_as_printed(stance, tmp_path):
    (tmp_path / "articles").mkdir()
    for path in (tmp_path / "article.txt", tmp_path / "articles" / "a.txt"):
        path.write_text("Seoul condemned the launch. Talks will resume on Friday.")
    text = stance("score", "--help").stdout
    examples = [line.strip() for line in text.split("examples:")[1].splitlines() if line.strip()]
    python = shlex.quote(sys.executable)
    for example in examples:
        command = re.sub(r"\bstance score\b", f"{python} -m classifier.cli score", example)
        done = subprocess.run(["sh", "-c", command], cwd=tmp_path, capture_output=True, text=True, timeout=300)
        assert (done.returncode, done.stderr) == (0, ""), example


def test_an_article_in_another_language_is_named_and_takes_no_stance(stance, tmp_path):
    text = "La Russie menace l'Ukraine de nouvelles frappes. Les ministres se sont réunis à Genève lundi soir pour en parler."
    (tmp_path / "fr.txt").write_text(text, encoding="utf-8")
    done = stance("score", "fr.txt", "--format", "jsonl")
    assert {record["label"] for record in records(done)} == {"none"}
    assert "fr.txt: is not in English (fr)" in done.stderr
    assert "not in English" not in stance("score", "fr.txt", "--any-language").stderr


def test_csv_of_score_and_of_batch_write_truth_alike(stance, tmp_path):
    (tmp_path / "t.txt").write_text("Seoul condemned the launch.\n")
    assert ",true," in (rows := stance("score", "t.txt", "--format", "csv").stdout) or ",false," in rows
