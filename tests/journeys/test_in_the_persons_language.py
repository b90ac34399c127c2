"""Who writes in Spanish is answered in Spanish, from the question to the receipt; without a model, honestly."""

from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from datetime import date
from typing import Any

import pytest

from cards.speech import speech
from cards.validate import validate_card
from memory.embedded import Servers
from schemas.money import Money
from schemas.settings import Settings
from tests.doubles.openai_server import KEY, MODEL, Says, openai_server
from tests.journeys.person import Person, Turn

TABLE = "restaurant.table"


@pytest.fixture
async def read_by(
    orchestrator_database: str, servers: Servers, city_url: str, fresh: Callable[[str], str], saturdays: Iterator[date]
) -> Callable[..., Any]:
    """Somebody whose messages a model reads as the script says."""
    from server.serve import Listening

    @asynccontextmanager
    async def talking(*script: Says) -> AsyncIterator[Person]:
        async with openai_server(*script) as model:
            settings = Settings(
                database_url=orchestrator_database,
                redis_url=servers.redis_url,
                simulator_url=city_url,
                allow_loopback=True,
                openai_api_key=KEY,
                openai_base_url=model.base_url,
                model=MODEL,
                _env_file=None,
            )
            async with Listening(settings, host="127.0.0.1", port=0) as server:
                person = Person(server.url, fresh("user"), next(saturdays))
                yield person
                await person.close()

    return talking


def reading(kind: str, **need: Any) -> Says:
    blank = {"query": "", "when": None, "budget": None, "people": None, "place": None, "nice_to_have": False}
    needs = [{"service": TABLE, "slots": [], **blank, **need}] if need else []
    return Says({"kind": kind, "needs": needs, "total_budget": None, "order": [], "target": None, "language": "es"})


def told_in_spanish(turn: Turn) -> bool:
    return bool(turn.cards) and all(validate_card(card) == [] and card["lang"] == "es" for card in turn.cards)


async def test_without_a_model_a_spanish_request_is_answered_honestly_and_nothing_is_bought(person: Person) -> None:
    turn = await person.say("Quiero un taxi a casa para mañana a las nueve")

    assert "solo entiendo inglés" in turn.text
    assert "No se ha comprado nada." in turn.text
    assert (turn.interrupts, await person.orders()) == ([], [])


async def test_a_proposal_in_english_is_taken_with_a_yes_of_another_language(person: Person) -> None:
    await person.say(f"Dinner for two on {person.saturday} at 7 pm")
    bought = await person.say("Sí, por favor")

    assert bought.order is not None
    assert bought.cards[-1]["lang"] == "es"


async def test_a_spanish_request_is_asked_about_proposed_and_receipted_in_spanish(
    read_by: Callable[..., Any],
) -> None:
    wish = "Quiero una mesa en un restaurante"
    script = (
        reading("request", words=wish, query="mesa"),
        reading("answer"),
        reading("answer"),
        reading("approve"),
    )
    say = speech("es")
    async with read_by(*script) as person:
        asked = await person.say(wish)
        assert told_in_spanish(asked)
        assert "¿Para qué día es, y a qué hora" in asked.text
        assert asked.interrupts[0]["message"] in asked.text

        counted = await person.say(f"{person.day:%Y-%m-%d} 19:00")
        assert "¿Para cuántas personas es: mesa?" in counted.text

        proposed = await person.say("2")
        assert told_in_spanish(proposed)
        assert "Tu plan para el sábado" in proposed.text
        total = say.money(Money.model_validate(proposed.plan["total"]))
        assert proposed.interrupts[0]["message"] == f"¿Lo reservo por {total}?"
        assert proposed.cards[-1]["actions"][0]["title"] == f"Aceptar · {total}"

        bought = await person.say("Sí, resérvalo, por favor")
        assert told_in_spanish(bought)
        await person.settled(bought)
        thread = await person.thread()
        receipt = [message for message in thread["messages"] if message["role"] == "assistant"][-1]
        assert receipt["content"].startswith("Tu recibo: sábado")
