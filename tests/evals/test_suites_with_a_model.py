"""The suites with a model: one that answers well is believed, one that fails in any way leaves the offline figures.

The cases are every so-manieth of the real ones; the reader is built from the environment, as in ``uso eval``, and
asks a scripted server over HTTP.
"""

import json
import re
import socket
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from evals.harness.runner import AnyCase, AnyResult, AnySuite, run
from evals.harness.suite import Options, Selection
from evals.intents.notation import ANY, Wanted
from evals.suites import load
from tests.agents.intent.scripted_model import a_need, a_reading
from tests.doubles.openai_server import (
    KEY,
    MODEL,
    Drips,
    Entry,
    Fails,
    Refuses,
    Says,
    openai_server,
)

LIMIT = 0.2
"""Seconds for a model whose answer never ends; others have plenty, so that a busy machine does not look like one."""
PLENTY = 20.0
READING = 2.0
"""Seconds for what is done around the model, some milliseconds, on a machine that is busy with other things."""
MOODS: dict[str, Entry] = {
    "broken JSON": Says('{"kind": "requ'),
    "another schema": Says({"intent": "purchase", "items": [1, 2]}),
    "invented words": a_reading(a_need("a submarine for the viceroy", None)),
    "declined": Refuses(),
}
"""Failures after which the model is asked about the next message all the same."""
DEATHS: dict[str, tuple[Entry, float]] = {
    "rate limited": (Fails(429, "rate_limit_exceeded", retry_after="7"), PLENTY),
    "server error": (Fails(500), PLENTY),
    "dripping": (Drips(), LIMIT),
}
"""Failures after which the model is left alone for a while, and its limit."""


@pytest.fixture(params=["intents", "scope"])
def suite(request: pytest.FixtureRequest) -> AnySuite:
    return load(request.param)


@pytest.fixture(autouse=True)
def no_model(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Nothing of the developer's own settings, neither the environment's nor a file's."""
    monkeypatch.chdir(tmp_path)
    for name in ("OPENAI_API_KEY", "AZURE_OPENAI_API_KEY", "OPENAI_BASE_URL", "AZURE_OPENAI_ENDPOINT"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.delenv("USO_MODEL_OUTPUT", raising=False)
    monkeypatch.delenv("USO_MODEL_EFFORT", raising=False)


@pytest.fixture
def refusing_address() -> Iterator[str]:
    """An address of this machine at which nobody can listen meanwhile."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        yield f"http://127.0.0.1:{taken.getsockname()[1]}/v1"


def use_model(monkeypatch: pytest.MonkeyPatch, base_url: str, *, timeout: float = PLENTY) -> None:
    """The settings of a person with a model."""
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    monkeypatch.setenv("OPENAI_BASE_URL", base_url)
    monkeypatch.setenv("USO_MODEL", MODEL)
    monkeypatch.setenv("USO_MODEL_TIMEOUT", str(timeout))


async def results_of(suite: AnySuite, cases: Sequence[AnyCase]) -> list[AnyResult]:
    """What the harness makes of these cases."""
    only = "|".join(f"^{re.escape(case.id)}$" for case in cases)
    return (await run(suite, Options(selection=Selection(only=only)))).results


def readings(results: Sequence[AnyResult]) -> dict[str, Any]:
    return {result.case.id: result.error or result.outcome for result in results}


def words_of(case: AnyCase) -> str:
    return case.input if isinstance(case.input, str) else case.input.message


def right_answer(case: AnyCase) -> Says | None:
    """What a model that understands would say to a case, as far as its expectation tells: which words of a longer
    message belong to which of several needs is not written there."""
    wanted, message = case.expected, words_of(case)
    if not isinstance(wanted, Wanted):
        service = wanted.services[0] if wanted.inside else None
        return a_reading(a_need(message, service), kind="request" if wanted.inside else "unsupported")
    needs = wanted.needs or ()
    if len(needs) > 1 or case.input.context.intent is not None:
        return None
    slots = [[{"name": name, "value": value} for name, value in need.slots.items() if value != ANY] for need in needs]
    return a_reading(
        *(a_need(message, need.services[0], slots=said) for need, said in zip(needs, slots, strict=True)),
        kind=wanted.kinds[0],
        language=wanted.language or "en",
    )


async def test_a_model_that_is_right_is_believed_and_does_no_harm(
    suite: AnySuite, monkeypatch: pytest.MonkeyPatch
) -> None:
    cases = [case for case in suite.cases(Options()) if right_answer(case)][::13]
    answers = {words_of(case): right_answer(case) for case in cases}
    offline = await results_of(suite, cases)

    def answer(body: dict[str, Any]) -> Entry:
        asked = json.loads(body["messages"][1]["content"])["message"]
        return answers.get(asked) or a_reading(kind="small_talk")

    async with openai_server(then=answer) as server:
        use_model(monkeypatch, server.base_url)
        results = await results_of(suite, cases)

    believed = [result for result in results if result.outcome is not None and result.outcome.reader == "model"]
    assert server.refused == []
    assert [result.error for result in results if result.error] == []
    assert len(believed) >= 0.9 * len(cases)
    assert sum(result.passed for result in results) >= sum(result.passed for result in offline)


@pytest.mark.parametrize("entry", MOODS.values(), ids=MOODS.keys())
async def test_a_model_whose_answers_are_useless_leaves_every_offline_reading(
    suite: AnySuite, entry: Entry, monkeypatch: pytest.MonkeyPatch
) -> None:
    cases = suite.cases(Options())[::37]
    offline = await results_of(suite, cases)

    async with openai_server(then=lambda body: entry) as server:
        use_model(monkeypatch, server.base_url)
        results = await results_of(suite, cases)

    assert readings(results) == readings(offline)
    assert max(result.seconds for result in results) < PLENTY + READING
    assert len(server.requests) >= 0.8 * len(cases)  # a message that only talks to the machine is not shown to it
    assert server.refused == []


@pytest.mark.parametrize(("entry", "limit"), DEATHS.values(), ids=DEATHS.keys())
async def test_a_message_over_which_the_model_dies_is_read_offline_within_the_limit(
    suite: AnySuite, entry: Entry, limit: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    cases = suite.cases(Options())[::101]
    offline = await results_of(suite, cases)
    results: list[AnyResult] = []

    async with openai_server(then=lambda body: entry) as server:
        use_model(monkeypatch, server.base_url, timeout=limit)
        for case in cases:  # each with a reader that knows of no failure yet
            server.script = [a_reading(kind="small_talk")]  # to the greeting
            results += await results_of(suite, [case])

    assert readings(results) == readings(offline)
    assert max(result.seconds for result in results) < limit + READING
    assert len(server.requests) > len(cases)  # more than the greetings


async def test_a_model_that_is_not_there_leaves_every_offline_reading(
    suite: AnySuite, refusing_address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    cases = suite.cases(Options())[::9]
    offline = await results_of(suite, cases)

    use_model(monkeypatch, refusing_address)
    results = await results_of(suite, cases)

    assert readings(results) == readings(offline)
    assert max(result.seconds for result in results) < PLENTY + READING
