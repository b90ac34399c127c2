"""What a message means in its conversation: a rule for each kind, asked in order, the first that knows decides.

Answers, changes and swaps return the whole request as it then stands; every other kind says only what the message
says.
"""

from collections.abc import Callable

from agents.intent import acts
from agents.intent.amend import add_again, answer, change, cheaper, drop, replace_one, shift, swap
from agents.intent.language import agreement
from agents.intent.match import Index
from agents.intent.missing import missing
from agents.intent.moment import GONE, Moment
from agents.intent.words import MASK, normalise, words
from schemas.intent import Intent, IntentKind, MissingFact, ResolveContext

_NAMED = 0.6
"""How sure the name of a service must be in a language that is not read otherwise."""

Rule = Callable[[Moment], Intent | None]


def read(message: str, context: ResolveContext, index: Index) -> Intent:
    """What ``message`` means. Never fails and never invents: what no rule knows is ``unclear``."""
    moment = Moment(normalise(message), context, index)
    if not words(moment.plain) and not acts.approves(moment.plain, asked=True) and not acts.rejects(moment.plain):
        return _unclear(moment)
    if moment.foreign:
        return _agreement(moment) or _foreign(moment)
    return next(intent for rule in _RULES if (intent := rule(moment)) is not None)


def read_as(moment: Moment, kind: IntentKind) -> Intent | None:
    """What the message means if it is of ``kind``, or ``None`` if its words do not bear that out.

    For a reader that has its own opinion of the kind: what costs money or loses an order still needs the words.
    """
    return next((intent for rule in _BY_KIND[kind] if (intent := rule(moment)) is not None), None)


def _human(moment: Moment) -> Intent | None:
    return moment.intent("human") if acts.wants_human(moment.plain) else None


def _follow(moment: Moment) -> Intent | None:
    """A service that is talked to step by step: what the message means there depends on all that was said."""
    follower = moment.index.follower
    return follower.read(moment.covered.replace(MASK, " "), moment.context) if follower else None


def _status(moment: Moment) -> Intent | None:
    if not acts.asks_status(moment.plain):
        return None
    lines = moment.lines(moment.plain)
    return moment.intent("status", target=lines[0].line_id if len(lines) == 1 else None)


def _watch(moment: Moment) -> Intent | None:
    cue = acts.watch_cue(moment.covered)
    if cue is None:
        return None
    if any(clause.wish and clause.asks and clause.end <= cue.start() for clause in moment.sentence.clauses):
        return None
    words_left = moment.covered[: cue.start()] + moment.covered[cue.end() :]
    request = Moment(words_left, moment.context, moment.index, watching=True).request
    return moment.intent("watch", needs=request.needs, relations=request.relations, budget=request.budget)


def _agreement(moment: Moment) -> Intent | None:
    said = agreement(moment.plain)
    if said == "approve" or acts.approves(moment.plain, asked=moment.awaits is not None):
        if moment.open is None or moment.awaits is None:
            return moment.intent("approve")
        return moment.whole("approve", moment.merger()) if moment.awaits != "question" else None
    if said == "reject" or acts.rejects(moment.plain):
        cancels = acts.cancelled(moment.plain) is not None and moment.awaits is None and moment.context.ordered
        return None if cancels else moment.intent("reject")
    return None


def _cancel(moment: Moment) -> Intent | None:
    what = acts.cancelled(moment.plain)
    if what is None or not moment.context.ordered:
        return None
    lines = moment.lines(what or (moment.plain if acts.points_back(moment.plain) else ""))
    if not what and len(lines) != 1:
        return moment.intent("cancel")
    if len(lines) == 1:
        return moment.intent("cancel", target=lines[0].line_id)
    titles = ", ".join(line.title for line in lines or moment.context.ordered if line.state not in GONE)
    question = MissingFact(need_id=None, fact="target", question=f"Which one should be cancelled: {titles}?")
    return moment.intent("unclear", missing=[question])


def _small_talk(moment: Moment) -> Intent | None:
    return moment.intent("small_talk") if acts.chats(moment.plain, asked=moment.asked is not None) else None


def _question(moment: Moment) -> Intent | None:
    """A question about the world, or a story, in which a service is only mentioned."""
    facts = moment.facts
    wanted = facts.hours or facts.party or facts.money or facts.places
    return moment.intent("unsupported") if not wanted and acts.asks_about(moment.plain) else None


def _request(moment: Moment) -> Intent | None:
    request = moment.request
    if not request.needs:
        return None
    served = [need for need in request.needs if need.capability_id is not None]
    return moment.intent(
        "request" if served else "unsupported",
        needs=request.needs,
        relations=request.relations,
        budget=request.budget,
        missing=missing(request.needs, request.relations, moment.index.by_id, moment.context),
        confidence=min(need.confidence for need in served or request.needs),
    )


def _unclear(moment: Moment) -> Intent:
    """Not understood; an open question stays open."""
    if moment.open is None or moment.awaits != "question":
        return moment.intent("unclear", confidence=0.2)
    asked = [moment.asked] if moment.asked else []
    return moment.whole("unclear", moment.merger()).model_copy(update={"missing": asked, "confidence": 0.2})


def _foreign(moment: Moment) -> Intent:
    """In another language only names of services are read, such as "taxi": enough to say so, and not to act on."""
    needs = [need for need in moment.request.needs if need.capability_id and need.confidence >= _NAMED]
    return moment.intent("unclear", needs=needs, confidence=0.2)


def _plainly(kind: IntentKind) -> Rule:
    return lambda moment: moment.intent(kind)


_RULES: tuple[Rule, ...] = (
    _human,
    _follow,
    _status,
    _watch,
    _agreement,
    _small_talk,
    drop,
    _cancel,
    answer,
    replace_one,
    swap,
    add_again,
    cheaper,
    shift,
    change,
    _question,
    _request,
    _unclear,
)
_BY_KIND: dict[IntentKind, tuple[Rule, ...]] = {
    "request": (_request,),
    "answer": (answer,),
    "change": (drop, replace_one, add_again, cheaper, shift, change),
    "swap": (swap,),
    "approve": (_agreement,),
    "reject": (_agreement,),
    "cancel": (_cancel,),
    "status": (_status, _plainly("status")),
    "watch": (_watch,),
    "human": (_plainly("human"),),
    "small_talk": (_plainly("small_talk"),),
    "unsupported": (_request,),
    "unclear": (_unclear,),
}
