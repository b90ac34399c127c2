"""The JSON-LD twins in schema.org's vocabulary, for other agents.

Every document can be acted on: ``potentialAction`` names what may be done, its ``target`` is the chat
endpoint, and its ``instrument`` is the request body to post there, on the same thread.
"""

import json
from collections.abc import Iterable
from typing import Any

from cards.elements import Json
from cards.safe_text import clean
from cards.timeline import Scheduled
from schemas.money import Money
from schemas.offer import Offer
from schemas.place import Place

CONTEXT = "https://schema.org"
_CHAT = "/api/v1/chat"
_TEXT, _LONG = 300, 2_000


def document(kind: str, **properties: Any) -> Json:
    """A JSON-LD document of a schema.org type; empty properties are left out."""
    return {"@context": CONTEXT, **thing(kind, **properties)}


def thing(kind: str, **properties: Any) -> Json:
    """A node of a schema.org type; empty properties are left out."""
    return {"@type": kind, **{name: value for name, value in properties.items() if value not in (None, "", [], {})}}


def words(text: str) -> str:
    """A name or sentence for a machine: unchanged but for control characters and excess length."""
    return clean(text, _TEXT)


def price(money: Money) -> Json:
    """``price`` as a decimal string and ``priceCurrency``."""
    return {"price": str(money.major), "priceCurrency": money.currency}


def place(where: Place) -> Json:
    """A Place with its coordinates, where they are known."""
    if where.approximate:
        return thing("Place", name=words(where.name), address=words(where.address or ""))
    geo = thing("GeoCoordinates", latitude=where.lat, longitude=where.lon)
    return thing("Place", name=words(where.name), address=words(where.address or ""), geo=geo)


def seller(offer: Offer) -> Json:
    """The partner as an Organization."""
    return thing("Organization", identifier=offer.partner_id, name=words(offer.partner_name))


def goods(offer: Offer) -> Json:
    """What is bought: a Product when it is delivered, otherwise a Service."""
    about = {"identifier": offer.product_id, "name": words(offer.title), "description": clean(offer.description, _LONG)}
    if offer.effect == "delivered":
        return thing("Product", **about)
    return thing("Service", **about, provider=seller(offer))


def _trip(at: Scheduled) -> Json:
    stops = [place(stop) for stop in (at.origin, at.place) if stop]
    return {
        **goods(at.offer),
        "@type": "Trip",
        "departureTime": at.start.isoformat(),
        "arrivalTime": at.end.isoformat(),
        "itinerary": stops,
    }


def offer(offered: Offer, at: Scheduled | None = None) -> Json:
    """An Offer; ``at`` says when and where its service is to happen."""
    spot = (at and at.place) or offered.place
    rating = None
    if offered.rating is not None:
        rating = thing("AggregateRating", ratingValue=offered.rating, bestRating=5)
    return thing(
        "Offer",
        identifier=offered.id,
        name=words(offered.title),
        category=offered.capability_id,
        **price(offered.price),
        seller=seller(offered),
        aggregateRating=rating,
        availabilityStarts=at.start.isoformat() if at else None,
        availabilityEnds=at.end.isoformat() if at else None,
        availableAtOrFrom=place(spot) if spot and offered.effect == "attended" else None,
        areaServed=place(spot) if spot and offered.effect in ("delivered", "visits") else None,
        validThrough=offered.expires_at and offered.expires_at.isoformat(),
        itemOffered=_trip(at) if at and offered.effect == "moves_person" else goods(offered),
    )


def invoice(total: Money, **properties: Any) -> Json:
    """An Invoice over a total."""
    due = thing("MonetaryAmount", value=str(total.major), currency=total.currency)
    return thing("Invoice", **properties, totalPaymentDue=due)


def brief(of: Offer) -> Json:
    """An Offer in the few words an action needs; the offer's own document says the rest."""
    return thing("Offer", identifier=of.id, name=words(of.title), **price(of.price), seller=seller(of))


def booked(at: Scheduled) -> Json:
    """The Offer of something that has its time."""
    return offer(at.offer, at)


def listed(name: str, items: Iterable[Json], **properties: Any) -> Json:
    """An ItemList document of things in order."""
    elements = [thing("ListItem", position=position, item=item) for position, item in enumerate(items, 1)]
    return document("ItemList", name=name, numberOfItems=len(elements), itemListElement=elements, **properties)


def resume(kind: str, name: str, interrupt_id: str, payload: Json, **properties: Any) -> Json:
    """An action that answers an interrupt with a payload."""
    entry = {"interruptId": interrupt_id, "status": "resolved", "payload": payload}
    return _post(kind, name, {"resume": [entry]}, properties)


def send(kind: str, name: str, text: str, **properties: Any) -> Json:
    """An action that says something in the conversation."""
    return _post(kind, name, {"message": text}, properties)


def text_asked(hint: str) -> Json:
    """The specification of a ``text`` that the caller puts where the body says ``{text}``."""
    return thing("PropertyValueSpecification", valueName="text", valueRequired=True, description=hint)


def _post(kind: str, name: str, body: Json, properties: Json) -> Json:
    target = thing("EntryPoint", urlTemplate=_CHAT, httpMethod="POST", contentType="application/json")
    text = json.dumps(body, ensure_ascii=False)
    instrument = thing("DigitalDocument", encodingFormat="application/json", text=text)
    return thing(kind, name=name, target=target, instrument=instrument, **properties)
