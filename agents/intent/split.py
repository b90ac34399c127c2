"""From one message to the stretches that each ask for one thing.

The text is cut at everything that can join two wishes (commas, "and", "then", sentences), then put together again
where it does not (:mod:`agents.intent.pieces`), and each stretch is told from what is no wish at all: "it's our
anniversary". What a piece is follows from the capabilities' own words, so the same rules hold for any set of them.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from itertools import islice

from agents.intent.clocks import Hours
from agents.intent.facts import Facts
from agents.intent.match import ACCEPT, STRONG, Index, Match
from agents.intent.pieces import Join, Piece, grouped, piece_of
from agents.intent.references import TOGETHER, Reference, find_references
from agents.intent.words import MASK, Found, any_of, content, mask, stem, word_set
from schemas.capability import Capability


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
_COUNTING = re.compile(
    r"(?:^|(?<=[.;!] ))(?:first|second|third)(?:ly)?\b,?(?=\s+(?:the|an?|i|we|some|book|get|find)\b)|"
    r",\s*(?:both|all)(?:\s+of\s+(?:it|them))?\b",
    re.IGNORECASE,
)
"""Words that number or gather what is asked for."""
_NO = re.compile(r"no\b", re.IGNORECASE)
_BROUGHT = _re(r"\b(?:delivered|brought|sent|dropped\s+off)\b")
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


def split(facts: Facts, index: Index) -> Sentence:
    """Cut a message into clauses and match each with a capability."""
    facts = _uncovered(facts, index)
    references = find_references(facts.bare, index)
    facts = replace(facts, bare=mask(facts.bare, references))
    facts = replace(facts, bare=mask(facts.bare, [*_matches(TOGETHER, facts.bare), *_matches(_COUNTING, facts.bare)]))
    cut = islice(_cut(facts, index), 4 * _MOST)
    pieces = [piece_of(facts.within(start, end), join, index) for start, end, join in cut]
    groups = grouped(pieces, index)[:_MOST]
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


def _clause(group: Piece, match: Match, before: Piece | None) -> Clause:
    facts = group.facts
    likely = match.capability is not None and not group.states
    wish = not group.empty and (group.named or (likely and match.score >= ACCEPT) or group.asks or group.listed)
    wish = wish or _brought(group, before)
    wish = wish and not (group.states and not group.named)
    wish = wish and not group.empty
    return Clause(facts.start, facts.end, group.join, wish, match, group.asks or group.listed, group.evidence >= STRONG)


def _brought(group: Piece, before: Piece | None) -> bool:
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
