"""Documents and deliveries of archives become articles, each with its own title, date and source."""

import builtins
import io
import json

import pytest
from conftest import ROOT

from classifier import StanceError
from classifier.text.articles import read_articles
from classifier.text.deliveries import delivered

DELIVERIES = ROOT / "tests" / "data" / "deliveries"
EXPECTED = json.loads((DELIVERIES / "expected.json").read_text(encoding="utf-8"))
LIBRARIES = {".docx": "docx", ".rtf": "striprtf", ".pdf": "pypdf"}


@pytest.mark.parametrize("name", EXPECTED)
def test_a_delivery_gives_the_articles_that_are_written_beside_it(name, monkeypatch):
    monkeypatch.chdir(DELIVERIES)
    if library := LIBRARIES.get(name[name.index(".") :]):
        pytest.importorskip(library)
    found = [
        {"id": a.name, "title": a.title, "date": a.date, "source": a.source, "paragraphs": list(a.paragraphs)}
        for a in read_articles(name)
    ]
    assert found == EXPECTED[name]


@pytest.mark.parametrize("name", [name for name, articles in EXPECTED.items() if len(articles) > 1])
def test_no_line_of_a_header_is_text(name, monkeypatch):
    monkeypatch.chdir(DELIVERIES)
    if library := LIBRARIES.get(name[name.index(".") :]):
        pytest.importorskip(library)
    text = "\n".join(line for article in read_articles(name) for line in article.paragraphs)
    assert not any(
        word in text for word in ("Length", "LENGTH", "Copyright", "(c)", "words", "Load-Date", "SUBJECT", "BYLINE", "Document")
    )
    assert all("field of an archive" in article.cleaned for article in read_articles(name))


@pytest.mark.parametrize("suffix", LIBRARIES)
def test_a_missing_library_is_named_by_its_extra(suffix, tmp_path, monkeypatch):
    path = tmp_path / f"a{suffix}"
    path.write_bytes(b"x")
    real = builtins.__import__

    def without(name, *rest, **named):
        if name.partition(".")[0] in LIBRARIES.values():
            raise ImportError(name)
        return real(name, *rest, **named)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(StanceError, match=r"diplomatic-stance\[documents\]"):
        read_articles(str(path))


@pytest.mark.parametrize("suffix", LIBRARIES)
@pytest.mark.parametrize(
    "data", [b"no document", b"PK\x03\x04broken", b"%PDF-1.7 broken", b"{\\rtf1 {{{{", b"\0" * 900], ids=repr
)
def test_a_broken_document_gets_one_clear_sentence(suffix, data, tmp_path):
    pytest.importorskip(LIBRARIES[suffix])
    path = tmp_path / f"a{suffix}"
    path.write_bytes(data)
    with pytest.raises(StanceError) as error:
        read_articles(str(path))
    assert str(error.value).startswith(str(path))
    assert "\n" not in str(error.value)


def test_a_locked_pdf_and_one_of_pictures_are_told_apart(tmp_path):
    pypdf = pytest.importorskip("pypdf")
    pytest.importorskip("cryptography")
    for name, says, locked in (("locked.pdf", "password", True), ("picture.pdf", "no text", False)):
        writer = pypdf.PdfWriter(clone_from=str(DELIVERIES / "prose.pdf") if locked else None)
        if locked:
            writer.encrypt("secret", algorithm="AES-256")
        else:
            writer.add_blank_page(200, 200)
        out = io.BytesIO()
        writer.write(out)
        (tmp_path / name).write_bytes(out.getvalue())
        with pytest.raises(StanceError, match=says):
            read_articles(str(tmp_path / name))


@pytest.mark.parametrize(
    "lines",
    [
        ["The treaty came to its end.", "End of Document", "It was signed."],
        ["Document 1234567890123456a", "was leaked."],
        ["1 of 2 documents", "was leaked.", "2 of 2 documents", "was not."],
        ["Body", "End of Document"],
        ["HD", "PD", "LP", "AN Document 123456789012345"],
    ],
    ids=repr,
)
def test_what_only_looks_like_a_delivery_is_a_text(lines, tmp_path):
    assert delivered(lines) == []


CLOSED = ["CO", "abc : Abc", "AN", "Document EXMPL0002024061400001", ""]
LEADS = [
    "AN ISRAELI air strike killed three soldiers near the border.",
    "IN a second round the envoys discussed the crossing.",
    "LA mayor Smith met a Chinese delegation.",
    "TD Bank froze the accounts of two ministers.",
    "PUB owners on both sides of the border wrote to the minister.",
]


@pytest.mark.parametrize("gap", ["\n", "  ", "\t", " "], ids=repr)
@pytest.mark.parametrize("lead", LEADS)
def test_a_text_that_begins_like_a_code_of_factiva_is_text(lead, gap):
    """However the codes are set off: alone on their lines, by blanks, by a tab or by one blank."""
    head = [f"HD{gap}Talks resume in Geneva", f"PD{gap}14 June 2024", f"SN{gap}The Example"]
    text = [f"LP{gap}{lead}", "They left at noon.", f"TD{gap}The talks go on.", LEADS[1], f"NS{gap}gdip : Diplomacy"]
    lines = "\n".join([*head, *text, *CLOSED] * 2).split("\n")
    first, second = delivered(lines)
    assert [line for line in first.lines if line] == [lead, "They left at noon.", "The talks go on.", LEADS[1]]
    assert (first.title, first.date, first.source) == ("Talks resume in Geneva", "2024-06-14", "The Example")
    assert second == first


@pytest.mark.parametrize("title", LEADS)
def test_a_headline_that_begins_like_a_code_of_factiva_is_a_headline(title):
    lines = ["HD", title, "PD", "14 June 2024", "LP", "They left at noon.", *CLOSED]
    assert [article.title for article in delivered(lines * 2)] == [title] * 2
