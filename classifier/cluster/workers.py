"""A model as bytes in, what scores with it out, kept for the life of a process: what every task on a cluster begins with."""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
import threading
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from classifier import __version__
from classifier.batch.job import Job
from classifier.batch.labelled import Labelled, label_block
from classifier.batch.run import Worker, assuming, worker_of
from classifier.errors import StanceError
from classifier.model import persistence
from classifier.model.regression import load_model, shipped_model
from classifier.tables.blocks import Block

_KEPT = 4
"""Models of a process that scores for several runs at once."""
_kept: dict[str, Worker] = {}
_alone = threading.Lock()
"""A scorer learns words as it meets them, so that only one thread at a time may use it."""


@dataclass(frozen=True)
class Recipe:
    """What sentences are scored with, wherever that is done.

    Attributes
    ----------
    job : Job
        Of it count the columns, encoding, prior, force, raw, any_language and fields.
    digest : str
        SHA-256 of the model file.
    version : str
        Of stance.
    """

    job: Job
    digest: str
    version: str = __version__


def read_model(job: Job) -> tuple[bytes, Recipe]:
    """The model file of `job` as bytes, to be sent to the workers, and what they make of it.

    Raises
    ------
    StanceError
        When the model cannot be used, or the job asks for what it does not have.
    """
    file = Path(job.model or shipped_model())
    model = load_model(file, job.trust_pickle)
    assuming(model, job)
    # Who trusts a pickle does so here; what travels is a model file.
    data = persistence.encode(model.contents()) if file.suffix in persistence.PICKLES else file.read_bytes()
    return data, Recipe(replace(job, trust_pickle=False), hashlib.sha256(data).hexdigest())


def worker_for(recipe: Recipe, data: bytes) -> Worker:
    """What this process scores with; the model is read and its digest checked the first time only.

    Raises
    ------
    StanceError
        When this process runs another version, or `data` is not the model of the recipe.
    """
    key = json.dumps([recipe.digest, recipe.version, asdict(recipe.job)], default=str)
    with _alone:
        if key not in _kept:
            if len(_kept) == _KEPT:
                _kept.pop(next(iter(_kept)))
            _kept[key] = _made(recipe, data)
        return _kept[key]


def label(block: Block, worker: Worker) -> Labelled:
    """Score the sentences of a block; safe to call from several threads."""
    with _alone:
        return label_block(block, worker.model, worker.scorer, "because" in worker.fields, worker.job.any_language)


def _made(recipe: Recipe, data: bytes) -> Worker:
    if recipe.version != __version__:
        raise StanceError(f"a worker runs stance {__version__}, this is {recipe.version}; install the same on all")
    if hashlib.sha256(data).hexdigest() != recipe.digest:
        raise StanceError("a worker got another model than was sent (its digest differs); start the workers anew")
    # A model is read from a file.
    handle, name = tempfile.mkstemp(suffix=".safetensors")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
        return worker_of(replace(recipe.job, model=name))
    finally:
        os.unlink(name)
