"""Every public name has an example that runs and shows what it says."""

import doctest
import inspect
from importlib import import_module

import pytest
from conftest import ROOT

import classifier

MODULES = sorted({*classifier._HOMES.values(), "stance"})
NAMES = [name for name in classifier.__all__ if callable(getattr(classifier, name)) and name not in ("Article", "StanceError")]
METHODS = ["predict", "predict_proba", "predict_story", "score", "explain", "with_prior", "to_sklearn"]


@pytest.mark.parametrize("name", MODULES)
def test_examples_show_what_they_say(name, monkeypatch):
    monkeypatch.chdir(ROOT)
    found = doctest.testmod(import_module(name))
    assert found.attempted > 0
    assert found.failed == 0


@pytest.mark.parametrize("name", NAMES)
def test_a_public_name_has_an_example(name):
    assert ">>> " in inspect.getdoc(getattr(classifier, name))


def test_the_example_of_the_model_shows_its_methods():
    shown = inspect.getdoc(classifier.Model)
    assert [name for name in METHODS if f"model.{name}(" not in shown] == []
