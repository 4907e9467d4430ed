"""Model files, each broken in some way, in; of every one a working model or one sentence out.

    python -m tests.attacks.models --count 20000 --seed 1

Every file is loaded in a process of its own kind, which the parent watches: what kills it or hangs is a finding, and so is an
exception other than ``StanceError``, an import, code that runs, a file opened for writing, or memory beyond the bound below. What
loads must score sentences with finite probabilities that sum to 1, explain them, and say what it is.
"""

from __future__ import annotations

import argparse
import gzip
import io
import json
import multiprocessing
import os
import pickle
import random
import signal
import struct
import sys
import tempfile
import time
import tracemalloc
import zipfile
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stdout
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from classifier import Model, StanceError, load_model
from classifier.model import features
from classifier.model.persistence import encode

SPARE = 8_000_000
"""Bytes that a file may cost besides twice its size: what JSON of the longest header becomes in memory, and the allocator."""
PER_FEATURE = 400
"""Bytes that a feature of a model costs, whatever its name: the string, and its place in a dictionary and a set."""
SECONDS, SILENCE = 20, 600
"""Of work that a file may cost, and how long its process may say nothing at all."""
SENTENCES = [
    "Seoul condemned the launch.",
    "Talks refused to resume on Monday.",
    "",
    "zzz 12 !",
    "The U.S. will not lift sanctions " * 20,
]
KINDS: dict[str, Callable[[random.Random, bytes], bytes]] = {}


class Finding(AssertionError):
    """What a file could do that no file may."""


# --- the attacked file -----------------------------------------------------------------------------------------------


def small_model() -> bytes:
    """The shipped model with one feature in two hundred: every kind of feature, and a file that is quickly made and read."""
    whole = load_model()
    names = whole.feature_names
    keep = [column for column, name in enumerate(names) if column % 200 == 0 or name.startswith("unknown:")]
    small = replace(
        whole,
        vocabulary={names[column]: place for place, column in enumerate(keep)},
        idf=whole.idf[keep],
        coef=np.ascontiguousarray(whole.coef[:, keep]),
    )
    return encode(small.contents())


def parts(data: bytes) -> tuple[dict[str, Any], dict[str, Any], bytes]:
    """Header, stance metadata, and the bytes of the arrays."""
    (size,) = struct.unpack("<Q", data[:8])
    header = json.loads(data[8 : 8 + size])
    return header, json.loads(header["__metadata__"]["stance"]), data[8 + size :]


def joined(header: Any, metadata: Any, body: bytes) -> bytes:
    """The opposite of ``parts``; `metadata` may be text, which stands as it is."""
    text = metadata if isinstance(metadata, str) else json.dumps(metadata)
    if isinstance(header, dict) and isinstance(header.get("__metadata__"), dict):
        header = header | {"__metadata__": header["__metadata__"] | {"stance": text}}
    return with_header(json.dumps(header), body)


def with_header(header: str, body: bytes) -> bytes:
    """A file with this text as its header."""
    encoded = header.encode("utf-8", "surrogatepass")
    return struct.pack("<Q", len(encoded)) + encoded + body


# --- ways to break it ------------------------------------------------------------------------------------------------


def _kind(make: Callable[[random.Random, bytes], bytes]) -> Callable[[random.Random, bytes], bytes]:
    KINDS[make.__name__.strip("_")] = make
    return make


@_kind
def _bits_flipped(draw: random.Random, data: bytes) -> bytes:
    changed = bytearray(data)
    reach = draw.choice([8, 300, 3000, len(data)])
    for _ in range(draw.choice([1, 1, 2, 8])):
        changed[draw.randrange(reach)] ^= 1 << draw.randrange(8)
    return bytes(changed)


@_kind
def _bytes_replaced(draw: random.Random, data: bytes) -> bytes:
    changed = bytearray(data)
    reach = draw.choice([3000, len(data)])
    for _ in range(draw.choice([1, 4, 64])):
        changed[draw.randrange(reach)] = draw.choice([0, 10, 34, 92, 123, 125, 127, 128, 255, draw.randrange(256)])
    return bytes(changed)


@_kind
def _cut_off(draw: random.Random, data: bytes) -> bytes:
    return data[: draw.choice([draw.randrange(12), draw.randrange(3000), draw.randrange(len(data)), len(data) - 1])]


@_kind
def _something_put_in(draw: random.Random, data: bytes) -> bytes:
    at = draw.choice([0, 8, len(data), draw.randrange(3000), draw.randrange(len(data))])
    return data[:at] + draw.choice([b"\0", b"\n", draw.randbytes(8), data[:50], b" " * 1000, draw.randbytes(4000)]) + data[at:]


@_kind
def _something_taken_out(draw: random.Random, data: bytes) -> bytes:
    at = draw.randrange(draw.choice([3000, len(data)]))
    return data[:at] + data[at + draw.choice([1, 4, 8, 1000]) :]


@_kind
def _header_length(draw: random.Random, data: bytes) -> bytes:
    (size,) = struct.unpack("<Q", data[:8])
    wrong = draw.choice(
        [0, 1, 2, size - 1, size + 1, size // 2, len(data) - 8, len(data), 10**8, 2**31, 2**32 + size, 2**63, 2**64 - 1]
    )
    return struct.pack("<Q", wrong) + data[8:]


@_kind
def _metadata_field(draw: random.Random, data: bytes) -> bytes:
    header, metadata, body = parts(data)
    return joined(header, _mutated(draw, metadata), body)


@_kind
def _header_field(draw: random.Random, data: bytes) -> bytes:
    header, metadata, body = parts(data)
    return joined(_mutated(draw, header), metadata, body)


@_kind
def _metadata_text(draw: random.Random, data: bytes) -> bytes:
    header, metadata, body = parts(data)
    text = json.dumps(metadata)
    inner = draw.choice(
        [
            "[" * 100_000,
            "[" * 900 + "]" * 900,
            '{"a":' * 50_000,
            "9" * 5000,
            "-" + "9" * 300,
            "1e999999",
            "NaN",
            "Infinity",
            "null",
            '"',
            "",
            "[]," * 20_000,
            "\ud800",
            '"\\ud800"',
            "\ufeff" + text,
            text + text,
            text[: draw.randrange(len(text))],
            text.replace("{", '{"labels": ["x", "y"], ', 1),
            text[:-1] + ', "format": 2, "labels": ["a", "a", "b", "c"]}',
            text[:-1] + ', "created_by": "' + "x" * 100_000 + '"}',
            text[:-1] + ', "more": ' + "[" * 900 + "]" * 900 + "}",
            text[:-1] + ', "more": [' + "{}," * 60_000 + "0]}",
            text[:-1] + ', "training": {"rows": ' + "9" * 4000 + "}}",
        ]
    )
    header["__metadata__"]["stance"] = inner
    return with_header(json.dumps(header, ensure_ascii=draw.random() < 0.9), body)


@_kind
def _header_text(draw: random.Random, data: bytes) -> bytes:
    header, _, body = parts(data)
    text = json.dumps(header)
    doubled = json.dumps({"idf": {"dtype": "F32", "shape": [1], "data_offsets": [0, 4]}})[1:-1]
    return with_header(
        draw.choice(
            [
                text[:-1] + ", " + doubled + "}",
                "{" + doubled + ", " + text[1:],
                text[:-1] + ', "__metadata__": {"stance": "{}"}}',
                text[:-1] + ', "extra": {"dtype": "F32", "shape": [], "data_offsets": [0, 4]}}',
                text[:-1]
                + "".join(f', "x{n}": {{"dtype": "U8", "shape": [0], "data_offsets": [0, 0]}}' for n in range(3000))
                + "}",
                text + " " * draw.choice([1, 7, 1000, 300_000]),
                " " + text,
                "[" * draw.choice([100, 127, 128, 129, 10_000]),
                text.replace('"shape"', '"shape": [1], "shape"', 1),
                text.replace("data_offsets", "data_offset", 1),
                text[: draw.randrange(len(text))],
                "{}",
                "[]",
                "null",
                "",
            ]
        ),
        body,
    )


@_kind
def _numbers(draw: random.Random, data: bytes) -> bytes:
    """Single values of an array: no number, infinite, denormal, huge, negative."""
    header, metadata, body = parts(data)
    changed = bytearray(body)
    name, kind, size = draw.choice([("idf", "<f", 4), ("coef", "<f", 4), ("intercept", "<d", 8)])
    start, end = header[name]["data_offsets"]
    bits = {4: [0x7FC00000, 0x7F800001, 0xFF800000, 1], 8: [0x7FF8 << 48, 0x7FF0 << 48 | 1, 0xFFF0 << 48, 1]}[size]
    for _ in range(draw.choice([1, 3, (end - start) // size])):
        at = start + size * draw.randrange((end - start) // size)
        value = draw.choice([0.0, -0.0, -1.0, 1e-40, 1e30, -3e38, 1e6, -1e6, 1e-30, draw.gauss(0, 10)])
        odd = draw.random() < 0.3
        changed[at : at + size] = draw.choice(bits).to_bytes(size, "little") if odd else struct.pack(kind, value)
    return joined(header, metadata, bytes(changed))


@_kind
def _vocabulary(draw: random.Random, data: bytes) -> bytes:
    """The feature strings: doubled, empty, not UTF-8, hostile to terminals; with as many, more, or fewer bytes than before."""
    header, metadata, body = parts(data)
    start, end = header["vocabulary"]["data_offsets"]
    names = body[start:end].split(b"\n")
    hostile = [
        b"",
        names[0],
        b"\0",
        b"\xff",
        b"\xed\xa0\x80",
        b"\xc0\x80",
        "\U0010ffff".encode(),
        b"\x1b[2J",
        b"unknown:x",
        b"unknown:9",
    ]
    hostile += [
        b"unknown:-1",
        b" ",
        b"a b c",
        b"  ",
        b"main:",
        b"sense:",
        b"\r",
        "\u2028".encode(),
        b"NAME",
        b"x" * 50_000,
        b"main:not-",
    ]
    for _ in range(draw.choice([1, 1, 5, 50])):
        names[draw.randrange(len(names))] = draw.choice(hostile)
    if draw.random() < 0.3:
        draw.shuffle(names)
    if draw.random() < 0.2:
        names = draw.choice([names[:-1], [*names, b"more"], [b""] * len(names), [b"a"] * len(names), [b"\n"]])
    text = b"\n".join(names)
    shift = len(text) - (end - start)
    header["vocabulary"] = {"dtype": "U8", "shape": [len(text)], "data_offsets": [start, start + len(text)]}
    for name in ("idf", "coef", "intercept"):
        header[name]["data_offsets"] = [at + shift if at >= end else at for at in header[name]["data_offsets"]]
    return joined(header, metadata, body[:start] + text + body[end:])


@_kind
def _claimed_size(draw: random.Random, data: bytes) -> bytes:
    """An array that says it is larger, smaller, elsewhere or of another kind than it is."""
    header, metadata, body = parts(data)
    name = draw.choice(["vocabulary", "idf", "coef", "intercept"])
    held = header[name]
    huge = draw.choice([2**20, 2**31, 2**32, 2**40, 2**62, 2**63 - 1, 2**63, 2**64 - 1, 2**64, 10**30, -1, -(2**63), 0, 1])
    change = draw.randrange(8)
    if change == 0:
        held["shape"] = draw.choice([[huge], [huge, huge], [], [0], [-1], [2**32, 2**32], [1] * 1000, [huge, 0]])
    elif change == 1:
        held["data_offsets"] = draw.choice([[0, huge], [huge, 0], [huge, huge], [0, len(body)], [8, 4], [], [0], [0, 4, 8]])
    elif change == 2:
        held["dtype"] = draw.choice(
            ["F16", "BF16", "F8_E4M3", "F64", "I8", "I64", "U64", "BOOL", "C64", "F4", "", "f32", "O", None, 7]
        )
    elif change == 3:
        other = draw.choice(["vocabulary", "idf", "coef", "intercept"])
        held["data_offsets"] = header[other]["data_offsets"]
    elif change == 4:
        held["shape"], held["data_offsets"] = [huge], [0, huge]
    elif change == 5:
        del header[name]
    elif change == 6:
        held["shape"] = held["shape"][::-1]
    else:
        body += draw.randbytes(draw.choice([1, 4, 4096]))
        held["data_offsets"] = [held["data_offsets"][0], len(body)]
    return joined(header, metadata, body)


@_kind
def _few_features(draw: random.Random, data: bytes) -> bytes:
    """A whole, small file of another size: as few or as many labels and features as one likes."""
    labels, names = draw.choice([0, 1, 2, 3, 50]), draw.choice([0, 1, 2, 500])
    _, metadata, _ = parts(data)
    metadata |= {"labels": [f"l{n}" for n in range(labels)], "prior": [1 / labels] * labels if labels else []}
    text = "\n".join(f"f{n}" for n in range(names)).encode()
    body, header = b"", {"__metadata__": {}}
    for name, array in {
        "vocabulary": np.frombuffer(text, np.uint8),
        "idf": np.ones(names, "<f4"),
        "coef": np.zeros((labels, names), "<f4"),
        "intercept": np.zeros(labels, "<f8"),
    }.items():
        kind = {"u1": "U8", "f4": "F32", "f8": "F64"}[array.dtype.str[1:]]
        header[name] = {"dtype": kind, "shape": list(array.shape), "data_offsets": [len(body), len(body) + array.nbytes]}
        body += array.tobytes()
    return joined(header, metadata, body)


@_kind
def _another_kind_of_file(draw: random.Random, data: bytes) -> bytes:
    return draw.choice(
        [
            b"",
            b"\0" * draw.choice([1, 8, 9, 100_000]),
            pickle.dumps(_Bomb(), draw.randrange(6)),
            *_bombs(),
            b"\x93NUMPY\x01\x00" + draw.randbytes(200),
            draw.randbytes(draw.randrange(5000)),
            b"%PDF-1.7\n",
            json.dumps(parts(data)[1]).encode(),
        ]
    )


class _Bomb:
    """A pickle that makes a file when it is opened: the finding would be that file."""

    def __reduce__(self) -> tuple[Any, ...]:
        return os.mkdir, ("a-pickle-was-opened",)


@lru_cache(maxsize=1)
def _bombs() -> tuple[bytes, bytes]:
    return gzip.compress(b"\0" * 100_000_000), _zip(b"\0" * 100_000_000)


def _zip(data: bytes) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("data.pkl", data)
    return buffer.getvalue()


def _mutated(draw: random.Random, tree: Any) -> Any:
    """`tree` with one to three of its places changed: a hostile value, a key more, less or other, an item more or less."""
    for _ in range(draw.choice([1, 1, 1, 2, 3])):
        tree = _once(draw, tree)
    return tree


def _once(draw: random.Random, tree: Any) -> Any:
    if isinstance(tree, dict) and tree and draw.random() < 0.85:
        key = draw.choice(list(tree))
        change = draw.random()
        if change < 0.1:
            return {name: value for name, value in tree.items() if name != key}
        if change < 0.15:
            return {
                draw.choice(["", "x", "\0", "format", name + " "]) if name == key else name: value for name, value in tree.items()
            }
        return tree | {key: _once(draw, tree[key])}
    if isinstance(tree, list) and tree and draw.random() < 0.6:
        at = draw.randrange(len(tree))
        change = draw.random()
        if change < 0.2:
            return tree[:at] + tree[at + 1 :]
        if change < 0.4:
            return [*tree, draw.choice(tree)]
        return [*tree[:at], _once(draw, tree[at]), *tree[at + 1 :]]
    return _hostile(draw, tree)


def _hostile(draw: random.Random, value: Any) -> Any:
    deep: Any = 0
    for _ in range(draw.choice([1, 100, 400])):
        deep = [deep]
    odd = [None, True, False, 0, 1, -1, 2**31, 2**64, 10**400, -(10**20), 0.0, -0.0, 0.5, 1.0, 1e308, 5e-324, float("nan")]
    odd += [float("inf"), -float("inf"), "", "x", "\0", "\ud800", "\x1b[2J", "a\nb", "\u202e", "x" * 10_000, "=1+1", [], {}, [[]]]
    odd += [["a", "b"], [0.5, 0.5], [1e-300, 1.0], [0.25] * 4, {"a": 1}, deep]
    if isinstance(value, bool | int | float) and draw.random() < 0.3:
        return value + draw.choice([1, -1, 1e-7, 10**9])
    return draw.choice(odd)


def case(data: bytes, seed: int, number: int) -> tuple[str, bytes]:
    """The kind and the bytes of a broken file; the same three give the same file."""
    draw = random.Random(f"{seed}/{number}")
    kind = draw.choice(list(KINDS))
    return kind, KINDS[kind](draw, data)


# --- what a file may do ----------------------------------------------------------------------------------------------

_STATUS = Path("/proc/self/status")
_seen: list[str] = []
_armed = False
_FORBIDDEN = ("import", "exec", "compile", "os.", "subprocess.", "socket.", "ctypes.", "pickle.", "marshal.", "shutil.", "code.")


@contextmanager
def nothing_runs() -> Iterator[None]:
    """Raises a ``Finding`` when within the block something is imported, run, deleted, or opened for writing."""
    global _armed
    if not hasattr(sys, "_stance_watched"):
        sys.addaudithook(_watch)
        sys._stance_watched = True  # type: ignore[attr-defined]
    _seen.clear()
    _armed = True
    try:
        yield
    finally:
        _armed = False
    if _seen:
        raise Finding(f"while the file was loaded: {_seen[0]}")


def _watch(event: str, arguments: tuple[Any, ...]) -> None:
    if _armed:
        written = event == "open" and isinstance(arguments[1], str) and not set(arguments[1]).isdisjoint("wax+")
        if written or event.startswith(_FORBIDDEN):
            _seen.append(f"{event} {arguments!r}"[:200])


def examine(file: Path, thorough: bool = True) -> tuple[str, int]:
    """Load `file`; ``refused`` or ``model``, and the bytes of memory that it took at most.

    Raises
    ------
    Finding
        When it does what no file may.
    """
    size = file.stat().st_size
    memory = _Memory()
    try:
        with nothing_runs():
            model = load_model(file)
    except StanceError as error:
        took = memory.taken()
        _hold(took <= 2 * size + SPARE, f"refused, but took {took:,} bytes for a file of {size:,}")
        message = str(error)
        _hold(message.startswith(str(file)) and len(message) < 1000, f"no sentence: {message[:1200]!r}")
        return "refused", took
    took = memory.taken()
    most = 2 * size + PER_FEATURE * len(model.vocabulary) + SPARE
    _hold(took <= most, f"took {took:,} bytes for a file of {size:,} with {len(model.vocabulary):,} features")
    _use(model, file, thorough)
    return "model", took


class _Memory:
    """What is taken from now on at most: as Python and NumPy count it, or by what the process grows, whichever is more."""

    def __init__(self) -> None:
        tracemalloc.reset_peak()
        self._traced = tracemalloc.get_traced_memory()[0]
        if _STATUS.exists():
            Path("/proc/self/clear_refs").write_text("5")  # the peak begins anew at what is used now
        self._resident = self._peak()

    def taken(self) -> int:
        """Bytes."""
        return max(tracemalloc.get_traced_memory()[1] - self._traced, self._peak() - self._resident)

    @staticmethod
    def _peak() -> int:
        if not _STATUS.exists():
            return 0
        (line,) = (line for line in _STATUS.read_text().splitlines() if line.startswith("VmHWM"))
        return 1024 * int(line.split()[1])


def _use(model: Model, file: Path, thorough: bool) -> None:
    probabilities = model.predict_proba(SENTENCES)
    _hold(bool(np.isfinite(probabilities).all()), "a probability is no number")
    _hold(bool(np.allclose(probabilities.sum(axis=1), 1)), "probabilities do not sum to 1")
    for sentence in SENTENCES:
        found = model.explain(sentence)
        total = found.intercept + sum(item.value for item in found.contributions)
        _hold(bool(np.isclose(total, found.log_odds, rtol=1e-6, atol=1e-6)), f"reasons sum to {total}, not {found.log_odds}")
    shares = model.estimate_shares(probabilities)
    _hold(bool(np.isclose(shares.sum(), 1)), "estimated shares do not sum to 1")
    if thorough:
        _show(model, file)
        _score_compiled(model, probabilities)


def _show(model: Model, file: Path) -> None:
    """What ``stance model show`` and ``card`` do with what the file says of itself."""
    from training.publish import card, show

    try:
        with redirect_stdout(io.StringIO()):
            show.print_tables(model, file, 5)
        json.dumps(show.as_record(model, file, 5), allow_nan=False)
        card.card(model, file).encode()
    except StanceError:
        pass


def _score_compiled(model: Model, expected: Any) -> None:
    try:
        from classifier.kernel.compiled import Kernel
    except ImportError:
        return
    _hold(
        bool(np.allclose(Kernel(model).predict_proba(SENTENCES), expected, atol=1e-6)), "the compiled scorer says something else"
    )


def _hold(true: bool, finding: str) -> None:
    if not true:
        raise Finding(finding)


# --- the campaign ----------------------------------------------------------------------------------------------------


@dataclass
class Tally:
    """What became of the files."""

    count: int
    outcomes: Counter[str]
    largest: int
    findings: list[str]


def attack(count: int, seed: int, tell: Callable[[int], None] = lambda done: None) -> Tally:
    """Break and load `count` files, in a process that may die of it."""
    context = multiprocessing.get_context("spawn")
    tally = Tally(0, Counter(), 0, [])
    data = small_model()
    while tally.count < count:
        results = context.SimpleQueue()
        worker = context.Process(target=_work, args=(data, seed, tally.count, count, results))
        worker.start()
        last = time.monotonic()
        while tally.count < count:
            if results.empty():
                if not worker.is_alive() or time.monotonic() - last > SILENCE:
                    break
                time.sleep(0.01)
                continue
            outcome, memory = results.get()
            last = time.monotonic()
            _enter(tally, seed, outcome, memory)
            tell(tally.count)
        if tally.count < count:
            _enter(tally, seed, f"the process died or hung (exit code {worker.exitcode})", 0)
        worker.kill()
        worker.join()
    return tally


def _enter(tally: Tally, seed: int, outcome: str, memory: int) -> None:
    if outcome not in ("refused", "model"):
        tally.findings.append(f"seed {seed}, number {tally.count}: {outcome}")
        outcome = "finding"
    tally.outcomes[outcome] += 1
    tally.largest = max(tally.largest, memory)
    tally.count += 1


def _work(data: bytes, seed: int, first: int, count: int, results: Any) -> None:
    signal.signal(signal.SIGPROF, _too_long)
    tracemalloc.start()
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        file = Path("model.safetensors")
        _warm_up(file, data)
        for number in range(first, count):
            kind, broken = case(data, seed, number)
            file.write_bytes(broken)
            signal.setitimer(signal.ITIMER_PROF, SECONDS)  # of work: other processes may take the machine
            try:
                outcome, memory = examine(file, thorough=number % 10 == 0)
                if sorted(os.listdir()) != [file.name]:
                    raise Finding(f"files appeared: {os.listdir()}")
            except BaseException as error:  # a panic in Rust is none of Exception
                outcome, memory = f"{kind}: {type(error).__name__}: {str(error)[:300]}", 0
            signal.setitimer(signal.ITIMER_PROF, 0)
            results.put((outcome, memory))


def _too_long(*_: object) -> None:
    raise TimeoutError(f"more than {SECONDS} seconds")


def _warm_up(file: Path, data: bytes) -> None:
    """Load what a program that has loaded a model has loaded, so that only a file's own doings are seen."""
    for content in (data, data[:-1], b"{"):
        file.write_bytes(content)
        try:
            model = load_model(file)
            _use(model, file, thorough=True)
        except StanceError:
            pass
    features.fingerprint()


def main() -> int:
    """Run the campaign and print its row."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--count", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    begun = time.monotonic()
    tally = attack(options.count, options.seed, lambda done: None if done % 1000 else print(f"{done:,} files", file=sys.stderr))
    for finding in tally.findings:
        print(finding)
    print(
        f"model files: {tally.count:,}; refused {tally.outcomes['refused']:,}, models {tally.outcomes['model']:,}, "
        f"findings {len(tally.findings):,}; most memory {tally.largest:,} bytes; {time.monotonic() - begun:.0f} s"
    )
    return 1 if tally.findings else 0


if __name__ == "__main__":
    sys.exit(main())
