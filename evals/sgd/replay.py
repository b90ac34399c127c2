"""Dialogues played to the resolver, turn by turn, as the product would meet them.

The resolver sees the messages of both sides up to the turn and its own reading of the earlier ones; never the
annotated state, the system's acts or what a slot should be. Its mistakes therefore stay with it for the rest of the
dialogue. Every user turn is read; those that are cases are scored.
"""

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from time import perf_counter
from typing import Protocol

from evals.sgd.loading import Case, Dialogue, Folder
from schemas.capability import Capability
from schemas.intent import Intent, Need, ResolveContext
from schemas.intent import Turn as Said

NOW = datetime(2019, 3, 1, 8, tzinfo=UTC)
"""The day on which the data set's conversations take place."""
_ZONE = "America/Los_Angeles"


class Resolver(Protocol):
    """What is measured: ``agents.intent.resolve`` or one built for other settings."""

    async def __call__(self, message: str, *, context: ResolveContext, capabilities: Sequence[Capability]) -> Intent:
        """The reading of one message."""
        ...


@dataclass(frozen=True, slots=True)
class Reading:
    """What the resolver made of one turn."""

    capability: Capability | None
    informed: Mapping[str, str] = field(default_factory=dict)
    """Slots whose value is new, in words."""
    state: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Result:
    """One case with what was read among the dialogue's services and, for a turn that starts an intent, among all."""

    case: Case
    seen: bool
    kinds: Mapping[str, bool]
    """The slots of the service: whether only a listed value is right."""
    among_own: Reading
    among_all: Reading | None
    milliseconds: tuple[float, ...]
    """Of each call of the resolver for this turn."""


async def run(
    folder: Folder, resolver: Resolver, *, progress: Callable[[int, int], None] = lambda done, of: None
) -> list[Result]:
    """All cases of a folder, one dialogue after the other; ``progress`` hears how many of how many are done."""
    results: list[Result] = []
    for done, dialogue in enumerate(folder.dialogues, start=1):
        results += [result async for result in replay(dialogue, folder, resolver)]
        progress(done, len(folder.dialogues))
    return results


async def replay(dialogue: Dialogue, folder: Folder, resolver: Resolver) -> AsyncIterator[Result]:
    """The results of a dialogue's cases, in order.

    A turn that starts an intent is read a second time with all services of the folder to choose from, from the
    same state.
    """
    own = folder.of_services(dialogue.services)
    slots: dict[str, dict[str, bool]] = {}
    for capability in own:
        slots.setdefault(capability.service, {}).update({slot.name: bool(slot.values) for slot in capability.slots})
    history: list[Said] = []
    intent: Intent | None = None
    for turn in dialogue.turns:
        if turn.heard:
            history.append(Said(role="assistant", text=turn.heard))
        context = ResolveContext(now=NOW, zone=_ZONE, history=list(history), intent=intent)
        started = perf_counter()
        read = await resolver(turn.message, context=context, capabilities=own)
        spent = [1000 * (perf_counter() - started)]
        if turn.case is not None:
            widely = None
            if turn.case.starts:
                started = perf_counter()
                wide = await resolver(turn.message, context=context, capabilities=folder.capabilities)
                spent.append(1000 * (perf_counter() - started))
                widely = _reading(wide, intent, folder.capabilities)
            yield Result(
                case=turn.case,
                seen=turn.case.service in folder.seen,
                kinds=slots[turn.case.service],
                among_own=_reading(read, intent, own),
                among_all=widely,
                milliseconds=tuple(spent),
            )
        history.append(Said(role="user", text=turn.message))
        intent = read if read.needs else intent


def _reading(read: Intent, before: Intent | None, capabilities: Sequence[Capability]) -> Reading:
    need = read.focus
    capability = next((c for c in capabilities if need is not None and c.id == need.capability_id), None)
    if need is None or capability is None:
        return Reading(None)
    state = _values(need)
    family = {c.id for c in capabilities if c.service == capability.service}
    known: dict[str, str] = {}
    for earlier in before.needs if before else ():
        if earlier.capability_id in family:
            known |= _values(earlier)
    return Reading(
        capability, {name: value for name, value in state.items() if known.get(name) != value}, known | state
    )


def _values(need: Need) -> dict[str, str]:
    return {name: need.said.get(name) or str(value) for name, value in need.slots.items()}
