"""Words that go together in everyday speech ("cab" and "ride"), so that a wish need not use the words of the offer."""

import json
from collections.abc import Sequence
from functools import cache
from importlib.resources import files

from agents.intent.vocabulary import everyday
from agents.intent.words import stem


def groups_of(stems: Sequence[str]) -> frozenset[int]:
    """The groups that any word or phrase of up to four words belongs to."""
    known, starts = _groups()
    found: set[int] = set()
    for i, word in enumerate(stems):
        if word in starts:
            for stop in range(i + 1, min(i + 5, len(stems) + 1)):
                found |= known.get(tuple(stems[i:stop]), frozenset())
    return frozenset(found)


@cache
def _groups() -> tuple[dict[tuple[str, ...], frozenset[int]], frozenset[str]]:
    own = json.loads(files("agents.intent.follow").joinpath("related.json").read_text("utf-8"))
    known: dict[tuple[str, ...], set[int]] = {}
    for number, group in enumerate([*own, *everyday()]):
        for phrase in group:
            known.setdefault(tuple(stem(word) for word in phrase.replace("-", " ").split()), set()).add(number)
    return {phrase: frozenset(groups) for phrase, groups in known.items()}, frozenset(phrase[0] for phrase in known)
