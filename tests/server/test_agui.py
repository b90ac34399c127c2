"""POST /agui: the same runs for AG-UI clients."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.server.agui_rules import check
from tests.server.client import User, texts

Fresh = Callable[[str], str]


def asking(fresh: Fresh, *words: str, **given: Any) -> dict[str, Any]:
    """A RunAgentInput."""
    messages = [{"id": fresh("message"), "role": "user", "content": one} for one in words]
    return {"threadId": fresh("thread"), "runId": fresh("run"), "messages": messages, "state": {}, "tools": [],
            "context": [], "forwardedProps": {}, **given}  # fmt: skip


async def test_the_clients_thread_and_run_are_made(user: User, fresh: Fresh) -> None:
    sent = asking(fresh, "earlier", "hello")
    async with user.stream("POST", "/agui", json=sent) as stream:
        events = await stream.rest()
    check(events)
    assert (events[0]["threadId"], events[0]["runId"]) == (sent["threadId"], sent["runId"])
    assert texts(events) == ["you said hello"]
    sent = asking(fresh, "more", threadId=sent["threadId"])
    async with user.stream("POST", "/agui", json=sent) as stream:
        assert texts(await stream.rest()) == ["you said more"]


async def test_a_message_may_come_in_parts(user: User, fresh: Fresh) -> None:
    sent = asking(fresh)
    parts = [{"type": "text", "text": "hello"}, {"type": "text", "text": "there"}]
    sent["messages"] = [{"id": "m1", "role": "user", "content": parts}]
    async with user.stream("POST", "/agui", json=sent) as stream:
        assert texts(await stream.rest()) == ["you said hello there"]


async def test_a_question_is_answered(user: User, fresh: Fresh) -> None:
    sent = asking(fresh, "hello", forwardedProps={"graph": "ask"})
    async with user.stream("POST", "/agui", json=sent) as stream:
        [asked] = (await stream.rest())[-1]["outcome"]["interrupts"]
    answer = [{"interruptId": asked["id"], "status": "resolved", "payload": "red"}]
    sent = asking(fresh, threadId=sent["threadId"], resume=answer)
    async with user.stream("POST", "/agui", json=sent) as stream:
        events = await stream.rest()
    check(events)
    assert texts(events) == ["colour: red", "thank you"]


async def test_a_run_id_is_used_once_by_anyone(user: User, stranger: User, fresh: Fresh) -> None:
    sent = asking(fresh, "hello")
    async with user.stream("POST", "/agui", json=sent) as stream:
        await stream.rest()
    for someone, thread in ((user, sent["threadId"]), (stranger, fresh("thread"))):
        problem = await someone.refused("POST", "/agui", json=asking(fresh, "x", runId=sent["runId"], threadId=thread))
        assert (problem["status"], problem["code"]) == (409, "conflict")


async def test_somebody_elses_thread_is_not_there(user: User, stranger: User, fresh: Fresh) -> None:
    sent = asking(fresh, "hello")
    async with user.stream("POST", "/agui", json=sent) as stream:
        await stream.rest()
    problem = await stranger.refused("POST", "/agui", json=asking(fresh, "hi", threadId=sent["threadId"]))
    assert problem["status"] == 404


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"messages": []}, "messages"),
        ({"threadId": "no spaces"}, "threadId"),
        ({"runId": ""}, "runId"),
        ({"resume": [{"interruptId": "x", "status": "resolved", "payload": "\0"}]}, "resume.0.payload"),
        ({"messages": "hello"}, "messages"),
        ({"threadId": None}, "threadId"),
    ],
)
async def test_a_wrong_input_is_named(user: User, fresh: Fresh, change: dict[str, Any], field: str) -> None:
    problem = await user.refused("POST", "/agui", json=asking(fresh, "hello") | change)
    assert problem["status"] == 422
    assert field in [error["field"] for error in problem["errors"]]
