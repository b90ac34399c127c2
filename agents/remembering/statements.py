"""Lasting facts in a message: who lives where, what nobody here eats, what is usually spent, what to remember.

A statement counts when it is made plainly and for good: not in a question or a condition, and not for tonight or
this once. Each kind has its own grammar; where two see the same words, the more particular one, which is asked first,
has them.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from hashlib import blake2b
from itertools import islice

from agents.intent.money import find_money
from agents.intent.wishes import without_commands
from agents.intent.words import MASK, Found, any_of, mask, normalise, word_set, words
from agents.remembering.phrases import (
    ADDRESS,
    COORDINATES,
    KIN,
    THING,
    THINGS,
    addressed_to_them,
    listed,
    without_article,
)
from schemas.memory import Memory, MemoryKind
from schemas.place import Place


def _re(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.IGNORECASE)


_MOST = 20  # facts of one kind in one message


@dataclass(frozen=True, slots=True)
class Heard:
    """What a message says for good, and what else it says."""

    memories: tuple[Memory, ...]
    rest: str
    """The message without these statements; empty if there is nothing else in it."""


@dataclass(frozen=True, slots=True)
class _Setting:
    """What the grammars know beside the text."""

    text: str
    currency: str
    zone: str
    now: datetime

    def memory(
        self, kind: MemoryKind, text: str, subject: str = "", about: str | None = None, **more: object
    ) -> Memory:
        """A memory of a kind: there is one home, one name a person, one budget a purpose, any number of allergies."""
        one = kind == "home" or (about is not None and kind not in ("allergy", "diet"))
        name = "-".join(filter(None, (kind, _slug(about or ""), "" if one else _slug(subject))))
        return Memory.model_validate(
            {"id": name, "kind": kind, "text": text[:400], "subject": subject, "about": about, "stated_at": self.now}
            | more
        )


_Grammar = Callable[[_Setting], Iterator[Found[Memory]]]

_AM = r"(?:(?P<self>i|we)(?:'m|'re|\s+am|\s+are)"
_ARE = rf"\b{_AM}|\b(?:my|our)\s+(?P<who>{KIN})(?:'s|\s+is|\s+are))\s+"
_HAVE = rf"\b(?:(?:i|we)(?:'ve)?\s+(?:have|got|have\s+got)|(?:my|our)\s+(?P<who>{KIN})\s+(?:has|have))\s+"
_FULLY = r"(?:(?:an?|all|both|very|really|severely|deathly|highly|badly|strictly|strict|also|a\s+strict)\s+)*"
_DIET = any_of(r"""
    vegetarians? / vegans? / pescatarians? / pescetarians? / flexitarians? / fruitarians? / coeliacs? / celiacs?
    diabetics? / gluten[- ]intolerant / lactose[- ]intolerant / gluten[- ]free / dairy[- ]free / sugar[- ]free
    plant[- ]based / kosher / halal / keto / paleo / teetotal(?:l?ers?)?
""")
_EATEN = word_set("kosher halal keto paleo plant-based gluten-free dairy-free sugar-free")
_MANY = word_set("parents kids children")
_ALLERGIC = _re(rf"{_ARE}{_FULLY}(?:allergic\s+to|intolerant\s+(?:to|of))\s+(?P<what>{THINGS})")
_ALLERGY = _re(
    rf"{_HAVE}(?:an?\s+)?(?:(?:severe|bad|serious|mild)\s+)?(?:(?:allergy|allergies|intolerance)\s+to\s+(?P<what>{THINGS})"
    rf"|(?P<named>{THING})\s+(?:allergy|intolerance))"
)
_IS_OF_DIET = _re(
    rf"{_ARE}{_FULLY}(?:on\s+an?\s+)?(?P<diet>{_DIET})(?:\s+diet)?(?=\W*(?:$|[.,;!?\n]|(?:and|so|but)\b))"
)
_EATS = _re(
    rf"\b(?:i|we)\s+(?:only\s+|always\s+|both\s+)?(?:eat|keep|follow)\s+(?:an?\s+)?(?:only\s+)?(?P<diet>{_DIET})"
    r"(?:\s+(?:food|diet|meals?))?(?=\W*(?:$|[.,;!?\n]|(?:and|so|but)\b))"
)
_NEVER_EATS = _re(
    rf"\b(?:i|we)\s+(?:don't|do\s+not|never|can't|cannot|must\s+not)\s+(?:eat|drink)\s+(?:any\s+)?(?P<what>{THINGS})"
)
_HOME = _re(
    r"\b(?:(?:my|our)\s+(?:new\s+)?(?:home\s+address|home|house|address|apartment|flat)(?:\s+is(?:\s+now)?|'s)(?:\s+(?:at|on|in))?"
    rf"|(?:i|we)(?:\s+now)?\s+live\s+(?:at|on|in)|(?:i|we)(?:'ve|\s+have)?\s+moved\s+to)\s*:?\s+(?P<where>{ADDRESS})"
)
_PLACE = _re(
    r"\b(?:my|our)\s+(?P<name>(?:(?:[a-z]+'s?)\s+)?(?:office|work|workplace|gym|school|studio|shop|house|place|flat|home))"
    rf"(?:\s+address)?(?:\s+is|'s)(?:\s+(?:at|on|in))?\s*:?\s+(?P<where>{ADDRESS})"
)
_BUDGET = _re(
    r"\b(?:(?:i|we)\s+(?:usually|normally|typically|generally|always|tend\s+to)\s+(?:spend|pay)"
    r"|(?:my|our)\s+(?:usual|normal|typical|regular|standard)\s+budget)\b[^.!?;\n,]*(?:,\d{3}[^.!?;\n,]*)?"
)
_ON_WHAT = _re(r"\b(?:for|on)\s+(?:(?:a|an|the|my|our)\s+)?(?P<what>[^\W\d_][\w'-]*)")
_NAMED = _re(
    rf"\b(?:my|our)\s+(?P<who>{KIN})(?:'s\s+name\s+is|\s+is\s+(?:called|named))\s+"
    r"(?P<name>(?-i:[^\W\d_a-z][\w'-]*(?:\s+[^\W\d_a-z][\w'-]*)?))"
)
_MONTH = any_of("""
    january / february / march / april / may / june / july / august / september / october / november / december
    jan / feb / mar / apr / jun / jul / aug / sept? / oct / nov / dec
""")
_DATE = _re(
    rf"\b(?P<what>(?:my|our)\s+(?:{KIN}'s?\s+)?(?:birthday|(?:wedding\s+)?anniversary|name\s+day))\s+is\s+(?:on\s+)?(?:the\s+)?"
    rf"(?P<day>{_MONTH}\.?\s+\d{{1,2}}(?:st|nd|rd|th)?|\d{{1,2}}(?:st|nd|rd|th)?\s+(?:of\s+)?{_MONTH}|\d{{1,2}}[./]\d{{1,2}})\b"
)
_FAVOURITE = _re(
    r"\b(?:my|our)\s+(?P<kin>[a-z]+'s\s+)?favou?rite\s+(?P<topic>[a-z][\w'-]*(?:\s+[a-z][\w'-]*){0,2}?)\s+(?:is|are)\s+"
    r"(?P<what>(?!(?:the|this|that|these|those|it|in|on|at|not)\b)[^.,;!?\n·]{2,60}?)(?=\s*(?:$|[.,;!?\n·]|(?:and|so|but)\b))"
)
_PLAIN_THING = rf"(?P<what>{THING}(?:\s+{THING}){{0,2}})(?=\s*(?:$|[.,;!?\n]|(?:and|so|but)\b))"
_LIKES = _re(rf"(?<!\w)(?:i|we)\s+(?:(?:really|absolutely|just|both|all|always)\s+)*(?:love|adore)\s+{_PLAIN_THING}")
_DISLIKES = _re(
    rf"(?<!\w)(?:i|we)\s+(?:(?:really|absolutely|just|both|all|always)\s+)*(?:hate|detest|loathe|dislike|can't\s+stand)\s+"
    rf"{_PLAIN_THING}"
)
_REMEMBER = _re(
    r"(?:^|(?<=[.!?\n,;]))\s*(?:(?:please|also|and|oh|hey|just|(?:can|could|will)\s+you(?:\s+please)?)[\s,]+)*"
    r"(?:(?:remember|don't\s+forget|do\s+not\s+forget|keep\s+in\s+mind|note|make\s+a\s+note)(?:\s*:\s*|\s+that\s+|\s+)"
    r"(?P<own>(?:i|we)\b(?!\s+(?:need|want|would|'d)\b)[^.!?\n]{2,200}"
    r"|(?:my|our)\s+(?:[\w'-]+\s+){1,4}(?:is|are|has|have|likes?|loves?|hates?|prefers?|lives?|works?|takes?|goes)\b[^.!?\n]{2,200})"
    r"|remember(?:\s*:\s*|\s+that\s+)(?P<any>[^.!?\n]{3,200}))"
)
_ASKED_TO = _re(
    r"(?:\b(?:please|also|and|hey|just|(?:can|could|will)\s+you(?:\s+please)?)[\s,]+)*\b"
    rf"(?:remember|don't\s+forget|do\s+not\s+forget|keep\s+in\s+mind|note|make\s+a\s+note)(?:\s*:|\s+that)?\s*(?={MASK})"
)
_ONCE = _re(
    any_of(r"""
    \btoday\b / \btonight\b / \btomorrow\b / \bthis (?:time|once|evening|morning|afternoon|weekend|week|month)\b
    \bthat (?:day|evening|night)\b / \b(?:just|only) (?:this |for )?once\b / \bright now\b / \bat the moment\b
    \bcurrently\b / \bfor (?:now|this|that|the (?:day|evening|night|occasion|weekend|party|trip|week))\b
    \b(?:on|next|this) (?:mon|tues|wednes|thurs|fri|satur|sun)day\b / \bfor a (?:day|week|month)\b
    \bnot\b
""")
)
_SUPPOSED = _re(
    r"^\W*(?:if|unless|suppose|supposing|imagine|pretend|say|assume|assuming|what\s+if|in\s+case|whether|when|as\s+if)\b"
    r"|\b(?:if|unless|whether|in\s+case|as\s+if|as\s+though|pretend(?:ing)?|says?|said|told|thinks?|thought|asks?|asked)\b"
)
_CLAUSE = _re(r"[,;.!?\n]|\b(?:and|but|so|because|since)\b")
_SENTENCE = re.compile(r"[.!?;\n](?=\s|$)|\n")
_JOINTS = _re(rf"^(?:[\s,;.!?{MASK}]|\b(?:and|but|so|also|oh|please|ps|p\.s|btw|by the way)\b)+|[\s,;{MASK}]+$")
_GAP = re.compile(rf"\s*[,;]?\s*{MASK}+(?:\s*[,;.!])?|(?<=[.!?])\s*[,.;]+")


def hear(message: str, *, currency: str, zone: str, now: datetime) -> Heard:
    """The lasting facts that ``message`` states, and the rest of it. Never fails; most messages state none."""
    text = without_commands(normalise(message))
    found: list[Found[Memory]] = []
    told = text
    for grammar in _GRAMMARS:
        new = [item for item in islice(grammar(_Setting(told, currency, zone, now)), _MOST) if _for_good(text, item)]
        found += new
        told = mask(told, new)
    if not found:
        return Heard((), message)
    memories = {item.value.id: item.value for item in sorted(found, key=lambda item: item.start)}
    spent = [item for item in found if item.value.kind not in ("like", "dislike")]  # those may shape the request too
    rest = _JOINTS.sub("", _GAP.sub(" ", _ASKED_TO.sub("", mask(text, spent)))).strip()
    others = _JOINTS.sub("", _ASKED_TO.sub("", mask(text, found)).replace(MASK, " ")).strip()
    return Heard(tuple(memories.values()), rest if words(others) else "")


def _for_good(text: str, item: Found[Memory]) -> bool:
    """Whether it is stated, and for longer than one request."""
    begins = max((m.end() for m in _SENTENCE.finditer(text, 0, item.start)), default=0)
    ends = next((m.start() for m in _SENTENCE.finditer(text, item.end)), len(text))
    asked = text[ends : ends + 1] == "?" and not _REMEMBER.match(text, begins)
    if asked or _SUPPOSED.search(text[begins : item.start]):
        return False
    left = max((m.end() for m in _CLAUSE.finditer(text, begins, item.start)), default=begins)
    right = next((m.start() for m in _CLAUSE.finditer(text, item.end, ends)), ends)
    around = text[left : item.start] + " | " + text[item.end : right]
    inside = text[item.start : item.end] if item.value.kind in ("note", "like", "dislike") else ""
    return not _ONCE.search(around) and not _ONCE.search(inside)


def _whose(m: re.Match[str]) -> tuple[str | None, str, str, str]:
    """Whom it is about, and how sentences on them begin: "Your wife is", "Your wife has", "Your wife eats"."""
    who = m.groupdict().get("who")
    if who is None:
        return None, "You are", "You have", "You eat"
    who = who.lower()
    if who in _MANY:
        return who, f"Your {who} are", f"Your {who} have", f"Your {who} eat"
    return who, f"Your {who} is", f"Your {who} has", f"Your {who} eats"


def _allergies(setting: _Setting) -> Iterator[Found[Memory]]:
    for m in _ALLERGIC.finditer(setting.text):
        about, are, _, _ = _whose(m)
        for thing in listed(m["what"]):
            yield Found(m.start(), m.end(), setting.memory("allergy", f"{are} allergic to {thing}.", thing, about))
    for m in _ALLERGY.finditer(setting.text):
        about, are, have, _ = _whose(m)
        if m["named"]:
            thing = m["named"].lower()
            yield Found(m.start(), m.end(), setting.memory("allergy", f"{have} a {thing} allergy.", thing, about))
            continue
        for thing in listed(m["what"]):
            yield Found(m.start(), m.end(), setting.memory("allergy", f"{are} allergic to {thing}.", thing, about))


def _diets(setting: _Setting) -> Iterator[Found[Memory]]:
    for pattern in (_IS_OF_DIET, _EATS):
        for m in pattern.finditer(setting.text):
            about, are, _, eat = _whose(m)
            diet = re.sub(r"(?<=an|ac|ic|er)s$", "", "-".join(m["diet"].lower().split()))
            text = f"{eat if diet in _EATEN else are} {diet}."
            yield Found(m.start(), m.end(), setting.memory("diet", text, diet, about))
    for m in _NEVER_EATS.finditer(setting.text):
        verb = "drink" if " drink " in f"{m.group().lower()} " else "eat"
        for thing in listed(m["what"]):
            yield Found(m.start(), m.end(), setting.memory("diet", f"You don't {verb} {thing}.", f"no {thing}"))


def _homes(setting: _Setting) -> Iterator[Found[Memory]]:
    for m in _HOME.finditer(setting.text):
        where, place = _position(m["where"], "Home", setting.zone)
        yield Found(m.start(), m.end(), setting.memory("home", f"Your home is {where}.", where, place=place))


def _places(setting: _Setting) -> Iterator[Found[Memory]]:
    for m in _PLACE.finditer(setting.text):
        name = m["name"].lower()
        where, place = _position(m["where"], name.capitalize(), setting.zone)
        memory = setting.memory("place", f"Your {name} is at {where}.", where, name, place=place)
        yield Found(m.start(), m.end(), memory)


def _position(said: str, name: str, zone: str) -> tuple[str, Place | None]:
    """An address as said, and where it is on the map if its coordinates were given."""
    said = " ".join(said.split()).rstrip(" .,")
    m = COORDINATES.search(said)
    if m is None or abs(float(m["lat"])) > 90 or abs(float(m["lon"])) > 180:
        return said, None
    address = (said[: m.start()] + said[m.end() :]).strip(" ,()@") or None
    return said, Place(name=name, lat=float(m["lat"]), lon=float(m["lon"]), zone=zone, address=address)


def _budgets(setting: _Setting) -> Iterator[Found[Memory]]:
    for m in _BUDGET.finditer(setting.text):
        amounts = find_money(m.group(), setting.currency)
        if not amounts:
            continue
        end = m.start() + amounts[-1].end
        what = _ON_WHAT.match(setting.text, end + (setting.text[end : end + 1] == " "))
        about = without_article(what["what"]).lower() if what else None
        money = amounts[-1].value.money
        text = f"You usually spend about {money}{f' on {about}' if about else ''}."
        yield Found(m.start(), what.end() if what else end, setting.memory("budget", text, "", about, amount=money))


def _people(setting: _Setting) -> Iterator[Found[Memory]]:
    for m in _NAMED.finditer(setting.text):
        who = m["who"].lower()
        yield Found(m.start(), m.end(), setting.memory("person", f"Your {who} is called {m['name']}.", m["name"], who))
    for m in _DATE.finditer(setting.text):
        what = addressed_to_them(m["what"])
        yield Found(m.start(), m.end(), setting.memory("note", f"{_sentence(what)} is on {m['day']}.", what, what))


def _tastes(setting: _Setting) -> Iterator[Found[Memory]]:
    for m in _FAVOURITE.finditer(setting.text):
        topic, what = f"{m['kin'] or ''}favourite {m['topic']}".lower(), m["what"].strip()
        linked = "are" if re.search(r"\sare\s", m.group()) else "is"
        yield Found(m.start(), m.end(), setting.memory("like", f"Your {topic} {linked} {what}.", what, topic))
    pairs: tuple[tuple[re.Pattern[str], MemoryKind, str], ...] = (
        (_LIKES, "like", "love"),
        (_DISLIKES, "dislike", "hate"),
    )
    for pattern, kind, verb in pairs:
        for m in pattern.finditer(setting.text):
            thing = m["what"].lower()
            yield Found(m.start(), m.end(), setting.memory(kind, f"You {verb} {thing}.", thing))


def _notes(setting: _Setting) -> Iterator[Found[Memory]]:
    for m in _REMEMBER.finditer(setting.text):
        said = " ".join((m["own"] or m["any"]).split()).rstrip(" .,;:!")
        if MASK in said:  # a grammar of its own has understood it: what is left is "remember that"
            continue
        text = addressed_to_them(said)
        yield Found(m.start(), m.end(), setting.memory("note", f"{_sentence(text)}.", text))


_GRAMMARS: tuple[_Grammar, ...] = (_allergies, _diets, _homes, _places, _budgets, _people, _tastes, _notes)


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:]


def _slug(text: str) -> str:
    plain = "-".join(re.findall(r"[a-z0-9]+", text.lower()))
    if len(plain) <= 40 and text.isascii():
        return plain
    return f"{plain[:30]}-{blake2b(text.lower().encode(), digest_size=4).hexdigest()}".strip("-")
