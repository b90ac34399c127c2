"""What every node needs to know about the turn it works in: the run, the caller, the services, the voice."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from langchain_core.messages import AIMessage, HumanMessage
from langgraph.config import get_config
from langgraph.runtime import Runtime
from langgraph.types import StreamWriter

from cards.speech import Speech, speech
from graphs.services import GraphContext, Services, services_of
from graphs.state import ConciergeState, Json
from schemas.intent import Turn as SaidTurn
from schemas.place import Place
from schemas.presentation import Presentation
from schemas.principal import Principal

_HISTORY = 8  # messages a reader is shown; more costs tokens and adds little


@dataclass(frozen=True)
class Turn:
    """One run of the graph, as its nodes see it."""

    services: Services
    principal: Principal
    thread_id: str
    run_id: str
    writer: StreamWriter
    now: datetime

    @classmethod
    async def of(cls, runtime: Runtime[GraphContext]) -> "Turn":
        """The turn a node works in. Hosts that name no caller get the local one."""
        services = await services_of(runtime)
        config = get_config()
        known = config.get("configurable", {})
        principal = Principal(
            user_id=str(known.get("user_id") or "local"), tenant_id=str(known.get("tenant_id") or "default")
        )
        return cls(
            services=services,
            principal=principal,
            thread_id=str(known["thread_id"]),
            run_id=str(known.get("run_id") or config.get("run_id") or known["thread_id"]),
            writer=runtime.stream_writer,
            now=services.clock(),
        )

    def say(self, presentation: Presentation, part: str) -> AIMessage:
        """An answer as a message of the state. ``part`` names it within the run, the same on every replay."""
        extra = {
            key: value
            for key, value in (
                ("kind", presentation.kind),
                ("card", presentation.card),
                ("json_ld", presentation.json_ld),
            )
            if value is not None
        }
        return AIMessage(content=presentation.text, id=f"{self.run_id}:{part}", additional_kwargs=extra)


def home(state: ConciergeState, turn: Turn) -> Place:
    """Where the person lives: as they said, else as the settings have it."""
    stated = state.get("home")
    return Place.model_validate(stated) if stated else turn.services.home


def spoken(state: ConciergeState) -> Speech:
    """The language of the conversation."""
    return speech(state.get("language"))


def last_words(state: ConciergeState) -> str:
    """The person's last message."""
    for message in reversed(state.get("messages", [])):
        if isinstance(message, HumanMessage):
            return text_of(message.content)
    return ""


def history(state: ConciergeState) -> list[SaidTurn]:
    """The conversation before the last message, newest last."""
    said = [
        SaidTurn(role="user" if isinstance(message, HumanMessage) else "assistant", text=text_of(message.content))
        for message in state.get("messages", [])[-_HISTORY - 1 : -1]
    ]
    return [turn for turn in said if turn.text]


def text_of(content: Any) -> str:
    """The text of a message's content, which may be a list of typed parts."""
    if isinstance(content, str):
        return content
    return " ".join(cast(Json, part).get("text", "") if isinstance(part, dict) else str(part) for part in content)
