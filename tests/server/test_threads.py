"""Threads: what was said, what was shown, what is asked."""

from tests.server.client import User


async def test_a_thread_shows_its_conversation(user: User) -> None:
    document = await user.say("hello")
    thread = await user.get(f"/api/v1/threads/{document['thread_id']}")
    assert (thread["thread_id"], thread["title"], thread["graph"]) == (document["thread_id"], "hello", "echo")
    assert [message["role"] for message in thread["messages"]] == ["user", "assistant", "activity"]
    assert thread["cards"] == document["cards"]
    assert thread["state"] == {"interrupts": [], "result": {"plan": {"items": 1}}}
    assert [(run["run_id"], run["status"]) for run in thread["runs"]] == [(document["run_id"], "succeeded")]


async def test_messages_have_the_ids_they_were_streamed_under(user: User) -> None:
    async with user.chat("hello") as stream:
        events = await stream.rest()
    thread = await user.get(f"/api/v1/threads/{stream.thread_id}")
    streamed = [event["messageId"] for event in events if event["type"] in ("TEXT_MESSAGE_START", "ACTIVITY_SNAPSHOT")]
    assert [message["id"] for message in thread["messages"]][1:] == streamed


async def test_a_thread_shows_what_may_be_answered(user: User) -> None:
    document = await user.say("hello", graph="ask")
    thread = await user.get(f"/api/v1/threads/{document['thread_id']}")
    assert thread["state"]["interrupts"] == document["interrupts"]
    await user.say(resume=[{"interruptId": document["interrupts"][0]["id"], "payload": "red"}])
    thread = await user.get(f"/api/v1/threads/{document['thread_id']}")
    assert thread["state"]["interrupts"] == []


async def test_ones_threads_are_listed_last_used_first(user: User, stranger: User) -> None:
    ids = [(await user.say(f"number {number}"))["thread_id"] for number in range(3)]
    await user.say("again", thread_id=ids[0])
    await stranger.say("not yours")
    listed = [thread["thread_id"] for thread in (await user.get("/api/v1/threads"))["threads"]]
    assert listed == [ids[0], ids[2], ids[1]]
    page = await user.get(f"/api/v1/threads?limit=1&before={ids[0]}")
    assert [thread["thread_id"] for thread in page["threads"]] == [ids[2]]


async def test_somebody_elses_thread_is_not_there(user: User, stranger: User) -> None:
    document = await user.say("mine")
    for path in (f"/api/v1/threads/{document['thread_id']}", f"/api/v1/threads?before={document['thread_id']}"):
        problem = await stranger.refused("GET", path)
        assert (problem["status"], problem["code"]) == (404, "not_found")


async def test_a_wrong_query_is_named(user: User) -> None:
    problem = await user.refused("GET", "/api/v1/threads?limit=0")
    assert (problem["status"], problem["errors"][0]["field"]) == (422, "limit")
