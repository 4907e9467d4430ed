"""Fixtures: the shipped model, the seeds, and the command as a user runs it."""

import csv
import json
import shutil
import signal
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path

import pandas as pd
import pytest
from helpers import COLUMNS
from hypothesis import HealthCheck, settings

from classifier import load_model
from classifier.report.labelled_rows import read_labelled_rows

ROOT = Path(__file__).parent.parent
# A suite that a script starts in the background ignores interrupts, and so would the programs that it starts.
signal.signal(signal.SIGINT, signal.default_int_handler)
# How long a case takes is no finding where others use the machine.
settings.register_profile("shared", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("shared")


@pytest.fixture(scope="session")
def model():
    return load_model()


@pytest.fixture(scope="session")
def seed_texts():
    texts = []
    for name in ("sentences.csv", "articles.csv"):
        with (ROOT / "seeds" / name).open(encoding="utf-8", newline="") as file:
            texts += [row["text"] for row in csv.DictReader(file)]
    return texts


@pytest.fixture(scope="session")
def gold_articles():
    return json.loads((ROOT / "tests" / "data" / "articles.json").read_text(encoding="utf-8"))


def pytest_collection_modifyitems(items):
    """The longest file first, so that nobody waits for it at the end."""
    items.sort(key=lambda item: item.path.name != "test_rebuild.py")


@pytest.fixture(scope="session")
def probabilities_of_sklearn(model, seed_texts):
    """Of every seed, from the model as a scikit-learn pipeline."""
    return model.to_sklearn().predict_proba(seed_texts)


@pytest.fixture
def stance(tmp_path):
    """Runs ``stance`` in an empty directory, as an installed copy would be run."""

    def run(*arguments, **options):
        command = [sys.executable, "-m", "classifier.cli", *map(str, arguments)]
        options = {"capture_output": True, "text": True, "encoding": "utf-8", "timeout": 600, "cwd": tmp_path} | options
        return subprocess.run(command, **options)

    return run


@pytest.fixture(scope="session")
def browser(tmp_path_factory):
    webdriver = pytest.importorskip("selenium.webdriver")
    chromium = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    driver = shutil.which("chromedriver")
    if not chromium or not driver:
        pytest.skip("no chromium with its chromedriver")
    folder = tmp_path_factory.mktemp("browser")
    options = webdriver.ChromeOptions()
    options.binary_location = chromium
    for flag in (
        "headless no-sandbox disable-gpu disable-quic no-first-run disable-background-networking disable-component-update disable-sync"
    ).split():
        options.add_argument(f"--{flag}")
    options.add_argument(f"--user-data-dir={folder / 'profile'}")
    options.add_argument("--window-size=1280,900")
    options.add_experimental_option("prefs", {"download.default_directory": str(folder)})
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    running = webdriver.Chrome(options=options, service=webdriver.ChromeService(driver))
    running.downloads = folder
    running.set_script_timeout(600)
    running.set_page_load_timeout(600)
    yield running
    running.quit()


@pytest.fixture(scope="module")
def cluster():
    with _three_workers() as client:
        yield client


@pytest.fixture
def cluster_to_break():
    """A cluster for one test that kills its workers; how soon they are back says nothing to the next test."""
    with _three_workers() as client:
        yield client


@contextmanager
def _three_workers():
    import dask
    from distributed import Client, LocalCluster

    options = {
        "distributed.scheduler.allowed-failures": 1,
        "distributed.worker.memory.spill": False,
        "distributed.worker.memory.target": False,
    }
    with (
        dask.config.set(options),
        LocalCluster(
            n_workers=3, threads_per_worker=1, memory_limit="900MB", dashboard_address="127.0.0.1:0", silence_logs=60
        ) as workers,
        Client(workers) as client,
    ):
        yield client


@pytest.fixture
def read(tmp_path):
    """Labelled rows, written as a table and read as a report reads it."""

    def read(rows, name="labelled.csv", **options):
        pd.DataFrame(rows, columns=COLUMNS).to_csv(tmp_path / name, index=False, **options)
        return read_labelled_rows(tmp_path / name)

    return read
