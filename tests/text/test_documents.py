"""Documents and deliveries of archives become articles, each with its own title, date and source."""

import builtins
import io
import json
import zipfile

import pytest
from conftest import ROOT

from classifier import StanceError
from classifier.text.articles import read_articles
from classifier.text.deliveries import delivered
from classifier.text.documents import text_of

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


def docx(body):
    """A document of Word with this body."""
    blank = io.BytesIO()
    pytest.importorskip("docx").Document().save(blank)
    out = io.BytesIO()
    with zipfile.ZipFile(blank) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for item in old.infolist():
            data = old.read(item)
            if item.filename == "word/document.xml":
                names = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
                data = f'<w:document xmlns:w="{names}"><w:body>{body}<w:sectPr/></w:body></w:document>'.encode()
            new.writestr(item, data)
    return out.getvalue()


def run(text):
    return f'<w:r><w:t xml:space="preserve">{text}</w:t></w:r>'


def paragraph(text, layout=""):
    return f"<w:p><w:pPr>{layout}</w:pPr>{run(text)}</w:p>"


BOX = f"<w:r><w:pict><w:txbxContent>{paragraph('A box.')}</w:txbxContent></w:pict></w:r>"
PROMPT = f"<w:sdt><w:sdtPr><w:showingPlcHdr/></w:sdtPr><w:sdtContent>{run('Click here.')}</w:sdtContent></w:sdt>"
TABS = '<w:tabs><w:tab w:val="left" w:pos="720"/></w:tabs>'
OLD = f"<w:del>{run('Old.')}</w:del><w:moveFrom>{run('Moved.')}</w:moveFrom>"


@pytest.mark.parametrize(
    ("body", "lines"),
    [
        (f"<w:sdt><w:sdtContent>{paragraph('In a control.')}</w:sdtContent></w:sdt>", ["In a control."]),
        (f"<w:p>{run('One, ')}<w:sdt><w:sdtContent>{run('two.')}</w:sdtContent></w:sdt></w:p>", ["One, two."]),
        (f"<w:p>{run('One, ')}<w:ins>{run('two.')}</w:ins>{OLD}</w:p>", ["One, two."]),
        (f"<w:p>{run('One.')}{BOX}{PROMPT}{run(' Two.')}</w:p>", ["One. Two."]),
        (f"<w:p>{run('One')}<w:r><w:tab/><w:br/></w:r><w:hyperlink>{run('two.')}</w:hyperlink></w:p>", ["One\t", "two."]),
        (paragraph("No tab.", TABS), ["No tab."]),
        (paragraph("Head", '<w:pStyle w:val="Title"/>') + paragraph("Text."), ["Head", "", "Text."]),
    ],
    ids=["control", "control in a paragraph", "tracked changes", "box and prompt", "breaks", "tab stops", "headline"],
)
def test_a_paragraph_of_word_is_read_as_its_reader_sees_it(body, lines):
    assert text_of(docx(body), ".docx", "a.docx").split("\n") == lines


def test_a_merged_cell_is_read_once_however_wide_it_says_it_is():
    rows = [("<w:vMerge w:val='restart'/>", "Merged."), ("<w:vMerge/>", ""), ("<w:gridSpan w:val='2000000000'/>", "Wide.")]
    table = "".join(f"<w:tr><w:tc><w:tcPr>{kind}</w:tcPr>{paragraph(text)}</w:tc></w:tr>" for kind, text in rows)
    assert text_of(docx(f"<w:tbl><w:tblGrid/>{table}</w:tbl>"), ".docx", "a.docx").split() == ["Merged.", "Wide."]


def test_a_document_of_word_that_is_far_larger_than_its_file_is_refused(monkeypatch):
    with pytest.raises(StanceError, match=r"a\.docx: holds far more than"):
        text_of(docx(paragraph(" " * 12_000_000)), ".docx", "a.docx")
    monkeypatch.setattr("classifier.text.documents.MOST_PARAGRAPHS", 3)
    with pytest.raises(StanceError, match=r"a\.docx: holds over 3 paragraphs"):
        text_of(docx(paragraph("Talks resumed.") * 4), ".docx", "a.docx")
    assert text_of(docx(paragraph("Talks resumed.") * 3), ".docx", "a.docx").count("Talks") == 3


def test_a_pdf_whose_pages_share_their_text_ends_at_the_limit(monkeypatch):
    pypdf = pytest.importorskip("pypdf")
    writer = pypdf.PdfWriter()
    page = pypdf.PdfReader(DELIVERIES / "prose.pdf").pages[0]
    for _ in range(30):
        writer.add_page(page)
    writer.compress_identical_objects()
    out = io.BytesIO()
    writer.write(out)
    assert len(text_of(out.getvalue(), ".pdf", "a.pdf")) > 1000
    monkeypatch.setattr("classifier.text.documents.FREE_BYTES", 1000)
    monkeypatch.setattr("classifier.text.documents.MAX_RATIO", 0)
    with pytest.raises(StanceError, match=r"a\.pdf: holds far more than"):
        text_of(out.getvalue(), ".pdf", "a.pdf")
