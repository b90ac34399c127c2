"""The small change of statements about oneself: things, lists of them, kin, addresses, and "my" turned to "your"."""

import re

from agents.intent.words import MASK, any_of

KIN = any_of("""
    wife / husband / spouse / partner / girlfriend / boyfriend / fianc[eé]e? / mother / mom / mum / father / dad
    parents
    sister / brother / son / daughter / kids / children / boss / best friend / friend / aunt / uncle / grandmother
    grandma / grandfather / grandpa / niece / nephew / cousin / assistant / dog / cat
""")
_NO_THING = any_of(r"""
    i / i'?m / we / we'?re / you / he / she / it / they / them / this / that / these / those / there / here / my / our
    your / his / her / the / an? / any / some / all / one / ones / to / of / for / at / on / in / by / from / with
    without / under / over / before / after / around / near / then / than / when / if / as / so / but / and / or / nor
    because / since / please / thanks / thank / too / also / either / anymore / much / many / more / most / less / very
    really / just / only / not / no / is / are / was / be / been / am / have / has / had / do / does / did / can / could
    would / should / will / may / need / want / like / love / hate / book / order / find / get / make / send / bring
    buy / give / show / arrange / reserve / plan / deliver / take / let / let's / how / what / who / where / why
    out / late / early / well / alone / anything / something / nothing / everything / breakfast / lunch / dinner
    right / currently / today / tonight / tomorrow / now / again / usually / always / never / both
""")
THING = rf"(?!{_NO_THING}(?![\w'-]))[^\W\d_][\w'-]*"
"""One word that names something."""

_SOME = rf"{THING}(?:\s+{THING})?"
_JOINED = r"\s+(?:and|or)\s+(?:to\s+)?"
THINGS = rf"{_SOME}(?:(?:\s*,\s*{_SOME}){{1,6}}\s*,?{_JOINED}{_SOME}|(?:{_JOINED}{_SOME})+)?"
"""One or several things: "nuts", "tree nuts and shellfish", "eggs, milk or soy"."""

_STREET = any_of("""
    street / st / road / rd / avenue / ave / lane / ln / drive / dr / boulevard / blvd / court / square / place
    terrace / way / row / close / crescent / plaza / cottage / quay
""")
_VERB = any_of("""
    please / book / order / find / get / send / bring / buy / arrange / reserve / plan / deliver / make / can / could
    i / we / i'?d / i'?m / we'?d / dinner / flowers
""")
ADDRESS = (
    rf"(?=[^;!?\n{MASK}]{{0,60}}?(?:\d|\b{_STREET}\b))[^;!?\n{MASK}]{{3,120}}?"
    rf"(?=\s*(?:$|[;!?\n{MASK}]|\.(?:\s|$)|,?\s+(?:and|so|but|because)\b|,\s+{_VERB}\b))"
)
"""A street and number, or coordinates, up to the end of what is said of it."""

COORDINATES = re.compile(r"(?P<lat>-?\d{1,2}\.\d{2,8})\s*,\s*(?P<lon>-?\d{1,3}\.\d{2,8})")

_TURNED = {
    "i'm": "you're", "i am": "you are", "i was": "you were", "i've": "you've", "i'd": "you'd", "i'll": "you'll",
    "i": "you", "we're": "you're", "we are": "you are", "we've": "you've", "we": "you", "me": "you", "us": "you",
    "my": "your", "our": "your", "mine": "yours", "ours": "yours", "myself": "yourself", "am": "are",
}  # fmt: skip
_OWN = re.compile(rf"(?<![\w'])(?:{'|'.join(sorted(_TURNED, key=len, reverse=True))})(?![\w'])", re.IGNORECASE)


def listed(things: str) -> list[str]:
    """The single things of a list, in lower case."""
    parts = re.split(r"\s*,\s*(?:and\s+|or\s+)?(?:to\s+)?|\s+(?:and|or)\s+(?:to\s+)?", things.lower())
    return [part.strip() for part in parts if part.strip()]


def addressed_to_them(text: str) -> str:
    """What somebody says of themselves, said back to them: "I take my tea black" is "you take your tea black"."""
    return _OWN.sub(lambda m: _TURNED[m.group().lower()], text)
