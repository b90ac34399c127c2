"""Every card in every language: valid, complete, and in no words of ours but that language's."""

import re
from collections.abc import Callable
from datetime import timedelta
from functools import cache

import pytest

from agents.choosing import taken
from cards.bundle import bundle
from cards.infeasible import infeasible
from cards.offers import offers
from cards.order import order_status, receipt
from cards.question import asked_for, question
from cards.reasons import change_words
from cards.recovery import recovery_notice
from cards.replies import reply
from cards.speech import ENGLISH, Speech, languages, speech
from cards.validate import validate_card
from schemas.capability import built_in
from schemas.intent import Intent, MissingFact, Need, Relation
from schemas.plan import Change, Conflict, Infeasible, NearestChange, Reason
from schemas.presentation import Presentation
from tests.cards.examples import (
    ALTERNATIVES,
    DINNER,
    HOME,
    INSTEAD,
    NEEDS,
    ORDER,
    PLAN,
    REFUSED,
    SUSHI,
    TULIP_ITEM,
    an_order,
    at,
    usd,
)
from tests.cards.test_any_input import shown_texts
from tests.cards.test_catalogues import facts_of, forms, messages

LINE_STATES = [
    "proposed",
    "authorised",
    "placed",
    "accepted",
    "in_progress",
    "fulfilled",
    "rejected",
    "expired",
    "cancelled",
    "refunded",
    "replaced",
]
STATES = [REFUSED.model_copy(update={"id": f"line_{state}", "state": state, "reason": None}) for state in LINE_STATES]
REASONED = PLAN.model_copy(
    update={
        "merits": [
            Reason(need_id="n1", merits=("match", "price"), among=7),
            Reason(need_id="n2", merits=("balance",), among=2),
            Reason(need_id="n3", merits=("rating",), among=1),
        ]
    }
)
EVERY_CONFLICT = Infeasible(
    conflicts=[
        Conflict(kind=kind, need_ids=need_ids, message="It does not work.")
        for kind in ("no_offer", "budget", "time", "lead_time", "travel", "order")
        for need_ids in (("n1",), ("n1", "n2"), ())
    ],
    changes=[
        NearestChange(field="budget", budget=usd("199.40"), message="More money.", plan=PLAN),
        NearestChange(field="budget", need_id="n1", budget=usd("58"), message="More money for it.", plan=PLAN),
        NearestChange(field="start", need_id="n2", moment=at(20), message="Later.", plan=PLAN),
        NearestChange(field="end", need_id="n1", moment=at(18), message="Done later.", plan=PLAN),
        NearestChange(field="drop", need_id="n2", message="Without it.", plan=PLAN),
        NearestChange(field="relation", relation=Relation(first="n1", second="n2"), message="In any order.", plan=PLAN),
        NearestChange(
            field="relation",
            relation=Relation(kind="together", first="n1", second="n2"),
            message="Not at once.",
            plan=PLAN,
        ),
    ],
)
LATE = TULIP_ITEM.model_copy(update={"start": at(23), "end": at(23) + timedelta(days=2)})

DRAWN: dict[str, Callable[[Speech], Presentation]] = {
    "proposal": lambda say: bundle(
        REASONED,
        needs=NEEDS,
        budget=usd("250"),
        alternatives=ALTERNATIVES,
        interrupt_id="i",
        home=HOME,
        say=say,
    ),
    "proposal over a budget": lambda say: bundle(
        PLAN, needs=NEEDS, budget=usd("150"), alternatives={}, interrupt_id="i", home=None, say=say
    ),
    "empty proposal": lambda say: bundle(
        PLAN.model_copy(update={"items": []}),
        needs=NEEDS,
        budget=None,
        alternatives={},
        interrupt_id="i",
        home=HOME,
        say=say,
    ),
    "offers": lambda say: offers(NEEDS[1], [DINNER, SUSHI], interrupt_id="i", current=DINNER, home=HOME, say=say),
    "failure": lambda say: infeasible(EVERY_CONFLICT, needs=NEEDS, home=HOME, say=say),
    "question": lambda say: question(asked_for(fact("date"), NEEDS, say), interrupt_id="q", fact=fact("date"), say=say),
    "order": lambda say: order_status(ORDER, say=say),
    "order in every state": lambda say: order_status(an_order(*STATES), say=say),
    "receipt": lambda say: receipt(ORDER, say=say),
    "repair": lambda say: recovery_notice(ORDER, REFUSED, replacement=INSTEAD, say=say),
    "choice": lambda say: recovery_notice(ORDER, REFUSED, options=[TULIP_ITEM, LATE], interrupt_id="c", say=say),
    "loss": lambda say: recovery_notice(ORDER, REFUSED, say=say),
}


def fact(name: str, need_id: str | None = "n2") -> MissingFact:
    return MissingFact(need_id=need_id, fact=name, question="For when is it?")


@cache
def english(language: str) -> re.Pattern[str]:
    """The parts of our English sentences, of two words or more, that the language says otherwise."""
    parts = {
        part.strip(" .:;,·()?“”")
        for message in messages(language)
        for key in forms(message.id)
        for part in re.split(r"\{\w*\}", key)
    }
    told = [re.escape(part) for part in parts if " " in part and part not in str(NEEDS)]
    return re.compile(rf"(?<!\w)(?:{'|'.join(told)})(?!\w)")


def english_left(text: str, language: str) -> list[str]:
    return english(language).findall(text)


@pytest.mark.parametrize("language", sorted(languages()))
@pytest.mark.parametrize("kind", DRAWN)
def test_a_card_is_valid_and_wholly_in_its_language(kind: str, language: str) -> None:
    answer = DRAWN[kind](speech(language))
    assert answer.card is not None
    assert validate_card(answer.card) == []
    assert answer.card["lang"] == language
    for text in (answer.text, *shown_texts(answer.card)):
        assert facts_of(text.replace("{{", "")) == set(), f"a fact is not filled in: {text!r}"
        assert english_left(text, language) == [], text


@pytest.mark.parametrize("kind", DRAWN)
def test_buttons_do_the_same_in_every_language(kind: str) -> None:
    def pressed(say: Speech) -> list[object]:
        return [data for data in payloads(DRAWN[kind](say).card) if "message" not in data]

    assert all(pressed(speech(language)) == pressed(ENGLISH) for language in languages())


def payloads(node: object) -> list[dict[str, object]]:
    if isinstance(node, list):
        return [found for item in node for found in payloads(item)]
    if not isinstance(node, dict):
        return []
    own = [node["data"]] if isinstance(node.get("data"), dict) else []
    return own + [found for key, value in node.items() if key != "data" for found in payloads(value)]


@pytest.mark.parametrize("language", sorted(languages()))
def test_a_change_is_taken_by_pressing_its_button(language: str) -> None:
    say = speech(language)
    request = Intent(kind="request", needs=NEEDS, budget=usd("100"))
    options = [
        Change.model_validate(
            {**change.model_dump(exclude={"plan"}), "message": change_words(change, NEEDS, HOME, say)}
        )
        for change in EVERY_CONFLICT.changes
    ]
    pressed = [
        str(data["message"]) for data in payloads(infeasible(EVERY_CONFLICT, needs=NEEDS, home=HOME, say=say).card)
    ]
    assert [taken(said, request, options) for said in pressed] == [
        taken(str(number), request, options) for number in range(1, len(options) + 1)
    ]


def test_partners_words_stay_as_they_are() -> None:
    text = DRAWN["proposal"](speech("de")).text
    assert "Dozen red roses · Petal & Stem ★ 4,7 · nach Hause geliefert · 58,00\xa0$" in text


def test_why_an_offer_was_chosen_is_told_in_the_language() -> None:
    text = DRAWN["proposal"](speech("es")).text
    assert "Dozen red roses de Petal & Stem, lo que más se ajusta y la más barata de 7." in text


@pytest.mark.parametrize(
    ("asked", "need", "question"),
    [
        (fact("date", None), None, "¿Para qué día es, y a qué hora?"),
        (fact("party"), Need(id="n2", text="cena", query="cena"), "¿Para cuántas personas es: cena?"),
        (
            fact("place"),
            Need(id="n2", text="cena", place_text="Calle Luna"),
            "No encuentro «Calle Luna» en el mapa. ¿Dónde está?",
        ),
        (fact("colour"), Need(id="n2", text="flores"), "For when is it?"),
    ],
)
def test_a_question_is_worded_from_what_is_missing(asked: MissingFact, need: Need | None, question: str) -> None:
    assert asked_for(asked, [need] if need else [], speech("es")) == question


def test_a_question_in_english_is_the_readers_own() -> None:
    assert asked_for(fact("date"), NEEDS, ENGLISH) == "For when is it?"


@pytest.mark.parametrize("language", sorted(languages()))
def test_a_message_that_only_a_model_could_read_is_answered_honestly_in_its_language(language: str) -> None:
    reading = Intent(kind="unclear", language=language, needs=[Need(id="n1", text="taxi", capability_id="ride.taxi")])
    answer = reply(reading, built_in(), proposal=True, say=speech(language))
    say, ride = speech(language), next(one for one in built_in() if one.id == "ride.taxi")
    assert say("It seems to be about: {services}.", services=ride.name) in answer
    assert answer.endswith(say("Your proposal is still open: approve it, change it or turn it down."))
    assert english_left(answer, language) == []


@pytest.mark.parametrize("kind", ["small_talk", "approve", "reject", "human", "watch", "unsupported", "unclear"])
def test_every_kind_of_reply_is_in_the_language(kind: str) -> None:
    reading = Intent.model_validate({"kind": kind, "language": "pl", "reader": "model"})
    assert english_left(reply(reading, (), proposal=False, say=speech("pl")), "pl") == []
