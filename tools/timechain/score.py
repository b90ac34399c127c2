"""What makes one feasible plan better than another: the weights, all in one place.

As many nice-to-have needs as possible come first. Then a plan's score is a sum of whole units, 3600 to the
point, and the least score wins:

| what                                                    | points                              |
|---------------------------------------------------------|-------------------------------------|
| time between two appointments of one day, way included  | 1 a minute, at most 120 for one gap |
| a ride that arrives less than 10 minutes before one     | 2 a minute                          |
| the person's ways                                       | ½ a minute                          |
| away from a moment that was wished for                  | 1 a minute                          |
| within the last hour before a deadline                  | 1 a minute                          |
| away from the usual moment, when only bounds were given | 1 an hour                           |
| price                                                   | 200 for a need's typical share      |
| fit to the words (``match`` 0 … 1)                      | 400 for none, 0 for perfect         |
| rating (0 … 5; none counts as 4)                        | 60 a star below five                |
| a pointless ride: it ends where it began, or leads away | 500                                 |
| from home only to ride on or to sleep                   |                                     |

What a good assistant would choose where the words leave it open: a wish no wider than an hour and a half means its
middle. "To the airport by five" means ten minutes before. "From two on" means two. "Delivered by five" means four, so
that a van in a jam still comes in time. A day without an hour means ten in the morning, when nobody is woken and most
are open. Anything else means soon.

So half a star is worth half an hour of waiting or a sixth of the typical price; a tenth of a perfect match is
worth a fifth of the price. A typical share is the median price of every need's offers, summed, divided by the
number of needs: money is weighed against this bundle and not against a currency. Equal scores go to the offers
that come first in the order of their ids.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time
from statistics import median_low
from typing import TypeGuard
from zoneinfo import ZoneInfo

from schemas.intent import Need
from schemas.offer import Offer, ScoutedNeed

POINT = 3600
"""Units of score in one point; chosen so that every weight is a whole number of units a second."""
UNRATED = 4.0
AROUND = 90 * 60
"""A wish no wider than this many seconds ("around seven") means its middle."""
ON_TIME = 10 * 60
"""Seconds by which a ride should be early for what it leads to."""
SAFE = 60 * 60
"""Seconds by which anything else should be early for a deadline."""
MORNING = time(10)


@dataclass(frozen=True, slots=True)
class Weights:
    """Units of score; see the table above."""

    wait: int = 60
    wait_cap: int = 2 * 3600
    hurry: int = 120
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
INDIFFERENT = Weights(wait=0, hurry=0, way=0, near=0, early=0, price=0, match=0, star=0, nowhere=0, left_out=0)
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


def wish_of(need: Need, now: int, zone: ZoneInfo, weights: Weights = SCORE, *, away: bool = False) -> Wish:
    """The moment that the person's words point at.

    Args:
        need: with its timing.
        now: seconds since the epoch; nothing is earlier.
        zone: where the person's days begin.
        weights: of being away from that moment.
        away: whether it is a ride to somewhere that is not home.
    """
    start, end, day = need.timing.start, need.timing.end, need.timing.day
    for window, on_end in ((start, False), (end, True)):
        if window.start is not None and window.end is not None:
            low, high = int(window.start.timestamp()), int(window.end.timestamp())
            if high - low <= AROUND:
                return Wish((low + high) // 2, weights.near, weights.near, on_end)
    if away and _says_when(end.end, zone):
        return Wish(int(end.end.timestamp()) - ON_TIME, weights.near, weights.near, on_end=True)
    if _says_when(start.start, zone):
        return Wish(max(now, int(start.start.timestamp())), weights.early, 0)
    for edge, on_end in ((end.end, True), (start.end, False)):
        if _says_when(edge, zone):
            return Wish(int(edge.timestamp()) - SAFE, weights.near, weights.early, on_end)
    first = max((w.start for w in (start, day) if w.start is not None), default=None)
    if first is None:
        return Wish(now, weights.early, 0)
    morning = datetime.combine(first.astimezone(zone), MORNING, zone)
    return Wish(max(now, int(morning.timestamp())), weights.early, weights.early)


def _says_when(edge: datetime | None, zone: ZoneInfo) -> TypeGuard[datetime]:
    """Whether a bound is an hour that was named and not the edge of a whole day."""
    if edge is None:
        return False
    hour, minute = edge.astimezone(zone).timetuple()[3:5]
    return (hour, minute) not in ((0, 0), (23, 59))


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
