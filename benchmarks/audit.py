"""How many of the labels that were flipped by hand ``stance audit`` finds, and how long it takes.

    python benchmarks/audit.py                  # the seeds, 5 % of the labels flipped at random
    python benchmarks/audit.py --languages      # sentences in other languages, and the seeds
    python benchmarks/audit.py --rows 100000    # the seconds for so many rows, made of the seeds' words

A flipped label is another one at random. What is flagged and was not flipped counts as wrong here, though some of it is an
honest doubt about the seeds. Results are Markdown tables on standard output.
"""

from __future__ import annotations

import argparse
import resource
import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))

from classifier.model.labels import NAMES  # noqa: E402
from training.data.labelled import read_rows  # noqa: E402
from training.label.audit import audit, foreign  # noqa: E402

FOREIGN = [
    "Der Minister verurteilte den Angriff auf die Stadt scharf.",
    "Die beiden Länder einigten sich auf ein neues Abkommen.",
    "Le président a rencontré son homologue à Genève jeudi.",
    "Paris a rejeté la proposition de cessez-le-feu.",
    "El gobierno anunció nuevas sanciones contra el régimen.",
    "Los cancilleres acordaron reanudar las conversaciones en Lima.",
    "Il ministro ha accusato il governo di violare l'accordo.",
    "De regering wees het voorstel van de oppositie af.",
    "Regeringen fördömde attacken mot ambassaden.",
    "O presidente agradeceu a ajuda humanitária enviada por Lisboa.",
    "Bakan, saldırıyı kınadı ve büyükelçiyi geri çağırdı.",
    "Rząd odrzucił propozycję rozmów pokojowych.",
    "Президент осудил удар по городу.",
    "أدان الوزير الهجوم على المدينة.",
    "外交部谴责了这次袭击。",
    "Menteri luar negeri mengecam serangan itu pada hari Senin.",
    "Ministeri tapasi kollegansa Helsingissä maanantaina.",
    "A kormány elutasította az ajánlatot.",
    "Guvernul a respins propunerea.",
    "Vláda odmítla návrh na příměří.",
]


def main() -> None:
    """Print the table that the arguments ask for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--share", type=float, default=0.05, help="labels to flip (default: 0.05)")
    parser.add_argument("--languages", action="store_true", help="count what is taken for another language instead")
    parser.add_argument("--rows", type=int, help="measure the time for so many rows instead")
    options = parser.parse_args()
    table = read_rows(ROOT / "seeds")
    if options.rows:
        speed(table, options.rows)
    elif options.languages:
        languages(table)
    else:
        flips(table, options.share)


def flips(table: pd.DataFrame, share: float) -> None:
    """Precision and recall of the flagged rows, whole and for the surest of them."""
    draw = np.random.default_rng(0)
    rows = draw.choice(len(table), round(share * len(table)), replace=False)
    label = table["label"].to_numpy(copy=True)
    numbers = np.array([NAMES.index(name) for name in label[rows]])
    label[rows] = np.array(NAMES)[(numbers + draw.integers(1, len(NAMES), len(rows))) % len(NAMES)]
    flipped = set(table["place"].iloc[rows])
    truth = dict(zip(table["place"], table["label"], strict=True))
    findings = audit(table.assign(label=label)).findings
    flagged = findings[findings["finding"].str.contains(r"\blabel\b")].sort_values("confidence", ascending=False)
    print(f"{len(table):,} rows, {len(flipped):,} labels flipped\n")
    print("| looked at | rows | flipped, of these | recall | right label suggested, of the flipped |")
    print("|---|---|---|---|---|")
    for name, count in (("the surest 100", 100), ("the surest 500", 500), ("all that is flagged", len(flagged))):
        part = flagged.head(count)
        hits = part[part["place"].isin(flipped)]
        right = (hits["suggested"] == hits["place"].map(truth)).mean()
        print(f"| {name} | {len(part):,} | {len(hits) / len(part):.1%} | {len(hits) / len(flipped):.1%} | {right:.1%} |")


def languages(table: pd.DataFrame) -> None:
    """How many sentences are taken for another language, of those that are and of the seeds."""
    print("| | sentences | taken for another language |")
    print("|---|---|---|")
    for name, texts in (("in 17 other languages", FOREIGN), ("the seeds", table["text"].tolist())):
        print(f"| {name} | {len(texts):,} | {foreign(texts).sum():,} |")


def speed(table: pd.DataFrame, rows: int) -> None:
    """Seconds and memory for sentences that are half of one seed and half of another with the same label."""
    draw = np.random.default_rng(0)
    words = {name: [text.split() for text in table["text"][table["label"] == name]] for name in NAMES}
    labels = draw.choice(NAMES, rows)
    texts = [
        " ".join([*one[: len(one) // 2], *other[len(other) // 2 :]])
        for one, other in ((some[draw.integers(len(some))], some[draw.integers(len(some))]) for some in map(words.get, labels))
    ]
    made = pd.DataFrame({"text": texts, "label": labels, "article": "", "group": "", "slice": "", "weight": 1.0})
    began = time.monotonic()
    audit(made.assign(place=[f"line {number}" for number in range(rows)]))
    seconds = time.monotonic() - began
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    processor = sum(each.ru_utime + each.ru_stime for each in used)
    peak = sum(each.ru_maxrss for each in used) / 1e6
    print("| rows | seconds | processor seconds | peak memory of the process and its largest worker |")
    print("|---|---|---|---|")
    print(f"| {rows:,} | {seconds:.0f} | {processor:.0f} | {peak:.1f} GB |")


if __name__ == "__main__":
    main()
