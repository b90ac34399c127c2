"""From one message to the stretches that each ask for one thing.

The text is cut at everything that can join two wishes (commas, "and", "then", sentences), then put together again
where it does not: "fish and chips" and "Smith and Sons" have no service on either side of the "and", "for two" is a
fact about its neighbour, "it's our anniversary" is no wish at all. What a piece is follows from the capabilities'
own words, so the same rules hold for any set of them.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from itertools import islice
from typing import Literal

from agents.intent.clocks import MEALS, Hours
from agents.intent.facts import Facts
from agents.intent.match import ACCEPT, STRONG, Index, Match
from agents.intent.words import MASK, NUMBER, Found, content, mask, stem, words
from schemas.capability import Capability

Join = Literal["start", "sentence", "colon", "comma", "and", "then", "also", "first"]
Way = Literal["after", "before", "during", "way"]

_MOST = 24  # clauses of one message; more is not a request
_SEPARATOR = re.compile(
    r"(?P<first>[,;.]?\s*\b(?:but|and)\s+(?:first|before\s+that|beforehand)\b,?|[,;.]\s*(?:before\s+that|beforehand)\b,?)"
    r"|(?P<then>[,;.]?\s*\b(?:and\s+)?(?:then|followed\s+by|finally|lastly|next(?=,))\b,?)"
    rf"|(?P<also>[,;.]?\s*(?:\band\s+)?(?:{MASK}+\s+)?\b(?:also|plus|as\s+well\s+as|in\s+addition(?:\s+to)?|additionally|on\s+top\s+of\s+that|along\s+with)\b,?)"
    rf"|(?P<sentence>[.!?]+(?=\s|$|{MASK})|\n+|;)"
    r"|(?P<colon>:(?=\s|$)|\s-\s)"
    r"|(?P<and>,?\s*(?:\band\b|&|\+))"
    r"|(?P<comma>,)",
    re.IGNORECASE,
)
_BINOMIAL = re.compile(
    r"\b(?:fish\s+(?:and|&|n)\s+chips|salt\s+and\s+\w+|mac(?:aroni)?\s+(?:and|&|n)\s+cheese|rock\s+(?:and|&|n)\s+roll|arts?\s+and\s+crafts?|"
    r"peanut\s+butter\s+and\s+\w+|gin\s+and\s+tonic|bread\s+and\s+butter|black\s+and\s+white|red\s+and\s+white|ham\s+and\s+\w+|wine\s+and\s+cheese|"
    r"cheese\s+and\s+wine|drum\s+and\s+bass|bed\s+(?:and|&)\s+breakfast|pick\s+up\s+and\s+\w+|wash\s+and\s+\w+|cut\s+and\s+\w+|hair\s+and\s+make-?up|"
    r"nice\s+and\s+\w+|food\s+and\s+drinks?|surf\s+and\s+turf|bangers\s+and\s+mash|up\s+and\s+down|back\s+and\s+forth|there\s+and\s+back|r\s*&\s*b)\b",
    re.IGNORECASE,
)
_REFERENCE = re.compile(
    r"\b(?P<alone>afterwards?|after\s+which|thereafter|later\s+on|beforehand)\b|\b(?P<way>(?:right\s+|straight\s+|just\s+|shortly\s+)?(?:after|following|once)|(?:right\s+|just\s+)?before|during|at\s+the\s+same\s+time\s+as|on\s+(?:the|our|my)\s+way(?:\s+(?:to|from|there|back))?)"
    r"\s*(?P<what>(?:(?:the|our|my|that|this|a|an)\s+)?(?P<word>[a-z][\w'-]*)(?:\s+(?:is\s+over|ends|finishes|starts))?|$)?",
    re.IGNORECASE,
)
_PRONOUNS = frozenset("that this it which then there".split())
TOGETHER = re.compile(
    r"\b(?:at\s+the\s+same\s+time|simultaneously|meanwhile|in\s+the\s+meantime|in\s+parallel)\b", re.IGNORECASE
)
_ASKS = re.compile(
    r"\b(?:i|we)(?:'d|\s+would|'ll|\s+will|'m|\s+am|'re|\s+are)?(?:\s+(?:really|also|just|still|both))?\s+(?:want|need|like|love|prefer|require|looking|hoping|wish)\b|"
    r"\b(?:book|order|find|get|arrange|reserve|schedule|organi[sz]e|hire|buy|purchase|send|bring|deliver|call|plan|set\s+up|fetch|pick\s+up|rent|fix|repair|have)\b|"
    r"\b(?:can|could|would|will)\s+(?:you|i|we|someone|somebody)\b|\b(?:need|want|looking\s+for|how\s+about|what\s+about)\b|\bplease\b|^\W*(?:any|is\s+there|are\s+there)\b",
    re.IGNORECASE,
)
_STATES = re.compile(
    r"^\W*(?:so\s+|and\s+|but\s+)?(?:it'?s\b|it\s+(?:is|will|was)\b|this\s+is\b|that'?s\b|(?:she|he|they)\b|(?:my|our)\s+\w+\s+(?:is|are|was|loves?|likes?|hates?|has|turns|and\s+i\s+are|will\s+be)\b|"
    r"(?:we'?re|we\s+are|i'?m|i\s+am)\s+(?!looking|hoping|needing|in\s+need|after)|there\s+(?:is|are|will)\b|today\s+is|tomorrow\s+is|(?:i|we)\s+(?:have|had|love|hate|live|work|feel|think|am|are)\b|surprise\b|celebrat)",
    re.IGNORECASE,
)
_HAVE_IT = re.compile(
    r"\b(?:already\s+(?:have|booked|got|bought)|(?:am|are|'m|'re|is)\s+(?:going\s+to\s+(?:the|a|an|see)|attending|hosting|having)|(?:loves?|likes?|hates?|prefers?)\s+(?!to\b))",
    re.IGNORECASE,
)
_LISTED = re.compile(
    rf"^\W*(?:an?|some|the|another|my|our|{NUMBER}|someone|somebody|somewhere|something)\s+\w", re.IGNORECASE
)
_OF_IT = re.compile(r"\b(?:need|want|have|get|like|do|make)\s+(?:it|them|that|this)\b", re.IGNORECASE)
_OCCASIONS = frozenset(
    map(
        stem,
        "party birthday anniversary wedding celebration surprise evening night day date event trip getaway weekend occasion "
        "graduation reunion proposal honeymoon romantic special nice perfect lovely quiet fun big small great".split(),
    )
)
_NEW_ONE = re.compile(r"^\W*(?:another|a\s+second|one\s+more)\b", re.IGNORECASE)
_BULLET = re.compile(r"^\s*(?:[-*•]|\d{1,2}[.)])\s+")


@dataclass(frozen=True, slots=True)
class Reference:
    """The time of one thing told by another: "after dinner". ``word`` is empty for "after that"."""

    way: Way
    word: str


@dataclass(frozen=True, slots=True)
class Clause:
    """``text[start:end]`` asks for one thing, or only says something about the others (``wish`` is false)."""

    start: int
    end: int
    join: Join
    wish: bool
    match: Match
    asks: bool = False
    """It has the form of a request, so that it counts even if no capability fits."""
    sure: bool = False
    """A word of it names the service by itself."""
    elsewhere: tuple[tuple[int, int], ...] = ()
    """Other stretches of the text whose facts belong to it."""

    @property
    def capability(self) -> Capability | None:
        """The capability that is meant, if any."""
        return self.match.capability

    def holds(self, position: int) -> bool:
        """Whether what stands there in the text belongs to this clause."""
        return any(start <= position < end for start, end in ((self.start, self.end), *self.elsewhere))


@dataclass(frozen=True, slots=True)
class Sentence:
    """A message cut into clauses, with the references between them covered in ``facts.bare``."""

    facts: Facts
    clauses: tuple[Clause, ...]
    references: tuple[Found[Reference], ...]

    def of(self, clause: Clause) -> Facts:
        """The facts of one clause."""
        return self.facts.within(clause.start, clause.end, *clause.elsewhere)

    @property
    def wishes(self) -> list[Clause]:
        """The clauses that ask for something, in order."""
        return [clause for clause in self.clauses if clause.wish]


@dataclass(frozen=True, slots=True)
class _Piece:
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
        return not content(self.facts.words) and not self.named

    @property
    def named(self) -> bool:
        """Whether words name a service, offered or not."""
        return self.evidence >= ACCEPT and not (self.states and _HAVE_IT.search(self.facts.raw))


def split(facts: Facts, index: Index) -> Sentence:
    """Cut a message into clauses and match each with a capability."""
    references = find_references(facts.bare, index)
    facts = replace(facts, bare=mask(facts.bare, references))
    facts = replace(facts, bare=mask(facts.bare, _matches(TOGETHER, facts.bare)))
    cut = islice(_cut(facts, index), 4 * _MOST)
    pieces = [_piece(facts.within(start, end), join, index) for start, end, join in cut]
    groups = _grouped(pieces)[:_MOST]
    matches = index.match([(group.facts.words, group.facts.raw) for group in groups])
    clauses = [_clause(group, match) for group, match in zip(groups, matches, strict=True)]
    return Sentence(facts, tuple(_without_frames(_titles_removed(clauses), facts.bare)), tuple(references))


def find_references(text: str, index: Index) -> list[Found[Reference]]:
    """Where the time of something is told by another thing: "after dinner", "on the way", "before that"."""
    found = []
    for m in _REFERENCE.finditer(text):
        if m["alone"]:
            alone: Way = "before" if m["alone"].lower() == "beforehand" else "after"
            found.append(Found(m.start(), m.end(), Reference(alone, "")))
            continue
        word, said = (m["word"] or "").lower(), m["way"].lower()
        way: Way = "way" if "way" in said else "before" if "before" in said else "after"
        way = "during" if said.startswith(("during", "at the same")) else way
        if word in _PRONOUNS or (word and index.names_service(word)):
            found.append(Found(m.start(), m.end(), Reference(way, "" if word in _PRONOUNS else word)))
        elif way == "way":
            found.append(Found(m.start(), m.end("way"), Reference(way, "")))
    return found


def _matches(pattern: re.Pattern[str], text: str) -> list[Found[None]]:
    return [Found(m.start(), m.end(), None) for m in pattern.finditer(text)]


def _cut(facts: Facts, index: Index) -> Iterable[tuple[int, int, Join]]:
    """The stretches between separators; an "and" inside a fixed phrase separates nothing."""
    text = mask(mask(facts.bare, _matches(_BINOMIAL, facts.bare)), index.known_phrases(facts.bare))
    start, join = 0, "start"
    for m in _SEPARATOR.finditer(text):
        if text[start : m.start()].strip():
            yield _trimmed(facts.text, start, m.start(), join)
            join = m.lastgroup or "comma"
        elif join in ("comma", "and", "start", "sentence"):
            join = m.lastgroup or "comma"
        start = m.end()
    if text[start:].strip():
        yield _trimmed(facts.text, start, len(text), join)


def _trimmed(text: str, start: int, end: int, join: str) -> tuple[int, int, Join]:
    if bullet := _BULLET.match(text[start:end]):
        start += bullet.end()
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    return start, end, join  # type: ignore[return-value]  # the names of the pattern's groups


def _piece(facts: Facts, join: Join, index: Index) -> _Piece:
    evidence = index.worded(facts.words, facts.raw)
    owner, best = max(evidence.items(), key=lambda item: item[1], default=(-1, 0.0))
    return _Piece(
        facts,
        join,
        index.capabilities[owner] if 0 <= owner < len(index.capabilities) else None,
        best,
        asks=bool(_ASKS.search(facts.words)),
        listed=bool(_LISTED.match(facts.words)),
        states=bool(_STATES.match(facts.raw)),
    )


def _grouped(pieces: list[_Piece]) -> list[_Piece]:
    """Put together what was cut apart but asks for one thing."""
    groups: list[_Piece] = []
    for i, piece in enumerate(pieces):
        before = groups[-1] if groups else None
        last = all(later.empty for later in pieces[i:])
        if before is not None and _continues(before, piece, last=last, several=_count(groups) > 1):
            groups[-1] = _merged(before, piece)
        else:
            groups.append(piece)
    return groups


def _count(groups: list[_Piece]) -> int:
    return sum(group.named or group.asks for group in groups)


def _continues(before: _Piece, piece: _Piece, *, last: bool, several: bool) -> bool:
    """Whether ``piece`` only goes on with what ``before`` asks for."""
    if before.empty:
        return not before.facts.any and piece.join in ("and", "comma")
    if piece.empty:
        return piece.join != "colon" and not (last and several and piece.join in ("comma", "sentence"))
    if piece.join in ("then", "also", "colon", "first"):
        return False
    if not piece.named:
        return _goes_on(before, piece)
    if not before.named:
        return piece.join in ("and", "comma") and not (before.asks or before.listed or before.states)
    return before.owner is piece.owner and not _another(before, piece)


def _goes_on(before: _Piece, piece: _Piece) -> bool:
    """Whether a piece that names no service continues the one before."""
    if before.named and _OF_IT.search(piece.facts.raw):
        return True
    if piece.join == "sentence":
        return before.named and not piece.asks and not piece.states and len(content(piece.facts.words)) <= 3
    coordinated = " with " in before.facts.words
    own_hour = any(isinstance(hour.value, Hours) for hour in piece.facts.hours)
    return not (piece.asks or own_hour or piece.states or (piece.listed and not coordinated))


def _another(before: _Piece, piece: _Piece) -> bool:
    """Whether the same service is asked for a second time."""
    if _NEW_ONE.match(piece.facts.raw):
        return True
    clocks = [[h for h in p.facts.hours if isinstance(h.value, Hours)] for p in (before, piece)]
    meals = [{word.value for word in words(p.facts.words)} & MEALS.keys() for p in (before, piece)]
    days = [{d.value.first for d in p.facts.days} for p in (before, piece)]
    return bool(
        (clocks[0] and clocks[1])
        or (meals[0] and meals[1] and meals[0] != meals[1])
        or (days[0] and days[1] and days[0] != days[1])
    )


def _merged(before: _Piece, piece: _Piece) -> _Piece:
    stronger = before if before.evidence >= piece.evidence else piece
    return replace(
        before,
        facts=before.facts.joined(piece.facts),
        owner=stronger.owner,
        evidence=stronger.evidence,
        asks=before.asks or piece.asks,
        listed=before.listed,
    )


def _clause(group: _Piece, match: Match) -> Clause:
    facts = group.facts
    likely = match.capability is not None and not group.states
    wish = not group.empty and (group.named or (likely and match.score >= ACCEPT) or group.asks or group.listed)
    wish = wish and not (group.states and not group.named)
    wish = wish and not group.empty
    return Clause(facts.start, facts.end, group.join, wish, match, group.asks or group.listed, group.evidence >= STRONG)


def _without_frames(clauses: list[Clause], bare: str) -> list[Clause]:
    """ "A birthday party: …": the occasion that the other wishes are for is not one itself."""
    if not any(clause.wish and clause.sure for clause in clauses):
        return clauses
    return [
        replace(clause, wish=False) if not clause.sure and _occasion(bare[clause.start : clause.end]) else clause
        for clause in clauses
    ]


def _occasion(text: str) -> bool:
    return {stem(word.value) for word in content(text)} <= _OCCASIONS


def _titles_removed(clauses: list[Clause]) -> list[Clause]:
    """What stands before a colon says what the list is for; it asks for nothing itself."""
    for i in range(len(clauses) - 1, 0, -1):
        if clauses[i].join == "colon" and any(clause.wish for clause in clauses[i:]):
            clauses[i - 1] = replace(clauses[i - 1], wish=False)
    return clauses
