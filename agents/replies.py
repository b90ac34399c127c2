"""The concierge's own words, for turns that end without a proposal: short, honest, and saying what to do next."""

from collections.abc import Sequence

from schemas.capability import Capability
from schemas.intent import Intent, Need

_NAMED = 6  # how many services an answer lists; more is noise


def summary(reading: Intent, capabilities: Sequence[Capability]) -> str:
    """One line on what was understood, for the progress view."""
    names = {capability.id: capability.name for capability in capabilities}
    if reading.kind not in ("request", "answer", "change", "swap"):
        return reading.kind.replace("_", " ")
    wanted = [names.get(need.capability_id or "", need.text) for need in reading.needs]
    budget = f", at most {reading.budget}" if reading.budget else ""
    return ", ".join(wanted) + budget


def reply(reading: Intent, capabilities: Sequence[Capability], *, proposal: bool) -> str:
    """What to say to a message that asks for nothing we can arrange now."""
    services, example = _services(capabilities), _example(capabilities)
    answers = {
        "small_talk": f"Hello! Tell me what you would like arranged, and when: {services}.",
        "approve": "There is no proposal waiting for your approval. Tell me what you would like arranged.",
        "reject": "All right, I dropped it. Nothing was bought.",
        "human": "I cannot hand you over to a person here yet. I can go on with your request if you like.",
        "watch": "I cannot keep watching for something yet. Ask me again when you want me to look.",
        "unsupported": f"None of our partners offers that. What I can arrange: {services}.",
    }
    answer = answers.get(reading.kind, f"I did not understand that. Tell me what you need and when, such as {example}.")
    waiting = proposal and reading.kind != "reject"
    return answer + (" Your proposal is still open: approve it, change it or turn it down." if waiting else "")


def unserved(needs: Sequence[Need], *, rest: bool) -> str:
    """That nobody offers some of what was asked."""
    what = " or ".join(f"“{need.text.strip()}”" for need in needs)
    return f"None of our partners offers {what}." + (" I will arrange the rest." if rest else "")


def _services(capabilities: Sequence[Capability]) -> str:
    names = [capability.name.lower() for capability in capabilities[:_NAMED]]
    return ", ".join(names) + (" and more" if len(capabilities) > _NAMED else "")


def _example(capabilities: Sequence[Capability]) -> str:
    words = [capability.examples[0] for capability in capabilities if capability.examples][:2]
    return f"“{' and '.join(words)} on Saturday at 7 pm”" if words else "“dinner for two on Saturday at 7 pm”"
