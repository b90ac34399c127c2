"""How a partner behaves: well, or difficult in one of eight ways, at the moment where that shows.

A behaviour may begin after a number of normal answers and end after a number of times, so that a test can let the
second order fail and the third succeed.
"""

from collections import Counter
from collections.abc import Sequence
from random import Random
from typing import Literal, get_args

from pydantic import BaseModel, ConfigDict, Field

from simulator.partners import ROSTER, Partner

Behaviour = Literal[
    "accept",  # takes every order it has room for
    "refuse",  # takes the order, then refuses it by webhook
    "refuse_checkout",  # refuses when the checkout is opened
    "late",  # answers slowly
    "silent",  # takes the order and never says another word
    "out_of_stock",  # has nothing to sell
    "price_change",  # asks another price at the checkout than it quoted
    "error",  # answers with status 500
    "broken_manifest",  # serves a profile that cannot be used
]
Moment = Literal["manifest", "call", "quote", "checkout", "order"]
"""Where a behaviour shows: the profile; any live call; a quote; a checkout opened or changed; an order just taken."""

_SHOWS_AT: dict[Behaviour, frozenset[Moment]] = {
    "accept": frozenset(),
    "refuse": frozenset({"order"}),
    "refuse_checkout": frozenset({"checkout"}),
    "late": frozenset({"call"}),
    "silent": frozenset({"order"}),
    "out_of_stock": frozenset({"quote", "checkout"}),
    "price_change": frozenset({"checkout"}),
    "error": frozenset({"call"}),
    "broken_manifest": frozenset({"manifest"}),
}
DIFFICULT: tuple[Behaviour, ...] = tuple(name for name in get_args(Behaviour) if name != "accept")
_WELL_BEHAVED = 2


class BehaviourOptions(BaseModel):
    """The details of a behaviour; each concerns the behaviours it names."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    delay_seconds: float = Field(default=5.0, ge=0, le=600, description="late: how long an answer takes")
    percent: float = Field(default=15.0, ge=-90, le=900, description="price_change: by how much")
    reason: str | None = Field(default=None, max_length=300, description="refuse: the partner's words")
    form: Literal["truncated", "empty", "huge", "deep", "redirect"] = Field(
        default="truncated", description="broken_manifest: in what way"
    )
    after: int = Field(default=0, ge=0, description="how many normal answers come first")
    times: int | None = Field(default=None, ge=1, description="how often it shows; then the partner is well-behaved")


class Conduct:
    """One partner's behaviour as it runs."""

    def __init__(self, behaviour: Behaviour = "accept", options: BehaviourOptions | None = None) -> None:
        self.set(behaviour, options)

    def set(self, behaviour: Behaviour, options: BehaviourOptions | None = None) -> None:
        """Behave so from now on, counting from zero."""
        self.behaviour: Behaviour = behaviour
        self.options = options or BehaviourOptions()
        self._seen = 0

    def at(self, moment: Moment) -> Behaviour:
        """How the partner behaves at this moment; asking counts as one of the times."""
        if moment not in _SHOWS_AT[self.behaviour]:
            return "accept"
        self._seen += 1
        after, times = self.options.after, self.options.times
        shows = self._seen > after and (times is None or self._seen <= after + times)
        return self.behaviour if shows else "accept"


def mixed(seed: int, partners: Sequence[Partner]) -> dict[str, Behaviour]:
    """The difficult partners of a city by slug: among every forty partners one for each way, chosen by the seed.

    They are spread over the services, and none is left with fewer than two well-behaved partners, so that whatever
    is refused can be bought elsewhere.
    """
    chosen: dict[str, Behaviour] = {}
    for first in range(0, len(partners), len(ROSTER)):
        chosen |= _difficult_ones(Random(f"{seed}/behaviours/{first}"), partners[first : first + len(ROSTER)])
    return chosen


def _difficult_ones(rng: Random, partners: Sequence[Partner]) -> dict[str, Behaviour]:
    everybody = Counter(service for partner in partners for service in partner.services)
    well_behaved = everybody.copy()
    chosen: dict[str, Behaviour] = {}
    for behaviour in DIFFICULT:
        shares = {
            partner.slug: min(well_behaved[name] / everybody[name] for name in partner.services)
            for partner in partners
            if partner.slug not in chosen and all(well_behaved[name] > _WELL_BEHAVED for name in partner.services)
        }
        if not shares:
            break
        best = max(shares.values())
        partner = rng.choice([partner for partner in partners if shares.get(partner.slug) == best])
        chosen[partner.slug] = behaviour
        well_behaved.subtract(partner.services)
    return chosen
