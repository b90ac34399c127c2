"""Questions, offers, failures to plan, recoveries and plain words."""

from typing import Any

from cards.infeasible import infeasible
from cards.offers import offers
from cards.plain import plain
from cards.question import question
from cards.recovery import recovery_notice
from cards.validate import validate_card
from schemas.intent import MissingFact
from schemas.plan import Infeasible
from tests.cards.examples import (
    DINNER,
    HOME,
    INFEASIBLE,
    INSTEAD,
    NEEDS,
    ORDER,
    REFUSED,
    SUSHI,
    TULIP_ITEM,
    TULIPS,
)
from tests.cards.test_bundle import submits


def inputs(card: dict[str, Any] | None) -> list[dict[str, Any]]:
    assert card is not None
    return [element for element in card["body"] if element["type"].startswith("Input.")]


def test_a_question_is_answered_in_free_text_under_its_own_label() -> None:
    fact = MissingFact(need_id="n2", fact="party", question="For how many people?")
    answer = question(fact.question, interrupt_id="question_1", fact=fact)
    (entry,) = inputs(answer.card)
    assert (entry["type"], entry["id"], entry["label"]) == ("Input.Text", "text", "For how many people?")
    assert entry["placeholder"] == "for example: 2"
    assert submits(answer.card) == [{"interruptId": "question_1", "action": "answer"}]


def test_a_question_with_choices_lists_them_in_every_form() -> None:
    answer = question("Which cuisine?", choices=["Italian", "Sushi"], interrupt_id="q")
    (entry,) = inputs(answer.card)
    assert [choice["value"] for choice in entry["choices"]] == ["Italian", "Sushi"]
    assert answer.text == "Which cuisine?\n- Italian\n- Sushi"
    assert answer.json_ld is not None
    assert [choice["text"] for choice in answer.json_ld["suggestedAnswer"]] == ["Italian", "Sushi"]


def test_other_offers_compare_with_the_present_one() -> None:
    answer = offers(NEEDS[1], [DINNER, SUSHI], interrupt_id="i", current=DINNER, home=HOME)
    assert answer.text.splitlines()[1] == (
        "1. Omakase for two · Blue Heron Sushi ★ 4.8 · 9 E Huron St · Sat 28 Nov at 19:00, 19:30, 20:00"
        " · $16.00 more · $134.00"
    )
    assert submits(answer.card) == [{"interruptId": "i", "action": "swap", "need_id": "n2", "offer_id": SUSHI.id}]


def test_no_other_offer_is_an_answer_without_buttons() -> None:
    answer = offers(NEEDS[1], [DINNER], interrupt_id="i", current=DINNER)
    assert (answer.text, answer.card) == ("There is no other offer for dinner for two at seven.", None)


def test_a_failure_to_plan_says_what_conflicts_and_what_would_work() -> None:
    answer = infeasible(INFEASIBLE, needs=NEEDS, home=HOME)
    assert answer.text.splitlines() == [
        "I cannot fit everything you asked for, so nothing is booked.",
        "- The cheapest bundle costs $143.00. (flowers to my wife by five; dinner for two at seven; a ride home)",
        "What would work:",
        "1. Raise the budget to $199.40: 3 items for $199.40, Saturday 28 November 2026"
        " (14:00 Dozen red roses · 19:00 Table for two · 20:50 Comfort car)",
        "2. Leave out the dinner: 1 item for $58.00, Saturday 28 November 2026 (14:00 Dozen red roses)",
        "Say the number of the one you prefer, or change your wish.",
    ]
    assert submits(answer.card) == [{"message": "Raise the budget to $199.40"}, {"message": "Leave out the dinner"}]


def test_a_failure_without_a_way_out_still_says_what_to_do() -> None:
    answer = infeasible(Infeasible(conflicts=INFEASIBLE.conflicts), needs=NEEDS)
    assert answer.text.endswith("Change your wish, and I will look again.")
    assert submits(answer.card) == []


def test_a_repair_tells_what_changed() -> None:
    text = recovery_notice(ORDER, REFUSED, replacement=INSTEAD).text
    assert "Failed: Petal & Stem: Dozen red roses (out of stock)" in text
    assert "Instead: 14:30–14:45  Twenty tulips · Bloom & Co ★ 4.5 · delivered home · $42.00" in text
    assert "Difference: $16.00 less · 30 min later." in text
    assert "Your total is now $183.40." in text


def test_a_choice_between_repairs_has_a_button_each_and_a_way_without() -> None:
    answer = recovery_notice(ORDER, REFUSED, options=[TULIP_ITEM], interrupt_id="choice_1")
    assert submits(answer.card) == [
        {"interruptId": "choice_1", "action": "swap", "offer_id": TULIPS.id},
        {"interruptId": "choice_1", "action": "drop"},
    ]
    assert "1. Twenty tulips · Bloom & Co ★ 4.5 · 14:30–14:45 · delivered home" in answer.text


def test_a_loss_without_a_repair_is_admitted() -> None:
    answer = recovery_notice(ORDER, REFUSED)
    assert answer.text.startswith("A partner dropped out, and I found nothing to take its place.")
    assert submits(answer.card) == []


def test_plain_words_have_no_card() -> None:
    answer = plain("Hello!")
    assert (answer.text, answer.card) == ("Hello!", None)


def test_every_input_has_a_label_and_says_what_is_missing() -> None:
    for card in (question("When?", interrupt_id="q").card, question("Which?", choices=["A"], interrupt_id="q").card):
        assert validate_card(card) == []
        assert all(entry["label"] and entry["errorMessage"] for entry in inputs(card))
