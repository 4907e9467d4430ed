"""Draws docs/score.svg, the README's picture of ``stance score``: python docs/picture.py."""

import io
import os
from pathlib import Path

from rich.console import Console

from classifier import load_model, score_article
from classifier.report.terminal import print_tables
from classifier.text.articles import read_articles

os.chdir(Path(__file__).parent.parent)
console = Console(record=True, width=118, force_terminal=True, file=io.StringIO(), highlight=False, color_system="truecolor")
[article] = read_articles("seeds/articles/01-iran-missile-test.txt")
print_tables([score_article(article, load_model())], explain=False, console=console)
console.save_svg("docs/score.svg", title="stance score seeds/articles/01-iran-missile-test.txt")
