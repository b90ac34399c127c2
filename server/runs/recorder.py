"""Tells what a run does, each thing once, however often it is begun.

A run that was taken over does again what its former owner did since the last checkpoint. What the log holds of it is
recognised by superstep and content, and not told again; whatever is different is told as new. Messages keep the ids
under which clients know them.

The recorder also keeps the whole story well-formed by AG-UI's rules: whatever was opened, by whichever owner, is
closed before the run ends, and nothing is opened twice.
"""

from collections import Counter, defaultdict
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


class _Account:
    """What is open at one point of a story: texts, steps, specialists."""

    def __init__(self) -> None:
        self.open: dict[tuple[str, str], None] = {}

    def allows(self, event: Any) -> bool:
        """Whether an event fits here: nothing is opened twice, and only what is open is closed."""
        kind = event.type.value
        if (opens := _OPENS.get(kind)) is not None:
            return (opens[0], getattr(event, opens[1])) not in self.open
        if (closes := _CLOSES.get(kind)) is not None:
            return (closes[0], getattr(event, closes[1])) in self.open
        return True

    def enter(self, event: Any) -> None:
        """Goes one event further."""
        kind = event.type.value
        if (opens := _OPENS.get(kind)) is not None:
            self.open[opens[0], getattr(event, opens[1])] = None
        elif (closes := _CLOSES.get(kind)) is not None:
            self.open.pop((closes[0], getattr(event, closes[1])), None)


class Recorder:
    """One run's way to its feed. ``history`` is what former owners told."""

    def __init__(self, hub: Hub, feed: Feed, history: Sequence[Event] = ()) -> None:
        self._hub = hub
        self._feed = feed
        self._told: Counter[str] = Counter()
        self._ids: defaultdict[str, list[str]] = defaultdict(list)  # the note of a message → the ids it was told under
        self._texts: dict[str, str] = {}
        self._messages: set[str | None] = set()
        self._history = [(event.note, decode(event.data)) for event in history]
        self._last_step = 0
        # Where the log stands, and where this attempt stands: the same, unless it repeats what the log has already.
        self._log = _Account()
        self._here = _Account() if history else self._log
        for note, event in self._history:
            self._log.enter(event)
            self._note(event)
            if note:
                self._remember(note, event)
        for kind, name in list(self._log.open):
            if kind == "text":  # the model broke off with its owner
                self._tell(agui.TextMessageEndEvent(message_id=name))
                del self._texts[name]

    @property
    def text(self) -> str:
        """What the run has said to the person."""
        return "\n\n".join(self._texts.values())

    def resume(self, step: int) -> None:
        """This attempt goes on behind superstep ``step``: what was told up to there is not done again."""
        self._here = _Account()
        for note, event in self._history:
            if note and _step(note) > step:
                break
            self._here.enter(event)

    def begin(self, thread_id: str) -> None:
        """Tells that the run has begun."""
        started = agui.RunStartedEvent(thread_id=thread_id, run_id=self._feed.run_id, protocol_version=PROTOCOL_VERSION)
        self.tell(0, Unit("run", [started]), hurry=True)

    def repeats(self, step: int) -> bool:
        """Whether a former owner was in superstep ``step`` already, so that a model's words are only compared."""
        return step <= self._last_step

    def knows(self, message_id: str | None) -> bool:
        """Whether a message was told, by whichever owner."""
        return message_id in self._messages or message_id in self._texts

    def tell(self, step: int, unit: Unit, *, hurry: bool = False) -> None:
        """Tells one unit of superstep ``step``, unless a former owner did."""
        note = f"{step} {unit.says}"
        if self._told and self._told[note]:
            self._told[note] -= 1
            if unit.message is not None and self._ids[note]:
                unit.message.id = self._ids[note].pop(0)
            for event in unit.events:
                self._here.enter(event)
            return
        if unit.message is not None:
            self._messages.add(unit.message.id)
        encoded = [(encode(event), "") for event in unit.events if self._take(event)]
        if encoded:
            encoded[0] = (encoded[0][0], note)
            self._hub.tell(self._feed, encoded, hurry=hurry)

    def close(self, *, suspended: bool) -> None:
        """Closes what is open, before the run ends; ``suspended`` by an interrupt or not."""
        self._here = self._log
        for kind, name in reversed(list(self._log.open)):
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
        self._log.enter(event)
        self._hub.tell(self._feed, [(encode(event), "")])

    def _take(self, event: agui.BaseEvent) -> bool:
        """Enters an event into the story, if it fits."""
        if not self._here.allows(event):
            return False
        fits = self._here is self._log or self._log.allows(event)
        self._here.enter(event)
        if fits and self._here is not self._log:
            self._log.enter(event)
        if fits:
            self._note(event)
        return fits

    def _note(self, event: agui.BaseEvent) -> None:
        if isinstance(event, agui.TextMessageStartEvent):
            self._texts[event.message_id] = ""
        elif isinstance(event, agui.TextMessageContentEvent):
            self._texts[event.message_id] = self._texts.get(event.message_id, "") + event.delta

    def _remember(self, note: str, event: Any) -> None:
        self._told[note] += 1
        self._last_step = max(self._last_step, _step(note))
        known = getattr(event, "message_id", None) or getattr(event, "parent_message_id", None)
        if known:
            self._ids[note].append(known.removesuffix(":card"))
            self._messages.add(known.removesuffix(":card"))


def _step(note: str) -> int:
    return int(note.partition(" ")[0])
