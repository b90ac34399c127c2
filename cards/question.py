"""One question to the person: a fact that is missing and must not be guessed."""

from collections.abc import Sequence

from cards import linked_data as ld
from cards.actions import answer, choice_input, text_input
from cards.elements import card, fitted, heading
from cards.safe_text import clean, safe
from schemas.intent import MissingFact
from schemas.presentation import Presentation

_CHOICES = 20  # more are no help; the person can always answer in their own words
_EXAMPLES = {
    "date": "for example: Saturday, or 28 November",
    "time": "for example: 7 pm",
    "party": "for example: 2",
    "quantity": "for example: 12",
    "place": "an address, or a place you have told me about",
    "budget": "for example: 250 dollars",
}


def question(
    text: str, *, choices: Sequence[str] = (), interrupt_id: str, fact: MissingFact | None = None
) -> Presentation:
    """Ask ``text``. The answer comes back as the payload's ``text``.

    Args:
        text: the question, one sentence.
        choices: answers to choose from; none means free text.
        interrupt_id: the interrupt that the answer resumes.
        fact: what is asked for; chooses the example shown.
    """
    asked = safe(text, 500)
    options = [(safe(choice), clean(choice, 200)) for choice in choices]
    twin = "\n".join([asked, *(f"- {title}" for title, _ in options)])

    def draw(most: int) -> dict[str, object]:
        if options:
            entry = choice_input(asked, options[:most], error="Choose one, please.")
        else:
            hint = _EXAMPLES.get(fact.fact if fact else "", "your answer")
            entry = text_input(asked, placeholder=hint, error="I need an answer to go on.")
        return card(
            [heading("One question"), entry],
            [answer("Send", interrupt_id, "answer", style="positive")],
            text=twin,
            speak=asked,
        )

    suggested = [ld.thing("Answer", text=value) for _, value in options]
    reply = ld.resume(
        "ReplyAction",
        "Answer",
        interrupt_id,
        {"action": "answer", "text": "{text}"},
        **{"text-input": ld.text_asked(asked)},
    )
    json_ld = ld.document("Question", name=ld.words(text), suggestedAnswer=suggested, potentialAction=[reply])
    return Presentation(kind="question", text=twin, card=fitted(draw, _CHOICES), json_ld=json_ld)
