"""How a node tells what it is doing: specialists that start and finish, tools that were used."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from langgraph.types import StreamWriter

from schemas.progress import Progress, SpecialistFinished, SpecialistStarted, StateShown, ToolCalled

_DESCRIPTIONS = {
    "intent": "Reads what you want",
    "scout": "Looks for offers and asks partners live",
    "timechain": "Fits the offers into your day",
    "orders": "Buys from the partners",
    "recovery": "Repairs what a partner refused",
}


class Specialist:
    """A specialist at work: counts its tool calls and remembers what to say at the end."""

    def __init__(self, writer: StreamWriter, identifier: str) -> None:
        self._writer = writer
        self._id = identifier
        self._tools = 0
        self.summary = ""

    def tool(self, name: str, arguments: dict[str, Any], result: Any = None) -> None:
        """Tell that a tool was used."""
        self._tools += 1
        tell(
            self._writer,
            ToolCalled(
                id=f"{self._id}:t{self._tools}",
                name=name,
                arguments=arguments,
                result=result,
                specialist_id=self._id,
            ),
        )


@contextmanager
def specialist(writer: StreamWriter, name: str, *, run_id: str, part: str = "") -> Iterator[Specialist]:
    """Announce a specialist's part of the run; ``part`` tells several parts of one run apart.

    Ids derive from the run, so that a run resumed after a crash tells the same story again and the
    event log can leave out what was told already.
    """
    identifier = ":".join(filter(None, (run_id, name, part)))
    tell(writer, SpecialistStarted(id=identifier, name=name, description=_DESCRIPTIONS[name]))
    work = Specialist(writer, identifier)
    try:
        yield work
    except Exception as error:
        tell(writer, SpecialistFinished(id=identifier, error=str(error) or type(error).__name__))
        raise
    tell(writer, SpecialistFinished(id=identifier, summary=work.summary))


def show_state(writer: StreamWriter, **state: Any) -> None:
    """Show clients the part of the state that is theirs: ``plan``, ``order``."""
    tell(writer, StateShown(state=state))


def tell(writer: StreamWriter, progress: Progress) -> None:
    """Write one progress event to the run's custom stream."""
    writer(progress.model_dump(mode="json"))
