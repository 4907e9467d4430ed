"""A sentence says who acts on whom as a reader would say it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from classifier.model.direction import Direction, describe, direction, directions, pair
from classifier.text.actors import read_story

CASES = """
Russia accused Ukraine of shelling villages. -> RUS > UKR
Ukraine accused Russia of shelling villages. -> UKR > RUS
Ukraine was accused by Russia of shelling villages. -> RUS > UKR
The village was shelled by Ukraine on Sunday. -> UKR >
Syria's ports were bombed by Israel overnight. -> ISR > SYR
Israel has been condemned by Turkey. -> TUR > ISR
Norway condemned Chad. -> NOR > TCD
Norway's foreign minister condemned Chad. -> NOR > TCD
The foreign minister of Norway condemned Chad. -> NOR > TCD
The Norwegian government has condemned Chad's army. -> NOR > TCD
On Monday, Norway condemned Chad. -> NOR > TCD
In Geneva on Monday, Norway condemned Chad. -> NOR > TCD
Speaking to reporters, Norway's envoy condemned Chad. -> NOR > TCD
Norway, which borders Finland, condemned Chad. -> NOR > TCD
Norway imposed sanctions on Belarus. -> NOR > BLR
Norway sent aid to Malawi. -> NOR > MWI
Norway withdrew its troops from Mali. -> NOR > MLI
Norway will not sign a treaty with Peru. -> NOR > PER
Norway held talks with Peru in Madrid. -> NOR > PER
Norway agreed to help Peru. -> NOR > PER
Norway urged Peru to release the sailors. -> NOR > PER
Norway called on Peru to release the sailors. -> NOR > PER
Norway vowed to retaliate against Peru. -> NOR > PER
Norway thanked Peru for its help. -> NOR > PER
Norway and Peru signed a treaty. -> NOR > PER
Norway, Peru reach agreement on fishing -> NOR > PER
Norway and Peru are close allies. -> NOR > PER
Norway, Sweden and Denmark condemned Belarus. -> NOR SWE DNK > BLR
Norway condemned Belarus and Mali. -> NOR > BLR MLI
Norway's attack on Peru killed nobody. -> NOR > PER
Talks between Norway and Peru collapsed. -> NOR > PER
Norway-Peru talks collapsed. -> NOR > PER
Norway said Peru had attacked Chile. -> PER > CHL
Norway said Peru must leave. -> NOR > PER
Norway said it would punish Peru. -> NOR > PER
"We will punish Peru," said the president of Norway. -> NOR > PER
"Peru is lying," Norway's envoy said. -> NOR > PER
Norway has never trusted Peru, according to Chile. -> NOR > PER
Norway: Peru is to blame -> NOR > PER
Oslo: Peru attacked Chile overnight -> PER > CHL
Oslo - Peru attacked Chile overnight. -> PER > CHL
Norway's ambassador to Peru was attacked. -> > NOR
Norway warned that Peru could close the strait. -> NOR > PER
Norway is expected to recognise Kosovo. -> NOR > XKX
Norway is preparing to recognise Kosovo. -> NOR > XKX
Norway froze Peru's accounts and expelled two diplomats. -> NOR > PER
The weapons delivered by Norway helped Peru. -> NOR > PER
Peru's government is threatened by Chile. -> CHL > PER
Officials in Oslo condemned Peru. -> NOR > PER
The West condemned Belarus. -> WEST > BLR
NATO promised help to Moldova. -> NATO > MDA
Trump accused Putin of stalling. -> USA > RUS
President Xi met Mr Putin. -> CHN > RUS
In talks with Peru, Norway offered a loan. -> NOR > PER
Egyptian police arrested forty opposition activists. -> EGY > EGY*
Opposition activists were arrested by Egyptian police. -> EGY > EGY*
Egypt's opposition accused the government of fraud. -> EGY* > EGY
Russia and Ukraine exchanged 40 prisoners. -> RUS > UKR
Chad's armed rebels attacked Mali. -> TCD* > MLI
Rebels in Mali attacked an army post. -> MLI* > MLI
The government jailed ten journalists in Belarus. -> BLR > BLR*
US-backed rebels took the town. ->
Pro-Russian crowds cheered. ->
Nobody came to the market on Sunday. ->
It rained in Norway. ->
"""


@pytest.mark.parametrize("case", CASES.strip().splitlines())
def test_a_sentence_says_who_acts_on_whom(case):
    sentence, _, expected = case.rpartition(" -> ") if " -> " in case else (case.removesuffix(" ->"), "", ">")
    source, _, target = expected.partition(">")
    [reading] = read_story([sentence])
    assert direction(reading) == Direction(tuple(source.split()), tuple(target.split()))


def test_a_pronoun_means_who_acted_in_the_sentence_before():
    story = ["Norway condemned Chad.", "It also froze aid to Mali.", "Rain fell.", "It recalled its envoy from Niger."]
    expected = [(("NOR",), ("TCD",)), (("NOR",), ("MLI",)), ((), ()), ((), ("NER",))]
    assert list(map(tuple, directions(read_story(story)))) == expected


def test_a_pair_is_the_first_of_each_end_that_acts_for_itself():
    assert pair(Direction(("NOR", "SWE"), ("TCD",))) == ("NOR", "TCD")
    assert pair(Direction(("NOR*", "SWE"), ("TCD",))) == ("SWE", "TCD")
    assert pair(Direction(("NOR",), ("NOR*",))) is None
    assert pair(Direction(("NOR",), ())) is pair(Direction()) is None


def test_ends_are_told_by_name():
    assert describe(Direction(("RUS",), ("UKR",))) == "Russia → Ukraine"
    assert describe(Direction((), ("EGY*", "NATO"))) == "? → people in Egypt, NATO"
    assert describe(Direction()) == ""


WORDS = (
    "Norway Peru's Chad NATO Putin said that condemned was by with and , ; \" ' s - he who the opposition Western to is".split()
)


@given(st.lists(st.sampled_from(WORDS), max_size=25))
def test_any_order_of_words_gives_actors_that_the_sentences_name(words):
    readings = [*read_story([" ".join(words), "It left Mali."])]
    known = {code for reading in readings for code in reading.actors}
    for source, target in directions(readings):
        assert {code.rstrip("*") for code in source + target} <= known
        assert not set(source) & set(target)


def test_what_is_too_long_for_a_sentence_is_read_from_its_beginning():
    [reading] = read_story(["Norway condemned Chad, which left. " * 20_000])
    assert direction(reading) == Direction(("NOR",), ("TCD",))
