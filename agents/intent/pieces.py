"""The stretches of a message that lie between its joining words, and which of them ask for one thing together.

A joining word joins wishes or only what one wish names, so a stretch is looked at beside the one before it: "fish and
chips" and "Smith and Sons" have no service on either side of the "and", "for two" is a fact about its neighbour.
"""

import re
from dataclasses import dataclass, replace
from typing import Literal

from agents.intent.clocks import MEALS, Hours
from agents.intent.facts import Facts
from agents.intent.match import ACCEPT, STRONG, Index
from agents.intent.words import NUMBER, any_of, content, words
from schemas.capability import Capability

Join = Literal["start", "sentence", "colon", "comma", "and", "then", "also", "first"]


def _re(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.IGNORECASE)


_DO = any_of("""
    book / order / find / get / arrange / reserve / schedule / organi[sz]e / hire / buy / purchase / send / bring
    deliver
    call / plan / set up / fetch / pick up / rent / fix / repair / have
""")
_ASKS = _re(
    r"\b(?:i|we)(?:'d|\s+would|'ll|\s+will|'m|\s+am|'re|\s+are)?(?:\s+(?:really|also|just|still|both))?\s+"
    r"(?:want|need|like|love|prefer|require|looking|hoping|wish)\b|"
    rf"\b{_DO}\b|\b(?:can|could|would|will)\s+(?:you|i|we|someone|somebody)\b|\bplease\b|"
    r"\b(?:need|want|looking\s+for|how\s+about|what\s+about)\b|^\W*(?:any|is\s+there|are\s+there)\b"
)
_STATES = _re(
    r"^\W*(?:so\s+|and\s+|but\s+)?(?:"
    + any_of(r"""
    it'?s\b / it (?:is|will|was)\b / this is\b / that'?s\b / (?:she|he|they)\b / there (?:is|are|will)\b / today is
    (?:my|our) \w+ (?:is|are|was|loves?|likes?|hates?|has|turns|and i are|will be)\b / tomorrow is / surprise\b
    celebrat
    (?:we'?re|we are|i'?m|i am) (?!looking|hoping|needing|in need|after)
    (?:i|we) (?:have|had|love|hate|live|work|feel|think|am|are)\b
""")
    + ")"
)
_HAVE_IT = _re(
    r"\b(?:already\s+(?:have|booked|got|bought)|(?:loves?|likes?|hates?|prefers?)\s+(?!to\b)|"
    r"(?:am|are|'m|'re|is)\s+(?:going\s+to\s+(?:the|a|an|see)|attending|hosting|having))"
)
_LISTED = _re(rf"^\W*(?:an?|some|the|another|my|our|{NUMBER}|someone|somebody|somewhere|something)\s+\w")
_COUNTED = _re(rf"(?:^\W*|\s)(?:an?|{NUMBER})\s+\w")
_OF_IT = re.compile(r"\b(?:need|want|have|get|like|do|make)\s+(?:it|them|that|this)\b", re.IGNORECASE)
_SOME = re.compile(r"^\W*some\b", re.IGNORECASE)
_NEW_ONE = re.compile(r"^\W*(?:another|a\s+second|one\s+more)\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Piece:
    """One stretch between separators and what is known of it by words alone."""

    facts: Facts
    join: Join
    owner: Capability | None
    evidence: float
    asks: bool
    listed: bool
    states: bool

    @property
    def empty(self) -> bool:
        """Whether it says nothing of any service, only facts or nothing at all."""
        return not content(self.facts.words) and not self.named

    @property
    def named(self) -> bool:
        """Whether words name a service, offered or not."""
        return self.evidence >= ACCEPT and not (self.states and _HAVE_IT.search(self.facts.raw))


def piece_of(facts: Facts, join: Join, index: Index) -> Piece:
    """One stretch with what its words tell."""
    evidence = index.worded(facts.words, facts.raw)
    owner, best = max(evidence.items(), key=lambda item: item[1], default=(-1, 0.0))
    return Piece(
        facts,
        join,
        index.capabilities[owner] if 0 <= owner < len(index.capabilities) else None,
        best,
        asks=bool(_ASKS.search(facts.words)),
        listed=bool(_LISTED.match(facts.words)),
        states=bool(_STATES.match(facts.raw)),
    )


def grouped(pieces: list[Piece], index: Index) -> list[Piece]:
    """Put together what was cut apart but asks for one thing."""
    groups: list[Piece] = []
    for i, piece in enumerate(pieces):
        before = groups[-1] if groups else None
        last = all(later.empty for later in pieces[i:])
        if before is not None and _continues(before, piece, index, last=last, several=_count(groups) > 1):
            groups[-1] = _merged(before, piece)
        else:
            groups.append(piece)
    return groups


def _count(groups: list[Piece]) -> int:
    return sum(group.named or group.asks for group in groups)


def _continues(before: Piece, piece: Piece, index: Index, *, last: bool, several: bool) -> bool:
    """Whether ``piece`` only goes on with what ``before`` asks for."""
    if before.empty:
        return not before.facts.any and piece.join in ("and", "comma")
    if piece.empty:
        return piece.join != "colon" and not (last and several and piece.join in ("comma", "sentence"))
    if piece.join in ("then", "also", "colon", "first"):
        return False
    if not piece.named:
        return _goes_on(before, piece, index)
    if not before.named:
        return piece.join in ("and", "comma") and not (before.asks or before.listed or before.states)
    return (before.owner is piece.owner or _only_tells(before, piece)) and not _another(before, piece)


def _only_tells(before: Piece, piece: Piece) -> bool:
    """Whether a piece that has to do with another service only tells more: "a table for three, Mexican food"."""
    aside = piece.join == "comma" and not (piece.asks or piece.listed)
    own_hour = any(isinstance(hour.value, Hours) for hour in piece.facts.hours)
    return aside and not own_hour and before.evidence >= STRONG > piece.evidence


def _goes_on(before: Piece, piece: Piece, index: Index) -> bool:
    """Whether a piece that names no service continues the one before."""
    if before.named and _OF_IT.search(piece.facts.raw):
        return True
    if piece.join == "sentence":
        return before.named and not piece.asks and not piece.states and len(content(piece.facts.words)) <= 3
    coordinated = " with " in before.facts.words
    own_hour = any(isinstance(hour.value, Hours) for hour in piece.facts.hours)
    if piece.asks or own_hour or piece.states:
        return False
    return not piece.listed or coordinated or _more_goods(before, piece, index)


def _more_goods(before: Piece, piece: Piece, index: Index) -> bool:
    """Whether "some crisps" goes on with what is brought: it is likest to that, or no service is known by it."""
    if before.owner is None or before.owner.effect != "delivered" or not _SOME.match(piece.facts.words):
        return False
    ranked = index.rank([(piece.facts.words, piece.facts.raw)])[0]
    return not ranked or ranked[0].capability is before.owner


def _another(before: Piece, piece: Piece) -> bool:
    """Whether the same service is asked for a second time."""
    if _NEW_ONE.match(piece.facts.raw) or _two_goods(before, piece):
        return True
    clocks = [[h for h in p.facts.hours if isinstance(h.value, Hours)] for p in (before, piece)]
    meals = [{word.value for word in words(p.facts.words)} & MEALS.keys() for p in (before, piece)]
    days = [{d.value.first for d in p.facts.days} for p in (before, piece)]
    return bool(
        (clocks[0] and clocks[1])
        or (meals[0] and meals[1] and meals[0] != meals[1])
        or (days[0] and days[1] and days[0] != days[1])
    )


def _two_goods(before: Piece, piece: Piece) -> bool:
    """Whether both are counted, so that each is bought by itself: "a laptop and a charger"."""
    goods = piece.owner is not None and piece.owner.effect == "delivered" and " with " not in before.facts.words
    return goods and bool(_COUNTED.search(before.facts.words) and _COUNTED.match(piece.facts.words))


def _merged(before: Piece, piece: Piece) -> Piece:
    stronger = before if before.evidence >= piece.evidence else piece
    return replace(
        before,
        facts=before.facts.joined(piece.facts),
        owner=stronger.owner,
        evidence=stronger.evidence,
        asks=before.asks or piece.asks,
        listed=before.listed,
    )
