"""One question to the person: a fact that is missing and must not be guessed."""

from collections.abc import Sequence

from cards import linked_data as ld
from cards.actions import answer, choice_input, text_input
from cards.elements import card, fitted, heading
from cards.reasons import name_of
from cards.safe_text import clean, safe
from cards.speech import ENGLISH, Speech, phrase
from schemas.intent import MissingFact, Need
from schemas.presentation import Presentation

_CHOICES = 20  # more are no help; the person can always answer in their own words
_EXAMPLES = {
    "date": phrase("for example: Saturday, or 28 November"),
    "time": phrase("for example: 7 pm"),
    "party": phrase("for example: 2"),
    "quantity": phrase("for example: 12"),
    "place": phrase("an address, or a place you have told me about"),
    "budget": phrase("for example: 250 dollars"),
}
_QUESTIONS = {  # about everything, about one need
    "date": (
        phrase("For which day is it, and at what time?"),
        phrase("For which day is it, and at what time: {need}?"),
    ),
    "place": (phrase("Where should it come to?"), phrase("Where should it come to: {need}?")),
    "destination": (phrase("Where should it go?"), phrase("Where should it go: {need}?")),
    "party": (phrase("For how many people is it?"), phrase("For how many people is it: {need}?")),
    "target": (phrase("Which one should be cancelled?"), phrase("Which one should be cancelled?")),
}
_WHICH_DAY = phrase("On which day exactly should it be: {need}?")
_WHERE_IS = phrase("I cannot find “{place}” on the map. Where is it?")


def question(
    text: str,
    *,
    choices: Sequence[str] = (),
    interrupt_id: str,
    fact: MissingFact | None = None,
    say: Speech = ENGLISH,
) -> Presentation:
    """Ask ``text``. The answer comes back as the payload's ``text``.

    Args:
        text: the question, one sentence.
        choices: answers to choose from; none means free text.
        interrupt_id: the interrupt that the answer resumes.
        fact: what is asked for; chooses the example shown.
        say: the person's language, which ``text`` is in.
    """
    asked = safe(text, 500)
    options = [(safe(choice), clean(choice, 200)) for choice in choices]
    twin = "\n".join([asked, *(f"- {title}" for title, _ in options)])

    def draw(most: int) -> dict[str, object]:
        if options:
            entry = choice_input(asked, options[:most], error=say("Choose one, please."))
        else:
            hint = say(_EXAMPLES[fact.fact]) if fact and fact.fact in _EXAMPLES else say("your answer")
            entry = text_input(asked, placeholder=hint, error=say("I need an answer to go on."))
        return card(
            [heading(say("One question")), entry],
            [answer(say("Send"), interrupt_id, "answer", style="positive")],
            text=twin,
            speak=asked,
            say=say,
        )

    suggested = [ld.thing("Answer", text=value) for _, value in options]
    reply = ld.resume(
        "ReplyAction",
        say("Answer"),
        interrupt_id,
        {"action": "answer", "text": "{text}"},
        **{"text-input": ld.text_asked(asked)},
    )
    json_ld = ld.document("Question", name=ld.words(text), suggestedAnswer=suggested, potentialAction=[reply])
    return Presentation(kind="question", text=twin, card=fitted(draw, _CHOICES), json_ld=json_ld)


def asked_for(fact: MissingFact, needs: Sequence[Need], say: Speech) -> str:
    """How to ask for a missing fact of one of the needs: in the reader's words in English, else by what it is."""
    need = next((need for need in needs if need.id == fact.need_id), None)
    if say.native or fact.fact not in _QUESTIONS:
        return fact.question
    if need is None:
        return say(_QUESTIONS[fact.fact][0])
    asked = _QUESTIONS[fact.fact][1]
    if fact.fact == "date" and need.timing.known:
        asked = _WHICH_DAY
    elif fact.fact in ("place", "destination") and need.place_text is not None:
        asked = _WHERE_IS
    return say(asked, need=name_of(need), place=need.place_text)
