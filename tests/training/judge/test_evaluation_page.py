"""The page of an evaluation and its printed form show hostile texts as text."""

import json
import re
from pathlib import Path

import pytest
from helpers import Page, word_model, write_labelled

from training.judge.evaluation import Assumptions, evaluate_file
from training.judge.page import write_page
from training.judge.text import as_json, print_evaluation

HOSTILE = (
    "</script><script>document.title='run'</script> <img src=x onerror=\"document.title='run'\"> [bold]{{ 7 * 7 }} \x1b[2J war"
)


@pytest.fixture
def hostile(tmp_path):
    names = {"<i>good</i>": "peac", "bad & [red]": "war"}
    word_model(names).save(tmp_path / "own.safetensors")
    rows = [(HOSTILE, "<i>good</i>"), ("They want peace.", "<i>good</i>"), ("They want war.", "bad & [red]")]
    data = write_labelled(tmp_path / "[b]data.csv", rows)
    return evaluate_file(
        data, str(tmp_path / "own.safetensors"), str(tmp_path / "own.safetensors"), Assumptions({}, False, False), 9
    )


def test_no_text_steers_the_terminal_or_the_json(hostile, capsys):
    print_evaluation(hostile)
    shown = capsys.readouterr().out
    assert "\x1b" not in shown
    assert "[b]data.csv" in shown
    assert "[bold]{{ 7 * 7 }}" in re.sub(r"\s+", " ", shown)
    assert json.loads(as_json(hostile))["mistakes"][0]["text"] == HOSTILE


def test_the_page_shows_hostile_texts_as_text_and_loads_nothing(browser, hostile, tmp_path):
    path = Path(tmp_path / "page.html")
    write_page(hostile, path)
    page = Page(browser, path)
    assert page.all(".quote") == [HOSTILE]
    assert page.all(".quotes mark") == ["war"]
    assert page.run("return document.title").endswith("[b]data.csv: stance evaluation")
    assert page.run("return document.querySelectorAll('script, img, main i').length") == 0
    assert page.all(".confusion td.hit") == ["150 %", "1100 %"]
    assert page.run("return document.querySelectorAll('.reliability circle').length") == len(hostile.judgement.bins)
    assert page.run("return getComputedStyle(document.querySelector('.heat-10')).backgroundColor") not in ("", "rgba(0, 0, 0, 0)")
    assert page.errors() == []
    assert page.requests() == [path.as_uri()]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_page_fits_a_phone(browser, hostile, tmp_path, scheme):
    write_page(hostile, tmp_path / "page.html")
    size = {"width": 360, "height": 800, "deviceScaleFactor": 1, "mobile": True}
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [{"name": "prefers-color-scheme", "value": scheme}]})
    try:
        page = Page(browser, tmp_path / "page.html")
        assert page.run("return document.documentElement.scrollWidth") <= 360
        paper = page.run("return getComputedStyle(document.body).backgroundColor")
        assert (paper == "rgb(255, 255, 255)") == (scheme == "light")
    finally:
        browser.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})
        browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": []})
