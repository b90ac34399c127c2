"""After the purchase: partners' webhooks move the line and its money; silence ends it."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from structlog.testing import CapturingLogger

from memory import orders as rows
from memory import partner_events
from memory.jobs import JobWorker
from schemas.errors import InvalidRequestError, NotFoundError
from schemas.order import Order
from tests.tools.orders.conftest import CABS, FLORIST, NOW, OTHER_FLORIST, Market
from tools import orders
from tools.orders import watching
from tools.orders.partner import Bought, buy
from tools.orders.steps import placed, step


def snapshots(market: Market, slug: str) -> list[dict[str, Any]]:
    """Every snapshot the partner has sent, oldest first."""
    return [delivery.as_json()["order"] for delivery in market.sent_by(slug)]


async def hear(market: Market, slug: str, snapshot: dict[str, Any], *, webhook_id: str) -> bool:
    """Take in a webhook of the partner, whatever it says, and apply it."""
    partner = await market.join(slug)
    async with market.database.transaction() as conn:
        new = await orders.record_partner_event(conn, partner, webhook_id=webhook_id, snapshot=snapshot, now=NOW)
    await market.work("partner_event")
    return new


async def silently(market: Market, *slugs: str) -> Order:
    """An order placed at partners that say nothing."""
    for slug in slugs:
        market.behave(slug, "silent")
    return await market.buy(*slugs)


async def test_an_acceptance_arrives_and_the_last_one_settles_the_order(market: Market) -> None:
    order = await silently(market, FLORIST, CABS)
    await market.advance(FLORIST, "accepted")
    assert [line.state for line in (await market.look(order)).lines] == ["accepted", "placed"]
    assert await market.events() == []
    await market.advance(CABS, "accepted")
    order = await market.look(order)
    assert order.settled
    assert await market.events() == [{"kind": "order_settled", "order_id": order.id}]


async def test_two_last_acceptances_at_the_same_time_settle_the_order_once(market: Market) -> None:
    order = await silently(market, FLORIST, CABS)
    (theirs,) = market.orders_at(CABS)
    theirs.move("accepted", at=NOW)
    market.town.webhooks.announce(CABS, market.shop(CABS).signer, theirs)
    await market.town.webhooks.settle()
    async with market.database.transaction() as conn:
        await rows.lock(conn, order.id)
        await step(conn, order, order.lines[0], "accepted", now=NOW)
        second = asyncio.create_task(market.work("partner_event"))
        finished, _ = await asyncio.wait({second}, timeout=0.1)
        assert not finished, "it must wait for the first: neither would see the other's acceptance"
    await second
    assert (await market.look(order)).settled
    assert await market.events() == [{"kind": "order_settled", "order_id": order.id}]


async def test_the_partner_is_paid_when_it_has_delivered(market: Market) -> None:
    order = await silently(market, FLORIST)
    await market.advance(FLORIST, "accepted")
    await market.advance(FLORIST, "in_progress")
    assert await market.balances() == {"person": -order.total.amount, "escrow": order.total.amount}
    await market.advance(FLORIST, "fulfilled")
    assert (await market.look(order)).status == "fulfilled"
    assert await market.balances() == {"person": -order.total.amount, "partner": order.total.amount}


async def test_a_refusal_by_webhook_gives_the_money_back_and_starts_the_repair(market: Market) -> None:
    market.behave(FLORIST, "refuse", reason="Our van broke down.")
    order = await market.buy(FLORIST)
    await market.news()
    order = await market.look(order)
    assert (order.lines[0].state, order.lines[0].reason) == ("rejected", "Our van broke down.")
    assert order.status == "needs_attention"
    assert await market.balances() == {}
    assert [entry.kind for entry in order.ledger] == [k for k in ("authorise", "hold", "refund") for _ in range(2)]
    assert await market.events() == [{"kind": "line_failed", "order_id": order.id, "line_id": order.lines[0].id}]


async def test_a_partner_may_still_fail_after_it_accepted(market: Market) -> None:
    order = await silently(market, FLORIST)
    await market.advance(FLORIST, "accepted")
    await market.advance(FLORIST, "rejected", reason="The florist is ill.")
    assert (await market.look(order)).lines[0].state == "rejected"
    assert await market.balances() == {}


async def test_news_that_comes_again_changes_nothing(market: Market) -> None:
    order = await silently(market, FLORIST)
    await market.advance(FLORIST, "rejected")
    before = await market.look(order)
    (snapshot,) = snapshots(market, FLORIST)
    (delivery,) = market.sent_by(FLORIST)
    assert not await hear(market, FLORIST, snapshot, webhook_id=delivery.id)
    assert await market.look(before) == before
    assert await hear(market, FLORIST, snapshot, webhook_id=f"again-{market.token}")
    after = await market.look(order)
    assert (after.lines, after.ledger) == (before.lines, before.ledger)
    assert not after.history[-1].applied
    assert len(await market.events()) == 1


async def test_news_out_of_order_does_not_turn_time_back(market: Market) -> None:
    order = await silently(market, FLORIST)
    market.town.webhooks.hold(FLORIST, True)
    for state in ("accepted", "in_progress", "fulfilled"):
        await market.advance(FLORIST, state)
    accepted, in_progress, fulfilled = snapshots(market, FLORIST)
    for number, snapshot in enumerate((in_progress, fulfilled, accepted)):
        await hear(market, FLORIST, snapshot, webhook_id=f"w{number}-{market.token}")
    assert (await market.look(order)).lines[0].state == "fulfilled"
    assert await market.balances() == {"person": -order.total.amount, "partner": order.total.amount}


async def test_news_before_our_own_record_of_the_purchase_is_not_lost(market: Market) -> None:
    order = await market.create(FLORIST)
    partner = await market.join(FLORIST)
    bought = await buy(market.http, partner, order.lines[0], within=10)  # we have not written it down yet
    await market.news()
    assert (await market.look(order)).lines[0].state == "authorised"
    order = await market.place(order)
    assert isinstance(bought, Bought)
    assert order.lines[0].partner_order_id == bought.partner_order_id
    await market.work("partner_event")
    assert (await market.look(order)).lines[0].state == "accepted"


@pytest.mark.parametrize("late", [timedelta(hours=3), timedelta(days=3)], ids=["it waits", "it was given up"])
async def test_news_that_waits_is_applied_at_once_when_its_order_becomes_known(market: Market, late: timedelta) -> None:
    order = await market.create(FLORIST)
    await buy(market.http, await market.join(FLORIST), order.lines[0], within=10)
    await market.news()
    market.now = NOW + late
    await market.work("partner_event")
    await market.place(order)
    assert await market.due("partner_event") == 1
    await market.work("partner_event")
    assert (await market.look(order)).lines[0].state == "accepted"


async def test_news_that_looks_while_the_purchase_is_being_written_down_waits_for_it(market: Market) -> None:
    order = await market.create(FLORIST)
    line = order.lines[0]
    bought = await buy(market.http, await market.join(FLORIST), line, within=10)
    assert isinstance(bought, Bought)
    await market.town.webhooks.settle()
    async with market.database.transaction() as conn:
        await rows.lock(conn, order.id)
        assert await placed(conn, order, line, bought, settings=market.settings, now=NOW)
        looking = asyncio.create_task(market.work("partner_event"))
        finished, _ = await asyncio.wait({looking}, timeout=0.1)
        assert not finished, "it would not find the order, and nobody would look for it again"
    await looking
    assert (await market.look(order)).lines[0].state == "accepted"


async def test_a_partner_cannot_speak_about_another_partners_order(market: Market) -> None:
    order = await silently(market, FLORIST)
    market.town.webhooks.hold(FLORIST, True)
    await market.advance(FLORIST, "rejected")
    await hear(market, OTHER_FLORIST, snapshots(market, FLORIST)[0], webhook_id=f"forged-{market.token}")
    assert (await market.look(order)).lines[0].state == "placed"


async def test_news_of_an_unknown_order_is_kept_and_given_up_after_a_day(
    market: Market, monkeypatch: pytest.MonkeyPatch
) -> None:
    await silently(market, FLORIST)
    market.town.webhooks.hold(FLORIST, True)
    await market.advance(FLORIST, "accepted")
    snapshot = {**snapshots(market, FLORIST)[0], "id": "XX-UNKNOWN"}
    webhook_id = f"unknown-{market.token}"

    async def kept() -> partner_events.PartnerEvent:
        async with market.database.transaction() as conn:
            event = await partner_events.take(conn, market.partner_id(FLORIST), webhook_id)
        assert event is not None
        return event

    assert await hear(market, FLORIST, snapshot, webhook_id=webhook_id)
    assert await market.due("partner_event") == 0, "nothing is to be done before a day is over"
    market.now = NOW + timedelta(hours=23, minutes=59)
    await market.work("partner_event")
    assert (await kept()).outcome is None
    market.now = NOW + timedelta(days=1)
    log = CapturingLogger()
    monkeypatch.setattr(watching, "log", log)
    await market.work("partner_event")
    assert ((await kept()).outcome, (await kept()).snapshot) == ("unknown_order", snapshot)
    assert [(call.method_name, call.kwargs["order"]) for call in log.calls] == [("warning", "XX-UNKNOWN")]
    assert await market.jobs("partner_event") == []


@pytest.mark.parametrize("snapshot", [{}, {"id": "x"}, [], None, "order"], ids=repr)
async def test_what_is_no_order_is_refused_at_the_door(market: Market, snapshot: Any) -> None:
    partner = await market.join(FLORIST)
    with pytest.raises(InvalidRequestError):
        async with market.database.transaction() as conn:
            await orders.record_partner_event(conn, partner, webhook_id="w", snapshot=snapshot, now=NOW)
    assert await market.jobs("partner_event") == []


async def test_silence_ends_the_line_and_the_purchase(market: Market) -> None:
    order = await silently(market, FLORIST)
    market.now = NOW + timedelta(seconds=market.settings.answer_timeout)
    assert await market.work("expire_line") == 1
    order = await market.look(order)
    assert order.lines[0].state == "expired"
    assert "did not answer in time" in (order.lines[0].reason or "")
    assert await market.balances() == {}
    assert await market.events() == [{"kind": "line_failed", "order_id": order.id, "line_id": order.lines[0].id}]
    assert market.bought_at(FLORIST) == [1]
    await market.work("cancel_checkout")
    assert market.bought_at(FLORIST) == [0]


async def test_a_yes_that_got_lost_is_found_by_asking(market: Market) -> None:
    order = await silently(market, FLORIST)
    market.town.webhooks.hold(FLORIST, True)
    await market.advance(FLORIST, "accepted")
    market.now = NOW + timedelta(seconds=market.settings.answer_timeout)
    await market.work("expire_line")
    assert (await market.look(order)).lines[0].state == "accepted"
    assert await market.events() == [{"kind": "order_settled", "order_id": order.id}]


async def test_a_no_that_got_lost_is_found_by_asking(market: Market) -> None:
    order = await silently(market, FLORIST)
    market.town.webhooks.hold(FLORIST, True)
    await market.advance(FLORIST, "rejected", reason="Sold out after all.")
    market.now = NOW + timedelta(seconds=market.settings.answer_timeout)
    await market.work("expire_line")
    line = (await market.look(order)).lines[0]
    assert (line.state, line.reason) == ("rejected", "Sold out after all.")


async def test_a_timer_that_rings_early_is_set_again(market: Market) -> None:
    order = await silently(market, FLORIST)
    market.now = NOW + timedelta(seconds=market.settings.answer_timeout - 5)
    await market.work("expire_line")
    assert (await market.look(order)).lines[0].state == "placed"
    market.now = NOW + timedelta(seconds=market.settings.answer_timeout)
    assert await market.work("expire_line") == 1
    assert (await market.look(order)).lines[0].state == "expired"


async def test_a_timer_of_an_answered_line_does_nothing(market: Market) -> None:
    order = await silently(market, FLORIST)
    await market.advance(FLORIST, "accepted")
    market.now = NOW + timedelta(hours=1)
    before = await market.look(order)
    await market.work("expire_line")
    assert await market.look(order) == before


async def test_a_yes_after_the_end_does_not_bring_the_line_back(market: Market) -> None:
    order = await silently(market, FLORIST)
    market.now = NOW + timedelta(seconds=market.settings.answer_timeout)
    await market.work("expire_line")
    await market.advance(FLORIST, "accepted")
    order = await market.look(order)
    assert order.lines[0].state == "expired"
    assert (order.history[-1].what, order.history[-1].applied) == ("accepted", False)
    await market.work("cancel_checkout")
    assert market.bought_at(FLORIST) == [0]


async def test_a_worker_hears_the_partner_and_settles_the_order(market: Market) -> None:
    order = await market.create(FLORIST)
    settled = asyncio.Event()

    async def partner_event(payload: dict[str, Any]) -> None:
        await market.handlers["partner_event"](payload)
        if (await market.look(order)).settled:
            settled.set()

    worker = JobWorker(market.database, {"partner_event": partner_event})
    working = asyncio.create_task(worker.run())
    await market.place(order)
    await asyncio.wait_for(settled.wait(), 10)
    await worker.stop()
    await working


async def test_only_the_owner_sees_the_order(market: Market) -> None:
    order = await market.buy(FLORIST)
    stranger = market.principal.model_copy(update={"user_id": "somebody else"})
    with pytest.raises(NotFoundError):
        await orders.get_order(market.database, stranger, order.id)
    assert await orders.list_orders(market.database, stranger) == []
    assert [o.id for o in await orders.list_orders(market.database, market.principal)] == [order.id]
