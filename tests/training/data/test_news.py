"""Labels of real news are joined to their texts by hash, in whatever format the texts are, and hold no text themselves."""

import csv
import hashlib
import json
import os
import re
import unicodedata

import pytest
from conftest import ROOT

from classifier.errors import StanceError
from classifier.model.labels import NAMES
from training.data.news import COLUMNS, hash_of, read_news, summary, write_labels

LABELS = ROOT / "seeds" / "news.csv"
NEWS = ROOT.parent / "shared" / "eval" / "news_train.csv"
STORY = (
    ("Velmar and Ostria sign a border treaty", "cooperation"),
    ("VELMAR CITY (Agency) --", "none"),
    ("Velmar and Ostria signed a treaty on Monday that ends their dispute over the river Tann.", "cooperation"),
    (
        '"We will not accept any new demands," said Foreign Minister Ada Korvin of Ostria, who had refused to sign in May.',
        "escalation",
    ),
    ("The two ministers didn't meet in Velmar's café district, officials said.", "negotiation"),
    ("- - - -", "none"),
    ("Mediators proposed new talks...", "negotiation"),
    ('"They will begin in June," the U.N. envoy (a former judge) told reporters in the old town.', "none"),
)
TEXTS = [text for text, _ in STORY]


def labelled(texts=STORY, document="test-a1"):
    return [
        {"document": document, "sentence_no": number, "text": text, "label": label, "sure": "y"}
        for number, (text, label) in enumerate(texts, 1)
    ]


@pytest.fixture
def labels(tmp_path):
    path = tmp_path / "labels.csv"
    write_labels(labelled(), path)
    return path


@pytest.fixture
def folder(tmp_path):
    path = tmp_path / "texts"
    path.mkdir()
    return path


def plain(found):
    """What is left of the texts without blanks, punctuation and capitals, in order."""
    return ["".join(char for char in text.lower() if char.isalnum() or char in "-") for text in found.table["text"]]


def rows_of(path):
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, strict=True))


# --- hashes ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("sentence", "letters"),
    [
        ("Talks failed.", "talksfailed"),
        ("  “TALKS —  failed”…", "talksfailed"),
        ("snake_case 3.4%", "snakecase34"),
        ("Café", "café"),
        (unicodedata.normalize("NFD", "Café"), "café"),
        ("the ﬁrst de\u00adal\u200b \u00a0ﬀ", "theﬁrstdealﬀ"),
        ("Ｔａｌｋｓ", "ｔａｌｋｓ"),
        ("Переговоры, 5 мая", "переговоры5мая"),
        ("- - - -", ""),
        ("…", ""),
    ],
)
def test_a_hash_is_that_of_letters_and_digits_in_lower_case(sentence, letters):
    assert hash_of(sentence) == hashlib.sha256(letters.encode()).hexdigest()[:16]


def test_letters_are_what_python_calls_so():
    for code in range(0x11000):
        char = chr(code)
        if not 0xD800 <= code < 0xE000:
            kept = "".join(filter(str.isalnum, unicodedata.normalize("NFC", f"x{char}").lower()))
            assert hash_of(f"x{char}") == hashlib.sha256(kept.encode()).hexdigest()[:16], hex(code)


# --- the labels file -------------------------------------------------------------------------------------------------


def test_labels_are_written_to_the_same_bytes_whatever_order_the_rows_come_in(tmp_path):
    rows = labelled() + labelled(document="test-a0")
    write_labels(rows, tmp_path / "one.csv")
    write_labels(reversed(rows), tmp_path / "other.csv")
    written = (tmp_path / "one.csv").read_bytes()
    assert written == (tmp_path / "other.csv").read_bytes()
    assert written.splitlines()[0].decode() == ",".join(COLUMNS)
    assert [(row["document"], row["sentence_no"]) for row in rows_of(tmp_path / "one.csv")][7:9] == [
        ("test-a0", "8"),
        ("test-a1", "1"),
    ]


def test_a_sentence_in_two_stories_keeps_both_labels(tmp_path, folder):
    path = tmp_path / "labels.csv"
    write_labels(labelled() + labelled([(TEXTS[2], "none")], "other-b"), path)
    (folder / "one.txt").write_text("\n\n".join(TEXTS))
    found = read_news(path, folder)
    assert found.counts == {"other": (1, 1), "test": (8, 8)}
    assert found.table[found.table["text"] == TEXTS[2]]["label"].tolist() == ["none", "cooperation"]


def test_the_shipped_labels_hold_no_text_and_follow_the_codebook():
    rows = rows_of(LABELS)
    assert re.fullmatch(r"[\w.,\n-]+", LABELS.read_text(encoding="ascii"))
    assert tuple(rows[0]) == COLUMNS
    assert len({(row["document"], row["sentence_no"]) for row in rows}) == len(rows) == 19_124
    codebook = (ROOT / "seeds" / "CODEBOOK.md").read_text(encoding="utf-8")
    assert set(re.findall(r"^\| (escalation|cooperation|negotiation|none) \|", codebook, re.MULTILINE)) == set(NAMES)
    assert {row["label"] for row in rows} == set(NAMES)
    assert {row["sure"] for row in rows} == {"y", "n"}
    assert all(
        re.fullmatch("[0-9a-f]{16}", row["sha256"]) and re.fullmatch(r"[a-z0-9]+-[\w-]{1,24}", row["document"]) for row in rows
    )
    # Who trains on them needs one label for one text.
    assert len({row["sha256"] for row in rows}) == len({(row["sha256"], row["label"]) for row in rows})


def test_the_page_about_the_labels_counts_them_right():
    page = (ROOT / "seeds" / "NEWS.md").read_text(encoding="utf-8")
    rows = rows_of(LABELS)
    for name in {row["document"].partition("-")[0] for row in rows}:
        ours = [row for row in rows if row["document"].startswith(f"{name}-")]
        counts = [sum(row["label"] == label for row in ours) for label in NAMES]
        line = [len({row["document"] for row in ours}), *counts, len(ours), sum(row["sure"] == "y" for row in ours)]
        assert f"| `{name}-*` | {' | '.join(f'{count:,}' for count in line)} |" in page


# --- every format ----------------------------------------------------------------------------------------------------


def write_table(folder):
    with (folder / "story.csv").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([["id", "body", "url"], *([number, text, "x"] for number, text in enumerate(TEXTS))])


def write_article_in_a_cell(folder):
    body = "\n".join(TEXTS).replace('"', '""')
    (folder / "story.tsv").write_text(f'id\tbody\n1\t"{body}"\n', encoding="utf-8")


def write_json(folder):
    (folder / "story.json").write_text(json.dumps({"a": [1, None, {"b": TEXTS[:4]}], "c": {"d": "\n\n".join(TEXTS[4:])}}))


def write_json_lines(folder):
    (folder / "story.jsonl").write_text("\n".join(json.dumps({"content": text}) for text in TEXTS))


def write_conllu(folder):
    sentences = (f"# sent_id = {number}\n# text = {text}\n1\tX\tx\tX\tX\t_\t0\troot\t_\t_\n" for number, text in enumerate(TEXTS))
    (folder / "story.conllu").write_text("\n".join(sentences), encoding="utf-8")


def write_tokens(folder):
    tokens = [re.findall(r"n't|'s|\w+?(?=n't)|\w+|[^\w\s]+?", text) for text in TEXTS]
    sentences = ("\n".join(f"{token} NN I-NP O" for token in sentence) for sentence in tokens)
    (folder / "eng.testa").write_text("-DOCSTART- -X- O O\n\n" + "\n\n".join(sentences) + "\n\n", encoding="utf-8")


def write_timeml(folder):
    body = (
        "\n".join(TEXTS)
        .replace("signed", '<EVENT eid="e1" class="OCCURRENCE">signed</EVENT>')
        .replace("Monday", '<TIMEX3 tid="t1" type="DATE">Mon</TIMEX3>day')
    )
    (folder / "story.tml").write_text(
        f'<?xml version="1.0" ?>\n<TimeML>\n<DOCID>1</DOCID>\n\n<TEXT>{body}</TEXT>\n</TimeML>', encoding="utf-8"
    )


def write_page(folder):
    body = "".join(
        f"<p>{text}</p>".replace('"', "&quot;").replace("é", "&eacute;").replace("Korvin", "<b>Kor</b>vin") for text in TEXTS
    )
    (folder / "story.html").write_text(
        f"<!doctype html><html><script>if (a < b) '<p>'</script><body><h1>x</h1>{body}</body></html>"
    )


def write_wrapped_text(folder):
    lines = re.sub(r"(.{40,60}?) ", r"\1\n", " ".join(TEXTS[2:5]))
    (folder / "story.txt").write_bytes("\r\n".join([*TEXTS[:2], "", *lines.split("\n"), "", *TEXTS[5:]]).encode("utf-16"))


def write_old_encoding(folder):
    (folder / "story.md").write_bytes("\n\n".join(TEXTS).replace('"', "“").encode("windows-1252"))


WRITERS = [value for name, value in list(globals().items()) if name.startswith("write_") and name != "write_labels"]


@pytest.mark.parametrize("write", WRITERS)
def test_every_sentence_is_found_in(write, labels, folder):
    write(folder)
    found = read_news(labels, folder)
    assert found.counts == {"test": (8, 8)}
    assert (found.files, found.skipped, len(found.missing)) == (1, 0, 0)
    assert found.table["label"].tolist() == [label for _, label in STORY]
    assert found.table["sentence_no"].tolist() == list(range(1, 9))
    assert list(found.table) == ["text", "label", "document", "sentence_no", "sure"]
    shown = found.table["text"].tolist()
    assert [hash_of(text) for text in shown] == [hash_of(text) for text in TEXTS]
    if write is not write_old_encoding:
        # A row of dashes has no letter to be told by, so which one is shown is chance.
        assert [text for text in shown[2:6] if hash_of(text) != hash_of("")] == [text for text in TEXTS[2:6] if text != "- - - -"]


def test_a_sentence_is_found_inside_running_text_with_its_quotation_marks(labels, folder):
    (folder / "story.txt").write_text(
        " ".join(["Something else came first.", *TEXTS[2:5], *TEXTS[6:], "More followed."]), encoding="utf-8"
    )
    assert read_news(labels, folder).table["text"].tolist() == [*TEXTS[2:5], *TEXTS[6:]]


def test_a_sentence_that_the_splitter_would_cut_is_put_together_again(tmp_path, folder):
    text = "He asked: “Who won? Who lost? Nobody knows!” The minister left."
    write_labels(labelled([(text, "none")]), tmp_path / "labels.csv")
    (folder / "story.txt").write_text(f"It was late. {text} It was over.", encoding="utf-8")
    assert read_news(tmp_path / "labels.csv", folder).table["text"].tolist() == [text]


def test_what_is_missing_is_named_and_counted(labels, folder):
    (folder / "story.txt").write_text(TEXTS[2], encoding="utf-8")
    found = read_news(labels, folder)
    assert found.counts == {"test": (1, 8)}
    assert found.missing["sentence_no"].tolist() == [1, 2, 4, 5, 6, 7, 8]
    assert [line.split() for line in summary(found).splitlines()] == [["test", "1", "of", "8"], ["all", "1", "of", "8"]]


def test_a_row_of_dashes_counts_only_with_a_longer_sentence_of_its_story(labels, folder):
    (folder / "story.txt").write_text("- - - -\n", encoding="utf-8")
    with pytest.raises(StanceError, match="holds no labelled sentence"):
        read_news(labels, folder)


# --- what else lies about --------------------------------------------------------------------------------------------


def test_hostile_files_are_skipped_and_counted(labels, folder, monkeypatch):
    monkeypatch.setattr("training.data.news_texts.MAX_BYTES", 10_000)
    (folder / "huge.txt").write_text("x " * 10_000)
    (folder / "noise.txt").write_bytes(bytes(range(256)) * 20)
    (folder / "packed.csv").write_bytes(b"PK\x03\x04" + b"x" * 100)
    (folder / "nothing.json").symlink_to(folder / "no such file")
    (folder / "self").symlink_to(folder / "self")
    os.mkfifo(folder / "pipe.txt")
    (folder / "loop").mkdir()
    (folder / "loop" / "again").symlink_to(folder, target_is_directory=True)
    skipped = 6
    (folder / ".hidden").write_text(TEXTS[3])
    (folder / ".git").mkdir()
    (folder / ".git" / "text.txt").write_text(TEXTS[3])
    (folder / "empty.csv").write_text("")
    (folder / "broken.json").write_text("[" * 5_000)
    (folder / "broken.csv").write_text('a,"b\n"c,d\n' * 3 + "\0")
    (folder / "half.jsonl").write_text(json.dumps({"text": TEXTS[3] + "\ud800"}) + "\n{broken\n" + json.dumps("\ud800 \ud800"))
    (folder / "stray.txt").write_bytes(TEXTS[2].encode() + b"\n\nA stray \xff byte.")
    found = read_news(labels, folder)
    # A NUL makes a table binary.
    assert found.skipped == skipped + 1
    assert found.table["text"].tolist()[0] == TEXTS[2]
    assert summary(found).endswith("7 files or folders skipped: no text, too large, or unreadable")


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may read everything")
def test_unreadable_files_and_folders_are_counted(labels, folder):
    (folder / "story.txt").write_text(TEXTS[2])
    (folder / "shut.txt").write_text("x")
    (folder / "shut.txt").chmod(0)
    (folder / "closed").mkdir(mode=0)
    assert read_news(labels, folder).skipped == 2


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("a,b\n1,2\n", "needs the columns document, sentence_no, sha256, label, sure"),
        ("document,sentence_no,sha256,label,sure\n", "and rows"),
        ("document,sentence_no,sha256,label,sure\ntest-a,1,0123456789abcdef,war,y\n", "line 2 has 'war' as label"),
        ("document,sentence_no,sha256,label,sure\ntest-a,0,0123456789abcdef,none,y\n", "line 2 has '0' as sentence_no"),
        ("document,sentence_no,sha256,label,sure\ntest-a,1,Talks failed.,none,y\n", "line 2 has 'Talks failed.' as sha256"),
        (
            "document,sentence_no,sha256,label,sure\n" + "test-a,1,0123456789abcdef,none,y\n" * 2,
            "line 3 labels sentence 1 of test-a again",
        ),
    ],
)
def test_broken_labels_are_told_in_one_sentence(content, said, tmp_path, folder):
    (tmp_path / "labels.csv").write_text(content)
    with pytest.raises(StanceError, match=said) as raised:
        read_news(tmp_path / "labels.csv", folder)
    assert "\n" not in str(raised.value)


def test_missing_paths_are_told_in_one_sentence(labels, folder, tmp_path):
    with pytest.raises(StanceError, match="no such directory"):
        read_news(labels, tmp_path / "nowhere")
    with pytest.raises(StanceError, match="no such directory"):
        read_news(labels, labels)
    with pytest.raises(StanceError, match="cannot be read"):
        read_news(tmp_path / "nowhere.csv", folder)
    with pytest.raises(StanceError, match=r"holds no labelled sentence \(0 files read, 0 skipped\)"):
        read_news(labels, folder)


# --- the real thing --------------------------------------------------------------------------------------------------


@pytest.mark.skipif(not NEWS.exists(), reason="the news is not here")
def test_every_labelled_sentence_of_the_news_is_found(tmp_path):
    rows = rows_of(NEWS)
    write_labels(rows, tmp_path / "again.csv")
    assert (tmp_path / "again.csv").read_bytes() == LABELS.read_bytes()
    found = read_news(LABELS, NEWS.parent)
    assert len(found.table) == len(rows) == 19_124
    assert all(hits == total for hits, total in found.counts.values())
    told = {(row["document"], int(row["sentence_no"])): (hash_of(row["text"]), row["label"], row["sure"]) for row in rows}
    for row in found.table.itertuples():
        assert told[row.document, row.sentence_no] == (hash_of(row.text), row.label, row.sure)
