"""The recovery specialist's judgement: what a partner refused is planned anew, and swapped, asked about or given up.

Pure: the graph finds the offers, asks the planner and does what is decided here. The rule is the person's own: what
keeps their windows, their order of things and their limits is done without a word; what only works beyond a limit is
asked; what does not work at all is said.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field

from schemas.base import Value
from schemas.capability import TimeEffect
from schemas.intent import Need
from schemas.money import Money
from schemas.offer import Offer, ScoutedNeed
from schemas.order import FAILED, Limits, Order, OrderLine
from schemas.plan import FixedItem, Plan, PlanItem, PlanRequest, PlanResult
from schemas.timing import TimeWindow
from tools.orders import MOVED

ATTEMPTS = 4
"""Partners tried for one need; after that more tries cost the person's time and find little."""

_PRESENT: frozenset[TimeEffect] = frozenset({"attended", "moves_person"})


class Swap(Value):
    """Buy this instead: it is within the person's limits."""

    kind: Literal["swap"] = "swap"
    item: PlanItem


class Ask(Value):
    """Only beyond a limit; least change first. What changes follows from the failed line and each option."""

    kind: Literal["ask"] = "ask"
    options: tuple[PlanItem, ...] = Field(min_length=1)


class GiveUp(Value):
    """Nothing can be bought instead; ``reason`` says why, for the person."""

    kind: Literal["give_up"] = "give_up"
    reason: str


RecoveryDecision = Annotated[Swap | Ask | GiveUp, Field(discriminator="kind")]


def replan_request(order: Order, failed_line: OrderLine, scouted: ScoutedNeed, now: datetime) -> PlanRequest | None:
    """The failed need planned anew round everything that stands, without the partners that failed for it.

    A ride that was to leave from a place that is no longer gone to may leave from elsewhere: see :func:`stranded`.

    The budget is what the order's limit leaves when the other lines that failed are bought again at their price.
    ``None`` when there is nothing to plan with: no other partner, or enough were tried.
    """
    tried = _tried(order, failed_line.need)
    gone = tried_partners(order, failed_line)
    offers = [offer for offer in scouted.offers if offer.partner_id not in gone]
    if not offers or len(tried) >= ATTEMPTS:
        return None
    kept = {order.home, *(line.place for line in order.current if line.state not in FAILED)}
    return PlanRequest(
        now=now,
        needs=[ScoutedNeed(need=_within_shift(failed_line, offers, order.limits), offers=offers)],
        relations=order.relations,
        budget=order.limits.total - _others(order, failed_line),
        currency=order.currency,
        home=order.home,
        fixed=[
            FixedItem(
                need_id=line.need.id,
                offer=line.offer,
                start=line.start,
                end=line.end,
                place=line.place,
                origin=line.origin if line.origin in kept else None,
            )
            for line in order.current
            if line.state not in FAILED
        ],
    )


def decide(order: Order, failed_line: OrderLine, result: PlanResult | None) -> RecoveryDecision:
    """What to do about the failed line; ``result`` is the planner's answer to its :func:`replan_request`."""
    if result is None:
        tried = len(_tried(order, failed_line.need))
        if tried >= ATTEMPTS:
            return GiveUp(reason=f"{tried} partners could not do it, so I stopped trying")
        return GiveUp(reason="no other partner offers it for that time")
    if isinstance(result, Plan):
        item = _item(result, failed_line)
        if item is not None:
            within = _affordable(order, failed_line, item) and _close(failed_line, item, order.limits)
            return Swap(item=item) if within else Ask(options=(item,))
        return GiveUp(reason="no other offer fits in with the rest")
    # A change that drops something is no option: going without it is what the person can always choose.
    options = _distinct(_item(change.plan, failed_line) for change in result.changes if change.field != "drop")
    if options:
        return Ask(options=options)
    return GiveUp(reason="; ".join(conflict.message for conflict in result.conflicts) or "no other offer fits")


def stranded(order: Order) -> list[tuple[OrderLine, PlanItem]]:
    """The rides that wait where the person is not any more, each with the same ride from where they will be.

    That is so when what comes before a ride was swapped for something at another place.
    """
    lines = order.current
    present = [line for line in lines if line.offer.effect == "attended" and line.state not in FAILED]
    replaced = {line.replaces for line in order.lines}
    rides = [line for line in order.lines if line.offer.effect == "moves_person" and line.id not in replaced]
    found = []
    for ride in rides:
        being_moved = ride.state == "cancelled" and ride.reason == MOVED
        if not being_moved and (ride not in lines or ride.state in FAILED):
            continue
        before = [line for line in present if line.end <= ride.start]
        origin = max(before, key=lambda line: line.end).place if before else ride.origin
        if origin is None or (origin == ride.origin and not being_moved):
            continue
        item = PlanItem(
            need_id=ride.need.id, offer=ride.offer, start=ride.start, end=ride.end, place=ride.place, origin=origin
        )
        found.append((ride, item))
    return found


def tried_partners(order: Order, failed_line: OrderLine) -> frozenset[str]:
    """Those that were to do it and did not: there is no use in asking them again."""
    return frozenset(line.offer.partner_id for line in _tried(order, failed_line.need))


def _tried(order: Order, need: Need) -> list[OrderLine]:
    """The lines bought for the need that came to nothing."""
    gone = {*FAILED, "replaced", "refunded"}
    return [line for line in order.lines if line.need.id == need.id and line.state in gone and line.reason != MOVED]


def _others(order: Order, failed_line: OrderLine) -> Money:
    """What the other failed lines cost: kept aside, so that the first repair does not spend the second's money."""
    prices = (line.offer.price for line in order.current if line.state in FAILED and line.id != failed_line.id)
    return sum(prices, start=Money.zero(order.currency))


def _within_shift(failed_line: OrderLine, offers: Iterable[Offer], limits: Limits) -> Need:
    """The need, bound to start near the time that was approved if the person is there when it happens.

    A delivery or a visit may come at any time inside the windows the person named.
    """
    need = failed_line.need
    if not any(offer.effect in _PRESENT for offer in offers):
        return need
    earliest, latest = failed_line.start - limits.shift, failed_line.start + limits.shift
    said = need.timing.start
    near = TimeWindow(
        start=max(earliest, said.start) if said.start and said.start <= failed_line.start else earliest,
        end=min(latest, said.end) if said.end and said.end >= failed_line.start else latest,
    )
    return need.model_copy(update={"timing": need.timing.model_copy(update={"start": near})})


def _affordable(order: Order, failed_line: OrderLine, item: PlanItem) -> bool:
    return order.total + item.offer.price + _others(order, failed_line) <= order.limits.total


def _close(failed_line: OrderLine, item: PlanItem, limits: Limits) -> bool:
    return item.offer.effect not in _PRESENT or abs(item.start - failed_line.start) <= limits.shift


def _item(plan: Plan, failed_line: OrderLine) -> PlanItem | None:
    return next((item for item in plan.items if item.need_id == failed_line.need.id), None)


def _distinct(items: Iterable[PlanItem | None]) -> tuple[PlanItem, ...]:
    by_offer = {item.offer.id: item for item in reversed([item for item in items if item is not None])}
    return tuple(reversed(by_offer.values()))
