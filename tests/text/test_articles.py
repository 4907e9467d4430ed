"""Files as readers save them become articles without their dirt."""

import time

import pytest
from conftest import ROOT

from classifier import StanceError
from classifier.model import features
from classifier.text.articles import article_from_text, find_files, read_articles
from classifier.text.sentences import split

SAMPLES = sorted((ROOT / "seeds" / "articles").glob("*.txt"))


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.stem)
def test_samples_give_the_sentences_that_a_person_wrote_down(path, gold_articles):
    gold = gold_articles[path.name]
    articles = read_articles(str(path))
    assert [article.title for article in articles] == [each["title"] for each in gold]
    assert [article.date for article in articles] == [each["date"] for each in gold]
    assert [article.source for article in articles] == [each["source"] for each in gold]
    for article, each in zip(articles, gold, strict=True):
        assert [sentence.text for sentence in split(article.paragraphs)] == [text for _, text in each["sentences"]]


def test_every_sample_is_in_the_gold(gold_articles):
    assert {path.name for path in SAMPLES} == set(gold_articles)
    assert len(SAMPLES) >= 6


def write(tmp_path, content, name="article.txt", encoding="utf-8"):
    path = tmp_path / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode(encoding))
    return str(path)


def paragraphs(tmp_path, content, **options):
    [article] = read_articles(write(tmp_path, content, **options))
    return list(article.paragraphs)


def test_plain_sentences_without_any_headline_are_all_kept(tmp_path):
    lines = ["Russia shelled the town", "Kyiv protested.", "Talks are set for Monday"]
    assert paragraphs(tmp_path, "\n".join(lines)) == lines


def test_a_single_line_is_an_article(tmp_path):
    assert paragraphs(tmp_path, "Seoul condemned the launch") == ["Seoul condemned the launch"]


def test_captions_subheads_agency_marks_and_repeated_headlines_go(tmp_path):
    text = (
        "Envoys Meet in Oslo Again\n\nEnvoys at the door. (AP Photo/Lind)\nEnvoys at the door. (AP Photo/Lind)\nTT\n\n"
        "Envoys Meet in Oslo Again\n\nThe envoys met.\nSLOW PROGRESS\nThey agreed on nothing. (Reuters)\n"
    )
    assert paragraphs(tmp_path, text) == ["Envoys Meet in Oslo Again", "The envoys met.", "They agreed on nothing."]


def test_a_closing_agency_credit_does_not_take_the_last_sentence_along(tmp_path):
    assert paragraphs(tmp_path, "The envoys met.\n\nThey will meet again. (AFP)") == ["The envoys met.", "They will meet again."]


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_byte_order_marks_tell_the_encoding(tmp_path, encoding):
    assert paragraphs(tmp_path, "Türkiye rejected the plan.", encoding=encoding) == ["Türkiye rejected the plan."]


def test_carriage_returns_are_line_ends(tmp_path):
    assert paragraphs(tmp_path, b"One came.\r\nTwo went.\rThree stayed.") == ["One came.", "Two went.", "Three stayed."]


def test_markdown_marks_are_not_text(tmp_path):
    text = (
        "---\ntitle: x\n---\n# Envoys meet\n\n![photo](a.png)\n\nThe **envoys** [met](http://example.org) & left.\n\n"
        "| a | b |\n|---|---|\n| Iran | Iraq |\n\n## More\n\n- They `agreed`.\n\n<script>alert(1)</script>\n"
    )
    [article] = read_articles(write(tmp_path, text, name="a.md"))
    assert article.title == "Envoys meet"
    assert list(article.paragraphs) == ["Envoys meet", "The envoys met & left.", "They agreed."]


def test_html_gives_the_article_and_not_the_page(tmp_path):
    pytest.importorskip("trafilatura")
    body = "".join(
        f"<p>Minister number {n} of the coastal republic rejected the proposal &amp; left the hall.</p>" for n in range(9)
    )
    page = (
        "<html><head><title>Ministers reject proposal</title><meta property='article:published_time' content='2024-06-14'>"
        "<meta property='og:site_name' content='The Wire'></head><body><nav><a href='/'>Home</a> Subscribe now</nav>"
        f"<article><h1>Ministers reject proposal</h1><script>alert('x')</script>{body}</article><footer>Cookies</footer></body></html>"
    )
    [article] = read_articles(write(tmp_path, page, name="a.html"))
    text = "\n".join(article.paragraphs)
    assert (article.title, article.date, article.source) == ("Ministers reject proposal", "2024-06-14", "The Wire")
    assert "Minister number 8 of the coastal republic rejected the proposal & left the hall." in text
    assert not any(word in text for word in ("alert", "Subscribe", "Cookies", "<"))


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "is empty"),
        (b" \n\t\n", "is empty"),
        (b"\x89PNG\r\n\x1a\n....", "binary"),
        (b"%PDF-1.7 text", "binary"),
        (b"text\0text", "binary"),
        ("Türkiye refused.".encode("cp1252"), "iconv"),
        (b"word " * 10_000_000, "larger than 32 MB"),
        (b"word " * 400_000, "paragraph"),
        (b"<b>word</b> " * 100_000, "paragraph"),
        ("Türkiye".encode("utf-32"), "binary"),
        ("— … —\n".encode(), "no sentence"),
    ],
    ids=[
        "empty",
        "blank",
        "png",
        "pdf",
        "nul",
        "windows-1252",
        "50 MB line",
        "2 MB line",
        "2 MB line with tags",
        "utf-32",
        "no letter",
    ],
)
def test_what_is_no_article_gets_one_clear_sentence(tmp_path, content, says):
    path = write(tmp_path, content)
    with pytest.raises(StanceError, match=says) as error:
        read_articles(path)
    assert str(error.value).startswith(path)
    assert "\n" not in str(error.value)


def test_lines_broken_at_a_fixed_width_are_joined_again(tmp_path):
    text = (
        "Envoys of both countries met in the old town hall of the capital on\nFriday and agreed to meet again in the second week of October to\n"
        "talk about the river that both of them draw upon in the dry season.\n\nThe talks were the first since the bridge at the border "
        "was\nclosed last year, after a dispute over grazing land that has kept\nboth armies busy, and the mediator said he was content.\n"
    )
    joined = paragraphs(tmp_path, text)
    assert len(joined) == 2
    assert joined[0].startswith("Envoys of both countries met in the old town hall of the capital on Friday and agreed")


def test_what_a_site_puts_round_an_article_goes(tmp_path):
    text = (
        "By Jane Roe and John Doe\nJune 14, 2024 9:14 AM GMT+2 Updated 2 hours ago\n\nThe envoys met.\n\nRead more: Chile threatens war\n\n"
        "A truck near Tacna. Photo: John Doe/Getty Images\n\nSign up for our newsletter\n\nReporting by Jane Roe; Editing by John Doe\n\n© 2024 The Wire\n"
    )
    [article] = read_articles(write(tmp_path, text))
    assert (article.date, article.paragraphs) == ("2024-06-14", ("The envoys met.",))


def test_articles_of_one_file_have_names_of_their_own():
    names = [article.name for article in read_articles(str(SAMPLES[-1]))]
    assert len(set(names)) == len(names) == 2


@pytest.mark.parametrize(
    "sentence",
    [
        "They signed an economic partnership agreement (EPA).",
        "The fund met envoys from Ankara (AA).",
        "Photo-ops aside, the leaders signed a treaty.",
        "Reporting by foreign media was banned in Tigray.",
        "Editing by the censor angered Paris.",
    ],
)
def test_sentences_that_look_like_dirt_are_kept(tmp_path, sentence):
    assert sentence in paragraphs(tmp_path, f"The envoys met.\n\n{sentence}\n\nThey left again.")


@pytest.mark.parametrize(
    ("text", "paragraphs"),
    [
        ("NORTH KOREA FIRES TWO MISSILES INTO SEA", ("NORTH KOREA FIRES TWO MISSILES INTO SEA",)),
        ("NULL", ()),
        ("READ MORE", ()),
        ("A NEW ERA OF TALKS\nThe envoys met.", ("The envoys met.",)),
    ],
)
def test_capitals_alone_in_a_cell_are_the_sentence(text, paragraphs):
    assert article_from_text(text, "cell").paragraphs == paragraphs


def test_references_to_characters_that_are_none_do_no_harm():
    html = "<b>Seoul</b> condemned the launch.<br>&#11;Talks &#1;resumed in Geneva.<p></p>&#xfffe;It left."
    paragraphs = article_from_text(html, "cell").paragraphs
    assert [" ".join(line.replace("\x01", " ").split()) for line in paragraphs] == [
        "Seoul condemned the launch.",
        "Talks resumed in Geneva.",
        "It left.",
    ]


def test_line_breaks_in_html_end_a_paragraph():
    pytest.importorskip("trafilatura")
    assert article_from_text("<p>First ends.<br>Second starts.</p>", "x").paragraphs == ("First ends.", "Second starts.")


def test_only_a_heading_at_the_top_is_the_headline(tmp_path):
    [article] = read_articles(write(tmp_path, "Intro.\n\n## Background\n\nTail.\n", name="a.md"))
    assert (article.title, article.paragraphs) == ("", ("Intro.", "Tail."))


HOSTILE_LINES = ["Published{}x", "1 Jan 2020{}x", "Seoul{}x", "x ({}", "{}", "By {}"]


@pytest.mark.parametrize("piece", [" ", "AP ", "Photo ", "Reuters/", "'", "Aa ", "apply ", "y", "(", "South "])
@pytest.mark.parametrize("frame", HOSTILE_LINES)
def test_time_grows_with_length_and_not_with_its_square(frame, piece):
    """Ten times the text may take thirty times as long (it would take a hundred times, were it the square)."""

    def seconds(times):
        text = frame.format(piece * times)
        began = time.process_time()
        for sentence in split(article_from_text(text, "x").paragraphs):
            features.extract(sentence.text, ())
        return time.process_time() - began

    seconds(200)
    # Others who use the machine lengthen one measurement and not every one.
    assert any(seconds(20_000) < 0.5 + 30 * seconds(2_000) for _ in range(3))


def test_a_directory_stands_for_the_articles_in_it(tmp_path):
    for name in ("b.txt", "a.md", "notes.csv", ".hidden.txt"):
        write(tmp_path, "The envoys met.", name=name)
    assert find_files([str(tmp_path)]) == [str(tmp_path / "a.md"), str(tmp_path / "b.txt")]


def test_missing_and_empty_places_are_named(tmp_path):
    with pytest.raises(StanceError, match="no such file"):
        find_files([str(tmp_path / "missing.txt")])
    with pytest.raises(StanceError, match="no article in this directory"):
        find_files([str(tmp_path)])
