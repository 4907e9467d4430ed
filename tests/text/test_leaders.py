"""A leader stands for the state as long as the leader is in office and the reader can tell who is meant."""

import csv
from collections import defaultdict

import pytest
from hypothesis import given
from hypothesis import strategies as st

from classifier.text.actor_table import TABLE as ACTORS
from classifier.text.actors import find_actors, read_story
from classifier.text.leaders import TABLE, leaders

with TABLE.open(encoding="utf-8", newline="") as file:
    ROWS = list(csv.DictReader(file))


@pytest.mark.parametrize(
    ("sentence", "date", "codes"),
    [
        ("Trump accused Putin of stalling.", "", "USA RUS"),
        ("Trump accused Putin of stalling.", "2018-07-16", "USA RUS"),
        ("Trump accused Putin of stalling.", "2023-07-16", "RUS"),
        ("Donald Trump bought a hotel.", "1990-01-01", ""),
        ("Angela Merkel phoned Nicolas Sarkozy.", "2009-01-01", "DEU FRA"),
        ("Angela Merkel phoned Nicolas Sarkozy.", "2014-01-01", "DEU"),
        ("President Xi met Mr Putin.", "2023-03-20", "CHN RUS"),
        ("Xi is a letter.", "2023-03-20", ""),
        ("Chancellor Olaf Scholz met President Recep Tayyip Erdoğan.", "2022", "DEU TUR"),
        ("TRUMP WARNS PUTIN", "2025-08-01", "USA RUS"),
        ("António Guterres spoke.", "2020", "UN"),
        ("António Guterres spoke.", "1997", "PRT"),
        ("Israel Katz spoke.", "2025", "ISR"),
        ("George W. Bush and George Bush spoke.", "2005", "USA"),
        ("Hunter Biden was in court, and so was Melania Trump.", "2022", ""),
        ("The Trump Tower stands near the Clinton Foundation.", "2018", ""),
        ("Gordon Brown resigned.", "2010", "GBR"),
        ("Mr Brown bought brown shoes.", "2008", ""),
        ("Prime Minister Brown resigned.", "2008", "GBR"),
        ("Ban on imports of beef", "2012", ""),
        ("Secretary-General Ban spoke.", "2012", "UN"),
        ("A mayor, a bishop and a young queen met in May.", "2018", ""),
        ("On Thursday evening Secretary General Ahmed Abdel-Salim spoke of many other things.", "1996", ""),
    ],
)
def test_a_leader_in_office_stands_for_the_state(sentence, date, codes):
    assert find_actors(sentence, date) == tuple(codes.split())


def test_a_surname_counts_once_the_story_has_named_its_owner():
    story = ["Cameron came late.", "Prime Minister David Cameron met Hu Jintao.", "Cameron thanked Hu.", "Mary Cameron did not."]
    assert [reading.actors for reading in read_story(story, "2011-05-01")] == [(), ("GBR", "CHN"), ("GBR", "CHN"), ()]


def test_two_leaders_of_one_surname_are_told_apart_by_the_story():
    peru, mexico = ["Alan Garcia spoke.", "Garcia left."], ["Someone spoke.", "Garcia left."]
    assert [reading.actors for reading in read_story(peru, "2008")] == [("PER",), ("PER",)]
    assert [reading.actors for reading in read_story(mexico, "2008")] == [(), ()]


def test_the_table_holds_over_two_thousand_persons_of_known_actors_with_years_that_can_be():
    with ACTORS.open(encoding="utf-8", newline="") as file:
        known = {code for row in csv.DictReader(file) for code in row["code"].split()}
    assert len({row["name"] for row in ROWS}) > 2_000
    assert {row["code"] for row in ROWS} <= known
    assert all(1940 < int(row["first"]) <= int(row["last"] or 2100) <= 2100 for row in ROWS)
    assert {row["office"] for row in ROWS} == {"state", "government", "foreign", "defence", "organisation", "other"}
    assert {row["alone"] for row in ROWS} == {"", "y"}


def test_every_leader_is_found_by_the_full_name():
    codes = defaultdict(set)
    for row in ROWS:
        codes[row["name"]].add(row["code"])
    for row in ROWS:
        if " " in row["name"]:
            assert set(find_actors(f"Then {row['name']} left.", row["first"])) & codes[row["name"]], row


def test_a_surname_that_stands_alone_is_no_common_word_of_a_sentence():
    words = {"may", "will", "hope", "ban", "king", "major", "brown", "rice", "mayor", "dark", "sharp", "long"}
    alone = {row["surname"].lower() for row in ROWS if row["alone"]}
    assert not alone & words


@given(
    st.lists(st.sampled_from([*leaders().full, *leaders().by_surname, "met", "President", "Mr", ".", "-", "the"]), max_size=12)
)
def test_names_in_any_order_break_nothing(words):
    find_actors(" ".join(words), "2001")
