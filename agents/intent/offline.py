"""Reading a message without any model: grammar, words and vectors, in a few milliseconds of one core."""

from collections.abc import Sequence

from agents.intent.dialogue import read
from agents.intent.match import Indexes
from schemas.capability import Capability
from schemas.intent import Intent, ResolveContext


class OfflineReader:
    """The reader that needs no network. Holds the indexes of the capability sets it has seen."""

    def __init__(self) -> None:
        self.indexes = Indexes()

    async def __call__(self, message: str, *, context: ResolveContext, capabilities: Sequence[Capability]) -> Intent:
        """What ``message`` means in ``context``, as far as words tell. Never fails, whatever the text."""
        return read(message, context, self.indexes.of(capabilities))
