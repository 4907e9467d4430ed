"""A model in, its card out: Markdown that says what the model is, what it is for, and how good it was found to be."""

from __future__ import annotations

from typing import Any

from classifier.model import Model

HEADING = "# Model card"


def card(model: Model) -> str:
    """The model card of `model`, from its own metadata; the same model gives the same text."""
    made, figures = model.metadata["training"], model.metadata["metrics"]["cross_validation"]
    prior = ", ".join(f"{label} {share:.2f}" for label, share in zip(model.labels, model.prior, strict=True))
    shares = ", ".join(f"{label} {share:.2f}" for label, share in made["shares"].items())
    rows = "\n".join(
        f"| {label} | " + " | ".join(_figure(figures[name][label]) for name in ("precision", "recall", "f1")) + " |"
        for label in model.labels
    )
    return f"""{HEADING}

TF-IDF and multinomial logistic regression over {len(model.vocabulary):,} features, {len(model.labels)} labels:
{", ".join(model.labels)}. Made by {model.metadata["created_by"]}.

## Data

{made["rows"]:,} labelled sentences, of them whole articles: {made["articles"]:,}. Label shares: {shares}.
SHA-256 of texts and labels: `{made["sha256"]}`.

## Intended use

English news and official text about political actors, one sentence at a time. The labels are defined in
`seeds/CODEBOOK.md`. The probabilities assume the label mix {prior};
for another mix use `--prior` or, on a collection of 200 sentences or more, `--adapt`.

A sentence is marked uncertain when its top probability is under {model.threshold:.2f}, or when the model has met less than half
of its words. Held-out labels of the training data are right nine times in ten at or above that threshold; labels of real prose
are right less often.

## Figures

Cross-validation on the training data, grouped by article, contrast slice and near-duplicates, {figures["n"]:,} sentences, single
ones and whole articles together, 95 % intervals by bootstrap over groups. A corpus resembles itself: on text from elsewhere the
figures are lower. For the shipped model they stand in `docs/accuracy.md`.

Accuracy {_figure(figures["accuracy"])}, macro-F1 {_figure(figures["macro_f1"])}, expected calibration error
{figures["calibration_error"]:.3f}; C {model.metadata["c"]:g}, temperature {model.metadata["temperature"]:.2f}.

| label | precision | recall | F1 |
|---|---|---|---|
{rows}

## Limits

- One sentence at a time: who "they" are, and whether last year's attack belongs to this story, it does not see.
- Irony, hints and stances in rare words are missed; history and scene with words of conflict are sometimes taken for a stance.
- It says how tension between actors is spoken of, not who is right, and not what will happen.
- English only. Text in another language is scored, but the result means nothing.
"""


def _figure(figure: dict[str, Any]) -> str:
    return f"{figure['value']:.3f} [{figure['low']:.3f}, {figure['high']:.3f}]"
