"""The ``scope`` suite: own messages that nobody of the built-in capabilities can serve, and others that somebody can.

A message counts as recognised to be out of scope when it is read as unsupported, unclear or small talk and no need
with a capability is proposed: nothing could be bought by mistake. Precision is the share of messages so recognised
that are out of scope; recall is the share of those out of scope that are recognised.
"""

import tomllib
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from importlib.resources import files
from typing import Any
from zoneinfo import ZoneInfo

from agents.intent import Resolver, build_resolver
from evals.harness.suite import Case, EvaluationError, Options, Result, Score, Suite
from schemas.capability import built_in
from schemas.intent import Intent, ResolveContext
from schemas.place import Place
from schemas.settings import Settings

HALVES = ("a", "b")
"""``a`` is looked at while the reader is developed, ``b`` is held out."""
_ZONE = "America/Chicago"
_CONTEXT = ResolveContext(
    now=datetime(2027, 5, 11, 14, 0, tzinfo=ZoneInfo(_ZONE)),
    zone=_ZONE,
    home=Place(name="Home", lat=41.9214, lon=-87.6513, zone=_ZONE),
    places={
        "office": Place(name="Office", lat=41.8796, lon=-87.6370, zone=_ZONE),
        "gym": Place(name="Gym", lat=41.9102, lon=-87.6775, zone=_ZONE),
    },
)
_NOTHING_TO_BUY = frozenset({"unsupported", "unclear", "small_talk"})


@dataclass(frozen=True, slots=True)
class Scope:
    """What is right about a message: the capabilities of which one must be read, none if it is out of scope."""

    services: tuple[str, ...] = ()

    @property
    def inside(self) -> bool:
        """Whether somebody can serve it."""
        return bool(self.services)


ScopeResult = Result[str, Scope, Intent]


def recognised(intent: Intent) -> bool:
    """Whether a reading says that nobody can serve this."""
    return intent.kind in _NOTHING_TO_BUY and not any(need.capability_id for need in intent.needs)


def grade(case: Case[str, Scope], intent: Intent) -> Iterator[Score]:
    """Whether the scope is right, and for a message inside it whether one of its services was read."""
    read = [need.capability_id for need in intent.needs if need.capability_id]
    inside = case.expected.inside
    reason = f"read as {intent.kind} of {', '.join(read) or 'nothing'}, but it is {'in' if inside else 'out of'} scope"
    yield Score.of("scope", recognised(intent) != inside, reason)
    if inside:
        meant = case.expected.services
        yield Score.of(
            "service", bool(set(read) & set(meant)), f"{', '.join(read) or 'none'}, expected {' or '.join(meant)}"
        )


class ScopeSuite(Suite[str, Scope, Intent]):
    """Each message is one case, said by someone with a home and with nothing open."""

    name = "scope"
    about = "Knows what nobody here can do: out of scope, nonsense and talk against requests that can be served."
    evaluators = (grade,)

    def __init__(self) -> None:
        self._resolver: Resolver | None = None

    def cases(self, options: Options) -> Sequence[Case[str, Scope]]:
        """Every message; tags are its half, its side and its group.

        Raises:
            EvaluationError: a message is listed under a service that does not exist.
        """
        known = {capability.id for capability in built_in()}
        found = [case for half in HALVES for case in _half(half)]
        for case in found:
            if strangers := set(case.expected.services) - known:
                raise EvaluationError(f"{case.id} is listed under {', '.join(strangers)}, which does not exist.")
        return found

    @asynccontextmanager
    async def opened(self, options: Options) -> AsyncIterator[None]:
        """A reader that has loaded what it needs."""
        self._resolver = build_resolver(Settings())
        await self._resolver("hello", context=_CONTEXT, capabilities=built_in())
        yield

    async def run(self, case: Case[str, Scope]) -> Intent:
        """The reading of one message."""
        assert self._resolver is not None, "the suite is opened before it runs"
        return await self._resolver(case.input, context=_CONTEXT, capabilities=built_in())

    def score(self, results: Sequence[ScopeResult]) -> dict[str, Any]:
        """Precision and recall of recognising what is out of scope, of all messages and of each half."""
        halves = {half: [result for result in results if half in result.case.tags] for half in HALVES}
        return figures(results) | {half: figures(some) for half, some in halves.items() if some}


def _half(half: str) -> Iterator[Case[str, Scope]]:
    table: Mapping[str, Mapping[str, list[str]]] = tomllib.loads(
        files("evals.scope").joinpath(f"{half}.toml").read_text("utf-8")
    )
    for side, groups in table.items():
        for group, messages in groups.items():
            scope = Scope(tuple(group.split(" | ")) if side == "inside" else ())
            for number, message in enumerate(messages, start=1):
                yield Case(f"{half}.{side}.{group}.{number}", message, scope, (half, side, group))


def figures(results: Sequence[ScopeResult]) -> dict[str, Any]:
    """Precision, recall and, for what is inside, the share of which one of its services was read."""
    flagged = [result for result in results if result.outcome is not None and recognised(result.outcome)]
    outside = [result for result in results if not result.case.expected.inside]
    both = sum(not result.case.expected.inside for result in flagged)
    served = [score.value for result in results for score in result.scores if score.name == "service"]
    return {
        "n": len(results),
        "n_outside": len(outside),
        "precision": both / len(flagged) if flagged else 1.0,
        "recall": both / len(outside) if outside else 1.0,
        "service_accuracy": sum(served) / len(served) if served else 1.0,
    }
