"""The grammars of lasting statements, one a kind: who is allergic to what, who lives where, what is usually spent.

Each finds where a text makes such a statement and says what there is to remember of it; whether it is meant for good
is decided elsewhere.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from hashlib import blake2b

from agents.intent.money import find_money
from agents.intent.words import MASK, Found, any_of, word_set
from agents.remembering.phrases import (
    ADDRESS,
    COORDINATES,
    KIN,
    THING,
    THINGS,
    addressed_to_them,
    listed,
)
from schemas.memory import Memory, MemoryKind
from schemas.place import Place


def _re(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.IGNORECASE)


_ONE_EACH = frozenset({"place", "budget", "person", "note"})


@dataclass(frozen=True, slots=True)
class Setting:
    """A text and what the grammars know beside it."""

    text: str
    currency: str
    zone: str
    now: datetime

    def memory(
        self, kind: MemoryKind, text: str, subject: str = "", about: str | None = None, **more: object
    ) -> Memory:
        """A memory of a kind: there is one home, one name a person, one budget a purpose, any number of allergies."""
        one = kind == "home" or (about is not None and (kind in _ONE_EACH or "favourite" in about))
        name = "-".join(filter(None, (kind, _slug(about or ""), "" if one else _slug(subject))))
        return Memory.model_validate(
            {"id": name, "kind": kind, "text": text[:400], "subject": subject, "about": about, "stated_at": self.now}
            | more
        )


Grammar = Callable[[Setting], Iterator[Found[Memory]]]

_AM = r"(?:(?P<self>i|we)(?:'m|'re|\s+am|\s+are)"
_ARE = rf"\b(?:my\s+{KIN}\s+and\s+)?{_AM}|\b(?:my|our)\s+(?P<who>{KIN})(?:'s|\s+is|\s+are))\s+"
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
_HAS_ILLNESS = _re(rf"{_HAVE}(?P<diet>co?eliac|diabetes)(?:\s+disease)?(?![\w-])")
_AS_ONE = _re(rf"\bas\s+(?:an?\s+)?{_FULLY}(?P<diet>{_DIET})(?=\s*,)")
_EATS = _re(
    rf"\b(?:i|we)\s+(?:only\s+|always\s+|both\s+)?(?:eat|keep|follow)\s+(?:an?\s+)?(?:only\s+)?(?P<diet>{_DIET})"
    r"(?:\s+(?:food|diet|meals?))?(?=\W*(?:$|[.,;!?\n]|(?:and|so|but)\b))"
)
_NEVER_EATS = _re(
    rf"\b(?:(?:i|we)|(?:my|our)\s+(?P<who>{KIN}))\s+"
    r"(?:don't|do\s+not|doesn't|does\s+not|never|can't|cannot|must\s+not)\s+"
    rf"(?P<verb>eat|drink)s?\s+(?:any\s+)?(?P<what>{THINGS})"
)
_HOME = _re(
    r"\b(?:(?:my|our)\s+(?:new\s+)?(?:home\s+address|home|house|address|apartment|flat|place)(?:\s+is(?:\s+now)?|'s|(?=:))(?:\s+(?:at|on|in))?"
    rf"|(?:i|we)(?:\s+now)?\s+live\s+(?:at|on|in)|(?:i|we)(?:'ve|\s+have)?\s+moved\s+to)\s*:?\s+(?P<where>{ADDRESS})"
)
_PLACE = _re(
    r"\b(?:my|our)\s+(?P<name>office|work|workplace|gym|school|studio|shop|[a-z]+s?'s?\s+(?:office|house|place|flat|home))"
    rf"(?:\s+address)?(?:\s+is|'s)(?:\s+(?:at|on|in))?\s*:?\s+(?P<where>{ADDRESS})"
)
_BUDGET = _re(
    r"\b(?:(?:i|we)\s+(?:usually|normally|typically|generally|always|tend\s+to)\s+(?:spend|pay)"
    r"|(?:my|our)\s+(?:usual|normal|typical|regular|standard)\s+(?:(?P<topic>[a-z]+)\s+)?budget)\b[^.!?;\n,]*(?:,\d{3}[^.!?;\n,]*)?"
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
    rf"(?<!\w)(?:i|we)\s+(?:(?:really|absolutely|just|both|all|always)\s+)*(?:hate|detest|loathe|dislike|can't\s+stand|don't\s+like|do\s+not\s+like)\s+"
    rf"{_PLAIN_THING}"
)
_PREFERS = _re(rf"(?<!\w)(?:i|we)\s+(?:always|usually|generally)\s+prefer\s+{_PLAIN_THING}")
_THEY_LOVE = _re(
    rf"\b(?:my|our)\s+(?P<who>{KIN})\s+(?:(?:really|absolutely)\s+)?(?P<verb>(?:love|adore|hate|detest)s?)\s+{_PLAIN_THING}"
)
REMEMBER = _re(
    r"(?:^|(?<=[.!?\n,;]))\s*(?:(?:please|also|and|oh|hey|just|(?:can|could|will)\s+you(?:\s+please)?)[\s,]+)*"
    r"(?:(?:remember|don't\s+forget|do\s+not\s+forget|keep\s+in\s+mind|note|make\s+a\s+note|save)(?:\s*:\s*|\s+that\s+|\s+)"
    r"(?P<own>(?:i|we)\b(?!\s+(?:need|want|would|'d)\b)[^.!?\n]{2,200}"
    r"|(?:my|our)\s+(?:[\w'-]+\s+){1,4}(?:is|are|has|have|likes?|loves?|hates?|prefers?|lives?|works?|takes?|goes)\b[^.!?\n]{2,200})"
    r"|remember(?:\s*:\s*|\s+that\s+)(?P<any>[^.!?\n]{3,200}))"
)


def _whose(m: re.Match[str]) -> tuple[str | None, str, str, str]:
    """Whom it is about, and how sentences on them begin: "Your wife is", "Your wife has", "Your wife eats"."""
    who = m.groupdict().get("who")
    if who is None:
        return None, "You are", "You have", "You eat"
    who = who.lower()
    if who in _MANY:
        return who, f"Your {who} are", f"Your {who} have", f"Your {who} eat"
    return who, f"Your {who} is", f"Your {who} has", f"Your {who} eats"


def _allergies(setting: Setting) -> Iterator[Found[Memory]]:
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


def _diets(setting: Setting) -> Iterator[Found[Memory]]:
    for pattern in (_IS_OF_DIET, _HAS_ILLNESS, _AS_ONE, _EATS):
        for m in pattern.finditer(setting.text):
            about, are, _, eat = _whose(m)
            diet = re.sub(r"(?<=an|ac|ic|er)s$", "", "-".join(m["diet"].lower().split()))
            diet = diet.replace("diabetes", "diabetic")
            text = f"{eat if diet in _EATEN else are} {diet}."
            yield Found(m.start(), m.end(), setting.memory("diet", text, diet, about))
    for m in _NEVER_EATS.finditer(setting.text):
        who, verb = m["who"] and m["who"].lower(), m["verb"].lower()
        never = f"You don't {verb}" if who is None else f"Your {who} {'do' if who in _MANY else 'does'} not {verb}"
        for thing in listed(m["what"]):
            yield Found(m.start(), m.end(), setting.memory("diet", f"{never} {thing}.", f"no {thing}", who))


def _homes(setting: Setting) -> Iterator[Found[Memory]]:
    for m in _HOME.finditer(setting.text):
        where, place = _position(m["where"], "Home", setting.zone)
        yield Found(m.start(), m.end(), setting.memory("home", f"Your home is {where}.", where, place=place))


def _places(setting: Setting) -> Iterator[Found[Memory]]:
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


def _budgets(setting: Setting) -> Iterator[Found[Memory]]:
    for m in _BUDGET.finditer(setting.text):
        amounts = find_money(m.group(), setting.currency)
        if not amounts:
            continue
        end = m.start() + amounts[-1].end
        what = _ON_WHAT.match(setting.text, end + (setting.text[end : end + 1] == " "))
        about = (what["what"] if what else m["topic"] or "").lower() or None
        money = amounts[-1].value.money
        text = f"You usually spend about {money}{f' on {about}' if about else ''}."
        yield Found(m.start(), what.end() if what else end, setting.memory("budget", text, "", about, amount=money))


def _people(setting: Setting) -> Iterator[Found[Memory]]:
    for m in _NAMED.finditer(setting.text):
        who = m["who"].lower()
        yield Found(m.start(), m.end(), setting.memory("person", f"Your {who} is called {m['name']}.", m["name"], who))
    for m in _DATE.finditer(setting.text):
        what = addressed_to_them(m["what"])
        yield Found(m.start(), m.end(), setting.memory("note", f"{_sentence(what)} is on {m['day']}.", what, what))


def _tastes(setting: Setting) -> Iterator[Found[Memory]]:
    for m in _FAVOURITE.finditer(setting.text):
        topic, what = f"{m['kin'] or ''}favourite {m['topic']}".lower(), m["what"].strip()
        linked = "are" if re.search(r"\sare\s", m.group()) else "is"
        yield Found(m.start(), m.end(), setting.memory("like", f"Your {topic} {linked} {what}.", what, topic))
    pairs: tuple[tuple[re.Pattern[str], MemoryKind, str], ...] = (
        (_LIKES, "like", "love"),
        (_PREFERS, "like", "prefer"),
        (_DISLIKES, "dislike", "hate"),
    )
    for pattern, kind, verb in pairs:
        for m in pattern.finditer(setting.text):
            thing = m["what"].lower()
            yield Found(m.start(), m.end(), setting.memory(kind, f"You {verb} {thing}.", thing))
    for m in _THEY_LOVE.finditer(setting.text):
        who, verb, thing = m["who"].lower(), m["verb"].lower(), m["what"].lower()
        felt: MemoryKind = "like" if verb.startswith(("love", "adore")) else "dislike"
        yield Found(m.start(), m.end(), setting.memory(felt, f"Your {who} {verb} {thing}.", thing, who))


def _notes(setting: Setting) -> Iterator[Found[Memory]]:
    for m in REMEMBER.finditer(setting.text):
        said = " ".join((m["own"] or m["any"]).split()).rstrip(" .,;:!")
        if MASK in said:  # a grammar of its own has understood it: what is left is "remember that"
            continue
        text = addressed_to_them(said)
        yield Found(m.start(), m.end(), setting.memory("note", f"{_sentence(text)}.", text))


GRAMMARS: tuple[Grammar, ...] = (_allergies, _diets, _homes, _places, _budgets, _people, _tastes, _notes)


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:]


def _slug(text: str) -> str:
    plain = "-".join(re.findall(r"[a-z0-9]+", text.lower()))
    if len(plain) <= 40 and text.isascii():
        return plain
    return f"{plain[:30]}-{blake2b(text.lower().encode(), digest_size=4).hexdigest()}".strip("-")
