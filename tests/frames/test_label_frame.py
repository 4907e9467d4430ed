"""A frame is labelled as ``stance batch`` labels the same table, in pandas and in polars, and no row is lost unsaid."""

import json
import subprocess
import sys
import warnings

import numpy as np
import pandas as pd
import pytest
from conftest import ROOT
from helpers import write_table

from classifier import Model, StanceError, label_frame, label_text
from classifier.batch.records import article_fields, sentence_fields
from classifier.frames import progress
from classifier.kernel import scorers

NEWS = {
    "content": [
        "Seoul condemned the launch. The ministers met for talks in Geneva.",
        "France and Germany signed a treaty.",
        "The island has a population of about 40,000.",
    ],
    "published": ["2024-06-14", "2024-06-15", ""],
}


@pytest.fixture
def news():
    return pd.DataFrame(NEWS, index=["a", "b", "c"])


@pytest.fixture(params=["pandas", "polars"])
def library(request):
    return pytest.importorskip(request.param)


def records_of(frame):
    return frame.to_dict("records") if isinstance(frame, pd.DataFrame) else frame.to_dicts()


@pytest.mark.parametrize("compiled", [False, True], ids=["plain", "compiled"])
def test_it_gives_what_batch_writes(library, stance, tmp_path, monkeypatch, compiled):
    if compiled and not scorers.is_compiled():
        pytest.skip("no Numba")
    monkeypatch.setattr("classifier.frames.label._SMALL", 0 if compiled else 10**9)
    path = write_table(tmp_path / "articles.csv", 40)
    stance("batch", path, "-o", "out.jsonl", "--articles", "articles.jsonl")
    frame = library.DataFrame(pd.read_csv(path, keep_default_na=False).to_dict("list"))
    for by, file in (("sentence", "out.jsonl"), ("article", "articles.jsonl")):
        expected = [json.loads(line) for line in (tmp_path / file).read_text(encoding="utf-8").splitlines()]
        with pytest.warns(UserWarning, match="of 40 rows"):
            found = label_frame(frame, by=by, errors="skip")
        assert type(found) is library.DataFrame
        assert list(found.columns) == list(expected[0])
        for one, other in zip(records_of(found), expected, strict=True):
            one = {name: None if isinstance(value, float) and np.isnan(value) else value for name, value in one.items()}
            assert _close(one, other)


def _close(one, other):
    """Equal but for the last place that is written, which the two scorers may round apart."""
    return one.keys() == other.keys() and all(
        abs(one[name] - other[name]) < 1.5e-4 if isinstance(other[name], float) else one[name] == other[name] for name in other
    )


def test_rows_keep_the_index_of_their_article(news):
    assert label_frame(news, text="content").index.tolist() == ["a", "a", "b", "c"]
    articles = label_frame(news, text="content", by="article")
    assert articles.index.tolist() == ["a", "b", "c"]
    assert news.join(articles[["n_escalation", "n_cooperation"]])["n_cooperation"].tolist() == [0, 1, 0]
    assert label_frame(news)["id"].tolist() == ["a", "a", "b", "c"]
    assert label_frame(news)["date"].tolist() == ["2024-06-14", "2024-06-14", "2024-06-15", ""]


def test_without_an_index_a_row_is_called_by_its_number():
    polars = pytest.importorskip("polars")
    assert label_frame(polars.DataFrame(NEWS))["id"].to_list() == ["0", "0", "1", "2"]


@pytest.mark.parametrize("by", ["sentence", "article"])
def test_a_frame_without_rows_has_the_same_columns_and_types(library, model, by):
    frame = library.DataFrame(NEWS)
    whole, empty = label_frame(frame, by=by), label_frame(frame.head(0), "content", by=by)
    assert len(empty) == 0
    assert list(whole.columns) == (sentence_fields if by == "sentence" else article_fields)(model.labels)
    assert list(whole.dtypes) == list(empty.dtypes)


def test_fields_prior_and_stances_can_be_chosen(news):
    found = label_frame(news, "content", fields=["label", "id"], force=True)
    assert list(found.columns) == ["label", "id"]
    assert "none" not in set(found["label"])
    sure = label_frame(news, "content", prior={"none": 0.99}, fields=["p_none"])["p_none"]
    assert (sure > label_frame(news, "content", fields=["p_none"])["p_none"]).all()


def test_a_model_is_given_as_such_or_by_its_path_be_it_a_string(news, model, tmp_path):
    model.with_prior({"none": 0.9}).save(str(tmp_path / "own.safetensors"))
    by_path = label_frame(news, "content", model=str(tmp_path / "own.safetensors"))
    pd.testing.assert_frame_equal(by_path, label_frame(news, "content", model=tmp_path / "own.safetensors"))
    assert not by_path["p_none"].equals(label_frame(news, "content", model=model)["p_none"])
    assert isinstance(model, Model)


@pytest.mark.parametrize(("cell", "reason"), [(None, "no text"), (np.nan, "no text"), ("", "empty"), (" ... ", "no sentence")])
def test_a_row_that_holds_no_article_is_named(library, cell, reason):
    cells = [NEWS["content"][0], cell if library is pd or cell == cell else None, NEWS["content"][2]]
    frame = library.DataFrame({"content": cells})
    with pytest.raises(StanceError, match="1 of 3 rows") as raised:
        label_frame(frame, text="content")
    assert "row 1: " in str(raised.value)
    assert reason in str(raised.value)
    with pytest.warns(UserWarning, match="1 of 3 rows") as warned:
        found = label_frame(frame, text="content", errors="skip", by="article")
    assert "row 1: " in str(warned[0].message)
    assert len(found) == 2


def test_the_label_of_a_row_names_it_and_many_are_counted(news):
    with pytest.raises(StanceError, match="row 'b'"):
        label_frame(news.assign(content=[NEWS["content"][0], None, "Talks resumed."]), "content")
    with pytest.raises(StanceError, match="and 40 more"):
        label_frame(pd.DataFrame({"text": [None] * 50}))


@pytest.mark.parametrize(
    ("given", "options", "message"),
    [
        (NEWS, {}, "not builtins dict"),
        (["One."], {}, "pandas.DataFrame"),
        ("One.", {}, "label_text"),
        (pd.Series(["One."]), {}, "to_frame"),
        (pd.DataFrame(NEWS), {"text": "body"}, "no column 'body' for text=; it has 'content', 'published'"),
        (pd.DataFrame({"n": [1]}), {}, "name it with text="),
        (pd.DataFrame([["One.", "Two."]], columns=["text", "text"]), {}, "two columns"),
        (pd.DataFrame(NEWS), {"by": "day"}, "'sentence' or 'article'"),
        (pd.DataFrame(NEWS), {"fields": ["mood"]}, "no field 'mood'"),
        (pd.DataFrame(NEWS), {"prior": {"mood": 0.5}}, "mood"),
        (pd.DataFrame(NEWS), {"model": "missing.safetensors"}, "no model file"),
    ],
)
def test_what_cannot_be_labelled_is_told_in_a_sentence(given, options, message):
    with pytest.raises(StanceError, match=message):
        label_frame(given, **options)


def test_frames_of_pandas_and_polars_with_any_cells_are_read(library):
    dates = [pd.Timestamp("2024-06-14"), pd.Timestamp("2024-06-15"), None]
    frame = library.DataFrame({"content": NEWS["content"], "date": dates, "id": [7, 8, 9]})
    found = label_frame(frame, text="content", by="article")
    assert list(found["date"]) == ["2024-06-14", "2024-06-15", ""]
    assert list(found["id"]) == ["7", "8", "9"]


def test_a_bar_shows_on_long_input_where_somebody_watches(news, monkeypatch, capsys):
    monkeypatch.setattr(progress, "_PATIENCE", 0.0)
    label_frame(news)
    assert capsys.readouterr().err == ""
    monkeypatch.setitem(sys.modules, "ipykernel", sys)
    label_frame(news)
    assert "rows" in capsys.readouterr().err
    monkeypatch.setattr(progress, "_PATIENCE", 60.0)
    label_frame(news)
    assert "rows" not in capsys.readouterr().err


def test_one_text_is_labelled_like_the_row_of_a_frame(news):
    scored = label_text(NEWS["content"][0], date="June 14, 2024", source="AFP")
    assert (scored.article.date, scored.article.source) == ("2024-06-14", "AFP")
    assert [each.label for each in scored.sentences] == label_frame(news)["label"].tolist()[:2]


@pytest.mark.parametrize("wrong", [None, float("nan"), 7, b"One.", "", "...", ["One."]])
def test_what_is_no_article_is_told(wrong):
    with pytest.raises(StanceError):
        label_text(wrong)


def test_a_date_that_is_none_is_told():
    with pytest.raises(StanceError, match="'some day' cannot be read"):
        label_text("Talks resumed.", date="some day")


def test_nothing_is_warned_of(news):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        label_frame(news)


def test_who_labels_a_text_pays_for_neither_pandas_nor_scikit_learn():
    code = (
        "import sys; from classifier import label_text, load_model; label_text('Talks resumed in Geneva.')._repr_html_(); "
        "load_model().score(['Talks resumed.'], ['none']); print({'pandas', 'polars', 'sklearn', 'tqdm'} & {*sys.modules})"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=600)
    assert (done.stdout, done.stderr) == ("set()\n", "")


def test_the_name_of_a_file_is_not_taken_for_its_text(tmp_path):
    file = tmp_path / "article.txt"
    file.write_text("Seoul condemned the launch.")
    with pytest.raises(StanceError, match="is a file, not its text"):
        label_text(str(file))
