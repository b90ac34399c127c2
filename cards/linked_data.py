"""The JSON-LD twins in schema.org's vocabulary, for other agents.

Every document can be acted on: ``potentialAction`` names what may be done, its ``target`` is the chat
endpoint, and its ``instrument`` is the request body to post there.
"""

import json
from datetime import datetime
from typing import Any

from cards.elements import Json
from cards.safe_text import clean
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
    """A Place with its coordinates."""
    geo = thing("GeoCoordinates", latitude=where.lat, longitude=where.lon)
    return thing("Place", name=words(where.name), address=words(where.address or ""), geo=geo)


def seller(offer: Offer) -> Json:
    """The partner as an Organization."""
    return thing("Organization", identifier=offer.partner_id, name=words(offer.partner_name))


def service(offer: Offer, *, start: datetime | None = None, end: datetime | None = None,
            to: Place | None = None, origin: Place | None = None) -> Json:  # fmt: skip
    """What is bought: a Product that is delivered, a Trip, or a Service."""
    rating = None
    if offer.rating is not None:
        rating = thing("Rating", ratingValue=offer.rating, bestRating=5)
    about = {"identifier": offer.product_id, "name": words(offer.title), "description": clean(offer.description, _LONG)}
    match offer.effect:
        case "delivered":
            return thing("Product", **about, category=offer.capability_id, review=_review(rating))
        case "moves_person":
            stops = [place(stop) for stop in (origin, to) if stop]
            return thing("Trip", **about, provider=seller(offer), departureTime=start and start.isoformat(),
                         arrivalTime=end and end.isoformat(), itinerary=stops)  # fmt: skip
    return thing("Service", **about, serviceType=offer.capability_id, provider=seller(offer), review=_review(rating))


def _review(rating: Json | None) -> Json | None:
    return thing("Review", reviewRating=rating) if rating else None


def offer(offered: Offer, *, start: datetime | None = None, end: datetime | None = None,
          to: Place | None = None, origin: Place | None = None) -> Json:  # fmt: skip
    """An Offer; ``start`` and ``end`` are when its service is to happen."""
    spot = to or offered.place
    happens = "availableAtOrFrom" if offered.effect == "attended" else "areaServed"
    return thing(
        "Offer",
        identifier=offered.id,
        name=words(offered.title),
        **price(offered.price),
        seller=seller(offered),
        availabilityStarts=start and start.isoformat(),
        availabilityEnds=end and end.isoformat(),
        **{happens: place(spot) if spot else None},
        validThrough=offered.expires_at and offered.expires_at.isoformat(),
        itemOffered=service(offered, start=start, end=end, to=to, origin=origin),
    )


def resume(kind: str, name: str, interrupt_id: str, payload: Json, **properties: Any) -> Json:
    """An action that answers an interrupt with a payload."""
    entry = {"interruptId": interrupt_id, "status": "resolved", "payload": payload}
    return _post(kind, name, {"resume": [entry]}, properties)


def say(kind: str, name: str, text: str, **properties: Any) -> Json:
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
