"""Tells what a run does, each thing once, however often it is begun.

A run that was taken over does again what its former owner did since the last checkpoint. What the log holds of it is
recognised by superstep and content, and not told again; whatever is different is told as new. Messages keep the ids
under which clients know them.

The recorder also keeps the whole story well-formed by AG-UI's rules: whatever was opened, by whichever owner, is
closed before the run ends, and nothing is opened twice.
"""

from collections import Counter
from collections.abc import Sequence
from typing import Any

from ag_ui.core import PROTOCOL_VERSION
from ag_ui.core import events as agui

from memory.events import Event
from server.runs.hub import Feed, Hub
from server.runs.translation import Unit
from server.runs.wire import decode, encode

_OPENS = {
    "TEXT_MESSAGE_START": ("text", "message_id"),
    "STEP_STARTED": ("step", "step_name"),
    "SUBAGENT_STARTED": ("specialist", "subagent_run_id"),
}
_CLOSES = {
    "TEXT_MESSAGE_END": ("text", "message_id"),
    "STEP_FINISHED": ("step", "step_name"),
    "SUBAGENT_FINISHED": ("specialist", "subagent_run_id"),
    "SUBAGENT_ERROR": ("specialist", "subagent_run_id"),
}


class Recorder:
    """One run's way to its feed. ``history`` is what former owners told."""

    def __init__(self, hub: Hub, feed: Feed, history: Sequence[Event] = ()) -> None:
        self._hub = hub
        self._feed = feed
        self._told = Counter(event.note for event in history if event.note)
        self._last_step = max((int(note.partition(" ")[0]) for note in self._told), default=0)
        self._ids: dict[str, str] = {}  # the note of a message → the id it was told under
        self._open: dict[tuple[str, str], None] = {}
        self._texts: dict[str, str] = {}
        self._messages: set[str | None] = set()
        for event in history:
            self._remember(event)
        for kind, name in list(self._open):
            if kind == "text":  # the model broke off with its owner
                self._tell(agui.TextMessageEndEvent(message_id=name))
                del self._texts[name]

    @property
    def text(self) -> str:
        """What the run has said to the person."""
        return "\n\n".join(self._texts.values())

    def begin(self, thread_id: str) -> None:
        """Tells that the run has begun."""
        started = agui.RunStartedEvent(thread_id=thread_id, run_id=self._feed.run_id, protocol_version=PROTOCOL_VERSION)
        self.tell(0, Unit("run", [started]), hurry=True)

    def repeats(self, step: int) -> bool:
        """Whether a former owner was in superstep ``step`` already, so that a model's words are only compared."""
        return step <= self._last_step

    def knows(self, message_id: str | None) -> bool:
        """Whether a message was told, by whichever owner."""
        return message_id in self._messages or message_id in self._texts or message_id in self._ids.values()

    def tell(self, step: int, unit: Unit, *, hurry: bool = False) -> None:
        """Tells one unit of superstep ``step``, unless a former owner did."""
        note = f"{step} {unit.says}"
        if self._told and self._told[note]:
            self._told[note] -= 1
            if unit.message is not None and note in self._ids:
                unit.message.id = self._ids[note]
            return
        if unit.message is not None:
            self._messages.add(unit.message.id)
        events = [event for event in unit.events if self._fits(event)]
        notes = [note] + [""] * len(events)
        self._hub.tell(
            self._feed, [(encode(event), note) for event, note in zip(events, notes, strict=False)], hurry=hurry
        )

    def close(self, *, suspended: bool) -> None:
        """Closes what is open, before the run ends; ``suspended`` by an interrupt or not."""
        for kind, name in reversed(list(self._open)):
            if kind == "text":
                self._tell(agui.TextMessageEndEvent(message_id=name))
            elif kind == "step":
                self._tell(agui.StepFinishedEvent(step_name=name))
            else:
                outcome = agui.SubagentFinishedSuspendedOutcome() if suspended else None
                self._tell(agui.SubagentFinishedEvent(subagent_run_id=name, outcome=outcome))

    def end(self, event: agui.BaseEvent) -> None:
        """Tells the last event of the run."""
        self._hub.tell(self._feed, [(encode(event), "end")], hurry=True)

    def _tell(self, event: agui.BaseEvent) -> None:
        if self._fits(event):
            self._hub.tell(self._feed, [(encode(event), "")])

    def _fits(self, event: Any) -> bool:
        """Keeps account of what is open; false for what would open a thing twice or close it twice."""
        kind = event.type.value
        if kind == "TEXT_MESSAGE_CONTENT":
            self._texts[event.message_id] = self._texts.get(event.message_id, "") + event.delta
        elif (opens := _OPENS.get(kind)) is not None:
            thing = opens[0], getattr(event, opens[1])
            if thing in self._open:
                return False
            self._open[thing] = None
            if opens[0] == "text":
                self._texts[event.message_id] = ""
        elif (closes := _CLOSES.get(kind)) is not None:
            thing = closes[0], getattr(event, closes[1])
            if thing not in self._open:
                return False
            del self._open[thing]
        return True

    def _remember(self, event: Event) -> None:
        told = decode(event.data)
        self._fits(told)
        if event.note:
            known = getattr(told, "message_id", None) or getattr(told, "parent_message_id", None)
            if known:
                self._ids[event.note] = known.removesuffix(":card")
