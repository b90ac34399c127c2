"""The intent resolver's place in the graph: what the person said decides where the turn goes."""

import asyncio
from collections.abc import Sequence
from typing import Literal

from langchain_core.messages import HumanMessage
from langgraph.runtime import Runtime
from langgraph.types import Command, interrupt

from agents import choosing
from cards import replies
from cards.plain import plain
from cards.question import asked_for
from cards.question import question as question_card
from cards.speech import speech
from graphs.progress import specialist
from graphs.recollection import Recollection, recollect
from graphs.services import GraphContext
from graphs.state import ConciergeState, Json
from graphs.turn import Turn, history, home, last_words, spoken
from schemas.capability import Capability
from schemas.intent import Intent, MissingFact, Need, OrderedLine, PendingQuestion, ResolveContext
from schemas.plan import Change, Plan
from tools import orders, registry

Next = Literal["ask", "scout", "checkout", "status", "cancel", "choose", "wait"]


async def understand(state: ConciergeState, runtime: Runtime[GraphContext]) -> Command[Next]:
    """Read the last message and send the turn on its way."""
    turn = await Turn.of(runtime)
    services = turn.services
    words = last_words(state)
    with specialist(turn.writer, "intent", run_id=turn.run_id) as work:
        capabilities, ordered, known = await asyncio.gather(
            registry.capabilities(services.database, turn.principal),
            _ordered(state, turn),
            recollect(turn, words, open_request=state.get("intent") is not None),
        )
        reading = await _read(state, turn, known, capabilities, ordered)
        work.summary = replies.summary(reading, capabilities) if reading else "noted"
    lives = _home(state, known)
    if reading is None:
        return Command(goto="wait", update={"messages": known.answers, **lives})
    reading, told = known.kept_in(reading, capabilities, said=words, former_home=home(state, turn))
    next_, update = _sent_on(state, turn, reading, capabilities)
    if said := [*known.answers, *told]:
        update["messages"] = [*said, *update.get("messages", [])]
    return Command(goto=next_, update={**update, **lives, "language": reading.language})


async def _read(
    state: ConciergeState,
    turn: Turn,
    known: Recollection,
    capabilities: Sequence[Capability],
    ordered: list[OrderedLine],
) -> Intent | None:
    """The reading of what is left of the message; of nothing, the open request if it now stands otherwise."""
    request = _request(state)
    if not known.rest:
        if request is None:
            return None
        minded, _ = known.kept_in(request, capabilities, said=last_words(state), former_home=home(state, turn))
        return None if minded == request else minded.model_copy(update={"kind": "change"})
    context = ResolveContext(
        now=turn.now,
        zone=turn.services.settings.zone,
        currency=turn.services.settings.currency,
        home=known.home,
        places=known.places,
        history=history(state),
        pending=_pending(state),
        intent=request,
        ordered=ordered,
        preferences=known.facts,
        language=spoken(state).code,
    )
    taken = choosing.taken(known.rest, request, _options(state))
    return taken or await turn.services.resolver(known.rest, context=context, capabilities=capabilities)


def _home(state: ConciergeState, known: Recollection) -> Json:
    """The change of the state when the person's home is another than it was."""
    lives = None if known.home == known.turn.services.home else known.home.model_dump(mode="json")
    return {} if lives == state.get("home") else {"home": lives}


def _sent_on(
    state: ConciergeState, turn: Turn, reading: Intent, capabilities: Sequence[Capability]
) -> tuple[Next, Json]:
    """Where a reading leads, and with what."""
    match reading.kind:
        case "request" | "answer" | "change" | "swap":
            return _to_fulfil(state, turn, reading)
        case "approve" if state.get("proposal"):
            return "checkout", {}
        case "approve" | "reject" if state.get("choice"):
            return "choose", {"reading": reading.model_dump(mode="json")}
        case "status":
            return "status", {}
        case "cancel":
            return "cancel", {"reading": reading.model_dump(mode="json")}
    say = speech(reading.language)
    dropped: Json = {"proposal": None, "question": None, "intent": None, "options": []}
    if reading.missing:  # what was meant is clear but for one thing
        text = asked_for(reading.missing[0], reading.needs, say)
    else:
        text = replies.reply(reading, capabilities, proposal=bool(state.get("proposal")), say=say)
    told: Json = {"messages": [turn.say(plain(text), "reply")]}
    return "wait", told | dropped if reading.kind == "reject" else told


def _to_fulfil(state: ConciergeState, turn: Turn, reading: Intent) -> tuple[Next, Json]:
    served = [need for need in reading.needs if need.capability_id is not None]
    unserved = [need for need in reading.needs if need.capability_id is None]
    messages = []
    if unserved:
        told = replies.unserved(unserved, rest=bool(served), say=speech(reading.language))
        messages = [turn.say(plain(told), "unserved")]
    if not served:
        return "wait", {"messages": messages}
    request = reading.model_copy(update={"needs": served})
    if request.missing:
        known = _update(request)
        return "ask", {**known, "messages": messages, "proposal": None, "reading": known["intent"]}
    picked = _picked(state, request)
    request.needs = [_cheaper(need, state) for need in request.needs]
    return "scout", {**_update(request), "question": None, "messages": messages, "picked": picked}


def _update(request: Intent) -> Json:
    return {"intent": request.model_dump(mode="json")}


def _picked(state: ConciergeState, request: Intent) -> Json:
    """What a change or swap keeps and leaves out: whatever was not spoken of stays as proposed."""
    proposal = state.get("proposal")
    if proposal is None or request.kind not in ("change", "swap"):
        return {}
    items = Plan.model_validate(proposal["plan"]).items
    before = {need["id"]: need for need in (state.get("intent") or {}).get("needs", [])}
    touched = {request.target} | {
        need.id for need in request.needs if before.get(need.id) != need.model_dump(mode="json")
    }
    keep = {item.need_id: item.offer.id for item in items if item.need_id not in touched}
    if request.kind != "swap":
        return {"keep": keep}
    return {
        "keep": keep,
        "leave": {item.need_id: [item.offer.id] for item in items if item.need_id == request.target},
    }


def _cheaper(need: Need, state: ConciergeState) -> Need:
    """Give "cheaper" its figure: less than what was proposed."""
    if not need.slots.get("cheaper"):
        return need
    slots = {name: value for name, value in need.slots.items() if name != "cheaper"}
    proposal = state.get("proposal")
    prices = (
        {item.need_id: item.offer.price for item in Plan.model_validate(proposal["plan"]).items} if proposal else {}
    )
    return need.model_copy(update={"slots": slots, "cheaper_than": prices.get(need.id, need.cheaper_than)})


def _request(state: ConciergeState) -> Intent | None:
    intent = state.get("intent")
    return Intent.model_validate(intent) if intent else None


def _pending(state: ConciergeState) -> PendingQuestion | None:
    if asked := state.get("question"):
        return PendingQuestion(kind="question", text=asked["text"], fact=asked["fact"])
    if proposal := state.get("proposal"):
        say, total = spoken(state), Plan.model_validate(proposal["plan"]).total
        text = say("Shall I book this for {total}?", total=say.money(total))
        return PendingQuestion(kind="approval", text=text)
    if choice := state.get("choice"):
        return PendingQuestion(kind="recovery", text=choice["text"])
    return None


def _options(state: ConciergeState) -> list[Change]:
    return [Change.model_validate(option) for option in state.get("options") or ()]


async def _ordered(state: ConciergeState, turn: Turn) -> list[OrderedLine]:
    ids = state.get("order_ids")
    if not ids:
        return []
    order = await orders.get_order(turn.services.database, turn.principal, ids[-1])
    return [
        OrderedLine(line_id=line.id, capability_id=line.offer.capability_id, title=line.offer.title, state=line.state)
        for line in order.current
    ]


async def ask(state: ConciergeState, runtime: Runtime[GraphContext]) -> Json:
    """Put the most valuable missing fact to the person: one question a turn."""
    turn = await Turn.of(runtime)
    request, say = Intent.model_validate(state["reading"]), spoken(state)
    fact: MissingFact = request.missing[0]
    text = asked_for(fact, request.needs, say)
    identifier = f"question_{turn.run_id}"
    card = question_card(text, interrupt_id=identifier, fact=fact, say=say)
    asked = {"id": identifier, "text": text, "fact": fact.model_dump(mode="json")}
    return {"messages": [turn.say(card, "question")], "question": asked}


async def await_answer(state: ConciergeState) -> Command[Literal["understand", "wait"]]:
    """Wait for the answer to the question; its words are read like any other message."""
    asked = state["question"]
    assert asked is not None
    answer = interrupt(
        {
            "id": asked["id"],
            "reason": "question",
            "message": asked["text"],
            "response_schema": {
                "type": "object",
                "properties": {"text": {"type": "string", "minLength": 1, "maxLength": 8000}},
                "required": ["text"],
            },
        }
    )
    text = answer.get("text") if isinstance(answer, dict) else str(answer)
    if not text:
        return Command(goto="wait", update={"question": None, "intent": None})
    return Command(goto="understand", update={"messages": [HumanMessage(content=text, id=f"{asked['id']}:a")]})
