"""The commands of ``stance`` that make and judge models: arguments and what is printed; the work lives in the modules they call.

Nothing heavy is imported before a command runs, since ``stance score`` declares these commands, too.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from classifier.arguments import command, shares
from classifier.errors import StanceError
from classifier.wording import count_of

if TYPE_CHECKING:
    from classifier.arguments import Commands


def add_training_commands(commands: Commands) -> None:
    """Declare every command of this module."""
    _add_train(commands)
    _add_audit(commands)
    _add_annotate(commands)


# --- train -----------------------------------------------------------------------------------------------------------


def _add_train(commands: Commands) -> None:
    train = command(
        commands,
        "train",
        _train,
        "train a model on labelled sentences",
        "stance train seeds/ -o models/stance.safetensors\n  stance train labelled.csv -o my.safetensors --prior none=0.5",
    )
    train.add_argument("data", metavar="DATA", help="a CSV file with columns text and label, or a directory of such files")
    train.add_argument("-o", "--output", metavar="MODEL", required=True, help="where to write the model; its card goes beside it")
    train.add_argument(
        "--prior", metavar="LABEL=SHARE,...", help="label shares that the model shall assume (default: whole stories)"
    )


def _train(options: argparse.Namespace) -> None:
    from training.build import build

    model = build(Path(options.data), Path(options.output), shares(options.prior) if options.prior else None)
    figures = model.metadata["metrics"]["cross_validation"]
    print(
        f"{options.output}: {model.metadata['training']['rows']:,} sentences, {len(model.vocabulary):,} features, "
        f"cross-validated macro-F1 {figures['macro_f1']['value']:.3f} "
        f"[{figures['macro_f1']['low']:.3f}, {figures['macro_f1']['high']:.3f}]"
    )


# --- audit -----------------------------------------------------------------------------------------------------------


def _add_audit(commands: Commands) -> None:
    audit = command(
        commands,
        "audit",
        _audit,
        "find what is probably wrong in labelled sentences",
        "stance audit labelled.csv -o findings.csv\n  stance audit labelled.csv --apply findings.csv -o corrected.csv",
    )
    audit.add_argument("data", metavar="DATA", help="labelled sentences, as for stance train")
    audit.add_argument("-o", "--output", metavar="CSV", help="where to write the findings, or with --apply the corrected data")
    audit.add_argument("--apply", metavar="FINDINGS", help="take over the labels of findings that you have corrected")


def _audit(options: argparse.Namespace) -> None:
    from training import audit, data

    if options.apply and not options.output:
        raise StanceError("--apply: say with -o where to write the corrected data")
    output = Path(options.output) if options.output else None
    if output:
        audit.check_output(output, Path(options.data))
    rows = data.read_rows(options.data, agree=False)
    if options.apply:
        corrected = audit.apply(rows, Path(options.apply))
        changed = len(corrected) - (corrected["label"] == rows["label"].loc[corrected.index]).sum()
        print(f"{count_of(len(rows), 'row')}, {changed:,} labels changed, {len(rows) - len(corrected):,} rows dropped")
        audit.write(corrected, output)
    else:
        found = audit.audit(rows)
        _show(audit.summary(found))
        audit.write(found.findings, output)
    if output:
        print(output)


# --- annotate --------------------------------------------------------------------------------------------------------


def _add_annotate(commands: Commands) -> None:
    annotate = command(
        commands,
        "annotate",
        _annotate,
        "label sentences at the terminal, the most useful first",
        "stance annotate articles.csv -o labelled.csv\n  stance annotate --agreement anna.csv ben.csv",
    )
    annotate.add_argument("pool", metavar="POOL", nargs="?", help="a table of articles or sentences, as for stance batch")
    annotate.add_argument("-o", "--output", metavar="DATA", help="where the answers go, a CSV; those to test on to DATA.test.csv")
    annotate.add_argument("--annotator", metavar="NAME", default="", help="written beside every answer")
    annotate.add_argument("--labels", metavar="A,B,...", help="labels to choose from (default: those of the model)")
    annotate.add_argument("--model", metavar="PATH", help="whose guesses are shown (default: the shipped one)")
    for name, what in (("text", "the text"), ("id", "the id of the article")):
        annotate.add_argument(f"--{name}", metavar="COLUMN", help=f"the column that holds {what} (default: guessed and printed)")
    annotate.add_argument(
        "--agreement", metavar="CSV", nargs=2, help="instead: how far the files of two annotators agree, and where they do not"
    )


def _annotate(options: argparse.Namespace) -> None:
    if options.agreement:
        _agreement(*options.agreement)
        return
    if not options.pool or not options.output:
        raise StanceError("stance annotate needs a POOL and -o DATA, or --agreement with two files")
    from training import annotate, console

    console.check_terminal()
    from classifier.model import load_model

    model = load_model(options.model)
    labels = annotate.parse_labels(options.labels) if options.labels else model.labels
    guess = model if set(labels) <= set(model.labels) else None
    answers = annotate.Answers(Path(options.output), options.annotator)
    pool = annotate.read_pool(options.pool, {name: getattr(options, name) for name in ("text", "id") if getattr(options, name)})
    _show(pool.description)
    left = answers.unanswered(pool.questions)
    probabilities = guess.predict_proba([question.text for question in left]) if guess else None
    questions = annotate.in_order(left, probabilities, answers.train + answers.test)
    try:
        console.ask_all(questions, len(left), answers, labels, guess)
    finally:
        for file, count in answers.counts():
            print(f"{file}: {count_of(count, 'answer')}")


def _agreement(one: str, other: str) -> None:
    from training.agreement import agreement, summary
    from training.data import read_rows

    _show(summary(agreement(read_rows(one, agree=False), read_rows(other, agree=False))))


def _show(lines: str) -> None:
    """Print lines in which words of the data stand: nothing in them may steer the terminal, or be too much for its encoding."""
    from classifier.terminal import plain

    sys.stdout.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]
    print(*map(plain, lines.split("\n")), sep="\n")
