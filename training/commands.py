"""The commands of ``stance`` that make and judge models: arguments and what is printed; the work lives in the modules they call.

Nothing heavy is imported before a command runs, since ``stance score`` declares these commands, too.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from classifier.commands.arguments import add_model_options, add_model_path, command, finite, group, positive, shares
from classifier.errors import StanceError
from classifier.files import write_whole
from classifier.wording import count_of, expected

if TYPE_CHECKING:
    from classifier.commands.arguments import Commands
    from classifier.model.regression import Model


def declare(commands: Commands) -> None:
    """Declare every command of this module."""
    _add_train(commands)
    _add_evaluate(commands)
    _add_audit(commands)
    _add_annotate(commands)
    _add_model(commands)


# --- train -----------------------------------------------------------------------------------------------------------


def _add_train(commands: Commands) -> None:
    train = command(
        commands,
        "train",
        _train,
        "train a model on labelled sentences",
        "stance train labelled.csv -o my.safetensors\n"
        "  stance train labelled.csv -o my.safetensors --map plover --extend --gate 0 --against shipped",
    )
    train.add_argument(
        "data", metavar="DATA", help=".csv, .tsv, .jsonl, .json or .parquet with a text and a label, or a directory of such files"
    )
    train.add_argument("-o", "--output", metavar="MODEL", required=True, help="where to write the model; its card goes beside it")
    _add_data_options(train)
    train.add_argument("--extend", action="store_true", help="adapt a model to your rows instead of training on them alone")
    add_model_path(train, "which model --extend adapts")
    train.add_argument(
        "--prior", metavar="LABEL=SHARE,...", help="label shares that the model shall assume (default: those of your rows)"
    )
    train.add_argument("--test", metavar="FILE", help="held-out rows to judge the model on; none of them may stand in DATA")
    train.add_argument(
        "--gate",
        type=finite,
        metavar="POINTS",
        help="write only what is surely better than the old model by more than POINTS of macro-F1",
    )
    train.add_argument("--against", metavar="PATH|shipped", help="the old model (default: shipped)")


def _add_data_options(parser: argparse.ArgumentParser) -> None:
    """How labelled data are to be understood."""
    for name, what in (("text", "the text"), ("label", "the label")):
        parser.add_argument(f"--{name}", metavar="COLUMN", help=f"the column that holds {what} (default: guessed and printed)")
    parser.add_argument(
        "--map",
        metavar="SCHEME|FILE|OLD=NEW,...",
        help="rename labels: plover, plover-quad, cameo, cameo-penta, goldstein; a file with columns value and label; or pairs",
    )


def _data_options(options: argparse.Namespace) -> dict[str, Any]:
    from training.data.mappings import read_mapping

    return {
        "columns": {name: getattr(options, name) for name in ("text", "label") if getattr(options, name)},
        "mapping": read_mapping(options.map) if options.map else None,
    }


def _train(options: argparse.Namespace) -> int:
    from training.judge.evaluation import SHIPPED
    from training.publish.build import Gate, Job, build
    from training.publish.summary import print_outcome

    if options.against and options.gate is None:
        raise StanceError("--against: names the model that --gate compares with; add --gate 0, or use stance evaluate")
    if options.model and not options.extend:
        raise StanceError("--model: names the model that --extend adapts; add --extend")
    job = Job(
        source=Path(options.data),
        target=Path(options.output),
        prior=shares(options.prior) if options.prior else {},
        **_data_options(options),
        extend=_model_file(options) if options.extend else None,
        trust_pickle=options.trust_pickle,
        test=Path(options.test) if options.test else None,
        gate=Gate(options.gate, options.against or SHIPPED) if options.gate is not None else None,
    )
    outcome = build(job, _tell)
    print_outcome(job, outcome)
    if outcome.written:
        return 0
    _tell(f"stance: {job.target}: not written")
    return 1


# --- evaluate --------------------------------------------------------------------------------------------------------


def _add_evaluate(commands: Commands) -> None:
    evaluate = command(
        commands,
        "evaluate",
        _evaluate,
        "find out how right a model is on labelled sentences",
        "stance evaluate labelled.csv --html evaluation.html\n"
        "  stance evaluate events.csv --map plover --force --model my.safetensors --against shipped\n"
        "  stance evaluate --checklist --model my.safetensors",
    )
    evaluate.add_argument(
        "data", metavar="DATA", nargs="?", help="labelled sentences, as stance train takes them, that no model was trained on"
    )
    _add_data_options(evaluate)
    add_model_options(evaluate)
    evaluate.add_argument("--against", metavar="PATH|shipped", help="another model: which of the two is better, and how surely")
    evaluate.add_argument("--adapt", action="store_true", help="estimate the label shares from the sentences (200 or more)")
    evaluate.add_argument(
        "--checklist", action="store_true", help="instead of DATA: behavioural tests, a failure rate for each capability"
    )
    evaluate.add_argument("--mistakes", type=positive, metavar="N", default=10, help="how many to list (default: 10)")
    evaluate.add_argument("--format", choices=("table", "json"), default="table", help="default: table")
    evaluate.add_argument("--html", metavar="PAGE", help="write a page with figures as well")


def _evaluate(options: argparse.Namespace) -> None:
    from rich.console import Console

    from classifier.report.terminal import plain
    from training.judge.evaluation import Assumptions, evaluate_file
    from training.judge.page import write_page
    from training.judge.text import as_json, print_evaluation

    if options.checklist:
        _checklist(options)
        return
    if options.data is None:
        raise StanceError("evaluate: name a file of labelled sentences, or ask for the behavioural tests with --checklist")
    page = Path(options.html) if options.html else None
    if page and page.suffix not in (".html", ".htm"):
        raise StanceError(f"{page}: --html writes a page; name a file that ends in .html")
    assumptions = Assumptions(shares(options.prior) if options.prior else {}, options.force, options.adapt)
    with Console(stderr=True).status("scoring the sentences") as status:
        found = evaluate_file(
            *(Path(options.data), options.model, options.against, assumptions, options.mistakes),
            trust_pickle=options.trust_pickle,
            **_data_options(options),
            say=lambda message: status.console.print(plain(message), markup=False, highlight=False, soft_wrap=True),
        )
    if page:
        write_page(found, page)
    if options.format == "json":
        sys.stdout.reconfigure(encoding="utf-8", errors="backslashreplace", newline="\n")  # type: ignore[union-attr]
        print(as_json(found))
    else:
        sys.stdout.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]
        print_evaluation(found)


def _checklist(options: argparse.Namespace) -> None:
    from classifier.model.regression import load_model
    from training.judge.checklist import as_json, as_text, read_capabilities, run

    given = {
        "DATA": options.data,
        **{f"--{name}": getattr(options, name) for name in "against adapt force html label map prior text".split()},
    }
    if unfit := [name for name, value in given.items() if value]:
        raise StanceError(f"--checklist: brings its own sentences and does not go with {unfit[0]}; leave out one of the two")
    results = run(load_model(options.model, options.trust_pickle), read_capabilities())
    sys.stdout.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]
    print(as_json(results) if options.format == "json" else as_text(results, options.mistakes))


# --- model -----------------------------------------------------------------------------------------------------------


def _add_model(commands: Commands) -> None:
    model = group(
        commands,
        "model",
        "look at a model, write its card, or copy it for other tools",
        "stance model show\n  stance model export --model my.safetensors --to onnx -o my.onnx",
    )
    show = command(
        model,
        "show",
        _model_show,
        "show what a model is: labels, figures, training data, strongest features",
        "stance model show\n  stance model show --model my.safetensors --top 30\n  stance model show --format json",
    )
    show.add_argument("--top", type=positive, metavar="N", default=10, help="features for and against each label (default: 10)")
    show.add_argument("--format", choices=("table", "json"), default="table", help="default: table")
    card = command(
        model,
        "card",
        _model_card,
        "write the card of a model: Markdown as the Hugging Face hub lays it out",
        "stance model card > README.md\n  stance model card --model my.safetensors -o my.md",
    )
    card.add_argument("-o", "--output", metavar="FILE", help="where to write it (default: standard output)")
    export = command(
        model,
        "export",
        _model_export,
        "copy a model for scikit-learn (joblib, skops) or an ONNX runtime",
        "stance model export --to skops -o stance.skops\n  stance model export --model my.safetensors --to onnx -o my.onnx",
    )
    export.add_argument("--to", choices=("joblib", "skops", "onnx"), required=True, help="skops and onnx need the extra [export]")
    export.add_argument("-o", "--output", metavar="FILE", required=True, help="the copy; its name ends in the format")
    for each in (show, card, export):
        add_model_path(each)


def _model_show(options: argparse.Namespace) -> None:
    from training.publish import show

    model, file = _load(options)
    if options.format == "json":
        sys.stdout.reconfigure(encoding="utf-8", newline="\n")  # type: ignore[union-attr]
        print(json.dumps(show.as_record(model, file, options.top), ensure_ascii=False, indent=2))
    else:
        sys.stdout.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]
        show.print_tables(model, file, options.top)


def _model_card(options: argparse.Namespace) -> None:
    from training.publish.card import card

    model, file = _load(options)
    text = card(model, file)
    if not options.output:
        sys.stdout.reconfigure(encoding="utf-8", newline="\n")  # type: ignore[union-attr]
        print(text, end="")
        return
    if Path(options.output).resolve() == file.resolve():
        raise StanceError(f"{options.output}: is the model; give the card another name")
    write_whole(Path(options.output), text.encode())
    _show(options.output)


def _model_export(options: argparse.Namespace) -> None:
    from training.publish.export import export

    model, _ = _load(options)
    notes = export(model, options.to, Path(options.output))
    _show(f"{options.output}: probabilities of {', '.join(model.labels)}, in this order\n{notes}")


def _load(options: argparse.Namespace) -> tuple[Model, Path]:
    from classifier.model.regression import load_model

    file = _model_file(options)
    return load_model(file, options.trust_pickle), file


def _model_file(options: argparse.Namespace) -> Path:
    from classifier.model.regression import shipped_model

    return Path(options.model) if options.model is not None else shipped_model()


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
    _add_data_options(audit)
    audit.add_argument("-o", "--output", metavar="CSV", help="where to write the findings, or with --apply the corrected data")
    audit.add_argument("--apply", metavar="FINDINGS", help="take over the labels of findings that you have corrected")


def _audit(options: argparse.Namespace) -> None:
    from training.data import labelled
    from training.label import audit

    if options.apply and not options.output:
        raise StanceError("--apply: say with -o where to write the corrected data")
    output = Path(options.output) if options.output else None
    if output:
        audit.check_output(output, Path(options.data), Path(options.apply) if options.apply else None)
    rows = labelled.read_rows(options.data, **_data_options(options), say=_tell, agree=False)
    if output and not options.apply:
        audit.check_uncorrected(output, rows)
    if options.apply:
        corrected = audit.apply(rows, Path(options.apply))
        changed = len(corrected) - (corrected["label"] == rows["label"].loc[corrected.index]).sum()
        print(f"{count_of(len(rows), 'row')}, {changed:,} labels changed, {len(rows) - len(corrected):,} rows dropped")
        audit.write(corrected, output)
    else:
        if line := expected(len(rows) * audit.SECONDS_A_ROW):
            _tell(f"{len(rows):,} rows: {line}")
        found = audit.audit(rows)
        _show(audit.summary(found))
        audit.write(found.findings, output)
    if output:
        _show(str(output))


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
    add_model_path(annotate, "which model guesses, and learns from the answers")
    annotate.add_argument("--write", metavar="MODEL", help="on quitting, write the model that has learnt (train DATA --extend)")
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
    from training.label import annotate, console
    from training.publish.build import Job, build, check_target

    console.check_terminal()
    from training.label.learner import Learner

    job = Job(Path(options.output), Path(options.write or ""), extend=_model_file(options), trust_pickle=options.trust_pickle)
    if options.write:
        check_target(job.target)
    model, _ = _load(options)
    labels = annotate.parse_labels(options.labels) if options.labels else model.labels
    answers = annotate.Answers(Path(options.output), options.annotator, labels)
    pool = annotate.read_pool(options.pool, {name: getattr(options, name) for name in ("text", "id") if getattr(options, name)})
    _show(pool.description)
    left = answers.unanswered(pool.questions)
    learner = Learner(model, labels, [question.text for question in left], answers.earlier[False], answers.earlier[True])
    questions = annotate.in_order(left, lambda: learner.opinion.probabilities, answers.train + answers.test)
    try:
        console.ask_all(questions, len(left), answers, labels, learner)
    finally:
        for file, count in answers.counts():
            _show(f"{file}: {count_of(count, 'answer')}")
    if options.write:
        build(job, _tell)
        _show(options.write)


def _agreement(one: str, other: str) -> None:
    from training.data.labelled import read_rows
    from training.judge.agreement import agreement, summary

    _show(summary(agreement(read_rows(one, agree=False), read_rows(other, agree=False))))


def _tell(message: str) -> None:
    """Print a message on standard error, whatever stands in the names that it holds."""
    from classifier.report.terminal import plain

    print(plain(message), file=sys.stderr)


def _show(lines: str) -> None:
    """Print lines in which words of the data stand: nothing in them may steer the terminal, or be too much for its encoding."""
    from classifier.report.terminal import plain

    sys.stdout.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]
    print(*map(plain, lines.split("\n")), sep="\n")
