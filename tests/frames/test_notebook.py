"""What Python shows of a scored article and of a model, and what it completes."""

from html.parser import HTMLParser

import classifier
import stance
from classifier import label_text
from classifier.report.article_page import render

HOSTILE = 'Seoul condemned "the <script>alert(1)</script> launch" & left. </iframe><img src=x onerror=alert(1)>'


class Tags(HTMLParser):
    def __init__(self, text):
        super().__init__()
        self.found = []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.found.append((tag, dict(attrs)))


def test_a_notebook_shows_the_page_in_a_frame_that_nothing_leaves():
    scored = label_text(HOSTILE)
    shown = scored._repr_html_()
    [(tag, given)] = Tags(shown).found
    assert tag == "iframe"
    assert given["sandbox"] in (None, "")
    assert given["srcdoc"] == render([scored])
    assert {"script", "img"}.isdisjoint(tag for tag, _ in Tags(given["srcdoc"]).found)


def test_a_scored_article_and_a_model_are_a_line_in_the_terminal(model):
    scored = label_text("Seoul condemned the launch. Talks resumed in Geneva. France signed a treaty.")
    assert "3 sentences" in repr(scored)
    assert "escalation, cooperation, negotiation, none" in repr(model)
    assert max(len(repr(scored)), len(repr(model)), len(repr(model.to_sklearn()))) < 1000


def test_public_names_are_the_same_by_either_name_and_are_completed():
    assert stance.__all__ == classifier.__all__
    assert {*stance.__all__} <= {*dir(stance)} & {*dir(classifier)}
    for name in classifier.__all__:
        assert getattr(stance, name) is getattr(classifier, name)
