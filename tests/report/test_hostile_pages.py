"""Every page that stance writes, opened in a real browser with hostile text in every field: nothing runs, nothing is fetched."""

import csv
import dataclasses
import json

import pytest
from helpers import COLUMNS, ESCALATION, Page, row

from classifier.model.scoring import score_article
from classifier.report.article_page import render as render_articles
from classifier.report.page import write_report
from classifier.text.articles import Article

# Each would set window.ran, ask for a file, or draw an element that is not of the page, if any part of it were more than text.
RUN = "window.ran=1"
PAYLOADS = [
    *(f"<script>{RUN}</script>", f"</script><script>{RUN}</script>", "<SCRIPT SRC=//x.test/a.js></SCRIPT>", f"<script/x>{RUN}</script>"),
    *(f"</title><script>{RUN}</script>", f"</style><script>{RUN}</script>", f"</textarea><script>{RUN}</script>", f"--><script>{RUN}</script>"),
    *(f"]]><script>{RUN}</script>", f"</noscript><script>{RUN}</script>", f"<!--<script>{RUN}", f"<![CDATA[<script>{RUN}</script>]]>"),
    *(f"<scr<script>ipt>{RUN}</scr</script>ipt>", f"<<script>{RUN}//<</script>", f"\"><script>{RUN}</script>", f"'><script>{RUN}</script>"),
    *(f"<script type=module>{RUN}</script>", f"<script\x0c>{RUN}</script\x0b>", f"<script>/*</title>*/{RUN}</script>", "<script\x00>alert(1)</script>"),
    *(f"<img src=x onerror={RUN}>", f"<img src=x onerror=\"{RUN}\">", f"<img/src/onerror={RUN}>", "<img src=//x.test/a.png>"),
    *(f"<svg onload={RUN}>", f"<svg><script>{RUN}</script></svg>", f"<svg/onload={RUN}//", f"<svg><animate onbegin={RUN} attributeName=x dur=1s>"),
    *(f"<svg><a xlink:href=javascript:{RUN}><text y=9>x</text></a></svg>", "<svg><use href=data:image/svg+xml,x#y>", f"<math><mi xlink:href=javascript:{RUN}>"),
    *(f"<body onload={RUN}>", f"<input autofocus onfocus={RUN}>", f"<details open ontoggle={RUN}>", f"<video><source onerror={RUN}>"),
    *(f"<marquee onstart={RUN}>", f"<audio src=x onerror={RUN}>", f"<select autofocus onfocus={RUN}>", "<iframe srcdoc='<script>parent.ran=1</script>'>"),
    *(f"<iframe src=javascript:parent.{RUN}>", f"<object data=javascript:{RUN}>", "<embed src=//x.test/a.swf>", "<frameset><frame src=//x.test>"),
    *(f"\" onmouseover={RUN} x=\"", f"' onfocus={RUN} autofocus x='", f"` onclick={RUN} x=`", f"x onmouseover={RUN}", f"\" autofocus onfocus=\"{RUN}"),
    *(f"javascript:{RUN}", f"JaVaScRiPt:{RUN}", f"java\tscript:{RUN}", f"&#106;avascript:{RUN}", f"data:text/html,<script>{RUN}</script>", f"vbscript:{RUN}"),
    *(f"<a href=javascript:{RUN}>x</a>", f"<form action=javascript:{RUN}><button>x</button></form>", f"<button formaction=javascript:{RUN}>x</button>"),
    *("<base href=//x.test/>", "<link rel=stylesheet href=//x.test/a.css>", f"<meta http-equiv=refresh content='0;url=javascript:{RUN}'>"),
    *("<meta http-equiv=refresh content='0;url=//x.test'>", "<meta http-equiv=Content-Security-Policy content=''>", "<link rel=prefetch href=//x.test/a>"),
    *("<style>@import '//x.test/a.css';</style>", "<style>*{background:url(//x.test/a)}</style>", "</style><style>body{display:none}", "x;background:url(//x.test/a)"),
    *("red;}*{display:none}", "expression(window.ran=1)", "\\3c script\\3e", "<x style=behavior:url(#x)>", "<div style=background:url(//x.test/a)>"),
    *("{{7*7}}", "{% for x in y %}", "{{ ''.__class__ }}", "${window.ran=1}", "<%= 7*7 %>", "#{7*7}", "{{constructor.constructor('window.ran=1')()}}"),
    *("\\u003cscript\\u003ewindow.ran=1\\u003c/script\\u003e", "\\x3cscript\\x3e", "\"};window.ran=1;//", "']});window.ran=1;//", "\\\";window.ran=1;//"),
    *("\u2028window.ran=1\u2029", "__proto__", "constructor", "</script", "</SCRIPT >", "<!--", "-->", "<!-- <script> -->", "]]>"),
    *("&lt;script&gt;window.ran=1&lt;/script&gt;", "&#60;script&#62;window.ran=1", "&amp;lt;img src=x onerror=window.ran=1&amp;gt;", "&NewLine;&Tab;&colon;"),
    *("<noscript><p title=\"</noscript><img src=x onerror=window.ran=1>\">", "<svg></p><style><a id=\"</style><img src=1 onerror=window.ran=1>\">"),
    *("<math><mtext><table><mglyph><style><!--</style><img title=\"--&gt;&lt;img src=1 onerror=window.ran=1&gt;\">", "<form><math><mtext></form><form><mglyph><style></math><img src onerror=window.ran=1>"),
    *("<template><script>window.ran=1</script></template>", "<xmp><p title=\"</xmp><img src=x onerror=window.ran=1>\">", "<x contenteditable onblur=window.ran=1>"),
    *("+ADw-script+AD4-window.ran=1+ADw-/script+AD4-", "\ufeff<script>window.ran=1</script>", "%3Cscript%3Ewindow.ran=1%3C/script%3E", "＜script＞window.ran=1＜/script＞"),
    *("\u202e<script>window.ran=1</script>\u202c", "\u200b<img src=x onerror=window.ran=1>", "<\u0130mg src=x onerror=window.ran=1>", "\x1b]8;;javascript:x\x07x"),
]  # fmt: skip


def nothing_happened(page, path, title):
    """No script of the text ran, nothing was asked for, and no element is there that the page itself does not have."""
    assert page.run("return window.ran === undefined")
    assert set(page.requests()) <= {path.as_uri()}
    assert [error for error in page.errors() if "favicon" not in error["message"]] == []
    foreign = "img, iframe, object, embed, base, link, video, audio, frameset, form:not(.filters), template, math, marquee, a:not(.skip, .chart a), animate, use, xmp"
    assert page.run("return [...document.querySelectorAll(arguments[0])].map(each => each.outerHTML)", foreign) == []
    assert (
        page.run(
            "return [...document.querySelectorAll('*')].flatMap(each => [...each.attributes]).map(each => each.name).filter(name => name.startsWith('on'))"
        )
        == []
    )
    assert page.run("return getComputedStyle(document.body).display") != "none"
    assert title in page.run("return document.title")


def as_shown(text):
    """Blanks aside, and without what no page can hold."""
    return "".join(char for char in text if not char.isspace() and char not in "\0\x1b\x07\x0b\x0c")


def test_sixty_and_more_ways_in_are_tried():
    assert len(set(PAYLOADS)) >= 100


def test_a_page_of_articles_shows_hostile_text_as_text(browser, tmp_path, model):
    articles = [Article(payload, payload, payload, (payload, f"Seoul said {payload} again."), payload) for payload in PAYLOADS]
    articles.append(Article("", "", "", ("Seoul condemned the launch.",), PAYLOADS[0]))
    labels = tuple(PAYLOADS[:1] + list(model.labels[1:]))
    hostile = dataclasses.replace(model, labels=labels)
    path = tmp_path / "page.html"
    path.write_text(render_articles([score_article(article, hostile) for article in articles]), encoding="utf-8")
    page = Page(browser, path)
    nothing_happened(page, path, "window.ran=1")
    assert page.run("return document.querySelectorAll('script').length") == 0
    headlines = page.run(
        "return [...document.querySelectorAll('h1')].map(each => { each.querySelectorAll('.why').forEach(why => why.remove()); return each.textContent })"
    )
    assert [as_shown(text) for text in headlines if text.strip()] != []
    assert [as_shown(text) for text in headlines] == [as_shown(payload) for payload in [*PAYLOADS, PAYLOADS[0]]]
    shown = as_shown(" ".join(page.all(".sentence")))
    assert all(as_shown(payload) in shown for payload in PAYLOADS if any(map(str.isalnum, payload)))


@pytest.fixture(scope="module")
def report(tmp_path_factory):
    """A report of a table whose every cell, column of a label, name and summary is hostile."""
    folder = tmp_path_factory.mktemp("<img src=x onerror=window.ran=1>".replace("/", ""))
    path = folder / "'\"><img src=x onerror=window.ran=1>.csv"
    evil = "<img src=x onerror=window.ran=1>"
    columns = [evil.join(("p_", "")) if column == "p_none" else column for column in COLUMNS]
    rows = []
    for number, payload in enumerate(PAYLOADS):
        cells = row(
            payload,
            f"2024-0{number % 3 + 1}-1{number % 9}",
            ESCALATION,
            payload,
            f"{payload}; {payload[::-1]}",
            payload,
            payload,
            number,
        )
        rows.append(cells)
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([columns, *rows])
    summary = {
        "rows_in": evil,
        "rejected": evil,
        "model": f"/x/{evil}",
        "model_sha256": evil,
        "created_by": evil,
        "options": {evil: evil},
    }
    (folder / f"{path.name}.summary.json").write_text(json.dumps(summary))
    write_report(path, folder / "report.html")
    return folder / "report.html"


def test_a_report_shows_hostile_cells_as_text(browser, report):
    page = Page(browser, report)
    nothing_happened(page, report, "<img src=x onerror=window.ran=1>")
    assert page.run("return document.querySelectorAll('script').length") == 2
    seen = []
    for _ in range(4):
        seen += page.run(
            "return [...document.querySelectorAll('.rows td.text')].map(each => each.firstChild && each.textContent)"
        )
        page.run("const on = document.querySelector('#on'); if (!on.disabled) on.click()")
    shown = as_shown(" ".join(seen))
    assert all(as_shown(payload) in shown for payload in PAYLOADS)
    for name in ("text", "pair"):
        page.fill(**{name: PAYLOADS[0]})
    for header in ("date", "label", "source", "pair", "text"):
        page.click(f"[data-sort={header}] button")
    nothing_happened(page, report, "onerror")


def test_the_page_of_an_evaluation_shows_hostile_text_as_text(browser, tmp_path):
    table = tmp_path / "<img src=x onerror=window.ran=1>.csv"
    labels = ("escalation", "cooperation", "negotiation", "none")
    with table.open("w", encoding="utf-8", newline="") as file:
        rows = [[payload + f" Seoul {number}", labels[number % 4], payload, payload] for number, payload in enumerate(PAYLOADS)]
        csv.writer(file).writerows([["text", "label", "slice", "article"], *rows])
    page_file = tmp_path / "page.html"
    from classifier.cli import main

    assert main(["evaluate", str(table), "--html", str(page_file)]) == 0
    page = Page(browser, page_file)
    nothing_happened(page, page_file, "onerror")
    assert page.run("return document.querySelectorAll('script').length") == 0
    quotes = as_shown(" ".join(page.all(".quote")))
    assert sum(as_shown(payload) in quotes for payload in PAYLOADS) > 5
