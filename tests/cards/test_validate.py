from typing import Any

import pytest

from cards.validate import validate_card


def a_card(**changes: Any) -> dict[str, Any]:
    return {"type": "AdaptiveCard", "version": "1.5", "body": [{"type": "TextBlock", "text": "Hi"}], **changes}


def test_a_sound_card_has_no_errors() -> None:
    assert validate_card(a_card()) == []


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"body": [{"type": "TextBlok", "text": "Hi"}]}, "card.body[0].type: 'TextBlok' is none of"),
        ({"body": [{"type": "TextBlock"}]}, "card.body[0]: TextBlock needs 'text'"),
        ({"body": [{"type": "TextBlock", "text": 7}]}, "card.body[0].text: 7 is not allowed (string)"),
        ({"body": [{"type": "TextBlock", "text": "", "colour": "good"}]}, "TextBlock has no property 'colour'"),
        (
            {"body": [{"type": "TextBlock", "text": "", "color": "pink"}]},
            "card.body[0].color: 'pink' is not allowed (one of default, dark",
        ),
        ({"body": [{"type": "Action.Submit"}]}, "card.body[0].type: 'Action.Submit' is none of"),
        ({"body": [{"type": "FactSet", "facts": [{"title": "a"}]}]}, "card.body[0].facts[0]: Fact needs 'value'"),
        ({"body": {}}, "card.body: expected a list"),
        ({"body": ["Hi"]}, "card.body[0].type: None is none of"),
        ({"actions": [{"type": "Action.ShowCard", "card": {"type": "AdaptiveCard", "body": [{}]}}]},
         "card.actions[0].card.body[0].type"),
        ({"version": "1.6"}, "card.version: '1.6' is not '1.5'"),
        ({"body": [{"type": "Input.Text", "id": "a"}] * 2}, "card: the id 'a' occurs twice"),
        ({"speak": "x" * 30_000}, "and a host takes 28000"),
    ],
)  # fmt: skip
def test_an_error_names_the_place_and_the_fault(change: dict[str, Any], error: str) -> None:
    (found,) = validate_card(a_card(**change))
    assert error in found


def test_what_is_no_card_at_all_is_said_to_be_none() -> None:
    assert validate_card([]) == ["card: expected AdaptiveCard, found list"]
