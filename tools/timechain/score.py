"""What makes one feasible plan better than another: the weights, all in one place.

As many nice-to-have needs as possible come first. Then a plan's score is a sum of whole units, 3600 to the
point, and the least score wins:

| what                                                          | points                              |
|---------------------------------------------------------------|-------------------------------------|
| time between two appointments of one day, way included        | 1 a minute, at most 120 for one gap |
| the person's ways                                             | ½ a minute                          |
| away from a moment that was wished for                        | 1 a minute                          |
| later than the wish allows, when only bounds were given       | 1 an hour                           |
| price                                                         | 200 for a need's typical share      |
| fit to the words (``match`` 0 … 1)                            | 400 for none, 0 for perfect         |
| rating (0 … 5; none counts as 4)                              | 60 a star below five                |
| a ride that ends where it began                               | 500                                 |

So half a star is worth half an hour of waiting or a sixth of the typical price; a tenth of a perfect match is
worth a fifth of the price. A typical share is the median price of every need's offers, summed, divided by the
number of needs: money is weighed against this bundle and not against a currency. Equal scores go to the smaller
sum of the offers' places in the order of their ids, then to the earlier start.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median_low

from schemas.intent import Need
from schemas.offer import Offer, ScoutedNeed

POINT = 3600
"""Units of score in one point; chosen so that every weight is a whole number of units a second."""
UNRATED = 4.0
AROUND = 90 * 60
"""A wish no wider than this many seconds ("around seven") means its middle; a wider one, its beginning."""


@dataclass(frozen=True, slots=True)
class Weights:
    """Units of score; see the table above."""

    wait: int = 60
    wait_cap: int = 2 * 3600
    way: int = 30
    near: int = 60
    early: int = 1
    price: int = 200 * POINT
    match: int = 400 * POINT
    star: int = 60 * POINT
    nowhere: int = 500 * POINT
    left_out: int = 10**12
    """For each nice-to-have need that is left out: more than any sum of the others can be."""


SCORE = Weights()
INDIFFERENT = Weights(wait=0, way=0, near=0, early=0, price=0, match=0, star=0, nowhere=0, left_out=0)
"""For questions that are not about the best plan but about the cheapest, or the least shift: what is nice is free to
be left out."""


@dataclass(frozen=True, slots=True)
class Wish:
    """When a need should best happen: ``late`` and ``early`` units for each second after and before ``moment``.

    ``on_end`` says that the moment is of the end (of the arrival, for a delivery) and not of the start.
    """

    moment: int
    late: int
    early: int
    on_end: bool = False

    def cost(self, start: int, done: int) -> int:
        """Units for an item that starts and is done at these moments."""
        delay = (done if self.on_end else start) - self.moment
        return delay * self.late if delay >= 0 else -delay * self.early


def wish_of(need: Need, now: int, weights: Weights = SCORE) -> Wish:
    """The moment that the person's words point at: a narrow window's middle, else as early as allowed."""
    timing = need.timing
    for window, on_end in ((timing.start, False), (timing.end, True)):
        if window.start is not None and window.end is not None:
            low, high = int(window.start.timestamp()), int(window.end.timestamp())
            if high - low <= AROUND:
                return Wish((low + high) // 2, weights.near, weights.near, on_end)
    bounds = [now] + [int(w.start.timestamp()) for w in (timing.start, timing.day) if w.start is not None]
    return Wish(max(bounds), weights.early, 0)


@dataclass(frozen=True, slots=True)
class PriceScale:
    """How much a bundle of these needs typically costs, so that prices can be weighed."""

    typical: int
    needs: int

    @classmethod
    def of(cls, needs: Sequence[ScoutedNeed], currency: str) -> "PriceScale":
        """The sum of each need's median price, over the offers in the plan's currency."""
        prices = [[o.price.amount for o in s.offers if o.price.currency == currency] for s in needs]
        medians = [median_low(found) for found in prices if found]
        return cls(max(1, sum(medians)), max(1, len(medians)))

    def cost(self, amount: int, weights: Weights = SCORE) -> int:
        """Units for paying ``amount`` minor units."""
        return amount * weights.price * self.needs // self.typical


def quality_cost(offer: Offer, weights: Weights = SCORE) -> int:
    """Units for what is missing to a perfect match and to five stars."""
    rating = UNRATED if offer.rating is None else offer.rating
    return round(weights.match * (1 - offer.match)) + round(weights.star * (5 - rating))
