"""A sentence names whom a reader would say it names."""

import csv
import re
import subprocess
import sys
import time
from collections import defaultdict

import pycountry
import pytest
from hypothesis import given
from hypothesis import strategies as st

from classifier.text.actor_table import TABLE
from classifier.text.actors import find_actors

CASES = """
Russia accused Ukraine of shelling villages. -> RUS UKR
Ukraine accused Russia of shelling villages. -> UKR RUS
Russia and the Russians, Russia said. -> RUS
Nobody came to the market on Sunday. ->
The Kremlin rejected the offer from Downing Street. -> RUS GBR
The White House and Zhongnanhai agreed on a date. -> USA CHN
The Pentagon briefed Whitehall. -> USA GBR
Officials at the Élysée called the Quai d’Orsay. -> FRA
The Elysee declined to comment. -> FRA
The Blue House thanked the Casa Rosada. -> KOR ARG
Britons and Dutchmen were among the hostages, a Briton said. -> GBR NLD
Danes, Swedes, Finns and Poles voted. -> DNK SWE FIN POL
The Swiss hosted a Burkinabè-free dinner. -> CHE
Burkinabé soldiers crossed into Côte d’Ivoire. -> BFA CIV
Ivorian troops left Cote d'Ivoire for the Ivory Coast. -> CIV
Türkiye summoned the Greek ambassador. -> TUR GRC
Turkey's parliament ratified the accession. -> TUR
São Tomé and Príncipe signed, and so did Sao Tome and Principe. -> STP
The DPRK fired a missile over Japan. -> PRK JPN
The ROK and the PRC exchanged envoys. -> KOR CHN
The UAE recalled its envoy. -> ARE
Burma became Myanmar. -> MMR
Eswatini, once Swaziland, keeps ties with Taiwan. -> SWZ TWN
eSwatini keeps its king. -> SWZ
East Timor joined as Timor-Leste. -> TLS
The Czech Republic calls itself Czechia. -> CZE
Holland beat Cape Verde. -> NLD CPV
Kosovars protested in Pristina against Serbia. -> XKX SRB
Gaza was shelled, Ramallah said. -> PSE
The Holy See offered to mediate. -> VAT
The Islamic Republic of Iran protested. -> IRN
The Federal Republic of Nigeria protested. -> NGA
The US imposed sanctions. -> USA
They told us nothing. ->
The U.S. imposed sanctions on the U.K. -> USA GBR
Americans left; America did not. -> USA
US-led talks stalled. -> USA
The Russia-Ukraine war goes on. -> RUS UKR
Russia–Ukraine talks go on. -> RUS UKR
Sino-American relations cooled. -> CHN USA
A Franco-German brigade was proposed. -> FRA DEU
An Anglo-Irish conference met. -> GBR IRL
Indo-Pakistani hostilities resumed. -> IND PAK
The Indo-Pacific strategy was published. ->
Franco ruled until 1975. ->
Afro-Caribbean singers came. ->
The South Korea-US drill began. -> KOR USA
RUSSIA WARNS TURKEY OVER STRAITS -> RUS TUR
US SENDS ENVOY TO CHINESE CAPITAL -> USA CHN
LET US PRAY ->
WHO WILL LEAD NATO NOW? -> NATO
CÔTE D'IVOIRE CLOSES BORDER WITH MALI -> CIV MLI
Georgia protested to Russia. -> GEO RUS
Georgian troops left Tbilisi. -> GEO
Police in Atlanta, Georgia, arrested two men. ->
Police in Atlanta, Ga., arrested two men. ->
A Georgia senator opposed the bill. ->
Voters in Florida, Georgia and Ohio go to the polls. ->
Armenia, Georgia and Azerbaijan met. -> ARM GEO AZE
Senator Raphael Warnock of Georgia voted no. ->
A US senator visited Georgia on Friday. -> USA GEO
Jordan opened its border with Syria. -> JOR SYR
King Abdullah of Jordan met Michael Jordan. -> JOR
Michael Jordan retired. ->
On Monday Jordan Smith resigned. ->
Mr. Jordan chairs the committee. ->
Meanwhile Jordan expelled the envoy. -> JOR
On Tuesday Jordan expelled the envoy. -> JOR
Jordan Rejects Plan for Resettlement of Refugees -> JOR
The Jordan Valley is fertile. ->
We ate turkey and stuffing. ->
Turkey farmers fear the flu. ->
Niger expelled the French ambassador. -> NER FRA
Nigeria and Niger reopened the border. -> NGA NER
Nigeriens and Nigerians traded. -> NER NGA
Militants in the Niger Delta blew up a pipeline. ->
Guinea, Guinea-Bissau, Equatorial Guinea and Papua New Guinea signed. -> GIN GNB GNQ PNG
Pirates in the Gulf of Guinea took a ship. ->
Korea was divided. ->
The two Koreas met. -> PRK KOR
An inter-Korean hotline was restored. -> PRK KOR
North and South Korea met. -> PRK KOR
North Koreans and South Koreans wept. -> PRK KOR
The Democratic People's Republic of Korea protested to the Republic of Korea. -> PRK KOR
The Korean War ended in 1953. ->
The Democratic Republic of the Congo accused Rwanda. -> COD RWA
The Republic of the Congo hosted them. -> COG
Congolese troops fought M23. -> COD M23
Congo recalled its envoy. -> COD
In Brazzaville, Congo's president spoke. -> COG
Congo-Brazzaville and Congo-Kinshasa signed. -> COG COD
Washington said Beijing had lied. -> USA CHN
George Washington crossed the river. ->
Denzel Washington won. ->
Farmers in Washington state sued. ->
The Washington Post reported it. ->
He lives in Seattle, Washington. ->
Dominica thanked the Dominican Republic. -> DMA DOM
Dominicans in Santo Domingo marched. -> DOM
Dominica's Dominican passports were withdrawn. -> DMA
Mexico protested. -> MEX
New Mexico protested. ->
Mexico City protested. -> MEX
Oil leaked in the Gulf of Mexico. ->
Chad closed its border. -> TCD
Chad Mitchell resigned. ->
Mali, Cuba and Oman abstained. -> MLI CUB OMN
A fire broke out in Lebanon, Pa., on Sunday. ->
Lebanon accused Israel. -> LBN ISR
Paris recalled its ambassador. -> FRA
Paris Hilton arrived. ->
The mayor of Paris, Texas, resigned. ->
A man from Paris, Texas, resigned. ->
The Paris Agreement entered into force. ->
London expelled two diplomats. -> GBR
Jack London wrote it. ->
She runs a bakery in London, Ontario. ->
Trains stopped in Peru, Indiana, for a day. ->
Peru and Indiana signed a memorandum. -> PER
Mexico, Texas and California agreed on the water. -> MEX
Sudan accused South Sudan. -> SDN SSD
South Sudanese and Sudanese officers met. -> SSD SDN
Ireland and Northern Ireland share a grid. -> IRL GBR
Samoa and American Samoa signed. -> WSM ASM
The US Virgin Islands and the British Virgin Islands signed. -> VIR VGB
The Virgin Islands signed. ->
China sent ships into the South China Sea. -> CHN
The Republic of China thanked Paraguay. -> TWN PRY
The People's Republic of China thanked Honduras. -> CHN HND
Ships crossed the Taiwan Strait. ->
Ships crossed the Sea of Japan and the Indian Ocean. ->
Tankers waited in the Persian Gulf and the Gulf of Oman. ->
Mines were laid in the Strait of Hormuz. ->
East Germany and West Germany signed a treaty. -> DEU
The Soviet Union and the United States signed. -> SUN USA
The USSR vetoed it. -> SUN
Soviet-era tanks from former Soviet republics arrived. ->
Yugoslavia and Czechoslovakia broke apart. -> YUG CSK
The former Yugoslavia has seven heirs. ->
The former Yugoslav Republic of Macedonia applied. -> MKD
Kingston asked for aid. -> JAM
A student in Kingston, Ontario, asked. ->
Police in San Jose arrested two. ->
San José recalled its ambassador. -> CRI
In San Jose the Costa Rican and Nicaraguan ministers met. -> CRI NIC
Victoria protested. ->
Santiago protested to La Paz. -> CHL BOL
Santiago de Cuba was flooded. ->
Georgetown rejected the Venezuelan claim. -> GUY VEN
A professor at Georgetown said so. ->
Hamilton scored twice. ->
Male voters stayed away. ->
Malé told New Delhi to withdraw. -> MDV IND
We polish shoes; the Polish army does not. -> POL
They met in a Chinese restaurant. -> CHN
Brussels fined the company. -> EU
Donors met in Brussels. ->
A Brussels-based charity said so. ->
Judges in The Hague ruled against Israel. -> ISR
The ICC and the ICJ sit there. -> ICC ICJ
Jerusalem rejected the ruling. -> ISR
Nuns in East Jerusalem prayed. ->
ASEAN, the African Union and the Arab League met. -> ASEAN AU ARABLEAGUE
The Association of Southeast Asian Nations met. -> ASEAN
The Organization of American States voted. -> OAS
The Security Council met behind closed doors. -> UN
Russia's Security Council met. -> RUS
The UN refugee agency, UNHCR, left. -> UNHCR
The World Bank and the IMF agreed. -> WORLDBANK IMF
Al-Qaeda and al-Shabaab claimed the attack on Hamas. -> ALQAEDA ALSHABAAB HAMAS
Hizbullah and the Houthis fired. -> HEZBOLLAH HOUTHIS
The Taliban met Iran’s Revolutionary Guards. -> TALIBAN IRN IRGC
Wagner fighters left Mali. -> WAGNER MLI
An opera by Richard Wagner was given. ->
Sudan's army fought the RSF. -> SDN RSF
The report by RSF, Reporters Without Borders, came out. ->
The Red Cross visited. -> ICRC
The American Red Cross visited. -> USA
Turkish Cypriots and Greek Cypriots met in Nicosia. -> TRNC CYP
Bosnian Serbs left the talks. -> REPUBLIKASRPSKA
Ethnic Serbs left. ->
Non-EU members left. ->
It cost 5 million US dollars. ->
It cost US$5 million. ->
It was drafted in French and Arabic. ->
A tanker sank in French and Belgian waters. -> FRA BEL
He speaks Russian. ->
Riyadh has let in Iranians who live in Europe. -> SAU IRN
Russian-speaking voters stayed home. ->
Israel Katz spoke for Israel. -> ISR
Latin America and Central America grew. ->
MOSCOW, March 3 (Reuters) - Belarus protested to Poland. -> BLR POL
BEIJING — Japan protested. -> JPN
The Belgrade-Pristina agreement held. -> SRB XKX
Greece won five medals. -> GRC
Will Russia sign? -> RUS
The Permanent Mission of Peru, New York, replied. -> PER
Booker T. Washington taught. ->
The U.S. Georgia mission closed. -> USA GEO
Palestinians accused Israelis of arson; the PLO agreed. -> PSE ISR PLO
The Polisario Front and Morocco disagree over Western Sahara. -> POLISARIO MAR ESH
In Brazzaville the Congolese parliament met. -> COG
Officials in Buenos Aires, Kyiv, N'Djamena and Sana'a waited. -> ARG UKR TCD YEM
The Tamil Tigers, the FARC and the PKK laid down arms. -> LTTE FARC PKK
Jordan scored 30 points. ->
Jordan had 12 rebounds and nine assists in the playoffs. ->
Jordan scored a point at the talks. -> JOR
Chad Smith scored. ->
Georgia Tech drew Clemson. ->
Paris Hilton flew home. ->
He read it in the Washington Post. ->
He read it in the China Daily and the Jerusalem Post. ->
She flew British Airways from Reading. ->
Turkish Airlines cancelled a flight. ->
The French Open begins on Sunday. ->
Western officials blamed the West Bank's settlers, and the West kept silent. -> WEST PSE
The western part of Western Sahara was calm. -> ESH
The Commonwealth suspended Fiji; the Commonwealth of Pennsylvania did not. -> COMMONWEALTH FJI
Shells fell on Kharkiv and on Odessa. -> UKR
He was born in Odessa, Texas. ->
"""


def cases():
    return [tuple(map(str.strip, line.split("->"))) for line in CASES.strip().splitlines()]


def rows():
    with TABLE.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


HISTORIC = {country.alpha_3 for country in pycountry.historic_countries}
STATES = {country.alpha_3 for country in pycountry.countries} | {"XKX"}
TERRITORIES = set(
    "ABW AIA ALA ASM ATA ATF BES BLM BMU BVT CCK COK CUW CXR CYM ESH FLK FRO GGY GIB GLP GRL GUF GUM HKG HMD IMN IOT JEY MAC MAF "
    "MNP MSR MTQ MYT NCL NFK NIU PCN PRI PYF REU SGS SHN SJM SPM SXM TCA TKL UMI VGB VIR WLF".split()
)
MEMBERS = sorted(STATES - TERRITORIES - {"PSE", "TWN", "VAT", "XKX"})
KNOWN = STATES | {code for row in rows() for code in row["code"].split()}


@pytest.mark.parametrize(("sentence", "codes"), cases(), ids=[sentence for sentence, _ in cases()])
def test_sentence_names(sentence, codes):
    assert find_actors(sentence) == tuple(codes.split())


def test_decomposed_accents_and_doubled_spaces_change_nothing():
    assert find_actors("Tu\u0308rkiye met South  Korea in Bogota\u0301.") == ("TUR", "KOR", "COL")


def test_the_united_nations_have_193_members():
    assert len(MEMBERS) == 193


@pytest.mark.parametrize("code", [*MEMBERS, "TWN", "XKX", "PSE"])
def test_every_state_has_name_demonym_and_capital(code):
    kinds = {row["kind"] for row in rows() if row["code"] == code}
    elsewhere = {"BEL": "capital", "COG": "demonym", "DMA": "demonym"}  # Brussels, Congolese, Dominican: decided by the context
    assert kinds >= {"name", "demonym", "capital"} - {elsewhere.get(code)}


@pytest.mark.parametrize("country", list(pycountry.countries), ids=lambda country: country.alpha_3)
def test_what_iso_calls_a_state_is_found(country):
    official = getattr(country, "official_name", None) or getattr(country, "common_name", None) or country.name
    official = re.sub(r" \(.*\)", "", official)
    nobody = ("ATA", "MAF")  # no state acts in Antarctica's name; Saint Martin is half an island, the whole of it, or a saint
    assert find_actors(f"A ship left {official}.") == (() if country.alpha_3 in nobody else (country.alpha_3,))


def test_the_table_is_sound():
    names = defaultdict(list)
    for row in rows():
        names[row["name"]].append(row)
        assert row["name"] == row["name"].strip() != ""
        assert bool(row["code"]) != (row["kind"] == "none")
        assert row["kind"] in "name demonym capital seat abbreviation organisation place prefix none".split()
        if row["kind"] in ("name", "demonym", "capital", "place", "prefix"):
            assert set(row["code"].split()) <= STATES | HISTORIC
    assert [name for name, found in names.items() if len(found) > 1] == []


def test_no_organisation_has_the_code_of_a_state():
    own = {row["code"] for row in rows() if row["kind"] in ("organisation", "abbreviation")} - STATES - {"SUN"}
    assert not own & HISTORIC
    assert all(code.isalnum() and code.isupper() for code in own)


@given(st.text())
def test_any_text_gives_known_codes_once(text):
    codes = find_actors(text)
    assert set(codes) <= KNOWN
    assert len(set(codes)) == len(codes)


@given(st.lists(st.sampled_from("Russia Japan Kenya NATO Hamas Brazil France Peru ASEAN Norway Vietnam".split()), unique=True))
def test_codes_come_in_the_order_of_first_mention(names):
    once = [find_actors(f"Then {name} left.")[0] for name in names]
    assert find_actors("; ".join(names + names[:1]) + " met.") == tuple(once)


@given(
    st.lists(st.sampled_from([*(row["name"] for row in rows()), "of", ",", ".", "-", "and", "in", "'s", "A", "Mr"]), max_size=12)
)
def test_names_in_any_order_break_nothing(words):
    assert set(find_actors(" ".join(words))) <= KNOWN


@pytest.mark.parametrize(
    "text", ["South ", "Georgia, ", "Republic of the ", "in French and ", "DEMOCRATIC PEOPLE'S ", "Mr. ", "-", "A"]
)
def test_time_grows_with_the_text_and_no_faster(text):
    find_actors("Warm up."), find_actors("WARM UP")
    start = time.process_time()
    find_actors(text * (1_000_000 // len(text)))
    assert time.process_time() - start < 10


def test_importing_it_loads_neither_pandas_nor_pycountry():
    code = "import sys, classifier.text.actors; print('pycountry' in sys.modules, 'pandas' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=600, check=True)
    assert done.stdout.split()[0] == "False"
