"""The buttons: what each sends when pressed.

A button that answers an interrupt carries ``interruptId`` and the whole payload (``action`` and its
facts), so that a host needs no logic: it moves ``interruptId`` beside the payload and posts
``resume: [{interruptId, status: "resolved", payload}]``. A button outside an interrupt carries
``message``: what the person would have typed.
"""

from typing import Literal

from cards.elements import SCHEMA, VERSION, Json

Style = Literal["default", "positive", "destructive"]
_TITLE = 60  # characters a button can show


def answer(title: str, interrupt_id: str, action: str, facts: Json | None = None, *, style: Style = "default") -> Json:
    """A button that answers an interrupt with ``{"action": action, **facts}`` and the card's inputs."""
    return _submit(title, {"interruptId": interrupt_id, "action": action, **(facts or {})}, style)


def message(title: str, text: str) -> Json:
    """A button that says ``text`` in the conversation."""
    return _submit(title, {"message": text}, "default")


def show(title: str, body: list[Json], actions: list[Json] | None = None) -> Json:
    """A button that opens more of the card."""
    inner: Json = {"type": "AdaptiveCard", "$schema": SCHEMA, "version": VERSION, "body": body}
    if actions:
        inner["actions"] = actions
    return {"type": "Action.ShowCard", "title": title, "card": inner}


def button_row(*buttons: Json) -> Json:
    """Buttons inside the body."""
    return {"type": "ActionSet", "actions": list(buttons)}


def text_input(label: str, *, placeholder: str, error: str) -> Json:
    """One required line of free text, sent as ``text``."""
    return {
        "type": "Input.Text",
        "id": "text",
        "label": label,
        "placeholder": placeholder,
        "maxLength": 2000,
        "isRequired": True,
        "errorMessage": error,
    }


def choice_input(label: str, choices: list[tuple[str, str]], *, error: str) -> Json:
    """One of several (title, value) pairs, sent as ``text``; all visible, as they are few."""
    return {
        "type": "Input.ChoiceSet",
        "id": "text",
        "label": label,
        "style": "expanded",
        "wrap": True,
        "choices": [{"title": title, "value": value} for title, value in choices],
        "isRequired": True,
        "errorMessage": error,
    }


def _submit(title: str, data: Json, style: Style) -> Json:
    short = title if len(title) <= _TITLE else title[: _TITLE - 1].rstrip() + "…"
    button: Json = {"type": "Action.Submit", "title": short, "data": data}
    if short != title:
        button["tooltip"] = title
    if style != "default":
        button["style"] = style
    return button
