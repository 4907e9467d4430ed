"""What tests of several folders share: tables, labelled rows, models of a few words, and the page that a browser shows."""

import csv
import dataclasses
import json
import math
import re

import numpy as np
import pandas as pd

from classifier.model.regression import Model

# --- articles --------------------------------------------------------------------------------------------------------

TEXTS = [
    "Seoul condemned the launch as a grave provocation. Talks will resume in Geneva on Friday.",
    "Moscow and Kyiv exchanged 40 prisoners.\n\nThe exchange was the first this year, officials said.",
    "The island has a population of about 40,000. It rained.",
    "=SUM(A1) said the minister. Türkiye rejected the plan, calling it “a waste of time”.",
]


def write_table(path, count):
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["id", "date", "source", "text"])
        for number in range(count):
            text = f"{TEXTS[number % len(TEXTS)]} This is number {number}." if number % 50 else ""
            writer.writerow([f"a{number}", f"2024-01-{number % 28 + 1:02}", "AFP", text])
    return path


# --- labelled rows, as stance batch writes them ----------------------------------------------------------------------


COLUMNS = ["id", "date", "source", "sentence_no", "paragraph", "start", "end", "text", "label", "uncertain"]
COLUMNS += [
    "p_escalation",
    "p_cooperation",
    "p_negotiation",
    "p_none",
    "actors",
    "source_actor",
    "target_actor",
    "because",
    "language",
]
ESCALATION, COOPERATION, NEGOTIATION, NONE = (
    (0.7, 0.1, 0.1, 0.1),
    (0.1, 0.7, 0.1, 0.1),
    (0.1, 0.2, 0.6, 0.1),
    (0.1, 0.05, 0.05, 0.8),
)
NAMES = {ESCALATION: "escalation", COOPERATION: "cooperation", NEGOTIATION: "negotiation", NONE: "none"}


def ends_of(actors):
    """Who acts on whom in a made row: the first two different actors."""
    first, second, *_ = [*dict.fromkeys(code for code in actors.split("; ") if code), "", ""]
    return [first, second] if second else ["", ""]


def row(
    article, date, shares, source="Reuters", actors="RUS; UKR", text="Moscow condemned the move.", because="condemned", number=1
):
    return [
        article,
        date,
        source,
        number,
        1,
        0,
        len(text),
        text,
        NAMES[shares],
        "false",
        *shares,
        actors,
        *ends_of(actors),
        because,
        "en",
    ]


WEEK = [
    row("a", "2024-01-01", ESCALATION),
    row("a", "2024-01-01", ESCALATION, number=2),
    row("a", "2024-01-01", NONE, actors="", number=3),
    row("b", "2024-01-03", COOPERATION, source="AFP", actors="UKR; RUS; USA"),
    row("b", "2024-01-03", NEGOTIATION, source="AFP", actors="UKR; UKR", number=2),
    row("c", "2024-01-08", COOPERATION, source="AFP", actors="CHN; USA"),
    row("d", "", ESCALATION, source="", actors="USA; CHN"),
]


def by_hand(rows):
    shares = [each[10:14] for each in rows]
    numerator = math.fsum(share[0] - share[1] for share in shares)
    return numerator / math.fsum(sum(share[:3]) for share in shares)


# --- pages -----------------------------------------------------------------------------------------------------------


class Page:
    """The open page, and what a reader can do with it."""

    def __init__(self, browser, path):
        self.browser = browser
        browser.get_log("browser"), browser.get_log("performance")
        browser.get(path.as_uri())

    def run(self, script, *values):
        return self.browser.execute_script(script, *values)

    def all(self, selector):
        return self.run("return [...document.querySelectorAll(arguments[0])].map(each => each.textContent)", selector)

    def click(self, selector):
        self.run("document.querySelector(arguments[0]).click()", selector)

    def fill(self, **values):
        for name, value in values.items():
            self.run(
                "const field = document.querySelector('.filters').elements[arguments[0]]; field.value = arguments[1];"
                "field.dispatchEvent(new Event('input', {bubbles: true}))",
                name,
                value,
            )
        self.settle()

    def settle(self):
        """Wait until the filters, which wait for the end of typing, have been applied: by a later timer of the page itself."""
        self.browser.execute_async_script("setTimeout(arguments[0], 300)")

    def count(self):
        [text] = self.all("#count")
        found = re.search(r"of ([\d,]+) sentences", text)
        return int(found[1].replace(",", "")) if found else 0

    def column(self, name):
        return self.all(f".rows tbody .{name}")

    def errors(self):
        return [entry for entry in self.browser.get_log("browser") if entry["level"] in ("SEVERE", "WARNING")]

    def requests(self):
        messages = [json.loads(entry["message"])["message"] for entry in self.browser.get_log("performance")]
        sent = [each["params"] for each in messages if each["method"] == "Network.requestWillBeSent"]
        urls = [each["request"]["url"] for each in sent if each["documentURL"] == self.browser.current_url]
        # Chromium draws the button of its own date field from a data: address; nothing is fetched for it.
        return [url for url in urls if not url.startswith("data:image/svg+xml;base64,PHN2")]


# --- labelled sentences, to train on and to judge by -----------------------------------------------------------------


def write_labelled(path, rows, columns=("text", "label")):
    pd.DataFrame(rows, columns=list(columns)).to_csv(path, index=False)
    return path


def rows_of_two_labels(words="war peace"):
    """Twenty rows of two labels that the verb tells apart."""
    nouns = "army bank court press union guild senate church farm mill".split()
    return [(f"The {noun} wants {end}.", end) for noun in nouns for end in words.split()]


def own_folder(seeds, folder):
    """Rows of another kind than most seeds, few of them, and as many to test on."""
    rows = seeds[seeds["slice"] == "united-nations/un"].sample(frac=1, random_state=0)
    for name, part in (("data.csv", rows[:150]), ("test.csv", rows[150:])):
        part[["text", "label"]].to_csv(folder / name, index=False)
    return folder


def write_pool(path, texts):
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([("id", "text"), *((f"a{number}", text) for number, text in enumerate(texts))])
    return path


def csv_rows(path):
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, strict=True))


WHO = "senator banker surgeon farmer sailor poet judge miner teacher pilot nun chess-player".split()
WHAT = "railway vineyard harbour orchestra glacier parliament".split()


# --- models and what they say ----------------------------------------------------------------------------------------


def relabelled(model, labels):
    """`model` with its first labels under other names, and what its metadata says of them."""
    count = len(labels)
    renamed = dict(zip(model.labels, labels, strict=False))
    metadata = json.loads(json.dumps(model.metadata))
    figures = metadata["metrics"]["cross_validation"]
    for holder, key in ((metadata["training"], "shares"), *((figures, name) for name in ("precision", "recall", "f1"))):
        holder[key] = {new: holder[key][old] for old, new in renamed.items()}
    prior = model.prior[:count] / model.prior[:count].sum()
    return dataclasses.replace(
        model,
        labels=labels,
        coef=model.coef[:count],
        intercept=model.intercept[:count],
        prior=prior,
        metadata=metadata,
        story=None,
    )


ABC = ("a", "b", "c")


def guesses(labels, sure=0.8, names=ABC):
    """Probabilities with `sure` on the given labels."""
    shares = np.full((len(labels), len(names)), (1 - sure) / (len(names) - 1))
    shares[np.arange(len(labels)), [names.index(label) for label in labels]] = sure
    return shares


def noisy(truth, right, rng):
    """Labels that are right as often as `right` says."""
    return [label if rng.random() < right else rng.choice([other for other in ABC if other != label]) for label in truth]


def word_model(words, metadata=None):
    """A model that knows one word for each label and goes by it."""
    size = len(words)
    return Model(
        labels=tuple(words),
        vocabulary={word: column for column, word in enumerate(words.values())},
        idf=np.ones(size, dtype=np.float32),
        coef=(3 * np.eye(size)).astype(np.float32),
        intercept=np.zeros(size),
        prior=np.full(size, 1 / size),
        threshold=0.5,
        metadata=metadata or {},
    )
