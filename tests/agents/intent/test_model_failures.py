"""A model that fails in any way costs its opinion and a bounded time, never the answer; and everybody can see why."""

import asyncio
import json
from dataclasses import dataclass

import pytest
import structlog
from prometheus_client import REGISTRY

from agents.intent import build_resolver
from agents.intent.asking import ChatModel, chat_model
from agents.intent.grounding import ModelReading
from agents.intent.model import ModelReader
from schemas.intent import Intent
from schemas.settings import Settings
from tests.agents.intent.reading import SERVICES, context
from tests.agents.intent.scripted_model import BUNDLE, GOOD, a_need, a_reading, offline, read, with_model
from tests.doubles.openai_server import (
    KEY,
    MODEL,
    Drips,
    Entry,
    Fails,
    Form,
    Garbage,
    HangsUp,
    OpenAIServer,
    Refuses,
    Says,
    Silence,
    openai_server,
)
from tools.circuit import Circuits


def counted(outcome: str) -> float:
    """How often readings have ended like this in this process."""
    return REGISTRY.get_sample_value("uso_model_readings_total", {"outcome": outcome}) or 0.0


FAILURES: list[tuple[Entry, str]] = [
    (Fails(401, "invalid_api_key"), "unauthorised"),
    (Fails(403), "unauthorised"),
    (Fails(404, "model_not_found"), "rejected"),
    (Fails(400, "content_filter"), "filtered"),
    (Fails(429, "rate_limit_exceeded"), "rate_limited"),
    (Fails(429, "rate_limit_exceeded", retry_after="7"), "rate_limited"),
    (Fails(429, "insufficient_quota", retry_after="soon"), "rate_limited"),
    (Fails(500), "server_error"),
    (Fails(503, retry_after="Wed, 21 Oct 2026 07:28:00 GMT"), "server_error"),
    (HangsUp(), "unreachable"),
    (Refuses(), "refused"),
    (Garbage(), "malformed"),
    (Garbage(status=502), "server_error"),
    (Garbage(b"{}", content_type="application/json"), "malformed"),
    (Garbage(b"[1, 2", content_type="application/json"), "malformed"),
    (Says('{"kind": "requ', finish_reason="length"), "truncated"),
    (Says("", finish_reason="content_filter"), "filtered"),
    (Says("not JSON at all"), "malformed"),
    (Says(""), "malformed"),
    (Says({"needs": "many"}), "malformed"),
    (Says(json.loads(GOOD.text) | {"kind": "purchase"}), "malformed"),
    (Says(json.loads(GOOD.text) | {"extra": 1}), "malformed"),
    (a_reading(a_need("a yacht for two", None)), "ungrounded"),
]


@pytest.mark.parametrize(("entry", "reason"), FAILURES, ids=[f"{reason}: {entry!r}"[:60] for entry, reason in FAILURES])
async def test_the_offline_reading_stands_and_the_reason_is_logged_and_counted(entry: Entry, reason: str) -> None:
    before = counted(reason)
    with structlog.testing.capture_logs() as logs:
        intent, _ = await read(BUNDLE, *[entry] * 3)

    assert intent == await offline(BUNDLE)
    assert [(log["event"], log["reason"]) for log in logs] == [("model_reading_failed", reason)]
    assert counted(reason) == before + 1


async def test_a_reading_that_is_used_is_counted_too() -> None:
    before = counted("used")

    await read(BUNDLE, GOOD)

    assert counted("used") == before + 1


@pytest.mark.parametrize("entry", [Silence(), Drips()], ids=repr)
@pytest.mark.parametrize("first", [[], [Says("not JSON")]], ids=["at once", "when asked again"])
async def test_one_time_limit_holds_for_all_that_is_asked_for_a_message(entry: Entry, first: list[Entry]) -> None:
    before = counted("timeout")
    async with openai_server(*first, entry) as server, asyncio.timeout(20):  # the test's own patience
        intent = await with_model(server, model_timeout=0.5)(BUNDLE, context=context(), capabilities=SERVICES)

    assert intent == await offline(BUNDLE)
    assert counted("timeout") == before + 1


async def test_a_server_that_is_not_there_does_not_matter() -> None:
    settings = Settings(_env_file=None, openai_base_url="http://127.0.0.1:9/v1", model=MODEL, model_timeout=2)
    before = counted("unreachable")

    intent = await build_resolver(settings)(BUNDLE, context=context(), capabilities=SERVICES)

    assert intent == await offline(BUNDLE)
    assert counted("unreachable") == before + 1


@dataclass
class Clock:
    """A clock that is set by hand."""

    now: float = 0.0

    def __call__(self) -> float:
        return self.now


def patient(server: OpenAIServer, clock: Clock) -> ModelReader:
    """A reader whose circuit breaker opens after three failures, for 20 seconds of this clock."""
    settings = Settings(_env_file=None, openai_api_key=KEY, openai_base_url=server.base_url, model=MODEL)
    circuits = Circuits(threshold=3, pause=20, clock=clock)
    model = ChatModel(chat_model(settings), ModelReading.model_json_schema(), circuits=circuits)
    return ModelReader(model, timeout=5)


async def say(reader: ModelReader) -> Intent:
    return await reader(BUNDLE, context=context(), capabilities=SERVICES)


async def test_a_dead_model_is_left_alone_for_a_while_and_then_tried_again() -> None:
    clock = Clock()
    async with openai_server(*[Fails(503)] * 3, GOOD) as server:
        reader = patient(server, clock)
        for _ in range(6):
            assert (await say(reader)).reader == "offline"
        assert len(server.requests) == 3

        clock.now = 21
        assert (await say(reader)).reader == "model"


async def test_a_model_that_asks_for_rest_gets_it_at_once() -> None:
    clock = Clock()
    async with openai_server(Fails(429, retry_after="7"), GOOD) as server:
        reader = patient(server, clock)
        for moment in (0.0, 6.9):
            clock.now = moment
            assert (await say(reader)).reader == "offline"
        assert len(server.requests) == 1

        clock.now = 7.1
        assert (await say(reader)).reader == "model"


async def test_a_model_that_declines_one_message_is_asked_about_the_next() -> None:
    async with openai_server(*[Refuses()] * 5, GOOD) as server:
        reader = patient(server, Clock())
        for _ in range(5):
            assert (await say(reader)).reader == "offline"

        assert (await say(reader)).reader == "model"


async def test_azure_is_asked_in_its_own_way() -> None:
    async with openai_server(GOOD) as server:
        settings = Settings(
            _env_file=None, openai_api_key=KEY, azure_openai_endpoint=server.url, model=MODEL, model_timeout=5
        )
        intent = await build_resolver(settings)(BUNDLE, context=context(), capabilities=SERVICES)

    assert (intent.reader, server.refused) == ("model", [])


@pytest.mark.parametrize(
    "lacks",
    [["json_schema"], ["json_schema", "function_calling"], ["function_calling", "json_mode"]],
    ids=", ".join,
)
async def test_a_server_without_some_forms_of_schema_is_asked_in_one_it_has_from_then_on(lacks: list[Form]) -> None:
    async with openai_server(GOOD, GOOD, lacks=lacks) as server:
        reader = with_model(server)
        first = await reader(BUNDLE, context=context(), capabilities=SERVICES)
        asked_in_vain = list(server.unknown)
        second = await reader(BUNDLE, context=context(), capabilities=SERVICES)

    assert (first.reader, second.reader) == ("model", "model")
    assert (server.unknown, server.refused) == (asked_in_vain, [])


async def test_a_server_that_knows_no_form_ends_offline() -> None:
    async with openai_server(GOOD, lacks=["json_schema", "function_calling", "json_mode"]) as server:
        intent = await with_model(server)(BUNDLE, context=context(), capabilities=SERVICES)

    assert intent == await offline(BUNDLE)
    assert len(server.unknown) == 3


@pytest.mark.parametrize("form", ["function_calling", "json_mode"])
async def test_the_form_can_be_set(form: Form) -> None:
    async with openai_server(Says("not JSON"), GOOD, lacks=["json_schema"]) as server:
        intent = await with_model(server, model_output=form)(BUNDLE, context=context(), capabilities=SERVICES)

    assert (intent.reader, server.unknown, server.refused) == ("model", [], [])


async def test_an_answer_in_a_fence_is_an_answer() -> None:
    intent, _ = await read(BUNDLE, Says(f"```json\n{GOOD.text}\n```"))

    assert intent.reader == "model"
