"""Long-term memory's place in a turn: what the person tells for good is kept, and what is known comes to the reader.

It costs one small query beside those a turn makes anyway. Writing is safe to repeat: a memory's id says what it is.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from langchain_core.messages import AIMessage

from agents import remembering
from cards.plain import plain
from graphs.turn import Turn
from schemas.capability import Capability
from schemas.intent import Intent
from schemas.memory import Memory
from schemas.place import Place


@dataclass(frozen=True)
class Recollection:
    """What is remembered of the person, and what of their message is left to read."""

    turn: Turn
    memories: list[Memory]
    rest: str
    """The message without what was only to be remembered; empty when it said nothing else."""
    answers: list[AIMessage]
    """What has already been said to that."""

    @cached_property
    def home(self) -> Place:
        """Where the person lives."""
        return remembering.known_home(self.memories, self.turn.services.home)

    @property
    def places(self) -> dict[str, Place]:
        """Their other places, by name."""
        return remembering.known_places(self.memories, self.home)

    @property
    def facts(self) -> list[str]:
        """Everything as sentences."""
        return [memory.text for memory in self.memories]

    def kept_in(
        self, reading: Intent, capabilities: Sequence[Capability], *, said: str, former_home: Place
    ) -> tuple[Intent, list[AIMessage]]:
        """The reading with what is remembered, and for a new request what to tell of that.

        ``former_home`` is where the person lived at the last message.
        """
        reading = remembering.moved(reading, former_home, self.home)
        if not self.memories:
            return reading, []
        minded, used = remembering.keep_in_mind(reading, self.memories, capabilities, said)
        told = remembering.in_mind(minded, used, self.memories) if reading.kind == "request" else None
        return minded, [self.turn.say(plain(told), "in_mind")] if told else []


async def recollect(turn: Turn, message: str, *, open_request: bool) -> Recollection:
    """Hears what ``message`` says for good and does with the person's memories what it asks for.

    With a request open, "forget my flowers" is about that, unless there is such a memory.
    """
    services = turn.services
    if remembering.asks_what_is_known(message):
        known = await services.memories.all_of(turn.principal)
        return Recollection(turn, known, "", [turn.say(plain(remembering.all_told(known)), "memories")])
    if (wish := remembering.wants_forgotten(message)) is not None:
        known = await services.memories.all_of(turn.principal)
        gone = remembering.meant(wish, known)
        if gone or (wish.sure and not open_request):
            await services.memories.erase(turn.principal, [memory.id for memory in gone])
            left = [memory for memory in known if memory not in gone]
            answer = remembering.forgotten(gone, everything=wish.phrase is None)
            return Recollection(turn, left, "", [turn.say(plain(answer), "forgotten")])
    heard = remembering.hear(message, currency=services.settings.currency, zone=services.settings.zone, now=turn.now)
    if not heard.memories:
        return Recollection(turn, await services.memories.recall(turn.principal, message), message, [])
    await services.memories.save(turn.principal, heard.memories)
    known = await services.memories.recall(turn.principal, message)
    return Recollection(turn, known, heard.rest, [turn.say(plain(remembering.noted(heard.memories)), "noted")])
