"""How right stance is on real news: by story, by collection, with a collection left out, and by how much news teaches it.

    python benchmarks/news.py --news DIR                       # cross-validation: about ten minutes on two cores
    python benchmarks/news.py --news DIR --left-out --curve    # twenty minutes more
    python benchmarks/news.py --dev news_dev.csv --stories stories_dev.csv

DIR holds the texts that ``seeds/news.csv`` labels (``seeds/NEWS.md``). ``--dev`` takes a CSV with the columns ``document,
sentence_no, text, label, other`` (two annotators; the rows on which they agree are judged), ``--stories`` one with ``source,
sentence_no, text, label``: both are scored by the shipped model, which has not seen them. Every interval is a 95 % bootstrap over
stories. Results are Markdown tables.
"""

from __future__ import annotations

import argparse
import sys
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))

from classifier import StanceError, load_model  # noqa: E402
from classifier.model.labels import NAMES  # noqa: E402
from classifier.model.probabilities import Array, softmax  # noqa: E402
from classifier.model.regression import Model, form_of  # noqa: E402
from classifier.model.story import Form  # noqa: E402
from classifier.model.tension import tension  # noqa: E402
from classifier.model.tokens import tokenize  # noqa: E402
from training.data.news import read_news, stories_of  # noqa: E402
from training.data.seeds import NEWS, read_seeds, shipped_seeds  # noqa: E402
from training.fit import stories  # noqa: E402
from training.fit.crossval import Material, Rows, Split, material, splits  # noqa: E402
from training.fit.train import threshold_for  # noqa: E402
from training.judge.figures import score  # noqa: E402

SIZES = (500, 1000, 2000, 4000, 8000)


@dataclass(frozen=True, eq=False)
class News:
    """Labelled stories beside the seeds, ready to be fitted."""

    table: pd.DataFrame
    rows: Material
    form: Form
    bounds: list[tuple[int, int]]
    truth: NDArray[np.intp]
    folds: list[Split]


def main() -> None:
    """Print the tables that the arguments ask for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--news", type=Path, help="directory with the texts that seeds/news.csv labels")
    parser.add_argument("--left-out", action="store_true", help="each collection judged by a model that saw none of it")
    parser.add_argument("--curve", action="store_true", help="how right a model is that so many sentences of news taught")
    parser.add_argument("--dev", type=Path, help="stories labelled by two annotators")
    parser.add_argument("--stories", type=Path, help="stories labelled by one")
    options = parser.parse_args()
    if options.news:
        of_news(options.news, options.left_out, options.curve)
    if options.dev:
        table = pd.read_csv(options.dev)
        shipped("news of two annotators, rows on which they agree", table, "document", table["label"] == table["other"])
    if options.stories:
        table = pd.read_csv(options.stories)
        shipped("whole stories and speeches", table, "source", np.ones(len(table), bool))


def of_news(directory: Path, left_out: bool, curve: bool) -> None:
    """Cross-validation, and what else is asked for."""
    news = prepared(directory)
    logits = stories.held_out_scores(news.rows, news.folds, -1)
    alone, in_story, seen = judged(news, logits)
    head("news, cross-validated by story")
    line("sentence by itself", news.table, alone)
    line("in its story", news.table, in_story)
    sure = (news.table["sure"] == "y").to_numpy()
    line("in its story, rows of which the annotator was sure", news.table[sure], in_story[sure])
    by_label(news.table, in_story)
    of_tension(news, in_story)
    head("the same by collection")
    collection = news.table["article"].str.partition("-")[0]
    for name in sorted(set(collection)):
        part = (collection == name).to_numpy()
        line(name, news.table[part], in_story[part])
    if left_out:
        leave_out(news, collection, seen)
    if curve:
        learn(news)


def prepared(directory: Path) -> News:
    """The stories found below `directory`, beside the seeds."""
    table = stories_of(read_news(shipped_seeds() / NEWS, directory))
    whole = stories.weighed(table, read_seeds(shipped_seeds()))
    rows = stories.without_names(material(whole, np.arange(len(whole)) < len(table)), whole["text"])
    truth = np.array([rows.labels.index(label) for label in table["label"]])
    form = form_of([tokenize(text) for text in table["text"]])
    return News(table, rows, form, stories.story_bounds(table["article"]), truth, splits(rows))


def judged(news: News, logits: Array) -> tuple[Array, Array, Array]:
    """Held-out probabilities by themselves and in the story, and the calibrated scores that the second stage sees."""
    temperature, bias = stories.calibration(logits, news.truth)
    seen = logits / temperature
    in_story = stories.held_out_in_story(seen, news.form, news.bounds, news.truth, news.folds)
    return softmax(seen + bias), in_story, seen


def leave_out(news: News, collection: pd.Series, seen: Array) -> None:
    """Each collection by a model that saw none of it, in either stage: what a conflict that is new to it gets."""
    head("each collection left out in turn, in its story")
    found = np.empty_like(seen)
    for name in sorted(set(collection)):
        unseen = np.flatnonzero(collection == name)
        inside = np.setdiff1d(np.arange(len(seen)), unseen)
        taught = np.concatenate([inside, np.flatnonzero(~news.rows.own)])
        own = stories.held_out_scores(news.rows, [(taught, unseen)], 1)
        temperature, _ = stories.calibration(seen[inside], news.truth[inside])
        scores = np.where(np.isin(np.arange(len(seen)), unseen)[:, None], own / temperature, seen)
        _, of_all = stories.second_stage(scores, news.form, news.bounds, news.truth, inside, np.zeros(seen.shape[1]))
        found[unseen] = softmax(of_all)[unseen]
        line(name, news.table.iloc[unseen], found[unseen])
    line("all", news.table, found)


def learn(news: News) -> None:
    """Cross-validation on three folds with ever more stories beside the seeds."""
    head("sentences of news beside the seeds, in its story")
    base = np.flatnonzero(~news.rows.own)
    for size in (*SIZES, None):
        folds = [(np.concatenate([some_stories(news, seen, size), base]), unseen) for seen, unseen in news.folds[:3]]
        own = np.concatenate([unseen for _, unseen in folds])
        logits = np.zeros((len(news.truth), len(NAMES)))
        logits[own] = stories.held_out_scores(news.rows, folds, -1)[own]
        part = within(news, np.sort(own))
        _, in_story, _ = judged(part, logits[np.sort(own)])
        line(f"{size:,}" if size else f"{int(len(news.truth) * 0.8):,}", part.table, in_story)


def some_stories(news: News, seen: Rows, size: int | None) -> Rows:
    """Sentences of so many of the stories' rows in `seen` that there are about `size`."""
    own = seen[news.rows.own[seen]]
    if size is None:
        return own
    names = news.table["article"].iloc[own]
    order = np.random.default_rng(0).permutation(names.unique())
    kept = names.value_counts()[order].cumsum() <= size
    return own[names.isin(kept.index[kept]).to_numpy()]


def within(news: News, some: Rows) -> News:
    """The stories of the rows `some` alone, for the second stage."""
    table = news.table.iloc[some].reset_index(drop=True)
    group = pd.factorize(table["article"])[0]
    fold = np.random.default_rng(0).integers(5, size=group.max() + 1)[group]
    folds = [(np.flatnonzero(fold != number), np.flatnonzero(fold == number)) for number in range(5)]
    form = Form(*(each[some] for each in news.form))
    return replace(
        news, table=table, form=form, bounds=stories.story_bounds(table["article"]), truth=news.truth[some], folds=folds
    )


def shipped(name: str, table: pd.DataFrame, story: str, judge: NDArray[np.bool_] | pd.Series) -> None:
    """What the shipped model says of whole stories, sentence by sentence alone and in their story."""
    model = load_model()
    table = table.assign(article=table[story])
    kept = np.asarray(judge)
    head(name)
    alone = model.predict_proba(table["text"].tolist())
    line("sentence by itself", table[kept], alone[kept])
    in_story = told(model, table)
    line("in its story", table[kept], in_story[kept])
    if "sure" in table:
        sure = kept & (table["sure"] == "y").to_numpy()
        line("in its story, sure rows", table[sure], in_story[sure])
    top = in_story.max(axis=1)
    clear = kept & (top >= model.threshold_of(2))
    line(f"in its story, not uncertain ({clear.sum() / kept.sum():.0%})", table[clear], in_story[clear])


def told(model: Model, table: pd.DataFrame) -> Array:
    """Probabilities of every sentence in its story."""
    bounds = stories.story_bounds(table["article"])
    return np.concatenate([model.predict_story(table["text"].iloc[start:end].tolist()) for start, end in bounds])


def of_tension(news: News, probabilities: Array) -> None:
    """How near the tension of an article is to that of its labels, and how often the interval holds it."""
    pairs, held = [], []
    for start, end in news.bounds:
        true = np.eye(len(NAMES))[news.truth[start:end]]
        theirs, ours = tension(true, NAMES).value, tension(probabilities[start:end], NAMES)
        if theirs is not None and ours.value is not None:
            pairs.append((theirs, ours.value))
            held.append(ours.low <= theirs <= ours.high)
    a, b = np.array(pairs).T
    rng = np.random.default_rng(0)
    drawn = [np.corrcoef(a[some], b[some])[0, 1] for some in rng.integers(len(a), size=(1000, len(a)))]
    low, high = np.quantile(drawn, (0.025, 0.975))
    r, distance = np.corrcoef(a, b)[0, 1], np.abs(a - b).mean()
    print(f"\nTension of {len(a):,} articles against that of their labels: r {r:.3f} [{low:.3f}, {high:.3f}],")
    print(f"mean distance {distance:.3f}; the 95 % interval holds it in {np.mean(held):.0%}.")


def head(title: str) -> None:
    """Open a table."""
    columns = ("", "n", "macro-F1", "accuracy", "calibration error", "share right nine times in ten")
    print(f"\n### {title}\n\n| {' | '.join(columns)} |\n{'|---' * len(columns)}|")


def line(name: str, table: pd.DataFrame, probabilities: Array) -> None:
    """A line of a table; intervals draw whole stories."""
    found = score(table["label"], probabilities, NAMES, table["article"])
    right = np.array(NAMES)[probabilities.argmax(axis=1)] == table["label"].to_numpy()
    top = probabilities.max(axis=1)
    share = (top >= threshold_for(top, right)).mean()
    print(
        f"| {name} | {found.n:,} | {found.macro_f1} | {found.accuracy} | {found.calibration_error.value:.3f} | {share:.0%} |",
        flush=True,
    )


def by_label(table: pd.DataFrame, probabilities: Array) -> None:
    """Precision, recall and F1 of each label."""
    found = score(table["label"], probabilities, NAMES, table["article"])
    print("\n| label | precision | recall | F1 |\n|---|---|---|---|")
    for label in NAMES:
        print(f"| {label} | {found.precision[label]} | {found.recall[label]} | {found.f1[label]} |")


if __name__ == "__main__":
    try:
        main()
    except (StanceError, OSError) as error:
        sys.exit(f"news: {error}")
