"""The report as a reader meets it: a page from disk in a real browser."""

import csv
import datetime
import json
import re
import time

import pandas as pd
import pytest
from helpers import COLUMNS, COOPERATION, ESCALATION, NEGOTIATION, NONE, Page, row

from classifier.errors import StanceError
from classifier.report.labelled_rows import read_labelled_rows
from classifier.report.page import embed, write_report
from classifier.report.pairs import step
from classifier.report.peaks import pieces
from classifier.wording import signed

HOSTILE = [
    "</script><script>document.title = 'run'</script> they warned, \u2028 again.",
    "<img src=x onerror=\"document.title='run'\"> & 'quotes' <!-- <script>",
    "javascript:document.title='run' //example.org/x.png",
    '=HYPERLINK("https://example.org")',
    "{{ 7 * 7 }} {% raw %} ${7 * 7}",
]


def table():
    """Nine weeks of three articles with six sentences; escalation in the last; hostile texts; one article without a date."""
    rows = []
    for week in range(9):
        for article in range(3):
            day = (datetime.date(2024, 1, 1) + datetime.timedelta(days=7 * week + article)).isoformat()
            labels = (
                [ESCALATION] * 6
                if week == 8
                else [COOPERATION, COOPERATION, NEGOTIATION, NONE, NONE, (ESCALATION, NONE)[article % 2]]
            )
            for number, shares in enumerate(labels, 1):
                pair = ("RUS; UKR", "CHN; USA", "IRN", "")[(week + number) % 4]
                text = f"Sentence {number} of week {week}: Moscow condemned it, condemned it."
                source = ("Reuters", "AFP", "<b>Bold & Co</b>")[article]
                rows.append(row(f"{week}-{article}", day, shares, source, pair, text, "Moscow; condemned", number))
    rows += [
        row("javascript:alert(1)", "", NEGOTIATION, '"quoted", source', "'</script>; <i>", text, "<script>; they", n)
        for n, text in enumerate(HOSTILE, 1)
    ]
    rows[3][9] = "true"
    return rows


ROWS = table()


def write(folder, rows, summary=None, name="labelled.csv"):
    frame = pd.DataFrame(rows, columns=COLUMNS)
    frame["text"] = frame["text"].map(lambda text: f"'{text}" if text.startswith("=") else text)
    frame.to_csv(folder / name, index=False)
    if summary:
        (folder / f"{name}.summary.json").write_text(json.dumps(summary))
    write_report(folder / name, folder / "report.html")
    return folder / "report.html"


SUMMARY = {
    "rows_in": 30, "articles": 28, "rejected": 2, "sentences": 167, "model": "stance.safetensors",
    "model_sha256": "0123456789abcdef" * 4, "created_by": "stance 0.1.0", "options": {"prior": "none=0.5", "raw": False},
}  # fmt: skip


@pytest.fixture(scope="module")
def page(tmp_path_factory):
    return write(tmp_path_factory.mktemp("report"), ROWS, SUMMARY)


# --- without a browser


def test_data_cannot_end_the_element_that_holds_it():
    text = embed(HOSTILE)
    assert not re.search("[<>&\u2028\u2029]", text)
    assert json.loads(text) == HOSTILE


def test_the_page_has_a_strict_policy_and_the_hashes_fit(page):
    html = page.read_text(encoding="utf-8")
    policy = re.search(r'Content-Security-Policy" content="([^"]*)"', html)[1]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert not re.search(r"<[^>]*\s(style|on\w+)=", re.sub(r"(?s)<script.*", "", html))
    assert "http" not in re.sub(r"(?s)<script.*|http-equiv", "", html)


def test_deciding_words_are_found_in_reading_order_and_only_as_whole_words():
    assert pieces("He warned of war, war.", "war; war") == [
        ("He warned of ", False),
        ("war", True),
        (", ", False),
        ("war", True),
        (".", False),
    ]
    assert pieces("Nothing (here).", "(here); gone") == [("Nothing ", False), ("(here)", True), (".", False)]
    assert pieces("", "x") == []


def test_figures_are_printed_with_their_sign_and_coloured_by_it():
    assert [signed(value) for value in (0.123, -0.5, -0.001, None)] == ["+0.12", "\u22120.50", "0.00", "–"]
    assert [step(value) for value in (None, 0.04, -0.04, 0.05, -0.2, 0.59, -1)] == [
        "unknown",
        "even",
        "even",
        "up-1",
        "down-2",
        "up-3",
        "down-4",
    ]


def test_the_same_file_gives_the_same_page(tmp_path):
    assert write(tmp_path, ROWS).read_bytes() == write(tmp_path, ROWS).read_bytes()


def test_a_report_never_overwrites_what_it_reads(tmp_path):
    write(tmp_path, ROWS)
    with pytest.raises(StanceError, match="another name"):
        write_report(tmp_path / "labelled.csv", tmp_path / "labelled.csv")


def test_a_table_too_long_for_a_page_keeps_the_stances_and_says_so(tmp_path, monkeypatch):
    monkeypatch.setattr("classifier.report.sentence_table.MOST_ROWS", 100)
    html = write(tmp_path, ROWS).read_text(encoding="utf-8")
    data = json.loads(re.search('id="data">(.*?)</script>', html)[1])
    stances = sum(each[8] != "none" for each in ROWS)
    assert len(data["text"]) == 100
    assert sum(data["labels"][at] == "none" for at in data["label"]) == max(0, 100 - stances)
    assert "The table holds 100 sentences, those that take a stance first; 67 more" in html


# --- in a browser


@pytest.fixture
def opened(browser, page):
    return Page(browser, page)


def test_it_renders_without_an_error_and_without_a_request(opened, page):
    assert opened.run("return document.title") == "labelled.csv: stance report"
    assert opened.count() == len(ROWS) == 167
    assert len(opened.column("text")) == 50
    assert opened.all("h2") == [
        "Tension over time",
        "Who with whom",
        "What drives the peaks",
        "Labels by source",
        "All sentences",
    ]
    assert opened.errors() == []
    assert opened.requests() == [page.as_uri()]


def test_it_says_what_was_read(opened):
    facts = dict(zip(opened.all(".facts dt"), opened.all(".facts dd"), strict=True))
    assert facts["Rows read"] == "30"
    assert facts["Rejected"].startswith("2")
    assert facts["Articles"] == "28"
    assert facts["Sentences"].startswith("167")
    assert facts["Uncertain"].startswith("1%")
    assert facts["Dates"].startswith("1 Jan – 28 Feb 2024")
    assert facts["Model"] == "stance.safetensors0123456789ab"
    assert facts["Written by"] == "stance 0.1.0prior none=0.5"


def test_hostile_cells_stay_text(opened):
    opened.fill(pair="")
    opened.fill(text="javascript:alert(1)")
    shown = [text.split("javascript:alert(1)")[0] for text in opened.column("text")]
    assert shown == HOSTILE
    assert opened.all(".rows tbody mark") == ["they", "<script>"]
    assert opened.column("source")[0] == '"quoted", source'
    assert (
        opened.run("return document.querySelectorAll('img, b b, main i, script:not([id])').length") == 1
    )  # the page's own script
    assert "<b>Bold & Co</b>" in opened.all(".sources th")
    assert opened.run("return document.title") == "labelled.csv: stance report"
    assert opened.run("return document.querySelectorAll('a[href^=javascript]').length") == 0
    assert opened.errors() == []


def test_the_changed_week_is_marked_tested_and_explained(opened):
    assert opened.run("return document.querySelectorAll('.chart.week .dot.up').length") == 1
    [says] = opened.all(".peak.up p:first-of-type")[:1]
    assert says.startswith("Rose to +0.67, from \u2212")
    assert opened.all(".peak.up .tag") == ["escalation"] * 4
    assert opened.all(".peak.up mark")[:2] == ["Moscow", "condemned"]
    assert "Holm" in " ".join(opened.all("#time .note"))


def test_filters_combine_and_can_be_taken_back(opened):
    expected = [
        each for each in ROWS if each[8] == "escalation" and "2024-02-01" <= each[1] <= "2024-02-27" and each[14] == "RUS; UKR"
    ]
    opened.fill(label="0", pair="ukr rus", **{"from": "2024-02-01", "to": "2024-02-27"})
    assert opened.count() == len(expected) > 0
    assert set(opened.column("label")) == {"escalation"}
    assert set(opened.column("pair")) == {"RUS–UKR"}
    opened.click(".filters [type=reset]")
    opened.settle()
    assert opened.count() == 167
    opened.fill(uncertain="1")
    assert opened.count() == 1
    assert opened.column("sure") == ["80 % ?"]
    opened.fill(uncertain="", text="nowhere to be found")
    assert opened.all("#count") == ["No sentence passes these filters."]
    assert opened.run("return document.querySelector('#download').disabled")


def test_an_actor_alone_finds_all_its_pairs(opened):
    opened.fill(pair="chn")
    assert opened.count() == sum("CHN" in each[14] for each in ROWS)


def test_a_column_sorts_up_and_down_and_says_so(opened):
    opened.click("[data-sort=date] button")
    assert opened.column("date") == sorted(each[1] for each in ROWS)[:50]
    opened.click("[data-sort=date] button")
    assert opened.column("date") == sorted((each[1] for each in ROWS), reverse=True)[:50]
    assert opened.run("return document.querySelector('[data-sort=date]').getAttribute('aria-sort')") == "descending"
    opened.click("[data-sort=sure] button")
    assert opened.column("sure")[0].startswith("80 %")
    assert opened.run("return document.querySelectorAll('[aria-sort]').length") == 1


def test_pages_turn(opened):
    first = opened.column("text")
    opened.click("#on")
    assert opened.all("#count") == ["51–100 of 167 sentences"]
    opened.click("#back")
    assert opened.column("text") == first


def test_a_cell_of_the_matrix_and_a_peak_lead_to_their_sentences(opened):
    opened.click("[data-pair='RUS–UKR']")
    assert opened.count() == sum(each[14] == "RUS; UKR" for each in ROWS)
    opened.click("[data-from]")
    assert opened.count() == 18
    assert set(opened.column("date")) == {"2024-02-26", "2024-02-27", "2024-02-28"}


def test_the_chart_is_read_by_keyboard(opened):
    opened.run("document.querySelector('.chart.week .plot').focus()")
    assert opened.all(".chart.week .readout")[0].startswith(
        "26 Feb – 3 Mar 2024: +0.67 [+0.67, +0.67], 18 stances in 3 articles; weeks before"
    )
    opened.run("document.activeElement.dispatchEvent(new KeyboardEvent('keydown', {key: 'Home'}))")
    assert opened.all(".chart.week .readout")[0].startswith("1–7 Jan 2024: ")


def test_the_download_holds_what_is_shown_and_reads_back(opened):
    opened.fill(text="javascript")
    opened.click("#download")
    target = opened.browser.downloads / "labelled-selection.csv"
    deadline = time.monotonic() + 600
    while not (target.exists() and target.stat().st_size) and time.monotonic() < deadline:
        time.sleep(0.05)
    with target.open(encoding="utf-8-sig", newline="") as file:
        header, *cells = csv.reader(file)
    assert header == COLUMNS
    assert len(cells) == opened.count() == 5
    assert cells[3][7].startswith("'=HYPERLINK")
    back = read_labelled_rows(target)
    assert back["text"].tolist() == HOSTILE
    assert back["p_negotiation"].tolist() == [0.6] * 5
    assert back["actors"].tolist() == ["'</script>; <i>"] * 5


@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (390, "light"), (390, "dark"), (320, "light")])
def test_nothing_is_wider_than_the_page(opened, width, scheme):
    browser = opened.browser
    browser.execute_cdp_cmd(
        "Emulation.setDeviceMetricsOverride", {"width": width, "height": 800, "deviceScaleFactor": 1, "mobile": width < 500}
    )
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [{"name": "prefers-color-scheme", "value": scheme}]})
    try:
        assert opened.run("return document.documentElement.scrollWidth") <= width
        paper = opened.run("return getComputedStyle(document.body).backgroundColor")
        assert (paper == "rgb(255, 255, 255)") == (scheme == "light")
    finally:
        browser.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})
        browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": []})


def test_without_dates_actors_and_stances_it_says_so(browser, tmp_path):
    page = Page(browser, write(tmp_path, [row("a", "", NONE, source="", actors="", number=number) for number in range(3)]))
    assert len(page.all("section > .empty")) == 3
    assert page.all(".sources th")[4:] == ["source not named"]
    assert page.count() == 3
    assert page.errors() == []


def test_a_file_of_one_day_has_a_chart_of_one_point(browser, tmp_path):
    rows = [
        row("ab"[number % 2], "2024-05-05", shares, number=number) for number, shares in enumerate([ESCALATION, COOPERATION] * 3)
    ]
    page = Page(browser, write(tmp_path, rows))
    assert page.run("return document.querySelectorAll('.chart.day .dot').length") == 1
    assert page.run("return document.querySelector('[name=period]:checked').value") == "day"
    assert page.errors() == []
