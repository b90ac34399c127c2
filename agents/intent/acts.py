"""What a message does in the conversation, as far as its form tells: agree, refuse, ask how it stands, say hello.

Agreement and refusal are recognised only when the whole message says nothing else, because money moves on them:
"yes, but make it 8" is a change.
"""

import re


def _re(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.IGNORECASE)


_POLITE = r"please|pls|thanks|thank\s+you|thx|then|now|so\s+much|very\s+much|a\s+lot|it|that|this|them|all|the\s+(?:order|bundle|plan|proposal|lot)|everything|for\s+me|right|and|just|well|i\s+think|um+|oh|hey|so|both"
_YES = (
    r"yes|yeah|yea|yep|yup|ya|aye|sure|of\s+course|absolutely|definitely|certainly|approved?|approve\s+(?:it|this|that)|confirm(?:ed)?|accept(?:ed)?|agreed?|deal|"
    r"go\s+ahead|go\s+for\s+it|do\s+it|do\s+that|book|buy|order|place|purchase|pay|proceed|let'?s\s+(?:do\s+(?:it|that|this)|go|book)|i'?ll\s+take|i\s+(?:approve|accept|agree|confirm)|"
    r"(?:that|this|it)\s+(?:works|is\s+(?:fine|good|great|perfect|ok(?:ay)?))|that'?s\s+(?:fine|good|great|perfect|ok(?:ay)?)|works(?:\s+for\s+me)?|(?:sounds|looks)\s+(?:good|great|fine|perfect|lovely|nice)|"
    r"(?:i\s+)?love\s+it|make\s+it\s+happen|make\s+it\s+so|please\s+do|you\s+may|by\s+all\s+means|👍|✅|👌"
)
_FAINT_YES = r"ok(?:ay)?|k|fine|great|perfect|good|excellent|wonderful|cool|alright|all\s+right|lovely|awesome|brilliant|all\s+good|correct"
_NO = (
    r"no|nope|nah|no\s+way|no\s+thanks?(?:\s+you)?|not\s+(?:now|today|interested|this\s+time)|forget(?:\s+about)?|never\s?mind|cancel|stop|drop|scrap|leave|reject(?:ed)?|decline|refuse|abort|"
    r"don'?t\s+(?:book|buy|order|do|bother|want|proceed)|do\s+not\s+(?:book|buy|order|do|want|proceed)|i\s+(?:don'?t|do\s+not)\s+want|i\s+changed\s+my\s+mind|i'?m\s+not\s+interested|👎|❌|the\s+whole\s+thing|thing"
)
_APPROVES = _re(rf"^\W*(?:(?:{_YES}|{_FAINT_YES}|{_POLITE})\b[\s,.!;:)-]*|[👍✅👌]\W*)++$")
_CLEAR_YES = _re(rf"\b(?:{_YES})\b|[👍✅👌]")
_FAINT = _re(rf"\b(?:{_FAINT_YES})\b")
_REJECTS = _re(rf"^\W*(?:(?:{_NO}|{_POLITE}|sorry|actually|ok(?:ay)?)\b[\s,.!;:)-]*|[👎❌]\W*)++$")
_CLEAR_NO = _re(rf"\b(?:{_NO})\b|[👎❌]")
_CHATS = _re(
    r"^\W*(?:(?:hi|hiya|hello|hey|howdy|greetings|yo|good\s+(?:morning|afternoon|evening|day|night)|how\s+are\s+(?:you|things)(?:\s+(?:doing|today))*|how'?s\s+it\s+going|how\s+do\s+you\s+do|what'?s\s+up|sup|"
    r"nice\s+to\s+meet\s+you|pleased\s+to\s+meet\s+you|thanks?|thank\s+you|thx|ty|cheers|much\s+appreciated|i\s+appreciate\s+it|bye|goodbye|good\s?bye|see\s+you(?:\s+later)?|take\s+care|have\s+a\s+(?:nice|good|great)\s+(?:day|evening|one|night|weekend)|"
    r"who\s+are\s+you|what\s+are\s+you|what(?:\s+else)?\s+can\s+you\s+do(?:\s+for\s+me)?|what\s+do\s+you\s+do|how\s+does\s+(?:this|it)\s+work|what\s+is\s+this|help(?:\s+me)?|are\s+you\s+(?:a\s+|an\s+)?(?:bot|robot|human|real|ai|there)(?:\s+(?:person|human))?|"
    r"what'?s\s+your\s+name|your\s+name|lol|haha+|wow|nice|cool|great|awesome|amazing|perfect|ok(?:ay)?|good|fine|that(?:'s|\s+is)\s+(?:very\s+|so\s+|really\s+)?(?:kind|nice|sweet|lovely|helpful|great|good)(?:\s+of\s+you)?|you'?re\s+(?:great|awesome|the\s+best|amazing|welcome|so\s+helpful)|well\s+done|good\s+(?:job|work|bot)|i'?m\s+(?:good|fine|well|back)|"
    r"there|so\s+much|very\s+much|a\s+lot|again|today|everyone|friend|buddy|mate|for\s+(?:your|the|all\s+your|everything|all)(?:\s+help)?|and|you|my|please|to\s+you(?:\s+too)?|too|just\s+saying|test(?:ing)?)\b[\s,.!?;:)-]*)++$"
)
_HUMAN = _re(
    r"\b(?:talk|speak|chat|connect(?:ed)?|transfer(?:red)?|put\s+me\s+through|get\s+me|pass\s+me|want|need|reach|call)\b[^.!?\n]{0,24}\b(?:a\s+(?:real\s+|live\s+|actual\s+)?(?:person|human(?:\s+being)?|operator|representative|rep|agent)|human\s+(?:being|agent|operator)|"
    r"real\s+person|live\s+(?:agent|person)|some(?:one|body)\s+(?:real|human|in\s+charge|from\s+support)|customer\s+(?:service|support|care)|support(?:\s+(?:team|agent|staff))?|the\s+manager|your\s+(?:manager|team|supervisor))\b"
    r"|\b(?:talk|speak|chat)\s+(?:to|with)\s+(?:someone|somebody)\b|^\W*(?:human|operator|agent|representative|real\s+person|customer\s+(?:service|support))\W*(?:please|now)?\W*$"
)
_STATUS = _re(
    r"\bwhat\s+(?:did|have|had)\s+(?:i|we)\s+(?:already\s+)?(?:order|book|buy|bought|arrange|reserve|purchase|got)\w*|\b(?:what(?:'s|\s+is)?|how(?:'s|\s+is)?)\s+(?:is\s+)?(?:the\s+)?(?:status|state|progress)\b|\border\s+status\b|\bstatus\s+of\b|"
    r"\bhow\s+(?:is|are|'s)\s+(?:my|our|the)\s+(?:order|booking|delivery|reservation|plans?)\b|\bwhere(?:'s|\s+is|\s+are)\s+(?:my|our)\b|\btrack(?:ing)?\b[^.!?\n]{0,20}\b(?:order|package|delivery|parcel|flowers)\b|"
    r"\bwhen\s+(?:will|does|do|is|are)\s+(?:my|our|the)\b[^.!?\n]{0,40}\b(?:arriv\w*|com(?:e|ing)|here|be\s+(?:here|delivered|there)|delivered|start|get\s+here|due|picked?)\b|"
    r"\b(?:is|are|was|were|has|have)\s+(?:my|our|the)\b[^.!?\n]{0,40}\b(?:on\s+(?:its|the|their)\s+way|confirmed|accepted|booked|delivered|arrived|ready|coming|shipped|placed|gone\s+through|been\s+\w+)\b|"
    r"\b(?:show|list|see|view|check)\s+(?:me\s+)?(?:all\s+)?(?:my|our)\s+(?:current\s+|last\s+|recent\s+)?(?:orders?|bookings?|reservations?|purchases)\b|^\W*(?:my\s+)?(?:orders?|bookings?|status)\s*\??\W*$|"
    r"\b(?:any|what(?:'s|\s+is)\s+the)\s+(?:news|update)s?\b|\bdid\s+(?:you|they|it|the\s+\w+)\s+(?:book|order|confirm|accept|go\s+through|arrive|get\s+(?:confirmed|delivered))\b|\bwhat(?:'s|\s+is)\s+(?:happening\s+with|going\s+on\s+with|booked|ordered|planned)\b|\border\s+history\b|\bremind\s+me\s+what\s+(?:i|we)\b|\b(?:when|what\s+time|where|how\s+much)\s+(?:is|are|was|does|do|will|did)\s+(?:it|that|everything|my|our|the|this)\b"
)
_WATCH = _re(
    r"\b(?:tell|let)\s+me\s+(?:know\s+)?(?:when(?:ever)?|if|as\s+soon\s+as|once)\b|\b(?:notify|alert|ping|warn|message|text|inform)\s+me\s+(?:when(?:ever)?|if|as\s+soon\s+as|once|about)\b|"
    r"\b(?:keep\s+(?:an\s+eye|looking|watching|watch|checking)|watch\s+out|look\s+out|be\s+on\s+the\s+lookout|watch|monitor)\s+(?:out\s+)?(?:on|for)\b|\bmonitor\s+(?:the\s+)?(?:price|tickets|availability)"
)
_ANOTHER = _re(
    r"\b(?:another|(?:a\s+)?different|other|alternatives?|else|swap|replace|exchange|switch)\b(?!\s+(?:time|day|date|hour|budget|things?\b(?=\s+i)))|\b(?:i\s+)?(?:don'?t|do\s+not|didn'?t)\s+(?:really\s+)?(?:like|want|fancy|love)\s+(?:the|that|this|it|those)\b|\bnot\s+(?:that|this|the\s+same)\s+(?:one|place|restaurant|\w+)\b|"
    r"\b(?:show|give|find)\s+me\s+(?:some\s+)?(?:more|other)\b|\bmore\s+options\b|\bwhat\s+else\b|\bsomething\s+(?:else|different)\b"
)
_CHANGE_NOUN = _re(r"\bchange\s+(?:the|my|our|that)\s+\w+")
_CHEAPER = _re(
    r"\b(?:cheaper|cheapest|less\s+expensive|more\s+affordable|lower(?:\s+the)?\s+(?:price|cost)|costs?\s+less|better\s+price|(?:too|so|very|rather|quite)\s+(?:expensive|pricey|dear)|too\s+much(?:\s+money)?|bring\s+(?:the\s+)?(?:price|cost|total|it)\s+down|over\s+(?:my\s+)?budget|can'?t\s+afford)\b"
)
_CHANGES = _re(
    r"\b(?:make\s+(?:it|that|the|them|dinner|lunch|this)|change|move|shift|push|postpone|bring\s+(?:it\s+)?forward|delay|reschedule|instead|rather|actually|update|switch|set|adjust|earlier|later|sooner|i\s+meant|i\s+mean|correction|wait|sorry|on\s+second\s+thought|increase|raise|reduce|lower|extend|upgrade)\b|^\W*(?:no|yes|ok(?:ay)?|yeah|sure|but|and|great|fine|hmm+)\b[\s,.]+(?:but\s+)?"
)
_PREFERS = _re(
    r"\b(?:instead|rather|prefer|make\s+(?:it|them|that)|(?:change|switch)\b.*\b(?:to|into))\b(?!.*\b(?:another|different|other)\b)"
)
_ADDS = _re(
    r"^\W*(?:(?:ok(?:ay)?|yes|great|oh|and)\W+)*(?:and|also|plus|add|include|throw\s+in|put\s+in)\b|\b(?:add|include|throw\s+in|also|in\s+addition|on\s+top|one\s+more)\b|\b(?:as\s+well|too)\b\W*(?:please|thanks)?\W*$"
)
_ONE = _re(r"\b(?:an?|another|one\s+more|a\s+second|an\s+extra)\s+(?!bit|little|lot|cheaper|different|better)\w")
_DROPS = _re(
    r"\b(?:drop|remove|skip|delete|leave\s+out|leave\s+off|take\s+out|take\s+off|scratch|scrap|cancel|cut|lose|ditch|forget(?:\s+about)?|never\s?mind|without|minus|no\s+more|no\s+need\s+for|don'?t\s+need|do\s+not\s+need|don'?t\s+want|do\s+not\s+want|not\s+needed|no)\s+"
    r"(?:(?:the|a|an|my|our|that|any|this)\s+)*(?P<what>[^.,;!?\n]+)"
)
_CANCELS = _re(r"\b(?:cancel|call\s+off|undo|refund|return|stop|drop|remove)\b\s*(?P<what>[^.,;!?\n]*)")
_WHOLE = _re(
    r"^\W*(?:(?:the|my|our|this|that|it|all|of|whole|entire|everything|order|orders|booking|bookings|reservation|reservations|purchase|bundle|plan|for|me|please|now|thing|them|tonight|today|tomorrow)\b\W*)*$"
)
_SHIFT = _re(
    r"\b(?:by\s+)?(?P<n>half\s+an?|an?|one|two|three|four|five|ten|fifteen|twenty|thirty|\d{1,3})\s+(?P<unit>hour|hr|minute|min)s?\s+(?P<way>later|earlier|sooner|before|after\s+that)\b|"
    r"\b(?P<way2>push|postpone|delay|move|bring)\b[^.!?\n]{0,30}?(?:\bby\s+|\bforward\s+(?:by\s+)?|\bback\s+(?:by\s+)?)(?P<n2>half\s+an?|an?|one|two|three|ten|fifteen|twenty|thirty|\d{1,3})\s+(?P<unit2>hour|hr|minute|min)s?"
)
_VAGUE_TIME = _re(
    r"\b(?:earlier|later|sooner|(?:a\s+)?different\s+(?:time|day|date|hour)|another\s+(?:time|day|date|hour)|change\s+the\s+(?:time|date|day)|reschedule|postpone)\b"
)
_REPLACES = _re(
    r"\b(?:replace|swap|exchange|switch|change)\s+(?:the\s+|my\s+|our\s+)?(?P<old>[^.,;!?\n]{1,80}?)\s+(?:with|for|by|to|into)\s+"
    r"(?:an?\s+|some\s+|the\s+)?(?P<new>[^.;!?\n]{1,200})"
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


def chats(text: str) -> bool:
    """Whether the message is a greeting, thanks or a question about us, and nothing else."""
    return len(text) <= _BRIEF and bool(_CHATS.match(text))


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


def adds(text: str) -> bool:
    """Whether what is named comes on top of what is there."""
    return bool(_ADDS.search(text))


def dropped(text: str) -> list[str]:
    """The words after "drop", "without", "no" …: what may be meant to go."""
    return [m["what"] for m in _DROPS.finditer(text)]


def cancelled(text: str) -> str | None:
    """The words after "cancel"; empty when the whole order is meant; ``None`` when nothing is to be cancelled."""
    m = _CANCELS.search(text)
    return None if m is None else "" if _WHOLE.match(m["what"]) else m["what"]


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
