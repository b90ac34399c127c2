"""The recovery specialist's place in the graph: what a partner refused is replaced within the person's limits.

It runs inside the checkout turn when a partner refuses at once, and as a run of its own, started by the
order's jobs, when a partner refuses or falls silent later.
"""

from typing import Literal

from langchain_core.messages import AIMessage
from langgraph.runtime import Runtime
from langgraph.types import Command, interrupt

from agents import recovery, timechain
from agents import scout as scouting
from cards.order import receipt
from cards.plain import plain
from cards.recovery import recovery_notice
from cards.speech import Speech, phrase
from graphs.fulfilling import known, shown
from graphs.progress import Specialist, specialist
from graphs.services import GraphContext
from graphs.state import ConciergeState, Json
from graphs.turn import Turn, spoken
from schemas.errors import ConflictError, PartnerError
from schemas.intent import Intent
from schemas.order import FAILED, Order, OrderLine
from schemas.plan import PlanItem
from tools import orders


async def recover(state: ConciergeState, runtime: Runtime[GraphContext]) -> Command[Literal["await_choice", "confirm"]]:
    """Repair every failed line of the order, or ask when that would break a limit."""
    turn, say = await Turn.of(runtime), spoken(state)
    order_id = (state.get("event") or {}).get("order_id") or state["order_ids"][-1]
    order = await orders.get_order(turn.services.database, turn.principal, order_id)
    messages: list[AIMessage] = []
    while failed := [line for line in order.current if line.state in FAILED]:
        line = failed[0]
        with specialist(turn.writer, "recovery", run_id=turn.run_id, part=line.id) as work:
            order, decision = await _repair(turn, order, line, work, say.code)
        if isinstance(decision, recovery.Ask):
            choice = _choice(order, line, decision, say)
            card = recovery_notice(order, line, options=decision.options, interrupt_id=choice["id"], say=say)
            messages.append(turn.say(card, f"recovery:{line.id}"))
            update: Json = {"messages": messages, "choice": choice, "event": None, "order_ids": known(state, order_id)}
            return Command(goto="await_choice", update=update)
        replacement = next((new for new in order.lines if new.replaces == line.id), None)
        if replacement is None or replacement.state not in FAILED:  # one that failed at once is told of in its turn
            card = recovery_notice(order, line, replacement=replacement, say=say)
            messages.append(turn.say(card, f"recovery:{line.id}"))
    for ride, item in recovery.stranded(order):
        order, told = await _move(turn, order, ride, item, say)
        messages.append(turn.say(plain(told), f"moved:{ride.id}"))
    return Command(goto="confirm", update={"messages": messages, "event": None, "order_ids": known(state, order_id)})


async def _move(turn: Turn, order: Order, ride: OrderLine, item: PlanItem, say: Speech) -> tuple[Order, str]:
    """Send a ride to where the person will be now."""
    services, partner = turn.services, ride.offer.partner_name
    where = item.origin.name if item.origin else say("the new place")
    with specialist(turn.writer, "recovery", run_id=turn.run_id, part=ride.id) as work:
        try:
            order = await orders.move_line(
                services.database,
                services.http,
                turn.principal,
                order.id,
                ride.id,
                item,
                settings=services.settings,
                now=turn.now,
            )
        except (ConflictError, PartnerError) as refused:
            work.summary = "could not be moved"
            told = say("{partner} still comes to the first place: {reason}", partner=partner, reason=refused.detail)
            return order, told
        work.summary = f"picks up at {where}"
    return order, say("{partner} now picks you up at {place}.", partner=partner, place=where)


async def _repair(
    turn: Turn, order: Order, line: OrderLine, work: Specialist, language: str
) -> tuple[Order, recovery.RecoveryDecision]:
    services = turn.services
    found = await scouting.scout(
        [line.need],
        database=services.database,
        http=services.http,
        principal=turn.principal,
        settings=services.settings,
        home=order.home,
        now=turn.now,
        skip_partners=recovery.tried_partners(order, line),
        language=language,
        progress=work.tool,
    )
    request = recovery.replan_request(order, line, found[0], now=turn.now)
    decision = recovery.decide(order, line, timechain.solve(request) if request else None)
    match decision:
        case recovery.Swap(item=item):
            order = await orders.replace_line(
                services.database,
                services.http,
                turn.principal,
                order.id,
                line.id,
                item,
                settings=services.settings,
                now=turn.now,
            )
            work.summary = f"{line.offer.partner_name} → {item.offer.partner_name}"
        case recovery.Ask():
            work.summary = "needs your word"
        case recovery.GiveUp(reason=reason):
            order = await orders.give_up_line(
                services.database, turn.principal, order.id, line.id, reason=reason, now=turn.now
            )
            work.summary = reason
    return order, decision


def _choice(order: Order, line: OrderLine, decision: recovery.Ask, say: Speech) -> Json:
    asked = phrase("{partner} cannot do “{title}”. Take another offer, or go without?")
    return {
        "id": f"choice_{line.id}",
        "order_id": order.id,
        "line_id": line.id,
        "text": say(asked, partner=line.offer.partner_name, title=line.offer.title),
        "options": [item.model_dump(mode="json") for item in decision.options],
    }


async def await_choice(state: ConciergeState) -> Command[Literal["choose"]]:
    """Wait for the person's word on a replacement outside their limits."""
    choice = state["choice"]
    assert choice is not None
    answer = interrupt(
        {
            "id": choice["id"],
            "reason": "recovery",
            "message": choice["text"],
            "response_schema": {
                "type": "object",
                "properties": {
                    "action": {"enum": ["swap", "drop"]},
                    "offer_id": {"enum": [item["offer"]["id"] for item in choice["options"]]},
                },
                "required": ["action"],
                "additionalProperties": False,
            },
        }
    )
    taken = answer.get("offer_id") if isinstance(answer, dict) and answer.get("action") == "swap" else None
    return Command(goto="choose", update={"picked": {"take": taken}})


async def choose(state: ConciergeState, runtime: Runtime[GraphContext]) -> Command[Literal["recover"]]:
    """Do what the person chose: take the option, at its price, or go without the item."""
    turn = await Turn.of(runtime)
    choice = state["choice"]
    assert choice is not None
    options = [PlanItem.model_validate(item) for item in choice["options"]]
    picked = state.get("picked")
    if picked is not None:
        item = next((option for option in options if option.offer.id == picked["take"]), None)
    else:
        said_yes = Intent.model_validate(state["reading"]).kind == "approve"
        item = options[0] if said_yes else None
    services, order_id, line_id = turn.services, choice["order_id"], choice["line_id"]
    messages: list[AIMessage] = []
    try:
        if item is None:
            reason = "you chose to go without it"
            await orders.give_up_line(services.database, turn.principal, order_id, line_id, reason=reason, now=turn.now)
        else:
            await orders.replace_line(
                services.database,
                services.http,
                turn.principal,
                order_id,
                line_id,
                item,
                settings=services.settings,
                now=turn.now,
                approved=True,
            )
    except ConflictError as changed:  # the line moved on while the question was open: how it stands is told next
        messages.append(turn.say(plain(changed.detail), "choice"))
    update: Json = {"choice": None, "event": {"order_id": order_id}, "messages": messages}
    return Command(goto="recover", update=update)


async def settle(state: ConciergeState, runtime: Runtime[GraphContext]) -> Json:
    """Every partner has accepted: the receipt."""
    turn = await Turn.of(runtime)
    event = state["event"]
    assert event is not None
    order = await orders.get_order(turn.services.database, turn.principal, event["order_id"])
    told = shown(turn, order, turn.say(receipt(order, say=spoken(state)), "receipt"))
    return {**told, "event": None, "order_ids": known(state, order.id)}
