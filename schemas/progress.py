"""What a graph tells while it works. Nodes write these to LangGraph's custom stream; the server turns
them into AG-UI events. Texts and cards are not here: they are messages of the graph's state."""

from typing import Annotated, Any, Literal

from pydantic import Field

from schemas.base import Value


class SpecialistStarted(Value):
    """A specialist began its part."""

    type: Literal["specialist_started"] = "specialist_started"
    id: str
    name: str
    description: str = ""


class SpecialistFinished(Value):
    """A specialist is done; ``summary`` is one line for a person, ``error`` set when it could not."""

    type: Literal["specialist_finished"] = "specialist_finished"
    id: str
    summary: str = ""
    error: str | None = None


class ToolCalled(Value):
    """A tool was used: its arguments and a short result, both JSON."""

    type: Literal["tool_called"] = "tool_called"
    id: str
    name: str
    arguments: dict[str, Any] = Field(default_factory=dict)
    result: Any = None
    specialist_id: str | None = None


class StateShown(Value):
    """The part of the state a client may show: the plan, the order."""

    type: Literal["state_shown"] = "state_shown"
    state: dict[str, Any]


Progress = Annotated[SpecialistStarted | SpecialistFinished | ToolCalled | StateShown, Field(discriminator="type")]
