"""What one partner sells: products with their variants, made from the line's data, searched and written as UCP."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from random import Random
from typing import Any

from simulator.availability import Pool, Schedule
from simulator.city import Spot
from simulator.lines import Item, Line, PricePer, Style, Week

CURRENCY = "USD"
_CARRIED = 0.96


@dataclass(frozen=True, eq=False)
class Variant:
    """One thing that can be booked. ``price`` in cents, for one item or one person."""

    id: str
    product: "Product" = field(repr=False)
    title: str
    text: str
    price: int
    price_per: PricePer
    capacity: int | None
    lead: int
    schedule: Schedule

    @property
    def line(self) -> Line:
        """The line of business it belongs to."""
        return self.product.line

    @property
    def whole_title(self) -> str:
        """Product and variant in one line, as an order names it."""
        return f"{self.product.title}, {self.title}"

    def count(self, party: int | None, quantity: int) -> int:
        """How many times the price is due: a party of four who ask for two are still four people."""
        return max(party or 1, quantity) if self.price_per == "person" else quantity

    def units(self, party: int | None, quantity: int) -> int:
        """How many units of its pool a booking takes."""
        return max(party or 1, quantity) if self.line.stock.per_person else quantity

    def seats(self, party: int | None, quantity: int) -> bool:
        """Whether that many people fit."""
        if self.capacity is None:
            return True
        if self.price_per == "person":
            return self.count(party, quantity) <= self.capacity
        return (party or 1) <= self.capacity * quantity

    @cached_property
    def as_json(self) -> dict[str, Any]:
        """The variant as the catalogue publishes it. Not to be changed by the caller."""
        return {
            "id": self.id,
            "title": self.title,
            "description": {"plain": self.text},
            "price": {"amount": self.price, "currency": CURRENCY},
            "availability": {"available": True, "status": "in_stock"},
            "options": [{"name": "Choice", "label": self.title}],
            "metadata": {
                "service": self.line.id,
                "duration_minutes": self.schedule.duration,
                "lead_minutes": self.lead,
                "price_per": self.price_per,
                "capacity": self.capacity,
                "effect": self.line.effect,
            },
        }


@dataclass(frozen=True, eq=False)
class Product:
    """A group of variants that differ in size, seat or length."""

    id: str
    line: Line = field(repr=False)
    spot: Spot = field(repr=False)
    title: str
    text: str
    category: str
    tags: tuple[str, ...]
    rating: float
    ratings: int
    variants: list[Variant] = field(default_factory=list, repr=False)

    @cached_property
    def categories(self) -> frozenset[str]:
        """Its categories, case-folded for comparison."""
        return frozenset((self.category.casefold(), self.line.service["name"].casefold()))

    @cached_property
    def words(self) -> frozenset[str]:
        """Everything it can be found by."""
        return frozenset(
            _words(" ".join((self.title, self.text, self.category, self.line.service["name"], *self.tags)))
        )

    @cached_property
    def _head(self) -> dict[str, Any]:
        prices = [variant.price for variant in self.variants]
        return {
            "id": self.id,
            "title": self.title,
            "description": {"plain": self.text},
            "categories": [{"value": self.line.service["name"]}, {"value": self.category}],
            "price_range": {
                "min": {"amount": min(prices), "currency": CURRENCY},
                "max": {"amount": max(prices), "currency": CURRENCY},
            },
            "options": [{"name": "Choice", "values": [{"label": variant.title} for variant in self.variants]}],
            "rating": {"value": self.rating, "scale_min": 1, "scale_max": 5, "count": self.ratings},
            "tags": list(self.tags),
        }

    def as_json(self, variants: Sequence[dict[str, Any]]) -> dict[str, Any]:
        """The product with these of its variants, already written."""
        return {**self._head, "variants": variants}


def search(products: Iterable[Product], query: str) -> list[Product]:
    """The products that any word of the query describes, most words first; all of them for an empty query."""
    wanted = _words(query)
    if not wanted:
        return list(products)
    scored = [(len(wanted & product.words), product) for product in products]
    return [product for score, product in sorted(scored, key=lambda pair: -pair[0]) if score]


def _words(text: str) -> set[str]:
    """Lower-case words without a plural s."""
    return {word.removesuffix("s") if len(word) > 3 else word for word in re.findall(r"\w+", text.lower())}


@dataclass(frozen=True, eq=False)
class Shelf:
    """One line of business at one partner: what its products have in common.

    ``level`` multiplies prices, ``rating`` is the partner's own, ``week`` its opening hours. A ``style`` is only
    there for the partner's main line.
    """

    owner: str
    spot: Spot
    line: Line
    style: Style | None
    level: float
    rating: float
    week: Week
    rng: Random = field(repr=False)

    def fill(self) -> Iterator[Product]:
        """The products it carries, each a little different in price from the neighbours'."""
        lead = self.rng.choice(self.line.lead_minutes)
        shared = self._pool(self.line.id, None)
        for item in (*self.line.items, *(self.style.items if self.style else ())):
            if self.rng.random() < _CARRIED:
                yield self._product(item, lead, shared)

    def _product(self, item: Item, lead: int, shared: Pool) -> Product:
        rng, line, style = self.rng, self.line, self.style
        title = item.title.format(label=style.label if style else "")
        title = title[0].upper() + title[1:]
        level = self.level * rng.uniform(0.96, 1.04)
        product = Product(
            id=f"{self.owner}.{slug(title)}",
            line=line,
            spot=self.spot,
            title=title,
            text=item.text,
            category=item.category,
            tags=tuple(dict.fromkeys((*item.tags, *(style.tags if style else ())))),
            rating=round(min(5.0, max(3.0, self.rating + rng.uniform(-0.3, 0.3))), 1),
            ratings=rng.randrange(8, 900),
        )
        pool = self._pool(product.id, item) if line.stock.scope == "product" else shared
        for option in item.options or line.options:
            identity = f"{product.id}.{slug(option.name)}"
            if line.stock.scope == "variant":
                pool = self._pool(identity, item)
            product.variants.append(
                Variant(
                    id=identity,
                    product=product,
                    title=option.name,
                    text=f"{item.text} {option.note}".rstrip(),
                    price=_round_price(item.price * option.times * level),
                    price_per=item.per or line.price_per,
                    capacity=option.capacity or item.capacity or line.capacity,
                    lead=option.lead or max(item.lead or 0, lead),
                    schedule=self._schedule(pool, item, option.minutes),
                )
            )
        return product

    def _pool(self, name: str, item: Item | None) -> Pool:
        """Stock that is used up in the hours of the item, or of the whole partner if there is none."""
        pool = Pool(name, self.rng.randint(*self.line.stock.units), self.line.stock.busy)
        pool.usual = self._schedule(pool, item)
        return pool

    def _schedule(self, pool: Pool, item: Item | None, minutes: int | None = None) -> Schedule:
        usual = int(self.line.service["duration_minutes"])
        common = Schedule(pool, self.week, usual, step=self.line.step_minutes, ends_by_close=self.line.ends_by_close)
        if item is None:
            return common
        return replace(
            common,
            duration=minutes or item.minutes or usual,
            times=item.times,
            served=item.served,
            days=item.days,
            weeks=item.weeks,
            season=item.title,
        )


def _round_price(dollars: float) -> int:
    """Cents as shops write prices: to half a dollar below fifty, to the dollar above."""
    step = 50 if dollars < 50 else 100
    return max(step, round(dollars * 100 / step) * step)


def slug(text: str) -> str:
    """Lower-case ASCII words joined by hyphens."""
    plain = (
        text.lower().translate(str.maketrans("éèêàâîôûçñáíóúö", "eeeaaioucnaiouo")).replace("'", "").replace("&", "and")
    )
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")
