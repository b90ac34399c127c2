"""Scout, time-chain and proposal: from needs to one bundle that a person can approve."""

from datetime import timedelta
from typing import Any, Literal

from langchain_core.messages import AIMessage, HumanMessage
from langgraph.runtime import Runtime
from langgraph.types import Command, interrupt

from agents import scout as scouting
from agents import timechain
from cards.bundle import bundle
from cards.infeasible import infeasible
from cards.reasons import change_words
from cards.speech import Speech
from graphs.progress import show_state, specialist
from graphs.services import GraphContext
from graphs.state import ConciergeState, Json
from graphs.turn import Turn, home, spoken
from schemas.intent import Intent
from schemas.offer import Offer, ScoutedNeed
from schemas.place import Place
from schemas.plan import Plan, PlanResult

Decision = Literal["checkout", "scout", "understand", "reject", "wait"]

_ALTERNATIVES = 3  # offers a person may swap to, per need
APPROVAL_SCHEMA: Json = {
    "type": "object",
    "properties": {
        "action": {"enum": ["approve", "reject", "change", "swap"]},
        "text": {
            "type": "string",
            "minLength": 1,
            "maxLength": 8000,
            "description": "for change: what should be different",
        },
        "need_id": {"type": "string", "description": "for swap: the item"},
        "offer_id": {
            "type": "string",
            "description": "for swap: the offer to take, any other one if left out",
        },
    },
    "required": ["action"],
    "additionalProperties": False,
}


async def scout(state: ConciergeState, runtime: Runtime[GraphContext]) -> Json:
    """Find live offers for every need, in parallel."""
    turn = await Turn.of(runtime)
    request = Intent.model_validate(state["intent"])
    with specialist(turn.writer, "scout", run_id=turn.run_id) as work:
        found = await scouting.scout(
            request.needs,
            database=turn.services.database,
            http=turn.services.http,
            principal=turn.principal,
            settings=turn.services.settings,
            home=home(state, turn),
            now=turn.now,
            language=spoken(state).code,
            progress=work.tool,
        )
        work.summary = scouting.summary(found)
    return {"scouted": found}


async def plan(state: ConciergeState, runtime: Runtime[GraphContext]) -> Command[Literal["approve", "wait"]]:
    """Choose an offer and a time for every need; propose the bundle, or say exactly why there is none."""
    turn = await Turn.of(runtime)
    request = Intent.model_validate(state["intent"])
    scouted: list[ScoutedNeed] = state["scouted"]
    with specialist(turn.writer, "timechain", run_id=turn.run_id) as work:
        result = _solve(turn, request, scouted, state.get("picked") or {}, home(state, turn))
        work.summary = timechain.summary(result)
    if not isinstance(result, Plan):
        say = spoken(state)
        card = infeasible(result, needs=request.needs, home=home(state, turn), say=say)
        options = [
            {
                **change.model_dump(mode="json", exclude={"plan"}),
                "message": change_words(change, request.needs, home(state, turn), say),
            }
            for change in result.changes
        ]
        messages = [turn.say(card, "infeasible")]
        return Command(goto="wait", update={"messages": messages, "proposal": None, "options": options})
    others = _alternatives(result, scouted)
    proposal = _proposal(turn, result, others)
    card = bundle(
        result,
        needs=request.needs,
        budget=request.budget,
        alternatives=others,
        interrupt_id=proposal["id"],
        home=home(state, turn),
        say=spoken(state),
    )
    shown = {"plan": proposal["plan"]}
    show_state(turn.writer, **shown)
    return Command(
        goto="approve",
        update={"messages": [turn.say(card, "bundle")], "proposal": proposal, "options": [], "result": shown},
    )


def _solve(turn: Turn, request: Intent, scouted: list[ScoutedNeed], picked: Json, lives: Place) -> PlanResult:
    """Plan with what the person wants kept; without it only if nothing works with it."""
    keep: dict[str, str] = picked.get("keep", {})
    leave: dict[str, list[str]] = picked.get("leave", {})
    allowed = [
        found.model_copy(update={"offers": [o for o in found.offers if o.id not in leave.get(found.need.id, ())]})
        for found in scouted
    ]
    kept = [
        found.model_copy(update={"offers": [o for o in found.offers if o.id == keep[found.need.id]] or found.offers})
        if found.need.id in keep
        else found
        for found in allowed
    ]
    result: PlanResult
    for candidates in [kept, allowed] if keep else [allowed]:
        result = timechain.plan(
            request,
            candidates,
            now=turn.now,
            home=lives,
            currency=turn.services.settings.currency,
        )
        if isinstance(result, Plan):
            return result.model_copy(update={"reasons": [], "merits": []}) if candidates is kept else result
    return result


def _alternatives(result: Plan, scouted: list[ScoutedNeed]) -> dict[str, list[Offer]]:
    """For each need the best offers that were not chosen."""
    chosen = {item.need_id: item.offer.id for item in result.items}
    return {
        found.need.id: [offer for offer in found.offers if offer.id != chosen.get(found.need.id)][:_ALTERNATIVES]
        for found in scouted
    }


def _proposal(turn: Turn, result: Plan, others: dict[str, list[Offer]]) -> Json:
    expires = turn.now + timedelta(hours=turn.services.settings.interrupt_hours)
    return {
        "id": f"proposal_{turn.run_id}",
        "plan": result.model_dump(mode="json"),
        "alternatives": {need_id: [offer.id for offer in offers] for need_id, offers in others.items()},
        "expires_at": expires.isoformat(),
    }


async def approve(state: ConciergeState) -> Command[Decision]:
    """Wait for the person's word on the proposal."""
    proposal = state["proposal"]
    assert proposal is not None
    total = Plan.model_validate(proposal["plan"]).total
    say = spoken(state)
    answer = interrupt(
        {
            "id": proposal["id"],
            "reason": "approval",
            "message": say("Shall I book this for {total}?", total=say.money(total)),
            "response_schema": APPROVAL_SCHEMA,
            "expires_at": proposal["expires_at"],
        }
    )
    return decided(answer, proposal, say)


def decided(answer: Any, proposal: Json, say: Speech) -> Command[Decision]:
    """Where an answer to a proposal leads. One that says nothing we know leaves the proposal open."""
    match answer:
        case {"action": "approve"}:
            return Command(goto="checkout")
        case {"action": "reject" | "cancelled"}:
            return Command(goto="reject")
        case {"action": "change", "text": str(text)} | str(text) if text.strip():
            return Command(goto="understand", update={"messages": [HumanMessage(content=text)]})
        case {"action": "swap"}:
            return _swapped(str(answer.get("need_id")), answer.get("offer_id"), proposal, say)
    return _still_open(say("I did not understand that answer. Say approve, reject, change or swap."))


def _swapped(need_id: str, offer_id: str | None, proposal: Json, say: Speech) -> Command[Decision]:
    """Another offer for one item, all else kept: the one named, or any but the present one."""
    if need_id not in proposal["alternatives"]:
        return _still_open(say("There is no item {item} in this proposal.", item=repr(need_id)))
    if offer_id is not None and offer_id not in proposal["alternatives"][need_id]:
        return _still_open(say("There is no offer {offer} to take instead.", offer=repr(offer_id)))
    chosen = {item.need_id: item.offer.id for item in Plan.model_validate(proposal["plan"]).items}
    keep = {item: offer for item, offer in chosen.items() if item != need_id}
    if offer_id is None:
        return Command(goto="scout", update={"picked": {"keep": keep, "leave": {need_id: [chosen.get(need_id)]}}})
    return Command(goto="scout", update={"picked": {"keep": {**keep, need_id: offer_id}}})


def _still_open(text: str) -> Command[Decision]:
    return Command(goto="wait", update={"messages": [AIMessage(content=text)]})
