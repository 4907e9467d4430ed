"""Web archives: each page is an article, what is broken costs itself, and both ways to run give the same rows."""

import csv
import json

import pytest
from conftest import ROOT

from classifier import StanceError
from classifier.batch.job import rejects_of, summary_of
from classifier.cli import main
from classifier.tables.reader import open_table
from classifier.tables.rows import Reject, Row

WARC = ROOT / "tests" / "data" / "warc"
pytest.importorskip("fastwarc")
pytest.importorskip("trafilatura")
PAGES = ["https://www.courier.example/customs", "https://nordlys.example/oslo", "https://packed.example/a"]


def rows(name):
    return list(open_table(str(WARC / name), {}).rows)


@pytest.mark.parametrize("name", ["crawl.warc", "crawl.warc.gz"])
def test_each_page_is_a_row_with_its_address_day_and_host(name):
    found = [row for row in rows(name) if isinstance(row, Row)]
    assert [row.id for row in found] == [*PAGES[:2], "https://nordlys.example/empty", PAGES[2]]
    assert {row.date for row in found} == {"2024-06-14"}
    assert [row.source for row in found] == ["courier.example", "nordlys.example", "nordlys.example", "packed.example"]
    # One in Windows-1252, one packed for the way.
    assert "attachés" in found[1].text
    assert "Macará" in found[3].text


@pytest.mark.parametrize(
    ("name", "kept", "broken"),
    [("cut-off.warc.gz", PAGES[:2], 3), ("garbage.warc", PAGES, 3), ("broken-member.warc.gz", PAGES[1:], 1)],
)
def test_a_broken_record_costs_itself_and_is_named_by_number(name, kept, broken):
    found = rows(name)
    assert [row.id for row in found if isinstance(row, Row) and "empty" not in row.id] == kept
    assert [row.line for row in found if isinstance(row, Reject) and "broken record" in row.reason] == [broken]


def test_a_batch_counts_every_page_and_keeps_no_whole_page_among_the_rejects(tmp_path):
    output = tmp_path / "out.csv"
    assert main(["batch", str(WARC / "crawl.warc.gz"), "-o", str(output), "--jobs", "1"]) == 1
    counts = json.loads(summary_of(output).read_text())
    assert (counts["rows_in"], counts["articles"], counts["rejected"]) == (5, 3, 2)
    with output.open(encoding="utf-8", newline="") as file:
        assert list(dict.fromkeys(row["id"] for row in csv.DictReader(file))) == PAGES
    with rejects_of(output).open(encoding="utf-8", newline="") as file:
        rejected = list(csv.DictReader(file))
    assert "404" in rejected[0]["reason"]
    assert "no article found" in rejected[1]["reason"]
    assert all("<" not in row["cells"] for row in rejected)


def test_what_is_no_archive_gets_one_clear_sentence(tmp_path):
    path = tmp_path / "a.warc"
    path.write_text("id,text\n1,Seoul condemned the launch.\n")
    with pytest.raises(StanceError, match="is no web archive"):
        open_table(str(path), {})
    with pytest.raises(StanceError, match=r"cannot be read|no such"):
        open_table(str(tmp_path / "missing.warc.gz"), {})


def answer(address, kind):
    """A record of a page as a crawler writes it."""
    page = b"<p>The ministers met in Geneva on Monday.</p>"
    http = b"HTTP/1.1 200 OK\r\nContent-Type: %s\r\nContent-Length: %d\r\n\r\n%s" % (kind, len(page), page)
    head = b"WARC/1.0\r\nWARC-Type: response\r\nWARC-Target-URI: %s\r\nWARC-Date: 2024-06-14T00:00:00Z\r\n" % address
    return head + b"Content-Type: application/http\r\nContent-Length: %d\r\n\r\n%s\r\n\r\n" % (len(http), http)


@pytest.mark.parametrize("kind", [b"text/html", b"Text/HTML", b"TEXT/HTML; charset=utf-8", b"Application/XHTML+XML"])
def test_a_page_is_one_however_its_type_is_written(kind, tmp_path):
    (tmp_path / "a.warc").write_bytes(answer(b"http://a.example/", kind))
    assert [type(row) for row in rows(tmp_path / "a.warc")] == [Row]


@pytest.mark.parametrize("address", ["http://[bad/", "http://[::1", "//[x]y"])
def test_a_page_at_a_broken_address_is_a_row_without_a_host(address, tmp_path):
    (tmp_path / "a.warc").write_bytes(answer(address.encode(), b"text/html"))
    [row] = rows(tmp_path / "a.warc")
    assert (row.id, row.date, row.source) == (address, "2024-06-14", "")
    assert "Geneva" in row.text
