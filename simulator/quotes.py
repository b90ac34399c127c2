"""A partner's answers about its catalogue: everything it sells, and live, what something costs and when it is free."""

from collections.abc import Iterable
from datetime import timedelta

from ucp_sdk.models.schemas.shopping.catalog_lookup import GetProductRequest, LookupRequest
from ucp_sdk.models.schemas.shopping.catalog_search import SearchRequest
from ucp_sdk.models.schemas.shopping.types.search_filters import SearchFilters

from simulator.availability import as_minute, minute_up
from simulator.booking import Place, Question
from simulator.catalogue import CURRENCY, Product, Variant, search
from simulator.city import km_between
from simulator.protocol import (
    BOOKING,
    LOOKUP,
    SEARCH,
    Answer,
    Body,
    Call,
    ProtocolError,
    envelope,
    extension,
    read,
    refusal,
)
from simulator.shop import Shop, Town

_PAGE, _LARGEST_PAGE = 10, 100
_MOST_IDS = 100
_QUOTE_HOLDS = timedelta(minutes=15)
_SEARCHED = envelope(SEARCH)
_LOOKED_UP = envelope(LOOKUP, BOOKING)


async def search_catalog(town: Town, shop: Shop, call: Call) -> Answer:
    """``POST /catalog/search``: the products that match, a page at a time; without a query, all of them."""
    request = read(SearchRequest, call.body)
    found = search(shop.partner.products, request.query or "")
    chosen = [(product, kept) for product in found if (kept := _filtered(product.variants, request.filters))]
    page = request.pagination
    limit = min((page and page.limit) or _PAGE, _LARGEST_PAGE)
    offset = _offset(page and page.cursor)
    shown = chosen[offset : offset + limit]
    more = offset + limit < len(chosen)
    pagination: Body = {"has_next_page": more, "total_count": len(chosen)}
    if more:
        pagination["cursor"] = f"from-{offset + limit}"
    products = [product.as_json([variant.as_json for variant in kept]) for product, kept in shown]
    return Answer(200, {"ucp": _SEARCHED, "products": products, "pagination": pagination})


async def lookup_catalog(town: Town, shop: Shop, call: Call) -> Answer:
    """``POST /catalog/lookup``: these products or variants; with a booking question, each with its answer."""
    request = read(LookupRequest, call.body)
    if len(request.ids) > _MOST_IDS:
        raise ProtocolError(400, "request_too_large", f"Ask for at most {_MOST_IDS} ids at once.")
    quotes = _Quotes(town, shop, extension(Question, request, "booking"))
    partner = shop.partner
    resolved: dict[Product, dict[Variant, list[Body]]] = {}
    unknown: list[Body] = []
    for wanted in dict.fromkeys(request.ids):
        variant, match = partner.variants.get(wanted), "exact"
        if variant is None and wanted in partner.by_id:
            variant, match = partner.by_id[wanted].variants[0], "featured"
        if variant is None:
            unknown.append({"type": "info", "code": "not_found", "content": wanted})
        elif _filtered([variant], request.filters):
            resolved.setdefault(variant.product, {}).setdefault(variant, []).append({"id": wanted, "match": match})
    products = [
        product.as_json([quotes.write(variant, inputs) for variant, inputs in variants.items()])
        for product, variants in resolved.items()
    ]
    body: Body = {"ucp": _LOOKED_UP, "products": products}
    if unknown:
        body["messages"] = unknown
    return Answer(200, body)


async def get_product(town: Town, shop: Shop, call: Call) -> Answer:
    """``POST /catalog/product``: one product with its variants, the one that was asked for first."""
    request = read(GetProductRequest, call.body)
    quotes = _Quotes(town, shop, extension(Question, request, "booking"))
    named = shop.partner.variants.get(request.id)
    product = named.product if named else shop.partner.by_id.get(request.id)
    if product is None:
        return refusal(LOOKUP, "not_found", f"Product not found: {request.id}")
    chosen = {option.label for option in request.selected or []}
    featured = named or next((variant for variant in product.variants if variant.title in chosen), product.variants[0])
    variants = [featured, *(variant for variant in product.variants if variant is not featured)]
    written = [
        quotes.write(variant, [{"id": request.id, "match": "exact" if variant is named else "featured"}])
        for variant in _filtered(variants, request.filters)
    ]
    if not written:
        return refusal(LOOKUP, "not_found", f"No variant of {request.id} matches the filters.")
    body = {**product.as_json(written), "selected": [{"name": "Choice", "label": featured.title}]}
    return Answer(200, {"ucp": _LOOKED_UP, "product": body})


class _Quotes:
    """Writes variants with the partner's live answer to one booking question."""

    def __init__(self, town: Town, shop: Shop, question: Question | None) -> None:
        self._diary = shop.diary
        self._question = question
        if question is None:
            return
        now = town.clock()
        self._now = minute_up(now)
        self._earliest = minute_up(question.earliest)
        self._latest = as_minute(question.latest)
        self._expires_at = (now + _QUOTE_HOLDS).isoformat()
        self._sold_out = shop.conduct.at("quote") == "out_of_stock"

    def write(self, variant: Variant, inputs: list[Body]) -> Body:
        """The variant as lookups show it, with its quote if there was a question."""
        body = {**variant.as_json, "inputs": inputs}
        if self._question is not None:
            body["booking"] = quote = self._quote(variant, self._question)
            if "unavailable" in quote:
                body["availability"] = {"available": False, "status": "out_of_stock"}
        return body

    def _quote(self, variant: Variant, question: Question) -> Body:
        party, quantity = question.party, question.quantity
        quote: Body = {
            "duration_minutes": variant.schedule.duration,
            "lead_minutes": variant.lead,
            "total": {"amount": variant.price * variant.count(party, quantity), "currency": CURRENCY},
            "price_per": variant.price_per,
            "capacity": variant.capacity,
            "expires_at": self._expires_at,
        }
        kind = "starts" if variant.schedule.fixed else "windows"
        problem = "out of stock" if self._sold_out else unfit(variant, party, quantity, question.place)
        if problem is None:
            openings = self._diary.openings(
                variant.schedule,
                earliest=max(self._earliest, self._now + variant.lead),
                latest=self._latest,
                units=variant.units(party, quantity),
            )
            quote[kind] = openings.starts if variant.schedule.fixed else openings.windows
            if not quote[kind]:
                problem = f"nothing free in that time, at {variant.lead} minutes' notice"
        if problem is not None:
            quote |= {kind: [], "unavailable": problem}
        return quote


def unfit(variant: Variant, party: int | None, quantity: int, place: Place | None) -> str | None:
    """Why the product cannot serve these people or this place at any time; None if it can."""
    if not variant.seats(party, quantity):
        return f"serves at most {variant.capacity}"
    reach = variant.line.reach_km
    if reach is not None and place is not None:
        spot = variant.product.spot
        if km_between(spot.lat, spot.lon, place.lat, place.lon) > reach:
            return f"{place.name} is more than {reach:.0f} km away"
    return None


def _filtered(variants: Iterable[Variant], filters: SearchFilters | None) -> list[Variant]:
    """The variants that pass every filter (catalogue specification, "Filters")."""
    if filters is None:
        return list(variants)
    lowest = filters.price.min if filters.price else None
    highest = filters.price.max if filters.price else None
    wanted = {name.casefold() for name in filters.categories or []}
    return [
        variant
        for variant in variants
        if (lowest is None or variant.price >= lowest)
        and (highest is None or variant.price <= highest)
        and (not wanted or wanted & variant.product.categories)
    ]


def _offset(cursor: str | None) -> int:
    if not cursor:
        return 0
    prefix, _, number = cursor.partition("-")
    if prefix != "from" or not number.isascii() or not number.isdigit() or len(number) > 9:
        raise ProtocolError(400, "invalid_cursor", "The cursor is not one that this catalogue gave.")
    return int(number)
