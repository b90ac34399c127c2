"""The concierge's own words, for turns that end without a proposal: short, honest, and saying what to do next."""

from collections.abc import Sequence

from cards.speech import ENGLISH, Speech, phrase
from schemas.capability import Capability
from schemas.intent import Intent, IntentKind, Need

_NAMED = 6  # how many services an answer lists; more is noise
_ANSWERS: dict[IntentKind, str] = {
    "small_talk": phrase("Hello! Tell me what you would like arranged, and when: {services}."),
    "approve": phrase("There is no proposal waiting for your approval. Tell me what you would like arranged."),
    "reject": phrase("All right, I dropped it. Nothing was bought."),
    "human": phrase("I cannot hand you over to a person here yet. I can go on with your request if you like."),
    "watch": phrase("I cannot keep watching for something yet. Ask me again when you want me to look."),
    "unsupported": phrase("None of our partners offers that. What I can arrange: {services}."),
}


def summary(reading: Intent, capabilities: Sequence[Capability]) -> str:
    """One line on what was understood, for the progress view."""
    names = {capability.id: capability.name for capability in capabilities}
    if reading.kind not in ("request", "answer", "change", "swap"):
        return reading.kind.replace("_", " ")
    wanted = [names.get(need.capability_id or "", need.text) for need in reading.needs]
    budget = f", at most {reading.budget}" if reading.budget else ""
    return ", ".join(wanted) + budget


def reply(reading: Intent, capabilities: Sequence[Capability], *, proposal: bool, say: Speech = ENGLISH) -> str:
    """What to say to a message that asks for nothing we can arrange now, in the person's language."""
    answer = _answer(reading, capabilities, say)
    if not proposal or reading.kind == "reject":
        return answer
    return " ".join([answer, say("Your proposal is still open: approve it, change it or turn it down.")])


def _answer(reading: Intent, capabilities: Sequence[Capability], say: Speech) -> str:
    if reading.kind in _ANSWERS:
        return say(_ANSWERS[reading.kind], services=_services(capabilities, say))
    if reading.reader == "offline" and not say.native:
        return _unread(reading, capabilities, say)
    return say(
        "I did not understand that. Tell me what you need and when, such as {example}.",
        example=_example(capabilities, say),
    )


def _unread(reading: Intent, capabilities: Sequence[Capability], say: Speech) -> str:
    """For a message in a language that only a model could have read."""
    answer = say(
        "I read this without a language model, and then I understand English only, such as {example}. "
        "Nothing was bought.",
        example=_example(capabilities, ENGLISH),
    )
    names = {capability.id: capability.name for capability in capabilities}
    about = [names[need.capability_id] for need in reading.needs if need.capability_id in names]
    return " ".join([answer, say("It seems to be about: {services}.", services=", ".join(about))]) if about else answer


def unserved(needs: Sequence[Need], *, rest: bool, say: Speech = ENGLISH) -> str:
    """That nobody offers some of what was asked."""
    what = say.either([f"“{need.text.strip()}”" for need in needs])
    answer = say("None of our partners offers {what}.", what=what)
    return " ".join([answer, say("I will arrange the rest.")]) if rest else answer


def _services(capabilities: Sequence[Capability], say: Speech) -> str:
    names = ", ".join(capability.name.lower() for capability in capabilities[:_NAMED])
    return say("{services} and more", services=names) if len(capabilities) > _NAMED else names


def _example(capabilities: Sequence[Capability], say: Speech) -> str:
    words = [capability.examples[0] for capability in capabilities if capability.examples][:2]
    if not words or not say.native:  # the examples are partners' own
        return say("“dinner for two on Saturday at 7 pm”")
    return f"“{' and '.join(words)} on Saturday at 7 pm”"
