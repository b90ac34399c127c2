"""Places in words: home, remembered places, addresses, and names that say no address.

There is no map here. A written address is good enough for whoever has to go there, so it becomes a place whose
coordinates are approximate; a name such as "her place" is kept as text, and its address is asked for.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from agents.intent.words import MASK, Found, any_of, mask, word_set
from schemas.place import Place

Way = Literal["to", "from", "at"]


@dataclass(frozen=True, slots=True)
class Spot:
    """A place that was named: known (``place``) or only by ``text``; ``way`` is how it was said."""

    way: Way
    text: str
    place: Place | None = None
    proper: bool = False
    """Written as a name ("at Luigi's"): may be a partner rather than a place."""


_LONGEST = 200  # characters of an address that partners take
_PREPOSITION = r"(?:to|from|at|in|near|around|by|outside|inside|next\s+to|close\s+to|back\s+to|into|within)"
_OWN = r"(?:my|our)\s+(?:own\s+)?(?:home|house|place|flat|apartment|doorstep|front\s+door|door)\b(?!\s+key)"
_NOT_HOME = any_of("made / cook / clean / office / deliver / insur / repair / service / improvement / screen / town")
_HOME = re.compile(
    rf"\b(?:(?P<way>to|from|at|near)\s+)?(?:back\s+)?"
    rf"(?:{_OWN}|(?:(?<=to )|(?<=at )|(?<=from ))mine\b|(?<!nursing )(?<!care )home\b(?!\s*-?{_NOT_HOME}))",
    re.IGNORECASE,
)
_COORDINATES = re.compile(
    r"(?:\b(?P<way>to|from|at|near)\s+)?(?P<lat>-?\d{1,2}\.\d{2,8})\s*,\s*(?P<lon>-?\d{1,3}\.\d{2,8})"
)
_STREET = (
    r"(?:street|st|road|rd|avenue|ave|lane|ln|drive|dr|boulevard|blvd|court|ct|square|sq|place|pl|terrace|way|parkway|"
    r"highway|row|close|crescent|alley|plaza)"
)
_ADDRESS = re.compile(
    rf"\b(?:(?P<way>{_PREPOSITION})\s+)?(?P<name>\d{{1,5}}[a-z]?\s+(?:(?:[nsew]|north|south|east|west)\.?\s+)?"
    rf"(?:[\w'-]+\s+){{1,3}}?{_STREET}\b\.?"
    r"(?:,?\s+(?:apt|apartment|flat|suite|unit)\.?\s*\w+)?)",
    re.IGNORECASE,
)
_KIN = any_of("""
    mother / mom / mum / father / dad / sister / brother / son / daughter / parents / aunt / uncle / grandmother
    grandma
    grandpa / boss / friend / girlfriend / boyfriend / wife / husband / in-?laws
""")
_KIN_PLACE = re.compile(
    r"\b(?:(?P<way>to|from|at|near)\s+)(?P<name>"
    rf"(?:my|our|her|his|their)\s+{_KIN}'?s?'?\s+(?:house|place|home|flat|apartment|office|work)|"
    r"(?:her|his|their)\s+(?:own\s+)?(?:place|house|home|flat|apartment)|"
    rf"(?:my|our)\s+{_KIN}'s(?=\s*(?:$|[.,;!?{MASK}]|and\b|at\b|on\b|by\b|for\b)))",
    re.IGNORECASE,
)
_ELSEWHERE = any_of("""
    mother / mom / mum / father / dad / sister / brother / parents / grandparents / aunt / uncle / grandmother / grandma
    grandfather / grandpa / niece / nephew / cousin / boss / friends? / colleagues? / neighbou?rs? / teacher / in-?laws
    assistant / secretary / host / (?:mother|father|sister|brother)-in-law / clients? / customers?
""")
_SENT_TO = re.compile(
    rf"\b(?:to|send|bring|deliver|get|give)\s+(?:(?:my|our|his|her|their|the)\s+(?:\w+\s+)?)?{_ELSEWHERE}\b(?!')",
    re.IGNORECASE,
)
_PUBLIC = any_of("""
    airport / station / train station / bus station / office / work / workplace / school / hospital / hotel
    church / park
    museum / theat(?:re|er) / beach / lake / river / harbou?r / downtown / city cent(?:re|er) / mall / gym / venue
    campus
    library / stadium / arena / university / clinic / club / cinema / opera / cemetery / pier / waterfront
""")
_LANDMARK = re.compile(
    r"\b(?P<way>to|from|at|near)\s+"
    rf"(?P<name>(?:the|my|our|his|her|their)\s+(?:[a-z]+\s+)?{_PUBLIC}|work|downtown|school|college)\b",
    re.IGNORECASE,
)
_NAME = re.compile(
    rf"\b(?P<way>{_PREPOSITION})\s+(?P<name>(?:the\s+)?[A-Z][\w'&.-]*\w"
    r"(?:\s+(?:(?:of|de|la|the|and|&)\s+)?[A-Z][\w'&.-]*\w)*)"
)
_PERSONAL = word_set("i my our the a me her his it you")
_LED_BY: list[tuple[re.Pattern[str], Way]] = [
    (re.compile(r"\bdrop(?:ped|ping)?\s+(?:\w+\s+){0,3}$", re.IGNORECASE), "to"),
    (re.compile(r"\b(?:pick(?:ed|ing)?|collect(?:ed)?|fetch(?:ed)?)\s+(?:\w+\s+){0,3}$", re.IGNORECASE), "from"),
]
"""Verbs that say which end of a way "at" is: "pick me up at …, drop me at …"."""


def find_addresses(text: str) -> list[Found[str]]:
    """Street addresses and coordinates: their numbers are neither hours nor counts."""
    return [Found(m.start("name"), m.end(), m["name"]) for m in _ADDRESS.finditer(text)] + [
        Found(m.start(), m.end(), m.group()) for m in _COORDINATES.finditer(text)
    ]


def find_places(text: str, home: Place | None, known: Mapping[str, Place], zone: str) -> list[Found[Spot]]:
    """Every place named in ``text``, in order.

    ``known`` are remembered places by lower-case name; ``zone`` is given to a place written as coordinates.
    """
    found: list[Found[Spot]] = []
    for m in _COORDINATES.finditer(text):
        lat, lon = float(m["lat"]), float(m["lon"])
        if abs(lat) <= 90 and abs(lon) <= 180:
            name = f"{m['lat']}, {m['lon']}"
            place = Place(name=name, lat=lat, lon=lon, zone=zone)
            found.append(Found(m.start(), m.end(), Spot(_way(m["way"], text[: m.start()]), name, place)))
    text = mask(text, found)
    for name, place in sorted(known.items(), key=lambda item: -len(item[0])):
        pattern = rf"(?:\b(?P<way>{_PREPOSITION})\s+(?:the\s+|my\s+|our\s+)?|\b(?:my|our)\s+){re.escape(name)}\b(?!'s)"
        for m in re.finditer(pattern, text, re.IGNORECASE):
            found.append(Found(m.start(), m.end(), Spot(_way(m["way"], text[: m.start()]), m.group(), place)))
        text = mask(text, found)
    for m in _HOME.finditer(text):
        way: Way = _way(m["way"], text[: m.start()]) if m["way"] else "to"
        found.append(Found(m.start(), m.end(), Spot(way, "home", home)))
    text = mask(text, found)
    for pattern_, proper in ((_ADDRESS, False), (_KIN_PLACE, False), (_LANDMARK, False), (_NAME, True)):
        for m in pattern_.finditer(text):
            if not proper or m["name"].lower() not in _PERSONAL:
                written = addressed(m["name"], home) if pattern_ is _ADDRESS else None
                way = _way(m["way"], text[: m.start()])
                found.append(Found(m.start(), m.end(), Spot(way, m["name"], written, proper=proper)))
        text = mask(text, found)
    return sorted(found, key=lambda item: item.start)


def remembered(text: str, home: Place | None, known: Mapping[str, Place]) -> Place | None:
    """The known place that an answer consisting of little else names."""
    words = re.sub(r"^\W*(?:(?:to|at|from|the|my|our|it's|in)\s+)*|\W+$", "", text.lower())
    if words in known:
        return known[words]
    return home if words in ("home", "house", "place", "flat", "apartment", "my home", "here") else None


def addressed(address: str, home: Place | None) -> Place | None:
    """A place known by its address only, taken to be in the town of ``home``; ``None`` if no town is known."""
    if home is None:
        return None
    name = " ".join(address.split())[:_LONGEST]
    return Place(name=name, lat=home.lat, lon=home.lon, zone=home.zone, address=name, approximate=True)


def personal(spot: Spot) -> bool:
    """Whether a place is named by whose it is ("her place"), which tells a stranger nothing."""
    return bool(_KIN_PLACE.match(f"at {spot.text}"))


def lives_elsewhere(text: str) -> bool:
    """Whether something is for somebody who is not known to live at the person's own home: "to my mother"."""
    return bool(_SENT_TO.search(text))


def _way(words: str | None, before: str) -> Way:
    """Which end of a way a place is, by its preposition and what leads up to it."""
    words = (words or "").lower()
    if words == "at" and (led := next((way for verb, way in _LED_BY if verb.search(before)), None)):
        return led
    if words in ("to", "into") or words.startswith("back"):
        return "to"
    return "from" if words == "from" else "at"
