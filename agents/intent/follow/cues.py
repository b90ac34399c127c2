"""What a message and the one it answers do, whatever they are about: agree, refuse, ask, offer, confirm."""

import re

import numpy as np
from numpy.typing import NDArray

from agents.intent.follow.heard import Heard
from agents.intent.words import any_of, word_set


def _re(phrases: str) -> re.Pattern[str]:
    return re.compile(rf"\b{any_of(phrases)}\b", re.IGNORECASE)


YES = _re(r"""
    yes / yeah / yea / yep / yup / sure / ok / okay / correct / right / exactly / absolutely / definitely / please do
    go ahead / great / perfect / good / fine / nice / awesome / excellent / wonderful / cool / alright / works?
    like (?:it|that|this) / love / fantastic / lovely / sounds / interested / suits / agree / confirm / proceed
""")
_NO = _re("no / nope / not / don't / nah / never / neither")
_MESSAGE = (
    YES,
    _NO,
    _re("other / others / else / another / different / more / alternatives? / instead / rather"),
    _re(r"""
        what / what's / whats / when / where / who / which / how much / how long / is it / is there / are there
        do they / does it / does / can you tell / tell me
    """),
    _re("also / now / next / then / and then / another thing / as well / too"),
    _re(r"""
        thank / thanks / thx / appreciate / bye / goodbye / that's all / that is all / all i need / helpful / great help
    """),
    _re(r"""
        book / booking / reserve / reservations? / buy / purchase / purchasing / rent / order / schedule
        make an appointment / appointment / tickets? / play / transfer / send / pay / set up / add / get me / hire
        call
    """),
    _re(r"""
        find / search / searching / look / looking / show / see / know / check / what / browse / suggest / recommend
        recommendation / list / tell / get / help / any / some / something / interested
    """),
    _re("there / nearby / near / that / same / it / them / this / those / here / area / around"),
    _re("actually / instead / change / rather / make (?:it|that) / wait / mind / prefer"),
)
_OURS = (
    _re(r"""
        would you like / do you want / shall i / should i / want me to / may i / can i / do you wish
        are you interested / interested in / like me to / care to / need me
    """),
    _re(r"""
        has been / have been / is (?:booked|reserved|confirmed|set|playing|done)
        are (?:booked|reserved|confirmed|set|done) / success\w* / booked / reserved / purchased / confirmed / scheduled
        enjoy / on (?:its|the) way / started / made your / i've
    """),
    _re("anything else / else / further / more can i / help you with / how (?:else )?(?:can|may) i"),
    _re(r"""
        confirm / confirming / is (?:that|this|it) (?:correct|right|okay|ok|alright) / correct / right / verify / sound
    """),
    _re(r"""
        there (?:is|are) / there's / i found / i have / found / how about / what about / would you like to try
        check out / located / results? / matches / recommend / suggest / called / named / nice / popular / option
    """),
    _re(r"""
        sorry / unable / couldn't / could not / failed / unsuccessful / unfortunately / wasn't / apologi\w+
        not (?:able|available)
    """),
)
_WORDS = tuple(
    word_set(line)
    for line in (
        "want need like", "find search", "book reserve reservation", "buy purchase tickets ticket", "make", "get",
        "help", "when time times", "where", "what", "how", "i", "me my", "can could", "go going", "see watch", "it",
        "that",
    )
)  # fmt: skip


def cues(message: Heard, before: Heard | None) -> NDArray[np.float32]:
    """One row of zeros and ones: what the message does, and what the one ``before`` it (ours) did."""
    length = len(message.words)
    row = [bool(pattern.search(message.text)) for pattern in _MESSAGE]
    row += [
        bool(YES.search(" ".join(message.words[:3]))),
        bool(_NO.match(message.text)),
        "?" in message.text,
        length <= 3,
        length <= 7,
        length > 15,
    ]
    row += [before is not None and bool(pattern.search(before.text)) for pattern in _OURS]
    row += [before is None, before is not None and "?" in before.text]
    row += [bool(words & message.word_set) for words in _WORDS]
    return np.array(row, np.float32)
