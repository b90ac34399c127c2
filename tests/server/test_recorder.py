"""A run that is begun again tells each thing once, whatever was told before and wherever it broke off."""

from collections.abc import Iterator, Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from langchain_core.messages import AIMessage

from memory.events import Event
from server.runs.endings import Ending
from server.runs.hub import Feed
from server.runs.recorder import Recorder
from server.runs.tokens import Token
from server.runs.translation import Translator
from server.runs.wire import decode
from tests.server.agui_rules import check

Chunk = tuple[str, Any]


class Ear:
    """Where a recorder tells: everything stays in the feed."""

    def tell(self, feed: Feed, events: Sequence[tuple[bytes, str]], *, hurry: bool = False) -> None:
        for data, note in events:
            feed.add(data, note)


def begin(history: list[Event]) -> tuple[Translator, Recorder, Feed]:
    feed = Feed("run", 1, on_lost=lambda: None, number=len(history))
    return Translator("run"), Recorder(Ear(), feed, history), feed  # type: ignore[arg-type]


def told(chunks: list[Chunk], history: list[Event] | None = None, *, step: int = 0, end: bool = True) -> list[Event]:
    """The whole log after a run (that goes on behind ``history``) has done what ``chunks`` say."""
    before = history or []
    translator, recorder, feed = begin(before)
    translator.step = step
    if before:
        recorder.resume(step)
    recorder.begin("thread")
    for mode, chunk in chunks:
        if isinstance(chunk, Token) and recorder.repeats(translator.step):
            continue
        for unit in translator.read(mode, chunk):
            recorder.tell(translator.step, unit)
    if end:
        recorder.close(suspended=False)
        recorder.end(Ending("succeeded", {"text": recorder.text}).event("thread", "run"))
    return before + feed.waiting


def shown(events: list[Event]) -> list[dict[str, Any]]:
    return [decode(event.data).model_dump(by_alias=True, mode="json") for event in events]


# what a graph may do


def node(name: str, number: int, *inside: Chunk, messages: list[AIMessage] | None = None) -> list[Chunk]:
    written = {"messages": messages} if messages else {}
    return [
        ("tasks", {"id": f"{name}{number}", "name": name, "input": {"messages": []}, "triggers": ()}),
        *inside,
        ("tasks", {"id": f"{name}{number}", "name": name, "error": None, "result": written, "interrupts": []}),
    ]


_words = st.text(min_size=1, max_size=5)


@st.composite
def _inside(draw: st.DrawFn) -> list[Chunk]:
    kind = draw(st.sampled_from(["specialist", "tool", "state", "other"]))
    name = draw(st.sampled_from("xyz"))
    match kind:
        case "specialist":
            started = {"type": "specialist_started", "id": name, "name": name}
            finished = {"type": "specialist_finished", "id": name, "summary": draw(_words)}
            return [("custom", started), ("custom", finished)][: draw(st.integers(1, 2))]
        case "tool":
            return [("custom", {"type": "tool_called", "id": name, "name": name, "arguments": {"a": draw(_words)}})]
        case "state":
            return [("custom", {"type": "state_shown", "state": {"plan": draw(_words)}})]
        case _:
            return [("custom", {"anything": draw(_words)})]


@st.composite
def _stories(draw: st.DrawFn) -> list[dict[str, Any]]:
    """A list of nodes as plain data, so that every run of the story makes its messages anew, as a graph would."""
    return draw(
        st.lists(
            st.fixed_dictionaries(
                {
                    "name": st.sampled_from("abc"),
                    "inside": st.lists(_inside(), max_size=3),
                    "texts": st.lists(_words, max_size=2),
                    "card": st.booleans(),
                }
            ),
            min_size=1,
            max_size=5,
        )
    )


def play(story: list[dict[str, Any]]) -> list[Chunk]:
    def chunks() -> Iterator[Chunk]:
        for number, part in enumerate(story):
            extra = {"card": {"type": "AdaptiveCard"}} if part["card"] else {}
            messages = [AIMessage(text, additional_kwargs=extra) for text in part["texts"]]
            inside = [chunk for group in part["inside"] for chunk in group]
            yield from node(part["name"], number, *inside, messages=messages)

    return list(chunks())


@given(_stories())
def test_every_story_is_well_formed(story: list[dict[str, Any]]) -> None:
    check(shown(told(play(story))))


@given(_stories(), st.data())
def test_a_story_broken_off_anywhere_and_told_again_is_the_same_story(
    story: list[dict[str, Any]], data: st.DataObject
) -> None:
    whole = told(play(story))
    units = [number for number, event in enumerate(whole) if event.note and not event.last]
    log = whole[: data.draw(st.sampled_from(units), label="told before the crash")]
    again = told(play(story), log)
    assert [event.data for event in again] == [event.data for event in whole]
    assert [event.number for event in again] == list(range(1, len(whole) + 1))


@given(_stories(), _stories(), st.data())
def test_whatever_is_done_differently_the_second_time_the_stream_stays_well_formed(
    first: list[dict[str, Any]], second: list[dict[str, Any]], data: st.DataObject
) -> None:
    whole = told(play(first))
    units = [number for number, event in enumerate(whole) if event.note and not event.last]
    log = whole[: data.draw(st.sampled_from(units), label="told before the crash")]
    check(shown(told(play(second), log)))


@given(_stories(), st.data())
def test_a_run_that_goes_on_from_a_checkpoint_does_not_tell_what_is_behind_it(
    story: list[dict[str, Any]], data: st.DataObject
) -> None:
    whole = told(play(story))
    kept = data.draw(st.integers(0, len(story)), label="steps behind the checkpoint")
    log = told(play(story[:kept]), end=False)
    again = told(play(story)[len(play(story[:kept])) :], log, step=kept)
    assert [event.data for event in again] == [event.data for event in whole]


def test_messages_keep_the_ids_clients_know() -> None:
    told_before = told(node("a", 1, messages=[AIMessage("hello", id="known")]), end=False)
    message = AIMessage("hello", id="new")
    assert told(node("a", 1, messages=[message]), told_before, end=False) == told_before
    assert message.id == "known"


def words(message_id: str, *tokens: str, last: bool = True) -> list[Chunk]:
    said: list[Chunk] = [("custom", Token(message_id, token)) for token in tokens]
    return [*said, ("custom", Token(message_id, "", last=True))] if last else said


def test_a_models_words_that_broke_off_are_ended_and_said_again() -> None:
    log = told(node("a", 1, *words("m1", "roses ", "are", last=False))[:-1], end=False)
    events = shown(told(node("a", 1, *words("m2", "violets"), messages=[AIMessage("violets", id="m2")]), log))
    check(events)
    said = [(event["messageId"], event["delta"]) for event in events if event["type"] == "TEXT_MESSAGE_CONTENT"]
    assert said == [("m1", "roses "), ("m1", "are"), ("m2", "violets")]
    assert events[-1]["result"] == {"text": "violets"}


def test_a_models_words_that_were_all_told_are_not_said_again() -> None:
    log = told(node("a", 1, *words("m1", "roses ", "are red"))[:-1], end=False)
    events = shown(
        told(node("a", 1, *words("m2", "roses are red"), messages=[AIMessage("roses are red", id="m2")]), log)
    )
    check(events)
    assert [event["delta"] for event in events if event["type"] == "TEXT_MESSAGE_CONTENT"] == ["roses ", "are red"]


def test_nodes_of_one_name_that_work_at_once_are_one_step() -> None:
    one, other = node("a", 1), node("a", 2)
    kinds = [event["type"] for event in shown(told([one[0], other[0], one[1], other[1]]))]
    assert kinds == ["RUN_STARTED", "STEP_STARTED", "STEP_FINISHED", "RUN_FINISHED"]


@pytest.mark.parametrize("bad", ["\ud800", {"lone": "\udfff"}, {1: {2, 3}}, object()])
def test_whatever_a_graph_writes_can_be_told(bad: Any) -> None:
    check(shown(told(node("a", 1, ("custom", {"value": bad})))))


def test_a_message_the_graph_repeats_from_its_input_is_not_new() -> None:
    old = AIMessage("old", id="old")
    [start, finish] = node("a", 1, messages=[old, AIMessage("new", id="new")])
    start[1]["input"] = {"messages": [old]}
    texts = [e["delta"] for e in shown(told([start, finish])) if e["type"] == "TEXT_MESSAGE_CONTENT"]
    assert texts == ["new"]


def test_calls_of_tools_and_their_results_are_told() -> None:
    from langchain_core.messages import ToolMessage

    calls = AIMessage("", tool_calls=[{"id": "c1", "name": "look_up", "args": {"word": "rose"}}])
    result = ToolMessage("a flower", tool_call_id="c1")
    events = shown(told([*node("agent", 1, messages=[calls]), *node("tools", 2, messages=[result])]))  # type: ignore[list-item]
    check(events)
    kinds = [event["type"] for event in events if event["type"].startswith("TOOL")]
    assert kinds == ["TOOL_CALL_START", "TOOL_CALL_ARGS", "TOOL_CALL_END", "TOOL_CALL_RESULT"]
