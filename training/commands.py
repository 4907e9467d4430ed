"""The commands of ``stance`` that make and judge models: arguments and what is printed; the work lives in the modules they call.

Nothing heavy is imported before a command runs, since ``stance score`` declares these commands, too.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from classifier.arguments import command, shares

if TYPE_CHECKING:
    from classifier.arguments import Commands


def add_training_commands(commands: Commands) -> None:
    """Declare every command of this module."""
    _add_train(commands)


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
