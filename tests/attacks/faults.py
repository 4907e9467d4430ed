"""Runs broken off in every way that a machine knows, and taken up again: no row is lost or doubled, no half file looks whole.

    python -m tests.attacks.faults --count 400 --seed 1

Each case breaks one run of ``stance batch`` off (or a command that writes a single file), looks at what stands there, goes on with
``--resume`` and compares every byte with an undisturbed run. Needs Linux and a C compiler; a full disk is a small tmpfs where this
may be mounted, else the same error from a stub.
"""

from __future__ import annotations

import argparse
import csv
import errno
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import classifier

ROOT = Path(__file__).parents[2]
ROWS = 1_500
TEXTS = (
    "Seoul condemned the launch as a grave provocation. Talks will resume in Geneva on Friday.",
    "Moscow and Kyiv exchanged 40 prisoners.\n\nThe exchange was the first this year, officials said.",
    "The island has a population of about 40,000. It rained.",
    "=SUM(A1) said the minister. Türkiye rejected the plan, calling it “a waste of time”.",
)
# Blocks of fifty rows make thirty moments between two of them; a meter that always speaks meets a closed pipe at once.
_BATCH = (
    "import sys; from classifier import cli; from classifier.batch import progress; from classifier.tables import blocks;"
    " blocks._ROWS, progress._EVERY = 50, 0.0; sys.exit(cli.main())"
)
_PACKAGES = str(Path(classifier.__file__).parents[1])
"""Where this very copy of stance lies, whose loops are compiled already."""
_MOST_RESUMED = 4


Told = tuple[int, str]
"""Exit code, and what was said."""


@dataclass(frozen=True)
class Setup:
    """How a batch is run: what it writes, with how many workers, with the compiled loops or without."""

    suffix: str
    jobs: int
    compiled: bool

    @property
    def names(self) -> tuple[str, ...]:
        """The files that a run leaves."""
        out = f"out{self.suffix}"
        return (out, f"articles{self.suffix}", f"{out}.rejects.csv", f"{out}.summary.json")


SETUPS = [Setup(suffix, jobs, compiled) for suffix in (".csv", ".parquet") for jobs in (1, 2) for compiled in (True, False)]


@dataclass
class Tally:
    """What came of the cases of one fault."""

    runs: int = 0
    broken_off: int = 0
    lost: int = 0
    doubled: int = 0
    findings: list[str] = field(default_factory=list)


class Bench:
    """What every case needs: the table, the stub, and what an undisturbed run writes."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.table = folder / "table.csv"
        with self.table.open("w", encoding="utf-8", newline="") as file:
            rows = csv.writer(file)
            rows.writerow(["id", "date", "source", "text"])
            for number in range(ROWS):
                text = f"{TEXTS[number % len(TEXTS)]} This is number {number}." if number % 50 else ""
                rows.writerow([f"a{number}", f"2024-01-{number % 28 + 1:02}", "AFP", text])
        self.stub = folder / "failing.so"
        source = Path(__file__).with_name("failing.c")
        subprocess.run(["cc", "-shared", "-fPIC", "-O1", "-o", self.stub, source, "-ldl"], check=True)
        (folder / "plain").mkdir()
        (folder / "plain" / "numba.py").write_text('raise ImportError("no Numba here")\n')
        self._whole: dict[Setup, tuple[dict[str, bytes], float, int]] = {}
        self._files: dict[str, tuple[bytes, int]] = {}

    def environment(self, compiled: bool = True, **stub: object) -> dict[str, str]:
        paths = [_PACKAGES] if compiled else [str(self.folder / "plain"), _PACKAGES]
        loaded = {"LD_PRELOAD": str(self.stub)} | {name: str(value) for name, value in stub.items()} if stub else {}
        return os.environ | {"PYTHONPATH": os.pathsep.join(paths)} | loaded

    def start(self, setup: Setup, folder: Path, resume: bool = False, **options: object) -> subprocess.Popen[str]:
        """Begin a run of ``stance batch`` into `folder`; upper-case options are for the stub, others for the process."""
        stub = {name: value for name, value in options.items() if name.isupper()}
        rest = {name: value for name, value in options.items() if not name.isupper()}
        out, articles, *_ = setup.names
        command = [sys.executable, "-c", _BATCH, "batch", self.table, "-o", out, "--articles", articles]
        command += ["--jobs", setup.jobs, *(["--resume"] if resume else [])]
        rest = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT} | rest
        environment = self.environment(setup.compiled, **stub)
        return subprocess.Popen(list(map(str, command)), env=environment, cwd=folder, start_new_session=True, text=True, **rest)  # type: ignore[call-overload, no-any-return]

    def whole(self, setup: Setup) -> tuple[dict[str, bytes], float, int]:
        """Of an undisturbed run: its files, the seconds it takes, and how often it changes a file."""
        if setup not in self._whole:
            with self.room() as folder:
                self.start(setup, folder).communicate()
                for name in setup.names:
                    (folder / name).unlink()
                began = time.monotonic()
                count = self.folder / "count"
                process = self.start(setup, folder, FAULT_DIR=folder, FAULT_COUNT=count)
                said, _ = process.communicate()
                if process.returncode != 1:
                    raise SystemExit(f"an undisturbed run failed: {said}")
                files = {name: (folder / name).read_bytes() for name in setup.names}
                self._whole[setup] = files, time.monotonic() - began, int(count.read_text())
        return self._whole[setup]

    @contextmanager
    def room(self) -> Iterator[Path]:
        """An empty folder for one case."""
        folder = Path(tempfile.mkdtemp(dir=self.folder))
        try:
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    # --- commands that write one file

    def one_file(self, kind: str, folder: Path) -> list[str]:
        """A command that writes ``folder/target``, and nothing else that lasts."""
        article = ROOT / "seeds" / "articles" / "01-iran-missile-test.txt"
        made = self.folder / "made"
        if not made.exists():
            made.mkdir()
            with (made / "train.csv").open("w", encoding="utf-8", newline="") as file:
                rows = csv.writer(file)
                rows.writerow(["text", "label"])
                with (ROOT / "seeds" / "sentences.csv").open(encoding="utf-8", newline="") as seeds:
                    rows.writerows([row["text"], row["label"]] for row in list(csv.DictReader(seeds))[::60])
            subprocess.run(
                [sys.executable, "-m", "classifier.cli", "score", article, "--format", "csv"],
                env=self.environment(),
                check=True,
                stdout=(made / "labelled.csv").open("w"),
            )
        target = str(folder / "target")
        return {
            "score --html": ["score", str(article), "--html", target],
            "report -o": ["report", str(made / "labelled.csv"), "-o", target],
            "train -o": ["train", str(made / "train.csv"), "-o", target + ".safetensors"],
            "model export": ["model", "export", "--to", "joblib", "-o", target + ".joblib"],
        }[kind]

    def run_one(self, command: list[str], **stub: object) -> Told:
        """Run such a command. What it says goes to a file: the workers of a killed one hold its pipes for a while."""
        whole = [sys.executable, "-m", "classifier.cli", *command]
        with (self.folder / "said").open("w+") as said:
            process = subprocess.Popen(whole, env=self.environment(**stub), stdout=said, stderr=said, start_new_session=True)
            process.wait(timeout=600)
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            said.seek(0)
            return process.returncode, said.read()

    def whole_one(self, kind: str) -> tuple[bytes, int]:
        """What a command writes undisturbed, and how often it changes a file."""
        if kind not in self._files:
            with self.room() as folder:
                command = self.one_file(kind, folder)
                code, said = self.run_one(command, FAULT_DIR=folder, FAULT_COUNT=self.folder / "count")
                if code:
                    raise SystemExit(f"{kind}: an undisturbed run failed: {said}")
                self._files[kind] = _target(command, folder).read_bytes(), int((self.folder / "count").read_text())
        return self._files[kind]


# --- faults ----------------------------------------------------------------------------------------------------------


def by_signal(how: signal.Signals, group: bool, bench: Bench, setup: Setup, folder: Path, chance: random.Random) -> Told:
    """A signal at a random moment, to the run alone or to its workers too, as a terminal sends it."""
    process = bench.start(setup, folder)
    _wait(process, chance.uniform(0.1, 0.9) * bench.whole(setup)[1])
    if process.poll() is None:
        with suppress(ProcessLookupError):
            (os.killpg if group else os.kill)(process.pid, how)
    return _told(process)


def at_a_change(error: int, bench: Bench, setup: Setup, folder: Path, chance: random.Random) -> Told:
    """The n-th change of a file kills the run in its middle, or fails, and so does every later one."""
    change = chance.randint(1, bench.whole(setup)[2])
    return _told(bench.start(setup, folder, FAULT_DIR=folder, FAULT_AT=change, FAULT_ERRNO=error))


def by_closed_pipe(bench: Bench, setup: Setup, folder: Path, chance: random.Random) -> Told:
    """Whoever read what the run says goes away."""
    process = bench.start(setup, folder)
    _wait(process, chance.uniform(0.0, 1.0) * bench.whole(setup)[1])
    assert process.stdout
    process.stdout.close()
    process.wait(timeout=600)
    return process.returncode, ""


def by_killed_worker(bench: Bench, setup: Setup, folder: Path, chance: random.Random) -> Told:
    """A process of the pool is killed, as a kernel out of memory does it."""
    setup = Setup(setup.suffix, 2, setup.compiled)
    process = bench.start(setup, folder)
    children = Path(f"/proc/{process.pid}/task/{process.pid}/children")
    workers: list[str] = []
    while process.poll() is None and not workers:
        with suppress(OSError):
            workers = children.read_text().split()
        time.sleep(0.002)
    _wait(process, chance.uniform(0.0, 0.35) * bench.whole(setup)[1])
    if workers:
        with suppress(ProcessLookupError):
            os.kill(int(chance.choice(workers)), signal.SIGKILL)
    return _told(process)


def by_full_disk(bench: Bench, setup: Setup, folder: Path, chance: random.Random) -> Told:
    """A tmpfs too small for the output; it grows before the run is taken up."""
    needed = 2 * sum(map(len, bench.whole(setup)[0].values()))
    if subprocess.run(_mount(folder, chance.randint(8_192, needed)), capture_output=True).returncode:
        return at_a_change(errno.ENOSPC, bench, setup, folder, chance)
    told = _told(bench.start(setup, folder))
    subprocess.run(_mount(folder, 1 << 28, "remount,"), check=True)
    return told


def by_clock(bench: Bench, setup: Setup, folder: Path, chance: random.Random) -> Told:
    """The clock runs backwards, and then the run is killed."""
    process = bench.start(setup, folder, FAULT_CLOCK=1)
    _wait(process, chance.uniform(0.3, 1.2) * bench.whole(setup)[1])
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    return _told(process)


def by_second_run(bench: Bench, setup: Setup, folder: Path, chance: random.Random) -> Told:
    """Another run at the same output: one writes, the other says so and leaves it alone."""
    first = bench.start(setup, folder)
    _wait(first, chance.uniform(0.0, 1.0) * bench.whole(setup)[1] * chance.choice((0.0, 1.0)))
    second = bench.start(setup, folder, resume=chance.random() < 0.5)
    told = [_told(process) for process in (first, second)]
    refused = [said for code, said in told if code == 2]
    if len(refused) > 1 or not all(
        "another run is writing" in said or "no unfinished run" in said or "unfinished run stands" in said for said in refused
    ):
        return 99, f"two runs: {told}"
    return 2, refused[0] if refused else "stance: both were done, one after the other"


Fault = Callable[[Bench, Setup, Path, random.Random], Told]
FAULTS: dict[str, tuple[Fault, tuple[int, ...]]] = {
    "SIGKILL at a random moment": (partial(by_signal, signal.SIGKILL, True), (-9,)),
    "SIGKILL within a change of a file": (partial(at_a_change, 0), (-9,)),
    "SIGTERM": (partial(by_signal, signal.SIGTERM, False), (130, -15)),
    "SIGINT": (partial(by_signal, signal.SIGINT, True), (130,)),
    "SIGPIPE (reader of the messages gone)": (by_closed_pipe, (0, 1, 2, 120)),
    "ENOSPC (full tmpfs)": (by_full_disk, (2,)),
    "EIO": (partial(at_a_change, errno.EIO), (2,)),
    "EROFS (read-only target)": (partial(at_a_change, errno.EROFS), (2,)),
    "worker killed": (by_killed_worker, (2,)),
    "clock going backwards": (by_clock, (-9,)),
    "two runs at one output": (by_second_run, (2,)),
}
ONE_FILE = ("score --html", "report -o", "train -o", "model export")


def _wait(process: subprocess.Popen[str], seconds: float) -> None:
    with suppress(subprocess.TimeoutExpired):
        process.wait(timeout=seconds)


def _told(process: subprocess.Popen[str]) -> Told:
    said, _ = process.communicate(timeout=600)
    return process.returncode, said


def _mount(folder: Path, size: int, more: str = "") -> list[str]:
    return ["mount", "-t", "tmpfs", "-o", f"{more}size={size}", "tmpfs", str(folder)]


# --- cases -----------------------------------------------------------------------------------------------------------


def batch_case(bench: Bench, name: str, chance: random.Random, tally: Tally) -> list[str]:
    """Break one batch off, look, take it up; what is wrong, in words."""
    fault, codes = FAULTS[name]
    setup = chance.choice(SETUPS)
    expected = bench.whole(setup)[0]
    found: list[str] = []
    with bench.room() as folder:
        try:
            code, said = fault(bench, setup, folder, chance)
            tally.runs += 1
            tally.broken_off += code != 1
            if code not in (1, *codes):
                found.append(f"exit code {code}: {said[-600:]}")
            if "Traceback" in said:
                found.append(f"a traceback: {said[-1200:]}")
            if code == 2 and said and not said.splitlines()[-1].startswith("stance: "):
                found.append(f"no sentence at the end: {said[-600:]}")
            found += [f"{each} under its name is not whole" for each in _half_written(folder, expected)]
            found += _left_running(said)
            found += _taken_up(bench, setup, folder)
            lost, doubled = _compare(folder, expected)
            tally.lost, tally.doubled = tally.lost + lost, tally.doubled + doubled
            wrong = [
                each for each, data in expected.items() if not (folder / each).exists() or (folder / each).read_bytes() != data
            ]
            if wrong:
                found.append(f"{', '.join(wrong)} differ from an undisturbed run; {lost} rows lost, {doubled} doubled")
            if left := sorted({path.name for path in folder.iterdir() if not path.name.startswith(".")} - set(expected)):
                found.append(f"left behind: {', '.join(left)}")
        finally:
            if os.path.ismount(folder):
                subprocess.run(["umount", folder], check=True)
    return [f"{setup}: {each}" for each in found]


def one_file_case(bench: Bench, kind: str, chance: random.Random, tally: Tally) -> list[str]:
    """Kill a command that writes one file, or fail its disk, at a random change; the file is the old one or the new one."""
    whole, changes = bench.whole_one(kind)
    error = chance.choice((0, 0, errno.EIO, errno.ENOSPC))
    with bench.room() as folder:
        command = bench.one_file(kind, folder)
        target = _target(command, folder)
        target.write_bytes(b"what stood there before")
        code, said = bench.run_one(command, FAULT_DIR=folder, FAULT_AT=chance.randint(1, changes), FAULT_ERRNO=error)
        tally.runs += 1
        tally.broken_off += code != 0
        found = []
        if target.read_bytes() not in (b"what stood there before", whole):
            found.append("half a file under the final name")
        if error and (code != 2 or "Traceback" in said or not said.splitlines()[-1].startswith("stance: ")):
            found.append(f"exit code {code}: {said[-600:]}")
        code, said = bench.run_one(command)
        if code or target.read_bytes() != whole:
            found.append(f"the same command afterwards: {said[-600:]}")
    return found


def _target(command: list[str], folder: Path) -> Path:
    [target] = [Path(each) for each in command if each.startswith(str(folder))]
    return target


def _half_written(folder: Path, expected: dict[str, bytes]) -> list[str]:
    return [name for name, data in expected.items() if (folder / name).exists() and (folder / name).read_bytes() != data]


def _left_running(said: str) -> list[str]:
    return ["a worker says: " + said[-400:]] if "Process ForkProcess" in said or "Process SpawnProcess" in said else []


def _taken_up(bench: Bench, setup: Setup, folder: Path) -> list[str]:
    """Go on until all is done."""
    for _ in range(_MOST_RESUMED):
        resume = (folder / f"{setup.names[0]}.journal").exists()
        if not resume and all((folder / name).exists() for name in setup.names):
            return []
        code, said = _told(bench.start(setup, folder, resume=resume))
        if code == 1:
            return []
    return [f"cannot be taken up: {said[-600:]}"]


def _compare(folder: Path, expected: dict[str, bytes]) -> tuple[int, int]:
    """Articles and rejects that are lost, and that are there twice; of CSV, since Parquet is made of the same rows."""
    lost = doubled = 0
    for name, data in expected.items():
        if name.endswith(".csv"):
            path = folder / name
            found = Counter((path.read_bytes() if path.exists() else b"").splitlines())
            wanted = Counter(data.splitlines())
            lost, doubled = lost + (wanted - found).total(), doubled + (found - wanted).total()
        elif name.endswith(".parquet"):
            from pyarrow import parquet

            ids = [Counter(parquet.read_table(each)["id"].to_pylist()) for each in (folder / name, _kept(folder, data))]
            lost, doubled = lost + (ids[1] - ids[0]).total(), doubled + (ids[0] - ids[1]).total()
    return lost, doubled


def _kept(folder: Path, data: bytes) -> Path:
    path = folder / ".expected.parquet"
    path.write_bytes(data)
    return path


# --- campaign --------------------------------------------------------------------------------------------------------


def campaign(count: int, seed: int, number: int | None = None, names: tuple[str, ...] = (*FAULTS, *ONE_FILE)) -> dict[str, Tally]:
    """Run `count` cases, the faults by turns; or the one case of this `number`."""
    tallies = {name: Tally() for name in names}
    with tempfile.TemporaryDirectory() as folder:
        bench = Bench(Path(folder).resolve())
        for case in range(count) if number is None else [number]:
            name = names[case % len(names)]
            run = batch_case if name in FAULTS else one_file_case
            found = run(bench, name, random.Random(f"{seed}/{case}"), tallies[name])
            tallies[name].findings += [f"seed {seed}, number {case}, {name}: {each}" for each in found]
            if number is not None or (case + 1) % 10 == 0:
                print(f"{case + 1} of {count}", file=sys.stderr, flush=True)
    return tallies


def main() -> int:
    """The campaign of the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=300)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--number", type=int, help="run this case alone")
    options = parser.parse_args()
    began = time.monotonic()
    # A shell that starts this in the background has it and its children ignore interrupts.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    tallies = campaign(options.count, options.seed, options.number)
    print("| fault | runs | broken off | rows lost | rows doubled | findings |\n|---|---|---|---|---|---|")
    for name, tally in tallies.items():
        print(f"| {name} | {tally.runs} | {tally.broken_off} | {tally.lost} | {tally.doubled} | {len(tally.findings)} |")
    sums = [sum(getattr(tally, each) for tally in tallies.values()) for each in ("runs", "broken_off", "lost", "doubled")]
    findings = [finding for tally in tallies.values() for finding in tally.findings]
    print(f"| all, {time.monotonic() - began:,.0f} s | {' | '.join(map(str, sums))} | {len(findings)} |")
    for finding in findings:
        print(finding)
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main())
