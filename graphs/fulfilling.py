"""After the person's word: buying, telling how it stands, cancelling."""

from datetime import timedelta
from typing import Literal

from langchain_core.messages import AIMessage
from langgraph.runtime import Runtime
from langgraph.types import Command

from cards.order import order_status
from cards.plain import plain
from graphs.progress import show_state, specialist
from graphs.services import GraphContext
from graphs.state import ConciergeState, Json
from graphs.turn import Turn, home, spoken
from schemas.errors import ConflictError, NotFoundError, PartnerError
from schemas.intent import Intent
from schemas.order import FAILED, Limits, Order
from schemas.plan import Plan
from tools import orders

_SHIFT = timedelta(minutes=30)


async def checkout(state: ConciergeState, runtime: Runtime[GraphContext]) -> Command[Literal["recover", "confirm"]]:
    """Authorise once, then place every line with its partner. Safe to repeat: ids derive from the proposal."""
    turn = await Turn.of(runtime)
    proposal = state["proposal"]
    assert proposal is not None
    request = Intent.model_validate(state["intent"])
    plan = Plan.model_validate(proposal["plan"])
    order_id = "order_" + proposal["id"].removeprefix("proposal_")
    with specialist(turn.writer, "orders", run_id=turn.run_id) as work:
        await orders.create_order(
            turn.services.database,
            turn.principal,
            order_id=order_id,
            thread_id=turn.thread_id,
            plan=plan,
            needs=request.needs,
            relations=request.relations,
            limits=Limits(total=request.budget or plan.total, shift=_SHIFT),
            home=home(state, turn),
            now=turn.now,
        )
        order = await orders.place_order(
            turn.services.database,
            turn.services.http,
            turn.principal,
            order_id,
            settings=turn.services.settings,
            now=turn.now,
        )
        for line in order.current:
            work.tool(
                "place_order_line",
                {"partner": line.offer.partner_name, "item": line.offer.title},
                {"state": line.state, "reason": line.reason},
            )
        failed = [line for line in order.current if line.state in FAILED]
        work.summary = f"{len(order.current) - len(failed)} of {len(order.current)} placed"
    # What was bought is no open request any more: whatever is asked for next would be added to it and buy it again.
    update: Json = {"proposal": None, "question": None, "intent": None, "order_ids": known(state, order_id)}
    return Command(goto="recover" if failed else "confirm", update=update)


async def confirm(state: ConciergeState, runtime: Runtime[GraphContext]) -> Json:
    """Tell how the order stands now."""
    turn = await Turn.of(runtime)
    order = await orders.get_order(turn.services.database, turn.principal, state["order_ids"][-1])
    return shown(turn, order, turn.say(order_status(order, say=spoken(state)), "order"))


async def status(state: ConciergeState, runtime: Runtime[GraphContext]) -> Json:
    """Answer "what did I order?"."""
    turn = await Turn.of(runtime)
    if not state.get("order_ids"):
        say = spoken(state)
        nothing = say("You have not ordered anything in this conversation.")
        return {"messages": [turn.say(plain(nothing), "status")]}
    order = await orders.get_order(turn.services.database, turn.principal, state["order_ids"][-1])
    return shown(turn, order, turn.say(order_status(order, say=spoken(state)), "status"))


async def cancel(state: ConciergeState, runtime: Runtime[GraphContext]) -> Json:
    """Cancel the line that was meant, or the whole order when none was named."""
    turn = await Turn.of(runtime)
    target = Intent.model_validate(state["reading"]).target
    if not state.get("order_ids"):
        say = spoken(state)
        nothing = say("There is no order to cancel in this conversation.")
        return {"messages": [turn.say(plain(nothing), "cancel")]}
    order_id = state["order_ids"][-1]
    services = turn.services
    with specialist(turn.writer, "orders", run_id=turn.run_id) as work:
        try:
            if target is None:
                order = await orders.cancel_order(
                    services.database,
                    services.http,
                    turn.principal,
                    order_id,
                    settings=services.settings,
                    now=turn.now,
                )
            else:
                order = await orders.cancel_line(
                    services.database,
                    services.http,
                    turn.principal,
                    order_id,
                    target,
                    settings=services.settings,
                    now=turn.now,
                )
        except (ConflictError, NotFoundError, PartnerError) as refused:
            work.summary = "not possible"
            return {"messages": [turn.say(plain(refused.detail), "cancel")]}
        work.summary = "cancelled"
    return shown(turn, order, turn.say(order_status(order, say=spoken(state)), "cancel"))


def shown(turn: Turn, order: Order, *messages: AIMessage) -> Json:
    """The update that ends a turn about an order."""
    result = {"order": order.view()}
    show_state(turn.writer, **result)
    return {"messages": list(messages), "result": result}


def known(state: ConciergeState, order_id: str) -> list[str]:
    """The thread's orders with this one as the latest: what is said next is about it."""
    return [*(one for one in state.get("order_ids", []) if one != order_id), order_id]
