"""Tables in, a directory of labelled sentences out, by the workers of a Dask cluster: ``stance batch --scheduler``.

This process plans, hands out partitions and keeps account. What a task does stands in ``task``, how Dask is spoken to in
``calls``.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import astuple, dataclass
from pathlib import Path
from typing import Any

from classifier.batch.job import MANIFEST, Job, Progress
from classifier.cluster.calls import Call, connected, results, shared
from classifier.cluster.partitions import Partition, cut, from_plain, is_large, to_plain, together, whole
from classifier.cluster.task import BEFORE, RECORDS, REJECTS, RUN, Record, Stopped, finish, record_of
from classifier.cluster.workers import Recipe, read_model
from classifier.errors import StanceError
from classifier.model.regression import shipped_model
from classifier.storage import Folder, Source, find_tables
from classifier.tables.lines import known_encoding

PARTITION = 64_000_000
"""Bytes of input that make a partition, where the user does not say."""
_TOLD = 20
"""Tables left out that are named while a run goes on; the manifest names all."""


@dataclass(frozen=True)
class Order:
    """What a run on a cluster is asked to do.

    Attributes
    ----------
    places : tuple of str
        Tables: files, directories, globs; as paths or URLs that every worker sees.
    output : str
        A directory, path or URL, that every worker sees.
    scheduler : str
        ``tcp://HOST:PORT`` of a Dask scheduler, or ``local[N]`` for N workers on this machine.
    job : Job
        Of it count the columns, encoding, model, prior, force, raw, any_language and fields.
    size : int
        Bytes of input that make a partition, about.
    strict : bool
        Stop at the first table that cannot be read.
    """

    places: tuple[str, ...]
    output: str
    scheduler: str
    job: Job
    size: int
    strict: bool = False


class Account:
    """What is known of a run: the record of each partition that is finished."""

    def __init__(self) -> None:
        self.progress = Progress()
        self._records: dict[int, Record] = {}

    @property
    def records(self) -> list[Record]:
        """In the order of the partitions."""
        return [self._records[number] for number in sorted(self._records)]

    @property
    def unreadable(self) -> dict[str, str]:
        """Tables that cannot be read, each with its reason."""
        return {name: reason for record in self.records for name, reason in record.unreadable}

    def note(self, partition: Partition, record: Record) -> None:
        """Enter a partition that is finished."""
        self._records[partition.number] = record
        self.progress += record.progress


def run(order: Order, say: Callable[[str], None], tick: Callable[[Progress, float], None]) -> Account:
    """Score tables on a cluster; given again, go on where a run was broken off.

    Parameters
    ----------
    order : Order
    say : callable
        Told what is going on.
    tick : callable
        Told after each partition how far the run is: counts, and the share of the input that is done.

    Raises
    ------
    StanceError
        When input, model, output or cluster are unusable, or the directory holds another run; what is finished is kept.
    """
    model, recipe = read_model(order.job)
    if order.job.encoding:
        known_encoding(order.job.encoding)
    sources = find_tables(order.places, order.output)
    folder = Folder(order.output)
    identity = _identity(order, recipe, sources)
    begun = _begun(folder, identity)
    say(f"{len(sources):,} tables, {sum(each.size for each in sources):,} bytes")
    with connected(order.scheduler, say) as client:
        if begun is None:
            begun = _planned(client, order, sources, say)
            folder.write(RUN, json.dumps({"identity": identity, **to_plain(begun)}).encode())
        account = _scored(client, order, folder, recipe, model, begun, say, tick)
    if len(account.unreadable) == len(sources) and not account.progress.rows:
        # So that the command can be put right; what marks the directory as a run goes last.
        for name in (*(f"{record.name}.parquet" for record in account.records), RECORDS, REJECTS, RUN):
            folder.remove(name)
        first, reason = next(iter(account.unreadable.items()))
        raise StanceError(f"none of the {len(sources):,} tables can be read; the first: {first}: {reason}")
    folder.write(MANIFEST, _manifest(order, identity, account))
    folder.remove(RECORDS)
    folder.clear(REJECTS)
    return account


# --- planning and scoring --------------------------------------------------------------------------------------------


def _planned(client: Any, order: Order, sources: Sequence[Source], say: Callable[[str], None]) -> list[Partition]:
    """The partitions of a new run; large tables are cut on the cluster, a task each."""
    job = order.job
    pieces = {each: [whole(each, job.encoding)] for each in sources}
    large = [each for each in sources if is_large(each, order.size)]
    if large:
        say(f"cutting {len(large):,} tables that are larger than {order.size:,} bytes")
    calls = (Call(each.name, cut, (each, order.size, dict(job.columns), job.encoding, job.dates), each) for each in large)
    pieces |= results(client, calls)
    return together([piece for each in sources for piece in pieces[each]], order.size)


def _scored(
    client: Any,
    order: Order,
    folder: Folder,
    recipe: Recipe,
    model: bytes,
    partitions: Sequence[Partition],
    say: Callable[[str], None],
    tick: Callable[[Progress, float], None],
) -> Account:
    """Every partition finished, now or before."""
    account = Account()
    say(f"{len(partitions):,} partitions")
    complete = _complete(folder)
    sent = shared(client, model)
    calls = (
        Call(_title(each), finish, (each, complete.get(each.name), recipe, sent, folder.url, order.strict), each)
        for each in partitions
    )
    total = sum(each.size for each in partitions) or 1
    size = found = told = 0
    compiled = True
    for partition, outcome in results(client, calls):
        if isinstance(outcome, Stopped):
            raise StanceError(outcome.reason)
        account.note(partition, outcome.record)
        size += partition.size
        found += outcome.found
        tick(account.progress, size / total)
        for name, reason in outcome.record.unreadable[: _TOLD - told]:
            say(f"{name} is left out: {reason}")
            told += 1
        if compiled and not outcome.compiled:
            compiled = False
            say("a worker has no compiled kernel, which is many times as fast: pip install 'diplomatic-stance[fast]' there")
    if found:
        say(f"{found:,} partitions were finished before")
    return account


def _title(partition: Partition) -> str:
    """A partition as a message names it."""
    first, *others = dict.fromkeys(piece.source.name for piece in partition.pieces)
    place = f" from byte {partition.pieces[0].part.start:,}" if partition.pieces[0].part.start else ""
    return f"{partition.name} ({first}{place}{f' and {len(others)} more' if others else ''})"


# --- what stands in the directory ------------------------------------------------------------------------------------


def _identity(order: Order, recipe: Recipe, sources: Sequence[Source]) -> dict[str, Any]:
    """What must be the same for a run to be taken up."""
    return {
        "input": hashlib.sha256(json.dumps([astuple(each) for each in sources]).encode()).hexdigest(),
        "model": recipe.digest,
        "options": order.job.options,
        "partition": order.size,
        "version": recipe.version,
    }


def _begun(folder: Folder, identity: Mapping[str, Any]) -> list[Partition] | None:
    """The partitions of the run that stands in the directory; None when it is empty."""
    written = folder.read(RUN)
    if written is None:
        if any(not name.startswith(".") for name in folder.names()):
            raise StanceError(f"{folder.url}: holds something else than a run; give a new or an empty directory")
        return None
    try:
        before = json.loads(written)
        partitions = from_plain(before)
        known = dict(before["identity"])
    except (ValueError, TypeError, KeyError, IndexError):
        raise StanceError(f"{folder.url}/{RUN}: cannot be read; give another directory, or delete this one") from None
    for what, now in identity.items():
        if known.get(what) != now:
            raise StanceError(
                f"{folder.url}: holds another run (its {what} differs); give the command that began it, or another directory"
            )
    return partitions


def _complete(folder: Folder) -> dict[str, Record]:
    """The records of a run that was complete; none otherwise.

    What is missing or damaged is made again, so that the directory is not complete until this run ends.
    """
    written = folder.read(MANIFEST)
    try:
        manifest = json.loads((folder.read(BEFORE) if written is None else written) or b"{}")
        records = [record for each in manifest.get("parts", []) if (record := record_of(each))]
    except (ValueError, TypeError, AttributeError):
        records = []
    if written is not None:
        if records:
            folder.write(BEFORE, written)
        folder.remove(MANIFEST)
    return {record.name: record for record in records}


def _manifest(order: Order, identity: Mapping[str, Any], account: Account) -> bytes:
    """What a run wrote: the same for the same run, so that it can be compared."""
    done = account.progress
    manifest = {
        "rows_in": done.rows,
        "articles": done.articles,
        "rejected": done.rejected,
        "sentences": done.sentences,
        "uncertain": done.uncertain,
        "cleaned": done.cleaned,
        "other_languages": done.languages,
        "unreadable": account.unreadable,
        "model": Path(order.job.model or shipped_model()).name,
        "model_sha256": identity["model"],
        "created_by": f"diplomatic-stance {identity['version']}",
        "options": identity["options"],
        "input_sha256": identity["input"],
    }
    lines = json.dumps(manifest, indent=1, ensure_ascii=False).removesuffix("\n}")
    parts = ",\n".join("  " + record.to_json().decode().rstrip() for record in account.records)
    return f'{lines},\n "parts": [\n{parts}\n ]\n}}\n'.encode()
