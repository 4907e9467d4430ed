"""How right the shipped model is: on real text that it never saw, and on the seeds it was made from.

    python benchmarks/accuracy.py --newswire newswire_dev.csv
    python benchmarks/accuracy.py --seeds          # cross-validation, and one slice left out at a time (ten minutes)

``--newswire`` takes a CSV with the columns ``text, plover_root`` (one act a sentence, PLOVER roots). Whole stories are judged by
``benchmarks/news.py``. Results are Markdown tables on standard output.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import numpy as np
import pandas as pd
from joblib import Parallel, delayed
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))

from classifier import StanceError, load_model  # noqa: E402
from classifier.model.labels import NAMES  # noqa: E402
from classifier.model.probabilities import Array, complete_prior, softmax  # noqa: E402
from classifier.model.regression import Model  # noqa: E402
from classifier.model.scoring import force  # noqa: E402
from training.data.labelled import read_labelled, read_rows  # noqa: E402
from training.data.mappings import read_mapping  # noqa: E402
from training.fit.crossval import Material, held_out, material, refitted, splits  # noqa: E402
from training.fit.train import WHOLE_STORY_PRIOR  # noqa: E402
from training.judge.figures import Scores, score  # noqa: E402

STANCES = NAMES[:3]


def main() -> None:
    """Print the tables that the arguments ask for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--newswire", type=Path, help="single sentences with PLOVER roots")
    parser.add_argument("--seeds", action="store_true", help="cross-validation on the seeds, leave one slice out")
    options = parser.parse_args()
    model = load_model()
    if options.newswire:
        newswire(model, read_rows(options.newswire, mapping=read_mapping("plover")))
    if options.seeds:
        seeds()


def newswire(model: Model, table: pd.DataFrame) -> None:
    """Three labels, as with ``--force``, before and after adaptation; plain word n-grams on the same data beside it."""
    texts, truth = table["text"].tolist(), table["label"]
    forced = force(model)
    probabilities = forced.predict_proba(texts)
    head("newswire, three labels forced")
    line("shipped model, --force", truth, probabilities[:, :3])
    line("the same, --force --adapt", truth, forced.adapt(probabilities)[:, :3])
    line("plain word 1-2-grams, logistic regression", truth, only_stances(plain(texts)))
    by_label(score(truth, probabilities[:, :3], STANCES))


def seeds() -> None:
    """Cross-validation by group, then every slice predicted by a model that saw none of it."""
    table = read_labelled(ROOT / "seeds")
    series = table["article"].str.extract(r"^([a-z_]+\d*)-", expand=False)
    table["slice"] = table["slice"].where(table["article"] == "", "articles/" + series.fillna(""))
    made = load_model().metadata
    c, temperature = made["c"], made["temperature"]
    rows = material(table)
    logits = held_out(rows, splits(rows), [c], refitted)[0]
    head("seeds, grouped cross-validation, four labels")
    probabilities = at_prior(logits / temperature, table["label"])
    line("all", table["label"], probabilities, NAMES, table["group"])
    whole = (table["article"] != "").to_numpy()
    line("whole articles", table["label"][whole], probabilities[whole], NAMES, table["article"][whole])
    by_label(score(table["label"], probabilities, NAMES, table["group"]))
    head("seeds, one slice left out, four labels")
    names = sorted(set(table["slice"]))
    parts = Parallel(n_jobs=-1)(delayed(left_out)(rows, table["slice"] == name, c, temperature) for name in names)
    everything = np.empty_like(probabilities)
    for name, part in zip(names, parts, strict=True):
        of_slice = (table["slice"] == name).to_numpy()
        everything[of_slice] = part
        line(name, table["label"][of_slice], part, NAMES, table["group"][of_slice])
    line("all", table["label"], everything, NAMES, table["group"])


def left_out(rows: Material, of_slice: pd.Series, c: float, temperature: float) -> Array:
    """Probabilities of one slice from a model trained on groups that have no row in it."""
    seen = np.flatnonzero(~np.isin(rows.group, rows.group[of_slice]))
    [logits] = refitted(rows, seen, np.flatnonzero(of_slice), [c])
    return at_prior(logits / temperature, pd.Series(rows.truth[seen]))


def at_prior(logits: Array, labels: pd.Series) -> Array:
    """Probabilities under the stated mix of the shipped model."""
    shares = np.array([(labels == label).mean() for label in NAMES])
    return softmax(logits + np.log(complete_prior(WHOLE_STORY_PRIOR, NAMES, shares) / shares))


def plain(texts: list[str]) -> Array:
    """The baseline: word 1-2-grams and logistic regression from scikit-learn, trained on the same seeds, same prior."""
    table = read_labelled(ROOT / "seeds")
    pipeline = make_pipeline(
        TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True, min_df=2), LogisticRegression(C=5, max_iter=1000, tol=1e-5)
    )
    pipeline.fit(table["text"], table["label"])
    order = [list(pipeline.classes_).index(label) for label in NAMES]
    shares = np.array([(table["label"] == label).mean() for label in NAMES])
    shifted = pipeline.predict_proba(texts)[:, order] * complete_prior(WHOLE_STORY_PRIOR, NAMES, shares) / shares
    return np.asarray(shifted / shifted.sum(axis=1, keepdims=True))


def only_stances(probabilities: Array) -> Array:
    """The first three columns, renormalised: what ``--force`` chooses from."""
    return np.asarray(probabilities[:, :3] / probabilities[:, :3].sum(axis=1, keepdims=True))


def head(title: str) -> None:
    """The head of a table."""
    print(f"\n| {title} | n | macro-F1 | accuracy | ECE |\n|---|---|---|---|---|")


def line(
    name: str,
    truth: pd.Series,
    probabilities: Array,
    labels: tuple[str, ...] = STANCES,
    clusters: pd.Series | None = None,
) -> None:
    """A row of a table."""
    scores = score(truth, probabilities, labels, clusters)
    print(f"| {name} | {scores.n:,} | {scores.macro_f1} | {scores.accuracy} | {scores.calibration_error.value:.3f} |", flush=True)


def by_label(scores: Scores) -> None:
    """Precision, recall and F1 of each label."""
    print("\n| label | precision | recall | F1 |\n|---|---|---|---|")
    for label in scores.f1:
        print(f"| {label} | {scores.precision[label]} | {scores.recall[label]} | {scores.f1[label]} |")


if __name__ == "__main__":
    try:
        main()
    except StanceError as error:
        sys.exit(f"accuracy: {error}")
