"""The businesses of the city, made from a seed: the same seed and place in the list give the same business."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from itertools import product as pairs
from random import Random

from simulator.catalogue import Product, Shelf, Variant, slug
from simulator.city import CITY, Spot
from simulator.lines import DAY_MINUTES, DAYS, Line, Style, Week, lines

ROSTER: tuple[tuple[str, ...], ...] = (
    ("restaurant.table",), ("flowers.delivery",), ("ride.taxi",), ("hotel.room",), ("event.ticket",),
    ("cake.delivery",), ("gift.delivery", "grocery.delivery"), ("spa.treatment", "hair.salon"), ("cleaning.visit",),
    ("plumbing.visit",), ("photographer.session",), ("catering.delivery",), ("electronics.delivery",),
    ("courier.delivery",), ("hair.salon",), ("grocery.delivery",), ("dog.grooming",), ("language.lesson",),
    ("restaurant.table",), ("flowers.delivery",), ("ride.taxi",), ("restaurant.table",),
    ("flowers.delivery", "gift.delivery"), ("ride.taxi", "courier.delivery"), ("restaurant.table",), ("hotel.room",),
    ("event.ticket",), ("restaurant.table",), ("cake.delivery", "catering.delivery"), ("flowers.delivery",),
    ("ride.taxi",), ("restaurant.table",), ("spa.treatment",), ("photographer.session",), ("cleaning.visit",),
    ("hotel.room",), ("event.ticket",), ("plumbing.visit",), ("electronics.delivery",), ("restaurant.table",),
)  # fmt: skip
"""The lines of the first forty businesses, their main line first; after that it begins again."""


@dataclass(frozen=True, eq=False)
class Partner:
    """One business. Its catalogue is made when it is first asked for."""

    seed: int
    slug: str
    spot: Spot
    lines: tuple[Line, ...]
    style: Style = field(repr=False)
    level: float
    rating: float
    week: Week = field(repr=False)

    @property
    def name(self) -> str:
        """The name over the door."""
        return self.spot.name

    @property
    def services(self) -> tuple[str, ...]:
        """The ids of the services it publishes."""
        return tuple(line.id for line in self.lines)

    @cached_property
    def products(self) -> tuple[Product, ...]:
        """Everything it sells."""
        rng = Random(f"{self.seed}/catalogue/{self.slug}")
        main = self.lines[0]
        return tuple(
            item
            for line in self.lines
            for item in Shelf(
                self.slug,
                self.spot,
                line,
                self.style if line is main else None,
                self.level,
                self.rating,
                self.week,
                rng,
            ).fill()
        )

    @cached_property
    def variants(self) -> dict[str, Variant]:
        """Every variant by its id."""
        return {variant.id: variant for product in self.products for variant in product.variants}

    @cached_property
    def by_id(self) -> dict[str, Product]:
        """Every product by its id."""
        return {product.id: product for product in self.products}

    def hours_json(self) -> dict[str, list[list[str]]]:
        """Opening hours by weekday in local time; an interval that ends at or before its start crosses midnight."""
        return {
            day: [[_clock(opens), _clock(closes)] for opens, closes in spans]
            for day, spans in zip(DAYS, self.week, strict=True)
        }


def found(seed: int, count: int) -> tuple[Partner, ...]:
    """The first ``count`` businesses of the city of this seed. A longer list begins with the shorter one."""
    naming = _Naming(seed)
    members: Counter[str] = Counter()
    partners = []
    for index in range(count):
        rng = Random(f"{seed}/partner/{index}")
        served = tuple(lines()[name] for name in ROSTER[index % len(ROSTER)])
        main = served[0]
        style = main.styles[members[main.id] % len(main.styles)]
        members[main.id] += 1
        name = naming.next(style)
        partners.append(
            Partner(
                seed=seed,
                slug=slug(name),
                spot=CITY.spot(name, rng.choice(CITY.districts), rng),
                lines=served,
                style=style,
                level=_level(style, members[main.id], rng),
                rating=round(rng.triangular(3.7, 5.0, 4.6), 1),
                week=rng.choice(main.hours),
            )
        )
    return tuple(partners)


def _level(style: Style, nth: int, rng: Random) -> float:
    """A price level inside the style's bounds; neighbours in the list lie apart, so a line has cheap and dear ones."""
    low, high = style.level
    return low + (high - low) * ((nth * 0.618 + rng.uniform(-0.1, 0.1)) % 1.0)


class _Naming:
    """Names nobody else in the city has."""

    def __init__(self, seed: int) -> None:
        self._seed = seed
        self._queues: dict[str, Iterator[str]] = {}
        self._taken: set[str] = set()

    def next(self, style: Style) -> str:
        """The next free name for a business of that style."""
        queue = self._queues.setdefault(style.label, self._candidates(style))
        name = next(name for name in queue if slug(name) not in self._taken)
        self._taken.add(slug(name))
        return name

    def _candidates(self, style: Style) -> Iterator[str]:
        rng = Random(f"{self._seed}/names/{style.label}")
        curated = rng.sample(style.names, len(style.names))
        made = [pattern.format(surname=surname) for pattern, surname in pairs(style.patterns, CITY.surnames)]
        rng.shuffle(made)
        yield from curated
        yield from made
        branch = 0
        while True:
            branch += 1
            for name, district in pairs((*curated, *made), CITY.districts):
                yield f"{name} {district.name}" if branch == 1 else f"{name} {district.name} {branch}"


def _clock(minute: int) -> str:
    hours, minutes = divmod(minute % DAY_MINUTES, 60)
    return f"{hours:02}:{minutes:02}"
