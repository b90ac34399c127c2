"""The state of a conversation: JSON values only, so that a checkpoint can be read by anyone, for ever.

What is needed only inside one turn (the offers found) is untracked: it never reaches the database.
"""

from typing import Annotated, Any, TypedDict

from langchain_core.messages import AnyMessage
from langgraph.channels import UntrackedValue
from langgraph.graph.message import Messages, add_messages

Json = dict[str, Any]


def remember(said: list[AnyMessage], new: Messages) -> Messages:
    """LangGraph's own reducer, less the linked data of earlier answers: it was told, and every checkpoint carries
    the whole conversation."""
    kept: list[Any] = [_plain(message) for message in said]
    return add_messages(kept, new)


def _plain(message: AnyMessage) -> AnyMessage:
    if "json_ld" not in message.additional_kwargs:
        return message
    kept = {name: value for name, value in message.additional_kwargs.items() if name != "json_ld"}
    return message.model_copy(update={"additional_kwargs": kept})


class ConciergeState(TypedDict, total=False):
    """One thread. Keys hold ``model_dump(mode="json")`` of the schemas named beside them."""

    messages: Annotated[list[AnyMessage], remember]
    event: Json | None
    """What a system run was started for: ``line_failed`` or ``order_settled``."""
    intent: Json | None
    """Intent: the request as understood so far."""
    question: Json | None
    """PendingQuestion plus ``interrupt_id``: what we asked and wait for."""
    proposal: Json | None
    """``id``, ``plan`` (Plan) and ``alternatives`` (need id → offer ids): what was proposed and is not decided."""
    options: list[Json]
    """list[Change]: what would work instead, when nothing keeps the whole request."""
    choice: Json | None
    """A recovery that needs the person's word: ``id``, ``order_id``, ``line_id``, ``options`` (PlanItem)."""
    home: Json | None
    """Place: where the person says they live, if they ever did."""
    language: str
    """ISO 639-1: what the person last wrote in; our words are in it."""
    order_ids: list[str]
    """Orders made on this thread, oldest first."""
    result: Json
    """What the turn ended with, for clients: ``plan``, ``order``."""
    reading: Annotated[Any, UntrackedValue]
    """Intent of this turn's message."""
    scouted: Annotated[Any, UntrackedValue]
    """list[ScoutedNeed] of this turn."""
    picked: Annotated[Any, UntrackedValue]
    """``{need_id: offer_id}`` to keep, and ``{need_id: [offer_id]}`` to leave out, of this turn."""
