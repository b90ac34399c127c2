"""The person's own words for a need, and what of them a catalogue can be searched for."""

import re

from agents.intent.facts import Facts
from agents.intent.words import MASK, STOP, word_set, words
from schemas.capability import Capability

_POLITE = word_set(
    """
    please and also then plus so ok okay well hi hello hey i we i'd we'd i'll we'll i'm we're want wants need
    needs would will like love prefer to can could you get book order find arrange reserve schedule organise
    organize me us make have her him them looking for let's lets let just really maybe perhaps first finally set
    up add give buy how about what dear thanks but yes no actually instead too going be able help with
    """
)
_MESSAGE = re.compile(
    r"\b(?:card|note|message|saying|says?|written|write|inscription|engrav\w+|label|text|reading)\b", re.IGNORECASE
)


def own_words(facts: Facts) -> str:
    """The clause as it was said, without the polite words that lead up to it."""
    raw = facts.raw
    start = 0
    for word in words(raw):
        if word.value not in _POLITE:
            start = word.start
            break
    return raw[start:].strip(f" \t,.;:!?-{MASK}") or raw.strip()


def query_of(facts: Facts, capability: Capability | None) -> str:
    """What to search a catalogue for: the kind of thing and its qualities, nothing of times, money or people."""
    names = {item.start: item.value.text for item in facts.places if item.value.proper and item.value.way == "at"}
    quotes = {} if is_inscription(facts) else {item.start: item.value for item in facts.quotes}
    said = {facts.start + word.start: word.value for word in words(facts.words) if word.value not in STOP}
    said = {start: word for start, word in said.items() if not word[0].isdigit()}
    if capability is None or capability.effect != "attended":
        names = {}
    pieces = [text.lower() for _, text in sorted({**said, **names, **quotes}.items())]
    query = " ".join(dict.fromkeys(pieces))
    return query or (capability.name.lower() if capability else "")


def is_inscription(facts: Facts) -> bool:
    """Whether quoted words are to be written on something rather than the name of something."""
    return bool(facts.quotes and _MESSAGE.search(facts.raw))
