"""Whatever partners and people write, every answer is a valid card, harmless text and sound JSON-LD."""

import json
import re
from collections.abc import Iterator
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jsonschema import Draft6Validator

from cards.bundle import bundle
from cards.infeasible import infeasible
from cards.offers import offers
from cards.order import order_status, receipt
from cards.question import question
from cards.recovery import recovery_notice
from cards.validate import official_schema, validate_card
from schemas.intent import Need
from schemas.offer import Offer
from schemas.order import Order
from schemas.place import Place
from schemas.plan import Infeasible, Plan, PlanItem
from schemas.presentation import Presentation
from tests.cards import strategies as some

TEAMS_BYTES = 28 * 1024
ACTIVE = re.compile(r"[\[\]{}*`~<>\\]")  # markdown, HTML, templates, escapes
UNSEEN = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066\u2067\U000e0000-\U000e007f]")

relaxed = settings(max_examples=50, deadline=None, suppress_health_check=list(HealthCheck))


def shown_texts(node: Any) -> Iterator[str]:
    """Every string of a card that a host renders."""
    if isinstance(node, dict):
        for key, value in node.items():
            if isinstance(value, str) and key in ("text", "title", "label", "speak", "fallbackText", "tooltip"):
                yield value
            elif key != "data":
                yield from shown_texts(value)
    elif isinstance(node, list):
        for item in node:
            yield from shown_texts(item)


def assert_sound(answer: Presentation) -> None:
    assert answer.text.strip()
    if answer.card is not None:
        assert validate_card(answer.card) == []
        assert len(json.dumps(answer.card)) < TEAMS_BYTES
        assert answer.card["fallbackText"] and answer.card["speak"]
        for text in [answer.text, *shown_texts(answer.card)]:
            assert not ACTIVE.search(text), text
            assert not UNSEEN.search(text), text
            assert "://" not in text
            text.encode()  # no half of a surrogate pair
    document = json.loads(json.dumps(answer.json_ld))
    assert document["@context"] == "https://schema.org"


@relaxed
@given(some.plans(), st.lists(some.offers, max_size=8), st.none() | some.money, st.none() | some.places)
def test_any_plan(plan: Plan, others: list[Offer], budget: Any, home: Place | None) -> None:
    alternatives = dict.fromkeys(("n1", "n2", "n3"), others)
    assert_sound(bundle(plan, needs=[], budget=budget, alternatives=alternatives, interrupt_id="i", home=home))


@relaxed
@given(some.infeasibles, st.lists(some.needs, max_size=3))
def test_any_failure_to_plan(result: Infeasible, needs: list[Need]) -> None:
    assert_sound(infeasible(result, needs=needs))


@relaxed
@given(some.needs, st.lists(some.offers, max_size=4).map(lambda few: few * 8), st.none() | some.offers)
def test_any_offers(need: Need, several: list[Offer], current: Offer | None) -> None:
    assert_sound(offers(need, several, interrupt_id="i", current=current))
    assert_sound(offers(need, several))


@relaxed
@given(some.orders())
def test_any_order(order: Order) -> None:
    assert_sound(order_status(order))
    assert_sound(receipt(order))


@relaxed
@given(some.orders(), st.lists(some.items(), max_size=4).map(lambda few: few * 3))
def test_any_recovery(order: Order, options: list[PlanItem]) -> None:
    assert_sound(recovery_notice(order, order.lines[0], replacement=order.lines[-1]))
    assert_sound(recovery_notice(order, order.lines[0], options=options, interrupt_id="i"))
    assert_sound(recovery_notice(order, order.lines[0]))


@relaxed
@given(some.words.filter(lambda text: text.strip()), st.lists(some.words, max_size=50))
def test_any_question(text: str, choices: list[str]) -> None:
    assert_sound(question(f"What about {text}?", choices=choices, interrupt_id="i"))


@settings(max_examples=10, deadline=None, suppress_health_check=list(HealthCheck))
@given(some.plans(most=2), some.offers)
def test_the_readable_validator_agrees_with_the_official_schema(plan: Plan, other: Offer) -> None:
    card = bundle(plan, needs=[], budget=None, alternatives={"n1": [other]}, interrupt_id="i", home=None).card
    assert Draft6Validator(official_schema()).is_valid(card)
