"""``uso bench reading``: how long the offline reader takes for one message, and how that grows with the registry.

The services beyond the built-in ones are made up from a seed: each sells a kind of thing under a word of its own in a
way that a built-in one does, as a registry full of specialised partners would.
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from random import Random
from time import process_time
from typing import Any

from agents.intent.offline import OfflineReader
from evals.bench.figures import percentile
from schemas.capability import Capability, built_in
from schemas.intent import ResolveContext
from schemas.place import Place

REGISTRIES = (len(built_in()), 10_000)
LIMIT_MS = 25.0
"""What the 95th percentile of one reading may take."""
MESSAGES = (
    "Flowers to my wife on Saturday by 5 pm, dinner for two at 7 and a ride home, under $250",
    "a haircut on Thursday at 5pm",
    "I'd like a deep tissue massage tomorrow between 5 and 7 pm, just for me",
    "the bathroom drain is completely blocked, can someone come out tomorrow morning?",
    "Sushi for six on Friday at 8, and a chocolate birthday cake there by 9",
    "what is the weather going to be like at the weekend",
)
_NOW = datetime(2027, 5, 11, 19, tzinfo=UTC)
_CONTEXT = ResolveContext(now=_NOW, zone="UTC", home=Place(name="Home", lat=51.5, lon=-0.12, zone="UTC"))
_SYLLABLES = tuple(consonant + vowel for consonant in "bdfgklmnprstvz" for vowel in "aeiou")
_FEWEST = 20  # readings, whatever they take: below that a percentile says nothing


async def reading(*, seconds: float = 8.0, registries: tuple[int, ...] = REGISTRIES) -> dict[str, Any]:
    """For each number of capabilities: milliseconds to read a message, and to make the index it is read with.

    Args:
        seconds: of CPU for each number.
        registries: how many capabilities there are.
    """
    rows = {str(size): await _measure(registry(size), seconds) for size in registries}
    return {"benchmark": "reading", "limit_ms": LIMIT_MS, "capabilities": rows}


async def _measure(capabilities: Sequence[Capability], seconds: float) -> dict[str, Any]:
    await OfflineReader()(MESSAGES[0], context=_CONTEXT, capabilities=built_in())  # loads what every reader needs
    read = OfflineReader()
    taken: list[float] = []
    begun = process_time()
    read.indexes.of(capabilities)
    built = (process_time() - begun) * 1000
    for message in MESSAGES:
        await read(message, context=_CONTEXT, capabilities=capabilities)
    until = process_time() + seconds
    while len(taken) < _FEWEST or process_time() < until:
        begun = process_time()
        await read(MESSAGES[len(taken) % len(MESSAGES)], context=_CONTEXT, capabilities=capabilities)
        taken.append((process_time() - begun) * 1000)
    slowest = percentile(taken, 95) or 0.0
    return {
        "readings": len(taken),
        "index_ms": round(built, 1),
        "p50_ms": percentile(taken, 50),
        "p95_ms": slowest,
        "failures": int(slowest > LIMIT_MS),
    }


def registry(size: int) -> tuple[Capability, ...]:
    """The built-in capabilities, and as many made-up ones as are missing; the same ones each time."""
    random = Random(size)
    known = built_in()
    return known + tuple(_made_up(random, number, random.choice(known)) for number in range(size - len(known)))


def _made_up(random: Random, number: int, like: Capability) -> Capability:
    word = "".join(random.choices(_SYLLABLES, k=random.randint(2, 4)))
    trade = "".join(random.choices(_SYLLABLES, k=random.randint(2, 4)))
    return like.model_copy(
        update={
            "id": f"{trade}.{number}",
            "name": f"{word.capitalize()} {like.name.lower()}",
            "description": f"{like.description}, with {word} and {trade}",
            "examples": (word, f"{word} {trade}", *(f"{word} {said}" for said in random.sample(like.examples, 3))),
        }
    )
