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
from agents.intent.references import TOGETHER, Reference, find_references
from agents.intent.words import MASK, NUMBER, Found, any_of, content, mask, stem, word_set, words
from schemas.capability import Capability

Join = Literal["start", "sentence", "colon", "comma", "and", "then", "also", "first"]


def _re(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.IGNORECASE)


_MOST = 24  # clauses of one message; more is not a request
_FIRST = r"[,;.]?\s*\b(?:but|and)\s+(?:first|before\s+that|beforehand)\b,?|[,;.]\s*(?:before\s+that|beforehand)\b,?"
_ALSO = any_of("also / plus / as well as / in addition(?: to)? / additionally / on top of that / along with")
_SEPARATOR = _re(
    rf"(?P<first>{_FIRST})"
    r"|(?P<then>[,;.]?\s*\b(?:and\s+)?(?:then|followed\s+by|finally|lastly|next(?=,))\b,?)"
    rf"|(?P<also>[,;.]?\s*(?:\band\s+)?(?:{MASK}+\s+)?\b{_ALSO}\b,?)"
    rf"|(?P<sentence>[.!?]+(?=\s|$|{MASK})|\n+|;)"
    r"|(?P<colon>:(?=\s|$)|\s-\s)"
    r"|(?P<and>,?\s*(?:\band\b|&|\+))"
    r"|(?P<comma>,)"
)
_FIXED = any_of(r"""
    fish (?:and|&|n) chips / salt and \w+ / mac(?:aroni)? (?:and|&|n) cheese / rock (?:and|&|n) roll
    arts? and crafts?
    peanut butter and \w+ / gin and tonic / bread and butter / black and white / red and white / ham and \w+
    wine and cheese / cheese and wine / drum and bass / bed (?:and|&) breakfast / pick up and \w+ / wash and \w+
    cut and \w+ / hair and make-?up / nice and \w+ / food and drinks? / surf and turf / bangers and mash / up and down
    back and forth / and back\b(?!\s+(?:pain|ache|massage|rub)) / r\s*&\s*b
""")
_BINOMIAL = _re(rf"\b{_FIXED}\b")
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
_BROUGHT = _re(r"\b(?:delivered|brought|sent|dropped\s+off)\b")
_LISTED = _re(rf"^\W*(?:an?|some|the|another|my|our|{NUMBER}|someone|somebody|somewhere|something)\s+\w")
_COUNTED = _re(rf"(?:^\W*|\s)(?:an?|{NUMBER})\s+\w")
_OF_IT = re.compile(r"\b(?:need|want|have|get|like|do|make)\s+(?:it|them|that|this)\b", re.IGNORECASE)
_OCCASIONS = frozenset(
    map(
        stem,
        word_set(
            """
            party birthday anniversary wedding celebration surprise evening night day date event trip
            getaway weekend occasion graduation reunion proposal honeymoon romantic special nice perfect
            lovely quiet fun big small great
            """
        ),
    )
)
_SOME = re.compile(r"^\W*some\b", re.IGNORECASE)
_COUNTING = re.compile(
    r"(?:^|(?<=[.;!] ))(?:first|second|third)(?:ly)?\b,?(?=\s+(?:the|an?|i|we|some|book|get|find)\b)|"
    r",\s*(?:both|all)(?:\s+of\s+(?:it|them))?\b",
    re.IGNORECASE,
)
"""Words that number or gather what is asked for."""
_NO = re.compile(r"no\b", re.IGNORECASE)
_NEW_ONE = re.compile(r"^\W*(?:another|a\s+second|one\s+more)\b", re.IGNORECASE)
_BULLET = re.compile(r"^\s*(?:[-*•]|\d{1,2}[.)])\s+")


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
    facts = _uncovered(facts, index)
    references = find_references(facts.bare, index)
    facts = replace(facts, bare=mask(facts.bare, references))
    facts = replace(facts, bare=mask(facts.bare, [*_matches(TOGETHER, facts.bare), *_matches(_COUNTING, facts.bare)]))
    cut = islice(_cut(facts, index), 4 * _MOST)
    pieces = [_piece(facts.within(start, end), join, index) for start, end, join in cut]
    groups = _grouped(pieces, index)[:_MOST]
    matches = index.match([(group.facts.words, group.facts.raw) for group in groups])
    clauses = [_clause(*each) for each in zip(groups, matches, [None, *groups], strict=False)]
    return Sentence(facts, tuple(_without_frames(_titles_removed(clauses, facts), facts.bare)), tuple(references))


def _uncovered(facts: Facts, index: Index) -> Facts:
    """The facts without those that are what is asked for: "no hot water" is what a plumber is for, and "the theatre"
    is no place of its own where nothing else is wanted, or tickets for it are."""
    bare, text = facts.bare, facts.text
    phrases = index.known_phrases(text) if facts.avoided else []
    complaints = [a for a in facts.avoided if any(a.start <= p.start < a.end and p.end >= a.end for p in phrases)]
    complaints = [a for a in complaints if _NO.match(text, a.start)]
    sights = [s for s in facts.places if s.value.place is None and index.names_service(s.value.text.split()[-1])]
    if sights:
        wanted = {owner for owner, weight in index.worded(bare, text).items() if weight >= ACCEPT}
        sights = [s for s in sights if not wanted or wanted & _named_by(s.value.text, index)]
    spans = [(item.start, item.end) for item in complaints] + [(item.start, item.end) for item in sights]
    for start, end in spans:
        bare = bare[:start] + text[start:end] + bare[end:]
    if not spans:
        return facts
    avoided = tuple(item for item in facts.avoided if item not in complaints)
    return replace(facts, bare=bare, avoided=avoided, places=tuple(p for p in facts.places if p not in sights))


def _named_by(text: str, index: Index) -> set[int]:
    word = text.rsplit(maxsplit=1)[-1]
    return {owner for owner, weight in index.worded(word, word).items() if weight >= STRONG}


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


def _grouped(pieces: list[_Piece], index: Index) -> list[_Piece]:
    """Put together what was cut apart but asks for one thing."""
    groups: list[_Piece] = []
    for i, piece in enumerate(pieces):
        before = groups[-1] if groups else None
        last = all(later.empty for later in pieces[i:])
        if before is not None and _continues(before, piece, index, last=last, several=_count(groups) > 1):
            groups[-1] = _merged(before, piece)
        else:
            groups.append(piece)
    return groups


def _count(groups: list[_Piece]) -> int:
    return sum(group.named or group.asks for group in groups)


def _continues(before: _Piece, piece: _Piece, index: Index, *, last: bool, several: bool) -> bool:
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


def _only_tells(before: _Piece, piece: _Piece) -> bool:
    """Whether a piece that has to do with another service only tells more: "a table for three, Mexican food"."""
    aside = piece.join == "comma" and not (piece.asks or piece.listed)
    own_hour = any(isinstance(hour.value, Hours) for hour in piece.facts.hours)
    return aside and not own_hour and before.evidence >= STRONG > piece.evidence


def _goes_on(before: _Piece, piece: _Piece, index: Index) -> bool:
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


def _more_goods(before: _Piece, piece: _Piece, index: Index) -> bool:
    """Whether "some crisps" goes on with what is brought: it is likest to that, or no service is known by it."""
    if before.owner is None or before.owner.effect != "delivered" or not _SOME.match(piece.facts.words):
        return False
    ranked = index.rank([(piece.facts.words, piece.facts.raw)])[0]
    return not ranked or ranked[0].capability is before.owner


def _another(before: _Piece, piece: _Piece) -> bool:
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


def _two_goods(before: _Piece, piece: _Piece) -> bool:
    """Whether both are counted, so that each is bought by itself: "a laptop and a charger"."""
    goods = piece.owner is not None and piece.owner.effect == "delivered" and " with " not in before.facts.words
    return goods and bool(_COUNTED.search(before.facts.words) and _COUNTED.match(piece.facts.words))


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


def _clause(group: _Piece, match: Match, before: _Piece | None) -> Clause:
    facts = group.facts
    likely = match.capability is not None and not group.states
    wish = not group.empty and (group.named or (likely and match.score >= ACCEPT) or group.asks or group.listed)
    wish = wish or _brought(group, before)
    wish = wish and not (group.states and not group.named)
    wish = wish and not group.empty
    return Clause(facts.start, facts.end, group.join, wish, match, group.asks or group.listed, group.evidence >= STRONG)


def _brought(group: _Piece, before: _Piece | None) -> bool:
    """Whether it is said to be brought, or given a deadline beside something that is: "…, and party hats by 6"."""
    if _BROUGHT.search(group.facts.words):
        return True
    goods = before is not None and before.named and before.owner is not None and before.owner.effect == "delivered"
    due = any(isinstance(hour.value, Hours) and hour.value.role == "by" for hour in group.facts.hours)
    return goods and due and group.join in ("and", "also", "comma")


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


def _titles_removed(clauses: list[Clause], facts: Facts) -> list[Clause]:
    """What stands before a colon says what the list is for; it asks for nothing itself.

    Where it only tells of the trouble that the first of the list is for ("The tap is leaking: a plumber …"), it is
    the beginning of that.
    """
    for i in range(len(clauses) - 1, 0, -1):
        title, first = clauses[i - 1 : i + 1]
        if first.join != "colon" or not any(clause.wish for clause in clauses[i:]):
            continue
        if _tells_of(title, first, facts):
            clauses[i - 1 : i + 1] = [replace(first, start=title.start, join=title.join)]
        else:
            clauses[i - 1] = replace(title, wish=False)
    return clauses


def _tells_of(title: Clause, clause: Clause, facts: Facts) -> bool:
    """Whether a title is about the same service as what follows, and holds no fact that would be everything's."""
    same = clause.wish and title.sure and title.capability is clause.capability is not None
    return same and not facts.within(title.start, title.end).any
