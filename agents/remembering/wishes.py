"""What a person wants done with their memories: told, or forgotten."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from agents.intent.words import any_of, content, normalise, stem, word_set, words
from schemas.memory import Memory, MemoryKind


def _re(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.IGNORECASE)


_ABOUT_ME = r"(?:about|of|on|from)\s+(?:me|us|myself)"
_KNOWN = r"(?:know|knew|known|remember(?:ed|ing)?|saved?|saving|stored?|storing|kept|keep|learn(?:ed|t)?)"
_STORED = r"(?:(?:saved|stored|personal)\s+)?(?:preferences|memories|facts|data|information|details)"
_TELL = _re(
    r"^\W*(?:(?:please|so|hey|hi|and|ok(?:ay)?|(?:can|could|would)\s+you(?:\s+please)?|tell\s+me|show\s+me|list)[\s,]+)*"
    + any_of(rf"""
    what (?:all )?(?:do|did|have|are) you (?:already )?{_KNOWN}(?: {_ABOUT_ME})?
    (?:everything|all|what|anything) (?:that )?you(?:'ve)? (?:have )?{_KNOWN} {_ABOUT_ME}
    (?:what (?:are|is) )?(?:all )?my {_STORED} / your memor(?:y|ies) {_ABOUT_ME}
    (?:do you )?(?:know|remember) (?:anything|something) {_ABOUT_ME}
    what (?:is|'s) (?:saved|stored|remembered|known|in your memory)(?: {_ABOUT_ME})?
""")
    + r"(?:\s+(?:so\s+far|now|already|please|exactly))*\W*$"
)
_ALL = _re(
    r"\b(?:forget|erase|delete|clear|wipe|remove)\s+"
    + any_of(rf"""
    (?:everything|anything|all|all of it|whatever)(?:(?: that)? you(?:'ve)?(?: have)? {_KNOWN})? {_ABOUT_ME}
    (?:all )?(?:of )?(?:my|our) {_STORED} / (?:all )?your memor(?:y|ies) {_ABOUT_ME}
    what you(?:'ve)?(?: have)? {_KNOWN} {_ABOUT_ME}
    everything (?:i|we)(?:'ve)?(?: have)? (?:ever )?(?:told|said)(?: to)?(?: you)?
""")
)
_ONE = _re(
    r"^\W*(?:(?:please|and|ok(?:ay)?|hey|(?:can|could|would|will)\s+you(?:\s+please)?|you\s+can|i\s+want\s+you\s+to)[\s,]+)*"
    r"(?:forget|erase|delete|remove|stop\s+remembering|don't\s+remember)\s+(?:about\s+)?"
    r"(?:that\s+)?(?P<what>(?:i|we|i'm|we're|my|our|where|what|how)\b[^.!?;\n]{2,120})"
)
_NO_LONGER = _re(
    r"^\W*(?:(?:by\s+the\s+way|also|and|actually)[\s,]+)*(?P<what>(?:i|we)(?:'m|'re|\s+am|\s+are)\s+(?:no\s+longer|not)\s+"
    r"(?:an?\s+)?(?P<rest>[^.,!?;\n]{3,60}?))(?P<more>\s+any\s?more)?\W*$"
)
_KINDS: tuple[tuple[re.Pattern[str], tuple[MemoryKind, ...]], ...] = (
    (_re(r"\b(?:home\s+address|address|where\s+i\s+live|where\s+we\s+live|my\s+home|our\s+home|house)\b"), ("home",)),
    (_re(r"\ballerg\w*|\bintoleran\w*"), ("allergy",)),
    (_re(r"\b(?:diet\w*|what\s+i\s+(?:don't\s+)?eat)\b"), ("diet",)),
    (_re(r"\b(?:budget|spend(?:ing)?|pay)\b"), ("budget",)),
    (_re(r"\bfavou?rites?\b|\b(?:likes|tastes|preferences)\b"), ("like", "dislike")),
    (_re(r"\bnames?\b"), ("person",)),
)
_GENERAL = frozenset(
    map(
        stem,
        word_set(
            "forget remember am is are was allergic allergy that live home my name called usual normal old new own"
        ),
    )
)


@dataclass(frozen=True, slots=True)
class Forget:
    """What is to be forgotten: everything, or what ``phrase`` names."""

    phrase: str | None = None
    sure: bool = True
    """Whether it can be about nothing else than memories; "forget my flowers" may be about the open request."""


def asks_what_is_known(message: str) -> bool:
    """Whether the message asks what we remember of the person."""
    return bool(_TELL.match(normalise(message)))


def wants_forgotten(message: str) -> Forget | None:
    """What the message asks to forget, or takes back ("I'm no longer vegetarian"); ``None`` if nothing."""
    text = normalise(message)
    if _ALL.search(text):
        return Forget()
    if m := _NO_LONGER.match(text):
        return Forget(m["rest"], sure=False)
    m = _ONE.match(text)
    if m is None:
        return None
    return Forget(m["what"], sure=any(pattern.search(m["what"]) for pattern, _ in _KINDS))


def meant(wish: Forget, memories: Sequence[Memory]) -> list[Memory]:
    """The memories that a wish to forget is about: those its words name, else all of the kind it names."""
    if wish.phrase is None:
        return list(memories)
    kinds = {kind for pattern, named in _KINDS if pattern.search(wish.phrase) for kind in named}
    among = [memory for memory in memories if not kinds or memory.kind in kinds]
    said = {stem(word.value) for word in words(wish.phrase)} - _GENERAL
    if worded := [memory for memory in among if said & _names(memory)]:
        return worded
    bare = wish.phrase
    for pattern, _ in _KINDS:
        bare = pattern.sub(" ", bare)
    particular = {stem(word.value) for word in content(bare)} - _GENERAL
    return among if kinds and not particular else []


def _names(memory: Memory) -> set[str]:
    """The words that tell a memory from others."""
    return {stem(word.value) for word in content(f"{memory.subject} {memory.about or ''}")} - _GENERAL
