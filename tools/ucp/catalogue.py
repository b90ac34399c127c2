"""Questions to a partner's catalogue: what is there (search, for the sync) and what it costs when (lookup, live).

Lookup is asked of nine partners in every proposal, so it reads only the fields it needs with small models of its
own. Unknown fields are ignored, as the protocol demands of consumers; known ones are held to their meaning.
"""

import re
from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated, Any, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, StrictInt, StringConstraints, ValidationError

from schemas.base import Value
from schemas.capability import TimeEffect
from schemas.errors import PartnerError
from schemas.money import Money
from schemas.partner import Partner
from schemas.place import Place
from schemas.timing import TimeWindow
from tools.http import PartnerHttp
from tools.ucp.client import question
from tools.ucp.profile import explain

_MONTH_OF_MINUTES = 60 * 24 * 31
_MOST_SEATS = 200_000  # times the largest quantity this still is an integer of Postgres
_BLANKS = re.compile(r"[\s\x00-\x1f\x7f]+")
_TAGS = re.compile(r"<[^>]{0,500}>")
_Id = Annotated[str, StringConstraints(min_length=1, max_length=300)]


class Booking(Value):
    """When, for how many and where: what a live question is about. For deliveries the times bound the arrival."""

    earliest: AwareDatetime
    latest: AwareDatetime
    party: int | None = None
    quantity: int = 1
    place: Place | None = None


@dataclass(frozen=True, slots=True)
class Quote:
    """A partner's live word on one product: the price for all of it, and when it can begin."""

    product_id: str
    total: Money
    price_per: Literal["item", "person"]
    duration: timedelta
    starts: tuple[AwareDatetime, ...]
    windows: tuple[TimeWindow, ...]
    lead_minutes: int
    capacity: int | None
    expires_at: AwareDatetime | None
    unavailable: str | None


@dataclass(frozen=True, slots=True)
class CatalogueItem:
    """One variant of a partner's catalogue; ``service`` and ``effect`` are None when the partner does not say."""

    id: str
    product_id: str
    title: str
    description: str
    price: Money
    price_per: Literal["item", "person"]
    categories: list[str]
    tags: list[str]
    service: str | None
    effect: TimeEffect | None
    duration_minutes: int | None
    lead_minutes: int
    capacity: int | None
    rating: float | None
    available: bool


@dataclass(frozen=True, slots=True)
class CataloguePage:
    """One page. ``left_out`` says, a sentence each, which products could not be read."""

    items: list[CatalogueItem]
    cursor: str | None
    left_out: list[str]


class _Wire(BaseModel):
    model_config = ConfigDict(extra="ignore")


class _Price(_Wire):
    amount: StrictInt = Field(ge=0, le=10**12)
    currency: str = Field(pattern=r"^[A-Z]{3}$")


class _Quoted(_Wire):
    duration_minutes: StrictInt = Field(ge=0, le=_MONTH_OF_MINUTES)
    starts: list[AwareDatetime] = Field(default=[], max_length=500)
    windows: list[tuple[AwareDatetime, AwareDatetime]] = Field(default=[], max_length=500)
    lead_minutes: StrictInt = Field(default=0, ge=0)
    total: _Price
    price_per: Literal["item", "person"] = "item"
    capacity: StrictInt | None = Field(default=None, ge=1)
    expires_at: AwareDatetime | None = None
    unavailable: str | None = Field(default=None, max_length=500)


class _QuotedVariant(_Wire):
    id: _Id
    booking: _Quoted


class _QuotedProduct(_Wire):
    variants: list[_QuotedVariant] = Field(max_length=200)


class _LookupAnswer(_Wire):
    products: list[_QuotedProduct] = Field(max_length=200)


async def lookup(
    http: PartnerHttp, partner: Partner, ids: list[str], booking: Booking, *, within: float | None = None
) -> dict[str, Quote]:
    """Ask for live price and availability of some products for one booking, in one question.

    Returns quotes by product id; a product the partner does not know (any more) is simply missing.

    Raises:
        PartnerUnavailableError: it did not answer.
        PartnerError: its answer breaks the protocol, or speaks of things that were not asked.
    """
    body = {"ids": ids, "booking": booking_json(booking)}
    reply = await question(http, partner, "/catalog/lookup", body, within=within)
    try:
        answer = _LookupAnswer.model_validate(reply.data)
        quotes = [_quote(variant) for product in answer.products for variant in product.variants]
    except ValidationError as error:
        raise PartnerError(f"{partner.name} answered a lookup in a form we cannot read: {explain(error)}.") from error
    result = {quote.product_id: quote for quote in quotes}
    unasked = result.keys() - set(ids)
    if unasked or len(result) != len(quotes):
        odd = next(iter(unasked), None) or "one product twice"
        raise PartnerError(f"{partner.name} answered a lookup with something that was not asked: {odd}.")
    return result


def _quote(variant: _QuotedVariant) -> Quote:
    booked = variant.booking
    return Quote(
        product_id=variant.id,
        total=Money(amount=booked.total.amount, currency=booked.total.currency),
        price_per=booked.price_per,
        duration=timedelta(minutes=booked.duration_minutes),
        starts=tuple(sorted(booked.starts)),
        windows=tuple(TimeWindow(start=start, end=end) for start, end in sorted(booked.windows)),
        lead_minutes=booked.lead_minutes,
        capacity=booked.capacity,
        expires_at=booked.expires_at,
        unavailable=booked.unavailable,
    )


def booking_json(booking: Booking) -> dict[str, Any]:
    """The booking as partners read it."""
    return {
        "earliest": booking.earliest,  # orjson writes aware datetimes as RFC 3339
        "latest": booking.latest,
        "party": booking.party,
        "quantity": booking.quantity,
        "place": booking.place.model_dump(mode="json") if booking.place else None,
    }


class _Text(_Wire):
    plain: str | None = None
    markdown: str | None = None
    html: str | None = None


class _Rating(_Wire):
    value: float = Field(ge=0)
    scale_max: float = Field(gt=0)


class _Category(_Wire):
    value: str


class _Availability(_Wire):
    available: bool | None = None


class _Facts(_Wire):
    service: str | None = Field(default=None, min_length=1, max_length=200)
    duration_minutes: StrictInt | None = Field(default=None, ge=0, le=_MONTH_OF_MINUTES)
    lead_minutes: StrictInt | None = Field(default=None, ge=0, le=10 * _MONTH_OF_MINUTES)
    price_per: Literal["item", "person"] | None = None
    capacity: StrictInt | None = Field(default=None, ge=1, le=_MOST_SEATS)
    effect: TimeEffect | None = None


class _Variant(_Wire):
    id: _Id
    title: str
    description: _Text = _Text()
    price: _Price
    categories: list[_Category] = []
    tags: list[str] = []
    rating: _Rating | None = None
    availability: _Availability | None = None
    metadata: _Facts = _Facts()


class _Product(_Wire):
    id: _Id
    title: str
    description: _Text = _Text()
    categories: list[_Category] = []
    tags: list[str] = []
    rating: _Rating | None = None
    variants: list[_Variant] = Field(min_length=1, max_length=200)


async def search(
    http: PartnerHttp,
    partner: Partner,
    *,
    query: str | None = None,
    cursor: str | None = None,
    limit: int = 100,
    within: float | None = None,
) -> CataloguePage:
    """One page of the partner's catalogue; without a ``query``, of everything. Unreadable products are left out.

    Raises:
        PartnerUnavailableError: it did not answer.
        PartnerError: the page as a whole cannot be read.
    """
    body: dict[str, Any] = {"pagination": {"limit": limit} if cursor is None else {"cursor": cursor, "limit": limit}}
    if query:
        body["query"] = query
    reply = await question(http, partner, "/catalog/search", body, within=within)
    products = reply.data.get("products") if isinstance(reply.data, dict) else None
    if not isinstance(products, list):
        raise PartnerError(f"{partner.name} answered a catalogue search without a list of products.")
    items: list[CatalogueItem] = []
    left_out: list[str] = []
    for raw in products[:limit]:
        try:
            items += _items(_Product.model_validate(raw))
        except ValidationError as error:
            name = raw.get("id") if isinstance(raw, dict) else None
            left_out.append(f"product {str(name)[:80]!r}: {explain(error)}")
    return CataloguePage(items, _next_cursor(reply.data.get("pagination")), left_out)


def _next_cursor(pagination: Any) -> str | None:
    if not isinstance(pagination, dict) or not pagination.get("has_next_page"):
        return None
    cursor = pagination.get("cursor")
    return cursor if isinstance(cursor, str) and cursor else None


def _items(product: _Product) -> list[CatalogueItem]:
    return [
        CatalogueItem(
            id=variant.id,
            product_id=product.id,
            title=_title(product.title, variant.title),
            description=_plain(variant.description) or _plain(product.description),
            price=Money(amount=variant.price.amount, currency=variant.price.currency),
            price_per=variant.metadata.price_per or "item",
            categories=_words(entry.value for entry in (*product.categories, *variant.categories)),
            tags=_words((*product.tags, *variant.tags)),
            service=variant.metadata.service,
            effect=variant.metadata.effect,
            duration_minutes=variant.metadata.duration_minutes,
            lead_minutes=variant.metadata.lead_minutes or 0,
            capacity=variant.metadata.capacity,
            rating=_stars(variant.rating or product.rating),
            available=variant.availability is None or variant.availability.available is not False,
        )
        for variant in product.variants
    ]


def _title(product: str, variant: str) -> str:
    whole, part = clean(product, 200), clean(variant, 200)
    if not part or part.lower() in ("default", "default title") or part.lower() in whole.lower():
        return whole
    return part if whole.lower() in part.lower() else f"{whole}, {part}"[:200]


def _plain(text: _Text) -> str:
    return clean(text.plain or text.markdown or _TAGS.sub(" ", text.html or ""), 1000)


def _words(values: Any) -> list[str]:
    return list(dict.fromkeys(word for word in (clean(value, 60) for value in values) if word))[:20]


def _stars(rating: _Rating | None) -> float | None:
    return None if rating is None else round(min(5.0, 5.0 * rating.value / rating.scale_max), 2)


def clean(text: str, limit: int) -> str:
    """A stranger's text on one line: no control characters, no runs of blanks, at most ``limit`` characters."""
    return _BLANKS.sub(" ", text[: 4 * limit]).strip()[:limit].rstrip()
