"""Orders to test with: three things for one evening, each from a partner of its own."""

from datetime import UTC, datetime, timedelta

from schemas.intent import Need
from schemas.money import Money
from schemas.offer import Offer
from schemas.order import Limits, Order, OrderLine
from schemas.place import Place
from schemas.plan import PlanItem
from schemas.principal import Principal

NOW = datetime(2026, 11, 20, 15, 0, tzinfo=UTC)
HOME = Place(name="Home", lat=41.8925, lon=-87.6345, zone="America/Chicago")


def usd(major: int | str) -> Money:
    return Money.of(major, "USD")


def offer(need_id: str, *, partner: str, price: Money, product: str = "p1", **more: object) -> Offer:
    return Offer.model_validate(
        {
            "id": f"offer-{partner}-{need_id}",
            "need_id": need_id,
            "capability_id": "flowers",
            "partner_id": partner,
            "partner_name": partner.title(),
            "product_id": product,
            "title": f"Thing for {need_id}",
            "effect": "delivered",
            "price": price,
            "duration": timedelta(hours=1),
            **more,
        }
    )


def item(chosen: Offer, *, start: datetime = NOW + timedelta(hours=6)) -> PlanItem:
    return PlanItem(need_id=chosen.need_id, offer=chosen, start=start, end=start + chosen.duration, place=HOME)


def order_line(line_id: str, chosen: Offer, *, start: datetime = NOW + timedelta(hours=6)) -> OrderLine:
    return OrderLine(
        id=line_id,
        need=Need(id=chosen.need_id, text=chosen.title),
        offer=chosen,
        start=start,
        end=start + chosen.duration,
        place=HOME,
        state="authorised",
    )


def order_of(owner: Principal, order_id: str, lines: list[OrderLine], *, limit: Money | None = None) -> Order:
    total = sum(line.offer.price.amount for line in lines)
    return Order(
        id=order_id,
        thread_id=f"thread-{order_id}",
        user_id=owner.user_id,
        tenant_id=owner.tenant_id,
        created_at=NOW,
        currency="USD",
        limits=Limits(total=limit or Money(amount=total, currency="USD")),
        home=HOME,
        lines=lines,
    )
