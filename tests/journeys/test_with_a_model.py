"""The whole orchestrator with a language model behind it: its reading is used, its words are never shown."""

from collections.abc import AsyncIterator, Callable, Iterator
from datetime import date

import pytest

from memory.embedded import Servers
from schemas.settings import Settings
from server.serve import Listening
from tests.agents.intent.scripted_model import a_need, a_reading
from tests.doubles.openai_server import KEY, MODEL, Fails, OpenAIServer, Says, openai_server
from tests.journeys.person import Person


@pytest.fixture
async def model() -> AsyncIterator[OpenAIServer]:
    """A model whose script is written as we go."""
    async with openai_server() as server:
        yield server


@pytest.fixture
async def reader_url(model: OpenAIServer, empty_database: str, servers: Servers, city_url: str) -> AsyncIterator[str]:
    """An orchestrator that reads with the model."""
    settings = Settings(
        database_url=empty_database,
        redis_url=servers.redis_url,
        simulator_url=city_url,
        allow_loopback=True,
        openai_api_key=KEY,
        openai_base_url=model.base_url,
        model=MODEL,
        _env_file=None,
    )
    async with Listening(settings, host="127.0.0.1", port=0) as server:
        yield server.url


async def test_a_models_reading_is_used_its_words_are_never_shown_and_its_failure_is_not_felt(
    reader_url: str, model: OpenAIServer, fresh: Callable[[str], str], saturdays: Iterator[date]
) -> None:
    person = Person(reader_url, fresh("user"), next(saturdays))
    secret = "WORDS OF THE MODEL"
    message = f"somewhere to eat out for two on {person.saturday} at 7 pm"
    reading = a_reading(a_need(message, "restaurant.table", query=secret), language=secret)
    model.script[:] = [Says(f"Sure! {secret}"), reading, Fails(500)]

    await person.say("I'm allergic to nuts")
    assert model.requests == []

    turn = await person.say(message)
    assert [item["offer"]["capability_id"] for item in turn.plan["items"]] == ["restaurant.table"]
    assert len(model.requests) == 2
    assert "You are allergic to nuts." in model.requests[0]["messages"][1]["content"]
    assert secret.lower() not in str(turn.events).lower()

    offline = await person.say(f"and flowers on {person.saturday} by 5 pm")
    assert "flowers.delivery" in [item["offer"]["capability_id"] for item in offline.plan["items"]]
    await person.close()
