"""What a message does in the conversation, as far as its form tells: agree, refuse, ask how it stands, say hello.

Agreement and refusal are recognised only when the whole message says nothing else, because money moves on them:
"yes, but make it 8" is a change.
"""

import re

from agents.intent.words import any_of


def _re(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.IGNORECASE)


def _whole(phrases: str) -> re.Pattern[str]:
    """A message of nothing but these phrases; possessive, so that a long one cannot be tried in many ways."""
    return _re(rf"^\W*(?:{phrases}(?!\w)[\s,.!?;:)-]*|[👍✅👌👎❌]\W*)++$")


_POLITE = any_of(r"""
    please / pls / thanks / thank you / thx / then / now / so much / very much / a lot / it / that / this / them / all
    the (?:order|bundle|plan|proposal|lot) / everything / for me / right / and / just / well / i think / um+ / oh
    hey / so / both
""")
_YES = any_of(r"""
    yes / yeah / yea / yep / yup / ya / aye / sure / of course / absolutely / definitely / certainly
    approve (?:it|this|that) / approved? / confirm(?:ed)? / accept(?:ed)? / agreed? / deal
    go ahead / go for it / do it / do that / book / buy / order / place / purchase / pay / proceed
    let'?s (?:do (?:it|that|this)|go|book) / i'?ll take / i (?:approve|accept|agree|confirm)
    (?:that|this|it) (?:works|is (?:fine|good|great|perfect|ok(?:ay)?))
    that'?s (?:fine|good|great|perfect|ok(?:ay)?)
    works(?: for me)? / (?:sounds|looks) (?:good|great|fine|perfect|lovely|nice)(?: to (?:me|us))? / (?:i )?love it
    make it (?:happen|so) / please do / you may / by all means / 👍 / ✅ / 👌
""")
_FAINT_YES = any_of(r"""
    ok(?:ay)? / k / fine / great / perfect / good / excellent / wonderful / cool / alright / all right / lovely
    awesome
    brilliant / all good / correct
""")
_NO = any_of(r"""
    no way / no thanks?(?: you)? / no / nope / nah / not (?:now|today|interested|this time) / forget(?: about)?
    never ?mind
    cancel / stop / drop / scrap / leave / reject(?:ed)? / decline / refuse / abort
    (?:i|we)(?:'ve| have)? changed (?:my|our) minds?
    (?:don'?t|do not) (?:book|buy|order|do|bother|want|proceed) / i (?:don'?t|do not) want
    i'?m not interested / the whole thing / thing / 👎 / ❌
""")
_CHAT = any_of(r"""
    hi / hiya / hello / hey / howdy / greetings / yo / good (?:morning|afternoon|evening|day|night)
    how are (?:you|things)(?: (?:doing|today))* / how'?s it going / how do you do / what'?s up / sup
    nice to meet you / pleased to meet you / thanks? / thank you / thx / ty / cheers / much appreciated
    i appreciate it
    bye / goodbye / good bye / see you(?: later)? / take care
    have a (?:nice|good|great) (?:day|evening|one|night|weekend)
    who are you / what are you / what(?: else)? can you do(?: for me)? / what do you do / how does (?:this|it) work
    what is this / help(?: me)? / are you (?:a |an )?(?:bot|robot|human|real|ai|there)(?: (?:person|human))?
    what'?s your name / your name / lol / haha+ / wow / nice / cool / great / awesome / amazing / perfect
    ok(?:ay)? / good
    fine / you'?re (?:great|awesome|the best|amazing|welcome|so helpful) / well done / good (?:job|work|bot)
    that(?:'s| is) (?:very |so |really )?(?:kind|nice|sweet|lovely|helpful|great|good)(?: of you)?
    i'?m (?:good|fine|well|back) / there / so much / very much / a lot / again / today / everyone / friend / buddy
    mate
    for (?:your|the|all your|everything|all)(?: help)? / and / you / my / please / to you(?: too)? / too / just saying
    test(?:ing)? / or (?:what|something)
""")
_GREETS = _re(r"^\W*(?:morning|afternoon|evening)\W*$")
_APPROVES = _whole(rf"(?:{_YES}|{_FAINT_YES}|{_POLITE})")
_CLEAR_YES = _re(rf"(?<!\w){_YES}(?!\w)|[👍✅👌]")
_FAINT = _re(rf"\b{_FAINT_YES}\b")
_REJECTS = _whole(rf"(?:{_NO}|{_POLITE}|sorry|actually|ok(?:ay)?)")
_CLEAR_NO = _re(rf"(?<!\w){_NO}(?!\w)|[👎❌]")
_CHATS = _whole(_CHAT)

_PERSON = any_of(r"""
    an? (?:real |live |actual )?(?:person|human(?: being)?|operator|representative|rep|agent)
    human (?:being|agent|operator)
    real person / live (?:agent|person) / some(?:one|body) (?:real|human|in charge|from support)
    customer (?:service|support|care) / support(?: (?:team|agent|staff))? / the manager
    your (?:manager|team|supervisor)
""")
_HUMAN = _re(
    r"\b(?:talk|speak|chat|connect(?:ed)?|transfer(?:red)?|(?:put|get|pass)\s+me(?:\s+through)?|want|need|reach|call)\b"
    rf"[^.!?\n]{{0,24}}\b{_PERSON}\b|\b(?:talk|speak|chat)\s+(?:to|with)\s+(?:someone|somebody)\b|"
    r"^\W*(?:human|operator|agent|representative|real\s+person|customer\s+(?:service|support))\W*(?:please|now)?\W*$"
)
_STATUS = _re(
    any_of(r"""
    \bwhat (?:did|have|had) (?:i|we) (?:already )?(?:order|book|buy|bought|arrange|reserve|purchase|got)\w*
    \b(?:what(?:'s| is)?|how(?:'s| is)?) (?:is )?(?:the )?(?:status|state|progress)\b / \border status\b
    \bstatus of\b
    \bhow (?:is|are|'s) (?:my|our|the) (?:order|booking|delivery|reservation|plans?)\b
    \bwhere(?:'s| is| are) (?:my|our)\b
    \btrack(?:ing)?\b[^.!?\n]{0,20}\b(?:order|package|delivery|parcel|flowers)\b
    \bwhen (?:will|does|do|is|are) (?:my|our|the)\b[^.!?\n]{0,40}\b(?:arriv\w*|com(?:e|ing)|here|delivered|start|due)\b
    \b(?:is|are|was|were|has|have) (?:my|our|the)\b[^.!?\n]{0,40}\b(?:on (?:its|the|their) way|confirmed|accepted)\b
    \b(?:is|are|was|were|has|have) (?:my|our|the)\b[^.!?\n]{0,40}\b(?:delivered|arrived|ready|coming|shipped)\b
    \b(?:is|are|was|were|has|have) (?:my|our|the)\b[^.!?\n]{0,40}\b(?:booked|placed|been \w+)\b
    \b(?:show|list|see|view|check) (?:me )?(?:all )?(?:my|our) (?:\w+ )?(?:orders?|bookings?|reservations?|purchases)\b
    ^\W*(?:my )?(?:orders?|bookings?|status)\s*\??\W*$
    \b(?:any|what(?:'s| is) the) (?:news|update)s?\b / \border history\b / \bremind me what (?:i|we)\b
    \bdid (?:you|they|it|the \w+) (?:book|order|confirm|accept|go through|arrive|get (?:confirmed|delivered))\b
    \bwhat(?:'s| is) (?:happening with|going on with|booked|ordered|planned)\b
    \b(?:when|what time|where|how much) (?:is|are|was|does|do|will|did) (?:it|that|everything|my|our|the|this)\b
""")
)
_WATCH = _re(
    any_of(r"""
    \b(?:tell|let) me (?:know )?(?:when(?:ever)?|if|as soon as|once)\b
    \b(?:notify|alert|ping|warn|message|text|inform) me (?:when(?:ever)?|if|as soon as|once|about)\b
    \bkeep (?:an eye|looking|watching|watch|checking) (?:out )?(?:on|for)\b
    \b(?:(?:watch|look) out|be on the lookout|watch|monitor) (?:on|for)\b
    \bmonitor (?:the )?(?:price|tickets|availability)
""")
)
_ANOTHER = _re(
    any_of(r"""
    \b(?:another|different|other|alternatives?|else)\b(?! (?:time|day|date|hour|budget)\b)
    \b(?:swap|replace|exchange|switch)\b(?! (?:time|day|date|hour|budget)\b)
    \b(?:i )?(?:don'?t|do not|didn'?t) (?:really )?(?:like|want|fancy|love) (?:the|that|this|it|those)\b
    \bnot (?:that|this|the same) \w+\b / \b(?:show|give|find) me (?:some )?(?:more|other)\b / \bmore options\b
    \bwhat else\b / \bsomething (?:else|different)\b
""")
)
_CHANGE_NOUN = _re(r"\bchange\s+(?:the|my|our|that)\s+\w+")
_CHEAPER = _re(
    any_of(r"""
    \b(?:cheaper|cheapest)\b / \bless expensive\b / \bmore affordable\b / \blower(?: the)? (?:price|cost)\b
    \bcosts? less\b
    \bbetter price\b / \b(?:too|so|very|rather|quite) (?:expensive|pricey|dear)\b / \btoo much(?: money)?\b
    \bbring (?:the )?(?:price|cost|total|it) down\b / \bover (?:my )?budget\b / \bcan'?t afford\b
""")
)
_CHANGES = _re(
    any_of(r"""
    \bmake (?:it|that|the|them|dinner|lunch|this)\b / \b(?:change|move|shift|push|postpone|delay|reschedule)\b
    \bbring (?:it )?forward\b
    \b(?:instead|rather|actually|update|switch|set|adjust|earlier|later|sooner|i meant|i mean)\b
    \b(?:would|might|'d) be (?:better|best|nicer|easier)\b / \b(?:works?|suits? (?:me|us)) better\b
    \b(?:correction|wait|sorry|on second thought|increase|raise|reduce|lower|extend|upgrade)\b
    ^\W*(?:no|yes|ok(?:ay)?|yeah|sure|but|and|great|fine|hmm+)\b[\s,.]+(?:but )?
""")
)
_PREFERS = _re(r"\b(?:instead|rather|prefer|make\s+(?:it|them|that)|(?:change|switch)\b.{1,60}?\b(?:to|into))\b")
_ADDS = _re(
    any_of(r"""
    ^\W*(?:(?:ok(?:ay)?|yes|great|oh|and)\W+)*(?:and|also|plus|add|include|throw in|put in)\b
    \b(?:add|include|throw in|also|in addition|on top|one more)\b / \b(?:as well|too)\b\W*(?:please|thanks)?\W*$
""")
)
_ASKS = _re(r"\b(?:need|want|like|get|book|order|find|arrange|can you|could you|please|looking for)\b")
_OFFERS = _re(r"\b(?:best|good|nice|cheap\w*|free|available|availability|open|near\w*|closest|options|recommend\w*)\b")
_KNOWLEDGE = _re(
    r"^\W*(?:(?:and|so|but|hey|hi|ok|quick\s+question)\b\W*)*(?:"
    + any_of(r"""
    why\b / how (?:do|does|did|is|are|was|were|come|many|tall|far|old|big|long|heavy)\b
    who (?!can|could|would|will|has|have|offers?|sells?|deliver\w*|does|do|might|fixes|repairs)\w
    (?:what|which|when|where) (?:do|does|did|was|were)\b / what(?:'s|'re| is| are) (?:the|an?|your|my|this|that)\b
    what (?:rhymes|causes|makes|happens|counts|means)\b
    (?:is|are|was|were) (?!there|it possible|you|your|any|some|we|i\b)\w
    (?:do|does|did) (?!you|your|any|some|we|i\b)\w
    (?:please )?(?:teach|explain|define|translate|spell|sing|calculate|summari[sz]e)\b
    (?:please )?tell me (?:about|why|how|who|what|a (?:joke|story))\b
""")
    + ")"
)
_PAST = _re(
    r"\b(?:i|we|she|he|they|my\s+\w+)\s+(?:had|went|was|were|ate|saw|got|bought|visited|stayed|took|tried|met)\b"
)
_AGO = _re(
    r"\b(?:last\s+(?:week|month|year|night|time|summer|winter|spring|autumn|\w+day)|yesterday|ago|once|the\s+other\s+day)\b"
)
_ONE = _re(r"\b(?:an?|another|one\s+more|a\s+second|an\s+extra)\s+(?!bit|little|lot|cheaper|different|better)\w")
_DROPS = _re(
    any_of(r"""
    \b(?:drop|remove|skip|delete|scratch|scrap|cancel|cut|lose|ditch|without|minus|no) / \b(?:leave|take) (?:out|off)
    \bforget(?: about)? / \bnever ?mind / \bno more / \bno need for / \b(?:don'?t|do not) (?:need|want) / \bnot needed
""")
    + r"\s+(?:(?:the|a|an|my|our|that|any|this)\s+)*(?P<what>[^.,;!?\n]+)"
)
_CANCELS = _re(r"\b(?:cancel|call\s+off|undo|refund|return|stop|drop|remove)\b\s*(?P<what>[^.,;!?\n]*)")
_IT = _re(r"\b(?:cancel|call|undo|refund|return|stop|drop|remove)\s+(?:it|that|this|them)\b")
_WHOLE_ORDER = _re(
    r"^\W*(?:(?:the|my|our|this|that|it|all|of|whole|entire|everything|orders?|bookings?|reservations?|purchase|bundle|"
    r"plan|for|me|please|now|thing|them|tonight|today|tomorrow)\b\W*)*$"
)
_COUNT = r"half\s+an?|an?|one|two|three|four|five|ten|fifteen|twenty|thirty|\d{1,3}"
_SHIFT = _re(
    rf"\b(?:by\s+)?(?P<n>{_COUNT})\s+(?P<unit>hour|hr|minute|min)s?\s+(?P<way>later|earlier|sooner|before)\b|"
    r"\b(?:push|postpone|delay|move|bring)\b[^.!?\n]{0,30}?(?:\bby\s+|\bforward\s+(?:by\s+)?|\bback\s+(?:by\s+)?)"
    rf"(?P<n2>{_COUNT})\s+(?P<unit2>hour|hr|minute|min)s?"
)
_VAGUE_TIME = _re(
    r"\b(?:earlier|later|sooner|reschedule|postpone|(?:different|another|change\s+the)\s+(?:time|day|date|hour))\b"
)
_REPLACES = _re(
    r"\b(?:replace|swap|exchange|switch|change)\s+(?:the\s+|my\s+|our\s+)?(?P<old>[^.,;!?\n]{1,80}?)\s+"
    r"(?:with|for|by|to|into)\s+(?:an?\s+|some\s+|the\s+)?(?P<new>[^.;!?\n]{1,200})"
)
_INSTEAD_OF = _re(r"\binstead\s+of\s+(?:the\s+|my\s+|an?\s+)?(?P<old>[^.,;!?\n]{1,200})")

_BRIEF = 120  # characters; agreement is short, and a long message is never only that


def approves(text: str, *, asked: bool) -> bool:
    """Whether the message says yes and nothing else; a faint "ok" counts only where something was asked."""
    if len(text) > _BRIEF or not _APPROVES.match(text):
        return False
    return bool(_CLEAR_YES.search(text) or (asked and _FAINT.search(text)))


def rejects(text: str) -> bool:
    """Whether the message says no and nothing else."""
    return len(text) <= _BRIEF and bool(_REJECTS.match(text)) and bool(_CLEAR_NO.search(text))


def chats(text: str, *, asked: bool) -> bool:
    """Whether the message is a greeting, thanks or a question about us, and nothing else; "morning" only where no
    question of ours is open."""
    if not asked and _GREETS.match(text):
        return True
    return len(text) <= _BRIEF and bool(_CHATS.match(text))


def asks_about(text: str) -> bool:
    """Whether the message asks for knowledge, or tells of the past, and wants nothing: "why do roses have thorns?"."""
    if _ASKS.search(text) or _OFFERS.search(text):
        return False
    return bool(_KNOWLEDGE.match(text) or (_PAST.search(text) and _AGO.search(text)))


def wants_human(text: str) -> bool:
    """Whether the message asks for a person."""
    return bool(_HUMAN.search(text))


def asks_status(text: str) -> bool:
    """Whether the message asks what was ordered or how it stands."""
    return bool(_STATUS.search(text))


def watch_cue(text: str) -> re.Match[str] | None:
    """Where the message says "tell me when"."""
    return _WATCH.search(text)


def wants_another(text: str) -> bool:
    """Whether the message asks for another offer in place of one."""
    return bool(_ANOTHER.search(text))


def changes_noun(text: str) -> bool:
    """Whether the message says "change the …" and so names what is to be different."""
    return bool(_CHANGE_NOUN.search(text))


def wants_cheaper(text: str) -> bool:
    """Whether the price is too high."""
    return bool(_CHEAPER.search(text))


def changes(text: str) -> bool:
    """Whether the message has the form of a correction."""
    return bool(_CHANGES.search(text))


def prefers(text: str) -> bool:
    """Whether what is named is to take the place of what was said: "tulips instead"."""
    return bool(_PREFERS.search(text)) and not wants_another(text)


def asks(text: str) -> bool:
    """Whether the message says that something is wanted."""
    return bool(_ASKS.search(text))


def adds(text: str) -> bool:
    """Whether what is named comes on top of what is there."""
    return bool(_ADDS.search(text))


def dropped(text: str) -> list[str]:
    """The words after "drop", "without", "no" …: what may be meant to go."""
    return [m["what"] for m in _DROPS.finditer(text)]


def cancelled(text: str) -> str | None:
    """The words after "cancel"; empty when the whole order is meant; ``None`` when nothing is to be cancelled."""
    m = _CANCELS.search(text)
    return None if m is None else "" if _WHOLE_ORDER.match(m["what"]) else m["what"]


def points_back(text: str) -> bool:
    """Whether what is to be cancelled is "it", so that the rest of the message says what."""
    return bool(_IT.search(text))


def adds_another(text: str) -> bool:
    """Whether one more is wanted, even of what is there already: "and a ride there too"."""
    return adds(text) and bool(_ONE.search(text))


def replaced(text: str) -> tuple[str, str] | None:
    """What is to go and what is to come instead."""
    if m := _REPLACES.search(text):
        return m["old"], m["new"]
    if (m := _INSTEAD_OF.search(text)) and (before := text[: m.start()].strip(" ,")):
        return m["old"], before
    return None


def shift_minutes(text: str) -> int | None:
    """By how many minutes everything meant moves; negative for earlier."""
    m = _SHIFT.search(text)
    if m is None:
        return None
    count, unit = (m["n"] or m["n2"]).lower(), (m["unit"] or m["unit2"]).lower()
    earlier = (m["way"] or "").lower() in ("earlier", "sooner", "before") or "forward" in m.group().lower()
    size = 60 if unit.startswith("h") else 1
    small = {
        "a": 1,
        "an": 1,
        "one": 1,
        "two": 2,
        "three": 3,
        "four": 4,
        "five": 5,
        "ten": 10,
        "fifteen": 15,
        "twenty": 20,
        "thirty": 30,
    }
    minutes = size // 2 if count.startswith("half") else size * (small.get(count) or int(count))
    return -minutes if earlier else minutes


def vague_time(text: str) -> bool:
    """Whether another time is wanted without saying which."""
    return bool(_VAGUE_TIME.search(text))
